// When the WebAssembly instance traps, and when clients go away: what is in flight ends, and nothing of it is left

import assert from "node:assert/strict";
import { request } from "node:http";
import { test } from "node:test";
import { COOKIE } from "../support/people.ts";
import { expectProblem, expectStatus } from "../support/problems.ts";
import { eventually, openWorld } from "../support/world.ts";

// Without types: it is the seed of the benchmarks.
const { events } = await import("../../bench/seed.mjs" as string);

const account = (index: number) => `acct_${"0".repeat(30)}${index.toString(16).padStart(2, "0")}`;
const [TRAPS, WAITS, ASKS, LINGERS] = [1, 2, 3, 4].map(account);

/**
 * The real module, whose real allocator is asked for more than it can give, which traps, before the reply to a statement about
 * one account; a statement about another one waits for that; and a third one has the number of waiting tasks logged.
 */
const PLATFORM = `
const Instance = WebAssembly.Instance;
let [exports, instances, trapping, trapped] = [null, 0, false, false];
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
WebAssembly.Instance = function (module, imports) {
  const real = new Instance(module, imports).exports;
  instances += 1;
  const resume = (...args) => {
    if (trapping) { trapping = false; trapped = true; real.alloc_input(2 ** 32 - 1); }
    return real.resume(...args);
  };
  exports = { ...real, resume };
  return { exports };
};
const named = (values) => values.find((value) => /^acct_0{30}0[1-4]$/.test(value));
const around = async (name, work) => {
  while (name === "${WAITS}" && !trapped) await pause(10);
  if (name === "${LINGERS}") await pause(300);
  if (name === "${ASKS}") console.log("instances=" + instances + " waiting=" + exports.waiting());
  const result = await work();
  trapping = name === "${TRAPS}";
  return result;
};
class Prepared {
  constructor(inner, name) { this.inner = inner; this.name = name; }
  bind(...values) { return new Prepared(this.inner.bind(...values), named(values)); }
  all() { return around(this.name, () => this.inner.all()); }
}
class D1Database {
  constructor(inner) { this.inner = inner; }
  prepare(sql) { return new Prepared(this.inner.prepare(sql)); }
  batch(all) { return around(all.map(({ name }) => name).find(Boolean), () => this.inner.batch(all.map(({ inner }) => inner))); }
}
export default (env) => ({ DB: new D1Database(env.DB) });
`;

const world = await openWorld({ platform: PLATFORM });
const ann = await world.signUp("ann@example.com");

/** Number of instances that were made, and of tasks that wait in the present one. */
async function counts(): Promise<{ instances: number; waiting: number }> {
  const lines = () => world.running.log.filter((line) => line.startsWith("instances="));
  const before = lines().length;
  expectProblem(await ann.get(`/v1/accounts/${ASKS}`), "account-not-found");
  await eventually(async () => assert.ok(lines().length > before));
  const [, instances, waiting] = /instances=(\d+) waiting=(\d+)/.exec(lines().at(-1) ?? "") ?? [];
  // The request that asks waits for its statement meanwhile.
  return { instances: Number(instances), waiting: Number(waiting) - 1 };
}

test("a thousand clients that go away leave nothing", async () => {
  const leave = async () => {
    const asking = new AbortController();
    const headers = { cookie: `${COOKIE}=${ann.cookie}` };
    const sent = fetch(new URL(`/v1/accounts/${LINGERS}`, world.running.base), { headers, signal: asking.signal });
    setTimeout(() => asking.abort(), 20 + Math.random() * 100);
    await sent.catch(() => undefined);
  };
  for (let round = 0; round < 10; round += 1) await Promise.all(Array.from({ length: 100 }, leave));
  await eventually(async () => assert.deepEqual(await counts(), { instances: 1, waiting: 0 }), 20_000);
});

test("an export whose reader goes away in its middle leaves nothing", async () => {
  const team = await ann.convert("Acme");
  await world.settled();
  await events(world.database, team, ann.id, 10_000);
  const leave = () =>
    new Promise<void>((resolve, reject) => {
      const headers = { cookie: `${COOKIE}=${ann.cookie}`, accept: "application/x-ndjson" };
      const asking = request(new URL(`/v1/accounts/${team}/audit-log`, world.running.base), { headers }, (response) => {
        response.once("data", () => {
          response.destroy();
          resolve();
        });
      });
      asking.once("error", reject).end();
    });
  await Promise.all(Array.from({ length: 10 }, leave));
  await eventually(async () => assert.deepEqual(await counts(), { instances: 1, waiting: 0 }));
});

test("a trap fails what is in flight, with a problem document and its cause in the log, and the next request has a new instance", async () => {
  const neighbours = Array.from({ length: 5 }, () => ann.get(`/v1/accounts/${WAITS}`));
  await eventually(async () => assert.equal((await counts()).waiting, neighbours.length));
  const answers = await Promise.all([ann.get(`/v1/accounts/${TRAPS}`), ...neighbours]);
  for (const answer of answers) {
    expectProblem(answer, "internal");
    assert.equal(answer.body.instance, `urn:uuid:${answer.headers["request-id"]}`);
  }
  assert.equal(new Set(answers.map((answer) => answer.body.instance)).size, answers.length);
  const told = () => world.running.log.filter((line) => line.includes("trap:"));
  await eventually(async () => assert.equal(told().length, 1));
  assert.match(told()[0], /raw_vec/);

  expectStatus(await ann.get("/v1/me"), 200);
  assert.deepEqual(await counts(), { instances: 2, waiting: 0 });
});
