"use client";
// `rolecall/react`: the client's state as hooks. A component renders again only when a result that it uses has changed.
import { type ReactNode, createContext, createElement, useContext, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import type { Client, SignedInSnapshot, Snapshot, SwitchOptions } from "../client/index.js";
import { RolecallClientError } from "../client/problem.js";
import { type Denial, LOADING, denialOf, explanationOf, holdsAll, stateOf } from "../client/snapshot.js";
import type { Explanation, PermissionCode } from "../core.js";
import type { InvitationResponse, MemberResponse } from "../generated/api.js";
import { type ListScope, type ListState, useList } from "./use-list.js";

interface Provided {
  readonly client: Client;
  readonly initial: Snapshot;
}

const ProvidedContext = createContext<Provided | undefined>(undefined);

/** Properties of {@link RolecallProvider}. */
export interface RolecallProviderProps {
  /** The page's client. */
  client: Client;
  /** State to render before the client has its own: the one that the server has read, so that the first HTML is right. */
  initial?: Snapshot | undefined;
  /** Whether to call `client.start()` when the provider mounts. True by default; false where the page chooses the account itself. */
  start?: boolean;
  children?: ReactNode;
}

/** Provides a client to the components below, and starts it. */
export function RolecallProvider({ client, initial = LOADING, start = true, children }: RolecallProviderProps) {
  const provided = useMemo(() => ({ client, initial }), [client, initial]);
  useEffect(() => {
    // A failure is the client's state, which the hooks return.
    if (start) client.start().catch(() => {});
  }, [client, start]);
  return createElement(ProvidedContext.Provider, { value: provided }, children);
}

function useProvided(): Provided {
  const provided = useContext(ProvidedContext);
  if (!provided?.client) throw new RolecallClientError("provider-missing");
  return provided;
}

/** The provided client. Throws a `RolecallClientError` (`provider-missing`) without a provider, as every hook does. */
export const useRolecall = (): Client => useProvided().client;

/** Selects a value from the state. Renders again only when the value changes. */
function useSelected<T>(select: (snapshot: Snapshot) => T): T {
  const { client, initial } = useProvided();
  return useSyncExternalStore(
    client.subscribe,
    () => select(stateOf(client, initial)),
    () => select(initial),
  );
}

const signedIn = (snapshot: Snapshot): SignedInSnapshot | undefined => (snapshot.status === "signed-in" ? snapshot : undefined);

/** Who is signed in, with their rights in the account in use: `status` says whether that is known. */
export const useSession = (): Snapshot => useSelected((snapshot) => snapshot);

/**
 * Whether the user holds the permission, or every one of a list. False while nobody is signed in, and while that is not known:
 * see `useSession` for the difference. An undefined code throws in development, and is reported and not held in production.
 */
export function useCan(permission: PermissionCode | readonly PermissionCode[]): boolean {
  return useSelected((snapshot) => holdsAll(snapshot, permission));
}

/** Whether the user holds the permission, and which roles grant it. Undefined while nobody is signed in. */
export function useExplain(permission: PermissionCode): Explanation<PermissionCode> | undefined {
  const snapshot = useSelected(signedIn);
  return useMemo(() => snapshot && explanationOf(snapshot, permission), [snapshot, permission]);
}

/** What {@link Can} requires: one permission, every one of a list, or at least one of a list. */
type Requirement =
  | { permission: PermissionCode; allOf?: never; anyOf?: never }
  | { allOf: readonly PermissionCode[]; permission?: never; anyOf?: never }
  | { anyOf: readonly PermissionCode[]; permission?: never; allOf?: never };

/** Properties of {@link Can}. */
export type CanProps = Requirement & {
  /** Rendered while it is not known who is signed in; nothing by default. */
  loading?: ReactNode;
  /** Rendered when the permission is not held, nobody is signed in or that could not be read; a function is told why. */
  fallback?: ReactNode | ((why: Denial) => ReactNode);
  /** Rendered when the permission is held. */
  children?: ReactNode;
};

/** Renders its children when the user holds what it requires, otherwise the fallback. */
export function Can({ permission, allOf, anyOf, loading = null, fallback = null, children }: CanProps): ReactNode {
  const snapshot = useSession();
  if (snapshot.status === "loading") return loading;
  const why = denialOf(snapshot, permission === undefined ? (allOf ?? anyOf ?? []) : [permission], anyOf !== undefined);
  if (!why) return children;
  return typeof fallback === "function" ? fallback(why) : fallback;
}

/** The account in use, as {@link useAccount} returns it. */
export interface AccountState {
  readonly status: Snapshot["status"];
  /** Id of the account; undefined while nobody is signed in. */
  readonly account: string | undefined;
  /** Code of the user's role in it. */
  readonly role: string | undefined;
  /** The client's `switchAccount`, with its errors. */
  readonly switchAccount: (account: string, options?: SwitchOptions) => Promise<void>;
}

/** The account in use, the user's role in it, and a function to switch. */
export function useAccount(): AccountState {
  const { switchAccount } = useRolecall();
  const status = useSelected((snapshot) => snapshot.status);
  const account = useSelected((snapshot) => signedIn(snapshot)?.account);
  const role = useSelected((snapshot) => signedIn(snapshot)?.role);
  return useMemo(() => ({ status, account, role, switchAccount }), [status, account, role, switchAccount]);
}

/**
 * Switches this tab to an account when the component mounts, and again after a sign-in; for pages whose URL names the account,
 * below a provider with `start={false}`. `ready` is true while it is the account in use; `error` says why it is not: the error
 * of the switch, or of the rights that ended. Unmounting aborts a pending switch, and keeps the account in use.
 */
export function useAccountSession(account: string | undefined): { ready: boolean; error: unknown } {
  const client = useRolecall();
  const rightsError = useSyncExternalStore(client.subscribe, client.rightsError, returnUndefined);
  const current = useSelected((snapshot) => signedIn(snapshot)?.account);
  const [outcome, setOutcome] = useState<{ client: Client; account: string; error?: unknown }>();
  // The reason for which the rights last ended: a new object each time.
  const [lastError, setLastError] = useState(rightsError);
  if (rightsError && rightsError !== lastError) setLastError(rightsError);
  const signedOut = lastError?.code === "session-ended";
  useEffect(() => {
    // Kept while the same account is asked for again: an error stands until there is another answer.
    setOutcome((last) => (!signedOut && last?.client === client && last.account === account ? last : undefined));
    if (!account || signedOut) return;
    const controller = new AbortController();
    const set = (error?: unknown) => controller.signal.aborted || setOutcome({ client, account, error });
    client.switchAccount(account, { signal: controller.signal, tabs: "this" }).then(() => set(), set);
    return () => controller.abort();
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
  const account = useSelected((snapshot) => signedIn(snapshot)?.account);
  const user = useSelected((snapshot) => signedIn(snapshot)?.user.id);
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
const listMembers = ({ client, account }: ListScope, signal: AbortSignal) => client.members.list({ account, limit: 200, signal });
const listInvitations = ({ client, account }: ListScope, signal: AbortSignal) => client.invitations.list({ account, state: "pending", limit: 200, signal });

export type { Denial, ListState, Snapshot };
