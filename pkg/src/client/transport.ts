// How a request gets there: one idempotency key for all its tries, patience with a busy server, problems as errors.
import { type Problem, RolecallClientError, RolecallError, RolecallNetworkError, uuid } from "./problem.js";

/** Options of every call. */
export interface CallOptions {
  /** Ends the call; what was sent may have had its effect. */
  signal?: AbortSignal;
}

/** Options of a call that changes something. */
export interface ChangeOptions extends CallOptions {
  /** Yours to choose where you want to repeat the call yourself; otherwise a fresh one that covers the client's own retries. */
  idempotencyKey?: string;
  /** The `version` of the account (or of the attribute policy, for changes of it) that must still be current; otherwise the call fails with `precondition-failed`. */
  ifVersion?: number;
}

export interface Send {
  method: string;
  path: string;
  query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** More headers than every call has; what is undefined is not sent. */
  headers?: Readonly<Record<string, string | undefined>>;
  body?: unknown;
  accept?: string;
  cache?: RequestCache;
  options?: ChangeOptions | undefined;
}

/** Tries of one call: the first, and two more. */
const TRIES = 3;
const PAUSE_MS = 300;
/** A longer `Retry-After` is the caller's to wait for. */
const PATIENCE_SECONDS = 5;

export interface TransportOptions {
  baseUrl: string;
  fetch: typeof fetch;
  credentials: RequestCredentials;
}

/** A cache mode where this runtime knows it: Cloudflare Workers of an older compatibility date refuse a request with one. */
function cached(cache: RequestCache | undefined): RequestInit {
  try {
    const init: RequestInit = cache ? { cache } : {};
    new Request("https://rolecall.invalid", init);
    return init;
  } catch {
    return {};
  }
}

export class Transport {
  readonly #options: TransportOptions;
  /** Called as each request leaves; what it answers is told of a refusal. */
  onRequest: () => (error: RolecallError) => void = () => () => {};

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  url(path: string, query: Send["query"] = {}): string {
    const url = new URL(path, this.#options.baseUrl);
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value));
    return url.href;
  }

  async json<T>(send: Send): Promise<T> {
    const response = await this.response(send);
    return (response.status === 204 ? undefined : await response.json()) as T;
  }

  async text(send: Send): Promise<string> {
    return (await this.response(send)).text();
  }

  async response({ method, path, query, headers: more = {}, body, accept, cache, options = {} }: Send): Promise<Response> {
    const headers: Record<string, string> = { accept: accept ?? "application/json, application/problem+json" };
    for (const [name, value] of Object.entries(more)) if (value !== undefined) headers[name] = value;
    if (body !== undefined) headers["content-type"] = "application/json";
    if (method !== "GET") headers["idempotency-key"] = options.idempotencyKey ?? uuid();
    if (options.ifVersion !== undefined) {
      if (!Number.isInteger(options.ifVersion)) throw new RolecallClientError("version-invalid");
      headers["if-match"] = `"${options.ifVersion}"`;
    }
    // `manual` and not `error`, which Cloudflare Workers do not know: a redirect is no answer of ours either way.
    const init: RequestInit = { method, headers, credentials: this.#options.credentials, redirect: "manual", ...cached(cache) };
    if (body !== undefined) init.body = JSON.stringify(body);
    if (options.signal) init.signal = options.signal;
    const url = this.url(path, query);
    for (let tries = 1; ; tries += 1) {
      const outcome = await this.#once(url, init);
      if (outcome instanceof Response) return outcome;
      const wait = outcome instanceof RolecallError ? patience(outcome) : PAUSE_MS * 2 ** (tries - 1);
      if (wait === undefined || tries === TRIES) throw outcome;
      // Up to half as much again, so that many clients do not come back together.
      await sleep(wait * (1 + Math.random() / 2), options.signal);
    }
  }

  async #once(url: string, init: RequestInit): Promise<Response | RolecallError | RolecallNetworkError> {
    const refused = this.onRequest();
    let response: Response;
    try {
      response = await this.#options.fetch(url, init);
    } catch (cause) {
      init.signal?.throwIfAborted();
      return new RolecallNetworkError("Rolecall could not be reached", { cause });
    }
    if (response.ok) return response;
    const problem = await problemOf(response);
    if (problem instanceof RolecallError) refused(problem);
    return problem;
  }
}

/** Milliseconds after which a refusal is worth another try; undefined when it is final. */
function patience(error: RolecallError): number | undefined {
  if (error.status !== 503 && error.status !== 429) return undefined;
  const seconds = error.retryAfter ?? 1;
  return seconds <= PATIENCE_SECONDS ? seconds * 1000 : undefined;
}

/** The problem that a response carries. */
export async function problemOf(response: Response): Promise<RolecallError | RolecallNetworkError> {
  const after = Number(response.headers.get("retry-after") ?? Number.NaN);
  const problem = (await response.json().catch(() => undefined)) as Problem | undefined;
  // A browser hides where a redirect leads and what its status is.
  const status = response.type === "opaqueredirect" ? "with a redirect" : response.status;
  if (typeof problem?.code !== "string") return new RolecallNetworkError(`The answer ${status} is none of Rolecall's`);
  return new RolecallError(problem, { retryAfter: Number.isFinite(after) ? after : undefined });
}

/** What an answer's ETag says, without the mark of a proxy that compressed it. */
export const tagOf = (response: Response): string | undefined => /^(?:W\/)?"(.*)"$/.exec(response.headers.get("etag") ?? "")?.[1];

/** Waits for a promise no longer than the signal allows. */
export function until<T>(promise: Promise<T>, signal?: AbortSignal | null): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    void promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, ms);
    function done() {
      signal?.removeEventListener("abort", stop);
      resolve();
    }
    function stop() {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    }
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}
