// GET /v1/passkeys, PATCH and DELETE /v1/passkeys/{passkey}

import assert from "node:assert/strict";
import { test } from "node:test";
import { PASSKEYS, assertionOf, enrol, signInWith } from "../support/passkeys.ts";
import { expectInvalid, expectProblem, expectStatus } from "../support/problems.ts";
import { expectPage, expectPasskey } from "../support/shapes.ts";
import { SoftwareAuthenticator } from "../support/software-authenticator.ts";
import { openWorld } from "../support/world.ts";

const world = await openWorld();
/** Does not verify its user, so that a session of one factor may add and remove its passkeys. */
const UNVERIFIED = { userVerified: false };
const UNKNOWN = `idn_${"0".repeat(32)}`;

test("the list has the own passkeys, oldest first, with their last use", async () => {
  const [ann, ben] = await world.signUpAll("ann", "ben");
  assert.deepEqual(expectStatus(await ann.get(PASSKEYS), 200).body, { items: [], next_cursor: null });
  const [laptop, phone] = [new SoftwareAuthenticator(UNVERIFIED), new SoftwareAuthenticator({ ...UNVERIFIED, backupEligible: false, backedUp: false })];
  await enrol(ann, laptop, "Laptop");
  await enrol(ann, phone, "Phone");
  await enrol(ben, new SoftwareAuthenticator(), "Ben's");
  expectStatus(await signInWith(world.visitor(), phone), 201);
  const { body } = expectStatus(await ann.get(PASSKEYS), 200);
  expectPage(body, expectPasskey);
  assert.deepEqual(
    body.items.map((passkey: any) => [passkey.label, passkey.backup_eligible, passkey.backed_up, passkey.last_used_at !== null]),
    [
      ["Laptop", true, true, false],
      ["Phone", false, false, true],
    ],
  );
  expectProblem(await world.visitor().get(PASSKEYS), "session-missing");
});

test("a passkey is renamed, by its user alone and without a fresh authentication", async () => {
  const [cora, dan] = await world.signUpAll("cora", "dan");
  const made = await enrol(cora, new SoftwareAuthenticator());
  const path = `${PASSKEYS}/${made.id}`;
  await world.makeStale(cora.id);
  assert.deepEqual(expectStatus(await cora.patch(path, { label: "Blue key" }), 200).body, { ...made, label: "Blue key" });
  assert.deepEqual((await cora.get(PASSKEYS)).body.items, [{ ...made, label: "Blue key" }]);
  expectInvalid(await cora.patch(path, {}), { "/label": "required" });
  for (const label of ["", " ", "x".repeat(101)]) expectProblem(await cora.patch(path, { label }), "fields-invalid");
  expectProblem(await dan.patch(path, { label: "Mine" }), "passkey-not-found");
  for (const id of [UNKNOWN, "nonsense"]) expectProblem(await cora.patch(`${PASSKEYS}/${id}`, { label: "None" }), "passkey-not-found");
  expectProblem(await world.visitor().patch(path, { label: "Mine" }), "session-missing");
  assert.equal((await cora.get(PASSKEYS)).body.items[0].label, "Blue key");
});

test("a removed passkey signs nobody in; removal is for its user, with a fresh authentication", async () => {
  const [eva, finn] = await world.signUpAll("eva", "finn");
  const authenticator = new SoftwareAuthenticator();
  const { id } = await enrol(eva, authenticator);
  const path = `${PASSKEYS}/${id}`;
  expectProblem(await finn.delete(path), "passkey-not-found");
  expectProblem(await world.visitor().delete(path), "session-missing");
  await world.makeStale(eva.id);
  const { methods } = expectProblem(await eva.delete(path), "reauthentication-required");
  assert.deepEqual(methods, ["passkey"]);
  expectStatus(await signInWith(world.visitor(), authenticator), 201);
  expectStatus(await eva.post("/v1/sessions/current/reauthentication", { password: eva.password }), 200);
  expectProblem(await eva.delete(path), "reauthentication-required");
  expectStatus(await eva.post("/v1/sessions/current/reauthentication", await assertionOf(eva, authenticator)), 200);
  expectStatus(await eva.delete(path), 204);
  expectProblem(await eva.delete(path), "passkey-not-found");
  expectProblem(await signInWith(world.visitor(), authenticator), "passkey-invalid");
  assert.deepEqual((await eva.get(PASSKEYS)).body.items, []);
  assert.ok((await eva.get("/v1/me/sign-in-methods")).body.items.every((method: any) => method.kind !== "passkey"));
  // Its credential id is free again.
  await enrol(eva, authenticator);
});
