//! Preconditions: the state that a decision read and depends on.
//!
//! INVARIANT (preconditions-hold): a change commits only if every precondition that its decision recorded is still true.
//! The tracked snapshot records a precondition with each read. `store` has one constant SQL condition for each variant and checks
//! it before the effects, in the same transaction (optimistic concurrency control).

use super::fact::{Fact, FactValue};
use crate::domain::account::AccountKind;
use crate::domain::email::Email;
use crate::domain::id::{AccountId, ApiKeyId, EmailCodeId, IdentityId, InvitationId, ResetId, SessionId, SignupId, UserId};
use crate::domain::invitation::InvitationState;
use crate::domain::role::RoleCode;
use crate::domain::secret_hashes::{PasswordHash, SecretHash};
use crate::domain::time::Timestamp;

/// A condition on the stored state that was true when a decision was made and must still be true at commit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Precondition {
    /// The fact still has this value.
    FactIs(Fact, FactValue),
    /// The session exists, which means that it has not been ended.
    SessionLive(SessionId),
    /// The session still has this token: no other authentication gave it a new one.
    SessionTokenIs(SessionId, SecretHash),
    /// The account has this kind and owner.
    AccountIs(AccountId, AccountKind, UserId),
    /// The account is still at this stored version.
    AccountVersionIs(AccountId, i64),
    /// The user has this role in the account; `None`: the user is not a member.
    MemberHasRole(AccountId, UserId, Option<RoleCode>),
    /// The custom role grants exactly these permission codes, in this order; `None`: the role does not exist.
    RoleGrants(AccountId, RoleCode, Option<Vec<String>>),
    /// The account has fewer members than the cap.
    MembersBelowCap(AccountId),
    /// Fewer invitations than the account's cap are stored as pending, or one of them has expired by this time and can be closed.
    PendingInvitationsBelowCap(AccountId, Timestamp),
    /// The account has fewer custom roles than the cap.
    CustomRolesBelowCap(AccountId),
    /// The account has fewer unrevoked API keys than the cap, or one of them has expired by this time and can be revoked.
    ApiKeysBelowCap(AccountId, Timestamp),
    /// The invitation has this stored state and this link version.
    InvitationIs(InvitationId, InvitationState, u32),
    /// The invitation mail quotas are not used up: per address and per account since the given time, and per inviting user in the
    /// given clock hour (hours since the Unix epoch).
    InvitationMailsBelow(AccountId, Email, Timestamp, UserId, i64),
    /// The change quotas are not used up in the given clock hour (hours since the Unix epoch): of the account, whose maximum is the
    /// last value, and of the user if there is one.
    ChangesBelow(AccountId, i64, Option<UserId>, i64),
    /// The user's quota of new teams is not used up on the given day (days since the Unix epoch).
    TeamsBelow(UserId, i64),
    /// Fewer sign-ups than the mail quota were requested for the email since this time.
    SignupsBelow(Email, Timestamp),
    /// Fewer password resets than the mail quota were requested for the email since this time.
    ResetsBelow(Email, Timestamp),
    /// Fewer codes than the mail quotas were requested for the email: from this network since the first time, and from all networks
    /// since the second.
    EmailCodesBelow(Email, String, Timestamp, Timestamp),
    /// The code is open, after this number of wrong ones.
    EmailCodeIs(EmailCodeId, u32),
    /// At most this many failed sign-ins are counted in the scope.
    FailuresAtMost(String, u32),
    /// The email belongs to this user; `None`: to no user.
    EmailIs(Email, Option<UserId>),
    /// The sign-up can still be completed.
    SignupOpen(SignupId),
    /// The password reset can still be completed.
    ResetOpen(ResetId),
    /// The password hash of the user with this email; `None`: no user with this email has a password.
    PasswordIs(Email, Option<PasswordHash>),
    /// The passkey of the user exists with this signature counter.
    PasskeyCountIs(UserId, IdentityId, u32),
    /// The user has fewer passkeys than the cap.
    PasskeysBelowCap(UserId),
    /// The authenticator app of the user exists with this last accepted step.
    TotpStepIs(UserId, IdentityId, Option<i64>),
    /// The recovery codes of the user exist, so many of them unused. A set only becomes smaller, so that its size says what it has.
    RecoveryCodesLeft(UserId, IdentityId, u32),
    /// The user can sign in by something else than this identity in the present restore epoch.
    OtherSignInMethod(UserId, IdentityId),
    /// Whether the API key, which must exist, is revoked.
    ApiKeyRevoked(ApiKeyId, bool),
    /// The account's attribute policy is at this revision; `None`: the account has no attribute policy.
    AttributePolicyIs(AccountId, Option<i64>),
}
