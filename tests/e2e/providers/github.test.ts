// Sign-in at GitHub: OAuth 2.0 without ID tokens, the addresses of the API, errors with status 200

import assert from "node:assert/strict";
import { test } from "node:test";
import { type GithubUser, address, startGithub } from "../support/github.ts";
import { signInVars } from "../support/openid-provider.ts";
import { expectStatus } from "../support/problems.ts";
import {
  LINK,
  type Browser,
  expectFailure,
  expectNoSession,
  expectRedirect,
  expectUnchanged,
  kindsIn,
  newBrowser,
  signInAt,
  userIn,
} from "../support/providers.ts";
import { openWorld } from "../support/world.ts";

const github = await startGithub();
const world = await openWorld({ vars: { ...signInVars([github.entry("github")]), GITHUB_ORIGIN: github.origin } });
let nextId = 1000;

const octocat = (more: Partial<GithubUser> = {}): GithubUser => ({
  id: nextId++,
  login: "octocat",
  name: "Mona Lisa Octocat",
  emails: [address("octocat@example.com")],
  ...more,
});

function signIn(browser: Browser, user: GithubUser, query?: Record<string, string>) {
  github.user = user;
  return signInAt(browser, "github", (url) => github.signIn(url), query);
}

test("the requests are those that GitHub's documentation asks for", async () => {
  const browser = newBrowser(world);
  const request = new URL(await browser.authorize("github"));
  assert.equal(request.origin + request.pathname, `${github.origin}/login/oauth/authorize`);
  assert.deepEqual([...request.searchParams.keys()].sort(), [
    "client_id",
    "code_challenge",
    "code_challenge_method",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
  ]);
  assert.equal(request.searchParams.get("scope"), "user:email");
  github.seen.length = 0;
  github.user = octocat({ emails: [address("requests@example.com")] });
  expectRedirect(await browser.callback(await github.signIn(request.href)), "/");
  const [, token, ...api] = github.seen;
  assert.equal(token.url.pathname, "/login/oauth/access_token");
  assert.match(token.headers.accept ?? "", /^application\/json/);
  assert.match(token.form.get("code_verifier") ?? "", /^[\w-]{43}$/);
  assert.equal(token.url.search, "", "no secret is in a URL");
  assert.deepEqual(api.map(({ url }) => url.pathname).sort(), ["/user", "/user/emails"]);
  for (const { headers } of api) {
    assert.ok(headers["user-agent"]);
    assert.match(headers.authorization ?? "", /^Bearer gho_/);
  }
});

test("the primary verified address of nobody makes a user, whose subject is the number of the account and not its login", async () => {
  const user = octocat({ emails: [address("old@example.com", { primary: false }), address("mona@example.com")] });
  const browser = newBrowser(world);
  expectRedirect(await signIn(browser, user, { return_to: "/team" }), "/team");
  const mona = await userIn(browser);
  assert.deepEqual([mona.email, mona.name], ["mona@example.com", "Mona Lisa Octocat"]);
  assert.deepEqual(await kindsIn(browser), ["email", "provider"]);
  assert.deepEqual(
    (await world.rows("SELECT subject FROM identity WHERE user = ? AND kind = 'provider'", mona.id)).map(({ subject }) => subject),
    [String(user.id)],
  );
  // The login is free for another person once its owner has changed it.
  const renamed = newBrowser(world);
  expectRedirect(await signIn(renamed, { ...user, login: "mona", name: null, emails: [address("new@example.com")] }), "/");
  assert.equal((await userIn(renamed)).id, mona.id);
  const other = newBrowser(world);
  expectRedirect(await signIn(other, octocat({ emails: [address("another@example.com")] })), "/");
  assert.notEqual((await userIn(other)).id, mona.id);
});

test("a person without a name has one anyway", async () => {
  const browser = newBrowser(world);
  expectRedirect(await signIn(browser, octocat({ name: null, emails: [address("nameless@example.com")] })), "/");
  assert.ok((await userIn(browser)).name.length > 0);
});

test("the address of somebody asks for a proof", async () => {
  const ann = await world.signUp("ann@example.com");
  const browser = newBrowser(world);
  expectRedirect(await expectUnchanged(world, () => signIn(browser, octocat({ emails: [address(ann.email)] }))), "/link");
  const about = expectStatus(await browser.get(LINK), 200).body;
  assert.deepEqual([about.provider, about.title, about.email, about.email_proven], ["github", "GitHub", ann.email, true]);
});

for (const [name, emails] of [
  ["an unverified primary address", [address("v@example.com", { verified: false })]],
  ["a verified address that is not the primary one", [address("v@example.com", { verified: false }), address("w@example.com", { primary: false })]],
  ["a private no-reply address", [address("583231+octocat@users.noreply.github.com")]],
  ["no address", []],
  ["two primary addresses", [address("v@example.com"), address("w@example.com")]],
  ["an address that is none", [address("octocat")]],
] as const) {
  test(`${name} proves no mailbox`, async () => {
    const browser = newBrowser(world);
    const answer = await expectUnchanged(world, () => signIn(browser, octocat({ emails: [...emails] })));
    expectNoSession(answer);
    expectRedirect(answer, "/link");
    assert.equal(expectStatus(await browser.get(LINK), 200).body.email_proven, false);
  });
}

