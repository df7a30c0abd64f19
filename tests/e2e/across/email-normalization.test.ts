// One reading of email addresses everywhere: two spellings are one person, or refused, and never two

import assert from "node:assert/strict";
import { test } from "node:test";
import { expectInvalid, expectProblem, expectStatus } from "../support/problems.ts";
import { openWorld } from "../support/world.ts";

const world = await openWorld();
const PASSWORD = "a decent long sentence";
const signUp = (email: string) => world.visitor().post("/v1/signup", { email, password: PASSWORD });

test("what no mail can be sent to is refused by name", async () => {
  const none = [
    "",
    "ann",
    "@example.com",
    "ann@",
    "ann@example",
    "ann@@example.com",
    "ann@exa mple.com",
    "a nn@example.com",
    "ann@.com",
    "ann@example..com",
    "ann@-example.com",
    "ann@example.com.",
    ".ann@example.com",
    "ann.@example.com",
    "an..n@example.com",
    "ann@localhost",
    "ann@[127.0.0.1]",
    '"a b"@example.com',
    "ann@example.com,eve@example.com",
    "ann@example.com\nbcc: eve@example.com",
    "Ann <ann@example.com>",
    "mailto:ann@example.com",
    `${"a".repeat(65)}@example.com`,
    `a@${"b".repeat(250)}.com`,
    "ann@exam_ple.com",
  ];
  for (const email of none) expectInvalid(await signUp(email), { "/email": "email-malformed" });
});

test("look-alike letters, full-width signs and invisible characters are refused, never rewritten", async () => {
  const tricks = [
    "ａnn@example.com",
    "ann＠example.com",
    "ann@ｅxample.com",
    "ann@example．com",
    "ann@example。com",
    "an\u200bn@example.com",
    "ann@exam\u200bple.com",
    "ann\u202e@example.com",
    "аnn@example.com",
    "ann@example.com\u00a0",
    "\u00adann@example.com",
    "ann\u0000@example.com",
    "ａｎｎ＠ｅｘａｍｐｌｅ．ｃｏｍ",
    "ann@\u212aelvin.example",
    "ann@\u212bngstrom.example",
  ];
  for (const email of tricks) {
    const answer = await signUp(email);
    const problem = expectProblem(answer, "fields-invalid");
    assert.equal(problem.errors[0].pointer, "/email", JSON.stringify(email));
  }
  assert.equal(await world.count("signup"), 0, "nothing was begun");
});

test("letter case makes no other person", async () => {
  const ann = await world.signUp("Ann.Case@Example.COM");
  assert.equal(ann.user.email, "ann.case@example.com");
  expectStatus(await signUp("ANN.CASE@example.com"), 202);
  expectStatus(await world.visitor().signIn("aNN.cASE@eXAMPLE.com", ann.password), 201);
  const [mail] = await world.mails("ann.case@example.com");
  assert.ok(
    mail.links.every((link) => new URL(link).pathname !== "/verify-email"),
    "told that the email is taken",
  );
  assert.equal(await world.count("user"), 1);
});

test("dots and plus signs do make other people, as they do for mail", async () => {
  const names = ["dot.ted@example.com", "dotted@example.com", "dotted+tag@example.com"];
  for (const name of names) await world.signUp(name);
  assert.equal(await world.count("user WHERE email LIKE 'dot%'"), 3);
});

test("an international domain has one form, whichever is written", async () => {
  const person = await world.signUp("zoe@bücher.example");
  expectStatus(await world.visitor().signIn("zoe@xn--bcher-kva.example", person.password), 201);
  expectStatus(await world.visitor().signIn("zoe@BÜCHER.example", person.password), 201);
  // Written with a combining mark it is refused, and so makes no second person either.
  expectProblem(await world.visitor().signIn("zoe@bu\u0308cher.example", person.password), "credentials-invalid");
  expectInvalid(await signUp("zoe@bu\u0308cher.example"), { "/email": "email-malformed" });
  assert.equal(await world.count("user WHERE email LIKE 'zoe@%'"), 1);
});

test("an invitation is held to the same reading", async () => {
  const owner = await world.signUp("owner@example.com");
  const team = await owner.convert("Acme");
  for (const email of ["ann＠example.com", "аnn@example.com", "ann@example", "a\u200bnn@example.com"]) {
    expectInvalid(await owner.post(`/v1/accounts/${team}/invitations`, { email, role: "dev" }), { "/email": "email-malformed" });
  }
  const guest = await world.signUp("guest@münchen.example");
  const { link } = await owner.invite(team, "Guest@xn--mnchen-3ya.EXAMPLE", "dev");
  await guest.join(link);
});

test("what a canonical form is made of is canonical itself", async () => {
  for (const { email } of await world.rows<{ email: string }>("SELECT email FROM user")) {
    assert.match(email, /^[\x21-\x7e]+@[a-z0-9.-]+\.[a-z0-9-]+$/, "stored in ASCII");
    assert.equal(email.toLowerCase(), email);
    const answer = await world.visitor().signIn(email, "certainly not this one");
    expectProblem(answer, "credentials-invalid");
  }
});
