// The ten lines of docs/AUTHZEN.md, as they stand there, against a real Rolecall

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { pepOf, read } from "../support/access.ts";
import { expectStatus } from "../support/problems.ts";
import { ROOT } from "../support/worker.ts";
import { openWorld } from "../support/world.ts";

const world = await openWorld();
const owner = await world.signUp("owner@example.com");
const team = await owner.convert("Acme");
const page = readFileSync(path.join(ROOT, "docs/AUTHZEN.md"), "utf8");
const block = (language: string): string => page.split(`\`\`\`${language}\n`)[1].split("```")[0];

test("the ten lines get Ann's answer, and another once her role is another", async () => {
  const ann = await world.hire(owner, team, "ann@example.com", "dev");
  process.env.ROLECALL_KEY = (await pepOf(world, owner, team)).secret;
  const lines = block("js");
  assert.ok(lines.trim().split("\n").length <= 10 && lines.includes("https://team.example.com"));
  // A comment makes each a module of its own, which runs anew.
  const run = async (time: number): Promise<boolean> => {
    const source = `${lines.replaceAll("https://team.example.com", world.running.base.origin)}\nexport { decision }; // ${time}`;
    return (await import(`data:text/javascript,${encodeURIComponent(source)}`)).decision;
  };
  assert.equal(await run(1), true);
  expectStatus(await owner.setRole(team, ann.id, "basic"), 200);
  assert.equal(await run(2), false);
});

test("the worked example is a policy that is taken", async () => {
  const policy = JSON.parse(block("json"));
  assert.deepEqual(expectStatus(await owner.put(`/v1/accounts/${team}/attribute-policy`, policy), 201).body, policy);
  assert.deepEqual(read("policy/authzen-scenario.json").version, policy.version);
});
