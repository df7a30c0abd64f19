// Permissions of the signed-in user in the active account, evaluated locally. For a single permission, use `useCan` of
// `rolecall/react`.
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useExplain, useSession as useRights } from "rolecall/react";
import { messages } from "../messages";
import { policyQuery } from "./queries";
import { useRoleTitle } from "./roles";
import { useSession } from "./session";

// The console works with any policy, so permission codes are not known when it is compiled.
declare module "rolecall/core" {
  interface Register {
    permission: string;
  }
}

/** Returns a function that checks permissions, for lists of codes from the policy. */
export function useCheckPermission(): (permission: string) => boolean {
  const rights = useRights();
  return useMemo(() => {
    const held = new Set<string>(rights.status === "signed-in" ? rights.permissions : []);
    return (permission) => held.has(permission);
  }, [rights]);
}

/** Returns why a control is disabled for lack of a permission; undefined if it is granted. */
export function useDenialReason(permission: string): string | undefined {
  const explanation = useExplain(permission);
  const { account } = useSession();
  const roleTitle = useRoleTitle();
  const policy = useQuery(policyQuery);
  if (explanation?.allowed) return undefined;
  const title = policy.data?.permissions.find(({ code }) => code === permission)?.title ?? permission;
  const roles = explanation?.grantedBy.map(roleTitle) ?? [];
  return messages.permissions.denied(
    roleTitle(account.role),
    title,
    roles.length > 0 ? new Intl.ListFormat(undefined, { type: "disjunction" }).format(roles) : undefined,
  );
}
