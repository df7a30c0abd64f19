// An HTTP service of the test's own, for what Rolecall calls or what publishes keys.
import { type IncomingMessage, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after } from "node:test";

/** Answers with JSON, or 401 where `answer` fails; ends with the test file. */
export async function service(answer: (request: IncomingMessage) => Promise<object> | object): Promise<string> {
  const server = createServer((request, response) => {
    Promise.resolve()
      .then(() => answer(request))
      .then(
        (body) => [200, body] as const,
        (error: unknown) => [401, { refused: String(error) }] as const,
      )
      .then(([status, body]) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://localhost:${(server.address() as AddressInfo).port}`;
}
