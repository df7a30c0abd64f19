//! The routes. Each says how it is asked for, who may, what goes in, what comes out and how it fails;
//! `routes` explains the words.

use crate::dto;
use crate::problem::ProblemCode as P;
use crate::routes::Operation as Op;
use crate::routes::{Method, Parameter, ParameterKind as Kind, Route, SuccessResponse, Tag};

/// The name of a DTO's schema; does not compile where the DTO does not exist.
macro_rules! schema {
    ($name:ident) => {{
        const _: Option<fn() -> dto::$name> = None;
        stringify!($name)
    }};
}

/// A success with a body.
macro_rules! with {
    ($status:literal $name:ident $description:literal) => {
        SuccessResponse::new($status, Some(schema!($name)), $description)
    };
}

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

const DONE: &[SuccessResponse] = &[SuccessResponse::new(204, None, "Done. Doing it again answers the same.")];
const VERSION: &str = "The version of the account.";
const REVISION: &str = "The revision of the attribute policy.";
const ACCOUNT: &[SuccessResponse] = &[with!(200 AccountResponse "The account as it is now.").with_etag(VERSION)];
const PLANNED: &[SuccessResponse] = &[with!(200 AccountResponse "The account as it is now; with `dry_run`, a `DryRunResponse`.")
    .or(schema!(DryRunResponse))
    .with_etag(VERSION)];
const INVITATION: &[SuccessResponse] = &[with!(200 InvitationResponse "The invitation with its new link.")];
const INVITED: &[SuccessResponse] = &[with!(201 InvitationResponse "The invitation. The mail is on its way.")];
const ROLE: &[SuccessResponse] = &[with!(200 RoleResponse "The role as it is now.")];
const REMOVED: &[SuccessResponse] = &[
    SuccessResponse::new(204, None, "Done. Doing it again answers the same."),
    with!(200 DryRunResponse "With `dry_run`: what would end, and what would stop working."),
];
const PAGE: &[Parameter] = &[CURSOR, LIMIT];
const CURSOR: Parameter = Parameter { name: "cursor", kind: Kind::Text, description: "`next_cursor` of the page before." };
const LIMIT: Parameter =
    Parameter { name: "limit", kind: Kind::Count, description: "Items of a page: 50 if absent, at most 200 (more is taken as 200)." };
const STATES: &[&str] = &["pending", "accepted", "declined", "revoked", "expired"];
const INVITATION_PAGE: &[Parameter] =
    &[Parameter { name: "state", kind: Kind::Word(STATES), description: "Only invitations in this state." }, CURSOR, LIMIT];
const AUDIT_PAGE: &[Parameter] = &[
    Parameter { name: "actor", kind: Kind::Text, description: "Only by this actor, by id." },
    Parameter { name: "action", kind: Kind::Text, description: "Only this action, for example `member.remove`." },
    Parameter { name: "resource_type", kind: Kind::Text, description: "Only about resources of this type." },
    Parameter { name: "resource_id", kind: Kind::Text, description: "Only about this resource." },
    Parameter { name: "from", kind: Kind::Time, description: "Not before." },
    Parameter { name: "to", kind: Kind::Time, description: "Before." },
    CURSOR,
    LIMIT,
];
const PROOF: &[Parameter] = &[Parameter {
    // A header: addresses are written into the logs of whatever stands between.
    name: "Rolecall-Invitation-Proof",
    kind: Kind::Text,
    description: "The proof from the invitation mail's link: its holder is shown the invited email in full.",
}];
const IF_NONE_MATCH: &[Parameter] =
    &[Parameter { name: "If-None-Match", kind: Kind::Text, description: "An `ETag` that the caller has: 304 where it is still the one." }];
const ASKING: &[Parameter] = &[
    Parameter { name: "Rolecall-Account", kind: Kind::Text, description: "The account that a session asks in, on paths that name none." },
    Parameter { name: "X-Request-ID", kind: Kind::Text, description: "The caller's own name for the request; the answer carries it too." },
];
const DRY_RUN: &[Parameter] = &[Parameter { name: "dry_run", kind: Kind::Flag, description: "Only say what would change." }];
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
    &[SuccessResponse::new(200, Some("AttributePolicyDocument"), "The policy as it is now.").with_etag(REVISION)];
