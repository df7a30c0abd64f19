// POST, PUT and DELETE /v1/totp; GET and DELETE /v1/me/sign-in-methods

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Person } from "../support/people.ts";
import { expectInvalid, expectProblem, expectStatus } from "../support/problems.ts";
import {
  AuthenticatorApp,
  RECOVERY_CODES,
  TOTP_PATH,
  enrolApp,
  expectSecondStep,
  firstStep,
  methodsIn,
  newDevice,
  newRecoveryCodes,
  sessionIn,
} from "../support/second-factor.ts";
import { expectSession } from "../support/shapes.ts";
import { openWorld } from "../support/world.ts";

const world = await openWorld();
const signIn = (person: Person) => newDevice(world).signIn(person.email, person.password);
const subjectsTo = async (person: Person) => (await world.mails(person.email)).map(({ subject }) => subject).join("\n");

test("an app reads the URL, and its first code takes it into use: the session goes on with two factors and another cookie", async () => {
  const ann = await world.signUp("ann@example.com");
  const before = await sessionIn(ann);
  const { body } = expectStatus(await ann.post(TOTP_PATH), 201);
  assert.deepEqual(Object.keys(body).sort(), ["secret", "url"]);
  const app = new AuthenticatorApp(body.url);
  const { issuer, label, algorithm, digits, period, secret } = app.totp;
  assert.deepEqual([issuer, label, algorithm, digits, period, secret.base32], ["Rolecall", ann.email, "SHA1", 6, 30, body.secret]);
  assert.match(body.secret, /^[A-Z2-7]{32}$/);

  // Nothing is asked for before the app has shown that it has the secret.
  expectStatus(await signIn(ann), 201);
  assert.equal((await methodsIn(ann)).totp, undefined);

  const old = ann.twin();
  const { body: session } = expectStatus(await ann.put(TOTP_PATH, { code: await app.freshCode() }), 200);
  expectSession(session);
  assert.deepEqual([session.id, session.current, session.aal], [before.id, true, 2]);
  for (const method of [...before.amr, "otp", "mfa"]) assert.ok(session.amr.includes(method), session.amr.join());
  assert.notEqual(ann.cookie, old.cookie);
  expectProblem(await old.get("/v1/me"), "session-missing");
  const { totp } = await methodsIn(ann);
  assert.match(totp.id, /^idn_/);
  assert.match(await subjectsTo(ann), /authenticator app/i);
  await firstStep(world, ann);
});

test("a set-up that was not confirmed is replaced by the next one, whose codes alone count", async () => {
  const ben = await world.signUp("ben@example.com");
  const first = new AuthenticatorApp((await ben.post(TOTP_PATH)).body.url);
  const second = new AuthenticatorApp(expectStatus(await ben.post(TOTP_PATH), 201).body.url);
  assert.notEqual(first.totp.secret.base32, second.totp.secret.base32);
  expectProblem(await ben.put(TOTP_PATH, { code: await first.freshCode() }), "code-invalid");
  expectStatus(await ben.put(TOTP_PATH, { code: await second.freshCode() }), 200);
});

test("a second app is refused, and without one there is nothing to confirm, to remove or to recover", async () => {
  const carl = await world.signUp("carl@example.com");
  expectProblem(await carl.put(TOTP_PATH, { code: "123456" }), "totp-not-found");
  expectProblem(await carl.delete(TOTP_PATH), "totp-not-found");
  expectProblem(await carl.post(RECOVERY_CODES), "totp-not-found");
  expectStatus(await carl.post(TOTP_PATH), 201);
  expectProblem(await carl.post(RECOVERY_CODES), "totp-not-found");
  expectStatus(await carl.post(TOTP_PATH), 201);
  const app = await enrolApp(carl);
  expectProblem(await carl.post(TOTP_PATH), "totp-exists");
  expectProblem(await carl.put(TOTP_PATH, { code: await app.freshCode() }), "totp-exists");
});

test("a code is six digits, with spaces at most", async () => {
  const dora = await world.signUp("dora@example.com");
  expectInvalid(await dora.put(TOTP_PATH, {}), { "/code": "required" });
  expectInvalid(await dora.put(TOTP_PATH, { code: 123456 }), { "/code": "type-wrong" });
  const app = new AuthenticatorApp((await dora.post(TOTP_PATH)).body.url);
  for (const code of ["12345", "1234567", "abcdef", ""]) assert.notEqual((await dora.put(TOTP_PATH, { code })).status, 200, code);
  const code = await app.freshCode();
  expectStatus(await dora.put(TOTP_PATH, { code: `${code.slice(0, 3)} ${code.slice(3)}` }), 200);
});

