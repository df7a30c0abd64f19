// Errors of the client: problem documents (RFC 9457) of the server, network failures, and misuse of the client.
import type { Explanation } from "../engine/types.js";
import type { DenialDetail, FieldProblem, ProblemCode, ProblemDocument } from "../generated/api.js";

interface ProblemBase<C extends string> extends Omit<ProblemDocument, "code" | keyof NoDetails> {
  readonly code: C;
}

type DeniedCode = "permission-missing" | "permission-escalation";
type MethodsCode = "reauthentication-required" | "second-factor-required";
type DetailedCode = DeniedCode | "fields-invalid" | MethodsCode;

/**
 * A way to authenticate: the password, a code from a mail to the user's email, a provider, a passkey, a code of the authenticator app, or a
 * recovery code, which is `recovery` for `reauthenticate` and `recovery_code` for `secondFactor`.
 */
export type AuthenticationMethod = "password" | "email" | "provider" | "passkey" | "totp" | "recovery" | "recovery_code" | (string & {});

interface NoDetails {
  readonly denial?: undefined;
  readonly errors?: undefined;
  readonly methods?: undefined;
}
type ProblemWith<C extends string, D extends { [K in keyof NoDetails]?: unknown }> = ProblemBase<C> & D & Omit<NoDetails, keyof D>;

/**
 * A problem document (RFC 9457), discriminated by `code`: `fields-invalid` has `errors`; `permission-missing` and
 * `permission-escalation` have `denial`; `reauthentication-required` has `methods`, those that `reauthenticate` takes, and
 * `second-factor-required` those that `secondFactor` takes.
 */
export type Problem =
  | ProblemWith<DeniedCode, { readonly denial: DenialDetail }>
  | ProblemWith<"fields-invalid", { readonly errors: readonly FieldProblem[] }>
  | ProblemWith<MethodsCode, { readonly methods: readonly AuthenticationMethod[] }>
  | ProblemWith<Exclude<ProblemCode, DetailedCode>, NoDetails>;

interface ErrorDetails {
  readonly retryAfter?: number | undefined;
  readonly local?: boolean;
}

interface ErrorOf<P extends Problem> extends Error {
  readonly name: "RolecallError";
  /** Stable code of the problem, for `switch`: it determines the members of `problem`. */
  readonly code: P["code"];
  /** HTTP status; for a local refusal, the one that the server would respond with. */
  readonly status: number;
  /** The problem document. */
  readonly problem: P;
  /** `Retry-After` in seconds; undefined where the response has none. */
  readonly retryAfter: number | undefined;
  /** Whether the local rules refused it, so that nothing was sent. */
  readonly local: boolean;
}

/** A request that the server refused, or that the local rules refused before it was sent (`local`). Discriminated by `code`. */
export type RolecallError = Problem extends infer P ? (P extends Problem ? ErrorOf<P> : never) : never;

/** The class of {@link RolecallError}. */
export const RolecallError = class RolecallError extends Error {
  override readonly name = "RolecallError";
  readonly code: ProblemCode;
  readonly status: number;
  readonly problem: Problem;
  readonly retryAfter: number | undefined;
  readonly local: boolean;

  constructor(problem: Problem, details: ErrorDetails = {}) {
    super(problem.detail || problem.title);
    this.problem = problem;
    this.code = problem.code;
    this.status = problem.status;
    this.retryAfter = details.retryAfter;
    this.local = details.local ?? false;
  }
} as unknown as { new (problem: Problem, details?: ErrorDetails): RolecallError };

/**
 * A request without a usable response: the network failed (see `cause`), or the response is not one of Rolecall's. Whether
 * a change was made is unknown; repeating it with the same `idempotencyKey` is safe.
 */
export class RolecallNetworkError extends Error {
  override readonly name = "RolecallNetworkError";
}

const CLIENT_ERRORS = {
  "base-url-invalid": 'baseUrl is not a valid URL; outside of a page it must be absolute, such as "https://team.example.com".',
  "account-not-chosen": 'No account is in use: await rolecall.start() or rolecall.switchAccount("acct_…") first.',
  "account-lost": "You are no longer a member of the account in use: await rolecall.start() or rolecall.switchAccount(…) with another one.",
  "session-ended": "Nobody is signed in: sign in, then await rolecall.start() or rolecall.switchAccount(…).",
  "client-closed": "The client was closed.",
  "provider-missing": "The component has no <RolecallProvider client={…}> above it.",
  "passkey-cancelled": "No passkey was chosen: the ceremony was cancelled, timed out or replaced by another one.",
  "passkey-unsupported": "This browser or page has no passkeys.",
  "passkey-here-already": "This authenticator has a passkey of the user already.",
  "id-invalid": "The id is empty, or is not one.",
  "version-invalid": "ifVersion must be an integer.",
};

/** Stable codes of {@link RolecallClientError}. */
export type ClientErrorCode = keyof typeof CLIENT_ERRORS;

/** A call that the client cannot make in its state, with its arguments or without a passkey; nothing was changed. */
export class RolecallClientError extends Error {
  override readonly name = "RolecallClientError";
  /** Stable code, for `switch`. */
  readonly code: ClientErrorCode;

  constructor(code: ClientErrorCode, options?: ErrorOptions) {
    super(CLIENT_ERRORS[code], options);
    this.code = code;
  }
}

/** The outcome of a call as a value, discriminated by `ok`. */
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };

/**
 * Resolves a call to a {@link Result}: its value, or the problem of a {@link RolecallError}. Rejects with every other
 * error, such as a {@link RolecallNetworkError}.
 */
export async function toResult<T>(call: Promise<T>): Promise<Result<T>> {
  try {
    return { ok: true, value: await call };
  } catch (error) {
    if (error instanceof RolecallError) return { ok: false, problem: error.problem };
    throw error;
  }
}

/** A random UUID (version 4). `crypto.randomUUID` is missing on pages without TLS. */
export function uuid(): string {
  return "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (digit) =>
    (Number(digit) ^ (crypto.getRandomValues(new Uint8Array(1))[0]! & (15 >> (Number(digit) / 4)))).toString(16),
  );
}

/** The problem document that the server would respond with for a permission that is not held. */
export function permissionMissing(baseUrl: string, { permission, role, grantedBy }: Explanation<string>): Problem {
  const denial: DenialDetail = { permission, role, granted_by: [...grantedBy] };
  return {
    type: new URL("/problems/permission-missing", baseUrl).href,
    title: "The required permission is missing",
    status: 403,
    detail: `The role \`${role}\` does not grant the permission \`${permission}\`.`,
    instance: `urn:uuid:${uuid()}`,
    code: "permission-missing",
    denial,
  };
}
