// POST /v1/email-verifications

import assert from "node:assert/strict";
import { test } from "node:test";
import { COOKIE, DEVICE, tokenOf } from "./support/people.ts";
import { expectInvalid, expectProblem, expectStatus } from "./support/problems.ts";
import { expectAccount, expectUser } from "./support/shapes.ts";
import { openWorld, passwordFor } from "./support/world.ts";

const world = await openWorld();

async function pending(email: string): Promise<string> {
  expectStatus(await world.visitor().post("/v1/signup", { email, password: passwordFor(email) }), 202);
  return tokenOf(await world.mailedLink(email, "/verify-email"));
}

test("redeeming the link makes the user and their personal account, and signs them in", async () => {
  const visitor = world.visitor();
  const { body, cookies } = expectStatus(await visitor.post("/v1/email-verifications", { token: await pending("ann@example.com") }), 201);
  expectUser(body.user);
  expectAccount(body.account);
  assert.equal(body.user.email, "ann@example.com");
  assert.equal(body.user.email_verified, true);
  assert.equal(body.account.kind, "personal");
  assert.equal(body.account.owner, body.user.id);
  assert.equal(body.account.role, "admin");
  assert.deepEqual(
    cookies.map((cookie) => cookie.split("=")[0]),
    [COOKIE, DEVICE],
  );
  const me = expectStatus(await visitor.get("/v1/me"), 200).body;
  assert.equal(me.active_account, body.account.id);
  assert.deepEqual(me.memberships, [{ account: body.account, role: "admin" }]);
});

test("a link works once", async () => {
  const token = await pending("once@example.com");
  expectStatus(await world.visitor().post("/v1/email-verifications", { token }), 201);
  const again = world.visitor();
  expectProblem(await again.post("/v1/email-verifications", { token }), "verification-over");
  assert.equal(again.cookie, null, "a used link signs nobody in");
});

test("a password that somebody else signed up with counts only for who does not tell browsers apart", async () => {
  const email = "planted@example.com";
  const token = await pending(email);
  const redeem = (more: object) => world.visitor().post("/v1/email-verifications", { token, ...more });
  const elsewhere = { browser_key: "the-key-of-another-browser" };
  expectProblem(await redeem(elsewhere), "verification-elsewhere");
  expectInvalid(await redeem({ ...elsewhere, password: "short" }), { "/password": "password-too-short" });
  expectInvalid(await redeem({ browser_key: "short" }), { "/browser_key": "out-of-range" });
  const own = "my very own lantern sentence";
  expectInvalid(await redeem({ ...elsewhere, password: own, name: "x".repeat(101) }), { "/name": "too-long" });
  const { user, account } = expectStatus(await redeem({ ...elsewhere, password: own, name: " Mia Moore " }), 201).body;
  assert.deepEqual([user.name, account.name], ["Mia Moore", "Mia Moore"], "the user and the personal account");
  expectProblem(await world.visitor().signIn(email, passwordFor(email)), "credentials-invalid");
  expectStatus(await world.visitor().signIn(email, own), 201);
});

test("the browser that signed up confirms with one click", async () => {
  const [email, browser_key] = ["same@example.com", "the-key-of-this-very-browser"];
  expectStatus(await world.visitor().post("/v1/signup", { email, password: passwordFor(email), browser_key }), 202);
  const token = tokenOf(await world.mailedLink(email, "/verify-email"));
  expectStatus(await world.visitor().post("/v1/email-verifications", { token, browser_key }), 201);
  expectStatus(await world.visitor().signIn(email, passwordFor(email)), 201);
});

test("looking at the link by GET is no way to use it", async () => {
  const token = await pending("scanned@example.com");
  expectProblem(await world.visitor().get("/v1/email-verifications", { unchecked: true }), "method-not-allowed");
  expectProblem(await world.visitor().get(`/v1/email-verifications/${token}`, { unchecked: true }), "not-found");
  expectStatus(await world.visitor().post("/v1/email-verifications", { token }), 201);
});

test("a forged or damaged token is 404, whatever was changed in it", async () => {
  const token = await pending("forged@example.com");
  const other = tokenOf(await (async () => (await pending("other@example.com"), world.mailedLink("other@example.com", "/verify-email")))());
  const damaged = [...token].map((char, index) => token.slice(0, index) + (char === "A" ? "B" : "A") + token.slice(index + 1));
  const step = Math.max(1, Math.floor(damaged.length / 24));
  const forged = [
    ...damaged.filter((_, index) => index % step === 0),
    `${token}A`,
    token.slice(0, -1),
    "",
    "x",
    token.slice(0, token.length / 2) + other.slice(other.length / 2),
    "../../etc/passwd",
    "a".repeat(5000),
  ];
  for (const candidate of forged.filter((text) => text !== token)) {
    const answer = await world.visitor().post("/v1/email-verifications", { token: candidate });
    // The last character of a base64 text can hold bits that say nothing; such a twin must not count as another token.
    expectProblem(answer, "verification-not-found");
  }
  expectStatus(await world.visitor().post("/v1/email-verifications", { token }), 201);
});

test("tokens of other kinds of links do not verify an email", async () => {
  const ann = await world.signUp("kinds@example.com");
  const team = await ann.convert("Kinds");
  const { link } = await ann.invite(team, "invited@example.com", "dev");
  expectProblem(await world.visitor().post("/v1/email-verifications", { token: tokenOf(link) }), "verification-not-found");
  expectStatus(await world.visitor().post("/v1/password-resets", { email: ann.email }), 202);
  const reset = tokenOf(await world.mailedLink(ann.email, "/reset-password"));
  expectProblem(await world.visitor().post("/v1/email-verifications", { token: reset }), "verification-not-found");
});

test("an old link is over", async () => {
  const token = await pending("late@example.com");
  await world.sql("UPDATE signup SET created_at = created_at - 90000000 WHERE email = 'late@example.com'");
  expectProblem(await world.visitor().post("/v1/email-verifications", { token }), "verification-over");
  assert.equal(await world.count("user WHERE email = 'late@example.com'"), 0);
});

test("redeeming ends with a fresh session even where another one was signed in", async () => {
  const ann = await world.signUp("first@example.com");
  const before = ann.cookie;
  const { body } = expectStatus(await ann.post("/v1/email-verifications", { token: await pending("second@example.com") }), 201);
  assert.notEqual(ann.cookie, before);
  assert.equal((await ann.me()).user.id, body.user.id);
});

test("the creation is the first event of the account's audit log", async () => {
  const ann = await world.signUp("logged@example.com");
  const events = await ann.auditLog(ann.home);
  assert.equal(events.length, 1);
  assert.deepEqual(events[0].resource, { type: "account", id: ann.home });
  assert.equal(events[0].actor.id, ann.id);
});

test("a token is required and nothing else is taken", async () => {
  expectInvalid(await world.visitor().post("/v1/email-verifications", {}), { "/token": "required" });
  expectInvalid(await world.visitor().post("/v1/email-verifications", { token: "x", user: "usr_1" }), { "/user": "unknown" });
});
