// Changes of the signed-in user: nothing that derives from the user before remains, also when a response arrives late.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Client, RolecallClientError, RolecallError, RolecallNetworkError, createClient } from "rolecall";
import { openGateway, takeUpstreamRequests } from "../e2e/support/gateway.ts";
import { proofOf, tokenOf } from "../e2e/support/people.ts";
import { passwordFor } from "../e2e/support/world.ts";
import { type Browser, arrive, claimsOf, drainQueue, hold, later, rightsOf } from "./support/browser.ts";

const world = await openGateway();
const ann = await world.signUp("ann@example.com");
const team = await ann.convert("Acme");
const ben = await world.hire(ann, team, "ben@example.com", "billing");
const dee = await world.hire(ann, team, "dee@example.com", "admin");
const as = (person: { email: string; password: string }) => ({ email: person.email, password: person.password });

async function signedIn(): Promise<{ client: Client; browser: Browser }> {
  const arrived = await arrive(world);
  await arrived.client.signIn(as(ann));
  await arrived.client.switchAccount(team);
  return arrived;
}

const clientError = (code: string) => (error: unknown) => error instanceof RolecallClientError && error.code === code;
const aborted = (error: unknown) => error instanceof DOMException && error.name === "AbortError";

/** Asserts that there are no rights, and that `fetch` sends nothing. */
async function expectNobody(client: Client, code: string): Promise<void> {
  assert.equal(rightsOf(client), undefined);
  assert.throws(() => client.can("pods.manage"), clientError(code));
  await assert.rejects(client.fetch("/api/pods", { method: "POST" }), clientError(code));
  await assert.rejects(client.tokens.current(), clientError(code));
  await assert.rejects(client.refresh(), clientError(code));
  assert.deepEqual(await takeUpstreamRequests(world), []);
}

let newcomers = 0;
let newcomer = "";
const another = () => (newcomer = `newcomer${(newcomers += 1)}@example.com`);

const ways: Record<string, { act: (client: Client) => Promise<unknown>; code: string; prepare?: () => Promise<void> }> = {
  "signing in as another user": { act: (client) => client.signIn(as(ben)), code: "account-not-chosen" },
  "verifying an email": {
    prepare: async () => void (await world.visitor().post("/v1/signup", { email: another(), password: passwordFor(newcomer) })),
    act: async (client) => client.verifyEmail(tokenOf(await world.mailedLink(newcomer, "/verify-email"))),
    code: "account-not-chosen",
  },
  "joining by sign-up": {
    prepare: async () => void (await ann.invite(team, another(), "dev")),
    act: async (client) => {
      const link = await world.mailedLink(newcomer, "/join");
      return client.signUp({ email: newcomer, password: passwordFor(newcomer), invitation: { token: tokenOf(link), proof: proofOf(link)! } });
    },
    code: "account-not-chosen",
  },
  "signing out": { act: (client) => client.signOut(), code: "session-ended" },
  "revoking the client's session": {
    act: async (client) => client.sessions.revoke((await client.sessions.list().all()).find(({ current }) => current)!.id),
    code: "session-ended",
  },
  "completing a password reset": {
    prepare: async () => void (await world.visitor().post("/v1/password-resets", { email: ann.email })),
    act: async (client) => client.passwordResets.complete({ token: tokenOf(await world.mailedLink(ann.email, "/reset-password")), password: ann.password }),
    code: "session-ended",
  },
  "any 401 response": {
    act: async (client) => {
      await world.sql("DELETE FROM session WHERE user = ?1", ann.id);
      await assert.rejects(client.me.get(), (error: unknown) => error instanceof RolecallError && error.status === 401);
    },
    code: "session-ended",
  },
};

for (const [what, { prepare, act, code }] of Object.entries(ways)) {
  test(`${what}: the rights of the user before are cleared, and listeners are notified`, async () => {
    await prepare?.();
    const { client } = await signedIn();
    let notifications = 0;
    client.subscribe(() => (notifications += 1));
    await takeUpstreamRequests(world);
    await act(client);
    assert.equal(notifications, 1);
    await expectNobody(client, code);
  });

  test(`${what}: pending fetches of rights are discarded`, async () => {
    await prepare?.();
    const { client, browser } = await signedIn();
    const network = hold(browser, /\/tokens/);
    const renewal = client.refresh().then(
      () => "read",
      (error: unknown) => error,
    );
    const response = await network.next();
    // The client asks the server whether its own session has ended: that response is not held back.
    network.end();
    await takeUpstreamRequests(world);
    await act(client);
    response.release();
    await renewal;
    await drainQueue();
    await expectNobody(client, code);
  });
}

test("a sign-in aborts a pending switch with an AbortError; a switch requested during it is the new user's", async () => {
  const { client, browser } = await signedIn();
  const network = hold(browser, /\/tokens|\/v1\/sessions/);
  const before = client.switchAccount(team);
  const tokens = await network.next();
  const signing = client.signIn(as(ben));
  await assert.rejects(before, aborted);
  const during = client.switchAccount(team);
  const request = client.fetch("/api/billing");
  const response = await network.next();
  await drainQueue();
  assert.equal(rightsOf(client), undefined);
  response.release();
  tokens.release();
  network.end();
  await Promise.all([signing, during]);
  assert.deepEqual([rightsOf(client)!.user.id, rightsOf(client)!.role], [ben.id, "billing"]);
  assert.equal((await request).status, 200);
  const sent = browser.sent.filter(({ url }) => url.includes("/api/"));
  assert.deepEqual(
    sent.map((one) => claimsOf(one).sub),
    [ben.id],
  );
});

