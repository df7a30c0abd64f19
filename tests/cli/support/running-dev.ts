// `rolecall dev` in a project of its own, with the built Worker.
import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync } from "node:fs";
import path from "node:path";
import { freePort } from "../../e2e/support/free-port.ts";
import { ROOT } from "../../e2e/support/worker.ts";
import { SETTINGS, changed, healthyProject } from "./healthy-project.ts";

const MIGRATIONS = path.join(ROOT, "crates/store/migrations");

const INDEX = `import policy from "./policy.json";
import { createWorker } from ${JSON.stringify(path.join(ROOT, "worker/build/rolecall.js"))};
export default createWorker({ policy });
`;

/** A project whose Worker reads its policy.json. It has the first migration only, since wrangler takes long for all. */
export function startableProject(files: Record<string, string | null> = {}): string {
  let settings = changed(SETTINGS, /^main = .*$/m, 'main = "index.js"');
  settings = changed(settings, /\[\[services\]\]\nbinding.*\nservice.*\n/, "");
  settings = changed(settings, /^migrations_dir = .*$/m, 'migrations_dir = "migrations"');
  const root = healthyProject({ "index.js": INDEX, "wrangler.toml": settings, ...files });
  mkdirSync(path.join(root, "migrations"));
  const [first = ""] = readdirSync(MIGRATIONS).sort();
  copyFileSync(path.join(MIGRATIONS, first), path.join(root, "migrations", first));
  return root;
}

export interface RunningDev {
  child: ChildProcess;
  origin: string;
  /** What it has printed. */
  printed: () => string;
  /** Exit code, once it has ended. */
  ended: Promise<number | null>;
}

export const DEV = [process.execPath, path.join(ROOT, "cli/src/main.ts"), "dev"];

/** Starts `rolecall dev` by a command, in a process group of its own that ends with the tests. */
export async function startDev(root: string, env: Record<string, string> = {}, [program = "", ...args] = DEV): Promise<RunningDev> {
  const port = await freePort();
  const child = spawn(program, args, {
    cwd: root,
    detached: true,
    env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined, NODE_TEST_CONTEXT: undefined, PORT: String(port), ...env } as NodeJS.ProcessEnv,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (chunk) => (text += chunk));
  const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
  // Not by the runner's `after`, which a file that throws before its first test does not reach.
  process.on("exit", () => {
    if (groupRuns(child)) process.kill(-(child.pid ?? 0), "SIGKILL");
  });
  return { child, origin: `http://localhost:${port}`, printed: () => text, ended };
}

/** Whether any process of a group runs: the command, wrangler, its bundler, workerd. */
export function groupRuns({ pid }: ChildProcess): boolean {
  try {
    return process.kill(-(pid ?? 0), 0);
  } catch {
    return false;
  }
}

/** Waits until `ready` gives a value. */
export async function until<T>(ready: () => T | undefined | Promise<T | undefined>, seconds: number, why: () => string): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await ready();
    if (value !== undefined) return value;
    if (Date.now() > end) throw new Error(`nothing after ${seconds} s:\n${why()}`);
    await new Promise((next) => setTimeout(next, 100));
  }
}
