// `createClient`: one method for each route of the HTTP API, and local permission checks. Options and methods are
// camelCase; requests and responses keep the names of the HTTP contract (snake_case), so its documentation applies.
import { type Explanation, type LoadOptions, type PermissionCode, loadEngine } from "../core.js";
import type * as api from "../generated/api.js";
import { guardedFetch } from "./guarded-fetch.js";
import { type PageOptions, type Paginator, paginate } from "./paginator.js";
import { RolecallClientError, RolecallNetworkError } from "./problem.js";
import { RightsCache } from "./rights-cache.js";
import type { RightsSnapshot } from "./rights-entry.js";
import { type CallOptions, type ChangeOptions, type RequestSpec, Transport, etagOf } from "./transport.js";

/** Options of {@link createClient}. */
export interface ClientOptions extends LoadOptions {
  /** URL of the Rolecall deployment; "/" is the origin of the page. Outside of a page it must be absolute. */
  baseUrl: string;
  /** Replaces the global `fetch`. */
  fetch?: typeof fetch;
  /** Credentials mode of every request. `include`, the default, sends the session cookie to another origin, too. */
  credentials?: RequestCredentials;
}

/** Filter of the audit log; an event must match every given member. */
export interface AuditFilter {
  /** Id of the user or API key that acted. */
  actor?: string | undefined;
  /** Action, for example `member.update`. */
  action?: string | undefined;
  /** Type of the resource that was acted on, for example `invitation`. */
  resource_type?: string | undefined;
  /** Id of that resource. */
  resource_id?: string | undefined;
  /** Earliest time, inclusive (RFC 3339). */
  from?: string | undefined;
  /** Latest time, exclusive (RFC 3339). */
  to?: string | undefined;
}

/** Format of an exported audit log: one JSON object a line, or CSV with a header line. */
export type AuditFormat = "ndjson" | "csv";

const MEDIA_TYPES: Record<AuditFormat, string> = { ndjson: "application/x-ndjson", csv: "text/csv" };
const encode = encodeURIComponent;

/** Reads an attribute policy with its version, which is in the ETag. Throws without one, since a conditional change would be impossible. */
async function readVersioned(response: Response): Promise<{ policy: api.AttributePolicyDocument; version: number }> {
  const etag = etagOf(response);
  if (!etag || !/^\d+$/.test(etag))
    throw new RolecallNetworkError(`The ETag is not a version: ${response.headers.get("etag") ?? "missing"}. A proxy may have changed it.`);
  const version = Number(etag);
  return { policy: (await response.json()) as api.AttributePolicyDocument, version };
}

/**
 * Loads the engine and creates a client. Sends nothing to the server.
 *
 * Rejects with a `RolecallClientError` (`base-url-invalid`) or an `EngineError` (`engine-load-failed`).
 */
export async function createClient(options: ClientOptions): Promise<Client> {
  return makeClient(options, await loadEngine(options.wasm === undefined ? {} : { wasm: options.wasm }));
}

/**
 * A client of one deployment, for one session. Every call that sends a request rejects with a `RolecallError` when the
 * server refuses it, with a `RolecallNetworkError` without a usable response, and with the reason of an aborted `signal`.
 */
export type Client = ReturnType<typeof makeClient>;

