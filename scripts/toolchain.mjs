// Brings what builds the Worker: the wasm target of Rust, worker-build, and the wasm-bindgen that Cargo.lock pins.
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Told, ask, at, contentHash, demand, root, run, step, unlessDone } from "./lib.mjs";

const TARGET = "wasm32-unknown-unknown";
/** The rustup name of the toolchain that Debian's packages make up where rustup cannot bring the target. */
const DEBIAN = "rolecall-wasm";
const WORKER_BUILD = "0.8.7";

/** Whether a toolchain (none: the default) can compile the standard library's users for wasm. */
function hasTarget(toolchain) {
  const args = [...(toolchain ? [`+${toolchain}`] : []), "--print", "target-libdir", "--target", TARGET];
  const { ok, out } = ask("rustc", args);
  return ok && existsSync(out) && readdirSync(out).some((name) => name.startsWith("libstd-"));
}

/** The environment in which cargo builds for wasm. */
export function wasmEnvironment() {
  if (hasTarget()) return {};
  if (!hasTarget(DEBIAN)) throw new Told("No Rust toolchain for wasm was found. Run `npm run setup`.");
  const host = ask("rustc", ["-vV"]).out.match(/^host: (.+)$/m)?.[1];
  const lld = join(ask("rustc", ["--print", "sysroot"]).out, "lib", "rustlib", host, "bin", "rust-lld");
  return { RUSTUP_TOOLCHAIN: DEBIAN, CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER: lld };
}

async function wasmTarget() {
  demand("cargo");
  if (hasTarget() || hasTarget(DEBIAN)) return;
  await step("Adding Rust's wasm target", "some seconds", async () => {
    const added = ask("rustup", ["target", "add", TARGET], { timeout: 120_000 });
    if (added.ok && hasTarget()) return;
    console.log("  rustup could not bring it here; trying the distribution's packages instead");
    await debianTarget();
  });
  if (!hasTarget() && !hasTarget(DEBIAN)) {
    throw new Told(`Rust's target ${TARGET} could not be installed. Run \`rustup target add ${TARGET}\` and see what it says.`);
  }
}

/** Debian's rustc and the source of its standard library, which is built for wasm once. */
async function debianTarget() {
  const root = process.getuid?.() === 0;
  if (!ask("apt-get", ["--version"]).ok) throw new Told(`\`rustup target add ${TARGET}\` failed, and this is no Debian. Add the target by hand and try again.`);
  const packages = ["rustc-web", "cargo-web", "rust-web-src"];
  if (packages.some((name) => !ask("dpkg", ["-s", name]).ok)) {
    if (!root) throw new Told(`Run this as root once, then try again: apt-get update && apt-get install --no-install-recommends ${packages.join(" ")}`);
    await run("apt-get", ["update", "-qq"]);
    await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages], { env: { DEBIAN_FRONTEND: "noninteractive" } });
  }
  await run("rustup", ["toolchain", "link", DEBIAN, "/usr"]);
  console.log("  building the standard library for wasm (two to three minutes, once)");
  const seed = join(tmpdir(), `rolecall-std-${process.pid}`);
  mkdirSync(join(seed, "src"), { recursive: true });
  writeFileSync(join(seed, "Cargo.toml"), '[package]\nname = "std-seed"\nversion = "0.0.0"\nedition = "2021"\n\n[workspace]\n');
  writeFileSync(join(seed, "src", "lib.rs"), "");
  const build = [`+${DEBIAN}`, "build", "-q", "--release", "--target", TARGET, "-Zbuild-std=std,panic_abort"];
  await run("cargo", build, { cwd: seed, env: { RUSTC_BOOTSTRAP: "1", CARGO_TARGET_DIR: join(seed, "target") } });
  const libraries = join(seed, "target", TARGET, "release", "deps");
  const home = join("/usr/lib/rustlib", TARGET, "lib");
  mkdirSync(home, { recursive: true });
  for (const name of readdirSync(libraries).filter((name) => name.endsWith(".rlib"))) cpSync(join(libraries, name), join(home, name));
  rmSync(seed, { recursive: true, force: true });
}

async function workerBuild() {
  const tool = "target/tools/bin/worker-build";
  await unlessDone("worker-build", WORKER_BUILD, [tool], () =>
    step(`Building worker-build ${WORKER_BUILD}`, "three to five minutes, once", () =>
      run("cargo", ["install", "-q", "worker-build", "--version", WORKER_BUILD, "--locked", "--root", at("target", "tools")])));
}

/** wasm-bindgen's command line comes from the workspace's lock file, so it can never differ from the library. */
async function wasmBindgen() {
  const hash = contentHash(["crates/xtask/src/bin", "crates/xtask/Cargo.toml"], lockedVersion("wasm-bindgen"));
  await unlessDone("wasm-bindgen", hash, ["target/debug/bindgen"], () =>
    step("Building wasm-bindgen", "two to six minutes, once", () => run("cargo", ["build", "-q", "-p", "rolecall-xtask", "--bin", "bindgen", "--features", "wasm-bindgen-cli"])));
}

export function lockedVersion(name) {
  const lock = readFileSync(at("Cargo.lock"), "utf8");
  return lock.match(new RegExp(`name = "${name}"\\nversion = "([^"]+)"`))?.[1] ?? "none";
}

/** What worker-build would download, from the workspace instead. */
export function toolEnvironment() {
  return {
    WASM_BINDGEN_BIN: at("target", "debug", "bindgen"),
    WASM_OPT_BIN: at("node_modules", "binaryen", "bin", "wasm-opt"),
    ESBUILD_BIN: at("node_modules", "esbuild", "bin", "esbuild"),
    CARGO_TARGET_DIR: join(root, "target"),
  };
}

export async function toolchain() {
  await wasmTarget();
  await workerBuild();
  await wasmBindgen();
}
