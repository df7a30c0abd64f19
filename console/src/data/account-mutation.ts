// Mutations of an account. After each one, successful or not, the account's queries are invalidated in this tab and, by a
// broadcast, in the others. A change that asks who the user is waits for that.
import { useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Client } from "rolecall";
import { useRolecall } from "rolecall/react";
import { accountKey, meQuery } from "./queries";
import { broadcastChange } from "./cross-tab";
import { withStepUp } from "./step-up";

interface AccountMutation {
  <T>(run: (rolecall: Client) => Promise<T>, options?: { awaitMe?: boolean }): Promise<T>;
  /** Applies an optimistic update; returns a function that rolls it back. */
  optimistic: <T>(resource: string, update: (current: T) => T) => () => void;
}

export function useAccountMutation(account: string): AccountMutation {
  const rolecall = useRolecall();
  const queries = useQueryClient();
  return useMemo(() => {
    const mutate = async <T>(run: (rolecall: Client) => Promise<T>, { awaitMe = false }: { awaitMe?: boolean } = {}): Promise<T> => {
      try {
        return await withStepUp(() => run(rolecall));
      } finally {
        // Memberships come first: what the caller may read next depends on them.
        const me = queries.invalidateQueries({ queryKey: meQuery.queryKey });
        if (awaitMe) await me;
        if (rolecall.snapshot().status === "signed-in") void rolecall.refresh().catch(() => undefined);
        void queries.invalidateQueries({ queryKey: accountKey(account) });
        broadcastChange();
      }
    };
    mutate.optimistic = <T>(resource: string, update: (current: T) => T) => {
      const queryKey = [...accountKey(account), resource];
      void queries.cancelQueries({ queryKey });
      const previous = queries.getQueryData<T>(queryKey);
      if (previous !== undefined) queries.setQueryData<T>(queryKey, update(previous));
      return () => {
        if (previous !== undefined) queries.setQueryData<T>(queryKey, previous);
      };
    };
    return mutate;
  }, [rolecall, queries, account]);
}
