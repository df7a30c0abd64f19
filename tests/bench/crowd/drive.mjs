// The run itself: reads of one person by themselves, then while a crowd signs up, in turns.
import { cpus, loadavg } from "node:os";
import { cookieOf, open, post } from "../worker/candidates/rolecall.mjs";
import { Load, median, percentile } from "../worker/load.mjs";

const dry = process.argv.includes("--dry");
const CROWD = 20;
const ROUNDS = dry ? 1 : 15;
const READS = dry ? 5 : 100;

const { world, url } = await open();
const load = new Load(url);
const headers = cookieOf(await world.signUp("neighbour@example.com"));
const read = { name: "me", next: () => ({ path: "/v1/me", headers }) };
const found = { alone: [], beside: [] };
const statuses = {};
let guest = 0;

async function timed(into) {
  const start = performance.now();
  await load.send(read);
  into.push(performance.now() - start);
}

/** Everybody at once; whoever is told to wait does not come again. */
async function crowd() {
  const one = async () => {
    guest += 1;
    const answer = await world.client.send(post("/v1/signup", {}, { email: `guest${guest}@example.com`, password: `quiet harbours of guest ${guest} glow` }));
    statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
  };
  await Promise.all(Array.from({ length: CROWD }, one));
}

try {
  const busy = loadavg()[0];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let time = 0; time < READS; time += 1) await timed(found.alone);
    let over = false;
    const all = crowd().then(() => (over = true));
    do await timed(found.beside);
    while (!over);
    await all;
  }
  const row = (name, values, base) =>
    `| ${name} | ${values.length} | ${[median(values), percentile(values, 0.99)].map((value) => value.toFixed(2)).join(" | ")} | ${[median(values) / median(base), percentile(values, 0.99) / percentile(base, 0.99)].map((value) => value.toFixed(1)).join(" | ")} |`;
  console.log(
    [
      "",
      "| a neighbour's `GET /v1/me` | reads | p50, ms | p99, ms | p50, × | p99, × |",
      "|---|--:|--:|--:|--:|--:|",
      row("alone", found.alone, found.alone),
      row(`while ${CROWD} sign up at once`, found.beside, found.alone),
      "",
      `Sign-ups: ${Object.entries(statuses)
        .map(([status, times]) => `${times} × ${status}`)
        .join(", ")}. On ${cpus().length} shared cores, load ${busy.toFixed(1)} before the run.`,
    ].join("\n"),
  );
} finally {
  await load.close();
  await world.close();
}
