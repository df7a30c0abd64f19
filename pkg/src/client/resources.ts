// One method for each route of the HTTP API about accounts and what belongs to them. Options and methods are camelCase;
// requests and responses keep the names of the HTTP contract (snake_case), so its documentation applies.
import type { PermissionCode, RoleCode } from "../core.js";
import type * as api from "../generated/api.js";
import type { ClientEngine } from "./engine.js";
import { type PageOptions, type Paginator, paginate } from "./paginator.js";
import { RolecallNetworkError } from "./problem.js";
import { type CallOptions, type ChangeOptions, type RequestSpec, type Transport, etagOf, pathSegment as encode } from "./transport.js";

/** Which account a call is about. */
export interface AccountOption {
  /** Id of the account; by default the one in use. */
  account?: string | undefined;
}

/** Whether a change is only previewed. */
export interface DryRunOption<D extends boolean = boolean> {
  /** Lists what would change, without changing it. */
  dryRun?: D | undefined;
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

/** A role: a built-in one, which TypeScript completes, or the code of a custom one. */
export type AnyRoleCode = RoleCode | (string & {});

type WithRole<T extends { role: string }> = Omit<T, "role"> & { readonly role: AnyRoleCode };
type WithPermissions<T extends { permissions?: unknown }> = Omit<T, "permissions"> & { readonly permissions: readonly (PermissionCode | (string & {}))[] };
/** What a change responds with: the planned changes of a dry run, otherwise the result. */
type Outcome<T, D extends boolean> = Promise<D extends true ? api.DryRunResponse : T>;

const MEDIA_TYPES: Record<AuditFormat, string> = { ndjson: "application/x-ndjson", csv: "text/csv" };

/** Reads an attribute policy with its version, which is in the ETag. Throws without one, since a conditional change would be impossible. */
async function readVersioned(response: Response): Promise<{ policy: api.AttributePolicyDocument; version: number }> {
  const etag = etagOf(response);
  if (!etag || !/^\d+$/.test(etag))
    throw new RolecallNetworkError(`The ETag is not a version: ${response.headers.get("etag") ?? "missing"}. A proxy may have changed it.`);
  const version = Number(etag);
  return { policy: (await response.json()) as api.AttributePolicyDocument, version };
}

/** What the methods need. */
export interface ResourceContext {
  readonly transport: Transport;
  /** Loads the engine. */
  readonly loadEngine: () => Promise<ClientEngine>;
  /** Id of the account in use. Throws a `RolecallClientError` where there is none. */
  readonly accountInUse: () => string;
}

/** The groups of methods. In each, `account` in the first object argument names another account than the one in use. */
export function createResources({ transport, loadEngine, accountInUse }: ResourceContext) {
  const get = <T>(path: string, options?: CallOptions) => transport.json<T>({ method: "GET", path, options });
  const change = <T>(method: string, path: string, body: unknown, options?: ChangeOptions, query?: RequestSpec["query"]) =>
    transport.json<T>({ method, path, body, query: query ?? {}, options });
  const accountPath = (id: string) => `/v1/accounts/${encode(id)}`;
  /** Path below an account. Throws where none is named and none is in use. */
  const pathIn = (account: string | undefined, rest: string) => `${accountPath(account ?? accountInUse())}${rest}`;
  const listIn = <T>(account: string | undefined, rest: string, query: RequestSpec["query"], options?: PageOptions): Paginator<T> => {
    const id = account ?? tryTo(accountInUse);
    return paginate(transport, () => pathIn(id, rest), query, options);
  };
  const exportLog = async (format: AuditFormat, { account, ...filter }: AuditFilter & AccountOption, options?: CallOptions) =>
    transport.text({ method: "GET", path: pathIn(account, "/audit-log"), query: filter, accept: MEDIA_TYPES[format], options });
  /** The query of a dry run of a DELETE. */
  const dryRunQuery = (dryRun: boolean | undefined) => (dryRun ? { dry_run: true } : {});

  return {
    accounts: {
      /** The user's accounts, personal ones first. */
      list: (options?: PageOptions): Paginator<api.AccountResponse> => paginate(transport, () => "/v1/accounts", {}, options),
      /** An account with its `version`, by default the one in use. Requires `team.access`. */
      get: async (id?: string, options?: CallOptions) => get<api.AccountResponse>(pathIn(id, ""), options),
      /** Changes an account. Requires `team.manage`. */
      update: (id: string, request: api.UpdateAccountRequest, options?: ChangeOptions) =>
        change<api.AccountResponse>("PATCH", accountPath(id), request, options),
      /** Converts a personal account into a team, under the same id. Idempotent. For the owner. */
      convert: <D extends boolean = false>(
        id: string,
        { dryRun, ...request }: Omit<api.ConvertAccountRequest, "dry_run"> & DryRunOption<D> = {},
        // `dryRun` is read from either argument, so that none of them makes the change by mistake.
        options: ChangeOptions & DryRunOption<D> = {},
      ): Outcome<api.AccountResponse, D> =>
        change("POST", `${accountPath(id)}/convert`, (dryRun ?? options.dryRun) ? { ...request, dry_run: true } : request, options),
      /** Converts a team into its owner's personal account: ends other memberships, revokes invitations, deletes custom roles. Idempotent. For the owner. */
      deleteTeam: <D extends boolean = false>(id: string, options: ChangeOptions & DryRunOption<D> = {}): Outcome<api.AccountResponse, D> =>
        change("DELETE", `${accountPath(id)}/team`, undefined, options, dryRunQuery(options.dryRun)),
      /** Transfers the ownership to another admin; the previous owner stays an admin. For the owner. */
      transfer: (id: string, user: string, options?: ChangeOptions) =>
        change<api.AccountResponse>("POST", `${accountPath(id)}/transfer`, { user } satisfies api.TransferAccountRequest, options),
    },
    members: {
      /** Members, oldest membership first. Requires `team.access`. */
      list: (options: PageOptions & AccountOption = {}): Paginator<api.MemberResponse> => listIn(options.account, "/members", {}, options),
      /** Changes a member's role. Requires `members.manage`. */
      update: async (user: string, { account, ...request }: WithRole<api.UpdateMemberRequest> & AccountOption, options?: ChangeOptions) =>
        change<api.MemberResponse>("PATCH", pathIn(account, `/members/${encode(user)}`), request, options),
      /**
       * Removes a member, or leaves the team. A dry run lists what that would change, API keys that would be revoked
       * included. Requires `members.manage`, except to leave.
       */
      remove: async <D extends boolean = false>(user: string, options: ChangeOptions & AccountOption & DryRunOption<D> = {}): Outcome<void, D> =>
        change("DELETE", pathIn(options.account, `/members/${encode(user)}`), undefined, options, dryRunQuery(options.dryRun)),
    },
    invitations: {
      /** Invitations, newest first; a pending one has its `link`. Requires `members.invite`. */
      list: (options: PageOptions & AccountOption & { state?: api.InvitationResponse["state"] } = {}): Paginator<api.InvitationResponse> =>
        listIn(options.account, "/invitations", { state: options.state }, options),
      /** Invites by email; one invitation per email can be pending. `expires_in` is in seconds, null for no expiry, seven days by default. Requires `members.invite`. */
      create: async ({ account, ...request }: WithRole<api.CreateInvitationRequest> & AccountOption, options?: ChangeOptions) =>
        change<api.InvitationResponse>("POST", pathIn(account, "/invitations"), request, options),
      /** Sends an invitation again, with a new link and a new lifetime; the link before stops working. Requires `members.invite`. */
      resend: async (id: string, options: ChangeOptions & AccountOption = {}) =>
        change<api.InvitationResponse>("POST", pathIn(options.account, `/invitations/${encode(id)}/resend`), undefined, options),
      /** Revokes a pending invitation. Requires `members.invite`. */
      revoke: async (id: string, options: ChangeOptions & AccountOption = {}) =>
        change<void>("DELETE", pathIn(options.account, `/invitations/${encode(id)}`), undefined, options),
      /** The invitation behind a link, without accepting it. With the proof from the mail, the response has the invited email. */
      preview: (link: { token: string; proof?: string | undefined }, options?: CallOptions) =>
        transport.json<api.InvitationPreviewResponse>({
          method: "GET",
          path: `/v1/invitations/${encode(link.token)}`,
          headers: { "rolecall-invitation-proof": link.proof },
          options,
        }),
      /** Joins the team, which becomes the active account: `switchAccount(account.id)` of the response uses it in the page. Idempotent. Requires a session of the invited email. */
      accept: (token: string, options?: ChangeOptions) => change<api.SignedInResponse>("POST", `/v1/invitations/${encode(token)}/accept`, undefined, options),
      /** Declines an invitation, with a session of the invited email or with the proof from the mail. */
      decline: (token: string, proof?: string, options?: ChangeOptions) =>
        change<void>("POST", `/v1/invitations/${encode(token)}/decline`, proof === undefined ? undefined : { proof }, options),
    },
    roles: {
      /** Built-in and custom roles, built-in ones first. Requires `team.access`. */
      list: async (options: CallOptions & AccountOption = {}) => get<api.RoleListResponse>(pathIn(options.account, "/roles"), options),
      /** Creates a custom role of permissions that the caller holds. Requires `members.manage`. */
      create: async ({ account, ...request }: WithPermissions<api.CreateRoleRequest> & AccountOption, options?: ChangeOptions) =>
        change<api.RoleResponse>("POST", pathIn(account, "/roles"), request, options),
      /** Changes the title or permissions of a custom role. Requires `members.manage`. */
      update: async (code: string, { account, ...request }: Partial<WithPermissions<api.UpdateRoleRequest>> & AccountOption, options?: ChangeOptions) =>
        change<api.RoleResponse>("PATCH", pathIn(account, `/roles/${encode(code)}`), request, options),
      /** Deletes a custom role; rejects with `role-in-use` while a member or invitation has it. Requires `members.manage`. */
      delete: async (code: string, options: ChangeOptions & AccountOption = {}) =>
        change<void>("DELETE", pathIn(options.account, `/roles/${encode(code)}`), undefined, options),
    },
    apiKeys: {
      /** API keys that are not revoked, newest first, without secrets. Requires `team.manage`. */
      list: (options: PageOptions & AccountOption = {}): Paginator<api.ApiKeyResponse> => listIn(options.account, "/api-keys", {}, options),
      /** Creates an API key. Only this response has its `secret`; a repeated one (same `idempotencyKey`) has null. Requires `team.manage`. */
      create: async ({ account, ...request }: WithPermissions<api.CreateApiKeyRequest> & AccountOption, options?: ChangeOptions) =>
        change<api.CreatedApiKeyResponse>("POST", pathIn(account, "/api-keys"), request, options),
      /** Revokes an API key for good. Requires `team.manage`. */
      revoke: async (id: string, options: ChangeOptions & AccountOption = {}) =>
        change<void>("DELETE", pathIn(options.account, `/api-keys/${encode(id)}`), undefined, options),
    },
    attributePolicy: {
      /** The attribute policy, with the `version` to pass as `ifVersion` of a change. Requires `team.manage`. */
      get: async (options: CallOptions & AccountOption = {}) =>
        readVersioned(await transport.response({ method: "GET", path: pathIn(options.account, "/attribute-policy"), options })),
      /** Replaces the document (at most 64 KiB); rejects with `fields-invalid` and JSON pointers for an invalid one. Requires `team.manage`. */
      put: async (policy: api.AttributePolicyDocument, options: ChangeOptions & AccountOption = {}) =>
        readVersioned(await transport.response({ method: "PUT", path: pathIn(options.account, "/attribute-policy"), body: policy, options })),
      /** Deletes the attribute policy: roles alone decide from then on. Requires `team.manage`. */
      delete: async (options: ChangeOptions & AccountOption = {}) => change<void>("DELETE", pathIn(options.account, "/attribute-policy"), undefined, options),
    },
    auditLog: {
      /** Events that match the filter, newest first. Requires `audit.read`. */
      list: ({ account, ...filter }: AuditFilter & AccountOption = {}, options?: PageOptions): Paginator<api.AuditEventResponse> =>
        listIn(account, "/audit-log", { ...filter }, options),
      /** All events that match the filter, as text, oldest first. Requires `audit.read`. */
      export: (format: AuditFormat, filter: AuditFilter & AccountOption = {}, options?: CallOptions) => exportLog(format, filter, options),
      /** Exports the whole log and verifies its hash chain locally. Requires `audit.read`. */
      verify: async (options: CallOptions & AccountOption = {}) => {
        const [log, { verifyAuditLog }] = await Promise.all([exportLog("ndjson", { account: options.account }, options), loadEngine()]);
        return verifyAuditLog(log);
      },
    },
    policy: {
      /** The deployed policy: permissions, roles and gateway routes. Requires no session. */
      get: (options?: CallOptions) => get<api.PolicyResponse>("/v1/policy", options),
    },
    checks: {
      /** Checks the caller's permissions on the server, from the database. */
      run: async ({ account, ...request }: WithPermissions<api.CheckPermissionsRequest> & AccountOption, options?: CallOptions) =>
        change<api.CheckPermissionsResponse>("POST", pathIn(account, "/checks"), request, options),
    },
  };
}

/** The value, or undefined where there is none yet: a list is then refused when it is fetched. */
function tryTo<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