function makeClient(options: ClientOptions, engine: Awaited<ReturnType<typeof loadEngine>>) {
  const pageUrl = typeof location === "undefined" ? undefined : location.href;
  let baseUrl: string;
  try {
    baseUrl = new URL(options.baseUrl, pageUrl).href;
  } catch (cause) {
    throw new RolecallClientError("base-url-invalid", { cause });
  }
  // Called without a receiver, which the global `fetch` requires.
  const send: typeof fetch = (input, init) => (options.fetch ?? globalThis.fetch)(input, init);
  const transportOptions = { baseUrl, fetch: send, credentials: options.credentials ?? ("include" as const) };
  const transport = new Transport(transportOptions);
  const cache = new RightsCache(transport);

  const get = <T>(path: string, options?: CallOptions) => transport.json<T>({ method: "GET", path, options });
  const change = <T>(method: string, path: string, body: unknown, options?: ChangeOptions, query?: RequestSpec["query"]) =>
    transport.json<T>({ method, path, body, query: query ?? {}, options });
  const accountPath = (id: string) => `/v1/accounts/${encode(id)}`;
  const exportLog = (account: string, format: AuditFormat, filter: AuditFilter, options?: CallOptions) =>
    transport.text({ method: "GET", path: `${accountPath(account)}/audit-log`, query: { ...filter }, accept: MEDIA_TYPES[format], options });

  return {
    /**
     * Signs up: mails a verification link, and responds the same for every email (`status: "verification-sent"`). With
     * the token and proof of an invitation mail, creates the user, joins the team and signs in at once.
     */
    signUp: (request: api.SignUpRequest, options?: ChangeOptions): Promise<api.SignedInResponse | api.StatusResponse> => {
      const send = () => change<api.SignedInResponse | api.StatusResponse>("POST", "/v1/signup", request, options);
      return request.invitation ? cache.changeIdentity("account-not-chosen", send, (response) => "user" in response) : send();
    },
    /** Redeems the token of a verification link: creates the user and their personal account, and signs in. */
    verifyEmail: (redemption: string | api.VerifyEmailRequest, options?: ChangeOptions) =>
      cache.changeIdentity("account-not-chosen", () =>
        change<api.SignedInResponse>("POST", "/v1/email-verifications", typeof redemption === "string" ? { token: redemption } : redemption, options),
      ),
    /** Signs in. Clears the rights of the user signed in before at once, and restores them when the server refuses. */
    signIn: (request: api.SignInRequest, options?: ChangeOptions) =>
      cache.changeIdentity("account-not-chosen", () => change<api.SignedInResponse>("POST", "/v1/sessions", request, options)),
    /** Signs out: ends this client's session and clears the rights. */
    signOut: (options?: ChangeOptions) => cache.changeIdentity("session-ended", () => change<void>("DELETE", "/v1/sessions/current", undefined, options)),
    passwordResets: {
      /** Mails a reset link. Responds the same for every email. */
      request: (email: string, options?: ChangeOptions) =>
        change<api.StatusResponse>("POST", "/v1/password-resets", { email } satisfies api.RequestPasswordResetRequest, options),
      /** Sets a new password with the token of a reset link. Ends every session of the user, this client's included. */
      complete: (request: api.CompletePasswordResetRequest, options?: ChangeOptions) =>
        cache.changeIdentity("session-ended", () => change<void>("PUT", "/v1/password-resets", request, options)),
    },
    sessions: {
      /** The user's sessions, newest first. */
      list: (options?: PageOptions): Paginator<api.SessionResponse> => paginate(transport, "/v1/sessions", {}, options),
      /** Ends a session. Clears the rights where it is this client's own. */
      revoke: (id: string, options?: ChangeOptions) => cache.confirmIdentity(() => change<void>("DELETE", `/v1/sessions/${encode(id)}`, undefined, options)),
    },
    me: {
      /** The signed-in user, their memberships (at most 1,000) and active account. Rejects with `session-missing` when signed out. */
      get: (options?: CallOptions) => get<api.MeResponse>("/v1/me", options),
      /** Changes the user's name or active account. */
      update: (request: api.UpdateMeRequest, options?: ChangeOptions) => change<api.MeResponse>("PATCH", "/v1/me", request, options),
    },
    accounts: {
      /** The user's accounts, personal ones first. */
      list: (options?: PageOptions): Paginator<api.AccountResponse> => paginate(transport, "/v1/accounts", {}, options),
      /** An account with its `version`. Requires `team.access`. */
      get: (id: string, options?: CallOptions) => get<api.AccountResponse>(accountPath(id), options),
      /** Changes an account. Requires `team.manage`. */
      update: (id: string, request: api.UpdateAccountRequest, options?: ChangeOptions) =>
        change<api.AccountResponse>("PATCH", accountPath(id), request, options),
      /** Converts a personal account into a team, under the same id. Idempotent. For the owner. */
      convert: (id: string, request: Omit<api.ConvertAccountRequest, "dry_run"> = {}, options?: ChangeOptions) =>
        change<api.AccountResponse>("POST", `${accountPath(id)}/convert`, request, options),
      /** Lists what `convert` would change, without changing it. */
      previewConvert: (id: string, request: Omit<api.ConvertAccountRequest, "dry_run"> = {}, options?: ChangeOptions) =>
        change<api.DryRunResponse>("POST", `${accountPath(id)}/convert`, { ...request, dry_run: true } satisfies api.ConvertAccountRequest, options),
      /** Converts a team into its owner's personal account: ends other memberships, revokes invitations, deletes custom roles. Idempotent. For the owner. */
      deleteTeam: (id: string, options?: ChangeOptions) => change<api.AccountResponse>("DELETE", `${accountPath(id)}/team`, undefined, options),
      /** Lists what `deleteTeam` would change, without changing it. */
      previewDeleteTeam: (id: string, options?: ChangeOptions) =>
        change<api.DryRunResponse>("DELETE", `${accountPath(id)}/team`, undefined, options, { dry_run: true }),
      /** Transfers the ownership to another admin; the previous owner stays an admin. For the owner. */
      transfer: (id: string, user: string, options?: ChangeOptions) =>
        change<api.AccountResponse>("POST", `${accountPath(id)}/transfer`, { user } satisfies api.TransferAccountRequest, options),
      /**
       * Switches to an account: fetches its policy and the user's rights, and renews them in the background. A later call
       * with another id supersedes a pending one, which rejects with an `AbortError` (a `DOMException`). When a call
       * fails, the account in use stays.
       */
      use: (id: string, options: CallOptions = {}): Promise<void> => cache.use(id, options.signal),
    },
    members: {
      /** Members, oldest membership first. Requires `team.access`. */
      list: (account: string, options?: PageOptions): Paginator<api.MemberResponse> => paginate(transport, `${accountPath(account)}/members`, {}, options),
      /** Changes a member's role. Requires `members.manage`. */
      update: (account: string, user: string, request: api.UpdateMemberRequest, options?: ChangeOptions) =>
        change<api.MemberResponse>("PATCH", `${accountPath(account)}/members/${encode(user)}`, request, options),
      /** Removes a member, or leaves the team. Requires `members.manage`, except to leave. */
      remove: (account: string, user: string, options?: ChangeOptions) =>
        change<void>("DELETE", `${accountPath(account)}/members/${encode(user)}`, undefined, options),
      /** Lists what `remove` would change, API keys that would be revoked included, without changing it. */
      previewRemove: (account: string, user: string, options?: ChangeOptions) =>
        change<api.DryRunResponse>("DELETE", `${accountPath(account)}/members/${encode(user)}`, undefined, options, { dry_run: true }),
    },
    invitations: {
      /** Invitations, newest first; a pending one has its `link`. Requires `members.invite`. */
      list: (account: string, options: PageOptions & { state?: api.InvitationResponse["state"] } = {}): Paginator<api.InvitationResponse> =>
        paginate(transport, `${accountPath(account)}/invitations`, { state: options.state }, options),
      /** Invites by email; one invitation per email can be pending. `expires_in` is in seconds, null for no expiry, seven days by default. Requires `members.invite`. */
      create: (account: string, request: api.CreateInvitationRequest, options?: ChangeOptions) =>
        change<api.InvitationResponse>("POST", `${accountPath(account)}/invitations`, request, options),
      /** Sends an invitation again, with a new link and a new lifetime; the link before stops working. Requires `members.invite`. */
      resend: (account: string, id: string, options?: ChangeOptions) =>
        change<api.InvitationResponse>("POST", `${accountPath(account)}/invitations/${encode(id)}/resend`, undefined, options),
      /** Revokes a pending invitation. Requires `members.invite`. */
      revoke: (account: string, id: string, options?: ChangeOptions) =>
        change<void>("DELETE", `${accountPath(account)}/invitations/${encode(id)}`, undefined, options),
      /** The invitation behind a link, without accepting it. With the proof from the mail, the response has the invited email. */
      preview: (link: { token: string; proof?: string | undefined }, options?: CallOptions) =>
        transport.json<api.InvitationPreviewResponse>({
          method: "GET",
          path: `/v1/invitations/${encode(link.token)}`,
          headers: { "rolecall-invitation-proof": link.proof },
          options,
        }),
      /** Joins the team, which becomes the active account. Idempotent. Requires a session of the invited email. */
      accept: (token: string, options?: ChangeOptions) => change<api.SignedInResponse>("POST", `/v1/invitations/${encode(token)}/accept`, undefined, options),
      /** Declines an invitation, with a session of the invited email or with the proof from the mail. */
      decline: (token: string, proof?: string, options?: ChangeOptions) =>
        change<void>("POST", `/v1/invitations/${encode(token)}/decline`, proof === undefined ? undefined : { proof }, options),
    },
    roles: {
      /** Built-in and custom roles, built-in ones first. Requires `team.access`. */
      list: (account: string, options?: CallOptions) => get<api.RoleListResponse>(`${accountPath(account)}/roles`, options),
      /** Creates a custom role of permissions that the caller holds. Requires `members.manage`. */
      create: (account: string, request: api.CreateRoleRequest, options?: ChangeOptions) =>
        change<api.RoleResponse>("POST", `${accountPath(account)}/roles`, request, options),
      /** Changes the title or permissions of a custom role. Requires `members.manage`. */
      update: (account: string, code: string, request: api.UpdateRoleRequest, options?: ChangeOptions) =>
        change<api.RoleResponse>("PATCH", `${accountPath(account)}/roles/${encode(code)}`, request, options),
      /** Deletes a custom role; rejects with `role-in-use` while a member or invitation has it. Requires `members.manage`. */
      delete: (account: string, code: string, options?: ChangeOptions) =>
        change<void>("DELETE", `${accountPath(account)}/roles/${encode(code)}`, undefined, options),
    },
    apiKeys: {
      /** API keys that are not revoked, newest first, without secrets. Requires `team.manage`. */
      list: (account: string, options?: PageOptions): Paginator<api.ApiKeyResponse> => paginate(transport, `${accountPath(account)}/api-keys`, {}, options),
      /** Creates an API key. Only this response has its `secret`; a repeated one (same `idempotencyKey`) has null. Requires `team.manage`. */
      create: (account: string, request: api.CreateApiKeyRequest, options?: ChangeOptions) =>
        change<api.CreatedApiKeyResponse>("POST", `${accountPath(account)}/api-keys`, request, options),
      /** Revokes an API key for good. Requires `team.manage`. */
      revoke: (account: string, id: string, options?: ChangeOptions) =>
        change<void>("DELETE", `${accountPath(account)}/api-keys/${encode(id)}`, undefined, options),
    },
    attributePolicy: {
      /** The attribute policy, with the `version` to pass as `ifVersion` of a change. Requires `team.manage`. */
      get: async (account: string, options?: CallOptions) =>
        readVersioned(await transport.response({ method: "GET", path: `${accountPath(account)}/attribute-policy`, options })),
      /** Replaces the document (at most 64 KiB); rejects with `fields-invalid` and JSON pointers for an invalid one. Requires `team.manage`. */
      put: async (account: string, policy: api.AttributePolicyDocument, options?: ChangeOptions) =>
        readVersioned(await transport.response({ method: "PUT", path: `${accountPath(account)}/attribute-policy`, body: policy, options })),
      /** Deletes the attribute policy: roles alone decide from then on. Requires `team.manage`. */
      delete: (account: string, options?: ChangeOptions) => change<void>("DELETE", `${accountPath(account)}/attribute-policy`, undefined, options),
    },
    auditLog: {
      /** Events that match the filter, newest first. Requires `audit.read`. */
      list: (account: string, filter: AuditFilter = {}, options?: PageOptions): Paginator<api.AuditEventResponse> =>
        paginate(transport, `${accountPath(account)}/audit-log`, { ...filter }, options),
      /** All events that match the filter, as text, oldest first. Requires `audit.read`. */
      export: (account: string, format: AuditFormat, filter: AuditFilter = {}, options?: CallOptions) => exportLog(account, format, filter, options),
      /** Exports the whole log and verifies its hash chain locally. Requires `audit.read`. */
      verify: async (account: string, options?: CallOptions) => engine.verifyAuditLog(await exportLog(account, "ndjson", {}, options)),
    },
    policy: {
      /** The deployed policy: permissions, roles and gateway routes. Requires no session. */
      get: (options?: CallOptions) => get<api.PolicyResponse>("/v1/policy", options),
    },
    checks: {
      /** Checks the caller's permissions on the server, from the database. */
      run: (account: string, request: api.CheckPermissionsRequest, options?: CallOptions) =>
        change<api.CheckPermissionsResponse>("POST", `${accountPath(account)}/checks`, request, options),
    },
    tokens: {
      /** A valid permission token (a JWT) of the account in use, for services that verify it themselves. */
      current: async (): Promise<string> => (await cache.acquire()).token,
      /** Issues a new permission token, for any member of the account. */
      create: (account: string, options?: CallOptions) => change<api.TokenResponse>("POST", `${accountPath(account)}/tokens`, undefined, options),
    },

    /**
     * Whether the user holds the permission in the account in use: a local, synchronous check for the page; the server
     * always decides again. Throws a `RolecallClientError` while there are no rights (see `rightsError`), and an
     * `UnknownCodeError` for an undefined code. So do `canAll`, `list` and `explain`.
     */
    can: (permission: PermissionCode): boolean => cache.rights.can(permission),
    /** Whether the user holds every one of the permissions; true for an empty list. */
    canAll: (permissions: readonly PermissionCode[]): boolean => cache.rights.canAll(permissions),
    /** Codes of the permissions held, in the policy's order. */
    list: (): readonly PermissionCode[] => cache.rights.list(),
    /** Whether the user holds the permission, and which roles grant it. */
    explain: (permission: PermissionCode): Explanation<PermissionCode> => cache.rights.explain(permission),
    /** Fetches the rights in the account in use again. */
    refresh: (): Promise<void> => cache.refresh(),
    /** The account in use and the user's rights in it; undefined while there are none. */
    rights: (): RightsSnapshot | undefined => cache.snapshot,
    /** The error with which `can` throws while there are no rights; undefined while there are. The same object until the reason changes. */
    rightsError: (): RolecallClientError | undefined => cache.error,
    /** Calls the listener when the rights or the account in use change or are cleared. Returns a function that removes it. */
    on: (_event: "rights-changed", listener: () => void): (() => void) => cache.on(listener),
    /**
     * `fetch` for the API behind the gateway (`/api/*`), with the permission token. Where the rights lack the permission
     * that the route requires, rejects with a `RolecallError` (`permission-missing`, `local: true`) and sends nothing.
     * Uses the account last passed to `accounts.use`; while that is pending, waits for it and rejects as it does.
     */
    fetch: (input: string | URL | Request, init?: RequestInit): Promise<Response> => guardedFetch(cache, transportOptions, input, init),
    /** The engine that the client decides with. */
    engine,
  };
}
