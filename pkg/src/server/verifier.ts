// Verification of the two credentials that Rolecall signs: permission tokens, and identities of the gateway.
import { type JWTPayload, type JWTVerifyGetKey, decodeProtectedHeader, errors, jwtVerify } from "jose";
import type { PermissionCode } from "../engine/register.js";
import { type Subject, type VerifiedClaims, type VerifiedToken, accessOf, subjectOf } from "./access.js";
import { TokenError, type TokenErrorCode } from "./errors.js";
import { keySource } from "./keys.js";
import { type Settings, type VerifierOptions, resolveOptions } from "./options.js";
import { PolicySource } from "./policy-source.js";
import { type IncomingRequest, headerOf, pathOf } from "./request.js";

/** A verified identity of the gateway: who sent this one request, and which permission the gateway has checked. */
export type VerifiedIdentity<P extends string = PermissionCode> = Subject & {
  /** Id of the account: restrict your data to it. */
  readonly account: string;
  /** Code of the role; `api_key` for an API key. For display: the decision was made by `permission`. */
  readonly role: string;
  /** Permission of the route, which the sender holds. */
  readonly permission: P;
  /** Id of the request, as in the gateway's log and in `X-Request-ID`. */
  readonly requestId: string;
  /** Unique id of the identity: remember it for a minute to refuse the same request sent twice. */
  readonly id: string;
};

/** Verifies Rolecall's credentials. Its methods reject with a {@link TokenError}. */
export interface Verifier<P extends string = PermissionCode> {
  /**
   * Verifies a permission token: its signature, type, issuer, audience, age and claims.
   *
   * Throws a TypeError if the verifier was created without `audience`.
   */
  verifyToken(token: string | null | undefined): Promise<VerifiedToken<P>>;
  /**
   * Verifies the header `Rolecall-Identity` of a request that came through the gateway, and that it was signed for this
   * method and path. The query and the body are not covered.
   *
   * Throws a TypeError if the verifier was created without `identityAudience`.
   */
  verifyIdentity(request: IncomingRequest): Promise<VerifiedIdentity<P>>;
}

/** Requirements on one kind of credential. */
interface Kind {
  readonly typ: string;
  readonly audience: string;
  /** Maximum age in seconds, whatever `exp` says: the longest lifetime that Rolecall gives. */
  readonly maxTokenAge: number;
  readonly texts: readonly string[];
}

/** Maximum length, as Rolecall's own: sufficient for 256 permission codes of 64 bytes. */
const LENGTH_MAX = 32 * 1024;
/** Compact serialization (RFC 7515 section 3.1), without the white space that decoders of base64 skip. */
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]*$/;
const TOKEN_SECONDS_MAX = 900;
const IDENTITY_SECONDS_MAX = 60;
const TEXTS = ["iss", "aud", "sub", "account", "role", "jti"];

/**
 * Creates a verifier. Create one for the process and keep it: it caches the public keys and the policy. Nothing is fetched
 * before the first use.
 *
 * Throws a TypeError for a faulty option.
 */
export function createVerifier<P extends string = PermissionCode>(options: VerifierOptions): Verifier<P> {
  const settings = resolveOptions(options);
  const { issuer, audience, identityAudience } = settings;
  const findKey = keySource(settings);
  const policies = new PolicySource<P>(settings);
  const malformed = (detail: string) => new TokenError(issuer, "token-malformed", detail);

  return {
    async verifyToken(token) {
      if (audience === undefined) throw new TypeError("the verifier has no audience: createVerifier({ audience: … })");
      if (token === undefined || token === null) throw new TokenError(issuer, "token-missing", "The request has no permission token.");
      const kind = { typ: "at+jwt", audience, maxTokenAge: TOKEN_SECONDS_MAX, texts: [...TEXTS, "pol"] };
      const claims = await verify(token, kind, settings, findKey);
      const { permissions } = claims;
      const subject = subjectOf(claims["sub"] as string);
      const isComplete = isSeconds(claims["ver"]) && isTexts(permissions);
      const { acr, amr, auth_time: authTime } = claims as Record<string, unknown>;
      const isAuthentication =
        (acr === undefined || typeof acr === "string") && (amr === undefined || isTexts(amr)) && (authTime === undefined || isSeconds(authTime));
      // Rolecall issues tokens to users only.
      if (subject?.user === undefined || !isComplete || !isAuthentication) throw malformed("A claim of the token is missing or invalid.");
      const verified = claims as JWTPayload & VerifiedClaims;
      return accessOf(issuer, subject.user, verified, await policies.find(verified.pol));
    },

    async verifyIdentity(request) {
      if (identityAudience === undefined) throw new TypeError("the verifier has no identityAudience: createVerifier({ identityAudience: … })");
      const token = headerOf(request.headers, "rolecall-identity");
      if (token === undefined) throw new TokenError(issuer, "token-missing", "The request did not come through the gateway.");
      const texts = [...TEXTS, "permission", "htm", "htu", "rid"];
      const kind = { typ: "rolecall-identity+jwt", audience: identityAudience, maxTokenAge: IDENTITY_SECONDS_MAX, texts };
      const claims = (await verify(token, kind, settings, findKey)) as Record<string, string>;
      const subject = subjectOf(claims["sub"]!);
      if (!subject) throw malformed("The subject of the identity is neither a user nor an API key.");
      if (claims["htm"] !== request.method || claims["htu"] !== pathOf(request)) {
        throw new TokenError(issuer, "identity-for-another-request", "The identity was signed for another method or path.");
      }
      return {
        ...subject,
        account: claims["account"]!,
        role: claims["role"]!,
        permission: claims["permission"] as P,
        requestId: claims["rid"]!,
        id: claims["jti"]!,
      };
    },
  };
}

