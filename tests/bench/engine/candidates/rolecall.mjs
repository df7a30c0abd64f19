// Ours, as it is packed.
import { loadEngine } from "rolecall/core";

export const name = "rolecall/core";

export default async function make(policy) {
  const engine = await loadEngine();
  const read = engine.policy(policy);
  const rights = Object.fromEntries(policy.roles.map(({ code }) => [code, read.rights({ role: code })]));
  return {
    can: (role, permission) => rights[role].can(permission),
    explain: (role, permission) => rights[role].explain(permission).grantedBy.length,
    /** Somebody's rights of whom nothing was asked yet. */
    fresh: (role) => read.rights({ role }),
    list: (fresh) => fresh.list().length,
    parse: (text) => engine.policy(text).permissions.length,
  };
}
