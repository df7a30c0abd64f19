// The outbox: what is promised is mailed, also when the mail service fails first; once, and without a caller who waits

import assert from "node:assert/strict";
import { test } from "node:test";
import { tokenOf } from "../support/people.ts";
import { expectStatus } from "../support/problems.ts";
import { ORIGIN, outsideService } from "../support/worker.ts";
import { eventually, inWorld } from "../support/world.ts";

interface Sent {
  to: string;
  from: string;
  subject: string;
  text: string;
  html: string;
  key: string;
  authorization: string;
}

async function postOffice(answer: (count: number) => number) {
  const sent: Sent[] = [];
  let count = 0;
  const service = await outsideService((body, headers) => {
    const status = answer((count += 1));
    if (status < 300) sent.push({ ...JSON.parse(body), key: String(headers["idempotency-key"]), authorization: String(headers.authorization) });
    return status;
  });
  return { ...service, sent, calls: () => count, vars: { MAIL: "http", MAIL_API_URL: service.url, MAIL_FROM: "team@example.com", MAIL_API_KEY: "mail-key" } };
}

test("a mail goes out right after the answer, with sender, key, text and markup", async () => {
  const office = await postOffice(() => 202);
  await inWorld({ vars: office.vars }, async (world) => {
    expectStatus(await world.visitor().post("/v1/signup", { email: "ann@example.com", password: "a decent long sentence" }), 202);
    await eventually(async () => assert.equal(office.sent.length, 1));
    const [mail] = office.sent;
    assert.deepEqual([mail.to, mail.from, mail.authorization], ["ann@example.com", "team@example.com", "Bearer mail-key"]);
    const link = /https:\/\/\S+#token=\S+/.exec(mail.text)?.[0] ?? "";
    assert.equal(new URL(link).origin, ORIGIN);
    expectStatus(await world.visitor().post("/v1/email-verifications", { token: tokenOf(link) }), 201);
  });
  await office.stop();
});

test("a service that fails is tried again until it works; the caller notices nothing", async () => {
  const office = await postOffice((count) => (count <= 2 ? 500 : 200));
  await inWorld({ vars: office.vars }, async (world) => {
    expectStatus(await world.visitor().post("/v1/signup", { email: "ben@example.com", password: "a decent long sentence" }), 202);
    await eventually(async () => assert.equal(office.calls(), 1));
    await eventually(async () => assert.equal((await world.rows("SELECT attempts FROM mail"))[0].attempts, 1));
    await world.running.tick();
    assert.equal(office.calls(), 1, "not before its time");
    for (const calls of [2, 3]) {
      await world.sql("UPDATE mail SET due_at = 1 WHERE due_at IS NOT NULL");
      await world.running.tick();
      await eventually(async () => assert.equal(office.calls(), calls));
      if (calls === 2) await eventually(async () => assert.equal((await world.rows("SELECT attempts FROM mail"))[0].attempts, 2));
    }
    await eventually(async () => assert.equal(office.sent.length, 1));
    await eventually(async () => assert.equal((await world.rows("SELECT due_at FROM mail"))[0].due_at, null));
    await world.running.tick();
    assert.equal(office.sent.length, 1, "a mail that is out is not sent again");
  });
  await office.stop();
});

test("a mail that is tried again carries the same key, so that the service can tell", async () => {
  const keys: string[] = [];
  const service = await outsideService((_, headers) => (keys.push(String(headers["idempotency-key"])), keys.length === 1 ? 503 : 200));
  await inWorld({ vars: { MAIL: "http", MAIL_API_URL: service.url } }, async (world) => {
    expectStatus(await world.visitor().post("/v1/signup", { email: "cat@example.com", password: "a decent long sentence" }), 202);
    await eventually(async () => assert.equal((await world.rows("SELECT attempts FROM mail"))[0].attempts, 1));
    await world.sql("UPDATE mail SET due_at = 1 WHERE due_at IS NOT NULL");
    await world.running.tick();
    await eventually(async () => assert.equal(keys.length, 2));
    assert.equal(keys[0], keys[1]);
  });
  await service.stop();
});

test("one recipient's failure holds up nobody else", async () => {
  const delivered: string[] = [];
  const service = await outsideService((body) => {
    const { to } = JSON.parse(body);
    if (to.startsWith("bounces")) return 422;
    delivered.push(to);
    return 200;
  });
  await inWorld({ vars: { MAIL: "http", MAIL_API_URL: service.url } }, async (world) => {
    for (const name of ["bounces1", "dan", "bounces2", "eve"])
      expectStatus(await world.visitor().post("/v1/signup", { email: `${name}@example.com`, password: "a decent long sentence" }), 202);
    await eventually(async () => assert.deepEqual(delivered.toSorted(), ["dan@example.com", "eve@example.com"]));
  });
  await service.stop();
});

test("a service that cannot be reached at all costs no answer, and the mail waits", async () => {
  await inWorld({ vars: { MAIL: "http", MAIL_API_URL: "http://127.0.0.1:9/send" } }, async (world) => {
    expectStatus(await world.visitor().post("/v1/signup", { email: "finn@example.com", password: "a decent long sentence" }), 202);
    await eventually(async () => assert.equal((await world.rows("SELECT attempts FROM mail"))[0].attempts, 1));
    assert.notEqual((await world.rows("SELECT due_at FROM mail"))[0].due_at, null);
    expectStatus(await world.visitor().get("/healthz"), 200);
  });
});

test("what is logged of a mail opens no door", async () => {
  const office = await postOffice(() => 500);
  await inWorld({ vars: office.vars }, async (world) => {
    expectStatus(await world.visitor().post("/v1/signup", { email: "gus@example.com", password: "a decent long sentence" }), 202);
    await eventually(async () => assert.equal(office.calls(), 1));
    const [link] = (await world.mails("gus@example.com"))[0].links;
    const log = world.running.log.join("\n");
    assert.ok(!log.includes(tokenOf(link)) && !log.includes("mail-key"));
    const stored = JSON.stringify(await world.rows("SELECT * FROM mail"));
    assert.ok(!stored.includes(tokenOf(link)) && !stored.includes("mail-key"), "links are made when they are sent");
  });
  await office.stop();
});
