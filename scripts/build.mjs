// Builds the Worker, the npm package and the console, each only when its sources have changed.
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { at, contentHash, main, run, step, unlessDone } from "./lib.mjs";
import { WASM_FEATURES, toolEnvironment, wasmEnvironment } from "./toolchain.mjs";
import { setup } from "./setup.mjs";

const RUST = ["Cargo.toml", "Cargo.lock", "policy", "openapi.json"];
const CRATES = ["json", "policy", "audit", "attribute-policy", "core", "app", "store", "wire"].map((name) => `crates/${name}`);

const WORKER_BUILD = at("worker", "build");
/** What decides the Worker's build. */
const WORKER_SOURCES = [...RUST, ...CRATES, "worker", "package-lock.json", "scripts/build.mjs", "scripts/toolchain.mjs"];

/** Builds the state machine to WebAssembly and bundles its entry. `KEEP_NAMES=1` keeps the names of functions, for a profiler. */
export async function buildWorker({ quick = false } = {}) {
  const hash = contentHash(WORKER_SOURCES, [quick ? "quick" : "release", process.env.KEEP_NAMES].join());
  await unlessDone("worker", hash, ["worker/build/index.js", "worker/build/index_bg.wasm"], () =>
    step("Building the Worker", quick ? "up to two minutes, then seconds" : "up to three minutes the first time", async () => {
      const profile = quick ? "quick" : "release";
      const target = toolEnvironment().CARGO_TARGET_DIR;
      const args = ["build", "-q", "-p", "rolecall-worker", "--profile", profile, "--target", "wasm32-unknown-unknown"];
      await run("cargo", args, { env: { ...wasmEnvironment(), CARGO_TARGET_DIR: target } });
      const built = join(target, "wasm32-unknown-unknown", profile, "rolecall_worker.wasm");
      rmSync(WORKER_BUILD, { recursive: true, force: true });
      mkdirSync(WORKER_BUILD, { recursive: true });
      await optimise(built, join(WORKER_BUILD, "index_bg.wasm"), quick);
      await run("esbuild", [
        at("worker", "entry", "index.ts"),
        "--bundle",
        "--format=esm",
        "--target=es2024",
        "--external:*.wasm",
        "--log-level=warning",
        `--outfile=${join(WORKER_BUILD, "index.js")}`,
      ]);
    }),
  );
}

/** Optimises a module and, unless `KEEP_NAMES` is set, removes the names of functions: a tenth of the upload. */
async function optimise(from, to, quick) {
  const features = WASM_FEATURES.map((name) => `--enable-${name}`);
  const names = process.env.KEEP_NAMES ? ["--debuginfo"] : ["--strip-debug", "--strip-producers"];
  await run("wasm-opt", [...features, quick ? "-O1" : "-Oz", ...names, from, "-o", to]);
  // An import is a way back into JavaScript in the middle of a call, which worker/src/abi.rs relies on not to exist.
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(readFileSync(to)));
  if (imports.length > 0) throw new Error(`the module imports ${imports.map(({ name }) => name).join()}`);
}

function hasBuild(folder) {
  const file = at(folder, "package.json");
  return existsSync(file) && Boolean(JSON.parse(readFileSync(file, "utf8")).scripts?.build);
}

export async function buildPackage() {
  if (!hasBuild("pkg")) return;
  const hash = contentHash([...RUST, ...CRATES.slice(0, 3), "crates/sdk", "pkg", "package-lock.json"]);
  await unlessDone("pkg", hash, ["pkg/dist"], () =>
    step("Building the npm package", "up to two minutes", () =>
      run("npm", ["run", "-s", "build", "-w", "pkg"], { env: { ...wasmEnvironment(), ...toolEnvironment() } }),
    ),
  );
}

export async function buildConsole() {
  if (!hasBuild("console")) return;
  const hash = contentHash(["console", "pkg/src", "package-lock.json"]);
  await unlessDone("console", hash, ["console/dist/index.html"], () =>
    step("Building the console", "some seconds", () => run("npm", ["run", "-s", "build", "-w", "console"])),
  );
}

export async function buildAll(options) {
  await buildWorker(options);
  await buildPackage();
  await buildConsole();
}

if (process.argv[1] === import.meta.filename) {
  main(async () => {
    await setup();
    const options = { quick: process.argv.includes("--quick") };
    const build = { worker: buildWorker, pkg: buildPackage, console: buildConsole, all: buildAll }[process.argv[2] ?? "all"];
    await build(options);
  });
}
