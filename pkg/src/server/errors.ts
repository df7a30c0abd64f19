// Refusals of a verifier: each has a stable code, an HTTP status, and a problem document (RFC 9457) to respond with.
import { uuid } from "../client/problem.js";
import type { DenialDetail } from "../generated/api.js";

const UNAUTHORIZED = "The token is not valid";

/** Each code: its status, the title of its problem, and the page of Rolecall that explains it; null where there is none. */
const CODES = {
  "token-missing": [401, UNAUTHORIZED, "token-invalid"],
  "token-malformed": [401, UNAUTHORIZED, "token-invalid"],
  "token-signature-invalid": [401, UNAUTHORIZED, "token-invalid"],
  "token-type-wrong": [401, UNAUTHORIZED, "token-invalid"],
  "token-issuer-wrong": [401, UNAUTHORIZED, "token-invalid"],
  "token-audience-wrong": [401, UNAUTHORIZED, "token-invalid"],
  "token-expired": [401, UNAUTHORIZED, "token-invalid"],
  "token-not-yet-valid": [401, UNAUTHORIZED, "token-invalid"],
  "identity-for-another-request": [401, UNAUTHORIZED, "token-invalid"],
  "permission-missing": [403, "The required permission is missing", "permission-missing"],
  "keys-unavailable": [503, "Service Unavailable", null],
  "policy-unavailable": [503, "Service Unavailable", null],
} as const;

/** Stable codes of {@link TokenError}. */
export type TokenErrorCode = keyof typeof CODES;

/** The problem document (RFC 9457) of a {@link TokenError}. */
export interface TokenProblem {
  /** URL of the page that explains the problem; `about:blank` where there is none. */
  readonly type: string;
  /** Title of the code. */
  readonly title: string;
  /** HTTP status. */
  readonly status: number;
  /** Description of this occurrence. */
  readonly detail: string;
  /** Unique id of this occurrence, as `urn:uuid:…`. */
  readonly instance: string;
  /** Stable code. */
  readonly code: TokenErrorCode;
  /** The missing permission; present with `permission-missing`. */
  readonly denial?: DenialDetail;
}

interface ErrorDetails {
  readonly denial?: DenialDetail;
  readonly cause?: unknown;
}

/** Seconds after which a request that failed with 503 may be repeated: `Retry-After`. */
const RETRY_AFTER_SECONDS = "5";

/** A request that is refused, or that cannot be decided: `status` is 401, 403 or 503. */
export class TokenError extends Error {
  override readonly name = "TokenError";
  /** Stable code, for `switch`. */
  readonly code: TokenErrorCode;
  /** HTTP status to respond with. */
  readonly status: 401 | 403 | 503;
  /** The problem document to respond with. It contains no cause. */
  readonly problem: TokenProblem;

  constructor(issuer: string, code: TokenErrorCode, detail: string, { denial, cause }: ErrorDetails = {}) {
    super(detail, cause === undefined ? undefined : { cause });
    const [status, title, page] = CODES[code];
    this.code = code;
    this.status = status;
    const type = page === null ? "about:blank" : new URL(`/problems/${page}`, issuer).href;
    this.problem = { type, title, status, detail, instance: `urn:uuid:${uuid()}`, code, ...(denial && { denial }) };
  }

  /** The headers to respond with. */
  get headers(): Record<string, string> {
    return {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      // RFC 6750 section 3: no error code where the request has no credential.
      ...(this.status === 401 && { "www-authenticate": this.code === "token-missing" ? "Bearer" : 'Bearer error="invalid_token"' }),
      ...(this.status === 503 && { "retry-after": RETRY_AFTER_SECONDS }),
    };
  }

  /** The response: the problem document with its status and headers. */
  toResponse(): Response {
    return new Response(JSON.stringify(this.problem), { status: this.status, headers: this.headers });
  }
}
