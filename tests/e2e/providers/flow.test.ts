// GET /v1/providers/{provider}/callback: responses that are not that of this browser's flow, or not one of the provider's at all

import assert from "node:assert/strict";
import { test } from "node:test";
import { type HostileIssuer, json, startHostileIssuers } from "../support/hostile-provider.ts";
import { signInVars } from "../support/openid-provider.ts";
import {
  type Browser,
  FLOW_COOKIE,
  attributesOf,
  authorizePath,
  expectFailure,
  expectNoSession,
  expectRedirect,
  expectUnchanged,
  newBrowser,
  signInAt,
  userIn,
} from "../support/providers.ts";
import { expectProblem } from "../support/problems.ts";
import { KNOWN_KEYS, reseal } from "../support/sealed.ts";
import { openWorld } from "../support/world.ts";

const { a, b, silent } = await startHostileIssuers("a", "b", "silent");
silent.discovery = () => json({ ...silent.metadata(), authorization_response_iss_parameter_supported: false });
const providers = [a.entry("a", ["example.com"]), b.entry("b", ["example.com"]), silent.entry("silent", ["example.com"])];
const world = await openWorld({ vars: { ...signInVars(providers), LINK_KEYS: KNOWN_KEYS } });
await signInAt(newBrowser(world), "a", async (url) => as(a, "known").authorize(url));

/** The issuer, where this person is signed in. */
function as(issuer: HostileIssuer, sub: string): HostileIssuer {
  issuer.person = { sub, email: `${sub}@example.com`, email_verified: true };
  return issuer;
}

/** A flow in a browser of its own up to the callback, whose URL it answers. */
async function started(sub = "known", issuer = a, id = "a"): Promise<{ browser: Browser; callback: URL }> {
  const browser = newBrowser(world);
  return { browser, callback: as(issuer, sub).authorize(await browser.authorize(id)) };
}

/** The URL with other parameters; null takes one away. */
function changed(url: URL, parameters: Record<string, string | null>): URL {
  const copy = new URL(url);
  for (const [name, value] of Object.entries(parameters)) value === null ? copy.searchParams.delete(name) : copy.searchParams.set(name, value);
  return copy;
}

/** Demands that a callback fails, that nothing changes and that no code reaches any token endpoint. */
async function expectStopped(browser: Browser, url: URL | string, id: string, code: string): Promise<void> {
  const exchanges = () => [a, b, silent].map((issuer) => issuer.requests("token").length);
  const before = exchanges();
  expectFailure(await expectUnchanged(world, () => browser.callback(url)), id, code);
  assert.deepEqual(exchanges(), before, "a code was sent to a token endpoint");
  assert.equal(browser.cookie, null);
}

test("the code is exchanged by the server that started the flow: verifier, redirect URI and client secret, nothing of it in a URL", async () => {
  const { browser, callback } = await started();
  expectRedirect(await browser.callback(callback), "/");
  const { method, path, headers, form } = a.requests("token").at(-1)!;
  assert.deepEqual([method, path], ["POST", "/a/token"]);
  assert.match(headers["content-type"] ?? "", /^application\/x-www-form-urlencoded\b/);
  assert.match(headers.accept ?? "", /application\/json/);
  assert.match(headers.authorization ?? "", /^Basic /);
  assert.match(form.get("code_verifier") ?? "", /^[\w-]{43}$/);
  assert.deepEqual([...form.keys()].filter((name) => name !== "client_id").sort(), ["code", "code_verifier", "grant_type", "redirect_uri"]);
  assert.equal(headers.cookie, undefined);
});

test("state: missing, empty, altered or that of another browser; the flow goes on, since the response is not its own", async () => {
  const { browser, callback } = await started();
  const other = await started("mallory");
  const state = callback.searchParams.get("state") ?? "";
  for (const value of [
    null,
    "",
    `${state}A`,
    state.slice(0, -1),
    state.toLowerCase() === state ? "x" : state.toLowerCase(),
    other.callback.searchParams.get("state"),
  ]) {
    await expectStopped(browser, changed(callback, { state: value }), "a", "provider-mismatch");
    assert.ok(browser.flow, "the flow is still there");
  }
  await expectStopped(browser, changed(callback, { code: null, error: "access_denied", state: "forged" }), "a", "provider-mismatch");
  // Nor does a page of another site end it by a response that is none at all.
  expectFailure(await browser.callback(new URL(`${callback.origin}${callback.pathname}?state=a&state=b`)), "a", "provider-mismatch");
  assert.ok(browser.flow, "the flow is still there");
  expectRedirect(await browser.callback(callback), "/");
});

