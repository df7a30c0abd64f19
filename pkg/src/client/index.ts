// `rolecall`: the client for the whole HTTP API, with the server's rules beside it.
export { createClient } from "./client.js";
export type { AuditFilter, AuditFormat, Client, ClientOptions } from "./client.js";
export type { Snapshot } from "./reading.js";
export type { Listing, Page, PageOptions } from "./paging.js";
export { RolecallClientError, RolecallError, RolecallNetworkError, settle } from "./problem.js";
export type { ClientErrorCode, Problem, Result } from "./problem.js";
export type { CallOptions, ChangeOptions } from "./transport.js";
export type * from "../generated/api.js";
