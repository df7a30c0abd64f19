// An ability for each role, made once. A permission is the action on its resource; CASL's words for "any" are moved out of the way.
import { createMongoAbility } from "@casl/ability";

export const name = "@casl/ability";

export default async function make(policy) {
  const split = Object.fromEntries(policy.permissions.map(({ code }) => [code, code.split(".")]));
  const options = { anyAction: "*", anySubjectType: "*" };
  const ability = Object.fromEntries(
    policy.roles.map(({ code, permissions }) => [
      code,
      createMongoAbility(
        permissions.map((permission) => ({ action: split[permission][1], subject: split[permission][0] })),
        options,
      ),
    ]),
  );
  const can = (role, permission) => {
    const [subject, action] = split[permission];
    return ability[role].can(action, subject);
  };
  return { can };
}
