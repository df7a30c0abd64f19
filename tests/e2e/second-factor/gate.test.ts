// Every way in of a user with an authenticator app asks for a second factor, unless it gives two itself; POST /v1/sessions/second-factor

import assert from "node:assert/strict";
import { test } from "node:test";
import { startHostileIssuers } from "../support/hostile-provider.ts";
import type { Answer } from "../support/http.ts";
import { signInVars, startOpenidProvider } from "../support/openid-provider.ts";
import { assertionOf, enrol, signInWith } from "../support/passkeys.ts";
import { tokenOf } from "../support/people.ts";
import { expectInvalid, expectProblem, expectStatus } from "../support/problems.ts";
import { expectNoSession, expectRedirect, expectSealedCookie, signInAt } from "../support/providers.ts";
import {
  type AuthenticatorApp,
  type Device,
  SECOND_FACTOR_COOKIE,
  enrolApp,
  expectSecondStep,
  firstStep,
  newDevice,
  newRecoveryCodes,
  sessionIn,
} from "../support/second-factor.ts";
import { expectAccount, expectUser } from "../support/shapes.ts";
import { SoftwareAuthenticator } from "../support/software-authenticator.ts";
import { openWorld } from "../support/world.ts";

const provider = await startOpenidProvider(["idp"]);
const { main: issuer } = await startHostileIssuers("main");
const world = await openWorld({ vars: signInVars([provider.entry("idp", ["example.com"])], [issuer.trusted(["example.com"])]) });
const KEY = "the key of this very browser";

/** A user with an app, and their first step in another browser. */
interface Enrolled {
  email: string;
  app: AuthenticatorApp;
  methods: string[];
  /** `amr` of the first step. */
  amr: string[];
  begin: (device: Device) => Promise<Answer>;
}

async function withProvider(name: string): Promise<Enrolled> {
  const email = `${name}@example.com`;
  provider.people.set(name, { sub: name, email, email_verified: true, name });
  const begin = (device: Device) => signInAt(device, "idp", (url) => provider.signIn(url, name), { return_to: "/team?tab=keys" });
  const first = newDevice(world);
  expectStatus(await begin(first), 303);
  return { email, app: await enrolApp(first), methods: ["totp"], amr: ["fed"], begin };
}

async function withIssuer(name: string): Promise<Enrolled> {
  const email = `${name}@example.com`;
  const begin = async (device: Device) =>
    device.post("/v1/sessions/exchange", { token: await issuer.exchangeToken({ sub: name, email, email_verified: true, name }) });
  const first = newDevice(world);
  expectStatus(await begin(first), 201);
  return { email, app: await enrolApp(first), methods: ["totp"], amr: ["fed"], begin };
}

async function withPassword(name: string): Promise<Enrolled> {
  const person = await world.signUp(`${name}@example.com`);
  const begin = (device: Device) => device.signIn(person.email, person.password);
  return { email: person.email, app: await enrolApp(person), methods: ["totp"], amr: ["pwd"], begin };
}

async function withCode(name: string): Promise<Enrolled> {
  const person = await world.signUp(`${name}@example.com`);
  const begin = async (device: Device) =>
    device.post("/v1/sessions", { email: person.email, code: await world.mailedCode(person.email, KEY), browser_key: KEY });
  return { email: person.email, app: await enrolApp(person), methods: ["totp"], amr: ["otp"], begin };
}

async function withPasskey(name: string): Promise<Enrolled> {
  const person = await world.signUp(`${name}@example.com`);
  const authenticator = new SoftwareAuthenticator({ userVerified: false });
  await enrol(person, authenticator);
  const begin = (device: Device) => signInWith(device, authenticator);
  return { email: person.email, app: await enrolApp(person), methods: ["totp", "passkey"], amr: ["swk"], begin };
}

const WAYS: Record<string, (name: string) => Promise<Enrolled>> = {
  password: withPassword,
  "code by mail": withCode,
  "passkey without user verification": withPasskey,
  provider: withProvider,
  "trusted issuer": withIssuer,
};

const userOf = async (email: string): Promise<string> => (await world.rows<{ id: string }>("SELECT id FROM user WHERE email = ?", email))[0]!.id;

for (const [index, [way, enrolled]] of Object.entries(WAYS).entries())
  test(`${way}: no session before the second factor, and one with two factors after it`, async () => {
    const { email, app, methods, amr, begin } = await enrolled(`way${index}`);
    const id = await userOf(email);
    const sessions = await world.count("session WHERE user = ?", id);
    const device = newDevice(world);
    const answer = await begin(device);
    if (way === "provider") {
      expectRedirect(answer, `/sign-in?second_factor=true&next=${encodeURIComponent("/team?tab=keys")}`);
      expectSealedCookie(answer, SECOND_FACTOR_COOKIE);
      expectNoSession(answer);
    } else expectSecondStep(answer, methods);
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
