// The state of a client as plain data: it can be compared, logged, and passed from a server to a page as JSON.
import type { Explanation, PermissionCode } from "../core.js";
import { UnknownCodeError } from "../engine/errors.js";

/** The signed-in user. Name and email are there once a response had them, as those of `start` and of a sign-in do. */
export interface SnapshotUser {
  readonly id: string;
  readonly name?: string | undefined;
  readonly email?: string | undefined;
}

/** A signed-in user with their rights in the account in use. It has no token. */
export interface SignedInSnapshot {
  readonly status: "signed-in";
  readonly user: SnapshotUser;
  /** Id of the account in use. */
  readonly account: string;
  /** Code of the user's role in it. */
  readonly role: string;
  /** Version of the account. */
  readonly version: number;
  /** Codes of the permissions held, in the policy's order. */
  readonly permissions: readonly PermissionCode[];
  /** By the code of each permission: the codes of all roles that grant it, built-in ones first. */
  readonly grantedBy: Readonly<Record<string, readonly string[]>>;
}

/** Nobody is signed in. */
export interface SignedOutSnapshot {
  readonly status: "signed-out";
}

/** Who is signed in is not known yet. */
export interface LoadingSnapshot {
  readonly status: "loading";
}

/** Who is signed in could not be read; `error` says why. `start` tries again. */
export interface FailedSnapshot {
  readonly status: "failed";
  readonly error: unknown;
}

/** The state of a client, discriminated by `status`. The same object until something in it changes. */
export type Snapshot = SignedInSnapshot | SignedOutSnapshot | LoadingSnapshot | FailedSnapshot;

/** The first state of a client. */
export const LOADING: LoadingSnapshot = Object.freeze({ status: "loading" });
/** The state while the user may have changed. */
export const LOADING_AGAIN: LoadingSnapshot = Object.freeze({ status: "loading" });

/** The state to render: that of the client, or until it has one of its own `initial`. Never that of an earlier user. */
export const stateOf = (client: { snapshot(): Snapshot }, initial: Snapshot): Snapshot => {
  const snapshot = client.snapshot();
  return snapshot === LOADING ? initial : snapshot;
};

export const SIGNED_OUT: SignedOutSnapshot = Object.freeze({ status: "signed-out" });

const held = new WeakMap<SignedInSnapshot, ReadonlySet<string>>();

/** Whether a snapshot's user holds the permission. @throws UnknownCodeError for a code that the policy does not define */
export function holds(snapshot: SignedInSnapshot, permission: string): boolean {
  if (!Object.hasOwn(snapshot.grantedBy, permission)) throw new UnknownCodeError("permission", permission);
  let codes = held.get(snapshot);
  if (!codes) held.set(snapshot, (codes = new Set(snapshot.permissions)));
  return codes.has(permission);
}

/** Whether a snapshot's user holds the permission, and which roles grant it. @throws UnknownCodeError like {@link holds} */
export function explain(snapshot: SignedInSnapshot, permission: PermissionCode): Explanation<PermissionCode> {
  return { allowed: holds(snapshot, permission), permission, role: snapshot.role, grantedBy: snapshot.grantedBy[permission] ?? [] };
}

const reported = new Set<string>();

/** Whether the code runs in development: bundlers replace the variable; without one, only Node has it. */
function isDevelopment(): boolean {
  try {
    return process.env.NODE_ENV !== "production";
  } catch {
    return false;
  }
}

/**
 * Runs a check. An undefined code is a mistake in the page: it throws in development; in production it is reported once as an
 * uncaught error and results in `denied`, so that the page is still rendered.
 */
export function checked<T>(check: () => T, denied: (code: string) => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof UnknownCodeError) || isDevelopment()) throw error;
    if (!reported.has(error.value)) reportUncaught(error);
    reported.add(error.value);
    return denied(error.value);
  }
}

/** The explanation of a permission that no role grants. */
export const ungranted = (permission: PermissionCode, role: string): Explanation<PermissionCode> => ({ allowed: false, permission, role, grantedBy: [] });

/** The explanation of a permission; of an undefined code in production one that denies. */
export const explanationOf = (snapshot: SignedInSnapshot, permission: PermissionCode): Explanation<PermissionCode> =>
  checked(
    () => explain(snapshot, permission),
    () => ungranted(permission, snapshot.role),
  );

/** Whether the user holds every one of the permissions; false while nobody is signed in. An undefined code is not held in production. */
export const holdsAll = (snapshot: Snapshot, permissions: PermissionCode | readonly PermissionCode[]): boolean =>
  snapshot.status === "signed-in" &&
  // Every code is checked, so that an undefined one is found wherever it stands.
  [permissions]
    .flat()
    .map((code) =>
      checked(
        () => holds(snapshot, code),
        () => false,
      ),
    )
    .every(Boolean);

/** Why something is not shown: the state, and for a signed-in user the explanation of the permission that is missing. */
export type Denial = { readonly status: "signed-in"; readonly missing: Explanation<PermissionCode> } | Exclude<Snapshot, SignedInSnapshot>;

/** Why a user may not: undefined where they hold every one of the permissions or, with `any`, at least one of them. */
export function denialOf(snapshot: Snapshot, permissions: readonly PermissionCode[], any: boolean): Denial | undefined {
  if (snapshot.status !== "signed-in") return snapshot;
  const explanations = permissions.map((permission) => explanationOf(snapshot, permission));
  const missing = explanations.filter(({ allowed }) => !allowed);
  if (any ? missing.length < explanations.length : missing.length === 0) return undefined;
  // No permission of an empty list is held.
  return { status: "signed-in", missing: missing[0] ?? ungranted("" as PermissionCode, snapshot.role) };
}

/** Reports an error as an uncaught one, as an event target does with an error of a listener. */
export function reportUncaught(error: unknown): void {
  if (typeof reportError === "function") reportError(error);
  else
    queueMicrotask(() => {
      throw error;
    });
}

declare const process: { env: Record<string, string | undefined> };
