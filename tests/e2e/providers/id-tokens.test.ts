// ID tokens that a provider must not give, OpenID Connect Core section 3.1.3.7: each is refused, and nothing changes

import assert from "node:assert/strict";
import { createSecretKey } from "node:crypto";
import { test } from "node:test";
import { SignJWT } from "jose";
import { newKey, secondsNow, sign, startHostileIssuers, unsigned } from "../support/hostile-provider.ts";
import { CLIENT_SECRET, signInVars } from "../support/openid-provider.ts";
import { expectFailure, expectRedirect, expectUnchanged, newBrowser, signInAt, userIn } from "../support/providers.ts";
import { openWorld } from "../support/world.ts";

const { idp } = await startHostileIssuers("idp");
const world = await openWorld({ vars: signInVars([idp.entry("idp", ["example.com"])]) });
const rs512 = await newKey("rsa", "RS512");
const person = { sub: "ann", email: "ann@example.com", email_verified: true, name: "Ann" };

type Claims = Record<string, any>;

/** Signs in with this ID token in place of the usual one. */
async function signIn(idToken: (claims: Claims) => string | Promise<string>, subject: Claims = person) {
  const browser = newBrowser(world);
  idp.person = subject;
  idp.idToken = idToken;
  return { browser, answer: await signInAt(browser, "idp", async (url) => idp.authorize(url)) };
}
const signed = (more: (claims: Claims) => Claims) => (claims: Claims) => sign(idp.key, { ...claims, ...more(claims) });
const header = (more: object) => (claims: Claims) => sign(idp.key, claims, more);
const without = (name: string) => (claims: Claims) => sign(idp.key, { ...claims, [name]: undefined });
const encode = (text: string) => Buffer.from(text).toString("base64url");
/** The token with another payload text. The signature does not count: TLS to the token endpoint stands for it. */
const payload = (text: (json: string) => string) => (claims: Claims) => `${encode('{"alg":"ES256"}')}.${encode(text(JSON.stringify(claims)))}.AAAA`;

