//! Registry of problem codes with status, title and explanation, and the problem document (RFC 9457).
//!
//! INVARIANT (one-registry): this is the only place that defines the status of an error. The pages at
//! `/problems/<code>`, the OpenAPI document and the TypeScript types are generated from [`ProblemCode::ALL`].

mod document;
mod field_codes;

use core::fmt;
pub use document::{DenialDetail, FieldProblem, ProblemDocument};
pub use field_codes::FIELD_CODES;
use rolecall_core::domain::api_key::API_KEY_ROLE;
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::domain::identity::IdentityKind;
use rolecall_core::transaction::denial::{Denial, MissingPermission};
use serde_json::{Value, json};

macro_rules! problems {
    ($($name:ident = $code:literal, $status:literal, $title:literal, $explanation:literal;)*) => {
        /// Stable code of a kind of problem.
        #[derive(Copy, Clone, PartialEq, Eq, Debug)]
        pub enum ProblemCode {
            $(#[doc = $explanation] $name,)*
        }

        impl ProblemCode {
            /// All codes, ordered by status.
            pub const ALL: &'static [ProblemCode] = &[$(ProblemCode::$name),*];

            /// Returns the code as sent in JSON.
            pub const fn as_str(self) -> &'static str {
                match self { $(ProblemCode::$name => $code),* }
            }

            /// Returns the HTTP status.
            pub const fn status(self) -> u16 {
                match self { $(ProblemCode::$name => $status),* }
            }

            /// Returns the title, the same for every occurrence.
            pub const fn title(self) -> &'static str {
                match self { $(ProblemCode::$name => $title),* }
            }

            /// Returns an explanation of the cause and the remedy.
            pub const fn explanation(self) -> &'static str {
                match self { $(ProblemCode::$name => $explanation),* }
            }
        }
    };
}

