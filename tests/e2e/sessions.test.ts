// POST, GET and DELETE /v1/sessions

import assert from "node:assert/strict";
import { test } from "node:test";
import { COOKIE, DEVICE, Person } from "./support/people.ts";
import { expectInvalid, expectProblem, expectStatus } from "./support/problems.ts";
import { expectAccount, expectPage, expectSession, expectUser } from "./support/shapes.ts";
import { eventually, openWorld } from "./support/world.ts";

const world = await openWorld();
const ann = await world.signUp("ann@example.com", { name: "Ann" });

test("signing in answers the user and the active account", async () => {
  const { body } = expectStatus(await world.visitor().signIn(ann.email, ann.password), 201);
  expectUser(body.user);
  expectAccount(body.account);
  assert.deepEqual(body.user, ann.user);
  assert.equal(body.account.id, ann.home);
});

test("the cookie is bound to the host, out of reach of scripts, and not sent by foreign pages' posts", async () => {
  const answer = expectStatus(await world.visitor().signIn(ann.email, ann.password), 201);
  assert.deepEqual(
    answer.cookies.map((cookie) => cookie.split("=")[0]),
    [COOKIE, DEVICE],
  );
  for (const cookie of answer.cookies) {
    const [pair, ...flags] = cookie.split(/;\s*/);
    const names = flags.map((flag) => flag.toLowerCase());
    for (const flag of ["secure", "httponly", "path=/"]) assert.ok(names.includes(flag), `${flag} in ${cookie}`);
    assert.ok(names.some((flag) => flag === "samesite=lax" || flag === "samesite=strict"));
    assert.ok(names.every((flag) => !flag.startsWith("domain")));
    assert.ok(cookie.length < 4096);
    const secret = pair.slice(pair.indexOf("=") + 1);
    assert.ok(secret.length >= 22, "at least 128 bits");
    assert.ok(!answer.text.includes(secret), "the secret is in the cookie only");
  }
});

test("only a hash of the session's secret is stored", async () => {
  const stored = JSON.stringify(await world.rows("SELECT * FROM session"));
  assert.ok(ann.cookie && !stored.includes(ann.cookie));
});

test("every sign-in makes another session; the cookie that came along is not adopted", async () => {
  const visitor = world.visitor();
  visitor.cookie = "c".repeat(43);
  expectStatus(await visitor.signIn(ann.email, ann.password), 201);
  assert.notEqual(visitor.cookie, "c".repeat(43));
  const first = visitor.cookie;
  expectStatus(await visitor.signIn(ann.email, ann.password), 201);
  assert.notEqual(visitor.cookie, first);
});

test("an email is taken in any letter case, a password exactly as it is", async () => {
  expectStatus(await world.visitor().signIn("ANN@EXAMPLE.COM", ann.password), 201);
  for (const password of [ann.password.toUpperCase(), `${ann.password} `, ` ${ann.password}`, ann.password.slice(0, -1), ""]) {
    expectProblem(await world.visitor().signIn(ann.email, password), "credentials-invalid");
  }
});

test("listing shows every session of the user, the asking one marked, and no secret", async () => {
  const bob = await world.signUp("bob@example.com");
  const phone = new Person(world.client, null, bob.user, bob.home, bob.password);
  expectStatus(
    await phone.ask("POST", "/v1/sessions", { json: { email: bob.email, password: bob.password }, headers: { "user-agent": "Bob's phone/1.0" } }),
    201,
  );
  const answer = expectStatus(await bob.get("/v1/sessions"), 200);
  expectPage(answer.body, expectSession);
  assert.equal(answer.body.items.length, 2);
  assert.equal(answer.body.items.filter((session: any) => session.current).length, 1);
  assert.ok(answer.body.items.some((session: any) => session.user_agent === "Bob's phone/1.0" && !session.current));
  for (const cookie of [bob.cookie, phone.cookie]) assert.ok(cookie && !answer.text.includes(cookie));
});

test("ending a session ends it at once, for that browser only; ending it again is 404", async () => {
  const carl = await world.signUp("carl@example.com");
  const phone = await carl.elsewhere();
  const sessions = (await carl.get("/v1/sessions")).body.items;
  const other = sessions.find((session: any) => !session.current);
  expectStatus(await carl.delete(`/v1/sessions/${other.id}`), 204);
  assert.match(expectStatus(await phone.get("/v1/me"), 401).body.code, /^session-(missing|expired)$/);
  expectStatus(await carl.get("/v1/me"), 200);
  expectProblem(await carl.delete(`/v1/sessions/${other.id}`), "session-not-found");
});

