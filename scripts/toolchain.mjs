// Installs Rust's wasm target, with which the Worker and the package are built.
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { UserError, at, capture, requireTool, root, run, step } from "./lib.mjs";

/** Rust's name of the platform that the Worker and the package are built for. */
export const WASM_TARGET = "wasm32-unknown-unknown";
/** The WebAssembly features that rustc enables for the target. */
export const WASM_FEATURES = ["bulk-memory", "nontrapping-float-to-int", "multivalue", "reference-types", "sign-ext", "mutable-globals"];
/** The rustup name of the toolchain from Debian's packages, used where rustup cannot install the target. */
const DEBIAN = "rolecall-wasm";

/** Whether a toolchain, by default the active one, has the standard library for wasm. */
function hasTarget(toolchain) {
  const args = [...(toolchain ? [`+${toolchain}`] : []), "--print", "target-libdir", "--target", WASM_TARGET];
  const { ok, out } = capture("rustc", args);
  return ok && existsSync(out) && readdirSync(out).some((name) => name.startsWith("libstd-"));
}

/** Separator of cargo's list of flags, with which a flag can contain a space. */
const SEPARATOR = "\x1f";

/** Value of CARGO_ENCODED_RUSTFLAGS: the flags of the environment, then these. */
export function rustFlags(...flags) {
  const { CARGO_ENCODED_RUSTFLAGS: encoded, RUSTFLAGS: spaced } = process.env;
  const own = encoded === undefined ? spaced?.split(" ") : encoded.split(SEPARATOR);
  return [...(own ?? []), ...flags].filter(Boolean).join(SEPARATOR);
}

/** The environment variables with which cargo builds for wasm. */
export function wasmEnvironment() {
  // A module contains the places of its panics: the same on every machine, so that a build can be reproduced.
  const sources = join(process.env.CARGO_HOME ?? join(homedir(), ".cargo"), "registry", "src");
  const remap = { CARGO_ENCODED_RUSTFLAGS: rustFlags(`--remap-path-prefix=${sources}=registry`, `--remap-path-prefix=${root}=.`) };
  if (hasTarget()) return remap;
  if (!hasTarget(DEBIAN)) throw new UserError("No Rust toolchain for wasm was found. Run `npm run setup`.");
  const host = capture("rustc", ["-vV"]).out.match(/^host: (.+)$/m)?.[1];
  const lld = join(capture("rustc", ["--print", "sysroot"]).out, "lib", "rustlib", host, "bin", "rust-lld");
  return { ...remap, RUSTUP_TOOLCHAIN: DEBIAN, CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER: lld };
}

/** Installs the target where it is missing. */
export async function installWasmTarget() {
  requireTool("cargo");
  if (hasTarget() || hasTarget(DEBIAN)) return;
  await step("Adding Rust's wasm target", "some seconds", async () => {
    const added = capture("rustup", ["target", "add", WASM_TARGET], { timeout: 120_000 });
    if (added.ok && hasTarget()) return;
    console.log("  rustup could not install it; trying the distribution's packages instead");
    await installDebianTarget();
  });
  if (!hasTarget() && !hasTarget(DEBIAN)) {
    throw new UserError(`Rust's target ${WASM_TARGET} could not be installed. Run \`rustup target add ${WASM_TARGET}\` for the reason.`);
  }
}

/** Installs Debian's rustc with the source of its standard library, and builds that for wasm. */
async function installDebianTarget() {
  const isRoot = process.getuid?.() === 0;
  if (!capture("apt-get", ["--version"]).ok)
    throw new UserError(`\`rustup target add ${WASM_TARGET}\` failed, and this system is not Debian. Install the target manually and try again.`);
  const packages = ["rustc-web", "cargo-web", "rust-web-src"];
  if (packages.some((name) => !capture("dpkg", ["-s", name]).ok)) {
    if (!isRoot) throw new UserError(`Run this as root once, then try again: apt-get update && apt-get install --no-install-recommends ${packages.join(" ")}`);
    await run("apt-get", ["update", "-qq"]);
    await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages], { env: { DEBIAN_FRONTEND: "noninteractive" } });
  }
  await run("rustup", ["toolchain", "link", DEBIAN, "/usr"]);
  console.log("  building the standard library for wasm (two to three minutes, once)");
  const seed = join(tmpdir(), `rolecall-std-${process.pid}`);
  mkdirSync(join(seed, "src"), { recursive: true });
  writeFileSync(join(seed, "Cargo.toml"), '[package]\nname = "std-seed"\nversion = "0.0.0"\nedition = "2021"\n\n[workspace]\n');
  writeFileSync(join(seed, "src", "lib.rs"), "");
  const build = [`+${DEBIAN}`, "build", "-q", "--release", "--target", WASM_TARGET, "-Zbuild-std=std,panic_abort"];
  await run("cargo", build, { cwd: seed, env: { RUSTC_BOOTSTRAP: "1", CARGO_TARGET_DIR: join(seed, "target") } });
  const libraries = join(seed, "target", WASM_TARGET, "release", "deps");
  const home = join("/usr/lib/rustlib", WASM_TARGET, "lib");
  mkdirSync(home, { recursive: true });
  for (const name of readdirSync(libraries).filter((name) => name.endsWith(".rlib"))) cpSync(join(libraries, name), join(home, name));
  rmSync(seed, { recursive: true, force: true });
}

/** The environment variables that name the workspace's build tools and folder. */
export function toolEnvironment() {
  return {
    WASM_OPT_BIN: at("node_modules", "binaryen", "bin", "wasm-opt"),
    CARGO_TARGET_DIR: join(root, "target"),
  };
}
