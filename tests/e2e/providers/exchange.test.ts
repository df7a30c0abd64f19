// POST /v1/sessions/exchange: tokens of trusted issuers, each of which starts one session

import assert from "node:assert/strict";
import { createSecretKey, generateKeyPairSync, randomUUID, sign as signWith } from "node:crypto";
import { test } from "node:test";
import { SignJWT } from "jose";
import {
  type HostileIssuer,
  goneIssuer,
  html,
  huge,
  json,
  newKey,
  redirect,
  secondsNow,
  sign,
  startHostileIssuers,
  unsigned,
} from "../support/hostile-provider.ts";
import type { Answer } from "../support/http.ts";
import { expectInvariants } from "../support/invariants.ts";
import { signInVars } from "../support/openid-provider.ts";
import { expectInvalid, expectProblem, expectStatus } from "../support/problems.ts";
import { expectNoSession, expectUnchanged, kindsIn, userIn } from "../support/providers.ts";
import { eventually, openWorld } from "../support/world.ts";

const EXCHANGE = "/v1/sessions/exchange";
/** Longest wait for a response of the Worker in milliseconds, whatever the issuer does. */
const PATIENCE = 20_000;
/** Longest wait until a new key is found in milliseconds. */
const ROTATION = 25_000;
const rsa1024 = generateKeyPairSync("rsa", { modulusLength: 1024 });

/** What is wrong with the keys of an issuer; each has an issuer of its own, since keys are kept. */
const KEYS: Record<string, (issuer: HostileIssuer) => void> = {
  "discovery-gone": (issuer) => (issuer.discovery = () => ({ status: 404 })),
  "discovery-other": (issuer) => (issuer.discovery = () => json({ ...issuer.metadata(), issuer: "https://accounts.google.com" })),
  "keys-gone": (issuer) => (issuer.jwks = () => ({ status: 410 })),
  "keys-error": (issuer) => (issuer.jwks = () => json({ keys: [issuer.key.jwk] }, { status: 500 })),
  "keys-html": (issuer) => (issuer.jwks = () => html()),
  "keys-hang": (issuer) => (issuer.jwks = () => "hang"),
  "keys-cut": (issuer) => (issuer.jwks = () => "cut"),
  "keys-huge": (issuer) => (issuer.jwks = () => huge(8 * 1024 * 1024, { keys: [issuer.key.jwk] })),
  "keys-moved": (issuer) => (issuer.jwks = () => redirect(`${issuer.issuer}/moved`)),
  "keys-many": (issuer) =>
    (issuer.jwks = () => json({ keys: Array.from({ length: 65 }, (_, index) => ({ ...issuer.key.jwk, kid: index === 0 ? issuer.key.kid : `${index}` })) })),
  "keys-twice": (issuer) => (issuer.jwks = () => json({ keys: [issuer.key.jwk, issuer.key.jwk] })),
  "keys-private": (issuer) => (issuer.jwks = () => json({ keys: [{ ...issuer.key.jwk, d: "AAAA" }] })),
  "keys-encrypt": (issuer) => (issuer.jwks = () => json({ keys: [{ ...issuer.key.jwk, use: "enc" }] })),
  "keys-other-alg": (issuer) => (issuer.jwks = () => json({ keys: [{ ...issuer.key.jwk, alg: "RS256" }] })),
  "keys-short": (issuer) => (issuer.jwks = () => json({ keys: [{ ...rsa1024.publicKey.export({ format: "jwk" }), kid: issuer.key.kid }] })),
  "keys-none": (issuer) => (issuer.jwks = () => json({ keys: [] })),
};

/** Sets that are read, and have no key for the token. */
const USABLE_SETS = ["keys-twice", "keys-private", "keys-encrypt", "keys-other-alg", "keys-short", "keys-none"];
const hostile = Object.keys(KEYS);
const issuers: Record<string, HostileIssuer> = await startHostileIssuers(
  "main",
  "second",
  "plain",
  "rsa",
  "eddsa",
  "rotating",
  "flooded",
  "unlisted",
  ...hostile,
);
const { main, second, plain, rsa, eddsa, rotating, flooded, unlisted } = issuers;
const gone = await goneIssuer();
for (const name of hostile) KEYS[name](issuers[name]);
rsa.key = await newKey("rsa-1", "RS256");
eddsa.key = await newKey("ed-1", "EdDSA");
const authoritative = [main, second, rsa, eddsa, rotating, flooded, ...hostile.map((name) => issuers[name]), gone];
const trusted = [...authoritative.map((issuer) => issuer.trusted(["example.com"])), plain.trusted()];
const world = await openWorld({ vars: signInVars([], trusted) });

