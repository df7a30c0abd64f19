// Nothing tells whether an email has an account: same status, bytes, headers and amount of work

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Answer } from "../support/http.ts";
import { expectStatus } from "../support/problems.ts";
import { openWorld } from "../support/world.ts";

const world = await openWorld();
const known = await world.signUp("known@example.com");
const PASSWORD = "a decent long sentence";

/** All that an answer shows but what names the very request. */
function shown(answer: Answer): { status: number; headers: Record<string, unknown>; text: string } {
  const { date: _, "request-id": __, ...headers } = answer.headers;
  return { status: answer.status, headers: headers as Record<string, unknown>, text: answer.text.replace(/urn:uuid:[0-9a-f-]{36}/, "urn:uuid:-") };
}

async function compare(ask: (email: string) => Promise<Answer>, status: number): Promise<void> {
  const [mine, none] = [await ask(known.email), await ask("nobody@example.com")];
  expectStatus(mine, status);
  // The measures of development are part of it: as many round trips and statements for both.
  assert.ok("rolecall-d1-statements" in mine.headers);
  assert.deepEqual(shown(mine), shown(none));
}

test("signing up", () => compare((email) => world.visitor().post("/v1/signup", { email, password: PASSWORD }), 202));

test("signing up again and again", async () => {
  // Both have asked equally often before.
  await world.sql("UPDATE signup SET created_at = 1");
  for (let index = 0; index < 8; index += 1) await compare((email) => world.visitor().post("/v1/signup", { email, password: PASSWORD }), 202);
});

test("signing in with a wrong password", () => compare((email) => world.visitor().signIn(email, "certainly not this one"), 401));

test("asking for a reset", () => compare((email) => world.visitor().post("/v1/password-resets", { email }), 202));

test("asking for a reset again and again", async () => {
  for (let index = 0; index < 8; index += 1) await compare((email) => world.visitor().post("/v1/password-resets", { email }), 202);
});

test("signing up with an invitation that is none", () =>
  compare((email) => world.visitor().post("/v1/signup", { email, password: PASSWORD, invitation: { token: "x", proof: "y" } }), 202));

test("inviting: the admin does not learn whether the guest has an account", async () => {
  const owner = await world.signUp("owner@example.com");
  const team = await owner.convert("Acme");
  const ask = async (email: string) => {
    const answer = await owner.post(`/v1/accounts/${team}/invitations`, { email, role: "dev" });
    return {
      ...answer,
      text: answer.text
        .replaceAll(email, "-")
        .replace(/inv_[0-9a-f]{32}/, "-")
        .replace(/token=[^"]+/, "-")
        .replace(/"(created_at|expires_at)":"[^"]+"/g, "-"),
    };
  };
  const [mine, none] = [await ask("known@example.com"), await ask("nobody@example.com")];
  const comparable = (answer: Answer) => {
    const { "content-length": _, etag: __, ...headers } = shown(answer).headers;
    return { ...shown(answer), headers };
  };
  assert.deepEqual(comparable(mine), comparable(none));
});
