/** What a deployment configures in files. */
export interface Configuration {
  /** Text of policy.json, byte for byte: wrangler.toml has a rule that imports JSON files as text. */
  policy: string;
  /** Text of sign-in.json, the ways to sign in; without it passwords, codes by mail and passkeys. */
  signIn?: string;
}

/** The handlers of a Worker, as the platform calls them, and the entrypoint for other Workers. */
export interface Worker {
  fetch(request: Request, env: object, context: object): Response | Promise<Response>;
  scheduled(event: object, env: object, context: object): Promise<void>;
  /** Class to export as `Rolecall`, so that another Worker can bind it with `entrypoint = "Rolecall"`. */
  readonly Rolecall: ServiceConstructor;
}

/**
 * Creates the Worker.
 *
 * @throws TypeError if a file is not a text.
 */
export function createWorker(configuration: Configuration): Worker;

/** The class behind a service binding with `entrypoint = "Rolecall"`; the platform makes an object of it for each call. */
export interface ServiceConstructor {
  // biome-ignore lint/suspicious/noExplicitAny: the context and the environment are the platform's
  new (context: any, env: any): RolecallService;
}

/** On whose behalf a call is made: at most one credential. Without one the answer is the problem `session-missing`. */
export type Credential =
  | { /** Permission token. */ token: string; apiKey?: undefined; session?: undefined }
  | { /** Secret of an API key. */ apiKey: string; token?: undefined; session?: undefined }
  | { /** Value of the cookie `__Host-rolecall_session`. */ session: string; token?: undefined; apiKey?: undefined }
  | { token?: undefined; apiKey?: undefined; session?: undefined };

/** Credential of `evaluate`, and the account; without `account` that of the token or key, or the active account of the session's user. */
export type Credentials = Credential & { account?: string };

/** Argument of `check`. */
export type CheckRequest = Credential & {
  /** Account id, `acct_…`. */
  account: string;
  /** Permission codes of the policy, at most 256. */
  permissions: string[];
  /** Id of a resource, for API keys that are limited to resources; without it such a key holds nothing. */
  resource?: string;
  /** `token` (default): a valid permission token is enough for a yes. `live`: the database is always asked. */
  freshness?: "token" | "live";
  /** Adds to each result the caller's role and the roles that grant the permission; asks the database. */
  explain?: boolean;
};

/** Why a call was refused or failed: the problem document of the HTTP API (RFC 9457). */
export interface Problem {
  /** Address of the problem's page. */
  type?: string;
  title?: string;
  /** Status that the HTTP API would respond with. */
  status: number;
  detail?: string;
  /** `urn:uuid:` and the id under which the call is logged. */
  instance: string;
  /** Stable code, such as `token-invalid`. */
  code: string;
  /** Seconds to wait before the next try, where another try can help: what the HTTP API sends as `Retry-After`. */
  retry_after?: number;
  /** Invalid fields of the arguments. */
  errors?: { pointer: string; code: string; detail: string }[];
  /** The permission that is missing. */
  denial?: { permission: string; role: string; granted_by: string[] };
}

/** Result of a check of one permission. */
export interface PermissionResult {
  permission: string;
  allowed: boolean;
  reason: "granted" | "permission-missing";
  role?: string;
  granted_by?: string[];
}

/** `ok` says that there is an answer, `allowed` that it is yes: all permissions are held, and there is at least one. */
export type CheckResult =
  | { ok: true; allowed: boolean; results: PermissionResult[]; problem?: undefined }
  | { ok: false; allowed: false; results?: undefined; problem: Problem };

/** An AuthZEN access evaluation request. */
export interface EvaluationRequest {
  subject: { type: string; id: string; properties?: Record<string, unknown> };
  action: { name: string; properties?: Record<string, unknown> };
  resource: { type: string; id: string; properties?: Record<string, unknown> };
  /** With `explain: true` the result has the reason of the decision. */
  context?: Record<string, unknown>;
}

/** `ok` says that there is an answer, `decision` that it is yes. */
export type EvaluateResult =
  | { ok: true; decision: boolean; context?: Record<string, unknown>; problem?: undefined }
  | { ok: false; decision: false; problem: Problem };

/** Claims of a permission token. */
export interface TokenClaims {
  iss: string;
  aud: string;
  /** User id. */
  sub: string;
  /** Account id. */
  account: string;
  /** Role code. */
  role: string;
  /** Permission codes. */
  permissions: string[];
  /** Version of the account when the token was issued. */
  ver: number;
  /** SHA-256 of the policy in hex. */
  pol: string;
  /** Times of issue and of expiry in seconds since 1970. */
  iat: number;
  exp: number;
  jti: string;
  /** Assurance level of the session: `aal1` or `aal2`. */
  acr: string;
  /** Methods of the session's last authentication (RFC 8176). */
  amr: string[];
  /** Time of that authentication in seconds since 1970. */
  auth_time: number;
}

export type VerifyResult = { ok: true; claims: TokenClaims; problem?: undefined } | { ok: false; claims?: undefined; problem: Problem };

/** The calls of a service binding: `interface Env { ROLECALL: RolecallService }`. They throw only if the platform fails. */
export interface RolecallService {
  /** Checks which permissions the caller holds in an account. */
  check(request: CheckRequest): Promise<CheckResult>;
  /** Evaluates an AuthZEN request. The caller needs `team.access` in the account, as at `POST /access/v1/evaluation`. */
  evaluate(request: EvaluationRequest, credentials?: Credentials): Promise<EvaluateResult>;
  /** Verifies a permission token: signature, issuer, audience, expiry, revocation, policy. */
  verify(token: string): Promise<VerifyResult>;
}
