// What every part of the API is given: the Worker's bindings, and who is asking.
import type { Identity } from "./identity";

export interface Bindings {
  DB: D1Database;
  /** Rolecall, for its public keys. */
  ROLECALL: Fetcher;
  /** Who must have signed: Rolecall's origin. */
  ISSUER: string;
  /** For whom it must be signed: this API. */
  AUDIENCE: string;
}

export interface App {
  Bindings: Bindings;
  Variables: { identity: Identity };
}
