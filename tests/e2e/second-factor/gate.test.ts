// Every way in of a user with an authenticator app asks for a second factor, unless it gives two itself; POST /v1/sessions/second-factor

import assert from "node:assert/strict";
import { test } from "node:test";
import { assertionOf, enrol, signInWith } from "../support/passkeys.ts";
import { tokenOf } from "../support/people.ts";
import { expectInvalid, expectProblem, expectStatus } from "../support/problems.ts";
import { expectNoSession, expectRedirect, expectSealedCookie } from "../support/providers.ts";
import { SECOND_FACTOR_COOKIE, enrolApp, expectSecondStep, firstStep, newDevice, newRecoveryCodes, sessionIn } from "../support/second-factor.ts";
import { expectAccount, expectUser } from "../support/shapes.ts";
import { SoftwareAuthenticator } from "../support/software-authenticator.ts";
import { RETURN_TO, openWays } from "../support/ways-in.ts";

const { world, ways } = await openWays();
const KEY = "the key of this very browser";
/** A passkey that verified its user is two factors itself. */
const WAYS = Object.entries(ways).filter(([name]) => name !== "passkey with user verification");

for (const [index, [way, arrange]] of WAYS.entries())
  test(`${way}: no session before the second factor, and one with two factors after it`, async () => {
    const { user: id, amr, begin } = await arrange(`way${index}`);
    const first = newDevice(world);
    await begin(first);
    const app = await enrolApp(first);
    const sessions = await world.count("session WHERE user = ?", id);
    const device = newDevice(world);
    const answer = await begin(device);
    if (way === "provider") {
      expectRedirect(answer, `/sign-in?second_factor=true&next=${encodeURIComponent(RETURN_TO)}`);
      expectSealedCookie(answer, SECOND_FACTOR_COOKIE);
      expectNoSession(answer);
    } else expectSecondStep(answer);
    assert.equal(device.cookie, null);
    assert.equal(await world.count("session WHERE user = ?", id), sessions);
    expectProblem(await device.get("/v1/me"), "session-missing");
    const cookie = Buffer.from(device.pending!.split(".")[1]!, "base64url").toString("latin1");
    assert.ok(!cookie.includes(id) && !device.pending!.includes(id), "the cookie does not tell whose it is");

    expectProblem(await device.finish({ code: app.wrongCode() }), "code-invalid");
    const finished = expectStatus(await device.finish({ code: await app.freshCode() }), 201);
    assert.deepEqual(Object.keys(finished.body).sort(), ["account", "user"]);
    expectUser(finished.body.user);
    expectAccount(finished.body.account);
    assert.equal(finished.body.user.id, id);
    assert.equal(device.pending, null, "the cookie is cleared");
    assert.equal(await world.count("session WHERE user = ?", id), sessions + 1);
    const session = await sessionIn(device);
    assert.equal(session.aal, 2);
    assert.deepEqual([...session.amr].sort(), [...new Set([...amr, "otp", "mfa"])].sort());
    const { token } = expectStatus(await device.post(`/v1/accounts/${finished.body.account.id}/tokens`), 201).body;
    const claims = JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString());
    assert.deepEqual([claims.acr, [...claims.amr].sort()], ["aal2", [...session.amr].sort()]);
  });

test("a passkey that verified its user is two factors itself", async () => {
  const ann = await world.signUp("ann@example.com");
  const authenticator = new SoftwareAuthenticator();
  await enrolApp(ann);
  await enrol(ann, authenticator);
  const device = newDevice(world);
  expectStatus(await signInWith(device, authenticator), 201);
  assert.equal((await sessionIn(device)).aal, 2);
  assert.equal(device.pending, null);
});

for (const userVerified of [true, false])
  test(`a passkey ${userVerified ? "with" : "without"} user verification is a second factor beside a password`, async () => {
    const person = await world.signUp(`second-${userVerified}@example.com`);
    const authenticator = new SoftwareAuthenticator({ userVerified });
    await enrolApp(person);
    await enrol(person, authenticator);
    const device = await firstStep(world, person, ["totp", "passkey"]);
    expectStatus(await device.finish(await assertionOf(device, authenticator)), 201);
    const session = await sessionIn(device);
    assert.equal(session.aal, 2);
    for (const method of ["pwd", "swk", "mfa"]) assert.ok(session.amr.includes(method), session.amr.join());
  });

