// `rolecall/core`: the engine without the HTTP client. This file is its public API; the implementation is in ./engine.
import { embedded } from "#wasm";
import { load } from "./engine/load.js";
import type { Engine, LoadOptions } from "./engine/types.js";

export type * from "./engine/register.js";
export { getEngine } from "./engine/load.js";
export { PolicyError, UnknownCodeError, EngineError } from "./engine/errors.js";
export type {
  AuditErasure,
  AuditFailure,
  AuditVerification,
  CustomRole,
  Engine,
  Explanation,
  LoadOptions,
  PermissionInfo,
  Policy,
  PolicyInput,
  Rights,
  RightsInput,
  RoleInfo,
  RouteInfo,
  RouteMatch,
  TokenClaims,
  WasmSource,
} from "./engine/types.js";

/**
 * Loads the engine, from `wasm` or from the copy in the package. Concurrent and later calls share the first load, so the
 * `wasm` of the first call counts; after a failure the next call loads again.
 *
 * Rejects with an {@link EngineError} (`engine-load-failed`).
 */
export function loadEngine(options: LoadOptions = {}): Promise<Engine> {
  return load(options.wasm ?? embedded);
}
