// The shields, here switched on: 429 with Retry-After, per network, before anything is done

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { expectProblem, expectStatus } from "../support/problems.ts";
import { PRODUCTION_SETTINGS } from "../support/worker.ts";
import { earlyInTheMinute, inTurn, inWorld, openWorld } from "../support/world.ts";

const world = await openWorld({ vars: { RATE_LIMITS: "on" }, limits: { auth: 6, api: 20 } });
const from = (address: string) => ({ headers: { "cf-connecting-ip": address } });

async function statuses(
  count: number,
  address: (index: number) => string,
  ask: (headers: ReturnType<typeof from>, index: number) => Promise<{ status: number }>,
): Promise<number[]> {
  return inTurn(Array.from({ length: count }), async (_, index) => (await ask(from(address(index)), index)).status);
}

beforeEach(() => earlyInTheMinute());

test("sign-ups from one network are counted, from another not together with them", async () => {
  const signUp = (headers: ReturnType<typeof from>, index: number) =>
    world.visitor().post("/v1/signup", { email: `s${index}@example.com`, password: "a decent long sentence" }, headers);
  const told = await statuses(9, () => "192.0.2.1", signUp);
  assert.deepEqual(told, [202, 202, 202, 202, 202, 202, 429, 429, 429]);
  const refused = expectProblem(await signUp(from("192.0.2.1"), 50), "rate-limited");
  assert.ok(refused);
  assert.deepEqual(await world.mails("s50@example.com"), [], "nothing was done");
  assert.equal((await signUp(from("192.0.2.2"), 51)).status, 202);
});

test("the addresses of one IPv6 network count together, however they are written", async () => {
  const told = await statuses(
    10,
    (index) => (index % 2 ? `2001:db8:1:2:${index}::1` : `2001:0DB8:0001:0002::${index}`),
    (headers) => world.visitor().post("/v1/password-resets", { email: "x@example.com" }, headers),
  );
  assert.ok(told.includes(429), String(told));
  assert.equal((await world.visitor().post("/v1/password-resets", { email: "x@example.com" }, from("2001:db8:1:3::1"))).status, 202);
});

test("a network is what the platform says, not what the request says of itself", async () => {
  const told = await statuses(
    10,
    () => "192.0.2.77",
    (headers, index) =>
      world
        .visitor()
        .post(
          "/v1/password-resets",
          { email: "x@example.com" },
          { headers: { ...headers.headers, "x-forwarded-for": `10.0.0.${index}`, "x-real-ip": `10.0.1.${index}`, forwarded: `for=10.0.2.${index}` } },
        ),
  );
  assert.ok(told.includes(429), String(told));
});

test("no spelling of a path is counted apart or not at all", async () => {
  const paths = [
    "/v1/sessions",
    "/v1/sessions?x=1",
    "/v1/sessions?",
    "/v1/sessions",
    "/v1/sessions?a",
    "/v1/sessions",
    "/v1/sessions",
    "/v1/sessions?b=2",
    "/v1/sessions",
  ];
  const told = await statuses(
    paths.length,
    () => "192.0.2.88",
    (headers, index) => world.visitor().ask("POST", paths[index], { json: { email: "n@example.com", password: "x" }, ...headers, unchecked: true }),
  );
  assert.equal(told.at(-1), 429, String(told));
});

test("reading is shielded too, with room for ordinary use", async () => {
  const told = await statuses(
    24,
    () => "192.0.2.99",
    (headers) => world.visitor().get("/v1/me", headers),
  );
  assert.equal(told[10], 401);
  assert.equal(told.at(-1), 429);
  expectStatus(await world.visitor().get("/v1/policy", from("192.0.2.99")), 200);
});

