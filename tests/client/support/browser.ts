// What a browser does around `fetch`, for the client in Node: keeps the session's cookie, names the page's origin, and
// writes a log of what left the process. The network behind it can lose, hold back and reorder real answers.
import { createClient, type Client } from "rolecall";
import { ORIGIN } from "../../e2e/support/worker.ts";
import type { World } from "../../e2e/support/world.ts";

export interface Browser {
  /** `POST /v1/…`, in the order sent. */
  readonly log: string[];
  /** The requests of the log's lines, as they left. */
  readonly sent: Request[];
  /** The idempotency keys of the log's lines. */
  readonly keys: (string | null)[];
  /** Called before each request leaves; may answer in its place. */
  before?: (line: string, request: Request) => Response | undefined | void;
  /** Called with each answer; throwing loses it on its way back. A promise holds it back; a response takes its place. */
  after?: (line: string, response: Response) => Promise<Response | void> | void;
  readonly fetch: typeof fetch;
}

export function browser(): Browser {
  let cookie = "";
  const self: Browser = {
    log: [],
    sent: [],
    keys: [],
    fetch: async (input, init) => {
      const request = new Request(input, init);
      request.headers.set("origin", ORIGIN);
      if (cookie) request.headers.set("cookie", cookie);
      const url = new URL(request.url);
      const line = `${request.method} ${url.pathname}${url.search}`;
      const instead = self.before?.(line, request);
      if (instead) return instead;
      self.log.push(line);
      self.sent.push(request);
      self.keys.push(request.headers.get("idempotency-key"));
      const response = await fetch(request);
      const set = response.headers.getSetCookie().find((text) => text.startsWith("__Host-rolecall_session="));
      if (set) cookie = /max-age=0/i.test(set) ? "" : set.split(";", 1)[0];
      return (await self.after?.(line, response)) ?? response;
    },
  };
  return self;
}

/** A client with a browser of its own. */
export async function arrive(world: World): Promise<{ client: Client; browser: Browser }> {
  const own = browser();
  return { browser: own, client: await createClient({ baseUrl: world.running.base.href, fetch: own.fetch }) };
}

/** The answers that a network holds back. */
export interface Hold {
  /** The next answer that is held back, once it is there. */
  next(): Promise<{ line: string; release(): void }>;
  /** Lets all go, and holds nothing back any more. */
  end(): void;
}

/** Holds back the answers to what matches, after the browser has kept their cookies. */
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

/** Waits until everything that follows from what has happened in this process has happened. */
export const settledHere = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));

/** The claims of the token that a request carries. */
export function claimsOf(request: Request): { sub: string; account: string; role: string; permissions: string[] } {
  const token = /^Bearer (\S+)$/.exec(request.headers.get("authorization") ?? "")?.[1] ?? "";
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8") || "{}");
}

/** Ages what the client knows: its clock runs ahead while `act` does. */
export async function later<T>(milliseconds: number, act: () => Promise<T>): Promise<T> {
  const now = Date.now;
  Date.now = () => now() + milliseconds;
  try {
    return await act();
  } finally {
    Date.now = now;
  }
}
