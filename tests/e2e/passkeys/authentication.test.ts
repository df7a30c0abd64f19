// POST /v1/passkeys/authentication-options, POST /v1/sessions and POST /v1/sessions/current/reauthentication with a passkey

import assert from "node:assert/strict";
import { test } from "node:test";
import { AUTHENTICATION_OPTIONS, PASSKEYS, REGISTRATION_OPTIONS, assertionOf, enrol, optionsOf, signInWith } from "../support/passkeys.ts";
import type { Visitor } from "../support/people.ts";
import { expectInvalid, expectProblem, expectStatus } from "../support/problems.ts";
import { expectAccount, expectSession, expectUser } from "../support/shapes.ts";
import { type AuthenticatorSettings, SoftwareAuthenticator } from "../support/software-authenticator.ts";
import { openWorld } from "../support/world.ts";

const world = await openWorld();
const REAUTHENTICATION = "/v1/sessions/current/reauthentication";
const current = async (visitor: Visitor) => (await visitor.get("/v1/sessions")).body.items.find((session: any) => session.current);

/** A person with a passkey. */
async function withPasskey(name: string, settings: Partial<AuthenticatorSettings> = {}) {
  const person = await world.signUp(`${name}@example.com`);
  const authenticator = new SoftwareAuthenticator(settings);
  return { person, authenticator, id: (await enrol(person, authenticator)).id as string };
}

test("the options are the same for everybody but the challenge, and ask nothing of the database", async () => {
  const { person } = await withPasskey("abel");
  assert.equal((await world.visitor().get("/v1/sign-in-methods")).body.passkey, true);
  for (const visitor of [world.visitor(), person]) {
    const answer = expectStatus(await visitor.post(AUTHENTICATION_OPTIONS), 200);
    const { challenge, ...rest } = answer.body;
    assert.ok(Buffer.from(challenge, "base64url").length >= 16);
    assert.deepEqual(rest, { timeout: 300_000, rpId: "team.example.com", allowCredentials: [], userVerification: "preferred" });
    assert.equal(answer.headers["rolecall-d1-round-trips"], "0");
    if (visitor !== person) assert.match(answer.cookies[0]!, /^__Host-rolecall_passkey=[^;]+; Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=300$/);
  }
});

const LEVELS = [
  { settings: {}, aal: 2, amr: ["swk", "user", "mfa"] },
  { settings: { userVerified: false }, aal: 1, amr: ["swk"] },
  { settings: { backupEligible: false, backedUp: false }, aal: 2, amr: ["hwk", "user", "mfa"] },
  { settings: { backupEligible: false, backedUp: false, userVerified: false }, aal: 1, amr: ["hwk"] },
  { settings: { algorithm: "RS256" as const, counter: 1 }, aal: 2, amr: ["swk", "user", "mfa"] },
];
for (const [index, { settings, aal, amr }] of LEVELS.entries())
  test(`a passkey with ${JSON.stringify(settings)} signs in at level ${aal}, and the session and its token say how`, async () => {
    const { person, authenticator } = await withPasskey(`level${index}`, settings);
    const visitor = world.visitor();
    const { body } = expectStatus(await signInWith(visitor, authenticator), 201);
    assert.deepEqual(Object.keys(body).sort(), ["account", "user"]);
    expectUser(body.user);
    expectAccount(body.account);
    assert.deepEqual([body.user.id, body.account.id], [person.id, person.home]);
    const session = await current(visitor);
    expectSession(session);
    assert.deepEqual([session.aal, session.amr], [aal, amr]);
    const { token } = expectStatus(await visitor.post(`/v1/accounts/${person.home}/tokens`), 201).body;
    const claims = JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString());
    assert.deepEqual([claims.acr, claims.amr], [`aal${aal}`, amr]);
    const [used] = (await person.get(PASSKEYS)).body.items;
    assert.ok(used.last_used_at !== null);
  });

