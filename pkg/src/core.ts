// `rolecall/core`: the engine alone, no HTTP. What is public stands here; how it works stands in ./engine.
import { embedded } from "#wasm";
import { load } from "./engine/load.js";
import type { Engine, LoadOptions } from "./engine/types.js";

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
import type { DefaultPermissionCode, DefaultRoleCode } from "./generated/policy.js";

/**
 * Loads the engine. Calls share one load, so the `wasm` of the first call counts; after a failure the next call tries
 * again. Nothing happens before the first call.
 */
export function loadEngine(options: LoadOptions = {}): Promise<Engine> {
  return load(options.wasm ?? embedded);
}

export type { DefaultPermissionCode, DefaultRoleCode };

/**
 * Put your own policy's codes here, by hand or with `npx rolecall types policy.json`:
 *
 * ```ts
 * declare module "rolecall/core" {
 *   interface Register { permission: "docs.read" | "docs.write"; role: "reader" | "writer" }
 * }
 * ```
 */
export interface Register {}

/** The permission codes of your policy; those of the default policy until you register yours. */
export type PermissionCode = Register extends { permission: infer P extends string } ? P : DefaultPermissionCode;

/** The built-in roles of your policy; those of the default policy until you register yours. */
export type RoleCode = Register extends { role: infer R extends string } ? R : DefaultRoleCode;
