// The runbook "After a restore" of docs/DEPLOY.md: the database's files of an earlier minute are put back while the
// deployment is closed, and the next restore epoch opens it again.

import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { expectChain } from "../support/audit.ts";
import { askWith, expectForwarded, createApiKey, tokenFor } from "../support/gateway.ts";
import type { Answer } from "../support/http.ts";
import { Person, tokenOf } from "../support/people.ts";
import { expectProblem, expectStatus } from "../support/problems.ts";
import { ORIGIN, type Settings } from "../support/worker.ts";
import { type World, eventually, inWorld } from "../support/world.ts";

const folder = mkdtempSync(path.join(tmpdir(), "rolecall-restore-"));
const data = path.join(folder, "data");
const snapshot = path.join(folder, "snapshot");
after(() => rmSync(folder, { recursive: true, force: true }));

const KEYS = { LINK_KEYS: `l1:${"A".repeat(42)}E`, TOKEN_KEYS: `t1:${"B".repeat(42)}E`, TOKEN_LIFE: "900" };
const settings = (epoch: string): Settings => ({ upstream: true, data, vars: { ...KEYS, RESTORE_EPOCH: epoch } });
const PASSWORD = "a newly chosen long sentence";

/** The same browser, with all that it kept, before another Worker. */
function again(world: World, person: Person): Person {
  const back = new Person(world.client, person.cookie, person.user, person.home, person.password);
  return Object.assign(back, { device: person.device });
}

/** What a failed sign-in shows, without what differs from request to request. */
function shown(answer: Answer): unknown {
  const { instance: _, ...rest } = expectProblem(answer, "password-reset-advised");
  return [rest, Object.keys(answer.headers).sort()];
}

const sealed = (world: World) => eventually(async () => assert.equal(await world.count("audit_event WHERE hash IS NULL"), 0));

/** A new password by the mailed link. */
async function choose(world: World, email: string): Promise<void> {
  expectStatus(await world.visitor().post("/v1/password-resets", { email }), 202);
  const token = tokenOf(await world.mailedLink(email, "/reset-password"));
  expectStatus(await world.visitor().put("/v1/password-resets", { token, password: PASSWORD }), 204);
}

async function verifies(world: World, token: string): Promise<boolean> {
  const keys = createRemoteJWKSet(new URL("/.well-known/jwks.json", world.running.base));
  return jwtVerify(token, keys, { issuer: ORIGIN, audience: "rolecall-tests", typ: "at+jwt" }).then(
    () => true,
    () => false,
  );
}

