// Passkeys in the client: ceremonies in the browser, those that end without a passkey, and autofill.
import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";
import { type Client, RolecallClientError, RolecallError, createClient } from "rolecall";
import { SoftwareAuthenticator } from "../e2e/support/software-authenticator.ts";
import { eventually, openWorld } from "../e2e/support/world.ts";
import { type Browser, arrive } from "./support/browser.ts";
import { type CredentialRequest, type WebAuthn, installWebAuthn, untilAborted } from "./support/web-authn.ts";

const world = await openWorld();
const ann = await world.signUp("ann@example.com");
const OPTIONS = "POST /v1/passkeys/authentication-options";

let uninstall = () => {};
afterEach(() => uninstall());
function install(helpers = true): WebAuthn {
  const webAuthn: WebAuthn = { authenticator: new SoftwareAuthenticator(), asked: [] };
  uninstall = installWebAuthn(webAuthn, helpers);
  return webAuthn;
}

async function signedIn(): Promise<{ client: Client; browser: Browser }> {
  const arrived = await arrive(world);
  await arrived.client.signIn({ email: ann.email, password: ann.password });
  return arrived;
}

const failure = (call: Promise<unknown>) =>
  call.then(
    () => "done",
    (error) => (error instanceof RolecallError || error instanceof RolecallClientError ? error.code : String(error)),
  );

for (const helpers of [true, false])
  test(`a passkey is made, signs in and steps up, ${helpers ? "with" : "without"} the browser's own conversion of JSON`, async () => {
    const webAuthn = install(helpers);
    const { client } = await signedIn();
    const made = await client.passkeys.create({ label: "Laptop" });
    assert.deepEqual([made.label, made.transports], ["Laptop", ["internal"]]);
    assert.equal(webAuthn.asked[0]!.publicKey.parsed, helpers ? true : undefined);
    assert.ok(webAuthn.asked[0]!.publicKey.challenge instanceof Uint8Array);
    assert.deepEqual((await client.passkeys.list()).items, [made]);
    // A passkey that verifies its user is what a change is confirmed by from now on.
    assert.equal(await failure(client.passkeys.create()), "reauthentication-required");
    await client.reauthenticate({ passkey: true });
    assert.equal(await failure(client.passkeys.create()), "passkey-exists");

    const { client: elsewhere } = await arrive(world);
    const { user } = await elsewhere.signIn({ passkey: true });
    assert.equal(user.id, ann.id);
    assert.equal((await elsewhere.start()).status, "signed-in");
    await world.makeStale(ann.id);
    assert.equal(await failure(elsewhere.passkeys.remove(made.id)), "reauthentication-required");
    assert.equal((await elsewhere.reauthenticate({ passkey: true })).aal, 2);
    assert.equal((await elsewhere.passkeys.rename(made.id, "Phone")).label, "Phone");
    await elsewhere.passkeys.remove(made.id);
    assert.equal(await failure(elsewhere.signIn({ passkey: true })), "passkey-invalid");
    assert.equal(elsewhere.snapshot().status, "signed-in");
  });

test("a ceremony that ends without a passkey rejects with a code, and changes nothing", async () => {
  const webAuthn = install();
  const { client, browser } = await signedIn();
  await client.start();
  for (const [name, code] of [
    ["NotAllowedError", "passkey-cancelled"],
    ["AbortError", "passkey-cancelled"],
    ["InvalidStateError", "passkey-here-already"],
    ["SecurityError", "passkey-unsupported"],
    ["NotSupportedError", "passkey-unsupported"],
  ] as const) {
    webAuthn.before = () => {
      throw new DOMException("said by the browser", name);
    };
    for (const call of [() => client.passkeys.create(), () => client.signIn({ passkey: true }), () => client.reauthenticate({ passkey: true })])
      assert.equal(await failure(call()), code);
  }
  assert.equal(client.snapshot().status, "signed-in");
  assert.ok(!browser.log.some((line) => line === "POST /v1/passkeys" || line.endsWith("/reauthentication")));
});

test("without Web Authentication, as in Node, nothing is sent", async () => {
  const { client, browser } = await arrive(world);
  for (const passkey of [true, "autofill"] as const) assert.equal(await failure(client.signIn({ passkey })), "passkey-unsupported");
  assert.equal(await failure(client.passkeys.create()), "passkey-unsupported");
  assert.deepEqual(browser.log, []);
});

test("a signal ends a ceremony with its reason", async () => {
  const webAuthn = install();
  webAuthn.before = untilAborted;
  const { client } = await arrive(world);
  const controller = new AbortController();
  const pending = client.signIn({ passkey: "autofill" }, { signal: controller.signal });
  const other = assert.rejects(pending, /left the page/);
  await eventually(async () => assert.equal(webAuthn.asked.length, 1));
  controller.abort(new Error("left the page"));
  await other;
  assert.equal(await failure(client.signIn({ passkey: true }, { signal: AbortSignal.abort(new Error("before")) })), "Error: before");
});

test("while autofill waits, the user signs in another way or asks for a passkey, which ends it", async () => {
  const webAuthn = install();
  const { client } = await signedIn();
  await client.start();
  await client.passkeys.create();
  webAuthn.before = (request: CredentialRequest) => (request.mediation === "conditional" ? untilAborted(request) : undefined);
  const pending = failure(client.signIn({ passkey: "autofill" }));
  await eventually(async () => assert.equal(webAuthn.asked.length, 2));
  assert.equal(client.snapshot().status, "signed-in");
  await client.signIn({ email: ann.email, password: ann.password });
  assert.equal((await client.signIn({ passkey: true })).user.id, ann.id);
  assert.equal(await pending, "passkey-cancelled");
});

test("autofill that waits for longer than a challenge lives asks for a new one", async () => {
  const webAuthn = install();
  const log: string[] = [];
  const client = createClient({
    baseUrl: "https://team.example.com",
    fetch: async (input, init) => {
      log.push(`${init!.method} ${new URL(String(input)).pathname}`);
      const body = log.at(-1) === OPTIONS ? { challenge: "AQID", timeout: 300_000, rpId: "team.example.com", allowCredentials: [] } : {};
      return Response.json(log.at(-1) === OPTIONS ? body : { user: ann.user, account: { id: ann.home } });
    },
  });
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    webAuthn.before = (request) => (webAuthn.asked.length < 3 ? untilAborted(request) : undefined);
    const pending = client.signIn({ passkey: "autofill" });
    for (const times of [1, 2]) {
      while (webAuthn.asked.length < times) await new Promise((resolve) => setImmediate(resolve));
      mock.timers.tick(269_000);
      assert.equal(webAuthn.asked.at(-1)!.signal!.aborted, false);
      mock.timers.tick(1_000);
      assert.equal(webAuthn.asked.at(-1)!.signal!.aborted, true);
    }
    await pending;
    assert.deepEqual(log, [OPTIONS, OPTIONS, OPTIONS, "POST /v1/sessions"]);
  } finally {
    mock.timers.reset();
  }
});
