// How every change is made: it is sent, and whatever it may have touched is read again, here and in the other windows
// of this browser. After a refusal too: what the page showed was then out of date.
import { useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { type Api, api, refreshRights } from "./client";
import { accountKey, meQuery } from "./queries";
import { announce } from "./windows";

interface Act {
  <T>(work: (client: Api) => Promise<T>, also?: { me?: boolean }): Promise<T>;
  /** Shows a change before the server has answered; gives back how to undo it. */
  optimistic: <T>(what: string, change: (now: T) => T) => () => void;
}

export function useAct(account: string): Act {
  const queries = useQueryClient();
  return useMemo(() => {
    const act = async <T>(work: (client: Api) => Promise<T>, also: { me?: boolean } = {}): Promise<T> => {
      const client = await api();
      try {
        return await work(client);
      } finally {
        // One's own membership first: what may be read afterwards depends on it.
        const me = queries.invalidateQueries({ queryKey: meQuery.queryKey });
        if (also.me) await me;
        void refreshRights();
        void queries.invalidateQueries({ queryKey: accountKey(account) });
        announce();
      }
    };
    act.optimistic = <T>(what: string, change: (now: T) => T) => {
      const queryKey = [...accountKey(account), what];
      void queries.cancelQueries({ queryKey });
      const before = queries.getQueryData<T>(queryKey);
      if (before !== undefined) queries.setQueryData<T>(queryKey, change(before));
      return () => {
        if (before !== undefined) queries.setQueryData<T>(queryKey, before);
      };
    };
    return act;
  }, [queries, account]);
}
