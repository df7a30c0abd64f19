// `createClient`: the whole HTTP API, and the rules beside it. Options and methods are camelCase; what travels keeps the
// names of the HTTP contract (snake_case), so that its documentation holds for both.
import { type Explanation, type LoadOptions, type PermissionCode, loadEngine } from "../core.js";
import type * as api from "../generated/api.js";
import { guardedFetch } from "./guarded-fetch.js";
import { type Listing, type PageOptions, listing } from "./paging.js";
import { RolecallClientError, RolecallNetworkError } from "./problem.js";
import type { Snapshot } from "./reading.js";
import { RightsCache } from "./rights-cache.js";
import { type CallOptions, type ChangeOptions, type Send, Transport, tagOf } from "./transport.js";

export interface ClientOptions extends LoadOptions {
  /** Where Rolecall answers: an origin, or "/" for the page's own. */
  baseUrl: string;
  /** Another `fetch` than the platform's. */
  fetch?: typeof fetch;
  /** `include` (the default) sends the session's cookie across origins that the deployment allows. */
  credentials?: RequestCredentials;
}

/** What a filter of the audit log can ask; all that is given must match. */
export interface AuditFilter {
  actor?: string | undefined;
  action?: string | undefined;
  resource_type?: string | undefined;
  resource_id?: string | undefined;
  /** RFC 3339, not before. */
  from?: string | undefined;
  /** RFC 3339, before. */
  to?: string | undefined;
}

export type AuditFormat = "ndjson" | "csv";

const EXPORT: Record<AuditFormat, string> = { ndjson: "application/x-ndjson", csv: "text/csv" };
const e = encodeURIComponent;

/** An attribute policy with the version that its tag says. Without one, a change could not be made conditional: better loud than lost. */
async function versioned(response: Response): Promise<{ policy: api.AttributePolicyDocument; version: number }> {
  const tag = tagOf(response);
  if (!tag || !/^\d+$/.test(tag)) throw new RolecallNetworkError(`The answer's ETag is no version: ${response.headers.get("etag") ?? "it has none"}. Something between here and Rolecall changed it.`);
  const version = Number(tag);
  return { policy: (await response.json()) as api.AttributePolicyDocument, version };
}

/** Loads the rules and makes a client. Signs nothing in and asks the server nothing. */
export async function createClient(options: ClientOptions): Promise<Client> {
  return makeClient(options, await loadEngine(options.wasm === undefined ? {} : { wasm: options.wasm }));
}

export type Client = ReturnType<typeof makeClient>;

