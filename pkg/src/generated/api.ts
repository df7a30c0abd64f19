// Generated from openapi.json by `npm run generate -w pkg`; do not edit.

/** The stable code of a problem document. */
export type ProblemCode = "body-malformed" | "request-malformed" | "access-request-malformed" | "session-missing" | "session-expired" | "credentials-invalid" | "code-invalid" | "password-reset-advised" | "passkey-invalid" | "reauthentication-required" | "second-factor-required" | "second-factor-expired" | "issuer-token-invalid" | "token-invalid" | "api-key-invalid" | "permission-missing" | "permission-escalation" | "invitation-email-mismatch" | "owner-only" | "origin-forbidden" | "sign-in-method-disabled" | "not-found" | "account-not-found" | "member-not-found" | "invitation-not-found" | "role-not-found" | "session-not-found" | "api-key-not-found" | "passkey-not-found" | "totp-not-found" | "sign-in-method-not-found" | "provider-link-not-found" | "attribute-policy-not-found" | "verification-not-found" | "method-not-allowed" | "owner-must-stay" | "already-member" | "invitation-pending" | "account-not-team" | "passkey-exists" | "totp-exists" | "identity-taken" | "identity-unconnected" | "last-sign-in-method" | "conflict" | "role-in-use" | "role-code-taken" | "role-built-in" | "transfer-needs-admin" | "inviter-lacks-permission" | "limit-reached" | "verification-elsewhere" | "invitation-expired" | "invitation-revoked" | "invitation-used" | "verification-over" | "reset-over" | "precondition-failed" | "body-too-large" | "media-type-unsupported" | "fields-invalid" | "idempotency-key-reused" | "rate-limited" | "too-many-sign-ins" | "too-many-mails" | "too-many-changes" | "internal" | "upstream-failed" | "upstream-unavailable" | "issuer-unavailable" | "store-unavailable" | "upstream-timeout";

/** A page of accounts of the current user, personal accounts first. */
export interface AccountListResponse {
  /** Items of the page. */
  readonly items: AccountResponse[];
  /** Cursor of the next page, to be sent as `cursor`; null on the last page. */
  readonly next_cursor: string | null;
}

/** A personal account or a team: the owner of resources and the unit of billing. */
export interface AccountResponse {
  /** Time of creation. */
  readonly created_at: string;
  /** Account id, `acct_…`. It stays the same when the account is converted. */
  readonly id: string;
  /** Kind of account: `personal` or `team`. */
  readonly kind: "personal" | "team";
  /** Display name. */
  readonly name: string;
  /** Id of the user who owns the account. */
  readonly owner: string;
  /** Role code of the current user. */
  readonly role: string;
  /** Version, incremented by every change and also sent as `ETag`. If several changes are made concurrently, the response to one of them can contain a version that is no longer the latest. */
  readonly version: number;
}

/** A search for actions (AuthZEN section 8). Unknown members are ignored. */
export interface ActionSearch {
  readonly context?: Readonly<Record<string, unknown>>;
  readonly page?: SearchPageOptions;
  readonly resource: AuthzenEntity;
  readonly subject: AuthzenEntity;
}

/** A page of actions. */
export interface ActionSearchResponse {
  /** Pagination; present if there are more results, or if the request has `page`. */
  readonly page?: SearchPage;
  /** Results of the page. */
  readonly results: ActionSearchResult[];
}

/** An action found by a search. */
export interface ActionSearchResult {
  /** Name. */
  readonly name: string;
}

/** A page of API keys, newest first, without revoked keys. */
export interface ApiKeyListResponse {
  /** Items of the page. */
  readonly items: ApiKeyResponse[];
  /** Cursor of the next page, to be sent as `cursor`; null on the last page. */
  readonly next_cursor: string | null;
}

/** An API key without its secret. */
export interface ApiKeyResponse {
  /** Id of the account that the key belongs to. */
  readonly account: string;
  /** Time of creation. */
  readonly created_at: string;
  /** Id of the user who created the key. */
  readonly created_by: string;
  /** Time of expiry; null if the key is valid until revoked. */
  readonly expires_at: string | null;
  /** API key id, `key_…`. */
  readonly id: string;
  /** Time of last use, accurate to about a minute; null if never used. */
  readonly last_used_at: string | null;
  /** Display name. */
  readonly name: string;
  /** Permission codes. In use, the key has only those that its creator still holds. */
  readonly permissions: string[];
  /** Resources that the key is limited to, as `type:id`; empty if not limited. */
  readonly resources: string[];
}

/** `AuthenticatorAssertionResponseJSON`. Members that are not listed are ignored. */
export interface AssertionResponseJson {
  /** Authenticator data in base64url. */
  readonly authenticatorData: string;
  /** Client data in base64url. */
  readonly clientDataJSON: string;
  /** Signature in base64url. */
  readonly signature: string;
  /** User handle in base64url. */
  readonly userHandle: string | null;
}

