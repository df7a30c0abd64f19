//! Every problem that an answer can report: code, status, title, explanation, and the RFC 9457 document.
//!
//! INVARIANT (one-registry): this is the only place with the statuses of failures. The pages at
//! `/problems/<code>`, the OpenAPI document and the TypeScript types are generated from [`ProblemCode::ALL`].

mod document;

pub use document::{DenialDetail, FieldProblem, ProblemDocument};
use rolecall_core::domain::api_key::API_KEY_ROLE;
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::transaction::denial::{Denial, Refusal};
use serde_json::{Value, json};

macro_rules! problems {
    ($($name:ident = $code:literal, $status:literal, $title:literal, $explanation:literal;)*) => {
        /// A stable word for one kind of problem.
        #[derive(Copy, Clone, PartialEq, Eq, Debug)]
        pub enum ProblemCode {
            $(#[doc = $explanation] $name,)*
        }

        impl ProblemCode {
            /// All of them, by status.
            pub const ALL: &'static [ProblemCode] = &[$(ProblemCode::$name),*];

            /// The word on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(ProblemCode::$name => $code),* }
            }

            /// The HTTP status.
            pub const fn status(self) -> u16 {
                match self { $(ProblemCode::$name => $status),* }
            }

            /// One line for a person, the same for every occurrence.
            pub const fn title(self) -> &'static str {
                match self { $(ProblemCode::$name => $title),* }
            }

            /// What it means and what to do about it.
            pub const fn explanation(self) -> &'static str {
                match self { $(ProblemCode::$name => $explanation),* }
            }
        }
    };
}

