// A fresh authentication at the user's own best level: routes that are hard to undo, and POST /v1/sessions/current/reauthentication

import assert from "node:assert/strict";
import { test } from "node:test";
import { assertionOf, enrol } from "../support/passkeys.ts";
import type { Person } from "../support/people.ts";
import { expectProblem, expectStatus } from "../support/problems.ts";
import { REAUTHENTICATION, enrolApp, firstStep, newDevice, forgetSteps, methodsIn, newRecoveryCodes } from "../support/second-factor.ts";
import { SoftwareAuthenticator } from "../support/software-authenticator.ts";
import { openWorld } from "../support/world.ts";

const world = await openWorld();

/** Something that asks for a fresh authentication. */
const change = (person: Person) => person.post(`/v1/accounts/${person.home}/api-keys`, { name: "key", permissions: ["team.access"] });
async function expectAsks(person: Person, ...methods: string[]): Promise<void> {
  const answer = await change(person);
  assert.deepEqual([...expectProblem(answer, "reauthentication-required").methods].sort(), methods.sort());
}

test("a session of one factor asks its user for the second one, however fresh it is", async () => {
  const ann = await world.signUp("ann@example.com");
  const before = await ann.elsewhere();
  expectStatus(await change(before), 201);
  const app = await enrolApp(ann);
  expectStatus(await change(ann), 201);
  await expectAsks(before, "totp");
  expectStatus(await before.post(REAUTHENTICATION, { password: ann.password }), 200);
  await expectAsks(before, "totp");
  const { body } = expectStatus(await before.post(REAUTHENTICATION, { totp_code: await app.freshCode() }), 200);
  assert.deepEqual([body.aal, [...body.amr].sort()], [2, ["mfa", "otp", "pwd"]]);
  expectStatus(await change(before), 201);
});

test("a stale session of two factors: a code of the app, or a recovery code, is enough; the session is the same", async () => {
  const ben = await world.signUp("ben@example.com");
  const app = await enrolApp(ben);
  const codes = await newRecoveryCodes(ben);
  await world.makeStale(ben.id);
  await expectAsks(ben, "recovery", "totp");
  const old = ben.twin();
  const code = await app.freshCode();
  const { body } = expectStatus(await ben.post(REAUTHENTICATION, { totp_code: code }), 200);
  assert.equal(body.aal, 2);
  expectProblem(await old.get("/v1/me"), "session-missing");
  expectStatus(await change(ben), 201);
  expectProblem(await ben.post(REAUTHENTICATION, { totp_code: code }), "code-invalid");

  await world.makeStale(ben.id);
  await expectAsks(ben, "recovery", "totp");
  const again = expectStatus(await ben.post(REAUTHENTICATION, { recovery_code: codes[0] }), 200).body;
  assert.equal(again.aal, 2);
  assert.ok(again.amr.includes("rc") && again.amr.includes("mfa"), again.amr.join());
  assert.equal((await methodsIn(ben)).recovery.remaining, 9);
  expectStatus(await change(ben), 201);
  expectProblem(await ben.post(REAUTHENTICATION, { recovery_code: codes[0] }), "code-invalid");
});

test("a password alone does not do it where the session had two factors", async () => {
  const carl = await world.signUp("carl@example.com");
  await enrolApp(carl);
  await world.makeStale(carl.id);
  const { body } = expectStatus(await carl.post(REAUTHENTICATION, { password: carl.password }), 200);
  assert.equal(body.aal, 1);
  await expectAsks(carl, "totp");
});

test("who has a passkey that verifies its user is asked for that", async () => {
  const dora = await world.signUp("dora@example.com");
  const authenticator = new SoftwareAuthenticator();
  await enrol(dora, authenticator);
  await expectAsks(dora, "passkey");
  expectStatus(await dora.post(REAUTHENTICATION, await assertionOf(dora, authenticator)), 200);
  expectStatus(await change(dora), 201);
  await enrolApp(dora);
  await world.makeStale(dora.id);
  await expectAsks(dora, "passkey", "totp");
});

test("a passkey that did not verify its user when it was made raises nobody's level", async () => {
  const evan = await world.signUp("evan@example.com");
  await enrol(evan, new SoftwareAuthenticator({ userVerified: false }));
  expectStatus(await change(evan), 201);
});

test("guesses are counted by session: with a stolen one, five of them keep its user from no other", async () => {
  const finn = await world.signUp("finn@example.com");
  const app = await enrolApp(finn);
  const device = await firstStep(world, finn);
  const thief = finn.twin();
  for (let times = 0; times < 5; times++) expectProblem(await thief.post(REAUTHENTICATION, { totp_code: app.wrongCode() }), "code-invalid");
  expectProblem(await thief.post(REAUTHENTICATION, { totp_code: await app.freshCode() }), "rate-limited");
  expectProblem(await thief.post(REAUTHENTICATION, { recovery_code: "aaaaa-aaaa1" }), "rate-limited");
  expectStatus(await device.finish({ code: await app.freshCode() }), 201);
});

test("an Idempotency-Key and a code renew no session that was not sent with them", async () => {
  const ivy = await world.signUp("ivy@example.com");
  const app = await enrolApp(ivy);
  await forgetSteps(world, ivy.id, app);
  const [key, body] = [{ headers: { "idempotency-key": "leaked" } }, { totp_code: await app.freshCode() }];
  const retry = ivy.twin();
  expectStatus(await ivy.post(REAUTHENTICATION, body, key), 200);
  const mallory = await world.signUp("mallory@example.com");
  for (const who of [newDevice(world), mallory.twin()]) {
    const { cookie } = who;
    assert.ok((await who.post(REAUTHENTICATION, body, key)).status >= 400);
    assert.equal(who.cookie, cookie);
  }
  expectStatus(await retry.post(REAUTHENTICATION, body, key), 200);
  assert.equal(retry.cookie, ivy.cookie, "a retry of the reply that was lost");
});

test("of several at once with one code, one counts", async () => {
  const gus = await world.signUp("gus@example.com");
  const app = await enrolApp(gus);
  await forgetSteps(world, gus.id, app);
  const code = await app.freshCode();
  const twins = Array.from({ length: 6 }, () => gus.twin());
  const answers = await Promise.all(twins.map((twin) => twin.post(REAUTHENTICATION, { totp_code: code })));
  assert.equal(answers.filter(({ status }) => status === 200).length, 1, answers.map(({ status, text }) => `${status} ${text}`).join());
});

test("exactly one proof is taken, and without an app no code is right", async () => {
  const hal = await world.signUp("hal@example.com");
  for (const body of [
    { totp_code: "123456", password: hal.password },
    { totp_code: "123456", recovery_code: "abcde-fgh10" },
  ])
    expectProblem(await hal.post(REAUTHENTICATION, body), "fields-invalid");
  for (const body of [{ totp_code: "123456" }, { recovery_code: "abcde-fgh10" }]) expectProblem(await hal.post(REAUTHENTICATION, body), "code-invalid");
});
