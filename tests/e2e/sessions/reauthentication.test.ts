// POST /v1/sessions/current/reauthentication

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Person } from "../support/people.ts";
import { expectInvalid, expectProblem, expectStatus } from "../support/problems.ts";
import { expectSession } from "../support/shapes.ts";
import { openWorld } from "../support/world.ts";

const world = await openWorld();
const PATH = "/v1/sessions/current/reauthentication";
const KEY = "the key of this very browser";
const OTHER_KEY = "the key of another browser";

const current = async (person: Person) => (await person.get("/v1/sessions")).body.items.find((session: any) => session.current);
const rows = (person: Person) => world.rows("SELECT * FROM session WHERE user = ? ORDER BY id", person.id);

test("with the password: the same session, a new time of authentication and a new cookie; the old one is dead", async () => {
  const ann = await world.signUp("ann@example.com");
  const phone = await ann.elsewhere();
  await world.makeStale(ann.id);
  const before = await current(ann);
  const old = ann.twin();
  const { body } = expectStatus(await ann.post(PATH, { password: ann.password }), 200);
  expectSession(body);
  assert.deepEqual(Object.keys(body).sort(), Object.keys(before).sort());
  assert.equal(body.id, before.id);
  assert.deepEqual([body.current, body.aal, body.amr], [true, 1, ["pwd"]]);
  assert.ok(Date.parse(body.auth_time) > Date.parse(before.auth_time) + 300_000);
  assert.notEqual(ann.cookie, old.cookie);
  expectProblem(await old.get("/v1/me"), "session-missing");
  expectProblem(await old.post(PATH, { password: ann.password }), "session-missing");
  assert.deepEqual((await current(ann)).id, before.id);
  expectStatus(await phone.get("/v1/me"), 200);
  assert.equal((await rows(ann)).length, 2);
});

test("with a code by mail: the session says so", async () => {
  const ben = await world.signUp("ben@example.com");
  await world.makeStale(ben.id);
  const code = await world.mailedCode(ben.email, KEY);
  const { body } = expectStatus(await ben.post(PATH, { code, browser_key: KEY }), 200);
  assert.deepEqual(body.amr, ["otp"]);
  expectStatus(await ben.get("/v1/me"), 200);
  expectProblem(await ben.post(PATH, { code, browser_key: KEY }), "code-invalid");
});

test("a failure changes nothing: wrong password, wrong code, code of another browser, code of another user", async () => {
  const [carl, dora] = await world.signUpAll("carl", "dora");
  const code = await world.mailedCode(carl.email, KEY);
  const hers = await world.mailedCode(dora.email, KEY);
  const before = await rows(carl);
  expectProblem(await carl.post(PATH, { password: "certainly not this one" }), "credentials-invalid");
  expectProblem(await carl.post(PATH, { password: dora.password }), "credentials-invalid");
  expectProblem(await carl.post(PATH, { code: hers, browser_key: KEY }), "code-invalid");
  expectProblem(await carl.post(PATH, { code, browser_key: OTHER_KEY }), "code-invalid");
  assert.deepEqual(await rows(carl), before);
  expectStatus(await carl.get("/v1/me"), 200);
  // Her own code is still good for her.
  expectStatus(await dora.post(PATH, { code: hers, browser_key: KEY }), 200);
});

test("a repeat with the same Idempotency-Key, sent with the cookie of before, is the same session and cookie", async () => {
  const eve = await world.signUp("eve@example.com");
  const again = eve.twin();
  const key = { headers: { "idempotency-key": "again-1" } };
  const first = expectStatus(await eve.post(PATH, { password: eve.password }, key), 200);
  const second = expectStatus(await again.post(PATH, { password: eve.password }, key), 200);
  assert.deepEqual(second.body, first.body);
  assert.equal(again.cookie, eve.cookie);
  expectStatus(await again.get("/v1/me"), 200);
  expectProblem(await eve.post(PATH, { password: "certainly not this one" }, key), "idempotency-key-reused");
});

test("of several at once with one cookie, one counts, and its new cookie works", async () => {
  const finn = await world.signUp("finn@example.com");
  const twins = Array.from({ length: 4 }, () => finn.twin());
  const answers = await Promise.all(twins.map((twin) => twin.post(PATH, { password: finn.password })));
  const winners = twins.filter((_, index) => answers[index]!.status === 200);
  assert.equal(winners.length, 1, JSON.stringify(answers.map(({ status, text }) => [status, text])));
  expectStatus(await winners[0]!.get("/v1/me"), 200);
  assert.equal((await rows(finn)).length, 1);
});

test("without a session there is nothing to renew, and a guess of a password costs as one", async () => {
  const gus = await world.signUp("gus@example.com");
  expectProblem(await world.visitor().post(PATH, { password: gus.password }), "session-missing");
  const code = await world.mailedCode(gus.email, KEY);
  expectProblem(await world.visitor().post(PATH, { code, browser_key: KEY }), "session-missing");
  let last = await gus.post(PATH, { password: "guess number one of many" });
  for (let times = 2; times <= 25 && last.body.code === "credentials-invalid"; times++)
    last = await gus.post(PATH, { password: `guess number ${times} of many` });
  expectProblem(last, "rate-limited");
});

test("exactly one proof is taken, and a code needs the browser's key", async () => {
  const hal = await world.signUp("hal@example.com");
  for (const body of [{}, { password: hal.password, code: "12345678", browser_key: KEY }, { code: "12345678" }])
    expectProblem(await hal.post(PATH, body), "fields-invalid");
  expectInvalid(await hal.post(PATH, { password: 7 }), { "/password": "type-wrong" });
});
