// POST /v1/email-codes, and POST /v1/sessions with the code

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Visitor } from "./support/people.ts";
import { expectInvalid, expectProblem, expectStatus } from "./support/problems.ts";
import { expectAccount, expectSession, expectUser } from "./support/shapes.ts";
import { ORIGIN } from "./support/worker.ts";
import { codeOf, inTurn, openWorld } from "./support/world.ts";

const world = await openWorld();
const KEY = "the key of this very browser";
const OTHER_KEY = "the key of another browser";

const request = (email: string, browser_key = KEY, visitor = world.visitor()) => visitor.post("/v1/email-codes", { email, browser_key });
const signIn = (email: string, code: string, browser_key = KEY, visitor: Visitor = world.visitor()) =>
  visitor.post("/v1/sessions", { email, code, browser_key });
/** Another code of the right form. */
const wrong = (code: string, by = 1) => String((Number(code) + by) % 100_000_000).padStart(8, "0");
const codesOf = (email: string) => world.count("email_code WHERE email = ? AND open = 1", email);

test("asking answers 202 with the same bytes and cost for known and unknown emails, and mails only the known one", async () => {
  const ann = await world.signUp("ann@example.com");
  const known = expectStatus(await request(ann.email), 202);
  const unknown = expectStatus(await request("nobody@example.com"), 202);
  assert.deepEqual(known.body, { status: "code-sent" });
  assert.equal(known.text, unknown.text);
  assert.deepEqual(Object.keys(known.headers).sort(), Object.keys(unknown.headers).sort());
  for (const name of ["rolecall-d1-round-trips", "rolecall-d1-statements"]) assert.equal(known.headers[name], unknown.headers[name], name);
  assert.equal((await world.mails("nobody@example.com")).length, 0);
});

test("the mail has the code as two groups of digits, and a link that fills the page", async () => {
  const ben = await world.signUp("ben+x@example.com");
  const code = await world.mailedCode(ben.email, KEY);
  const [mail] = await world.mails(ben.email);
  assert.match(mail!.text, new RegExp(`\\b${code.slice(0, 4)} ${code.slice(4)}\\b`));
  const link = await world.mailedLink(ben.email, "/sign-in");
  assert.equal(new URL(link).origin, ORIGIN);
  assert.deepEqual(Object.fromEntries(new URLSearchParams(new URL(link).hash.slice(1))), { email: ben.email, code });
});

test("a code signs in, once, with a session that says how", async () => {
  const carl = await world.signUp("carl@example.com");
  const code = await world.mailedCode(carl.email, KEY);
  const visitor = world.visitor();
  const { body } = expectStatus(await signIn(carl.email, code, KEY, visitor), 201);
  expectUser(body.user);
  expectAccount(body.account);
  assert.deepEqual([body.user, body.account.id], [carl.user, carl.home]);
  const session = (await visitor.get("/v1/sessions")).body.items.find((item: any) => item.current);
  expectSession(session);
  assert.deepEqual([session.aal, session.amr], [1, ["otp"]]);
  expectProblem(await signIn(carl.email, code), "code-invalid");
});

test("a code is taken as people type it, and the email in any letter case", async () => {
  const dora = await world.signUp("dora@example.com");
  const first = await world.mailedCode(dora.email, KEY);
  expectStatus(await signIn("DORA@example.com", `${first.slice(0, 4)} ${first.slice(4)}`), 201);
  const second = await world.mailedCode(dora.email, KEY);
  expectStatus(await signIn(dora.email, ` ${second.slice(0, 4)}-${second.slice(4)} `), 201);
});

test("the code of another browser is worth nothing, here or there", async () => {
  const eve = await world.signUp("eve@example.com");
  // An attacker asks; the victim's mail has a code that only the attacker's browser could use.
  const code = await world.mailedCode(eve.email, OTHER_KEY);
  expectProblem(await signIn(eve.email, code, KEY), "code-invalid");
  // Two browsers ask: each needs its own.
  const mine = await world.mailedCode(eve.email, KEY);
  assert.notEqual(mine, code);
  expectProblem(await signIn(eve.email, mine, OTHER_KEY), "code-invalid");
  expectStatus(await signIn(eve.email, mine, KEY), 201);
});

