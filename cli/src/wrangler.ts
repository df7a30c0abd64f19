// Runs wrangler, the version that the package names, whatever is in PATH.
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { UserError } from "./output.ts";

const manifest = createRequire(import.meta.url).resolve("wrangler/package.json");
const BIN = join(dirname(manifest), JSON.parse(readFileSync(manifest, "utf8")).bin.wrangler);

const environment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  WRANGLER_SEND_METRICS: "false",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  NO_UPDATE_NOTIFIER: "1",
});

/** Starts wrangler. */
export function start(args: string[], options: SpawnOptions = {}): ChildProcess {
  return spawn(process.execPath, [BIN, ...args], { stdio: ["ignore", "inherit", "inherit"], ...options, env: environment() });
}

export interface Outcome {
  ok: boolean;
  out: string;
  err: string;
  /** Whether it was stopped after its time. */
  timedOut?: boolean;
}

export interface RunOptions {
  /** Standard input; empty otherwise. */
  input?: string;
  /** Milliseconds after which it is stopped; unlimited otherwise. */
  timeout?: number;
}

/** Runs wrangler and returns what it printed; `input` is its standard input. Never asks: CI is set. */
export function capture(args: string[], { input, timeout }: RunOptions = {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BIN, ...args], { stdio: ["pipe", "pipe", "pipe"], env: { ...environment(), CI: "true" } });
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk) => (out += chunk));
    child.stderr.on("data", (chunk) => (err += chunk));
    child.on("error", reject);
    const timer = timeout === undefined ? undefined : setTimeout(() => child.kill("SIGTERM"), timeout);
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ ok: code === 0, out: out.trim(), err: err.trim(), ...(child.killed ? { timedOut: true } : {}) });
    });
    child.stdin.end(input ?? "");
  });
}

/** Runs wrangler. @throws UserError with what it printed where it fails. */
export async function run(args: string[], options: RunOptions = {}): Promise<string> {
  const { ok, out, err, timedOut } = await capture(args, options);
  if (timedOut)
    throw new UserError(`wrangler ${args.join(" ")} was stopped, since it had not ended after ${(options.timeout ?? 0) / 1000} seconds. Try again.`);
  if (!ok) throw new UserError(`wrangler ${args.join(" ")} failed:\n${out}\n${err}`);
  return out;
}

/** Which database of a project. */
export interface DatabaseOptions {
  /** The one on Cloudflare. */
  production?: boolean;
  /** Folder of the local data; wrangler's own by default. */
  persistTo?: string;
}

/** The arguments of wrangler's `d1` that name a database. */
export const databasePlace = ({ production, persistTo }: DatabaseOptions): string[] =>
  production ? ["--remote", "--env", "production"] : ["--local", ...(persistTo ? ["--persist-to", persistTo] : [])];

/** Runs statements on the database DB of a configuration. The outcome's text is JSON: a list with the rows of each. */
export const queryDatabase = (config: string, sql: string, options: DatabaseOptions): Promise<Outcome> =>
  capture(["d1", "execute", "DB", ...databasePlace(options), "-c", config, "--json", "--command", sql]);
