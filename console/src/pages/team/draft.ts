// Ticks of the matrix that are not saved yet. They are kept above the sections of the team page, so that a look at the
// members costs none of them, and by account, so that acting in another one for a while does not either.
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { rolesQuery } from "../../data/queries";
import type { Role } from "../../data/types";

/** The permissions that each changed role would have after saving, by role code. */
export type Draft = Record<string, string[]>;
type Drafts = Record<string, Draft>;

export interface Drafting {
  drafts: Drafts;
  set: (account: string, draft: Draft) => void;
  /** How many ticks of all accounts would be lost now. */
  unsaved: () => number;
}

export function useDrafts(): Drafting {
  const queries = useQueryClient();
  const [drafts, setDrafts] = useState<Drafts>({});
  const set = useCallback((account: string, draft: Draft) => setDrafts((now) => ({ ...now, [account]: draft })), []);
  const unsaved = useCallback(
    () => Object.entries(drafts).reduce((sum, [account, draft]) => sum + changesIn(draft, queries.getQueryData(rolesQuery(account).queryKey) ?? []), 0),
    [drafts, queries],
  );
  return { drafts, set, unsaved };
}

/** How many ticks differ from what is stored. */
export function changesIn(draft: Draft, roles: Role[]): number {
  return roles.reduce((sum, role) => {
    const wanted = draft[role.code] ?? role.permissions;
    const added = wanted.filter((one) => !role.permissions.includes(one)).length;
    const removed = role.permissions.filter((one) => !wanted.includes(one)).length;
    return sum + added + removed;
  }, 0);
}
