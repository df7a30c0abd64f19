// GET /v1/providers/{provider}/authorize and …/callback with a real OpenID provider: known people, new people, invitations

import assert from "node:assert/strict";
import { test } from "node:test";
import { expectInvariants } from "../support/invariants.ts";
import { signInVars, startOpenidProvider } from "../support/openid-provider.ts";
import { proofOf, tokenOf } from "../support/people.ts";
import { expectProblem, expectStatus } from "../support/problems.ts";
import {
  FLOW_COOKIE,
  METHODS,
  authorizePath,
  expectFailure,
  expectRedirect,
  expectSealedCookie,
  expectUnchanged,
  kindsIn,
  newBrowser,
  signInAt,
  userIn,
} from "../support/providers.ts";
import { expectAccount, expectPage, expectSession, expectSignInMethod, expectUser } from "../support/shapes.ts";
import { openWorld } from "../support/world.ts";

const provider = await startOpenidProvider(["idp"]);
const world = await openWorld({ vars: signInVars([provider.entry("idp", ["example.com"])]) });
const owner = await world.signUp("olive@example.com");
const team = await owner.convert("Acme");

/** A person at the provider with a proven address at example.com, where the test says nothing else. */
function person(sub: string, more: object = {}): string {
  provider.people.set(sub, { sub, email: `${sub}@example.com`, email_verified: true, name: sub, ...more });
  return sub;
}
const signIn = (browser: ReturnType<typeof newBrowser>, sub: string, query?: Record<string, string>) =>
  signInAt(browser, "idp", (url) => provider.signIn(url, sub), query);

test("a page reads which providers there are", async () => {
  const { body } = expectStatus(await world.visitor().get("/v1/sign-in-methods"), 200);
  assert.deepEqual(body.providers, [{ id: "idp", title: "Provider idp", kind: "oidc" }]);
});

test("the browser is sent to the provider with fresh state, nonce and code challenge, of which the sealed cookie tells nothing", async () => {
  const answers = [await newBrowser(world).get(authorizePath("idp", { return_to: "/team" })), await newBrowser(world).get(authorizePath("idp"))];
  const requests = answers.map((answer) => new URL(expectStatus(answer, 302).headers.location ?? ""));
  for (const [index, request] of requests.entries()) {
    assert.equal(request.origin + request.pathname, `${provider.issuer}/auth`);
    const { state, nonce, code_challenge, scope, ...rest } = Object.fromEntries(request.searchParams);
    assert.deepEqual(rest, {
      response_type: "code",
      client_id: "rolecall-tests",
      redirect_uri: "https://team.example.com/v1/providers/idp/callback",
      code_challenge_method: "S256",
    });
    assert.deepEqual(scope.split(" ").sort(), ["email", "openid", "profile"]);
    assert.match(state, /^[\w-]{22,}$/);
    assert.match(nonce, /^[\w-]{22,}$/);
    assert.match(code_challenge, /^[\w-]{43}$/);
    expectSealedCookie(answers[index], FLOW_COOKIE);
    assert.equal(answers[index].headers["cache-control"], "no-store");
    const cookie = Buffer.from(answers[index].cookies.join().split(/[=;]/)[1].split(".")[1], "base64url").toString("latin1");
    for (const secret of [state, nonce, "/team"]) assert.ok(!cookie.includes(secret) && !answers[index].cookies.join().includes(secret));
  }
  for (const name of ["state", "nonce", "code_challenge"])
    assert.notEqual(requests[0].searchParams.get(name), requests[1].searchParams.get(name), `${name} is fresh`);
});

test("a new person with a proven mailbox has a user, a personal account and a session, without a password", async () => {
  const browser = newBrowser(world);
  const answer = await signIn(browser, person("ann", { name: "Ann Lee" }), { return_to: "/team?tab=members" });
  expectRedirect(answer, "/team?tab=members");
  assert.equal(browser.flow, null, "the flow is over");
  const me = expectStatus(await browser.get("/v1/me"), 200).body;
  expectUser(me.user);
  assert.deepEqual([me.user.email, me.user.name, me.memberships.length], ["ann@example.com", "Ann Lee", 1]);
  expectAccount(me.memberships[0].account);
  assert.equal(me.memberships[0].account.kind, "personal");
  expectPage(expectStatus(await browser.get(METHODS), 200).body, expectSignInMethod);
  assert.deepEqual(await kindsIn(browser), ["email", "provider"]);
  const { items } = expectStatus(await browser.get("/v1/sessions"), 200).body;
  items.forEach(expectSession);
  assert.deepEqual([items[0].aal, items[0].amr], [1, ["fed"]]);
  expectProblem(await world.visitor().signIn("ann@example.com", "any password of anybody"), "credentials-invalid");
  const key = "the key of this very browser";
  const code = await world.mailedCode("ann@example.com", key);
  expectStatus(await world.visitor().post("/v1/sessions", { email: "ann@example.com", code, browser_key: key }), 201);
  await expectInvariants(world.database);
});