test("a refused sign-in restores the rights without fetching them again", async () => {
  const { client, browser } = await signedIn();
  const before = rightsOf(client);
  const start = browser.log.length;
  await assert.rejects(
    client.signIn({ email: ben.email, password: "not the password at all" }),
    (error: unknown) => error instanceof RolecallError && error.code === "credentials-invalid",
  );
  assert.equal(rightsOf(client), before);
  assert.deepEqual(browser.log.slice(start), ["POST /v1/sessions"]);
  assert.equal((await client.fetch("/api/pods")).status, 200);
  await client.refresh();
  assert.equal(rightsOf(client)!.user.id, ann.id);
});

test("after a sign-in whose response is lost, the rights are fetched again", async () => {
  const { client, browser } = await signedIn();
  browser.after = (line) => {
    if (line === "POST /v1/sessions") throw new TypeError("the connection broke");
  };
  await assert.rejects(client.signIn(as(ben)), RolecallNetworkError);
  delete browser.after;
  // Its cookie is stored all the same: browsers do that before a page reads the response.
  await client.refresh();
  assert.equal(rightsOf(client)!.user.id, ben.id);
});

test("a request waits for a pending sign-in, and is sent as the new user", async () => {
  const { client, browser } = await signedIn();
  const network = hold(browser, /POST \/v1\/sessions/);
  const signing = client.signIn({ email: ben.email, password: "not the password at all" });
  const response = await network.next();
  const request = client.fetch("/api/pods");
  await drainQueue();
  assert.equal(browser.log.at(-1), "POST /v1/sessions");
  response.release();
  await assert.rejects(signing, RolecallError);
  assert.equal((await request).status, 200);
  assert.equal(claimsOf(browser.sent.at(-1)!).sub, ann.id);
});

test("a request that waits for its token is not sent when another user signs in", async () => {
  const { client, browser } = await signedIn();
  const network = hold(browser, /\/tokens/);
  const request = later(121_000, () => client.fetch("/api/pods"));
  const response = await network.next();
  network.end();
  await client.signIn(as(ben));
  await client.switchAccount(team);
  response.release();
  await assert.rejects(request, aborted);
  assert.equal(rightsOf(client)!.user.id, ben.id);
  assert.ok(!browser.log.some((line) => line.includes("/api/")));
});

test("of two concurrent sign-ins, the refused one does not restore the rights after the other has succeeded", async () => {
  const { client, browser } = await signedIn();
  const network = hold(browser, /POST \/v1\/sessions/);
  const refused = client.signIn({ email: ben.email, password: "not the password at all" });
  const second = client.signIn(as(ben));
  const responses = [await network.next(), await network.next()];
  network.end();
  for (const response of responses) response.release();
  await assert.rejects(refused, RolecallError);
  await second;
  await drainQueue();
  await takeUpstreamRequests(world);
  await expectNobody(client, "account-not-chosen");
  await client.switchAccount(team);
  assert.equal(rightsOf(client)!.user.id, ben.id);
});

test("revoking another session changes no rights and notifies no listener", async () => {
  const { client } = await signedIn();
  const other = await ann.elsewhere();
  const sessions = await client.sessions.list().all();
  let notifications = 0;
  client.subscribe(() => (notifications += 1));
  const { items } = (await other.get("/v1/sessions")).body;
  const id = items.find(({ current }: { current: boolean }) => current).id;
  assert.ok(sessions.some((session) => session.id === id));
  await client.sessions.revoke(id);
  assert.equal(notifications, 0);
  assert.equal(client.can("pods.manage"), true);
});

test("a sign-up without an invitation keeps the rights", async () => {
  const { client } = await signedIn();
  await client.signUp({ email: "fay@example.com", password: passwordFor("fay@example.com") });
  assert.equal(rightsOf(client)!.user.id, ann.id);
});

test("a late 401 response does not clear the rights of a later sign-in", async () => {
  const arrived = await arrive(world);
  const network = hold(arrived.browser, /\/v1\/me/);
  const request = arrived.client.me.get();
  const response = await network.next();
  await arrived.client.signIn(as(ann));
  await arrived.client.switchAccount(team);
  response.release();
  await assert.rejects(request, RolecallError);
  assert.equal(rightsOf(arrived.client)!.user.id, ann.id);
});

test("another user signs in from another page of the browser: the next renewal has their rights, and listeners are notified", async () => {
  const { client, browser } = await signedIn();
  // Another page of the same browser, which shares its cookies.
  const other = createClient({ baseUrl: world.running.base.href, fetch: browser.fetch });
  // With equal rights, but of another user.
  await other.signIn(as(dee));
  let notifications = 0;
  client.subscribe(() => (notifications += 1));
  await client.refresh();
  assert.equal(notifications, 1);
  assert.deepEqual([rightsOf(client)!.user.id, rightsOf(client)!.role], [dee.id, "admin"]);
});

test("a listener that sends a request after the session ended is not notified endlessly", async () => {
  const { client } = await signedIn();
  let notifications = 0;
  client.subscribe(() => {
    notifications += 1;
    void client.me.get().catch(() => {});
  });
  await client.signOut();
  await assert.rejects(client.me.get(), RolecallError);
  await assert.rejects(client.me.get(), RolecallError);
  assert.equal(notifications, 1);
});
