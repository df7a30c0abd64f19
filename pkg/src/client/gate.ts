// `client.fetch`: a request that the rules refuse is not sent at all.
import type { Access } from "./access.js";
import { RolecallError, permissionMissing } from "./problem.js";
import { problemOf } from "./transport.js";

/** A local no rests on rights at most this old; older ones are read again first, so that a right given elsewhere counts at once. */
const FRESH_MS = 10_000;

export interface GateOptions {
  baseUrl: string;
  fetch: typeof fetch;
  credentials: RequestCredentials;
}

/**
 * Sends a request to the API behind the gateway, with the permission token.
 *
 * A request of the policy's routes that the rights do not allow rejects with the problem that the server would have
 * sent, and nothing leaves this process. Requests elsewhere pass unchanged and get no token.
 */
export async function guardedFetch(access: Access, options: GateOptions, input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
  const request = input instanceof Request ? input : undefined;
  const url = new URL(request?.url ?? String(input), options.baseUrl);
  const ours = url.origin === new URL(options.baseUrl).origin && url.pathname.startsWith("/api/");
  if (!ours) return options.fetch(request ?? url, init);

  const method = (init.method ?? request?.method ?? "GET").toUpperCase();
  // Judged is what is sent: a URL parser has resolved `.` and `..` by now, and leaves everything else as it is.
  const route = access.policy.matchRoute(method, url.pathname);
  if (route && !access.demand().rights.can(route.permission)) {
    if (Date.now() - access.demand().at > FRESH_MS) await access.renew();
    const explanation = access.explain(route.permission);
    if (!explanation.allowed) {
      const denial = { permission: route.permission, role: explanation.role, granted_by: [...explanation.grantedBy] };
      throw new RolecallError(permissionMissing(options.baseUrl, denial), { local: true });
    }
  }
  const headers = new Headers(init.headers ?? request?.headers);
  headers.set("authorization", `Bearer ${await access.token()}`);
  const response = await options.fetch(request ? new Request(request, { ...init, headers }) : url, { ...init, headers });
  if (response.status === 403 && response.headers.get("content-type")?.startsWith("application/problem+json")) {
    const problem = await problemOf(response.clone());
    if (problem instanceof RolecallError && problem.code === "permission-missing") {
      await access.renew();
      throw problem;
    }
  }
  return response;
}
