// GET /v1/me/sign-in-methods

import assert from "node:assert/strict";
import { test } from "node:test";
import { expectProblem, expectStatus } from "../support/problems.ts";
import { expectPage, expectSignInMethod } from "../support/shapes.ts";
import { openWorld } from "../support/world.ts";

const world = await openWorld();
const KEY = "the key of this very browser";
const list = async (person: { get(path: string): Promise<any> }) => expectStatus(await person.get("/v1/me/sign-in-methods"), 200).body;
const kinds = (page: any) => page.items.map((item: any) => item.kind).sort();

test("who signed up with a password has it and their mailbox, each with its last use", async () => {
  const ann = await world.signUp("ann@example.com");
  const page = await list(ann);
  expectPage(page, expectSignInMethod);
  assert.equal(page.next_cursor, null);
  assert.deepEqual(kinds(page), ["email", "password"]);
  const used = (page: any, kind: string) => page.items.find((item: any) => item.kind === kind).last_used_at;
  const before = used(page, "email");
  const visitor = world.visitor();
  const code = await world.mailedCode(ann.email, KEY);
  expectStatus(await visitor.post("/v1/sessions", { email: ann.email, code, browser_key: KEY }), 201);
  const after = await list(visitor);
  assert.ok(used(after, "email") !== null && used(after, "email") !== before);
});

test("who signed up without a password has no password, until they set one", async () => {
  const visitor = world.visitor();
  expectStatus(await visitor.post("/v1/signup", { email: "bob@example.com" }), 202);
  const { hash } = new URL(await world.mailedLink("bob@example.com", "/verify-email"));
  expectStatus(await visitor.post("/v1/email-verifications", { token: new URLSearchParams(hash.slice(1)).get("token") }), 201);
  assert.deepEqual(kinds(await list(visitor)), ["email"]);
  expectProblem(await world.visitor().signIn("bob@example.com", "any password of anybody"), "credentials-invalid");
  expectStatus(await visitor.put("/v1/password", { password: "a first decent sentence" }), 204);
  assert.deepEqual(kinds(await list(visitor)), ["email", "password"]);
  expectStatus(await world.visitor().signIn("bob@example.com", "a first decent sentence"), 201);
});

test("no list without a session, and none of anybody else", async () => {
  expectProblem(await world.visitor().get("/v1/me/sign-in-methods"), "session-missing");
  const [carl, dora] = await world.signUpAll("carl", "dora");
  const ids = async (person: typeof carl) => (await list(person)).items.map((item: any) => item.id);
  const hers = await ids(dora);
  assert.ok((await ids(carl)).every((id: string) => !hers.includes(id)));
});
