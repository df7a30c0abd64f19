// `rolecall/slim`: `rolecall/core` without the WebAssembly; the caller passes it, for example from `rolecall/rolecall.wasm`.
import { load } from "./engine/load.js";
import type { Engine, LoadOptions } from "./engine/types.js";

export * from "./core.js";

/** Loads the engine from `wasm`, which is required. See `loadEngine` of `rolecall/core`. */
export function loadEngine(options: Required<LoadOptions>): Promise<Engine> {
  return load(options.wasm);
}
