// Switching accounts with other responses pending: the account last requested is in use, and a request is checked and sent
// in one account. The responses are the Worker's, delayed and reordered.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RolecallError, type Client } from "rolecall";
import { openGateway, takeUpstreamRequests } from "../e2e/support/gateway.ts";
import { type Browser, arrive, claimsOf, drainQueue, hold, later, rightsOf } from "./support/browser.ts";

const world = await openGateway();
const ann = await world.signUp("ann@example.com");
const teamA = await ann.convert("A");
const ben = await world.signUp("ben@example.com");
const teamB = await ben.convert("B");
// Dev in A, billing in B: each has permissions that the other lacks.
const dot = await world.hire(ann, teamA, "dot@example.com", "dev");
await ben.invite(teamB, "dot@example.com", "billing");
await dot.join(await world.mailedLink("dot@example.com", "/join"));

/** An account that Dot is not a member of. */
const FOREIGN = (await world.signUp("zoe@example.com")).home;

async function signedIn(account = teamA): Promise<{ client: Client; browser: Browser }> {
  const arrived = await arrive(world);
  await arrived.client.signIn({ email: "dot@example.com", password: dot.password });
  await arrived.client.switchAccount(account);
  return arrived;
}

const aborted = (error: unknown) => error instanceof DOMException && error.name === "AbortError";
const refusedWith = (code: string) => (error: unknown) => error instanceof RolecallError && error.code === code;
const tokensOf = (account: string) => new RegExp(`^POST /v1/accounts/${account}/tokens`);
const gatewayRequests = (browser: Browser) => browser.sent.filter(({ url }) => new URL(url).pathname.startsWith("/api/"));

for (const [what, meanwhile] of [
  ["a request", (client: Client) => client.fetch("/api/billing")],
  ["refresh()", (client: Client) => client.refresh()],
  ["tokens.current()", (client: Client) => client.tokens.current()],
] as const) {
  test(`a pending switch is not undone by ${what}`, async () => {
    const { client, browser } = await signedIn();
    const network = hold(browser, tokensOf(teamB));
    const switching = client.switchAccount(teamB);
    const response = await network.next();
    const other = meanwhile(client);
    await drainQueue();
    response.release();
    network.end();
    await Promise.all([switching, other]);
    assert.equal(rightsOf(client)!.account, teamB);
    assert.equal(client.can("billing.view"), true);
    for (const request of gatewayRequests(browser)) assert.equal(claimsOf(request).account, teamB);
  });
}

test("a renewal that was requested before a switch and responds after it is discarded", async () => {
  const { client, browser } = await signedIn();
  const network = hold(browser, tokensOf(teamA));
  const renewal = client.refresh();
  const response = await network.next();
  await client.switchAccount(teamB);
  response.release();
  await renewal;
  assert.equal(rightsOf(client)!.account, teamB);
  assert.equal(rightsOf(client)!.role, "billing");
});

test("of two fetches for one account the newer one is used, whichever responds first", async () => {
  const { client, browser } = await signedIn();
  const network = hold(browser, tokensOf(teamA));
  const old = client.refresh();
  const response = await network.next();
  await ann.setRole(teamA, dot.id, "basic");
  const anew = client.switchAccount(teamA);
  (await network.next()).release();
  await anew;
  assert.equal(rightsOf(client)!.role, "basic");
  response.release();
  network.end();
  await old;
  await drainQueue();
  assert.equal(rightsOf(client)!.role, "basic");
  await ann.setRole(teamA, dot.id, "dev");
});

test("the last requested account is in use; the call before rejects at once with an AbortError", async () => {
  const { client, browser } = await signedIn(dot.home);
  const network = hold(browser, tokensOf(teamA));
  const first = client.switchAccount(teamA);
  const response = await network.next();
  const second = client.switchAccount(teamB);
  await assert.rejects(first, aborted);
  await second;
  response.release();
  await drainQueue();
  assert.equal(rightsOf(client)!.account, teamB);
});

test("concurrent switches to one account share a switch, which one caller's signal does not abort for the other", async () => {
  const { client, browser } = await signedIn(dot.home);
  const network = hold(browser, tokensOf(teamA));
  const stop = new AbortController();
  const given = client.switchAccount(teamA, { signal: stop.signal });
  const response = await network.next();
  const other = client.switchAccount(teamA);
  stop.abort(new Error("unmounted"));
  await assert.rejects(given, /unmounted/);
  response.release();
  await other;
  assert.equal(rightsOf(client)!.account, teamA);
  assert.equal(browser.log.filter((line) => tokensOf(teamA).test(line)).length, 1);
});

test("a switch requested in the turn in which its only caller aborted is a new switch", async () => {
  const { client } = await signedIn(dot.home);
  const stop = new AbortController();
  const given = client.switchAccount(teamA, { signal: stop.signal });
  stop.abort(new Error("unmounted"));
  const again = client.switchAccount(teamA);
  await assert.rejects(given, /unmounted/);
  await again;
  assert.equal(rightsOf(client)!.account, teamA);
});

test("a refused switch keeps the account in use, its rights and its token", async () => {
  const { client, browser } = await signedIn();
  let notifications = 0;
  client.subscribe(() => (notifications += 1));
  await assert.rejects(client.switchAccount(FOREIGN), refusedWith("account-not-found"));
  assert.equal(rightsOf(client)!.account, teamA);
  assert.equal(client.can("pods.manage"), true);
  assert.equal((await client.fetch("/api/pods")).status, 200);
  assert.deepEqual(
    gatewayRequests(browser).map((request) => claimsOf(request).account),
    [teamA],
  );
  assert.equal(notifications, 0);
});

