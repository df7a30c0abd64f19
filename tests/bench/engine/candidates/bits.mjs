// A floor: a word of bits for each role, and the place of a permission in it from a Map.
export const name = "plain bits over a Map";

export default async function make(policy) {
  const codes = policy.permissions.map(({ code }) => code);
  const places = new Map(codes.map((code, place) => [code, place]));
  const words = Object.fromEntries(
    policy.roles.map(({ code, permissions }) => [code, permissions.reduce((word, permission) => word | (1 << places.get(permission)), 0)]),
  );
  return { can: (role, permission) => ((words[role] >> places.get(permission)) & 1) === 1 };
}
