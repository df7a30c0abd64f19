// The signed-in user and the active account.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { createContext, type ReactNode, useContext, useEffect, useEffectEvent, useMemo, useRef } from "react";
import { useAccountSession, useRolecall } from "rolecall/react";
import { toast } from "../components/toast";
import { messages } from "../messages";
import { isSigningOut } from "./sign-in-and-out";
import { asRolecallError } from "./client";
import { accountInUse, type MembershipChange, changeOf } from "./membership-change";
import { meQuery, POLL_INTERVAL_MS, policyQuery, rolesQuery } from "./queries";
import type { Account, Me, Membership, User } from "./types";

interface Session {
  user: User;
  /** The active account. */
  account: Account;
  memberships: Membership[];
  isOwner: boolean;
}

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
  const rolecall = useRolecall();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const session = useMemo(() => (me.data ? sessionFrom(me.data) : undefined), [me.data]);
  const { ready, error } = useAccountSession(session?.account.id);
  const refetchMe = useEffectEvent(() => void queries.invalidateQueries({ queryKey: meQuery.queryKey }));
  // The server does not let the user act in the account that was active.
  useEffect(() => {
    if (asRolecallError(error)) refetchMe();
  }, [error]);
  const { id, version } = session?.account ?? {};
  // The account or the membership has changed since the permissions were loaded.
  useEffect(() => {
    const snapshot = rolecall.snapshot();
    if (snapshot.status === "signed-in" && snapshot.account === id && snapshot.version !== version)
      rolecall.refresh().catch((error: unknown) => asRolecallError(error) && refetchMe());
  }, [rolecall, id, version]);
  const signedOut = me.data === null;
  useEffect(() => {
    if (signedOut && !isSigningOut()) void navigate({ to: "/sign-in", search: { ended: true, next: location.pathname + location.search }, replace: true });
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