/** `AuthenticatorAttestationResponseJSON`. Members that are not listed are ignored. */
export interface AttestationResponseJson {
  /** Attestation object in base64url. */
  readonly attestationObject: string;
  /** Client data in base64url. */
  readonly clientDataJSON: string;
  /** Transports. */
  readonly transports?: string[];
}

/** The attribute policy of an account. docs/AUTHZEN.md describes the language. */
export interface AttributePolicyDocument {
  /** Description for people. */
  readonly description?: string;
  /** Resources with `type`, `id` and `attributes`. */
  readonly resources?: (Readonly<Record<string, unknown>>)[];
  /** Rules, at most 200: each has an `id`, an `effect`, and conditions on subject, action, resource and context. A rule that denies overrides rules that permit. */
  readonly rules?: (Readonly<Record<string, unknown>>)[];
  /** Subjects with `type`, `id` and `attributes`. */
  readonly subjects?: (Readonly<Record<string, unknown>>)[];
  /** Version of the language: 1. */
  readonly version: number;
}

/** An event in the audit log of an account, with its personal values. `hash` is that of the event's line in an NDJSON export, which has digests in the place of personal values. */
export interface AuditEventResponse {
  readonly action: string;
  /** Actor that caused the event, with its name at that time: null once it has been erased. */
  readonly actor: {
  readonly id: string;
  readonly name: string | null;
  /** Type of actor: `user`, `api_key`, or `invitee` (the recipient of an invitation mail, acting with its link). */
  readonly type: string;
};
  readonly at: string;
  /** Details of the change. A personal value is null once it has been erased. */
  readonly data: Readonly<Record<string, unknown>>;
  /** Paths of the personal values that have been erased, for example `actor.name`; these are null. */
  readonly erased: string[];
  /** SHA-256 as 64 hexadecimal digits. Null until the event is sealed, shortly after the change. */
  readonly hash: string | null;
  /** Event id, `evt_…`. */
  readonly id: string;
  readonly outcome: "done" | "denied";
  /** Hash of the previous event; 64 zeros for the first one. Null until the event is sealed, shortly after the change. */
  readonly prev_hash: string | null;
  readonly request_id: string;
  readonly resource: {
  readonly id: string;
  readonly type: string;
};
  /** Sequence number per account, from 1 without gaps. */
  readonly seq: number;
  /** Version of the format of events: 2. */
  readonly v: number;
}

/** A page of audit events, newest first. */
export interface AuditLogResponse {
  /** Items of the page. */
  readonly items: AuditEventResponse[];
  /** Cursor of the next page, to be sent as `cursor`; null on the last page. */
  readonly next_cursor: string | null;
}

/** Metadata of the policy decision point (AuthZEN section 9). */
export interface AuthZenConfiguration {
  /** URL of the access evaluation endpoint. */
  readonly access_evaluation_endpoint: string;
  /** URL of the access evaluations endpoint. */
  readonly access_evaluations_endpoint: string;
  /** Identifier of the policy decision point: the service, or one account. */
  readonly policy_decision_point: string;
  /** URL of the action search endpoint. */
  readonly search_action_endpoint: string;
  /** URL of the resource search endpoint. */
  readonly search_resource_endpoint: string;
  /** URL of the subject search endpoint. */
  readonly search_subject_endpoint: string;
}

