// `rolecall/inline`: `rolecall/core` with the WebAssembly always out of its own JavaScript, whatever the runtime's
// conditions say: for a tool that resolves to a `.wasm` file which it then cannot import.
import { embedded } from "#inline";
import { load } from "./engine/load.js";
import type { Engine, LoadOptions } from "./engine/types.js";

export * from "./core.js";

/** Loads the engine from the bytes in this package's JavaScript, or from `wasm`. */
export function loadEngine(options: LoadOptions = {}): Promise<Engine> {
  return load(options.wasm ?? embedded);
}
