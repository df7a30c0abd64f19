// Many people who sign up, in or reset at once: a bounded number waits for a password hash, and nobody else waits for them

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Answer } from "../support/http.ts";
import { expectProblem, expectStatus } from "../support/problems.ts";
import { eventually, openWorld } from "../support/world.ts";

const world = await openWorld();
const neighbour = await world.signUp("neighbour@example.com");
const WAITING_MAX = 8;
const CROWD = 20;

/** Sends a crowd and, behind it, a read of the neighbour's; answers both, and whose answers came before the read's. */
async function beside(ask: (index: number) => Promise<Answer>) {
  const order: (Answer | "read")[] = [];
  const crowd = Array.from({ length: CROWD }, (_, index) => ask(index).then((answer) => void order.push(answer)));
  const read = neighbour.get("/v1/me").then((answer) => (order.push("read"), answer));
  await Promise.all([...crowd, read]);
  expectStatus(await read, 200);
  const at = order.indexOf("read");
  return { before: order.slice(0, at) as Answer[], after: order.slice(at + 1) as Answer[] };
}

function expectBounded({ before, after }: { before: Answer[]; after: Answer[] }, hashed: number): void {
  const all = [...before, ...after];
  const refused = all.filter((answer) => answer.status === 429);
  for (const answer of refused) {
    expectProblem(answer, "too-many-sign-ins");
    assert.match(String(answer.headers["retry-after"]), /^[1-9]\d*$/);
    assert.equal(answer.headers["rolecall-d1-round-trips"], "0", "refused before any work");
  }
  assert.equal(all.filter((answer) => answer.status === hashed).length, CROWD - refused.length, String(all.map((answer) => answer.status)));
  assert.ok(refused.length >= 1 && CROWD - refused.length >= WAITING_MAX, `${refused.length} refused`);
  assert.ok(
    after.some((answer) => answer.status === hashed),
    "the neighbour's read waited for the whole crowd",
  );
}

test("twenty sign-ups at once do not hold up a neighbour's read, and those beyond the bound are told when to come again", async () => {
  expectBounded(
    await beside((index) => world.visitor().post("/v1/signup", { email: `guest${index}@example.com`, password: `quiet harbours of guest ${index}` })),
    202,
  );
});

test("so it is with sign-ins, for an email that is known, one that is not, and what is no email", async () => {
  const emails = ["neighbour@example.com", "nobody@example.com", "no email"];
  const from = (index: number) => ({ headers: { "cf-connecting-ip": `192.0.2.${index + 1}` } });
  const ask = (index: number) => world.visitor().post("/v1/sessions", { email: emails[index % 3], password: "certainly not this one" }, from(index));
  expectBounded(await beside(ask), 401);
});

test("afterwards everybody comes in", async () => {
  for (let index = 0; index < 3; index += 1) expectStatus(await world.visitor().signIn(neighbour.email, neighbour.password), 201);
});

test("a client that goes away while it waits takes no place with it", async () => {
  const leave = async (index: number) => {
    const asking = new AbortController();
    const sent = fetch(new URL("/v1/signup", world.running.base), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email: `leaver${index}@example.com`, password: `quiet harbours of leaver ${index}` }),
      signal: asking.signal,
    });
    setImmediate(() => asking.abort());
    await sent.catch(() => undefined);
  };
  for (let round = 0; round < 3; round += 1) await Promise.all(Array.from({ length: WAITING_MAX }, (_, index) => leave(round * WAITING_MAX + index)));
  let late = 0;
  const everyPlace = () =>
    Promise.all(
      Array.from({ length: WAITING_MAX }, () =>
        world.visitor().post("/v1/signup", { email: `late${(late += 1)}@example.com`, password: `quiet harbours of late ${late}` }),
      ),
    );
  await eventually(
    async () =>
      assert.deepEqual(
        (await everyPlace()).map((answer) => answer.status),
        Array(WAITING_MAX).fill(202),
      ),
    30_000,
  );
});
