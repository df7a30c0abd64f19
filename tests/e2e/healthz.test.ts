// GET /healthz, and what is at addresses where nothing is

import assert from "node:assert/strict";
import { test } from "node:test";
import { expectProblem, expectStatus } from "./support/problems.ts";
import { PRODUCTION_SETTINGS } from "./support/worker.ts";
import { eventually, inWorld, openWorld } from "./support/world.ts";

const world = await openWorld();

test("says that the service and its database are well, to anybody", async () => {
  const { body } = expectStatus(await world.visitor().get("/healthz"), 200);
  assert.equal(body.status, "ok");
});

test("HEAD answers as GET does, without the body", async () => {
  const answer = expectStatus(await world.visitor().ask("HEAD", "/healthz", { unchecked: true }), 200);
  assert.equal(answer.text, "");
});

test("under the API's prefixes an unknown path is a problem and never the console's page", async () => {
  const page = (path: string) => world.visitor().get(path, { headers: { accept: "text/html,*/*" }, unchecked: true });
  for (const path of ["/v1", "/v1/", "/v1/nothing", "/v1/me/more", "/v1/accounts/x/y/z", "/V1/me"]) expectProblem(await page(path), "not-found");
  const elsewhere = await page("/v2/me");
  assert.deepEqual([elsewhere.status, elsewhere.text], [404, "<!doctype html><title>console</title>"]);
});

test("in production there is no development outbox and no measure in the headers", async () => {
  await inWorld({ vars: PRODUCTION_SETTINGS }, async (production) => {
    expectStatus(await production.visitor().post("/v1/signup", { email: "ann@example.com", password: "a decent long sentence" }), 202);
    const outbox = await production.visitor().get("/dev/outbox?to=ann@example.com", { unchecked: true });
    assert.notEqual(outbox.headers["content-type"], "application/json");
    assert.ok(!outbox.text.includes("verify-email"));
    const health = expectStatus(await production.visitor().get("/healthz"), 200);
    assert.deepEqual(
      Object.keys(health.headers).filter((name) => name.startsWith("rolecall-")),
      [],
    );
    await eventually(async () => assert.equal(await production.count("mail WHERE attempts > 0"), 1, "the mail was tried"));
    assert.ok(!production.running.log.join("\n").includes("#token="), "no link in the log");
  });
});

test("in development the log shows each mail with its link", async () => {
  await world.signUp("reader@example.com");
  const [mail] = await world.mails("reader@example.com");
  await eventually(async () =>
    assert.ok(
      world.running.log.some((line) => line.includes("reader@example.com") && line.includes(mail.links[0])),
      mail.subject,
    ),
  );
});

test("a deployment that lacks any part of its configuration answers nothing but a failure", async () => {
  for (const name of ["LINK_KEYS", "TOKEN_KEYS", "TOKEN_AUDIENCE", "ORIGIN"]) {
    await inWorld({ vars: { [name]: null } }, async (broken) => {
      for (const path of ["/v1/me", "/healthz"]) {
        const answer = await broken.visitor().get(path, { unchecked: true });
        assert.equal(answer.status, 500, `${name}: ${path}`);
        assert.ok(!answer.text.includes(name), "the cause is in the log only");
      }
      await eventually(async () => assert.ok(broken.running.log.join("\n").includes(name), `the log names ${name}`));
    });
  }
});
