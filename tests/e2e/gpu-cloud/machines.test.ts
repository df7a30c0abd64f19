// Pods and Instant Clusters: create, look at, start, stop, delete

import assert from "node:assert/strict";
import { test } from "node:test";
import { expectInvalid, expectProblem, expectStatus, openUpstream } from "../support/gpu-cloud-upstream.ts";

const upstream = await openUpstream();

for (const [path, kind, count] of [
  ["/api/pods", "pod", 1],
  ["/api/clusters", "cluster", 16],
] as const) {
  test(`a ${kind} is created running, found, listed, stopped, started and deleted`, async () => {
    const caller = upstream.caller();
    const made = await caller.make(path, { name: "  trainer  ", gpu: "h100-80gb" });
    assert.match(made.id, new RegExp(`^${kind}_[0-9a-f]{32}$`));
    assert.deepEqual(
      { ...made, id: "", created_at: "" },
      {
        id: "",
        name: "trainer",
        gpu: "h100-80gb",
        gpu_count: count,
        state: "running",
        connect: `ssh root@${made.id}.gpu-cloud.example`,
        micros_per_hour: 2_990_000 * count,
        created_at: "",
      },
    );
    assert.ok(Math.abs(Date.parse(made.created_at) - Date.now()) < 60_000);
    assert.deepEqual(expectStatus(await caller.get(`${path}/${made.id}`), 200).body, made);
    assert.deepEqual(expectStatus(await caller.get(path), 200).body, { items: [made], next_cursor: null });

    const stopped = { ...made, state: "stopped", connect: null };
    assert.deepEqual(expectStatus(await caller.post(`${path}/${made.id}/stop`), 200).body, stopped);
    assert.deepEqual(expectStatus(await caller.get(`${path}/${made.id}`), 200).body, stopped);
    assert.deepEqual(expectStatus(await caller.post(`${path}/${made.id}/start`), 200).body, made);

    assert.equal(expectStatus(await caller.delete(`${path}/${made.id}`), 204).text, "");
    for (const answer of [
      await caller.get(`${path}/${made.id}`),
      await caller.delete(`${path}/${made.id}`),
      await caller.post(`${path}/${made.id}/start`),
      await caller.post(`${path}/${made.id}/stop`),
    ]) {
      expectProblem(answer, 404, `${kind}-not-found`);
    }
    assert.deepEqual((await caller.get(path)).body.items, []);
  });

  test(`starting or stopping a ${kind} again changes nothing and is billed once, also when all at once`, async () => {
    const caller = upstream.caller();
    const { id } = await caller.make(path, { name: "one", gpu: "rtx-4090" });
    const twelve = (act: string) => Promise.all(Array.from({ length: 12 }, () => caller.post(`${path}/${id}/${act}`)));
    for (const [act, state] of [
      ["start", "running"],
      ["stop", "stopped"],
      ["stop", "stopped"],
      ["start", "running"],
      ["start", "running"],
    ] as const) {
      for (const answer of await twelve(act)) assert.equal(expectStatus(answer, 200).body.state, state);
    }
    const { items } = (await caller.get("/api/billing")).body;
    assert.equal(items.length, 2, "two runs, two lines");
    assert.deepEqual(
      items.map((item: any) => item.ended_at === null),
      [true, false],
    );
  });

  test(`a ${kind} deleted while it is started leaves nothing that costs`, async () => {
    const caller = upstream.caller();
    for (let round = 0; round < 5; round += 1) {
      const { id } = await caller.make(path, { name: "one", gpu: "rtx-4090" });
      await Promise.all(["start", "stop", "start"].map((act) => caller.post(`${path}/${id}/${act}`)).concat(caller.delete(`${path}/${id}`)));
    }
    const billing = (await caller.get("/api/billing")).body;
    assert.equal(billing.micros_per_hour, 0);
    assert.ok(billing.items.every((item: any) => item.ended_at !== null));
  });

  test(`what a ${kind} cannot be is refused field by field`, async () => {
    const caller = upstream.caller();
    expectInvalid(await caller.post(path, {}), { "/name": "required", "/gpu": "required" });
    expectInvalid(await caller.post(path, { name: "", gpu: "abacus" }), { "/name": "too-short", "/gpu": "value-invalid" });
    expectInvalid(await caller.post(path, { name: "   ", gpu: "rtx-4090" }), { "/name": "too-short" });
    expectInvalid(await caller.post(path, { name: "x".repeat(65), gpu: "rtx-4090" }), { "/name": "too-long" });
    expectInvalid(await caller.post(path, { name: "a\nb", gpu: "rtx-4090" }), { "/name": "value-invalid" });
    expectInvalid(await caller.post(path, { name: 7, gpu: ["rtx-4090"] }), { "/name": "type-wrong", "/gpu": "value-invalid" });
    expectInvalid(await caller.post(path, { name: "one", gpu: "rtx-4090", account: "acct_2", state: "stopped" }), {
      "/account": "unknown",
      "/state": "unknown",
    });
    for (const json of [[], null, 7, "x"]) expectInvalid(await caller.post(path, json), { "": "type-wrong" });
    expectInvalid(await caller.post(path, { name: "one", gpu: "toString" }), { "/gpu": "value-invalid" });
    assert.deepEqual((await caller.get(path)).body.items, []);
    assert.deepEqual((await caller.get("/api/billing")).body.items, []);
  });
}

