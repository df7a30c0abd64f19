// `rolecall/core`: the engine alone, no HTTP. What is public stands here; how it works stands in ./engine.
import { embedded } from "#wasm";
import { load } from "./engine/load.js";
import type { Engine, LoadOptions } from "./engine/types.js";

export type * from "./engine/codes.js";
export { getEngine } from "./engine/load.js";
export { PolicyError, UnknownCodeError, EngineError } from "./engine/errors.js";
export type {
  AuditBreak,
  AuditVerdict,
  CustomRole,
  Engine,
  Explanation,
  LoadOptions,
  PermissionInfo,
  Policy,
  PolicySource,
  Rights,
  RightsSource,
  RoleInfo,
  RouteInfo,
  RouteMatch,
  TokenClaims,
  WasmSource,
} from "./engine/types.js";

/**
 * Loads the engine. Calls share one load, so the `wasm` of the first call counts; after a failure the next call tries
 * again. Nothing happens before the first call.
 */
export function loadEngine(options: LoadOptions = {}): Promise<Engine> {
  return load(options.wasm ?? embedded);
}
