// The benchmarks of the Worker with one request each: every candidate responds correctly and every table is complete. No
// duration is asserted.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT, run } from "./support/project.ts";

const dry = (name: string) => run("node", [`tests/bench/${name}/run.mjs`, "--dry"], ROOT);

test("bench:worker checks its candidates, prints a row for each and evaluates every goal", () => {
  const { status, out } = dry("worker");
  assert.equal(status, 0, out);
  for (const row of ["JavaScript: hello", "gateway, permission token", "checks", "AuthZEN evaluation", "accept invitation", "better-auth: accept invitation"])
    assert.ok(out.includes(row), `${row}\n${out}`);
  const goals = [...out.matchAll(/\| (met|NOT met) \|/g)];
  assert.equal(goals.length, 24, out);
  assert.doesNotMatch(out, /NaN|undefined/);
});

test("bench:worker compares the Worker with an earlier build of it, row by row", () => {
  const { status, out } = run("node", ["tests/bench/worker/run.mjs", "--dry", "--only", "rolecall", "--before", "worker/build"], ROOT);
  assert.equal(status, 0, out);
  const rows = [...out.matchAll(/^\| [^|]+ \|[^|]+\|[^|]+\| \d+\.\d\d ± \d\.\d\d \|/gm)];
  assert.equal(rows.length, 11, out);
  assert.doesNotMatch(out, /better-auth:|JavaScript:|NaN|undefined/);
});

test("bench:growth requests every route for each team", () => {
  const { status, out } = dry("growth");
  assert.equal(status, 0, out);
  for (const row of ["audit log: a page inside", "AuthZEN subject search", "accept invitation", "remove a member"])
    assert.ok(out.includes(`| ${row}`), `${row}\n${out}`);
  assert.doesNotMatch(out, /NaN|undefined/);
});

test("bench:crowd measures reads during concurrent sign-ups", () => {
  const { status, out } = dry("crowd");
  assert.equal(status, 0, out);
  assert.match(out, /\| while 20 sign up at once \|/);
  assert.match(out, /Sign-ups: .*202/);
  assert.doesNotMatch(out, /NaN|undefined/);
});

test("bench:calls asks each question by both ways", () => {
  const { status, out } = dry("calls");
  assert.equal(status, 0, out);
  const rows = [...out.matchAll(/^\| (call|POST) [^|]+ \| \d+\.\d{3} \| [\d.]+ \| \d+ \| [\d.]+ \|$/gm)];
  assert.equal(rows.length, 6, out);
  assert.doesNotMatch(out, /NaN|undefined/);
});

test("docs/BENCHMARKS.md has a place for each table that a run writes", () => {
  const document = readFileSync(join(ROOT, "docs/BENCHMARKS.md"), "utf8");
  for (const name of ["worker", "engine"]) assert.match(document, new RegExp(`<!-- bench:${name} -->[\\s\\S]*<!-- /bench:${name} -->`));
});
