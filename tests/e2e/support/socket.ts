// HTTP/1.1 by hand, for what no client library would send: any target, any bytes, at any time.

import { connect } from "node:net";

export interface RawAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Sends bytes over a fresh connection, and reads until the other side closes it. */
export async function sendRaw(base: URL, bytes: string, patience = 10_000): Promise<RawAnswer> {
  const socket = connect(Number(base.port), base.hostname);
  const parts: Buffer[] = [];
  const done = new Promise<void>((resolve, reject) => {
    socket.on("data", (part) => parts.push(part));
    socket.on("close", () => resolve());
    socket.on("error", reject);
    socket.setTimeout(patience, () => reject(new Error(`no end after ${patience} ms: ${Buffer.concat(parts).toString("utf8").slice(0, 200)}`)));
  });
  socket.write(bytes);
  await done;
  return parse(Buffer.concat(parts).toString("utf8"));
}

function parse(text: string): RawAnswer {
  const [head, ...rest] = text.split("\r\n\r\n");
  const [line, ...lines] = head.split("\r\n");
  const headers = Object.fromEntries(lines.map((each) => [each.split(":", 1)[0].toLowerCase(), each.slice(each.indexOf(":") + 1).trim()]));
  const body = rest.join("\r\n\r\n");
  return { status: Number(line.split(" ")[1]), headers, body: headers["transfer-encoding"] === "chunked" ? unchunk(body) : body };
}

function unchunk(body: string): string {
  let bytes = Buffer.from(body);
  const parts: Buffer[] = [];
  for (;;) {
    const end = bytes.indexOf("\r\n");
    const size = parseInt(bytes.subarray(0, end).toString(), 16);
    if (!size) return Buffer.concat(parts).toString("utf8");
    parts.push(bytes.subarray(end + 2, end + 2 + size));
    bytes = bytes.subarray(end + 2 + size + 2);
  }
}

/** A request with these header lines. */
export function formatRequest(method: string, target: string, headers: Record<string, string>): string {
  const lines = Object.entries({ host: "gateway.example", connection: "close", ...headers }).map(([name, value]) => `${name}: ${value}`);
  return `${method} ${target} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`;
}
