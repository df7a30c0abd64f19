// Who is signed in and in which account they act; signing in and out; switching the account.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { createContext, type ReactNode, useContext, useEffect, useEffectEvent, useMemo, useRef } from "react";
import { toast, toastProblem } from "../parts/toast";
import { text } from "../text";
import { api, useAccountRights } from "./client";
import { accountInUse, type Changed, changeOf } from "./membership";
import { SessionNotKept } from "./problems";
import { meQuery, OTHERS_MS, policyQuery, rolesQuery } from "./queries";
import type { Account, Me, Membership, User } from "./types";
import { announce } from "./windows";

interface Active {
  user: User;
  /** The account that is shown and acted in. */
  account: Account;
  memberships: Membership[];
  isOwner: boolean;
}

/** True from a press on "Sign out" until the next sign-in: then nobody is told that their session has ended. */
let leaving = false;

const ActiveContext = createContext<Active | undefined>(undefined);

/** For everything behind the sign-in; the router lets nobody else there. */
export function useActive(): Active {
  const active = useContext(ActiveContext);
  if (!active) throw new Error("a part that needs a signed-in person stands outside of the console's frame");
  return active;
}

/** Accounts whose membership is being changed on this page: the page that does it says so itself. */
const changing = new Set<string>();

/** Runs a change of one's own membership of an account, or of the account's kind; it counts as told once it has shown. */
export async function changesMembership<T>(account: string, work: () => Promise<T>): Promise<T> {
  changing.add(account);
  try {
    return await work();
  } catch (error) {
    changing.delete(account);
    throw error;
  }
}

function activeOf(me: Me): Active | undefined {
  const account = accountInUse(me);
  if (!account) return undefined;
  return { user: me.user, account, memberships: me.memberships, isOwner: account.owner === me.user.id };
}

/** Gives the signed-in person to the pages; sends away whoever is signed out in the meantime. */
export function ActiveProvider({ waiting, children }: { waiting: ReactNode; children: ReactNode }) {
  const me = useQuery({ ...meQuery, refetchInterval: OTHERS_MS });
  const queries = useQueryClient();
  const navigate = useNavigate();
  const active = useMemo(() => (me.data ? activeOf(me.data) : undefined), [me.data]);
  const ready = useAccountRights(active?.account.id, active?.account.version, () => void queries.invalidateQueries({ queryKey: meQuery.queryKey }));
  const gone = me.data === null;
  useEffect(() => {
    if (gone && !leaving) void navigate({ to: "/sign-in", search: { ended: true, next: location.pathname + location.search }, replace: true });
  }, [gone, navigate]);
  const titleOf = (account: string | undefined, code: string) =>
    (account ? queries.getQueryData(rolesQuery(account).queryKey) : undefined)?.find((role) => role.code === code)?.title ??
    queries.getQueryData(policyQuery.queryKey)?.roles.find((role) => role.code === code)?.title ??
    code;
  const tell = useEffectEvent((change: Changed, account: string | undefined) => {
    const words = text.membership;
    if (change.what === "gone") toast(words.gone(change.team, change.now), "info");
    else if (change.what === "personal") toast(words.personal(change.team), "info");
    else toast(words.role(change.team, titleOf(account, change.role)), "info");
  });
  const seen = useRef<Me>(undefined);
  useEffect(() => {
    const before = seen.current;
    seen.current = me.data ?? undefined;
    if (!before || !me.data) return;
    const account = accountInUse(before)?.id;
    const change = changeOf(before, me.data);
    if (change && !(account !== undefined && changing.delete(account))) tell(change, account);
  }, [me.data]);
  if (!active || !ready) return waiting;
  return <ActiveContext value={active}>{children}</ActiveContext>;
}

/** After signing in, joining or confirming: nothing that was read before may stay. */
export function useEntered(): () => Promise<void> {
  const queries = useQueryClient();
  return async () => {
    leaving = false;
    queries.removeQueries({ predicate: (query) => query.queryKey[0] !== "policy" && query.queryKey[0] !== "invitation" && query.queryKey[0] !== "me" });
    // The server has signed the person in: whoever is nobody now has a browser that did not keep the cookie.
    if ((await queries.fetchQuery({ ...meQuery, staleTime: 0 })) === null) throw new SessionNotKept();
    announce();
  };
}

/** After the session has ended by other means than signing out here. */
export function useLeft(): () => void {
  const queries = useQueryClient();
  return () => {
    queries.setQueryData(meQuery.queryKey, null);
    queries.removeQueries({ predicate: (query) => query.queryKey[0] !== "policy" && query.queryKey[0] !== "invitation" && query.queryKey[0] !== "me" });
    announce();
  };
}

/** Signs out; `stay` keeps the page, which then shows itself to somebody who is not signed in. */
export function useSignOut(): (options?: { stay?: boolean }) => Promise<void> {
  const left = useLeft();
  const navigate = useNavigate();
  return async ({ stay = false } = {}) => {
    try {
      const client = await api();
      await client.signOut();
    } catch (error) {
      toastProblem(error);
      return;
    }
    leaving = true;
    left();
    if (!stay) await navigate({ to: "/sign-in", replace: true });
  };
}

/** Acts in another account: shown at once, remembered by the server, undone if it refuses. */
export function useSwitchAccount(): (account: string) => Promise<void> {
  const queries = useQueryClient();
  return async (id) => {
    const before = queries.getQueryData<Me | null>(meQuery.queryKey);
    if (!before || before.active_account === id) return;
    await queries.cancelQueries({ queryKey: meQuery.queryKey });
    queries.setQueryData<Me | null>(meQuery.queryKey, { ...before, active_account: id } as Me);
    try {
      const client = await api();
      queries.setQueryData(meQuery.queryKey, await client.updateMe({ active_account: id }));
      const name = before.memberships.find(({ account }) => account.id === id)?.account.name ?? id;
      toast(text.switcher.switched(name));
      announce();
    } catch (error) {
      queries.setQueryData(meQuery.queryKey, before);
      toastProblem(error);
      void queries.invalidateQueries({ queryKey: meQuery.queryKey });
    }
  };
}
