// `verifyToken`: real tokens of a real Rolecall, and others that it would never issue
import assert from "node:assert/strict";
import { test } from "node:test";
import { SignJWT } from "jose";
import { TokenError, UnknownCodeError, createVerifier } from "rolecall/server";
import { type TokenOverrides, forge, tokenFor } from "../../e2e/support/gateway.ts";
import { ORIGIN } from "../../e2e/support/worker.ts";
import { later } from "../support/browser.ts";
import { codeOf, encode, now, openStage, part, verifierOf } from "./support.ts";

const { world, owner, dev, team, token, identity } = await openStage();
const { verifier, fetches } = verifierOf(world);

test("a token tells user, account, role, and what they may do by the compiled rules", async () => {
  const real = await token();
  const access = await verifier.verifyToken(real);
  assert.deepEqual([access.user, access.account, access.role], [dev.id, team, "dev"]);
  assert.deepEqual(access.claims, part(real, 1));
  const { amr, auth_time } = part(real, 1);
  assert.deepEqual([access.acr, access.amr, access.authTime], ["aal1", amr, auth_time]);
  assert.ok(amr.length > 0 && Math.abs(auth_time - Date.now() / 1000) < 60);
  assert.deepEqual([access.can("pods.manage"), access.can("members.invite")], [true, false]);
  assert.deepEqual(access.explain("members.invite"), { allowed: false, permission: "members.invite", role: "dev", grantedBy: ["admin"] });
  access.require("pods.manage");
  assert.throws(() => access.can("pods.mange" as never), UnknownCodeError);
  assert.throws(() => access.require("pods.mange" as never), UnknownCodeError);
  assert.throws(() => access.explain("pods.mange" as never), UnknownCodeError);
  assert.deepEqual(part(real, 0), { alg: "EdDSA", typ: "at+jwt", kid: "t1" });
});

test("a missing permission is Rolecall's own problem", async () => {
  const access = await verifier.verifyToken(await token());
  const refusal = await Promise.resolve()
    .then(() => access.require("members.invite"))
    .catch((error: unknown) => error);
  assert.ok(refusal instanceof TokenError);
  const invitation = { email: "new@example.com", role: "dev" };
  const own = (await dev.post(`/v1/accounts/${team}/invitations`, invitation)).body;
  assert.match(refusal.problem.instance, /^urn:uuid:[0-9a-f-]{36}$/);
  assert.deepEqual(refusal.problem, { ...own, instance: refusal.problem.instance });
  const response = refusal.toResponse();
  assert.deepEqual([response.status, response.headers.get("content-type")], [403, "application/problem+json"]);
  assert.equal(response.headers.get("www-authenticate"), null);
});

test("keys and policy are fetched once, not before they are needed", async () => {
  const other = verifierOf(world);
  assert.deepEqual(other.fetches.log, []);
  for (let n = 0; n < 5; n += 1) await other.verifier.verifyToken(await token());
  await Promise.all(Array.from({ length: 20 }, async () => other.verifier.verifyToken(await token())));
  assert.deepEqual(other.fetches.log, ["/.well-known/jwks.json", "/v1/policy"]);
});

test("twenty first requests at once share the fetches", async () => {
  const other = verifierOf(world);
  const real = await token();
  const all = await Promise.all(Array.from({ length: 20 }, () => other.verifier.verifyToken(real)));
  assert.ok(all.every((access) => access.explain("members.invite").grantedBy.length === 1));
  assert.deepEqual(other.fetches.log, ["/.well-known/jwks.json", "/v1/policy"]);
});

