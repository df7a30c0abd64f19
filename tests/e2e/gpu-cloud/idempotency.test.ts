// `Idempotency-Key` on the example upstream: sent again, a change has the same answer and no second effect

import assert from "node:assert/strict";
import { test } from "node:test";
import { expectProblem, expectStatus, openUpstream } from "../support/gpu-cloud-upstream.ts";

const upstream = await openUpstream();
const keyed = (key: string) => ({ headers: { "idempotency-key": key } });

const CREATIONS: [path: string, body: object][] = [
  ["/api/pods", { name: "one", gpu: "rtx-4090" }],
  ["/api/clusters", { name: "one", gpu: "rtx-4090" }],
  ["/api/endpoints", { name: "one" }],
  ["/api/volumes", { name: "one", size_gb: 10 }],
  ["/api/billing/payment-methods", { brand: "visa", last4: "4242", exp: "12/99" }],
];

for (const [path, body] of CREATIONS) {
  test(`POST ${path} with one key makes one thing, however often it is sent, one after the other or at once`, async () => {
    const caller = upstream.caller();
    const first = expectStatus(await caller.post(path, body, keyed("a")), 201).body;
    assert.deepEqual(expectStatus(await caller.post(path, body, keyed("a")), 201).body, first);
    const others = await Promise.all(Array.from({ length: 10 }, () => caller.post(path, body, keyed("b"))));
    for (const answer of others) assert.deepEqual(expectStatus(answer, 201).body, others[0]!.body);
    assert.notEqual(others[0]!.body.id, first.id);
    assert.deepEqual(
      (await caller.get(path)).body.items.map((item: any) => item.id),
      [others[0]!.body.id, first.id],
    );
    if (!path.startsWith("/api/billing")) assert.equal((await caller.get("/api/billing")).body.items.length, 2);
    // Without a key each is another one.
    assert.notEqual((await caller.make(path, body)).id, (await caller.make(path, body)).id);
  });
}

test("a key belongs to one request of one account", async () => {
  const [ours, theirs] = [upstream.caller(), upstream.caller()];
  const body = { name: "one", gpu: "rtx-4090" };
  const made = expectStatus(await ours.post("/api/pods", body, keyed("k")), 201).body;
  expectProblem(await ours.post("/api/pods", { ...body, name: "two" }, keyed("k")), 422, "idempotency-key-reused");
  expectProblem(await ours.post("/api/clusters", body, keyed("k")), 422, "idempotency-key-reused");
  assert.notEqual(expectStatus(await theirs.post("/api/pods", body, keyed("k")), 201).body.id, made.id);
  for (const key of ["", "with space", "x".repeat(256)]) expectProblem(await ours.post("/api/pods", body, keyed(key)), 400, "request-malformed");
  assert.equal((await ours.get("/api/pods")).body.items.length, 1);
});

test("a request to an endpoint is counted once for one key", async () => {
  const caller = upstream.caller();
  const { id } = await caller.make("/api/endpoints", { name: "embed" });
  const path = `/api/endpoints/${id}/requests`;
  const first = expectStatus(await caller.post(path, { input: "x" }, keyed("r")), 200).body;
  assert.deepEqual(expectStatus(await caller.post(path, { input: "x" }, keyed("r")), 200).body, first);
  assert.equal((await caller.get("/api/endpoints")).body.items[0].requests, 1);
  assert.equal((await caller.get("/api/billing")).body.total_micros, 100);
});

test("the answer stays the same after the thing has changed or is gone, and when there is no more room", async () => {
  const caller = upstream.caller();
  const body = { name: "one", gpu: "rtx-4090" };
  const made = expectStatus(await caller.post("/api/pods", body, keyed("k")), 201).body;
  for (let round = 0; round < 9; round += 1) await Promise.all(Array.from({ length: 11 }, () => caller.make("/api/pods", body)));
  expectProblem(await caller.post("/api/pods", body, keyed("full")), 409, "limit-reached");
  assert.deepEqual(expectStatus(await caller.post("/api/pods", body, keyed("k")), 201).body, made);
  expectStatus(await caller.delete(`/api/pods/${made.id}`), 204);
  assert.deepEqual(expectStatus(await caller.post("/api/pods", body, keyed("k")), 201).body, made);
  // What was refused has left nothing behind, and goes through now that there is room.
  const { id } = expectStatus(await caller.post("/api/pods", body, keyed("full")), 201).body;
  expectStatus(await caller.get(`/api/pods/${id}`), 200);
});

test("a refusal is not remembered as a success", async () => {
  const caller = upstream.caller();
  const path = "/api/endpoints/ep_00000000000070008000000000000000/requests";
  for (let round = 0; round < 2; round += 1) expectProblem(await caller.post(path, { input: "x" }, keyed("k")), 404, "endpoint-not-found");
});
