// Unsaved edits of the role matrix. They are stored above the tabs of the team page and per account, so that switching tabs
// or accounts does not lose them.
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { rolesQuery } from "../../data/queries";
import type { Role } from "../../data/types";

/** The edited permissions of each changed role, by role code. */
export type RoleEdits = Record<string, string[]>;
type RoleEditsByAccount = Record<string, RoleEdits>;

export interface RoleEditsStore {
  editsByAccount: RoleEditsByAccount;
  set: (account: string, edits: RoleEdits) => void;
  /** The number of unsaved edits in all accounts. */
  countUnsaved: () => number;
}

export function useRoleEdits(): RoleEditsStore {
  const queries = useQueryClient();
  const [editsByAccount, setEditsByAccount] = useState<RoleEditsByAccount>({});
  const set = useCallback((account: string, edits: RoleEdits) => setEditsByAccount((now) => ({ ...now, [account]: edits })), []);
  const countUnsaved = useCallback(
    () =>
      Object.entries(editsByAccount).reduce(
        (sum, [account, edits]) => sum + countRoleEdits(edits, queries.getQueryData(rolesQuery(account).queryKey) ?? []),
        0,
      ),
    [editsByAccount, queries],
  );
  return { editsByAccount, set, countUnsaved };
}

/** Counts the permissions that differ from the stored ones. */
export function countRoleEdits(edits: RoleEdits, roles: Role[]): number {
  return roles.reduce((sum, role) => {
    const edited = edits[role.code] ?? role.permissions;
    const added = edited.filter((code) => !role.permissions.includes(code)).length;
    const removed = role.permissions.filter((code) => !edited.includes(code)).length;
    return sum + added + removed;
  }, 0);
}
