// Environment of the Hono app: the Worker's bindings and the verified identity of the caller.
import type { Identity } from "./identity";

export interface Bindings {
  DB: D1Database;
  /** Service binding to Rolecall, for its public keys. */
  ROLECALL: Fetcher;
  /** Required issuer (`iss`) of identities: Rolecall's origin. */
  ISSUER: string;
  /** Required audience (`aud`) of identities: this API. */
  AUDIENCE: string;
}

export interface App {
  Bindings: Bindings;
  Variables: { identity: Identity };
}
