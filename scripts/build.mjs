// Builds the Worker, the npm package and the console, each only when its sources have changed.
import { existsSync, readFileSync } from "node:fs";
import { at, contentHash, main, run, step, unlessDone } from "./lib.mjs";
import { toolEnvironment, wasmEnvironment } from "./toolchain.mjs";
import { setup } from "./setup.mjs";

const RUST = ["Cargo.toml", "Cargo.lock", "policy", "openapi.json"];
const CRATES = ["json", "policy", "audit", "attribute-policy", "core", "app", "store", "wire"].map((name) => `crates/${name}`);

export async function buildWorker({ quick = false } = {}) {
  const hash = contentHash([...RUST, ...CRATES, "worker"], [quick ? "quick" : "release", process.env.KEEP_NAMES].join());
  await unlessDone("worker", hash, ["worker/build/index.js"], () =>
    step("Building the Worker", quick ? "up to two minutes, then seconds" : "up to five minutes the first time", async () => {
      await run("worker-build", quick ? ["--profile", "quick"] : ["--release"], { cwd: at("worker"), env: { ...wasmEnvironment(), ...toolEnvironment() } });
      if (!quick && !process.env.KEEP_NAMES) await stripNames(at("worker/build/index_bg.wasm"));
    }),
  );
}

/** Removes the names of functions, a tenth of the upload: the Worker does not panic. `KEEP_NAMES=1` keeps them for a profiler. */
const stripNames = (wasm) => run("wasm-opt", [wasm, "--strip-debug", "--strip-producers", "-o", wasm]);

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
