// The signed-in user and the active account; signing in and out; switching accounts.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { createContext, type ReactNode, useContext, useEffect, useEffectEvent, useMemo, useRef } from "react";
import { toast, toastProblem } from "../components/toast";
import { messages } from "../messages";
import { api, useAccountRights } from "./client";
import { accountInUse, type MembershipChange, changeOf } from "./membership";
import { SessionCookieMissing } from "./problems";
import { meQuery, POLL_INTERVAL_MS, policyQuery, rolesQuery } from "./queries";
import type { Account, Me, Membership, User } from "./types";
import { broadcastChange } from "./cross-tab";

interface Session {
  user: User;
  /** The active account. */
  account: Account;
  memberships: Membership[];
  isOwner: boolean;
}

/** True from "Sign out" until the next sign-in, so that no expired session is reported. */
let signingOut = false;

const SessionContext = createContext<Session | undefined>(undefined);

/** Returns the session of pages that need one. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("useSession needs a <SessionProvider> above it");
  return session;
}

/** Accounts whose membership this page is changing itself, and reports itself. */
const locallyChangedAccounts = new Set<string>();

/** Runs a change of the user's own membership or the account's kind without the notice for changes by others. */
export async function withoutMembershipNotice<T>(account: string, run: () => Promise<T>): Promise<T> {
  locallyChangedAccounts.add(account);
  try {
    return await run();
  } catch (error) {
    locallyChangedAccounts.delete(account);
    throw error;
  }
}

function sessionFrom(me: Me): Session | undefined {
  const account = accountInUse(me);
  if (!account) return undefined;
  return { user: me.user, account, memberships: me.memberships, isOwner: account.owner === me.user.id };
}

/** Provides the session; redirects to the sign-in page when it ends. */
export function SessionProvider({ fallback, children }: { fallback: ReactNode; children: ReactNode }) {
  const me = useQuery({ ...meQuery, refetchInterval: POLL_INTERVAL_MS });
  const queries = useQueryClient();
  const navigate = useNavigate();
  const session = useMemo(() => (me.data ? sessionFrom(me.data) : undefined), [me.data]);
  const ready = useAccountRights(session?.account.id, session?.account.version, () => void queries.invalidateQueries({ queryKey: meQuery.queryKey }));
  const signedOut = me.data === null;
  useEffect(() => {
    if (signedOut && !signingOut) void navigate({ to: "/sign-in", search: { ended: true, next: location.pathname + location.search }, replace: true });
  }, [signedOut, navigate]);
  const titleOf = (account: string | undefined, code: string) =>
    (account ? queries.getQueryData(rolesQuery(account).queryKey) : undefined)?.find((role) => role.code === code)?.title ??
    queries.getQueryData(policyQuery.queryKey)?.roles.find((role) => role.code === code)?.title ??
    code;
  const notify = useEffectEvent((change: MembershipChange, account: string | undefined) => {
    const t = messages.membership;
    if (change.what === "gone") toast(t.removed(change.team, change.now), "info");
    else if (change.what === "personal") toast(t.teamDeleted(change.team), "info");
    else toast(t.roleChanged(change.team, titleOf(account, change.role)), "info");
  });
  const lastMe = useRef<Me>(undefined);
  useEffect(() => {
    const before = lastMe.current;
    lastMe.current = me.data ?? undefined;
    if (!before || !me.data) return;
    const account = accountInUse(before)?.id;
    const change = changeOf(before, me.data);
    if (change && !(account !== undefined && locallyChangedAccounts.delete(account))) notify(change, account);
  }, [me.data]);
  if (!session || !ready) return fallback;
  return <SessionContext value={session}>{children}</SessionContext>;
}

/** Returns what to run after signing in, joining or verifying an email: drops cached data and loads the new user. */
export function useAfterSignIn(): () => Promise<void> {
  const queries = useQueryClient();
  return async () => {
    signingOut = false;
    queries.removeQueries({ predicate: (query) => query.queryKey[0] !== "policy" && query.queryKey[0] !== "invitation" && query.queryKey[0] !== "me" });
    // The server created a session, so a missing one means that the browser dropped the cookie.
    if ((await queries.fetchQuery({ ...meQuery, staleTime: 0 })) === null) throw new SessionCookieMissing();
    broadcastChange();
  };
}

/** Returns what to run after the session has ended: drops cached data. */
export function useAfterSignOut(): () => void {
  const queries = useQueryClient();
  return () => {
    queries.setQueryData(meQuery.queryKey, null);
    queries.removeQueries({ predicate: (query) => query.queryKey[0] !== "policy" && query.queryKey[0] !== "invitation" && query.queryKey[0] !== "me" });
    broadcastChange();
  };
}

/** Signs out. `stayOnPage` keeps the page, which then renders for a signed-out visitor. */
export function useSignOut(): (options?: { stayOnPage?: boolean }) => Promise<void> {
  const afterSignOut = useAfterSignOut();
  const navigate = useNavigate();
  return async ({ stayOnPage = false } = {}) => {
    try {
      const client = await api();
      await client.signOut();
    } catch (error) {
      toastProblem(error);
      return;
    }
    signingOut = true;
    afterSignOut();
    if (!stayOnPage) await navigate({ to: "/sign-in", replace: true });
  };
}

/** Switches the active account with an optimistic update. */
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
      toast(messages.accountSwitcher.switched(name));
      broadcastChange();
    } catch (error) {
      queries.setQueryData(meQuery.queryKey, before);
      toastProblem(error);
      void queries.invalidateQueries({ queryKey: meQuery.queryKey });
    }
  };
}