problems! {
    BodyMalformed = "body-malformed", 400, "The body is not acceptable JSON",
        "The body is not JSON in strict UTF-8, names a field twice, or nests deeper than 32 levels. Nothing was done.";
    RequestMalformed = "request-malformed", 400, "The request is malformed",
        "A header or another part of the request outside the body cannot be read. The detail says which.";
    AccessRequestMalformed = "access-request-malformed", 400, "The access request cannot be read",
        "A question of AuthZEN lacks a required member, or has one of the wrong type. `errors` lists each with a JSON pointer.";
    SessionMissing = "session-missing", 401, "Nobody is signed in",
        "The request carries no session, or one that was never valid. Sign in and send it again.";
    SessionExpired = "session-expired", 401, "The session has ended",
        "The session ran out, was idle for too long, or was revoked. Sign in again.";
    CredentialsInvalid = "credentials-invalid", 401, "Email or password is wrong",
        "No account has this email with this password. The answer is the same whether or not the email is known.";
    PasswordResetAdvised = "password-reset-advised", 401, "Email or password is wrong, or the password is from before a restore",
        "The service was taken back to an earlier state, and passwords that were chosen before do not count any more. Ask for a link to choose a new one (`POST /v1/password-resets`). Every failed sign-in gets this answer since: it says neither whether the email is known nor whether the password was right.";
    TokenInvalid = "token-invalid", 401, "The permission token is not valid",
        "The token is malformed, forged, for another audience, or has run out. Fetch a new one.";
    ApiKeyInvalid = "api-key-invalid", 401, "The API key is not valid",
        "The key does not exist, was revoked, or has expired.";
    PermissionMissing = "permission-missing", 403, "Your role does not allow this",
        "You are a member of the account, but your role lacks the permission. `denial` names the permission, your role, and the roles that would allow it.";
    PermissionEscalation = "permission-escalation", 403, "You cannot grant what you do not hold",
        "The role, invitation or key would grant a permission that you do not hold yourself. `denial` names it.";
    InvitationEmailMismatch = "invitation-email-mismatch", 403, "The invitation is for another email",
        "An invitation can only be answered by whoever has proven the invited email. Sign in with that email, or ask for an invitation to yours.";
    OwnerOnly = "owner-only", 403, "Only the owner may do this",
        "Converting, deleting and transferring a team are the owner's alone. Ask the owner, or have the ownership transferred.";
    OriginForbidden = "origin-forbidden", 403, "This origin may not write",
        "A browser sent this write from a page of another origin. Only Rolecall's own origin and those that the deployment allows may write.";
    NotFound = "not-found", 404, "There is nothing at this address",
        "No route has this path. Paths are matched exactly: no doubled slashes, no trailing slash, no encoded characters.";
    AccountNotFound = "account-not-found", 404, "No such account",
        "The account does not exist, or you are not a member of it.";
    MemberNotFound = "member-not-found", 404, "No such member",
        "The account has no member with this user id.";
    InvitationNotFound = "invitation-not-found", 404, "No such invitation",
        "The invitation does not exist, or its link is not genuine. Open the link exactly as it was sent.";
    RoleNotFound = "role-not-found", 404, "No such role",
        "The account has no role with this code.";
    SessionNotFound = "session-not-found", 404, "No such session",
        "You have no session with this id; it may have ended already.";
    ApiKeyNotFound = "api-key-not-found", 404, "No such API key",
        "The account has no API key with this id.";
    AttributePolicyNotFound = "attribute-policy-not-found", 404, "No attribute policy",
        "The account has no attribute policy: roles alone decide.";
    VerificationNotFound = "verification-not-found", 404, "The link is not genuine",
        "The token of the verification or reset link was not made by this service. Open the link exactly as it was sent.";
    MethodNotAllowed = "method-not-allowed", 405, "This address does not take this method",
        "The path exists, but not for this method. The `Allow` header lists those that it takes.";
    OwnerMustStay = "owner-must-stay", 409, "The owner must stay an admin of the account",
        "The owner cannot leave, be removed, or be given another role. Transfer the ownership first.";
    AlreadyMember = "already-member", 409, "Already a member",
        "The person belongs to the account already.";
    InvitationPending = "invitation-pending", 409, "An invitation for this email is waiting",
        "One pending invitation per email and account. Send the waiting one again, or revoke it first.";
    AccountNotTeam = "account-not-team", 409, "The account is not a team",
        "Only team accounts have invitations, custom roles and new owners. Convert the account first.";
    Conflict = "conflict", 409, "Others were changing the same things",
        "Other changes got in between again and again, so nothing was done. Wait as many seconds as `Retry-After` says, then send the request again.";
    RoleInUse = "role-in-use", 409, "The role is in use",
        "Members or pending invitations have this role. Give them another one first.";
    RoleCodeTaken = "role-code-taken", 409, "The role code is taken",
        "A built-in or custom role of the account has this code already.";
    RoleBuiltIn = "role-built-in", 409, "Built-in roles cannot be changed",
        "The roles of the policy are the same for every account. Make a custom role instead.";
    TransferNeedsAdmin = "transfer-needs-admin", 409, "Ownership can only go to an admin",
        "Make the member an admin first, then transfer the ownership.";
    InviterLacksPermission = "inviter-lacks-permission", 409, "The inviter may no longer grant this",
        "Whoever sent the invitation has lost the right to invite or a permission that it grants. Ask for a new invitation.";
    LimitReached = "limit-reached", 409, "A limit of the account is reached",
        "The account has as many of these as it may have. The detail names the limit.";
    VerificationElsewhere = "verification-elsewhere", 409, "The sign-up was started in another browser",
        "Whoever signed up there chose a password that may not be yours. Send the token again with the password that you choose. Nothing was done, and the link still works.";
    InvitationExpired = "invitation-expired", 410, "The invitation has expired",
        "Ask whoever invited you to send it again.";
    InvitationRevoked = "invitation-revoked", 410, "The invitation is no longer valid",
        "It was taken back, or sent again with a newer link. Look for a newer mail, or ask for a new invitation.";
    InvitationUsed = "invitation-used", 410, "The invitation was answered already",
        "An invitation can be accepted or declined once. (An admin who tries to change an answered invitation gets this code with status 409.)";
    VerificationOver = "verification-over", 410, "The verification link is over",
        "It was used, replaced by a newer one, or is more than a day old. Sign in, or sign up again.";
    ResetOver = "reset-over", 410, "The reset link is over",
        "It was used, replaced by a newer one, or is more than half an hour old. Ask for a new one.";
    PreconditionFailed = "precondition-failed", 412, "The account has changed since",
        "`If-Match` names another version than the stored one. Read the account again and decide anew.";
    BodyTooLarge = "body-too-large", 413, "The body is too large",
        "A body has at most 65,536 bytes; one for the API behind the gateway as many as the detail says.";
    MediaTypeUnsupported = "media-type-unsupported", 415, "The body must be JSON",
        "Send the body with `Content-Type: application/json`, in UTF-8 and not compressed (without `Content-Encoding`).";
    FieldsInvalid = "fields-invalid", 422, "Some fields are not right",
        "`errors` lists every faulty field with a JSON pointer (or `?name` for a query parameter), a code and a sentence.";
    IdempotencyKeyReused = "idempotency-key-reused", 422, "The idempotency key belongs to another request",
        "The same `Idempotency-Key` came with another method, path or body before. Use a new key for a new request.";
    RateLimited = "rate-limited", 429, "Too many requests",
        "Wait as many seconds as `Retry-After` says, then try again.";
    TooManySignIns = "too-many-sign-ins", 429, "Too many sign-ins at once",
        "Signing in and up and choosing a password take computing time, and as many requests wait for it as may. Nothing was done. Wait as many seconds as `Retry-After` says, then send the request again.";
    TooManyMails = "too-many-mails", 429, "Too many invitation mails",
        "So many mails went to this address, from this team, or from you, that no more are sent for a while. Nothing was done. Wait as many seconds as `Retry-After` says; the link of a waiting invitation can be copied meanwhile.";
    TooManyChanges = "too-many-changes", 429, "Too many changes",
        "More was changed in this account, or by you, than anybody changes in an hour or a day; the detail says what is counted. Nothing was done. Wait as many seconds as `Retry-After` says.";
    Internal = "internal", 500, "Something went wrong on our side",
        "The failure is logged under the request id in `instance`. A change may or may not have happened; sending it again with the same `Idempotency-Key` is safe.";
    UpstreamFailed = "upstream-failed", 502, "The API behind the gateway failed",
        "The request was allowed and sent on, and no answer came back. It may or may not have been carried out.";
    UpstreamUnavailable = "upstream-unavailable", 503, "There is no API behind the gateway",
        "The request was allowed, but this deployment has neither a service binding `UPSTREAM` nor an `UPSTREAM_URL`.";
    StoreUnavailable = "store-unavailable", 503, "The database cannot be reached",
        "Try again shortly. A change may or may not have happened; sending it again with the same `Idempotency-Key` is safe.";
    UpstreamTimeout = "upstream-timeout", 504, "The API behind the gateway took too long",
        "The request was allowed and sent on, and no answer began in time. It may or may not have been carried out.";
}

