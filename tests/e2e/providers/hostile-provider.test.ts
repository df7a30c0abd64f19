// Providers that are gone, slow, redirecting, endless or talk nonsense, at discovery and at the token endpoint

import assert from "node:assert/strict";
import { test } from "node:test";
import { type HostileIssuer, type Reply, goneIssuer, html, huge, json, redirect, sign, startHostileIssuers } from "../support/hostile-provider.ts";
import { signInVars } from "../support/openid-provider.ts";
import { type Browser, authorizePath, expectFailure, expectRedirect, expectUnchanged, newBrowser, signInAt } from "../support/providers.ts";
import { eventually, openWorld } from "../support/world.ts";

/** Longest wait for a response of the Worker in milliseconds, whatever the provider does. */
const PATIENCE = 20_000;
const MEGABYTES = 8 * 1024 * 1024;

const elsewhere = (issuer: HostileIssuer, name: string, value: unknown): Reply => json({ ...issuer.metadata(), [name]: value });

/** What the discovery document of an issuer is instead; each has an issuer of its own, since a good one may be kept. */
const DISCOVERY: Record<string, (issuer: HostileIssuer) => Reply> = {
  "not-found": () => ({ status: 404 }),
  error: () => json({}, { status: 500 }),
  busy: () => json({}, { status: 429, headers: { "retry-after": "1" } }),
  html: () => html(),
  empty: () => ({ status: 200, body: "" }),
  "no-json": (issuer) => ({ status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(issuer.metadata()).slice(0, -1) }),
  list: (issuer) => json([issuer.metadata()]),
  deep: () => ({ status: 200, headers: { "content-type": "application/json" }, body: "[".repeat(60_000) }),
  huge: (issuer) => huge(MEGABYTES, issuer.metadata()),
  redirects: (issuer) => redirect(`${issuer.issuer.replace(/[^/]+$/, "good")}/.well-known/openid-configuration`),
  loops: (issuer) => redirect(`${issuer.issuer}/.well-known/openid-configuration`, 307),
  hangs: () => "hang",
  cut: () => "cut",
  "other-issuer": (issuer) => elsewhere(issuer, "issuer", "https://accounts.google.com"),
  "no-issuer": (issuer) => elsewhere(issuer, "issuer", undefined),
  "plain-http": (issuer) => elsewhere(issuer, "token_endpoint", "http://evil.example/token"),
  "internal-host": (issuer) => elsewhere(issuer, "token_endpoint", "https://10.0.0.1/token"),
  script: (issuer) => elsewhere(issuer, "authorization_endpoint", "javascript:alert(1)"),
  "no-pkce": (issuer) => elsewhere(issuer, "code_challenge_methods_supported", ["plain"]),
  implicit: (issuer) => elsewhere(issuer, "response_types_supported", ["id_token"]),
};

const names = Object.keys(DISCOVERY);
const issuers: Record<string, HostileIssuer> = await startHostileIssuers("good", "other", ...names);
const gone = await goneIssuer();
const { good, other } = issuers;
for (const name of names) issuers[name].discovery = () => DISCOVERY[name](issuers[name]);
const providers = [good.entry("good", ["example.com"]), other.entry("other"), gone.entry("gone"), ...names.map((name) => issuers[name].entry(name))];
const world = await openWorld({ vars: signInVars(providers) });
good.person = { sub: "ann", email: "ann@example.com", email_verified: true };

test("where discovery does not work, the sign-in page says so and no flow starts", { timeout: 2 * PATIENCE }, async () => {
  await expectUnchanged(world, () =>
    Promise.all(
      ["gone", ...names].map(async (name) => {
        const browser = newBrowser(world);
        const started = Date.now();
        const answer = await browser.get(authorizePath(name, { return_to: "/team" }));
        assert.ok(Date.now() - started < PATIENCE, `${name} took ${Date.now() - started} ms`);
        expectFailure(answer, name, "provider-unavailable");
        assert.equal(browser.flow, null, name);
      }),
    ),
  );
});

