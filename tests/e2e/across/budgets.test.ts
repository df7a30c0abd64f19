// What a route asks of the database: as many round trips as it declares, two at most, and a bounded number of statements

import assert from "node:assert/strict";
import { test } from "node:test";
import { operationOf, operations } from "../support/contract.ts";
import type { Answer } from "../support/http.ts";
import { proofOf, tokenOf } from "../support/people.ts";
import { openWorld, passwordFor } from "../support/world.ts";

const world = await openWorld();
const owner = await world.signUp("owner@example.com");
const team = await owner.convert("Acme");
const admin = await world.hire(owner, team, "admin@example.com", "admin");
const base = `/v1/accounts/${team}`;

/** Statements in all batches of a request: generous, but a loop over rows would burst it. */
const STATEMENTS = 40;
const seen = new Set<string>();

function held(answer: Answer): Answer {
  assert.ok(answer.status < 300, `${answer.asked.method} ${answer.asked.path}: ${answer.text}`);
  const operation = operationOf(answer.asked.method, answer.asked.path);
  assert.ok(operation, answer.asked.path);
  seen.add(operation.id);
  const count = (name: string) => Number(answer.headers[name]);
  assert.ok(count("rolecall-d1-round-trips") <= operation.roundTrips, `${operation.id}: ${count("rolecall-d1-round-trips")} round trips, declared ${operation.roundTrips}`);
  assert.ok(count("rolecall-d1-statements") <= STATEMENTS, `${operation.id}: ${count("rolecall-d1-statements")} statements`);
  return answer;
}

test("each route keeps to the round trips that it declares", async () => {
  const visitor = world.visitor();
  held(await visitor.get("/healthz"));
  held(await visitor.post("/v1/signup", { email: "guest@example.com", password: passwordFor("guest@example.com") }));
  held(await visitor.post("/v1/email-verifications", { token: tokenOf(await world.mailedLink("guest@example.com", "/verify-email")) }));
  held(await visitor.get("/v1/me"));
  held(await visitor.patch("/v1/me", { name: "Guest" }));
  held(await visitor.get("/v1/accounts"));
  held(await visitor.get("/v1/sessions"));
  held(await world.visitor().signIn("guest@example.com", passwordFor("guest@example.com")));
  const other = (await visitor.get("/v1/sessions")).body.items.find((session: any) => !session.current);
  held(await visitor.delete(`/v1/sessions/${other.id}`));
  held(await visitor.post("/v1/password-resets", { email: "guest@example.com" }));
  const invitation = held(await owner.post(`${base}/invitations`, { email: "guest@example.com", role: "dev" })).body;
  held(await owner.get(`${base}/invitations`));
  const { link } = held(await owner.post(`${base}/invitations/${invitation.id}/resend`)).body;
  held(await visitor.preview(link));
  const joined = held(await visitor.accept(link)).body;
  const declined = held(await owner.post(`${base}/invitations`, { email: "no@example.com", role: "dev" })).body;
  const proof = proofOf(await world.mailedLink("no@example.com", "/join"));
  held(await world.visitor().decline(declined.link, { json: { proof } }));
  const revoked = held(await owner.post(`${base}/invitations`, { email: "off@example.com", role: "dev" })).body;
  held(await owner.delete(`${base}/invitations/${revoked.id}`));
  held(await owner.get(base));
  held(await owner.patch(base, { name: "Budget" }));
  held(await owner.get(`${base}/members`));
  held(await owner.patch(`${base}/members/${joined.user.id}`, { role: "basic" }));
  held(await owner.get(`${base}/roles`));
  held(await owner.post(`${base}/roles`, { code: "r", title: "R", permissions: ["team.access"] }));
  held(await owner.patch(`${base}/roles/r`, { title: "S" }));
  held(await owner.delete(`${base}/roles/r`));
  held(await owner.post(`${base}/checks`, { permissions: ["pods.manage", "billing.view"], explain: true }));
  held(await owner.post(`${base}/tokens`));
  const key = held(await owner.post(`${base}/api-keys`, { name: "k", permissions: ["team.access"] })).body;
  held(await owner.get(`${base}/api-keys`));
  held(await owner.delete(`${base}/api-keys/${key.id}`));
  held(await owner.get(`${base}/audit-log`));
  held(await owner.delete(`${base}/members/${joined.user.id}?dry_run=true`));
  held(await owner.delete(`${base}/members/${joined.user.id}`));
  held(await owner.post(`${base}/transfer`, { user: admin.id }));
  held(await admin.post(`${base}/transfer`, { user: owner.id }));
  held(await owner.delete(`${base}/team?dry_run=true`));
  held(await owner.delete(`${base}/team`));
  held(await owner.post(`${base}/convert`, {}));
  const reset = tokenOf(await world.mailedLink("guest@example.com", "/reset-password"));
  held(await world.visitor().put("/v1/password-resets", { token: reset, password: "another decent sentence" }));
  held(await owner.delete("/v1/sessions/current"));
  for (const path of ["/v1/policy", "/openapi.json", "/docs"]) held(await world.visitor().get(path, { unchecked: true }));
});

test("no route of people, accounts and invitations was left out", () => {
  const counted = operations.filter((operation) => operation.template.startsWith("/v1/") && !/attribute/i.test(operation.id));
  assert.deepEqual(counted.map((operation) => operation.id).filter((id) => !seen.has(id)), []);
});

test("refusals cost no more than successes", async () => {
  const person = await world.signUp("cheap@example.com");
  const answers = [
    await world.visitor().get("/v1/me"),
    await person.get(`${base}`),
    await person.post(`${base}/invitations`, {}),
    await person.get(`/v1/invitations/${"x".repeat(60)}`),
    await world.visitor().post("/v1/email-verifications", { token: "x" }),
    await person.delete(`/v1/sessions/ses_${"0".repeat(32)}`),
  ];
  for (const answer of answers) {
    assert.ok(answer.status >= 400);
    // Also where it is not told: then the comparison is with no number.
    assert.ok(Number(answer.headers["rolecall-d1-round-trips"]) <= 2, `${answer.asked.path}: ${answer.headers["rolecall-d1-round-trips"]}`);
  }
});
