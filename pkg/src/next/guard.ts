// `withSession`: a route handler for users who are signed in, and hold a permission where it names one.
import { permissionMissing } from "../client/problem.js";
import { type SignedInSnapshot, explanationOf } from "../client/snapshot.js";
import type { PermissionCode } from "../core.js";
import { isForeign } from "./headers.js";
import { type SnapshotOptions, getSnapshot } from "./snapshot.js";

/** Options of {@link withSession}. */
export interface SessionOptions extends SnapshotOptions {
  /** Permission that the user must hold. */
  permission?: PermissionCode | undefined;
}

const refusal = (problem: { status: number; code: string; title: string }): Response =>
  Response.json(
    { type: "about:blank", ...problem },
    { status: problem.status, headers: { "content-type": "application/problem+json", "cache-control": "no-store" } },
  );

/**
 * Makes a route handler of one that is told the session of the request, which it reads from the database of Rolecall: what has
 * changed a moment ago counts. Refuses with a problem document (RFC 9457): 401 `session-missing` where nobody is signed in, 403
 * `permission-missing` where the user lacks the permission, 403 `origin-forbidden` for a write by a page of another origin, and
 * 503 `unavailable` where the session could not be read.
 */
export function withSession<A extends unknown[]>(
  options: SessionOptions,
  handler: (request: Request, session: SignedInSnapshot, ...rest: A) => Response | Promise<Response>,
): (request: Request, ...rest: A) => Promise<Response> {
  return async (request, ...rest) => {
    if (request.method !== "GET" && request.method !== "HEAD" && isForeign(request.headers))
      return refusal({ status: 403, title: "The origin is not allowed", code: "origin-forbidden" });
    const session = await getSnapshot(request.headers, options);
    if (session.status === "failed") return refusal({ status: 503, title: "The session could not be read", code: "unavailable" });
    if (session.status === "signed-out") return refusal({ status: 401, title: "Nobody is signed in", code: "session-missing" });
    const { permission, baseUrl } = options;
    const explanation = permission && explanationOf(session, permission);
    if (explanation && !explanation.allowed) return refusal(permissionMissing(baseUrl, explanation));
    return handler(request, session, ...rest);
  };
}
