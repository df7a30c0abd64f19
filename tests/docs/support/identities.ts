// Identities as the gateway signs them, and others that it never would: what each documented verification must take and
// refuse. The keys are this file's own, published where Rolecall's would be.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { SignJWT, UnsecuredJWT } from "jose";
import { type SigningKey, TYPE, signingKey } from "../../e2e/support/gpu-cloud-upstream.ts";
import { service } from "./service.ts";

/** Verifies as the documentation says: the claims, or a rejection. */
export type Verify = (method: string, path: string, token: string) => Promise<Record<string, unknown>>;

export interface Issuer {
  origin: string;
  keys: { keys: object[] };
  key: SigningKey;
}

/** An issuer with one key. */
export async function issuer(): Promise<Issuer> {
  const key = await signingKey("k1");
  const keys = { keys: [key.jwk] };
  const publish = (request: IncomingMessage) => {
    // As Cloudflare does by default, where Rolecall runs (error 1010).
    if (/^Python-urllib/.test(request.headers["user-agent"] ?? "")) throw new Error("refused by the name of the client");
    return keys;
  };
  return { origin: await service(publish), keys, key };
}

const METHOD = "POST";
const PATH = "/api/pods";
/** An answer that took longer says nothing about the second in which the identity was signed. */
const PROMPT_MS = 2_000;

interface Change {
  claims?: Record<string, unknown>;
  /** Seconds by which the gateway's clock is ahead of the API's. */
  ahead?: number;
  /** Whether it says that it does not count before it was signed. */
  notBefore?: boolean;
  header?: Record<string, unknown>;
  without?: string;
  secret?: Parameters<SignJWT["sign"]>[0];
}

function sign({ origin, key }: Issuer, { claims = {}, ahead = 0, notBefore = false, header = {}, without, secret = key.secret }: Change): Promise<string> {
  const now = (ahead > 0 ? Math.ceil : Math.floor)(Date.now() / 1000) + ahead;
  const all: Record<string, unknown> = {
    iss: origin,
    aud: "upstream",
    sub: "usr_1",
    account: "acct_1",
    role: "dev",
    permission: "pods.manage",
    htm: METHOD,
    htu: PATH,
    rid: randomUUID(),
    jti: randomUUID(),
    iat: now,
    exp: now + 60,
    ...(notBefore ? { nbf: now } : {}),
    ...claims,
  };
  if (without) delete all[without];
  return new SignJWT(all).setProtectedHeader({ alg: "EdDSA", typ: TYPE, kid: key.kid, ...header }).sign(secret);
}

/** Holds a verification against everything that it must take and refuse. */
export async function assertVerifies(verify: Verify, from: Issuer): Promise<void> {
  /** Signed and verified within moments, so that the clock's differences are those that were meant. */
  const said = async (change: Change): Promise<Record<string, unknown>> => {
    for (;;) {
      const started = Date.now();
      const answer = await verify(METHOD, PATH, await sign(from, change)).catch((error: unknown) => ({ refused: error }));
      if (Date.now() - started < PROMPT_MS) return answer;
    }
  };
  const taken: Record<string, Change> = {
    "as it is signed": {},
    "from a clock that is a second ahead": { ahead: 1 },
    "that does not count before it was signed, from such a clock": { ahead: 1, notBefore: true },
    "that ended a second ago": { ahead: -61 },
  };
  for (const [name, change] of Object.entries(taken)) {
    const claims = await said(change);
    assert.deepEqual([claims["sub"], claims["account"]], ["usr_1", "acct_1"], `an identity ${name}: ${String(claims["refused"])}`);
  }
  const other = await signingKey("k1");
  const refused: Record<string, Change> = {
    "that ended more than a minute ago": { ahead: -121 },
    "for another API": { claims: { aud: "elsewhere" } },
    "of another issuer": { claims: { iss: "https://elsewhere.example.com" } },
    "for another method": { claims: { htm: "DELETE" } },
    "for another path": { claims: { htu: "/api/pods/pod_1" } },
    "that is another kind of token": { header: { typ: "JWT" } },
    "signed by another key": { secret: other.secret },
    "of a key that nobody published": { header: { kid: "k2" } },
    "signed by the public key as a shared secret": { header: { alg: "HS256" }, secret: new TextEncoder().encode(JSON.stringify(from.key.jwk)) },
    "without an account": { without: "account" },
    "without an end": { without: "exp" },
  };
  for (const [name, change] of Object.entries(refused)) {
    assert.ok("refused" in (await said(change)), `an identity ${name} was taken`);
  }
  const unsigned = new UnsecuredJWT({ sub: "usr_1", account: "acct_1", htm: METHOD, htu: PATH })
    .setIssuer(from.origin)
    .setAudience("upstream")
    .setExpirationTime("1m")
    .encode();
  for (const token of [unsigned, "", "a.b.c"]) await assert.rejects(() => verify(METHOD, PATH, token), `\`${token}\` was taken`);
  // Whatever verifies is still at work: all this was refused, and not just left without an answer.
  await verify(METHOD, PATH, await sign(from, {}));
}
