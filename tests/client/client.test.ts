// `createClient` against the built Worker: every group of methods.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RolecallError, RolecallNetworkError, toResult } from "rolecall";
import { loadEngine } from "rolecall/core";
import { proofOf, tokenOf } from "../e2e/support/people.ts";
import { openWorld, passwordFor } from "../e2e/support/world.ts";
import { arrive, rightsOf } from "./support/browser.ts";

const world = await openWorld();
const { client: ada, browser } = await arrive(world);
const email = "ada@example.com";

async function code(call: Promise<unknown>): Promise<string> {
  const result = await toResult(call);
  return result.ok ? "ok" : result.problem.code;
}

/** Ada's only account. */
const home = async () => (await ada.me.get()).active_account;

test("createClient sends no request", () => assert.deepEqual(browser.log, []));

test("sign-up, verification, conversion to a team", async () => {
  assert.deepEqual(await ada.signUp({ email, password: passwordFor(email), name: "Ada" }), { status: "verification-sent" });
  const { user, account } = await ada.verifyEmail(tokenOf(await world.mailedLink(email, "/verify-email")));
  assert.equal(user.name, "Ada");
  assert.equal(account.kind, "personal");
  const preview = await ada.accounts.convert(account.id, { dryRun: true, name: "Acme" });
  assert.ok(preview.changes.length > 0);
  assert.equal((await ada.accounts.get(account.id)).kind, "personal", "a preview changes nothing");
  const team = await ada.accounts.convert(account.id, { name: "Acme" });
  assert.deepEqual([team.id, team.kind, team.name], [account.id, "team", "Acme"]);
  assert.equal((await ada.accounts.update(team.id, { name: "Acme GmbH" }, { ifVersion: team.version })).name, "Acme GmbH");
  assert.equal(await code(ada.accounts.update(team.id, { name: "Late" }, { ifVersion: team.version })), "precondition-failed");
});

test("invitation, joining, permissions and removal of a member", async () => {
  const team = await home();
  const invitation = await ada.invitations.create({ account: team, email: "ben@example.com", role: "basic" });
  assert.equal(invitation.state, "pending");
  assert.equal(await code(ada.invitations.create({ account: team, email: "ben@example.com", role: "dev" })), "invitation-pending");
  const link = await world.mailedLink("ben@example.com", "/join");
  const { client: ben } = await arrive(world);
  const [token, proof] = [tokenOf(link), proofOf(link)!];
  assert.equal((await ben.invitations.preview({ token, proof })).account.name, "Acme GmbH");
  await ben.signUp({ email: "ben@example.com", password: passwordFor("ben@example.com"), invitation: { token, proof } });
  const me = await ben.me.get();
  assert.equal(me.active_account, team, "the joined team is the active account");
  const denied = await toResult(ben.auditLog.list({ account: team }).page());
  assert.ok(!denied.ok && denied.problem.code === "permission-missing");
  // The code narrows the type: the denial is read without a cast.
  assert.deepEqual(denied.problem.denial, { permission: "audit.read", role: "basic", granted_by: ["admin"] });
  assert.equal((await ada.members.update(me.user.id, { account: team, role: "dev" })).role, "dev");
  const { changes } = await ada.members.remove(me.user.id, { account: team, dryRun: true });
  assert.deepEqual(
    changes.map(({ action }) => action),
    ["member.remove", "active-account.reset"],
  );
  assert.equal((await ada.members.list({ account: team }).all()).length, 2, "a preview removes nobody");
  await ben.members.remove(me.user.id, { account: team });
  assert.deepEqual(
    (await ada.members.list({ account: team }).all()).map((member) => member.user.email),
    [email],
  );
});

