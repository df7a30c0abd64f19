// What a call fails with: the server's problem document as an Error, discriminated by `code`.
import type { DenialDetail, FieldProblem, ProblemCode, ProblemDocument } from "../generated/api.js";

interface Base<C extends string> extends Omit<ProblemDocument, "code" | "denial" | "errors"> {
  readonly code: C;
}

type DeniedCode = "permission-missing" | "permission-escalation";

/**
 * A problem document (RFC 9457), discriminated by `code`: `fields-invalid` carries `errors`, `permission-missing` and
 * `permission-escalation` carry `denial`.
 */
export type Problem =
  | (Base<DeniedCode> & { readonly denial: DenialDetail; readonly errors?: undefined })
  | (Base<"fields-invalid"> & { readonly errors: readonly FieldProblem[]; readonly denial?: undefined })
  | (Base<Exclude<ProblemCode, DeniedCode | "fields-invalid">> & { readonly errors?: undefined; readonly denial?: undefined });

/** The server said no, or the local rules did in its place. */
export class RolecallError extends Error {
  override readonly name = "RolecallError";
  /** The problem's code, for `switch`. */
  readonly code: ProblemCode;
  /** The HTTP status; for a local refusal the one that the server would have sent. */
  readonly status: number;
  /** The whole document. */
  readonly problem: Problem;
  /** Seconds to wait before the next try, where the server names them. */
  readonly retryAfter: number | undefined;
  /** True when nothing was sent: the rules in this process refused. */
  readonly local: boolean;

  constructor(problem: Problem, more: { retryAfter?: number | undefined; local?: boolean } = {}) {
    super(problem.detail || problem.title);
    this.problem = problem;
    this.code = problem.code;
    this.status = problem.status;
    this.retryAfter = more.retryAfter;
    this.local = more.local ?? false;
  }
}

/** No answer came, or none that can be read. Whether a change was made is unknown; sending it again is safe. */
export class RolecallNetworkError extends Error {
  override readonly name = "RolecallNetworkError";
}

const CLIENT_ERRORS = {
  "base-url-invalid": 'baseUrl is no address here: outside of a page it must be whole, such as "https://team.example.com".',
  "account-not-chosen": 'No account is in use yet: await rolecall.accounts.use("acct_…") first.',
  "account-lost": "The account in use is not yours any more: await rolecall.accounts.use(…) with another one.",
  "session-ended": "The session has ended: sign in, then await rolecall.accounts.use(…) again.",
  "version-invalid": "ifVersion must be a version that was read: a whole number.",
};

export type ClientErrorCode = keyof typeof CLIENT_ERRORS;

/** The client cannot do what it is asked, whatever the server would say; nothing was sent. */
export class RolecallClientError extends Error {
  override readonly name = "RolecallClientError";
  /** Stable, for `switch`. */
  readonly code: ClientErrorCode;

  constructor(code: ClientErrorCode, options?: ErrorOptions) {
    super(CLIENT_ERRORS[code], options);
    this.code = code;
  }
}

/** A result as a value, for those who would rather not catch. */
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };

/** Turns a call into a value; what is no answer of the server still throws. */
export async function settle<T>(call: Promise<T>): Promise<Result<T>> {
  try {
    return { ok: true, value: await call };
  } catch (error) {
    if (error instanceof RolecallError) return { ok: false, problem: error.problem };
    throw error;
  }
}

/** A random UUID; `crypto.randomUUID` is missing on pages of plain http. */
export function uuid(): string {
  return "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (digit) => (Number(digit) ^ (crypto.getRandomValues(new Uint8Array(1))[0]! & (15 >> (Number(digit) / 4)))).toString(16));
}

/** The problem that the server would answer a request with whose permission is missing. */
export function permissionMissing(baseUrl: string, denial: DenialDetail): Problem {
  return {
    type: new URL("/problems/permission-missing", baseUrl).href,
    title: "Your role does not allow this",
    status: 403,
    detail: `The role \`${denial.role}\` does not grant \`${denial.permission}\`.`,
    instance: `urn:uuid:${uuid()}`,
    code: "permission-missing",
    denial,
  };
}