test("five wrong tries use a code up, and what cannot be a code is no try", async () => {
  const finn = await world.signUp("finn@example.com");
  const code = await world.mailedCode(finn.email, KEY);
  for (const nonsense of ["1234567", "123456789", "abcdefgh", ""]) expectProblem(await signIn(finn.email, nonsense), "code-invalid");
  await inTurn([1, 2, 3, 4, 5], async (by) => expectProblem(await signIn(finn.email, wrong(code, by)), "code-invalid"));
  expectProblem(await signIn(finn.email, code), "code-invalid");
  assert.equal(await codesOf(finn.email), 0);
  // Four do not, and tries in another browser are not counted here.
  const next = await world.mailedCode(finn.email, KEY);
  await inTurn([1, 2, 3, 4], async (by) => expectProblem(await signIn(finn.email, wrong(next, by)), "code-invalid"));
  await inTurn([1, 2, 3, 4, 5, 6], async (by) => expectProblem(await signIn(finn.email, wrong(next, by), OTHER_KEY), "code-invalid"));
  expectStatus(await signIn(finn.email, next), 201);
});

test("wrong tries at once use a code up as well", async () => {
  const gus = await world.signUp("gus@example.com");
  const code = await world.mailedCode(gus.email, KEY);
  const answers = await Promise.all(Array.from({ length: 12 }, (_, by) => signIn(gus.email, wrong(code, by + 1))));
  for (const answer of answers) assert.ok(answer.body.code === "code-invalid" || answer.status === 409 || answer.status === 429, answer.text);
  const tries = (await world.rows("SELECT tries FROM email_code WHERE email = ?", gus.email))[0].tries;
  assert.ok(tries >= 1 && tries <= 5, `${tries} tries`);
});

test("of many browsers that send one right code at once, one signs in", async () => {
  const hal = await world.signUp("hal@example.com");
  const before = await world.count("session WHERE user = ?", hal.id);
  const code = await world.mailedCode(hal.email, KEY);
  const answers = await Promise.all(Array.from({ length: 8 }, () => signIn(hal.email, code)));
  assert.equal(answers.filter(({ status }) => status === 201).length, 1, JSON.stringify(answers.map(({ status }) => status)));
  assert.equal(await world.count("session WHERE user = ?", hal.id), before + 1);
});

test("a code ends after ten minutes", async () => {
  const ida = await world.signUp("ida@example.com");
  const code = await world.mailedCode(ida.email, KEY);
  // The schema lets nobody change when a code was made.
  const [{ sql }] = await world.rows<{ sql: string }>("SELECT sql FROM sqlite_master WHERE name = 'email_code_closed_for_good'");
  await world.sql("DROP TRIGGER email_code_closed_for_good");
  await world.sql("UPDATE email_code SET created_at = created_at - 600001 WHERE email = ?", ida.email);
  expectProblem(await signIn(ida.email, code), "code-invalid");
  await world.sql("UPDATE email_code SET created_at = created_at + 30000 WHERE email = ?", ida.email);
  await world.sql(sql);
  expectStatus(await signIn(ida.email, code), 201);
});

test("a newer code of the same browser replaces the one before", async () => {
  const jo = await world.signUp("jo@example.com");
  const first = await world.mailedCode(jo.email, KEY);
  const second = await world.mailedCode(jo.email, KEY);
  assert.equal(await codesOf(jo.email), 1);
  assert.notEqual(first, second);
  expectProblem(await signIn(jo.email, first), "code-invalid");
  expectStatus(await signIn(jo.email, second), 201);
});

test("a code is of one email: not for another user's, nor for the address that was signed up with", async () => {
  const [kim, lee] = await world.signUpAll("kim", "lee");
  const code = await world.mailedCode(kim.email, KEY);
  expectProblem(await signIn(lee.email, code), "code-invalid");
  expectStatus(await world.visitor().post("/v1/signup", { email: "pending@example.com", password: "a decent long sentence" }), 202);
  expectStatus(await request("pending@example.com"), 202);
  assert.ok(
    (await world.mails("pending@example.com")).every((mail) => !/\b\d{4} \d{4}\b/.test(mail.text)),
    "no code before the mailbox is proven",
  );
});

