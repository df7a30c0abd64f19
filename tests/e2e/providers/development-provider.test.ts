// scripts/openid-provider: the OpenID provider that `npm start` runs, as a process of its own

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import path from "node:path";
import { after, test } from "node:test";
import { createLocalJWKSet, decodeJwt, jwtVerify } from "jose";
import { freePort } from "../support/free-port.ts";
import { ROOT } from "../support/worker.ts";
import { eventually } from "../support/world.ts";

const ORIGIN = "http://localhost:8787";
const CALLBACK = `${ORIGIN}/v1/providers/local/callback`;
const CLIENT = "rolecall-development";
const SECRET = randomBytes(32).toString("base64url");
const children: ChildProcess[] = [];
after(() => children.forEach((child) => child.kill("SIGKILL")));

/** Starts the process; answers its issuer once it responds. */
async function start(): Promise<{ child: ChildProcess; issuer: string; metadata: any; printed: () => string }> {
  const port = await freePort();
  const variables = { PROVIDER_PORT: String(port), PROVIDER_ORIGIN: ORIGIN, PROVIDER_DOMAINS: "example.com,example.org", PROVIDER_LOCAL_SECRET: SECRET };
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined, ...variables };
  const child = spawn(process.execPath, [path.join(ROOT, "scripts/openid-provider/main.ts")], { env, stdio: ["pipe", "pipe", "pipe"] });
  children.push(child);
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (chunk) => (text += chunk));
  const issuer = `http://127.0.0.1:${port}`;
  let metadata: any;
  await eventually(async () => {
    metadata = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
  }, 15_000);
  return { child, issuer, metadata, printed: () => text };
}

const { child, issuer, metadata, printed } = await start();

/** A browser in front of the login page of a new authorization request. */
async function loginPage(of = metadata, more: Record<string, string> = {}, cookies = new Map<string, string>()) {
  const verifier = randomBytes(32).toString("base64url");
  const code_challenge = createHash("sha256").update(verifier).digest("base64url");
  const request = { response_type: "code", client_id: CLIENT, redirect_uri: CALLBACK, scope: "openid email profile", state: "s", nonce: "n" };
  const query = new URLSearchParams({ ...request, code_challenge, code_challenge_method: "S256", ...more });
  const sent = { headers: { cookie: [...cookies.values()].join("; ") }, redirect: "manual" } as const;
  const first = await fetch(`${of.authorization_endpoint}?${query}`, sent);
  const keep = (response: Response) => response.headers.getSetCookie().forEach((line) => cookies.set(line.split("=")[0], line.split(";")[0]));
  keep(first);
  const url = new URL(first.headers.get("location") ?? "", of.issuer).href;
  const send = async (target: string, form?: Record<string, string>): Promise<Response> => {
    const init = { method: form ? "POST" : "GET", body: form && new URLSearchParams(form), headers: { cookie: [...cookies.values()].join("; ") } };
    const response = await fetch(target, { ...init, redirect: "manual" });
    keep(response);
    const location = response.headers.get("location");
    const next = location === null ? undefined : new URL(location, target).href;
    return next?.startsWith(of.issuer) ? send(next) : response;
  };
  return { verifier, page: () => send(url), submit: (form: Record<string, string>) => send(url, form) };
}

async function tokensOf(callback: string, verifier: string, of = metadata): Promise<any> {
  const code = new URL(callback).searchParams.get("code") ?? "";
  const form = { grant_type: "authorization_code", code, redirect_uri: CALLBACK, code_verifier: verifier };
  const authorization = `Basic ${Buffer.from(`${CLIENT}:${SECRET}`).toString("base64")}`;
  return (await fetch(of.token_endpoint, { method: "POST", headers: { authorization }, body: new URLSearchParams(form) })).json();
}

async function claimsOf(email: string, name: string, of = metadata): Promise<any> {
  const { verifier, submit } = await loginPage(of);
  const location = (await submit({ email, name, action: "sign-in" })).headers.get("location") ?? "";
  assert.ok(location.startsWith(`${CALLBACK}?`), location);
  const { id_token } = await tokensOf(location, verifier, of);
  const keys = createLocalJWKSet((await (await fetch(of.jwks_uri)).json()) as never);
  return (await jwtVerify(id_token, keys, { issuer: of.issuer, audience: CLIENT })).payload;
}