const claimsOf = (name: string) => ({ sub: name, email: `${name}@example.com`, email_verified: true, name });
const exchange = (token: unknown, visitor = world.visitor()) => visitor.post(EXCHANGE, { token });

async function expectRefused(token: unknown): Promise<void> {
  const answer = await expectUnchanged(world, () => exchange(token));
  expectProblem(answer, "issuer-token-invalid");
  expectNoSession(answer);
}

test("a token of a new person makes a user, an account and a session; the next one signs in", async () => {
  const visitor = world.visitor();
  expectStatus(await exchange(await main.exchangeToken(claimsOf("ann")), visitor), 201);
  const ann = await userIn(visitor);
  assert.deepEqual([ann.email, ann.name], ["ann@example.com", "ann"]);
  assert.deepEqual(await kindsIn(visitor), ["email", "provider"]);
  const { items } = expectStatus(await visitor.get("/v1/sessions"), 200).body;
  assert.deepEqual([items[0].aal, items[0].amr], [1, ["fed"]]);
  const again = world.visitor();
  expectStatus(await exchange(await main.exchangeToken({ ...claimsOf("ann"), email: "moved@example.com" }), again), 201);
  assert.deepEqual(await userIn(again), ann);
  await expectInvariants(world.database);
});

test("RS256, ES256 and EdDSA are verified", async () => {
  for (const [issuer, name] of [
    [rsa, "rita"],
    [eddsa, "eddie"],
  ] as const) {
    const visitor = world.visitor();
    expectStatus(await exchange(await issuer.exchangeToken(claimsOf(name)), visitor), 201);
    assert.equal((await userIn(visitor)).email, `${name}@example.com`);
  }
});

test("subjects of two issuers are two persons", async () => {
  const [one, two] = [world.visitor(), world.visitor()];
  expectStatus(await exchange(await main.exchangeToken({ ...claimsOf("same"), email: "one@example.com" }), one), 201);
  expectStatus(await exchange(await second.exchangeToken({ ...claimsOf("same"), email: "two@example.com" }), two), 201);
  assert.notEqual((await userIn(one)).id, (await userIn(two)).id);
});

const mallory = claimsOf("mallory");
const other = await newKey(main.key.kid);
const rs512 = await newKey(rsa.key.kid, "RS512");
const now = secondsNow;
const forged = (jwk: object) => sign(other, main.exchangeClaims(mallory), { jwk });

const HOSTILE: Record<string, () => unknown> = {
  "aud of another audience": () => main.exchangeToken({ ...mallory, aud: "another" }),
  "aud of several": () => main.exchangeToken({ ...mallory, aud: ["rolecall-exchange", "another"] }),
  "no aud": () => main.exchangeToken({ ...mallory, aud: undefined }),
  "iss of an issuer that is not trusted": () => unlisted.exchangeToken(mallory),
  "iss of another trusted issuer, signed by the first": () => main.exchangeToken({ ...mallory, iss: second.issuer }),
  "iss of an untrusted issuer, signed by a trusted one": () => main.exchangeToken({ ...mallory, iss: "https://accounts.google.com" }),
  "no iss": () => main.exchangeToken({ ...mallory, iss: undefined }),
  "alg none": () => unsigned(main.exchangeClaims(mallory), { alg: "none", kid: main.key.kid }),
  "HS256 with the public key": () =>
    new SignJWT(main.exchangeClaims(mallory))
      .setProtectedHeader({ alg: "HS256", kid: main.key.kid })
      .sign(createSecretKey(Buffer.from(JSON.stringify(main.key.jwk)))),
  "RS512 with an RSA key": () => sign(rs512, rsa.exchangeClaims(mallory)),
  "the algorithm of another key": () => rsa.exchangeToken(mallory, { alg: "ES256" }, { ...main.key, kid: rsa.key.kid }),
  "the signature of another key": () => sign(other, main.exchangeClaims(mallory)),
  "a key in the header": () => forged(other.jwk),
  "the address of keys in the header": () => sign(other, main.exchangeClaims(mallory), { jku: `${unlisted.issuer}/jwks`, kid: other.kid }),
  "no kid": () => main.exchangeToken(mallory, { kid: undefined }),
  "a kid that no key has": () => main.exchangeToken(mallory, { kid: "nobody" }),
  "typ of a logout token": () => main.exchangeToken(mallory, { typ: "logout+jwt" }),
  expired: () => main.exchangeToken({ ...mallory, iat: now() - 240, exp: now() - 90 }),
  "no exp": () => main.exchangeToken({ ...mallory, exp: undefined }),
  "older than five minutes": () => main.exchangeToken({ ...mallory, iat: now() - 400, exp: now() + 3600 }),
  "no iat": () => main.exchangeToken({ ...mallory, iat: undefined }),
  "of the future": () => main.exchangeToken({ ...mallory, iat: now() + 200, exp: now() + 400 }),
  "nbf of the future": () => main.exchangeToken({ ...mallory, nbf: now() + 200 }),
  "no jti": () => main.exchangeToken({ ...mallory, jti: undefined }),
  "an empty jti": () => main.exchangeToken({ ...mallory, jti: "" }),
  "a jti of 256 bytes": () => main.exchangeToken({ ...mallory, jti: "x".repeat(256) }),
  "no sub": () => main.exchangeToken({ ...mallory, sub: undefined }),
  "a sub that is no text": () => main.exchangeToken({ ...mallory, sub: 1 }),
  "a changed payload": async () => {
    const [head, , signature] = (await main.exchangeToken(mallory)).split(".");
    return `${head}.${Buffer.from(JSON.stringify(main.exchangeClaims(claimsOf("victim")))).toString("base64url")}.${signature}`;
  },
  "a signature cut off": async () => (await main.exchangeToken(mallory)).slice(0, -4),
  "no signature": async () => `${(await main.exchangeToken(mallory)).split(".").slice(0, 2).join(".")}.`,
  "two parts": async () => (await main.exchangeToken(mallory)).split(".").slice(0, 2).join("."),
  "no token": () => "eyJ",
  "an API key": () => "rk_0123456789abcdef",
};

