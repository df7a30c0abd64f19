// GET /openapi.json and /docs; and every route of the document asked by nobody, by a stranger, by another tenant, by
// a foreign page

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { document, operations } from "./support/contract.ts";
import { type Tenant, bodyFor, fill, guarded, ofAccounts, writes } from "./support/request-factory.ts";
import { enrol } from "./support/passkeys.ts";
import { type Person, tokenOf } from "./support/people.ts";
import { PROBLEMS, expectProblem, expectStatus } from "./support/problems.ts";
import { SoftwareAuthenticator } from "./support/software-authenticator.ts";
import { eventually, openWorld } from "./support/world.ts";

const world = await openWorld();
let owner: Person;
let stranger: Person;
let tenant: Tenant;
let strangers: Tenant;

async function tenantOf(person: Person, name: string): Promise<Tenant> {
  const account = await person.convert(name);
  const member = await world.hire(person, account, `${name}-member@example.com`, "dev");
  const invitation = await person.invite(account, `${name}-invited@example.com`, "dev");
  await person.makeRole(account, "custom", ["team.access"]);
  const key = expectStatus(await person.post(`/v1/accounts/${account}/api-keys`, { name: "key", permissions: ["team.access"] }), 201).body;
  const [session] = expectStatus(await person.get("/v1/sessions"), 200).body.items;
  const passkey = await enrol(person, new SoftwareAuthenticator());
  const ids = { user: member.id, invitation: invitation.id, key: key.id, session: session.id, passkey: passkey.id };
  return { account, token: tokenOf(invitation.link), role: "custom", ...ids };
}

before(async () => {
  [owner, stranger] = await world.signUpAll("owner", "stranger");
  [tenant, strangers] = [await tenantOf(owner, "acme"), await tenantOf(stranger, "other")];
});

async function everything(account: string): Promise<unknown> {
  // Events are sealed a moment after the answer.
  await eventually(async () => assert.equal(await world.count("audit_event WHERE account = ? AND hash IS NULL", account), 0));
  const tables = [
    "account WHERE id",
    "member WHERE account",
    "invitation WHERE account",
    "role WHERE account",
    "api_key WHERE account",
    "audit_event WHERE account",
    "audit_disclosure WHERE account",
  ];
  return Promise.all(tables.map((table) => world.rows(`SELECT * FROM ${table} = ? ORDER BY 1, 2`, account)));
}

test("the served document is the one in the repository, version 3.1, with the product's routes", async () => {
  const answer = expectStatus(await world.visitor().get("/openapi.json"), 200);
  assert.match(answer.headers["content-type"] ?? "", /json/);
  const { servers: _, ...served } = JSON.parse(answer.text);
  const { servers: __, ...stored } = document;
  assert.deepEqual(served, stored);
  assert.match(served.openapi, /^3\.1\./);
});

test("every route of the contract is in the document", () => {
  const routes = `POST /v1/signup, POST /v1/email-verifications, POST /v1/sessions, GET /v1/sessions, DELETE /v1/sessions/{}, DELETE /v1/sessions/current,
    POST /v1/password-resets, PUT /v1/password-resets, GET /v1/me, PATCH /v1/me, GET /v1/accounts, GET /v1/accounts/{}, PATCH /v1/accounts/{},
    POST /v1/accounts/{}/convert, DELETE /v1/accounts/{}/team, POST /v1/accounts/{}/transfer, GET /v1/accounts/{}/members,
    PATCH /v1/accounts/{}/members/{}, DELETE /v1/accounts/{}/members/{}, POST /v1/accounts/{}/invitations, GET /v1/accounts/{}/invitations,
    POST /v1/accounts/{}/invitations/{}/resend, DELETE /v1/accounts/{}/invitations/{}, GET /v1/invitations/{}, POST /v1/invitations/{}/accept,
    POST /v1/invitations/{}/decline, GET /v1/accounts/{}/roles, POST /v1/accounts/{}/roles, PATCH /v1/accounts/{}/roles/{}, DELETE /v1/accounts/{}/roles/{},
    GET /v1/policy, POST /v1/accounts/{}/checks, POST /v1/accounts/{}/tokens, GET /v1/accounts/{}/audit-log, POST /v1/accounts/{}/api-keys,
    GET /v1/accounts/{}/api-keys, DELETE /v1/accounts/{}/api-keys/{}, GET /healthz, GET /openapi.json, GET /docs`;
  const known = new Set(operations.map((operation) => `${operation.method} ${operation.template.replace(/\{\w+\}/g, "{}")}`));
  for (const route of routes.split(",").map((text) => text.trim())) assert.ok(known.has(route), `${route} is not in the document`);
});

test("every operation declares who may call it and what it costs", () => {
  for (const operation of operations) {
    assert.ok(typeof operation.access === "string" && operation.access !== "", `${operation.id} declares no access`);
    assert.ok([0, 1, 2].includes(operation.roundTrips), `${operation.id} declares ${operation.roundTrips} round trips`);
  }
});

test("nobody gets through a guarded route without a session, whatever identity the body claims", async () => {
  assert.ok(guarded.length > 25);
  const was = await everything(tenant.account);
  for (const operation of guarded) {
    const body = bodyFor(operation, tenant);
    for (const claim of [{}, { user: owner.id }, { userId: owner.id, actor: owner.id, account: tenant.account }]) {
      const answer = await world.visitor().ask(operation.method, fill(operation, tenant), { json: body ? { ...body, ...claim } : undefined });
      expectProblem(answer, "session-missing");
    }
  }
  assert.deepEqual(await everything(tenant.account), was);
});