impl ProblemCode {
    /// The code that a word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text)
    }

    /// The one code of a denial.
    pub const fn of(denial: &Denial) -> Self {
        match denial {
            Denial::SessionMissing => Self::SessionMissing,
            Denial::SessionExpired => Self::SessionExpired,
            Denial::ApiKeyInvalid => Self::ApiKeyInvalid,
            Denial::TokenInvalid => Self::TokenInvalid,
            Denial::CredentialsInvalid => Self::CredentialsInvalid,
            Denial::CredentialsOutdated => Self::PasswordResetAdvised,
            Denial::TooManyAttempts { .. } => Self::RateLimited,
            Denial::TooManySignIns { .. } => Self::TooManySignIns,
            Denial::TooManyMails { .. } => Self::TooManyMails,
            Denial::TooManyChanges { .. } => Self::TooManyChanges,
            Denial::PermissionMissing(_) => Self::PermissionMissing,
            Denial::PermissionEscalation(_) => Self::PermissionEscalation,
            Denial::OwnerOnly => Self::OwnerOnly,
            Denial::InvitationEmailMismatch => Self::InvitationEmailMismatch,
            Denial::AccountNotFound => Self::AccountNotFound,
            Denial::MemberNotFound => Self::MemberNotFound,
            Denial::InvitationNotFound => Self::InvitationNotFound,
            Denial::RoleNotFound => Self::RoleNotFound,
            Denial::SessionNotFound => Self::SessionNotFound,
            Denial::ApiKeyNotFound => Self::ApiKeyNotFound,
            Denial::AttributePolicyNotFound => Self::AttributePolicyNotFound,
            Denial::VerificationNotFound => Self::VerificationNotFound,
            Denial::OwnerMustStay => Self::OwnerMustStay,
            Denial::AlreadyMember => Self::AlreadyMember,
            Denial::InvitationPending => Self::InvitationPending,
            Denial::AccountNotTeam => Self::AccountNotTeam,
            Denial::TransferNeedsAdmin => Self::TransferNeedsAdmin,
            Denial::RoleInUse => Self::RoleInUse,
            Denial::RoleCodeTaken => Self::RoleCodeTaken,
            Denial::RoleBuiltIn => Self::RoleBuiltIn,
            Denial::InviterLacksPermission => Self::InviterLacksPermission,
            Denial::LimitReached(_) => Self::LimitReached,
            Denial::InvitationExpired => Self::InvitationExpired,
            Denial::InvitationRevoked => Self::InvitationRevoked,
            Denial::InvitationUsed | Denial::InvitationAlreadyUsed => Self::InvitationUsed,
            Denial::VerificationOver => Self::VerificationOver,
            Denial::VerificationElsewhere => Self::VerificationElsewhere,
            Denial::ResetOver => Self::ResetOver,
            Denial::PreconditionFailed => Self::PreconditionFailed,
            Denial::IdempotencyKeyReused => Self::IdempotencyKeyReused,
            Denial::Conflict => Self::Conflict,
        }
    }
}