test("a response that is opened in another browser signs nobody in: with no flow, and with a flow of its own", async () => {
  const mallory = await started("mallory");
  const victim = await started("victim");
  await expectStopped(newBrowser(world), mallory.callback, "a", "provider-not-started");
  await expectStopped(victim.browser, mallory.callback, "a", "provider-mismatch");
  const signedIn = Object.assign(newBrowser(world), { cookie: await cookieOf("signed.in") });
  const { cookie } = signedIn;
  expectFailure(await expectUnchanged(world, () => signedIn.callback(mallory.callback)), "a", "provider-not-started");
  assert.equal(signedIn.cookie, cookie, "the session of before is untouched");
  assert.equal((await userIn(signedIn)).email, "signed.in@example.com");
});

async function cookieOf(sub: string): Promise<string | null> {
  const { browser, callback } = await started(sub);
  expectRedirect(await browser.callback(callback), "/");
  return browser.cookie;
}

test("the code of another flow does not fit the verifier of this one", async () => {
  const mallory = await started("mallory");
  const victim = await started("victim");
  const injected = changed(victim.callback, { code: mallory.callback.searchParams.get("code") });
  // Refused by the provider for the verifier, before the nonce is looked at.
  expectFailure(await expectUnchanged(world, () => victim.browser.callback(injected)), "a", "provider-refused");
});

test("mix-up: a response at the callback of another provider, or that names another issuer", async () => {
  const { browser, callback } = await started();
  const atB = new URL(callback.href.replace("/providers/a/", "/providers/b/"));
  await expectStopped(browser, atB, "b", "provider-mismatch");
  await expectStopped(browser, changed(atB, { iss: b.issuer }), "b", "provider-mismatch");
  assert.ok(browser.flow, "the flow at the other provider goes on");
  expectRedirect(await browser.callback(callback), "/");
  for (const iss of [b.issuer, null, "", `${a.issuer}/`, a.issuer.toUpperCase(), "https://evil.example"]) {
    const { browser, callback } = await started();
    await expectStopped(browser, changed(callback, { iss }), "a", "provider-mismatch");
    await expectStopped(newBrowser(world), changed(callback, { iss }), "a", "provider-not-started");
  }
});

test("a provider that does not promise `iss` may leave it out, and is believed no other one", async () => {
  const first = await started("known", silent, "silent");
  expectRedirect(await first.browser.callback(changed(first.callback, { iss: null })), "/link");
  const second = await started("known", silent, "silent");
  await expectStopped(second.browser, changed(second.callback, { iss: a.issuer }), "silent", "provider-mismatch");
});

test("a flow works once: its cookie is cleared, and with the cookie of before the code is used up", async () => {
  const { browser, callback } = await started();
  const { flow } = browser;
  const answer = await browser.callback(callback);
  expectRedirect(answer, "/");
  assert.ok(attributesOf(answer, FLOW_COOKIE).includes("max-age=0"), answer.cookies.join());
  const later = newBrowser(world);
  await expectStopped(later, callback, "a", "provider-not-started");
  expectFailure(await expectUnchanged(world, () => Object.assign(later, { flow }).callback(callback)), "a", "provider-refused");
});

test("one callback several times at once signs in at most once", async () => {
  const { browser, callback } = await started("hasty");
  const sessions = await world.count("session");
  const answers = await Promise.all(Array.from({ length: 4 }, () => Object.assign(newBrowser(world), { flow: browser.flow }).callback(callback)));
  assert.equal(answers.filter(({ headers }) => headers.location?.endsWith("/")).length, 1, answers.map(({ headers }) => headers.location).join());
  assert.equal(await world.count("session"), sessions + 1);
});

test("a cookie that is altered, cut off, of another purpose or not one at all starts nothing", async () => {
  const { browser, callback } = await started();
  const text = browser.flow ?? "";
  const dot = text.indexOf(".");
  const flipped = (index: number) => text.slice(0, index) + (text[index] === "A" ? "B" : "A") + text.slice(index + 1);
  const altered = [0, dot + 1, dot + 30, Math.floor(text.length / 2), text.length - 20, text.length - 5].map(flipped);
  const cookie = await cookieOf("session.cookie");
  for (const flow of [...altered, text.slice(0, -1), text.slice(0, dot + 1), text.slice(dot + 1), `${text}A`, "", "null", "{}", "x".repeat(3000), cookie])
    await expectStopped(Object.assign(newBrowser(world), { flow }), callback, "a", "provider-not-started");
  // A second cookie of that name, as a neighbouring host might set one for the domain.
  const twice = `${FLOW_COOKIE}=${text}; ${FLOW_COOKIE}=${flipped(dot + 30)}`;
  const answer = await newBrowser(world).get(callback.pathname + callback.search, { headers: { cookie: twice } });
  expectFailure(answer, "a", "provider-not-started");
});