test("to a stranger no route of an account exists, with a good body or a bad one", async () => {
  assert.ok(ofAccounts.length > 20);
  const was = await everything(tenant.account);
  for (const operation of ofAccounts) {
    for (const json of [bodyFor(operation, tenant), operation.body ? { nonsense: true } : undefined]) {
      const answer = await stranger.ask(operation.method, fill(operation, tenant), { json });
      expectProblem(answer, "account-not-found");
    }
  }
  assert.deepEqual(await everything(tenant.account), was);
});

test("another tenant's ids lead nowhere through one's own account", async () => {
  const was = await everything(tenant.account);
  const crossed = { ...tenant, account: strangers.account };
  for (const operation of ofAccounts.filter((route) => /\{(user|invitation|key)\}/.test(route.template))) {
    const answer = await stranger.ask(operation.method, fill(operation, crossed), { json: bodyFor(operation, tenant) });
    expectStatus(answer, 404);
    assert.match(answer.body.code, /^(member|invitation|api-key)-not-found$/);
  }
  expectProblem(await stranger.delete(`/v1/sessions/${tenant.session}`), "session-not-found");
  assert.deepEqual(await everything(tenant.account), was);
});

test("a member without the permission is told which one is missing, on every route that needs one", async () => {
  const none = await world.signUp("none@example.com");
  await owner.makeRole(tenant.account, "nothing", []);
  const { link } = await owner.invite(tenant.account, none.email, "nothing");
  await none.join(link);
  for (const operation of ofAccounts.filter((route) => /^[a-z]+\.[a-z]+$/.test(route.access))) {
    const answer = await none.ask(operation.method, fill(operation, tenant), { json: bodyFor(operation, tenant) });
    const { denial } = expectProblem(answer, "permission-missing");
    assert.deepEqual([denial.permission, denial.role], [operation.access, "nothing"], operation.id);
    assert.ok(denial.granted_by.includes("admin"));
  }
  for (const operation of ofAccounts.filter((route) => route.access === "owner")) {
    expectProblem(await none.ask(operation.method, fill(operation, tenant), { json: bodyFor(operation, tenant) }), "owner-only");
  }
});

test("no page of another origin writes anything, signing in and out included", async () => {
  const foreign: Record<string, string>[] = [
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: "https://team.example.com.evil.example" },
    { origin: "http://team.example.com" },
    { origin: "https://team.example.com:444" },
    { "sec-fetch-site": "cross-site" },
    { origin: "https://team.example.com", "sec-fetch-site": "cross-site" },
  ];
  const was = await everything(tenant.account);
  for (const operation of writes) {
    for (const headers of foreign) {
      const answer = await owner.ask(operation.method, fill(operation, tenant), { json: bodyFor(operation, tenant), headers });
      expectProblem(answer, "origin-forbidden");
      const named = headers["origin"] === "null" || headers["origin"] === "https://team.example.com" ? undefined : headers["origin"];
      assert.equal(
        answer.body.detail.includes(`The page is of ${named}, and this service of https://team.example.com.`),
        named !== undefined,
        answer.body.detail,
      );
      assert.deepEqual(answer.cookies, [], "no session is begun or ended");
    }
  }
  expectStatus(await owner.get("/v1/me"), 200);
  assert.deepEqual(await everything(tenant.account), was);
});

test("the own origin, an allowed one, and what is no browser may write", async () => {
  const passes: Record<string, string>[] = [
    {},
    { origin: "https://team.example.com", "sec-fetch-site": "same-origin" },
    { origin: "https://team.example.com" },
    { origin: "https://console.example.com" },
    { "sec-fetch-site": "none" },
  ];
  for (const headers of passes) expectStatus(await owner.patch("/v1/me", { name: "Olive" }, { headers }), 200);
});

test("the methods that a path does not take are 405 with those that it takes", async () => {
  const paths = new Map<string, Set<string>>();
  for (const operation of operations) paths.set(operation.template, (paths.get(operation.template) ?? new Set()).add(operation.method));
  for (const [template, methods] of paths) {
    const path = fill(operations.find((operation) => operation.template === template)!, tenant);
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"].filter((known) => !methods.has(known))) {
      const answer = await owner.ask(method, path, { unchecked: true });
      expectProblem(answer, "method-not-allowed");
      for (const known of methods) assert.ok(answer.headers.allow?.split(/,\s*/).includes(known), `${template}: ${answer.headers.allow}`);
    }
  }
});

test("the page that shows the document is a page, without anything from elsewhere", async () => {
  const answer = expectStatus(await world.visitor().get("/docs", { unchecked: true, headers: { accept: "text/html" } }), 200);
  assert.match(answer.headers["content-type"] ?? "", /^text\/html/);
  assert.doesNotMatch(answer.text, /<script[^>]+src="https?:|<link[^>]+href="https?:/);
});

test("the tests know exactly the problem codes of the document", () => {
  const { enum: codes } = document.components.schemas.ProblemDocument.properties.code;
  assert.deepEqual(Object.keys(PROBLEMS).sort(), [...codes].sort());
});

test("every problem code has its page, and the type of a problem leads there", async () => {
  const codes = Object.keys(PROBLEMS);
  for (const code of codes) {
    const answer = await world.visitor().get(`/problems/${code}`, { unchecked: true, headers: { accept: "text/html" } });
    expectStatus(answer, 200);
    assert.ok(answer.text.includes(code));
  }
  const none = await world.visitor().get("/problems/no-such-code", { unchecked: true });
  expectProblem(none, "not-found");
});