problems! {
    BodyMalformed = "body-malformed", 400, "The body is not valid JSON",
        "The body is not JSON in UTF-8, contains a field name twice, or is nested deeper than 32 levels. Nothing was changed.";
    RequestMalformed = "request-malformed", 400, "The request is malformed",
        "A header or another part of the request outside of the body is malformed. `detail` names it.";
    AccessRequestMalformed = "access-request-malformed", 400, "The AuthZEN request is malformed",
        "A required member of an AuthZEN request is missing, or a member has the wrong type. `errors` lists each with a JSON pointer.";
    SessionMissing = "session-missing", 401, "A session is required",
        "The request has no session, or its session is not valid. Sign in and send the request again. Requests to the gateway and to AuthZEN may also have an API key or a permission token (`Authorization: Bearer …`).";
    SessionExpired = "session-expired", 401, "The session has expired",
        "The session reached its maximum lifetime, was idle for too long, or was revoked. Sign in again.";
    CredentialsInvalid = "credentials-invalid", 401, "The email or the password is wrong",
        "No user has this email and password. Check both, or reset the password.";
    CodeInvalid = "code-invalid", 401, "The code is wrong or no longer valid",
        "A mailed code works once, for ten minutes, in the browser that asked for it, and ends after five wrong ones: check it, or request a new one (`POST /v1/email-codes`). A code of an authenticator app works once, within a minute of being shown; a recovery code works once.";
    PasswordResetAdvised = "password-reset-advised", 401, "The email or the password is wrong, or the password was set before a restore",
        "The service was restored to an earlier state, and passwords that were set before are no longer valid. Request a password reset (`POST /v1/password-resets`). Every failed sign-in after a restore returns this code; it reveals neither whether the email is registered nor whether the password was right.";
    PasskeyInvalid = "passkey-invalid", 401, "The passkey is not valid",
        "The passkey is not known here, or its response does not verify: the challenge is of another browser, was used or has expired, or the signature is not right. Request new options and try again, or use another way to sign in.";
    ReauthenticationRequired = "reauthentication-required", 401, "Prove again who you are",
        "The request needs an authentication that is at most five minutes old, by two factors if you have two. `methods` lists the ways in which you can authenticate again (`POST /v1/sessions/current/reauthentication`); then send the request again. Nothing was changed.";
    SecondFactorRequired = "second-factor-required", 401, "A second factor is required",
        "The first factor is right, and the user has a second one. `methods` lists what can be given: `totp`, `recovery_code`, `passkey`. Send one with `POST /v1/sessions/second-factor` in this browser within ten minutes. No session was started.";
    SecondFactorExpired = "second-factor-expired", 401, "No sign-in waits for a second factor",
        "No sign-in waits for its second factor in this browser: ten minutes have passed, it was finished, or the user's password or authenticator app was changed meanwhile. Sign in again.";
    IssuerTokenInvalid = "issuer-token-invalid", 401, "The token of the issuer is not valid",
        "The issuer is not trusted by this deployment, the signature, the audience or the age of the token is not right, or the token was used before. Request a new one from the issuer.";
    TokenInvalid = "token-invalid", 401, "The permission token is not valid",
        "The token is malformed, has an invalid signature, was issued for another audience, or has expired. Request a new one.";
    ApiKeyInvalid = "api-key-invalid", 401, "The API key is not valid",
        "The API key does not exist, was revoked, or has expired. Use another API key.";
    PermissionMissing = "permission-missing", 403, "The required permission is missing",
        "You are a member of the account, but your role does not grant the permission. `denial` names the permission, your role, and the roles that grant it.";
    PermissionEscalation = "permission-escalation", 403, "You cannot grant a permission that you do not have",
        "The role, invitation or API key would grant a permission that you do not have. `denial` names it.";
    InvitationEmailMismatch = "invitation-email-mismatch", 403, "The invitation is for another email",
        "Only a user with the invited email can answer the invitation. Sign in with that email, or ask for an invitation to yours.";
    OwnerOnly = "owner-only", 403, "Only the owner can do this",
        "Only the owner can convert, delete or transfer the account. Ask the owner to do it or to transfer ownership to you.";
    OriginForbidden = "origin-forbidden", 403, "The origin is not allowed to write",
        "A browser sent the request from a page of another origin. Only the origin of the service and origins allowed by the deployment can send writes.";
    SignInMethodDisabled = "sign-in-method-disabled", 403, "This way to sign in is not offered",
        "The deployment does not offer this way to sign in. `GET /v1/sign-in-methods` lists those that it offers.";
    NotFound = "not-found", 404, "The path does not exist",
        "No route has this path. Paths are matched exactly: without repeated or trailing slashes, and without percent-encoding.";
    AccountNotFound = "account-not-found", 404, "The account was not found",
        "The account does not exist, or you are not a member of it.";
    MemberNotFound = "member-not-found", 404, "The member was not found",
        "The account has no member with this user id.";
    InvitationNotFound = "invitation-not-found", 404, "The invitation was not found",
        "The invitation does not exist, or its link is not valid. Open the link exactly as it was sent.";
    RoleNotFound = "role-not-found", 404, "The role was not found",
        "The account has no role with this code.";
    SessionNotFound = "session-not-found", 404, "The session was not found",
        "You have no session with this id. It may have ended.";
    ApiKeyNotFound = "api-key-not-found", 404, "The API key was not found",
        "The account has no API key with this id.";
    PasskeyNotFound = "passkey-not-found", 404, "The passkey was not found",
        "You have no passkey with this id. It may have been removed.";
    TotpNotFound = "totp-not-found", 404, "There is no authenticator app",
        "You have set up no authenticator app, or have not confirmed it yet. Set one up (`POST /v1/totp`), and confirm it with a code (`PUT /v1/totp`).";
    SignInMethodNotFound = "sign-in-method-not-found", 404, "The way to sign in was not found",
        "You have no way to sign in with this id. It may have been removed.";
    ProviderLinkNotFound = "provider-link-not-found", 404, "Nobody waits to be connected",
        "No sign-in at a provider waits in this browser, or ten minutes have passed. Sign in at the provider again.";
    AttributePolicyNotFound = "attribute-policy-not-found", 404, "The attribute policy was not found",
        "The account has no attribute policy; access depends on roles only.";
    VerificationNotFound = "verification-not-found", 404, "The link is not valid",
        "The token of the verification or reset link was not issued by this service. Open the link exactly as it was sent.";
    MethodNotAllowed = "method-not-allowed", 405, "The method is not allowed",
        "The path exists, but not with this method. The `Allow` header lists the allowed methods.";
    OwnerMustStay = "owner-must-stay", 409, "The owner must remain an admin of the account",
        "The owner cannot leave, be removed, or be given another role. Transfer ownership first.";
    AlreadyMember = "already-member", 409, "The person is already a member",
        "The person is already a member of the account.";
    InvitationPending = "invitation-pending", 409, "An invitation for this email is pending",
        "An account has at most one pending invitation per email. Resend the pending invitation, or revoke it first.";
    AccountNotTeam = "account-not-team", 409, "The account is not a team",
        "Only teams have invitations and custom roles and can be transferred. Convert the account to a team first.";
    PasskeyExists = "passkey-exists", 409, "The passkey is already registered",
        "A passkey with this credential id is registered already. Create a new passkey.";
    TotpExists = "totp-exists", 409, "There is an authenticator app already",
        "You have confirmed an authenticator app already. Remove it first (`DELETE /v1/totp`), or keep using it.";
    IdentityTaken = "identity-taken", 409, "The person at the provider is connected with another user",
        "A person at a provider is connected with one user. Remove the provider from the other user first, or sign in at the provider as somebody else.";
    IdentityUnconnected = "identity-unconnected", 409, "No user is connected with this person",
        "The issuer is not authoritative for the address of the person, so that its word neither creates a user nor finds one. Nothing was changed.";
    LastSignInMethod = "last-sign-in-method", 409, "The last way to sign in cannot be removed",
        "You would be left without a way to sign in. Add another one first.";
    Conflict = "conflict", 409, "The request conflicts with concurrent changes",
        "Concurrent changes prevented the change repeatedly. Nothing was changed. Wait for the number of seconds in `Retry-After`, then send the request again.";
    RoleInUse = "role-in-use", 409, "The role is in use",
        "Members or pending invitations have this role. Assign another role to them first.";
    RoleCodeTaken = "role-code-taken", 409, "The role code is already in use",
        "The account has a built-in or custom role with this code. Choose another code.";
    RoleBuiltIn = "role-built-in", 409, "Built-in roles cannot be changed",
        "Built-in roles are defined by the policy for every account. Create a custom role instead.";
    TransferNeedsAdmin = "transfer-needs-admin", 409, "Ownership can only be transferred to an admin",
        "Give the member the admin role first, then transfer ownership.";
    InviterLacksPermission = "inviter-lacks-permission", 409, "The inviter can no longer grant this role",
        "The user who sent the invitation no longer has the permission to invite or a permission of the offered role. Ask for a new invitation.";
    LimitReached = "limit-reached", 409, "A limit of the account was reached",
        "The account has the maximum number of these objects. `detail` names the limit.";
    VerificationElsewhere = "verification-elsewhere", 409, "The sign-up was started in another browser",
        "The password of the sign-up may have been chosen by another person. Send the token again with a `password` of your choice. Nothing was changed, and the link is still valid.";
    InvitationExpired = "invitation-expired", 410, "The invitation has expired",
        "Ask the inviter to send the invitation again.";
    InvitationRevoked = "invitation-revoked", 410, "The invitation is no longer valid",
        "The invitation was revoked, or sent again with a newer link. Look for a newer mail, or ask for a new invitation.";
    InvitationUsed = "invitation-used", 410, "The invitation was already answered",
        "An invitation can be accepted or declined once. (For an admin who tries to change an answered invitation, the status is 409.)";
    VerificationOver = "verification-over", 410, "The verification link is no longer valid",
        "The link was used, was replaced by a newer one, or is older than 24 hours. Sign in, or sign up again.";
    ResetOver = "reset-over", 410, "The reset link is no longer valid",
        "The link was used, was replaced by a newer one, or is older than 30 minutes. Request a new one.";
    PreconditionFailed = "precondition-failed", 412, "The resource has changed",
        "`If-Match` names a version other than the stored one. Read the resource again and repeat the change if it still applies.";
    BodyTooLarge = "body-too-large", 413, "The body is too large",
        "The maximum size of a body is 65,536 bytes. For requests through the gateway, `detail` names the limit.";
    MediaTypeUnsupported = "media-type-unsupported", 415, "The body must be JSON",
        "Send the body with `Content-Type: application/json`, in UTF-8 and without compression (no `Content-Encoding`).";
    FieldsInvalid = "fields-invalid", 422, "Some fields are not valid",
        "`errors` lists every invalid field with a JSON pointer (or `?name` for a query parameter), a code and a description.";
    IdempotencyKeyReused = "idempotency-key-reused", 422, "The idempotency key was used for another request",
        "The same `Idempotency-Key` was sent before with another method, path or body. Use a new key for a new request.";
    RateLimited = "rate-limited", 429, "Too many requests",
        "Wait for the number of seconds in `Retry-After`, then send the request again.";
    TooManySignIns = "too-many-sign-ins", 429, "Too many concurrent sign-ins",
        "The maximum number of requests that compute a password hash (sign-in, sign-up, new password) are in progress. Nothing was changed. Wait for the number of seconds in `Retry-After`, then send the request again.";
    TooManyMails = "too-many-mails", 429, "Too many invitation mails",
        "The maximum number of invitation mails to this address, from this team, or from you was reached. Nothing was changed. Wait for the number of seconds in `Retry-After`, then send the request again. Meanwhile, the link of a pending invitation can be copied.";
    TooManyChanges = "too-many-changes", 429, "Too many changes",
        "The maximum number of changes in this account or by you was reached; `detail` names the limit. Nothing was changed. Wait for the number of seconds in `Retry-After`, then send the request again.";
    Internal = "internal", 500, "An internal error occurred",
        "The error was logged under the request id in `instance`. A change may or may not have been made; it is safe to send the request again with the same `Idempotency-Key`.";
    UpstreamFailed = "upstream-failed", 502, "The API behind the gateway failed",
        "The request was authorised and forwarded, but no response was received. It may or may not have been processed.";
    UpstreamUnavailable = "upstream-unavailable", 503, "No API is configured behind the gateway",
        "The request was authorised, but the deployment has neither a service binding `UPSTREAM` nor an `UPSTREAM_URL`.";
    IssuerUnavailable = "issuer-unavailable", 503, "The issuer does not respond",
        "The keys of the issuer of the token cannot be read. Wait for the number of seconds in `Retry-After`, then send the request again. Nothing was changed.";
    StoreUnavailable = "store-unavailable", 503, "The database is not available",
        "Wait for the number of seconds in `Retry-After`, then send the request again. A change may or may not have been made; it is safe to send the request again with the same `Idempotency-Key`.";
    UpstreamTimeout = "upstream-timeout", 504, "The API behind the gateway timed out",
        "The request was authorised and forwarded, but no response started in time. It may or may not have been processed.";
}

