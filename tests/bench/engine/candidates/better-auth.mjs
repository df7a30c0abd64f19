// better-auth's access control, as its organization plugin uses it on both sides.
import { createAccessControl } from "better-auth/plugins/access";

export const name = "better-auth access";

function statements(codes) {
  const by = {};
  for (const code of codes) {
    const [resource, action] = code.split(".");
    (by[resource] ??= []).push(action);
  }
  return by;
}

export default async function make(policy) {
  const codes = policy.permissions.map(({ code }) => code);
  const control = createAccessControl(statements(codes));
  const roles = Object.fromEntries(policy.roles.map(({ code, permissions }) => [code, control.newRole(statements(permissions))]));
  const asked = Object.fromEntries(codes.map((code) => [code, statements([code])]));
  const can = (role, permission) => roles[role].authorize(asked[permission]).success;
  return { can };
}
