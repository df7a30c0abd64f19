// Requests of a fake client: to the `fetch` of the test, never to the network.
import { RolecallClientError, RolecallError } from "../client/problem.js";
import { isUnauthenticated } from "../client/pending.js";
import { type RequestSpec, Transport, readProblem } from "../client/transport.js";

/** Responds to the requests of a fake client, or passes them on. The global `fetch` is one. */
export type FakeFetch = (url: string, init: RequestInit) => Promise<Response>;

/** The page's own address, or a local one where there is no page. */
export function baseUrl(): string {
  const href = typeof location === "undefined" ? "" : location.href;
  return href.startsWith("http") ? href : "http://localhost/";
}

/** Headers as a record, with names in lower case. Jest's jsdom has no `Headers`. */
export function headersOf(headers: RequestInit["headers"]): Record<string, string> {
  const entries: [string, string][] = [];
  if (Array.isArray(headers)) entries.push(...(headers as [string, string][]));
  else if (typeof headers?.forEach === "function") (headers as Headers).forEach((value, name) => entries.push([name, value]));
  else entries.push(...Object.entries((headers ?? {}) as Record<string, string>));
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), value]));
}

export class FakeTransport extends Transport {
  readonly #respond: FakeFetch | undefined;
  /** Called when a response says that no session is valid. */
  onSessionEnded: () => void = () => {};

  constructor(respond: FakeFetch | undefined) {
    super({ baseUrl, fetch: (url, init = {}) => this.send(String(url), init), credentials: "include" });
    this.#respond = respond;
  }

  /** Passes a request to the test's `fetch`. Rejects with an error that names it where the test has none. */
  async send(url: string, init: RequestInit): Promise<Response> {
    if (this.closed) throw new RolecallClientError("client-closed");
    init.signal?.throwIfAborted();
    if (this.#respond) return this.#respond(url, init);
    const { pathname, search } = new URL(url);
    throw new Error(
      `fakeClient sends nothing, so ${init.method ?? "GET"} ${pathname}${search} has no response: pass the option \`fetch\` to fakeClient(), or replace the method that was called.`,
    );
  }

  /** Without the retries of the real one, for which a test would have to wait. */
  override async response({ method, path, query, headers = {}, body, accept, options = {} }: RequestSpec): Promise<Response> {
    const given: Record<string, string | undefined> = { accept: accept ?? "application/json, application/problem+json", ...headers };
    if (body !== undefined) given["content-type"] = "application/json";
    if (options.idempotencyKey !== undefined) given["idempotency-key"] = options.idempotencyKey;
    if (options.ifVersion !== undefined) given["if-match"] = `"${options.ifVersion}"`;
    const defined = Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const init: RequestInit = { method, headers: Object.fromEntries(defined) };
    if (body !== undefined) init.body = JSON.stringify(body);
    if (options.signal) init.signal = options.signal;
    const response = await this.send(this.url(path, query), init);
    if (response.ok) return response;
    throw await this.problemOf(response);
  }

  /** The error of a refused response, which may end the session. */
  async problemOf(response: Response): Promise<Error> {
    const problem = await readProblem(response);
    if (problem instanceof RolecallError && isUnauthenticated(problem)) this.onSessionEnded();
    return problem;
  }
}
