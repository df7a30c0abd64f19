// Deployments for the doctor: the built Worker, and servers in its place or in front of it.
import { type IncomingMessage, type RequestListener, type Server, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { after } from "node:test";
import { freePort } from "../../e2e/support/free-port.ts";
import { type Settings, startWorker } from "../../e2e/support/worker.ts";
import { SECRETS } from "./healthy-project.ts";

/** Origin of a server that now listens, until the test ends. */
export async function listening(server: Server): Promise<string> {
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A deployment of the built Worker until the test ends. Its links lead to where it listens, unless `vars` say otherwise. */
export async function deployment(settings: Settings = {}): Promise<string> {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const running = await startWorker({ ...settings, port, vars: { ORIGIN: origin, ...SECRETS, ...settings.vars } });
  after(() => running.stop());
  return origin;
}

/** A server that is not Rolecall. */
export const impostor = (listener: RequestListener): Promise<string> => listening(createServer(listener));

export interface Changes {
  /** Seconds that are added to the header `Date`; null removes it. */
  clock?: number | null;
  /** Paths that are answered by something else. */
  taken?: string[];
}

/** A proxy in front of a deployment that changes its answers. */
export function altered(origin: string, { clock = 0, taken = [] }: Changes): Promise<string> {
  const date = () => (clock === null ? {} : { date: new Date(Date.now() + clock * 1000).toUTCString() });
  return impostor((incoming, outgoing) => {
    outgoing.sendDate = false;
    if (taken.includes(incoming.url ?? "")) return void outgoing.writeHead(200, date()).end("<!doctype html><title>Acme</title>");
    const headers = { ...incoming.headers, host: new URL(origin).host };
    const onward = request(new URL(incoming.url ?? "/", origin), { method: incoming.method, headers }, (answer: IncomingMessage) => {
      const { date: _, ...others } = answer.headers;
      outgoing.writeHead(answer.statusCode ?? 502, { ...others, ...date() });
      answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  });
}
