// The run itself: every candidate must answer rightly first; then all are asked in turns, for some rounds.
import { cpus, loadavg } from "node:os";
import { writeReadme } from "../readme.mjs";
import * as peer from "./candidates/better-auth.mjs";
import * as floor from "./candidates/floor.mjs";
import * as rolecall from "./candidates/rolecall.mjs";
import { Load, median, percentile } from "./load.mjs";
import { gzipped } from "./platform.mjs";
import { judge, printed, short } from "./report.mjs";
import { starts } from "./start.mjs";

const dry = process.argv.includes("--dry");
const ROUNDS = dry ? 1 : 3;
const STARTS = dry ? 1 : 15;
/** Milliseconds, and how many at most: reads by the clock, changes by the number of people who can still be invited. */
const READS = dry ? { warm: { time: 0, most: 0 }, one: { time: 1_000, most: 1 }, many: { time: 1_000, most: 2 } } : { warm: { time: 300, most: 2_000 }, one: { time: 700, most: 2_000 }, many: { time: 1_500, most: 100_000 } };
const WRITES = dry ? { warm: { time: 0, most: 0 }, one: { time: 5_000, most: 1 }, many: { time: 5_000, most: 2 } } : { warm: { time: 5_000, most: 16 }, one: { time: 5_000, most: 80 }, many: { time: 20_000, most: 320 } };
const NEEDED = 1 + WRITES.warm.most + WRITES.one.most + WRITES.many.most;

const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));

/** Every operation once, its answer read whole; notes what it takes of the database. */
async function check({ operations, url, counted }) {
  const [load, counting] = [new Load(url), counted && new Load(counted)];
  for (const operation of operations) {
    const { text, headers } = await (counting ?? load).send(operation);
    if (!operation.right(text, headers)) throw new Error(`${operation.name} is answered wrongly: ${text.slice(0, 400)}`);
    operation.trips ??= Number(headers["rolecall-d1-round-trips"] ?? headers["d1-queries"] ?? 0);
    operation.statements ??= Number(headers["rolecall-d1-statements"] ?? operation.trips);
  }
  await Promise.all([load.close(), counting?.close()]);
}

async function measure(candidates) {
  const loads = new Map(candidates.map((candidate) => [candidate, new Load(candidate.url)]));
  const all = candidates.flatMap((candidate) => candidate.operations.map((operation) => ({ candidate, operation })));
  for (const { operation } of all) Object.assign(operation, { times: [], rates: [] });
  for (let round = 0; round < ROUNDS; round += 1) {
    // The check has used up what the first round was given.
    if (round > 0) for (const candidate of candidates) await candidate.prepare?.(round);
    for (const { candidate, operation } of all) {
      const load = loads.get(candidate);
      const { warm, one, many } = operation.writes ? WRITES : READS;
      await load.parallel(operation, warm);
      operation.times.push(...(await load.sequential(operation, one)));
      operation.rates.push(await load.parallel(operation, many));
      // What a Worker does after its answers shall not weigh on the next one.
      await pause(dry ? 0 : 250);
    }
    for (const candidate of candidates) (candidate.weights ??= []).push(candidate.weight());
    if (!dry) console.log(`  round ${round + 1} of ${ROUNDS}`);
  }
  for (const load of loads.values()) await load.close();
}

const summary = ({ key, name, writes, times, rates, trips, statements, tries, answers }) => ({
  key, name, writes, trips, statements, tries, answers, p50: median(times), p99: percentile(times, 0.99), rate: median(rates),
});

const load = loadavg()[0];
const begun = [await floor.start(), await rolecall.start({ writes: NEEDED + 1 }), await peer.start({ writes: NEEDED + 1 })];
const [floors, ours, theirs] = begun;
try {
  for (const candidate of begun) {
    await candidate.prepare?.(0);
    await check(candidate);
    candidate.before = candidate.weight();
  }
  console.log("▸ every candidate answers rightly; measuring");
  await measure(begun);
} finally {
  for (const candidate of begun) await candidate.stop();
}

const built = rolecall.modules();
const origin = { ENVIRONMENT: "development", ORIGIN: "http://localhost:8787", PRODUCT_NAME: "Rolecall", MAIL: "log", TOKEN_AUDIENCE: "bench", LINK_KEYS: `l1:${Buffer.alloc(32, 1).toString("base64url")}`, TOKEN_KEYS: `t1:${Buffer.alloc(32, 7).toString("base64url")}` };
const started = await starts(
  [
    { name: "hello", modules: { "index.js": floor.source }, path: "/hello" },
    { name: "Rolecall", modules: { "index.js": built.script, "index_bg.wasm": built.wasm }, vars: origin, path: "/v1/policy" },
    { name: "better-auth", modules: { "index.js": theirs.contents }, vars: { SECRET: "a secret of the benchmark alone, 32 bytes" }, path: "/api/auth/ok" },
  ],
  STARTS,
);

const found = {
  floor: floors.operations.map(summary),
  rolecall: ours.operations.map(summary),
  peer: theirs.operations.map(summary),
  version: peer.version,
  start: { hello: started[0], rolecall: started[1], peer: started[2] },
  size: { rolecall: rolecall.size(), peer: gzipped(theirs.contents) },
  memory: Object.fromEntries(Object.entries({ floor: floors, rolecall: ours, peer: theirs }).map(([name, { before, weights }]) => [name, { before, weights }])),
  where: `workerd without a proxy, local D1, ${ROUNDS} rounds in turns, on ${cpus().length} shared cores, load ${load.toFixed(1)} before the run. Absolute figures move; ratios within a run count.`,
};
const goals = judge(found);
console.log(printed(found, goals).join("\n"));
if (!dry) writeReadme("worker", short(found, goals));
