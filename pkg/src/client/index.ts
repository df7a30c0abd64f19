// `rolecall`: the client of the HTTP API, with local permission checks.
export { createClient } from "./client.js";
export type { Client, ClientOptions } from "./client.js";
export type { RolecallRequestInit } from "./guarded-fetch.js";
export type { AccountOption, AnyRoleCode, AuditFilter, AuditFormat, DryRunOption } from "./resources.js";
export type { StartOptions, SwitchOptions } from "./session.js";
export type { Credential, PasskeyCredential, ProviderOptions, SecondFactor, SecondFactorCode } from "./credential.js";
export type { FailedSnapshot, LoadingSnapshot, SignedInSnapshot, SignedOutSnapshot, Snapshot, SnapshotUser } from "./snapshot.js";
export type { Page, PageOptions, Paginator } from "./paginator.js";
export { RolecallClientError, RolecallError, RolecallNetworkError, toResult } from "./problem.js";
export type { AuthenticationMethod, ClientErrorCode, Problem, Result } from "./problem.js";
export type { CallOptions, ChangeOptions } from "./transport.js";
export type { Explanation, PermissionCode, Rights, RoleCode } from "../core.js";
export type * from "../generated/api.js";
