// The client's rights: fetched, checked, revoked, switched; and requests refused before they are sent.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { inspect } from "node:util";
import { RolecallClientError, RolecallError, type Client } from "rolecall";
import { eventually, openWorld } from "../e2e/support/world.ts";
import { arrive, type Browser, later, rightsOf } from "./support/browser.ts";

const world = await openWorld();
const owner = await world.signUp("owner@example.com");
const team = await owner.convert("Acme");
const member = await world.hire(owner, team, "dev@example.com", "dev");

async function signedIn(email: string, password: string): Promise<{ client: Client; browser: Browser }> {
  const arrived = await arrive(world);
  await arrived.client.signIn({ email, password });
  return arrived;
}

const { client, browser } = await signedIn("dev@example.com", member.password);
/** Polls a condition once a turn of the event loop; works while the clock is mocked. */
const until = async (holds: () => boolean) => {
  do await new Promise((resolve) => setImmediate(resolve));
  while (!holds());
};
const sentSince = (start: number) => browser.log.slice(start);

test("before an account is in use, checks throw account-not-chosen", async () => {
  assert.throws(
    () => client.can("pods.manage"),
    (error: unknown) => error instanceof RolecallClientError && error.code === "account-not-chosen" && /switchAccount/.test(error.message),
  );
  assert.equal(client.rightsError()!.code, "account-not-chosen");
  await assert.rejects(client.fetch("/api/pods", { method: "POST" }), /switchAccount/);
  assert.equal(rightsOf(client), undefined);
});

test("three requests, then every check is local", async () => {
  const start = browser.log.length;
  await client.switchAccount(team);
  assert.deepEqual(sentSince(start).sort(), [`GET /v1/accounts/${team}/roles`, "GET /v1/policy", `POST /v1/accounts/${team}/tokens`]);
  assert.equal(client.can("pods.manage"), true);
  assert.equal(client.canAll(["pods.manage", "billing.view"]), false);
  assert.deepEqual(client.explain("clusters.manage"), { allowed: false, permission: "clusters.manage", role: "dev", grantedBy: ["admin"] });
  const server = await client.checks.run({ account: team, permissions: [...client.permissions()] });
  assert.ok(server.results.every(({ allowed }) => allowed));
  assert.equal(sentSince(start).length, 4);
});

test("a request without the permission is refused with the server's problem, and not sent", async () => {
  await client.refresh();
  const start = browser.log.length;
  const refused = await client.fetch("/api/clusters", { method: "POST", body: "{}" }).catch((error: unknown) => error);
  assert.ok(refused instanceof RolecallError);
  assert.deepEqual([refused.code, refused.status, refused.local], ["permission-missing", 403, true]);
  const response = await member.get(`/v1/accounts/${team}/audit-log`);
  // The server's document, except for the id of the request.
  const { detail: _, instance: __, denial, ...shape } = response.body;
  const { detail: ___, instance: ____, denial: local, type, ...ours } = refused.problem;
  assert.deepEqual({ ...ours, type: new URL(type).pathname }, { ...shape, type: new URL(shape.type, world.running.base).pathname });
  assert.deepEqual(Object.keys(local!).sort(), Object.keys(denial).sort());
  assert.deepEqual(local, { permission: "clusters.manage", role: "dev", granted_by: ["admin"] });
  assert.deepEqual(sentSince(start), []);
});

test("an allowed request is sent at once, with a permission token", async () => {
  const start = browser.log.length;
  const response = await later(0, () => client.fetch("/api/pods", { method: "POST", body: "{}" }));
  assert.deepEqual(sentSince(start), ["POST /api/pods"]);
  assert.equal((await client.tokens.current()).split(".").length, 3);
  assert.ok(response instanceof Response);
});

test("a path that is not canonical is refused", async () => {
  for (const path of ["/api/clusters/", "/api//clusters", "/api/./clusters", "/api/%63lusters", "/api/clusters%2Fx"]) {
    const start = browser.log.length;
    const outcome = await client.fetch(path, { method: "POST" }).then(
      (response) => response.status,
      (error: unknown) => (error as RolecallError).status,
    );
    assert.ok(outcome >= 400, `${path} got ${outcome}`);
    assert.ok(sentSince(start).length <= 1, `${path}: ${sentSince(start)}`);
  }
});

