// `rolecall/slim`: `rolecall/core` without the WebAssembly, which the caller passes (from `rolecall/rolecall.wasm`).
import { load } from "./engine/load.js";
import type { Engine, LoadOptions } from "./engine/types.js";

export * from "./core.js";

/** Loads the engine from `wasm`; nothing of it stands in the JavaScript. */
export function loadEngine(options: Required<LoadOptions>): Promise<Engine> {
  return load(options.wasm);
}