/// Codes in `errors[].code`: what is wrong with one field.
pub const FIELD_CODES: &[(&str, &str)] = &[
    ("required", "The field must be given."),
    ("unknown", "There is no such field or query parameter."),
    ("type-wrong", "The value has the wrong JSON type."),
    ("too-short", "The text or list is shorter than allowed."),
    ("too-long", "The text or list is longer than allowed."),
    ("email-malformed", "This is no email address that mail can be sent to."),
    ("password-too-short", "A password has at least 15 characters."),
    ("password-too-long", "A password has at most 256 bytes."),
    ("password-common", "The password is among those that are guessed first."),
    ("password-repetitive", "The password repeats itself."),
    ("password-context", "The password holds the product's name, the account's, or a part of the email."),
    ("role-unknown", "The account has no such role."),
    ("permission-unknown", "The policy has no such permission."),
    ("id-malformed", "This is no id of the expected kind."),
    ("value-invalid", "The value cannot be taken; the detail says why."),
    ("out-of-range", "The number is outside the allowed range."),
];

/// Seconds after which a caller may try again when the store or the upstream could not be reached.
const RETRY_SECONDS: u64 = 5;
/// Seconds after which a crowd on the same things has gone.
const CROWD_SECONDS: u64 = 1;

/// One occurrence of a problem.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    code: ProblemCode,
    status: u16,
    detail: String,
    errors: Vec<FieldError>,
    denial: Option<Refusal>,
    retry_after: Option<u64>,
}

impl Problem {
    /// A problem that has nothing to add to its code's explanation.
    pub fn new(code: ProblemCode) -> Self {
        let retry_after = match code {
            ProblemCode::StoreUnavailable | ProblemCode::UpstreamUnavailable => Some(RETRY_SECONDS),
            ProblemCode::Conflict => Some(CROWD_SECONDS),
            _ => None,
        };
        Problem { code, status: code.status(), detail: code.explanation().to_owned(), errors: Vec::new(), denial: None, retry_after }
    }

    /// With a sentence about this occurrence, safe to show.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// Faulty fields.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        Problem::faulty(ProblemCode::FieldsInvalid, errors)
    }

    /// The same under another code.
    pub fn faulty(code: ProblemCode, errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [one] => one.detail.clone(),
            many => format!("{} fields are not right.", many.len()),
        };
        Problem { errors, ..Problem::new(code).detail(detail) }
    }

    /// Too many requests; seconds until the next may come.
    pub fn slow_down(seconds: u64) -> Self {
        let problem = Problem::new(ProblemCode::RateLimited).detail(format!("Try again in {seconds} seconds."));
        Problem { retry_after: Some(seconds), ..problem }
    }

    /// What happened.
    pub fn code(&self) -> ProblemCode {
        self.code
    }

    /// The HTTP status of this occurrence.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// For the `Retry-After` header.
    pub fn retry_after(&self) -> Option<u64> {
        self.retry_after
    }

    /// The `application/problem+json` document. `origin` is the service's own; `request_id` a UUID.
    pub fn document(&self, origin: &str, request_id: &str) -> Value {
        let mut document = json!({
            "type": format!("{origin}/problems/{}", self.code.as_str()),
            "title": self.code.title(),
            "status": self.status,
            "detail": self.detail,
            "instance": format!("urn:uuid:{request_id}"),
            "code": self.code.as_str(),
        });
        if let Value::Object(members) = &mut document {
            if !self.errors.is_empty() {
                let errors = self.errors.iter().map(|e| json!({ "pointer": e.pointer, "code": e.code, "detail": e.detail }));
                members.insert("errors".to_owned(), errors.collect());
            }
            if let Some(denial) = &self.denial {
                let denial = json!({ "permission": denial.permission, "role": denial.role, "granted_by": denial.granted_by });
                members.insert("denial".to_owned(), denial);
            }
        }
        document
    }
}

