// POST /v1/recovery-codes, and codes as a second factor

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Person, tokenOf } from "../support/people.ts";
import { expectProblem, expectStatus } from "../support/problems.ts";
import { type AuthenticatorApp, RECOVERY_CODES, enrolApp, firstStep, methodsIn, newRecoveryCodes, sessionIn } from "../support/second-factor.ts";
import { inTurn, openWorld } from "../support/world.ts";

const world = await openWorld();
const METHODS = ["totp", "recovery_code"];

async function withCodes(name: string): Promise<{ person: Person; app: AuthenticatorApp; codes: string[] }> {
  const person = await world.signUp(`${name}@example.com`);
  return { person, app: await enrolApp(person), codes: await newRecoveryCodes(person) };
}

test("ten codes for people to read, each of which finishes one sign-in", async () => {
  const { person, codes } = await withCodes("ann");
  assert.equal(new Set(codes).size, 10);
  for (const code of codes) assert.match(code, /^[0-9a-hjkmnp-tv-z]{5}-[0-9a-hjkmnp-tv-z]{5}$/);
  await inTurn(codes, async (code, used) => {
    const device = await firstStep(world, person, METHODS);
    expectStatus(await device.finish({ recovery_code: code }), 201);
    const session = await sessionIn(device);
    assert.deepEqual([session.aal, [...session.amr].sort()], [2, ["mfa", "pwd", "rc"]]);
    assert.equal((await methodsIn(person)).recovery?.remaining ?? 0, 9 - used);
  });
  const device = await firstStep(world, person, ["totp"]);
  expectProblem(await device.finish({ recovery_code: codes[3] }), "code-invalid");
});

test("case, spaces and look-alikes do not matter; a used one does not work again", async () => {
  const { person, codes } = await withCodes("ben");
  const typed = ` ${codes[0]!.toUpperCase().replace("-", " ").replaceAll("0", "O").replaceAll("1", "l")} `;
  expectStatus(await (await firstStep(world, person, METHODS)).finish({ recovery_code: typed }), 201);
  const device = await firstStep(world, person, METHODS);
  expectProblem(await device.finish({ recovery_code: codes[0] }), "code-invalid");
  expectProblem(await device.finish({ recovery_code: "no code at all" }), "code-invalid");
  expectStatus(await device.finish({ recovery_code: codes[1] }), 201);
});

test("new codes take the place of all before", async () => {
  const { person, codes: before } = await withCodes("carl");
  const codes = await newRecoveryCodes(person);
  assert.equal((await methodsIn(person)).recovery.remaining, 10);
  const device = await firstStep(world, person, METHODS);
  expectProblem(await device.finish({ recovery_code: before[0] }), "code-invalid");
  expectStatus(await device.finish({ recovery_code: codes[0] }), 201);
  assert.equal(await world.count("identity WHERE user = ? AND kind = 'recovery'", person.id), 1);
});

test("codes are their owner's alone", async () => {
  const [{ person }, { codes }] = [await withCodes("dora"), await withCodes("evil")];
  expectProblem(await (await firstStep(world, person, METHODS)).finish({ recovery_code: codes[0] }), "code-invalid");
});

test("one code in two browsers at once: one of them is let in", async () => {
  const { person, codes } = await withCodes("eve");
  const devices = await inTurn([1, 2, 3, 4], () => firstStep(world, person, METHODS));
  const answers = await Promise.all(devices.map((device) => device.finish({ recovery_code: codes[0] })));
  assert.equal(answers.filter(({ status }) => status === 201).length, 1, JSON.stringify(answers.map(({ status, text }) => [status, text])));
  for (const answer of answers.filter(({ status }) => status !== 201)) expectProblem(answer, "code-invalid");
  assert.equal((await methodsIn(person)).recovery.remaining, 9);
});

test("two codes at once both count, and neither comes back", async () => {
  const { person, codes } = await withCodes("finn");
  const devices = await inTurn([1, 2], () => firstStep(world, person, METHODS));
  const answers = await Promise.all(devices.map((device, index) => device.finish({ recovery_code: codes[index] })));
  for (const answer of answers) expectStatus(answer, 201);
  assert.equal((await methodsIn(person)).recovery.remaining, 8);
});

test("guesses are counted apart from those of the app, and a right one lifts the lock of the app", async () => {
  const { person, app, codes } = await withCodes("gus");
  const device = await firstStep(world, person, METHODS);
  for (let times = 0; times < 5; times++) expectProblem(await device.finish({ code: app.wrongCode() }), "code-invalid");
  expectProblem(await device.finish({ code: await app.freshCode() }), "rate-limited");
  expectStatus(await device.finish({ recovery_code: codes[0] }), 201);
  const next = await firstStep(world, person, METHODS);
  expectStatus(await next.finish({ code: await app.freshCode() }), 201);

  const guessing = await firstStep(world, person, METHODS);
  for (let times = 0; times < 5; times++) expectProblem(await guessing.finish({ recovery_code: `aaaaa-aaaa${times}` }), "code-invalid");
  expectProblem(await guessing.finish({ recovery_code: codes[1] }), "rate-limited");

  // A new password ends what somebody did who knew the old one.
  expectStatus(await guessing.post("/v1/password-resets", { email: person.email }), 202);
  const password = "quite another sentence";
  const token = tokenOf(await world.mailedLink(person.email, "/reset-password"));
  expectStatus(await guessing.put("/v1/password-resets", { token, password }), 204);
  const again = await firstStep(world, { email: person.email, password }, METHODS);
  expectStatus(await again.finish({ recovery_code: codes[1] }), 201);
});

test("the mails tell of new codes and of a used one", async () => {
  const { person, codes } = await withCodes("hal");
  expectStatus(await (await firstStep(world, person, METHODS)).finish({ recovery_code: codes[0] }), 201);
  const mails = (await world.mails(person.email)).map(({ subject, text }) => `${subject}\n${text}`).join("\n");
  assert.match(mails, /recovery code/i);
  for (const code of codes) assert.ok(!mails.includes(code));
});

test("a repeat with the same Idempotency-Key makes no other codes", async () => {
  const { person } = await withCodes("ida");
  const key = { headers: { "idempotency-key": "codes-once" } };
  const { codes } = expectStatus(await person.post(RECOVERY_CODES, undefined, key), 201).body;
  const [before] = await world.rows("SELECT id, proof FROM identity WHERE user = ? AND kind = 'recovery'", person.id);
  await person.post(RECOVERY_CODES, undefined, key);
  assert.deepEqual(await world.rows("SELECT id, proof FROM identity WHERE user = ? AND kind = 'recovery'", person.id), [before]);
  expectStatus(await (await firstStep(world, person, METHODS)).finish({ recovery_code: codes[0] }), 201);
  await newRecoveryCodes(person);
  expectProblem(await person.post(RECOVERY_CODES, undefined, key), "conflict");
});
