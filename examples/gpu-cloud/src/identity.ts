// Identity of the caller. The gateway has authenticated and authorized the request, and asserts that in a signed header. This
// file trusts that header only; cookies, bearer tokens and other headers are ignored.
import { createMiddleware } from "hono/factory";
import { type JWTVerifyGetKey, createRemoteJWKSet, customFetch, errors, jwtVerify } from "jose";
import * as v from "valibot";
import type { App, Bindings } from "./env";
import { Problem } from "./problem";

export interface Identity {
  /** Account id; every query is restricted to it. */
  account: string;
  /** Subject: a user (`usr_…`) or an API key (`key_…`). */
  subject: string;
  role: string;
  /** Permission of the route, which the gateway has checked. */
  permission: string;
  /** Request id in the gateway's logs. */
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

/** Maximum age of an identity in seconds, whatever its `exp` says. */
const LIFE_SECONDS = 60;
/** Tolerated clock skew in seconds. */
const SKEW_SECONDS = 5;

let keys: JWTVerifyGetKey | undefined;

/**
 * Rolecall's public keys, fetched through the service binding and cached for ten minutes. An unknown key id causes another
 * fetch, at most every 30 seconds. The cache contains no data of a request.
 */
function publicKeys(env: Bindings): JWTVerifyGetKey {
  return (keys ??= createRemoteJWKSet(new URL("/.well-known/jwks.json", env.ISSUER), {
    [customFetch]: (url, init) => env.ROLECALL.fetch(url, init),
  }));
}

/** Whether the public keys could not be fetched, in which case the token was not verified. */
function keysUnavailable(error: unknown): boolean {
  const code = error instanceof errors.JOSEError ? error.code : undefined;
  return code === undefined || code === "ERR_JOSE_GENERIC" || code === "ERR_JWKS_TIMEOUT" || code === "ERR_JWKS_INVALID";
}

async function verify(token: string, request: Request, env: Bindings): Promise<Identity> {
  // 1. Signature, token type, issuer, audience and age.
  const { payload } = await jwtVerify(token, publicKeys(env), {
    algorithms: ["EdDSA"],
    typ: "rolecall-identity+jwt",
    issuer: env.ISSUER,
    audience: env.AUDIENCE,
    maxTokenAge: LIFE_SECONDS,
    clockTolerance: SKEW_SECONDS,
  }).catch((error: unknown) => {
    if (!keysUnavailable(error)) throw new Problem("identity-invalid", "The identity was not signed by the gateway for this API, or has expired.");
    console.error("the public keys of Rolecall cannot be fetched:", error);
    throw new Problem("keys-unavailable", "The gateway's public keys cannot be fetched, so the identity cannot be verified.");
  });
  // 2. All claims are present.
  const claims = v.safeParse(Claims, payload);
  if (!claims.success) throw new Problem("identity-invalid", "The identity has a missing or invalid claim.");
  // 3. Method and path, so that a leaked identity cannot be used for another request.
  const { account, sub, role, permission, htm, htu, rid } = claims.output;
  if (htm !== request.method || htu !== new URL(request.url).pathname) throw new Problem("identity-invalid", "The identity was signed for another request.");
  return { account, subject: sub, role, permission, requestId: rid };
}

/** Middleware that requires a valid identity. */
export const requireIdentity = createMiddleware<App>(async (c, next) => {
  const token = c.req.header(HEADER);
  if (!token) throw new Problem("identity-missing", "This API accepts requests from the gateway only.");
  c.set("identity", await verify(token, c.req.raw, c.env));
  await next();
});
