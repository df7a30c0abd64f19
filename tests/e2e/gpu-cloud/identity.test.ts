// Nothing but an identity that the gateway has just signed for this very request opens the example upstream

import assert from "node:assert/strict";
import { test } from "node:test";
import { type TokenOverrides, ROUTES, expectProblem, expectStatus, openUpstream, signingKey } from "../support/gpu-cloud-upstream.ts";

const upstream = await openUpstream();
const caller = upstream.caller();
const other = await signingKey("t9");
const curve = await signingKey("e1", "ES256");
upstream.published.push(curve.jwk);

const now = () => Math.floor(Date.now() / 1000);

test("an identity of the gateway opens it, whoever acts", async () => {
  expectStatus(await caller.get("/api/pods"), 200);
  expectStatus(await caller.get("/api/pods?limit=1"), 200);
  expectStatus(await caller.get("/api/pods", { forging: { claims: { sub: "key_0190000000007000800000000000000b" } } }), 200);
});

test("a request that does not come through the gateway is 401 on every route, whatever else it carries", async () => {
  const spoofed = { authorization: "Bearer abc", cookie: "__Host-rolecall_session=abc", "x-rolecall-account": caller.account, "x-request-id": "7" };
  for (const { method, path } of ROUTES) {
    const target = path.replace("{id}", "pod_00000000000070008000000000000000");
    expectProblem(await upstream.client.send({ method, path: target }), 401, "identity-missing");
    expectProblem(await upstream.client.send({ method, path: target, headers: spoofed }), 401, "identity-missing");
  }
  expectProblem(await upstream.client.send({ method: "GET", path: "/" }), 401, "identity-missing");
});

const refused: Record<string, () => TokenOverrides> = {
  "of another issuer": () => ({ claims: { iss: "https://elsewhere.example.com" } }),
  "of an issuer that only begins alike": () => ({ claims: { iss: "https://team.example.com.evil.example" } }),
  "for another audience": () => ({ claims: { aud: "billing-service" } }),
  "for no audience": () => ({ claims: { aud: undefined } }),
  "of another type: a permission token": () => ({ header: { typ: "JWT" } }),
  "of no type": () => ({ header: { typ: undefined } }),
  "that has expired": () => ({ claims: { iat: now() - 120, exp: now() - 60 } }),
  "that says it lives an hour, after two minutes": () => ({ claims: { iat: now() - 120, exp: now() + 3600 } }),
  "from the future": () => ({ claims: { iat: now() + 60, exp: now() + 120 } }),
  "without an end": () => ({ claims: { exp: undefined } }),
  "without a beginning": () => ({ claims: { iat: undefined } }),
  "with an end that is no number": () => ({ claims: { exp: "2099-01-01" } }),
  "for another path": () => ({ claims: { htu: "/api/clusters" } }),
  "for a path below": () => ({ claims: { htu: "/api/pods/" } }),
  "for another method": () => ({ claims: { htm: "POST" } }),
  "for the method in other letters": () => ({ claims: { htm: "get" } }),
  "without a path": () => ({ claims: { htu: undefined } }),
  "without a method": () => ({ claims: { htm: undefined } }),
  "without an account": () => ({ claims: { account: undefined } }),
  "with something else for an account": () => ({ claims: { account: "usr_1" } }),
  "without a subject": () => ({ claims: { sub: undefined } }),
  "with something else for a subject": () => ({ claims: { sub: "acct_1" } }),
  "without a role": () => ({ claims: { role: undefined } }),
  "without a permission": () => ({ claims: { permission: undefined } }),
  "without an id": () => ({ claims: { jti: undefined } }),
  "signed with a key that is not published": () => ({ header: { kid: other.kid }, key: other.secret }),
  "signed with another key than it names": () => ({ key: other.secret }),
  "signed with another algorithm, though its key is published": () => ({ header: { alg: "ES256", kid: curve.kid }, key: curve.secret }),
  "signed with the public key as a shared secret": () => ({ header: { alg: "HS256" }, key: new TextEncoder().encode(upstream.key.jwk.x!.padEnd(64, "=")) }),
  "with an extension that nobody knows": () => ({ header: { crit: ["x"], x: 1 }, extensions: { x: true } }),
};

for (const [what, forging] of Object.entries(refused)) {
  test(`an identity ${what} is 401`, async () => {
    const token = await upstream.identity(caller.account, "GET", "/api/pods", forging());
    expectProblem(await upstream.client.send({ method: "GET", path: "/api/pods", headers: { "rolecall-identity": token } }), 401, "identity-invalid");
  });
}

const handmade = (header: object) => `${Buffer.from(JSON.stringify(header)).toString("base64url")}.${Buffer.from("{}").toString("base64url")}.c2ln`;

test("what is no token, is not signed, or is altered in one place is 401", async () => {
  const good = await upstream.identity(caller.account, "GET", "/api/pods");
  const [head, claims, signature] = good.split(".") as [string, string, string];
  const unsigned = Buffer.from(JSON.stringify({ alg: "none", typ: "rolecall-identity+jwt" })).toString("base64url");
  const theirs = Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(claims, "base64url").toString()), account: "acct_2" })).toString("base64url");
  const tokens = [
    "x",
    "..",
    "a.b.c",
    `${head}.${claims}.`,
    `${unsigned}.${claims}.`,
    `${head}.${theirs}.${signature}`,
    `${good}, ${good}`,
    `Bearer ${good}`,
    handmade({ alg: "EdDSA", typ: "rolecall-identity+jwt", jwk: other.jwk }),
  ];
  for (const token of tokens)
    expectProblem(await upstream.client.send({ method: "GET", path: "/api/pods", headers: { "rolecall-identity": token } }), 401, "identity-invalid");
  expectStatus(await upstream.client.send({ method: "GET", path: "/api/pods", headers: { "rolecall-identity": good } }), 200);
});

test("the keys are read once, and unknown key ids do not have them read again and again", async () => {
  const before = upstream.lookups;
  for (let count = 0; count < 20; count += 1) {
    expectStatus(await caller.get("/api/pods"), 200);
    expectProblem(await caller.get("/api/pods", { forging: { header: { kid: `unknown-${count}` } } }), 401, "identity-invalid");
  }
  assert.ok(upstream.lookups - before <= 1, `${upstream.lookups - before} look-ups`);
  assert.ok(upstream.lookups >= 1);
});

test("many first requests at once are all answered", async () => {
  const fresh = await openUpstream();
  const somebody = fresh.caller();
  for (const answer of await Promise.all(Array.from({ length: 30 }, () => somebody.get("/api/pods")))) expectStatus(answer, 200);
});

test("while the keys cannot be read nobody is let in, and nobody is called a liar", async () => {
  const fresh = await openUpstream();
  fresh.silent = true;
  expectProblem(await fresh.caller().get("/api/pods"), 503, "keys-unavailable");
  expectProblem(await fresh.client.send({ method: "GET", path: "/api/pods" }), 401, "identity-missing");
  fresh.silent = false;
  expectStatus(await fresh.caller().get("/api/pods"), 200);
});

test("a problem carries the id under which the gateway knows the request", async () => {
  const rid = "0190b6a0-0000-7000-8000-00000000abcd";
  const problem = expectProblem(await caller.get("/api/nothing", { forging: { claims: { rid } } }), 404, "not-found");
  assert.equal(problem.instance, `urn:uuid:${rid}`);
});
