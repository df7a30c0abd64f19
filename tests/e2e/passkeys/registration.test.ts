// POST /v1/passkeys/registration-options, POST /v1/passkeys

import assert from "node:assert/strict";
import { test } from "node:test";
import { AUTHENTICATION_OPTIONS, PASSKEYS, REGISTRATION_OPTIONS, enrol, optionsOf, registrationOf } from "../support/passkeys.ts";
import { expectInvalid, expectProblem, expectStatus } from "../support/problems.ts";
import { expectPasskey } from "../support/shapes.ts";
import { SoftwareAuthenticator } from "../support/software-authenticator.ts";
import { inWorld, openWorld } from "../support/world.ts";

const world = await openWorld();
/** Does not verify its user, so that a session of one factor may add a further passkey. */
const UNVERIFIED = { userVerified: false };
const bytes = (text: string) => Buffer.from(text, "base64url").length;

test("the options are those of navigator.credentials.create(), for this user, with a cookie that lives as long as the challenge", async () => {
  const ann = await world.signUp("ann@example.com", { name: "Ann Archer" });
  const answer = expectStatus(await ann.post(REGISTRATION_OPTIONS), 200);
  const { challenge, user, ...rest } = answer.body;
  assert.ok(bytes(challenge) >= 16);
  assert.deepEqual({ ...user, id: bytes(user.id) }, { id: 16, name: ann.email, displayName: "Ann Archer" });
  assert.deepEqual(rest, {
    rp: { id: "team.example.com", name: "Rolecall" },
    pubKeyCredParams: [-8, -7, -257].map((alg) => ({ type: "public-key", alg })),
    timeout: 300_000,
    excludeCredentials: [],
    authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "preferred" },
    attestation: "none",
  });
  const [cookie] = answer.cookies;
  assert.match(cookie!, /^__Host-rolecall_passkey=[^;]+; Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=300$/);
  assert.notEqual((await optionsOf(ann, REGISTRATION_OPTIONS)).challenge, challenge);
});

for (const algorithm of ["ES256", "RS256"] as const)
  test(`a passkey of ${algorithm} is registered, listed, and excluded from further registrations`, async () => {
    const ben = await world.signUp(`ben-${algorithm.toLowerCase()}@example.com`);
    const authenticator = new SoftwareAuthenticator({ ...UNVERIFIED, algorithm });
    const made = await enrol(ben, authenticator, "Laptop");
    expectPasskey(made);
    const { id, created_at, ...rest } = made;
    assert.deepEqual(rest, {
      label: "Laptop",
      backup_eligible: true,
      backed_up: true,
      aaguid: "00000000-0000-0000-0000-000000000000",
      transports: ["internal"],
      last_used_at: null,
    });
    assert.deepEqual(expectStatus(await ben.get(PASSKEYS), 200).body, { items: [made], next_cursor: null });
    const { excludeCredentials } = await optionsOf(ben, REGISTRATION_OPTIONS);
    assert.deepEqual(excludeCredentials, [{ type: "public-key", id: authenticator.passkey.id.toString("base64url"), transports: ["internal"] }]);
    const methods = expectStatus(await ben.get("/v1/me/sign-in-methods"), 200).body.items;
    assert.ok(methods.some((method: any) => method.kind === "passkey" && method.id === id && method.created_at === created_at));
  });

test("the label is optional; a repeat with the same Idempotency-Key is the same passkey", async () => {
  const cora = await world.signUp("cora@example.com");
  const body = await registrationOf(cora, new SoftwareAuthenticator());
  const key = { headers: { "idempotency-key": "once" } };
  const first = expectStatus(await cora.post(PASSKEYS, body, key), 201);
  assert.equal(first.body.label, "Passkey");
  assert.deepEqual(expectStatus(await cora.post(PASSKEYS, body, key), 201).body, first.body);
  assert.equal((await cora.get(PASSKEYS)).body.items.length, 1);
});

test("a challenge is used once, by the browser and the user that asked for it, for a registration", async () => {
  const [dan, eva] = await world.signUpAll("dan", "eva");
  const refused = async (person: typeof dan, body: object) => expectInvalid(await person.post(PASSKEYS, body), { "/passkey": "value-invalid" });
  const spent = await world.count("spent_challenge");
  const used = await registrationOf(dan, new SoftwareAuthenticator(UNVERIFIED));
  expectStatus(await dan.post(PASSKEYS, used), 201);
  await refused(dan, used);

  const body = await registrationOf(dan, new SoftwareAuthenticator());
  const elsewhere = await dan.elsewhere();
  await refused(elsewhere, body);
  await optionsOf(elsewhere, REGISTRATION_OPTIONS);
  await refused(elsewhere, body);
  await refused(Object.assign(eva, { passkeyBrowser: dan.passkeyBrowser }), body);

  const { challenge } = await optionsOf(dan, AUTHENTICATION_OPTIONS);
  const { user } = await optionsOf(dan, REGISTRATION_OPTIONS);
  await refused(dan, { passkey: new SoftwareAuthenticator().create({ challenge, user }) });
  await refused(dan, { passkey: new SoftwareAuthenticator().create({ challenge: Buffer.alloc(32, 7).toString("base64url"), user }) });
  // What was refused has spent nothing.
  expectStatus(await dan.post(PASSKEYS, body), 201);
  assert.equal(await world.count("spent_challenge"), spent + 2);
});

