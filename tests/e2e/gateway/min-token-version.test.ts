// How long a token's yes lasts once a right is withdrawn: until KV shows the floor, and whatever KV shows, no longer than the token

import assert from "node:assert/strict";
import { test } from "node:test";
import { askWith, expectForwarded, forge, openGateway, tokenFor, trips } from "../support/gateway.ts";
import type { Answer } from "../support/http.ts";
import type { Person } from "../support/people.ts";
import { expectProblem, expectStatus } from "../support/problems.ts";
import { eventually, inWorld, type World } from "../support/world.ts";

const world = await openGateway();
const owner = await world.signUp("owner@example.com");
const team = await owner.convert("Acme");
const other = await world.signUp("other@example.com");
const rival = await other.convert("Rival");
const { kv } = world.running;
const now = () => Math.floor(Date.now() / 1000);
/** The version in a value: the first eight bytes of its body. */
const versionIn = (value: string | null) => (value ? Number(Buffer.from(value.split(".")[1]!, "base64url").readBigInt64BE()) : undefined);
const keyOf = (account: string) => `min-token-version:v2:${account}`;
/** An isolate goes by a floor that it read for a second. */
const asksAgain = () => new Promise((resolve) => setTimeout(resolve, 1_050));
let people = 0;

const hire = (role: string, admin = owner, into = team): Promise<Person> => world.hire(admin, into, `person-${people++}@example.com`, role);
const version = async (account = team): Promise<number> => (await world.rows("SELECT version FROM account WHERE id = ?", account))[0].version;
const claims = (token: string) => JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString("utf8"));

/** The value in KV once it stands for the account's floor as the database has it. */
async function shelved(account = team, of: World = world): Promise<string> {
  let value: string | null = null;
  await eventually(async () => {
    const [row] = await of.rows("SELECT token_floor, floor_due_at FROM account WHERE id = ?", account);
    value = await of.running.kv.get(keyOf(account));
    assert.deepEqual([versionIn(value), row.floor_due_at], [row.token_floor, null]);
  });
  return value!;
}

/** KV may take longer than a request waits, on a busy machine: what must be seen is seen in the end. */
const sees = (token: string, path: string, expect: (answer: Answer) => void) => eventually(async () => expect(await askWith(world, token, "GET", path)));

await owner.makeRole(team, "night", ["team.access", "billing.view"]);
// Before the first test: the runner ends a file once the tests that it knows have ended.
await shelved(team);
await shelved(rival);

test("a token that no right was withdrawn since costs no round trip, with a floor and without", async () => {
  const dev = await hire("dev");
  const token = await tokenFor(dev, team);
  for (const without of [false, true]) {
    if (without) await kv.delete(keyOf(team));
    const answer = await askWith(world, token, "GET", "/api/pods");
    expectForwarded(answer, { sub: dev.id, role: "dev" });
    assert.equal(trips(answer), 0);
  }
});

const ends: [string, string, (member: Person) => Promise<Answer>, string][] = [
  ["a demotion", "billing", (member) => owner.setRole(team, member.id, "basic"), "permission-missing"],
  ["a removal", "billing", (member) => owner.remove(team, member.id), "account-not-found"],
  ["leaving", "billing", (member) => member.leave(team), "account-not-found"],
  ["a role's edit", "night", () => owner.patch(`/v1/accounts/${team}/roles/night`, { permissions: ["team.access"] }), "permission-missing"],
];

for (const [what, role, withdraw, code] of ends) {
  test(`after ${what} a token is refused as soon as KV shows the floor`, async () => {
    const member = await hire(role);
    const token = await tokenFor(member, team);
    expectForwarded(await askWith(world, token, "GET", "/api/billing"), { role });
    assert.ok((await withdraw(member)).status < 300);
    assert.equal(versionIn(await shelved()), await version());
    await sees(token, "/api/billing", (answer) => {
      expectProblem(answer, code);
      assert.equal(trips(answer), code === "account-not-found" ? 1 : 2, "the database decides, and a member's attempt is written down");
    });
  });
}

test("after a transfer, and after Delete Team, nothing of before opens the account by itself", async () => {
  const chief = await world.signUp("chief@example.com");
  const firm = await chief.convert("Firm");
  const heir = await hire("admin", chief, firm);
  const dev = await hire("dev", chief, firm);
  const before = await tokenFor(dev, firm);
  expectStatus(await chief.transfer(firm, heir.id), 200);
  await shelved(firm);
  await sees(before, "/api/pods", (answer) => {
    expectForwarded(answer, { sub: dev.id, account: firm });
    assert.equal(trips(answer), 1, "who still may passes, by the database");
  });
  const between = await tokenFor(dev, firm);
  expectStatus(await heir.deleteTeam(firm), 200);
  await shelved(firm);
  await sees(between, "/api/pods", (answer) => void expectProblem(answer, "account-not-found"));
});

