// PUT /v1/password

import assert from "node:assert/strict";
import { test } from "node:test";
import { expectInvalid, expectProblem, expectStatus } from "./support/problems.ts";
import { openWorld } from "./support/world.ts";

const world = await openWorld();
const NEW = "another decent long sentence";

test("a new password counts from then on, ends the other sessions and none of this browser, and tells the person", async () => {
  const ann = await world.signUp("ann@example.com");
  const [phone, bystander] = [await ann.elsewhere(), await world.signUp("by@example.com")];
  const mails = (await world.mails(ann.email)).length;
  const answer = expectStatus(await ann.put("/v1/password", { password: NEW }), 204);
  assert.equal(answer.text, "");
  expectStatus(await ann.get("/v1/me"), 200);
  assert.equal((await phone.get("/v1/me")).status, 401);
  expectStatus(await bystander.get("/v1/me"), 200);
  expectProblem(await world.visitor().signIn(ann.email, ann.password), "credentials-invalid");
  expectStatus(await world.visitor().signIn(ann.email, NEW), 201);
  const after = await world.mails(ann.email);
  assert.equal(after.length, mails + 1);
  assert.match(after[0]!.subject, /password/i);
  assert.ok(!after[0]!.text.includes(NEW));
});

test("the rules of passwords hold, and a refused one changes nothing", async () => {
  const ben = await world.signUp("ben.konstantinopel@example.com");
  expectInvalid(await ben.put("/v1/password", { password: "too short" }), { "/password": "password-too-short" });
  expectInvalid(await ben.put("/v1/password", { password: "konstantinopel99" }), { "/password": "password-context" });
  expectInvalid(await ben.put("/v1/password", {}), { "/password": "required" });
  expectStatus(await world.visitor().signIn(ben.email, ben.password), 201);
});

test("a repeat with the same Idempotency-Key is one change", async () => {
  const carl = await world.signUp("carl@example.com");
  const mails = (await world.mails(carl.email)).length;
  const key = { headers: { "idempotency-key": "new-1" } };
  for (let times = 0; times < 2; times++) expectStatus(await carl.put("/v1/password", { password: NEW }, key), 204);
  assert.equal((await world.mails(carl.email)).length, mails + 1);
});

test("nobody sets a password without a session", async () => {
  expectProblem(await world.visitor().put("/v1/password", { password: NEW }), "session-missing");
});
