// `rolecall/react`: the client's rights as hooks. A component renders again only when an answer that it read has changed.
import { type ReactNode, createContext, createElement, useCallback, useContext, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import type { Client, Snapshot } from "../client/index.js";
import type { Explanation, PermissionCode } from "../core.js";
import type { InvitationResponse, MemberResponse } from "../generated/api.js";
import { type Resource, useListing } from "./listing.js";

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

/** Acts in an account while the component is there; tells when its rights are known. */
export function useActing(account: string | undefined): { ready: boolean; error: unknown } {
  const client = useRolecall();
  const [error, setError] = useState<unknown>(undefined);
  const current = useRights((_, snapshot) => snapshot.account as string | undefined, undefined);
  useEffect(() => {
    const stop = new AbortController();
    setError(undefined);
    if (account) client.accounts.use(account, { signal: stop.signal }).catch((cause: unknown) => stop.signal.aborted || setError(cause));
    return () => stop.abort();
  }, [client, account]);
  return { ready: account !== undefined && current === account, error };
}

/** The members of the account in use. */
export function useMembers(): Resource<MemberResponse> {
  const client = useRolecall();
  const { account } = useAccount();
  return useListing(account, useCallback((id: string, signal: AbortSignal) => client.members.list(id, { limit: 200, signal }), [client]));
}

/** The pending invitations of the account in use. */
export function useInvitations(): Resource<InvitationResponse> {
  const client = useRolecall();
  const { account } = useAccount();
  return useListing(account, useCallback((id: string, signal: AbortSignal) => client.invitations.list(id, { state: "pending", limit: 200, signal }), [client]));
}

export type { Resource };