test("a challenge is used once, by the browser that asked for it, for an authentication", async () => {
  const { person, authenticator } = await withPasskey("bea", { userVerified: false });
  const visitor = world.visitor();
  const first = await assertionOf(visitor, authenticator);
  const ofAnotherTab = await assertionOf(visitor, authenticator);
  expectStatus(await visitor.post("/v1/sessions", first), 201);
  expectProblem(await visitor.post("/v1/sessions", first), "passkey-invalid");
  expectStatus(await visitor.post("/v1/sessions", ofAnotherTab), 201);

  const body = await assertionOf(visitor, authenticator);
  const other = world.visitor();
  expectProblem(await other.post("/v1/sessions", body), "passkey-invalid");
  await optionsOf(other, AUTHENTICATION_OPTIONS);
  expectProblem(await other.post("/v1/sessions", body), "passkey-invalid");

  const registration = await optionsOf(person, REGISTRATION_OPTIONS);
  expectProblem(await person.post("/v1/sessions", { passkey: authenticator.get(registration) }), "passkey-invalid");
  const invented = { challenge: Buffer.alloc(32, 7).toString("base64url") };
  expectProblem(await visitor.post("/v1/sessions", { passkey: authenticator.get(invented) }), "passkey-invalid");
});

test("of several sign-ins with one response at once, one counts", async () => {
  const { authenticator } = await withPasskey("carl");
  const visitor = world.visitor();
  const body = await assertionOf(visitor, authenticator);
  const twins = Array.from({ length: 4 }, () => Object.assign(world.visitor(), { passkeyBrowser: visitor.passkeyBrowser }));
  const answers = await Promise.all(twins.map((twin) => twin.post("/v1/sessions", body)));
  assert.equal(answers.filter(({ status }) => status === 201).length, 1, JSON.stringify(answers.map(({ status, text }) => [status, text])));
  for (const answer of answers.filter(({ status }) => status !== 201)) expectProblem(answer, "passkey-invalid");
});

test("a repeat with the same Idempotency-Key is the same session", async () => {
  const { person, authenticator } = await withPasskey("dora");
  const visitor = world.visitor();
  const body = await assertionOf(visitor, authenticator);
  const key = { headers: { "idempotency-key": "once-more" } };
  const first = expectStatus(await visitor.post("/v1/sessions", body, key), 201);
  const { cookie } = visitor;
  visitor.cookie = null;
  assert.deepEqual(expectStatus(await visitor.post("/v1/sessions", body, key), 201).body, first.body);
  assert.equal(visitor.cookie, cookie);
  assert.equal(await world.count("session WHERE user = ?", person.id), 2);
});

test("unknown, forged, of another origin or relying party, in a foreign frame, with other flags: one answer, and nothing changed", async () => {
  const { person, authenticator } = await withPasskey("evan", { counter: 1 });
  const { authenticator: rsa } = await withPasskey("rita", { algorithm: "RS256", counter: 1 });
  const visitor = world.visitor();
  const changed = (settings: Partial<AuthenticatorSettings>) => assertionOf(visitor, authenticator.copy(settings));
  const forged = async (from: SoftwareAuthenticator) => {
    const [body, other] = [await assertionOf(visitor, from.copy()), await assertionOf(visitor, from.copy())];
    body.passkey.response.signature = other.passkey.response.signature;
    return body;
  };
  const unknown = new SoftwareAuthenticator({}, { ...new SoftwareAuthenticator().passkey, userHandle: authenticator.passkey.userHandle });
  const ofNobody = authenticator.copy();
  ofNobody.passkey.userHandle = Buffer.alloc(16);
  const withoutUser = authenticator.copy();
  withoutUser.passkey.userHandle = null;
  const before = await world.rows("SELECT * FROM identity ORDER BY id");
  const seen = new Set<string>();
  for (const [what, body] of Object.entries({
    "an unknown passkey": await assertionOf(visitor, unknown),
    "the signature of another response": await forged(authenticator),
    "the signature of another response, RS256": await forged(rsa),
    "another origin": await changed({ origin: "https://evil.example" }),
    "a foreign frame": await changed({ crossOrigin: true }),
    "another relying party": await changed({ rpId: "evil.example" }),
    "backed up, but not eligible": await changed({ backupEligible: false, backedUp: true }),
    "no longer eligible": await changed({ backupEligible: false, backedUp: false }),
    "another user": await assertionOf(visitor, ofNobody),
    "no user": await assertionOf(visitor, withoutUser),
  })) {
    const answer = await visitor.post("/v1/sessions", body);
    assert.equal(answer.body.code, "passkey-invalid", `${what}: ${answer.text}`);
    const problem = expectProblem(answer, "passkey-invalid");
    seen.add(JSON.stringify([{ ...problem, instance: "" }, answer.headers["www-authenticate"]]));
    assert.equal(visitor.cookie, null);
  }
  assert.equal(seen.size, 1, [...seen].join("\n"));
  assert.deepEqual(await world.rows("SELECT * FROM identity ORDER BY id"), before);
  assert.equal(await world.count("session WHERE user = ?", person.id), 1);
  expectStatus(await signInWith(visitor, authenticator), 201);
  expectStatus(await signInWith(visitor, rsa), 201);
});

