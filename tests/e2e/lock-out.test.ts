// POST /v1/sessions with wrong passwords, again and again

import assert from "node:assert/strict";
import { test } from "node:test";
import { tokenOf } from "./support/people.ts";
import { expectProblem, expectStatus } from "./support/problems.ts";
import { inTurn, openWorld } from "./support/world.ts";

const world = await openWorld();
const from = (address: string) => ({ headers: { "cf-connecting-ip": address } });

async function fail(email: string, address: string, times: number): Promise<number[]> {
  return inTurn(
    Array.from({ length: times }),
    async () => (await world.visitor().post("/v1/sessions", { email, password: "certainly not this" }, from(address))).status,
  );
}

test("guessing is slowed down with 429 and Retry-After, and the right password does not help meanwhile", async () => {
  const ann = await world.signUp("ann@example.com");
  const statuses = await fail(ann.email, "192.0.2.1", 12);
  assert.equal(statuses[0], 401);
  assert.ok(statuses.includes(429), `no brake after 12 failures: ${statuses}`);
  assert.ok(
    statuses.slice(statuses.indexOf(429)).every((status) => status === 429),
    `the brake lets go by itself: ${statuses}`,
  );
  expectProblem(await world.visitor().post("/v1/sessions", { email: ann.email, password: ann.password }, from("192.0.2.1")), "rate-limited");
});

test("a person who mistypes a few times is let in", async () => {
  const ben = await world.signUp("ben@example.com");
  assert.deepEqual(await fail(ben.email, "192.0.2.2", 3), [401, 401, 401]);
  expectStatus(await world.visitor().post("/v1/sessions", { email: ben.email, password: ben.password }, from("192.0.2.2")), 201);
});

test("a success starts the count anew", async () => {
  const ben = await world.signUp("again@example.com");
  for (let round = 0; round < 3; round += 1) {
    assert.deepEqual(await fail(ben.email, "192.0.2.3", 3), [401, 401, 401]);
    expectStatus(await world.visitor().post("/v1/sessions", { email: ben.email, password: ben.password }, from("192.0.2.3")), 201);
  }
});

test("a stranger's guessing does not lock the owner out", async () => {
  const carl = await world.signUp("carl@example.com");
  assert.ok((await fail(carl.email, "198.51.100.7", 10)).includes(429));
  expectStatus(await world.visitor().post("/v1/sessions", { email: carl.email, password: carl.password }, from("203.0.113.5")), 201);
});

test("the addresses of one IPv6 network are one guesser, however they are written", async () => {
  const dora = await world.signUp("dora@example.com");
  const addresses = Array.from({ length: 12 }, (_, index) => (index % 2 ? `2001:db8:0:1::${index}` : `2001:0DB8:0000:0001:abcd::${index}`));
  const statuses = await inTurn(addresses, async (address) => (await fail(dora.email, address, 1))[0]);
  assert.ok(statuses.includes(429), `another address, another count: ${statuses}`);
});

test("an unknown email is braked exactly as a known one", async () => {
  const eve = await world.signUp("eve@example.com");
  assert.deepEqual(await fail("nobody@example.com", "192.0.2.9", 9), await fail(eve.email, "192.0.2.9", 9));
});

test("guessing from many networks ends at a hundred failures in a row, and a password reset opens the door again", async () => {
  const finn = await world.signUp("finn@example.com");
  await fail(finn.email, "192.0.2.20", 1);
  await world.sql("UPDATE attempt SET failures = 100 WHERE scope LIKE '%finn@example.com' AND scope NOT LIKE '%192.0.2.20%'");
  expectProblem(await world.visitor().post("/v1/sessions", { email: finn.email, password: finn.password }, from("192.0.2.77")), "rate-limited");
  expectStatus(await finn.get("/v1/me"), 200);
  expectStatus(await world.visitor().post("/v1/password-resets", { email: finn.email }), 202);
  const link = await world.mailedLink(finn.email, "/reset-password");
  const token = new URLSearchParams(new URL(link).hash.slice(1)).get("token");
  expectStatus(await world.visitor().put("/v1/password-resets", { token, password: "quite another sentence" }), 204);
  expectStatus(await world.visitor().post("/v1/sessions", { email: finn.email, password: "quite another sentence" }, from("192.0.2.77")), 201);
});

test("failures at once are all counted", async () => {
  const gus = await world.signUp("gus@example.com");
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => world.visitor().post("/v1/sessions", { email: gus.email, password: "certainly not this" }, from("192.0.2.30"))),
  );
  const told = answers.map((answer) => answer.status);
  assert.deepEqual([told.filter((status) => status === 401).length, told.filter((status) => status === 429).length], [5, 15], String(told));
  expectProblem(await world.visitor().post("/v1/sessions", { email: gus.email, password: gus.password }, from("192.0.2.30")), "rate-limited");
});

test("a hundred failures lock strangers out, and neither the known browser nor who reads the mailbox", async () => {
  const fay = await world.signUp("kim@example.com");
  await world.database.prepare("INSERT INTO attempt (scope, failures, last_failure) VALUES (?1, 100, ?2)").bind(`email:${fay.email}`, Date.now()).run();
  const told = expectProblem(await world.visitor().signIn(fay.email, fay.password), "rate-limited");
  assert.ok(told);
  // The browser that fay signed up with is known; signing out does not change that.
  expectStatus(await fay.delete("/v1/sessions/current"), 204);
  expectStatus(await fay.signIn(fay.email, fay.password), 201);
  expectProblem(await world.visitor().signIn(fay.email, fay.password), "rate-limited");
  // Its token is bound to fay's email, and is no key to anything else.
  const gus = await world.signUp("lea@example.com");
  const thief = world.visitor();
  thief.device = gus.device;
  expectProblem(await thief.signIn(fay.email, fay.password), "rate-limited");

  const reader = world.visitor();
  expectStatus(await reader.post("/v1/password-resets", { email: fay.email }), 202);
  const token = tokenOf(await world.mailedLink(fay.email, "/reset-password"));
  expectStatus(await reader.put("/v1/password-resets", { token, password: "another decent sentence" }), 204);
  await world.database.prepare("INSERT INTO attempt (scope, failures, last_failure) VALUES (?1, 100, ?2)").bind(`email:${fay.email}`, Date.now()).run();
  expectStatus(await reader.signIn(fay.email, "another decent sentence"), 201);
});

test("a reset lifts the lock of the known browser that it is made in, and makes strangers of all that were known before", async () => {
  const mia = await world.signUp("mia@example.com");
  const collected = await mia.elsewhere();
  assert.ok(mia.device && collected.device && mia.device !== collected.device);
  for (let index = 0; index < 5; index += 1) expectProblem(await mia.signIn(mia.email, "certainly not this"), "credentials-invalid");
  expectProblem(await mia.signIn(mia.email, mia.password), "rate-limited");

  expectStatus(await mia.post("/v1/password-resets", { email: mia.email }), 202);
  const before = mia.device;
  const password = "another decent sentence";
  expectStatus(await mia.put("/v1/password-resets", { token: tokenOf(await world.mailedLink(mia.email, "/reset-password")), password }), 204);
  assert.notEqual(mia.device, before, "it is known anew");
  expectStatus(await mia.signIn(mia.email, password), 201);

  await world.database.prepare("INSERT INTO attempt (scope, failures, last_failure) VALUES (?1, 100, ?2)").bind(`email:${mia.email}`, Date.now()).run();
  expectStatus(await mia.signIn(mia.email, password), 201);
  expectProblem(await collected.signIn(mia.email, password), "rate-limited");
});
