// `rolecall/vue`: the client's state as composables. They are called in `setup`, like all composables.
import { type ComputedRef, type MaybeRefOrGetter, type ShallowRef, computed, toValue } from "vue";
import type { Client, Snapshot, SwitchOptions } from "../client/index.js";
import { explanationOf, holdsAll } from "../client/snapshot.js";
import type { Explanation, PermissionCode } from "../core.js";
import { injectProvided } from "./state.js";

export { Can } from "./can.js";
export type { Denial } from "../client/snapshot.js";
export { createRolecall } from "./state.js";
export type { RolecallOptions } from "./state.js";

/** The provided client. Throws a `RolecallClientError` (`provider-missing`) without the plugin, as every composable does. */
export const useRolecall = (): Client => injectProvided().client;

/** Who is signed in, with their rights in the account in use: `status` says whether that is known. */
export const useSession = (): Readonly<ShallowRef<Snapshot>> => injectProvided().snapshot;

/**
 * Whether the user holds the permission, or every one of a list. False while nobody is signed in, and while that is not known:
 * see `useSession` for the difference. An undefined code throws in development, and is reported and not held in production.
 */
export function useCan(permission: MaybeRefOrGetter<PermissionCode | readonly PermissionCode[]>): ComputedRef<boolean> {
  const session = useSession();
  return computed(() => holdsAll(session.value, toValue(permission)));
}

/** Whether the user holds the permission, and which roles grant it. Undefined while nobody is signed in. */
export function useExplain(permission: MaybeRefOrGetter<PermissionCode>): ComputedRef<Explanation<PermissionCode> | undefined> {
  const session = useSession();
  return computed(() => (session.value.status === "signed-in" ? explanationOf(session.value, toValue(permission)) : undefined));
}

/** The account in use, as {@link useAccount} returns it. */
export interface AccountState {
  readonly status: ComputedRef<Snapshot["status"]>;
  /** Id of the account; undefined while nobody is signed in. */
  readonly account: ComputedRef<string | undefined>;
  /** Code of the user's role in it. */
  readonly role: ComputedRef<string | undefined>;
  /** The client's `switchAccount`, with its errors. */
  readonly switchAccount: (account: string, options?: SwitchOptions) => Promise<void>;
}

/** The account in use, the user's role in it, and a function to switch. */
export function useAccount(): AccountState {
  const { client, snapshot } = injectProvided();
  const signedIn = computed(() => (snapshot.value.status === "signed-in" ? snapshot.value : undefined));
  return {
    status: computed(() => snapshot.value.status),
    account: computed(() => signedIn.value?.account),
    role: computed(() => signedIn.value?.role),
    switchAccount: client.switchAccount,
  };
}

export type { Snapshot };
