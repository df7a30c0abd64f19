// The lanes of `npm test`, cheapest first. A lane is skipped where the folder that it tests does not exist.
import { existsSync } from "node:fs";
import { at, run } from "./lib.mjs";
import { ensureBrowser } from "./install-chromium.mjs";
import { buildAll, buildPackage } from "./build.mjs";
import { installExampleTools } from "./install-example-tools.mjs";
import { deny } from "./deny.mjs";
import { WASM_TARGET, rustFlags, toolEnvironment, wasmEnvironment } from "./toolchain.mjs";

const cargo = (...args) => run("cargo", args);
// A hanging test fails after two minutes; handles that tests left open do not keep the lane running.
const node = (concurrency, pattern) => run("node", ["--test", "--test-timeout=120000", "--test-force-exit", `--test-concurrency=${concurrency}`, pattern]);
const xtask = (...args) => cargo("run", "-q", "-p", "rolecall-xtask", "--bin", "rolecall-xtask", "--", ...args);
const has = (path) => existsSync(at(path));

/** Every lane: [name, expected duration, work, required path, whether `npm run test:fast` runs it]. */
export const lanes = [
  ["format", "seconds", () => cargo("fmt", "--all", "--", "--check"), "Cargo.toml", true],
  ["biome", "seconds", () => run("biome", ["check"]), "biome.json", true],
  ["structure", "seconds once built", () => structure(), "crates/xtask", true],
  ["lint", "a minute or two", () => cargo("clippy", "-q", "--all-targets", "--", "-D", "warnings"), "Cargo.toml", true],
  ["deny", "seconds", () => deny("licenses", "bans", "sources"), "deny.toml", false],
  ["rustdoc", "a minute", () => run("cargo", ["doc", "-q", "--workspace", "--no-deps"], { env: { RUSTDOCFLAGS: "-D warnings" } }), "crates", false],
  ["native", "a minute or two", () => cargo("test", "-q", "--workspace"), "crates", true],
  ["generated", "seconds", () => xtask("generate", "--check"), "openapi.json", true],
  ["types", "seconds once the package is built", typecheck, "package.json", true],
  ["build", "some minutes the first time", () => buildAll(), "worker", false],
  ["lint-wasm", "a minute", lintWasm, "worker", false],
  ["schema", "seconds", () => node(2, "tests/schema/**/*.test.ts"), "tests/schema", false],
  ["e2e", "some minutes", () => node(2, "tests/e2e/**/*.test.ts"), "tests/e2e", false],
  ["race", "some minutes", () => node(1, "tests/race/**/*.test.ts"), "tests/race", false],
  ["client", "seconds", () => node(2, "tests/client/**/*.test.ts"), "tests/client", false],
  ["cli", "a minute", () => node(2, "tests/cli/**/*.test.ts"), "tests/cli", false],
  ["packaging", "some minutes", packaging, "tests/packaging", false],
  ["docs", "a minute or two", documentation, "tests/docs", false],
  ["browser", "some minutes", () => node(1, "tests/browser/**/*.test.ts"), "tests/browser", false],
].filter(([, , , folder]) => has(folder));

/** The structural rules of the repository, and that every script of package.json has a description. */
async function structure() {
  await xtask("check");
  await run("node", ["scripts/help.mjs"], { stdio: ["ignore", "ignore", "inherit"] });
}

/** Type-checks the console, the examples and the tests against the package's built types. */
async function typecheck() {
  await buildPackage();
  for (const project of ["worker/entry", "pkg", "cli", "console", "examples/react-app", "examples/gpu-cloud", "examples/gpu-cloud/web", "tests"]) {
    if (has(`${project}/tsconfig.json`)) await run("tsc", ["--noEmit", "-p", `${project}/tsconfig.json`]);
  }
}

/** Installs first what several of the files need, since two of them run at a time. */
async function packaging() {
  const { installTestingTools } = await import("../tests/packaging/testing-tools/install.mjs");
  await installTestingTools();
  await node(2, "tests/packaging/**/*.test.*");
}

async function lintWasm() {
  const env = { ...wasmEnvironment(), CARGO_TARGET_DIR: toolEnvironment().CARGO_TARGET_DIR };
  // Debian's toolchain has no clippy; its `check` still refuses warnings.
  const tool = env.RUSTUP_TOOLCHAIN ? ["check"] : ["clippy"];
  // One build each: rolecall-sdk defines a panic handler, which conflicts with the features that the Worker enables.
  for (const name of ["rolecall-worker", "rolecall-sdk"]) {
    await run("cargo", [...tool, "-q", "--profile", "quick", "--target", WASM_TARGET, "-p", name], {
      env: { ...env, CARGO_ENCODED_RUSTFLAGS: rustFlags("-Dwarnings") },
    });
  }
}

/** Runs every code block of the documentation, unchanged. */
async function documentation() {
  await ensureBrowser();
  await installExampleTools();
  await node(2, "tests/docs/**/*.test.ts");
}
