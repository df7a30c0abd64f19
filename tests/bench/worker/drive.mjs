// The run: every candidate must answer correctly first; then all are measured in turns, for some rounds.
import { cpus, loadavg } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { writeBenchmarks } from "../write-benchmarks.mjs";
import * as peer from "./candidates/better-auth.mjs";
import * as floor from "./candidates/floor.mjs";
import * as rolecall from "./candidates/rolecall.mjs";
import { Load, median, percentile } from "./load.mjs";
import { gzipped } from "./platform.mjs";
import { comparedReport, judge, printedReport, shortReport } from "./report.mjs";
import { startupTimes } from "./startup-time.mjs";

const { values: options } = parseArgs({
  options: { dry: { type: "boolean", default: false }, before: { type: "string" }, only: { type: "string" }, rounds: { type: "string", default: "3" } },
});
const { dry } = options;
if (options.only !== undefined && options.only !== "rolecall") throw new Error("--only takes `rolecall`");
const alone = options.only !== undefined;
const ROUNDS = dry ? 1 : Number(options.rounds);
if (!(Number.isInteger(ROUNDS) && ROUNDS > 0)) throw new Error("--rounds takes a whole number above 0");
const STARTS = dry ? 1 : 15;
/** Milliseconds, and how many at most: reads by the clock, changes by the number of people who can still be invited. */
const READS = dry
  ? { warm: { time: 0, most: 0 }, one: { time: 1_000, most: 1 }, many: { time: 1_000, most: 2 } }
  : { warm: { time: 300, most: 2_000 }, one: { time: 700, most: 2_000 }, many: { time: 1_500, most: 100_000 } };
const WRITES = dry
  ? { warm: { time: 0, most: 0 }, one: { time: 5_000, most: 1 }, many: { time: 5_000, most: 2 } }
  : { warm: { time: 5_000, most: 16 }, one: { time: 5_000, most: 80 }, many: { time: 20_000, most: 320 } };
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

/** What is measured together in a round: an operation by itself, or the same operation of both builds. */
function groups(candidates) {
  const [first, ...others] = candidates.filter(({ build }) => build !== undefined);
  return candidates.flatMap((candidate) => {
    if (candidate !== first) return others.includes(candidate) ? [] : candidate.operations.map((operation) => [{ candidate, operation }]);
    return first.operations.map((_, place) => [first, ...others].map((build) => ({ candidate: build, operation: build.operations[place] })));
  });
}

/** Slices of a round's load in which two builds take turns: the rest of the machine is busy for seconds, and so weighs on both. */
const SLICES = dry ? 1 : 6;

async function measure(candidates) {
  const loads = new Map(candidates.map((candidate) => [candidate, new Load(candidate.url)]));
  const all = groups(candidates);
  for (const { operation } of all.flat()) Object.assign(operation, { times: [], rates: [], slices: [] });
  for (let round = 0; round < ROUNDS; round += 1) {
    // The check has used up what the first round was given.
    if (round > 0) for (const candidate of candidates) await candidate.prepare?.(round);
    for (const group of all) {
      const { warm, one, many } = group[0].operation.writes ? WRITES : READS;
      for (const { candidate, operation } of group) {
        await loads.get(candidate).parallel(operation, warm);
        operation.times.push(...(await loads.get(candidate).sequential(operation, one)));
      }
      const slices = group.length === 1 ? 1 : SLICES;
      const bounds = { time: many.time / slices, most: Math.floor(many.most / slices) };
      const bursts = new Map(group.map((member) => [member, []]));
      for (let slice = 0; slice < slices; slice += 1) {
        for (const member of (round + slice) % 2 === 0 ? group : group.toReversed()) {
          const { candidate, operation } = member;
          const used = candidate.processor?.();
          const burst = await loads.get(candidate).burst(operation, bounds);
          bursts.get(member).push({ ...burst, processor: candidate.processor?.() - used });
          // Deferred work of one Worker must not slow the next one.
          if (operation.writes) await pause(dry ? 0 : 150);
        }
      }
      for (const [{ operation }, done] of bursts) {
        const sum = (what) => done.reduce((total, burst) => total + burst[what], 0);
        operation.rates.push((sum("answered") * 1_000) / sum("milliseconds"));
        operation.slices.push(...done);
      }
      await pause(dry ? 0 : 250);
    }
    for (const candidate of candidates) (candidate.weights ??= []).push(candidate.weight());
    if (!dry) console.log(`  round ${round + 1} of ${ROUNDS}`);
  }
  for (const load of loads.values()) await load.close();
}