test("a flow ends after ten minutes", async () => {
  const { browser, callback } = await started();
  const earlier = (milliseconds: number) => reseal("sign-in-flow", browser.flow ?? "", (payload) => (payload.x -= milliseconds));
  const over = earlier(600_001);
  await expectStopped(Object.assign(newBrowser(world), { flow: over }), callback, "a", "provider-expired");
  expectRedirect(await Object.assign(newBrowser(world), { flow: earlier(580_000) }).callback(callback), "/");
});

for (const [error, code] of [
  ["access_denied", "provider-cancelled"],
  ["temporarily_unavailable", "provider-unavailable"],
  ["server_error", "provider-unavailable"],
  ["invalid_scope", "provider-refused"],
  ["consent_required", "provider-refused"],
  ["login_required", "provider-refused"],
  ["<script>alert(1)</script>", "provider-refused"],
  ["provider-cancelled&provider=b", "provider-refused"],
  ["x".repeat(2000), "provider-refused"],
] as const) {
  test(`the provider says ${error.slice(0, 40)}`, async () => {
    const { browser, callback } = await started();
    await expectStopped(browser, changed(callback, { code: null, error, error_description: "<b>anything</b>", error_uri: "https://evil.example" }), "a", code);
  });
}

test("a response with neither a code nor an error, with both, or with parameters twice, is none", async () => {
  const twice = (url: URL, name: string, value: string) => new URL(`${url}&${name}=${encodeURIComponent(value)}`);
  const cases: [code: string, change: (url: URL) => URL][] = [
    ["provider-invalid", (url) => changed(url, { code: null })],
    ["provider-invalid", (url) => changed(url, { code: "" })],
    ["provider-invalid", (url) => changed(url, { error: "access_denied" })],
    ["provider-invalid", (url) => changed(url, { code: "x".repeat(4097) })],
    ["provider-invalid", (url) => changed(url, { code: "a\nb" })],
    ["provider-invalid", (url) => changed(url, { code: "é" })],
    ["provider-mismatch", (url) => twice(url, "code", "another")],
    ["provider-mismatch", (url) => twice(url, "state", url.searchParams.get("state") ?? "")],
    ["provider-mismatch", (url) => twice(url, "iss", a.issuer)],
    ["provider-invalid", (url) => twice(url, "error", "access_denied")],
    ["provider-mismatch", (url) => new URL(`${url.origin}${url.pathname}`)],
  ];
  for (const [code, change] of cases) {
    const { browser, callback } = await started();
    await expectStopped(browser, change(callback), "a", code);
  }
  // A part that is no pair of a query.
  const { browser, callback } = await started();
  const odd = await browser.get(`${callback.pathname}${callback.search}&%zz=%e0%a4`);
  console.log("XX", odd.status, odd.headers.location, odd.body?.code);
});

test("a parameter that nobody asked for is ignored; a code may have 4,096 characters", async () => {
  const { browser, callback } = await started();
  expectRedirect(await browser.callback(changed(callback, { session_state: "x", scope: "openid", return_to: "//evil.example" })), "/");
  const long = await started();
  const answer = await long.browser.callback(changed(long.callback, { code: "x".repeat(4096) }));
  expectFailure(answer, "a", "provider-refused");
});

test("both routes answer to GET alone", async () => {
  const { browser, callback } = await started();
  await expectUnchanged(world, async () => {
    for (const path of [authorizePath("a"), callback.pathname + callback.search]) {
      for (const method of ["POST", "PUT", "DELETE"]) {
        const answer = await browser.ask(method, path);
        expectNoSession(answer);
        expectProblem(answer, "method-not-allowed");
      }
    }
  });
});

test("the callback of a provider that does not exist sends nothing anywhere", async () => {
  const { browser, callback } = await started();
  await expectUnchanged(world, async () => {
    const answer = await browser.get(`/v1/providers/nobody/callback${callback.search}`);
    expectNoSession(answer);
    expectProblem(answer, "not-found");
  });
});
