// The JavaScript around the engine's WebAssembly: a chunk of its own, which a page loads with its first policy.
import type { LoadOptions, WasmSource } from "../core.js";
import { verifyAuditLog } from "../engine/audit.js";
import { load } from "../engine/load.js";
import { parsePolicy } from "../engine/policy.js";

const engine = { parsePolicy, verifyAuditLog };

/** What the client uses of the engine. */
export type ClientEngine = typeof engine;

/** Loads the WebAssembly. Rejects with an `EngineError` (`engine-load-failed`). */
export async function openEngine(source: NonNullable<LoadOptions["wasm"]> | (() => Promise<WasmSource>)): Promise<ClientEngine> {
  await load(source);
  return engine;
}
