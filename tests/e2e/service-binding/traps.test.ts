// Calls and requests share one WebAssembly instance; when it traps, a call in flight ends with a problem, and the next one is answered

import assert from "node:assert/strict";
import { test } from "node:test";
import { expectStatus } from "../support/problems.ts";
import { binding, withAsker } from "../support/service-binding.ts";
import { eventually, openWorld } from "../support/world.ts";

const account = (index: number) => `acct_${"0".repeat(31)}${index}`;
const [TRAPS, COUNTS] = [account(1), account(2)];

/** The real module, whose real allocator is asked for more than it can give after a statement about one account; which traps. */
const PLATFORM = `
const Instance = WebAssembly.Instance;
let [instances, trapping] = [0, false];
WebAssembly.Instance = function (module, imports) {
  const real = new Instance(module, imports).exports;
  instances += 1;
  const resume = (...args) => {
    if (trapping) { trapping = false; real.alloc_input(2 ** 32 - 1); }
    return real.resume(...args);
  };
  return { exports: { ...real, resume } };
};
const prepared = (inner, values = []) => ({
  inner,
  bind: (...values) => prepared(inner.bind(...values), values),
  all: async () => {
    const result = await inner.all();
    if (values.includes("${COUNTS}")) console.log("instances=" + instances);
    trapping = values.includes("${TRAPS}");
    return result;
  },
});
export default (env) => ({ DB: { prepare: (sql) => prepared(env.DB.prepare(sql)), batch: (all) => env.DB.batch(all.map(({ inner }) => inner)) } });
`;

const world = await openWorld(withAsker({ platform: PLATFORM }));
const rolecall = binding(world);
const ann = await world.signUp("ann@example.com");
const check = (id: string) => rolecall.check({ session: ann.cookie!, account: id, permissions: ["pods.manage"] });

async function instances(): Promise<number> {
  const before = world.running.log.length;
  assert.equal((await check(COUNTS)).problem?.code, "account-not-found");
  let line: string | undefined;
  await eventually(async () => assert.ok((line = world.running.log.slice(before).find((line) => line.startsWith("instances=")))));
  return Number(line!.split("=")[1]);
}

test("a call that traps is a problem and no yes, and calls and requests go on in one new instance", async () => {
  assert.equal((await check(ann.home)).allowed, true);
  expectStatus(await ann.get("/v1/me"), 200);
  assert.equal(await instances(), 1, "one instance for calls and requests");

  const trapped = await check(TRAPS);
  assert.ok(!trapped.ok);
  assert.deepEqual([trapped.allowed, trapped.problem.status, trapped.problem.code], [false, 500, "internal"]);
  assert.match(trapped.problem.instance, /^urn:uuid:[0-9a-f-]{36}$/);
  await eventually(async () => assert.ok(world.running.log.some((line) => line.includes("a call ended without a result"))));

  assert.equal((await check(ann.home)).allowed, true);
  expectStatus(await ann.get("/v1/me"), 200);
  assert.equal(await instances(), 2);
});
