// Many people in one isolate at once: nobody ever gets another's answer, and nothing of them reaches the log

import assert from "node:assert/strict";
import { test } from "node:test";
import { tokenOf } from "../support/people.ts";
import { expectStatus } from "../support/problems.ts";
import { inTurn, openWorld } from "../support/world.ts";

const world = await openWorld();
const people = await inTurn(Array.from({ length: 8 }), (_, index) => world.signUp(`person${index}@example.com`, { name: `Person ${index}` }));
const teams = await inTurn(people, (person, index) => person.convert(`Team ${index}`));

test("four hundred requests of eight people, mixed: every answer is its asker's own", async () => {
  const asks = Array.from({ length: 400 }, (_, index) => ({ person: people[index % 8], team: teams[index % 8], kind: Math.floor(index / 8) % 5, index }));
  await Promise.all(
    asks.map(async ({ person, team, kind, index }) => {
      if (kind === 0) return assert.equal((await person.me()).user.id, person.id);
      if (kind === 1) return assert.equal((await person.account(team)).owner, person.id);
      if (kind === 2) return assert.equal(expectStatus(await person.patch("/v1/me", { name: `Person ${index % 8}` }), 200).body.user.id, person.id);
      if (kind === 3)
        return assert.deepEqual(
          (await person.members(team)).map((member) => member.user.id),
          [person.id],
        );
      assert.equal((await person.get(`/v1/accounts/${teams[(index + 1) % 8]}`)).status, 404);
    }),
  );
});

test("each keeps their own session when all sign in at once", async () => {
  const browsers = await Promise.all(people.map((person) => person.elsewhere()));
  for (const [index, browser] of browsers.entries()) assert.equal((await browser.me()).user.id, people[index].id);
  assert.equal(new Set(browsers.map((browser) => browser.cookie)).size, 8);
});

test("a request that fails badly takes no neighbour with it", async () => {
  const bad = { body: `{"name":${"[".repeat(20_000)}`, headers: { "content-type": "application/json" } };
  const answers = await Promise.all(
    people.flatMap((person) => [person.ask("PATCH", "/v1/me", bad), person.get("/v1/me"), person.get(`/v1/accounts/${"x".repeat(3000)}`, { unchecked: true })]),
  );
  for (const [index, answer] of answers.entries()) assert.equal(answer.status, [400, 200, 404][index % 3]);
});

test("the log says who signed in and who was refused, and holds no secret and no token", async () => {
  const [ann] = people;
  const { link } = await ann.invite(teams[0], "logged@example.com", "dev");
  await world.visitor().preview(link);
  expectStatus(await world.visitor().signIn(ann.email, ann.password), 201);
  await world.visitor().signIn(ann.email, "certainly not this one");
  await world.settled();
  // A developer's own log shows mails with their links, and nobody else's does (healthz.test.ts).
  const [mails, others] = [true, false].map((mail) => world.running.log.filter((line) => line.includes('"message":"mail"') === mail).join("\n"));
  for (const secret of [ann.password, ann.cookie ?? "?", "certainly not this one"])
    assert.ok(!mails.includes(secret) && !others.includes(secret), secret.slice(0, 6));
  for (const secret of [tokenOf(link), "#token="]) assert.ok(mails.includes(secret) && !others.includes(secret), secret.slice(0, 6));
});

test("KV holds nothing that is secret", async () => {
  const { keys } = await world.running.kv.list();
  for (const { name } of keys) {
    const value = `${name} ${await world.running.kv.get(name)}`;
    for (const person of people) assert.ok(!value.includes(person.cookie ?? "?") && !value.includes(person.password));
  }
});