test("an aborted switch, or one without a response, keeps the account in use", async () => {
  const { client, browser } = await signedIn();
  const stop = new AbortController();
  const network = hold(browser, tokensOf(teamB));
  const switching = client.switchAccount(teamB, { signal: stop.signal });
  await network.next();
  stop.abort(new Error("never mind"));
  await assert.rejects(switching, /never mind/);
  assert.equal((await client.fetch("/api/pods")).status, 200);
  assert.equal(rightsOf(client)!.account, teamA);
  delete browser.after;
  browser.before = (line) => {
    if (tokensOf(teamB).test(line)) throw new TypeError("no network");
  };
  await assert.rejects(client.switchAccount(teamB), /could not be reached/);
  assert.equal(rightsOf(client)!.account, teamA);
});

test("a request during a switch belongs to the requested account: it rejects as the switch does, and is not sent in another account", async () => {
  const { client, browser } = await signedIn();
  const network = hold(browser, /\/tokens/);
  const switching = client.switchAccount(FOREIGN);
  const response = await network.next();
  const request = client.fetch("/api/pods");
  response.release();
  network.end();
  await assert.rejects(switching, RolecallError);
  const [one, other] = await Promise.all(
    [switching, request].map((call) =>
      call.then(
        () => assert.fail("it failed"),
        (error: unknown) => error,
      ),
    ),
  );
  assert.equal(one, other);
  assert.deepEqual(gatewayRequests(browser), []);
});

test("a request that waits for a switch rejects with it when another account is requested", async () => {
  const { client, browser } = await signedIn();
  const network = hold(browser, tokensOf(teamB));
  const switching = client.switchAccount(teamB);
  await network.next();
  const request = client.fetch("/api/billing");
  const back = client.switchAccount(dot.home);
  await assert.rejects(request, aborted);
  await assert.rejects(switching, aborted);
  await back;
  assert.deepEqual(gatewayRequests(browser), []);
});

test("a request keeps its account while its token is renewed and the page switches", async () => {
  const { client, browser } = await signedIn();
  const network = hold(browser, tokensOf(teamA));
  await later(121_000, async () => {
    const request = client.fetch("/api/pods?of=a");
    const response = await network.next();
    await client.switchAccount(teamB);
    response.release();
    network.end();
    assert.equal((await request).status, 200);
  });
  assert.deepEqual(
    gatewayRequests(browser).map((sent) => claimsOf(sent).account),
    [teamA],
  );
  assert.equal(rightsOf(client)!.account, teamB);
});

test("every request is sent with a token, whatever is renewed meanwhile", async () => {
  const { client, browser } = await signedIn();
  const network = hold(browser, /\/tokens/);
  await later(121_000, async () => {
    const requests = [client.fetch("/api/pods"), client.fetch("/api/pods")];
    const renewal = await network.next();
    const switching = client.switchAccount(teamB);
    requests.push(client.fetch("/api/billing"));
    const other = await network.next();
    renewal.release();
    await drainQueue();
    other.release();
    network.end();
    await Promise.all([switching, ...requests]);
  });
  const sent = gatewayRequests(browser);
  assert.equal(sent.length, 3);
  for (const request of sent) assert.match(request.headers.get("authorization")!, /^Bearer [\w-]+\.[\w-]+\.[\w-]+$/);
  assert.deepEqual(sent.map((request) => claimsOf(request).account).sort(), [teamA, teamA, teamB].sort());
});

test("refresh() fetches after the call, and does not share an earlier pending renewal", async () => {
  const { client, browser } = await signedIn();
  const network = hold(browser, tokensOf(teamA));
  const first = client.refresh();
  const response = await network.next();
  await ann.setRole(teamA, dot.id, "basic");
  const second = client.refresh();
  response.release();
  network.end();
  await first;
  await second;
  assert.equal(rightsOf(client)!.role, "basic");
  await ann.setRole(teamA, dot.id, "dev");
});

test("a method is matched and sent in capitals", async () => {
  const { client, browser } = await signedIn();
  await client.refresh();
  await takeUpstreamRequests(world);
  // `PATCH /api/volumes/{id}` is the only route of the policy whose method `fetch` does not normalise.
  assert.equal((await client.fetch("/api/volumes/vol_1", { method: "patch" })).status, 200);
  assert.equal((await client.fetch(new Request(new URL("/api/volumes/vol_2", world.running.base), { method: "patch" }))).status, 200);
  assert.deepEqual(
    (await takeUpstreamRequests(world)).map(({ method, path }) => [method, path]),
    [
      ["PATCH", "/api/volumes/vol_1"],
      ["PATCH", "/api/volumes/vol_2"],
    ],
  );
  await client.switchAccount(teamB);
  await client.refresh();
  const start = browser.log.length;
  await assert.rejects(client.fetch("/api/volumes/vol_1", { method: "patch" }), refusedWith("permission-missing"));
  assert.deepEqual(browser.log.slice(start), []);
});

test("a Request that is refused locally can still be read and sent again", async () => {
  const { client } = await signedIn();
  await client.refresh();
  const request = new Request(new URL("/api/clusters", world.running.base), { method: "POST", body: "{}" });
  await assert.rejects(client.fetch(request), refusedWith("permission-missing"));
  assert.equal(await request.text(), "{}");
});
