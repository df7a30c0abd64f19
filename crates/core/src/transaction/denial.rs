//! Denials: expected results by which a decision refuses a command.
//!
//! The HTTP status and the text of each are in the problem registry (`wire::problem`).

use crate::credential::pending_sign_in::PendingSignIn;
use crate::domain::id::IdentityId;
use crate::domain::identity::IdentityKind;

/// A missing permission, with the roles that grant it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MissingPermission {
    /// Code of the permission.
    pub permission: String,
    /// Role code of the caller in the account.
    pub role: String,
    /// Codes of the roles that grant the permission, built-in roles first.
    pub granted_by: Vec<String>,
}

/// Reason of a denial. Every variant has one problem code in `wire`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Denial {
    /// The request has no session.
    SessionMissing,
    /// The session has ended or was idle for too long.
    SessionExpired,
    /// No such API key, or it was revoked or has expired.
    ApiKeyInvalid,
    /// The permission token is invalid, expired or of another deployment.
    TokenInvalid,
    /// The session's authentication is too old for what was asked.
    ReauthenticationRequired {
        /// Ways in which the user can prove who they are.
        methods: Vec<IdentityKind>,
    },
    /// The first factor is proven, and the user has a second one.
    SecondFactorRequired(Box<PendingSignIn>),
    /// No sign-in waits for its second factor in this browser, or it is void.
    SecondFactorExpired,
    /// The user has confirmed an authenticator app already.
    TotpExists,
    /// The user has no authenticator app.
    TotpNotFound,
    /// A one-time code is wrong, or no longer valid.
    CodeInvalid,
    /// A passkey that is unknown or does not verify, without telling which.
    PasskeyInvalid {
        /// The passkey, if all but its signature counter was right: the key may exist in a second authenticator. For the log only.
        suspected_clone: Option<IdentityId>,
    },
    /// No such passkey of the caller.
    PasskeyNotFound,
    /// A passkey with this credential id exists.
    PasskeyExists,
    /// The person at the issuer is another user's identity.
    IdentityTaken,
    /// No user is connected with the person at the issuer, and the issuer's word proves no mailbox.
    IdentityUnconnected,
    /// No sign-in at a provider waits to be connected with a user in this browser.
    ProviderLinkNotFound,
    /// A token of a trusted issuer that is not valid, or was used before, without telling which.
    IssuerTokenInvalid,
    /// No such sign-in method of the caller.
    SignInMethodNotFound,
    /// The deployment does not offer this way to sign in.
    SignInMethodDisabled,
    /// The user would be left without a way to sign in.
    LastSignInMethod,
    /// Email and password do not match, without telling which is wrong.
    CredentialsInvalid,
    /// Email and password do not match, or the password was chosen before a restore of the database, without telling which.
    CredentialsOutdated,
    /// Too many failed sign-ins.
    TooManyAttempts {
        /// Whole seconds to wait.
        retry_after: u64,
    },
    /// The queue of password hashes is full.
    TooManySignIns {
        /// Whole seconds to wait.
        retry_after: u64,
    },
    /// A limit of mails is reached: to one address, from one account or by one user.
    TooManyMails {
        /// Whole seconds to wait.
        retry_after: u64,
    },
    /// A quota of changes is used up.
    TooManyChanges {
        /// The quota, for the text of the problem.
        what: &'static str,
        /// Whole seconds to wait.
        retry_after: u64,
    },
    /// The caller is a member and lacks the permission.
    PermissionMissing(MissingPermission),
    /// The caller would grant a permission that they do not hold (no-escalation).
    PermissionEscalation(MissingPermission),
    /// The command is reserved for the owner of the account.
    OwnerOnly,
    /// The invitation is for another email.
    InvitationEmailMismatch,
    /// No such account, or the caller is no member of it.
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
    /// The user is a member already.
    AlreadyMember,
    /// An invitation for that email is pending already.
    InvitationPending,
    /// The account is a personal one.
    AccountNotTeam,
    /// The new owner is no admin of the team.
    TransferNeedsAdmin,
    /// A member or a pending invitation has this role.
    RoleInUse,
    /// The role's code is taken.
    RoleCodeTaken,
    /// Built-in roles cannot be changed.
    RoleBuiltIn,
    /// The inviter may no longer grant the role of the invitation.
    InviterLacksPermission,
    /// A cap of the account is reached: of these objects.
    LimitReached(&'static str),
    /// The invitation has expired.
    InvitationExpired,
    /// The invitation was revoked, or this link was replaced.
    InvitationRevoked,
    /// The invitation was accepted or declined before (single-use).
    InvitationUsed,
    /// The invitation that a member wants to change was accepted or declined before: the same problem code as
    /// [`Denial::InvitationUsed`], with the status of a conflict.
    InvitationAlreadyUsed,
    /// The verification link was used, replaced or has expired.
    VerificationOver,
    /// The sign-up was made in another browser, so that a new password is needed.
    VerificationElsewhere,
    /// The reset link was used, replaced or has expired.
    ResetOver,
    /// `If-Match` names another version than the stored one.
    PreconditionFailed,
    /// The idempotency key was used with another request.
    IdempotencyKeyReused,
    /// Concurrent changes invalidated the decision repeatedly; nothing was changed.
    Conflict,
}
