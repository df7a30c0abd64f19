// The public keys: rotated, asked for by attackers, not available, and late
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { type JWK, SignJWT, exportJWK, generateKeyPair } from "jose";
import { TokenError } from "rolecall/server";
import { later } from "../support/browser.ts";
import { codeOf, openStage, part, verifierOf } from "./support.ts";

const { world, dev, token } = await openStage();
const KEYS = "/.well-known/jwks.json";
const SECOND = 1_000;
const published: { keys: JWK[] } = await (await fetch(new URL(KEYS, world.running.base))).json();
const { privateKey, publicKey } = await generateKeyPair("EdDSA", { extractable: true });
const next = { ...(await exportJWK(publicKey)), kid: "t2", alg: "EdDSA", use: "sig" };

/** A real token as the key of this id would have signed it. */
async function signedBy(kid: string): Promise<string> {
  const real = await token();
  return new SignJWT(part(real, 1)).setProtectedHeader({ ...part(real, 0), kid }).sign(privateKey);
}

const keyFetches = ({ log }: { log: readonly string[] }) => log.filter((path) => path === KEYS).length;

test("a key that was rotated in is found by one more fetch, once the cooldown is over", async () => {
  const { verifier, fetches } = verifierOf(world, { cooldown: 30 * SECOND });
  assert.equal((await verifier.verifyToken(await token())).user, dev.id);
  fetches.instead = (path) => (path === KEYS ? Response.json({ keys: [next, ...published.keys] }) : undefined);
  const rotated = await signedBy("t2");
  assert.equal(await codeOf(verifier.verifyToken(rotated)), "token-signature-invalid", "within the cooldown");
  assert.equal(keyFetches(fetches), 1);
  assert.equal(await later(31 * SECOND, () => codeOf(verifier.verifyToken(rotated))), "accepted");
  assert.equal(keyFetches(fetches), 2);
  assert.equal(await codeOf(verifier.verifyToken(await token())), "accepted", "the old key still counts");
});

test("a flood of unknown keys causes one fetch per cooldown, and holds up nobody", async () => {
  const { verifier, fetches } = verifierOf(world, { cooldown: 30 * SECOND });
  await verifier.verifyToken(await token());
  const forged = await Promise.all(Array.from({ length: 100 }, (_, n) => signedBy(`unknown-${n}`)));
  const flood = () => Promise.all(forged.map((one) => codeOf(verifier.verifyToken(one))));
  const real = await token();
  assert.deepEqual(new Set(await flood()), new Set(["token-signature-invalid"]));
  assert.equal(keyFetches(fetches), 1);
  for (const cooldowns of [1, 2]) {
    await later(cooldowns * 31 * SECOND, async () => {
      await flood();
      for (const one of forged) assert.equal(await codeOf(verifier.verifyToken(one)), "token-signature-invalid");
      assert.equal((await verifier.verifyToken(real)).user, dev.id);
    });
    assert.equal(keyFetches(fetches), 1 + cooldowns);
  }
});

test("a key that was withdrawn is refused after five minutes, whether or not somebody asks for another", async () => {
  const { verifier, fetches } = verifierOf(world);
  fetches.instead = (path) => (path === KEYS ? Response.json({ keys: [next, ...published.keys] }) : undefined);
  const withdrawn = await signedBy("t2");
  assert.equal(await codeOf(verifier.verifyToken(withdrawn)), "accepted");
  fetches.instead = undefined;
  assert.equal(await codeOf(verifier.verifyToken(withdrawn)), "accepted");
  // Of this token the age does not matter, since its key is looked up first.
  assert.equal(await later(301 * SECOND, () => codeOf(verifier.verifyToken(withdrawn))), "token-signature-invalid");
});

test("without keys nothing is accepted: 503, with at most one fetch a second", async () => {
  const { verifier, fetches } = verifierOf(world);
  for (const instead of [
    () => new Response("no", { status: 503 }),
    () => new Response("<html>", { status: 200 }),
    () => Response.json({ keys: "none" }),
    () => new Response(null, { status: 302, headers: { location: "https://elsewhere.example.com/" } }),
    () => Promise.reject(new TypeError("fetch failed")),
  ]) {
    fetches.instead = instead;
    fetches.log.length = 0;
    const other = verifierOf(world);
    other.fetches.instead = instead;
    const error = await other.verifier.verifyToken(await token()).catch((error: unknown) => error);
    assert.ok(error instanceof TokenError, String(error));
    assert.deepEqual([error.code, error.status], ["keys-unavailable", 503]);
    assert.ok(error.cause instanceof Error, "the cause is for the log");
    const response = error.toResponse();
    assert.deepEqual([response.status, response.headers.get("retry-after")], [503, "5"]);
    assert.doesNotMatch(await response.text(), /fetch failed|jwks|http:|302/, "and not for the caller");
  }
  fetches.instead = () => new Response("no", { status: 500 });
  const real = await token();
  for (let n = 0; n < 50; n += 1) assert.equal(await codeOf(verifier.verifyToken(real)), "keys-unavailable");
  assert.ok(keyFetches(fetches) <= 2, `${keyFetches(fetches)} fetches`);
  fetches.instead = undefined;
  assert.equal(await later(2 * SECOND, () => codeOf(verifier.verifyToken(real))), "accepted", "it recovers");
});

test("while Rolecall is down, cached keys count for five minutes and no longer", async () => {
  const { verifier, fetches } = verifierOf(world);
  const real = await token();
  await verifier.verifyToken(real);
  fetches.instead = () => Promise.reject(new TypeError("fetch failed"));
  assert.equal(await later(60 * SECOND, () => codeOf(verifier.verifyToken(real))), "accepted");
  assert.equal(await later(301 * SECOND, () => codeOf(verifier.verifyToken(real))), "keys-unavailable");
});

test("keys that come late fail after the timeout: headers and body", async () => {
  const server = createServer((request, response) => {
    if (request.url === "/body") response.writeHead(200, { "content-type": "application/json" }).write('{"keys":');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  for (const path of ["/headers", "/body"]) {
    const { verifier } = verifierOf(world, { jwksUrl: `http://127.0.0.1:${port}${path}`, timeout: 200, fetch: (url, init) => fetch(url, init) });
    const real = await token();
    const results = await Promise.all(Array.from({ length: 10 }, () => codeOf(verifier.verifyToken(real))));
    assert.deepEqual(new Set(results), new Set(["keys-unavailable"]), path);
  }
});

test("keys that are given are not fetched, and no others count", async () => {
  const { verifier, fetches } = verifierOf(world, { jwks: published });
  assert.equal(await codeOf(verifier.verifyToken(await token())), "accepted");
  assert.equal(await codeOf(verifier.verifyToken(await signedBy("t2"))), "token-signature-invalid");
  assert.equal(keyFetches(fetches), 0);
});
