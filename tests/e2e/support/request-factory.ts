// Requests made from the OpenAPI document: one for every operation, with ids of a tenant filled in and a body that
// would be taken.

import assert from "node:assert/strict";
import { type Operation, document, operations } from "./contract.ts";

export interface Tenant {
  account: string;
  user: string;
  invitation: string;
  token: string;
  role: string;
  key: string;
  session: string;
  passkey: string;
  /** Id of a way to sign in; by default one that nobody has. */
  method?: string;
}

/** Values of parameters that no tenant has. */
const others: Record<string, string> = { code: "conflict", provider: "unknown", method: `idn_${"0".repeat(32)}` };

/** A path with a tenant's ids in it. */
export function fill(operation: Operation, tenant: Tenant): string {
  return operation.template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = tenant[name as keyof Tenant] ?? others[name];
    assert.ok(value, `the document has a parameter \`${name}\` that this test does not know: teach it`);
    return value;
  });
}

/** Values for fields that an example alone cannot give. */
function special(name: string, tenant: Tenant): unknown {
  const known: Record<string, unknown> = {
    user: tenant.user,
    active_account: tenant.account,
    email: "matrix@example.com",
    password: "a decent long sentence",
    token: tenant.token,
    browser_key: "the key of a browser of a test",
    role: "dev",
    permissions: ["team.access"],
  };
  return known[name];
}

function value(schema: any, name: string, tenant: Tenant): unknown {
  if (special(name, tenant) !== undefined) return special(name, tenant);
  if (schema.$ref) return object(resolved(schema), tenant);
  if (schema.example !== undefined) return schema.example;
  const type = [schema.type].flat()[0];
  return { string: "Matrix", integer: 60, number: 1, boolean: false, array: [], object: {} }[type as string];
}

function resolved(schema: any): any {
  return schema.$ref
    ? schema.$ref
        .slice(2)
        .split("/")
        .reduce((node: any, part: string) => node[part], document)
    : schema;
}

function object(schema: any, tenant: Tenant): Record<string, unknown> {
  const required: string[] = schema.required ?? [];
  return Object.fromEntries(required.map((name) => [name, value(schema.properties[name], name, tenant)]));
}

/** A body with what is required, or none where the route takes none. */
export function bodyFor(operation: Operation, tenant: Tenant): object | undefined {
  const schema = operation.body?.content?.["application/json"]?.schema;
  return schema ? object(resolved(schema), tenant) : undefined;
}

export const writes = operations.filter((operation) => operation.method !== "GET");
export const guarded = operations.filter((operation) => operation.access !== "public");
export const ofAccounts = operations.filter((operation) => operation.template.startsWith("/v1/accounts/{account}"));
