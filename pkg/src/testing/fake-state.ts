// The state of a fake client: set by the test, at once.
import { Listeners } from "../client/listeners.js";
import { RolecallClientError, RolecallNetworkError } from "../client/problem.js";
import { LOADING, SIGNED_OUT, type SignedInSnapshot, type SignedOutSnapshot, type Snapshot, type SnapshotUser } from "../client/snapshot.js";
import { abortable } from "../client/transport.js";
import type { FakePolicy, Grant } from "./fake-policy.js";

export class FakeState {
  readonly #policy: FakePolicy;
  readonly #user: SnapshotUser;
  readonly listeners = new Listeners();
  #account: string;
  #grant: Grant | undefined;
  #key = "";
  #closed = false;
  /** The state as plain data. */
  snapshot: Snapshot = LOADING;
  /** Why there are no rights; undefined while there are. */
  error: RolecallClientError | undefined = new RolecallClientError("account-not-chosen");

  constructor(policy: FakePolicy, user: SnapshotUser, account: string, grant: Grant | undefined) {
    this.#policy = policy;
    this.#user = user;
    this.#account = account;
    this.#grant = grant;
    // A mistake in the test is reported where it is made, also while nobody is signed in.
    if (grant) policy.rights(grant);
  }

  /** The state of a signed-in user. @throws RolecallClientError where there is none */
  get rights(): SignedInSnapshot {
    if (this.snapshot.status === "signed-in") return this.snapshot;
    // A new error for each call, with the caller's stack.
    throw new RolecallClientError(this.error!.code, { cause: this.error!.cause });
  }

  /** Signs the user in, with the given role or the one before, in the given account or the one before. */
  signIn(grant = this.#grant, account = this.#account): SignedInSnapshot {
    this.#assertOpen();
    if (!grant) throw new Error("fakeClient: nobody knows the user's role: pass `role` or `permissions`, or call setRole().");
    const rights = this.#policy.rights(grant);
    this.#grant = grant;
    this.#account = account;
    const key = JSON.stringify([account, grant.role, rights]);
    if (this.snapshot.status === "signed-in" && this.#key === key) return this.snapshot;
    this.#key = key;
    const snapshot: SignedInSnapshot = Object.freeze({ status: "signed-in", user: this.#user, account, role: grant.role, version: 1, ...rights });
    this.#set(snapshot, undefined);
    return snapshot;
  }

  signOut(): void {
    this.#assertOpen();
    if (this.snapshot.status !== "signed-out") this.#set(SIGNED_OUT, new RolecallClientError("session-ended"));
  }

  load(): void {
    this.#assertOpen();
    if (this.snapshot.status !== "loading") this.#set(LOADING, new RolecallClientError("account-not-chosen"));
  }

  fail(error: unknown = new RolecallNetworkError("Rolecall could not be reached")): void {
    this.#assertOpen();
    this.#set(Object.freeze({ status: "failed", error }), new RolecallClientError("account-not-chosen"));
  }

  close(): void {
    const error = new RolecallClientError("client-closed");
    this.#closed = true;
    this.#set(Object.freeze({ status: "failed", error }), error);
    this.listeners.clear();
  }

  /** Waits while the state is `loading`. Rejects with the error of a failed one. */
  async known(signal?: AbortSignal): Promise<SignedInSnapshot | SignedOutSnapshot> {
    signal?.throwIfAborted();
    while (this.snapshot.status === "loading") {
      let stop = () => {};
      const changed = new Promise<void>((resolve) => (stop = this.listeners.add(resolve)));
      await abortable(changed, signal).finally(stop);
    }
    if (this.snapshot.status === "failed") throw this.snapshot.error;
    return this.snapshot;
  }

  #assertOpen(): void {
    if (this.#closed) throw new RolecallClientError("client-closed");
  }

  #set(snapshot: Snapshot, error: RolecallClientError | undefined): void {
    this.snapshot = snapshot;
    this.error = error;
    this.listeners.notify();
  }
}