/** Verifies what both kinds have in common, and that the claims in `texts` are texts. */
async function verify(token: string, kind: Kind, settings: Settings, findKey: JWTVerifyGetKey): Promise<JWTPayload> {
  const { typ, audience, maxTokenAge, texts } = kind;
  const { issuer, clockTolerance } = settings;
  const refusal = (code: TokenErrorCode, detail: string, cause?: unknown) => new TokenError(issuer, code, detail, { cause });
  if (typeof token !== "string" || token.length > LENGTH_MAX || !COMPACT.test(token))
    throw refusal("token-malformed", "It is not a token, or is longer than any that Rolecall signs.");
  // 1. The header, exactly as Rolecall writes it.
  const header = headerOfToken(token);
  if (!header || "crit" in header || "b64" in header || typeof header["kid"] !== "string")
    throw refusal("token-malformed", "It is not a token that Rolecall signs.");
  if (header["alg"] !== "EdDSA") throw refusal("token-signature-invalid", "It is not signed with EdDSA.");
  if (header["typ"] !== typ) throw refusal("token-type-wrong", `It is not of the type \`${typ}\`.`);
  // 2. Signature, issuer, audience and age.
  const { payload } = await jwtVerify(token, findKey, {
    algorithms: ["EdDSA"],
    typ,
    issuer,
    audience,
    maxTokenAge,
    clockTolerance,
    // The clock of the caches' ages.
    currentDate: new Date(Date.now()),
    requiredClaims: ["exp", "iat"],
  }).catch((error: unknown) => {
    if (!(error instanceof errors.JOSEError)) throw error;
    throw refusal(...reasonOf(error), error);
  });
  // 3. One audience, and every claim of its type. The rest is not Rolecall's.
  if (payload.aud !== audience) throw refusal("token-audience-wrong", "It was issued for other audiences as well.");
  const { iat, exp } = payload;
  const isComplete = texts.every((name) => typeof payload[name] === "string" && payload[name] !== "") && isSeconds(iat) && isSeconds(exp) && iat < exp;
  if (!isComplete || !String(payload["account"]).startsWith("acct_")) throw refusal("token-malformed", "A claim of the token is missing or invalid.");
  return payload;
}

function headerOfToken(token: string): Record<string, unknown> | undefined {
  try {
    return decodeProtectedHeader(token) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every((text) => typeof text === "string");

/** A whole number that every verifier reads alike. */
const isSeconds = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function reasonOf(error: InstanceType<typeof errors.JOSEError>): [TokenErrorCode, string] {
  if (error instanceof errors.JWTExpired) return ["token-expired", "It has expired."];
  if (error instanceof errors.JWSSignatureVerificationFailed) return ["token-signature-invalid", "Its signature is not valid."];
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === "iss") return ["token-issuer-wrong", "It was issued by another Rolecall."];
    if (error.claim === "aud") return ["token-audience-wrong", "It was issued for another audience."];
    if (error.reason === "check_failed" && (error.claim === "iat" || error.claim === "nbf"))
      return ["token-not-yet-valid", "It was issued in the future: compare the clocks."];
  }
  return ["token-malformed", "It is not a token that Rolecall signs."];
}
