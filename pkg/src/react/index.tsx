"use client";
// `rolecall/react`: the client's rights as hooks. A component renders again only when a result that it uses has changed.
import { type ReactNode, createContext, createElement, useCallback, useContext, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import type { Client, RightsSnapshot } from "../client/index.js";
import type { Explanation, PermissionCode } from "../core.js";
import type { InvitationResponse, MemberResponse } from "../generated/api.js";
import { type ListScope, type ListState, useList } from "./use-list.js";

const ClientContext = createContext<Client | undefined>(undefined);

/** Provides a client to the components below. While it is undefined, as in server rendering, no permission is held. */
export function RolecallProvider({ client, children }: { client: Client | undefined; children?: ReactNode }) {
  return createElement(ClientContext.Provider, { value: client }, children);
}

/** The provided client. Throws without a provider that has one. */
export function useRolecall(): Client {
  const client = useContext(ClientContext);
  if (!client) throw new Error("useRolecall requires a <RolecallProvider client={…}> above the component.");
  return client;
}

const noSubscription = () => () => {};

/** Selects a value from the rights; `fallback` while there are none. Renders again only when the value changes. */
function useRights<T>(select: (snapshot: RightsSnapshot) => T, fallback: T): T {
  const client = useContext(ClientContext);
  const subscribe = useCallback((listener: () => void) => (client ? client.on("rights-changed", listener) : noSubscription()), [client]);
  const getValue = () => {
    const snapshot = client?.rights();
    return snapshot ? select(snapshot) : fallback;
  };
  return useSyncExternalStore(subscribe, getValue, () => fallback);
}

const useAccountId = () => useRights<string | undefined>(({ account }) => account, undefined);

/** Whether the user holds the permission, or every one of a list. False while there are no rights. */
export function useCan(permission: PermissionCode | readonly PermissionCode[]): boolean {
  return useRights(({ rights }) => (typeof permission === "string" ? rights.can(permission) : rights.canAll(permission)), false);
}

/** Whether the user holds the permission, and which roles grant it. Undefined while there are no rights. */
export function useExplain(permission: PermissionCode): Explanation<PermissionCode> | undefined {
  const rights = useRights((snapshot) => snapshot.rights, undefined);
  return useMemo(() => rights?.explain(permission), [rights, permission]);
}

/** Properties of {@link Can}. */
export interface CanProps {
  /** The required permission, or a list of which every one is required. */
  permission: PermissionCode | readonly PermissionCode[];
  /** Rendered when the permission is not held. */
  fallback?: ReactNode;
  /** Rendered when the permission is held; a function is called in either case, with the result of the check. */
  children?: ReactNode | ((allowed: boolean) => ReactNode);
}

/** Renders its children when the user holds the permission, otherwise the fallback. */
export function Can({ permission, fallback = null, children }: CanProps): ReactNode {
  const allowed = useCan(permission);
  if (typeof children === "function") return children(allowed);
  return allowed ? children : fallback;
}

/**
 * The account in use, the user's role in it, and `use` to switch (`client.accounts.use`, with its errors). `account` and
 * `role` are undefined while there are no rights.
 */
export function useAccount(): { account: string | undefined; role: string | undefined; use: (account: string) => Promise<void> } {
  const client = useContext(ClientContext);
  const account = useAccountId();
  const role = useRights<string | undefined>((snapshot) => snapshot.role, undefined);
  const use = useCallback(async (id: string) => client?.accounts.use(id), [client]);
  return useMemo(() => ({ account, role, use }), [account, role, use]);
}

/**
 * Switches to an account when the component mounts, and again after a sign-in. `ready` is true while it is the account in
 * use; `error` says why it is not: the error of the switch, or of the rights that ended. Unmounting aborts a pending
 * switch, and keeps the account in use.
 */
export function useAccountSession(account: string | undefined): { ready: boolean; error: unknown } {
  const client = useRolecall();
  const subscribe = useCallback((listener: () => void) => client.on("rights-changed", listener), [client]);
  const rightsError = useSyncExternalStore(subscribe, client.rightsError, returnUndefined);
  const current = useAccountId();
  const [outcome, setOutcome] = useState<{ client: Client; account: string; error?: unknown }>();
  // The reason for which the rights last ended: a new object each time.
  const [lastError, setLastError] = useState(rightsError);
  if (rightsError && rightsError !== lastError) setLastError(rightsError);
  const signedOut = lastError?.code === "session-ended";
  useEffect(() => {
    if (!account || signedOut) return;
    const controller = new AbortController();
    const set = (error?: unknown) => controller.signal.aborted || setOutcome({ client, account, error });
    client.accounts.use(account, { signal: controller.signal }).then(() => set(), set);
    return () => {
      controller.abort();
      setOutcome(undefined);
    };
  }, [client, account, lastError, signedOut]);
  const ready = account !== undefined && current === account;
  const own = outcome?.client === client && outcome.account === account ? outcome : undefined;
  return {
    ready,
    error: ready || account === undefined ? undefined : (own?.error ?? (own || rightsError?.code === "session-ended" ? rightsError : undefined)),
  };
}

/** What the lists depend on: items of another account or user must not be rendered. */
function useListScope(): ListScope | undefined {
  const client = useRolecall();
  const account = useAccountId();
  const user = useRights<string | undefined>((snapshot) => snapshot.user, undefined);
  return useMemo(() => (account === undefined ? undefined : { client, account, user }), [client, account, user]);
}

/** All members of the account in use, oldest membership first. Requires `team.access`. */
export function useMembers(): ListState<MemberResponse> {
  return useList(useListScope(), listMembers);
}

/** All pending invitations of the account in use, newest first. Requires `members.invite`. */
export function useInvitations(): ListState<InvitationResponse> {
  return useList(useListScope(), listInvitations);
}

const returnUndefined = () => undefined;
const listMembers = ({ client, account }: ListScope, signal: AbortSignal) => client.members.list(account, { limit: 200, signal });
const listInvitations = ({ client, account }: ListScope, signal: AbortSignal) => client.invitations.list(account, { state: "pending", limit: 200, signal });

export type { ListState };