test("wrong codes at the confirmation are counted", async () => {
  const eve = await world.signUp("eve@example.com");
  const app = new AuthenticatorApp((await eve.post(TOTP_PATH)).body.url);
  for (let times = 0; times < 5; times++) expectProblem(await eve.put(TOTP_PATH, { code: app.wrongCode() }), "code-invalid");
  expectProblem(await eve.put(TOTP_PATH, { code: await app.freshCode() }), "rate-limited");
});

test("setting up, confirming, removing and new recovery codes ask for a fresh authentication", async () => {
  const finn = await world.signUp("finn@example.com");
  const refused = async (methods: string[]) => {
    for (const answer of [
      await finn.post(TOTP_PATH),
      await finn.put(TOTP_PATH, { code: "123456" }),
      await finn.delete(TOTP_PATH),
      await finn.post(RECOVERY_CODES),
    ])
      assert.deepEqual([...expectProblem(answer, "reauthentication-required").methods].sort(), methods);
  };
  await world.makeStale(finn.id);
  await refused(["email", "password"]);
  expectStatus(await finn.post("/v1/sessions/current/reauthentication", { password: finn.password }), 200);
  await enrolApp(finn);
  await world.makeStale(finn.id);
  await refused(["totp"]);
});

test("removing the app takes the recovery codes with it, and one factor is enough again", async () => {
  const gus = await world.signUp("gus@example.com");
  await enrolApp(gus);
  await newRecoveryCodes(gus);
  assert.deepEqual(Object.keys(await methodsIn(gus)).sort(), ["email", "password", "recovery", "totp"]);
  expectStatus(await gus.delete(TOTP_PATH), 204);
  assert.deepEqual(Object.keys(await methodsIn(gus)).sort(), ["email", "password"]);
  expectProblem(await gus.delete(TOTP_PATH), "totp-not-found");
  expectStatus(await signIn(gus), 201);
  assert.match(await subjectsTo(gus), /removed/i);
});

test("the list of ways to sign in removes them, too, and neither is a way to sign in", async () => {
  const hal = await world.signUp("hal@example.com");
  await enrolApp(hal);
  await newRecoveryCodes(hal);
  const { totp, recovery } = await methodsIn(hal);
  assert.deepEqual([totp.remaining, recovery.remaining], [undefined, 10]);
  expectStatus(await hal.delete(`/v1/me/sign-in-methods/${recovery.id}`), 204);
  assert.deepEqual(Object.keys(await methodsIn(hal)).sort(), ["email", "password", "totp"]);
  await firstStep(world, hal, ["totp"]);
  await newRecoveryCodes(hal);
  expectStatus(await hal.delete(`/v1/me/sign-in-methods/${totp.id}`), 204);
  assert.deepEqual(Object.keys(await methodsIn(hal)).sort(), ["email", "password"]);
  expectStatus(await signIn(hal), 201);
});

test("a repeated set-up with one Idempotency-Key is one, and no secret or code is in the database as text", async () => {
  const ida = await world.signUp("ida@example.com");
  const key = { headers: { "idempotency-key": "set-up-1" } };
  const { secret, url } = expectStatus(await ida.post(TOTP_PATH, undefined, key), 201).body;
  await ida.post(TOTP_PATH, undefined, key);
  const app = new AuthenticatorApp(url);
  expectStatus(await ida.put(TOTP_PATH, { code: await app.freshCode() }), 200);
  const codes = expectStatus(await ida.post(RECOVERY_CODES, undefined, { headers: { "idempotency-key": "codes-1" } }), 201).body.codes;
  assert.equal((await world.count("identity WHERE user = ? AND kind = 'recovery'", ida.id)) > 0, true);
  const stored = JSON.stringify([
    await world.rows("SELECT * FROM identity"),
    await world.rows("SELECT * FROM idempotency"),
    await world.rows("SELECT * FROM mail"),
  ]);
  for (const plain of [secret, ...codes, ...codes.map((code: string) => code.replace("-", ""))]) assert.ok(!stored.includes(plain), plain);
});

test("nobody sets up an app for a session that is over, and nobody learns whose email has one", async () => {
  const visitor = world.visitor();
  for (const answer of [
    await visitor.post(TOTP_PATH),
    await visitor.put(TOTP_PATH, { code: "123456" }),
    await visitor.delete(TOTP_PATH),
    await visitor.post(RECOVERY_CODES),
  ])
    expectProblem(answer, "session-missing");
  const jon = await world.signUp("jon@example.com");
  await enrolApp(jon);
  expectProblem(await newDevice(world).signIn(jon.email, "certainly not this one"), "credentials-invalid");
  expectSecondStep(await signIn(jon));
});
