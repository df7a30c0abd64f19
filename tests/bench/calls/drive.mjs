// The run itself: each question by both ways in turns, one at a time and many at once. Every answer must be right first.
import { readFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { startWorker } from "../../e2e/support/worker.ts";
import { World } from "../../e2e/support/world.ts";
import { apiKey, bearer, cookieOf, token } from "../worker/candidates/rolecall.mjs";
import { median } from "../worker/load.mjs";
import { configuration } from "../worker/platform.mjs";

const dry = process.argv.includes("--dry");
const ROUNDS = dry ? 1 : 7;
const [ONE, MANY] = dry
  ? [
      { times: 1, width: 1 },
      { times: 2, width: 2 },
    ]
  : [
      { times: 300, width: 1 },
      { times: 1_000, width: 32 },
    ];

const env = { ROLECALL: { type: "worker", worker: "rolecall", exportName: "Rolecall" }, HTTP: { type: "worker", worker: "rolecall" } };
const asker = configuration("asker", readFileSync(join(import.meta.dirname, "asker.worker.js"), "utf8"), { env });
const running = await startWorker({ vars: { TOKEN_LIFE: "900" }, beside: [asker] });
const world = new World(running);

async function ask(way, question, amount) {
  const body = JSON.stringify({ way, question, ...amount });
  const start = performance.now();
  const answer = await (await running.fetchFrom("asker", "/", { method: "POST", body })).json();
  return { answer, each: (performance.now() - start) / amount.times };
}

try {
  const owner = await world.signUp("owner@example.com");
  const team = await owner.convert("Acme");
  const dev = await world.hire(owner, team, "dev@example.com", "dev");
  const key = await apiKey(owner, team, ["team.access", "pods.connect"]);
  const permissions = ["pods.manage"];
  const check = (credential) => ({ method: "check", args: [{ ...credential, account: team, permissions }] });
  const evaluation = { subject: { type: "user", id: dev.email }, action: { name: "connect" }, resource: { type: "pod", id: "pod_1" } };
  const held = await token(dev, team);
  const isAllowed = ({ results }) => results?.[0]?.allowed === true;
  const isPermitted = ({ decision }) => decision === true;
  const rows = [
    ["POST …/checks, session", "http", { path: `/v1/accounts/${team}/checks`, headers: cookieOf(dev), body: { permissions } }, isAllowed],
    ["call check, session", "call", check({ session: dev.cookie }), isAllowed, 0],
    ["call check, API key", "call", check({ apiKey: await apiKey(owner, team, permissions) }), isAllowed, 0],
    ["call check, permission token", "call", check({ token: held }), isAllowed, 0],
    ["POST /access/v1/evaluation, API key", "http", { path: "/access/v1/evaluation", headers: bearer(key), body: evaluation }, isPermitted],
    ["call evaluate, API key", "call", { method: "evaluate", args: [evaluation, { apiKey: key }] }, isPermitted, 4],
  ].map(([name, way, question, right, against]) => ({ name, way, question, right, against, one: [], many: [] }));
  const busy = loadavg()[0];
  for (const { name, way, question, right } of rows) {
    const { answer } = await ask(way, question, { times: 1, width: 1 });
    if (!right(answer)) throw new Error(`${name} is answered wrongly: ${JSON.stringify(answer)}`);
    if (!dry) await ask(way, question, MANY);
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const row of round % 2 === 0 ? rows : rows.toReversed()) {
      row.one.push((await ask(row.way, row.question, ONE)).each);
      row.many.push((await ask(row.way, row.question, MANY)).each);
    }
  }
  const line = ({ name, one, many, against }) => {
    // Each round beside its own neighbour in time.
    const ratio = (what, values) => (against === undefined ? "1" : median(values.map((value, place) => rows[against][what][place] / value)).toFixed(2));
    const figures = [median(one).toFixed(3), ratio("one", one), Math.round(1_000 / median(many)), ratio("many", many)];
    return `| ${[name, ...figures].join(" | ")} |`;
  };
  console.log(
    [
      "",
      "| from another Worker | one at a time, ms | × HTTP | a second, 32 at once | × HTTP |",
      "|---|--:|--:|--:|--:|",
      ...rows.map(line),
      "",
      `× HTTP: throughput relative to the same question by HTTP through a binding of the same Worker. Medians of ${ROUNDS} rounds in turns, local D1, on ${cpus().length} shared cores, load ${busy.toFixed(1)} before the run.`,
    ].join("\n"),
  );
} finally {
  await world.close();
}
