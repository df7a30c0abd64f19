//! What a decision wants done: effects, events of the audit log, and the facts that must still hold.

use crate::domain::account::{Account, AccountKind, Membership};
use crate::domain::api_key::ApiKey;
use crate::domain::attribute_policy::AttributePolicy;
use crate::domain::email::Email;
use crate::domain::id::{AccountId, ApiKeyId, InvitationId, ResetId, SessionId, UserId};
use crate::domain::invitation::{Invitation, InvitationState};
use crate::domain::mail::Mail;
use crate::domain::name::Name;
use crate::domain::role::{CustomRole, RoleCode};
use crate::domain::session::{Reset, Session, Signup};
use crate::domain::stored_secret::PasswordHash;
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::transaction::audit_event::NewEvent;
use crate::transaction::precondition::Precondition;

/// One write, known to `store` as constant SQL. They run in the order given.
#[derive(Clone, PartialEq, Debug)]
pub enum Effect {
    /// A new account; its owner's membership must follow in the same change.
    InsertAccount(Account),
    /// A new member.
    InsertMember(Membership),
    /// A new user, whose active account must be among the memberships at the end of the change.
    InsertUser(User, PasswordHash),
    /// Another shown name.
    RenameAccount(AccountId, Name),
    /// Personal to team or back.
    SetAccountKind(AccountId, AccountKind),
    /// Another owner, who is an admin already.
    SetAccountOwner(AccountId, UserId),
    /// Ends every membership but the owner's, revokes pending invitations and foreign API keys, drops custom roles.
    EmptyTeam(AccountId, UserId, Timestamp),
    /// Another role for a member.
    SetMemberRole(AccountId, UserId, RoleCode),
    /// Ends a membership, and with it the keys that the member made; an active account falls back to one of the user's own.
    DeleteMember(AccountId, UserId, Timestamp),
    /// Another shown name.
    RenameUser(UserId, Name),
    /// The account the user acts in.
    SetActiveAccount(UserId, AccountId),
    /// A new invitation.
    InsertInvitation(Invitation),
    /// The invitation's end.
    CloseInvitation(InvitationId, InvitationState, Option<UserId>, Timestamp),
    /// A new link version and end of life, and who vouches for it.
    RenewInvitation(InvitationId, u32, Option<Timestamp>, UserId),
    /// Ends the invitations to a role that expired before this time.
    CloseExpired(AccountId, RoleCode, Timestamp),
    /// Ends the invitation of an account that expired before all others, if one has at this time.
    EndExpiredInvitation(AccountId, Timestamp),
    /// A new custom role.
    InsertRole(CustomRole),
    /// Another title or other permissions.
    UpdateRole(CustomRole),
    /// The role's end.
    DeleteRole(AccountId, RoleCode),
    /// Somebody signed in.
    InsertSession(Session),
    /// The session's end.
    EndSession(SessionId),
    /// The end of all sessions of a user but one.
    EndSessions(UserId, Option<SessionId>),
    /// A sign-up that waits.
    InsertSignup(Signup),
    /// Closes every sign-up for an email, with what they would have created.
    CloseSignups(Email),
    /// A password reset that waits.
    InsertReset(Reset),
    /// Closes every password reset of an email.
    CloseResets(Email),
    /// Marks the reset as the one that was used.
    UseReset(ResetId),
    /// Another password.
    SetPassword(UserId, PasswordHash),
    /// One failed sign-in more in a scope.
    CountFailure(String, Timestamp),
    /// No failed sign-ins any more in a scope.
    ClearFailures(String),
    /// A new API key.
    InsertApiKey(ApiKey),
    /// The key's end.
    RevokeApiKey(ApiKeyId, Timestamp),
    /// Ends the key of an account that expired before all others, if one has at this time.
    EndExpiredApiKey(AccountId, Timestamp),
    /// A first or another attribute policy.
    PutAttributePolicy(AttributePolicy),
    /// No attribute policy any more.
    DropAttributePolicy(AccountId),
    /// A mail into the outbox.
    InsertMail(Mail),
    /// A mail into the outbox if its address is a user's: as much work for one that is nobody's.
    InsertMailToUser(Mail),
}

impl Effect {
    /// The account in which somebody may hold less afterwards. In doubt it is named: that costs its tokens a look at the
    /// database. What only people who are signed in hold, and what keys hold, is read with each request and not named here.
    pub fn revokes_rights_in(&self) -> Option<AccountId> {
        match self {
            Effect::SetAccountKind(account, _)
            | Effect::SetAccountOwner(account, _)
            | Effect::EmptyTeam(account, ..)
            | Effect::SetMemberRole(account, ..)
            | Effect::DeleteMember(account, ..)
            | Effect::DeleteRole(account, _) => Some(*account),
            Effect::UpdateRole(role) => Some(role.account),
            Effect::InsertAccount(_)
            | Effect::InsertMember(_)
            | Effect::InsertUser(..)
            | Effect::RenameAccount(..)
            | Effect::RenameUser(..)
            | Effect::SetActiveAccount(..)
            | Effect::InsertInvitation(_)
            | Effect::CloseInvitation(..)
            | Effect::RenewInvitation(..)
            | Effect::CloseExpired(..)
            | Effect::EndExpiredInvitation(..)
            | Effect::InsertRole(_)
            | Effect::InsertSession(_)
            | Effect::EndSession(_)
            | Effect::EndSessions(..)
            | Effect::InsertSignup(_)
            | Effect::CloseSignups(_)
            | Effect::InsertReset(_)
            | Effect::CloseResets(_)
            | Effect::UseReset(_)
            | Effect::SetPassword(..)
            | Effect::CountFailure(..)
            | Effect::ClearFailures(_)
            | Effect::InsertApiKey(_)
            | Effect::RevokeApiKey(..)
            | Effect::EndExpiredApiKey(..)
            | Effect::PutAttributePolicy(_)
            | Effect::DropAttributePolicy(_)
            | Effect::InsertMail(_)
            | Effect::InsertMailToUser(_) => None,
        }
    }
}

/// A decided change, whole: it happens entirely or not at all.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ChangeSet {
    /// Must still hold when it commits.
    pub preconditions: Vec<Precondition>,
    /// In this order.
    pub effects: Vec<Effect>,
    /// One per account and thing done; each raises its account's version.
    pub events: Vec<NewEvent>,
}

impl ChangeSet {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.effects.is_empty() && self.events.is_empty()
    }

    /// Whether somebody may hold less in the account afterwards: tokens from before must not open it by themselves.
    pub fn revokes_rights_in(&self, account: AccountId) -> bool {
        self.effects.iter().any(|effect| effect.revokes_rights_in() == Some(account))
    }
}

/// A decision's outcome: what to write, and the answer that holds once it is written.
#[derive(Clone, PartialEq, Debug)]
pub struct Decision<T> {
    /// To be committed.
    pub change: ChangeSet,
    /// For the caller.
    pub output: T,
}
