// What the bytes of `rolecall/core` are for, gzipped. An export of the WebAssembly weighs what the compressed module loses without
// it.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { EXPORTS, shrink } from "../../../pkg/scripts/shrink.mjs";
import { at, environment } from "../../../scripts/lib.mjs";
import { toolEnvironment } from "../../../scripts/toolchain.mjs";

const out = at("target", "bench-engine", "weights");
const gzip = (bytes) => gzipSync(bytes, { level: 9 }).length;

/** Exports that one use needs. The others read the policy and exchange bytes with JavaScript. */
const USES = {
  permission_set: "WebAssembly: permissions of custom roles and of token claims",
  match_route: "WebAssembly: matching a request with the policy's routes, for `fetch`",
  verify_chunk: "WebAssembly: verifying an audit log (JSON in canonical form, SHA-256)",
};

function wasmRows() {
  mkdirSync(out, { recursive: true });
  const env = environment(toolEnvironment());
  const size = (left) => {
    const file = join(out, `${left.join("-") || "all"}.wasm`);
    const kept = EXPORTS.filter((name) => !left.includes(name));
    shrink(env, at("pkg", "wasm", "whole.wasm"), kept, file);
    return gzip(readFileSync(file));
  };
  const all = size([]);
  const rows = Object.entries(USES).map(([name, use]) => [use, all - size([name])]);
  const rest = all - rows.reduce((sum, [, bytes]) => sum + bytes, 0);
  return [["WebAssembly: reading and checking the policy, permission sets of its roles, memory", rest], ...rows];
}

/** Replaces the module's text, so that the JavaScript is weighed alone. */
const withoutWasm = {
  name: "without-wasm",
  setup: (build) => build.onLoad({ filter: /wasm[/\\]inline\.js$/ }, () => ({ contents: "export const embedded = () => new Uint8Array();" })),
};

/** The lines of the table; `settings` bundle an app that checks one permission. */
export async function weights(esbuild, settings, total) {
  const plugins = [...settings.plugins, withoutWasm];
  const { outputFiles } = await esbuild.build({ ...settings, plugins });
  const script = gzip(outputFiles[0].contents);
  const wasm = wasmRows();
  const decoder = total - script - wasm.reduce((sum, [, bytes]) => sum + bytes, 0);
  const rows = [
    ["JavaScript: loading, policy, rights, errors, and the app that asks", script],
    ...wasm,
    ["JavaScript: reading the WebAssembly from a string", decoder],
  ];
  return ["| part of `rolecall/core` | gzip, bytes |", "|---|--:|", ...rows.map(([part, bytes]) => `| ${part} | ${bytes.toLocaleString("en")} |`)];
}
