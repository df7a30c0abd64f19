//! What a decision has read and relies on.
//!
//! INVARIANT (facts-hold): a change commits only if every fact that its decision read still holds.
//! The view notes facts as they are read; `store` knows each as one constant SQL condition that stands
//! before the effects of the same batch.

use crate::domain::account::AccountKind;
use crate::domain::email::Email;
use crate::domain::id::{AccountId, ApiKeyId, InvitationId, ResetId, SessionId, SignupId, UserId};
use crate::domain::invitation::InvitationState;
use crate::domain::role::RoleCode;
use crate::domain::stored_secret::PasswordHash;
use crate::domain::time::Timestamp;

/// One thing that was so when a decision was made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Precondition {
    /// The session has not ended.
    SessionLive(SessionId),
    /// The account has this kind and owner.
    AccountIs(AccountId, AccountKind, UserId),
    /// The account has not changed at all since this version.
    AccountVersionIs(AccountId, i64),
    /// The user has this role in the account, or is no member.
    MemberHasRole(AccountId, UserId, Option<RoleCode>),
    /// The custom role grants these permission codes, or does not exist.
    RoleGrants(AccountId, RoleCode, Option<Vec<String>>),
    /// No member and no invitation that waits at this time has the role.
    RoleUnused(AccountId, RoleCode, Timestamp),
    /// The account has fewer members than its cap.
    MembersBelowCap(AccountId),
    /// Fewer invitations are stored as pending than the account's cap, or one of them has expired at this time.
    PendingInvitationsBelowCap(AccountId, Timestamp),
    /// Fewer custom roles exist than the account's cap.
    CustomRolesBelowCap(AccountId),
    /// Fewer API keys are not revoked than the account's cap, or one of them has expired at this time.
    ApiKeysBelowCap(AccountId, Timestamp),
    /// These are all the keys of the account that the user made and that are live at this time.
    KeysMadeByAre(AccountId, UserId, Timestamp, Vec<ApiKeyId>),
    /// The invitation is in this stored state, and its link has this version.
    InvitationIs(InvitationId, InvitationState, u32),
    /// This invitation, or none, is stored as pending for that email in the account.
    PendingInvitationIs(AccountId, Email, Option<InvitationId>),
    /// Whoever has this email is a member of the account, or is not.
    EmailIsMember(AccountId, Email, bool),
    /// Since this time fewer invitation mails were written to the address, and fewer invitations sent by the account, than may
    /// be; and fewer by this user in this hour of the clock.
    InvitationMailsBelow(AccountId, Email, Timestamp, UserId, i64),
    /// In this hour of the clock fewer changes than this were made in the account, and fewer by the user, if there is one, than may be.
    ChangesBelow(AccountId, i64, Option<UserId>, i64),
    /// On this day the user made fewer teams than one may.
    TeamsBelow(UserId, i64),
    /// Since this time fewer sign-ups were asked for with the email than get a mail.
    SignupsBelow(Email, Timestamp),
    /// Since this time fewer resets were asked for with the email than get a mail.
    ResetsBelow(Email, Timestamp),
    /// No more sign-ins have failed in the scope than this.
    FailuresAtMost(String, u32),
    /// The email belongs to this user, or to nobody.
    EmailIs(Email, Option<UserId>),
    /// The user owns an account besides this one, or does not.
    OwnsAnother(UserId, AccountId, bool),
    /// The sign-up is open.
    SignupOpen(SignupId),
    /// The password reset is open.
    ResetOpen(ResetId),
    /// The user's password is still this one.
    PasswordIs(UserId, PasswordHash),
    /// The API key is revoked, or is not.
    ApiKeyRevoked(ApiKeyId, bool),
    /// The account's attribute policy is at this revision, or there is none.
    AttributePolicyIs(AccountId, Option<i64>),
}