test("it demands PKCE, names its issuer in responses, and says nothing on its own", async () => {
  assert.deepEqual([metadata.issuer, metadata.authorization_response_iss_parameter_supported], [issuer, true]);
  assert.deepEqual(metadata.code_challenge_methods_supported, ["S256"]);
  const without = new URLSearchParams({ response_type: "code", client_id: CLIENT, redirect_uri: CALLBACK, scope: "openid", state: "s" });
  const refused = await fetch(`${metadata.authorization_endpoint}?${without}`, { redirect: "manual" });
  const { searchParams } = new URL(refused.headers.get("location") ?? "");
  assert.deepEqual([searchParams.get("error"), searchParams.get("iss")], ["invalid_request", issuer]);
  assert.equal(printed(), "");
});

test("the page says what it is for, and asks for an address", async () => {
  const { page, submit } = await loginPage();
  const shown = await page();
  const text = await shown.text();
  assert.equal(shown.status, 200);
  for (const words of ["Sign in as", "for development", ORIGIN, "example.com, example.org"]) assert.ok(text.includes(words), `no "${words}" in ${text}`);
  assert.match(shown.headers.get("content-security-policy") ?? "", /default-src 'none'/);
  for (const email of ["", "ann", "a b@example.com", `${"x".repeat(300)}@example.com`]) {
    const again = await submit({ email, name: "", action: "sign-in" });
    assert.equal(again.status, 422, email);
    assert.match(await again.text(), /Enter an email address/);
  }
});

test("an address is one subject, also after a restart and in capitals; the name is as told", async () => {
  const ann = await claimsOf("ann@example.com", "Ann Lee");
  assert.deepEqual([ann.email, ann.email_verified, ann.name, ann.nonce], ["ann@example.com", true, "Ann Lee", "n"]);
  const ben = await claimsOf("ben@example.com", "");
  assert.notEqual(ben.sub, ann.sub);
  assert.equal("name" in ben, false);
  assert.equal((await claimsOf("ANN@example.com", "Ann")).sub, ann.sub);
  const other = await start();
  assert.equal((await claimsOf("ann@example.com", "", other.metadata)).sub, ann.sub);
  other.child.kill("SIGTERM");
});

test("Cancel sends access_denied back", async () => {
  const { submit } = await loginPage();
  const { searchParams } = new URL((await submit({ email: "", action: "cancel" })).headers.get("location") ?? "");
  assert.deepEqual([searchParams.get("error"), searchParams.get("state"), searchParams.get("iss")], ["access_denied", "s", issuer]);
});

test("it sends nobody to another address, and gives no tokens without the verifier", async () => {
  const elsewhere = await fetch(
    `${metadata.authorization_endpoint}?${new URLSearchParams({ response_type: "code", client_id: CLIENT, redirect_uri: "https://evil.example/", scope: "openid" })}`,
    { redirect: "manual" },
  );
  assert.equal(elsewhere.status, 400);
  assert.equal(elsewhere.headers.get("location"), null);
  const { submit } = await loginPage();
  const location = (await submit({ email: "ann@example.com", action: "sign-in" })).headers.get("location") ?? "";
  assert.equal((await tokensOf(location, "x".repeat(43))).error, "invalid_grant");
});

test("it ends with its standard input, that is with the process that started it", async () => {
  const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
  child.stdin?.end();
  assert.equal(await ended, 0);
});

test("one browser signs in as one person after the other", async () => {
  const { metadata: of } = await start();
  const cookies = new Map<string, string>();
  for (const email of ["first@example.com", "second@example.com", "first@example.com"]) {
    const { verifier, page, submit } = await loginPage(of, {}, cookies);
    assert.equal((await page()).status, 200);
    const location = (await submit({ email, name: "", action: "sign-in" })).headers.get("location") ?? "";
    assert.equal(decodeJwt((await tokensOf(location, verifier, of)).id_token).email, email);
  }
});
