// `verifyIdentity`: what the gateway really sends to an API, and what it never would
import assert from "node:assert/strict";
import { test } from "node:test";
import { type TokenOverrides, createApiKey, forge, askWith, takeUpstreamRequests } from "../../e2e/support/gateway.ts";
import { expectStatus } from "../../e2e/support/problems.ts";
import { ORIGIN } from "../../e2e/support/worker.ts";
import { later } from "../support/browser.ts";
import { codeOf, now, openStage, part, verifierOf } from "./support.ts";

const { world, owner, dev, team, token, identity } = await openStage();
const { verifier, fetches } = verifierOf(world);
const request = (assertion: string, method = "GET", url = "https://api.internal/api/pods?limit=2") =>
  new Request(url, { method, headers: { "rolecall-identity": assertion } });

test("an identity tells who sent the request, in which account, and by which permission", async () => {
  const assertion = await identity("GET", "/api/pods?limit=2");
  const { rid, jti } = part(assertion, 1);
  const expected = { user: dev.id, account: team, role: "dev", permission: "pods.connect", requestId: rid, id: jti };
  assert.deepEqual(await verifier.verifyIdentity(request(assertion)), expected);
  assert.deepEqual(part(assertion, 0), { alg: "EdDSA", typ: "rolecall-identity+jwt", kid: "t1" });
  assert.deepEqual(fetches.log, ["/.well-known/jwks.json"], "the policy is not needed");
});

test("an API key is told from a user", async () => {
  const key = await createApiKey(owner, team, ["pods.connect"]);
  await takeUpstreamRequests(world);
  expectStatus(await askWith(world, key.secret, "GET", "/api/pods"), 200);
  const assertion = (await takeUpstreamRequests(world)).at(-1)!.headers["rolecall-identity"]!;
  const { user, apiKey, role, permission } = await verifier.verifyIdentity(request(assertion));
  assert.deepEqual([user, apiKey, role, permission], [undefined, key.id, "api_key", "pods.connect"]);
});

test("requests of Node and of Express are read alike", async () => {
  const assertion = await identity("POST", "/api/pods/pod_1/start");
  const headers = { "rolecall-identity": assertion };
  for (const like of [
    { method: "POST", url: "/api/pods/pod_1/start?x=1", headers },
    { method: "POST", url: "/start", originalUrl: "/api/pods/pod_1/start?x=1", headers },
    { method: "POST", url: "https://api.internal/api/pods/pod_1/start", headers: new Headers(headers) },
  ]) {
    assert.equal(await codeOf(verifier.verifyIdentity(like)), "accepted", like.url);
  }
  const twice = { method: "POST", url: "/api/pods/pod_1/start", headers: { "rolecall-identity": [assertion, assertion] } };
  assert.equal(await codeOf(verifier.verifyIdentity(twice)), "token-malformed");
});

test("an identity is for its method and path only", async () => {
  const assertion = await identity();
  const others: [string, string][] = [
    ["DELETE", "/api/pods"],
    ["HEAD", "/api/pods"],
    ["get", "/api/pods"],
    ["GET", "/api/pods/"],
    ["GET", "/api/pods/pod_1"],
    ["GET", "//evil/api/pods"],
    ["GET", "/API/pods"],
    ["GET", ""],
  ];
  for (const [method, url] of others) {
    assert.equal(
      await codeOf(verifier.verifyIdentity({ method, url, headers: { "rolecall-identity": assertion } })),
      "identity-for-another-request",
      `${method} ${url}`,
    );
  }
  assert.equal(await codeOf(verifier.verifyIdentity({ headers: { "rolecall-identity": assertion } })), "identity-for-another-request");
});

test("a request without an identity is refused, whatever else it carries", async () => {
  const headers = { authorization: `Bearer ${await token()}`, "x-rolecall-identity": await identity(), rolecall_identity: await identity() };
  assert.equal(await codeOf(verifier.verifyIdentity(new Request("https://api.internal/api/pods", { headers }))), "token-missing");
  assert.equal(await codeOf(verifier.verifyIdentity({ method: "GET", url: "/api/pods", headers })), "token-missing");
});

const refused: Record<string, [TokenOverrides, string]> = {
  "for another API": [{ claims: { aud: "elsewhere" } }, "token-audience-wrong"],
  "of the audience of tokens": [{ claims: { aud: "rolecall-tests" } }, "token-audience-wrong"],
  "of another issuer": [{ claims: { iss: `${ORIGIN}.evil.example` } }, "token-issuer-wrong"],
  "of the type of tokens": [{ header: { typ: "at+jwt" } }, "token-type-wrong"],
  "without a type": [{ header: { typ: undefined } }, "token-type-wrong"],
  "that has expired": [{ claims: { iat: now() - 120, exp: now() - 60 } }, "token-expired"],
  "that says it lives an hour, after two minutes": [{ claims: { iat: now() - 120, exp: now() + 3600 } }, "token-expired"],
  "of the future": [{ claims: { iat: now() + 60, exp: now() + 120 } }, "token-not-yet-valid"],
  "without an end": [{ claims: { exp: undefined } }, "token-malformed"],
  "without a path": [{ claims: { htu: undefined } }, "token-malformed"],
  "without a method": [{ claims: { htm: undefined } }, "token-malformed"],
  "without a permission": [{ claims: { permission: undefined } }, "token-malformed"],
  "without a request id": [{ claims: { rid: undefined } }, "token-malformed"],
  "of an account that is none": [{ claims: { account: "usr_1" } }, "token-malformed"],
  "of a subject of another kind": [{ claims: { sub: "acct_1" } }, "token-malformed"],
};

for (const [what, [overrides, code]] of Object.entries(refused)) {
  test(`an identity ${what} is refused: ${code}`, async () => {
    assert.equal(await codeOf(verifier.verifyIdentity(request(await forge(await identity(), overrides)))), code);
  });
}

test("a permission token is no identity, whatever the audience", async () => {
  const real = await token();
  assert.equal(await codeOf(verifier.verifyIdentity(request(real))), "token-type-wrong");
  const careless = verifierOf(world, { audience: undefined, identityAudience: "rolecall-tests" } as never).verifier;
  assert.equal(await codeOf(careless.verifyIdentity(request(real))), "token-type-wrong");
});

test("an identity is over a minute after it was signed", async () => {
  const assertion = await identity();
  const after = (seconds: number) => later(seconds * 1000, () => codeOf(verifier.verifyIdentity(request(assertion))));
  assert.deepEqual([await after(58), await after(67)], ["accepted", "token-expired"]);
});
