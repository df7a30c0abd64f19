// `rolecall/inline`: `rolecall/core` that always loads the WebAssembly from JavaScript, for tools that resolve the condition
// `workerd` to a `.wasm` file but cannot import one.
import { embedded } from "#inline";
import { load } from "./engine/load.js";
import type { Engine, LoadOptions } from "./engine/types.js";

export * from "./core.js";

/** Loads the engine from the bytes inside the package's JavaScript, or from `wasm`. See `loadEngine` of `rolecall/core`. */
export function loadEngine(options: LoadOptions = {}): Promise<Engine> {
  return load(options.wasm ?? embedded);
}