impl ProblemCode {
    /// Parses a code.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text)
    }

    /// Returns the code of a denial.
    pub const fn of(denial: &Denial) -> Self {
        match denial {
            Denial::SessionMissing => Self::SessionMissing,
            Denial::SessionExpired => Self::SessionExpired,
            Denial::ApiKeyInvalid => Self::ApiKeyInvalid,
            Denial::TokenInvalid => Self::TokenInvalid,
            Denial::ReauthenticationRequired { .. } => Self::ReauthenticationRequired,
            Denial::SecondFactorRequired(_) => Self::SecondFactorRequired,
            Denial::SecondFactorExpired => Self::SecondFactorExpired,
            Denial::TotpExists => Self::TotpExists,
            Denial::TotpNotFound => Self::TotpNotFound,
            Denial::CredentialsInvalid => Self::CredentialsInvalid,
            Denial::CodeInvalid => Self::CodeInvalid,
            Denial::PasskeyInvalid { .. } => Self::PasskeyInvalid,
            Denial::PasskeyNotFound => Self::PasskeyNotFound,
            Denial::PasskeyExists => Self::PasskeyExists,
            Denial::IdentityTaken => Self::IdentityTaken,
            Denial::IdentityUnconnected => Self::IdentityUnconnected,
            Denial::ProviderLinkNotFound => Self::ProviderLinkNotFound,
            Denial::IssuerTokenInvalid => Self::IssuerTokenInvalid,
            Denial::SignInMethodNotFound => Self::SignInMethodNotFound,
            Denial::SignInMethodDisabled => Self::SignInMethodDisabled,
            Denial::LastSignInMethod => Self::LastSignInMethod,
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

impl fmt::Display for ProblemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl core::error::Error for ProblemCode {}

/// `Retry-After` in seconds if the database or the upstream is not available.
const RETRY_SECONDS: u64 = 5;
/// `Retry-After` in seconds after a conflict with concurrent changes.
const CONFLICT_RETRY_SECONDS: u64 = 1;

/// Occurrence of a problem.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    code: ProblemCode,
    status: u16,
    detail: String,
    errors: Vec<FieldError>,
    denial: Option<MissingPermission>,
    methods: Option<Vec<&'static str>>,
    retry_after: Option<u64>,
}

impl Problem {
    /// Creates a problem whose `detail` is the explanation of its code.
    pub fn new(code: ProblemCode) -> Self {
        let retry_after = match code {
            ProblemCode::StoreUnavailable | ProblemCode::UpstreamUnavailable | ProblemCode::IssuerUnavailable => Some(RETRY_SECONDS),
            ProblemCode::Conflict => Some(CONFLICT_RETRY_SECONDS),
            _ => None,
        };
        Problem {
            code,
            status: code.status(),
            detail: code.explanation().to_owned(),
            errors: Vec::new(),
            denial: None,
            methods: None,
            retry_after,
        }
    }

    /// Sets `detail`, which is sent to the caller.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// Creates a `fields-invalid` problem.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        Problem::with_field_errors(ProblemCode::FieldsInvalid, errors)
    }

    /// Creates a problem with field errors and the given code.
    pub fn with_field_errors(code: ProblemCode, errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [one] => one.detail.clone(),
            many => format!("{} fields are not valid.", many.len()),
        };
        Problem { errors, ..Problem::new(code).detail(detail) }
    }

    /// Creates a `rate-limited` problem with `Retry-After` in seconds.
    pub fn slow_down(seconds: u64) -> Self {
        let problem = Problem::new(ProblemCode::RateLimited).detail(format!("Wait {seconds} seconds, then send the request again."));
        Problem { retry_after: Some(seconds), ..problem }
    }

    /// Returns the code.
    pub fn code(&self) -> ProblemCode {
        self.code
    }

    /// Returns the HTTP status of this occurrence.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Returns the value of the `Retry-After` header in seconds.
    pub fn retry_after(&self) -> Option<u64> {
        self.retry_after
    }

    /// Builds the `application/problem+json` document. `origin` is the origin of the service, `request_id` a UUID.
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
            if let Some(methods) = &self.methods {
                members.insert("methods".to_owned(), methods.iter().copied().collect());
            }
        }
        document
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