const refused: Record<string, [TokenOverrides, string]> = {
  "of another audience": [{ claims: { aud: "elsewhere" } }, "token-audience-wrong"],
  "for the gateway's API": [{ claims: { aud: "upstream" } }, "token-audience-wrong"],
  "of several audiences": [{ claims: { aud: ["rolecall-tests"] } }, "token-audience-wrong"],
  "without an audience": [{ claims: { aud: undefined } }, "token-audience-wrong"],
  "of another issuer": [{ claims: { iss: "https://evil.example" } }, "token-issuer-wrong"],
  "of the issuer with a slash": [{ claims: { iss: `${ORIGIN}/` } }, "token-issuer-wrong"],
  "without an issuer": [{ claims: { iss: undefined } }, "token-issuer-wrong"],
  "of the type of identities": [{ header: { typ: "rolecall-identity+jwt" } }, "token-type-wrong"],
  "of a type of another kind": [{ header: { typ: "JWT" } }, "token-type-wrong"],
  "of the type in capitals": [{ header: { typ: "AT+JWT" } }, "token-type-wrong"],
  "without a type": [{ header: { typ: undefined } }, "token-type-wrong"],
  "that expired more than the tolerance ago": [{ claims: { iat: now() - 130, exp: now() - 10 } }, "token-expired"],
  "that lives longer than any": [{ claims: { iat: now() - 1000, exp: now() + 1000 } }, "token-expired"],
  "without an end": [{ claims: { exp: undefined } }, "token-malformed"],
  "with an end that is a text": [{ claims: { exp: String(now() + 60) } }, "token-malformed"],
  "with an end that is no whole number": [{ claims: { exp: now() + 60.5 } }, "token-malformed"],
  "without a time of issue": [{ claims: { iat: undefined } }, "token-malformed"],
  "that ended before it began": [{ claims: { iat: now() + 4, exp: now() - 1 } }, "token-malformed"],
  "of the future": [{ claims: { iat: now() + 600, exp: now() + 700 } }, "token-not-yet-valid"],
  "that is not valid yet": [{ claims: { nbf: now() + 600 } }, "token-not-yet-valid"],
  "with a critical extension": [{ header: { crit: ["b64"], b64: true } }, "token-malformed"],
  "without a key id": [{ header: { kid: undefined } }, "token-malformed"],
  "without a subject": [{ claims: { sub: undefined } }, "token-malformed"],
  "of a subject of another kind": [{ claims: { sub: "acct_1" } }, "token-malformed"],
  "without an account": [{ claims: { account: undefined } }, "token-malformed"],
  "of an account that is none": [{ claims: { account: "usr_1" } }, "token-malformed"],
  "without a role": [{ claims: { role: undefined } }, "token-malformed"],
  "without a policy": [{ claims: { pol: undefined } }, "token-malformed"],
  "without a version": [{ claims: { ver: undefined } }, "token-malformed"],
  "without an id": [{ claims: { jti: "" } }, "token-malformed"],
  "with permissions that are a text": [{ claims: { permissions: "pods.manage members.invite" } }, "token-malformed"],
  "with a permission that is no text": [{ claims: { permissions: ["pods.manage", 1] } }, "token-malformed"],
  "with a level that is no text": [{ claims: { acr: 1 } }, "token-malformed"],
  "with methods that are a text": [{ claims: { amr: "pwd" } }, "token-malformed"],
  "with a time of authentication that is a text": [{ claims: { auth_time: "1796032800" } }, "token-malformed"],
};

for (const [what, [overrides, code]] of Object.entries(refused)) {
  test(`a token ${what} is refused: ${code}`, async () => {
    assert.equal(await codeOf(verifier.verifyToken(await forge(await token(), overrides))), code);
  });
}

test("the signed token with nothing changed but its id is accepted, so the others are refused for what they say", async () => {
  assert.equal((await verifier.verifyToken(await forge(await token(), { claims: { jti: "x" } }))).user, dev.id);
});

test("a token of a deployment that does not say how the user authenticated is accepted", async () => {
  const older = await forge(await token(), { claims: { acr: undefined, amr: undefined, auth_time: undefined } });
  const access = await verifier.verifyToken(older);
  assert.deepEqual([access.acr, access.amr, access.authTime], [undefined, [], undefined]);
});

test("a token is over when its time is, with the tolerance and no more", async () => {
  const real = await token();
  const { iat, exp } = part(real, 1);
  assert.equal(exp - iat, 120);
  const after = (seconds: number) => later((exp + seconds) * 1000 - Date.now() + 100, () => codeOf(verifier.verifyToken(real)));
  assert.deepEqual([await after(-2), await after(3), await after(6)], ["accepted", "accepted", "token-expired"]);
  const strict = verifierOf(world, { clockTolerance: 0 }).verifier;
  assert.equal(await later((exp + 1) * 1000 - Date.now(), () => codeOf(strict.verifyToken(real))), "token-expired");
});

test("neither an unsigned token nor one signed by the public key, by another key, or altered is accepted", async () => {
  const real = await token();
  const [head, body, signature] = real.split(".") as [string, string, string];
  const keys = await (await fetch(new URL("/.well-known/jwks.json", world.running.base))).json();
  const shared = (secret: Uint8Array) => new SignJWT(part(real, 1)).setProtectedHeader({ ...part(real, 0), alg: "HS256" }).sign(secret);
  const stranger = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  const jwk = await crypto.subtle.exportKey("jwk", (stranger as CryptoKeyPair).publicKey);
  const foreign = (header: object) =>
    new SignJWT(part(real, 1)).setProtectedHeader({ ...part(real, 0), ...header }).sign((stranger as CryptoKeyPair).privateKey);
  const bad = {
    unsigned: `${encode({ ...part(real, 0), alg: "none" })}.${body}.`,
    "unsigned in other letters": `${encode({ ...part(real, 0), alg: "NONE" })}.${body}.`,
    "without an algorithm": `${encode({ ...part(real, 0), alg: undefined })}.${body}.${signature}`,
    "signed by the public key's JWK as a secret": await shared(new TextEncoder().encode(JSON.stringify(keys.keys[0]))),
    "signed by the public key's bytes as a secret": await shared(Buffer.from(keys.keys[0].x, "base64url")),
    "signed by another key": await foreign({}),
    "with its own key in the header": await foreign({ jwk }),
    "of a key that nobody published": await foreign({ kid: "t2" }),
    "with more permissions": `${head}.${encode({ ...part(real, 1), permissions: ["members.invite"] })}.${signature}`,
    "of another account": `${head}.${encode({ ...part(real, 1), account: dev.home })}.${signature}`,
  };
  for (const [what, forged] of Object.entries(bad)) assert.equal(await codeOf(verifier.verifyToken(forged)), "token-signature-invalid", what);
});

