// Prepares a fresh checkout: npm packages and the wasm toolchain.
import { UserError, contentHash, main, requireTool, run, step, unlessDone } from "./lib.mjs";
import { installWasmTarget } from "./toolchain.mjs";

async function installPackages() {
  requireTool("npm");
  const manifests = [
    "package.json",
    "package-lock.json",
    "pkg/package.json",
    "cli/package.json",
    "create/package.json",
    "console/package.json",
    "tests/package.json",
    "examples/react-app/package.json",
    "examples/gpu-cloud/package.json",
  ];
  await unlessDone("npm", contentHash(manifests), ["node_modules/.package-lock.json"], () =>
    step("Installing npm packages", "about a minute, once", () => run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"])),
  );
}

/** Prepares the checkout. `beside` is work that needs Rust but no npm packages, and runs while those are installed. */
export async function setup({ beside } = {}) {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < 20) throw new UserError(`Node.js ${process.versions.node} is too old; install Node.js 20 or newer.`);
  const rust = installWasmTarget().then(() => beside?.());
  for (const { status, reason } of await Promise.allSettled([rust, installPackages()])) if (status === "rejected") throw reason;
}

if (process.argv[1] === import.meta.filename) main(() => setup());
