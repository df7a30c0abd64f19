// Passkeys with counterparts from the ecosystem: a published authenticator signs in here, and a published verifier agrees with this
// server about what an authenticator made, sound and broken.
import assert from "node:assert/strict";
import { test } from "node:test";
import { verifyAuthenticationResponse, verifyRegistrationResponse } from "@simplewebauthn/server";
import emulator from "nid-webauthn-emulator";
import { AUTHENTICATION_OPTIONS, PASSKEYS, REGISTRATION_OPTIONS, enrol, optionsOf } from "../support/passkeys.ts";
import { expectProblem, expectStatus } from "../support/problems.ts";
import { type AuthenticatorSettings, SoftwareAuthenticator } from "../support/software-authenticator.ts";
import { ORIGIN } from "../support/worker.ts";
import { openWorld } from "../support/world.ts";

const { AuthenticatorEmulator, WebAuthnEmulator } = emulator;
const world = await openWorld();
const RP_ID = new URL(ORIGIN).hostname;

/** What the verifier has to expect of a response to a challenge. */
const expected = (expectedChallenge: string) => ({ expectedChallenge, expectedOrigin: ORIGIN, expectedRPID: RP_ID, requireUserVerification: false });

/** Whether the verifier takes a registration: the credential that it would store, or undefined. */
async function registered(challenge: string, response: any) {
  try {
    const { verified, registrationInfo } = await verifyRegistrationResponse({ response, ...expected(challenge), supportedAlgorithmIDs: [-7, -8, -257] });
    return verified ? registrationInfo : undefined;
  } catch {
    return undefined;
  }
}

type Credential = NonNullable<Awaited<ReturnType<typeof registered>>>["credential"];

/** Whether the verifier takes an assertion: what it then says of it, or undefined. */
async function authenticated(challenge: string, response: any, credential: Credential) {
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({ response, ...expected(challenge), credential });
    return verified ? authenticationInfo : undefined;
  } catch {
    return undefined;
  }
}

for (const algorithm of ["ES256", "RS256", "EdDSA"] as const)
  for (const uv of [true, false])
    test(`a published authenticator signs in by ${algorithm}, its user ${uv ? "" : "not "}verified, and the verifier agrees`, async () => {
      const person = await world.signUp(`${algorithm.toLowerCase()}-${uv}@example.com`);
      const authenticator = new WebAuthnEmulator(
        new AuthenticatorEmulator({ algorithmIdentifiers: [algorithm], userGetAssertionInteraction: () => ({ options: { up: true, uv } }) }),
      );
      const creation = await optionsOf(person, REGISTRATION_OPTIONS);
      const made = authenticator.createJSON(ORIGIN, creation);
      const info = await registered(creation.challenge, made);
      assert.ok(info, "the verifier takes the registration");
      expectStatus(await person.post(PASSKEYS, { passkey: made }), 201);

      const visitor = world.visitor();
      const request = await optionsOf(visitor, AUTHENTICATION_OPTIONS);
      const assertion = authenticator.getJSON(ORIGIN, request);
      const verified = await authenticated(request.challenge, assertion, info.credential);
      assert.equal(verified?.userVerified, uv, "the verifier takes the assertion");
      const { body } = expectStatus(await visitor.post("/v1/sessions", { passkey: assertion }), 201);
      assert.equal(body.user.id, person.id);
      const { items } = expectStatus(await visitor.get("/v1/sessions"), 200).body;
      assert.equal(items.find(({ current }: { current: boolean }) => current).aal, uv ? 2 : 1);
      expectProblem(await visitor.post("/v1/sessions", { passkey: assertion }), "passkey-invalid");
    });

/** A challenge that this server did not give out: the verifier alone reads a registration to it. */
const CHALLENGE = Buffer.alloc(32).toString("base64url");

/** Registrations and assertions with one rule broken or none: what the two servers say must be the same. */
const SETTINGS: [name: string, sound: boolean, settings: Partial<AuthenticatorSettings>][] = [
  ["ES256", true, {}],
  ["RS256", true, { algorithm: "RS256" }],
  ["a counter", true, { counter: 7 }],
  ["no user verification", true, { userVerified: false }],
  ["bound to its device", true, { backupEligible: false, backedUp: false }],
  ["another origin", false, { origin: "https://evil.example" }],
  ["another origin that begins alike", false, { origin: `${ORIGIN}.evil.example` }],
  ["a plain-text origin", false, { origin: ORIGIN.replace("https:", "http:") }],
  ["another relying party", false, { rpId: "evil.example" }],
  ["the parent domain as relying party", false, { rpId: RP_ID.split(".").slice(1).join(".") }],
  ["backed up, but not eligible", false, { backupEligible: false, backedUp: true }],
];

for (const [index, [name, sound, settings]] of SETTINGS.entries()) {
  test(`a registration by ${name}: both servers ${sound ? "take" : "refuse"} it`, async () => {
    const person = await world.signUp(`registration-${index}@example.com`);
    const options = await optionsOf(person, REGISTRATION_OPTIONS);
    const passkey = new SoftwareAuthenticator(settings).create(options);
    assert.equal((await registered(options.challenge, passkey)) !== undefined, sound, "the verifier");
    const answer = await person.post(PASSKEYS, { passkey });
    if (sound) expectStatus(answer, 201);
    else expectProblem(answer, "fields-invalid");
  });

  test(`an assertion by ${name}: both servers ${sound ? "take" : "refuse"} it`, async () => {
    const person = await world.signUp(`assertion-${index}@example.com`);
    const { algorithm = "ES256", counter = 0, backupEligible = true, backedUp = true } = sound ? settings : {};
    const honest = new SoftwareAuthenticator({ algorithm, counter, backupEligible, backedUp });
    const info = await registered(CHALLENGE, honest.copy().create({ challenge: CHALLENGE, user: { id: "AA" } }));
    assert.ok(info);
    await enrol(person, honest);
    const visitor = world.visitor();
    const request = await optionsOf(visitor, AUTHENTICATION_OPTIONS);
    const passkey = honest.copy({ ...settings, counter: counter && counter + 1 }).get(request);
    assert.equal((await authenticated(request.challenge, passkey, info.credential)) !== undefined, sound, "the verifier");
    const answer = await visitor.post("/v1/sessions", { passkey });
    if (sound) expectStatus(answer, 201);
    else expectProblem(answer, "passkey-invalid");
  });
}

test("an assertion with a changed signature, client data, authenticator data or challenge: both servers refuse it", async () => {
  const person = await world.signUp("changed@example.com");
  const honest = new SoftwareAuthenticator();
  const info = await registered(CHALLENGE, honest.copy().create({ challenge: CHALLENGE, user: { id: "AA" } }));
  assert.ok(info);
  await enrol(person, honest);
  const visitor = world.visitor();
  for (const part of ["signature", "clientDataJSON", "authenticatorData", "challenge"]) {
    const request = await optionsOf(visitor, AUTHENTICATION_OPTIONS);
    const passkey = honest.get(part === "challenge" ? { challenge: CHALLENGE } : request);
    if (part !== "challenge") {
      const bytes = Buffer.from(passkey.response[part], "base64url");
      bytes[bytes.length - 2] ^= 1;
      passkey.response[part] = bytes.toString("base64url");
    }
    assert.equal(await authenticated(request.challenge, passkey, info.credential), undefined, `the verifier: ${part}`);
    expectProblem(await visitor.post("/v1/sessions", { passkey }), "passkey-invalid");
  }
});