impl core::error::Error for Problem {}

impl From<Denial> for Problem {
    fn from(denial: Denial) -> Self {
        let problem = Problem::new(ProblemCode::of(&denial));
        match denial {
            Denial::TooManyAttempts { retry_after } => Problem::slow_down(retry_after),
            Denial::TooManyChanges { what, retry_after } => {
                let problem =
                    problem.detail(format!("There were too many changes {what}. Wait {retry_after} seconds, then send the request again."));
                Problem { retry_after: Some(retry_after), ..problem }
            }
            Denial::TooManySignIns { retry_after } | Denial::TooManyMails { retry_after } => {
                Problem { retry_after: Some(retry_after), ..problem }
            }
            Denial::PermissionMissing(refusal) => {
                let detail = match refusal.role.as_str() {
                    API_KEY_ROLE => format!(
                        "The API key does not have the permission `{}`, or is limited to other resources. Use a key that has it.",
                        refusal.permission
                    ),
                    role => format!("The role `{role}` does not grant the permission `{}`.", refusal.permission),
                };
                Problem { denial: Some(refusal), ..problem.detail(detail) }
            }
            Denial::PermissionEscalation(refusal) => {
                let detail = format!(
                    "The change would grant the permission `{}`, which your role `{}` does not grant.",
                    refusal.permission, refusal.role
                );
                Problem { denial: Some(refusal), ..problem.detail(detail) }
            }
            Denial::LimitReached(what) => problem.detail(format!("The account has the maximum number of {what}.")),
            Denial::ReauthenticationRequired { methods } => {
                Problem { methods: Some(methods.into_iter().map(IdentityKind::as_str).collect()), ..problem }
            }
            Denial::SecondFactorRequired(pending) => {
                Problem { methods: Some(pending.usable.iter().map(|factor| factor.as_str()).collect()), ..problem }
            }
            // For the invited person the invitation is gone (410); for an admin its state conflicts with the change (409).
            Denial::InvitationAlreadyUsed => Problem { status: ProblemCode::Conflict.status(), ..problem },
            _ => problem,
        }
    }
}

#[cfg(test)]
mod tests;
