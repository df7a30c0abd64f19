// TypeScript unions of a policy's codes, for the default policy's types and for `rolecall types`.

interface Coded {
  readonly code: string;
}

const union = (items: readonly Coded[], indent: string) =>
  items.length === 0 ? " never" : items.map(({ code }) => `\n${indent}| ${JSON.stringify(code)}`).join("");

/** The source text of both unions, after the `:` or `=` that they follow; `never` where the policy has none. */
export function unions(policy: { readonly permissions: readonly Coded[]; readonly roles: readonly Coded[] }, indent = "  ") {
  return { permission: union(policy.permissions, indent), role: union(policy.roles, indent) };
}
