// The public keys: fetched on first use, cached for five minutes, and fetched again for an unknown key id.
import { type JWTVerifyGetKey, createLocalJWKSet, createRemoteJWKSet, customFetch, errors } from "jose";
import { TokenError } from "./errors.js";
import type { Settings, VerifierFetch } from "./options.js";

/** Rolecall's own `Cache-Control` of the keys: a new key is published that long before it signs. */
const MAX_AGE_MS = 300_000;
/** Milliseconds after a failed fetch in which there is no other one: jose's own cooldown begins with a successful fetch. */
const FAILURE_PAUSE_MS = 1_000;

/** Returns the function that finds the key of a token. It rejects with a {@link TokenError} (`keys-unavailable`, `token-signature-invalid`). */
export function keySource(settings: Settings): JWTVerifyGetKey {
  const { issuer, jwks, jwksUrl, fetch, cooldown, timeout } = settings;
  const find: JWTVerifyGetKey = jwks
    ? createLocalJWKSet(jwks)
    : createRemoteJWKSet(new URL(jwksUrl), {
        cacheMaxAge: MAX_AGE_MS,
        cooldownDuration: cooldown,
        timeoutDuration: timeout,
        [customFetch]: pausedAfterFailure(fetch),
      });
  return async (header, token) => {
    try {
      return await find(header, token);
    } catch (cause) {
      if (cause instanceof errors.JWKSNoMatchingKey)
        throw new TokenError(issuer, "token-signature-invalid", "It was signed with a key that Rolecall does not publish.", { cause });
      throw new TokenError(issuer, "keys-unavailable", "Rolecall's public keys cannot be fetched, so the request cannot be verified.", { cause });
    }
  };
}

function pausedAfterFailure(fetch: VerifierFetch): VerifierFetch {
  let failed: { at: number; cause: unknown } | undefined;
  return async (url, init) => {
    const elapsed = failed ? Date.now() - failed.at : Number.NaN;
    if (elapsed >= 0 && elapsed < FAILURE_PAUSE_MS) throw new Error(`not fetched again so soon after a failure: ${url}`, { cause: failed?.cause });
    try {
      const response = await fetch(url, init);
      if (response.status !== 200) throw new Error(`${url} responded with status ${response.status}`);
      // Read here, so that a body that breaks off is a failure as well.
      const body = await response.text();
      failed = undefined;
      return new Response(body);
    } catch (cause) {
      failed = { at: Date.now(), cause };
      throw cause;
    }
  };
}
