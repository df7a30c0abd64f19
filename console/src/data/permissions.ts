// Permissions of the signed-in user in the active account, evaluated locally.
import { useQuery } from "@tanstack/react-query";
import { messages } from "../messages";
import { useLocalRights } from "./client";
import { policyQuery } from "./queries";
import { useRoleTitle } from "./roles";
import { useSession } from "./session";

export interface Rights {
  can: (permission: string) => boolean;
  explain: (permission: string) => { allowed: boolean; grantedBy: string[] };
}

export function usePermissions(): Rights {
  return useLocalRights();
}

/** Returns why a control is disabled for lack of a permission; undefined if it is granted. */
export function useDenialReason(permission: string): string | undefined {
  const { explain } = usePermissions();
  const { account } = useSession();
  const roleTitle = useRoleTitle();
  const policy = useQuery(policyQuery);
  const { allowed, grantedBy } = explain(permission);
  if (allowed) return undefined;
  const title = policy.data?.permissions.find((one) => one.code === permission)?.title ?? permission;
  const roles = grantedBy.map(roleTitle);
  return messages.permissions.denied(roleTitle(account.role), title, roles.length > 0 ? new Intl.ListFormat(undefined, { type: "disjunction" }).format(roles) : undefined);
}
