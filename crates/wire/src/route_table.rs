//! The route table: method, path, required authentication, request, responses and problems of every operation.
//! [`crate::route`] defines the builder methods.

mod authzen;
mod parameters;
mod people;

use crate::dto;
use crate::problem::ProblemCode as P;
use crate::route::Operation as Op;
use crate::route::{Method, Route, SuccessResponse, Tag};
use authzen::{ACTIONS, EVALUATION, EVALUATIONS, RESOURCES, SUBJECTS, authzen};
use parameters::{AUDIT_PAGE, DRY_RUN, IF_NONE_MATCH, INVITATION_PAGE, PAGE, PROOF};
use people::PEOPLE;

/// Returns the schema name of a DTO; does not compile if the DTO does not exist.
macro_rules! schema {
    ($name:ident) => {{
        const _: Option<fn() -> dto::$name> = None;
        stringify!($name)
    }};
}

use schema;

/// Builds a success response with a body.
macro_rules! with {
    ($status:literal $name:ident $description:literal) => {
        SuccessResponse::new($status, Some(schema!($name)), $description)
    };
}
use with;

const fn get(path: &'static str, operation: Op, tag: Tag) -> Route {
    Route::new(Method::Get, path, operation, tag)
}
const fn post(path: &'static str, operation: Op, tag: Tag) -> Route {
    Route::new(Method::Post, path, operation, tag)
}
const fn put(path: &'static str, operation: Op, tag: Tag) -> Route {
    Route::new(Method::Put, path, operation, tag)
}
const fn patch(path: &'static str, operation: Op, tag: Tag) -> Route {
    Route::new(Method::Patch, path, operation, tag)
}
const fn delete(path: &'static str, operation: Op, tag: Tag) -> Route {
    Route::new(Method::Delete, path, operation, tag)
}

const NO_CONTENT: SuccessResponse = SuccessResponse::new(204, None, "Done. The operation is idempotent: repeating it returns 204 again.");
const DONE: &[SuccessResponse] = &[NO_CONTENT];
const VERSION: &str = "The version of the account.";
const REVISION: &str = "The revision of the attribute policy.";
const ACCOUNT: &[SuccessResponse] = &[with!(200 AccountResponse "The account after the request.").with_etag(VERSION)];
const PLANNED: &[SuccessResponse] = &[with!(200 AccountResponse "The account after the change; with `dry_run`, a `DryRunResponse`.")
    .or(schema!(DryRunResponse))
    .with_etag(VERSION)];
const INVITATION: &[SuccessResponse] = &[with!(200 InvitationResponse "The invitation with its new link. Its mail has been queued.")];
const INVITED: &[SuccessResponse] = &[with!(201 InvitationResponse "The invitation. Its mail has been queued.")];
const ROLE: &[SuccessResponse] = &[with!(200 RoleResponse "The updated role.")];
const REMOVED: &[SuccessResponse] = &[
    NO_CONTENT,
    with!(200 DryRunResponse "With `dry_run`: the changes that the removal would make, including API keys that would be revoked."),
];
const JOIN: &[P] = &[
    P::InvitationNotFound,
    P::InvitationExpired,
    P::InvitationRevoked,
    P::InvitationUsed,
    P::InvitationEmailMismatch,
    P::InviterLacksPermission,
    P::AlreadyMember,
    P::AccountNotTeam,
    P::LimitReached,
];

const ATTRIBUTE_POLICY: &[SuccessResponse] =
    &[SuccessResponse::new(200, Some("AttributePolicyDocument"), "The attribute policy.").with_etag(REVISION)];
const ATTRIBUTE_POLICY_WRITTEN: &[SuccessResponse] = &[
    SuccessResponse::new(200, Some("AttributePolicyDocument"), "The existing attribute policy was replaced.").with_etag(REVISION),
    SuccessResponse::new(201, Some("AttributePolicyDocument"), "The account had no attribute policy; this one was created.")
        .with_etag(REVISION),
];
const METADATA: &[SuccessResponse] = &[SuccessResponse::new(200, Some("AuthZenConfiguration"), "The metadata document.")];

/// Every route of the service.
pub static ROUTES: &[Route] = &joined::<{ PEOPLE.len() + OF_ACCOUNTS.len() }>(PEOPLE, OF_ACCOUNTS);