test("roles, API keys, checks, sessions, policy", async () => {
  const team = await home();
  const role = await ada.roles.create({ account: team, code: "on-call", title: "On call", permissions: ["team.access", "pods.connect"] });
  assert.equal((await ada.roles.update(role.code, { account: team, title: "On-call" })).title, "On-call");
  assert.ok((await ada.roles.list({ account: team })).items.some(({ code }) => code === role.code));
  await ada.roles.delete(role.code, { account: team });
  const key = await ada.apiKeys.create({ account: team, name: "ci", permissions: ["team.access"] });
  assert.equal(typeof key.secret, "string");
  assert.deepEqual(
    (await ada.apiKeys.list({ account: team }).all()).map(({ id }) => id),
    [key.id],
  );
  await ada.apiKeys.revoke(key.id, { account: team });
  assert.deepEqual(await ada.apiKeys.list({ account: team }).all(), []);
  const { results } = await ada.checks.run({ account: team, permissions: ["pods.manage"], explain: true });
  assert.equal(results[0]!.allowed, true);
  assert.equal((await ada.sessions.list().all()).filter(({ current }) => current).length, 1);
  assert.equal((await ada.policy.get()).version, 1);
  assert.equal((await ada.me.update({ name: "Ada L." })).user.name, "Ada L.");
});

test("an attribute policy is written, read with its version, and deleted", async () => {
  const team = await home();
  const rule = { id: "no-pods", effect: "deny", resources: [{ type: "pod" }] };
  const { policy, version } = await ada.attributePolicy.put({ version: 1, rules: [rule] }, { account: team });
  assert.deepEqual(policy, { version: 1, rules: [rule] });
  assert.deepEqual(await ada.attributePolicy.get({ account: team }), { policy, version });
  assert.equal(await code(ada.attributePolicy.put({ version: 1 }, { account: team, ifVersion: version - 1 })), "precondition-failed");
  const faulty = await toResult(ada.attributePolicy.put({ version: 1, rules: [{ id: "x" }] }, { account: team }));
  assert.ok(!faulty.ok && faulty.problem.code === "fields-invalid" && faulty.problem.errors[0]!.pointer === "/rules/0/effect");
  await ada.attributePolicy.delete({ account: team, ifVersion: version });
  assert.equal(await code(ada.attributePolicy.get({ account: team })), "attribute-policy-not-found");
});

test("lists fetch page after page, and only as far as they are iterated", async () => {
  const team = await home();
  const emails = Array.from({ length: 7 }, (_, index) => `guest${index}@example.com`);
  for (const guest of emails) await ada.invitations.create({ account: team, email: guest, role: "dev" });
  const pages = (from: number) => browser.log.slice(from).filter((line) => line.includes("/invitations?")).length;
  let start = browser.log.length;
  const all = await ada.invitations.list({ account: team, state: "pending", limit: 3 }).all();
  assert.deepEqual(all.map((invitation) => invitation.email).sort(), emails);
  assert.equal(pages(start), 3);
  start = browser.log.length;
  for await (const invitation of ada.invitations.list({ account: team, state: "pending", limit: 3 })) if (invitation.email) break;
  assert.equal(pages(start), 1);
  const first = await ada.invitations.list({ account: team, state: "pending", limit: 3 }).page();
  const second = await ada.invitations.list({ account: team, state: "pending", limit: 3, cursor: first.next_cursor! }).page();
  assert.deepEqual(
    [...first.items, ...second.items].map(({ id }) => id),
    all.slice(0, 6).map(({ id }) => id),
  );
});

