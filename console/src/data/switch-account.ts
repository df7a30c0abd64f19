import { useQueryClient } from "@tanstack/react-query";
import { useRolecall } from "rolecall/react";
import { toast, toastProblem } from "../components/toast";
import { messages } from "../messages";
import { broadcastChange } from "./cross-tab";
import { meQuery } from "./queries";
import type { Me } from "./types";

/** Switches the active account with an optimistic update. */
export function useSwitchAccount(): (account: string) => Promise<void> {
  const rolecall = useRolecall();
  const queries = useQueryClient();
  return async (id) => {
    const before = queries.getQueryData<Me | null>(meQuery.queryKey);
    if (!before || before.active_account === id) return;
    await queries.cancelQueries({ queryKey: meQuery.queryKey });
    queries.setQueryData<Me | null>(meQuery.queryKey, { ...before, active_account: id } as Me);
    try {
      queries.setQueryData(meQuery.queryKey, await rolecall.me.update({ active_account: id }));
      const name = before.memberships.find(({ account }) => account.id === id)?.account.name ?? id;
      toast(messages.accountSwitcher.switched(name));
      broadcastChange();
    } catch (error) {
      queries.setQueryData(meQuery.queryKey, before);
      toastProblem(error);
      void queries.invalidateQueries({ queryKey: meQuery.queryKey });
    }
  };
}
