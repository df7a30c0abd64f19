//! The routes. Each says how it is asked for, who may, what goes in, what comes out and how it fails;
//! `routes` explains the words.

use crate::dto;
use crate::problem::ProblemCode as P;
use crate::routes::Operation as Op;
use crate::routes::{Method, Parameter, ParameterKind as Kind, Route, Success, Tag};

/// The name of a DTO's schema; does not compile where the DTO does not exist.
macro_rules! schema {
    ($name:ident) => {{
        const _: Option<fn() -> dto::$name> = None;
        stringify!($name)
    }};
}

/// A success with a body.
macro_rules! with {
    ($status:literal $name:ident $about:literal) => {
        Success::new($status, Some(schema!($name)), $about)
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

const DONE: &[Success] = &[Success::new(204, None, "Done. Doing it again answers the same.")];
const VERSION: &str = "The version of the account.";
const REVISION: &str = "The revision of the attribute policy.";
const ACCOUNT: &[Success] = &[with!(200 AccountResponse "The account as it is now.").tagged(VERSION)];
const PLANNED: &[Success] = &[with!(200 AccountResponse "The account as it is now; with `dry_run`, a `DryRunResponse`.")
    .or(schema!(DryRunResponse))
    .tagged(VERSION)];
const INVITATION: &[Success] = &[with!(200 InvitationResponse "The invitation with its new link.")];
const INVITED: &[Success] = &[with!(201 InvitationResponse "The invitation. The mail is on its way.")];
const ROLE: &[Success] = &[with!(200 RoleResponse "The role as it is now.")];
const REMOVED: &[Success] = &[
    Success::new(204, None, "Done. Doing it again answers the same."),
    with!(200 DryRunResponse "With `dry_run`: what would end, and what would stop working."),
];
const PAGE: &[Parameter] = &[CURSOR, LIMIT];
const CURSOR: Parameter = Parameter { name: "cursor", kind: Kind::Text, about: "`next_cursor` of the page before." };
const LIMIT: Parameter =
    Parameter { name: "limit", kind: Kind::Count, about: "Items of a page: 50 if absent, at most 200 (more is taken as 200)." };
const STATES: &[&str] = &["pending", "accepted", "declined", "revoked", "expired"];
const INVITATION_PAGE: &[Parameter] =
    &[Parameter { name: "state", kind: Kind::Word(STATES), about: "Only invitations in this state." }, CURSOR, LIMIT];
const AUDIT_PAGE: &[Parameter] = &[
    Parameter { name: "actor", kind: Kind::Text, about: "Only by this actor, by id." },
    Parameter { name: "action", kind: Kind::Text, about: "Only this action, for example `member.remove`." },
    Parameter { name: "resource_type", kind: Kind::Text, about: "Only about resources of this type." },
    Parameter { name: "resource_id", kind: Kind::Text, about: "Only about this resource." },
    Parameter { name: "from", kind: Kind::Time, about: "Not before." },
    Parameter { name: "to", kind: Kind::Time, about: "Before." },
    CURSOR,
    LIMIT,
];
const PROOF: &[Parameter] = &[Parameter {
    // A header: addresses are written into the logs of whatever stands between.
    name: "Rolecall-Invitation-Proof",
    kind: Kind::Text,
    about: "The proof from the invitation mail's link: its holder is shown the invited email in full.",
}];
const IF_NONE_MATCH: &[Parameter] =
    &[Parameter { name: "If-None-Match", kind: Kind::Text, about: "An `ETag` that the caller has: 304 where it is still the one." }];
const ASKING: &[Parameter] = &[
    Parameter { name: "Rolecall-Account", kind: Kind::Text, about: "The account that a session asks in, on paths that name none." },
    Parameter { name: "X-Request-ID", kind: Kind::Text, about: "The caller's own name for the request; the answer carries it too." },
];
const DRY_RUN: &[Parameter] = &[Parameter { name: "dry_run", kind: Kind::Flag, about: "Only say what would change." }];
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

const ATTRIBUTE_POLICY: &[Success] = &[Success::new(200, Some("AttributePolicyDocument"), "The policy as it is now.").tagged(REVISION)];
const ATTRIBUTE_POLICY_WRITTEN: &[Success] = &[
    Success::new(200, Some("AttributePolicyDocument"), "The policy as it is now.").tagged(REVISION),
    Success::new(201, Some("AttributePolicyDocument"), "The first policy of the account.").tagged(REVISION),
];
const METADATA: &[Success] = &[Success::new(200, Some("AuthZenConfiguration"), "The metadata.")];

/// What a question is: summary, explanation, body, answers, round trips.
type Question = (&'static str, &'static str, &'static str, &'static [Success], u8);

const EVALUATION: Question = (
    "May they?",
    "One question, answered from stored membership and the attribute policy. A no is 200 with `decision: false`. The account is the one in the path, else the key's own; a session's is the one that `Rolecall-Account` names, else its active one.",
    "AccessQuestion",
    &[Success::new(200, Some("AccessDecision"), "The decision.")],
    1,
);
const EVALUATIONS: Question = (
    "May they, many times?",
    "At most 100 questions with defaults, answered in one go and in order. Without `evaluations` the request is one question, and so is the answer.",
    "AccessQuestions",
    &[Success::new(200, Some("AccessDecisions"), "The decisions; without `evaluations` one `AccessDecision`.").or("AccessDecision")],
    1,
);
const SUBJECTS: Question = (
    "Who may?",
    "Members and API keys of the account, and subjects that its attribute policy lists.",
    "EntitySearch",
    &[Success::new(200, Some("EntitySearchResponse"), "A page of subjects.")],
    2,
);
const RESOURCES: Question = (
    "On what may they?",
    "Resources that the attribute policy lists, and the account itself (type `team`). Resources that live elsewhere are not Rolecall's to know.",
    "EntitySearch",
    &[Success::new(200, Some("EntitySearchResponse"), "A page of resources.")],
    1,
);
const ACTIONS: Question = (
    "What may they?",
    "Actions of the resource type, and those that rules of the attribute policy name.",
    "ActionSearchQuestion",
    &[Success::new(200, Some("ActionSearchResponse"), "A page of actions.")],
    1,
);

const fn asking(path: &'static str, operation: Op, (summary, about, body, answers, trips): Question) -> Route {
    post(path, operation, Tag::AuthZen)
        .principal("team.access")
        .says(summary, about)
        .hears(ASKING)
        .reads(body)
        .answers(answers)
        .fails(&[P::AccessRequestMalformed])
        .within(trips)
}

/// Every route of the service.
pub static ROUTES: &[Route] = &[
    // Sign-up and passwords
    post("/v1/signup", Op::SignUp, Tag::SignUp)
        .says("Sign up", "Answers the same for every email and mails a link; redeeming it creates the user and their personal account. With the proof from an invitation mail and the invited email, the newcomer is verified and joins at once.")
        .reads(schema!(SignUpRequest))
        .answers(&[with!(202 StatusResponse "A mail is on its way, whatever the email."), with!(201 SignedInResponse "Joined by invitation mail, and signed in.")])
        .fails(&[P::InviterLacksPermission, P::LimitReached, P::TooManySignIns])
        .shielded(),
    post("/v1/email-verifications", Op::VerifyEmail, Tag::SignUp)
        .says("Redeem a verification link", "Creates the user and their personal account in one step, and signs them in. The first of several sign-ups wins. With a `browser_key`, the sign-up's own password counts only if that key came with the sign-up; with a `password`, that one counts.")
        .reads(schema!(VerifyEmailRequest))
        .answers(&[with!(201 SignedInResponse "Signed up and signed in.")])
        .fails(&[P::VerificationNotFound, P::VerificationElsewhere, P::VerificationOver, P::TooManySignIns])
        .shielded(),
    post("/v1/password-resets", Op::RequestPasswordReset, Tag::SignUp)
        .says("Ask for a password reset", "Answers the same for every email.")
        .reads(schema!(RequestPasswordResetRequest))
        .answers(&[with!(202 StatusResponse "If there is an account, a mail is on its way.")])
        .shielded(),
    put("/v1/password-resets", Op::CompletePasswordReset, Tag::SignUp)
        .says("Choose a new password", "Ends every session of the user.")
        .reads(schema!(CompletePasswordResetRequest))
        .answers(DONE)
        .fails(&[P::VerificationNotFound, P::ResetOver, P::TooManySignIns])
        .shielded(),
    // Sessions
    post("/v1/sessions", Op::SignIn, Tag::Sessions)
        .says("Sign in", "Sets the session cookie.")
        .reads(schema!(SignInRequest))
        .answers(&[with!(201 SignedInResponse "Signed in.")])
        .fails(&[P::CredentialsInvalid, P::PasswordResetAdvised, P::TooManySignIns])
        .shielded(),
    get("/v1/sessions", Op::ListSessions, Tag::Sessions)
        .session()
        .says("One's own sessions", "Newest first.")
        .takes(PAGE)
        .answers(&[with!(200 SessionListResponse "A page of sessions.")]),
    delete("/v1/sessions/current", Op::SignOut, Tag::Sessions)
        .says("Sign out", "Ends the session of this request and clears the cookie; without a session it only clears the cookie.")
        .answers(DONE),
    delete("/v1/sessions/{session}", Op::EndSession, Tag::Sessions).session().says("End a session", "").answers(DONE).fails(&[P::SessionNotFound]),
    // Me
    get("/v1/me", Op::GetMe, Tag::Me)
        .session()
        .says("Who is signed in", "With every membership and the active account.")
        .answers(&[with!(200 MeResponse "The caller.")]),
    patch("/v1/me", Op::UpdateMe, Tag::Me)
        .session()
        .says("Change name or active account", "")
        .reads(schema!(UpdateMeRequest))
        .answers(&[with!(200 MeResponse "The caller as they are now.")])
        .fails(&[P::AccountNotFound]),
    // Accounts
    get("/v1/accounts", Op::ListAccounts, Tag::Accounts)
        .session()
        .says("One's accounts", "Personal ones first.")
        .takes(PAGE)
        .answers(&[with!(200 AccountListResponse "A page of accounts.")]),
    get("/v1/accounts/{account}", Op::GetAccount, Tag::Accounts)
        .holding("team.access")
        .says("One account", "The `ETag` is its version.")
        .answers(ACCOUNT),
    patch("/v1/accounts/{account}", Op::UpdateAccount, Tag::Accounts)
        .holding("team.manage")
        .says("Rename an account", "")
        .reads(schema!(UpdateAccountRequest))
        .answers(ACCOUNT),
    post("/v1/accounts/{account}/convert", Op::ConvertAccount, Tag::Accounts)
        .owner()
        .says("Convert to a team", "The account's id and everything keyed by it stay. A team already: the same success.")
        .may_read(schema!(ConvertAccountRequest))
        .answers(PLANNED),
    delete("/v1/accounts/{account}/team", Op::DeleteTeam, Tag::Accounts)
        .owner()
        .says("Delete Team", "The team becomes the owner's personal account: other memberships end, pending invitations are revoked, custom roles go, keys of others are revoked. Personal already: the same success.")
        .takes(DRY_RUN)
        .answers(PLANNED),
    post("/v1/accounts/{account}/transfer", Op::TransferAccount, Tag::Accounts)
        .owner()
        .says("Transfer the ownership", "To another admin. The old owner stays as admin.")
        .reads(schema!(TransferAccountRequest))
        .answers(ACCOUNT)
        .fails(&[P::MemberNotFound, P::TransferNeedsAdmin, P::AccountNotTeam]),
    // Members
    get("/v1/accounts/{account}/members", Op::ListMembers, Tag::Members)
        .holding("team.access")
        .says("Members", "Longest first.")
        .takes(PAGE)
        .answers(&[with!(200 MemberListResponse "A page of members.")]),
    patch("/v1/accounts/{account}/members/{user}", Op::UpdateMember, Tag::Members)
        .holding("members.manage")
        .says("Give a member another role", "")
        .reads(schema!(UpdateMemberRequest))
        .answers(&[with!(200 MemberResponse "The member as they are now.")])
        .fails(&[P::MemberNotFound, P::OwnerMustStay, P::PermissionEscalation]),
    delete("/v1/accounts/{account}/members/{user}", Op::RemoveMember, Tag::Members)
        .holding_or_self("members.manage")
        .says("Remove a member, or leave", "Whose active account it was falls back to one of their own. API keys that the member made are revoked; `dry_run` lists them.")
        .takes(DRY_RUN)
        .answers(REMOVED)
        .fails(&[P::MemberNotFound, P::OwnerMustStay]),
    // Invitations
    post("/v1/accounts/{account}/invitations", Op::CreateInvitation, Tag::Invitations)
        .holding("members.invite")
        .says("Invite somebody", "One pending invitation per email.")
        .reads(schema!(CreateInvitationRequest))
        .answers(INVITED)
        .fails(&[P::PermissionEscalation, P::AccountNotTeam, P::AlreadyMember, P::InvitationPending, P::LimitReached, P::TooManyMails]),
    get("/v1/accounts/{account}/invitations", Op::ListInvitations, Tag::Invitations)
        .holding("members.invite")
        .says("Invitations", "Newest first; each pending one carries its `link`.")
        .takes(INVITATION_PAGE)
        .answers(&[with!(200 InvitationListResponse "A page of invitations.")]),
    post("/v1/accounts/{account}/invitations/{invitation}/resend", Op::ResendInvitation, Tag::Invitations)
        .holding("members.invite")
        .says("Send an invitation again", "With a new link, which kills the old one; the lifetime starts anew, and who sends it again is its inviter from then on.")
        .answers(INVITATION)
        .fails(&[P::InvitationNotFound, P::PermissionEscalation, P::InvitationRevoked, P::InvitationExpired, P::RoleNotFound, P::TooManyMails])
        // An answered invitation is a conflict to the admin: the one code with two statuses.
        .conflicts(&[P::InvitationUsed]),
    delete("/v1/accounts/{account}/invitations/{invitation}", Op::RevokeInvitation, Tag::Invitations)
        .holding("members.invite")
        .says("Revoke an invitation", "")
        .answers(DONE)
        .fails(&[P::InvitationNotFound])
        .conflicts(&[P::InvitationUsed]),
    // Joining
    get("/v1/invitations/{token}", Op::PreviewInvitation, Tag::Joining)
        .says("Look at an invitation", "Changes nothing, however often. An ended invitation is shown with its state.")
        .hears(PROOF)
        .answers(&[with!(200 InvitationPreviewResponse "What the link offers.")])
        .fails(&[P::InvitationNotFound]),
    post("/v1/invitations/{token}/accept", Op::AcceptInvitation, Tag::Joining)
        .session()
        .says("Accept an invitation", "Joins the team, which becomes the active account. Accepting twice answers the same.")
        .answers(&[with!(200 SignedInResponse "Joined.")])
        .fails(JOIN),
    post("/v1/invitations/{token}/decline", Op::DeclineInvitation, Tag::Joining)
        .says("Decline an invitation", "Signed in with the invited email, or with the mail's proof.")
        .may_read(schema!(DeclineInvitationRequest))
        .answers(DONE)
        .fails(&[P::SessionMissing, P::SessionExpired, P::InvitationNotFound, P::InvitationExpired, P::InvitationRevoked, P::InvitationUsed, P::InvitationEmailMismatch]),
    // Roles
    get("/v1/accounts/{account}/roles", Op::ListRoles, Tag::Roles)
        .holding("team.access")
        .says("Roles", "Built-in first. Where no `limit` is given, all of them.")
        .takes(PAGE)
        .answers(&[with!(200 RoleListResponse "A page of roles.")]),
    post("/v1/accounts/{account}/roles", Op::CreateRole, Tag::Roles)
        .holding("members.manage")
        .says("Make a custom role", "Repeated under its `Idempotency-Key`, the answer says how the role is now.")
        .reads(schema!(CreateRoleRequest))
        .answers(&[with!(201 RoleResponse "The role.")])
        .fails(&[P::PermissionEscalation, P::RoleNotFound, P::AccountNotTeam, P::RoleCodeTaken, P::LimitReached]),
    patch("/v1/accounts/{account}/roles/{role}", Op::UpdateRole, Tag::Roles)
        .holding("members.manage")
        .says("Change a custom role", "")
        .reads(schema!(UpdateRoleRequest))
        .answers(ROLE)
        .fails(&[P::PermissionEscalation, P::RoleNotFound, P::RoleBuiltIn]),
    delete("/v1/accounts/{account}/roles/{role}", Op::DeleteRole, Tag::Roles)
        .holding("members.manage")
        .says("Delete a custom role", "")
        .answers(DONE)
        .fails(&[P::RoleNotFound, P::RoleBuiltIn, P::RoleInUse]),
    // Permissions
    get("/v1/policy", Op::GetPolicy, Tag::Permissions)
        .says("The policy", "Permissions, roles and gateway routes, as deployed. Its `ETag` changes only with a deployment.")
        .hears(IF_NONE_MATCH)
        .answers(&[
            Success::new(200, Some("PolicyResponse"), "The policy.").tagged("SHA-256 of the policy."),
            Success::new(304, None, "The policy that `If-None-Match` names is still the one.").tagged("SHA-256 of the policy."),
        ])
        .free(),
    post("/v1/accounts/{account}/checks", Op::CheckPermissions, Tag::Permissions)
        .member()
        .says("May I?", "Answers for each permission from the database. Changes nothing.")
        .reads(schema!(CheckPermissionsRequest))
        .answers(&[with!(200 CheckPermissionsResponse "The answers.")])
        .within(1),
    post("/v1/accounts/{account}/tokens", Op::IssueToken, Tag::Permissions)
        .member()
        .says("Get a permission token", "A short-lived EdDSA JWT of the caller's rights in the account, for local answers and the gateway.")
        .answers(&[with!(201 TokenResponse "The token.")])
        .within(1),
    get("/.well-known/jwks.json", Op::ListKeys, Tag::Permissions)
        .says("Public keys of permission tokens", "A JWK set (RFC 7517); a token names its key with `kid`.")
        .answers(&[Success::new(200, None, "The keys.")])
        .free(),
    // API keys
    post("/v1/accounts/{account}/api-keys", Op::CreateApiKey, Tag::ApiKeys)
        .holding("team.manage")
        .says("Make an API key", "The secret is in this answer and nowhere else: repeated under its `Idempotency-Key`, the answer says how the key is now, with `secret: null`.")
        .reads(schema!(CreateApiKeyRequest))
        .answers(&[with!(201 CreatedApiKeyResponse "The key with its secret.")])
        .fails(&[P::PermissionEscalation, P::ApiKeyNotFound, P::LimitReached]),
    get("/v1/accounts/{account}/api-keys", Op::ListApiKeys, Tag::ApiKeys)
        .holding("team.manage")
        .says("API keys", "Newest first, without secrets and without revoked ones.")
        .takes(PAGE)
        .answers(&[with!(200 ApiKeyListResponse "A page of keys.")]),
    delete("/v1/accounts/{account}/api-keys/{key}", Op::RevokeApiKey, Tag::ApiKeys)
        .holding("team.manage")
        .says("Revoke an API key", "For good.")
        .answers(DONE)
        .fails(&[P::ApiKeyNotFound]),
    // Attribute policy
    get("/v1/accounts/{account}/attribute-policy", Op::GetAttributePolicy, Tag::AuthZen)
        .holding("team.manage")
        .says("The attribute policy", "The document as it was written. Its `ETag` changes with every change of it.")
        .answers(ATTRIBUTE_POLICY)
        .fails(&[P::AttributePolicyNotFound]),
    put("/v1/accounts/{account}/attribute-policy", Op::PutAttributePolicy, Tag::AuthZen)
        .holding("team.manage")
        .says("Write the attribute policy", "The whole document, at most 64 KiB. `If-Match` takes the `ETag` of the policy, not of the account. Faults are told with their place.")
        .reads("AttributePolicyDocument")
        .heeds(REVISION)
        .answers(ATTRIBUTE_POLICY_WRITTEN),
    delete("/v1/accounts/{account}/attribute-policy", Op::DeleteAttributePolicy, Tag::AuthZen)
        .holding("team.manage")
        .says("Drop the attribute policy", "Roles alone decide then. `If-Match` takes the `ETag` of the policy.")
        .heeds(REVISION)
        .answers(DONE),
    // AuthZEN
    asking("/access/v1/evaluation", Op::EvaluateAccess, EVALUATION),
    asking("/access/v1/{account}/evaluation", Op::EvaluateAccessIn, EVALUATION),
    asking("/access/v1/evaluations", Op::EvaluateAccessBatch, EVALUATIONS),
    asking("/access/v1/{account}/evaluations", Op::EvaluateAccessBatchIn, EVALUATIONS),
    asking("/access/v1/search/subject", Op::SearchSubjects, SUBJECTS),
    asking("/access/v1/{account}/search/subject", Op::SearchSubjectsIn, SUBJECTS),
    asking("/access/v1/search/resource", Op::SearchResources, RESOURCES),
    asking("/access/v1/{account}/search/resource", Op::SearchResourcesIn, RESOURCES),
    asking("/access/v1/search/action", Op::SearchActions, ACTIONS),
    asking("/access/v1/{account}/search/action", Op::SearchActionsIn, ACTIONS),
    get("/.well-known/authzen-configuration", Op::DescribeAuthZen, Tag::AuthZen)
        .says("The policy decision point", "Metadata of the AuthZEN Authorization API 1.0, section 9.")
        .answers(METADATA)
        .free(),
    get("/.well-known/authzen-configuration/{account}", Op::DescribeAuthZenOf, Tag::AuthZen)
        .says("The policy decision point of an account", "The same, with endpoints that name the account. Says nothing about whether the account exists.")
        .answers(METADATA)
        .fails(&[P::NotFound])
        .free(),
    // Audit log
    get("/v1/accounts/{account}/audit-log", Op::ReadAuditLog, Tag::AuditLog)
        .holding("audit.read")
        .says("Read or export the audit log", "Newest first. With `Accept: application/x-ndjson` or `text/csv` the whole filtered log in order of `seq`, without pages.")
        .takes(AUDIT_PAGE)
        .answers(&[with!(200 AuditLogResponse "A page of events, or an export.").exported(&[
            ("application/x-ndjson", "The whole filtered log, one event per line, in order of `seq`."),
            ("text/csv", "The same as a table, in UTF-8 without a byte order mark (a spreadsheet imports it as UTF-8; for every other reader a mark would be part of the first column's name). An apostrophe stands before what a spreadsheet would take for a formula: NDJSON has the exact texts."),
        ])])
        .within(2),
    // Service
    get("/healthz", Op::Health, Tag::Service)
        .says("Liveness", "Asks the database for a word.")
        .answers(&[with!(200 HealthResponse "All is well.")]),
    get("/openapi.json", Op::OpenApi, Tag::Service).says("This contract", "OpenAPI 3.1.").answers(&[Success::new(200, None, "The document.")]).free(),
    get("/docs", Op::Docs, Tag::Service).says("A page to read this contract", "").answers(&[Success::new(200, None, "HTML.")]).free(),
    get("/docs/app.js", Op::DocsScript, Tag::Service).says("The page's script", "").answers(&[Success::new(200, None, "JavaScript.")]).free(),
    get("/docs/style.css", Op::DocsStyle, Tag::Service).says("The page's style", "").answers(&[Success::new(200, None, "CSS.")]).free(),
    get("/problems", Op::ListProblems, Tag::Service)
        .says("Every problem code", "HTML, or JSON with `Accept: application/json`.")
        .answers(&[Success::new(200, None, "The registry.")])
        .free(),
    get("/problems/{code}", Op::ExplainProblem, Tag::Service)
        .says("One problem code explained", "The `type` of every problem leads here. HTML, or JSON with `Accept: application/json`.")
        .answers(&[Success::new(200, None, "The explanation.")])
        .fails(&[P::NotFound])
        .free(),
];

#[cfg(test)]
mod tests;
