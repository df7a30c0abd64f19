// HTTP transport: one idempotency key for all attempts of a call, retries with back-off, problem documents as errors.
import { type Problem, RolecallClientError, RolecallError, RolecallNetworkError, uuid } from "./problem.js";

/** Options of every call. */
export interface CallOptions {
  /** Aborts the call, which rejects with the signal's reason; a change that was already sent may still be made. */
  signal?: AbortSignal;
}

/** Options of a call that makes a change. */
export interface ChangeOptions extends CallOptions {
  /** `Idempotency-Key` of the change, to repeat the call yourself; by default a random one, shared by the client's own retries. */
  idempotencyKey?: string;
  /** Expected `version` (`If-Match`) of the account or, for its changes, of the attribute policy. Where it is not current, the call rejects with `precondition-failed`. */
  ifVersion?: number;
}

export interface RequestSpec {
  method: string;
  path: string;
  query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Additional headers; undefined values are not sent. */
  headers?: Readonly<Record<string, string | undefined>>;
  body?: unknown;
  accept?: string;
  cache?: RequestCache;
  /** Whether {@link Transport.onRequest} is not told when the server refuses it. */
  silent?: boolean;
  options?: ChangeOptions | undefined;
}

/** Attempts of one call, the first included. */
const MAX_ATTEMPTS = 3;
/** Delay before the second attempt; it doubles with each. */
const BACKOFF_MS = 300;
/** Longest `Retry-After` that the client waits for by itself. */
const MAX_RETRY_AFTER_SECONDS = 5;

export interface TransportOptions {
  /** URL of the deployment. Throws a `RolecallClientError` (`base-url-invalid`) where it is none. */
  baseUrl: () => string;
  fetch: typeof fetch;
  credentials: RequestCredentials;
}

/** The cache mode, where the runtime supports one: Cloudflare Workers throw before compatibility date 2024-11-11. */
function cacheInit(cache: RequestCache | undefined): RequestInit {
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
  /**
   * Called before each request; the returned function is called with the problem when the server refuses that request, and
   * resolves to whether to send it again at once.
   */
  onRequest: () => (error: RolecallError) => Promise<boolean> = () => async () => false;
  /** Whether the client was closed: every further request is refused. */
  closed = false;

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  url(path: string, query: RequestSpec["query"] = {}): string {
    const url = new URL(path, this.#options.baseUrl());
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value));
    return url.href;
  }

  async json<T>(spec: RequestSpec): Promise<T> {
    const response = await this.response(spec);
    if (response.status === 204) return undefined as T;
    // A development server without a proxy responds to every path with its own page.
    return (await response.json().catch((cause: unknown) => {
      spec.options?.signal?.throwIfAborted();
      throw unexpected(response, cause);
    })) as T;
  }

  async text(spec: RequestSpec): Promise<string> {
    return (await this.response(spec)).text();
  }

  async response({ method, path, query, headers: extra = {}, body, accept, cache, silent, options = {} }: RequestSpec): Promise<Response> {
    if (this.closed) throw new RolecallClientError("client-closed");
    const headers: Record<string, string> = { accept: accept ?? "application/json, application/problem+json" };
    for (const [name, value] of Object.entries(extra)) if (value !== undefined) headers[name] = value;
    if (body !== undefined) headers["content-type"] = "application/json";
    if (method !== "GET") headers["idempotency-key"] = options.idempotencyKey ?? uuid();
    if (options.ifVersion !== undefined) {
      if (!Number.isInteger(options.ifVersion)) throw new RolecallClientError("version-invalid");
      headers["if-match"] = `"${options.ifVersion}"`;
    }
    // Not `error`, which Cloudflare Workers do not support. The API never redirects, so a redirect is an unexpected response.
    const init: RequestInit = { method, headers, credentials: this.#options.credentials, redirect: "manual", ...cacheInit(cache) };
    if (body !== undefined) init.body = JSON.stringify(body);
    if (options.signal) init.signal = options.signal;
    const url = this.url(path, query);
    for (let attempt = 1; ; attempt += 1) {
      const onRefusal = this.onRequest();
      const outcome = await this.#attempt(url, init);
      if (!(outcome instanceof Error)) return outcome;
      let delay: number | undefined = BACKOFF_MS * 2 ** (attempt - 1);
      if (outcome instanceof RolecallError) delay = !silent && (await onRefusal(outcome)) ? 0 : retryDelay(outcome);
      if (delay === undefined || attempt === MAX_ATTEMPTS) throw outcome;
      // Jitter of up to half the delay, so that many clients do not retry at once.
      await sleep(delay * (1 + Math.random() / 2), options.signal);
    }
  }

  async #attempt(url: string, init: RequestInit): Promise<Response | RolecallError | RolecallNetworkError> {
    let response: Response;
    try {
      response = await this.#options.fetch(url, init);
    } catch (cause) {
      init.signal?.throwIfAborted();
      return new RolecallNetworkError("Rolecall could not be reached", { cause });
    }
    return response.ok ? response : readProblem(response);
  }
}

/** Delay in milliseconds before the next attempt; undefined where the client does not retry. */
function retryDelay(error: RolecallError): number | undefined {
  if (error.status !== 503 && error.status !== 429) return undefined;
  const seconds = error.retryAfter ?? 1;
  return seconds <= MAX_RETRY_AFTER_SECONDS ? seconds * 1000 : undefined;
}

/** Reads the problem document of an error response. */
export async function readProblem(response: Response): Promise<RolecallError | RolecallNetworkError> {
  const retryAfter = Number(response.headers.get("retry-after") ?? Number.NaN);
  const problem = (await response.json().catch(() => undefined)) as Problem | undefined;
  if (typeof problem?.code !== "string") return unexpected(response);
  return new RolecallError(problem, { retryAfter: Number.isFinite(retryAfter) ? retryAfter : undefined });
}

function unexpected(response: Response, cause?: unknown): RolecallNetworkError {
  // Browsers hide the status and location of a redirect.
  const status = response.type === "opaqueredirect" ? "redirect" : response.status;
  const type = response.headers.get("content-type")?.split(";")[0] ?? "no content type";
  return new RolecallNetworkError(`Unexpected response (${status}, ${type}), not from Rolecall: does the page's server pass /v1 on to it?`, { cause });
}

/** An id as a segment of a path. @throws RolecallClientError (`id-invalid`) for one that would be no segment */
export function pathSegment(id: string): string {
  if (id === "" || id === "." || id === "..") throw new RolecallClientError("id-invalid");
  return encodeURIComponent(id);
}

/** The opaque part of the ETag, without the weak mark that a compressing proxy adds. */
export const etagOf = (response: Response): string | undefined => /^(?:W\/)?"(.*)"$/.exec(response.headers.get("etag") ?? "")?.[1];

/** Settles like the promise, or rejects with the signal's reason when that aborts first. */
export function abortable<T>(promise: Promise<T>, signal?: AbortSignal | null): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    void promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, ms);
    function done() {
      signal?.removeEventListener("abort", abort);
      resolve();
    }
    function abort() {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    }
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort, { once: true });
  });
}
