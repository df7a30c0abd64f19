// `return_to` of GET /v1/providers/{provider}/authorize: a path of this origin and nothing that a browser reads as another site

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { startHostileIssuers } from "../support/hostile-provider.ts";
import { signInVars } from "../support/openid-provider.ts";
import { expectProblem } from "../support/problems.ts";
import { FLOW_COOKIE, expectRedirect, expectUnchanged, newBrowser, signInAt } from "../support/providers.ts";
import { openWorld } from "../support/world.ts";

const { idp } = await startHostileIssuers("idp");
const world = await openWorld({ vars: signInVars([idp.entry("idp", ["example.com"])]) });
idp.person = { sub: "1", email: "ann@example.com", email_verified: true };
const signIn = (query?: Record<string, string>) => signInAt(newBrowser(world), "idp", async (url) => idp.authorize(url), query);

const vectors: { paths: string[]; refused: string[] } = JSON.parse(readFileSync(new URL("../../vectors/return-to.json", import.meta.url), "utf8"));
// An empty parameter is one that was not sent.
const REFUSED = [...vectors.refused.filter((text) => text !== ""), `/${"a".repeat(512)}`];

test(`${REFUSED.length} texts that are no path of this origin are refused, before the provider hears of them`, async () => {
  await expectUnchanged(world, async () => {
    for (const text of REFUSED) {
      const browser = newBrowser(world);
      const answer = await browser.get(`/v1/providers/idp/authorize?return_to=${encodeURIComponent(text)}`);
      const { errors } = expectProblem(answer, "fields-invalid");
      assert.equal(errors.length, 1, text);
      assert.equal(browser.flow, null, text);
      assert.equal(answer.headers.location, undefined, text);
    }
  });
});

test("as they stand in a link, without an encoding of their own, they lead nowhere else either", async () => {
  const unencoded = [
    "//evil.example",
    "/%5cevil.example",
    "/%09/evil.example",
    "%2F%2Fevil.example",
    "/%2Fevil.example",
    "https://evil.example",
    "https%3A%2F%2Fevil.example",
    "/a&return_to=//evil.example",
    "//evil.example&return_to=/a",
    "+//evil.example",
    "/+/evil.example",
  ];
  for (const text of unencoded) {
    const answer = await newBrowser(world).get(`/v1/providers/idp/authorize?return_to=${text}`);
    expectProblem(answer, "fields-invalid");
    assert.ok(!answer.cookies.some((line) => line.startsWith(FLOW_COOKIE)), text);
  }
});

test("a path of this origin, with its query, is where the browser ends", async () => {
  for (const path of [...vectors.paths, `/${"a".repeat(511)}`]) expectRedirect(await signIn({ return_to: path }), path);
});

test("without it the browser ends at the start page", async () => expectRedirect(await signIn(), "/"));
