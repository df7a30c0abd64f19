// Roles of the active account.
import { useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import { policyQuery, rolesQuery } from "./queries";
import { useSession } from "./session";

export function useRoles() {
  const { account } = useSession();
  return useQuery(rolesQuery(account.id));
}

/** Returns a function from role code to title; built-in roles resolve before the account's roles have loaded. */
export function useRoleTitle(): (code: string) => string {
  const roles = useRoles();
  const policy = useQuery(policyQuery);
  return useCallback(
    (code) => roles.data?.find((role) => role.code === code)?.title ?? policy.data?.roles.find((role) => role.code === code)?.title ?? code,
    [roles.data, policy.data],
  );
}
