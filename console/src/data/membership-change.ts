// Detects changes that somebody else made to the membership of the active account, by comparing two `GET /v1/me` responses.
import type { Account, Me } from "./types.ts";

export type MembershipChange =
  /** Removed from the team, or the account is gone; `now` is the name of the next active account, if any. */
  | { what: "gone"; team: string; now: string | undefined }
  /** The team was converted back to a personal account. */
  | { what: "personal"; team: string }
  | { what: "role"; team: string; role: string };

/** Returns the active account, or the first one if the active account is not among the memberships. */
export function accountInUse(me: Me): Account | undefined {
  return (me.memberships.find(({ account }) => account.id === me.active_account) ?? me.memberships[0])?.account;
}

/** Returns the change to report to the user, if any. */
export function changeOf(before: Me, now: Me): MembershipChange | undefined {
  const was = accountInUse(before);
  if (was?.kind !== "team" || before.user.id !== now.user.id) return undefined;
  const is = now.memberships.find(({ account }) => account.id === was.id)?.account;
  if (!is) return { what: "gone", team: was.name, now: accountInUse(now)?.name };
  if (is.kind === "personal") return { what: "personal", team: was.name };
  return is.role === was.role ? undefined : { what: "role", team: is.name, role: is.role };
}
