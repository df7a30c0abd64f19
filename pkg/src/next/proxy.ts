// `createProxy`: makes Rolecall part of the app's own origin, so that the browser sends the session cookie to both.
import { RolecallClientError } from "../client/problem.js";
import { isOwnOrigin, rolecallCookies } from "./headers.js";

/** Options of {@link createProxy}. */
export interface ProxyOptions {
  /** Absolute URL of the Rolecall deployment. */
  baseUrl: string;
  /** Replaces the global `fetch`. */
  fetch?: typeof fetch | undefined;
}

/** Headers that belong to one connection, and those that `fetch` sets itself. */
const DROPPED = "host connection keep-alive transfer-encoding upgrade expect accept-encoding content-length cookie".split(" ");

/**
 * Returns the `proxy` of Next.js's `proxy.ts`: sends a request on to the same path of Rolecall, with Rolecall's cookies only.
 * Use it for `/v1/*` and, where the gateway is used, `/api/*`. Rolecall refuses writes of other origins; a request of the app's
 * own pages is sent without `Origin`, so the deployment need not list the app. Responds with 502 where Rolecall cannot be reached.
 */
export function createProxy({ baseUrl, fetch }: ProxyOptions): (request: Request) => Promise<Response> {
  if (!URL.canParse(baseUrl)) throw new RolecallClientError("base-url-invalid");
  return async (request) => {
    const source = new URL(request.url);
    const target = new URL(baseUrl);
    // By parts: a path that starts with two slashes must not name a host.
    target.pathname = source.pathname;
    target.search = source.search;
    const headers = new Headers(request.headers);
    for (const name of DROPPED) headers.delete(name);
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
    const received = new Headers(response.headers);
    // `fetch` has decoded the body.
    for (const name of ["content-encoding", ...DROPPED]) received.delete(name);
    return new Response(response.body, { status: response.status, headers: received });
  };
}