test("who is signed in is counted as one user, wherever they come from, and not together with others at the same address", async () => {
  const [ann, ben] = await world.signUpAll("ann", "ben");
  const phone = await ann.elsewhere();
  await earlyInTheMinute();
  const told = await statuses(
    24,
    (index) => `198.51.100.${index}`,
    (headers, index) => (index % 2 ? ann : phone).get("/v1/me", headers),
  );
  assert.deepEqual([told[10], told.at(-1)], [200, 429], String(told));
  const refused = await ann.patch("/v1/me", { name: "Too often" }, from("198.51.100.200"));
  expectProblem(refused, "rate-limited");
  assert.ok(Number(refused.headers["retry-after"]) > 0);
  const beside = await statuses(
    12,
    () => "198.51.100.7",
    (headers) => ben.get("/v1/me", headers),
  );
  assert.deepEqual([...new Set(beside)], [200], "an office is not one caller");
  const [{ name }] = (await world.rows("SELECT name FROM user WHERE id = ?", ann.id)) as { name: string }[];
  assert.notEqual(name, "Too often");
});

test("sessions that are made up are counted by the network that makes them up", async () => {
  await inWorld({ vars: { RATE_LIMITS: "on" }, limits: { auth: 1000, api: 1000, network: 10 } }, async (own) => {
    const told = await inTurn(
      Array.from({ length: 14 }),
      async () => (await own.visitor().get("/v1/me", { headers: { ...from("192.0.2.44").headers, authorization: "Bearer x" } })).status,
    );
    assert.deepEqual([told[0], told.at(-1)], [401, 429]);
  });
});

test("one person makes so many teams a day, is told when to come back, and loses nothing", async () => {
  await inWorld({ vars: { RATE_LIMITS: "on" }, limits: { auth: 1000, api: 1000 } }, async (own) => {
    const ann = await own.signUp("ann@example.com");
    const turn = async () => {
      const made = await ann.post(`/v1/accounts/${ann.home}/convert`, { name: "Acme" });
      if (made.status === 200) expectStatus(await ann.delete(`/v1/accounts/${ann.home}/team`), 200);
      return made;
    };
    const told = await inTurn(Array.from({ length: 22 }), turn);
    assert.deepEqual(
      told.map(({ status }) => status),
      [...Array(20).fill(200), 429, 429],
    );
    const refused = told.at(-1);
    assert.ok(refused);
    expectProblem(refused, "too-many-changes");
    assert.ok(Number(refused.headers["retry-after"]) > 0 && Number(refused.headers["retry-after"]) <= 86_400);
    assert.equal((await ann.account(ann.home)).kind, "personal");
    expectStatus(await ann.patch(`/v1/accounts/${ann.home}`, { name: "Still mine" }), 200);
  });
});

test("the switch of development does nothing in production", async () => {
  await inWorld({ vars: { ...PRODUCTION_SETTINGS, RATE_LIMITS: "off" }, limits: { auth: 3, api: 100 } }, async (production) => {
    const told = await inTurn(
      Array.from({ length: 5 }),
      async () => (await production.visitor().post("/v1/password-resets", { email: "x@example.com" }, from("192.0.2.5"))).status,
    );
    assert.deepEqual(told, [202, 202, 202, 429, 429]);
  });
});

test("invitation mails to one address are counted, whoever sends them", async () => {
  await inWorld({ vars: { RATE_LIMITS: "on" }, limits: { auth: 1000, api: 1000 } }, async (own) => {
    const [ann, ben] = [await own.signUp("ann@example.com"), await own.signUp("ben@example.com")];
    const [acme, bolt] = [await ann.convert("Acme"), await ben.convert("Bolt")];
    const invitation = await ann.invite(acme, "eve@example.com", "basic");
    const resend = () => ann.post(`/v1/accounts/${acme}/invitations/${invitation.id}/resend`);
    const told = await inTurn(Array.from({ length: 21 }), async () => (await resend()).status);
    assert.deepEqual([told.filter((status) => status === 200).length, told.at(-1)], [19, 429]);
    const refused = expectProblem(await resend(), "too-many-mails");
    assert.ok(refused);
    expectProblem(await ben.post(`/v1/accounts/${bolt}/invitations`, { email: "eve@example.com", role: "basic" }), "too-many-mails");
    assert.equal((await own.mails("eve@example.com")).length, 20);
    expectStatus(await ben.post(`/v1/accounts/${bolt}/invitations`, { email: "fay@example.com", role: "basic" }), 201);
  });
});
