// A floor: what a page with no library would write.
export const name = "plain object";

export default async function make(policy) {
  const granted = {};
  for (const { code, permissions } of policy.roles) granted[code] = Object.fromEntries(permissions.map((permission) => [permission, true]));
  return { can: (role, permission) => granted[role][permission] === true };
}
