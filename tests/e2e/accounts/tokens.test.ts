// POST /v1/accounts/{id}/tokens, and the keys with which anybody can verify what it answers

import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { test } from "node:test";
import { expectProblem, expectStatus } from "../support/problems.ts";
import { ORIGIN } from "../support/worker.ts";
import { inWorld, openWorld } from "../support/world.ts";

const world = await openWorld();
const owner = await world.signUp("owner@example.com");
const team = await owner.convert("Acme");
const dev = await world.hire(owner, team, "dev@example.com", "dev");

const part = (text: string) => JSON.parse(Buffer.from(text, "base64url").toString("utf8"));

async function issue(who: typeof dev, account = team) {
  const answer = expectStatus(await who.post(`/v1/accounts/${account}/tokens`), 201);
  const [head, claims, signature] = answer.body.token.split(".");
  return { answer, head: part(head), claims: part(claims), signed: Buffer.from(`${head}.${claims}`), signature: Buffer.from(signature, "base64url") };
}

async function publicKeys(): Promise<any[]> {
  const answer = expectStatus(await world.visitor().get("/.well-known/jwks.json", { unchecked: true }), 200);
  return JSON.parse(answer.text).keys;
}

test("the claims say who, where, as what, with which rights, for whom and for how long", async () => {
  const { claims, answer } = await issue(dev);
  assert.deepEqual(Object.keys(claims).sort(), [
    "account",
    "acr",
    "amr",
    "aud",
    "auth_time",
    "exp",
    "iat",
    "iss",
    "jti",
    "permissions",
    "pol",
    "role",
    "sub",
    "ver",
  ]);
  assert.deepEqual([claims.sub, claims.account, claims.role, claims.iss, claims.aud], [dev.id, team, "dev", ORIGIN, "rolecall-tests"]);
  const granted = (await dev.get("/v1/policy")).body.roles.find((role: any) => role.code === "dev").permissions;
  assert.deepEqual([...claims.permissions].sort(), [...granted].sort());
  assert.equal(claims.ver, (await dev.account(team)).version);
  assert.equal(claims.exp - claims.iat, 120);
  assert.deepEqual([claims.acr, claims.amr], ["aal1", ["otp"]], "a level and methods of the session, which began with a mailed link");
  assert.ok(claims.auth_time <= claims.iat && claims.auth_time > claims.iat - 3600);
  assert.ok(Math.abs(claims.iat - Date.now() / 1000) < 60);
  assert.equal(answer.headers["cache-control"], "no-store");
});

test("an ordinary library verifies it with the published key of its kid, and no altered token", async () => {
  const { head, signed, signature } = await issue(dev);
  assert.equal(head.alg, "EdDSA");
  const jwk = (await publicKeys()).find((key) => key.kid === head.kid);
  assert.ok(jwk, `no published key ${head.kid}`);
  const key = createPublicKey({ key: jwk, format: "jwk" });
  assert.equal(verify(null, signed, key, signature), true);
  for (let index = 0; index < signed.length; index += Math.ceil(signed.length / 20)) {
    const altered = Buffer.from(signed);
    altered[index] ^= 1;
    assert.equal(verify(null, altered, key, signature), false);
  }
});

test("the published keys are public", async () => {
  const keys = await publicKeys();
  assert.ok(keys.length >= 1);
  for (const key of keys) {
    assert.ok(!("d" in key), "a private key is published");
    assert.deepEqual([key.kty, key.crv], ["OKP", "Ed25519"]);
  }
});

test("two tokens are never the same", async () => {
  const [one, other] = [await issue(dev), await issue(dev)];
  assert.notEqual(one.claims.jti, other.claims.jti);
});

test("a token says what holds when it is made", async () => {
  const fickle = await world.hire(owner, team, "fickle@example.com", "admin");
  assert.ok((await issue(fickle)).claims.permissions.includes("audit.read"));
  expectStatus(await owner.setRole(team, fickle.id, "billing"), 200);
  const { claims } = await issue(fickle);
  assert.equal(claims.role, "billing");
  assert.ok(!claims.permissions.includes("audit.read"));
});

test("nobody gets one for an account that they do not belong to", async () => {
  const stranger = await world.signUp("stranger@example.com");
  expectProblem(await stranger.post(`/v1/accounts/${team}/tokens`), "account-not-found");
  expectProblem(await world.visitor().post(`/v1/accounts/${team}/tokens`), "session-missing");
});

test("a token is no session", async () => {
  const { answer } = await issue(owner);
  const visitor = world.visitor();
  assert.equal((await visitor.get("/v1/me", { headers: { authorization: `Bearer ${answer.body.token}` } })).status, 401);
  visitor.cookie = answer.body.token;
  assert.equal((await visitor.get("/v1/me")).status, 401);
});

test("the life of a token is between one and fifteen minutes, or nothing starts", async () => {
  for (const [life, starts] of [
    ["60", true],
    ["900", true],
    ["59", false],
    ["901", false],
    ["-1", false],
    ["x", false],
  ] as const) {
    await inWorld({ vars: { TOKEN_LIFE: life } }, async (other) =>
      assert.equal((await other.visitor().get("/healthz", { unchecked: true })).status === 200, starts, life),
    );
  }
});
