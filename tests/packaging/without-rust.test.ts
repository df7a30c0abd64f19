// A new project on a machine with Node alone: made, started, used and checked from the packages of a release.
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { blocksOf } from "../docs/support/blocks.ts";
import { walk } from "../docs/support/walk.ts";
import { freePort } from "../e2e/support/free-port.ts";
import { ROOT, must } from "./support/project.ts";
import { release } from "./support/release.ts";

/** What such a machine has beside Node and npm. */
const TOOLS = ["sh", "env", "uname", "ps"];

const home = mkdtempSync(join(tmpdir(), "rolecall-without-rust-"));
const binaries = join(home, "bin");
const project = join(home, "my-accounts");
/** The environment of that machine. npm's settings come with it, as a proxy or a mirror may be needed. */
const env = { ...process.env, PATH: binaries, NO_UPDATE_NOTIFIER: "1", NODE_TEST_CONTEXT: undefined, FORCE_COLOR: "0" };

const where = (name: string) => must("sh", ["-c", `command -v ${name}`], ROOT).trim();

function onMachine(command: string, args: string[], cwd: string, more: Record<string, string> = {}) {
  const { status, stdout, stderr, error } = spawnSync(join(binaries, command), args, { cwd, env: { ...env, ...more } as NodeJS.ProcessEnv, encoding: "utf8" });
  if (error) throw error;
  return { status, out: `${stdout}${stderr}` };
}

let server: ChildProcess | undefined;
let origin = "";
let printed = "";

before(() => {
  mkdirSync(binaries);
  symlinkSync(realpathSync(join(ROOT, "node_modules", "node", "bin", "node")), join(binaries, "node"));
  for (const name of ["npm", "npx"]) symlinkSync(realpathSync(where(name)), join(binaries, name));
  for (const name of TOOLS) symlinkSync(realpathSync(where(name)), join(binaries, name));
});

after(() => {
  // The whole group: npm, the command, wrangler and workerd.
  if (server?.pid !== undefined) process.kill(-server.pid, "SIGTERM");
  rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

/** Waits until `ready` gives a value. */
async function until<T>(ready: () => Promise<T | undefined>, seconds: number): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await ready().catch(() => undefined);
    if (value !== undefined) return value;
    assert.ok(Date.now() < end, `nothing after ${seconds} s:\n${printed}`);
    await new Promise((next) => setTimeout(next, 200));
  }
}

const policyTag = async () => (await fetch(`${origin}/v1/policy`)).headers.get("etag") ?? undefined;
const policyFile = join(project, "policy.json");

test("npm creates a project from the packages", () => {
  for (const tool of ["cargo", "rustc", "rustup"]) assert.ok(!existsSync(join(binaries, tool)));
  const tarball = join(release(), `create-rolecall-${JSON.parse(readFileSync(join(ROOT, "create/package.json"), "utf8")).version}.tgz`);
  const { status, out } = onMachine("npm", ["exec", "--yes", `--package=${tarball}`, "--", "create-rolecall", "my-accounts"], home);
  assert.equal(status, 0, out);
  assert.match(out, /my-accounts is ready/);
  for (const file of ["policy.json", "wrangler.toml", "index.js", "README.md", ".gitignore", "node_modules/rolecall-worker/worker/rolecall.wasm"]) {
    assert.ok(existsSync(join(project, file)), file);
  }
  assert.doesNotMatch(readFileSync(join(project, "wrangler.toml"), "utf8"), /\{\{|gpu-cloud/);
  const again = onMachine("npm", ["exec", "--yes", `--package=${tarball}`, "--", "create-rolecall", "my-accounts"], home);
  assert.equal(again.status, 1);
  assert.match(again.out, /is not empty/);
});

test("npm start answers, on workerd with D1 and KV; how long it took is printed", async (t) => {
  const port = await freePort();
  origin = `http://localhost:${port}`;
  const started = Date.now();
  server = spawn(join(binaries, "npm"), ["start"], {
    detached: true,
    cwd: project,
    env: { ...env, PORT: String(port) } as NodeJS.ProcessEnv,
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [server.stdout, server.stderr]) stream!.on("data", (chunk) => (printed += chunk));
  const health = await until(async () => (await fetch(`${origin}/healthz`)).json(), 90);
  t.diagnostic(`${((Date.now() - started) / 1000).toFixed(1)} s`);
  assert.equal((health as { status: string }).status, "ok");
  assert.match(await (await fetch(origin, { headers: { accept: "text/html" } })).text(), /<div id="root">/);
});

test("README's walk passes on it", async () => {
  const block = blocksOf("README.md", readFileSync(join(ROOT, "README.md"), "utf8")).find(({ text }) => text.startsWith("R=http://localhost:8787"));
  await walk(block!.text, origin);
});

test("a permission that the policy gains is served without a build, and the page's engine has it", async () => {
  const before = await policyTag();
  const policy = JSON.parse(readFileSync(policyFile, "utf8"));
  policy.permissions.push({ code: "reports.read", title: "Read reports" });
  policy.roles.find(({ code }: { code: string }) => code === "dev").permissions.push("reports.read");
  writeFileSync(policyFile, JSON.stringify(policy, null, 2));
  await until(async () => ((await policyTag()) === before ? undefined : true), 20);
  const { loadEngine } = await import("rolecall/core");
  const rights = (await loadEngine()).policy<string, string>(await (await fetch(`${origin}/v1/policy`)).text()).rights({ role: "dev" });
  assert.deepEqual([rights.can("reports.read"), rights.can("audit.read")], [true, false]);
});

test("a deployment without upload bundles the Worker and names what is still to be set", () => {
  const { status, out } = onMachine("npm", ["run", "deploy", "--", "--dry-run"], project);
  assert.equal(status, 1, out);
  assert.match(out, /What a deployment would stop for[\s\S]*ORIGIN is still the example[\s\S]*nothing was uploaded/);
  const real = onMachine("npm", ["run", "deploy"], project);
  assert.equal(real.status, 1);
  assert.match(real.out, /Nothing was deployed[\s\S]*ORIGIN is still/);
});

test("the doctor finds nothing wrong with the running project", () => {
  const { status, out } = onMachine("npx", ["rolecall", "doctor", "--url", origin], project);
  assert.equal(status, 0, out);
  assert.match(out, /ok +deployment/);
  assert.match(out, /ok +policy +the deployment has that of policy\.json/);
});

test("a faulty policy is refused with its place by the check, the start and the deployment", () => {
  writeFileSync(policyFile, readFileSync(policyFile, "utf8").replace('"code": "admin"', '"code": "boss"'));
  for (const [command, args] of [
    ["npm", ["run", "check"]],
    ["npm", ["start"]],
    ["npm", ["run", "deploy", "--", "--dry-run"]],
  ] as const) {
    const { status, out } = onMachine(command, [...args], project, { PORT: "8799" });
    assert.equal(status, 1, out);
    assert.match(out, /lacks the role `admin`/);
  }
});
