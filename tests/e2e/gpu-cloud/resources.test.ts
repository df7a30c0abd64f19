// Serverless endpoints, network volumes, the bill and payment methods

import assert from "node:assert/strict";
import { test } from "node:test";
import { expectInvalid, expectProblem, expectStatus, openUpstream } from "../support/gpu-cloud-upstream.ts";

const upstream = await openUpstream();

test("an endpoint is created, listed, sent requests to and deleted; the same input has the same output", async () => {
  const caller = upstream.caller();
  const made = await caller.make("/api/endpoints", { name: "embed" });
  assert.match(made.id, /^ep_[0-9a-f]{32}$/);
  assert.deepEqual({ ...made, id: "", created_at: "" }, { id: "", name: "embed", requests: 0, created_at: "" });
  const path = `/api/endpoints/${made.id}/requests`;
  const [one, again, other] = [
    await caller.post(path, { input: "hello" }),
    await caller.post(path, { input: "hello" }),
    await caller.post(path, { input: "world" }),
  ];
  // The first eight bytes of SHA-256("hello"), from -1 to 1.
  assert.deepEqual(expectStatus(one, 200).body.output, { embedding: [-0.6549, 0.898, -0.3961, 0.4588, -0.2549, 0.3804, 0.2784, -0.8902] });
  assert.equal(one.body.endpoint, made.id);
  assert.match(one.body.id, /^req_/);
  assert.notEqual(one.body.id, again.body.id);
  assert.deepEqual(again.body.output, one.body.output);
  assert.notDeepEqual(other.body.output, one.body.output);
  assert.deepEqual((await caller.get("/api/endpoints")).body, { items: [{ ...made, requests: 3 }], next_cursor: null });
  assert.deepEqual(
    (await caller.get("/api/billing")).body.items.map((item: any) => [item.what, item.requests, item.micros]),
    [["requests", 3, 300]],
  );
  expectStatus(await caller.delete(`/api/endpoints/${made.id}`), 204);
  expectProblem(await caller.post(path, { input: "hello" }), 404, "endpoint-not-found");
  expectProblem(await caller.delete(`/api/endpoints/${made.id}`), 404, "endpoint-not-found");
  assert.deepEqual(
    (await caller.get("/api/billing")).body.items.map((item: any) => [item.requests, item.ended_at !== null]),
    [[3, true]],
  );
});

test("requests at once are all counted", async () => {
  const caller = upstream.caller();
  const { id } = await caller.make("/api/endpoints", { name: "busy" });
  await Promise.all(Array.from({ length: 25 }, () => caller.post(`/api/endpoints/${id}/requests`, { input: "x" })));
  assert.equal((await caller.get("/api/endpoints")).body.items[0].requests, 25);
  assert.equal((await caller.get("/api/billing")).body.total_micros, 2500);
});

test("what an endpoint cannot be or take is refused", async () => {
  const caller = upstream.caller();
  expectInvalid(await caller.post("/api/endpoints", { gpu: "h100" }), { "/name": "required", "/gpu": "unknown" });
  const { id } = await caller.make("/api/endpoints", { name: "embed" });
  for (const [json, faults] of [
    [{}, { "/input": "required" }],
    [{ input: "" }, { "/input": "too-short" }],
    [{ input: "x".repeat(4097) }, { "/input": "too-long" }],
    [{ input: [1] }, { "/input": "type-wrong" }],
  ] as const) {
    expectInvalid(await caller.post(`/api/endpoints/${id}/requests`, json), faults);
  }
  assert.equal((await caller.get("/api/endpoints")).body.items[0].requests, 0, "what was refused is not counted");
});

