// How text crosses into the WebAssembly and back, written by hand because wasm-bindgen's generated file weighs three
// times as much: a text is written where `room` says, and an answer read where `answer` says, until the next call.
// scripts/build.mjs fails when the module exports anything else than what stands here, or imports anything.
import { EngineError } from "./errors.js";

export interface Exports {
  memory: WebAssembly.Memory;
  room(length: number): number;
  answer(): number;
  open(): number;
  close(rules: number): void;
  set(rules: number): void;
  route(rules: number): void;
  verify(events: number): number;
}

let wasm: Exports | undefined;

export function bind(exports: WebAssembly.Exports): void {
  wasm = exports as unknown as Exports;
}

export function bound(): Exports {
  if (!wasm) throw new EngineError("engine-not-loaded", "call `await loadEngine()` before using the engine");
  return wasm;
}

/** Writes the text that the next call reads; whoever calls takes the exports from here. */
export function pass(text: string): Exports {
  const exports = bound();
  const bytes = new TextEncoder().encode(text);
  // Not in one expression: `room` may grow the memory, which makes a new buffer.
  const at = exports.room(bytes.length) >>> 0;
  new Uint8Array(exports.memory.buffer, at).set(bytes);
  return exports;
}

/** A copy of the answer. */
export function take(): ArrayBuffer {
  const { memory, answer } = bound();
  const [at, length] = new Uint32Array(memory.buffer, answer(), 2) as unknown as [number, number];
  return memory.buffer.slice(at, at + length);
}

/** The lines of the answer. */
export const lines = (): string[] => new TextDecoder().decode(take()).split("\n");