test("a request to another origin or path is sent unchanged, without a token", async () => {
  const seen: (string | null)[] = [];
  const listening = createServer((request, response) => {
    seen.push(request.headers.authorization ?? null);
    response.end();
  });
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  const { port } = listening.address() as AddressInfo;
  await client.fetch(`http://127.0.0.1:${port}/api/clusters`, { method: "POST" });
  listening.close();
  assert.deepEqual(seen, [null]);
});

test("a refusal by rights older than ten seconds renews them first", async () => {
  await owner.patch(`/v1/accounts/${team}/members/${member.id}`, { role: "admin" });
  assert.equal(client.can("clusters.manage"), false, "the client has not been notified yet");
  let notifications = 0;
  const stop = client.subscribe(() => (notifications += 1));
  const start = browser.log.length;
  await later(60_000, () => client.fetch("/api/clusters", { method: "POST", body: "{}" }));
  assert.equal(sentSince(start).at(-1), "POST /api/clusters");
  assert.equal(client.can("clusters.manage"), true);
  assert.equal(notifications, 1);
  stop();
});

test("a renewal with equal rights notifies no listener and keeps the same object", async () => {
  let notifications = 0;
  const stop = client.subscribe(() => (notifications += 1));
  const before = rightsOf(client);
  await Promise.all([client.refresh(), client.refresh(), client.refresh()]);
  assert.equal(notifications, 0);
  assert.equal(rightsOf(client), before);
  stop();
});

test("a revoked permission is gone after a refresh", async () => {
  await owner.patch(`/v1/accounts/${team}/members/${member.id}`, { role: "basic" });
  await client.refresh();
  assert.equal(client.can("clusters.manage"), false);
  assert.equal(rightsOf(client)!.role, "basic");
});

test("of two switches, the last one requested wins", async () => {
  const home = (await client.accounts.list().all()).find(({ kind }) => kind === "personal")!.id;
  const outcomes = await Promise.allSettled([client.switchAccount(home), client.switchAccount(team), client.switchAccount(home)]);
  assert.deepEqual(
    outcomes.map((outcome) => (outcome.status === "rejected" ? (outcome.reason as Error).name : "in use")),
    ["AbortError", "AbortError", "in use"],
  );
  assert.equal(rightsOf(client)!.account, home);
  assert.equal(client.can("team.manage"), true);
  await client.switchAccount(team);
  assert.equal(client.can("team.manage"), false);
});

test("an explanation names custom roles", async () => {
  const role = await owner.post(`/v1/accounts/${team}/roles`, {
    code: "on-call",
    title: "On call",
    permissions: ["team.access", "pods.connect", "pods.manage"],
  });
  assert.equal(role.status, 201);
  await owner.patch(`/v1/accounts/${team}/members/${member.id}`, { role: role.body.code });
  await client.refresh();
  assert.equal(client.can("pods.manage"), true);
  const explained = client.explain("pods.manage");
  assert.ok(explained.grantedBy.includes(role.body.code), JSON.stringify(explained));
});

test("explanations follow changes of the account's roles, also where the user's rights are unchanged", async () => {
  let notifications = 0;
  const stop = client.subscribe(() => (notifications += 1));
  const before = rightsOf(client);
  assert.equal((await owner.post(`/v1/accounts/${team}/roles`, { code: "pod-herd", title: "Pods", permissions: ["pods.manage"] })).status, 201);
  await client.refresh();
  assert.ok(client.explain("pods.manage").grantedBy.includes("pod-herd"));
  assert.notEqual(rightsOf(client), before, "a changed explanation, a new object");
  assert.equal((await owner.patch(`/v1/accounts/${team}/roles/pod-herd`, { permissions: ["volumes.manage"] })).status, 200);
  await client.refresh();
  assert.ok(!client.explain("pods.manage").grantedBy.includes("pod-herd"));
  assert.ok(client.explain("volumes.manage").grantedBy.includes("pod-herd"));
  assert.equal(notifications, 2);
  assert.equal((await owner.delete(`/v1/accounts/${team}/roles/pod-herd`)).status, 204);
  await client.refresh();
  assert.ok(!client.explain("volumes.manage").grantedBy.includes("pod-herd"));
  assert.equal(notifications, 3);
  stop();
});