test("a volume is created, renamed, grown and deleted, and never shrinks", async () => {
  const caller = upstream.caller();
  const made = await caller.make("/api/volumes", { name: "data", size_gb: 100 });
  assert.match(made.id, /^vol_[0-9a-f]{32}$/);
  assert.deepEqual({ ...made, id: "", created_at: "" }, { id: "", name: "data", size_gb: 100, micros_per_hour: 9700, created_at: "" });
  const path = `/api/volumes/${made.id}`;
  assert.deepEqual(expectStatus(await caller.patch(path, { name: "models" }), 200).body, { ...made, name: "models" });
  assert.deepEqual(expectStatus(await caller.patch(path, {}), 200).body, { ...made, name: "models" });
  assert.deepEqual(expectStatus(await caller.patch(path, { size_gb: 100 }), 200).body, { ...made, name: "models" });
  assert.equal((await caller.get("/api/billing")).body.items.length, 1, "the same size is no new line of the bill");
  const grown = expectStatus(await caller.patch(path, { name: "all models", size_gb: 250 }), 200).body;
  assert.deepEqual(grown, { ...made, name: "all models", size_gb: 250, micros_per_hour: 24_250 });
  expectProblem(await caller.patch(path, { name: "smaller", size_gb: 249 }), 409, "volume-cannot-shrink");
  assert.deepEqual((await caller.get("/api/volumes")).body, { items: [grown], next_cursor: null });
  assert.deepEqual(
    (await caller.get("/api/billing")).body.items.map((item: any) => [item.what, item.ended_at !== null]),
    [
      ["250 GB", false],
      ["100 GB", true],
    ],
  );
  expectStatus(await caller.delete(path), 204);
  expectProblem(await caller.delete(path), 404, "volume-not-found");
  expectProblem(await caller.patch(path, { name: "x" }), 404, "volume-not-found");
  assert.equal((await caller.get("/api/billing")).body.micros_per_hour, 0);
});

test("a volume that is grown many times at once ends at the largest size, billed at that size once", async () => {
  const caller = upstream.caller();
  const { id } = await caller.make("/api/volumes", { name: "data", size_gb: 1 });
  const answers = await Promise.all([20, 50, 30, 10, 40].map((size_gb) => caller.patch(`/api/volumes/${id}`, { size_gb })));
  for (const answer of answers) assert.ok(answer.status === 200 || answer.body.code === "volume-cannot-shrink", answer.text);
  assert.equal((await caller.get("/api/volumes")).body.items[0].size_gb, 50);
  const { items, micros_per_hour } = (await caller.get("/api/billing")).body;
  assert.equal(micros_per_hour, 50 * 97);
  assert.equal(items.filter((item: any) => item.ended_at === null).length, 1);
});

test("what a volume cannot be is refused", async () => {
  const caller = upstream.caller();
  for (const [size_gb, code] of [
    [0, "too-small"],
    [-1, "too-small"],
    [4097, "too-large"],
    [1.5, "type-wrong"],
    ["10", "type-wrong"],
    [null, "type-wrong"],
  ] as const) {
    expectInvalid(await caller.post("/api/volumes", { name: "data", size_gb }), { "/size_gb": code });
  }
  const { id } = await caller.make("/api/volumes", { name: "data", size_gb: 1 });
  expectInvalid(await caller.patch(`/api/volumes/${id}`, []), { "": "type-wrong" });
  expectInvalid(await caller.patch(`/api/volumes/${id}`, { size_gb: 0, owner: "me" }), { "/size_gb": "too-small", "/owner": "unknown" });
});