for (const [name, token] of Object.entries(HOSTILE)) test(`refused: ${name}`, async () => expectRefused(await token()));

test("what is no text, or nothing, or far too long is invalid before anything is looked up", async () => {
  await expectUnchanged(world, async () => {
    expectInvalid(await world.visitor().post(EXCHANGE, {}), { "/token": "required" });
    for (const token of [null, 1, [], {}]) expectProblem(await exchange(token), "fields-invalid");
    const answer = await exchange(await main.exchangeToken({ ...mallory, padding: "x".repeat(17 * 1024) }));
    expectProblem(answer, "issuer-token-invalid");
    assert.equal(unlisted.seen.length, 0, "an issuer that is not trusted was asked");
  });
});

test("a token works once, also where it comes several times at once, and a jti is its issuer's own", async () => {
  const jti = randomUUID();
  const token = await main.exchangeToken({ ...claimsOf("once"), jti });
  const answers = await Promise.all(Array.from({ length: 5 }, () => exchange(token)));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 401, 401, 401, 401]);
  await expectRefused(token);
  await expectRefused(await main.exchangeToken({ ...claimsOf("once"), jti }));
  expectStatus(await exchange(await second.exchangeToken({ ...claimsOf("twice"), jti })), 201);
  await expectInvariants(world.database);
});

test("an issuer that is authoritative for the address of a user signs that user in, and is connected from then on", async () => {
  const una = await world.signUp("una@example.com");
  const visitor = world.visitor();
  expectStatus(await exchange(await main.exchangeToken(claimsOf("una")), visitor), 201);
  assert.equal((await userIn(visitor)).id, una.id);
  assert.deepEqual(await kindsIn(una), ["email", "password", "provider"]);
  const later = world.visitor();
  expectStatus(await exchange(await main.exchangeToken({ ...claimsOf("una"), email: "moved@example.org", email_verified: false }), later), 201);
  assert.equal((await userIn(later)).id, una.id);
});

test("a user who has signed up with the address before it was verified, is not signed in by the issuer's word with a password of somebody else", async () => {
  const password = "the attacker knows this sentence";
  expectStatus(await world.visitor().post("/v1/signup", { email: "zara@example.com", password }), 202);
  const visitor = world.visitor();
  expectStatus(await exchange(await main.exchangeToken(claimsOf("zara")), visitor), 201);
  assert.deepEqual(await kindsIn(visitor), ["email", "provider"]);
  await expectUnchanged(world, async () => expectProblem(await world.visitor().signIn("zara@example.com", password), "credentials-invalid"));
});

