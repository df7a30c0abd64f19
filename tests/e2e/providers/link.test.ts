// /link: a person at a provider becomes an identity of a user only by proof, never because two addresses are equal.
// GET, POST and DELETE /v1/provider-link; DELETE /v1/me/sign-in-methods/{id}

import assert from "node:assert/strict";
import { test } from "node:test";
import { expectInvariants } from "../support/invariants.ts";
import { signInVars, startOpenidProvider } from "../support/openid-provider.ts";
import { tokenOf } from "../support/people.ts";
import { expectProblem, expectStatus } from "../support/problems.ts";
import {
  Browser,
  LINK,
  LINK_COOKIE,
  METHODS,
  authorizePath,
  expectNoSession,
  expectRedirect,
  expectSealedCookie,
  expectUnchanged,
  kindsIn,
  newBrowser,
  signInAt,
  userIn,
} from "../support/providers.ts";
import { expectSignInMethod } from "../support/shapes.ts";
import { openWorld } from "../support/world.ts";

// Two providers whose word proves addresses at example.com, and one whose word proves none.
const trusted = await startOpenidProvider(["trusted"]);
const other = await startOpenidProvider(["other"]);
const second = await startOpenidProvider(["second"]);
const world = await openWorld({
  vars: signInVars([trusted.entry("trusted", ["example.com"]), second.entry("second", ["example.com"]), other.entry("other")]),
});
const providers = { trusted, second, other };
const KEY = "the key of this very browser";

/** Signs in at a provider as a subject with these claims, which the provider keeps. */
async function signIn(browser: Browser, id: keyof typeof providers, sub: string, claims?: object, query?: Record<string, string>) {
  const provider = providers[id];
  if (claims) provider.people.set(sub, { sub, email_verified: true, ...claims });
  return signInAt(browser, id, (url) => provider.signIn(url, sub), query);
}

/** A browser that is at the page /link; nothing has changed on the way. */
async function atLink(id: keyof typeof providers, sub: string, claims: object, query?: Record<string, string>, browser = newBrowser(world)) {
  const answer = await expectUnchanged(world, () => signIn(browser, id, sub, claims, query));
  expectRedirect(answer, "/link");
  expectNoSession(answer);
  expectSealedCookie(answer, LINK_COOKIE);
  assert.equal(browser.flow, null, "the flow is over");
  return browser;
}

test("a mailbox of somebody: the page asks them to sign in, and the identity is theirs from then on", async () => {
  const ann = await world.signUp("ann@example.com");
  const browser = await atLink("trusted", "ann-at-trusted", { email: "ann@example.com" }, { return_to: "/team" });
  const about = expectStatus(await browser.get(LINK), 200).body;
  assert.deepEqual(about, { provider: "trusted", title: "Provider trusted", email: "ann@example.com", email_proven: true, return_to: "/team" });
  await expectUnchanged(world, async () => expectProblem(await browser.post(LINK), "session-missing"));
  expectStatus(await browser.signIn(ann.email, ann.password), 201);
  const linked = expectStatus(await browser.post(LINK), 200);
  expectSignInMethod(linked.body);
  assert.equal(linked.body.kind, "provider");
  assert.equal(browser.link, null, "the cookie is cleared");
  expectProblem(await browser.get(LINK), "provider-link-not-found");
  assert.deepEqual(await kindsIn(browser), ["email", "password", "provider"]);
  const next = newBrowser(world);
  expectRedirect(await signIn(next, "trusted", "ann-at-trusted"), "/");
  assert.equal((await userIn(next)).id, ann.id);
  await expectInvariants(world.database);
});

test("the same with a code by mail, for a user without a password", async () => {
  const visitor = world.visitor();
  expectStatus(await visitor.post("/v1/signup", { email: "ben@example.com" }), 202);
  const token = tokenOf(await world.mailedLink("ben@example.com", "/verify-email"));
  const { user } = expectStatus(await visitor.post("/v1/email-verifications", { token }), 201).body;
  const browser = await atLink("other", "ben-at-other", { email: "ben@example.com" });
  const code = await world.mailedCode("ben@example.com", KEY);
  expectStatus(await browser.post("/v1/sessions", { email: "ben@example.com", code, browser_key: KEY }), 201);
  expectStatus(await browser.post(LINK), 200);
  const next = newBrowser(world);
  expectRedirect(await signIn(next, "other", "ben-at-other"), "/");
  assert.equal((await userIn(next)).id, user.id);
});