test("a database of an earlier minute brings nothing back to life, and everybody comes in again by a mailed link", async () => {
  // Life before, the minute of the snapshot, and what the restore will undo.
  let owner!: Person, dev!: Person;
  let team = "";
  let restored = { version: 0, tag: "", key: "", token: "", invitation: "", reset: "", signup: "", cursor: "" };
  await inWorld(settings("0"), async (world) => {
    owner = await world.signUp("owner@example.com");
    team = await owner.convert("Acme");
    dev = await world.hire(owner, team, "dev@example.com", "dev");
    await owner.invite(team, "guest@example.com", "basic");
    const invitation = await world.mailedLink("guest@example.com", "/join");
    const { secret: key } = await createApiKey(owner, team, ["team.access", "pods.connect"]);
    expectStatus(await world.visitor().post("/v1/signup", { email: "newcomer@example.com", password: "a decent long sentence" }), 202);
    const signup = tokenOf(await world.mailedLink("newcomer@example.com", "/verify-email"));
    expectStatus(await world.visitor().post("/v1/password-resets", { email: dev.email }), 202);
    const reset = tokenOf(await world.mailedLink(dev.email, "/reset-password"));
    const account = expectStatus(await owner.get(`/v1/accounts/${team}`), 200);
    const cursor = expectStatus(await owner.get(`/v1/accounts/${team}/audit-log?limit=1`), 200).body.next_cursor;
    restored = { ...restored, version: account.body.version, tag: account.headers.etag as string, invitation, key, signup, reset, cursor };
    await world.settled();
    // At the minute of the snapshot one mail is still on its way.
    await world.sql("UPDATE mail SET due_at = 1, delivered_at = NULL WHERE recipient = 'guest@example.com'");
  });
  cpSync(data, snapshot, { recursive: true });
  await inWorld(settings("0"), async (world) => {
    [owner, dev] = [again(world, owner), again(world, dev)];
    restored.token = await tokenFor(dev, team);
    expectForwarded(await askWith(world, restored.token, "GET", "/api/pods"), { sub: dev.id });
    assert.ok(await verifies(world, restored.token));
    for (const name of ["First", "Second"]) expectStatus(await owner.patch(`/v1/accounts/${team}`, { name }), 200);
    restored.version = (await owner.account(team)).version;
    await sealed(world);
  });

  // While the database is put back, nothing is answered and nothing is mailed.
  rmSync(data, { recursive: true });
  cpSync(snapshot, data, { recursive: true });
  await inWorld(settings("closed"), async (world) => {
    for (const where of ["/v1/me", "/healthz", "/api/pods"]) {
      const answer = await again(world, owner).get(where, { unchecked: true });
      assert.deepEqual([answer.status, answer.body.code], [500, "internal"], where);
    }
    await world.running.tick();
    assert.equal(await world.count("mail WHERE due_at IS NOT NULL"), 1);
  });

  await inWorld(settings("1"), async (world) => {
    const before = { owner: again(world, owner), dev: again(world, dev) };
    for (const person of Object.values(before)) expectProblem(await person.get("/v1/me"), "session-missing");
    expectProblem(await askWith(world, restored.key, "GET", "/api/pods"), "api-key-invalid");
    expectProblem(await askWith(world, restored.token, "GET", "/api/pods"), "token-invalid");
    expectProblem(await askWith(world, restored.token, "POST", "/access/v1/evaluation", { json: {} }), "token-invalid");
    assert.equal(await verifies(world, restored.token), false, "an ordinary verifier refuses it, too");
    expectProblem(await world.visitor().preview(restored.invitation), "invitation-not-found");
    expectProblem(await world.visitor().post("/v1/email-verifications", { token: restored.signup }), "verification-not-found");
    expectProblem(await world.visitor().put("/v1/password-resets", { token: restored.reset, password: PASSWORD }), "verification-not-found");

    // The password of before is wrong like any other, in a browser that was known as well.
    const answers = [
      await before.dev.signIn(dev.email, dev.password),
      await world.visitor().signIn(dev.email, dev.password),
      await world.visitor().signIn(dev.email, "certainly not this one"),
      await world.visitor().signIn("nobody@example.com", "certainly not this one"),
    ].map(shown);
    for (const answer of answers) assert.deepEqual(answer, answers[0]);

    // The mailed link leads in again; what the team had is there.
    for (const person of [owner, dev]) await choose(world, person.email);
    const back = again(world, owner);
    back.cookie = null;
    expectStatus(await back.signIn(owner.email, PASSWORD), 201);
    expectProblem(await world.visitor().signIn(owner.email, owner.password), "password-reset-advised");
    assert.equal((await back.all(`/v1/accounts/${team}/members`)).length, 2);
    expectForwarded(await askWith(world, await tokenFor(back, team), "GET", "/api/pods"), { sub: owner.id });

    // What was remembered of versions matches nothing, also once as many changes have been made as then.
    const rename = (name: string, tag: string) => back.patch(`/v1/accounts/${team}`, { name }, { headers: { "if-match": tag } });
    const now = expectStatus(await back.get(`/v1/accounts/${team}`), 200);
    assert.equal(now.headers.etag, `"${now.body.version}"`);
    assert.ok(now.body.version > restored.version && Number.isSafeInteger(now.body.version));
    const next = expectStatus(await rename("Third", now.headers.etag as string), 200);
    for (const tag of [restored.tag, `"${restored.version}"`, `"${restored.version - 1}"`]) expectProblem(await rename("Fourth", tag), "precondition-failed");
    expectStatus(await rename("Fourth", next.headers.etag as string), 200);
    expectProblem(await back.get(`/v1/accounts/${team}/audit-log?cursor=${encodeURIComponent(restored.cursor)}`), "fields-invalid");

    // The clock puts away what nobody knows the fate of: the mail on its way then, the keys that open nothing.
    await world.running.tick();
    assert.deepEqual(await world.rows("SELECT due_at, delivered_at FROM mail WHERE recipient = 'guest@example.com'"), [{ due_at: null, delivered_at: null }]);
    assert.deepEqual(expectStatus(await back.get(`/v1/accounts/${team}/api-keys`), 200).body.items, []);
    const { secret } = await createApiKey(back, team, ["pods.connect"]);
    expectStatus(await askWith(world, secret, "GET", "/api/pods"), 200);

    // The invitation still waits, with a link of now.
    const [pending] = await back.all<any>(`/v1/accounts/${team}/invitations?state=pending`);
    expectStatus(await world.visitor().preview(pending.link), 200);
    await sealed(world);
    expectChain(await back.auditExport(team));
  });
});