const HOSTILE: Record<string, (claims: Claims) => string | Promise<string>> = {
  "alg none": (claims) => unsigned(claims),
  "alg NONE": (claims) => unsigned(claims, { alg: "NONE" }),
  "no alg": (claims) => unsigned(claims, {}),
  "alg none with a signature": (claims) => unsigned(claims, { alg: "none" }, "AAAA"),
  "HS256 with the client secret": (claims) => new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(createSecretKey(Buffer.from(CLIENT_SECRET))),
  "iss of another issuer": signed(() => ({ iss: "https://accounts.google.com" })),
  "iss with a slash more": signed(({ iss }) => ({ iss: `${iss}/` })),
  "no iss": without("iss"),
  "iss as a list": signed(({ iss }) => ({ iss: [iss] })),
  "aud of another client": signed(() => ({ aud: "another-client" })),
  "aud in another case": signed(({ aud }) => ({ aud: aud.toUpperCase() })),
  "no aud": without("aud"),
  "aud without anybody": signed(() => ({ aud: [] })),
  "aud of several without azp": signed(({ aud }) => ({ aud: [aud, "another-client"] })),
  "aud of several with the azp of another": signed(({ aud }) => ({ aud: [aud, "another-client"], azp: "another-client" })),
  "azp of another": signed(() => ({ azp: "another-client" })),
  "azp that is no text": signed(({ aud }) => ({ azp: [aud] })),
  "nonce of another flow": signed(() => ({ nonce: "AAECAwQFBgcICQoLDA0ODw" })),
  "no nonce": without("nonce"),
  "empty nonce": signed(() => ({ nonce: "" })),
  "nonce as a list": signed(({ nonce }) => ({ nonce: [nonce] })),
  "exp in the past": signed(() => ({ iat: secondsNow() - 600, exp: secondsNow() - 300 })),
  "no exp": without("exp"),
  "exp as a text": signed(({ exp }) => ({ exp: String(exp) })),
  "exp beyond what numbers are": payload((json) => json.replace(/"exp":\d+/, '"exp":1e400')),
  "exp before iat": signed(({ iat }) => ({ exp: iat - 1 })),
  "iat in the future": signed(() => ({ iat: secondsNow() + 300, exp: secondsNow() + 600 })),
  "no iat": without("iat"),
  "nbf in the future": signed(() => ({ nbf: secondsNow() + 300 })),
  "no sub": without("sub"),
  "empty sub": signed(() => ({ sub: "" })),
  "sub of 256 bytes": signed(() => ({ sub: "x".repeat(256) })),
  "sub as a number": signed(() => ({ sub: 1 })),
  "sub with a control character": signed(() => ({ sub: "ann\u0000" })),
  "sub twice": payload((json) => json.replace(/^\{/, '{"sub":"victim",')),
  "aud twice": payload((json) => json.replace(/^\{/, '{"aud":"another-client",')),
  "typ of an access token": header({ typ: "at+jwt" }),
  "typ of a logout token": header({ typ: "logout+jwt" }),
  "crit that nobody knows": (claims) => unsigned(claims, { alg: "ES256", crit: ["x"], x: 1 }, "AAAA"),
  "b64 false": (claims) => unsigned(claims, { alg: "ES256", b64: false }, "AAAA"),
  "more than 16 KiB": signed(() => ({ padding: "x".repeat(16 * 1024) })),
  "a list in place of claims": payload((json) => `[${json}]`),
  "no JSON": payload((json) => json.slice(0, -1)),
  "two parts": async (claims) => (await sign(idp.key, claims)).split(".").slice(0, 2).join("."),
  "five parts, encrypted": () => "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.AAAA.AAAA.AAAA.AAAA",
  "base64 with padding": async (claims) => {
    const [head, , signature] = (await sign(idp.key, claims)).split(".");
    return `${head}.${Buffer.from(JSON.stringify({ ...claims, x: 1 })).toString("base64")}=.${signature}`;
  },
  "an empty text": () => "",
  "no token at all": () => undefined as unknown as string,
  "a number": () => 1 as unknown as string,
  "an object": (claims) => claims as unknown as string,
};

for (const [name, idToken] of Object.entries(HOSTILE)) {
  test(`refused: ${name}`, async () => {
    const { answer } = await expectUnchanged(world, () => signIn(idToken));
    expectFailure(answer, "idp", "provider-invalid");
  });
}

const ACCEPTED: Record<string, (claims: Claims) => string | Promise<string>> = {
  "the usual one": (claims) => sign(idp.key, claims),
  "aud as a list of one": signed(({ aud }) => ({ aud: [aud] })),
  "aud of several with azp": signed(({ aud }) => ({ aud: [aud, "another-client"], azp: aud })),
  "without typ": header({ typ: undefined }),
  "another algorithm: RS512": (claims) => sign(rs512, claims),
  "a clock that is half a minute off": signed(() => ({ iat: secondsNow() + 30, exp: secondsNow() + 60 })),
  "claims that nobody asked for": signed(() => ({ groups: ["admin"], role: "admin", user: "usr_1", email_verified: "true" })),
};

for (const [name, idToken] of Object.entries(ACCEPTED)) {
  test(`accepted: ${name}`, async () => {
    const { browser, answer } = await signIn(idToken);
    expectRedirect(answer, "/");
    assert.equal((await userIn(browser)).email, person.email);
  });
}

test("names and addresses of any kind make a user or ask for another address, and break nothing", async () => {
  for (const [index, claims] of [
    { name: "" },
    { name: "   " },
    { name: 7 },
    { name: null },
    { name: "x".repeat(5000) },
    { name: "<script>alert(1)</script>" },
    { name: "a\u0000b\u202e" },
    { email: 7 },
    { email: ["ann@example.com"] },
    { email: "ann@example.com, ben@example.com" },
    { email: "<ann@example.com>" },
    { email: "ann@example.com\r\nbcc: ben@example.com" },
    { email: `${"x".repeat(300)}@example.com` },
    { email_verified: 1 },
    { email_verified: "yes" },
    { email_verified: null },
  ].entries()) {
    const sub = `odd-${index}`;
    const { browser, answer } = await signIn((claims) => sign(idp.key, claims), { ...person, sub, email: `${sub}@example.com`, ...claims });
    const is = JSON.stringify(claims);
    assert.equal(answer.status, 303, is);
    if ("email" in claims || ["yes", null].includes(claims.email_verified as never)) expectRedirect(answer, "/link");
    else if (answer.headers.location?.endsWith("/link")) assert.fail(`${is} asks for a proof of a proven mailbox`);
    else assert.ok((await userIn(browser)).name.length > 0, is);
  }
});
