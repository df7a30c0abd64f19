// Who is asking. The gateway has authenticated and authorised the request and says so in a signed header; this file
// believes that header and nothing else. Cookies, bearer tokens and other headers are not looked at.
import { createMiddleware } from "hono/factory";
import { type JWTVerifyGetKey, createRemoteJWKSet, customFetch, errors, jwtVerify } from "jose";
import * as v from "valibot";
import type { App, Bindings } from "./app";
import { Problem } from "./problem";

export interface Identity {
  /** The account whose resources are meant: every query is keyed by it. */
  account: string;
  /** Who acts: a user (`usr_…`) or an API key (`key_…`). */
  subject: string;
  role: string;
  /** The permission that the gateway has checked for this route. */
  permission: string;
  /** The request's id in the gateway's logs. */
  requestId: string;
}

const HEADER = "Rolecall-Identity";

const Claims = v.object({
  account: v.pipe(v.string(), v.startsWith("acct_")),
  sub: v.pipe(v.string(), v.regex(/^(usr|key)_/)),
  role: v.string(),
  permission: v.string(),
  htm: v.string(),
  htu: v.string(),
  rid: v.string(),
  jti: v.string(),
  exp: v.number(),
});

/** Seconds that an identity is good for at most, whatever it says itself. */
const LIFE_SECONDS = 60;
/** Seconds by which two machines' clocks may differ. */
const SKEW_SECONDS = 5;

let keys: JWTVerifyGetKey | undefined;

/**
 * Rolecall's public keys, read through the service binding and kept for ten minutes; a key id that is not among them
 * leads to one more look, at most every half minute. Keeps no request's data.
 */
function publicKeys(env: Bindings): JWTVerifyGetKey {
  return (keys ??= createRemoteJWKSet(new URL("/.well-known/jwks.json", env.ISSUER), {
    [customFetch]: (url, init) => env.ROLECALL.fetch(url, init),
  }));
}

/** Whether the keys could not be read: then nothing is said about the token. */
function withoutKeys(error: unknown): boolean {
  const about = error instanceof errors.JOSEError ? error.code : undefined;
  return about === undefined || about === "ERR_JOSE_GENERIC" || about === "ERR_JWKS_TIMEOUT" || about === "ERR_JWKS_INVALID";
}

async function verify(token: string, request: Request, env: Bindings): Promise<Identity> {
  // 1. Signed by Rolecall, as an identity and no other token, for this API, and fresh.
  const { payload } = await jwtVerify(token, publicKeys(env), {
    algorithms: ["EdDSA"],
    typ: "rolecall-identity+jwt",
    issuer: env.ISSUER,
    audience: env.AUDIENCE,
    maxTokenAge: LIFE_SECONDS,
    clockTolerance: SKEW_SECONDS,
  }).catch((error: unknown) => {
    if (!withoutKeys(error)) throw new Problem("identity-invalid", "The identity is not one that the gateway signed for this API just now.");
    console.error("the keys of Rolecall cannot be read:", error);
    throw new Problem("keys-unavailable", "The gateway's keys cannot be read, so nobody can be identified.");
  });
  // 2. Whole.
  const claims = v.safeParse(Claims, payload);
  if (!claims.success) throw new Problem("identity-invalid", "The identity lacks a claim.");
  // 3. Signed for this very request: one that leaks elsewhere opens no other door.
  const { account, sub, role, permission, htm, htu, rid } = claims.output;
  if (htm !== request.method || htu !== new URL(request.url).pathname) throw new Problem("identity-invalid", "The identity belongs to another request.");
  return { account, subject: sub, role, permission, requestId: rid };
}

/** Lets nothing pass without an identity. */
export const identified = createMiddleware<App>(async (c, next) => {
  const token = c.req.header(HEADER);
  if (!token) throw new Problem("identity-missing", "This API is reached through the gateway only.");
  c.set("identity", await verify(token, c.req.raw, c.env));
  await next();
});