test("who still holds the right passes by the database, and by their next token without it", async () => {
  const [dev, leaver] = [await hire("dev"), await hire("basic")];
  const old = await tokenFor(dev, team);
  expectStatus(await leaver.leave(team), 204);
  await shelved();
  await sees(old, "/api/pods", (answer) => {
    expectForwarded(answer, { sub: dev.id });
    assert.equal(trips(answer), 1);
  });
  const fresh = await askWith(world, await tokenFor(dev, team), "GET", "/api/pods");
  expectForwarded(fresh, { sub: dev.id });
  assert.equal(trips(fresh), 0);
});

test("what is no withdrawal raises no floor", async () => {
  const dev = await hire("dev");
  const before = await kv.get(keyOf(team));
  const token = await tokenFor(dev, team);
  await hire("basic");
  expectStatus(await owner.patch(`/v1/accounts/${team}`, { name: "Acme Ltd" }), 200);
  const answer = await askWith(world, token, "GET", "/api/pods");
  expectForwarded(answer, {});
  assert.deepEqual([trips(answer), await kv.get(keyOf(team))], [0, before]);
});

test("a token is made from the database, whatever stands in KV", async () => {
  const member = await hire("billing");
  expectStatus(await owner.setRole(team, member.id, "basic"), 200);
  await kv.delete(keyOf(team));
  const made = claims(await tokenFor(member, team));
  assert.deepEqual([made.role, made.ver, made.permissions.includes("billing.view")], ["basic", await version(), false]);
});

test("a lying KV: any older value, another account's, garbage or nothing leaves a token its own life, and opens nothing", async () => {
  const member = await hire("billing");
  const older = await kv.get(keyOf(team));
  const token = await tokenFor(member, team);
  expectStatus(await owner.setRole(team, member.id, "basic"), 200);
  const newest = await shelved();
  const rivals = await shelved(rival);
  const [kid, body] = newest.split(".");
  const raised = Buffer.from(body!, "base64url");
  raised.writeBigInt64BE(BigInt(Number.MAX_SAFE_INTEGER));
  const forged = (bytes: Buffer) => `${kid}.${bytes.toString("base64url")}`;
  const lies = [
    null,
    older,
    rivals,
    "",
    "0",
    kid!,
    forged(raised),
    forged(raised.subarray(0, 8)),
    `${kid}.`,
    "..",
    forged(raised.subarray(0, -1)),
    `${newest}x`,
    "{}",
    "x".repeat(10_000),
    null,
  ];
  await sees(token, "/api/billing", (answer) => void expectProblem(answer, "permission-missing"));
  for (const lie of lies) {
    await (lie === null ? kv.delete(keyOf(team)) : kv.put(keyOf(team), lie));
    await asksAgain();
    // What the token lists: within its life, as it would be without KV.
    const listed = await askWith(world, token, "GET", "/api/billing");
    expectForwarded(listed, { sub: member.id, role: "billing" });
    assert.equal(trips(listed), 0, String(lie));
    // What it does not list, what must be live, and what is over: no KV opens it.
    await staysShut(world, token, member, team);
  }
  await kv.put(keyOf(team), newest);
  await sees(token, "/api/billing", (answer) => void expectProblem(answer, "permission-missing"));
});

test("a floor ends by itself a minute after the last token that it could stop", async () => {
  expectStatus(await owner.remove(team, (await hire("basic")).id), 204);
  await shelved();
  const { keys } = await kv.list();
  assert.ok(keys.length > 0 && keys.every(({ name }) => /^min-token-version:v2:acct_[0-9a-f]{32}$/.test(name)), "KV holds floors and nothing else");
  const { expiration } = keys.find(({ name }) => name === keyOf(team))!;
  assert.ok(Math.abs(expiration! - now() - 960) < 60, String(expiration));
});

test("without KV tokens live as long as they say, and what was withdrawn waits to be copied", async () => {
  await inWorld({ upstream: true, without: ["KV"] }, async (bare) => {
    const [chief, firm] = await teamOf(bare);
    const member = await bare.hire(chief, firm, "m@example.com", "billing");
    const token = await tokenFor(member, firm);
    expectStatus(await chief.setRole(firm, member.id, "basic"), 200);
    const answer = await askWith(bare, token, "GET", "/api/billing");
    expectForwarded(answer, { role: "billing" });
    assert.equal(trips(answer), 0);
    expectProblem(await askWith(bare, token, "POST", "/api/billing/payment-methods"), "permission-missing");
    assert.ok((await bare.rows("SELECT floor_due_at FROM account WHERE id = ?", firm))[0].floor_due_at > 0);
    await eventually(async () =>
      assert.ok(
        bare.running.log.some((line) => line.includes("a minimum token version cannot be read")),
        "the log says so",
      ),
    );
  });
});

test("what KV missed the clock brings", async () => {
  const member = await hire("billing");
  const token = await tokenFor(member, team);
  expectStatus(await owner.setRole(team, member.id, "basic"), 200);
  await shelved();
  await kv.delete(keyOf(team));
  await world.sql("UPDATE account SET floor_due_at = ? WHERE id = ?", Date.now(), team);
  expectForwarded(await askWith(world, token, "GET", "/api/billing"), { role: "billing" });
  await world.running.tick();
  await shelved();
  await sees(token, "/api/billing", (answer) => void expectProblem(answer, "permission-missing"));
});

