// Who is signed in changes: nothing that derives from the person before outlives it, also when its answer comes late.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Client, RolecallClientError, RolecallError, RolecallNetworkError, createClient } from "rolecall";
import { openGateway, seen } from "../e2e/support/gateway.ts";
import { proofOf, tokenOf } from "../e2e/support/people.ts";
import { passwordFor } from "../e2e/support/world.ts";
import { type Browser, arrive, claimsOf, hold, later, settledHere } from "./support/browser.ts";

const world = await openGateway();
const ann = await world.signUp("ann@example.com");
const team = await ann.convert("Acme");
const ben = await world.hire(ann, team, "ben@example.com", "billing");
const dee = await world.hire(ann, team, "dee@example.com", "admin");
const as = (person: { email: string; password: string }) => ({ email: person.email, password: person.password });

async function signedIn(): Promise<{ client: Client; browser: Browser }> {
  const arrived = await arrive(world);
  await arrived.client.signIn(as(ann));
  await arrived.client.accounts.use(team);
  return arrived;
}

const clientError = (code: string) => (error: unknown) => error instanceof RolecallClientError && error.code === code;
const aborted = (error: unknown) => error instanceof DOMException && error.name === "AbortError";

/** Nothing of anybody is held, and nothing passes the gateway. */
async function expectNobody(client: Client, code: string): Promise<void> {
  assert.equal(client.rights(), undefined);
  assert.throws(() => client.can("pods.manage"), clientError(code));
  await assert.rejects(client.fetch("/api/pods", { method: "POST" }), clientError(code));
  await assert.rejects(client.tokens.current(), clientError(code));
  await assert.rejects(client.refresh(), clientError(code));
  assert.deepEqual(await seen(world), []);
}

let newcomers = 0;
let newcomer = "";
const another = () => (newcomer = `newcomer${(newcomers += 1)}@example.com`);

