// The binary interface of crates/sdk. Input is text: written as UTF-8 at the address that `alloc_input` returns, then
// read by the next export called. Output is bytes at the address and length that `output` points at, valid until the
// next call. scripts/build.mjs fails when the module's exports differ from `WasmExports` or it imports anything.
import { EngineError } from "./errors.js";

interface WasmExports {
  memory: WebAssembly.Memory;
  alloc_input(length: number): number;
  output(): number;
  policy_new(): number;
  policy_free(policy: number): void;
  permission_set(policy: number): void;
  match_route(policy: number): void;
  verify_chunk(events: number): number;
}

let wasm: WasmExports | undefined;

export function setExports(exports: WebAssembly.Exports): void {
  wasm = exports as unknown as WasmExports;
}

/** The exports of the loaded module. Throws an {@link EngineError} before that. */
export function getExports(): WasmExports {
  if (!wasm) throw new EngineError("engine-not-loaded", "call `await loadEngine()` before using the engine");
  return wasm;
}

/** Writes the input of the next export called, and returns the exports to call it on. */
export function writeInput(text: string): WasmExports {
  const exports = getExports();
  const bytes = new TextEncoder().encode(text);
  // A statement of its own: `alloc_input` may grow the memory, which replaces its buffer.
  const address = exports.alloc_input(bytes.length) >>> 0;
  new Uint8Array(exports.memory.buffer, address).set(bytes);
  return exports;
}

/** Copies the output of the last call. */
export function readOutput(): ArrayBuffer {
  const { memory, output } = getExports();
  const [address, length] = new Uint32Array(memory.buffer, output(), 2) as unknown as [number, number];
  return memory.buffer.slice(address, address + length);
}

/** Decodes the output of the last call as lines of text. */
export const readOutputLines = (): string[] => new TextDecoder().decode(readOutput()).split("\n");
