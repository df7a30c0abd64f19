// `rolecall/next`: the session of a request, for server components, route handlers and `proxy.ts`.
export { withSession } from "./guard.js";
export type { SessionOptions } from "./guard.js";
export type { RequestHeaders } from "./headers.js";
export { createProxy } from "./proxy.js";
export type { ProxyOptions } from "./proxy.js";
export { can, getSnapshot } from "./snapshot.js";
export type { PlainError, PlainFailedSnapshot, ServerSnapshot, SnapshotOptions } from "./snapshot.js";