test("the bill is what was used, to the millionth of a dollar", async () => {
  const caller = upstream.caller();
  const pod = await caller.make("/api/pods", { name: "trainer", gpu: "h100-80gb" });
  const volume = await caller.make("/api/volumes", { name: "data", size_gb: 100 });
  const hours = (n: number) => n * 3_600_000;
  // As if both had begun earlier: the Pod ran two hours until just now, the volume has stood for ten.
  const sql = (text: string, ...values: unknown[]) =>
    upstream.database
      .prepare(text)
      .bind(...values)
      .run();
  await sql("UPDATE usage SET started_at = started_at - ?2 WHERE resource_id = ?1", volume.id, hours(10));
  expectStatus(await caller.post(`/api/pods/${pod.id}/stop`), 200);
  await sql("UPDATE usage SET started_at = ended_at - ?2 WHERE resource_id = ?1", pod.id, hours(2));
  const bill = expectStatus(await caller.get("/api/billing"), 200).body;
  assert.deepEqual(Object.keys(bill).sort(), ["at", "currency", "items", "micros_per_hour", "next_cursor", "total_micros"]);
  const [stored, ran] = bill.items;
  assert.deepEqual([ran.resource, ran.what, ran.micros], [{ type: "pod", id: pod.id, name: "trainer" }, "1 × h100-80gb", 2 * 2_990_000]);
  // It stands on while the test runs, so a little more than ten hours.
  assert.ok(stored.micros >= 97_000 && stored.micros < 98_000, String(stored.micros));
  assert.equal(stored.ended_at, null);
  assert.equal(bill.currency, "USD");
  assert.equal(bill.micros_per_hour, 9_700);
  for (const amount of [ran.micros, stored.micros, bill.total_micros]) assert.ok(Number.isInteger(amount), String(amount));
  assert.equal(bill.total_micros, ran.micros + stored.micros);
  expectStatus(await caller.delete(`/api/pods/${pod.id}`), 204);
  assert.equal((await caller.get("/api/billing")).body.items.length, 2, "what was used is owed, also when it is gone");
  const page = (await caller.get("/api/billing?limit=1")).body;
  assert.equal(page.items.length, 1);
  assert.ok(page.total_micros >= bill.total_micros, "the sum is over all lines");
  assert.deepEqual(
    (await caller.get(`/api/billing?limit=1&cursor=${page.next_cursor}`)).body.items.map((item: any) => item.id),
    [ran.id],
  );
});

test("a payment method is added, listed and removed, and holds no more than four digits", async () => {
  const caller = upstream.caller();
  const path = "/api/billing/payment-methods";
  const card = { brand: "visa", last4: "4242", exp: "12/99" };
  const made = await caller.make(path, card);
  assert.match(made.id, /^pm_[0-9a-f]{32}$/);
  assert.deepEqual({ ...made, id: "", created_at: "" }, { id: "", ...card, created_at: "" });
  assert.deepEqual((await caller.get(path)).body, { items: [made], next_cursor: null });

  const number = "4242424242424242";
  expectInvalid(await caller.post(path, { ...card, last4: number }), { "/last4": "too-long" });
  expectInvalid(await caller.post(path, { ...card, number }), { "/number": "unknown" });
  expectInvalid(await caller.post(path, { ...card, brand: number }), { "/brand": "value-invalid" });
  expectInvalid(await caller.post(path, { ...card, exp: number }), { "/exp": "value-invalid" });
  for (const last4 of ["", "424", "42a2", "４２４２"]) expectInvalid(await caller.post(path, { ...card, last4 }), { "/last4": "value-invalid" });
  for (const exp of ["13/99", "1/99", "01/20", "12-99"]) expectInvalid(await caller.post(path, { ...card, exp }), { "/exp": "value-invalid" });
  const { results } = await upstream.database.prepare("SELECT * FROM payment_method").all();
  assert.ok(!JSON.stringify(results).includes(number));

  expectStatus(await caller.delete(`${path}/${made.id}`), 204);
  expectProblem(await caller.delete(`${path}/${made.id}`), 404, "payment-method-not-found");
  assert.deepEqual((await caller.get(path)).body.items, []);
});

test("a refusal does not repeat what was sent", async () => {
  const answer = await upstream
    .caller()
    .post("/api/billing/payment-methods", { brand: "4242424242424242", last4: "4242424242424242", exp: "4242424242424242" });
  assert.doesNotMatch(answer.text, /4242/);
});
