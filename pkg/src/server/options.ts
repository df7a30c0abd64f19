// Options of a verifier, checked when it is created.
import type { JSONWebKeySet } from "jose";

/** Sends a request for the public keys or the policy, as the global `fetch` does. */
export type VerifierFetch = (url: string, init: RequestInit) => Promise<Response>;

/** At least one audience is required. Without it, credentials that were issued for another service would be accepted. */
type Audiences =
  | {
      /** Required `aud` of permission tokens: the deployment's `TOKEN_AUDIENCE`. */
      readonly audience: string;
      /** Required `aud` of the gateway's identities: the deployment's `UPSTREAM_AUDIENCE`, which is `upstream` unless set. */
      readonly identityAudience?: string;
    }
  | { readonly audience?: undefined; readonly identityAudience: string };

/** Options of {@link createVerifier}. */
export type VerifierOptions = Audiences & {
  /** Required `iss`: the deployment's `ORIGIN`, without a path, for example `https://accounts.example.com`. */
  readonly issuer: string;
  /** URL of the public keys, where it is not `{issuer}/.well-known/jwks.json`. It may be `http:` in a network that you trust. */
  readonly jwksUrl?: string;
  /** URL of the policy, where it is not `{issuer}/v1/policy`. */
  readonly policyUrl?: string;
  /** The public keys; then they are not fetched, and tokens of a key that is not among them are refused. */
  readonly jwks?: JSONWebKeySet;
  /** The text of the policy file, byte for byte; then it is not fetched. */
  readonly policy?: string;
  /** Sends the requests for keys and policy, for example through a service binding; the global `fetch` by default. */
  readonly fetch?: VerifierFetch;
  /** Minimum milliseconds between two fetches that an unknown key or policy causes; 30 000 by default. */
  readonly cooldown?: number;
  /** Milliseconds after which such a fetch fails; 5000 by default. */
  readonly timeout?: number;
  /** Tolerated clock skew in seconds, at most 60; 5 by default. */
  readonly clockTolerance?: number;
};

/** Validated options with their default values. */
export interface Settings {
  readonly issuer: string;
  readonly audience: string | undefined;
  readonly identityAudience: string | undefined;
  readonly jwksUrl: string;
  readonly policyUrl: string;
  readonly jwks: JSONWebKeySet | undefined;
  readonly policy: string | undefined;
  readonly fetch: VerifierFetch;
  readonly cooldown: number;
  readonly timeout: number;
  readonly clockTolerance: number;
}

const SKEW_SECONDS_MAX = 60;
/** setTimeout's limit, which AbortSignal.timeout shares on some platforms. */
const MILLISECONDS_MAX = 2 ** 31 - 1;

/** Runs in workerd, where a promise of one request's I/O must not be awaited in another request. */
export const IS_WORKERS = typeof navigator !== "undefined" && navigator.userAgent === "Cloudflare-Workers";

/** Validates options. Throws a TypeError that names the faulty one. */
export function resolveOptions(options: VerifierOptions): Settings {
  const { issuer, audience, identityAudience, jwks, policy, cooldown = 30_000, timeout = 5_000, clockTolerance = 5 } = options;
  const origin = URL.canParse(issuer) ? new URL(issuer) : undefined;
  if (!origin || origin.origin !== issuer) throw new TypeError(`issuer must be Rolecall's origin exactly, such as "https://accounts.example.com": ${issuer}`);
  for (const [name, value] of Object.entries({ audience, identityAudience })) {
    if (value !== undefined && (typeof value !== "string" || value === "")) throw new TypeError(`${name} must be a text that is not empty`);
  }
  if (audience === undefined && identityAudience === undefined)
    throw new TypeError("audience (TOKEN_AUDIENCE) or identityAudience (UPSTREAM_AUDIENCE) is required");
  if (audience === identityAudience) throw new TypeError("audience and identityAudience must differ, as TOKEN_AUDIENCE and UPSTREAM_AUDIENCE do");
  checkNumber("cooldown", cooldown, 0, MILLISECONDS_MAX);
  checkNumber("timeout", timeout, 1, MILLISECONDS_MAX);
  checkNumber("clockTolerance", clockTolerance, 0, SKEW_SECONDS_MAX);
  const isProtected = origin.protocol === "https:" || ["localhost", "127.0.0.1", "[::1]"].includes(origin.hostname);
  if (!isProtected && !jwks && options.jwksUrl === undefined)
    throw new TypeError(`keys are not fetched without TLS from ${issuer}: give jwksUrl if its network is trusted`);
  return {
    issuer,
    audience,
    identityAudience,
    jwks,
    policy,
    jwksUrl: checkUrl("jwksUrl", options.jwksUrl ?? `${issuer}/.well-known/jwks.json`),
    policyUrl: checkUrl("policyUrl", options.policyUrl ?? `${issuer}/v1/policy`),
    fetch: uncached(options.fetch ?? ((url, init) => fetch(url, init))),
    cooldown,
    timeout,
    clockTolerance,
  };
}

/** Bypasses HTTP caches, some of which (Next.js) do not expire. Older Workers refuse the option, and have no such cache. */
function uncached(send: VerifierFetch): VerifierFetch {
  return (url, init) => send(url, IS_WORKERS ? init : { ...init, cache: "no-store" });
}

function checkNumber(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) throw new TypeError(`${name} must be an integer from ${min} to ${max}`);
}

function checkUrl(name: string, value: string): string {
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol)) throw new TypeError(`${name} must be an absolute URL: ${value}`);
  return value;
}
