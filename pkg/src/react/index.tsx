"use client";
// `rolecall/react`: the client's rights as hooks. A component renders again only when an answer that it read has changed.
import { type ReactNode, createContext, createElement, useCallback, useContext, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import type { Client, Snapshot } from "../client/index.js";
import type { Explanation, PermissionCode } from "../core.js";
import type { InvitationResponse, MemberResponse } from "../generated/api.js";
import { type Owner, type Resource, useListing } from "./listing.js";

const Context = createContext<Client | undefined>(undefined);

/** Gives a client to everything below. On a server that has none yet, nothing is allowed. */
export function RolecallProvider({ client, children }: { client: Client | undefined; children?: ReactNode }) {
  return createElement(Context.Provider, { value: client }, children);
}

/** The client. Throws outside of a provider that has one. */
export function useRolecall(): Client {
  const client = useContext(Context);
  if (!client) throw new Error("useRolecall needs a <RolecallProvider client={…}> above it.");
  return client;
}

const never = () => () => {};

/** Reads something of the rights; renders again only when what is read differs. */
function useRights<T>(read: (client: Client, rights: Snapshot) => T, otherwise: T): T {
  const client = useContext(Context);
  const subscribe = useCallback((listener: () => void) => (client ? client.on("rights-changed", listener) : never()), [client]);
  const now = () => {
    const rights = client?.rights();
    return client && rights ? read(client, rights) : otherwise;
  };
  return useSyncExternalStore(subscribe, now, () => otherwise);
}

/** Whether the permission, or every one of a list, is held. False while the rights are not known. */
export function useCan(permission: PermissionCode | readonly PermissionCode[]): boolean {
  return useRights((_, { rights }) => (typeof permission === "string" ? rights.can(permission) : rights.canAll(permission)), false);
}

/** Why or why not, and which roles would allow; undefined while the rights are not known. */
export function useExplain(permission: PermissionCode): Explanation<PermissionCode> | undefined {
  const rights = useRights((_, snapshot) => snapshot.rights, undefined);
  return useMemo(() => rights?.explain(permission), [rights, permission]);
}

export interface CanProps {
  /** What must be held: one, or all of a list. */
  permission: PermissionCode | readonly PermissionCode[];
  /** Shown otherwise. */
  fallback?: ReactNode;
  /** Shown when allowed; a function is always called, with the answer. */
  children?: ReactNode | ((allowed: boolean) => ReactNode);
}

/** Shows its children to who holds the permission. */
export function Can({ permission, fallback = null, children }: CanProps): ReactNode {
  const allowed = useCan(permission);
  if (typeof children === "function") return children(allowed);
  return allowed ? children : fallback;
}

/** The account in use, and how to change it. */
export function useAccount(): { account: string | undefined; role: string | undefined; use: (account: string) => Promise<void> } {
  const client = useContext(Context);
  const account = useRights((_, snapshot) => snapshot.account as string | undefined, undefined);
  const role = useRights((_, snapshot) => snapshot.role as string | undefined, undefined);
  const use = useCallback(async (id: string) => client?.accounts.use(id), [client]);
  return useMemo(() => ({ account, role, use }), [account, role, use]);
}

/**
 * Acts in an account from when the component is there, and again after somebody has signed in. `error` says why it does
 * not: the refusal, or how the rights ended. An unmount gives up a switch that is still under way; an account in use stays.
 */
export function useActing(account: string | undefined): { ready: boolean; error: unknown } {
  const client = useRolecall();
  const subscribe = useCallback((listener: () => void) => client.on("rights-changed", listener), [client]);
  const absence = useSyncExternalStore(subscribe, client.absence, nothing);
  const current = useRights((_, snapshot) => snapshot.account as string | undefined, undefined);
  const [outcome, setOutcome] = useState<{ client: Client; account: string; error?: unknown }>();
  // How the rights ended last: each end is another object.
  const [end, setEnd] = useState(absence);
  if (absence && absence !== end) setEnd(absence);
  const ended = end?.code === "session-ended";
  useEffect(() => {
    if (!account || ended) return;
    const stop = new AbortController();
    const set = (error?: unknown) => stop.signal.aborted || setOutcome({ client, account, error });
    client.accounts.use(account, { signal: stop.signal }).then(() => set(), set);
    return () => {
      stop.abort();
      setOutcome(undefined);
    };
  }, [client, account, end, ended]);
  const ready = account !== undefined && current === account;
  const own = outcome?.client === client && outcome.account === account ? outcome : undefined;
  return { ready, error: ready || account === undefined ? undefined : (own?.error ?? (own || absence?.code === "session-ended" ? absence : undefined)) };
}

/** Whose list it is: as long as that is the same, so may be what is shown. */
function useOwner(): Owner | undefined {
  const client = useRolecall();
  const account = useRights((_, snapshot) => snapshot.account as string | undefined, undefined);
  const user = useRights((_, snapshot) => snapshot.user as string | undefined, undefined);
  return useMemo(() => (account === undefined ? undefined : { client, account, user }), [client, account, user]);
}

/** The members of the account in use. */
export function useMembers(): Resource<MemberResponse> {
  return useListing(useOwner(), members);
}

/** The pending invitations of the account in use. */
export function useInvitations(): Resource<InvitationResponse> {
  return useListing(useOwner(), invitations);
}

const nothing = () => undefined;
const members = ({ client, account }: Owner, signal: AbortSignal) => client.members.list(account, { limit: 200, signal });
const invitations = ({ client, account }: Owner, signal: AbortSignal) => client.invitations.list(account, { state: "pending", limit: 200, signal });

export type { Resource };
