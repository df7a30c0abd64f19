// POST and PUT /v1/password-resets

import assert from "node:assert/strict";
import { test } from "node:test";
import { tokenOf } from "./support/people.ts";
import { expectInvalid, expectProblem, expectStatus } from "./support/problems.ts";
import { ORIGIN } from "./support/worker.ts";
import { openWorld } from "./support/world.ts";

const world = await openWorld();
const PASSWORD = "a new long sentence of mine";

async function resetToken(email: string): Promise<string> {
  expectStatus(await world.visitor().post("/v1/password-resets", { email }), 202);
  return tokenOf(await world.mailedLink(email, "/reset-password"));
}

test("asking answers 202 with the same bytes for known and unknown emails, and mails a link to the known one", async () => {
  const ann = await world.signUp("ann@example.com");
  const known = expectStatus(await world.visitor().post("/v1/password-resets", { email: ann.email }), 202);
  const unknown = expectStatus(await world.visitor().post("/v1/password-resets", { email: "nobody@example.com" }), 202);
  assert.equal(known.text, unknown.text);
  assert.deepEqual(Object.keys(known.headers).sort(), Object.keys(unknown.headers).sort());
  assert.equal(known.headers["rolecall-d1-round-trips"], unknown.headers["rolecall-d1-round-trips"]);
  const link = await world.mailedLink(ann.email, "/reset-password");
  assert.match(link, new RegExp(`^${ORIGIN}/reset-password#token=[A-Za-z0-9._~-]+$`));
});

test("choosing a new password ends every session of the user, and only of that user", async () => {
  const [bob, carl] = await world.signUpAll("bob", "carl");
  const phone = await bob.elsewhere();
  expectStatus(await world.visitor().put("/v1/password-resets", { token: await resetToken(bob.email), password: PASSWORD }), 204);
  assert.equal((await bob.get("/v1/me")).status, 401);
  assert.equal((await phone.get("/v1/me")).status, 401);
  expectStatus(await carl.get("/v1/me"), 200);
  expectProblem(await world.visitor().signIn(bob.email, bob.password), "credentials-invalid");
  expectStatus(await world.visitor().signIn(bob.email, PASSWORD), 201);
});

test("resetting signs nobody in", async () => {
  const dora = await world.signUp("dora@example.com");
  const visitor = world.visitor();
  const answer = expectStatus(await visitor.put("/v1/password-resets", { token: await resetToken(dora.email), password: PASSWORD }), 204);
  assert.equal(visitor.cookie, null);
  assert.equal(answer.text, "");
});

test("a link works once, and a reset voids the other links of that user", async () => {
  const eve = await world.signUp("eve@example.com");
  const first = await resetToken(eve.email);
  const second = await resetToken(eve.email);
  assert.notEqual(first, second);
  expectStatus(await world.visitor().put("/v1/password-resets", { token: second, password: PASSWORD }), 204);
  for (const token of [first, second]) {
    expectProblem(await world.visitor().put("/v1/password-resets", { token, password: "yet another long sentence" }), "reset-over");
  }
  expectStatus(await world.visitor().signIn(eve.email, PASSWORD), 201);
});

test("an old link is over", async () => {
  const finn = await world.signUp("finn@example.com");
  const token = await resetToken(finn.email);
  await world.sql("UPDATE reset SET created_at = created_at - 86400000 WHERE user = ?", finn.id);
  expectProblem(await world.visitor().put("/v1/password-resets", { token, password: PASSWORD }), "reset-over");
  expectStatus(await world.visitor().signIn(finn.email, finn.password), 201);
});

test("a forged token is 404, and so is one of another kind of link", async () => {
  const gus = await world.signUp("gus@example.com");
  const token = await resetToken(gus.email);
  const team = await gus.convert("Gus and friends");
  const { link } = await gus.invite(team, "friend@example.com", "dev");
  expectStatus(await world.visitor().post("/v1/signup", { email: "pending@example.com", password: PASSWORD }), 202);
  const verification = tokenOf(await world.mailedLink("pending@example.com", "/verify-email"));
  const middle = Math.floor(token.length / 2);
  const flipped = token.slice(0, middle) + (token[middle] === "A" ? "B" : "A") + token.slice(middle + 1);
  for (const forged of [flipped, "", "x", tokenOf(link), verification, "a".repeat(4000)]) {
    expectProblem(await world.visitor().put("/v1/password-resets", { token: forged, password: PASSWORD }), "verification-not-found");
  }
  expectStatus(await gus.get("/v1/me"), 200);
});

test("what is no email is named as a faulty field, and mails nothing", async () => {
  const before = await world.count("mail");
  for (const email of ["nobody", "a@b", "@example.com", "a b@example.com"]) {
    expectInvalid(await world.visitor().post("/v1/password-resets", { email }), { "/email": "email-malformed" });
  }
  assert.equal(await world.count("mail"), before);
});

test("asking again and again does not bomb the mailbox", async () => {
  const hal = await world.signUp("hal@example.com");
  const before = (await world.mails(hal.email)).length;
  for (let index = 0; index < 15; index += 1) expectStatus(await world.visitor().post("/v1/password-resets", { email: hal.email }), 202);
  assert.ok((await world.mails(hal.email)).length - before <= 10, "fifteen requests became more than ten mails");
});

test("fields are required and nothing else is taken", async () => {
  expectInvalid(await world.visitor().post("/v1/password-resets", {}), { "/email": "required" });
  expectInvalid(await world.visitor().put("/v1/password-resets", {}), { "/token": "required", "/password": "required" });
  expectInvalid(await world.visitor().put("/v1/password-resets", { token: "x", password: PASSWORD, user: "usr_1" }), { "/user": "unknown" });
});