const ok = (value: unknown) => ({ status: 200, headers: { "content-type": "application/json; charset=utf-8" }, body: JSON.stringify(value) });
const error = (code: string) => ok({ error: code, error_description: "The description.", error_uri: "https://docs.github.com/apps" });
const apiError = (status: number, message: string) => ({ ...ok({ message, documentation_url: "https://docs.github.com/rest", status: `${status}` }), status });
const page = { status: 502, headers: { "content-type": "text/html; charset=utf-8" }, body: "<title>Unicorn! &middot; GitHub</title>" };
const TOKEN = "/login/oauth/access_token";

for (const [name, code, path, answer] of [
  ["bad_verification_code", "refused", TOKEN, error("bad_verification_code")],
  ["incorrect_client_credentials", "unavailable", TOKEN, error("incorrect_client_credentials")],
  ["redirect_uri_mismatch", "unavailable", TOKEN, error("redirect_uri_mismatch")],
  ["unverified_user_email", "invalid", TOKEN, error("unverified_user_email")],
  ["an error and a token", "refused", TOKEN, ok({ error: "bad_verification_code", access_token: "gho_x", token_type: "bearer", scope: "user:email" })],
  ["no token", "invalid", TOKEN, ok({ token_type: "bearer", scope: "user:email" })],
  ["a token that is no text", "invalid", TOKEN, ok({ access_token: 1, token_type: "bearer", scope: "" })],
  ["a token with a line break", "unavailable", TOKEN, ok({ access_token: "gho_x\r\nx-evil: 1", token_type: "bearer", scope: "" })],
  ["a form in place of JSON", "invalid", TOKEN, { status: 200, body: "access_token=gho_x&scope=user%3Aemail&token_type=bearer" }],
  ["a page of the load balancer", "unavailable", TOKEN, page],
  ["a token that the API does not know", "invalid", TOKEN, ok({ access_token: "gho_x", token_type: "bearer", scope: "user:email" })],
  ["the API's bad credentials", "invalid", "/user", apiError(401, "Bad credentials")],
  ["the API's rate limit", "invalid", "/user", apiError(403, "API rate limit exceeded for user ID 1.")],
  ["the API's page of the load balancer", "unavailable", "/user", page],
  ["no id", "invalid", "/user", ok({ login: "octocat", name: null, email: null })],
  ["an id that is a text", "invalid", "/user", ok({ id: "1000", login: "octocat" })],
  ["an id of zero", "invalid", "/user", ok({ id: 0, login: "octocat" })],
  ["a fraction for an id", "invalid", "/user", ok({ id: 1000.5, login: "octocat" })],
  ["an id beyond what numbers are", "invalid", "/user", { ...ok({}), body: '{"id":1e400,"login":"octocat"}' }],
  ["a list for a user", "invalid", "/user", ok([{ id: 1000, login: "octocat" }])],
  ["megabytes for a user", "unavailable", "/user", ok({ id: 1000, login: "octocat", bio: "x".repeat(8 * 1024 * 1024) })],
  ["the API's error at the addresses", "unavailable", "/user/emails", apiError(500, "Server Error")],
] as const) {
  test(`nobody is signed in by ${name}: ${code}`, async () => {
    const browser = newBrowser(world);
    github.overrides.set(path, () => answer);
    const response = await expectUnchanged(world, () => signIn(browser, octocat({ emails: [address("nobody@example.com")] })));
    github.overrides.clear();
    expectFailure(response, "github", `provider-${code}`);
  });
}

test("a person who does not let their addresses be read is no new user", async () => {
  const browser = newBrowser(world);
  github.overrides.set("/user/emails", () => apiError(404, "Not Found"));
  const answer = await expectUnchanged(world, () => signIn(browser, octocat()));
  github.overrides.clear();
  expectNoSession(answer);
  assert.match(answer.headers.location ?? "", /\/link$|\/sign-in\?error=provider-/);
});

test("an issuer in the response is GitHub's, or there is none", async () => {
  github.iss = null;
  expectRedirect(await signIn(newBrowser(world), octocat({ emails: [address("no.iss@example.com")] })), "/");
  github.iss = "https://evil.example";
  expectFailure(await expectUnchanged(world, () => signIn(newBrowser(world), octocat())), "github", "provider-mismatch");
  github.iss = "https://github.com/login/oauth";
});

test("who says no at GitHub is back at the sign-in page", async () => {
  const browser = newBrowser(world);
  const request = new URL(await browser.authorize("github"));
  const callback = new URL(request.searchParams.get("redirect_uri") ?? "");
  callback.search = new URLSearchParams({
    error: "access_denied",
    error_description: "The user has denied your application access.",
    error_uri: "https://docs.github.com/apps/troubleshooting-authorization-request-errors/#access-denied",
    state: request.searchParams.get("state") ?? "",
  }).toString();
  expectFailure(await expectUnchanged(world, () => browser.callback(callback)), "github", "provider-cancelled");
});
