// The package as users install it: packed, and installed by npm into an empty project.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { after } from "node:test";

/** Packages that a React app needs, linked from this repository. */
export const REACT = ["react", "react-dom", "scheduler", "csstype", "@types/react", "@types/react-dom"];

export const ROOT = join(import.meta.dirname, "..", "..", "..");
export const bin = (name: string) => join(ROOT, "node_modules", ".bin", name);

export interface CommandResult {
  status: number | null;
  out: string;
}

/** Runs a program and returns its exit status and output. */
export function run(command: string, args: string[], cwd: string): CommandResult {
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    PATH: [join(ROOT, "node_modules", ".bin"), process.env["PATH"]].join(delimiter),
    NO_UPDATE_NOTIFIER: "1",
    NO_COLOR: "1",
    FORCE_COLOR: "0",
  };
  // Set by the test runner; a test file that is run here must not report to it.
  delete env["NODE_TEST_CONTEXT"];
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, env, encoding: "utf8", maxBuffer: 1 << 26 });
  if (error) throw error;
  return { status, out: `${stdout}${stderr}` };
}

export function must(command: string, args: string[], cwd: string): string {
  const { status, out } = run(command, args, cwd);
  assert.equal(status, 0, `${command} ${args.join(" ")}\n${out}`);
  return out;
}

const home = mkdtempSync(join(tmpdir(), "rolecall-packaging-"));
after(() => rmSync(home, { recursive: true, force: true }));

let packed: string | undefined;

/** Packs pkg/dist and returns the path of the tarball. */
export function tarball(): string {
  if (packed) return packed;
  assert.ok(existsSync(join(ROOT, "pkg", "dist", "core.js")), "the package is not built: run `npm run build` first");
  must("npm", ["pack", "--silent", "-w", "pkg", "--pack-destination", home], ROOT);
  packed = join(home, readdirSync(home).find((name) => name.endsWith(".tgz"))!);
  return packed;
}

let installed: string | undefined;

function install(): string {
  if (installed) return installed;
  const base = join(home, "base");
  mkdirSync(base);
  writeFileSync(join(base, "package.json"), JSON.stringify({ name: "app", version: "1.0.0", private: true, type: "module" }));
  must("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", "--legacy-peer-deps", "--loglevel=error", tarball()], base);
  return (installed = base);
}

export interface Project {
  folder: string;
  write(files: Record<string, string>): void;
  read(path: string): string;
  node(script: string, ...args: string[]): CommandResult;
}

/** Creates a project with the package installed, and with other packages linked from this repository. */
export function project(name: string, files: Record<string, string> = {}, others: string[] = []): Project {
  const folder = join(home, name);
  cpSync(install(), folder, { recursive: true, verbatimSymlinks: true });
  for (const other of others) {
    const target = join(folder, "node_modules", other);
    mkdirSync(dirname(target), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", other), target);
  }
  const write = (more: Record<string, string>) => {
    for (const [path, text] of Object.entries(more)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
  };
  write(files);
  return { folder, write, read: (path) => readFileSync(join(folder, path), "utf8"), node: (script, ...args) => run("node", [script, ...args], folder) };
}

const text = (path: string) => readFileSync(join(ROOT, path), "utf8");

/** The test vectors and their runner, as files of a project: `vectors.js` and `data.js`. */
export function vectorFiles(): Record<string, string> {
  const names = ["cells", "rights", "explain", "routes", "paths", "policies", "audit", "overlapping"];
  const fields = names.map((name) => `${name}: ${text(`tests/vectors/${name}.json`)}`);
  return {
    "vectors.js": text("tests/packaging/support/vectors.js"),
    "data.js": `export default { ${fields.join(",\n")}, defaultPolicy: ${JSON.stringify(text("policy/default.json"))} };\n`,
  };
}

/** Number of vectors below which a vector file was not read. */
export const VECTORS_MIN = 480;

export function assertVectors(result: { ran: number; failures: string[] }): void {
  assert.deepEqual(result.failures, []);
  assert.ok(result.ran >= VECTORS_MIN, `only ${result.ran} vectors ran`);
}

/** Path of the oldest supported Node, as `NODE_20` or the system has it; undefined where it is not installed. The workspace brings Node 24. */
export const oldestNode = (): string | undefined =>
  [process.env["NODE_20"], "/usr/bin/node", "/usr/local/bin/node"].find((path) => {
    try {
      return path !== undefined && /^v20\./.test(run(path, ["--version"], ROOT).out);
    } catch {
      return false;
    }
  });

/** Bundles `main.js` of a project for workerd, and returns the modules of its Worker: the script, and the WebAssembly that it imports. */
export function bundleForWorkerd({ folder, read }: Project) {
  const options = ["--bundle", "--format=esm", "--conditions=workerd,worker", "--loader:.wasm=copy", "--asset-names=[name]", "--log-level=warning"];
  must(bin("esbuild"), ["main.js", ...options, "--outdir=out"], folder);
  const wasm = readdirSync(join(folder, "out")).find((name) => name.endsWith(".wasm"))!;
  return {
    mainModule: "main.js",
    modulesRoot: "/",
    modules: {
      "main.js": { type: "esm" as const, contents: read("out/main.js") },
      [wasm]: { type: "wasm" as const, contents: new Uint8Array(readFileSync(join(folder, "out", wasm))) },
    },
  };
}
