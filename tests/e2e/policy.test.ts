// GET /v1/policy

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { expectStatus } from "./support/problems.ts";
import { ROOT } from "./support/worker.ts";
import { openWorld } from "./support/world.ts";

const world = await openWorld();
const visitor = world.visitor();

test("anybody gets the very policy that the Worker decides by", async () => {
  const answer = expectStatus(await visitor.get("/v1/policy"), 200);
  assert.deepEqual(answer.body, JSON.parse(readFileSync(path.join(ROOT, "policy/default.json"), "utf8")));
});

test("the policy is the table of the contract: 14 permissions, 4 roles, the cells of the vectors", async () => {
  const { permissions, roles } = (await visitor.get("/v1/policy")).body;
  const cells = JSON.parse(readFileSync(path.join(ROOT, "tests/vectors/cells.json"), "utf8"));
  const told = permissions.flatMap(({ code: permission }: any) =>
    ["basic", "billing", "dev", "admin"].map((role) => ({
      role,
      permission,
      allowed: roles.find((known: any) => known.code === role).permissions.includes(permission),
    })),
  );
  assert.deepEqual(told, cells);
});

test("it carries a strong ETag, may be kept, and need not be sent twice", async () => {
  const first = expectStatus(await visitor.get("/v1/policy"), 200);
  const tag = first.headers.etag ?? "";
  assert.match(tag, /^"[^"]+"$/);
  assert.notEqual(first.headers["cache-control"], "no-store");
  assert.equal((await visitor.get("/v1/policy")).headers.etag, tag);
  for (const known of [tag, `"other", ${tag}`, `W/${tag}`, "*"]) {
    const again = await visitor.get("/v1/policy", { headers: { "if-none-match": known } });
    assert.equal(again.status, 304, known);
    assert.equal(again.text, "");
    assert.equal(again.headers.etag, tag);
  }
  expectStatus(await visitor.get("/v1/policy", { headers: { "if-none-match": '"other"' } }), 200);
});

test("it is the same for everybody, and no database is asked", async () => {
  const ann = await world.signUp("ann@example.com");
  const [hers, theirs] = [await ann.get("/v1/policy"), await visitor.get("/v1/policy")];
  assert.equal(hers.text, theirs.text);
  assert.equal(hers.headers["rolecall-d1-round-trips"], "0");
});
