// Builds the package into dist/: the WebAssembly of crates/sdk, its glue, and the TypeScript around them.
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { at, environment } from "../../scripts/lib.mjs";
import { toolEnvironment, wasmEnvironment } from "../../scripts/toolchain.mjs";

const pkg = at("pkg");
const made = at("pkg", "wasm");
const dist = at("pkg", "dist");
const env = environment({ ...wasmEnvironment(), ...toolEnvironment() });

function run(command, args, { cwd = pkg, quiet = false } = {}) {
  const { status, error } = spawnSync(command, args, { cwd, env, stdio: ["ignore", quiet ? "ignore" : "inherit", "inherit"] });
  if (status !== 0) throw error ?? new Error(`${command} ended with ${status}`);
}

/** What src/engine/glue.ts calls. */
const EXPORTS = ["memory", "room", "answer", "open", "close", "set", "route", "verify"];

/** The features that rustc uses for wasm32-unknown-unknown, and nothing newer. */
const FEATURES = ["bulk-memory", "nontrapping-float-to-int", "multivalue", "reference-types", "sign-ext", "mutable-globals"];

function wasm() {
  // The paths of this machine stay out of the panic locations.
  // A stack of 64 KiB: policies and events nest less than 16 deep, and a megabyte would be every page's to keep.
  const rustflags = [env.RUSTFLAGS, `--remap-path-prefix=${at()}=.`, "-Clink-arg=-zstack-size=65536"].filter(Boolean).join(" ");
  const { status } = spawnSync("cargo", ["build", "-q", "-p", "rolecall-sdk", "--profile", "sdk", "--target", "wasm32-unknown-unknown"], {
    cwd: at(),
    env: { ...env, RUSTFLAGS: rustflags },
    stdio: "inherit",
  });
  if (status !== 0) throw new Error("cargo could not build crates/sdk");
  const built = join(env.CARGO_TARGET_DIR, "wasm32-unknown-unknown", "sdk", "rolecall_sdk.wasm");
  rmSync(made, { recursive: true, force: true });
  run(env.WASM_BINDGEN_BIN, ["--target", "bundler", "--out-dir", made, "--out-name", "rolecall", built]);
  // Only what src/engine/glue.ts calls stays, with what that needs.
  const graph = [{ name: "outside", root: true, reaches: EXPORTS }, ...EXPORTS.map((name) => ({ name, export: name }))];
  writeFileSync(join(made, "graph.json"), JSON.stringify(graph));
  const features = FEATURES.map((name) => `--enable-${name}`);
  run(join(dirname(env.WASM_OPT_BIN), "wasm-metadce"), [...features, "--graph-file", join(made, "graph.json"), join(made, "rolecall_bg.wasm"), "-o", join(made, "needed.wasm")], { quiet: true });
  // Flattened and with its control flow made anew it packs three hundredths smaller.
  const smaller = ["--flatten", "--rereloop", "-Oz", "-Oz", "--converge", "--ignore-implicit-traps", "--low-memory-unused"];
  run(env.WASM_OPT_BIN, [...smaller, "--strip-producers", "--strip-target-features", ...features, join(made, "needed.wasm"), "-o", join(made, "rolecall.wasm")]);
}

/** src/engine/glue.ts is written by hand: the module must export what it calls, and import nothing. */
function checkGlue(bytes) {
  const module = new WebAssembly.Module(bytes);
  const names = (list) => list.map(({ name }) => name).sort().join();
  if (WebAssembly.Module.imports(module).length > 0) throw new Error(`the module imports ${names(WebAssembly.Module.imports(module))}`);
  if (names(WebAssembly.Module.exports(module)) !== [...EXPORTS].sort().join()) throw new Error(`the module exports ${names(WebAssembly.Module.exports(module))}`);
}

/** The commonest letters of minified JavaScript, which the module's commonest bytes get: so one Huffman code serves both. */
const COMMON = "etnrsi(){}.,=oacl;:dupfhmgwvybx>?&|kEj!+[]<CTAS-PURMO/NILDF_WHBzqVGXYKZJQ$%@^`~#'*0123456789";

/**
 * The module as letters that compressors still see through, so that it costs a page what the .wasm file itself costs
 * behind gzip or brotli; base64 would hide it from them, and packing it here first costs the page its unpacking. The
 * commonest bytes are one letter each, every other byte two: one of ` !"#` for its upper two bits, then its lower six.
 */
function inline(bytes) {
  const count = new Array(256).fill(0);
  for (const byte of bytes) count[byte] += 1;
  const single = [...COMMON].filter((letter) => letter.charCodeAt(0) > 35);
  const letters = new Array(256).fill(" ");
  [...count.keys()].sort((a, b) => count[b] - count[a] || a - b).forEach((byte, rank) => (letters[byte] = single[rank] ?? " "));
  const pair = (byte) => String.fromCharCode(32 + (byte >> 6), 48 + (byte & 63));
  const data = Array.from(bytes, (byte) => (letters[byte] === " " ? pair(byte) : letters[byte])).join("");
  return `// Made by scripts/build.mjs: dist/rolecall.wasm as letters.
const letters = ${JSON.stringify(letters.join(""))};
const data = ${JSON.stringify(data)};

export function embedded() {
  const bytes = new Uint8Array(${bytes.length});
  const byteOf = new Uint8Array(128);
  for (let byte = 0; byte < 256; byte++) byteOf[letters.charCodeAt(byte)] = byte;
  for (let from = 0, to = 0; from < data.length; from++) {
    const code = data.charCodeAt(from);
    bytes[to++] = code < 36 ? (code << 6) + data.charCodeAt(++from) - 48 : byteOf[code];
  }
  return bytes;
}
`;
}

const workerd = `// Made by scripts/build.mjs. Workers compile no bytes at run time: the module comes with the upload.
import module from "../rolecall.wasm";

export const embedded = () => module;
`;

wasm();
checkGlue(readFileSync(join(made, "rolecall.wasm")));
run(process.execPath, ["scripts/generate.mjs", "--check"]);
run(process.execPath, ["scripts/api-types.mjs", "--check"]);
rmSync(dist, { recursive: true, force: true });
mkdirSync(join(dist, "wasm"), { recursive: true });
copyFileSync(join(made, "rolecall.wasm"), join(dist, "rolecall.wasm"));
copyFileSync(at("policy", "default.json"), join(dist, "default-policy.json"));
writeFileSync(join(dist, "wasm", "inline.js"), inline(readFileSync(join(made, "rolecall.wasm"))));
writeFileSync(join(dist, "wasm", "workerd.js"), workerd);
run("tsc", ["-p", "tsconfig.json"]);
chmodSync(join(dist, "cli", "rolecall.js"), 0o755);
