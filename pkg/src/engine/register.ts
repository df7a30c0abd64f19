// The permission and role codes that TypeScript knows. `rolecall/core` re-exports this file with `export *`, through
// which TypeScript merges an augmentation of `rolecall/core` into the interface declared here.
import type { DefaultPermissionCode, DefaultRoleCode } from "../generated/policy.js";

export type { DefaultPermissionCode, DefaultRoleCode };

/**
 * Registers the codes of a policy other than the default one, by hand or with `npx rolecall types policy.json`:
 *
 * ```ts
 * declare module "rolecall/core" {
 *   interface Register { permission: "docs.read" | "docs.write"; role: "reader" | "writer" }
 * }
 * ```
 */
export interface Register {}

/** The permission codes of the registered policy; without {@link Register}, those of the default policy. */
export type PermissionCode = Register extends { permission: infer P extends string } ? P : DefaultPermissionCode;

/** The built-in role codes of the registered policy; without {@link Register}, those of the default policy. */
export type RoleCode = Register extends { role: infer R extends string } ? R : DefaultRoleCode;
