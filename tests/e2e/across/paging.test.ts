// Lists: fifty by default, two hundred at most, whole whatever the page, cursors that cannot be made up

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Person } from "../support/people.ts";
import { expectInvalid, expectStatus } from "../support/problems.ts";
import { openWorld } from "../support/world.ts";

const world = await openWorld();
const owner = await world.signUp("owner@example.com");
const team = await owner.convert("Acme");
const base = `/v1/accounts/${team}`;
const MANY = 230;

// A team that has grown: rows as the server writes them, in bulk.
const numbers = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${MANY})`;
const id = (prefix: string) => `'${prefix}_' || printf('%032x', i)`;
await world.database.batch([
  world.database.prepare(
    `${numbers} INSERT INTO user (id, email, name, active_account, created_at) SELECT ${id("usr")}, 'person' || i || '@example.com', 'Person ' || i, ${id("acct")}, i FROM n`,
  ),
  world.database.prepare(
    `${numbers} INSERT INTO account (id, kind, name, owner, version, created_at) SELECT ${id("acct")}, 'personal', 'P', ${id("usr")}, 1, i FROM n`,
  ),
  world.database.prepare(`${numbers} INSERT INTO member (account, user, role, joined_at) SELECT ${id("acct")}, ${id("usr")}, 'admin', 1 FROM n`),
  // Many joined in the same millisecond: a page must not lose or repeat anybody for that.
  world.database
    .prepare(`${numbers} INSERT INTO member (account, user, role, joined_at) SELECT ?1, ${id("usr")}, 'dev', 1790000000000 + i / 50 FROM n`)
    .bind(team),
  world.database
    .prepare(
      `${numbers} INSERT INTO invitation (id, account, email, role, state, link_version, expires_at, invited_by, created_at) SELECT ${id("inv")}, ?1, 'invited' || i || '@example.com', 'dev', 'pending', 1, 9990000000000, ?2, 1790000000000 + i / 50 FROM n`,
    )
    .bind(team, owner.id),
  world.database
    .prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120) INSERT INTO api_key (id, account, name, secret, permissions, resources, created_by, created_at) SELECT ${id("key")}, ?1, 'key', printf('%064x', i), '["team.access"]', '[]', ?2, 1790000000000 FROM n`,
    )
    .bind(team, owner.id),
]);

const lists: [string, number, (item: any) => string][] = [
  [`${base}/members`, MANY + 1, (item) => item.user.id],
  [`${base}/invitations`, MANY, (item) => item.id],
  [`${base}/invitations?state=pending`, MANY, (item) => item.id],
  [`${base}/api-keys`, 120, (item) => item.id],
];

const page = async (who: Person, path: string, query: string) => expectStatus(await who.get(`${path}${path.includes("?") ? "&" : "?"}${query}`), 200).body;

for (const [path, total, key] of lists) {
  const name = path.replace(team, "…");
  test(`${name}: fifty without a limit, two hundred at most, and the cursor leads on`, async () => {
    const first = expectStatus(await owner.get(path), 200).body;
    assert.equal(first.items.length, 50);
    assert.equal(typeof first.next_cursor, "string");
    for (const limit of [201, 1000, 999_999]) assert.equal((await page(owner, path, `limit=${limit}`)).items.length, Math.min(200, total));
    assert.equal((await page(owner, path, "limit=1")).items.length, 1);
    assert.equal((await page(owner, path, "limit=200")).items.length, Math.min(200, total));
  });

  test(`${name}: every item exactly once and in the same order, whatever the page`, async () => {
    const whole = (await owner.all(path, 200)).map(key);
    assert.equal(whole.length, total);
    assert.equal(new Set(whole).size, total);
    for (const limit of [7, 64, 115]) assert.deepEqual((await owner.all(path, limit)).map(key), whole, `pages of ${limit}`);
  });

  test(`${name}: a last page that is just full has no next`, async () => {
    const first = await page(owner, path, "limit=100");
    const after = await page(owner, path, `limit=${Math.min(200, total - 100)}&cursor=${encodeURIComponent(first.next_cursor)}`);
    assert.equal(after.items.length, Math.min(200, total - 100));
    assert.equal(after.next_cursor, null);
  });

  test(`${name}: limits that are no whole number from one are refused, and so are cursors of another making`, async () => {
    for (const limit of ["0", "-1", "1.5", "ten", "", "1e2", "0x10", " 5"]) {
      const answer = await owner.get(`${path}${path.includes("?") ? "&" : "?"}limit=${encodeURIComponent(limit)}`);
      expectInvalid(answer, { "?limit": answer.body.errors?.[0]?.code });
    }
    const { next_cursor: cursor } = await page(owner, path, "limit=2");
    const middle = Math.floor(cursor.length / 2);
    for (const forged of [
      cursor.slice(0, middle) + (cursor[middle] === "A" ? "B" : "A") + cursor.slice(middle + 1),
      "",
      "0",
      Buffer.from('{"seq":1}').toString("base64url"),
      "x".repeat(2000),
      "'; --",
    ]) {
      const answer = await owner.get(`${path}${path.includes("?") ? "&" : "?"}cursor=${encodeURIComponent(forged)}`);
      expectInvalid(answer, { "?cursor": answer.body.errors?.[0]?.code });
    }
  });
}

