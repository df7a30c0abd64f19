// The page of examples/gpu-cloud as `npm start` serves it, on the built Worker with its gateway and the example upstream.
import path from "node:path";
import type { Page } from "playwright-core";
import { createServer } from "vite";
import { AUDIENCE, configuration, migrations } from "../../e2e/support/gpu-cloud-upstream.ts";
import { ROOT } from "../../e2e/support/worker.ts";
import { type Server, startServer } from "./server.ts";
import { freePort } from "../../e2e/support/free-port.ts";

export interface Example extends Server {
  /** Where the page is. */
  page: string;
}

/** Rolecall with the example's upstream behind its gateway. */
export async function startUpstream(): Promise<Server> {
  const server = await startServer((origin) => ({
    vars: { UPSTREAM_AUDIENCE: AUDIENCE },
    beside: [configuration(origin, { type: "worker", worker: "rolecall" })],
    bindings: { UPSTREAM: { type: "worker", worker: "gpu-cloud" } },
  }));
  const database = await server.databaseOf("gpu-cloud");
  for (const sql of migrations()) await database.prepare(sql).run();
  return server;
}

/** The same, and the example's page. */
export async function startExample(): Promise<Example> {
  const server = await startUpstream();
  // Its settings read where Rolecall is.
  process.env["ROLECALL"] = server.origin;
  const port = await freePort();
  const vite = await createServer({ root: path.join(ROOT, "examples/gpu-cloud/web"), server: { port, strictPort: true }, logLevel: "error" });
  await vite.listen();
  const stop = async () => {
    await vite.close();
    await server.stop();
  };
  return { ...server, page: `http://localhost:${port}/`, stop };
}

export const section = (page: Page, name: string) => page.getByRole("region", { name });

/** Fills in a form of a section and sends it. */
export async function send(page: Page, where: string, form: string, fields: Record<string, string>): Promise<void> {
  const there = section(page, where).getByRole("form", { name: form });
  for (const [label, text] of Object.entries(fields)) await there.getByLabel(label, { exact: true }).fill(text);
  await there.getByRole("button").click();
}
