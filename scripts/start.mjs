// `npm start`: from a fresh checkout to Rolecall on one local address, with real workerd, D1 and KV.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join, resolve } from "node:path";
import { Told, at, contentHash, environment, main, run, step, unlessDone } from "./lib.mjs";
import { buildAll } from "./build.mjs";
import { setup } from "./setup.mjs";

const PORT = Number(process.env.PORT ?? 8787);
const DATA = resolve(process.env.DATA_DIR ?? at(".wrangler", "state"));
const ORIGIN = process.env.ORIGIN ?? `http://localhost:${PORT}`;
/** The API behind the gateway; a checkout may lack it. */
const EXAMPLE = at("examples", "gpu-cloud", "wrangler.toml");
/** Where the example's page is served, or the next port that is free. */
const PAGE_PORT = 5174;
/** The platform fires the clock once a minute; locally nobody does. */
const TICK_MS = 60_000;

const isFree = (port) =>
  new Promise((done) => {
    const probe = createServer();
    probe.once("error", () => done(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => done(true)));
  });

async function demandFreePort() {
  if (!(await isFree(PORT))) throw new Told(`Port ${PORT} is taken. Stop what runs there, or choose another: PORT=8790 npm start`);
}

/** Each database with its settings; the example upstream has its own. */
async function migrate() {
  const all = async () => {
    await migrateNow("wrangler.toml");
    if (existsSync(EXAMPLE)) await migrateNow(EXAMPLE);
  };
  const hash = contentHash(["crates/store/migrations", "examples/gpu-cloud/migrations"], DATA);
  const now = await unlessDone(`migrations-${PORT}`, hash, [], () => step("Applying migrations", "some seconds", all));
  if (!now && !existsSync(DATA)) await all();
}

const migrateNow = (config) =>
  run("wrangler", ["d1", "migrations", "apply", "DB", "--local", "--persist-to", DATA, "-c", config], { env: { CI: "true" }, stdio: ["ignore", "ignore", "inherit"] });

/** The example's settings; where Rolecall's origin is not the one that they name, a copy that names it. */
function exampleConfig() {
  const text = readFileSync(EXAMPLE, "utf8");
  if (text.includes(`ISSUER = "${ORIGIN}"`)) return EXAMPLE;
  const copy = at(".wrangler", `gpu-cloud-${PORT}.toml`);
  const main = (_, path) => `main = ${JSON.stringify(resolve(dirname(EXAMPLE), path))}`;
  mkdirSync(dirname(copy), { recursive: true });
  writeFileSync(copy, text.replace(/^main = "(.*)"$/m, main).replace(/^ISSUER = .*$/m, `ISSUER = ${JSON.stringify(ORIGIN)}`));
  return copy;
}

function assetsExist() {
  if (existsSync(at("console", "dist", "index.html"))) return;
  mkdirSync(at("console", "dist"), { recursive: true });
  writeFileSync(at("console", "dist", "index.html"), "<!doctype html><title>Rolecall</title><p>The console is not built.");
}

function serve() {
  const configs = ["-c", "wrangler.toml", ...(existsSync(EXAMPLE) ? ["-c", exampleConfig()] : [])];
  const vars = { ORIGIN, ...(process.env.RATE_LIMITS ? { RATE_LIMITS: process.env.RATE_LIMITS } : {}) };
  const args = ["dev", ...configs, "--port", String(PORT), "--ip", "127.0.0.1", "--persist-to", DATA, "--show-interactive-dev-session=false", "--log-level", "log"];
  for (const [name, value] of Object.entries(vars)) args.push("--var", `${name}:${value}`);
  start("wrangler", args).on("exit", (code) => process.exit(code ?? 0));
}

/** The example's page, with Rolecall under its own origin. Answers its address, or nothing where there is none. */
async function servePage() {
  if (!existsSync(join(dirname(EXAMPLE), "web", "index.html"))) return undefined;
  let port = PAGE_PORT;
  while (!(await isFree(port))) port += 1;
  start("vite", ["web", "--port", String(port), "--logLevel", "error"], { cwd: dirname(EXAMPLE), env: environment({ ROLECALL: `http://localhost:${PORT}` }) });
  return `http://localhost:${port}`;
}

/** A tool that runs as long as this one does. */
function start(command, args, options) {
  const child = spawn(command, args, { cwd: at(), env: environment(), stdio: ["ignore", "inherit", "inherit"], ...options });
  child.on("error", (error) => console.error(`${command}: ${error.message}`));
  process.on("SIGINT", () => child.kill("SIGTERM")).on("SIGTERM", () => child.kill("SIGTERM")).on("exit", () => child.kill("SIGTERM"));
  return child;
}

/** Waits for the first answer, says where to look, and keeps the clock. */
async function attend(page) {
  const base = `http://localhost:${PORT}`;
  for (let tries = 0; tries < 240; tries += 1) {
    const answer = await fetch(`${base}/healthz`).catch(() => null);
    if (answer?.ok) break;
    await new Promise((next) => setTimeout(next, 250));
  }
  // wrangler draws its table of bindings before the two Workers have found each other, and never again.
  const connected = existsSync(EXAMPLE) ? "\n  `[not connected]` above means nothing: both Workers run in this one process, which also keeps the clock.\n" : "";
  console.log(`\n  Rolecall      ${base}\n  API           ${base}/docs\n  Mail (dev)    ${base}/dev/outbox\n${page ? `  Example       ${page}\n` : ""}${connected}\n  Ctrl-C stops it. Data is kept in ${process.env.DATA_DIR ? DATA : ".wrangler/"}.\n`);
  setInterval(() => void fetch(`${base}/cdn-cgi/local/scheduled`).catch(() => {}), TICK_MS).unref();
}

main(async () => {
  console.log("Rolecall: a first start takes ten to fifteen minutes, most of it compiling; the next takes seconds.");
  await demandFreePort();
  await setup();
  await buildAll();
  assetsExist();
  await migrate();
  serve();
  await attend(await servePage());
});