const ATTRIBUTE_POLICY_WRITTEN: &[SuccessResponse] = &[
    SuccessResponse::new(200, Some("AttributePolicyDocument"), "The policy as it is now.").with_etag(REVISION),
    SuccessResponse::new(201, Some("AttributePolicyDocument"), "The first policy of the account.").with_etag(REVISION),
];
const METADATA: &[SuccessResponse] = &[SuccessResponse::new(200, Some("AuthZenConfiguration"), "The metadata.")];

/// What a question is: summary, explanation, body, answers, round trips.
type AuthzenOperation = (&'static str, &'static str, &'static str, &'static [SuccessResponse], u8);

const EVALUATION: AuthzenOperation = (
    "May they?",
    "One question, answered from stored membership and the attribute policy. A no is 200 with `decision: false`. The account is the one in the path, else the key's own; a session's is the one that `Rolecall-Account` names, else its active one.",
    "AccessQuestion",
    &[SuccessResponse::new(200, Some("AccessDecision"), "The decision.")],
    1,
);
const EVALUATIONS: AuthzenOperation = (
    "May they, many times?",
    "At most 100 questions with defaults, answered in one go and in order. Without `evaluations` the request is one question, and so is the answer.",
    "AccessQuestions",
    &[SuccessResponse::new(200, Some("AccessDecisions"), "The decisions; without `evaluations` one `AccessDecision`.")
        .or("AccessDecision")],
    1,
);
const SUBJECTS: AuthzenOperation = (
    "Who may?",
    "Members and API keys of the account, and subjects that its attribute policy lists.",
    "EntitySearch",
    &[SuccessResponse::new(200, Some("EntitySearchResponse"), "A page of subjects.")],
    2,
);
const RESOURCES: AuthzenOperation = (
    "On what may they?",
    "Resources that the attribute policy lists, and the account itself (type `team`). Resources that live elsewhere are not Rolecall's to know.",
    "EntitySearch",
    &[SuccessResponse::new(200, Some("EntitySearchResponse"), "A page of resources.")],
    1,
);
const ACTIONS: AuthzenOperation = (
    "What may they?",
    "Actions of the resource type, and those that rules of the attribute policy name.",
    "ActionSearchQuestion",
    &[SuccessResponse::new(200, Some("ActionSearchResponse"), "A page of actions.")],
    1,
);

const fn authzen(path: &'static str, operation: Op, (summary, description, body, responses, round_trips): AuthzenOperation) -> Route {
    post(path, operation, Tag::AuthZen)
        .principal("team.access")
        .read_only()
        .summary(summary, description)
        .headers(ASKING)
        .request_body(body)
        .responses(responses)
        .errors(&[P::AccessRequestMalformed])
        .max_round_trips(round_trips)
}

