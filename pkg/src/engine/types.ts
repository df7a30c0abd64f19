// Types of `rolecall/core`.
import type { PermissionCode, RoleCode } from "./register.js";

/** The WebAssembly module: compiled, as bytes, as a response, or as the URL to fetch it from (a string is a URL). */
export type WasmSource = WebAssembly.Module | ArrayBuffer | ArrayBufferView<ArrayBuffer> | URL | string | Response;

/** Options of `loadEngine`. */
export interface LoadOptions {
  /** The module to instantiate, `rolecall/rolecall.wasm`; without it, the copy inside the package. */
  wasm?: WasmSource | Promise<WasmSource>;
}

/** A policy document: its JSON text, or the parsed value. */
export type PolicyInput = string | object;

/** The loaded engine: the rules that the server decides by, compiled to WebAssembly. */
export interface Engine {
  /**
   * Parses and validates a policy: at most 256 permissions, 256 roles and 1024 routes.
   *
   * Throws a {@link PolicyError} with `code` and `pointer` for an invalid one.
   */
  policy<P extends string = PermissionCode, R extends string = RoleCode>(source: PolicyInput): Policy<P, R>;
  /**
   * Verifies a whole exported audit log (NDJSON, oldest first, unfiltered): sequence numbers, hashes, their chain, and that
   * each disclosed value is the one that was hashed.
   *
   * A log that was truncated at its end verifies; compare `events` or the last hash with a value stored elsewhere to
   * detect that. So does a log with erased values, which the result lists. Never throws for invalid text.
   */
  verifyAuditLog(ndjson: string): AuditVerification;
}

/**
 * The result of verifying an audit log: the number of events, and how many of their values were erased and where, or the
 * sequence number and reason of the first failure.
 */
export type AuditVerification = { ok: true; events: number; erased: number; erasures: AuditErasure[] } | { ok: false; seq: number; reason: AuditFailure };

/** An event with erased values: its sequence number, and the paths of those values, such as `actor.name` or `data.email`. */
export interface AuditErasure {
  seq: number;
  values: string[];
}

/**
 * Why an event fails verification: not an event (`malformed`), not the next sequence number (`gap`), of a format other than
 * version 2 (`version-unknown`), without a hash (`hash-missing`), not chained to the event before it (`prev-hash-wrong`),
 * changed (`hash-wrong`), or with a disclosed value that it does not contain (`disclosure-wrong`).
 */
export type AuditFailure = "malformed" | "gap" | "version-unknown" | "hash-missing" | "prev-hash-wrong" | "hash-wrong" | "disclosure-wrong";

/** A permission of a policy. */
export interface PermissionInfo<P extends string = PermissionCode> {
  /** Identifier, for example `pods.manage`. */
  readonly code: P;
  /** Title for people. */
  readonly title: string;
  /** Description for people; empty where the policy gives none. */
  readonly description: string;
  /** Resource type that it concerns; empty where the policy gives none. */
  readonly resource: string;
  /** Actions on that resource type which it allows. */
  readonly actions: readonly string[];
}

/** A built-in role of a policy. */
export interface RoleInfo<P extends string = PermissionCode, R extends string = RoleCode> {
  /** Identifier, for example `dev`. */
  readonly code: R;
  /** Title for people. */
  readonly title: string;
  /** Codes of the permissions that it grants. */
  readonly permissions: readonly P[];
}

/** A route of the API behind the gateway, with the permission that a request to it requires. */
export interface RouteInfo<P extends string = PermissionCode> {
  /** HTTP method in capitals. */
  readonly method: string;
  /** Path pattern, for example `/api/pods/{id}`. */
  readonly path: string;
  /** Code of the required permission. */
  readonly permission: P;
  /** `token`: the gateway trusts a permission token; `live`: it reads the rights from the database. */
  readonly freshness: "token" | "live";
}

/** The route that matches a request. */
export interface RouteMatch<P extends string = PermissionCode> extends Pick<RouteInfo<P>, "permission" | "freshness"> {
  /** The route's path pattern, for example `/api/pods/{id}`. */
  readonly pattern: string;
  /** Values of the pattern's parameters by name, percent-encoded as in the path. */
  readonly params: Readonly<Record<string, string>>;
}

