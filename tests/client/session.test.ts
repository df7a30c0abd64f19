// The client's state: who is signed in, how that is known, and what ends it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Client, RolecallClientError, RolecallError, RolecallNetworkError, type Snapshot, createClient } from "rolecall";
import { UnknownCodeError } from "rolecall/core";
import { stateOf } from "../../pkg/dist/client/snapshot.js";
import { openGateway, takeUpstreamRequests } from "../e2e/support/gateway.ts";
import { eventually } from "../e2e/support/world.ts";
import { type Browser, arrive, drainQueue, hold, later, rightsOf } from "./support/browser.ts";

const world = await openGateway();
const ann = await world.signUp("ann@example.com");
const team = await ann.convert("Acme");
const ben = await world.hire(ann, team, "ben@example.com", "dev");
const as = ({ email, password }: { email: string; password: string }) => ({ email, password });

/** Every state that a client had, beginning with the present one. */
function states(client: Client): Snapshot[] {
  const seen = [client.snapshot()];
  client.subscribe(() => seen.push(client.snapshot()));
  return seen;
}
const statuses = (seen: Snapshot[]) => seen.map(({ status }) => status);
const clientError = (code: string) => (error: unknown) => error instanceof RolecallClientError && error.code === code;

async function started(person = ben): Promise<{ client: Client; browser: Browser }> {
  const arrived = await arrive(world);
  await arrived.client.signIn(as(person));
  await arrived.client.start();
  return arrived;
}

test("createClient needs no address, sends nothing, and its state is loading", () => {
  const client = createClient();
  assert.deepEqual(client.snapshot(), { status: "loading" });
  assert.equal(client.snapshot(), client.snapshot());
  assert.throws(() => client.can("pods.manage"), clientError("account-not-chosen"));
});

test("start: signed out without a session, and no error is thrown", async () => {
  const { client, browser } = await arrive(world);
  const seen = states(client);
  assert.deepEqual(await client.start(), { status: "signed-out" });
  assert.deepEqual(statuses(seen), ["loading", "signed-out"]);
  assert.deepEqual(browser.log, ["GET /v1/me"]);
  assert.throws(() => client.can("pods.manage"), clientError("session-ended"));
});

test("start: the user, their active account and what they may do there", async () => {
  const { client } = await arrive(world);
  await client.signIn(as(ben));
  const state = await client.start();
  assert.equal(state.status, "signed-in");
  assert.equal(state, client.snapshot());
  const { user, account, role, permissions, grantedBy } = rightsOf(client)!;
  assert.deepEqual([user, account, role], [{ id: ben.id, name: "ben", email: ben.email }, team, "dev"]);
  assert.deepEqual(permissions, client.permissions());
  assert.deepEqual(grantedBy["clusters.manage"], ["admin"]);
  assert.deepEqual((await client.start({ account: ben.home })).status === "signed-in" && rightsOf(client)!.account, ben.home);
});

test("concurrent starts share their requests", async () => {
  const { client, browser } = await arrive(world);
  await client.signIn(as(ben));
  const before = browser.log.length;
  const [one, two] = await Promise.all([client.start(), client.start()]);
  assert.equal(one, two);
  assert.equal(browser.log.slice(before).filter((line) => line === "GET /v1/me").length, 1);
});

test("an account chosen during start counts", async () => {
  const { client, browser } = await arrive(world);
  await client.signIn(as(ben));
  const network = hold(browser, /\/v1\/me$/);
  const start = client.start();
  const me = await network.next();
  await client.switchAccount(ben.home);
  me.release();
  network.end();
  await start;
  assert.equal(rightsOf(client)!.account, ben.home);
});

test("a request during the first start waits for it", async () => {
  const { client, browser } = await arrive(world);
  await client.signIn(as(ben));
  const start = client.start();
  assert.equal((await client.fetch("/api/pods")).status, 200);
  assert.equal(browser.log.at(-1), "GET /api/pods");
  await start;
  const { client: nobody } = await arrive(world);
  const signedOut = nobody.start();
  await assert.rejects(nobody.fetch("/api/pods"), clientError("session-ended"));
  await signedOut;
});

test("once started, a client reads the state again after a sign-in, and after a sign-out it is signed out", async () => {
  const { client } = await arrive(world);
  await client.start();
  await client.signIn(as(ben));
  const state = await client.start();
  assert.equal(state.status === "signed-in" && state.user.id, ben.id);
  await client.signIn(as(ann));
  await eventually(async () => assert.equal(rightsOf(client)?.user.id, ann.id));
  const seen = states(client);
  await client.signOut();
  assert.deepEqual(statuses(seen), ["signed-in", "signed-out"]);
});

