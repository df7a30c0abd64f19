// Workers of the benchmark's own, in a workerd process of their own, reached without a proxy in front; and what a process weighs.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { Miniflare } from "miniflare";
import { QUIET_SETTINGS, compatibility } from "../../e2e/support/worker.ts";

/** The upstream behind gateways: as little as an API can do. */
export const UPSTREAM = `export default { fetch() { return new Response("ok"); } };`;

/** A module Worker of one file. */
export function configuration(name, contents, { env = {} } = {}) {
  const { compatibilityDate, compatibilityFlags } = compatibility();
  const manifest = { mainModule: "index.js", modulesRoot: "/", modules: { "index.js": { type: "esm", contents } } };
  return { name, compatibilityDate, compatibilityFlags, manifest, env };
}

/** Starts Workers in one process; each has an address of its own. */
export async function startWorkers(...configs) {
  const dev = { unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }] };
  const runtime = new Miniflare({ ...QUIET_SETTINGS, handleStructuredLogs: () => {}, workers: configs.map((config) => ({ config, dev })) });
  await runtime.ready;
  return {
    url: (name) => runtime.unsafeGetDirectURL(name),
    database: (name) => runtime.getD1Database("DB", name),
    kv: (name) => runtime.getKVNamespace("KV", name),
    stop: () => runtime.dispose(),
  };
}

/** Processes that this one has started, with the megabytes that each holds in memory. */
function children() {
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid=,rss=,comm="], { encoding: "utf8" }).trim().split("\n");
  const rows = lines.map((line) => line.trim().split(/\s+/));
  return new Map(
    rows.filter(([, parent, , name]) => Number(parent) === process.pid && name.includes("workerd")).map(([pid, , size]) => [pid, Number(size) / 1_024]),
  );
}

/** Milliseconds of processor time that a process has used; NaN where the system does not tell (it does on Linux). */
function processorTime(pid) {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return Number.NaN;
  // After the name in brackets: state is the first field, user and system time are the 12th and 13th, in hundredths of a second.
  const fields = readFileSync(file, "utf8").split(") ").at(-1).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Does something that starts one workerd; returns its result, and how to ask for the memory and the processor time of that process. */
export async function weighed(start) {
  const before = children();
  const started = await start();
  const [pid] = [...children().keys()].filter((other) => !before.has(other));
  return [started, () => children().get(pid), () => processorTime(pid)];
}

export const gzipped = (...contents) => contents.reduce((sum, bytes) => sum + gzipSync(bytes, { level: 9 }).length, 0);
export const gzippedFiles = (...paths) => gzipped(...paths.map((path) => readFileSync(path)));
