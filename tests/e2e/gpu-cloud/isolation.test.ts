// Two accounts behind the gateway never see or touch each other's rows, on any route that the policy names

import assert from "node:assert/strict";
import { test } from "node:test";
import { BODIES, COLLECTIONS, type Caller, ROUTES, expectStatus, openUpstream } from "../support/gpu-cloud-upstream.ts";

const upstream = await openUpstream();
const [ours, theirs] = [upstream.caller(), upstream.caller()];

async function fill(caller: Caller): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (const collection of COLLECTIONS) ids.set(collection, (await caller.make(collection, BODIES[`POST ${collection}`])).id);
  return ids;
}

/** Everything that an account sees. What a running thing has cost grows by itself, so amounts are left out. */
async function all(caller: Caller): Promise<string> {
  const lists = [];
  for (const path of [...COLLECTIONS, "/api/billing"]) {
    const { items } = expectStatus(await caller.get(path), 200).body;
    lists.push(items.map(({ micros: _, ...item }: { micros?: number }) => item));
  }
  return JSON.stringify(lists);
}

test("every route of the policy is served, and none finds what another account has", async () => {
  const ids = await fill(ours);
  const before = await all(ours);
  const empty = await all(theirs);
  assert.equal(empty, JSON.stringify([[], [], [], [], [], []]));
  for (const { method, path } of ROUTES) {
    const collection = COLLECTIONS.find((candidate) => path.startsWith(`${candidate}/{id}`));
    if (!collection) continue;
    const answer = await theirs.ask(method, path.replace("{id}", ids.get(collection)!), { json: BODIES[`${method} ${path}`] });
    assert.equal(answer.status, 404, `${method} ${path} answered ${answer.status}: ${answer.text}`);
    assert.match(answer.body.code, /^(pod|cluster|endpoint|volume|payment-method)-not-found$/, `${method} ${path} is not served`);
    // Nothing tells what is another's from what is not there at all.
    const absent = await theirs.ask(method, path.replace("{id}", ids.get(collection)!.replace(/.{4}$/, "0000")), { json: BODIES[`${method} ${path}`] });
    assert.deepEqual({ ...absent.body, instance: "" }, { ...answer.body, instance: "" });
  }
  assert.equal(await all(ours), before, "what is ours is as it was");
  assert.equal(await all(theirs), empty, "what is theirs is as it was");
});

test("what two accounts have stands side by side", async () => {
  await fill(theirs);
  for (const path of COLLECTIONS) {
    assert.equal((await ours.get(path)).body.items.length, 1, path);
    assert.equal((await theirs.get(path)).body.items.length, 1, path);
  }
  const [mine, other] = [(await ours.get("/api/pods")).body.items[0], (await theirs.get("/api/pods")).body.items[0]];
  assert.notEqual(mine.id, other.id);
});

test("another account's id as a cursor shows nothing of it", async () => {
  const foreign = (await theirs.get("/api/pods")).body.items[0].id;
  for (const item of (await ours.get(`/api/pods?cursor=${foreign}`)).body.items) assert.notEqual(item.id, foreign);
});

test("what is one kind of thing is no other: a cluster is not stopped or deleted as a Pod, nor its bill ended", async () => {
  const caller = upstream.caller();
  const cluster = await caller.make("/api/clusters", BODIES["POST /api/clusters"]);
  const volume = await caller.make("/api/volumes", BODIES["POST /api/volumes"]);
  for (const id of [cluster.id, volume.id]) {
    for (const [method, path] of [
      ["GET", ""],
      ["POST", "/start"],
      ["POST", "/stop"],
      ["DELETE", ""],
    ]) {
      assert.equal((await caller.ask(method!, `/api/pods/${id}${path}`)).status, 404);
    }
    assert.equal((await caller.delete(`/api/endpoints/${id}`)).status, 404);
    assert.equal((await caller.post(`/api/endpoints/${id}/requests`, { input: "x" })).status, 404);
  }
  assert.equal((await caller.get(`/api/clusters/${cluster.id}`)).body.state, "running");
  const { items } = (await caller.get("/api/billing")).body;
  assert.deepEqual(items.map((item: any) => [item.resource.type, item.ended_at, item.requests]).sort(), [
    ["cluster", null, 0],
    ["volume", null, 0],
  ]);
});