test("a sign-in while start is pending: the state is that of the new user", async () => {
  const { client, browser } = await started(ann);
  const network = hold(browser, /\/v1\/me$/);
  const start = client.start();
  const me = await network.next();
  const signIn = client.signIn(as(ben));
  await signIn;
  me.release();
  network.end();
  const state = await start;
  assert.equal(state.status === "signed-in" && state.user.id, ben.id);
});

test("without a response the state is failed, with the error; the next start recovers", async () => {
  const { client, browser } = await arrive(world);
  await client.signIn(as(ben));
  const seen = states(client);
  browser.before = (line) => (line === "GET /v1/me" ? Response.json({ what: "a proxy's page" }, { status: 502 }) : undefined);
  const error = await client.start().catch((error: unknown) => error);
  assert.ok(error instanceof RolecallNetworkError);
  const state = client.snapshot();
  assert.ok(state.status === "failed" && state.error === error);
  assert.equal(client.snapshot(), state);
  delete browser.before;
  await client.start();
  assert.deepEqual(statuses(seen), ["loading", "failed", "loading", "signed-in"]);
});

test("a removed member's state is failed with account-lost, and start finds an account that is left", async () => {
  const guest = await world.hire(ann, team, "guest@example.com", "basic");
  const { client } = await started(guest);
  assert.equal(rightsOf(client)!.account, team);
  assert.equal((await ann.remove(team, guest.id)).status, 204);
  await client.refresh().catch(() => undefined);
  const state = client.snapshot();
  assert.ok(state.status === "failed" && clientError("account-lost")(state.error), JSON.stringify(state));
  await client.start();
  assert.equal(rightsOf(client)!.account, guest.home);
});

test("the clock set back, or forward: a token is renewed before it is sent with less than its margin", async () => {
  const { client, browser } = await started();
  const renewals = () => browser.log.filter((line) => line.endsWith("/tokens")).length;
  const before = renewals();
  await later(-3_600_000, () => client.fetch("/api/pods"));
  assert.equal(renewals(), before, "a fresh token is not renewed because the clock was set back");
  await later(118_000, () => client.fetch("/api/pods"));
  assert.equal(renewals(), before + 1);
  const monotonic = performance.now;
  performance.now = () => monotonic.call(performance) + 118_000;
  try {
    // An hour back by the wall clock, two minutes on by the other one.
    await later(-3_600_000, () => client.fetch("/api/pods"));
  } finally {
    performance.now = monotonic;
  }
  assert.equal(renewals(), before + 2);
});

test("fetch sends `json` as JSON", async () => {
  const { client } = await started();
  await takeUpstreamRequests(world);
  await client.fetch("/api/pods", { method: "POST", json: { name: "first" } });
  const [request] = await takeUpstreamRequests(world);
  assert.deepEqual([request!.headers["content-type"], request!.body?.text], ["application/json", '{"name":"first"}']);
});

test("calls are about the account in use, or about another one; without either they reject", async () => {
  const { client } = await started(ann);
  const invited = await client.invitations.create({ email: "cleo@example.com", role: "dev" });
  assert.equal(invited.account, team);
  assert.ok((await client.invitations.list({ state: "pending" }).all()).some(({ id }) => id === invited.id));
  await client.invitations.revoke(invited.id);
  const { changes } = await client.members.remove(ben.id, { dryRun: true });
  assert.ok(changes.length > 0);
  assert.ok((await client.members.list().all()).some(({ user }) => user.id === ben.id));
  assert.equal((await client.accounts.get()).id, team);
  assert.equal((await client.accounts.get(ann.home)).id, ann.home);
  const { client: nobody } = await arrive(world);
  for (const call of [
    () => nobody.members.list().page(),
    () => nobody.members.remove(ben.id),
    () => nobody.roles.list(),
    () => nobody.checks.run({ permissions: ["team.access"] }),
    () => nobody.tokens.create(),
  ])
    await assert.rejects(call, clientError("account-not-chosen"));
});

test("canAny, and an undefined code: thrown in development, reported once and not held in production", async () => {
  const { client } = await started();
  assert.equal(client.canAny(["clusters.manage", "pods.manage"]), true);
  assert.equal(client.canAny(["clusters.manage", "billing.view"]), false);
  assert.equal(client.canAny([]), false);
  const misspelt = "pods.mange" as "pods.manage";
  for (const check of [
    () => client.can(misspelt),
    () => client.canAll([misspelt]),
    () => client.canAny(["pods.manage", misspelt]),
    () => client.explain(misspelt),
  ])
    assert.throws(check, UnknownCodeError);
  const reported: unknown[] = [];
  const [report, environment] = [globalThis.reportError, process.env["NODE_ENV"]];
  globalThis.reportError = (error) => void reported.push(error);
  process.env["NODE_ENV"] = "production";
  try {
    assert.equal(client.can(misspelt), false);
    assert.equal(client.canAll(["pods.manage", misspelt]), false);
    assert.equal(client.canAny(["pods.manage", misspelt]), true);
    assert.deepEqual(client.explain(misspelt), { allowed: false, permission: misspelt, role: "dev", grantedBy: [] });
    assert.equal(reported.length, 1);
    assert.ok(reported[0] instanceof UnknownCodeError);
  } finally {
    globalThis.reportError = report;
    if (environment === undefined) delete process.env["NODE_ENV"];
    else process.env["NODE_ENV"] = environment;
  }
});

