// The second factor in the client: an app is set up, a sign-in is finished by each second factor, and the session is renewed.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { type Client, RolecallError } from "rolecall";
import { fakeClient } from "rolecall/testing";
import { AuthenticatorApp } from "../e2e/support/second-factor.ts";
import { SoftwareAuthenticator } from "../e2e/support/software-authenticator.ts";
import type { Person } from "../e2e/support/people.ts";
import { openWorld } from "../e2e/support/world.ts";
import { type Browser, arrive, rightsOf } from "./support/browser.ts";
import { installWebAuthn } from "./support/web-authn.ts";

const world = await openWorld();
let uninstall = () => {};
afterEach(() => uninstall());

const failure = (call: Promise<unknown>) =>
  call.then(
    () => "done",
    (error: unknown) => (error instanceof RolecallError ? error.code : String(error)),
  );

interface Enrolled {
  person: Person;
  client: Client;
  browser: Browser;
  app: AuthenticatorApp;
  signIn: (client: Client) => Promise<unknown>;
}

async function enrolled(name: string): Promise<Enrolled> {
  const person = await world.signUp(`${name}@example.com`);
  const { client, browser } = await arrive(world);
  const signIn = (client: Client) => client.signIn({ email: person.email, password: person.password });
  await signIn(client);
  await client.start();
  const { url } = await client.totp.begin();
  const app = new AuthenticatorApp(url);
  const before = client.snapshot();
  assert.equal(await failure(client.totp.confirm(app.wrongCode())), "code-invalid");
  const session = await client.totp.confirm(await app.freshCode());
  assert.deepEqual([session.current, session.aal], [true, 2]);
  assert.equal(client.snapshot(), before, "the session was renewed, and nobody was signed out");
  return { person, client, browser, app, signIn };
}

test("a sign-in is finished by a code of the app, by a recovery code and by a passkey; nobody is signed in before", async () => {
  const { person, client, app, signIn } = await enrolled("ann");
  const { codes } = await client.recoveryCodes.create();
  assert.equal(codes.length, 10);
  uninstall = installWebAuthn({ authenticator: new SoftwareAuthenticator({ userVerified: false }), asked: [] }, true);
  await client.passkeys.create();
  for (const factor of [{ code: await app.freshCode() }, { recoveryCode: codes[0]! }, { passkey: true } as const]) {
    const { client: elsewhere, browser } = await arrive(world);
    const error = await signIn(elsewhere).catch((error: unknown) => error);
    assert.ok(error instanceof RolecallError && error.code === "second-factor-required", String(error));
    assert.deepEqual([...error.problem.methods].sort(), ["passkey", "recovery_code", "totp"]);
    assert.equal((await elsewhere.start()).status, "signed-out");
    const wrong = "code" in factor ? { code: app.wrongCode() } : { recoveryCode: "abcde-fghjk" };
    assert.equal(await failure(elsewhere.secondFactor(wrong)), "code-invalid");
    const { user } = await elsewhere.secondFactor(factor);
    assert.equal(user.id, person.id);
    assert.equal((await elsewhere.start()).status, "signed-in");
    const sent = browser.sent.filter((_, index) => browser.log[index] === "POST /v1/sessions/second-factor");
    assert.equal(sent.length, 2);
    assert.equal(await failure(elsewhere.secondFactor({ recoveryCode: codes[1]! })), "second-factor-expired");
    assert.ok(rightsOf(elsewhere), "a refused second step signs nobody out");
  }
});

test("without a first step there is nothing to finish", async () => {
  const { client } = await arrive(world);
  assert.equal(await failure(client.secondFactor({ code: "123456" })), "second-factor-expired");
});

test("reauthenticate takes a code of the app and a recovery code, and keeps the state", async () => {
  const { person, client, app } = await enrolled("ben");
  const { codes } = await client.recoveryCodes.create();
  const before = client.snapshot();
  for (const proof of [{ totpCode: await app.freshCode() }, { recoveryCode: codes[0]! }]) {
    await world.makeStale(person.id);
    const error = await client.recoveryCodes.create().catch((error: unknown) => error);
    assert.ok(error instanceof RolecallError && error.code === "reauthentication-required", String(error));
    assert.deepEqual([...error.problem.methods].sort(), ["recovery", "totp"]);
    assert.equal((await client.reauthenticate(proof)).aal, 2);
  }
  assert.equal(client.snapshot(), before);
  const { items } = await client.me.signInMethods();
  assert.equal(items.find(({ kind }) => kind === "recovery")?.remaining, 9);
  await client.totp.remove();
  assert.ok(!(await client.me.signInMethods()).items.some(({ kind }) => ["totp", "recovery"].includes(kind)));
  assert.equal(await failure(client.totp.remove()), "totp-not-found");
});

test("the fake client finishes a second step, and sends the others in the names of the contract", async () => {
  const sent: unknown[] = [];
  const client = fakeClient({
    status: "signed-out",
    role: "dev",
    fetch: async (_url, init) => {
      sent.push(JSON.parse(String(init?.body)));
      return Response.json({});
    },
  });
  await client.secondFactor({ code: "123456" });
  assert.equal(client.snapshot().status, "signed-in");
  await client.reauthenticate({ totpCode: "123456" });
  await client.reauthenticate({ recoveryCode: "abcde-fgh10" });
  await client.totp.confirm("123456");
  assert.deepEqual(sent, [{ totp_code: "123456" }, { recovery_code: "abcde-fgh10" }, { code: "123456" }]);
});