test("a mailbox of nobody that the provider does not prove: the person proves it by mail, then the identity is theirs", async () => {
  for (const [id, sub, claims] of [
    ["other", "cleo-at-other", { email: "cleo@example.com" }],
    ["trusted", "cleo-at-trusted", { email: "cleo.2@example.com", email_verified: false }],
    ["trusted", "cleo-elsewhere", { email: "cleo.3@sub.example.com" }],
    ["trusted", "cleo-nowhere", {}],
    ["trusted", "cleo-nonsense", { email: "no address" }],
  ] as const) {
    const browser = await atLink(id, sub, claims);
    const about = expectStatus(await browser.get(LINK), 200).body;
    assert.equal(about.email_proven, false, JSON.stringify(about));
    if ("email" in claims && claims.email.includes("@")) assert.equal(about.email, claims.email);
    else assert.ok(!about.email, JSON.stringify(about));
    const email = `${sub}@example.net`;
    expectStatus(await browser.post("/v1/signup", { email }), 202);
    const token = tokenOf(await world.mailedLink(email, "/verify-email"));
    expectStatus(await browser.post("/v1/email-verifications", { token }), 201);
    expectStatus(await browser.post(LINK), 200);
    const next = newBrowser(world);
    expectRedirect(await signIn(next, id, sub), "/");
    assert.equal((await userIn(next)).email, email);
  }
});

test("an attacker who signed up with the victim's address before, unverified, has nothing of the victim's user", async () => {
  const attacker = world.visitor();
  const password = "the attacker knows this sentence";
  expectStatus(await attacker.post("/v1/signup", { email: "vera@example.com", password, name: "Mallory" }), 202);
  const link = await world.mailedLink("vera@example.com", "/verify-email");
  const vera = newBrowser(world);
  expectRedirect(await signIn(vera, "trusted", "vera", { email: "vera@example.com", name: "Vera" }), "/");
  assert.deepEqual(await kindsIn(vera), ["email", "provider"]);
  assert.equal((await userIn(vera)).name, "Vera");
  await expectUnchanged(world, async () => {
    expectProblem(await world.visitor().signIn("vera@example.com", password), "credentials-invalid");
    // Nor where the victim opens the old mail afterwards, in whichever browser.
    for (const browser of [attacker, vera]) assert.ok((await browser.post("/v1/email-verifications", { token: tokenOf(link) })).status >= 400);
    expectProblem(await world.visitor().signIn("vera@example.com", password), "credentials-invalid");
  });
});

test("an attacker with the victim's address at a provider, unverified or without authority, has nothing of the victim's user", async () => {
  const will = await world.signUp("will@example.com");
  const mallory = await world.signUp("mallory@example.com");
  for (const [id, sub, claims] of [
    ["trusted", "mallory-1", { email: "will@example.com", email_verified: false }],
    ["trusted", "mallory-2", { email: "WILL@example.com", email_verified: "false" }],
    ["other", "mallory-3", { email: "will@example.com" }],
    ["other", "mallory-4", { email: "will@example.com", xms_edov: true, hd: "example.com" }],
  ] as const) {
    const browser = await atLink(id, sub, claims);
    assert.equal(expectStatus(await browser.get(LINK), 200).body.email_proven, false);
    await expectUnchanged(world, async () => expectProblem(await browser.post(LINK), "session-missing"));
    // What the attacker can prove is their own user, so the identity is Mallory's.
    expectStatus(await browser.signIn(mallory.email, mallory.password), 201);
    expectStatus(await browser.post(LINK), 200);
    const next = newBrowser(world);
    expectRedirect(await signIn(next, id, sub), "/");
    assert.equal((await userIn(next)).id, mallory.id);
  }
  assert.deepEqual(await kindsIn(will), ["email", "password"]);
});

test("before the victim has signed up, such a person at a provider leaves nothing behind", async () => {
  const browser = await atLink("trusted", "early", { email: "xena@example.com", email_verified: false });
  const xena = await world.signUp("xena@example.com");
  assert.deepEqual(await kindsIn(xena), ["email", "password"]);
  await expectUnchanged(world, async () => expectProblem(await browser.post(LINK), "session-missing"));
  await atLink("trusted", "early", { email: "xena@example.com", email_verified: false });
});

test("the same address at two providers: the second is linked by a sign-in at the first, in the same browser", async () => {
  const first = newBrowser(world);
  expectRedirect(await signIn(first, "trusted", "yuri", { email: "yuri@example.com" }), "/");
  const browser = await atLink("second", "yuri", { email: "yuri@example.com" });
  expectRedirect(await signIn(browser, "trusted", "yuri", undefined, { return_to: "/link" }), "/link");
  expectStatus(await browser.post(LINK), 200);
  assert.deepEqual(await kindsIn(browser), ["email", "provider", "provider"]);
  const next = newBrowser(world);
  expectRedirect(await signIn(next, "second", "yuri"), "/");
  assert.equal((await userIn(next)).id, (await userIn(first)).id);
});

test("a signed-in person links another identity, whatever its address, by a session of the last five minutes", async () => {
  const zoe = await world.signUp("zoe@example.com");
  const browser = Browser.of(zoe);
  expectRedirect(await signIn(browser, "trusted", "zoe-at-work", { email: "zoe.work@example.com" }, { purpose: "link", return_to: "/settings" }), "/link");
  assert.equal(await world.count("user WHERE email = 'zoe.work@example.com'"), 0);
  await world.makeStale(zoe.id);
  await expectUnchanged(world, async () => expectProblem(await browser.post(LINK), "reauthentication-required"));
  expectStatus(await browser.post("/v1/sessions/current/reauthentication", { password: zoe.password }), 200);
  expectStatus(await browser.post(LINK), 200);
  assert.deepEqual(await kindsIn(browser), ["email", "password", "provider"]);
});