const ways: Record<string, { act: (client: Client) => Promise<unknown>; code: string; prepare?: () => Promise<void> }> = {
  "signing in as somebody else": { act: (client) => client.signIn(as(ben)), code: "account-not-chosen" },
  "redeeming a verification": {
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
  "ending the own session": {
    act: async (client) => client.sessions.revoke((await client.sessions.list().all()).find(({ current }) => current)!.id),
    code: "session-ended",
  },
  "completing a reset": {
    prepare: async () => void (await world.visitor().post("/v1/password-resets", { email: ann.email })),
    act: async (client) => client.passwordResets.complete({ token: tokenOf(await world.mailedLink(ann.email, "/reset-password")), password: ann.password }),
    code: "session-ended",
  },
  "any answer that nobody is signed in": {
    act: async (client) => {
      await world.sql("DELETE FROM session WHERE user = ?1", ann.id);
      await assert.rejects(client.me.get(), (error: unknown) => error instanceof RolecallError && error.status === 401);
    },
    code: "session-ended",
  },
};

for (const [what, { prepare, act, code }] of Object.entries(ways)) {
  test(`${what}: nothing of the person before is left, and the page is told`, async () => {
    await prepare?.();
    const { client } = await signedIn();
    let told = 0;
    client.on("rights-changed", () => (told += 1));
    await seen(world);
    await act(client);
    assert.equal(told, 1);
    await expectNobody(client, code);
  });

  test(`${what}: readings that were on their way fill nothing afterwards`, async () => {
    await prepare?.();
    const { client, browser } = await signedIn();
    const network = hold(browser, /\/tokens/);
    const renewal = client.refresh().then(() => "read", (error: unknown) => error);
    const answer = await network.next();
    // The client asks the server itself whether its own session has ended: that answer passes.
    network.end();
    await seen(world);
    await act(client);
    answer.release();
    await renewal;
    await settledHere();
    await expectNobody(client, code);
  });
}

test("a switch under way ends with an AbortError when somebody signs in, and one asked for during it is the new person's", async () => {
  const { client, browser } = await signedIn();
  const network = hold(browser, /\/tokens|\/v1\/sessions/);
  const before = client.accounts.use(team);
  const tokens = await network.next();
  const signing = client.signIn(as(ben));
  await assert.rejects(before, aborted);
  const during = client.accounts.use(team);
  const request = client.fetch("/api/billing");
  const answer = await network.next();
  await settledHere();
  assert.equal(client.rights(), undefined);
  answer.release();
  tokens.release();
  network.end();
  await Promise.all([signing, during]);
  assert.deepEqual([client.rights()!.user, client.rights()!.role], [ben.id, "billing"]);
  assert.equal((await request).status, 200);
  const sent = browser.sent.filter(({ url }) => url.includes("/api/"));
  assert.deepEqual(sent.map((one) => claimsOf(one).sub), [ben.id]);
});

test("a refused sign-in changes nobody: the rights are what they were, without being read again", async () => {
  const { client, browser } = await signedIn();
  const before = client.rights()!.rights;
  const start = browser.log.length;
  await assert.rejects(client.signIn({ email: ben.email, password: "not the password at all" }), (error: unknown) => error instanceof RolecallError && error.code === "credentials-invalid");
  assert.equal(client.rights()!.rights, before);
  assert.deepEqual(browser.log.slice(start), ["POST /v1/sessions"]);
  assert.equal((await client.fetch("/api/pods")).status, 200);
  await client.refresh();
  assert.equal(client.rights()!.user, ann.id);
});

test("a sign-in whose answer is lost: the server is asked who is there", async () => {
  const { client, browser } = await signedIn();
  browser.after = (line) => {
    if (line === "POST /v1/sessions") throw new TypeError("the connection broke");
  };
  await assert.rejects(client.signIn(as(ben)), RolecallNetworkError);
  delete browser.after;
  // Its cookie has come all the same, as browsers keep it before a page reads the answer.
  await client.refresh();
  assert.equal(client.rights()!.user, ben.id);
});

test("nothing is sent while somebody signs in; a request waits and goes as who is there then", async () => {
  const { client, browser } = await signedIn();
  const network = hold(browser, /POST \/v1\/sessions/);
  const signing = client.signIn({ email: ben.email, password: "not the password at all" });
  const answer = await network.next();
  const request = client.fetch("/api/pods");
  await settledHere();
  assert.equal(browser.log.at(-1), "POST /v1/sessions");
  answer.release();
  await assert.rejects(signing, RolecallError);
  assert.equal((await request).status, 200);
  assert.equal(claimsOf(browser.sent.at(-1)!).sub, ann.id);
});

test("a request that waits for its token when somebody else signs in is not sent", async () => {
  const { client, browser } = await signedIn();
  const network = hold(browser, /\/tokens/);
  const request = later(121_000, () => client.fetch("/api/pods"));
  const answer = await network.next();
  network.end();
  await client.signIn(as(ben));
  await client.accounts.use(team);
  answer.release();
  await assert.rejects(request, aborted);
  assert.equal(client.rights()!.user, ben.id);
  assert.ok(!browser.log.some((line) => line.includes("/api/")));
});

test("a sign-in beside another: after one that succeeded, the refusal of the other brings nobody back", async () => {
  const { client, browser } = await signedIn();
  const network = hold(browser, /POST \/v1\/sessions/);
  const refused = client.signIn({ email: ben.email, password: "not the password at all" });
  const second = client.signIn(as(ben));
  const answers = [await network.next(), await network.next()];
  network.end();
  for (const answer of answers) answer.release();
  await assert.rejects(refused, RolecallError);
  await second;
  await settledHere();
  await seen(world);
  await expectNobody(client, "account-not-chosen");
  await client.accounts.use(team);
  assert.equal(client.rights()!.user, ben.id);
});

test("ending another session changes nothing here, and tells nobody", async () => {
  const { client } = await signedIn();
  const other = await ann.elsewhere();
  const sessions = await client.sessions.list().all();
  let told = 0;
  client.on("rights-changed", () => (told += 1));
  const { items } = (await other.get("/v1/sessions")).body;
  const id = items.find(({ current }: { current: boolean }) => current).id;
  assert.ok(sessions.some((session) => session.id === id));
  await client.sessions.revoke(id);
  assert.equal(told, 0);
  assert.equal(client.can("pods.manage"), true);
});

test("a sign-up without an invitation signs nobody in: the rights stay", async () => {
  const { client } = await signedIn();
  await client.signUp({ email: "fay@example.com", password: passwordFor("fay@example.com") });
  assert.equal(client.rights()!.user, ann.id);
});

test("a late answer that nobody was signed in does not end what came after it", async () => {
  const arrived = await arrive(world);
  const network = hold(arrived.browser, /\/v1\/me/);
  const asked = arrived.client.me.get();
  const answer = await network.next();
  await arrived.client.signIn(as(ann));
  await arrived.client.accounts.use(team);
  answer.release();
  await assert.rejects(asked, RolecallError);
  assert.equal(arrived.client.rights()!.user, ann.id);
});

test("somebody else in the same browser: the next reading is theirs, and the page is told", async () => {
  const { client, browser } = await signedIn();
  // Another page of the same browser, which shares its cookies.
  const other = await createClient({ baseUrl: world.running.base.href, fetch: browser.fetch });
  // With the very same rights: who holds them is another person all the same.
  await other.signIn(as(dee));
  let told = 0;
  client.on("rights-changed", () => (told += 1));
  await client.refresh();
  assert.equal(told, 1);
  assert.deepEqual([client.rights()!.user, client.rights()!.role], [dee.id, "admin"]);
});

test("told that the session has ended, a page that asks again is not told for ever", async () => {
  const { client } = await signedIn();
  let told = 0;
  client.on("rights-changed", () => {
    told += 1;
    void client.me.get().catch(() => {});
  });
  await client.signOut();
  await assert.rejects(client.me.get(), RolecallError);
  await assert.rejects(client.me.get(), RolecallError);
  assert.equal(told, 1);
});
