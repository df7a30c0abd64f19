// What a browser does around `fetch`, for the client in Node: keeps the session's cookie, names the page's origin, and
// writes a log of what left the process.
import { createClient, type Client } from "rolecall";
import { ORIGIN } from "../../e2e/support/worker.ts";
import type { World } from "../../e2e/support/world.ts";

export interface Browser {
  /** `POST /v1/…`, in the order sent. */
  readonly log: string[];
  /** The idempotency keys of the log's lines. */
  readonly keys: (string | null)[];
  /** Called before each request leaves; may answer in its place. */
  before?: (line: string) => Response | undefined | void;
  /** Called with each answer; throwing loses it on its way back. */
  after?: (line: string, response: Response) => void;
  readonly fetch: typeof fetch;
}

export function browser(): Browser {
  let cookie = "";
  const self: Browser = {
    log: [],
    keys: [],
    fetch: async (input, init) => {
      const request = new Request(input, init);
      request.headers.set("origin", ORIGIN);
      if (cookie) request.headers.set("cookie", cookie);
      const url = new URL(request.url);
      const line = `${request.method} ${url.pathname}${url.search}`;
      const instead = self.before?.(line);
      if (instead) return instead;
      self.log.push(line);
      self.keys.push(request.headers.get("idempotency-key"));
      const response = await fetch(request);
      const set = response.headers.getSetCookie().find((text) => text.startsWith("__Host-rolecall_session="));
      if (set) cookie = /max-age=0/i.test(set) ? "" : set.split(";", 1)[0];
      self.after?.(line, response);
      return response;
    },
  };
  return self;
}

/** A client with a browser of its own. */
export async function arrive(world: World): Promise<{ client: Client; browser: Browser }> {
  const own = browser();
  return { browser: own, client: await createClient({ baseUrl: world.running.base.href, fetch: own.fetch }) };
}
