// What every script needs: running a tool with its output shown, saying what happens, and not doing it twice.
// Runs on Node 20 before anything is installed, so it imports nothing but Node.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const at = (...parts) => join(root, ...parts);

/** A failure that is told as one sentence, without a stack. */
export class Told extends Error {}

/** The environment of every tool: the project's own Node first, no reports to outside. */
export function environment(extra = {}) {
  return {
    ...process.env,
    PATH: [at("node_modules", ".bin"), at("target", "tools", "bin"), process.env.PATH].join(delimiter),
    WRANGLER_SEND_METRICS: "false",
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    NO_UPDATE_NOTIFIER: "1",
    ...extra,
  };
}

/** Runs a tool to its end; its output goes where ours goes. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"], ...options, env: environment(options.env) });
    child.on("error", (error) => reject(error.code === "ENOENT" ? new Told(missing(command)) : error));
    child.on("exit", (code, signal) => (code === 0 ? resolve() : reject(new Told(`${command} ${args.join(" ")} ended with ${signal ?? code}.`))));
  });
}

/** Runs a tool quietly; answers whether it worked and what it said. */
export function ask(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, encoding: "utf8", ...options, env: environment(options.env) });
  return { ok: result.status === 0, out: `${result.stdout ?? ""}`.trim(), err: `${result.stderr ?? ""}${result.error ?? ""}`.trim() };
}

function missing(command) {
  const how = {
    cargo: "Install Rust with rustup (https://rustup.rs), open a new shell, and try again.",
    rustup: "Install Rust with rustup (https://rustup.rs), open a new shell, and try again.",
    npm: "Install Node.js 20 or newer, which brings npm, and try again.",
  };
  return `The tool \`${command}\` is missing. ${how[command] ?? "Install it and try again."}`;
}

export function demand(command) {
  if (!ask(command, ["--version"]).ok) throw new Told(missing(command));
}

/** How often a long step says that it still works. */
const LIFE_MS = 30_000;

/** Says now and then that a step is still at work; answers how to end that. On a terminal the next output takes the line's place. */
function signsOfLife(started) {
  const { isTTY } = process.stdout;
  const timer = setInterval(() => process.stdout.write(`  … still at it, ${Math.round((Date.now() - started) / 1000)} s${isTTY ? "\r" : "\n"}`), LIFE_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    if (isTTY && Date.now() - started >= LIFE_MS) process.stdout.write("\x1b[2K");
  };
}

/** Says what happens and how long it may take, does it, and says how long it took. */
export async function step(title, hint, work) {
  const started = Date.now();
  console.log(`▸ ${title}${hint ? ` (${hint})` : ""}`);
  const end = signsOfLife(started);
  const result = await work().finally(end);
  console.log(`  done in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return result;
}

function* files(path) {
  if (!existsSync(path)) return;
  if (!statSync(path).isDirectory()) {
    yield path;
    return;
  }
  for (const name of readdirSync(path).sort()) {
    if (["node_modules", "target", "dist", "build", ".wrangler", "wasm"].includes(name)) continue;
    yield* files(join(path, name));
  }
}

/** A hash over the content of files and folders. */
export function contentHash(paths, salt = "") {
  const hash = createHash("sha256").update(salt);
  for (const path of paths) {
    for (const file of files(at(path))) hash.update(file.slice(root.length)).update("\0").update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}

/** Does the work unless it was done for the same inputs before; answers whether it was done now. */
export async function unlessDone(name, hash, outputs, work) {
  const stamp = at("target", "stamps", name);
  const done = existsSync(stamp) && readFileSync(stamp, "utf8") === hash && outputs.every((output) => existsSync(at(output)));
  if (done) return false;
  await work();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, hash);
  return true;
}

/** Runs a script's main function; a told failure is one sentence on the last line. */
export function main(work) {
  work().catch((error) => {
    console.error(error instanceof Told ? `\n✗ ${error.message}` : error);
    process.exitCode = 1;
  });
}
