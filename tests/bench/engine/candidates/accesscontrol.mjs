// A permission is a resource that the role may read.
import { AccessControl } from "accesscontrol";

export const name = "accesscontrol";

export default async function make(policy) {
  const control = new AccessControl();
  const codes = policy.permissions.map(({ code }) => code);
  const resource = Object.fromEntries(codes.map((code) => [code, code.replace(".", "_")]));
  for (const { code, permissions } of policy.roles) for (const permission of permissions) control.grant(code).readAny(resource[permission]);
  const can = (role, permission) => control.can(role).readAny(resource[permission]).granted;
  return { can };
}
