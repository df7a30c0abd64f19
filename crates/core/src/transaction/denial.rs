//! Reasons for which a rule refuses a command.
//!
//! A `Denial` is an expected result, not an error of the program. Its HTTP status and text are in the problem registry (`wire::problem`).

/// A permission that was needed and not held, and who could help.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// The permission's code.
    pub permission: String,
    /// The caller's role code in the account.
    pub role: String,
    /// Codes of the roles that would allow it, built-in first.
    pub granted_by: Vec<String>,
}

/// Why the answer is no. Every variant has one problem code in `wire`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Denial {
    /// Nobody is signed in.
    SessionMissing,
    /// The session has ended or was idle for too long.
    SessionExpired,
    /// No such API key, or it was revoked or has expired.
    ApiKeyInvalid,
    /// The permission token is not one that counts here and now.
    TokenInvalid,
    /// Email and password do not match; says nothing about which.
    CredentialsInvalid,
    /// Email and password do not match, or the password was chosen before the database was restored; says nothing about which.
    CredentialsOutdated,
    /// Too many attempts; seconds until the next may be made.
    TooManyAttempts {
        /// Whole seconds to wait.
        retry_after: u64,
    },
    /// As many requests wait for a password hash as may; seconds until one may be sent again.
    TooManySignIns {
        /// Whole seconds to wait.
        retry_after: u64,
    },
    /// Too many mails to one address, or from one team; seconds until the next may be sent.
    TooManyMails {
        /// Whole seconds to wait.
        retry_after: u64,
    },
    /// More changes than any honest caller makes in a while.
    TooManyChanges {
        /// Where or by whom, and in which while.
        what: &'static str,
        /// Whole seconds to wait.
        retry_after: u64,
    },
    /// The caller is a member and lacks the permission.
    PermissionMissing(Refusal),
    /// The caller would grant what they do not hold (no-escalation).
    PermissionEscalation(Refusal),
    /// Only the account's owner may do this.
    OwnerOnly,
    /// The invitation is for another email.
    InvitationEmailMismatch,
    /// No such account, or not the caller's to know.
    AccountNotFound,
    /// No such member of the account.
    MemberNotFound,
    /// No such invitation, or a forged link.
    InvitationNotFound,
    /// No such role in the account.
    RoleNotFound,
    /// No such session of the caller.
    SessionNotFound,
    /// No such API key of the account.
    ApiKeyNotFound,
    /// The account has no attribute policy.
    AttributePolicyNotFound,
    /// A forged verification or reset link.
    VerificationNotFound,
    /// The owner cannot leave, be removed or be demoted (owner-is-admin).
    OwnerMustStay,
    /// The person is a member already.
    AlreadyMember,
    /// An invitation for that email is pending already.
    InvitationPending,
    /// The account is a personal one.
    AccountNotTeam,
    /// Ownership can only go to an admin of the team.
    TransferNeedsAdmin,
    /// A member or a pending invitation has this role.
    RoleInUse,
    /// The role's code is taken.
    RoleCodeTaken,
    /// Built-in roles cannot be changed.
    RoleBuiltIn,
    /// Who invited may no longer grant what the invitation grants.
    InviterLacksPermission,
    /// A cap of the account is reached; names it.
    LimitReached(&'static str),
    /// The invitation has expired.
    InvitationExpired,
    /// The invitation was revoked, or this link was replaced.
    InvitationRevoked,
    /// The invitation was accepted or declined before (single-use).
    InvitationUsed,
    /// The invitation that an admin wants to change was answered before: the same code as above, as a conflict.
    InvitationAlreadyUsed,
    /// The verification link was used, replaced or has expired.
    VerificationOver,
    /// The sign-up was asked for in another browser: its password is not known to be this person's.
    VerificationElsewhere,
    /// The reset link was used, replaced or has expired.
    ResetOver,
    /// `If-Match` names another version than the stored one.
    PreconditionFailed,
    /// The idempotency key came with another request before.
    IdempotencyKeyReused,
    /// Others changed the same things again and again; nothing was done.
    Conflict,
}