/** A team's custom role, as `GET /v1/accounts/{id}/roles` lists it. */
export interface CustomRole {
  /** Identifier, unique in the team. */
  readonly code: string;
  /** Title for people. */
  readonly title?: string;
  /** Codes of the permissions that it grants. */
  readonly permissions: readonly string[];
  /** Marks a built-in role, which that list contains as well: ignored, since the policy defines it. */
  readonly built_in?: boolean;
  /** Whether it replaces the policy's built-in role of the same code, which the team used before the policy did. */
  readonly overrides_built_in?: boolean;
}

/** The claims of a permission token (a JWT). The client only decodes it: whoever relies on it verifies its signature. */
export interface TokenClaims {
  /** Code of the member's role. */
  readonly role: string;
  /** Codes of the permissions held. */
  readonly permissions: readonly string[];
  /** Issuer: the deployment's origin. */
  readonly iss?: string;
  /** Audience: the deployment's `TOKEN_AUDIENCE`. */
  readonly aud?: string;
  /** Subject: the id of the user. */
  readonly sub?: string;
  /** Id of the account. */
  readonly account?: string;
  /** Version of the account when the token was issued. */
  readonly ver?: number;
  /** SHA-256 of the policy in hex, which is the `ETag` of `GET /v1/policy`. */
  readonly pol?: string;
  /** Time of issue, in seconds since 1970 (UTC). */
  readonly iat?: number;
  /** Expiry, in seconds since 1970 (UTC). */
  readonly exp?: number;
  /** Unique id of the token. */
  readonly jti?: string;
  /** How sure Rolecall is of the user: `aal1` for one factor, `aal2` for two. */
  readonly acr?: string;
  /** By which methods the user authenticated (RFC 8176): `pwd`, `otp`. */
  readonly amr?: readonly string[];
  /** Time of the user's last authentication, in seconds since 1970 (UTC). */
  readonly auth_time?: number;
}

/** What to compute rights from: a role (built-in or one of `customRoles`), or the claims of a permission token. */
export type RightsInput<R extends string = RoleCode> =
  | { readonly role: R | (string & {}); readonly customRoles?: readonly CustomRole[]; readonly permissions?: undefined }
  | (TokenClaims & { readonly customRoles?: readonly CustomRole[] });

/** A validated policy. */
export interface Policy<P extends string = PermissionCode, R extends string = RoleCode> {
  /** The permissions; every list of permissions is in this order. */
  readonly permissions: readonly PermissionInfo<P>[];
  /** The built-in roles. */
  readonly roles: readonly RoleInfo<P, R>[];
  /** The routes of the API behind the gateway. */
  readonly routes: readonly RouteInfo<P>[];
  /**
   * Computes the rights of a role, or those that a permission token claims.
   *
   * Throws an {@link UnknownCodeError} for a role or permission that is not defined, and a {@link PolicyError} for two
   * roles with one code.
   */
  rights(source: RightsInput<R>): Rights<P>;
  /**
   * Finds the route of a request, and so the permission that it requires. `method` is in capitals; `path` is the path as
   * sent, without query, of at most 2048 bytes. Null means that the gateway refuses everybody: no route matches, or the
   * path is not in canonical form (it has an empty or dot segment, a trailing slash, or an escaped ASCII character).
   */
  matchRoute(method: string, path: string): RouteMatch<P> | null;
}

/** The permissions of a member, checked synchronously. Every method throws an {@link UnknownCodeError} for an undefined code. */
export interface Rights<P extends string = PermissionCode> {
  /** Code of the role. */
  readonly role: string;
  /** Whether the permission is held. */
  can(permission: P): boolean;
  /** Whether every one of the permissions is held; true for an empty list. */
  canAll(permissions: readonly P[]): boolean;
  /** Whether at least one of the permissions is held; false for an empty list. */
  canAny(permissions: readonly P[]): boolean;
  /** Codes of the permissions held, in the policy's order. */
  list(): readonly P[];
  /** Whether the permission is held, and which roles grant it. */
  explain(permission: P): Explanation<P>;
}

/** A permission check with its reason. */
export interface Explanation<P extends string = PermissionCode> {
  /** Whether the permission is held. */
  readonly allowed: boolean;
  /** Code of the permission. */
  readonly permission: P;
  /** Code of the role that was checked. */
  readonly role: string;
  /** Codes of all roles that grant the permission: built-in ones, then custom ones. */
  readonly grantedBy: readonly string[];
}
