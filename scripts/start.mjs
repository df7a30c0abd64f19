// `npm start`: installs, builds and serves Rolecall on one local address, with workerd, D1 and KV.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join, resolve } from "node:path";
import { UserError, at, contentHash, environment, main, run, step, unlessDone } from "./lib.mjs";
import { buildAll } from "./build.mjs";
import { setup } from "./setup.mjs";

const PORT = Number(process.env.PORT ?? 8787);
const DATA = resolve(process.env.DATA_DIR ?? at(".wrangler", "state"));
const ORIGIN = process.env.ORIGIN ?? `http://localhost:${PORT}`;
/** The example API behind the gateway; may be absent. */
const EXAMPLE = at("examples", "gpu-cloud", "wrangler.toml");
/** First port to try for the example's page. */
const PAGE_PORT = 5174;
/** Interval of the scheduled handler, which wrangler does not run locally. */
const SCHEDULE_MS = 60_000;

const isFree = (port) =>
  new Promise((done) => {
    const probe = createServer();
    probe.once("error", () => done(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => done(true)));
  });

async function requireFreePort() {
  if (!(await isFree(PORT))) throw new UserError(`Port ${PORT} is taken. Stop what runs there, or choose another: PORT=8790 npm start`);
}

/** Migrates the databases of Rolecall and of the example API, which has its own settings. */
async function migrate() {
  const migrateAll = async () => {
    await migrateDatabase("wrangler.toml");
    if (existsSync(EXAMPLE)) await migrateDatabase(EXAMPLE);
  };
  const hash = contentHash(["crates/store/migrations", "examples/gpu-cloud/migrations"], DATA);
  const ran = await unlessDone(`migrations-${PORT}`, hash, [], () => step("Applying migrations", "some seconds", migrateAll));
  if (!ran && !existsSync(DATA)) await migrateAll();
}

const migrateDatabase = (config) =>
  run("wrangler", ["d1", "migrations", "apply", "DB", "--local", "--persist-to", DATA, "-c", config], {
    env: { CI: "true" },
    stdio: ["ignore", "ignore", "inherit"],
  });

/** Path of the example's settings; where they name another issuer than this origin, of a copy that names it. */
function exampleConfig() {
  const text = readFileSync(EXAMPLE, "utf8");
  if (text.includes(`ISSUER = "${ORIGIN}"`)) return EXAMPLE;
  const copy = at(".wrangler", `gpu-cloud-${PORT}.toml`);
  const main = (_, path) => `main = ${JSON.stringify(resolve(dirname(EXAMPLE), path))}`;
  mkdirSync(dirname(copy), { recursive: true });
  writeFileSync(copy, text.replace(/^main = "(.*)"$/m, main).replace(/^ISSUER = .*$/m, `ISSUER = ${JSON.stringify(ORIGIN)}`));
  return copy;
}

function ensureAssets() {
  if (existsSync(at("console", "dist", "index.html"))) return;
  mkdirSync(at("console", "dist"), { recursive: true });
  writeFileSync(at("console", "dist", "index.html"), "<!doctype html><title>Rolecall</title><p>The console is not built.");
}

function serve() {
  const configs = ["-c", "wrangler.toml", ...(existsSync(EXAMPLE) ? ["-c", exampleConfig()] : [])];
  const vars = { ORIGIN, ...(process.env.RATE_LIMITS ? { RATE_LIMITS: process.env.RATE_LIMITS } : {}) };
  const args = [
    "dev",
    ...configs,
    "--port",
    String(PORT),
    "--ip",
    "127.0.0.1",
    "--persist-to",
    DATA,
    "--show-interactive-dev-session=false",
    "--log-level",
    "log",
  ];
  for (const [name, value] of Object.entries(vars)) args.push("--var", `${name}:${value}`);
  start("wrangler", args).on("exit", (code) => process.exit(code ?? 0));
}

/** Serves the example's page, which proxies Rolecall. Returns its URL; undefined where there is none. */
async function servePage() {
  if (!existsSync(join(dirname(EXAMPLE), "web", "index.html"))) return undefined;
  let port = PAGE_PORT;
  while (!(await isFree(port))) port += 1;
  start("vite", ["web", "--port", String(port), "--logLevel", "error"], { cwd: dirname(EXAMPLE), env: environment({ ROLECALL: `http://localhost:${PORT}` }) });
  return `http://localhost:${port}`;
}

/** Starts a tool that is stopped with this process. */
function start(command, args, options) {
  const child = spawn(command, args, { cwd: at(), env: environment(), stdio: ["ignore", "inherit", "inherit"], ...options });
  child.on("error", (error) => console.error(`${command}: ${error.message}`));
  process
    .on("SIGINT", () => child.kill("SIGTERM"))
    .on("SIGTERM", () => child.kill("SIGTERM"))
    .on("exit", () => child.kill("SIGTERM"));
  return child;
}

/** Waits until the server responds, prints the addresses, and runs the scheduled handler every minute. */
async function announce(page) {
  const base = `http://localhost:${PORT}`;
  for (let tries = 0; tries < 240; tries += 1) {
    const response = await fetch(`${base}/healthz`).catch(() => null);
    if (response?.ok) break;
    await new Promise((next) => setTimeout(next, 250));
  }
  // wrangler prints its table of bindings once, before the two Workers are connected.
  const connected = existsSync(EXAMPLE)
    ? "\n  `[not connected]` above can be ignored: both Workers run in this process, which also runs the scheduled handler.\n"
    : "";
  console.log(
    `\n  Rolecall      ${base}\n  API           ${base}/docs\n  Mail (dev)    ${base}/dev/outbox\n${page ? `  Example       ${page}\n` : ""}${connected}\n  Press Ctrl-C to stop. Data is stored in ${process.env.DATA_DIR ? DATA : ".wrangler/"}.\n`,
  );
  setInterval(() => void fetch(`${base}/cdn-cgi/local/scheduled`).catch(() => {}), SCHEDULE_MS).unref();
}

main(async () => {
  console.log("Rolecall: a first start takes three to five minutes, most of it compiling; the next takes seconds.");
  await requireFreePort();
  await setup();
  await buildAll();
  ensureAssets();
  await migrate();
  serve();
  await announce(await servePage());
});
