// Generated from openapi.json by `npm run generate -w pkg`; do not edit.

/** The stable code of a problem document. */
export type ProblemCode = "body-malformed" | "request-malformed" | "access-request-malformed" | "session-missing" | "session-expired" | "credentials-invalid" | "password-reset-advised" | "token-invalid" | "api-key-invalid" | "permission-missing" | "permission-escalation" | "invitation-email-mismatch" | "owner-only" | "origin-forbidden" | "not-found" | "account-not-found" | "member-not-found" | "invitation-not-found" | "role-not-found" | "session-not-found" | "api-key-not-found" | "attribute-policy-not-found" | "verification-not-found" | "method-not-allowed" | "owner-must-stay" | "already-member" | "invitation-pending" | "account-not-team" | "conflict" | "role-in-use" | "role-code-taken" | "role-built-in" | "transfer-needs-admin" | "inviter-lacks-permission" | "limit-reached" | "verification-elsewhere" | "invitation-expired" | "invitation-revoked" | "invitation-used" | "verification-over" | "reset-over" | "precondition-failed" | "body-too-large" | "media-type-unsupported" | "fields-invalid" | "idempotency-key-reused" | "rate-limited" | "too-many-sign-ins" | "too-many-mails" | "too-many-changes" | "internal" | "upstream-failed" | "upstream-unavailable" | "store-unavailable" | "upstream-timeout";