test("what is no token is malformed, and nothing at all is missing", async () => {
  const real = await token();
  for (const text of ["", "x", "..", "a.b.c", `${real}.`, `Bearer ${real}`, `${real}, ${real}`, `${real} `, "rc_".padEnd(62, "a"), "null"]) {
    assert.equal(await codeOf(verifier.verifyToken(text)), "token-malformed", text.slice(0, 20));
  }
  for (const value of [1, {}, [real], true]) assert.equal(await codeOf(verifier.verifyToken(value as never)), "token-malformed");
  for (const none of [undefined, null]) assert.equal(await codeOf(verifier.verifyToken(none)), "token-missing");
});

test("a token longer than any that Rolecall signs is refused before a key is looked for", async () => {
  const huge = await forge(await token(), { claims: { extra: "x".repeat(64 * 1024) } });
  const other = verifierOf(world);
  assert.equal(await codeOf(other.verifier.verifyToken(huge)), "token-malformed");
  assert.equal(await codeOf(other.verifier.verifyToken("a".repeat(10_000_000))), "token-malformed");
  assert.deepEqual(other.fetches.log, []);
  const large = await forge(await token(), { claims: { extra: "x".repeat(16 * 1024) } });
  assert.equal(await codeOf(other.verifier.verifyToken(large)), "accepted", "16 KiB are not too long");
});

test("an identity of the gateway is no permission token, whatever the audience", async () => {
  const assertion = await identity();
  assert.equal(await codeOf(verifier.verifyToken(assertion)), "token-type-wrong");
  const careless = verifierOf(world, { audience: "upstream", identityAudience: undefined } as never).verifier;
  assert.equal(await codeOf(careless.verifyToken(assertion)), "token-type-wrong");
});

test("a refused token causes no fetch of the policy", async () => {
  const other = verifierOf(world);
  await codeOf(other.verifier.verifyToken(await forge(await token(), { claims: { aud: "elsewhere", pol: "0".repeat(64) } })));
  assert.deepEqual(other.fetches.log, ["/.well-known/jwks.json"]);
  assert.ok(fetches.log.filter((path) => path === "/v1/policy").length === 1, "and the tests before caused one");
});

test("the owner's token holds every permission", async () => {
  const access = await verifier.verifyToken(await tokenFor(owner, team));
  assert.deepEqual([access.user, access.role, access.can("audit.read"), access.can("clusters.manage")], [owner.id, "admin", true, true]);
});

test("faulty options are refused when the verifier is created", () => {
  const good = { issuer: ORIGIN, audience: "rolecall-tests" };
  createVerifier(good);
  createVerifier({ issuer: "http://localhost:8787", audience: "a" });
  createVerifier({ issuer: "http://rolecall.internal", audience: "a", jwksUrl: "http://rolecall.internal/.well-known/jwks.json" });
  const bad: [object, RegExp][] = [
    [{ issuer: `${ORIGIN}/` }, /issuer/],
    [{ issuer: "team.example.com" }, /issuer/],
    [{ issuer: "http://team.example.com" }, /TLS/],
    [{ audience: undefined }, /audience/],
    [{ audience: "" }, /audience/],
    [{ audience: ["a"] }, /audience/],
    [{ identityAudience: "rolecall-tests" }, /differ/],
    [{ cooldown: -1 }, /cooldown/],
    [{ cooldown: Number.NaN }, /cooldown/],
    [{ timeout: 0 }, /timeout/],
    [{ clockTolerance: 61 }, /clockTolerance/],
    [{ jwksUrl: "/keys" }, /jwksUrl/],
    [{ policyUrl: "file:///policy.json" }, /policyUrl/],
  ];
  for (const [more, message] of bad) {
    assert.throws(
      () => createVerifier({ ...good, ...more } as never),
      (error: Error) => error instanceof TypeError && message.test(error.message),
      JSON.stringify(more),
    );
  }
});

test("a verifier without the audience of a credential refuses to verify it", async () => {
  const options = (more: object) => verifierOf(world, more as never).verifier;
  await assert.rejects(options({ audience: undefined }).verifyToken(await token()), TypeError);
  await assert.rejects(options({ identityAudience: undefined }).verifyIdentity({ method: "GET", url: "/api/pods", headers: {} }), TypeError);
});
