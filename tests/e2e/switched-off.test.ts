// What a deployment does not offer is refused, and nothing changes: passwords, or codes and passkeys

import assert from "node:assert/strict";
import { test } from "node:test";
import { expectProblem, expectStatus } from "./support/problems.ts";
import { expectUnchanged } from "./support/providers.ts";
import { tokenOf } from "./support/people.ts";
import { openWorld } from "./support/world.ts";

const signIn = (config: object) => ({ vars: { SIGN_IN: JSON.stringify({ password: true, email_code: true, passkey: true, ...config }) } });
const withoutPasswords = await openWorld(signIn({ password: false }));
const passwordsAlone = await openWorld(signIn({ email_code: false, passkey: false }));
const password = "a decent long sentence";
const browser_key = "the key of a browser of a test";

test("the deployment says what it offers", async () => {
  const offered = async (world: typeof withoutPasswords) => expectStatus(await world.visitor().get("/v1/sign-in-methods"), 200).body;
  assert.deepEqual(await offered(withoutPasswords), { password: false, email_code: true, passkey: true, providers: [] });
  assert.deepEqual(await offered(passwordsAlone), { password: true, email_code: false, passkey: false, providers: [] });
});

test("without passwords: sign-up by email alone, sign-in by code; no password is taken, set or reset", async () => {
  const world = withoutPasswords;
  const visitor = world.visitor();
  const refused = async (path: string, json: object, method: "post" | "put" = "post") =>
    expectProblem(await expectUnchanged(world, () => visitor[method](path, json)), "sign-in-method-disabled");
  await refused("/v1/signup", { email: "ann@example.com", password });
  expectStatus(await visitor.post("/v1/signup", { email: "ann@example.com" }), 202);
  const token = tokenOf(await world.mailedLink("ann@example.com", "/verify-email"));
  await refused("/v1/email-verifications", { token, password });
  expectStatus(await visitor.post("/v1/email-verifications", { token }), 201);
  await refused("/v1/sessions", { email: "ann@example.com", password });
  await refused("/v1/password-resets", { email: "ann@example.com" });
  await refused("/v1/password-resets", { token: "any", password }, "put");
  await refused("/v1/password", { password }, "put");
  await refused("/v1/sessions/current/reauthentication", { password });
  const code = await world.mailedCode("ann@example.com", browser_key);
  expectStatus(await world.visitor().post("/v1/sessions", { email: "ann@example.com", code, browser_key }), 201);
});

test("passwords alone: neither codes nor passkeys", async () => {
  const world = passwordsAlone;
  const ann = await world.signUp("ann@example.com");
  const refused = async (path: string, json: object, code = "sign-in-method-disabled") =>
    expectProblem(await expectUnchanged(world, () => ann.post(path, json)), code);
  await refused("/v1/email-codes", { email: "ann@example.com", browser_key });
  await refused("/v1/sessions", { email: "ann@example.com", code: "12345678", browser_key });
  await refused("/v1/sessions/current/reauthentication", { code: "12345678", browser_key });
  await refused("/v1/passkeys/authentication-options", {}, "not-found");
  await refused("/v1/passkeys/registration-options", {}, "not-found");
  await world.makeStale(ann.id);
  assert.deepEqual(expectProblem(await ann.put("/v1/password", { password }), "reauthentication-required").methods, ["password"]);
});

test("providers alone: nobody comes in by a mailbox", async () => {
  const world = await openWorld(signIn({ password: false, email_code: false }));
  const visitor = world.visitor();
  const refused = async (path: string, json: object) => expectProblem(await expectUnchanged(world, () => visitor.post(path, json)), "sign-in-method-disabled");
  await refused("/v1/signup", { email: "stranger@example.com" });
  await refused("/v1/email-verifications", { token: "any" });
  await refused("/v1/email-codes", { email: "stranger@example.com", browser_key });
});

test("who is signed out is told that first", async () => {
  for (const world of [withoutPasswords, passwordsAlone]) {
    expectProblem(await world.visitor().put("/v1/password", { password }), "session-missing");
    expectProblem(await world.visitor().post("/v1/sessions/current/reauthentication", { code: "12345678", browser_key }), "session-missing");
  }
});
