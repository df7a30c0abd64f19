// A list that belongs to an account, read when it is shown and again on demand. Small on purpose: apps with a data
// library of their own pass the client's promises to that.
import { useCallback, useEffect, useState } from "react";
import type { Client, Listing } from "../client/index.js";

export interface Resource<T> {
  /** What was read last; undefined while nothing was. */
  readonly items: readonly T[] | undefined;
  readonly loading: boolean;
  readonly error: unknown;
  /** Reads it again. */
  readonly reload: () => void;
}

/** What a list depends on: another owner, another object. */
export interface Owner {
  readonly client: Client;
  readonly account: string;
  readonly user: string | undefined;
}

type State<T> = Omit<Resource<T>, "reload">;

export function useListing<T>(owner: Owner | undefined, list: (owner: Owner, signal: AbortSignal) => Listing<T>): Resource<T> {
  const [read, setRead] = useState<{ owner: Owner | undefined; state: State<T> }>();
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (!owner) return setRead(undefined);
    const stop = new AbortController();
    const set = (state: State<T>) => stop.signal.aborted || setRead({ owner, state });
    // What was read for the same owner stays while it is read again.
    setRead((before) => ({ owner, state: { items: before?.owner === owner ? before.state.items : undefined, loading: true, error: undefined } }));
    list(owner, stop.signal).all().then(
      (items) => set({ items, loading: false, error: undefined }),
      (error: unknown) => set({ items: undefined, loading: false, error }),
    );
    return () => stop.abort();
  }, [owner, list, round]);
  const reload = useCallback(() => setRound((n) => n + 1), []);
  // The first frame for a new owner comes before the effect: it shows nothing of another one.
  const state = owner && read?.owner === owner ? read.state : { items: undefined, loading: owner !== undefined, error: undefined };
  return { ...state, reload };
}