test("when the roles cannot be fetched, those fetched before are used", async () => {
  const grantedBy = client.explain("pods.manage").grantedBy;
  assert.ok(grantedBy.includes("on-call"));
  browser.before = (line) => {
    if (line.endsWith("/roles")) throw new TypeError("no network");
  };
  await client.refresh();
  delete browser.before;
  assert.deepEqual(client.explain("pods.manage").grantedBy, grantedBy);
});

test("the snapshot is plain data, and does not contain the token", async () => {
  const token = await client.tokens.current();
  assert.ok(!inspect(rightsOf(client), { depth: 10, showHidden: true, getters: true }).includes(token));
  assert.deepEqual(JSON.parse(JSON.stringify(client.snapshot())), client.snapshot());
  assert.deepEqual(Object.keys(rightsOf(client)!).sort(), ["account", "grantedBy", "permissions", "role", "status", "user", "version"]);
  assert.equal(rightsOf(client)!.user.id, member.id);
});

test("an error thrown by a listener is reported; other listeners are called, and the triggering call succeeds", async () => {
  const reported: unknown[] = [];
  const report = globalThis.reportError;
  globalThis.reportError = (error) => void reported.push(error);
  const fault = new Error("a listener's own");
  const stops = [
    client.subscribe(() => {
      throw fault;
    }),
    client.subscribe(() => (notifications += 1)),
  ];
  let notifications = 0;
  try {
    await client.switchAccount((await client.me.get()).memberships.find(({ account }) => account.id !== team)!.account.id);
    await client.switchAccount(team);
  } finally {
    globalThis.reportError = report;
    for (const stop of stops) stop();
  }
  assert.deepEqual(reported, [fault, fault]);
  assert.equal(notifications, 2);
});

test("a listener registered twice is called twice, and removed separately", async () => {
  let notifications = 0;
  const listener = () => (notifications += 1);
  const [stop, other] = [client.subscribe(listener), client.subscribe(listener)];
  stop();
  await owner.patch(`/v1/accounts/${team}/members/${member.id}`, { role: "dev" });
  await client.refresh();
  assert.equal(notifications, 1);
  other();
});

test("without listeners and reads, the client renews once more and then stops until the next read", async (t) => {
  const { client: idle, browser: own } = await signedIn("dev@example.com", member.password);
  const renewals = () => own.log.filter((line) => line.includes("/tokens")).length;
  t.mock.timers.enable({ apis: ["setTimeout"] });
  /** Advances the clock by two minutes at a time until that many tokens were requested. */
  const pass = (count: number) =>
    until(() => {
      t.mock.timers.tick(120_000);
      return renewals() >= count;
    });
  await idle.switchAccount(team);
  await pass(2);
  for (let turn = 0; turn < 2_000; turn += 1) await until(() => (t.mock.timers.tick(120_000), true));
  assert.equal(renewals(), 2, "no reads since");
  assert.equal(idle.can("team.access"), true);
  await until(() => renewals() === 3);
  const stop = idle.subscribe(() => {});
  await pass(4);
  await pass(6);
  stop();
  t.mock.timers.reset();
});

test("rights are renewed in the background before the token expires", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  await client.switchAccount(team);
  const start = browser.log.length;
  t.mock.timers.tick(120_000 * 0.6);
  assert.deepEqual(sentSince(start), []);
  t.mock.timers.tick(120_000 * 0.3);
  t.mock.timers.reset();
  await eventually(async () => assert.ok(sentSince(start).includes(`POST /v1/accounts/${team}/tokens`)));
});

test("after a removal from the team the rights are cleared, and listeners are notified", async () => {
  await client.switchAccount(team);
  assert.equal((await owner.delete(`/v1/accounts/${team}/members/${member.id}`)).status, 204);
  let notifications = 0;
  client.subscribe(() => (notifications += 1));
  await assert.rejects(client.refresh(), (error: unknown) => error instanceof RolecallError && error.code === "account-not-found");
  assert.equal(rightsOf(client), undefined);
  assert.equal(notifications, 1);
  // No rights is not a denial: checks throw, with the server's error as cause.
  const error = client.rightsError()!;
  assert.ok(error instanceof RolecallClientError && error.code === "account-lost" && error.cause instanceof RolecallError, String(error));
  for (const ask of [() => client.can("pods.manage"), () => client.canAll([]), () => client.permissions(), () => client.explain("pods.manage")]) {
    assert.throws(ask, (thrown: unknown) => thrown instanceof RolecallClientError && thrown.code === "account-lost");
  }
});
