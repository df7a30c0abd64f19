// What the signed-in person may do in the active account, from the compiled rules in this browser.
import { useQuery } from "@tanstack/react-query";
import { text } from "../text";
import { useLocalRights } from "./client";
import { policyQuery } from "./queries";
import { useRoleTitle } from "./roles";
import { useActive } from "./session";

export interface Rights {
  can: (permission: string) => boolean;
  explain: (permission: string) => { allowed: boolean; grantedBy: string[] };
}

export function useRights(): Rights {
  return useLocalRights();
}

/** Why a control is off, in words; undefined when the person may use it. */
export function useDenial(permission: string): string | undefined {
  const { explain } = useRights();
  const { account } = useActive();
  const roleTitle = useRoleTitle();
  const policy = useQuery(policyQuery);
  const { allowed, grantedBy } = explain(permission);
  if (allowed) return undefined;
  const title = policy.data?.permissions.find((one) => one.code === permission)?.title ?? permission;
  const roles = grantedBy.map(roleTitle);
  return text.permissions.denial(roleTitle(account.role), title, roles.length > 0 ? new Intl.ListFormat(undefined, { type: "disjunction" }).format(roles) : undefined);
}
