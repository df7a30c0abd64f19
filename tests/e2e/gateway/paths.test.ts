// Request targets that two programs could read differently, sent byte by byte; tests/vectors/gateway.json is run
// natively against the matcher too, and both must say the same

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { openGateway, takeUpstreamRequests, tokenFor } from "../support/gateway.ts";
import { formatRequest, sendRaw } from "../support/socket.ts";
import { ROOT } from "../support/worker.ts";

interface Case {
  method: string;
  target: string;
  forwarded: string | null;
  why: string;
}

const cases: Case[] = JSON.parse(readFileSync(path.join(ROOT, "tests/vectors/gateway.json"), "utf8"));
const world = await openGateway({ direct: true });
const direct = await world.running.direct();
const owner = await world.signUp("owner@example.com");
const token = await tokenFor(owner, owner.home);

test("what is forwarded is the path that was judged, byte by byte; whatever has another reading goes nowhere", async () => {
  const wrong: string[] = [];
  for (const { method, target, forwarded, why } of cases) {
    const answer = await sendRaw(direct, formatRequest(method, target, { authorization: `Bearer ${token}` }));
    const reached = await takeUpstreamRequests(world);
    const label = `${method} ${target} (${why}): ${answer.status} ${answer.body.slice(0, 160)}`;
    if (forwarded === null) {
      if (reached.length > 0 || ![400, 404, 405, 501].includes(answer.status))
        wrong.push(`${label}; the upstream saw ${JSON.stringify(reached.map((one) => one.path))}`);
      continue;
    }
    const [bare, ...query] = target.split("?");
    if (answer.status !== 200 || reached.length !== 1 || reached[0].path !== bare || reached[0].query !== query.join("?")) {
      wrong.push(`${label}; the upstream saw ${JSON.stringify(reached.map((one) => [one.path, one.query]))}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test("the right is asked for the path that is forwarded, however the target is dressed", async () => {
  const basic = await world.hire(await owner.convert("Acme").then(() => owner), owner.home, "basic@example.com", "basic");
  const theirs = await tokenFor(basic, owner.home);
  // The local front door tidies addresses up before the Worker sees them, as a CDN may: what is judged then is what came in.
  for (const door of [direct, world.running.base]) {
    await takeUpstreamRequests(world);
    for (const { method, target } of cases) {
      await sendRaw(door, formatRequest(method, target, { authorization: `Bearer ${theirs}` }));
    }
    const reached = (await takeUpstreamRequests(world)).map((one) => one.path);
    assert.ok(reached.length > 5 && reached.every((one) => one === "/api/pods" || /^\/api\/pods\/[^/]+$/.test(one)), JSON.stringify(reached));
  }
});

test("a target that is a whole address is judged by its path, and its host is nobody's", async () => {
  const answer = await sendRaw(direct, formatRequest("GET", "http://evil.example/api/pods", { authorization: `Bearer ${token}`, host: "evil.example" }));
  assert.equal(answer.status, 200);
  assert.deepEqual(
    (await takeUpstreamRequests(world)).map((one) => [one.path, one.headers.host ?? "team.example.com"]),
    [["/api/pods", "team.example.com"]],
  );
});

test("a request that says its length twice is not read in two ways", async () => {
  await takeUpstreamRequests(world);
  const smuggled = "POST /api/pods HTTP/1.1\r\nhost: x\r\n\r\n";
  const bytes = formatRequest("POST", "/api/pods", { authorization: `Bearer ${token}`, "content-length": "5", "transfer-encoding": "chunked" });
  const answer = await sendRaw(direct, `${bytes}0\r\n\r\n${smuggled}`).catch((error) => ({ status: 0, body: String(error) }));
  const reached = await takeUpstreamRequests(world);
  assert.ok(reached.length <= 1 && reached.every((one) => !("refused" in one.identity)), `${answer.status} ${JSON.stringify(reached)}`);
});
