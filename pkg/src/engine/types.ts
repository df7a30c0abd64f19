// The shapes of `rolecall/core`. Types only: nothing here reaches the bundle.
import type { PermissionCode, RoleCode } from "./codes.js";

/** Where the WebAssembly comes from, if not from the package itself. */
export type WasmSource = WebAssembly.Module | ArrayBuffer | ArrayBufferView<ArrayBuffer> | URL | string | Response;

export interface LoadOptions {
  /** A compiled module, its bytes, a response, or the address to fetch it from (a string is an address). */
  wasm?: WasmSource | Promise<WasmSource>;
}

/** A policy file's text, or what `JSON.parse` made of it. */
export type PolicySource = string | object;

export interface Engine {
  /** Reads and validates a policy. Throws a {@link PolicyError} that says what is wrong and where. */
  policy<P extends string = PermissionCode, R extends string = RoleCode>(source: PolicySource): Policy<P, R>;
  /** Verifies a whole exported audit log (NDJSON, oldest first): its numbers, its hashes and their chain. */
  verifyAuditLog(ndjson: string): AuditVerdict;
}

export type AuditVerdict = { ok: true; events: number } | { ok: false; seq: number; reason: AuditBreak };

/** Why a log is no chain. `seq` is the number that the broken event has or should have. */
export type AuditBreak = "malformed" | "gap" | "hash-missing" | "prev-hash-wrong" | "hash-wrong";

export interface PermissionInfo<P extends string = PermissionCode> {
  readonly code: P;
  readonly title: string;
  readonly description: string;
  readonly resource: string;
  readonly actions: readonly string[];
}

export interface RoleInfo<P extends string = PermissionCode, R extends string = RoleCode> {
  readonly code: R;
  readonly title: string;
  readonly permissions: readonly P[];
}

export interface RouteInfo<P extends string = PermissionCode> {
  readonly method: string;
  readonly path: string;
  readonly permission: P;
  readonly freshness: "token" | "live";
}

export interface RouteMatch<P extends string = PermissionCode> {
  readonly permission: P;
  /** `live`: the server asks its database instead of trusting a token. */
  readonly freshness: "token" | "live";
  /** The route's path pattern, for example `/api/pods/{id}`. */
  readonly pattern: string;
  /** Values of the pattern's parameters as they stand in the path, percent escapes included. */
  readonly params: Readonly<Record<string, string>>;
}

/** A team's own role, as `GET /v1/accounts/{id}/roles` lists it; entries with `built_in: true` are passed over. */
export interface CustomRole {
  readonly code: string;
  readonly title?: string;
  readonly permissions: readonly string[];
  readonly built_in?: boolean;
  /** Whether it stands in for a role of the policy that has its code: the team had it first. */
  readonly overrides_built_in?: boolean;
}

/** The claims of a permission token. The server signs them; decoding one here proves nothing to anyone else. */
export interface TokenClaims {
  readonly role: string;
  readonly permissions: readonly string[];
  readonly iss?: string;
  readonly aud?: string;
  readonly sub?: string;
  readonly account?: string;
  readonly ver?: number;
  readonly pol?: string;
  readonly iat?: number;
  readonly exp?: number;
  readonly jti?: string;
}

/** Whose rights: a role (built-in or one of `customRoles`), or what a permission token claims. */
export type RightsSource<R extends string = RoleCode> =
  | { readonly role: R | (string & {}); readonly customRoles?: readonly CustomRole[]; readonly permissions?: undefined }
  | (TokenClaims & { readonly customRoles?: readonly CustomRole[] });

export interface Policy<P extends string = PermissionCode, R extends string = RoleCode> {
  /** In the policy's order, which is the order of every list of permissions. */
  readonly permissions: readonly PermissionInfo<P>[];
  /** The built-in roles. */
  readonly roles: readonly RoleInfo<P, R>[];
  readonly routes: readonly RouteInfo<P>[];
  /** Throws an {@link UnknownCodeError} that names a role or permission which the policy does not have. */
  rights(source: RightsSource<R>): Rights<P>;
  /** The permission that a request needs. Null: no route matches, or the path can be read in two ways: nobody may. */
  matchRoute(method: string, path: string): RouteMatch<P> | null;
}

export interface Rights<P extends string = PermissionCode> {
  readonly role: string;
  /** Throws an {@link UnknownCodeError} for a code that the policy does not have. */
  can(permission: P): boolean;
  /** Whether all of them are allowed; true for none. */
  canAll(permissions: readonly P[]): boolean;
  /** Whether one of them is allowed; false for none. */
  canAny(permissions: readonly P[]): boolean;
  /** What is allowed, in the policy's order. */
  list(): readonly P[];
  explain(permission: P): Explanation<P>;
}

export interface Explanation<P extends string = PermissionCode> {
  readonly allowed: boolean;
  readonly permission: P;
  /** The role that was asked about. */
  readonly role: string;
  /** Codes of the roles, built-in then custom, that grant it. */
  readonly grantedBy: readonly string[];
}