test("a closed client holds nothing, notifies nobody, and refuses every call; the session stays", async () => {
  const { client, browser } = await started();
  const seen = states(client);
  client[Symbol.dispose]();
  await assert.rejects(client.me.get(), clientError("client-closed"));
  await assert.rejects(client.switchAccount(team), clientError("client-closed"));
  await assert.rejects(client.start(), clientError("client-closed"));
  await assert.rejects(client.fetch("/api/pods"), clientError("client-closed"));
  assert.throws(() => client.can("pods.manage"), clientError("client-closed"));
  assert.ok(!statuses(seen).includes("signed-out"));
  const again = createClient({ baseUrl: world.running.base.href, fetch: browser.fetch });
  assert.equal((await again.start()).status, "signed-in");
});

test("a problem is discriminated by the error's code", async () => {
  const { client } = await started();
  const error = await client.fetch("/api/clusters", { method: "POST" }).catch((error: unknown) => error);
  assert.ok(error instanceof RolecallError);
  if (error.code === "permission-missing") assert.equal(error.problem.denial.permission, "clusters.manage");
  else assert.fail(error.code);
});

test("a refused sign-in restores the state before it, also where nobody was signed in", async () => {
  const { client } = await arrive(world);
  await client.start();
  const seen = states(client);
  await assert.rejects(client.signIn({ email: ben.email, password: "not the password of Ben" }), RolecallError);
  assert.deepEqual(client.snapshot(), { status: "signed-out" });
  assert.deepEqual(statuses(seen), ["signed-out", "loading", "signed-out"]);
});

test("a state that the server has read is rendered until the client has one, and never again", async () => {
  const { client } = await started(ann);
  const initial = client.snapshot();
  const { client: page } = await arrive(world);
  assert.equal(stateOf(page, initial), initial);
  await page.start();
  assert.deepEqual(stateOf(page, initial), { status: "signed-out" });
  const rendered: Snapshot[] = [];
  page.subscribe(() => rendered.push(stateOf(page, initial)));
  await page.signIn(as(ben));
  await page.start();
  assert.ok(rendered.some(({ status }) => status === "loading") && rendered.length > 1);
  for (const state of rendered) assert.ok(state.status !== "signed-in" || state.user.id === ben.id, "an earlier user");
});

test("a client that is closed during a sign-in stays closed", async () => {
  for (const password of [ben.password, "not the password of Ben"]) {
    const { client, browser } = await started(ann);
    const network = hold(browser, /\/v1\/sessions$/);
    const signIn = client.signIn({ email: ben.email, password }).catch(() => undefined);
    const response = await network.next();
    client.close();
    response.release();
    network.end();
    await signIn;
    await drainQueue();
    assert.throws(() => client.can("pods.manage"), clientError("client-closed"));
  }
});

test("an id that is no segment of a path is refused, and nothing is sent", async () => {
  const { client, browser } = await started(ann);
  const before = browser.log.length;
  for (const id of ["", ".", ".."]) {
    await assert.rejects(client.switchAccount(id), clientError("id-invalid"));
    await assert.rejects(client.members.remove(id), clientError("id-invalid"));
    await assert.rejects(client.sessions.revoke(id), clientError("id-invalid"));
  }
  assert.deepEqual(
    browser.log.slice(before).filter((line) => !line.includes("/v1/policy") && !line.endsWith(`/${team}/tokens`) && !line.endsWith(`/${team}/roles`)),
    [],
  );
});

test("a request that is refused because the user was removed changes the state at once", async () => {
  const guest = await world.hire(ann, team, "former@example.com", "dev");
  const { client } = await started(guest);
  assert.equal((await ann.remove(team, guest.id)).status, 204);
  const response = await client.fetch("/api/pods", { method: "POST", json: {} });
  // A token is accepted until its account's revocation is known; then the account does not exist for its user.
  await eventually(async () => {
    if (client.snapshot().status === "signed-in") await client.fetch("/api/pods", { method: "POST", json: {} }).catch(() => undefined);
    assert.equal(client.snapshot().status, "failed");
  });
  assert.ok(response.status === 404 || response.ok);
});

test("a dry run is one wherever it is asked for", async () => {
  const zoe = await world.signUp("zoe@example.com");
  const { client } = await started(zoe);
  await client.accounts.convert(zoe.home, {}, { dryRun: true });
  await client.accounts.convert(zoe.home, { dryRun: true });
  assert.equal((await client.accounts.get()).kind, "personal");
});