impl From<Denial> for Problem {
    fn from(denial: Denial) -> Self {
        let problem = Problem::new(ProblemCode::of(&denial));
        match denial {
            Denial::TooManyAttempts { retry_after } => Problem::slow_down(retry_after),
            Denial::TooManyChanges { what, retry_after } => {
                let problem = problem.detail(format!("There were too many changes {what}. Try again in {retry_after} seconds."));
                Problem { retry_after: Some(retry_after), ..problem }
            }
            Denial::TooManySignIns { retry_after } | Denial::TooManyMails { retry_after } => {
                Problem { retry_after: Some(retry_after), ..problem }
            }
            Denial::PermissionMissing(refusal) => {
                let detail = match refusal.role.as_str() {
                    API_KEY_ROLE => format!("The API key does not hold `{}` for this.", refusal.permission),
                    role => format!("The role `{role}` does not grant `{}`.", refusal.permission),
                };
                Problem { denial: Some(refusal), ..problem.detail(detail) }
            }
            Denial::PermissionEscalation(refusal) => {
                let detail = format!("This would grant `{}`, which your role `{}` does not hold.", refusal.permission, refusal.role);
                Problem { denial: Some(refusal), ..problem.detail(detail) }
            }
            Denial::LimitReached(what) => problem.detail(format!("The account has as many {what} as it may have.")),
            // To the invited the invitation is gone; to the admin it is there, in a state that says no.
            Denial::InvitationAlreadyUsed => Problem { status: ProblemCode::Conflict.status(), ..problem },
            _ => problem,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_kebab_words_and_unique() {
        for (index, code) in ProblemCode::ALL.iter().enumerate() {
            let word = code.as_str();
            assert!(word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{word}");
            assert!(ProblemCode::ALL.iter().skip(index + 1).all(|other| other.as_str() != word), "{word} twice");
            assert_eq!(ProblemCode::parse(word), Some(*code));
            assert!((400..600).contains(&code.status()));
        }
    }

    #[test]
    fn the_document_repeats_status_and_code() {
        let refusal = Refusal { permission: "members.manage".into(), role: "dev".into(), granted_by: vec!["admin".into()] };
        let problem = Problem::from(Denial::PermissionMissing(refusal));
        let document = problem.document("https://team.example", "0190aaaa-0000-7000-8000-000000000001");
        assert_eq!(document["type"], "https://team.example/problems/permission-missing");
        assert_eq!(document["status"], 403);
        assert_eq!(document["instance"], "urn:uuid:0190aaaa-0000-7000-8000-000000000001");
        assert_eq!(document["denial"]["granted_by"][0], "admin");
        assert!(document.get("errors").is_none());
    }

    #[test]
    fn an_answered_invitation_is_gone_for_the_invited_and_a_conflict_for_the_admin() {
        assert_eq!(Problem::from(Denial::InvitationUsed).status(), 410);
        assert_eq!(Problem::from(Denial::InvitationAlreadyUsed).status(), 409);
        assert_eq!(Problem::from(Denial::InvitationAlreadyUsed).code(), ProblemCode::InvitationUsed);
    }

    #[test]
    fn waiting_is_always_said_in_seconds() {
        for code in [ProblemCode::RateLimited, ProblemCode::StoreUnavailable, ProblemCode::Conflict] {
            let problem = if code == ProblemCode::RateLimited { Problem::slow_down(7) } else { Problem::new(code) };
            assert!(problem.retry_after().is_some());
        }
    }
}
