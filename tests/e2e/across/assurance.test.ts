// The matrix of assurance: every way to sign in × how far its user has a second factor × how old the authentication is × every route that
// openapi.json guards by a session. Expected is what the document and the rules of docs/decisions/0022-second-factor.md say; a refusal
// changes nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Operation } from "../support/contract.ts";
import { registrationOf } from "../support/passkeys.ts";
import { expectProblem, expectStatus } from "../support/problems.ts";
import { type Tenant, bodyFor, fill, guarded } from "../support/request-factory.ts";
import { type AuthenticatorApp, type Device, enrolApp, newDevice, sessionIn } from "../support/second-factor.ts";
import { SoftwareAuthenticator } from "../support/software-authenticator.ts";
import { type WayIn, openWays } from "../support/ways-in.ts";
import { inTurn } from "../support/world.ts";

const { world, ways } = await openWays();

/** How far the user has a second factor, seen from the session under test. */
const ENROLMENTS = ["none", "enrolled", "enrolled since, in another browser"] as const;
const AGES = ["fresh", "stale"] as const;
/** What a session is refused with for its authentication. */
const REFUSALS = ["session-missing", "session-expired", "reauthentication-required", "second-factor-required"];

/** Ends the session, so it is asked for last. */
const last = (operation: Operation) => Number(["signOut", "endSession"].includes(operation.id));
const routes = guarded.filter(({ id }) => id !== "reauthenticate").toSorted((a, b) => last(a) - last(b));
const fresh = routes.filter((operation) => operation.fresh);

/** A team of the signed-in user, and bodies that have to be made beforehand. */
async function tenantOf(owner: Device, number: number): Promise<{ tenant: Tenant; bodies: Map<string, object> }> {
  const { active_account } = expectStatus(await owner.get("/v1/me"), 200).body;
  expectStatus(await owner.post(`/v1/accounts/${active_account}/convert`, { name: "Acme" }), 200);
  const invited = expectStatus(await owner.post(`/v1/accounts/${active_account}/invitations`, { email: `guest${number}@example.com`, role: "dev" }), 201).body;
  const key = expectStatus(await owner.post(`/v1/accounts/${active_account}/api-keys`, { name: "key", permissions: ["team.access"] }), 201).body;
  const token = new URLSearchParams(new URL(invited.link).hash.slice(1)).get("token")!;
  const { items: members } = expectStatus(await owner.get(`/v1/accounts/${active_account}/members`), 200).body;
  const tenant = { account: active_account, user: members[0].user.id, invitation: invited.id, token, role: "custom", key: key.id, session: "ses_1" };
  // A passkey that verified its user would raise what the user is asked for.
  const bodies = new Map([["registerPasskey", await registrationOf(owner, new SoftwareAuthenticator({ userVerified: false }))]]);
  return { tenant: { ...tenant, passkey: `idn_${"0".repeat(32)}` }, bodies };
}

/** Asks a route by a request that it would take, as far as one can be made in advance. */
async function ask(device: Device, operation: Operation, { tenant, bodies }: Awaited<ReturnType<typeof tenantOf>>): Promise<string | undefined> {
  const json = bodies.get(operation.id) ?? bodyFor(operation, tenant);
  const answer = await device.ask(operation.method, fill(operation, tenant), { json, unchecked: true });
  return answer.status < 400 ? undefined : answer.body.code;
}

/** All that a change could touch: every table but what requests leave behind themselves. */
async function everything(): Promise<unknown> {
  await world.settled();
  const tables = await world.rows<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf*' AND name NOT GLOB 'sqlite*'");
  const kept = tables.map(({ name }) => name).filter((name) => !/^(attempt|idempotency|request_count|d1_migrations)/.test(name));
  return inTurn(kept, (name) => world.rows(`SELECT * FROM ${name} ORDER BY 1, 2`));
}

/** A browser in the state of the cell. */
async function arrive(way: WayIn, enrolment: (typeof ENROLMENTS)[number], first: Device): Promise<Device> {
  if (enrolment === "none") return first;
  const other = newDevice(world);
  if (enrolment === "enrolled since, in another browser") {
    await way.begin(other);
    await enrolApp(other);
    return first;
  }
  const app: AuthenticatorApp = await enrolApp(first);
  await way.begin(other);
  if (way.level === 2) return other;
  const before = await everything();
  for (const operation of routes) {
    const answer = await other.ask(operation.method, fill(operation, ANY), { json: bodyFor(operation, ANY), unchecked: true });
    if (!last(operation)) expectProblem(answer, "session-missing");
  }
  assert.deepEqual(await everything(), before, "between the steps nothing changes");
  counts.pending += routes.length;
  expectStatus(await other.finish({ code: await app.freshCode() }), 201);
  return other;
}

const ANY: Tenant = {
  account: `acct_${"0".repeat(32)}`,
  user: `usr_${"0".repeat(32)}`,
  invitation: `inv_${"0".repeat(32)}`,
  token: "token",
  role: "custom",
  key: `key_${"0".repeat(32)}`,
  session: "ses_1",
  passkey: `idn_${"0".repeat(32)}`,
};

const counts = { cells: 0, pending: 0, refused: 0, passed: 0 };
let number = 0;

for (const [name, arrange] of Object.entries(ways))
  for (const enrolment of ENROLMENTS)
    for (const age of AGES)
      test(`${name} × ${enrolment} × ${age} × ${routes.length} routes`, async () => {
        number += 1;
        const way = await arrange(`cell${number}`);
        const first = newDevice(world);
        await way.begin(first);
        const team = await tenantOf(first, number);
        const device = await arrive(way, enrolment, first);
        const best = enrolment === "none" ? way.level : 2;
        const level = enrolment === "enrolled since, in another browser" ? way.level : best;
        assert.equal((await sessionIn(device)).aal, level);
        if (age === "stale") await world.makeStale(way.user);
        const isRefused = age === "stale" || level < best;
        const before = await everything();
        for (const operation of isRefused ? fresh : []) {
          assert.equal(await ask(device, operation, team), "reauthentication-required", `${operation.method} ${operation.template}`);
          counts.refused += 1;
        }
        assert.deepEqual(await everything(), before, "a refusal changes nothing");
        for (const operation of isRefused ? routes.filter((operation) => !operation.fresh) : routes) {
          const code = await ask(device, operation, team);
          assert.ok(code === undefined || !REFUSALS.includes(code), `${operation.method} ${operation.template}: ${code}`);
          counts.passed += 1;
        }
        counts.cells += 1;
      });

test("the whole matrix was asked", (t) => {
  const cells = Object.keys(ways).length * ENROLMENTS.length * AGES.length;
  assert.deepEqual([counts.cells, counts.refused + counts.passed], [cells, cells * routes.length]);
  t.diagnostic(`${counts.cells} cells × ${routes.length} routes: ${counts.refused} refused, ${counts.passed} passed, ${counts.pending} between two steps`);
});
