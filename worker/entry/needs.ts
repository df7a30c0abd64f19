// Performs what a task needs, with the bindings of the Worker. A reply is text or bytes; a failure is an exception.
import { type Fetch, type Forward, type Need, TIMEOUT, TOO_LARGE, type VerifySignature } from "./steps.ts";

export interface Env {
  DB: D1Database;
  KV: KVNamespace;
  ASSETS: Fetcher;
  UPSTREAM: Fetcher;
  EMAIL: SendEmail;
  [name: string]: unknown;
}

/** What belongs to one request, call or event, and to nothing else. */
export interface Call {
  env: Env;
  context: ExecutionContext;
  request?: Request;
  /** The response that was received last. */
  received?: Response;
}

type Reply = string | Uint8Array;

/** Time within which a mail service must respond. */
const POST_TIMEOUT_MS = 10_000;
/** Time within which a sign-in provider must have sent its response: a person waits for it. */
const READ_TIMEOUT_MS = 5_000;

/** Counts the bytes of a body, and fails it when there are too many. */
function limited(body: ReadableStream<Uint8Array>, max: number) {
  let left = max;
  const state = { tooLarge: false, body: body as ReadableStream };
  state.body = body.pipeThrough(
    new TransformStream({
      transform(chunk: Uint8Array, controller) {
        left -= chunk.byteLength;
        state.tooLarge ||= left < 0;
        if (state.tooLarge) throw new Error(TOO_LARGE);
        controller.enqueue(chunk);
      },
    }),
  );
  return state;
}

/** Keeps a response for the answer, and returns its head: status, names and values, a line each. */
function received(response: Response, call: Call): string {
  if (!(response instanceof Response)) throw new TypeError("what was fetched is no response");
  call.received = response;
  let head = `${response.status}`;
  for (const [name, value] of response.headers) head += `\n${name}\n${value}`;
  return head;
}

async function body(max: number | null, { request }: Call): Promise<Reply> {
  if (!request?.body || max === null) return new Uint8Array((await request?.arrayBuffer()) ?? []);
  const counting = limited(request.body, max);
  try {
    return new Uint8Array(await new Response(counting.body).arrayBuffer());
  } catch (error) {
    throw counting.tooLarge ? new Error(TOO_LARGE) : error;
  }
}

async function readKv(key: string, cacheTtl: number, timeoutMs: number, { env, context }: Call): Promise<Reply> {
  const reading = Promise.resolve(env.KV.get(key, { cacheTtl }));
  let timer: number | null = null;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => {
      // Completes the read after the response, so that the location has it cached for the next request.
      context.waitUntil(reading.catch(() => null));
      resolve(null);
    }, timeoutMs);
  });
  try {
    return JSON.stringify(await Promise.race([reading, late]));
  } finally {
    clearTimeout(timer);
  }
}

async function forward(need: Forward, call: Call): Promise<Reply> {
  // Ends with the head of the response. `AbortSignal.timeout` would go on, and cut off a streamed body that takes longer.
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), need.timeoutMs);
  const source = need.body ? (call.request?.body ?? null) : null;
  const counting = source && need.bodyMax !== null ? limited(source, need.bodyMax) : { tooLarge: false, body: source };
  const init: RequestInit = { method: need.method, headers: need.headers, redirect: "manual", signal: limit.signal, body: counting.body };
  try {
    // Cloudflare caches by file extension by default, and the response may be private to the caller.
    const response = await (need.service ? call.env.UPSTREAM.fetch(need.url, init) : fetch(need.url, { ...init, cache: "no-store" }));
    if (counting.tooLarge) throw new Error(TOO_LARGE);
    return received(response, call);
  } catch (error) {
    throw counting.tooLarge ? new Error(TOO_LARGE) : limit.signal.aborted ? new Error(TIMEOUT) : error;
  } finally {
    clearTimeout(timer);
  }
}

/** Parameters of WebCrypto by the names of JWS. */
const ALGORITHMS = {
  RS256: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
  ES256: { name: "ECDSA", hash: "SHA-256", namedCurve: "P-256" },
  EdDSA: { name: "Ed25519" },
};

async function verifySignature({ algorithm, jwk, message, signature }: VerifySignature): Promise<boolean> {
  const parameters = ALGORITHMS[algorithm];
  const bytes = (base64: string) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const key = await crypto.subtle.importKey("jwk", jwk, parameters, false, ["verify"]);
  return crypto.subtle.verify(parameters, key, bytes(signature), bytes(message));
}

/** Reads a document: status, a line feed, and the body. The limit of time is for all of it. */
async function read({ url, headers, form, max }: Fetch): Promise<Uint8Array> {
  const init = { method: form === null ? "GET" : "POST", headers, body: form, redirect: "manual", signal: AbortSignal.timeout(READ_TIMEOUT_MS) } as const;
  // Tokens and keys are never those of a cache on the way.
  const response = await fetch(url, { ...init, cache: "no-store" });
  const counting = response.body ? limited(response.body, max) : { tooLarge: false, body: null };
  try {
    return new Uint8Array(await new Blob([`${response.status}\n`, await new Response(counting.body).arrayBuffer()]).arrayBuffer());
  } catch (error) {
    throw counting.tooLarge ? new Error(TOO_LARGE) : error;
  }
}

export async function perform(need: Need, call: Call): Promise<Reply> {
  const { env } = call;
  switch (need.step) {
    case "database": {
      const statements = need.statements.map(([sql, values]) => env.DB.prepare(sql).bind(...values));
      // A single statement is a transaction by itself, and is faster outside of a batch.
      const results = statements.length === 1 ? [await statements[0].all()] : await env.DB.batch(statements);
      return JSON.stringify(results.map(({ results, success }) => ({ results, success })));
    }
    case "kv-get":
      return readKv(need.key, need.cacheSeconds, need.timeoutMs, call);
    case "kv-put":
      await env.KV.put(need.key, need.value, { expirationTtl: need.ttlSeconds });
      return "";
    case "rate-limit":
      return `${(await (env[need.binding] as RateLimit).limit({ key: need.key })).success}`;
    case "body":
      return body(need.max, call);
    case "asset":
      return received(await env.ASSETS.fetch(need.page || !call.request ? "https://console.invalid/" : call.request), call);
    case "forward":
      return forward(need, call);
    case "wait":
      await new Promise((resolve) => setTimeout(resolve, need.ms));
      return "";
    case "send-email": {
      const { step: _, ...mail } = need;
      await env.EMAIL.send(mail);
      return "";
    }
    case "post": {
      // A redirect would send links, which are credentials, to another service.
      const init: RequestInit = { method: "POST", headers: need.headers, body: need.body, redirect: "manual", signal: AbortSignal.timeout(POST_TIMEOUT_MS) };
      const head = received(await fetch(need.url, init), call);
      await call.received?.body?.cancel().catch(() => undefined);
      return head;
    }
    case "fetch":
      return read(need);
    case "verify-signature":
      return `${await verifySignature(need)}`;
    default:
      // A need that this entry does not know fails its task, and no other.
      need satisfies never;
      throw new Error("the need is not known");
  }
}

/** Text of a failure, for the log. D1 puts SQLite's message into the error or into its cause, depending on the call. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : `${error.message}`;
}
