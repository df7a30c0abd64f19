// Registry of problems. Errors are problem documents (RFC 9457) in the gateway's format, so that clients parse one format.

const PROBLEMS = {
  "body-malformed": [400, "The body is not valid JSON"],
  "request-malformed": [400, "The request is malformed"],
  "identity-missing": [401, "The request has no identity"],
  "identity-invalid": [401, "The identity is not valid"],
  "not-found": [404, "Not found"],
  "pod-not-found": [404, "No such Pod"],
  "cluster-not-found": [404, "No such Instant Cluster"],
  "endpoint-not-found": [404, "No such Serverless endpoint"],
  "volume-not-found": [404, "No such network volume"],
  "payment-method-not-found": [404, "No such payment method"],
  "limit-reached": [409, "The account has reached the limit"],
  "volume-cannot-shrink": [409, "A volume cannot shrink"],
  "body-too-large": [413, "The body is too large"],
  "media-type-unsupported": [415, "The body must be JSON"],
  "fields-invalid": [422, "Some fields are not valid"],
  "idempotency-key-reused": [422, "The idempotency key was used for another request"],
  internal: [500, "Internal error"],
  "keys-unavailable": [503, "Identities cannot be verified at the moment"],
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

/** Error of one field: JSON pointer into the body or `?name` in the query, code, and description for people. */
export interface FieldProblem {
  pointer: string;
  code: string;
  detail: string;
}

/** An error with a problem document. `detail` is returned to the caller and must not contain internal information. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly fields: readonly FieldProblem[];

  constructor(code: ProblemCode, detail: string, fields: readonly FieldProblem[] = []) {
    super(detail);
    this.code = code;
    this.fields = fields;
  }

  /** Response with the problem document. `requestId` identifies the request in the logs of gateway and API. */
  respond(requestId: string): Response {
    const [status, title] = PROBLEMS[this.code];
    const headers = new Headers({ "content-type": "application/problem+json", "cache-control": "no-store" });
    if (status === 401) headers.set("www-authenticate", "Rolecall-Identity");
    if (status === 503) headers.set("retry-after", "5");
    const document = {
      // A `tag` URI, because the type has no documentation page (RFC 9457 section 3.1.1).
      type: `tag:gpu-cloud.example,2026:${this.code}`,
      title,
      status,
      detail: this.message,
      instance: `urn:uuid:${requestId}`,
      code: this.code,
      ...(this.fields.length > 0 ? { errors: this.fields } : {}),
    };
    return new Response(JSON.stringify(document), { status, headers });
  }
}
