// The gateway's counters, here switched on: per account and per key, besides the one per network

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { askWith, createApiKey, openGateway, takeUpstreamRequests, tokenFor } from "../support/gateway.ts";
import { expectProblem, expectStatus } from "../support/problems.ts";
import { earlyInTheMinute, inTurn, inWorld } from "../support/world.ts";

const world = await openGateway({ vars: { RATE_LIMITS: "on" }, limits: { auth: 1000, api: 60, gateway: 8 } });
const [ann, bob, carl] = await world.signUpAll("ann", "bob", "carl");
const from = (address: string) => ({ "cf-connecting-ip": address });

beforeEach(() => earlyInTheMinute());

test("an account's requests count together, wherever they come from, and no other's with them", async () => {
  const token = await tokenFor(ann, ann.home);
  await takeUpstreamRequests(world);
  const told = await inTurn(
    Array.from({ length: 12 }),
    async (_, index) => (await askWith(world, token, "GET", "/api/pods", { headers: from(`192.0.2.${index}`) })).status,
  );
  assert.deepEqual(told, [...Array(8).fill(200), ...Array(4).fill(429)]);
  assert.equal((await takeUpstreamRequests(world)).length, 8);
  expectProblem(await ann.get("/api/pods", { headers: from("192.0.2.50") }), "rate-limited");
  expectStatus(await bob.get("/api/pods", { headers: from("192.0.2.50") }), 200);
});

test("one key cannot use up more than a key may", async () => {
  const key = await createApiKey(carl, carl.home, ["pods.connect"]);
  const told = await inTurn(
    Array.from({ length: 10 }),
    async (_, index) => (await askWith(world, key.secret, "GET", "/api/pods", { headers: from(`192.0.2.${100 + index}`) })).status,
  );
  assert.deepEqual(told, [...Array(8).fill(200), 429, 429]);
});

test("strangers are counted by their network before anything is looked up", async () => {
  const told = await inTurn(Array.from({ length: 70 }), async () => (await world.visitor().get("/api/pods", { headers: from("198.51.100.1") })).status);
  assert.deepEqual([...new Set(told)], [401, 429]);
});

test("a deployment without its counter lets nothing through", async () => {
  await inWorld({ upstream: true, vars: { RATE_LIMITS: "on" }, without: ["LIMIT_GATEWAY"] }, async (bare) => {
    const dora = await bare.signUp("dora@example.com");
    expectProblem(await dora.get("/api/pods"), "internal");
    assert.deepEqual(await takeUpstreamRequests(bare), []);
  });
});
