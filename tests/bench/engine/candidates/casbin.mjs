// A matcher without patterns, the cheapest form; checks that wait for nothing.
import { StringAdapter, newEnforcer, newModelFromString } from "casbin";

export const name = "casbin";

const MODEL = `[request_definition]
r = sub, obj
[policy_definition]
p = sub, obj
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.sub == p.sub && r.obj == p.obj`;

export default async function make(policy) {
  const lines = policy.roles.flatMap(({ code, permissions }) => permissions.map((permission) => `p, ${code}, ${permission}`));
  const enforcer = await newEnforcer(newModelFromString(MODEL), new StringAdapter(lines.join("\n")));
  const can = (role, permission) => enforcer.enforceSync(role, permission);
  return { can };
}