test("a known subject signs in as the same user, whatever address and name the provider tells by now", async () => {
  const sub = person("ben");
  const first = newBrowser(world);
  expectRedirect(await signIn(first, sub), "/");
  const user = await userIn(first);
  const taken = await world.signUp("taken@example.com");
  for (const claims of [
    {},
    { email: "moved@example.com" },
    { email: taken.email },
    { email: "ben@example.com", email_verified: false },
    { email: undefined },
  ]) {
    person(sub, { name: "Another Name", ...claims });
    const again = newBrowser(world);
    const users = await world.count("user");
    expectRedirect(await signIn(again, sub), "/");
    assert.deepEqual(await userIn(again), user, JSON.stringify(claims));
    assert.equal(await world.count("user"), users);
    assert.deepEqual(await kindsIn(again), ["email", "provider"]);
  }
  expectStatus(await taken.get("/v1/me"), 200);
  assert.deepEqual(await kindsIn(taken), ["email", "password"]);
});

test("subjects are compared as they are: case and spaces matter", async () => {
  const users = new Set<string>();
  for (const [sub, email] of [
    ["Cara", "cara.1@example.com"],
    ["cara", "cara.2@example.com"],
    ["cara ", "cara.3@example.com"],
  ]) {
    person(sub, { email });
    const browser = newBrowser(world);
    expectRedirect(await signIn(browser, sub), "/");
    users.add((await userIn(browser)).id);
  }
  assert.equal(users.size, 3);
});

test("of one new person in several browsers at once there is one user", async () => {
  const sub = person("twin");
  const browsers = [newBrowser(world), newBrowser(world), newBrowser(world)];
  const callbacks: string[] = [];
  for (const browser of browsers) callbacks.push(await provider.signIn(await browser.authorize("idp"), sub));
  const answers = await Promise.all(browsers.map((browser, index) => browser.callback(callbacks[index])));
  for (const answer of answers) expectRedirect(answer, "/");
  const ids = await Promise.all(browsers.map(async (browser) => (await userIn(browser)).id));
  assert.equal(new Set(ids).size, 1);
  assert.equal(await world.count("user WHERE email = 'twin@example.com'"), 1);
  await expectInvariants(world.database);
});

test("a browser that somebody else is signed in with is that of the person at the provider afterwards", async () => {
  const dan = await world.signUp("dan@example.com");
  const browser = Object.assign(newBrowser(world), { cookie: dan.cookie, device: dan.device });
  expectRedirect(await signIn(browser, person("eve")), "/");
  assert.equal((await userIn(browser)).email, "eve@example.com");
  expectProblem(await dan.get("/v1/me"), "session-missing");
  assert.deepEqual(await kindsIn(await dan.elsewhere()), ["email", "password"]);
});

for (const [name, withProof] of [
  ["the mailed link", true],
  ["the copied link", false],
] as const) {
  test(`a new person who comes with ${name} of an invitation joins`, async () => {
    const sub = person(withProof ? "finn" : "gus");
    const { id } = await owner.invite(team, `${sub}@example.com`, "dev");
    const link = await world.mailedLink(`${sub}@example.com`, "/join");
    const browser = newBrowser(world);
    const query = { invitation: tokenOf(link), ...(withProof ? { proof: proofOf(link) ?? "" } : {}) };
    expectRedirect(await signIn(browser, sub, query), "/");
    const me = expectStatus(await browser.get("/v1/me"), 200).body;
    assert.equal(me.active_account, team);
    assert.deepEqual(me.memberships.map((membership: any) => membership.account.kind).sort(), ["personal", "team"]);
    assert.ok((await owner.invitations(team, "accepted")).some((item) => item.id === id));
    await expectInvariants(world.database);
  });
}

test("an invitation for another address, or one that is over, joins nobody", async () => {
  const { id, link } = await owner.invite(team, "somebody.else@example.com", "admin");
  const mailed = await world.mailedLink("somebody.else@example.com", "/join");
  const revoked = await owner.invite(team, "hana@example.com", "dev");
  const late = await world.mailedLink("hana@example.com", "/join");
  expectStatus(await owner.revoke(team, revoked.id), 204);
  for (const [sub, query] of [
    ["mallory", { invitation: tokenOf(link) }],
    ["malcolm", { invitation: tokenOf(mailed), proof: proofOf(mailed) ?? "" }],
    ["hana", { invitation: tokenOf(late), proof: proofOf(late) ?? "" }],
  ] as const) {
    const browser = newBrowser(world);
    await signIn(browser, person(sub), query);
    const me = expectStatus(await browser.get("/v1/me"), 200).body;
    assert.equal(me.memberships.length, 1, `${sub} joined`);
  }
  assert.ok((await owner.invitations(team, "pending")).some((item) => item.id === id));
});

test("who says no at the provider is back at the sign-in page, and may try again", async () => {
  const browser = newBrowser(world);
  const cancelled = await expectUnchanged(world, async () => browser.callback(await provider.cancel(await browser.authorize("idp"))));
  expectFailure(cancelled, "idp", "provider-cancelled");
  expectRedirect(await signIn(browser, person("iris")), "/");
});

test("there is no such provider", async () => {
  for (const id of ["nobody", "IDP", "idp%2F", "github", "x".repeat(33)]) {
    const answer = await world.visitor().get(`/v1/providers/${id}/authorize`);
    expectProblem(answer, "not-found");
    assert.deepEqual(answer.cookies, []);
  }
});
