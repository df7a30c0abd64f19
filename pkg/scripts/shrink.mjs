// Makes a small module of what some exports need: the build keeps all of them, the benchmark asks what each one weighs.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { WASM_FEATURES } from "../../scripts/toolchain.mjs";

/** The exports that src/engine/abi.ts uses. */
export const EXPORTS = ["memory", "alloc_input", "output", "policy_new", "policy_free", "permission_set", "match_route", "verify_chunk"];

/** Without the passes `--flatten --rereloop`, the compressed module is 3 % larger. */
const PASSES = ["--flatten", "--rereloop", "-Oz", "-Oz", "--converge", "--ignore-implicit-traps", "--low-memory-unused"];

function run(command, args, env) {
  const { status, error, stderr } = spawnSync(command, args, { env, encoding: "utf8", maxBuffer: 1 << 26 });
  if (status !== 0) throw error ?? new Error(`${command} ended with ${status}: ${stderr}`);
}

/** Writes the part of a module that these exports reach, optimised for size. `env` has WASM_OPT_BIN. */
export function shrink(env, module, exports, to) {
  const features = WASM_FEATURES.map((name) => `--enable-${name}`);
  const graph = [{ name: "root", root: true, reaches: exports }, ...exports.map((name) => ({ name, export: name }))];
  const graphFile = `${to}.graph.json`;
  const reachable = `${to}.reachable.wasm`;
  writeFileSync(graphFile, JSON.stringify(graph));
  run(join(dirname(env.WASM_OPT_BIN), "wasm-metadce"), [...features, "--graph-file", graphFile, module, "-o", reachable], env);
  run(env.WASM_OPT_BIN, [...PASSES, "--strip-producers", "--strip-target-features", ...features, reachable, "-o", to], env);
}
