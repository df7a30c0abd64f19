// Every way to fail, as problem documents (RFC 9457) like the gateway's own, so that a client reads one kind of failure.

const PROBLEMS = {
  "body-malformed": [400, "The body is not JSON"],
  "request-malformed": [400, "The request is malformed"],
  "identity-missing": [401, "The request carries no identity"],
  "identity-invalid": [401, "The identity is not valid"],
  "not-found": [404, "There is nothing at this address"],
  "pod-not-found": [404, "No such Pod"],
  "cluster-not-found": [404, "No such Instant Cluster"],
  "endpoint-not-found": [404, "No such Serverless endpoint"],
  "volume-not-found": [404, "No such network volume"],
  "payment-method-not-found": [404, "No such payment method"],
  "limit-reached": [409, "The account has as many of these as it may have"],
  "volume-cannot-shrink": [409, "A volume only grows"],
  "body-too-large": [413, "The body is too large"],
  "media-type-unsupported": [415, "The body must be JSON"],
  "fields-invalid": [422, "Some fields are not right"],
  "idempotency-key-reused": [422, "The idempotency key belongs to another request"],
  internal: [500, "Something went wrong on our side"],
  "keys-unavailable": [503, "Nobody can be identified at the moment"],
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

/** What is wrong with one field: where (a JSON pointer, or `?name` in the query), a word for programs, a sentence. */
export interface FieldProblem {
  pointer: string;
  code: string;
  detail: string;
}

/** Thrown anywhere, answered in one place. `detail` is shown to the caller: nothing of the inside belongs in it. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly fields: readonly FieldProblem[];

  constructor(code: ProblemCode, detail: string, fields: readonly FieldProblem[] = []) {
    super(detail);
    this.code = code;
    this.fields = fields;
  }

  /** The answer. `requestId` finds the request in the logs of gateway and API. */
  respond(requestId: string): Response {
    const [status, title] = PROBLEMS[this.code];
    const headers = new Headers({ "content-type": "application/problem+json", "cache-control": "no-store" });
    if (status === 401) headers.set("www-authenticate", "Rolecall-Identity");
    if (status === 503) headers.set("retry-after", "5");
    const document = {
      // RFC 9457, section 3.1.1: a `tag` URI names a type that has no page.
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
