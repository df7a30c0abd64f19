// The floors: what any Worker pays here for an answer, a query, a batch, a change, a look into KV, a call to the Worker behind it, and
// for the job of a gateway around that call.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { UPSTREAM, configuration, startWorkers, weighed } from "../platform.mjs";

export const source = readFileSync(join(import.meta.dirname, "floor.worker.js"), "utf8");

const json = (test) => (text) => test(JSON.parse(text));
const five = json((rows) => rows.length === 5 && rows[0].name === `thing ${rows[0].id}` && rows[3].n === 1);

const guarded = (test) => (text, headers) => headers["x-frame-options"] === "DENY" && /^[0-9a-f-]{36}$/.test(headers["x-request-id"]) && test(text);
const forwarded = (text) => text === "ok";

export async function start() {
  const env = { DB: { type: "d1", id: "floor" }, KV: { type: "kv", id: "floor" }, UPSTREAM: { type: "worker", worker: "upstream" } };
  const [workers, weight] = await weighed(() => startWorkers(configuration("floor", source, { env }), configuration("upstream", UPSTREAM)));
  const database = await workers.database("floor");
  await database.batch([
    database.prepare("CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT"),
    database.prepare("CREATE TABLE written (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT"),
    database.prepare("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) INSERT INTO thing SELECT i, 'thing ' || i FROM n"),
  ]);
  const kv = await workers.kv("floor");
  for (let number = 1; number <= 900; number += 1) await kv.put(`thing${number}`, "kept");
  const operation = (key, name, path, right, trips = 0, statements = trips) => ({ key, name, right, trips, statements, next: () => ({ path }) });
  const operations = [
    operation("hello", "JavaScript: hello", "/hello", (text) => text === "ok"),
    {
      ...operation(
        "notfound",
        "JavaScript: 404 with the security headers",
        "/nothing",
        guarded((text) => JSON.parse(text).code === "not-found"),
      ),
      status: 404,
    },
    operation("forward", "JavaScript: forwards by service binding", "/forward", (text) => text === "ok"),
    operation("gate", "JavaScript: a gateway without a decision", "/gate", guarded(forwarded)),
    operation("firstgate", "JavaScript: the same after one D1 `first`", "/firstgate", guarded(forwarded), 1),
    operation(
      "first",
      "JavaScript: one D1 `first`",
      "/first",
      json((row) => row.name === `thing ${row.id}`),
      1,
    ),
    operation("batch", "JavaScript: a D1 batch of five reads", "/batch", five, 1, 5),
    operation("change", "JavaScript: five reads, then five inserts", "/change", five, 2, 10),
    operation("kv", "JavaScript: one KV get", "/kv", (text) => text === "kept"),
  ];
  return { operations, url: await workers.url("floor"), weight, stop: workers.stop };
}
