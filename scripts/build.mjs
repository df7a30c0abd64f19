// Builds the Worker, the npm package and the console, each only when its sources have changed.
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { at, contentHash, main, run, step, unlessDone } from "./lib.mjs";
import { WASM_FEATURES } from "./toolchain.mjs";
import { compileWorker } from "./compile.mjs";
import { setup } from "./setup.mjs";

const RUST = ["Cargo.toml", "Cargo.lock", "openapi.json"];
const CRATES = ["json", "policy", "audit", "attribute-policy", "core", "app", "store", "wire"].map((name) => `crates/${name}`);

const WORKER_BUILD = at("worker", "build");
/** What decides the Worker's build. */
const WORKER_SOURCES = [...RUST, ...CRATES, "worker", "package-lock.json", "scripts/build.mjs", "scripts/compile.mjs", "scripts/toolchain.mjs"];

/** Builds the state machine to WebAssembly and bundles its entry. `KEEP_NAMES=1` keeps the names of functions, for a profiler. */
export async function buildWorker({ quick = false } = {}) {
  const hash = contentHash(WORKER_SOURCES, [quick ? "quick" : "release", process.env.KEEP_NAMES].join());
  await unlessDone("worker", hash, ["worker/build/rolecall.js", "worker/build/rolecall.wasm"], () =>
    step("Building the Worker", quick ? "up to two minutes, then seconds" : "up to two minutes the first time", async () => {
      const compiled = await compileWorker({ quick });
      rmSync(WORKER_BUILD, { recursive: true, force: true });
      mkdirSync(WORKER_BUILD, { recursive: true });
      await optimise(compiled, join(WORKER_BUILD, "rolecall.wasm"));
      await run("esbuild", [
        at("worker", "entry", "index.ts"),
        "--bundle",
        "--format=esm",
        "--target=es2024",
        "--external:*.wasm",
        "--external:cloudflare:workers",
        "--log-level=warning",
        `--outfile=${join(WORKER_BUILD, "rolecall.js")}`,
      ]);
    }),
  );
}

/**
 * Optimises a module and, unless `KEEP_NAMES` is set, removes the names of functions: a tenth of the upload. rustc has done most of
 * the work: `-O1` takes a quarter of the time of `-Oz`, and its module is as fast, 5 % larger, and 6 % smaller with gzip.
 */
async function optimise(from, to) {
  const features = WASM_FEATURES.map((name) => `--enable-${name}`);
  const names = process.env.KEEP_NAMES ? ["--debuginfo"] : ["--strip-debug", "--strip-producers"];
  await run("wasm-opt", [...features, ...names, "-O1", from, "-o", to]);
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
  const hash = contentHash([
    ...RUST,
    "policy",
    ...CRATES.slice(0, 3),
    "crates/sdk",
    "pkg",
    "package-lock.json",
    "scripts/compile.mjs",
    "scripts/toolchain.mjs",
  ]);
  await unlessDone("pkg", hash, ["pkg/dist"], () =>
    step("Building the npm package", "up to half a minute", () => run("npm", ["run", "-s", "build", "-w", "pkg"])),
  );
}

export async function buildConsole() {
  if (!hasBuild("console")) return;
  const hash = contentHash(["console", "pkg/src", "package-lock.json"]);
  await unlessDone("console", hash, ["console/dist/index.html"], () =>
    step("Building the console", "some seconds", () => run("npm", ["run", "-s", "build", "-w", "console"])),
  );
}

/** Builds everything. The Worker is optimised while the package's engine compiles. */
export async function buildAll(options) {
  const built = await Promise.allSettled([buildWorker(options), buildPackage().then(buildConsole)]);
  const failed = built.find(({ status }) => status === "rejected");
  if (failed) throw failed.reason;
}

/** Compiles the Rust of a first build, which needs no npm packages, so that both are fetched at once. */
export async function compileBeside() {
  if (existsSync(join(WORKER_BUILD, "rolecall.wasm"))) return;
  await step("Compiling the Worker", "one to two minutes, once", compileWorker);
}

if (process.argv[1] === import.meta.filename) {
  main(async () => {
    await setup({ beside: process.argv.includes("--quick") ? undefined : compileBeside });
    const options = { quick: process.argv.includes("--quick") };
    const build = { worker: buildWorker, pkg: buildPackage, console: buildConsole, all: buildAll }[process.argv[2] ?? "all"];
    await build(options);
  });
}
