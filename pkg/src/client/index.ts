// `rolecall`: the client of the HTTP API, with local permission checks.
export { createClient } from "./client.js";
export type { AuditFilter, AuditFormat, Client, ClientOptions } from "./client.js";
export type { RightsSnapshot } from "./rights-entry.js";
export type { Page, PageOptions, Paginator } from "./paginator.js";
export { RolecallClientError, RolecallError, RolecallNetworkError, toResult } from "./problem.js";
export type { ClientErrorCode, Problem, Result } from "./problem.js";
export type { CallOptions, ChangeOptions } from "./transport.js";
export type * from "../generated/api.js";
