// Every route of the policy, for every role, by every way to be somebody; driven from policy/default.json

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Route, askWith, expectForwarded, createApiKey, openGateway, policy, takeUpstreamRequests, tokenFor, trips } from "../support/gateway.ts";
import { expectProblem, expectStatus } from "../support/problems.ts";
import { inTurn } from "../support/world.ts";

const world = await openGateway();
const owner = await world.signUp("owner@example.com");
const team = await owner.convert("Acme");
const people = new Map(
  await inTurn(policy.roles, async ({ code }) => [code, code === "admin" ? owner : await world.hire(owner, team, `${code}@example.com`, code)] as const),
);
const target = (route: Route) => route.path.replaceAll("{id}", "thing-1");
const permissions = policy.permissions.map(({ code }) => code);

assert.ok(policy.routes.length >= 20 && policy.roles.length >= 4, "there is a policy to drive this");

for (const role of policy.roles) {
  const person = people.get(role.code)!;

  test(`by permission token, ${role.code} passes where the role says so: without the database, but for live routes and refusals`, async () => {
    const token = await tokenFor(person, team);
    for (const route of policy.routes) {
      const answer = await askWith(world, token, route.method, target(route));
      if (role.permissions.includes(route.permission)) {
        expectForwarded(answer, { sub: person.id, account: team, role: role.code, permission: route.permission });
        assert.equal(trips(answer), route.freshness === "live" ? 1 : 0, `${route.method} ${route.path}`);
      } else {
        const { denial } = expectProblem(answer, "permission-missing");
        const granting = policy.roles.filter((other) => other.permissions.includes(route.permission)).map(({ code }) => code);
        assert.deepEqual(denial, { permission: route.permission, role: role.code, granted_by: granting });
      }
    }
  });

  test(`by session, ${role.code} passes where the role says so, in one round trip`, async () => {
    for (const route of policy.routes) {
      const answer = await person.ask(route.method, target(route), { headers: { "rolecall-account": team } });
      if (role.permissions.includes(route.permission)) {
        expectForwarded(answer, { sub: person.id, account: team, role: role.code, permission: route.permission });
        assert.equal(trips(answer), 1);
      } else {
        assert.equal(expectProblem(answer, "permission-missing").denial.permission, route.permission);
      }
    }
  });

  test(`an API key with what ${role.code} grants passes there and nowhere else, in one round trip`, async () => {
    const key = await createApiKey(owner, team, role.permissions);
    for (const route of policy.routes) {
      const answer = await askWith(world, key.secret, route.method, target(route));
      if (role.permissions.includes(route.permission)) {
        expectForwarded(answer, { sub: key.id, account: team, role: "api_key", permission: route.permission });
        assert.equal(trips(answer), 1);
      } else {
        assert.equal(expectProblem(answer, "permission-missing").denial.role, "api_key");
      }
    }
  });
}

test("what was refused never reached the upstream", async () => {
  await takeUpstreamRequests(world);
  const basic = people.get("basic")!;
  const denied = policy.routes.filter((route) => !policy.roles.find(({ code }) => code === "basic")!.permissions.includes(route.permission));
  assert.ok(denied.length > 5);
  for (const route of denied) expectStatus(await basic.ask(route.method, target(route), { headers: { "rolecall-account": team } }), 403);
  for (const route of policy.routes) {
    expectProblem(await world.visitor().ask(route.method, target(route)), "session-missing");
    expectProblem(
      await (await world.signUp(`stranger-${policy.routes.indexOf(route)}@example.com`)).ask(route.method, target(route), {
        headers: { "rolecall-account": team },
      }),
      "account-not-found",
    );
    if (policy.routes.indexOf(route) >= 2) break;
  }
  assert.deepEqual(await takeUpstreamRequests(world), []);
});

test("a path of the policy with another method is told which it takes; another path is nothing", async () => {
  const token = await tokenFor(owner, team);
  for (const pattern of new Set(policy.routes.map(({ path }) => path))) {
    const methods = policy.routes.filter(({ path }) => path === pattern).map(({ method }) => method);
    for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "PROPFIND"].filter((method) => !methods.includes(method))) {
      const answer = await askWith(world, token, method, pattern.replaceAll("{id}", "thing-1"));
      expectStatus(answer, 405);
      if (method !== "HEAD") expectProblem(answer, "method-not-allowed");
      assert.deepEqual(answer.headers.allow?.split(", "), [...methods, "OPTIONS"]);
    }
  }
  for (const path of ["/api", "/api/", "/api/unknown", "/api/pods/1/2", "/api/pods/1/start/2", "/API/pods", "/api/Pods"]) {
    for (const method of ["GET", "POST", "OPTIONS"]) expectProblem(await askWith(world, token, method, path), "not-found");
  }
});

test("permissions of the policy that no route asks for open nothing by themselves", async () => {
  const unused = permissions.filter((code) => !policy.routes.some((route) => route.permission === code));
  const key = await createApiKey(owner, team, unused);
  for (const route of policy.routes) expectStatus(await askWith(world, key.secret, route.method, target(route)), 403);
});

test("a denied attempt stands in the audit log with its route and id, each once a minute, and none hides another", async () => {
  const billing = people.get("billing")!;
  const denied = (await owner.auditLog(team, "?action=gateway.request")).filter((event) => event.actor.id === billing.id);
  assert.ok(denied.length > 5, "many were refused above");
  assert.equal(new Set(denied.map((event) => `${event.resource.id} ${event.data.id}`)).size, denied.length);
  for (const event of denied) {
    assert.deepEqual([event.outcome, event.actor.type, event.resource.type, event.data.role], ["denied", "user", "route", "billing"]);
    const route = policy.routes.find(({ method, path }) => `${method} ${path}` === event.resource.id);
    assert.equal(event.data.permission, route?.permission);
    assert.equal("id" in event.data, event.resource.id.includes("{id}"));
  }
  const byKey = (await owner.auditLog(team, "?action=gateway.request")).filter((event) => event.actor.type === "api_key");
  assert.ok(byKey.length >= 3 && byKey.every((event) => event.actor.id.startsWith("key_") && event.actor.name === "machine"));
});