/// Every route of the service.
pub static ROUTES: &[Route] = &[
    // Sign-up and passwords
    post("/v1/signup", Op::SignUp, Tag::SignUp)
        .summary("Sign up", "Answers the same for every email and mails a link; redeeming it creates the user and their personal account. With the proof from an invitation mail and the invited email, the newcomer is verified and joins at once.")
        .request_body(schema!(SignUpRequest))
        .responses(&[with!(202 StatusResponse "A mail is on its way, whatever the email."), with!(201 SignedInResponse "Joined by invitation mail, and signed in.")])
        .errors(&[P::InviterLacksPermission, P::LimitReached, P::TooManySignIns])
        .auth_rate_limit(),
    post("/v1/email-verifications", Op::VerifyEmail, Tag::SignUp)
        .summary("Redeem a verification link", "Creates the user and their personal account in one step, and signs them in. The first of several sign-ups wins. With a `browser_key`, the sign-up's own password counts only if that key came with the sign-up; with a `password`, that one counts.")
        .request_body(schema!(VerifyEmailRequest))
        .responses(&[with!(201 SignedInResponse "Signed up and signed in.")])
        .errors(&[P::VerificationNotFound, P::VerificationElsewhere, P::VerificationOver, P::TooManySignIns])
        .auth_rate_limit(),
    post("/v1/password-resets", Op::RequestPasswordReset, Tag::SignUp)
        .summary("Ask for a password reset", "Answers the same for every email.")
        .request_body(schema!(RequestPasswordResetRequest))
        .responses(&[with!(202 StatusResponse "If there is an account, a mail is on its way.")])
        .auth_rate_limit(),
    put("/v1/password-resets", Op::CompletePasswordReset, Tag::SignUp)
        .summary("Choose a new password", "Ends every session of the user.")
        .request_body(schema!(CompletePasswordResetRequest))
        .responses(DONE)
        .errors(&[P::VerificationNotFound, P::ResetOver, P::TooManySignIns])
        .auth_rate_limit(),
    // Sessions
    post("/v1/sessions", Op::SignIn, Tag::Sessions)
        .summary("Sign in", "Sets the session cookie.")
        .request_body(schema!(SignInRequest))
        .responses(&[with!(201 SignedInResponse "Signed in.")])
        .errors(&[P::CredentialsInvalid, P::PasswordResetAdvised, P::TooManySignIns])
        .auth_rate_limit(),
    get("/v1/sessions", Op::ListSessions, Tag::Sessions)
        .session()
        .summary("One's own sessions", "Newest first.")
        .query(PAGE)
        .responses(&[with!(200 SessionListResponse "A page of sessions.")]),
    delete("/v1/sessions/current", Op::SignOut, Tag::Sessions)
        .summary("Sign out", "Ends the session of this request and clears the cookie; without a session it only clears the cookie.")
        .responses(DONE),
    delete("/v1/sessions/{session}", Op::EndSession, Tag::Sessions).session().summary("End a session", "").responses(DONE).errors(&[P::SessionNotFound]),
    // Me
    get("/v1/me", Op::GetMe, Tag::Profile)
        .session()
        .summary("Who is signed in", "With every membership and the active account.")
        .responses(&[with!(200 MeResponse "The caller.")]),
    patch("/v1/me", Op::UpdateMe, Tag::Profile)
        .session()
        .summary("Change name or active account", "")
        .request_body(schema!(UpdateMeRequest))
        .responses(&[with!(200 MeResponse "The caller as they are now.")])
        .errors(&[P::AccountNotFound]),
    // Accounts
    get("/v1/accounts", Op::ListAccounts, Tag::Accounts)
        .session()
        .summary("One's accounts", "Personal ones first.")
        .query(PAGE)
        .responses(&[with!(200 AccountListResponse "A page of accounts.")]),
    get("/v1/accounts/{account}", Op::GetAccount, Tag::Accounts)
        .permission("team.access")
        .summary("One account", "The `ETag` is its version.")
        .responses(ACCOUNT),
    patch("/v1/accounts/{account}", Op::UpdateAccount, Tag::Accounts)
        .permission("team.manage")
        .summary("Rename an account", "")
        .request_body(schema!(UpdateAccountRequest))
        .responses(ACCOUNT),
    post("/v1/accounts/{account}/convert", Op::ConvertAccount, Tag::Accounts)
        .owner()
        .summary("Convert to a team", "The account's id and everything keyed by it stay. A team already: the same success.")
        .optional_body(schema!(ConvertAccountRequest))
        .responses(PLANNED),
    delete("/v1/accounts/{account}/team", Op::DeleteTeam, Tag::Accounts)
        .owner()
        .summary("Delete Team", "The team becomes the owner's personal account: other memberships end, pending invitations are revoked, custom roles go, keys of others are revoked. Personal already: the same success.")
        .query(DRY_RUN)
        .responses(PLANNED),
    post("/v1/accounts/{account}/transfer", Op::TransferAccount, Tag::Accounts)
        .owner()
        .summary("Transfer the ownership", "To another admin. The old owner stays as admin.")
        .request_body(schema!(TransferAccountRequest))
        .responses(ACCOUNT)
        .errors(&[P::MemberNotFound, P::TransferNeedsAdmin, P::AccountNotTeam]),
    // Members
    get("/v1/accounts/{account}/members", Op::ListMembers, Tag::Members)
        .permission("team.access")
        .summary("Members", "Longest first.")
        .query(PAGE)
        .responses(&[with!(200 MemberListResponse "A page of members.")]),
    patch("/v1/accounts/{account}/members/{user}", Op::UpdateMember, Tag::Members)
        .permission("members.manage")
        .summary("Give a member another role", "")
        .request_body(schema!(UpdateMemberRequest))
        .responses(&[with!(200 MemberResponse "The member as they are now.")])
        .errors(&[P::MemberNotFound, P::OwnerMustStay, P::PermissionEscalation]),
    delete("/v1/accounts/{account}/members/{user}", Op::RemoveMember, Tag::Members)
        .permission_or_self("members.manage")
        .summary("Remove a member, or leave", "Whose active account it was falls back to one of their own. API keys that the member made are revoked; `dry_run` lists them.")
        .query(DRY_RUN)
        .responses(REMOVED)
        .errors(&[P::MemberNotFound, P::OwnerMustStay]),
    // Invitations
    post("/v1/accounts/{account}/invitations", Op::CreateInvitation, Tag::Invitations)
        .permission("members.invite")
        .summary("Invite somebody", "One pending invitation per email.")
        .request_body(schema!(CreateInvitationRequest))
        .responses(INVITED)
        .errors(&[P::PermissionEscalation, P::AccountNotTeam, P::AlreadyMember, P::InvitationPending, P::LimitReached, P::TooManyMails]),
    get("/v1/accounts/{account}/invitations", Op::ListInvitations, Tag::Invitations)
        .permission("members.invite")
        .summary("Invitations", "Newest first; each pending one carries its `link`.")
        .query(INVITATION_PAGE)
        .responses(&[with!(200 InvitationListResponse "A page of invitations.")]),
    post("/v1/accounts/{account}/invitations/{invitation}/resend", Op::ResendInvitation, Tag::Invitations)
        .permission("members.invite")
        .summary("Send an invitation again", "With a new link, which kills the old one; the lifetime starts anew, and who sends it again is its inviter from then on.")
        .responses(INVITATION)
        .errors(&[P::InvitationNotFound, P::PermissionEscalation, P::InvitationRevoked, P::InvitationExpired, P::RoleNotFound, P::TooManyMails])
        // An answered invitation is a conflict to the admin: the one code with two statuses.
        .conflicts(&[P::InvitationUsed]),
    delete("/v1/accounts/{account}/invitations/{invitation}", Op::RevokeInvitation, Tag::Invitations)
        .permission("members.invite")
        .summary("Revoke an invitation", "")
        .responses(DONE)
        .errors(&[P::InvitationNotFound])
        .conflicts(&[P::InvitationUsed]),
    // Joining
    get("/v1/invitations/{token}", Op::PreviewInvitation, Tag::Joining)
        .summary("Look at an invitation", "Changes nothing, however often. An ended invitation is shown with its state.")
        .headers(PROOF)
        .responses(&[with!(200 InvitationPreviewResponse "What the link offers.")])
        .errors(&[P::InvitationNotFound]),
    post("/v1/invitations/{token}/accept", Op::AcceptInvitation, Tag::Joining)
        .session()
        .summary("Accept an invitation", "Joins the team, which becomes the active account. Accepting twice answers the same.")
        .responses(&[with!(200 SignedInResponse "Joined.")])
        .errors(JOIN),
    post("/v1/invitations/{token}/decline", Op::DeclineInvitation, Tag::Joining)
        .summary("Decline an invitation", "Signed in with the invited email, or with the mail's proof.")
        .optional_body(schema!(DeclineInvitationRequest))
        .responses(DONE)
        .errors(&[P::SessionMissing, P::SessionExpired, P::InvitationNotFound, P::InvitationExpired, P::InvitationRevoked, P::InvitationUsed, P::InvitationEmailMismatch]),
    // Roles
    get("/v1/accounts/{account}/roles", Op::ListRoles, Tag::Roles)
        .permission("team.access")
        .summary("Roles", "Built-in first. Where no `limit` is given, all of them.")
        .query(PAGE)
        .responses(&[with!(200 RoleListResponse "A page of roles.")]),
    post("/v1/accounts/{account}/roles", Op::CreateRole, Tag::Roles)
        .permission("members.manage")
        .summary("Make a custom role", "Repeated under its `Idempotency-Key`, the answer says how the role is now.")
        .request_body(schema!(CreateRoleRequest))
        .responses(&[with!(201 RoleResponse "The role.")])
        .errors(&[P::PermissionEscalation, P::RoleNotFound, P::AccountNotTeam, P::RoleCodeTaken, P::LimitReached]),
    patch("/v1/accounts/{account}/roles/{role}", Op::UpdateRole, Tag::Roles)
        .permission("members.manage")
        .summary("Change a custom role", "")
        .request_body(schema!(UpdateRoleRequest))
        .responses(ROLE)
        .errors(&[P::PermissionEscalation, P::RoleNotFound, P::RoleBuiltIn]),
    delete("/v1/accounts/{account}/roles/{role}", Op::DeleteRole, Tag::Roles)
        .permission("members.manage")
        .summary("Delete a custom role", "")
        .responses(DONE)
        .errors(&[P::RoleNotFound, P::RoleBuiltIn, P::RoleInUse]),
    // Permissions
    get("/v1/policy", Op::GetPolicy, Tag::Permissions)
        .summary("The policy", "Permissions, roles and gateway routes, as deployed. Its `ETag` changes only with a deployment.")
        .headers(IF_NONE_MATCH)
        .responses(&[
            SuccessResponse::new(200, Some("PolicyResponse"), "The policy.").with_etag("SHA-256 of the policy."),
            SuccessResponse::new(304, None, "The policy that `If-None-Match` names is still the one.").with_etag("SHA-256 of the policy."),
        ])
        .without_storage(),
    post("/v1/accounts/{account}/checks", Op::CheckPermissions, Tag::Permissions)
        .member()
        .summary("May I?", "Answers for each permission from the database. Changes nothing.")
        .request_body(schema!(CheckPermissionsRequest))
        .responses(&[with!(200 CheckPermissionsResponse "The answers.")])
        .max_round_trips(1),
    post("/v1/accounts/{account}/tokens", Op::IssueToken, Tag::Permissions)
        .member()
        .summary("Get a permission token", "A short-lived EdDSA JWT of the caller's rights in the account, for local answers and the gateway.")
        .responses(&[with!(201 TokenResponse "The token.")])
        .max_round_trips(1),
    get("/.well-known/jwks.json", Op::ListKeys, Tag::Permissions)
        .summary("Public keys of permission tokens", "A JWK set (RFC 7517); a token names its key with `kid`.")
        .responses(&[SuccessResponse::new(200, None, "The keys.")])
        .without_storage(),
    // API keys
    post("/v1/accounts/{account}/api-keys", Op::CreateApiKey, Tag::ApiKeys)
        .permission("team.manage")
        .summary("Make an API key", "The secret is in this answer and nowhere else: repeated under its `Idempotency-Key`, the answer says how the key is now, with `secret: null`.")
        .request_body(schema!(CreateApiKeyRequest))
        .responses(&[with!(201 CreatedApiKeyResponse "The key with its secret.")])
        .errors(&[P::PermissionEscalation, P::ApiKeyNotFound, P::LimitReached]),
    get("/v1/accounts/{account}/api-keys", Op::ListApiKeys, Tag::ApiKeys)
        .permission("team.manage")
        .summary("API keys", "Newest first, without secrets and without revoked ones.")
        .query(PAGE)
        .responses(&[with!(200 ApiKeyListResponse "A page of keys.")]),
    delete("/v1/accounts/{account}/api-keys/{key}", Op::RevokeApiKey, Tag::ApiKeys)
        .permission("team.manage")
        .summary("Revoke an API key", "For good.")
        .responses(DONE)
        .errors(&[P::ApiKeyNotFound]),
    // Attribute policy
    get("/v1/accounts/{account}/attribute-policy", Op::GetAttributePolicy, Tag::AuthZen)
        .permission("team.manage")
        .summary("The attribute policy", "The document as it was written. Its `ETag` changes with every change of it.")
        .responses(ATTRIBUTE_POLICY)
        .errors(&[P::AttributePolicyNotFound]),
    put("/v1/accounts/{account}/attribute-policy", Op::PutAttributePolicy, Tag::AuthZen)
        .permission("team.manage")
        .summary("Write the attribute policy", "The whole document, at most 64 KiB. `If-Match` takes the `ETag` of the policy, not of the account. Faults are told with their place.")
        .request_body("AttributePolicyDocument")
        .if_match_of(REVISION)
        .responses(ATTRIBUTE_POLICY_WRITTEN),
    delete("/v1/accounts/{account}/attribute-policy", Op::DeleteAttributePolicy, Tag::AuthZen)
        .permission("team.manage")
        .summary("Drop the attribute policy", "Roles alone decide then. `If-Match` takes the `ETag` of the policy.")
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
        .summary("The policy decision point", "Metadata of the AuthZEN Authorization API 1.0, section 9.")
        .responses(METADATA)
        .without_storage(),
    get("/.well-known/authzen-configuration/{account}", Op::DescribeAuthZenOf, Tag::AuthZen)
        .summary("The policy decision point of an account", "The same, with endpoints that name the account. Says nothing about whether the account exists.")
        .responses(METADATA)
        .errors(&[P::NotFound])
        .without_storage(),
    // Audit log
    get("/v1/accounts/{account}/audit-log", Op::ReadAuditLog, Tag::AuditLog)
        .permission("audit.read")
        .summary("Read or export the audit log", "Newest first. With `Accept: application/x-ndjson` or `text/csv` the whole filtered log in order of `seq`, without pages.")
        .query(AUDIT_PAGE)
        .responses(&[with!(200 AuditLogResponse "A page of events, or an export.").with_formats(&[
            ("application/x-ndjson", "The whole filtered log, one event per line, in order of `seq`."),
            ("text/csv", "The same as a table, in UTF-8 without a byte order mark (a spreadsheet imports it as UTF-8; for every other reader a mark would be part of the first column's name). An apostrophe stands before what a spreadsheet would take for a formula: NDJSON has the exact texts."),
        ])])
        .max_round_trips(2),
    // Service
    get("/healthz", Op::Health, Tag::Service)
        .summary("Liveness", "Asks the database for a word.")
        .responses(&[with!(200 HealthResponse "All is well.")]),
    get("/openapi.json", Op::OpenApi, Tag::Service).summary("This contract", "OpenAPI 3.1.").responses(&[SuccessResponse::new(200, None, "The document.")]).without_storage(),
    get("/docs", Op::Docs, Tag::Service).summary("A page to read this contract", "").responses(&[SuccessResponse::new(200, None, "HTML.")]).without_storage(),
    get("/docs/app.js", Op::DocsScript, Tag::Service).summary("The page's script", "").responses(&[SuccessResponse::new(200, None, "JavaScript.")]).without_storage(),
    get("/docs/style.css", Op::DocsStyle, Tag::Service).summary("The page's style", "").responses(&[SuccessResponse::new(200, None, "CSS.")]).without_storage(),
    get("/problems", Op::ListProblems, Tag::Service)
        .summary("Every problem code", "HTML, or JSON with `Accept: application/json`.")
        .responses(&[SuccessResponse::new(200, None, "The registry.")])
        .without_storage(),
    get("/problems/{code}", Op::ExplainProblem, Tag::Service)
        .summary("One problem code explained", "The `type` of every problem leads here. HTML, or JSON with `Accept: application/json`.")
        .responses(&[SuccessResponse::new(200, None, "The explanation.")])
        .errors(&[P::NotFound])
        .without_storage(),
];

#[cfg(test)]
mod tests;
