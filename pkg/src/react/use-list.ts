// `useList`: fetches all items of a list of the account in use, as state of a component. Deliberately minimal: an app
// with a data-fetching library passes the client's promises to that.
import { useCallback, useEffect, useState } from "react";
import type { Client, Paginator } from "../client/index.js";

/** A list with its loading state. */
export interface ListState<T> {
  /** The items of the last fetch; undefined before it has finished, and after it failed. */
  readonly items: readonly T[] | undefined;
  /** Whether a fetch is pending. */
  readonly loading: boolean;
  /** The error of the last fetch; undefined without one. */
  readonly error: unknown;
  /** Fetches the list again; the items stay until the response. */
  readonly reload: () => void;
}

/** What a list belongs to; another object discards the items. */
export interface ListScope {
  readonly client: Client;
  readonly account: string;
  readonly user: string | undefined;
}

type State<T> = Omit<ListState<T>, "reload">;

export function useList<T>(scope: ListScope | undefined, list: (scope: ListScope, signal: AbortSignal) => Paginator<T>): ListState<T> {
  const [stored, setStored] = useState<{ scope: ListScope | undefined; state: State<T> }>();
  const [generation, setGeneration] = useState(0);
  useEffect(() => {
    if (!scope) return setStored(undefined);
    const controller = new AbortController();
    const set = (state: State<T>) => controller.signal.aborted || setStored({ scope, state });
    // A reload keeps the items of the same scope.
    setStored((previous) => ({ scope, state: { items: previous?.scope === scope ? previous.state.items : undefined, loading: true, error: undefined } }));
    list(scope, controller.signal)
      .all()
      .then(
        (items) => set({ items, loading: false, error: undefined }),
        (error: unknown) => set({ items: undefined, loading: false, error }),
      );
    return () => controller.abort();
  }, [scope, list, generation]);
  const reload = useCallback(() => setGeneration((n) => n + 1), []);
  // The first render for a new scope precedes the effect, and must not have the items of another one.
  const state = scope && stored?.scope === scope ? stored.state : { items: undefined, loading: scope !== undefined, error: undefined };
  return { ...state, reload };
}
