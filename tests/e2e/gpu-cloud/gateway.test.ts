// From a person's session, token or key through Rolecall's gateway to the example upstream's database, nothing in between replaced

import assert from "node:assert/strict";
import { test } from "node:test";
import { AUDIENCE, BODIES, COLLECTIONS, ROUTES, configuration, migrations } from "../support/gpu-cloud-upstream.ts";
import type { Person } from "../support/people.ts";
import { expectProblem, expectStatus } from "../support/problems.ts";
import { ORIGIN } from "../support/worker.ts";
import { openWorld } from "../support/world.ts";

const world = await openWorld({
  vars: { UPSTREAM_AUDIENCE: AUDIENCE },
  beside: [configuration(ORIGIN, { type: "worker", worker: "rolecall" })],
  bindings: { UPSTREAM: { type: "worker", worker: "gpu-cloud" } },
});
const upstream = await world.running.databaseOf("gpu-cloud");
for (const sql of migrations()) await upstream.prepare(sql).run();

const owner = await world.signUp("owner@example.com");
const team = await owner.convert("Acme");
const dev = await world.hire(owner, team, "dev@example.com", "dev");
const basic = await world.hire(owner, team, "basic@example.com", "basic");
const billing = await world.hire(owner, team, "billing@example.com", "billing");
const stranger = await world.signUp("stranger@example.com");

const POD = { name: "trainer", gpu: "h100-80gb" };
const inTeam = { headers: { "rolecall-account": team } };
const as = (authorization: string) => ({ headers: { authorization: `Bearer ${authorization}` } });
const token = async (who: Person) => (await who.post(`/v1/accounts/${team}/tokens`)).body.token as string;
const names = async (who: Person) => expectStatus(await who.get("/api/pods", inTeam), 200).body.items.map((pod: any) => pod.name);

test("a Pod is created with a session, with a permission token and with an API key, all in the same account", async () => {
  expectStatus(await dev.post("/api/pods", { ...POD, name: "by session" }, inTeam), 201);
  const visitor = world.visitor();
  expectStatus(await visitor.post("/api/pods", { ...POD, name: "by token" }, as(await token(dev))), 201);
  const { secret } = expectStatus(await owner.post(`/v1/accounts/${team}/api-keys`, { name: "ci", permissions: ["pods.manage"] }), 201).body;
  expectStatus(await visitor.post("/api/pods", { ...POD, name: "by key" }, as(secret)), 201);
  assert.deepEqual(await names(owner), ["by key", "by token", "by session"]);
  const rows = (await upstream.prepare("SELECT DISTINCT account FROM machine").all()).results;
  assert.deepEqual(rows, [{ account: team }]);
  // The key has one permission, which its creator's many do not widen.
  const refused = expectProblem(await visitor.get("/api/billing", as(secret)), "permission-missing");
  assert.equal(refused.denial.permission, "billing.view");
});

test("on every route, each role gets what the policy's table gives it: the upstream's answer, or 403 with the permission that is missing", async () => {
  const { roles } = (await owner.get("/v1/policy")).body;
  const people: Record<string, Person> = { basic, billing, dev, admin: await world.hire(owner, team, "admin@example.com", "admin") };
  const counts = { allowed: 0, denied: 0 };
  for (const { code, permissions } of roles) {
    for (const { method, path, permission } of ROUTES) {
      // What the route is about is there, and nobody's call takes it from the next one.
      const collection = COLLECTIONS.find((candidate) => path.startsWith(`${candidate}/{id}`));
      const id = collection && expectStatus(await owner.post(collection, BODIES[`POST ${collection}`], inTeam), 201).body.id;
      const answer = await people[code]!.ask(method, path.replace("{id}", id), { json: BODIES[`${method} ${path}`], ...inTeam });
      if (permissions.includes(permission)) {
        assert.ok(answer.status < 300, `${code} ${method} ${path} answered ${answer.status}: ${answer.text}`);
        counts.allowed += 1;
      } else {
        assert.equal(expectProblem(answer, "permission-missing").denial.permission, permission, `${code} ${method} ${path}`);
        counts.denied += 1;
      }
      if (collection) await owner.delete(`${collection}/${id}`, inTeam);
    }
  }
  assert.deepEqual(counts, { allowed: 52, denied: 44 });
});

test("the upstream's own refusals come through as it said them", async () => {
  const missing = expectStatus(await dev.get("/api/pods/pod_00000000000070008000000000000000", inTeam), 404);
  assert.equal(missing.body.code, "pod-not-found");
  const invalid = expectStatus(await dev.post("/api/pods", { name: "" }, inTeam), 422);
  assert.deepEqual(
    invalid.body.errors.map((error: any) => [error.pointer, error.code]),
    [
      ["/name", "too-short"],
      ["/gpu", "required"],
    ],
  );
  assert.equal(missing.headers["content-type"], "application/problem+json");
});

test("nobody without a right in the account gets as far as the upstream", async () => {
  const before = await names(owner);
  assert.equal((await world.visitor().get("/api/pods")).status, 401);
  assert.equal((await world.visitor().post("/api/pods", POD)).status, 401);
  assert.equal((await stranger.post("/api/pods", POD, inTeam)).status, 404);
  assert.equal((await stranger.get("/api/pods", inTeam)).status, 404);
  assert.deepEqual(expectStatus(await stranger.get("/api/pods"), 200).body.items, [], "in an account of one's own one sees one's own");
  assert.deepEqual(await names(owner), before);
});

test("an identity that a client brings along is not what the upstream sees", async () => {
  const forged = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from(JSON.stringify({ account: stranger.home })).toString("base64url")}.`;
  const before = await names(owner);
  const answer = await dev.get("/api/pods", { headers: { ...inTeam.headers, "rolecall-identity": forged } });
  assert.deepEqual(
    expectStatus(answer, 200).body.items.map((pod: any) => pod.name),
    before,
  );
  assert.equal((await world.visitor().get("/api/pods", { headers: { "rolecall-identity": forged } })).status, 401);
});
