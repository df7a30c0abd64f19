// `client.fetch`: `fetch` that checks the required permission before it sends a request.
import { RolecallError, permissionMissing } from "./problem.js";
import type { RightsCache } from "./rights-cache.js";
import { type RightsEntry, ageOf } from "./rights-entry.js";
import { type TransportOptions, abortable, readProblem } from "./transport.js";

/** Maximum age of the rights by which a request is refused; older ones are renewed first, to notice a new permission at once. */
const MAX_AGE_MS = 10_000;

/** The options of `fetch`, and a body that is sent as JSON. */
export interface RolecallRequestInit extends RequestInit {
  /** Value of the body; sets `Content-Type: application/json` unless a header names another type. */
  json?: unknown;
}

function withJson(init: RequestInit, json: unknown): RequestInit {
  const headers = new Headers(init.headers);
  if (!headers.has("content-type")) headers.set("content-type", "application/json");
  return { ...init, headers, body: JSON.stringify(json) };
}

/**
 * Sends a request to the API behind the gateway, with the permission token.
 *
 * The request belongs to one account, the last one passed to `switchAccount` before this call; while that is pending it
 * waits, and fails with the same error. Where the rights lack the permission that the policy's route requires, rejects
 * with the problem that the server would respond with, and sends nothing. A request to anything but `/api/*` of
 * `baseUrl` is sent unchanged, without a token.
 */
export async function guardedFetch(
  cache: RightsCache,
  options: TransportOptions,
  input: string | URL | Request,
  { json, ...rest }: RolecallRequestInit = {},
): Promise<Response> {
  const init = json === undefined ? rest : withJson(rest, json);
  const baseUrl = options.baseUrl();
  const source = input instanceof Request ? input : undefined;
  const url = new URL(source?.url ?? String(input), baseUrl);
  const guarded = url.origin === new URL(baseUrl).origin && url.pathname.startsWith("/api/");
  if (!guarded) return options.fetch(source ?? url, init);

  // `fetch` itself normalises only some methods to capitals.
  const method = (init.method ?? source?.method ?? "GET").toUpperCase();
  const signal = init.signal ?? source?.signal;
  const findDenial = ({ policy, rights }: RightsEntry) => {
    // The path that is sent: the URL parser has resolved dot segments, and changes nothing else.
    const route = policy.matchRoute(method, url.pathname);
    const explanation = route && rights.explain(route.permission);
    return explanation?.allowed ? undefined : explanation;
  };
  let entry = await cache.acquire(signal);
  let denial = findDenial(entry);
  if (denial && ageOf(entry) > MAX_AGE_MS) {
    entry = await abortable(cache.renew(entry), signal);
    denial = findDenial(entry);
  }
  if (denial) throw new RolecallError(permissionMissing(baseUrl, denial), { local: true });

  let request = new Request(source ?? url, init instanceof Request ? init : { ...init, method });
  if (request.method !== method) request = new Request(request, { method });
  request.headers.set("authorization", `Bearer ${entry.token}`);
  const response = await options.fetch(request);
  if ([401, 403, 404].includes(response.status) && response.headers.get("content-type")?.startsWith("application/problem+json")) {
    const problem = await readProblem(response.clone());
    const denied = problem instanceof RolecallError && problem.code === "permission-missing";
    const isLost = problem instanceof RolecallError && problem.code === "account-not-found";
    if (denied || isLost || response.status === 401) await cache.revalidate(entry);
    if (denied) throw problem;
  }
  return response;
}
