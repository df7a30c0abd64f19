// A browser's `fetch` for the client in Node: stores the cookies of sessions, passkeys and second steps, sends the page's Origin, and records the requests.
// Tests can drop, delay and reorder the responses.
import { type Client, type SignedInSnapshot, createClient } from "rolecall";
import { ORIGIN } from "../../e2e/support/worker.ts";
import type { World } from "../../e2e/support/world.ts";

export interface Browser {
  /** `POST /v1/…`, in the order sent. */
  readonly log: string[];
  /** The requests of the log's lines. */
  readonly sent: Request[];
  /** The idempotency keys of the log's lines. */
  readonly keys: (string | null)[];
  /** Called before each request; a returned response replaces the request. */
  before?: (line: string, request: Request) => Response | undefined | void;
  /** Called with each response; throwing drops it, a promise delays it, a returned response replaces it. */
  after?: (line: string, response: Response) => Promise<Response | void> | void;
  readonly fetch: typeof fetch;
}

export function browser(): Browser {
  const cookies = new Map<string, string>();
  const self: Browser = {
    log: [],
    sent: [],
    keys: [],
    fetch: async (input, init) => {
      const request = new Request(input, init);
      request.headers.set("origin", ORIGIN);
      if (cookies.size > 0) request.headers.set("cookie", [...cookies].map((pair) => pair.join("=")).join("; "));
      const url = new URL(request.url);
      const line = `${request.method} ${url.pathname}${url.search}`;
      const instead = self.before?.(line, request);
      if (instead) return instead;
      self.log.push(line);
      self.sent.push(request);
      self.keys.push(request.headers.get("idempotency-key"));
      const response = await fetch(request);
      for (const line of response.headers.getSetCookie()) {
        const [, name, value] = /^(__Host-rolecall_(?:session|passkey|second_factor))=([^;]*)/.exec(line) ?? [];
        if (name && /max-age=0/i.test(line)) cookies.delete(name);
        else if (name) cookies.set(name, value!);
      }
      return (await self.after?.(line, response)) ?? response;
    },
  };
  return self;
}

/** A client with its own browser. */
export async function arrive(world: World): Promise<{ client: Client; browser: Browser }> {
  const own = browser();
  return { browser: own, client: createClient({ baseUrl: world.running.base.href, fetch: own.fetch }) };
}

/** The rights in a client's state; undefined while nobody is signed in. */
export function rightsOf(client: Client): SignedInSnapshot | undefined {
  const snapshot = client.snapshot();
  return snapshot.status === "signed-in" ? snapshot : undefined;
}

/** Delayed responses. */
export interface Hold {
  /** Resolves with the next delayed response. */
  next(): Promise<{ line: string; release(): void }>;
  /** Releases all delayed responses, and delays no more. */
  end(): void;
}

/** Delays the responses to matching requests, after the browser has stored their cookies. */
export function hold(browser: Browser, pattern: RegExp): Hold {
  const held: { line: string; release(): void }[] = [];
  const waiting: ((one: { line: string; release(): void }) => void)[] = [];
  let open = false;
  browser.after = (line) => {
    if (open || !pattern.test(line)) return;
    return new Promise((resolve) => {
      const one = { line, release: () => resolve() };
      const first = waiting.shift();
      if (first) first(one);
      else held.push(one);
    });
  };
  return {
    next: () => {
      const one = held.shift();
      return one ? Promise.resolve(one) : new Promise((resolve) => waiting.push(resolve));
    },
    end: () => {
      open = true;
      for (const one of held) one.release();
    },
  };
}

/** Waits until the microtasks and immediates that are queued so far have run. */
export const drainQueue = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));

/** The claims of the token that a request carries. */
export function claimsOf(request: Request): { sub: string; account: string; role: string; permissions: string[] } {
  const token = /^Bearer (\S+)$/.exec(request.headers.get("authorization") ?? "")?.[1] ?? "";
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8") || "{}");
}

/** Runs `act` with the clock set forward. */
export async function later<T>(milliseconds: number, act: () => Promise<T>): Promise<T> {
  const now = Date.now;
  Date.now = () => now() + milliseconds;
  try {
    return await act();
  } finally {
    Date.now = now;
  }
}