test("every failure answers the same bytes: wrong, of nobody, used, of another browser", async () => {
  const mia = await world.signUp("mia@example.com");
  const code = await world.mailedCode(mia.email, KEY);
  const failures = [
    await signIn(mia.email, wrong(code)),
    await signIn(mia.email, code, OTHER_KEY),
    await signIn("nobody@example.com", code),
    await signIn("not an email", code),
  ];
  expectStatus(await signIn(mia.email, code), 201);
  failures.push(await signIn(mia.email, code));
  const plain = failures.map((answer) => ({ ...expectProblem(answer, "code-invalid"), instance: "" }));
  for (const one of plain) assert.deepEqual(one, plain[0]);
});

test("a wrong code asks the same of the database for an email that nobody has: neither time nor cost tells who is a user", async () => {
  const max = await world.signUp("max@example.com");
  const costs = [];
  for (const email of [max.email, "nobody.else@example.com"]) {
    expectStatus(await request(email), 202);
    const answers = await inTurn([1, 2, 3, 4, 5, 6], () => signIn(email, "12345678"));
    costs.push(answers.map(({ headers }) => [headers["rolecall-d1-round-trips"], headers["rolecall-d1-statements"]].join()));
  }
  assert.deepEqual(costs[1], costs[0]);
});

test("a repeated request sends one mail, and a repeated sign-in is the same session", async () => {
  const ned = await world.signUp("ned@example.com");
  const once = { headers: { "idempotency-key": "ask-1" } };
  const ask = () => world.visitor().post("/v1/email-codes", { email: ned.email, browser_key: KEY }, once);
  assert.equal(expectStatus(await ask(), 202).text, expectStatus(await ask(), 202).text);
  const mails = (await world.mails(ned.email)).filter(({ text }) => /\b\d{4} \d{4}\b/.test(text));
  assert.equal(mails.length, 1);
  const [one, two] = [world.visitor(), world.visitor()];
  const body = { email: ned.email, code: codeOf(mails[0]), browser_key: KEY };
  const key = { headers: { "idempotency-key": "in-1" } };
  expectStatus(await one.post("/v1/sessions", body, key), 201);
  expectStatus(await two.post("/v1/sessions", body, key), 201);
  assert.equal(one.cookie, two.cookie);
  assert.ok(one.cookie);
});

test("nothing secret of a code is stored: neither its digits nor the browser's key", async () => {
  const ola = await world.signUp("ola@example.com");
  const code = await world.mailedCode(ola.email, KEY);
  const stored = JSON.stringify([await world.rows("SELECT * FROM email_code"), await world.rows("SELECT * FROM mail")]);
  for (const secret of [code, `${code.slice(0, 4)} ${code.slice(4)}`, KEY]) assert.ok(!stored.includes(secret), secret);
});

test("opening the link changes nothing, however often", async () => {
  const pia = await world.signUp("pia@example.com");
  const code = await world.mailedCode(pia.email, KEY);
  const link = new URL(await world.mailedLink(pia.email, "/sign-in"));
  for (let times = 0; times < 3; times++) await world.client.send({ method: "GET", path: link.pathname });
  assert.equal(await codesOf(pia.email), 1);
  expectStatus(await signIn(pia.email, code), 201);
});

test("email and key are required, and a password and a code exclude each other", async () => {
  const visitor = world.visitor();
  expectInvalid(await visitor.post("/v1/email-codes", {}), { "/email": "required", "/browser_key": "required" });
  expectInvalid(await request("nobody"), { "/email": "email-malformed" });
  for (const key of ["short", "x".repeat(129)]) expectInvalid(await request("ann@example.com", key), { "/browser_key": "out-of-range" });
  const both = await visitor.post("/v1/sessions", { email: "ann@example.com", password: "a decent long sentence", code: "12345678", browser_key: KEY });
  expectProblem(both, "fields-invalid");
  expectProblem(await visitor.post("/v1/sessions", { email: "ann@example.com" }), "fields-invalid");
  expectProblem(await visitor.post("/v1/sessions", { email: "ann@example.com", code: "12345678" }), "fields-invalid");
});
