// What somebody else changed about the membership of the account in use, found by comparing two answers about oneself.
import type { Account, Me } from "./types.ts";

export type Changed =
  /** Removed from the team, or the account is gone; `now` is the account in use from here on, if any. */
  | { what: "gone"; team: string; now: string | undefined }
  /** The team was turned back into a personal account. */
  | { what: "personal"; team: string }
  | { what: "role"; team: string; role: string };

/** The account that is shown and acted in. */
export function accountInUse(me: Me): Account | undefined {
  return (me.memberships.find(({ account }) => account.id === me.active_account) ?? me.memberships[0])?.account;
}

/** What changed about the account that was in use; undefined where nothing did that a person must be told. */
export function changeOf(before: Me, now: Me): Changed | undefined {
  const was = accountInUse(before);
  if (!was || was.kind !== "team" || before.user.id !== now.user.id) return undefined;
  const is = now.memberships.find(({ account }) => account.id === was.id)?.account;
  if (!is) return { what: "gone", team: was.name, now: accountInUse(now)?.name };
  if (is.kind === "personal") return { what: "personal", team: was.name };
  return is.role === was.role ? undefined : { what: "role", team: is.name, role: is.role };
}
