// The comparison of two policies, of which `rolecall policy diff` tells.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type PolicyContent, diffPolicies, isDifferent, warningsOf } from "../../cli/src/policy-diff.ts";
import { renderDiff } from "../../cli/src/policy-render.ts";

type Permission = PolicyContent["permissions"][number];
type Route = PolicyContent["routes"][number];

const permission = (code: string, more: Partial<Permission> = {}): Permission => ({
  code,
  title: code,
  description: "",
  resource: "doc",
  actions: [],
  ...more,
});
const role = (code: string, ...permissions: string[]) => ({ code, title: code, permissions });
const route = (method: string, path: string, permission = "docs.read", freshness: Route["freshness"] = "token"): Route => ({
  method,
  path,
  permission,
  freshness,
});
const policy = (more: Partial<PolicyContent> = {}): PolicyContent => ({
  permissions: [permission("docs.read"), permission("docs.write", { actions: ["update", "delete"] })],
  roles: [role("reader", "docs.read"), role("writer", "docs.read", "docs.write")],
  routes: [route("GET", "/api/docs/{id}"), route("PUT", "/api/docs/{id}", "docs.write")],
  ...more,
});
const NOTHING = { added: [], removed: [], changed: [] };

test("diff: a policy does not differ from itself, nor from one in another order", () => {
  const reordered = policy({
    permissions: [permission("docs.write", { actions: ["delete", "update"] }), permission("docs.read")],
    roles: [role("writer", "docs.write", "docs.read"), role("reader", "docs.read")],
    routes: policy().routes.toReversed(),
  });
  for (const next of [policy(), reordered]) {
    const changes = diffPolicies(policy(), next);
    assert.deepEqual(changes, { permissions: NOTHING, roles: NOTHING, routes: NOTHING, titles: 0 });
    assert.equal(isDifferent(changes), false);
    assert.deepEqual(warningsOf(changes), []);
  }
});

test("diff: permissions that are added, removed, or concern something else", () => {
  const next = policy({
    permissions: [permission("docs.read", { resource: "page" }), permission("docs.share"), permission("docs.write", { actions: ["update"] })],
  });
  const { permissions } = diffPolicies(policy(), next);
  assert.deepEqual(permissions, {
    added: ["docs.share"],
    removed: [],
    changed: [
      { code: "docs.read", resource: { from: "doc", to: "page" } },
      { code: "docs.write", actions: { from: ["update", "delete"], to: ["update"] } },
    ],
  });
  assert.deepEqual(diffPolicies(next, policy()).permissions.removed, ["docs.share"]);
});

test("diff: what the holders of each role gain and lose", () => {
  const next = policy({ roles: [role("reader", "docs.write"), role("auditor", "docs.read")] });
  assert.deepEqual(diffPolicies(policy(), next).roles, {
    added: [{ code: "auditor", permissions: ["docs.read"] }],
    removed: [{ code: "writer", permissions: ["docs.read", "docs.write"] }],
    changed: [{ code: "reader", gains: ["docs.write"], loses: ["docs.read"] }],
  });
});

test("diff: a permission that is removed is lost by the roles that granted it", () => {
  const next = policy({ permissions: [permission("docs.read")], roles: [role("reader", "docs.read"), role("writer", "docs.read")] });
  const changes = diffPolicies(policy(), next);
  assert.deepEqual(changes.permissions.removed, ["docs.write"]);
  assert.deepEqual(changes.roles.changed, [{ code: "writer", gains: [], loses: ["docs.write"] }]);
});

test("diff: a route is the requests that match it", () => {
  const next = policy({
    routes: [
      route("GET", "/api/docs/{doc}"),
      route("PUT", "/api/docs/{id}", "docs.read", "live"),
      route("GET", "/api/docs"),
      route("DELETE", "/api/docs/{id}"),
    ],
  });
  const { routes } = diffPolicies(policy(), next);
  assert.deepEqual(routes, {
    added: [route("GET", "/api/docs"), route("DELETE", "/api/docs/{id}")],
    removed: [],
    changed: [
      { method: "GET", path: { from: "/api/docs/{id}", to: "/api/docs/{doc}" } },
      {
        method: "PUT",
        path: { from: "/api/docs/{id}", to: "/api/docs/{id}" },
        permission: { from: "docs.write", to: "docs.read" },
        freshness: { from: "token", to: "live" },
      },
    ],
  });
  assert.deepEqual(diffPolicies(next, policy()).routes.removed, [route("GET", "/api/docs"), route("DELETE", "/api/docs/{id}")]);
});

test("diff: other titles and descriptions are counted, and are a difference", () => {
  const next = policy({
    permissions: [
      permission("docs.read", { title: "Read", description: "Reads." }),
      permission("docs.write", { description: "x", actions: ["update", "delete"] }),
    ],
    roles: [{ ...role("reader", "docs.read"), title: "Reader" }, role("writer", "docs.read", "docs.write")],
  });
  const changes = diffPolicies(policy(), next);
  assert.deepEqual(changes, { permissions: NOTHING, roles: NOTHING, routes: NOTHING, titles: 3 });
  assert.equal(isDifferent(changes), true);
});

test("diff: a role or a permission that may be in use is warned of when it is removed", () => {
  const next = policy({ permissions: [permission("docs.read")], roles: [role("reader", "docs.read")] });
  const [first, second, ...more] = warningsOf(diffPolicies(policy(), next));
  assert.match(first!, /^The role writer is removed: members who have it/);
  assert.match(second!, /^The permission docs\.write is removed: custom roles and API keys that name it/);
  assert.deepEqual(more, []);
});

test("diff: as text", () => {
  const next = policy({
    permissions: [permission("docs.read", { title: "Read" }), permission("docs.share")],
    roles: [role("reader", "docs.read", "docs.share"), role("auditor")],
    routes: [route("GET", "/api/docs/{id}", "docs.share"), route("POST", "/api/docs", "docs.share", "live")],
  });
  assert.equal(
    renderDiff(diffPolicies(policy(), next)),
    `Permissions
  + docs.share
  - docs.write

Roles
  + auditor: none
  - writer: docs.read, docs.write
  ~ reader
      + docs.share

Routes
  + POST /api/docs  docs.share, live
  - PUT /api/docs/{id}  docs.write, token
  ~ GET /api/docs/{id}  docs.read → docs.share

Titles and descriptions
  ~ 1 change`,
  );
});