test("a repeated request with its key has the session of the first one; with another token the key is used up", async () => {
  const token = await main.exchangeToken(claimsOf("repeat"));
  const headers = { "idempotency-key": "exchange-1" };
  const [first, again] = [world.visitor(), world.visitor()];
  const one = expectStatus(await first.post(EXCHANGE, { token }, { headers }), 201);
  const two = expectStatus(await again.post(EXCHANGE, { token }, { headers }), 201);
  assert.deepEqual([two.body, again.cookie], [one.body, first.cookie]);
  expectProblem(await world.visitor().post(EXCHANGE, { token: await main.exchangeToken(claimsOf("repeat")) }, { headers }), "idempotency-key-reused");
});

test("a refused token does not use up its jti", async () => {
  const jti = randomUUID();
  await expectRefused(await sign(other, main.exchangeClaims({ ...mallory, jti })));
  expectStatus(await exchange(await main.exchangeToken({ ...claimsOf("later"), jti })), 201);
});

test("an unknown person whose address the issuer does not prove starts nothing, least of all the session of somebody", async () => {
  const vera = await world.signUp("vera@example.com");
  for (const [issuer, claims] of [
    [plain, claimsOf("nobody")],
    [plain, { ...claimsOf("attacker"), email: vera.email }],
    [main, { ...claimsOf("attacker"), email: vera.email, email_verified: false }],
    [main, { ...claimsOf("attacker"), email: "vera@example.org" }],
    [main, { sub: "attacker" }],
    [main, { ...claimsOf("attacker"), email: "no address" }],
  ] as const) {
    const answer = await expectUnchanged(world, async () => exchange(await issuer.exchangeToken({ ...claims })));
    expectProblem(answer, "identity-unconnected");
    expectNoSession(answer);
  }
  assert.deepEqual(await kindsIn(vera), ["email", "password"]);
});

test("a key that the issuer has added since is found; one that was never there is asked for a few times only", { timeout: 2 * ROTATION }, async () => {
  expectStatus(await exchange(await rotating.exchangeToken(claimsOf("rosa"))), 201);
  const before = rotating.key;
  rotating.key = await newKey("rotated");
  rotating.jwks = () => json({ keys: [before.jwk, rotating.key.jwk] });
  // The set is not fetched again within 20 seconds.
  await eventually(async () => void expectStatus(await exchange(await rotating.exchangeToken(claimsOf("rosa"))), 201), ROTATION);
  expectStatus(await exchange(await rotating.exchangeToken(claimsOf("rosa"), {}, before)), 201);

  expectStatus(await exchange(await flooded.exchangeToken(claimsOf("flo"))), 201);
  const attempts = await Promise.all(Array.from({ length: 30 }, async () => exchange(await flooded.exchangeToken(mallory, { kid: randomUUID() }))));
  for (const answer of attempts) expectProblem(answer, "issuer-token-invalid");
  const fetches = flooded.requests("jwks").length;
  assert.ok(fetches <= 5, `${fetches} requests for keys`);
});

test("issuers whose keys are away, slow, endless or not to be used start nothing, in bounded time", { timeout: 2 * PATIENCE }, async () => {
  const tokenOf = async (name: string, issuer: HostileIssuer) => {
    const token = await issuer.exchangeToken(claimsOf(name));
    if (name !== "keys-short") return token;
    const header = Buffer.from(JSON.stringify({ alg: "RS256", kid: issuer.key.kid })).toString("base64url");
    const signed = `${header}.${token.split(".")[1]}`;
    return `${signed}.${signWith("sha256", Buffer.from(signed), rsa1024.privateKey).toString("base64url")}`;
  };
  const cases: [string, HostileIssuer][] = [...hostile.map((name): [string, HostileIssuer] => [name, issuers[name]]), ["gone", gone]];
  const answers: [string, Answer][] = await expectUnchanged(world, () =>
    Promise.all(
      cases.map(async ([name, issuer]): Promise<[string, Answer]> => {
        const started = Date.now();
        const answer = await exchange(await tokenOf(name, issuer));
        assert.ok(Date.now() - started < PATIENCE, `${name} took ${Date.now() - started} ms`);
        return [name, answer];
      }),
    ),
  );
  for (const [name, answer] of answers) {
    expectProblem(answer, USABLE_SETS.includes(name) ? "issuer-token-invalid" : "issuer-unavailable");
    expectNoSession(answer);
  }
  expectStatus(await exchange(await main.exchangeToken(claimsOf("still.works"))), 201);
});

test("a page of another site cannot sign a browser in", async () => {
  const token = await main.exchangeToken(mallory);
  const answer = await expectUnchanged(world, () => world.visitor().post(EXCHANGE, { token }, { headers: { origin: "https://evil.example" } }));
  expectProblem(answer, "origin-forbidden");
});