test("with TOKEN_FLOOR=off KV is neither written nor read: a token's yes lasts as long as the token", async () => {
  await inWorld({ upstream: true, vars: { TOKEN_FLOOR: "off" } }, async (off) => {
    const [chief, firm] = await teamOf(off);
    const member = await off.hire(chief, firm, "m@example.com", "billing");
    const token = await tokenFor(member, firm);
    expectStatus(await chief.setRole(firm, member.id, "basic"), 200);
    await off.running.tick();
    assert.deepEqual((await off.running.kv.list()).keys, []);
    const answer = await askWith(off, token, "GET", "/api/billing");
    expectForwarded(answer, { role: "billing" });
    assert.equal(trips(answer), 0);
  });
});

/** What keeps to itself whatever KV does: refused by the database, or over. */
async function staysShut(of: World, token: string, member: Person, account: string): Promise<void> {
  for (const [method, path] of [
    ["POST", "/api/pods"],
    ["POST", "/api/billing/payment-methods"],
  ])
    expectProblem(await askWith(of, token, method, path), "permission-missing");
  expectProblem(await askWith(of, await forge(token, { claims: { iat: now() - 121, exp: now() - 1 } }), "GET", "/api/billing"), "token-invalid");
  expectProblem(await member.get("/api/billing", { headers: { "rolecall-account": account } }), "permission-missing");
}

test("a KV that answers too late is not waited for: the token has its own life", async () => {
  const late =
    "export default (kv) => ({ put: (...args) => kv.put(...args), get: async (...args) => { await new Promise((done) => setTimeout(done, 500)); return kv.get(...args); } })";
  await inWorld({ upstream: true, kv: late }, async (slow) => {
    const [chief, firm] = await teamOf(slow);
    const member = await slow.hire(chief, firm, "m@example.com", "billing");
    const token = await tokenFor(member, firm);
    expectStatus(await chief.setRole(firm, member.id, "basic"), 200);
    await shelved(firm, slow);
    const answer = await askWith(slow, token, "GET", "/api/billing");
    expectForwarded(answer, { role: "billing" });
    assert.equal(trips(answer), 0);
    await staysShut(slow, token, member, firm);
  });
});

test("a KV that fails at everything: tokens have their own lives, the floor stays due, nothing else notices", async () => {
  const broken = "const fail = async () => { throw new Error('KV is out of order: 429'); }; export default () => ({ put: fail, get: fail })";
  await inWorld({ upstream: true, kv: broken }, async (without) => {
    const [chief, firm] = await teamOf(without);
    const member = await without.hire(chief, firm, "m@example.com", "billing");
    const token = await tokenFor(member, firm);
    expectStatus(await chief.setRole(firm, member.id, "basic"), 200);
    await eventually(
      async () => assert.ok(without.running.log.some((line) => line.includes("KV is out of order") && line.includes('"task":"min-token-version"'))),
      10_000,
    );
    expectForwarded(await askWith(without, token, "GET", "/api/billing"), { role: "billing" });
    await staysShut(without, token, member, firm);
    assert.ok((await without.rows("SELECT floor_due_at FROM account WHERE id = ?", firm))[0].floor_due_at > 0);
    // Sealing and mail do not wait for KV.
    await without.settled();
  });
});

test("a KV that answers each read with any value that it ever had, or with none", async () => {
  const moody =
    "const told = []; let reads = 0; export default (kv) => ({ put: (key, value, more) => { told.push([key, value]); return kv.put(key, value, more); }, get: async (key) => [null, ...told.filter(([known]) => known === key).map(([, value]) => value)].at(reads++ % (told.length + 1)) ?? null })";
  await inWorld({ upstream: true, kv: moody }, async (lying) => {
    const [chief, firm] = await teamOf(lying);
    const [first, member] = [await lying.hire(chief, firm, "a@example.com", "dev"), await lying.hire(chief, firm, "b@example.com", "billing")];
    expectStatus(await chief.setRole(firm, first.id, "basic"), 200);
    await shelved(firm, lying);
    const token = await tokenFor(member, firm);
    expectStatus(await chief.setRole(firm, member.id, "basic"), 200);
    await shelved(firm, lying);
    const seen = new Set<number>();
    for (let read = 0; read < 8; read++) {
      await asksAgain();
      const answer = await askWith(lying, token, "GET", "/api/billing");
      seen.add(answer.status);
      if (answer.status === 200) expectForwarded(answer, { role: "billing" });
      else expectProblem(answer, "permission-missing");
      await staysShut(lying, token, member, firm);
    }
    assert.deepEqual([...seen].sort(), [200, 403], "it lied, and it told the truth");
  });
});

async function teamOf(of: World): Promise<[Person, string]> {
  const chief = await of.signUp("chief@example.com");
  return [chief, await chief.convert("Firm")];
}