const summary = ({ key, name, writes, times, rates, trips, statements, tries, answers, slices }) => ({
  key,
  name,
  writes,
  trips,
  statements,
  tries,
  answers,
  slices,
  p50: median(times),
  p99: percentile(times, 0.99),
  rate: median(rates),
});

const load = loadavg()[0];
const writes = NEEDED + 1;
const before = options.before && resolve(options.before);
const floors = alone ? undefined : await floor.start();
const ours = { ...(await rolecall.start({ writes })), build: "after" };
const earlier = before && { ...(await rolecall.start({ writes, build: before })), build: "before" };
const theirs = alone ? undefined : await peer.start({ writes });
const begun = [floors, ours, earlier, theirs].filter(Boolean);
try {
  for (const candidate of begun) {
    await candidate.prepare?.(0);
    await check(candidate);
    candidate.before = candidate.weight();
  }
  console.log("▸ every candidate answers correctly; measuring");
  await measure(begun);
} finally {
  for (const candidate of begun) await candidate.stop();
}

const vars = {
  ENVIRONMENT: "development",
  ORIGIN: "http://localhost:8787",
  PRODUCT_NAME: "Rolecall",
  MAIL: "log",
  TOKEN_AUDIENCE: "bench",
  LINK_KEYS: `l1:${Buffer.alloc(32, 1).toString("base64url")}`,
  TOKEN_KEYS: `t1:${Buffer.alloc(32, 7).toString("base64url")}`,
};
const subjects = {
  ...(floors && { floor: { name: "hello", modules: { "index.js": floor.source }, path: "/hello" } }),
  rolecall: { name: "Rolecall", modules: rolecall.modules(), vars, path: "/v1/policy" },
  ...(earlier && { before: { name: "Rolecall, before", modules: rolecall.modules(before), vars, path: "/v1/policy" } }),
  ...(theirs && {
    peer: {
      name: "better-auth",
      modules: { "index.js": theirs.contents },
      vars: { SECRET: "a secret of the benchmark alone, 32 bytes" },
      path: "/api/auth/ok",
    },
  }),
};
const started = await startupTimes(Object.values(subjects), STARTS);

const candidates = Object.fromEntries(Object.entries({ floor: floors, rolecall: ours, before: earlier, peer: theirs }).filter(([, candidate]) => candidate));
const found = {
  ...Object.fromEntries(Object.entries(candidates).map(([name, { operations }]) => [name, operations.map(summary)])),
  version: peer.version,
  start: Object.fromEntries(Object.keys(subjects).map((name, place) => [name, started[place]])),
  size: { rolecall: rolecall.size(), ...(earlier && { before: rolecall.size(before) }), ...(theirs && { peer: gzipped(theirs.contents) }) },
  memory: Object.fromEntries(Object.entries(candidates).map(([name, { before: empty, weights }]) => [name, { before: empty, weights }])),
  where: `workerd without a proxy, local D1, ${ROUNDS} rounds in turns, on ${cpus().length} shared cores, load ${load.toFixed(1)} before the run. Absolute figures move; ratios within a run count.`,
};
const goals = alone ? undefined : judge(found);
console.log(printedReport(found, goals).join("\n"));
if (before) console.log(comparedReport(found).join("\n"));
if (!dry && !alone) writeBenchmarks("worker", shortReport(found, goals));
