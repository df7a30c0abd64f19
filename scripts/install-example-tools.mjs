// Installs the libraries that the documented examples in other languages need, once, under target/documented: PyJWT for
// Python and jsonwebtoken for Rust.
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError, at, capture, contentHash, run, step, unlessDone } from "./lib.mjs";

const TOOLS = "tests/docs/tools";
/** The packages of Python; the test sets `PYTHONPATH` to this folder. */
const PYTHON_PACKAGES = at("target", "documented", "python");
/** A copy of the Rust package; the test writes the documented example to its `src/identity.rs`. */
const RUST_PACKAGE = at("target", "documented", "rust");

async function ensurePip() {
  if (capture("python3", ["-m", "pip", "--version"]).ok) return;
  const canInstall = capture("apt-get", ["--version"]).ok && process.getuid?.() === 0;
  if (!canInstall) throw new UserError("The Python examples need Python 3 with pip: install both and try again.");
  await step("Installing Python", "about a minute, once", async () => {
    await run("apt-get", ["update", "-qq"]);
    await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "python3", "python3-pip"], { env: { DEBIAN_FRONTEND: "noninteractive" } });
  });
}

async function installPython() {
  await ensurePip();
  const hash = contentHash([`${TOOLS}/requirements.txt`], capture("python3", ["--version"]).out);
  await unlessDone("documented-python", hash, ["target/documented/python/jwt"], () =>
    step("Installing PyJWT", "some seconds, once", async () => {
      rmSync(PYTHON_PACKAGES, { recursive: true, force: true });
      await run("python3", [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--root-user-action=ignore",
        "--target",
        PYTHON_PACKAGES,
        "-r",
        at(TOOLS, "requirements.txt"),
      ]);
    }),
  );
}

/** Builds the libraries only; the test compiles the documented example, in seconds. */
async function buildRust() {
  cpSync(at(TOOLS, "identity-rust"), RUST_PACKAGE, { recursive: true });
  const example = join(RUST_PACKAGE, "src", "identity.rs");
  if (!existsSync(example)) writeFileSync(example, "");
  const hash = contentHash([`${TOOLS}/identity-rust/Cargo.lock`], capture("rustc", ["--version"]).out);
  await unlessDone("documented-rust", hash, ["target/documented/rust/target/debug"], () =>
    step("Building jsonwebtoken", "a minute, once", () =>
      run("cargo", [
        "build",
        "-q",
        "--locked",
        "--manifest-path",
        join(RUST_PACKAGE, "Cargo.toml"),
        "--target-dir",
        join(RUST_PACKAGE, "target"),
        "-p",
        "jsonwebtoken",
        "-p",
        "serde_json",
      ]),
    ),
  );
}

export async function installExampleTools() {
  mkdirSync(at("target", "documented"), { recursive: true });
  await installPython();
  await buildRust();
}
