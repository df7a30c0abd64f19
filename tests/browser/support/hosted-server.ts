// People who act over HTTP, and Rolecall at an origin that a browser can open: the built Worker with the built console, or
// with the pages of somebody's own app.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { after } from "node:test";
import { AUDIENCE, configuration, migrations } from "../../e2e/support/gpu-cloud-upstream.ts";
import { ROOT, type Settings, startWorker } from "../../e2e/support/worker.ts";
import { World } from "../../e2e/support/world.ts";
import { freePort } from "../../e2e/support/free-port.ts";

export interface Hosted {
  origin: string;
  world: World;
}

/** Rolecall at an origin of its own; ends with the test file. `settings` says what else runs, once the origin is known. */
export async function openHosted(settings: (origin: string) => Settings = () => ({})): Promise<Hosted> {
  // A port that is free when it is asked for can be taken by somebody else before it is used.
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await openAt(await freePort(), settings);
    } catch (error) {
      if ((error as { code?: string }).code !== "ERR_ADDRESS_IN_USE" || attempt === 3) throw error;
    }
  }
}

async function openAt(port: number, settings: (origin: string) => Settings): Promise<Hosted> {
  const origin = `http://localhost:${port}`;
  const { vars, assets = path.join(ROOT, "console/dist"), ...more } = settings(origin);
  assert.ok(existsSync(path.join(assets, "index.html")), `${assets} has no pages: run \`npm run build\` first`);
  const world = new World(await startWorker({ port, assets, vars: { ORIGIN: origin, ALLOWED_ORIGINS: "", ...vars }, ...more }));
  after(() => world.close());
  return { origin, world };
}

/** The same with examples/gpu-cloud behind the gateway, as `npm start` runs it. */
export async function openExample(more: Settings = {}): Promise<Hosted> {
  const hosted = await openHosted((origin) => ({
    ...more,
    vars: { UPSTREAM_AUDIENCE: AUDIENCE, ...more.vars },
    beside: [configuration(origin, { type: "worker", worker: "rolecall" })],
    bindings: { UPSTREAM: { type: "worker", worker: "gpu-cloud" } },
  }));
  const database = await hosted.world.running.databaseOf("gpu-cloud");
  for (const sql of migrations()) await database.prepare(sql).run();
  return hosted;
}
