// POST /v1/sessions/second-factor: replays, races, guesses, and cookies that are not one's own

import assert from "node:assert/strict";
import { test } from "node:test";
import { assertionOf, enrol } from "../support/passkeys.ts";
import type { Person } from "../support/people.ts";
import { expectProblem, expectStatus } from "../support/problems.ts";
import { KNOWN_KEYS, reseal } from "../support/sealed.ts";
import { type AuthenticatorApp, type Device, TOTP_PATH, enrolApp, expectSecondStep, firstStep, forgetSteps, newDevice } from "../support/second-factor.ts";
import { SoftwareAuthenticator } from "../support/software-authenticator.ts";
import { inTurn, openWorld } from "../support/world.ts";

const world = await openWorld({ vars: { LINK_KEYS: KNOWN_KEYS } });
/** Label of the sealed cookie. */
const LABEL = "pending-sign-in";
const from = (address: string) => ({ headers: { "cf-connecting-ip": address } });
const sessionsOf = (person: Person) => world.count("session WHERE user = ?", person.id);

async function enrolled(name: string): Promise<{ person: Person; app: AuthenticatorApp }> {
  const person = await world.signUp(`${name}@example.com`);
  return { person, app: await enrolApp(person) };
}

/** Demands that a cookie finishes nothing, with a code that is right. */
async function expectDead(device: Device, code: string): Promise<void> {
  expectProblem(await device.finish({ code }), "second-factor-expired");
  assert.equal(device.cookie, null);
}

test("a code is accepted once, in whichever browser it comes again, and no earlier one after it", async () => {
  const { person, app } = await enrolled("ann");
  await forgetSteps(world, person.id, app);
  const [earlier, code] = [await app.freshCode(), await app.freshCode()];
  const devices = await inTurn([1, 2, 3], () => firstStep(world, person));
  expectStatus(await devices[0]!.finish({ code }), 201);
  expectProblem(await devices[1]!.finish({ code }), "code-invalid");
  expectProblem(await devices[1]!.finish({ code: earlier }), "code-invalid");
  expectStatus(await devices[2]!.finish({ code: await app.freshCode() }), 201);
});

test("forty browsers with one code at once: one of them is let in", async () => {
  const { person, app } = await enrolled("ben");
  await forgetSteps(world, person.id, app);
  const devices = await inTurn(Array.from({ length: 40 }), () => firstStep(world, person));
  const before = await sessionsOf(person);
  const code = await app.freshCode();
  const answers = await Promise.all(devices.map((device) => device.finish({ code })));
  const told = answers.map(({ status, body }) => `${status} ${body.code ?? ""}`);
  assert.equal(told.filter((status) => status.startsWith("201")).length, 1, told.join());
  assert.equal(await sessionsOf(person), before + 1);
});

test("forty tries of one cookie at once with one code: one session", async () => {
  const { person, app } = await enrolled("carl");
  await forgetSteps(world, person.id, app);
  const device = await firstStep(world, person);
  const before = await sessionsOf(person);
  const code = await app.freshCode();
  const answers = await Promise.all(Array.from({ length: 40 }, () => device.copy().finish({ code })));
  assert.equal(answers.filter(({ status }) => status === 201).length, 1, answers.map(({ status }) => status).join());
  assert.equal(await sessionsOf(person), before + 1);
});

test("wrong codes from forty addresses at once are five guesses, and then the right one does not help", async () => {
  const { person, app } = await enrolled("dora");
  const devices = await inTurn(Array.from({ length: 40 }), () => firstStep(world, person));
  const answers = await Promise.all(devices.map((device, index) => device.finish({ code: app.wrongCode() }, from(`192.0.2.${index + 1}`))));
  const told = answers.map(({ status }) => status);
  assert.deepEqual([told.filter((status) => status === 401).length, told.filter((status) => status === 429).length], [5, 35], told.join());
  expectProblem(await devices[0]!.finish({ code: await app.freshCode() }, from("198.51.100.1")), "rate-limited");
  // Nor does another way in, whose second step counts the same.
  const key = "the key of this very browser";
  const other = newDevice(world);
  expectSecondStep(await other.post("/v1/sessions", { email: person.email, code: await world.mailedCode(person.email, key), browser_key: key }));
  expectProblem(await other.finish({ code: await app.freshCode() }), "rate-limited");
  // Who is signed in goes on.
  expectStatus(await person.get("/v1/me"), 200);
});

test("a wrong code leaves the second step open", async () => {
  const { person, app } = await enrolled("eve");
  const device = await firstStep(world, person);
  const { pending } = device;
  expectProblem(await device.finish({ code: app.wrongCode() }), "code-invalid");
  assert.equal(device.pending, pending);
  expectStatus(await device.finish({ code: await app.freshCode() }), 201);
});

test("a success starts the count of failures anew", async () => {
  const { person, app } = await enrolled("fay");
  for (let round = 0; round < 2; round++) {
    const device = await firstStep(world, person);
    for (let times = 0; times < 4; times++) expectProblem(await device.finish({ code: app.wrongCode() }), "code-invalid");
    expectStatus(await device.finish({ code: await app.freshCode() }), 201);
  }
});

