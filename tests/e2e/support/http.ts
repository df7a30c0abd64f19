// A plain HTTP client: sends exactly the bytes, path and headers it is given. Nothing of Rolecall stands here.

import { Agent, request as send, type IncomingHttpHeaders } from "node:http";

export interface Outgoing {
  method: string;
  /** The request target as it is to stand on the wire. */
  path: string;
  headers?: Record<string, string | string[]>;
  body?: string | Uint8Array;
  /** Sent in pieces and without its length. */
  chunks?: (string | Uint8Array)[];
}

export interface Answer {
  /** What was asked, for messages. */
  asked: { method: string; path: string };
  status: number;
  headers: IncomingHttpHeaders;
  cookies: string[];
  text: string;
  /** The body read as JSON, where it is JSON. */
  body: any;
}

/** Keeps sockets open; as many at once as a race needs. */
export class Client {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 128 });
  readonly #base: URL;

  constructor(base: URL) {
    this.#base = base;
  }

  close(): void {
    this.#agent.destroy();
  }

  send(outgoing: Outgoing): Promise<Answer> {
    const { method, path, headers = {}, body, chunks } = outgoing;
    return new Promise((resolve, reject) => {
      const length: Record<string, string> = body === undefined || "content-length" in headers ? {} : { "content-length": String(Buffer.byteLength(body)) };
      const request = send(
        {
          agent: this.#agent,
          host: this.#base.hostname,
          port: this.#base.port,
          method,
          path,
          headers: { ...length, ...headers },
          setHost: !("host" in headers),
        },
        (response) => {
          const parts: Buffer[] = [];
          response.on("data", (part) => parts.push(part));
          response.on("error", reject);
          response.on("end", () => {
            const text = Buffer.concat(parts).toString("utf8");
            const json = /^application\/(problem\+)?json\b/.test(response.headers["content-type"] ?? "");
            resolve({
              asked: { method, path },
              status: response.statusCode ?? 0,
              headers: response.headers,
              cookies: response.headers["set-cookie"] ?? [],
              text,
              body: json && text !== "" ? JSON.parse(text) : undefined,
            });
          });
        },
      );
      request.on("error", reject);
      if (chunks) {
        for (const chunk of chunks) request.write(chunk);
        request.end();
      } else {
        request.end(body);
      }
    });
  }
}
