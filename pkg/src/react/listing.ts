// A list that belongs to an account, read when it is shown and again on demand. Small on purpose: apps with a data
// library of their own pass the client's promises to that.
import { useCallback, useEffect, useState } from "react";
import type { Listing } from "../client/index.js";

export interface Resource<T> {
  /** What was read last; undefined while nothing was. */
  readonly items: readonly T[] | undefined;
  readonly loading: boolean;
  readonly error: unknown;
  /** Reads it again. */
  readonly reload: () => void;
}

export function useListing<T>(account: string | undefined, list: (account: string, signal: AbortSignal) => Listing<T>): Resource<T> {
  const [state, setState] = useState<Omit<Resource<T>, "reload">>({ items: undefined, loading: true, error: undefined });
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (account === undefined) return;
    const stop = new AbortController();
    setState((before) => ({ ...before, loading: true }));
    list(account, stop.signal).all().then(
      (items) => stop.signal.aborted || setState({ items, loading: false, error: undefined }),
      (error: unknown) => stop.signal.aborted || setState({ items: undefined, loading: false, error }),
    );
    return () => stop.abort();
  }, [account, list, round]);
  const reload = useCallback(() => setRound((n) => n + 1), []);
  return { ...state, reload };
}