test("another user's session is 404, and lives on", async () => {
  const dora = await world.signUp("dora@example.com");
  const [session] = (await dora.get("/v1/sessions")).body.items;
  expectProblem(await ann.delete(`/v1/sessions/${session.id}`), "session-not-found");
  expectProblem(await ann.delete(`/v1/sessions/${"ses_" + "0".repeat(32)}`), "session-not-found");
  expectProblem(await ann.delete("/v1/sessions/nonsense"), "session-not-found");
  expectStatus(await dora.get("/v1/me"), 200);
});

test("signing out kills the session itself, clears the cookie, and may be repeated", async () => {
  const eve = await world.signUp("eve@example.com");
  const stolen = eve.twin();
  const answer = expectStatus(await eve.delete("/v1/sessions/current"), 204);
  assert.equal(eve.cookie, null, "the cookie is cleared");
  assert.ok(answer.headers["clear-site-data"], "the browser is told to forget what it stored");
  assert.equal((await stolen.get("/v1/me")).status, 401, "a copy of the cookie is dead too");
  expectStatus(await stolen.delete("/v1/sessions/current"), 204);
});

test("without a session, with a made-up one or with a damaged one the answer is 401", async () => {
  const visitor = world.visitor();
  expectProblem(await visitor.get("/v1/me"), "session-missing");
  const real = ann.cookie ?? "";
  for (const cookie of ["", "x", "a".repeat(43), real.slice(0, -2), `${real}x`, real.toUpperCase(), "%00", "a".repeat(3000), `${real}, ${real}`]) {
    assert.notEqual(cookie, real);
    const answer = await visitor.get("/v1/me", { headers: { cookie: `${COOKIE}=${cookie}` } });
    assert.match(expectStatus(answer, 401).body.code, /^session-(missing|expired)$/);
  }
});

test("the cookie under another name does not count", async () => {
  const visitor = world.visitor();
  for (const name of ["rolecall_session", "__Secure-rolecall_session", "__host-rolecall_session", "session"]) {
    expectProblem(await visitor.get("/v1/me", { headers: { cookie: `${name}=${ann.cookie}` } }), "session-missing");
  }
  expectProblem(await visitor.get("/v1/me", { headers: { authorization: `Bearer ${ann.cookie}` } }), "session-missing");
  expectProblem(await visitor.get(`/v1/me?session=${ann.cookie}`, { unchecked: true }), "session-missing");
});

test("a session that is too old or too long idle has ended", async () => {
  for (const column of ["created_at", "last_seen_at"]) {
    const sleeper = await world.signUp(`sleeper-${column.replace("_", "-")}@example.com`);
    const year = 366 * 86_400_000;
    const both = column === "created_at" ? "created_at = created_at - ?1, last_seen_at = last_seen_at" : "last_seen_at = last_seen_at - ?1";
    await world.sql(`UPDATE session SET ${both} WHERE user = ?2`, year, sleeper.id);
    expectProblem(await sleeper.get("/v1/me"), "session-expired");
  }
});

test("email and password are required, and what no email can be is simply wrong", async () => {
  expectInvalid(await world.visitor().post("/v1/sessions", {}), { "/email": "required", "/password": "required" });
  expectInvalid(await world.visitor().post("/v1/sessions", { email: ann.email, password: 7 }), { "/password": "type-wrong" });
  for (const email of ["nobody", "", "@", "ann@example", "ann@example.com.", "ann @example.com"]) {
    expectProblem(await world.visitor().signIn(email, ann.password), "credentials-invalid");
  }
});

test("the log says who signed in, who failed to and who was refused, and never an email", async () => {
  const person = await world.signUp("witness@example.com");
  const lines = () => world.running.log.flatMap((line) => (line.startsWith("{") ? [JSON.parse(line)] : []));
  expectStatus(await world.visitor().signIn(person.email, person.password), 201);
  expectProblem(await world.visitor().signIn(person.email, "certainly not this"), "credentials-invalid");
  expectProblem(await world.visitor().signIn("nobody@example.com", "certainly not this"), "credentials-invalid");
  await eventually(async () => {
    const about = lines().filter((line) => line.route === "/v1/sessions" && String(line.subject).startsWith("email:"));
    const [success, failure, stranger] = about.slice(-3);
    assert.deepEqual([success?.message, failure?.message, stranger?.message], ["authentication", "credentials-invalid", "credentials-invalid"]);
    assert.equal(success.subject, failure.subject);
    assert.notEqual(failure.subject, stranger.subject);
  });
  const requests = lines().filter((line) => line.route !== undefined);
  assert.ok(requests.length > 0 && requests.every((line) => !JSON.stringify(line).includes("@")), "no email in a line about a request");
});
