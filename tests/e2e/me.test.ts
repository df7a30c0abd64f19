// GET and PATCH /v1/me

import assert from "node:assert/strict";
import { test } from "node:test";
import { expectInvalid, expectProblem, expectStatus } from "./support/problems.ts";
import { expectAccount, expectUser } from "./support/shapes.ts";
import { openWorld } from "./support/world.ts";

const world = await openWorld();
const ann = await world.signUp("ann@example.com", { name: "Ann" });
const acme = await ann.convert("Acme");

test("shows the user, every membership with its account and role, and the active account", async () => {
  const bob = await world.hire(ann, acme, "bob@example.com", "dev");
  const me = await bob.me();
  expectUser(me.user);
  assert.equal(me.user.email, "bob@example.com");
  assert.equal(me.memberships.length, 2);
  me.memberships.forEach((membership: any) => expectAccount(membership.account));
  const byId = Object.fromEntries(me.memberships.map((membership: any) => [membership.account.id, membership.role]));
  assert.deepEqual(byId, { [acme]: "dev", [bob.home]: "admin" });
  assert.equal(me.active_account, acme, "the joined team is the active account at once");
});

test("the name can be changed, also to what would be code elsewhere", async () => {
  for (const name of ["Annie", "'; DROP TABLE user; --", "<script>alert(1)</script>", "安娜 🦊", "ע ברית", "👩\u200d🚀 Ann ❤\ufe0f"]) {
    const changed = expectStatus(await ann.patch("/v1/me", { name }), 200).body;
    assert.equal(changed.user.name, name);
    assert.equal((await ann.me()).user.name, name);
  }
});

test("the active account can be switched between one's own accounts only", async () => {
  const carl = await world.hire(ann, acme, "carl@example.com", "basic");
  const back = expectStatus(await carl.patch("/v1/me", { active_account: carl.home }), 200).body;
  assert.equal(back.active_account, carl.home);
  expectStatus(await carl.patch("/v1/me", { active_account: acme }), 200);
  const stranger = await world.signUp("stranger@example.com");
  expectProblem(await stranger.patch("/v1/me", { active_account: acme }), "account-not-found");
  expectProblem(await stranger.patch("/v1/me", { active_account: `acct_${"0".repeat(32)}` }), "account-not-found");
  assert.equal((await stranger.me()).active_account, stranger.home);
});

test("an active account that is no id is refused and changes nothing", async () => {
  for (const value of ["", "acme", acme.toUpperCase(), `${acme}0`, "usr_" + acme.slice(5), "../x"]) {
    expectInvalid(await ann.patch("/v1/me", { active_account: value, name: "Changed" }), { "/active_account": "id-malformed" });
    assert.notEqual((await ann.me()).user.name, "Changed");
  }
});

test("nothing about a user can be changed but these two", async () => {
  const before = await ann.me();
  for (const field of ["id", "email", "email_verified", "created_at", "role", "memberships", "password", "owner", "user"]) {
    expectInvalid(await ann.patch("/v1/me", { [field]: "x" }), { [`/${field}`]: "unknown" });
  }
  assert.deepEqual(await ann.me(), before);
});

test("a name must have something to read and an end", async () => {
  for (const name of [
    "",
    " ",
    "\t\n",
    "a".repeat(101),
    "a\u0000b",
    "a\nb",
    "\u202e",
    "\u200b",
    "\u00ad",
    "\u3164",
    "\u200d\ufe0f",
    "a\u061cb",
    "a\u{e0041}",
    "a\uffff",
  ]) {
    const problem = expectProblem(await ann.patch("/v1/me", { name }), "fields-invalid");
    assert.equal(problem.errors[0].pointer, "/name", JSON.stringify(name));
  }
  expectInvalid(await ann.patch("/v1/me", { name: 5 }), { "/name": "type-wrong" });
});

test("an empty change is a success that changes nothing", async () => {
  const before = await ann.me();
  assert.deepEqual(expectStatus(await ann.patch("/v1/me", {}), 200).body, before);
  assert.deepEqual(await ann.me(), before);
});

test("without a session both are 401, whatever the body says", async () => {
  const visitor = world.visitor();
  expectProblem(await visitor.get("/v1/me"), "session-missing");
  for (const body of [{ name: "x" }, { user: ann.id, name: "x" }, { id: ann.id }, {}]) {
    expectProblem(await visitor.patch("/v1/me", body), "session-missing");
  }
});