/** An action (AuthZEN section 5.3). */
export interface AuthzenAction {
  /** Action of the resource type, or a permission code. */
  readonly name: string;
  /** Attributes supplied by the caller. */
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** A subject or resource (AuthZEN sections 5.1 and 5.2). */
export interface AuthzenEntity {
  /** Id; for a user, the user id or the email. Ignored for the entity that a search looks for. */
  readonly id?: string;
  /** Attributes supplied by the caller. */
  readonly properties?: Readonly<Record<string, unknown>>;
  /** Type: `user`, `api_key`, a resource type of the policy, or a type that the attribute policy uses. */
  readonly type: string;
}

/** A new password of the current user. */
export interface ChangePasswordRequest {
  /** New password, from 15 characters to 256 bytes. */
  readonly password: string;
}

/** Permissions to check. */
export interface CheckPermissionsRequest {
  /** If `true`, include the role of the caller and the roles that grant each permission. Defaults to `false`. */
  readonly explain?: boolean;
  /** Permission codes of the policy, at most 256. */
  readonly permissions: string[];
}

/** Results of permission checks. */
export interface CheckPermissionsResponse {
  /** One result per permission, in the order of the request. */
  readonly results: CheckResponse[];
}

/** Result of one permission check. */
export interface CheckResponse {
  /** Whether the caller holds the permission now. */
  readonly allowed: boolean;
  /** Codes of the roles of the account that grant the permission; present with `explain`. */
  readonly granted_by?: string[];
  /** Permission code. */
  readonly permission: string;
  /** Reason of the result: `granted` or `permission-missing`. */
  readonly reason: "granted" | "permission-missing";
  /** Role code of the caller; present with `explain`. */
  readonly role?: string;
}

/** Redemption of a password reset link. */
export interface CompletePasswordResetRequest {
  /** New password, from 15 characters to 256 bytes. */
  readonly password: string;
  /** Token from the fragment of the link. */
  readonly token: string;
}

/** Confirmation of an authenticator app. */
export interface ConfirmTotpRequest {
  /** Code of six digits that the app shows; spaces and hyphens are ignored. */
  readonly code: string;
}

/** Conversion of a personal account to a team. */
export interface ConvertAccountRequest {
  /** If `true`, return the changes that would be made without making them. Defaults to `false`. */
  readonly dry_run?: boolean;
  /** Name of the team, 1 to 100 characters. If omitted, the account keeps its name. */
  readonly name?: string;
}

/** Creation of an API key. */
export interface CreateApiKeyRequest {
  /** Lifetime in seconds, from 1 to 315,360,000 (ten years). If omitted or null, the key is valid until revoked. */
  readonly expires_in?: number | null;
  /** Display name, 1 to 100 characters. */
  readonly name: string;
  /** Permission codes that the key may use, 1 to 256. The caller must hold each of them. */
  readonly permissions: string[];
  /** Resources that the key is limited to, as `type:id` with the resource type of a permission; at most 100. If omitted or empty, the key is not limited. A limited key can access only these resources: no collection, and no resource of another type. */
  readonly resources?: string[];
}

/** Creation of an invitation. */
export interface CreateInvitationRequest {
  /** Email of the invited person. Only a user with this verified email can accept. */
  readonly email: string;
  /** Lifetime in seconds, from 1 to 315,360,000 (ten years). Defaults to 604,800 (seven days). If null, the invitation does not expire. */
  readonly expires_in?: number | null;
  /** Code of the offered role. The caller must hold every permission that it grants. */
  readonly role: string;
}

/** Creation of a custom role. */
export interface CreateRoleRequest {
  /** Role code: lower-case letters, digits and hyphens, starting with a letter; 1 to 40 characters. */
  readonly code: string;
  /** Permission codes, at most 256. The caller must hold each of them. */
  readonly permissions: string[];
  /** Display title, 1 to 100 characters. */
  readonly title: string;
}

/** A newly created API key. */
export type CreatedApiKeyResponse = ApiKeyResponse & {
  /** Secret, returned only once. Null in the response to a repeated request, since only a hash of the secret is stored. */
  readonly secret: string | null;
};

/** Rejection of an invitation. */
export interface DeclineInvitationRequest {
  /** The `proof` from the link in the invitation mail; required without a session of the invited user. */
  readonly proof?: string;
}

/** Permission that a denied caller lacks. */
export interface DenialDetail {
  /** Codes of the roles of the account that grant the permission. */
  readonly granted_by: string[];
  /** Missing permission. */
  readonly permission: string;
  /** Role code of the caller. */
  readonly role: string;
}

/** The ways to sign in that a deployment offers. */
export interface DeploymentSignInMethodsResponse {
  /** Whether people sign in with a code by mail (`POST /v1/email-codes`). */
  readonly email_code: boolean;
  /** Whether people sign in with a passkey. */
  readonly passkey: boolean;
  /** Whether people sign in with a password. */
  readonly password: boolean;
  /** Sign-in providers, in the order of the page. */
  readonly providers: SignInProviderResponse[];
}

/** Result of a dry run. Nothing was changed. */
export interface DryRunResponse {
  /** Changes that would be made. */
  readonly changes: PlannedChangeResponse[];
  /** Always `true`. */
  readonly dry_run: boolean;
}

/** A search for subjects or resources (AuthZEN section 8). The entity that is searched for has a type and no id. Unknown members are ignored. */
export interface EntitySearch {
  readonly action: AuthzenAction;
  readonly context?: Readonly<Record<string, unknown>>;
  readonly page?: SearchPageOptions;
  readonly resource: AuthzenEntity;
  readonly subject: AuthzenEntity;
}

/** A page of subjects or resources. */
export interface EntitySearchResponse {
  /** Pagination; present if there are more results, or if the request has `page`. */
  readonly page?: SearchPage;
  /** Results of the page. */
  readonly results: EntitySearchResult[];
}

/** A subject or resource found by a search. */
export interface EntitySearchResult {
  /** Id. */
  readonly id: string;
  /** Type. */
  readonly type: string;
}

/** An access evaluation (AuthZEN section 6.1). Unknown members are ignored. */
export interface Evaluation {
  readonly action: AuthzenAction;
  /** Context attributes. With `explain: true`, the decision includes its reason. */
  readonly context?: Readonly<Record<string, unknown>>;
  readonly resource: AuthzenEntity;
  readonly subject: AuthzenEntity;
}

/** The decision of an access evaluation. */
export interface EvaluationDecision {
  /** Reason of the decision; present only if the context of the request has `explain: true`. */
  readonly context?: Readonly<Record<string, unknown>>;
  /** Whether access is allowed. */
  readonly decision: boolean;
}

/** The decisions of a batch, in the order of its evaluations. There are fewer decisions than evaluations if the evaluation semantic ended the batch early. */
export interface EvaluationDecisions {
  /** Decisions, in the order of the evaluations. */
  readonly evaluations: EvaluationDecision[];
}

/** Options of a batch. */
export interface EvaluationOptions {
  /** Evaluation semantic: `execute_all`, `deny_on_first_deny` or `permit_on_first_permit`. Defaults to `execute_all`. */
  readonly evaluations_semantic?: string;
}

/** A batch of access evaluations with default values (AuthZEN section 7.1). Unknown members are ignored. */
export interface Evaluations {
  readonly action?: AuthzenAction;
  readonly context?: Readonly<Record<string, unknown>>;
  /** Evaluations, at most 100, each with the members that differ from the defaults. If omitted or empty, the request is a single evaluation. */
  readonly evaluations?: (Readonly<Record<string, unknown>>)[];
  readonly options?: EvaluationOptions;
  readonly resource?: AuthzenEntity;
  readonly subject?: AuthzenEntity;
}

/** Sign-in by the token of a trusted issuer. */
export interface ExchangeTokenRequest {
  /** JWT of the issuer, at most 16,384 bytes. */
  readonly token: string;
}

/** An error of one field. */
export interface FieldProblem {
  /** Code of the error. */
  readonly code: "required" | "unknown" | "type-wrong" | "ambiguous" | "too-short" | "too-long" | "email-malformed" | "password-too-short" | "password-too-long" | "password-common" | "password-repetitive" | "password-context" | "role-unknown" | "permission-unknown" | "id-malformed" | "value-invalid" | "out-of-range";
  /** Description for people. */
  readonly detail: string;
  /** JSON pointer into the request body (RFC 6901), or `?name` for a query parameter. */
  readonly pointer: string;
}

/** Second factor of a sign-in: one of a code, a recovery code and a passkey. */
export interface FinishSignInRequest {
  /** Code of six digits of the authenticator app; spaces and hyphens are ignored. */
  readonly code?: string;
  /** Response of `navigator.credentials.get()`, as its `toJSON()` returns it. */
  readonly passkey?: PasskeyAssertionJson;
  /** Recovery code; case, spaces and hyphens are ignored. */
  readonly recovery_code?: string;
}

/** Health of the service and its database. */
export interface HealthResponse {
  /** Always `ok`; a failure is returned as a problem. */
  readonly status: string;
  /** Deployed version. */
  readonly version: string;
}

/** A page of invitations, newest first. */
export interface InvitationListResponse {
  /** Items of the page. */
  readonly items: InvitationResponse[];
  /** Cursor of the next page, to be sent as `cursor`; null on the last page. */
  readonly next_cursor: string | null;
}

/** An invitation as visible to the holder of its link. Does not reveal whether a user with the invited email exists. */
export interface InvitationPreviewResponse {
  /** Inviting team. */
  readonly account: PreviewAccountResponse;
  /** Invited email; present only with the proof from the invitation mail. */
  readonly email?: string;
  /** Invited email, masked. */
  readonly email_hint: string;
  /** Time of expiry; null if the invitation does not expire. */
  readonly expires_at: string | null;
  /** Inviting user. */
  readonly inviter: PreviewInviterResponse;
  /** Offered role. */
  readonly role: PreviewRoleResponse;
  /** State: `pending`, `accepted`, `declined`, `revoked` or `expired`. */
  readonly state: "pending" | "accepted" | "declined" | "revoked" | "expired";
}

/** Token and proof of an invitation mail. */
export interface InvitationProofRequest {
  /** Proof that the link was received by mail. */
  readonly proof: string;
  /** Token of the invitation link. */
  readonly token: string;
}

/** An invitation to a team. */
export interface InvitationResponse {
  /** Id of the inviting team. */
  readonly account: string;
  /** Time of creation. */
  readonly created_at: string;
  /** Email of the invited person, in canonical form. */
  readonly email: string;
  /** Time of expiry; null if the invitation does not expire. */
  readonly expires_at: string | null;
  /** Invitation id, `inv_…`. */
  readonly id: string;
  /** Id of the user who created the invitation or sent it last. */
  readonly invited_by: string;
  /** Link to the invitation; present only while pending. */
  readonly link?: string;
  /** Code of the offered role. */
  readonly role: string;
  /** State: `pending`, `accepted`, `declined`, `revoked` or `expired`. */
  readonly state: "pending" | "accepted" | "declined" | "revoked" | "expired";
}

/** The current user with memberships and active account. */
export interface MeResponse {
  /** Id of the active account. */
  readonly active_account: string;
  /** Memberships, personal accounts first: the first 1,000 and that in the active account. */
  readonly memberships: MembershipResponse[];
  /** Whether there are more memberships. `GET /v1/accounts` lists all of them in pages. */
  readonly more_memberships: boolean;
  /** User. */
  readonly user: UserResponse;
}

/** A page of members, oldest membership first. */
export interface MemberListResponse {
  /** Items of the page. */
  readonly items: MemberResponse[];
  /** Cursor of the next page, to be sent as `cursor`; null on the last page. */
  readonly next_cursor: string | null;
}

/** A member of an account. */
export interface MemberResponse {
  /** Time at which the user became a member. */
  readonly joined_at: string;
  /** Role code. */
  readonly role: string;
  /** User. */
  readonly user: MemberUserResponse;
}

/** A user as visible to members of the same account. */
export interface MemberUserResponse {
  /** Verified email. */
  readonly email: string;
  /** User id, `usr_…`. */
  readonly id: string;
  /** Display name. */
  readonly name: string;
}

/** Membership of the current user in an account. */
export interface MembershipResponse {
  /** Account. */
  readonly account: AccountResponse;
  /** Role code of the current user. */
  readonly role: string;
}

/** Algorithm of a passkey. */
export interface PasskeyAlgorithm {
  /** Number in the registry of COSE algorithms. */
  readonly alg: number;
  /** Always `public-key`. */
  readonly type: string;
}

/** Response of `navigator.credentials.get()` (`AuthenticationResponseJSON`). Members that are not listed are ignored. */
export interface PasskeyAssertionJson {
  /** Credential id in base64url. */
  readonly id: string;
  /** The parts of the response. */
  readonly response: AssertionResponseJson;
}

/** Options of an authentication (`PublicKeyCredentialRequestOptionsJSON`), for `PublicKeyCredential.parseRequestOptionsFromJSON()`. */
export interface PasskeyAuthenticationOptionsResponse {
  /** Always empty: the browser offers the passkeys that it finds. */
  readonly allowCredentials: PasskeyDescriptor[];
  /** Challenge in base64url, valid once, in this browser, for five minutes. */
  readonly challenge: string;
  /** RP id. */
  readonly rpId: string;
  /** Time for which the challenge is valid, in milliseconds. */
  readonly timeout: number;
  /** Always `preferred`. */
  readonly userVerification: string;
}

/** Which authenticators are asked for. */
export interface PasskeyAuthenticatorSelection {
  /** Always `true`. */
  readonly requireResidentKey: boolean;
  /** Always `required`: the passkey is found without a user name. */
  readonly residentKey: string;
  /** Always `preferred`. */
  readonly userVerification: string;
}

/** A passkey by its credential id. */
export interface PasskeyDescriptor {
  /** Credential id in base64url. */
  readonly id: string;
  /** Transports. */
  readonly transports: string[];
  /** Always `public-key`. */
  readonly type: string;
}

/** The passkeys of the current user, oldest first. */
export interface PasskeyListResponse {
  /** Items of the page. */
  readonly items: PasskeyResponse[];
  /** Cursor of the next page, to be sent as `cursor`; null on the last page. */
  readonly next_cursor: string | null;
}

/** Response of `navigator.credentials.create()` (`RegistrationResponseJSON`). Members that are not listed are ignored. */
export interface PasskeyRegistrationJson {
  /** Credential id in base64url. */
  readonly id: string;
  /** The parts of the response. */
  readonly response: AttestationResponseJson;
}

/** Options of a registration (`PublicKeyCredentialCreationOptionsJSON`), for `PublicKeyCredential.parseCreationOptionsFromJSON()`. */
export interface PasskeyRegistrationOptionsResponse {
  /** Always `none`. */
  readonly attestation: string;
  /** Which authenticators are asked for. */
  readonly authenticatorSelection: PasskeyAuthenticatorSelection;
  /** Challenge in base64url, valid once, in this browser, for five minutes. */
  readonly challenge: string;
  /** Passkeys that the user has. */
  readonly excludeCredentials: PasskeyDescriptor[];
  /** Accepted algorithms, in order of preference. */
  readonly pubKeyCredParams: PasskeyAlgorithm[];
  /** Relying party. */
  readonly rp: PasskeyRelyingParty;
  /** Time for which the challenge is valid, in milliseconds. */
  readonly timeout: number;
  /** User. */
  readonly user: PasskeyUser;
}

/** Relying party. */
export interface PasskeyRelyingParty {
  /** RP id. */
  readonly id: string;
  /** Name. */
  readonly name: string;
}

/** A passkey of the current user. */
export interface PasskeyResponse {
  /** Model of the authenticator, as it claims: an AAGUID, all zeros if it does not tell. */
  readonly aaguid: string;
  /** Whether it was backed up when it was used last. */
  readonly backed_up: boolean;
  /** Whether it may be synchronized to other devices. */
  readonly backup_eligible: boolean;
  /** Time of registration. */
  readonly created_at: string;
  /** Id, `idn_…`, as in the list of the ways to sign in. */
  readonly id: string;
  /** Label. */
  readonly label: string;
  /** Time of the last authentication with it. */
  readonly last_used_at: string | null;
  /** Transports as the browser named them. */
  readonly transports: string[];
}

/** User of a passkey. */
export interface PasskeyUser {
  /** Display name. */
  readonly displayName: string;
  /** User handle in base64url. */
  readonly id: string;
  /** Email. */
  readonly name: string;
}

/** One change of a dry run. */
export interface PlannedChangeResponse {
  /** Action as in the audit log. A change that only follows from another one has an action of its own: `active-account.reset`. */
  readonly action: string;
  /** Description for people. */
  readonly detail: string;
  /** Object that would change. */
  readonly resource: ResourceResponse;
}

/** A permission of the policy. */
export interface PolicyPermission {
  /** Actions that the permission allows. */
  readonly actions?: string[];
  /** Permission code, `resource.verb`. */
  readonly code: string;
  /** Description for people. */
  readonly description?: string;
  /** Resource type that the permission applies to. */
  readonly resource?: string;
  /** Display title. */
  readonly title: string;
}

/** The policy of the deployment. */
export interface PolicyResponse {
  /** Permissions. */
  readonly permissions: PolicyPermission[];
  /** Built-in roles. */
  readonly roles: PolicyRole[];
  /** Gateway routes. */
  readonly routes?: PolicyRoute[];
  /** Format version. */
  readonly version: number;
}

/** A built-in role. */
export interface PolicyRole {
  /** Role code. */
  readonly code: string;
  /** Permission codes. */
  readonly permissions: string[];
  /** Display title. */
  readonly title: string;
}

/** A gateway route. */
export interface PolicyRoute {
  /** `live` if the permission is checked in the database for every request, instead of from a token. */
  readonly freshness?: string;
  /** HTTP method. */
  readonly method: string;
  /** Path pattern. */
  readonly path: string;
  /** Required permission code. */
  readonly permission: string;
}

/** The inviting team as visible to the invited person. */
export interface PreviewAccountResponse {
  /** Name of the team; empty if the account is no longer a team. */
  readonly name: string;
}

/** The inviting user. */
export interface PreviewInviterResponse {
  /** Display name. */
  readonly name: string;
}

/** The offered role. */
export interface PreviewRoleResponse {
  /** Role code. */
  readonly code: string;
  /** Permission codes; empty once the invitation has ended. */
  readonly permissions: string[];
  /** Display title. Once the invitation has ended, the code of a custom role. */
  readonly title: string;
}

/** A problem document (RFC 9457, `application/problem+json`). */
export interface ProblemDocument {
  /** Stable problem code. */
  readonly code: "body-malformed" | "request-malformed" | "access-request-malformed" | "session-missing" | "session-expired" | "credentials-invalid" | "code-invalid" | "password-reset-advised" | "passkey-invalid" | "reauthentication-required" | "second-factor-required" | "second-factor-expired" | "issuer-token-invalid" | "token-invalid" | "api-key-invalid" | "permission-missing" | "permission-escalation" | "invitation-email-mismatch" | "owner-only" | "origin-forbidden" | "sign-in-method-disabled" | "not-found" | "account-not-found" | "member-not-found" | "invitation-not-found" | "role-not-found" | "session-not-found" | "api-key-not-found" | "passkey-not-found" | "totp-not-found" | "sign-in-method-not-found" | "provider-link-not-found" | "attribute-policy-not-found" | "verification-not-found" | "method-not-allowed" | "owner-must-stay" | "already-member" | "invitation-pending" | "account-not-team" | "passkey-exists" | "totp-exists" | "identity-taken" | "identity-unconnected" | "last-sign-in-method" | "conflict" | "role-in-use" | "role-code-taken" | "role-built-in" | "transfer-needs-admin" | "inviter-lacks-permission" | "limit-reached" | "verification-elsewhere" | "invitation-expired" | "invitation-revoked" | "invitation-used" | "verification-over" | "reset-over" | "precondition-failed" | "body-too-large" | "media-type-unsupported" | "fields-invalid" | "idempotency-key-reused" | "rate-limited" | "too-many-sign-ins" | "too-many-mails" | "too-many-changes" | "internal" | "upstream-failed" | "upstream-unavailable" | "issuer-unavailable" | "store-unavailable" | "upstream-timeout";
  /** Missing permission; present with `permission-missing` and `permission-escalation`. */
  readonly denial?: DenialDetail;
  /** Description of this occurrence. */
  readonly detail: string;
  /** Errors of fields; present with `fields-invalid` and `access-request-malformed`. */
  readonly errors?: FieldProblem[];
  /** Request id as `urn:uuid:…`. */
  readonly instance: string;
  /** Ways in which the caller can authenticate again, as `kind` in `GET /v1/me/sign-in-methods`, with `reauthentication-required`; what can be the second factor (`totp`, `recovery_code`, `passkey`), with `second-factor-required`. */
  readonly methods?: string[];
  /** HTTP status. */
  readonly status: number;
  /** Title of the code. */
  readonly title: string;
  /** URL of a page that explains the code. */
  readonly type: string;
}

/** A person at a provider who waits to be connected with a user. */
export interface ProviderLinkResponse {
  /** Address as the provider told it. */
  readonly email: string | null;
  /** Whether the provider is authoritative for the address and has verified it. */
  readonly email_proven: boolean;
  /** Id of the provider; `null` if the deployment does not offer it any more. */
  readonly provider: string | null;
  /** Path of this origin to which the browser goes afterwards. */
  readonly return_to: string;
  /** Title of the provider, or its issuer. */
  readonly title: string;
}

/** A new authentication of the current session: by a password, a code that was mailed, a passkey, a code of an authenticator app, or a recovery code. */
export interface ReauthenticateRequest {
  /** The `browser_key` with which the code was requested. */
  readonly browser_key?: string;
  /** Code of eight digits that was mailed; spaces and hyphens are ignored. */
  readonly code?: string;
  /** Response of `navigator.credentials.get()`, as its `toJSON()` returns it. */
  readonly passkey?: PasskeyAssertionJson;
  /** Password of the user. */
  readonly password?: string;
  /** Recovery code; case, spaces and hyphens are ignored. */
  readonly recovery_code?: string;
  /** Code of six digits of the authenticator app; spaces and hyphens are ignored. */
  readonly totp_code?: string;
}

/** New recovery codes. */
export interface RecoveryCodesResponse {
  /** Ten codes, each of which replaces the second factor once. They are returned here alone. */
  readonly codes: string[];
}

/** Registration of a passkey. */
export interface RegisterPasskeyRequest {
  /** Label, 1 to 100 characters. Defaults to `Passkey`. */
  readonly label?: string;
  /** Response of `navigator.credentials.create()`, as its `toJSON()` returns it. */
  readonly passkey: PasskeyRegistrationJson;
}

/** Request for a code by mail. */
export interface RequestEmailCodeRequest {
  /** Random secret that the page stores in the browser, 16 to 128 bytes; sent again with the code. */
  readonly browser_key: string;
  /** Email that the code is sent to if a user has it. */
  readonly email: string;
}

/** Request for a password reset. */
export interface RequestPasswordResetRequest {
  /** Email that the reset link is sent to if a user has it. */
  readonly email: string;
}

/** Object affected by a change. */
export interface ResourceResponse {
  /** Id of the object, or code of the role. */
  readonly id: string;
  /** Type: `account`, `member`, `invitation`, `role` or `api_key`. */
  readonly type: string;
}

/** A page of roles, built-in roles first. */
export interface RoleListResponse {
  /** Items of the page. */
  readonly items: RoleResponse[];
  /** Cursor of the next page, to be sent as `cursor`; null on the last page. */
  readonly next_cursor: string | null;
}

/** A role of an account. */
export interface RoleResponse {
  /** Whether the role is defined by the policy, for every account. */
  readonly built_in: boolean;
  /** Role code. */
  readonly code: string;
  /** Present and `true` if the policy gained a built-in role with this code after the team had created its custom role. In this account, the custom role applies until it is deleted. */
  readonly overrides_built_in?: boolean;
  /** Permission codes, in the order of the policy. */
  readonly permissions: string[];
  /** Display title. */
  readonly title: string;
}

/** Pagination of a search response. */
export interface SearchPage {
  /** Number of results in the response. */
  readonly count: number;
  /** Token of the next page, to be sent as `page.token`; empty on the last page. */
  readonly next_token: string;
}

/** Pagination of a search request. */
export interface SearchPageOptions {
  /** Maximum number of results. Defaults to 200; values above 200 are treated as 200. */
  readonly limit?: number;
  /** The `page.next_token` of the previous response. All other members must be the same as in the previous request. */
  readonly token?: string;
}

/** A page of sessions of the current user, newest first. */
export interface SessionListResponse {
  /** Items of the page. */
  readonly items: SessionResponse[];
  /** Cursor of the next page, to be sent as `cursor`; null on the last page. */
  readonly next_cursor: string | null;
}

/** A session of a signed-in browser. */
export interface SessionResponse {
  /** Authenticator assurance level (NIST SP 800-63B-4): 1 or 2 factors. */
  readonly aal: number;
  /** Methods of the last authentication (RFC 8176): `pwd`, `otp` (a mailed code, or one of an authenticator app), of a passkey `hwk` (bound to its device) or `swk`, with `user` where the authenticator verified the user; `mfa` with two factors. Not in the registry are `fed` (a provider or trusted issuer) and `rc` (a recovery code). */
  readonly amr: string[];
  /** Time of the last authentication: the sign-in, or a later one. */
  readonly auth_time: string;
  /** Time of sign-in. */
  readonly created_at: string;
  /** Whether the request was made with this session. */
  readonly current: boolean;
  /** Session id, `ses_…`. */
  readonly id: string;
  /** Time of the last request, accurate to five minutes. */
  readonly last_seen_at: string;
  /** `User-Agent` of the browser. */
  readonly user_agent: string;
}

/** The ways of the current user to sign in, oldest first. */
export interface SignInMethodListResponse {
  /** Items of the page. */
  readonly items: SignInMethodResponse[];
  /** Cursor of the next page, to be sent as `cursor`; null on the last page. */
  readonly next_cursor: string | null;
}

/** A way of the current user to sign in. */
export interface SignInMethodResponse {
  /** Time at which it was added. */
  readonly created_at: string;
  /** Address as the provider told it last; no proof of anything. */
  readonly email: string | null;
  /** Id, `idn_…`. */
  readonly id: string;
  /** Issuer of a provider. */
  readonly issuer: string | null;
  /** Kind: `password`, `email` for codes and links that are mailed, `passkey`, `provider`; or a second factor, which is no way to sign in by itself: `totp` for an authenticator app, `recovery` for recovery codes. */
  readonly kind: string;
  /** Time of the last sign-in with it. */
  readonly last_used_at: string | null;
  /** Number of unused recovery codes, of the kind `recovery`. */
  readonly remaining?: number;
}

/** A sign-in provider of a deployment. */
export interface SignInProviderResponse {
  /** Id, part of its addresses. */
  readonly id: string;
  /** Kind: `oidc` or `github`. */
  readonly kind: string;
  /** Text of the button. */
  readonly title: string;
}

/** Sign-in with an email and a password or a code that was mailed, or with a passkey. */
export interface SignInRequest {
  /** The `browser_key` with which the code was requested. */
  readonly browser_key?: string;
  /** Code of eight digits that was mailed; spaces and hyphens are ignored. */
  readonly code?: string;
  /** Email of the user. */
  readonly email?: string;
  /** Response of `navigator.credentials.get()`, as its `toJSON()` returns it; without any other field. */
  readonly passkey?: PasskeyAssertionJson;
  /** Password of the user. */
  readonly password?: string;
}

/** Sign-up with email and password. */
export interface SignUpRequest {
  /** Random secret that the page stores in the browser, 16 to 128 bytes; sent again when the email is verified. */
  readonly browser_key?: string;
  /** Email that the verification link is sent to. */
  readonly email: string;
  /** Token and proof from the link in an invitation mail. With both, the email counts as verified and the user joins the team at once. */
  readonly invitation?: InvitationProofRequest;
  /** Display name, visible to members of the same accounts. If omitted, it is derived from the email. */
  readonly name?: string;
  /** Password, from 15 characters to 256 bytes. Common and repetitive passwords, and those that contain the name, the email or the product name, are rejected. If omitted, the user signs in with codes that are mailed. */
  readonly password?: string;
}

/** The signed-in user and their active account. */
export interface SignedInResponse {
  /** Active account. */
  readonly account: AccountResponse;
  /** User. */
  readonly user: UserResponse;
}

/** Acknowledgement of an asynchronous operation, the same for every email. */
export interface StatusResponse {
  /** Status: `verification-sent`, `reset-sent` or `code-sent`. */
  readonly status: string;
}

/** A permission token. */
export interface TokenResponse {
  /** Time of expiry. */
  readonly expires_at: string;
  /** Lifetime in seconds. */
  readonly expires_in: number;
  /** JWT signed with EdDSA. Verify it with the keys at `/.well-known/jwks.json`. */
  readonly token: string;
  /** Always `Bearer`. */
  readonly token_type: string;
}

/** An authenticator app that was set up and waits for its first code. */
export interface TotpResponse {
  /** Secret for people who type it into their app: 32 characters of base32. It is returned here alone. */
  readonly secret: string;
  /** `otpauth:` URL, which an app reads from a QR code: SHA-1, six digits, steps of 30 seconds. */
  readonly url: string;
}

/** Transfer of ownership. */
export interface TransferAccountRequest {
  /** Id of another admin of the team, who becomes the owner. */
  readonly user: string;
}

/** Update of an account. */
export interface UpdateAccountRequest {
  /** Display name, 1 to 100 characters. */
  readonly name: string;
}

/** Update of the current user. */
export interface UpdateMeRequest {
  /** Id of the account that becomes the active one. */
  readonly active_account?: string;
  /** Display name, 1 to 100 characters. */
  readonly name?: string;
}

/** Update of a member. */
export interface UpdateMemberRequest {
  /** Role code. */
  readonly role: string;
}

/** Update of a passkey. */
export interface UpdatePasskeyRequest {
  /** Label, 1 to 100 characters. */
  readonly label: string;
}

/** Update of a custom role. */
export interface UpdateRoleRequest {
  /** Permission codes, replacing the existing list; at most 256. The caller must hold each of them. */
  readonly permissions?: string[];
  /** Display title, 1 to 100 characters. */
  readonly title?: string;
}

/** A user. */
export interface UserResponse {
  /** Time of creation. */
  readonly created_at: string;
  /** Verified email, in canonical form. */
  readonly email: string;
  /** Always `true`: a user is created only after the email was verified. */
  readonly email_verified: boolean;
  /** User id, `usr_…`. */
  readonly id: string;
  /** Display name. */
  readonly name: string;
}

/** Redemption of a verification link. Anybody can sign up with the email of another person and a password of their own. A page therefore sends `browser_key` as evidence that the sign-up was made in the same browser, and otherwise a `password` that the user chooses now. */
export interface VerifyEmailRequest {
  /** The `browser_key` of the sign-up, 16 to 128 bytes. If it differs and `password` is omitted, the response is `verification-elsewhere`. */
  readonly browser_key?: string;
  /** Display name that replaces the one of the sign-up, 1 to 100 characters. */
  readonly name?: string;
  /** Password that replaces the one of the sign-up, from 15 characters to 256 bytes. */
  readonly password?: string;
  /** Token from the fragment of the link. */
  readonly token: string;
}