test("nobody links without a session, and nobody is signed in by it", async () => {
  expectRedirect(await expectUnchanged(world, () => newBrowser(world).get(authorizePath("trusted", { purpose: "link" }))), "/sign-in");
  const browser = Browser.of(await world.signUp("signing.out@example.com"));
  trusted.people.set("abroad", { sub: "abroad", email: "abroad@example.com", email_verified: true });
  const callback = await trusted.signIn(await browser.authorize("trusted", { purpose: "link" }), "abroad");
  browser.cookie = null;
  await expectUnchanged(world, async () => {
    expectNoSession(await browser.callback(callback));
    expectProblem(await browser.post(LINK), "session-missing");
  });
});

test("a repeated request with its key connects once, and has the answer of the first one", async () => {
  const browser = await atLink(
    "other",
    "repeated",
    { email: "repeated@example.com" },
    { purpose: "link" },
    Browser.of(await world.signUp("repeated@example.com")),
  );
  const { link } = browser;
  const send = () => Object.assign(browser, { link }).post(LINK, undefined, { headers: { "idempotency-key": "link-1" } });
  const first = expectStatus(await send(), 200).body;
  assert.deepEqual(expectStatus(await send(), 200).body, first);
  assert.deepEqual(await kindsIn(browser), ["email", "password", "provider"]);
});

test("a page of another site starts no connection, no step-up and no way into a team", async () => {
  const browser = Browser.of(await world.signUp("navigated@example.com"));
  for (const query of [{ purpose: "link" }, { purpose: "reauthenticate" }, { invitation: "any" }] as Record<string, string>[]) {
    for (const site of ["cross-site", "same-site"])
      expectRedirect(await browser.get(authorizePath("trusted", query), { headers: { "sec-fetch-site": site } }), "/sign-in");
    for (const site of ["same-origin", "none"]) expectStatus(await browser.get(authorizePath("trusted", query), { headers: { "sec-fetch-site": site } }), 302);
  }
  expectStatus(await browser.get(authorizePath("trusted"), { headers: { "sec-fetch-site": "cross-site" } }), 302);
});

test("an identity of another user is not taken over", async () => {
  const owner = newBrowser(world);
  expectRedirect(await signIn(owner, "trusted", "abel", { email: "abel@example.com" }), "/");
  const browser = Browser.of(await world.signUp("bert@example.com"));
  expectRedirect(await expectUnchanged(world, () => signIn(browser, "trusted", "abel", undefined, { purpose: "link" })), "/link");
  await expectUnchanged(world, async () => expectProblem(await browser.post(LINK), "identity-taken"));
  assert.equal((await userIn(browser)).email, "bert@example.com");
});

test("of two users who link one identity at once, one has it", async () => {
  const browsers = [await atLink("other", "wanted", {}), await atLink("other", "wanted", {})];
  const people = await world.signUpAll("carla", "dirk");
  for (const [index, browser] of browsers.entries()) expectStatus(await browser.signIn(people[index].email, people[index].password), 201);
  const answers = await Promise.all(browsers.map((browser) => browser.post(LINK)));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409], answers.map(({ text }) => text).join());
  assert.equal(await world.count("identity WHERE subject = 'wanted'"), 1);
  await expectInvariants(world.database);
});

test("a person may change their mind: DELETE clears the cookie", async () => {
  const browser = await atLink("other", "gone", { email: "gone@example.com" });
  expectStatus(await expectUnchanged(world, () => browser.delete(LINK)), 204);
  assert.equal(browser.link, null);
  expectProblem(await browser.get(LINK), "provider-link-not-found");
});

test("an identity is removed by a fresh session, and does not sign in any more; the mailbox stays", async () => {
  const browser = newBrowser(world);
  expectRedirect(await signIn(browser, "trusted", "emil", { email: "emil@example.com" }), "/");
  const { items } = expectStatus(await browser.get(METHODS), 200).body;
  const idOf = (kind: string) => items.find((item: any) => item.kind === kind).id;
  const stranger = await world.signUp("stranger@example.com");
  await expectUnchanged(world, async () => {
    expectProblem(await world.visitor().delete(`${METHODS}/${idOf("provider")}`), "session-missing");
    expectProblem(await stranger.delete(`${METHODS}/${idOf("provider")}`), "sign-in-method-not-found");
    expectProblem(await browser.delete(`${METHODS}/idn_0`), "sign-in-method-not-found");
    expectProblem(await browser.delete(`${METHODS}/${idOf("email")}`), "last-sign-in-method");
    await world.makeStale((await userIn(browser)).id);
    expectProblem(await browser.delete(`${METHODS}/${idOf("provider")}`), "reauthentication-required");
  });
  expectStatus(await signIn(browser, "trusted", "emil"), 303);
  expectStatus(await browser.delete(`${METHODS}/${idOf("provider")}`), 204);
  assert.deepEqual(await kindsIn(browser), ["email"]);
  await atLink("trusted", "emil", { email: "emil@example.com" });
  await expectInvariants(world.database);
});
