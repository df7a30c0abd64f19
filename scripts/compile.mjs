// Compiles the two crates that become WebAssembly. Needs no npm packages.
import { join } from "node:path";
import { run } from "./lib.mjs";
import { WASM_TARGET, toolEnvironment, wasmEnvironment } from "./toolchain.mjs";

async function compile(name, profile, flags = []) {
  const wasm = wasmEnvironment();
  const target = toolEnvironment().CARGO_TARGET_DIR;
  const env = { ...wasm, CARGO_ENCODED_RUSTFLAGS: [wasm.CARGO_ENCODED_RUSTFLAGS, ...flags].join("\x1f"), CARGO_TARGET_DIR: target };
  await run("cargo", ["build", "-q", "-p", name, "--profile", profile, "--target", WASM_TARGET], { env });
  return join(target, WASM_TARGET, profile, `${name.replaceAll("-", "_")}.wasm`);
}

/** Compiles the state machine of the Worker, and returns the path of the module. */
export const compileWorker = ({ quick = false } = {}) => compile("rolecall-worker", quick ? "quick" : "release");

/**
 * Compiles the engine of the npm package, and returns the path of the module. Its stack has 64 KiB instead of 1 MiB: policies
 * and events nest less than 16 levels, and every page pays for the memory.
 */
export const compileEngine = () => compile("rolecall-sdk", "sdk", ["-Clink-arg=-zstack-size=65536"]);