test("a counter that does not grow is refused and logged; one that stays 0 is not", async () => {
  const { authenticator, id } = await withPasskey("flora", { counter: 5 });
  const clone = authenticator.copy();
  expectStatus(await signInWith(world.visitor(), authenticator), 201);
  const warnings = () => world.running.log.filter((line) => line.includes("cloned") && line.includes(id)).length;
  assert.equal(warnings(), 0);
  expectProblem(await signInWith(world.visitor(), clone), "passkey-invalid");
  assert.equal(warnings(), 1);
  expectStatus(await signInWith(world.visitor(), authenticator), 201);
  const { authenticator: without } = await withPasskey("fred");
  for (let times = 1; times <= 2; times += 1) expectStatus(await signInWith(world.visitor(), without), 201);
});

for (const algorithm of ["ES256", "RS256"] as const)
  test(`step-up with a passkey of ${algorithm}: what was refused is done, at the level of the passkey, with a new cookie`, async () => {
    const { person, authenticator, id } = await withPasskey(`gina-${algorithm.toLowerCase()}`, { algorithm, counter: 1 });
    // The session is fresh, and of one factor.
    for (const stale of [false, true]) {
      if (stale) await world.makeStale(person.id);
      const { methods } = expectProblem(await person.delete(`${PASSKEYS}/${id}`), "reauthentication-required");
      assert.deepEqual(methods, ["passkey"]);
    }
    const old = person.twin();
    const before = await current(person);
    const body = await assertionOf(person, authenticator);
    const { body: renewed } = expectStatus(await person.post(REAUTHENTICATION, body), 200);
    expectSession(renewed);
    assert.deepEqual([renewed.id, renewed.aal, renewed.amr], [before.id, 2, ["swk", "user", "mfa"]]);
    expectProblem(await old.get("/v1/me"), "session-missing");
    expectProblem(await person.post(REAUTHENTICATION, body), "passkey-invalid");
    expectStatus(await person.delete(`${PASSKEYS}/${id}`), 204);
  });

test("the passkey of another user does not step up, and there is nothing to step up without a session", async () => {
  const { authenticator } = await withPasskey("hugo");
  const { person } = await withPasskey("iris");
  const before = await world.rows("SELECT * FROM session WHERE user = ?", person.id);
  expectProblem(await person.post(REAUTHENTICATION, await assertionOf(person, authenticator)), "passkey-invalid");
  assert.deepEqual(await world.rows("SELECT * FROM session WHERE user = ?", person.id), before);
  const visitor = world.visitor();
  expectProblem(await visitor.post(REAUTHENTICATION, await assertionOf(visitor, authenticator)), "session-missing");
});

test("a passkey is sent alone, and its parts are read by field", async () => {
  const { person, authenticator } = await withPasskey("jack");
  const body = await assertionOf(person, authenticator);
  expectProblem(await world.visitor().post("/v1/sessions", { ...body, email: person.email }), "fields-invalid");
  expectProblem(await world.visitor().post("/v1/sessions", { ...body, password: person.password }), "fields-invalid");
  expectProblem(await person.post(REAUTHENTICATION, { ...body, password: person.password }), "fields-invalid");
  expectInvalid(await world.visitor().post("/v1/sessions", { passkey: {} }), { "/passkey/id": "required", "/passkey/response": "required" });
});