test("the exported audit log verifies; a changed one does not", async () => {
  const team = await home();
  const text = await ada.auditLog.export("ndjson", { account: team });
  const result = await ada.auditLog.verify({ account: team });
  assert.deepEqual(result, { ok: true, events: text.trim().split("\n").length, erased: 0, erasures: [] });
  assert.equal((await loadEngine()).verifyAuditLog(text.replace('"outcome":"done"', '"outcome":"denied"')).ok, false);
  assert.match(await ada.auditLog.export("csv", { account: team, action: "invitation.accept" }), /^[a-z_,"]+\r?\n/);
  const only = await ada.auditLog.list({ account: team, action: "invitation.accept" }).all();
  assert.ok(only.length > 0 && only.every(({ action }) => action === "invitation.accept"));
});

test("a request whose response is lost is repeated with the same idempotency key, with one effect", async () => {
  const team = await home();
  const start = browser.log.length;
  let lost = 0;
  browser.after = (line) => {
    if (line.endsWith("/invitations") && lost++ === 0) throw new TypeError("the connection broke");
  };
  const invitation = await ada.invitations.create({ account: team, email: "once@example.com", role: "dev" });
  delete browser.after;
  assert.deepEqual(
    browser.log.slice(start).map((line) => line.split(" ")[0]),
    ["POST", "POST"],
  );
  assert.equal(browser.keys[start], browser.keys[start + 1]);
  assert.match(browser.keys[start]!, /^[0-9a-f-]{36}$/);
  assert.deepEqual(
    (await ada.invitations.list({ account: team, state: "pending" }).all()).filter(({ email: to }) => to === "once@example.com").map(({ id }) => id),
    [invitation.id],
  );
});

test("a 503 is retried after Retry-After, at most twice, and not after a long one", async () => {
  const busy = (seconds: number) => () =>
    Response.json(
      { type: "x", title: "x", status: 503, detail: "", instance: "x", code: "store-unavailable" },
      { status: 503, headers: { "retry-after": String(seconds) } },
    );
  let requests = 0;
  browser.before = () => (requests++ === 0 ? busy(0)() : undefined);
  assert.equal((await ada.me.get()).user.email, email);
  requests = 0;
  browser.before = () => (requests++, busy(0)());
  assert.equal(await code(ada.me.get()), "store-unavailable");
  assert.equal(requests, 3);
  requests = 0;
  browser.before = () => (requests++, busy(3600)());
  assert.equal(await code(ada.me.get()), "store-unavailable");
  assert.equal(requests, 1, "a Retry-After of an hour is not waited for");
  delete browser.before;
});

test("a 4xx response is not retried", async () => {
  const start = browser.log.length;
  const refused = await ada.accounts.update(await home(), { name: "" }).catch((error: unknown) => error);
  assert.ok(refused instanceof RolecallError && refused.problem.code === "fields-invalid");
  assert.deepEqual(
    refused.problem.errors.map(({ pointer }) => pointer),
    ["/name"],
  );
  assert.equal(browser.log.slice(start).filter((line) => line.startsWith("PATCH")).length, 1);
});

test("a failed network and a response without problem document reject with RolecallNetworkError", async () => {
  browser.before = () => new Response("<h1>Bad gateway</h1>", { status: 502 });
  await assert.rejects(ada.me.get(), RolecallNetworkError);
  browser.before = () => {
    throw new TypeError("no network");
  };
  await assert.rejects(ada.me.get(), (error: unknown) => error instanceof RolecallNetworkError && error.cause instanceof TypeError);
  delete browser.before;
});

test("a page in the place of JSON rejects with RolecallNetworkError, which names the proxy as the likely cause", async () => {
  browser.before = () => new Response("<!doctype html>", { headers: { "content-type": "text/html; charset=utf-8" } });
  await assert.rejects(ada.me.get(), (error: unknown) => error instanceof RolecallNetworkError && /\(200, text\/html\).*\/v1/.test(error.message));
  delete browser.before;
});

test("an abort signal ends a call, also during the delay before a retry", async () => {
  const stop = new AbortController();
  browser.before = () => {
    setTimeout(() => stop.abort(new Error("enough")), 20);
    throw new TypeError("no network");
  };
  await assert.rejects(ada.me.get({ signal: stop.signal }), /enough/);
  delete browser.before;
  await assert.rejects(ada.me.get({ signal: AbortSignal.abort(new Error("never mind")) }), /never mind/);
});

test("signing out clears the rights and ends the session", async () => {
  await ada.switchAccount(await home());
  assert.equal(ada.can("team.manage"), true);
  await ada.signOut();
  assert.equal(rightsOf(ada), undefined);
  assert.equal(await code(ada.me.get()), "session-missing");
  await ada.signIn({ email, password: passwordFor(email) });
  assert.equal((await ada.me.get()).user.email, email);
});
