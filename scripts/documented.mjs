// Brings what the documented lines of other languages need: PyJWT for Python, jsonwebtoken for Rust. What they come to
// stands under target/documented, and comes once.
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Told, ask, at, contentHash, run, step, unlessDone } from "./lib.mjs";

const TOOLS = "tests/docs/tools";
/** Where Python finds the packages: `PYTHONPATH`. */
const PYTHON_PACKAGES = at("target", "documented", "python");
/** A copy of the Rust package, into whose `src/identity.rs` the documented lines go. */
const RUST_PACKAGE = at("target", "documented", "rust");

async function pip() {
  if (ask("python3", ["-m", "pip", "--version"]).ok) return;
  const can = ask("apt-get", ["--version"]).ok && process.getuid?.() === 0;
  if (!can) throw new Told("The documented Python lines need Python 3 with pip: install both and try again.");
  await step("Installing Python", "about a minute, once", async () => {
    await run("apt-get", ["update", "-qq"]);
    await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "python3", "python3-pip"], { env: { DEBIAN_FRONTEND: "noninteractive" } });
  });
}

async function python() {
  await pip();
  const hash = contentHash([`${TOOLS}/requirements.txt`], ask("python3", ["--version"]).out);
  await unlessDone("documented-python", hash, ["target/documented/python/jwt"], () =>
    step("Installing PyJWT", "some seconds, once", async () => {
      rmSync(PYTHON_PACKAGES, { recursive: true, force: true });
      await run("python3", ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--root-user-action=ignore", "--target", PYTHON_PACKAGES, "-r", at(TOOLS, "requirements.txt")]);
    }));
}

/** The libraries only: the documented lines are compiled by the test, in seconds. */
async function rust() {
  cpSync(at(TOOLS, "identity-rust"), RUST_PACKAGE, { recursive: true });
  const lines = join(RUST_PACKAGE, "src", "identity.rs");
  if (!existsSync(lines)) writeFileSync(lines, "");
  const hash = contentHash([`${TOOLS}/identity-rust/Cargo.lock`], ask("rustc", ["--version"]).out);
  await unlessDone("documented-rust", hash, ["target/documented/rust/target/debug"], () =>
    step("Building jsonwebtoken", "a minute, once", () => run("cargo", ["build", "-q", "--locked", "--manifest-path", join(RUST_PACKAGE, "Cargo.toml"), "--target-dir", join(RUST_PACKAGE, "target"), "-p", "jsonwebtoken", "-p", "serde_json"])));
}

export async function documented() {
  mkdirSync(at("target", "documented"), { recursive: true });
  await python();
  await rust();
}
