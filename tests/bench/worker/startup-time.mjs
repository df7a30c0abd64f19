// How long an isolate's first answer takes: workerd alone, from the start of its process.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { freePort } from "../../e2e/support/free-port.ts";
import { tmpdir } from "node:os";
import { join } from "node:path";
import workerd from "workerd";
import { compatibility } from "../../e2e/support/worker.ts";
import { median } from "./load.mjs";

const PATIENCE = 20_000;

/** A database without any row. */
const DATABASE = `const none = () => ({ success: true, results: { columns: [], rows: [] }, meta: {} });
export default { async fetch(request) { const asked = await request.json(); return Response.json(Array.isArray(asked) ? asked.map(none) : none()); } };`;

const quoted = (text) => JSON.stringify(text);

/** How workerd reads a module of this name. */
const kindOf = (name) => (name.endsWith(".wasm") ? "wasm" : name.endsWith(".json") ? "text" : "esModule");

/** The configuration of one Worker with a database. Its first module is the main one. */
function config({ modules, vars = {} }, port) {
  const { compatibilityDate, compatibilityFlags } = compatibility();
  const list = Object.keys(modules).map((name) => `(name = ${quoted(name)}, ${kindOf(name)} = embed ${quoted(name)})`);
  const texts = Object.entries(vars).map(([name, value]) => `(name = ${quoted(name)}, text = ${quoted(value)})`);
  const database = `(name = "DB", wrapped = (moduleName = "cloudflare-internal:d1-api", innerBindings = [(name = "fetcher", service = "database")]))`;
  const worker = `modules = [${list.join(", ")}], compatibilityDate = ${quoted(compatibilityDate)}, compatibilityFlags = [${compatibilityFlags.map(quoted).join(", ")}], bindings = [${[...texts, database].join(", ")}]`;
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (${worker})), (name = "database", worker = (modules = [(name = "index.js", esModule = ${quoted(DATABASE)})], compatibilityDate = ${quoted(compatibilityDate)}))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);
`;
}

const ask = (port, path) =>
  new Promise((resolve) => {
    const sent = request({ host: "127.0.0.1", port, path, agent: false }, (answer) => {
      answer.resume();
      answer.on("end", () => resolve(answer.statusCode));
    });
    sent.on("error", () => resolve(undefined));
    sent.end();
  });

async function once(folder, subject) {
  const port = await freePort();
  writeFileSync(join(folder, "config.capnp"), config(subject, port));
  const begun = performance.now();
  const child = spawn(workerd.default ?? workerd, ["serve", "--experimental", "config.capnp"], { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (part) => (said += part));
  try {
    for (;;) {
      const status = await ask(port, subject.path);
      const taken = performance.now() - begun;
      if (status === 200) return taken;
      if (status !== undefined || child.exitCode !== null || taken > PATIENCE)
        throw new Error(`${subject.name} does not start: ${status} ${said.slice(0, 600)}`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  } finally {
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await gone;
  }
}

/** Median milliseconds of each subject `{ name, modules, vars, path }`, taking turns. */
export async function startupTimes(subjects, rounds) {
  const folders = subjects.map(({ modules }) => {
    const folder = mkdtempSync(join(tmpdir(), "rolecall-start-"));
    for (const [name, contents] of Object.entries(modules)) writeFileSync(join(folder, name), contents);
    return folder;
  });
  try {
    const found = subjects.map(() => []);
    for (let round = 0; round < rounds; round += 1) {
      for (const [place, subject] of subjects.entries()) found[place].push(await once(folders[place], subject));
    }
    return found.map(median);
  } finally {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  }
}
