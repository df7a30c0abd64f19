// GET /v1/sign-in-methods

import assert from "node:assert/strict";
import { test } from "node:test";
import { expectStatus } from "./support/problems.ts";
import { openWorld } from "./support/world.ts";

const world = await openWorld();

test("a page without a session reads what the deployment offers, and nothing is asked of the database", async () => {
  const answer = expectStatus(await world.visitor().get("/v1/sign-in-methods"), 200);
  assert.deepEqual(answer.body, { password: true, email_code: true, passkey: true, providers: [] });
  assert.equal(answer.headers["rolecall-d1-round-trips"], "0");
});

test("it is the same for a signed-in user", async () => {
  const ann = await world.signUp("ann@example.com");
  const mine = expectStatus(await ann.get("/v1/sign-in-methods"), 200);
  assert.deepEqual(mine.body, (await world.visitor().get("/v1/sign-in-methods")).body);
});