test("a key that was the first factor is not the second too, unless it verifies its user then", async () => {
  const person = await world.signUp("one-key@example.com");
  const authenticator = new SoftwareAuthenticator({ userVerified: false });
  await enrol(person, authenticator);
  const app = await enrolApp(person);
  const device = newDevice(world);
  expectSecondStep(await signInWith(device, authenticator), ["totp"]);
  expectProblem(await device.finish(await assertionOf(device, authenticator)), "passkey-invalid");
  expectProblem(await device.get("/v1/me"), "session-missing");
  const verifying = device.copy();
  expectStatus(await verifying.finish(await assertionOf(verifying, authenticator.copy({ userVerified: true }))), 201);
  assert.equal((await sessionIn(verifying)).aal, 2);
  expectProblem(await device.finish({ code: await app.freshCode() }), "second-factor-expired");
});

test("the methods are those that the user has: recovery codes while some are left", async () => {
  const ben = await world.signUp("ben@example.com");
  await enrolApp(ben);
  await newRecoveryCodes(ben);
  await firstStep(world, ben, ["totp", "recovery_code"]);
  await world.sql("UPDATE identity SET proof = '[]' WHERE user = ? AND kind = 'recovery'", ben.id);
  await firstStep(world, ben, ["totp"]);
});

test("exactly one proof is taken", async () => {
  const carl = await world.signUp("carl@example.com");
  const app = await enrolApp(carl);
  const device = await firstStep(world, carl);
  const code = await app.freshCode();
  for (const body of [{}, { code, recovery_code: "abcde-fgh10" }]) expectProblem(await device.finish(body), "fields-invalid");
  expectInvalid(await device.finish({ code: 7 }), { "/code": "type-wrong" });
  expectStatus(await device.finish({ code }), 201);
});

test("a repeated first step with one Idempotency-Key has the same cookie and never a session, and so has a repeated second step its session", async () => {
  const dora = await world.signUp("dora@example.com");
  const app = await enrolApp(dora);
  const [device, key] = [newDevice(world), (value: string) => ({ headers: { "idempotency-key": value } })];
  const step = () => device.post("/v1/sessions", { email: dora.email, password: dora.password }, key("first"));
  expectSecondStep(await step());
  const { pending } = device;
  expectSecondStep(await step());
  assert.equal(device.pending, pending);
  const body = { code: await app.freshCode() };
  const retry = device.copy();
  const first = expectStatus(await device.finish(body, key("second")), 201);
  assert.deepEqual(expectStatus(await retry.finish(body, key("second")), 201).body, first.body);
  assert.equal(retry.cookie, device.cookie);
  expectStatus(await retry.get("/v1/me"), 200);
});

test("a code by mail is used up by the first step", async () => {
  const eve = await world.signUp("eve@example.com");
  await enrolApp(eve);
  const code = await world.mailedCode(eve.email, KEY);
  const body = { email: eve.email, code, browser_key: KEY };
  expectSecondStep(await newDevice(world).post("/v1/sessions", body));
  expectProblem(await newDevice(world).post("/v1/sessions", body), "code-invalid");
});

test("who resets the password has the mailbox, not the second factor", async () => {
  const finn = await world.signUp("finn@example.com");
  const app = await enrolApp(finn);
  const device = newDevice(world);
  expectStatus(await device.post("/v1/password-resets", { email: finn.email }), 202);
  const password = "quite another sentence";
  const token = tokenOf(await world.mailedLink(finn.email, "/reset-password"));
  const answer = expectStatus(await device.put("/v1/password-resets", { token, password }), 204);
  expectNoSession(answer);
  await firstStep(world, { email: finn.email, password }, ["totp"], device);
  expectStatus(await device.finish({ code: await app.freshCode() }), 201);
});

test("a signed-in browser that begins another sign-in keeps its session until the second step ends", async () => {
  const [gus, hal] = [await world.signUp("gus@example.com"), await world.signUp("hal@example.com")];
  const app = await enrolApp(gus);
  const device = newDevice(world);
  expectStatus(await device.signIn(hal.email, hal.password), 201);
  expectSecondStep(await device.signIn(gus.email, gus.password));
  assert.equal((await device.get("/v1/me")).body.user.id, hal.id);
  expectStatus(await device.finish({ code: await app.freshCode() }), 201);
  assert.equal((await device.get("/v1/me")).body.user.id, gus.id);
});

test("a first step alone connects no one at an issuer", async () => {
  const way = await ways["trusted issuer"]!("ira");
  const first = newDevice(world);
  await way.begin(first);
  await enrolApp(first);
  await world.sql("DELETE FROM identity WHERE user = ? AND kind = 'provider'", way.user);
  expectSecondStep(await way.begin(newDevice(world)));
  assert.equal(await world.count("identity WHERE user = ? AND kind = 'provider'", way.user), 0);
});