test("without a cookie, and with one that is altered or of another kind, there is nothing to finish", async () => {
  const { person, app } = await enrolled("finn");
  const device = await firstStep(world, person);
  const [kid, text] = device.pending!.split(".");
  const code = await app.freshCode();
  const flipped = `${kid}.${text!.slice(0, 20)}${text![20] === "A" ? "B" : "A"}${text!.slice(21)}`;
  for (const pending of [null, "", "x", `${kid}.AAAA`, flipped, person.device, person.cookie])
    await expectDead(Object.assign(device.copy(), { pending }), code);
});

test("a cookie is used up by its session: replayed, it finishes nothing", async () => {
  const { person, app } = await enrolled("gus");
  const device = await firstStep(world, person);
  const replay = device.copy();
  expectStatus(await device.finish({ code: await app.freshCode() }), 201);
  await expectDead(replay, await app.freshCode());
});

test("the code of another user does not finish, nor does their passkey", async () => {
  const [{ person, app }, mallory] = [await enrolled("hal"), await enrolled("mallory")];
  const authenticator = new SoftwareAuthenticator();
  await enrol(mallory.person, authenticator);
  const device = await firstStep(world, person);
  expectProblem(await device.finish({ code: await mallory.app.freshCode() }), "code-invalid");
  expectProblem(await device.finish(await assertionOf(device, authenticator)), "passkey-invalid");
  // And the cookie of one's own first step finishes as nobody else.
  const own = await firstStep(world, mallory.person, ["totp", "passkey"]);
  expectProblem(await own.finish({ code: await app.freshCode() }), "code-invalid");
  const { body } = expectStatus(await own.finish(await assertionOf(own, authenticator)), 201);
  assert.equal(body.user.id, mallory.person.id);
});

test("a cookie lives ten minutes", async () => {
  const { person, app } = await enrolled("ida");
  const device = await firstStep(world, person);
  const earlier = (milliseconds: number) => Object.assign(device.copy(), { pending: reseal(LABEL, device.pending!, (payload) => (payload.a -= milliseconds)) });
  await expectDead(earlier(600_001), await app.freshCode());
  expectStatus(await earlier(500_000).finish({ code: await app.freshCode() }), 201);
});

test("a password that was changed in between voids the first step that used it", async () => {
  const { person, app } = await enrolled("jon");
  const device = await firstStep(world, person);
  expectStatus(await person.put("/v1/password", { password: "quite another sentence" }), 204);
  await expectDead(device, await app.freshCode());
});

test("an app that was removed, or set up anew, in between voids the first step", async () => {
  const { person, app } = await enrolled("kim");
  const device = await firstStep(world, person);
  expectStatus(await person.delete(TOTP_PATH), 204);
  await expectDead(device.copy(), await app.freshCode());
  const next = await enrolApp(person);
  await expectDead(device.copy(), await next.freshCode());
});

test("a passkey that was removed in between finishes nothing", async () => {
  const { person, app } = await enrolled("lea");
  const authenticator = new SoftwareAuthenticator();
  const { id } = await enrol(person, authenticator);
  const device = await firstStep(world, person, ["totp", "passkey"]);
  const body = await assertionOf(device, authenticator);
  expectStatus(await person.delete(`/v1/passkeys/${id}`), 204);
  expectProblem(await device.finish(body), "passkey-invalid");
  expectStatus(await device.finish({ code: await app.freshCode() }), 201);
});

test("a response of a passkey that another challenge asked for finishes nothing", async () => {
  const { person } = await enrolled("mia");
  const authenticator = new SoftwareAuthenticator();
  await enrol(person, authenticator);
  const [device, other] = [await firstStep(world, person, ["totp", "passkey"]), newDevice(world)];
  const body = await assertionOf(other, authenticator);
  expectProblem(await device.finish(body), "passkey-invalid");
  const invented = { challenge: Buffer.alloc(32, 7).toString("base64url") };
  expectProblem(await device.finish({ passkey: authenticator.get(invented) }), "passkey-invalid");
});

test("a page of another origin finishes nothing", async () => {
  const { person, app } = await enrolled("nia");
  const device = await firstStep(world, person);
  const answer = await device.finish({ code: await app.freshCode() }, { headers: { origin: "https://evil.example", "sec-fetch-site": "cross-site" } });
  expectProblem(answer, "origin-forbidden");
  assert.equal(device.cookie, null);
});

test("an Idempotency-Key and a code are nobody else's second step", async () => {
  const { person, app } = await enrolled("leaked-key");
  const { person: mallory } = await enrolled("key-thief");
  const device = await firstStep(world, person);
  const [key, body] = [{ headers: { "idempotency-key": "leaked" } }, { code: await app.freshCode() }];
  expectStatus(await device.finish(body, key), 201);
  const other = await firstStep(world, mallory);
  expectProblem(await other.finish(body, key), "code-invalid");
  assert.equal(other.cookie, null);
  expectProblem(await newDevice(world).finish(body, key), "second-factor-expired");
});