test("a response of another origin, in a foreign frame, for another relying party, or with impossible flags is refused", async () => {
  const finn = await world.signUp("finn@example.com");
  for (const settings of [
    { origin: "https://evil.example" },
    { origin: "http://team.example.com" },
    { origin: "https://team.example.com:8443" },
    { crossOrigin: true },
    { rpId: "evil.example" },
    { backupEligible: false, backedUp: true },
  ])
    expectInvalid(await finn.post(PASSKEYS, await registrationOf(finn, new SoftwareAuthenticator(settings))), { "/passkey": "value-invalid" });
  assert.deepEqual((await finn.get(PASSKEYS)).body.items, []);
});

test("a credential id that is registered is taken, for its user and everybody else", async () => {
  const [gus, hal] = await world.signUpAll("gus", "hal");
  const authenticator = new SoftwareAuthenticator(UNVERIFIED);
  await enrol(gus, authenticator);
  for (const person of [gus, hal]) {
    const other = new SoftwareAuthenticator({}, { ...new SoftwareAuthenticator().passkey, id: authenticator.passkey.id });
    expectProblem(await person.post(PASSKEYS, await registrationOf(person, other)), "passkey-exists");
  }
  assert.deepEqual((await hal.get(PASSKEYS)).body.items, []);
});

test("of several registrations of one response at once, one counts", async () => {
  const ida = await world.signUp("ida@example.com");
  const body = await registrationOf(ida, new SoftwareAuthenticator());
  const answers = await Promise.all(Array.from({ length: 4 }, () => ida.twin().post(PASSKEYS, body)));
  assert.equal(answers.filter(({ status }) => status === 201).length, 1, JSON.stringify(answers.map(({ status, text }) => [status, text])));
  assert.equal((await ida.get(PASSKEYS)).body.items.length, 1);
});

test("a user has at most 20 passkeys", async () => {
  const jo = await world.signUp("jo@example.com");
  const last = await registrationOf(jo, new SoftwareAuthenticator(UNVERIFIED));
  for (let number = 1; number <= 20; number += 1) await enrol(jo, new SoftwareAuthenticator(UNVERIFIED));
  expectProblem(await jo.post(REGISTRATION_OPTIONS), "limit-reached");
  expectProblem(await jo.post(PASSKEYS, last), "limit-reached");
});

test("a body that cannot be read, and a label that is none, are refused by field", async () => {
  const kim = await world.signUp("kim@example.com");
  expectInvalid(await kim.post(PASSKEYS, {}), { "/passkey": "required" });
  expectInvalid(await kim.post(PASSKEYS, { passkey: {} }), { "/passkey/id": "required", "/passkey/response": "required" });
  const { passkey } = await registrationOf(kim, new SoftwareAuthenticator());
  expectInvalid(await kim.post(PASSKEYS, { passkey: { ...passkey, id: "no base64url!" } }), { "/passkey/id": "value-invalid" });
  expectInvalid(await kim.post(PASSKEYS, { passkey: { ...passkey, rawId: "AQID" } }), { "/passkey/rawId": "value-invalid" });
  const problem = expectProblem(await kim.post(PASSKEYS, { passkey, label: "" }), "fields-invalid");
  assert.deepEqual(
    problem.errors.map((error: any) => error.pointer),
    ["/label"],
  );
  const response = { ...passkey.response, attestationObject: Buffer.from("not CBOR").toString("base64url") };
  expectInvalid(await kim.post(PASSKEYS, { passkey: { ...passkey, response } }), { "/passkey": "value-invalid" });
});

test("neither options nor a registration without a session, or with one whose authentication is old", async () => {
  const lea = await world.signUp("lea@example.com");
  const body = await registrationOf(lea, new SoftwareAuthenticator());
  for (const [path, json] of [[REGISTRATION_OPTIONS], [PASSKEYS, body]] as const) expectProblem(await world.visitor().post(path, json), "session-missing");
  await world.makeStale(lea.id);
  for (const [path, json] of [[REGISTRATION_OPTIONS], [PASSKEYS, body]] as const) expectProblem(await lea.post(path, json), "reauthentication-required");
});

test("a deployment on an IP address has no passkeys, and says so", () =>
  inWorld({ vars: { ORIGIN: "http://127.0.0.1:8787" } }, async (other) => {
    const visitor = other.visitor();
    assert.equal(expectStatus(await visitor.get("/v1/sign-in-methods"), 200).body.passkey, false);
    expectProblem(await visitor.post(AUTHENTICATION_OPTIONS), "not-found");
    expectProblem(await visitor.post(REGISTRATION_OPTIONS), "session-missing");
    const mia = await other.signUp("mia@example.com");
    expectProblem(await mia.post(REGISTRATION_OPTIONS), "not-found");
    expectProblem(await mia.post(PASSKEYS, await registrationless()), "not-found");
    assert.deepEqual(expectStatus(await mia.get(PASSKEYS), 200).body.items, []);
  }));

/** A registration that was never started. */
async function registrationless(): Promise<object> {
  return { passkey: new SoftwareAuthenticator().create({ challenge: "AAAA", user: { id: "AAAA" } }) };
}
