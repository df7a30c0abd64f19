// POST /v1/signup

import assert from "node:assert/strict";
import { test } from "node:test";
import { tokenOf } from "./support/people.ts";
import { expectInvalid, expectProblem, expectStatus } from "./support/problems.ts";
import { ORIGIN } from "./support/worker.ts";
import { inTurn, openWorld } from "./support/world.ts";

const world = await openWorld();
const PASSWORD = "a long walk by the sea";

test("signing up answers 202 and mails a link to the verification page of the configured origin", async () => {
  const visitor = world.visitor();
  const answer = expectStatus(await visitor.post("/v1/signup", { email: "ann@example.com", password: PASSWORD }), 202);
  assert.deepEqual(answer.body, { status: "verification-sent" });
  assert.deepEqual(answer.cookies, [], "nobody is signed in yet");
  const [mail] = await world.mails("ann@example.com");
  assert.equal(mail.to, "ann@example.com");
  assert.equal(mail.links.length, 1);
  assert.match(mail.links[0], new RegExp(`^${ORIGIN}/verify-email#token=[A-Za-z0-9._~-]+$`));
  assert.ok(mail.text.includes(mail.links[0]), "the mail's text holds the link");
  assert.ok(!JSON.stringify(mail).includes(PASSWORD));
});

test("before the link is redeemed there is no user, no account and no way to sign in", async () => {
  const visitor = world.visitor();
  expectStatus(await visitor.post("/v1/signup", { email: "early@example.com", password: PASSWORD }), 202);
  assert.equal(await world.count("user WHERE email = ?", "early@example.com"), 0);
  expectProblem(await visitor.signIn("early@example.com", PASSWORD), "credentials-invalid");
});

test("the answer for a taken email is the same bytes and the same headers; only the mail differs", async () => {
  const owner = await world.signUp("taken@example.com");
  const fresh = expectStatus(await world.visitor().post("/v1/signup", { email: "free@example.com", password: PASSWORD }), 202);
  const taken = expectStatus(await world.visitor().post("/v1/signup", { email: owner.email, password: PASSWORD }), 202);
  assert.equal(taken.text, fresh.text);
  const names = (answer: typeof taken) => Object.keys(answer.headers).sort();
  assert.deepEqual(names(taken), names(fresh));
  assert.equal(taken.headers["content-length"], fresh.headers["content-length"]);
  assert.equal(taken.headers["rolecall-d1-round-trips"], fresh.headers["rolecall-d1-round-trips"]);
  assert.equal(taken.headers["rolecall-d1-statements"], fresh.headers["rolecall-d1-statements"]);
  const [mail] = await world.mails(owner.email);
  assert.ok(
    mail.links.every((link) => new URL(link).pathname !== "/verify-email"),
    "no link that would make a second user",
  );
  assert.notEqual(mail.subject, (await world.mails("free@example.com"))[0].subject, "the mail says that the email is taken");
});

test("a taken email keeps its password and its sessions", async () => {
  const owner = await world.signUp("kept@example.com");
  expectStatus(await world.visitor().post("/v1/signup", { email: owner.email, password: PASSWORD }), 202);
  expectStatus(await owner.get("/v1/me"), 200);
  expectProblem(await world.visitor().signIn(owner.email, PASSWORD), "credentials-invalid");
  expectStatus(await world.visitor().signIn(owner.email, owner.password), 201);
});

test("of several sign-ups for one email the first redeemed wins, with its own password, and voids the rest", async () => {
  const email = "twice@example.com";
  const visitor = world.visitor();
  const tokens = await inTurn(["the first long password", "the second long password"], async (password) => {
    expectStatus(await visitor.post("/v1/signup", { email, password }), 202);
    return tokenOf(await world.mailedLink(email, "/verify-email"));
  });
  assert.notEqual(tokens[0], tokens[1]);
  expectStatus(await world.visitor().post("/v1/email-verifications", { token: tokens[1] }), 201);
  expectProblem(await world.visitor().post("/v1/email-verifications", { token: tokens[0] }), "verification-over");
  expectStatus(await world.visitor().signIn(email, "the second long password"), 201);
  expectProblem(await world.visitor().signIn(email, "the first long password"), "credentials-invalid");
});

test("the name is optional and may be any ordinary text", async () => {
  const names = ["Zoë O’Neil", "王小明", "محمد", "👩‍🚀 Rita", "Robert'); DROP TABLE user;--", "<b>Bold</b> & co", "Ada\u00a0Lovelace"];
  const people = await inTurn(names, (name, index) => world.signUp(`named${index}@example.com`, { name }));
  assert.deepEqual(
    people.map((person) => person.user.name),
    names,
  );
  const unnamed = await world.signUp("unnamed@example.com");
  assert.ok(unnamed.user.name.length > 0, "whoever gives no name has one nevertheless");
});

test("missing and unknown fields are named", async () => {
  expectInvalid(await world.visitor().post("/v1/signup", {}), { "/email": "required" });
  const extra = { email: "x@example.com", password: PASSWORD, email_verified: true, role: "admin", owner: "me", id: "usr_0" };
  expectInvalid(await world.visitor().post("/v1/signup", extra), { "/email_verified": "unknown", "/role": "unknown", "/owner": "unknown", "/id": "unknown" });
  assert.deepEqual(await world.mails("x@example.com"), [], "nothing was done");
});

test("values of the wrong type are named and nothing is done", async () => {
  for (const email of [1, true, ["a@example.com"], { at: "example.com" }]) {
    expectInvalid(await world.visitor().post("/v1/signup", { email, password: PASSWORD }), { "/email": "type-wrong" });
  }
  assert.equal(expectProblem(await world.visitor().post("/v1/signup", { email: null, password: PASSWORD }), "fields-invalid").errors[0].pointer, "/email");
});

test("an invitation without a genuine proof is ignored: the answer is the ordinary 202", async () => {
  const admin = await world.signUp("proofless-admin@example.com");
  const team = await admin.convert("Proofless");
  const { link } = await admin.invite(team, "proofless@example.com", "dev");
  const token = tokenOf(link);
  for (const proof of ["", "x", token, "AAAA"]) {
    const answer = expectStatus(
      await world.visitor().post("/v1/signup", { email: "proofless@example.com", password: PASSWORD, invitation: { token, proof } }),
      202,
    );
    assert.deepEqual(answer.body, { status: "verification-sent" });
    assert.deepEqual(answer.cookies, []);
  }
  assert.equal(await world.count("user WHERE email = 'proofless@example.com'"), 0);
});
