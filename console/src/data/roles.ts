// The roles of the active account, and their titles.
import { useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import { policyQuery, rolesQuery } from "./queries";
import { useActive } from "./session";

export function useRoles() {
  const { account } = useActive();
  return useQuery(rolesQuery(account.id));
}

/** A role's title by its code; the built-in ones are known from the policy before the account's roles have loaded. */
export function useRoleTitle(): (code: string) => string {
  const roles = useRoles();
  const policy = useQuery(policyQuery);
  return useCallback(
    (code) => roles.data?.find((role) => role.code === code)?.title ?? policy.data?.roles.find((role) => role.code === code)?.title ?? code,
    [roles.data, policy.data],
  );
}
