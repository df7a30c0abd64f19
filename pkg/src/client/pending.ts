// Pending operations of the rights cache, and what a failed request says about the session.
import { type RolecallClientError, RolecallError } from "./problem.js";
import type { RightsEntry } from "./rights-entry.js";

/** A pending `use`. There is at most one, the last one requested. */
export interface AccountSwitch {
  readonly account: string;
  readonly controller: AbortController;
  done: Promise<RightsEntry>;
  /** Number of calls that wait for it. */
  waiters: number;
}

/** A pending renewal. */
export interface Renewal {
  readonly epoch: number;
  readonly account: string;
  done: Promise<RightsEntry>;
  /** Whether it was requested in the current turn of the event loop, so that it is not older than a call in this turn. */
  fresh: boolean;
}

/** Pending requests that may change who is signed in; concurrent ones share one object. */
export interface IdentityChange {
  count: number;
  /** The entry before the change, restored when every request is refused. */
  previous: RightsEntry | undefined;
  /** Why there was no entry before the change, restored likewise. */
  previousError: RolecallClientError | undefined;
  /** The account to read again when the outcome is unknown. */
  reload: string | undefined;
  readonly done: Promise<void>;
  readonly resolve: () => void;
}

/** Whether the error means that no session is valid. Wrong credentials, and a session that must authenticate again, have other codes. */
export const isUnauthenticated = (error: unknown) => error instanceof RolecallError && /^session-(missing|expired)$/.test(error.code);

/** Whether a failed request to sign in or out certainly had no effect. */
export const hadNoEffect = (error: unknown) => error instanceof RolecallError && error.status < 500 && error.status !== 409 && !isUnauthenticated(error);