/** An action. */
export interface AccessAction {
  /** An action of the resource type, or the code of a permission. */
  readonly name: string;
  /** What the caller says of it. */
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** A decision. */
export interface AccessDecision {
  /** Why; only where the request's context has `explain: true`. */
  readonly context?: Readonly<Record<string, unknown>>;
  /** Yes or no. Anything but yes is no. */
  readonly decision: boolean;
}

/** The decisions of a batch, in the order of its evaluations; fewer where a semantic ended it. */
export interface AccessDecisions {
  /** One for each evaluation. */
  readonly evaluations: AccessDecision[];
}

/** A subject or resource. */
export interface AccessEntity {
  /** Its id; for a member their id or email. Ignored where this is what a search looks for. */
  readonly id?: string;
  /** What the caller says of it. */
  readonly properties?: Readonly<Record<string, unknown>>;
  /** Its type: `user`, `api_key`, a resource type of the policy, or one that the attribute policy speaks of. */
  readonly type: string;
}

/** How a batch is answered. */
export interface AccessOptions {
  /** `execute_all`, `deny_on_first_deny` or `permit_on_first_permit`. */
  readonly evaluations_semantic?: string;
}

/** Where the next page of a search begins. */
export interface AccessPage {
  /** Results in this answer. */
  readonly count: number;
  /** For `page.token` of the next request; empty at the end. */
  readonly next_token: string;
}

/** A page of a search. */
export interface AccessPageWish {
  /** Results at most: 200 if absent, at most 200. */
  readonly limit?: number;
  /** `page.next_token` of the answer before; everything else must be as in that request. */
  readonly token?: string;
}

/** A question. Unknown members are ignored. */
export interface AccessQuestion {
  readonly action: AccessAction;
  /** The circumstances; `explain: true` asks for the reason of the answer. */
  readonly context?: Readonly<Record<string, unknown>>;
  readonly resource: AccessEntity;
  readonly subject: AccessEntity;
}

/** Questions with defaults. Unknown members are ignored. */
export interface AccessQuestions {
  readonly action?: AccessAction;
  readonly context?: Readonly<Record<string, unknown>>;
  /** Each with what differs from the defaults; without any, the request is one question. */
  readonly evaluations?: (Readonly<Record<string, unknown>>)[];
  readonly options?: AccessOptions;
  readonly resource?: AccessEntity;
  readonly subject?: AccessEntity;
}

/** The caller's accounts. */
export interface AccountListResponse {
  /** This page. */
  readonly items: AccountResponse[];
  /** Send it as `cursor` for the next page; null at the end. */
  readonly next_cursor: string | null;
}

/** What owns resources and is billed. */
export interface AccountResponse {
  /** When it came to be. */
  readonly created_at: string;
  /** `acct_…`; never changes, whatever the kind. */
  readonly id: string;
  /** `personal` or `team`. */
  readonly kind: "personal" | "team";
  /** Shown name. */
  readonly name: string;
  /** Id of the owner. */
  readonly owner: string;
  /** The caller's role code. */
  readonly role: string;
  /** Raised by every change; also the `ETag`. Where others change the account at the same moment, the answer to a change can name a version below that of now. */
  readonly version: number;
}

/** A search for actions. Unknown members are ignored. */
export interface ActionSearchQuestion {
  readonly context?: Readonly<Record<string, unknown>>;
  readonly page?: AccessPageWish;
  readonly resource: AccessEntity;
  readonly subject: AccessEntity;
}

/** Actions that are allowed. */
export interface ActionSearchResponse {
  /** There where there are more results, or the request spoke of pages. */
  readonly page?: AccessPage;
  /** What was found. */
  readonly results: FoundAction[];
}

/** API keys, newest first, without revoked ones. */
export interface ApiKeyListResponse {
  /** This page. */
  readonly items: ApiKeyResponse[];
  /** Send it as `cursor` for the next page; null at the end. */
  readonly next_cursor: string | null;
}

/** A key, without its secret. */
export interface ApiKeyResponse {
  /** Id of the account whose key it is. */
  readonly account: string;
  /** When. */
  readonly created_at: string;
  /** Id of the user who made it. */
  readonly created_by: string;
  /** When it ends; null: until revoked. */
  readonly expires_at: string | null;
  /** `key_…` */
  readonly id: string;
  /** Last use, coarse; null: never. */
  readonly last_used_at: string | null;
  /** Shown name. */
  readonly name: string;
  /** Permission codes; at use they count only as far as the creator still holds them. */
  readonly permissions: string[];
  /** `type:id` limits; empty for none. */
  readonly resources: string[];
}

/** An account's attribute policy; docs/AUTHZEN.md explains the language. */
export interface AttributePolicyDocument {
  /** For people. */
  readonly description?: string;
  /** Known resources: `type`, `id`, `attributes`. */
  readonly resources?: (Readonly<Record<string, unknown>>)[];
  /** `id`, `effect`, and who, what, on what, when; a rule that denies wins. */
  readonly rules?: (Readonly<Record<string, unknown>>)[];
  /** Known subjects: `type`, `id`, `attributes`. */
  readonly subjects?: (Readonly<Record<string, unknown>>)[];
  /** The version of the language: 1. */
  readonly version: number;
}

/** An entry of an account's audit log. `hash` is SHA-256 over the canonical JSON (RFC 8785) of the event without `hash`. */
export interface AuditEventResponse {
  readonly action: string;
  /** Who, with the name they had. */
  readonly actor: {
  readonly id: string;
  readonly name: string;
  /** `user`, `api_key`, or `invitee`: who was invited and acted by the mailed link. */
  readonly type: string;
};
  readonly at: string;
  /** What changed. */
  readonly data: Readonly<Record<string, unknown>>;
  /** 64 hexadecimal digits. */
  readonly hash: string | null;
  /** `evt_…` */
  readonly id: string;
  readonly outcome: "done" | "denied";
  /** Hash of the event before; 64 zeros for the first. */
  readonly prev_hash: string | null;
  readonly request_id: string;
  readonly resource: {
  readonly id: string;
  readonly type: string;
};
  /** From 1 without gaps, per account. */
  readonly seq: number;
}

/** Audit events, newest first. */
export interface AuditLogResponse {
  /** This page. */
  readonly items: AuditEventResponse[];
  /** Send it as `cursor` for the next page; null at the end. */
  readonly next_cursor: string | null;
}

/** What the policy decision point says about itself (section 9). */
export interface AuthZenConfiguration {
  /** For one question. */
  readonly access_evaluation_endpoint: string;
  /** For many. */
  readonly access_evaluations_endpoint: string;
  /** The decision point: the service, or one account of it. */
  readonly policy_decision_point: string;
  /** What? */
  readonly search_action_endpoint: string;
  /** On what? */
  readonly search_resource_endpoint: string;
  /** Who may? */
  readonly search_subject_endpoint: string;
}

/** Permissions to be checked. */
export interface CheckPermissionsRequest {
  /** Also say which roles would allow. */
  readonly explain?: boolean;
  /** Permission codes of the policy. */
  readonly permissions: string[];
}

/** The answers, in the order of the questions. */
export interface CheckPermissionsResponse {
  /** One per permission. */
  readonly results: CheckResponse[];
}

/** One answered check. */
export interface CheckResponse {
  /** Whether the caller holds it now. */
  readonly allowed: boolean;
  /** With `explain`: role codes of the account that would allow. */
  readonly granted_by?: string[];
  /** The permission code. */
  readonly permission: string;
  /** `granted` or `permission-missing`. */
  readonly reason: "granted" | "permission-missing";
  /** With `explain`: the caller's role code. */
  readonly role?: string;
}

/** The token of a reset link, and the new password. */
export interface CompletePasswordResetRequest {
  /** 15 characters to 256 bytes. */
  readonly password: string;
  /** From the link's fragment. */
  readonly token: string;
}

/** Personal to team. */
export interface ConvertAccountRequest {
  /** Only say what would change. */
  readonly dry_run?: boolean;
  /** The team's name; the account keeps its own where this is absent. */
  readonly name?: string;
}

/** A key to be made. */
export interface CreateApiKeyRequest {
  /** Whole seconds from 1; null or absent: until revoked. */
  readonly expires_in?: number | null;
  /** Shown name. */
  readonly name: string;
  /** Permission codes that it may use at most; none that the caller does not hold. */
  readonly permissions: string[];
  /** `type:id` of the resources it is limited to, with the permission's resource type; absent or empty for no limit. A limited key reaches these and nothing else: no collection, no resource of another type. */
  readonly resources?: string[];
}

/** Whom to invite, as what, for how long. */
export interface CreateInvitationRequest {
  /** Whoever has proven this email may accept. */
  readonly email: string;
  /** Whole seconds from 1; null: until used or revoked; absent: seven days. */
  readonly expires_in?: number | null;
  /** Role code; it may grant nothing that the caller does not hold. */
  readonly role: string;
}

/** A custom role. */
export interface CreateRoleRequest {
  /** Lower-case letters, digits and hyphens, beginning with a letter. */
  readonly code: string;
  /** Permission codes; none that the caller does not hold. */
  readonly permissions: string[];
  /** Shown title. */
  readonly title: string;
}

/** A key that was just made. */
export type CreatedApiKeyResponse = ApiKeyResponse & {
  /** Shown here and nowhere else; null where the answer is a repetition, since only its hash is kept. */
  readonly secret: string | null;
};

/** For whoever declines without being signed in. */
export interface DeclineInvitationRequest {
  /** The proof from the invitation mail's link. */
  readonly proof?: string;
}

/** What a refused caller would have needed. */
export interface DenialDetail {
  /** Roles of the account that would allow it. */
  readonly granted_by: string[];
  /** The permission that was needed and not held. */
  readonly permission: string;
  /** The caller's role. */
  readonly role: string;
}

/** What would change; nothing has. */
export interface DryRunResponse {
  /** Every id that would be touched. */
  readonly changes: PlannedChangeResponse[];
  /** Always true. */
  readonly dry_run: boolean;
}

/** A search: what is looked for has a type and no id. Unknown members are ignored. */
export interface EntitySearch {
  readonly action: AccessAction;
  readonly context?: Readonly<Record<string, unknown>>;
  readonly page?: AccessPageWish;
  readonly resource: AccessEntity;
  readonly subject: AccessEntity;
}

/** Subjects or resources that may. */
export interface EntitySearchResponse {
  /** There where there are more results, or the request spoke of pages. */
  readonly page?: AccessPage;
  /** What was found. */
  readonly results: FoundEntity[];
}

/** A faulty field, as it is shown. */
export interface FieldProblem {
  /** What is wrong. */
  readonly code: "required" | "unknown" | "type-wrong" | "too-short" | "too-long" | "email-malformed" | "password-too-short" | "password-too-long" | "password-common" | "password-repetitive" | "password-context" | "role-unknown" | "permission-unknown" | "id-malformed" | "value-invalid" | "out-of-range";
  /** One sentence for a person. */
  readonly detail: string;
  /** JSON pointer into the body (RFC 6901), or `?name` for a query parameter. */
  readonly pointer: string;
}

/** An action that was found. */
export interface FoundAction {
  /** Its name. */
  readonly name: string;
}

/** A subject or resource that was found. */
export interface FoundEntity {
  /** Its id. */
  readonly id: string;
  /** Its type. */
  readonly type: string;
}

/** The service answers, and so does its database. */
export interface HealthResponse {
  /** Always `ok`; a service that is not well answers a problem. */
  readonly status: string;
  /** The version that is deployed. */
  readonly version: string;
}

/** Invitations, newest first. */
export interface InvitationListResponse {
  /** This page. */
  readonly items: InvitationResponse[];
  /** Send it as `cursor` for the next page; null at the end. */
  readonly next_cursor: string | null;
}

/** What a link offers. Says nothing about whether the email has an account. */
export interface InvitationPreviewResponse {
  /** The team. */
  readonly account: PreviewAccountResponse;
  /** The invited email; only for the holder of the mail's proof. */
  readonly email?: string;
  /** The invited email, masked. */
  readonly email_hint: string;
  /** When it ends; null: until used or revoked. */
  readonly expires_at: string | null;
  /** The inviter. */
  readonly inviter: PreviewInviterResponse;
  /** The role. */
  readonly role: PreviewRoleResponse;
  /** `pending`, `accepted`, `declined`, `revoked` or `expired`. */
  readonly state: "pending" | "accepted" | "declined" | "revoked" | "expired";
}

/** What the link of an invitation mail carries. */
export interface InvitationProofRequest {
  /** The mail's proof. */
  readonly proof: string;
  /** The link's token. */
  readonly token: string;
}

/** An invitation to a team. */
export interface InvitationResponse {
  /** Id of the team's account. */
  readonly account: string;
  /** When. */
  readonly created_at: string;
  /** Who may accept, in canonical form. */
  readonly email: string;
  /** When it ends; null: until used or revoked. */
  readonly expires_at: string | null;
  /** `inv_…` */
  readonly id: string;
  /** Id of the inviting user. */
  readonly invited_by: string;
  /** To be copied and handed on; only while pending. */
  readonly link?: string;
  /** Role code. */
  readonly role: string;
  /** `pending`, `accepted`, `declined`, `revoked` or `expired`. */
  readonly state: "pending" | "accepted" | "declined" | "revoked" | "expired";
}

/** The caller, where they belong, and where they act. */
export interface MeResponse {
  /** Id of the account they act in. */
  readonly active_account: string;
  /** Accounts they belong to, personal ones first: the first 1,000, and the one they act in. */
  readonly memberships: MembershipResponse[];
  /** Whether they belong to more: `GET /v1/accounts` lists all of them, by pages. */
  readonly more_memberships: boolean;
  /** Who. */
  readonly user: UserResponse;
}

/** Members, longest first. */
export interface MemberListResponse {
  /** This page. */
  readonly items: MemberResponse[];
  /** Send it as `cursor` for the next page; null at the end. */
  readonly next_cursor: string | null;
}

/** A member of an account. */
export interface MemberResponse {
  /** Since when. */
  readonly joined_at: string;
  /** Role code. */
  readonly role: string;
  /** Who. */
  readonly user: MemberUserResponse;
}

/** A person as their fellow members see them. */
export interface MemberUserResponse {
  /** Their email. */
  readonly email: string;
  /** `usr_…` */
  readonly id: string;
  /** Shown name. */
  readonly name: string;
}

/** The caller's place in an account. */
export interface MembershipResponse {
  /** The account. */
  readonly account: AccountResponse;
  /** The caller's role code. */
  readonly role: string;
}

/** One change of a dry run. */
export interface PlannedChangeResponse {
  /** The word that the audit log would have for it. What only follows from another change has a word of its own: `active-account.reset`. */
  readonly action: string;
  /** For a person. */
  readonly detail: string;
  /** To what. */
  readonly resource: ResourceResponse;
}

/** A permission of the policy. */
export interface PolicyPermission {
  /** What it lets one do with it. */
  readonly actions: string[];
  /** `resource.verb` */
  readonly code: string;
  /** For a person. */
  readonly description: string;
  /** What it is about. */
  readonly resource: string;
  /** Shown title. */
  readonly title: string;
}

/** Permissions, roles and routes. */
export interface PolicyResponse {
  /** Every permission there is. */
  readonly permissions: PolicyPermission[];
  /** Built-in roles. */
  readonly roles: PolicyRole[];
  /** What the gateway lets through. */
  readonly routes: PolicyRoute[];
  /** Format version. */
  readonly version: number;
}

/** A built-in role. */
export interface PolicyRole {
  /** Role code. */
  readonly code: string;
  /** Permission codes. */
  readonly permissions: string[];
  /** Shown title. */
  readonly title: string;
}

/** A route behind the gateway. */
export interface PolicyRoute {
  /** `live`: checked against the database, not the token. */
  readonly freshness?: string;
  /** HTTP method. */
  readonly method: string;
  /** Path pattern. */
  readonly path: string;
  /** The permission that it asks for. */
  readonly permission: string;
}

/** The inviting team, as the invited may see it. */
export interface PreviewAccountResponse {
  /** The team's name; empty where the account is no team any more. */
  readonly name: string;
}

/** Who invites. */
export interface PreviewInviterResponse {
  /** Their name. */
  readonly name: string;
}

/** The offered role. */
export interface PreviewRoleResponse {
  /** Role code. */
  readonly code: string;
  /** Permission codes; none once the invitation has ended. */
  readonly permissions: string[];
  /** Shown title; the code of a custom role once the invitation has ended. */
  readonly title: string;
}

/** A problem as it is sent (RFC 9457, `application/problem+json`). */
export interface ProblemDocument {
  /** The stable code. */
  readonly code: "body-malformed" | "request-malformed" | "access-request-malformed" | "session-missing" | "session-expired" | "credentials-invalid" | "password-reset-advised" | "token-invalid" | "api-key-invalid" | "permission-missing" | "permission-escalation" | "invitation-email-mismatch" | "owner-only" | "origin-forbidden" | "not-found" | "account-not-found" | "member-not-found" | "invitation-not-found" | "role-not-found" | "session-not-found" | "api-key-not-found" | "attribute-policy-not-found" | "verification-not-found" | "method-not-allowed" | "owner-must-stay" | "already-member" | "invitation-pending" | "account-not-team" | "conflict" | "role-in-use" | "role-code-taken" | "role-built-in" | "transfer-needs-admin" | "inviter-lacks-permission" | "limit-reached" | "verification-elsewhere" | "invitation-expired" | "invitation-revoked" | "invitation-used" | "verification-over" | "reset-over" | "precondition-failed" | "body-too-large" | "media-type-unsupported" | "fields-invalid" | "idempotency-key-reused" | "rate-limited" | "too-many-sign-ins" | "too-many-mails" | "too-many-changes" | "internal" | "upstream-failed" | "upstream-unavailable" | "store-unavailable" | "upstream-timeout";
  /** Only with `permission-missing` and `permission-escalation`. */
  readonly denial?: DenialDetail;
  /** This occurrence. */
  readonly detail: string;
  /** Every faulty field; only with `fields-invalid`. */
  readonly errors?: FieldProblem[];
  /** `urn:uuid:` and the request id. */
  readonly instance: string;
  /** The HTTP status. */
  readonly status: number;
  /** The code's title. */
  readonly title: string;
  /** Address of a page that explains the code. */
  readonly type: string;
}

/** Whose password is lost. */
export interface RequestPasswordResetRequest {
  /** Where the reset link goes, if there is an account. */
  readonly email: string;
}

/** What would be changed. */
export interface ResourceResponse {
  /** Its id or code. */
  readonly id: string;
  /** `account`, `member`, `invitation`, `role`, `api_key` */
  readonly type: string;
}

/** Roles, built-in ones first. */
export interface RoleListResponse {
  /** This page. */
  readonly items: RoleResponse[];
  /** Send it as `cursor` for the next page; null at the end. */
  readonly next_cursor: string | null;
}

/** A role of an account. */
export interface RoleResponse {
  /** Whether the policy defines it, for every account. */
  readonly built_in: boolean;
  /** Role code. */
  readonly code: string;
  /** There, and true, where the policy got a role of this code after the team had made this one. In this account the team's counts, until the team deletes it. */
  readonly overrides_built_in?: boolean;
  /** Permission codes in the policy's order. */
  readonly permissions: string[];
  /** Shown title. */
  readonly title: string;
}

/** The caller's sessions. */
export interface SessionListResponse {
  /** This page. */
  readonly items: SessionResponse[];
  /** Send it as `cursor` for the next page; null at the end. */
  readonly next_cursor: string | null;
}

/** A signed-in browser. */
export interface SessionResponse {
  /** When signed in. */
  readonly created_at: string;
  /** Whether this very request came with it. */
  readonly current: boolean;
  /** `ses_…` */
  readonly id: string;
  /** Last use, up to five minutes old. */
  readonly last_seen_at: string;
  /** The browser's own words. */
  readonly user_agent: string;
}

/** Email and password. */
export interface SignInRequest {
  /** The account holder's email. */
  readonly email: string;
  /** The password, exactly as it was chosen. */
  readonly password: string;
}

/** An email to be proven, and the password that goes with it. */
export interface SignUpRequest {
  /** A secret of the page that signs up, kept in this browser: see the redemption of the verification link. */
  readonly browser_key?: string;
  /** Where the verification link goes. */
  readonly email: string;
  /** From the link in an invitation mail: whoever holds both is verified and joins at once. */
  readonly invitation?: InvitationProofRequest;
  /** Shown to the members of one's teams; taken from the email where it is absent. */
  readonly name?: string;
  /** 15 characters to 256 bytes; common, repetitive and context words are refused. */
  readonly password: string;
}

/** Who is signed in now, and the account they act in. */
export interface SignedInResponse {
  /** The active account. */
  readonly account: AccountResponse;
  /** Who. */
  readonly user: UserResponse;
}

/** Something was set going; the same for everybody. */
export interface StatusResponse {
  /** What. */
  readonly status: string;
}

/** A short-lived permission token. */
export interface TokenResponse {
  /** When it ends. */
  readonly expires_at: string;
  /** Seconds that it lives. */
  readonly expires_in: number;
  /** An EdDSA JWT; verify it with the keys at `/.well-known/jwks.json`. */
  readonly token: string;
  /** Always `Bearer`. */
  readonly token_type: string;
}

/** Who becomes the owner. */
export interface TransferAccountRequest {
  /** Id of another admin of the team. */
  readonly user: string;
}

/** Another name. */
export interface UpdateAccountRequest {
  /** Shown name. */
  readonly name: string;
}

/** What to change about oneself. */
export interface UpdateMeRequest {
  /** Id of the account to act in. */
  readonly active_account?: string;
  /** Shown name. */
  readonly name?: string;
}

/** Another role for a member. */
export interface UpdateMemberRequest {
  /** Role code. */
  readonly role: string;
}

/** What to change of a custom role. */
export interface UpdateRoleRequest {
  /** All permission codes that it is to have. */
  readonly permissions?: string[];
  /** Shown title. */
  readonly title?: string;
}

/** A person who signs in. */
export interface UserResponse {
  /** When they signed up. */
  readonly created_at: string;
  /** Proven, in canonical form. */
  readonly email: string;
  /** Always true: a user exists only once their email is proven. */
  readonly email_verified: boolean;
  /** `usr_…` */
  readonly id: string;
  /** Shown name. */
  readonly name: string;
}

/** The token of a verification link. Whoever can type an email can sign up with it and a password of their own. So a page sends what shows that the sign-up was made in this browser, and where it was not, the password that its user chooses now. */
export interface VerifyEmailRequest {
  /** What the sign-up was sent with. Another one, without a `password`, is answered with `verification-elsewhere`. */
  readonly browser_key?: string;
  /** Takes the place of the sign-up's password. */
  readonly password?: string;
  /** From the link's fragment. */
  readonly token: string;
}
