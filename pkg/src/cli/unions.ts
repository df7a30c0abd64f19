// A policy's codes as TypeScript unions: used for the default policy's types and by `rolecall types`.

interface Coded {
  readonly code: string;
}

const union = (items: readonly Coded[], indent: string) => (items.length === 0 ? " never" : items.map(({ code }) => `\n${indent}| ${JSON.stringify(code)}`).join(""));

export function unions(policy: { readonly permissions: readonly Coded[]; readonly roles: readonly Coded[] }, indent = "  ") {
  return { permission: union(policy.permissions, indent), role: union(policy.roles, indent) };
}