test("an item that goes while somebody turns the pages costs no other item", async () => {
  const first = await page(owner, `${base}/members`, "limit=100");
  expectStatus(await owner.remove(team, first.items[99].user.id), 204);
  const rest = await page(owner, `${base}/members`, `limit=200&cursor=${encodeURIComponent(first.next_cursor)}`);
  assert.equal(rest.items.length, MANY + 1 - 100);
});

test("one's own accounts and sessions come whole, in the shape of every list", async () => {
  for (const path of ["/v1/accounts", "/v1/sessions", `${base}/roles`]) {
    const { body } = expectStatus(await owner.get(path), 200);
    assert.equal(body.next_cursor, null, path);
    assert.ok(body.items.length >= 1);
  }
});

test("more than a thousand accounts, and as many sessions as one may have, come whole, page by page", async () => {
  const person = await world.signUp("many@example.com");
  const host = await world.signUp("host@example.com");
  const many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1100)";
  const account = "'acct_f' || printf('%031x', i)";
  await world.database.batch([
    world.database
      .prepare(`${many} INSERT INTO account (id, kind, name, owner, version, created_at) SELECT ${account}, 'team', 'T', ?1, 1, i FROM n`)
      .bind(host.id),
    world.database.prepare(`${many} INSERT INTO member (account, user, role, joined_at) SELECT ${account}, ?1, 'admin', 1 FROM n`).bind(host.id),
    world.database.prepare(`${many} INSERT INTO member (account, user, role, joined_at) SELECT ${account}, ?1, 'dev', 1 FROM n`).bind(person.id),
    world.database
      .prepare(
        `${many} INSERT INTO session (id, user, token, user_agent, created_at, last_seen_at) SELECT 'ses_' || printf('%032x', i), ?1, printf('%064x', i), '', unixepoch() * 1000, unixepoch() * 1000 FROM n WHERE i < 100`,
      )
      .bind(person.id),
  ]);
  for (const [path, limit, count] of [
    ["/v1/accounts", 200, 1101],
    ["/v1/sessions", 30, 100],
  ] as const) {
    const whole = (await person.all(path, limit)).map((item: any) => item.id);
    assert.deepEqual([whole.length, new Set(whole).size], [count, count], path);
  }
  const me = await person.me();
  assert.deepEqual([me.memberships.length, me.more_memberships, me.memberships[0].account.id], [1000, true, person.home]);
  assert.equal((await host.me()).more_memberships, true);
  assert.equal((await owner.me()).more_memberships, false);
});

test("a cursor shows no position", async () => {
  const { next_cursor: cursor, items } = await page(owner, `${base}/members`, "limit=1");
  const bytes = Buffer.from(cursor.split(".")[1], "base64url");
  for (const text of [items[0].user.id, owner.id.slice(4), "usr_"]) assert.ok(!bytes.includes(text), text);
});

test("short lists are paged, too: accounts, sessions, roles", async () => {
  const person = await world.signUp("short@example.com");
  const own = await person.convert("Short");
  for (let round = 0; round < 4; round += 1) {
    const other = await world.signUp(`host${round}@example.com`);
    const theirs = await other.convert(`Host ${round}`);
    const { link } = await other.invite(theirs, person.email, "basic");
    expectStatus(await person.accept(link), 200);
    expectStatus(await world.visitor().signIn(person.email, person.password), 201);
  }
  for (const [path, total, key] of [
    ["/v1/accounts", 5, (item: any) => item.id],
    ["/v1/sessions", 5, (item: any) => item.id],
    [`/v1/accounts/${own}/roles`, 4, (item: any) => item.code],
  ] as const) {
    const whole = expectStatus(await person.get(path), 200).body;
    assert.deepEqual([whole.items.length, whole.next_cursor], [total, null], path);
    for (const limit of [1, 2, 3]) assert.deepEqual((await person.all(path, limit)).map(key), whole.items.map(key), `${path} by ${limit}`);
    expectInvalid(await person.get(`${path}?limit=0`), { "?limit": "value-invalid" });
    expectInvalid(await person.get(`${path}?cursor=made-up`), { "?cursor": "value-invalid" });
    expectStatus(await person.get(`${path}?limit=${"9".repeat(40)}`), 200);
  }
});
