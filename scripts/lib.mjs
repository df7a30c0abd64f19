// Shared helpers of the scripts: running tools, reporting progress, and skipping steps whose inputs are unchanged.
// Runs on Node 20 before packages are installed, so it imports nothing but Node's own modules.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const at = (...parts) => join(root, ...parts);

/** An error for the user: printed as one sentence, without a stack trace. */
export class UserError extends Error {}

/** The environment of every tool: the workspace's binaries first in PATH, telemetry and update checks off. */
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

/** Runs a tool with inherited output. Rejects with a {@link UserError} when it is missing or exits with an error. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"], ...options, env: environment(options.env) });
    child.on("error", (error) => reject(error.code === "ENOENT" ? new UserError(missingToolMessage(command)) : error));
    child.on("exit", (code, signal) => (code === 0 ? resolve() : reject(new UserError(`${command} ${args.join(" ")} ended with ${signal ?? code}.`))));
  });
}

/** Runs a tool synchronously and returns whether it succeeded, with its trimmed output. */
export function capture(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, encoding: "utf8", ...options, env: environment(options.env) });
  return { ok: result.status === 0, out: `${result.stdout ?? ""}`.trim(), err: `${result.stderr ?? ""}${result.error ?? ""}`.trim() };
}

function missingToolMessage(command) {
  const hints = {
    cargo: "Install Rust with rustup (https://rustup.rs), open a new shell, and try again.",
    rustup: "Install Rust with rustup (https://rustup.rs), open a new shell, and try again.",
    npm: "Install Node.js 20 or newer, which brings npm, and try again.",
  };
  return `The tool \`${command}\` is missing. ${hints[command] ?? "Install it and try again."}`;
}

/** Throws a {@link UserError} when the tool cannot be run. */
export function requireTool(command) {
  if (!capture(command, ["--version"]).ok) throw new UserError(missingToolMessage(command));
}

/** Interval at which a long step reports that it is running. */
const HEARTBEAT_MS = 30_000;

/** Reports the elapsed time of a step at intervals, until the returned function is called. On a terminal, later output replaces the line. */
function heartbeat(title, started) {
  const { isTTY } = process.stdout;
  const timer = setInterval(
    () => process.stdout.write(`  … ${title}: running for ${Math.round((Date.now() - started) / 1000)} s${isTTY ? "\r" : "\n"}`),
    HEARTBEAT_MS,
  );
  timer.unref();
  return () => {
    clearInterval(timer);
    if (isTTY && Date.now() - started >= HEARTBEAT_MS) process.stdout.write("\x1b[2K");
  };
}

/** Runs a step: prints its title and expected duration, then the time it took. */
export async function step(title, hint, work) {
  const started = Date.now();
  console.log(`▸ ${title}${hint ? ` (${hint})` : ""}`);
  const stopHeartbeat = heartbeat(title, started);
  const result = await work().finally(stopHeartbeat);
  console.log(`  ${title}: done in ${((Date.now() - started) / 1000).toFixed(1)} s`);
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

/** SHA-256 in hex over the paths and contents of files and folders. */
export function contentHash(paths, salt = "") {
  const hash = createHash("sha256").update(salt);
  for (const path of paths) {
    for (const file of files(at(path))) hash.update(file.slice(root.length)).update("\0").update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}

/** Runs the work unless its outputs exist for the same input hash. Returns whether it ran. */
export async function unlessDone(name, hash, outputs, work) {
  const stamp = at("target", "stamps", name);
  const upToDate = existsSync(stamp) && readFileSync(stamp, "utf8") === hash && outputs.every((output) => existsSync(at(output)));
  if (upToDate) return false;
  await work();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, hash);
  return true;
}

/** Runs a script's main function; prints a {@link UserError} as one sentence, and sets the exit code. */
export function main(work) {
  work().catch((error) => {
    console.error(error instanceof UserError ? `\n✗ ${error.message}` : error);
    process.exitCode = 1;
  });
}
