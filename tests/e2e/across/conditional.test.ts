// ETag and If-Match: nobody overwrites what they have not seen

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Answer } from "../support/http.ts";
import { expectProblem, expectStatus } from "../support/problems.ts";
import { openWorld } from "../support/world.ts";

const world = await openWorld();
const owner = await world.signUp("owner@example.com");
const team = await owner.convert("Acme");
const admin = await world.hire(owner, team, "admin@example.com", "admin");
const dev = await world.hire(owner, team, "dev@example.com", "dev");
const base = `/v1/accounts/${team}`;

async function tag(): Promise<string> {
  return String(expectStatus(await owner.get(base), 200).headers.etag);
}

test("the seen version may be changed, an older one is 412 and changes nothing", async () => {
  const seen = await tag();
  const first = expectStatus(await owner.patch(base, { name: "First" }, { headers: { "if-match": seen } }), 200);
  expectProblem(await admin.patch(base, { name: "Second" }, { headers: { "if-match": seen } }), "precondition-failed");
  assert.equal((await owner.account(team)).name, "First");
  expectStatus(await admin.patch(base, { name: "Third" }, { headers: { "if-match": String(first.headers.etag) } }), 200);
});

test("every change inside an account raises the version that its ETag shows", async () => {
  const changes: (() => Promise<Answer>)[] = [
    () => owner.setRole(team, dev.id, "billing"),
    () => owner.post(`${base}/invitations`, { email: "x@example.com", role: "dev" }),
    () => owner.post(`${base}/roles`, { code: "extra", title: "Extra", permissions: [] }),
    () => owner.patch(`${base}/roles/extra`, { title: "More" }),
    () => owner.delete(`${base}/roles/extra`),
    () => owner.post(`${base}/api-keys`, { name: "k", permissions: ["team.access"] }),
  ];
  for (const change of changes) {
    const before = Number((await tag()).slice(1, -1));
    const answer = await change();
    assert.ok(answer.status < 300, answer.text);
    assert.ok(Number((await tag()).slice(1, -1)) > before, answer.asked.path);
  }
});

test("the answer to a change carries the version that a next change needs", async () => {
  const renamed = expectStatus(await owner.patch(base, { name: "A" }), 200);
  assert.equal(renamed.headers.etag, await tag());
  const given = expectStatus(await owner.transfer(team, admin.id), 200);
  assert.equal(given.headers.etag, await tag());
  const back = expectStatus(await admin.transfer(team, owner.id), 200);
  assert.equal(back.headers.etag, await tag());
});

test("twenty-five renames at once without a version are all made; of those by one version, one is", async () => {
  const before = Number((await tag()).slice(1, -1));
  const all = (headers: Record<string, string>) =>
    Promise.all(Array.from({ length: 25 }, (_, index) => owner.patch(base, { name: `Name ${index}, ${Object.keys(headers).length}` }, { headers })));
  for (const answer of await all({})) assert.ok(expectStatus(answer, 200).body.version > before);
  assert.equal(await tag(), `"${before + 25}"`);
  const told = (await all({ "if-match": await tag() })).map((answer) => answer.status).sort();
  assert.deepEqual(told, [200, ...Array.from({ length: 24 }, () => 412)]);
});

test("who joins is told the version that they joined at", async () => {
  const guest = await world.signUp("guest@example.com");
  const { link } = await owner.invite(team, guest.email, "dev");
  const { account } = await guest.join(link);
  assert.equal(`"${account.version}"`, await tag());
});

test("routes that change an account heed If-Match", async () => {
  const stale = '"1"';
  const acts: ((headers: Record<string, string>) => Promise<Answer>)[] = [
    (headers) => owner.setRole(team, dev.id, "basic", { headers }),
    (headers) => owner.remove(team, dev.id, { headers }),
    (headers) => owner.transfer(team, admin.id, { headers }),
    (headers) => owner.deleteTeam(team, { headers }),
    (headers) => owner.post(`${base}/convert`, {}, { headers }),
    (headers) => owner.post(`${base}/roles`, { code: "c", title: "C", permissions: [] }, { headers }),
    (headers) => owner.post(`${base}/invitations`, { email: "y@example.com", role: "dev" }, { headers }),
  ];
  const before = await owner.account(team);
  for (const act of acts) expectProblem(await act({ "if-match": stale }), "precondition-failed");
  assert.deepEqual(await owner.account(team), before);
});

test("a star matches any version; what is no list of tags is 400, and a tag that is no version is 412", async () => {
  expectStatus(await owner.patch(base, { name: "Star" }, { headers: { "if-match": "*" } }), 200);
  const put = (value: string) => owner.patch(base, { name: "Never" }, { headers: { "if-match": value } });
  for (const value of ["1", "*, *", '"', "null"]) expectProblem(await put(value), "request-malformed");
  for (const value of ['"one"', 'W/"1"', '"1", "2"', '"1-gzip"', '""', '"99999999999999999999999"', '"-1"'])
    expectProblem(await put(value), "precondition-failed");
  assert.equal((await owner.account(team)).name, "Star");
});

test("a tag that a compressing proxy made weak or marked is the tag that it was, and any of a list will do", async () => {
  const forms: ((version: string) => string)[] = [
    (v) => `W/"${v}"`,
    (v) => `"${v}-gzip"`,
    (v) => `W/"${v}--gzip"`,
    (v) => `"${v}-br"`,
    (v) => `"1", W/"${v}"`,
    (v) => `"a,b" , "${v}",`,
  ];
  for (const form of forms) {
    const version = (await tag()).slice(1, -1);
    expectStatus(await owner.patch(base, { name: `By ${form("0")}`.replaceAll(/[^a-zA-Z0-9 ]/g, "") }, { headers: { "if-match": form(version) } }), 200);
    expectProblem(await owner.patch(base, { name: "Never" }, { headers: { "if-match": form(version) } }), "precondition-failed");
  }
  assert.notEqual((await owner.account(team)).name, "Never");
});

test("whether the caller may is asked before whether they have seen the newest", async () => {
  expectProblem(await dev.patch(base, { name: "X" }, { headers: { "if-match": '"1"' } }), "permission-missing");
  const stranger = await world.signUp("stranger@example.com");
  expectProblem(await stranger.patch(base, { name: "X" }, { headers: { "if-match": '"1"' } }), "account-not-found");
});