function makeClient(options: ClientOptions, engine: Awaited<ReturnType<typeof loadEngine>>) {
  const page = typeof location === "undefined" ? undefined : location.href;
  let baseUrl: string;
  try {
    baseUrl = new URL(options.baseUrl, page).href;
  } catch (cause) {
    throw new RolecallClientError("base-url-invalid", { cause });
  }
  // Called as a function of its own: a platform's `fetch` refuses to be another object's method.
  const send: typeof fetch = (input, init) => (options.fetch ?? globalThis.fetch)(input, init);
  const common = { baseUrl, fetch: send, credentials: options.credentials ?? ("include" as const) };
  const transport = new Transport(common);
  const rights = new RightsCache(transport);

  const get = <T>(path: string, o?: CallOptions) => transport.json<T>({ method: "GET", path, options: o });
  const change = <T>(method: string, path: string, body: unknown, o?: ChangeOptions, query?: Send["query"]) =>
    transport.json<T>({ method, path, body, query: query ?? {}, options: o });
  const inAccount = (id: string) => `/v1/accounts/${e(id)}`;
  const exported = (account: string, format: AuditFormat, filter: AuditFilter, o?: CallOptions) =>
    transport.text({ method: "GET", path: `${inAccount(account)}/audit-log`, query: { ...filter }, accept: EXPORT[format], options: o });

  return {
    /** Asks for an account; with the token and proof of an invitation mail, signs in and joins at once. */
    signUp: (request: api.SignUpRequest, o?: ChangeOptions): Promise<api.SignedInResponse | api.StatusResponse> => {
      const send = () => change<api.SignedInResponse | api.StatusResponse>("POST", "/v1/signup", request, o);
      return request.invitation ? rights.changeIdentity("account-not-chosen", send, (answer) => "user" in answer) : send();
    },
    /** Redeems the mailed link: creates the user and signs in. */
    verifyEmail: (redemption: string | api.VerifyEmailRequest, o?: ChangeOptions) =>
      rights.changeIdentity("account-not-chosen", () =>
        change<api.SignedInResponse>("POST", "/v1/email-verifications", typeof redemption === "string" ? { token: redemption } : redemption, o),
      ),
    /** Signs in. The rights of whoever was there before are dropped at once; they come back when this is refused. */
    signIn: (request: api.SignInRequest, o?: ChangeOptions) =>
      rights.changeIdentity("account-not-chosen", () => change<api.SignedInResponse>("POST", "/v1/sessions", request, o)),
    /** Ends this session and forgets the rights. */
    signOut: (o?: ChangeOptions) => rights.changeIdentity("session-ended", () => change<void>("DELETE", "/v1/sessions/current", undefined, o)),
    passwordResets: {
      request: (email: string, o?: ChangeOptions) => change<api.StatusResponse>("POST", "/v1/password-resets", { email }, o),
      /** Ends every session of the person, this one with them. */
      complete: (request: api.CompletePasswordResetRequest, o?: ChangeOptions) =>
        rights.changeIdentity("session-ended", () => change<void>("PUT", "/v1/password-resets", request, o)),
    },
    sessions: {
      list: (o?: PageOptions): Listing<api.SessionResponse> => listing(transport, "/v1/sessions", {}, o),
      /** Where it was the session of this client, the rights are gone afterwards. */
      revoke: (id: string, o?: ChangeOptions) => rights.confirmIdentity(() => change<void>("DELETE", `/v1/sessions/${e(id)}`, undefined, o)),
    },
    me: {
      get: (o?: CallOptions) => get<api.MeResponse>("/v1/me", o),
      update: (request: api.UpdateMeRequest, o?: ChangeOptions) => change<api.MeResponse>("PATCH", "/v1/me", request, o),
    },
    accounts: {
      list: (o?: PageOptions): Listing<api.AccountResponse> => listing(transport, "/v1/accounts", {}, o),
      get: (id: string, o?: CallOptions) => get<api.AccountResponse>(inAccount(id), o),
      update: (id: string, request: api.UpdateAccountRequest, o?: ChangeOptions) => change<api.AccountResponse>("PATCH", inAccount(id), request, o),
      convert: (id: string, request: { name?: string } = {}, o?: ChangeOptions) => change<api.AccountResponse>("POST", `${inAccount(id)}/convert`, request, o),
      previewConvert: (id: string, request: { name?: string } = {}, o?: ChangeOptions) =>
        change<api.DryRunResponse>("POST", `${inAccount(id)}/convert`, { ...request, dry_run: true }, o),
      deleteTeam: (id: string, o?: ChangeOptions) => change<api.AccountResponse>("DELETE", `${inAccount(id)}/team`, undefined, o),
      previewDeleteTeam: (id: string, o?: ChangeOptions) => change<api.DryRunResponse>("DELETE", `${inAccount(id)}/team`, undefined, o, { dry_run: true }),
      transfer: (id: string, user: string, o?: ChangeOptions) => change<api.AccountResponse>("POST", `${inAccount(id)}/transfer`, { user }, o),
      /**
       * Acts in this account from now on: loads policy and rights, and keeps them fresh. The last call wins; one before
       * it that is still under way rejects with an `AbortError`. Where it fails, the account in use stays.
       */
      use: (id: string, o: CallOptions = {}): Promise<void> => rights.use(id, o.signal),
    },
    members: {
      list: (account: string, o?: PageOptions): Listing<api.MemberResponse> => listing(transport, `${inAccount(account)}/members`, {}, o),
      update: (account: string, user: string, request: api.UpdateMemberRequest, o?: ChangeOptions) =>
        change<api.MemberResponse>("PATCH", `${inAccount(account)}/members/${e(user)}`, request, o),
      /** Removes a member; oneself: leaves. */
      remove: (account: string, user: string, o?: ChangeOptions) => change<void>("DELETE", `${inAccount(account)}/members/${e(user)}`, undefined, o),
      /** What would end with the membership, and which API keys would stop working. */
      previewRemove: (account: string, user: string, o?: ChangeOptions) =>
        change<api.DryRunResponse>("DELETE", `${inAccount(account)}/members/${e(user)}`, undefined, o, { dry_run: true }),
    },
    invitations: {
      list: (account: string, o: PageOptions & { state?: api.InvitationResponse["state"] } = {}): Listing<api.InvitationResponse> =>
        listing(transport, `${inAccount(account)}/invitations`, { state: o.state }, o),
      create: (account: string, request: api.CreateInvitationRequest, o?: ChangeOptions) =>
        change<api.InvitationResponse>("POST", `${inAccount(account)}/invitations`, request, o),
      resend: (account: string, id: string, o?: ChangeOptions) => change<api.InvitationResponse>("POST", `${inAccount(account)}/invitations/${e(id)}/resend`, undefined, o),
      revoke: (account: string, id: string, o?: ChangeOptions) => change<void>("DELETE", `${inAccount(account)}/invitations/${e(id)}`, undefined, o),
      /** What a link offers; the mail's proof also shows the invited address. Changes nothing. */
      preview: (link: { token: string; proof?: string | undefined }, o?: CallOptions) =>
        transport.json<api.InvitationPreviewResponse>({ method: "GET", path: `/v1/invitations/${e(link.token)}`, headers: { "rolecall-invitation-proof": link.proof }, options: o }),
      accept: (token: string, o?: ChangeOptions) => change<api.SignedInResponse>("POST", `/v1/invitations/${e(token)}/accept`, undefined, o),
      decline: (token: string, proof?: string, o?: ChangeOptions) =>
        change<void>("POST", `/v1/invitations/${e(token)}/decline`, proof === undefined ? undefined : { proof }, o),
    },
    roles: {
      list: (account: string, o?: CallOptions) => get<api.RoleListResponse>(`${inAccount(account)}/roles`, o),
      create: (account: string, request: api.CreateRoleRequest, o?: ChangeOptions) => change<api.RoleResponse>("POST", `${inAccount(account)}/roles`, request, o),
      update: (account: string, code: string, request: api.UpdateRoleRequest, o?: ChangeOptions) =>
        change<api.RoleResponse>("PATCH", `${inAccount(account)}/roles/${e(code)}`, request, o),
      delete: (account: string, code: string, o?: ChangeOptions) => change<void>("DELETE", `${inAccount(account)}/roles/${e(code)}`, undefined, o),
    },
    apiKeys: {
      list: (account: string, o?: PageOptions): Listing<api.ApiKeyResponse> => listing(transport, `${inAccount(account)}/api-keys`, {}, o),
      /** The answer's `secret` is shown this once. */
      create: (account: string, request: api.CreateApiKeyRequest, o?: ChangeOptions) =>
        change<api.CreatedApiKeyResponse>("POST", `${inAccount(account)}/api-keys`, request, o),
      revoke: (account: string, id: string, o?: ChangeOptions) => change<void>("DELETE", `${inAccount(account)}/api-keys/${e(id)}`, undefined, o),
    },
    attributePolicy: {
      /** With the version that `ifVersion` of the next change takes. */
      get: async (account: string, o?: CallOptions) => versioned(await transport.response({ method: "GET", path: `${inAccount(account)}/attribute-policy`, options: o })),
      /** The whole document; faults are told with their place. */
      put: async (account: string, policy: api.AttributePolicyDocument, o?: ChangeOptions) =>
        versioned(await transport.response({ method: "PUT", path: `${inAccount(account)}/attribute-policy`, body: policy, options: o })),
      delete: (account: string, o?: ChangeOptions) => change<void>("DELETE", `${inAccount(account)}/attribute-policy`, undefined, o),
    },
    auditLog: {
      /** Newest first. */
      list: (account: string, filter: AuditFilter = {}, o?: PageOptions): Listing<api.AuditEventResponse> =>
        listing(transport, `${inAccount(account)}/audit-log`, { ...filter }, o),
      /** The whole filtered log, oldest first. */
      export: (account: string, format: AuditFormat, filter: AuditFilter = {}, o?: CallOptions) => exported(account, format, filter, o),
      /** Reads the whole log and verifies its hash chain here. */
      verify: async (account: string, o?: CallOptions) => engine.verifyAuditLog(await exported(account, "ndjson", {}, o)),
    },
    policy: { get: (o?: CallOptions) => get<api.PolicyResponse>("/v1/policy", o) },
    checks: {
      /** Asks the server, which decides on what is true now. */
      run: (account: string, request: api.CheckPermissionsRequest, o?: CallOptions) =>
        change<api.CheckPermissionsResponse>("POST", `${inAccount(account)}/checks`, request, o),
    },
    tokens: {
      /** The permission token in use, renewed when it is about to end: for services that verify it themselves. */
      current: async (): Promise<string> => (await rights.acting()).token,
      create: (account: string, o?: CallOptions) => change<api.TokenResponse>("POST", `${inAccount(account)}/tokens`, undefined, o),
    },

    /** Whether the permission is held in the account in use. Local, synchronous, and advice: the server decides again. */
    can: (permission: PermissionCode): boolean => rights.demand().can(permission),
    canAll: (permissions: readonly PermissionCode[]): boolean => rights.demand().canAll(permissions),
    /** What is held, in the policy's order. */
    list: (): readonly PermissionCode[] => rights.demand().list(),
    explain: (permission: PermissionCode): Explanation<PermissionCode> => rights.demand().explain(permission),
    /** Reads the rights of the account in use again. */
    refresh: (): Promise<void> => rights.refresh(),
    /** The account in use and its rights; `rights` stays the same object until an answer may differ. Undefined while there are none. */
    rights: (): Snapshot | undefined => rights.snapshot,
    /** Why there are no rights: the error that `can` would throw. The same object until that changes; undefined while there are some. */
    absence: (): RolecallClientError | undefined => rights.absence,
    /** Calls back when the rights or the account in use change, also when they end; answers how to stop. */
    on: (_event: "rights-changed", listener: () => void): (() => void) => rights.on(listener),
    /** Like `fetch`, for the API behind the gateway: refuses locally what the server would refuse. Judged and sent in one account, the last one asked for. */
    fetch: (input: string | URL | Request, init?: RequestInit): Promise<Response> => guardedFetch(rights, common, input, init),
    /** The engine behind it. */
    engine,
  };
}
