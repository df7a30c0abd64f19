// `rolecall/svelte`: the client's state as Svelte stores. Nothing of Svelte is imported: a store is what has `subscribe`.
import type { Client, Snapshot } from "../client/index.js";
import { LOADING, explanationOf, holdsAll, stateOf } from "../client/snapshot.js";
import type { Explanation, PermissionCode } from "../core.js";

/** A readable store. */
export interface Readable<T> {
  /** Calls `run` with the value at once, and whenever it has changed. Returns a function that ends this. */
  subscribe(run: (value: T) => void): () => void;
}

/** What {@link rolecallStore} returns: who is signed in, with their rights in the account in use. */
export interface RolecallStore extends Readable<Snapshot> {
  /**
   * Whether the user holds the permission, or every one of a list. False while nobody is signed in, and while that is not
   * known. An undefined code throws in development, and is reported and not held in production.
   */
  can(permission: PermissionCode | readonly PermissionCode[]): Readable<boolean>;
  /** Whether the user holds the permission, and which roles grant it. Undefined while nobody is signed in. */
  explain(permission: PermissionCode): Readable<Explanation<PermissionCode> | undefined>;
}

/** Options of {@link rolecallStore}. */
export interface StoreOptions {
  /** Whether to call `client.start()` with the first subscriber in a page. True by default; false where the page does so itself. */
  start?: boolean | undefined;
}

/**
 * The client's state as a store. `initial` is the state before the client has its own: the one that the server has read, so
 * that the first HTML is right. On a server the client is never started.
 */
export function rolecallStore(client: Client, initial: Snapshot = LOADING, { start = true }: StoreOptions = {}): RolecallStore {
  let idle = start && typeof document !== "undefined";

  /** A store of a part of the state, and of what is derived from that: set only when the part has changed. */
  const select = <P, T>(part: (snapshot: Snapshot) => P, derive: (part: P) => T): Readable<T> => ({
    subscribe(run) {
      const read = () => part(stateOf(client, initial));
      let last = read();
      run(derive(last));
      const stop = client.subscribe(() => {
        const next = read();
        if (next !== last) run(derive((last = next)));
      });
      // A failure is the client's state.
      if (idle) client.start().catch(() => {});
      idle = false;
      return stop;
    },
  });

  return {
    subscribe: select(same, same).subscribe,
    can: (permission) => select((snapshot) => holdsAll(snapshot, permission), same),
    explain: (permission) =>
      select(
        (snapshot) => (snapshot.status === "signed-in" ? snapshot : undefined),
        (snapshot) => snapshot && explanationOf(snapshot, permission),
      ),
  };
}

const same = <T>(value: T): T => value;