test("while others are away, one that works does", async () => {
  expectRedirect(await signInAt(newBrowser(world), "good", async (url) => good.authorize(url)), "/");
});

const tokens = async (members: object): Promise<Reply> =>
  json({ access_token: "a", token_type: "Bearer", id_token: await sign(good.key, { sub: "ann" }), ...members });

/** What the token endpoint answers instead, and how the sign-in then ends. */
const TOKEN: Record<string, [code: string, reply: () => Reply | Promise<Reply>]> = {
  invalid_grant: ["refused", () => json({ error: "invalid_grant", error_description: "<b>any</b>" }, { status: 400 })],
  invalid_client: ["unavailable", () => json({ error: "invalid_client" }, { status: 401 })],
  "an error of the server": ["unavailable", () => json({ error: "server_error" }, { status: 500 })],
  "maintenance in HTML": ["unavailable", () => html(503)],
  "HTML as if all were well": ["invalid", () => html()],
  "an error with status 200": ["refused", () => json({ error: "invalid_grant" })],
  "an empty body": ["invalid", () => ({ status: 200, body: "" })],
  "no JSON": ["invalid", () => ({ status: 200, headers: { "content-type": "application/json" }, body: '{"access_token":' })],
  "a list": ["invalid", () => json([])],
  null: ["invalid", () => json(null)],
  "no ID token": ["invalid", () => tokens({ id_token: undefined })],
  "an ID token of other claims": ["invalid", () => tokens({})],
  megabytes: ["unavailable", () => huge(MEGABYTES)],
  "no content": ["invalid", () => ({ status: 204 })],
  "a redirect": ["invalid", () => redirect(`${other.issuer}/token`)],
  "a redirect that repeats the request": ["invalid", () => redirect(`${other.issuer}/token`, 307)],
  "a connection cut off": ["unavailable", () => "cut"],
  "nothing, ever": ["unavailable", () => "hang"],
};

test("what a token endpoint may answer instead of tokens signs nobody in, and the code goes nowhere else", { timeout: 2 * PATIENCE }, async () => {
  const flows: { name: string; browser: Browser; callback: URL }[] = [];
  for (const name of Object.keys(TOKEN)) {
    const browser = newBrowser(world);
    flows.push({ name, browser, callback: good.authorize(await browser.authorize("good")) });
  }
  const replies = new Map(flows.map(({ name, callback }) => [callback.searchParams.get("code"), TOKEN[name][1]]));
  good.token = ({ form }) => replies.get(form.get("code"))?.() ?? json({ error: "invalid_grant" }, { status: 400 });
  await expectUnchanged(world, () =>
    Promise.all(
      flows.map(async ({ name, browser, callback }) => {
        const started = Date.now();
        const answer = await browser.callback(callback);
        assert.ok(Date.now() - started < PATIENCE, `${name} took ${Date.now() - started} ms`);
        expectFailure(answer, "good", `provider-${TOKEN[name][0]}`, name);
        assert.equal(browser.cookie, null, name);
      }),
    ),
  );
  assert.deepEqual(other.requests("token"), [], "a code went to another server");
  for (const { callback } of flows) assert.equal(good.requests("token").filter(({ form }) => form.get("code") === callback.searchParams.get("code")).length, 1);
});

test("after all of it the provider works again", async () => {
  good.token = (seen) => good.exchange(seen);
  expectRedirect(await signInAt(newBrowser(world), "good", async (url) => good.authorize(url)), "/");
});

test("nothing of a provider's word or of the client secret is in the log", async () => {
  await eventually(async () =>
    assert.ok(
      world.running.log.some((line) => line.includes("a sign-in at a provider came to nothing")),
      "nothing was logged",
    ),
  );
  for (const line of world.running.log) assert.doesNotMatch(line, /the secret of the client|<b>any<\/b>|code_verifier/, line);
});
