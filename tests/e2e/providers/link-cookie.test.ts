// The cookie of /link: replayed, altered, expired, of another purpose, of another browser, from another site

import assert from "node:assert/strict";
import { test } from "node:test";
import { signInVars, startOpenidProvider } from "../support/openid-provider.ts";
import { expectProblem, expectStatus } from "../support/problems.ts";
import { Browser, LINK, expectFailure, expectRedirect, expectUnchanged, kindsIn, newBrowser, signInAt } from "../support/providers.ts";
import { KNOWN_KEYS, reseal } from "../support/sealed.ts";
import { openWorld } from "../support/world.ts";

const provider = await startOpenidProvider(["idp"]);
const world = await openWorld({ vars: { ...signInVars([provider.entry("idp")]), LINK_KEYS: KNOWN_KEYS } });
const ann = await world.signUp("ann@example.com");
const ben = await world.signUp("ben@example.com");

/** A browser at /link with a fresh subject, which nobody has. */
async function atLink(sub: string, browser = newBrowser(world), query?: Record<string, string>): Promise<Browser> {
  provider.people.set(sub, { sub, email: `${sub}@example.com`, email_verified: true });
  expectRedirect(await signInAt(browser, "idp", (url) => provider.signIn(url, sub), query), "/link");
  assert.ok(browser.link);
  return browser;
}

/** A person's browser with this link cookie. */
const withLink = (person: typeof ann, link: string | null) => Object.assign(Browser.of(person), { link });

async function expectNoLink(browser: Browser): Promise<void> {
  const { link } = browser;
  await expectUnchanged(world, async () => {
    expectProblem(await browser.get(LINK), "provider-link-not-found");
    browser.link = link;
    expectProblem(await browser.post(LINK), "provider-link-not-found");
  });
}

test("without the cookie there is nothing to link", async () => {
  await expectNoLink(Browser.of(ann));
  expectStatus(await Browser.of(ann).delete(LINK), 204);
});

test("an altered cookie is none", async () => {
  const { link } = await atLink("altered");
  const text = link ?? "";
  const flipped = (index: number) => text.slice(0, index) + (text[index] === "A" ? "B" : "A") + text.slice(index + 1);
  const dot = text.indexOf(".");
  const altered = [
    ...[0, dot + 1, dot + 20, Math.floor(text.length / 2), text.length - 20, text.length - 5].map(flipped),
    text.slice(0, -1),
    text.slice(0, dot + 1),
    text.slice(dot + 1),
    `${text}A`,
    `${text}=`,
    `l2${text.slice(dot)}`,
    "",
    "l1.",
    "x".repeat(3000),
  ];
  for (const other of altered) await expectNoLink(withLink(ann, other));
  expectStatus(await withLink(ann, text).get(LINK), 200);
});

test("a cookie of ten minutes ago is none", async () => {
  const { link } = await atLink("expired");
  const resealed = (milliseconds: number) => reseal("provider-link", link ?? "", (payload) => (payload.x -= milliseconds));
  expectStatus(await withLink(ann, resealed(1000)).get(LINK), 200);
  await expectNoLink(withLink(ann, resealed(600_001)));
});

test("a cookie of a flow is no cookie of /link, and the other way round", async () => {
  const browser = newBrowser(world);
  const authorization = await browser.authorize("idp");
  await expectNoLink(withLink(ann, browser.flow));
  const { link } = await atLink("purpose");
  const swapped = Object.assign(newBrowser(world), { flow: link });
  expectFailure(await swapped.callback(await provider.signIn(authorization, "purpose")), "idp", "provider-not-started");
});

test("a cookie that was used links nothing more: not for its user, not for another one", async () => {
  const browser = await atLink("replayed");
  const { link } = browser;
  expectStatus(await browser.signIn(ann.email, ann.password), 201);
  expectStatus(await browser.post(LINK), 200);
  const kinds = await kindsIn(browser);
  await expectUnchanged(world, async () => {
    // Once more for the same user is done already, as the repeat of a request whose response was lost.
    expectStatus(await withLink(ann, link).post(LINK), 200);
    expectProblem(await withLink(ben, link).post(LINK), "identity-taken");
  });
  assert.deepEqual(await kindsIn(browser), kinds);
});

test("a link that one person started is not finished in the session of another", async () => {
  const started = await atLink("swapped", Browser.of(ann), { purpose: "link" });
  await expectUnchanged(world, async () => {
    expectProblem(await withLink(ben, started.link).post(LINK), "provider-link-not-found");
  });
  expectStatus(await started.post(LINK), 200);
});

test("two of one browser at once are one identity", async () => {
  const browser = await atLink("double");
  expectStatus(await browser.signIn(ben.email, ben.password), 201);
  const twins = [browser, Object.assign(withLink(ben, browser.link), { cookie: browser.cookie })];
  const answers = await Promise.all(twins.map((twin) => twin.post(LINK)));
  assert.ok(
    answers.some(({ status }) => status === 200),
    answers.map(({ text }) => text).join(),
  );
  assert.equal(await world.count("identity WHERE subject = 'double'"), 1);
});

test("whatever a provider may tell and a browser may ask for fits into the cookie", async () => {
  for (const [index, character] of ["x", '"', "é", "\u{1f600}"].entries()) {
    const sub = character.repeat(Math.floor(255 / Buffer.byteLength(character)));
    const email = `${"l".repeat(60)}@${"d".repeat(60)}.${"d".repeat(60)}.${"d".repeat(60)}.example`;
    provider.people.set(sub, { sub, email, email_verified: true, name: character.repeat(100) });
    const browser = newBrowser(world);
    const return_to = `/${"a".repeat(511)}`;
    expectRedirect(await signInAt(browser, "idp", (url) => provider.signIn(url, sub), { return_to }), "/link");
    assert.equal(expectStatus(await browser.get(LINK), 200).body.return_to, return_to, `case ${index}`);
  }
});

test("a page of another site cannot link, nor clear the cookie", async () => {
  const browser = await atLink("forged");
  expectStatus(await browser.signIn(ann.email, ann.password), 201);
  await expectUnchanged(world, async () => {
    for (const origin of ["https://evil.example", "null", "https://team.example.com.evil.example"])
      for (const method of ["POST", "DELETE"]) expectProblem(await browser.ask(method, LINK, { headers: { origin } }), "origin-forbidden");
  });
  expectStatus(await browser.get(LINK), 200);
});
