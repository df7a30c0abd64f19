// `createProxy`: makes Rolecall part of the app's own origin, so that the browser sends the session cookie to both.
import { RolecallClientError } from "../client/problem.js";
import { COOKIE_PREFIX, isOwnOrigin, rolecallCookies } from "./headers.js";

/** Options of {@link createProxy}. */
export interface ProxyOptions {
  /** Absolute URL of the Rolecall deployment. */
  baseUrl: string;
  /** Further request headers that the API behind the gateway reads, in lower case. */
  headers?: readonly string[] | undefined;
  /** Replaces the global `fetch`. */
  fetch?: typeof fetch | undefined;
}

/** Request headers that Rolecall, or the API behind its gateway, reads. Whatever else the platform adds is the app's own. */
const REQUEST_HEADERS =
  /^(accept(-language)?|cache-control|content-(type|language|range)|idempotency-key|if-.+|last-event-id|origin|prefer|range|rolecall-.+|sec-fetch-.+|trace(parent|state)|user-agent|x-request-id)$/;
/** Response headers that belong to one connection, are about the encoding that `fetch` has decoded, or would be about the whole app. */
const WITHHELD = /^(connection|keep-alive|transfer-encoding|content-(encoding|length)|clear-site-data|strict-transport-security|set-cookie)$/;

/**
 * Returns the `proxy` of Next.js's `proxy.ts`: sends a request on to the same path of Rolecall, with Rolecall's cookies only.
 * Use it for `/v1/*` and, where the gateway is used, `/api/*`. Rolecall refuses writes of other origins; a request of the app's
 * own pages is sent without `Origin`, so the deployment need not list the app. Responds with 502 where Rolecall cannot be reached.
 *
 * Rolecall counts all users of the app as one network then. Limit sign-ins by client address in front of the app.
 */
export function createProxy({ baseUrl, headers: further = [], fetch }: ProxyOptions): (request: Request) => Promise<Response> {
  if (!URL.canParse(baseUrl)) throw new RolecallClientError("base-url-invalid");
  return async (request) => {
    const source = new URL(request.url);
    const target = new URL(baseUrl);
    // By parts: a path that starts with two slashes must not name a host.
    target.pathname = source.pathname;
    target.search = source.search;
    const headers = new Headers([...request.headers].filter(([name]) => REQUEST_HEADERS.test(name) || further.includes(name)));
    // Credentials of another scheme are the app's own.
    const authorization = request.headers.get("authorization");
    if (authorization && /^bearer /i.test(authorization)) headers.set("authorization", authorization);
    const cookies = rolecallCookies(request.headers);
    if (cookies) headers.set("cookie", cookies);
    if (isOwnOrigin(request.headers)) headers.delete("origin");
    // `duplex` is required for a body that is a stream; TypeScript's DOM does not know it.
    const init = { method: request.method, headers, body: request.body, redirect: "manual", cache: "no-store", signal: request.signal, duplex: "half" };
    let response: Response;
    try {
      response = await (fetch ?? globalThis.fetch)(target.href, init as RequestInit);
    } catch (error) {
      console.error(error);
      return new Response("Rolecall could not be reached", { status: 502 });
    }
    const received = new Headers([...response.headers].filter(([name]) => !WITHHELD.test(name)));
    for (const cookie of response.headers.getSetCookie()) if (cookie.startsWith(COOKIE_PREFIX)) received.append("set-cookie", cookie);
    return new Response(response.body, { status: response.status, headers: received });
  };
}
