// `client.fetch`: a request that the rules refuse is not sent at all.
import { RolecallError, permissionMissing } from "./problem.js";
import type { Reading } from "./reading.js";
import type { RightsCache } from "./rights-cache.js";
import { problemOf, until } from "./transport.js";

/** A local no rests on rights at most this old; older ones are read again first, so that a right given elsewhere counts at once. */
const FRESH_MS = 10_000;

export interface GuardOptions {
  baseUrl: string;
  fetch: typeof fetch;
}

/**
 * Sends a request to the API behind the gateway, with the permission token.
 *
 * It is judged and sent in one account: the one last asked for when it is called, also while that `use` is under way; it
 * fails as that fails. A request of the policy's routes that the rights do not allow rejects with the problem that the
 * server would have sent, and nothing leaves this process. Requests elsewhere pass unchanged and get no token.
 */
export async function guardedFetch(rights: RightsCache, options: GuardOptions, input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
  const given = input instanceof Request ? input : undefined;
  const url = new URL(given?.url ?? String(input), options.baseUrl);
  const ours = url.origin === new URL(options.baseUrl).origin && url.pathname.startsWith("/api/");
  if (!ours) return options.fetch(given ?? url, init);

  // `fetch` itself writes only some methods in capitals.
  const method = (init.method ?? given?.method ?? "GET").toUpperCase();
  const signal = init.signal ?? given?.signal;
  const denialBy = ({ policy, snapshot }: Reading) => {
    // Judged is what is sent: a URL parser has resolved `.` and `..` by now, and leaves everything else as it is.
    const route = policy.matchRoute(method, url.pathname);
    const explanation = route && snapshot.rights.explain(route.permission);
    return explanation && !explanation.allowed ? { permission: explanation.permission, role: explanation.role, granted_by: [...explanation.grantedBy] } : undefined;
  };
  let reading = await rights.acting(signal);
  let denial = denialBy(reading);
  if (denial && Date.now() - reading.snapshot.at > FRESH_MS) {
    reading = await until(rights.renew(reading), signal);
    denial = denialBy(reading);
  }
  if (denial) throw new RolecallError(permissionMissing(options.baseUrl, denial), { local: true });

  let request = new Request(given ?? url, init instanceof Request ? init : { ...init, method });
  if (request.method !== method) request = new Request(request, { method });
  request.headers.set("authorization", `Bearer ${reading.token}`);
  const response = await options.fetch(request);
  if ((response.status === 403 || response.status === 401) && response.headers.get("content-type")?.startsWith("application/problem+json")) {
    const problem = await problemOf(response.clone());
    const refused = problem instanceof RolecallError && problem.code === "permission-missing";
    if (refused || response.status === 401) await rights.recheck(reading);
    if (refused) throw problem;
  }
  return response;
}