/// Two parts of the table as one.
const fn joined<const N: usize>(first: &[Route], second: &[Route]) -> [Route; N] {
    let mut all = [get("", Op::Health, Tag::Service); N];
    let mut at = 0;
    while at < N {
        let (part, index) = if at < first.len() { (first, at) } else { (second, at - first.len()) };
        if let (Some((_, [slot, ..])), Some((_, [route, ..]))) = (all.split_at_mut_checked(at), part.split_at_checked(index)) {
            *slot = *route;
        }
        at += 1;
    }
    all
}

/// The routes of accounts and of the service itself.
const OF_ACCOUNTS: &[Route] = &[
    // Accounts
    get("/v1/accounts", Op::ListAccounts, Tag::Accounts)
        .session()
        .summary("List accounts", "Returns the accounts that the current user belongs to, personal accounts first.")
        .query(PAGE)
        .responses(&[with!(200 AccountListResponse "A page of accounts.")]),
    get("/v1/accounts/{account}", Op::GetAccount, Tag::Accounts)
        .permission("team.access")
        .summary("Retrieve an account", "The `ETag` of the response is the version of the account; send it as `If-Match` to make a change conditional.")
        .responses(ACCOUNT),
    patch("/v1/accounts/{account}", Op::UpdateAccount, Tag::Accounts)
        .permission("team.manage")
        .summary("Update an account", "Sets the name of the account.")
        .request_body(schema!(UpdateAccountRequest))
        .responses(ACCOUNT),
    post("/v1/accounts/{account}/convert", Op::ConvertAccount, Tag::Accounts)
        .owner()
        .summary("Convert an account to a team", "Turns a personal account into a team. The account keeps its id and everything stored under it. If the account is a team already, nothing changes and the response is the same.")
        .optional_body(schema!(ConvertAccountRequest))
        .responses(PLANNED),
    delete("/v1/accounts/{account}/team", Op::DeleteTeam, Tag::Accounts)
        .owner()
        .summary("Delete a team", "Turns the team back into the owner's personal account: removes the other members, revokes pending invitations, deletes custom roles, and revokes API keys created by others. If the account is personal already, nothing changes and the response is the same.")
        .query(DRY_RUN)
        .responses(PLANNED)
        .fresh(),
    post("/v1/accounts/{account}/transfer", Op::TransferAccount, Tag::Accounts)
        .owner()
        .fresh()
        .summary("Transfer ownership", "Makes another admin of the team its owner. The previous owner remains a member as admin.")
        .request_body(schema!(TransferAccountRequest))
        .responses(ACCOUNT)
        .errors(&[P::MemberNotFound, P::TransferNeedsAdmin, P::AccountNotTeam]),
    // Members
    get("/v1/accounts/{account}/members", Op::ListMembers, Tag::Members)
        .permission("team.access")
        .summary("List members", "Returns the members of the account, oldest membership first.")
        .query(PAGE)
        .responses(&[with!(200 MemberListResponse "A page of members.")]),
    patch("/v1/accounts/{account}/members/{user}", Op::UpdateMember, Tag::Members)
        .permission("members.manage")
        .summary("Update a member", "Sets the role of a member.")
        .request_body(schema!(UpdateMemberRequest))
        .responses(&[with!(200 MemberResponse "The updated member.")])
        .errors(&[P::MemberNotFound, P::OwnerMustStay, P::PermissionEscalation]),
    delete("/v1/accounts/{account}/members/{user}", Op::RemoveMember, Tag::Members)
        .permission_or_self("members.manage")
        .summary("Remove a member", "Removes a member, or leaves the account if `user` is the current user. API keys of the account that the member created are revoked. If the account was the active account of the removed user, one of their own accounts becomes active. With `dry_run=true`, nothing changes and the response lists the changes.")
        .query(DRY_RUN)
        .responses(REMOVED)
        .errors(&[P::MemberNotFound, P::OwnerMustStay]),
    // Invitations
    post("/v1/accounts/{account}/invitations", Op::CreateInvitation, Tag::Invitations)
        .permission("members.invite")
        .summary("Create an invitation", "Invites a person by email to join the team and mails them a link. An account has at most one pending invitation per email.")
        .request_body(schema!(CreateInvitationRequest))
        .responses(INVITED)
        .errors(&[P::PermissionEscalation, P::AccountNotTeam, P::AlreadyMember, P::InvitationPending, P::LimitReached, P::TooManyMails]),
    get("/v1/accounts/{account}/invitations", Op::ListInvitations, Tag::Invitations)
        .permission("members.invite")
        .summary("List invitations", "Returns the invitations of the account, newest first. Pending invitations include their `link`.")
        .query(INVITATION_PAGE)
        .responses(&[with!(200 InvitationListResponse "A page of invitations.")]),
    post("/v1/accounts/{account}/invitations/{invitation}/resend", Op::ResendInvitation, Tag::Invitations)
        .permission("members.invite")
        .summary("Resend an invitation", "Mails the invitation with a new link. Previous links stop working, the lifetime starts again, and the current user becomes the inviter.")
        .responses(INVITATION)
        .errors(&[P::InvitationNotFound, P::PermissionEscalation, P::InvitationRevoked, P::InvitationExpired, P::RoleNotFound, P::TooManyMails])
        // For an admin, an accepted or declined invitation is a conflict: the only code with two statuses.
        .conflicts(&[P::InvitationUsed]),
    delete("/v1/accounts/{account}/invitations/{invitation}", Op::RevokeInvitation, Tag::Invitations)
        .permission("members.invite")
        .summary("Revoke an invitation", "Ends a pending invitation; its link stops working.")
        .responses(DONE)
        .errors(&[P::InvitationNotFound])
        .conflicts(&[P::InvitationUsed]),
    // Joining
    get("/v1/invitations/{token}", Op::PreviewInvitation, Tag::Joining)
        .summary("Preview an invitation", "Returns what the link of an invitation offers. Invitations that have ended are returned with their state. The operation changes nothing.")
        .headers(PROOF)
        .responses(&[with!(200 InvitationPreviewResponse "The invitation behind the link.")])
        .errors(&[P::InvitationNotFound]),
    post("/v1/invitations/{token}/accept", Op::AcceptInvitation, Tag::Joining)
        .session()
        .summary("Accept an invitation", "Adds the current user to the team and makes it their active account. The operation is idempotent: accepting again returns the same response.")
        .responses(&[with!(200 SignedInResponse "The current user is a member of the team.")])
        .errors(JOIN),
    post("/v1/invitations/{token}/decline", Op::DeclineInvitation, Tag::Joining)
        .summary("Decline an invitation", "Declines a pending invitation. Requires a session of a user with the invited email, or the `proof` from the link in the invitation mail.")
        .optional_body(schema!(DeclineInvitationRequest))
        .responses(DONE)
        .errors(&[P::SessionMissing, P::SessionExpired, P::InvitationNotFound, P::InvitationExpired, P::InvitationRevoked, P::InvitationUsed, P::InvitationEmailMismatch]),
    // Roles
    get("/v1/accounts/{account}/roles", Op::ListRoles, Tag::Roles)
        .permission("team.access")
        .summary("List roles", "Returns the roles of the account, built-in roles first. Without `limit`, all roles are returned in one page.")
        .query(PAGE)
        .responses(&[with!(200 RoleListResponse "A page of roles.")]),
    post("/v1/accounts/{account}/roles", Op::CreateRole, Tag::Roles)
        .permission("members.manage")
        .summary("Create a role", "Creates a custom role in a team. A repeated request with the same `Idempotency-Key` returns the current state of the role.")
        .request_body(schema!(CreateRoleRequest))
        .responses(&[with!(201 RoleResponse "The role.")])
        .errors(&[P::PermissionEscalation, P::RoleNotFound, P::AccountNotTeam, P::RoleCodeTaken, P::LimitReached]),
    patch("/v1/accounts/{account}/roles/{role}", Op::UpdateRole, Tag::Roles)
        .permission("members.manage")
        .summary("Update a role", "Sets the title, the permissions, or both of a custom role. Omitted fields keep their values; `permissions` replaces the whole list.")
        .request_body(schema!(UpdateRoleRequest))
        .responses(ROLE)
        .errors(&[P::PermissionEscalation, P::RoleNotFound, P::RoleBuiltIn]),
    delete("/v1/accounts/{account}/roles/{role}", Op::DeleteRole, Tag::Roles)
        .permission("members.manage")
        .summary("Delete a role", "Deletes a custom role that no member and no pending invitation has.")
        .responses(DONE)
        .errors(&[P::RoleNotFound, P::RoleBuiltIn, P::RoleInUse]),
    // Permissions
    get("/v1/policy", Op::GetPolicy, Tag::Permissions)
        .summary("Retrieve the policy", "Returns the permissions, built-in roles and gateway routes of the deployment. The `ETag` changes only with a deployment.")
        .headers(IF_NONE_MATCH)
        .responses(&[
            SuccessResponse::new(200, Some("PolicyResponse"), "The policy.").with_etag("SHA-256 of the policy."),
            SuccessResponse::new(304, None, "The policy has not changed since the version named by `If-None-Match`.").with_etag("SHA-256 of the policy."),
        ])
        .no_rate_limit().max_round_trips(0),
    post("/v1/accounts/{account}/checks", Op::CheckPermissions, Tag::Permissions)
        .member()
        .summary("Check permissions", "Reports for each permission whether the caller holds it now, read from the database. The operation changes nothing.")
        .request_body(schema!(CheckPermissionsRequest))
        .responses(&[with!(200 CheckPermissionsResponse "The results, in the order of the request.")])
        .errors(&[P::FieldsInvalid])
        .read_only()
        .max_round_trips(1),
    post("/v1/accounts/{account}/tokens", Op::IssueToken, Tag::Permissions)
        .member()
        .summary("Issue a permission token", "Returns a short-lived JWT, signed with EdDSA, that contains the caller's permissions in the account. Use it for local permission checks and for requests to the gateway.")
        .responses(&[with!(201 TokenResponse "The token.")])
        .read_only()
        .max_round_trips(1),
    get("/.well-known/jwks.json", Op::ListKeys, Tag::Permissions)
        .summary("List public keys", "Returns the keys that verify permission tokens, as a JWK set (RFC 7517). A token names its key with `kid`.")
        .responses(&[SuccessResponse::new(200, None, "The JWK set.")])
        .no_rate_limit().max_round_trips(0),
    // API keys
    post("/v1/accounts/{account}/api-keys", Op::CreateApiKey, Tag::ApiKeys)
        .permission("team.manage")
        .fresh()
        .summary("Create an API key", "Creates an API key. The secret is returned once and cannot be retrieved later: a repeated request with the same `Idempotency-Key` returns the current state of the key with `secret: null`.")
        .request_body(schema!(CreateApiKeyRequest))
        .responses(&[with!(201 CreatedApiKeyResponse "The API key with its secret.")])
        .errors(&[P::PermissionEscalation, P::ApiKeyNotFound, P::LimitReached]),
    get("/v1/accounts/{account}/api-keys", Op::ListApiKeys, Tag::ApiKeys)
        .permission("team.manage")
        .summary("List API keys", "Returns the API keys of the account, newest first, without secrets. Revoked keys are not included.")
        .query(PAGE)
        .responses(&[with!(200 ApiKeyListResponse "A page of API keys.")]),
    delete("/v1/accounts/{account}/api-keys/{key}", Op::RevokeApiKey, Tag::ApiKeys)
        .permission("team.manage")
        .summary("Revoke an API key", "Revokes an API key permanently.")
        .responses(DONE)
        .errors(&[P::ApiKeyNotFound]),
    // Attribute policy
    get("/v1/accounts/{account}/attribute-policy", Op::GetAttributePolicy, Tag::AuthZen)
        .permission("team.manage")
        .summary("Retrieve the attribute policy", "Returns the document as it was written. The `ETag` is its revision and changes with every write.")
        .responses(ATTRIBUTE_POLICY)
        .errors(&[P::AttributePolicyNotFound]),
    put("/v1/accounts/{account}/attribute-policy", Op::PutAttributePolicy, Tag::AuthZen)
        .permission("team.manage")
        .summary("Replace the attribute policy", "Creates or replaces the whole document, at most 64 KiB. `If-Match` takes the `ETag` of the attribute policy, not of the account. If the document is not valid, `errors` lists every error with a JSON pointer.")
        .request_body("AttributePolicyDocument")
        .if_match_of(REVISION)
        .responses(ATTRIBUTE_POLICY_WRITTEN),
    delete("/v1/accounts/{account}/attribute-policy", Op::DeleteAttributePolicy, Tag::AuthZen)
        .permission("team.manage")
        .summary("Delete the attribute policy", "Deletes the attribute policy; from then on, access depends on roles only. `If-Match` takes the `ETag` of the attribute policy, not of the account.")
        .if_match_of(REVISION)
        .responses(DONE),
    // AuthZEN
    authzen("/access/v1/evaluation", Op::EvaluateAccess, EVALUATION),
    authzen("/access/v1/{account}/evaluation", Op::EvaluateAccessIn, EVALUATION),
    authzen("/access/v1/evaluations", Op::EvaluateAccessBatch, EVALUATIONS),
    authzen("/access/v1/{account}/evaluations", Op::EvaluateAccessBatchIn, EVALUATIONS),
    authzen("/access/v1/search/subject", Op::SearchSubjects, SUBJECTS),
    authzen("/access/v1/{account}/search/subject", Op::SearchSubjectsIn, SUBJECTS),
    authzen("/access/v1/search/resource", Op::SearchResources, RESOURCES),
    authzen("/access/v1/{account}/search/resource", Op::SearchResourcesIn, RESOURCES),
    authzen("/access/v1/search/action", Op::SearchActions, ACTIONS),
    authzen("/access/v1/{account}/search/action", Op::SearchActionsIn, ACTIONS),
    get("/.well-known/authzen-configuration", Op::DescribeAuthZen, Tag::AuthZen)
        .summary("Retrieve AuthZEN metadata", "Returns the metadata of the policy decision point (AuthZEN Authorization API 1.0, section 9).")
        .responses(METADATA)
        .no_rate_limit().max_round_trips(0),
    get("/.well-known/authzen-configuration/{account}", Op::DescribeAuthZenOf, Tag::AuthZen)
        .summary("Retrieve AuthZEN metadata of an account", "Returns the metadata of the policy decision point with endpoints for one account. The response does not reveal whether the account exists.")
        .responses(METADATA)
        .errors(&[P::NotFound])
        .no_rate_limit().max_round_trips(0),
    // Audit log
    get("/v1/accounts/{account}/audit-log", Op::ReadAuditLog, Tag::AuditLog)
        .permission("audit.read")
        .summary("List or export audit events", "Returns the audit events of the account, newest first. With `Accept: application/x-ndjson` or `text/csv`, returns all matching events in ascending order of `seq`, without pagination.")
        .query(AUDIT_PAGE)
        .responses(&[with!(200 AuditLogResponse "A page of audit events, or an export.").with_formats(&[
            ("application/x-ndjson", "All matching events, one JSON object per line, in ascending order of `seq`."),
            ("text/csv", "All matching events as comma-separated values (RFC 4180) in ascending order of `seq`, in UTF-8 without a byte order mark. An apostrophe is inserted before text that a spreadsheet could interpret as a formula; use NDJSON for the exact values."),
        ])])
        .max_round_trips(2),
    // Service
    get("/healthz", Op::Health, Tag::Service)
        .summary("Check health", "Reports whether the service and its database respond.")
        .responses(&[with!(200 HealthResponse "The service and its database respond.")]),
    get("/openapi.json", Op::OpenApi, Tag::Service).summary("Retrieve the OpenAPI document", "Returns this document (OpenAPI 3.1).").responses(&[SuccessResponse::new(200, None, "The OpenAPI document.")]).no_rate_limit().max_round_trips(0),
    get("/docs", Op::Docs, Tag::Service).summary("View the API reference", "Returns an HTML page that renders the OpenAPI document.").responses(&[SuccessResponse::new(200, None, "HTML.")]).no_rate_limit().max_round_trips(0),
    get("/docs/app.js", Op::DocsScript, Tag::Service).summary("Retrieve the script of the API reference", "").responses(&[SuccessResponse::new(200, None, "JavaScript.")]).no_rate_limit().max_round_trips(0),
    get("/docs/style.css", Op::DocsStyle, Tag::Service).summary("Retrieve the style sheet of the API reference", "").responses(&[SuccessResponse::new(200, None, "CSS.")]).no_rate_limit().max_round_trips(0),
    get("/problems", Op::ListProblems, Tag::Service)
        .summary("List problem codes", "Returns every problem code with its status, title and explanation, as HTML, or as JSON with `Accept: application/json`.")
        .responses(&[SuccessResponse::new(200, None, "The problem codes.")])
        .no_rate_limit().max_round_trips(0),
    get("/problems/{code}", Op::ExplainProblem, Tag::Service)
        .summary("Retrieve a problem code", "Explains one problem code. The `type` of a problem is the URL of this page. Returns HTML, or JSON with `Accept: application/json`.")
        .responses(&[SuccessResponse::new(200, None, "The problem code with its explanation.")])
        .errors(&[P::NotFound])
        .no_rate_limit().max_round_trips(0),
];

#[cfg(test)]
mod tests;