test("a body that is no JSON, is too large, or says it is something else is refused", async () => {
  const caller = upstream.caller();
  const json = { "content-type": "application/json" };
  for (const body of ["", "{", "{}x", "\u0000"]) expectProblem(await caller.ask("POST", "/api/pods", { body, headers: json }), 400, "body-malformed");
  const body = JSON.stringify({ name: "one", gpu: "rtx-4090" });
  for (const type of ["", "text/plain", "application/x-www-form-urlencoded"]) {
    const headers: Record<string, string> = type ? { "content-type": type } : {};
    expectProblem(await caller.ask("POST", "/api/pods", { body, headers }), 415, "media-type-unsupported");
  }
  expectStatus(await caller.ask("POST", "/api/pods", { body, headers: { "content-type": "Application/JSON; charset=utf-8" } }), 201);
  expectProblem(await caller.ask("POST", "/api/pods", { body: `"${"x".repeat(65_536)}"`, headers: json }), 413, "body-too-large");
  const identity = await upstream.identity(caller.account, "POST", "/api/pods");
  const chunked = await upstream.client.send({
    method: "POST",
    path: "/api/pods",
    headers: { ...json, "rolecall-identity": identity },
    chunks: Array.from({ length: 9 }, () => "x".repeat(8192)),
  });
  expectProblem(chunked, 413, "body-too-large");
});

test("a list is paged to its end, newest first, and no page repeats another", async () => {
  const caller = upstream.caller();
  const made: string[] = [];
  for (const n of [1, 2, 3, 4, 5]) made.unshift((await caller.make("/api/pods", { name: `pod ${n}`, gpu: "rtx-4090" })).id);
  await caller.make("/api/clusters", { name: "no pod", gpu: "rtx-4090" });
  for (const limit of [1, 2, 5, 6]) {
    const seen: string[] = [];
    let cursor = "";
    do {
      const { items, next_cursor } = expectStatus(await caller.get(`/api/pods?limit=${limit}${cursor && `&cursor=${cursor}`}`), 200).body;
      assert.ok(items.length <= limit);
      seen.push(...items.map((item: any) => item.id));
      cursor = next_cursor ?? "";
    } while (cursor);
    assert.deepEqual(seen, made);
  }
  assert.equal((await caller.get("/api/pods?limit=9999")).body.items.length, 5);
  for (const limit of ["0", "-1", "x", "1.5", ""]) expectInvalid(await caller.get(`/api/pods?limit=${limit}`), { "?limit": "value-invalid" });
  expectInvalid(await caller.get("/api/pods?cursor=%27%20OR%201"), { "?cursor": "value-invalid" });
  expectInvalid(await caller.get("/api/pods?state=running"), { "?state": "unknown" });
});

test("an account has at most a hundred, however many are asked for at once", async () => {
  const caller = upstream.caller();
  const answers = [];
  for (let round = 0; round < 6; round += 1)
    answers.push(...(await Promise.all(Array.from({ length: 20 }, () => caller.post("/api/pods", { name: "many", gpu: "rtx-4090" })))));
  assert.equal(answers.filter(({ status }) => status === 201).length, 100);
  for (const answer of answers.filter(({ status }) => status !== 201)) expectProblem(answer, 409, "limit-reached");
  const { items } = (await caller.get("/api/billing?limit=200")).body;
  assert.equal(items.length, 100, "what was refused is not billed");
  await caller.make("/api/clusters", { name: "other kinds have a hundred of their own", gpu: "rtx-4090" });
});

test("other paths and methods are 404 for who has an identity", async () => {
  const caller = upstream.caller();
  for (const [method, path] of [
    ["GET", "/"],
    ["GET", "/api"],
    ["GET", "/api/pods/"],
    ["PUT", "/api/pods"],
    ["DELETE", "/api/pods"],
    ["GET", "/api/volumes/vol_1"],
    ["GET", "/API/pods"],
  ]) {
    expectProblem(await caller.ask(method!, path!), 404, "not-found");
  }
  expectProblem(await caller.get("/api/pods/%27%20OR%201=1--"), 404, "pod-not-found");
});
