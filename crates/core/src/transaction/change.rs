//! Changes: the effects, the audit events and the preconditions that a decision returns.

use crate::domain::account::{Account, AccountChange, Membership};
use crate::domain::api_key::ApiKey;
use crate::domain::attribute_policy::AttributePolicy;
use crate::domain::email::Email;
use crate::domain::email_code::EmailCode;
use crate::domain::id::{AccountId, ApiKeyId, EmailCodeId, IdentityId, InvitationId, ResetId, SessionId, UserId};
use crate::domain::identity::{Identity, IdentityKind};
use crate::domain::invitation::{Invitation, InvitationState};
use crate::domain::mail::Mail;
use crate::domain::name::Name;
use crate::domain::passkey::{ChallengeId, Passkey, PasskeyUse};
use crate::domain::provider_identity::ProviderIdentity;
use crate::domain::role::{CustomRole, RoleCode};
use crate::domain::second_factor::{RecoveryCodes, Totp, TotpUse};
use crate::domain::secret_hashes::SecretHash;
use crate::domain::session::{PasswordReset, Session, Signup};
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::transaction::audit_event::NewEvent;
use crate::transaction::precondition::Precondition;

/// One write. `store` has one constant SQL statement for each variant, and runs them in the order of the change.
#[derive(Clone, PartialEq, Debug)]
pub enum Effect {
    /// Inserts an account; the membership of its owner must follow in the same change.
    InsertAccount(Account),
    /// Inserts a membership.
    InsertMember(Membership),
    /// Inserts a user, whose active account must be among the memberships at the end of the change.
    InsertUser(User),
    /// Sets a field of an account.
    UpdateAccount(AccountId, AccountChange),
    /// Deletes every membership but the owner's, revokes pending invitations and other members' API keys, deletes custom roles.
    EmptyTeam(AccountId, UserId, Timestamp),
    /// Sets the role of a member.
    SetMemberRole(AccountId, UserId, RoleCode),
    /// Deletes a membership, revokes the API keys that the member created, and resets the user's active account to one of
    /// their own.
    DeleteMember(AccountId, UserId, Timestamp),
    /// Sets the display name of a user.
    RenameUser(UserId, Name),
    /// Sets the active account of a user.
    SetActiveAccount(UserId, AccountId),
    /// Inserts an invitation.
    InsertInvitation(Invitation),
    /// Ends an invitation with a final state, the user who accepted or declined, and the time.
    CloseInvitation(InvitationId, InvitationState, Option<UserId>, Timestamp),
    /// Sets the link version, the end of the lifetime and the inviter of an invitation.
    RenewInvitation(InvitationId, u32, Option<Timestamp>, UserId),
    /// Ends the invitations to a role that had expired at this time.
    CloseExpired(AccountId, RoleCode, Timestamp),
    /// Ends the invitation of an account that expired first, if any had expired at this time.
    EndExpiredInvitation(AccountId, Timestamp),
    /// Inserts a custom role.
    InsertRole(CustomRole),
    /// Sets the title and the permissions of a custom role.
    UpdateRole(CustomRole),
    /// Deletes a custom role.
    DeleteRole(AccountId, RoleCode),
    /// Inserts a session.
    InsertSession(Session),
    /// Sets the token, the authentication and the last use of a session.
    RenewSession(Session),
    /// Deletes a session.
    EndSession(SessionId),
    /// Deletes all sessions of a user but one.
    EndSessions(UserId, Option<SessionId>),
    /// Inserts a sign-up.
    InsertSignup(Signup),
    /// Closes every sign-up of an email and clears its data.
    CloseSignups(Email),
    /// Inserts a password reset.
    InsertReset(PasswordReset),
    /// Closes every password reset of an email.
    CloseResets(Email),
    /// Marks a reset as used.
    UseReset(ResetId),
    /// Closes the open codes of an email and a browser.
    CloseEmailCodes(Email, SecretHash),
    /// Inserts a one-time code.
    InsertEmailCode(EmailCode),
    /// Counts a wrong code; the last try closes it.
    CountEmailCodeTry(EmailCodeId),
    /// Marks a one-time code as used.
    UseEmailCode(EmailCodeId),
    /// Sets what proves a user's identity: replaces the proof of their identity of this kind, or inserts the identity.
    SetIdentity(Identity),
    /// Records the last use of the identities of a kind.
    UseIdentity(UserId, IdentityKind, Timestamp),
    /// Inserts a passkey.
    InsertPasskey(Passkey),
    /// Sets the label of a passkey.
    RenamePasskey(UserId, IdentityId, Name),
    /// Records the use of a passkey, with its new counter and backup state.
    UsePasskey(PasskeyUse),
    /// Inserts the identity of a user at an issuer.
    InsertProviderIdentity(ProviderIdentity),
    /// Makes the identity of a user at an issuer valid in the present restore epoch again.
    ReconnectProvider(UserId, IdentityId),
    /// Records the use of the identity of a user at an issuer, with the address that the issuer told.
    UseProvider(UserId, IdentityId, Option<Email>, Timestamp),
    /// Deletes an identity of a user.
    DeleteIdentity(UserId, IdentityId),
    /// Inserts an authenticator app that is not confirmed yet.
    InsertTotp(Totp),
    /// Records the use of an authenticator app: its step, which confirms it and grows with each use.
    UseTotp(TotpUse),
    /// Inserts recovery codes in place of those of before.
    ReplaceRecoveryCodes(RecoveryCodes),
    /// Records the use of a recovery code: the codes that are left.
    UseRecoveryCode(RecoveryCodes, Timestamp),
    /// Deletes the authenticator app and the recovery codes of a user.
    DeleteSecondFactors(UserId),
    /// Spends a challenge that expires at this time. A spent one aborts the change.
    SpendChallenge(ChallengeId, Timestamp),
    /// Increments the failed sign-ins of a scope.
    CountFailure(String, Timestamp),
    /// Clears the failed sign-ins of a scope.
    ClearFailures(String),
    /// Inserts an API key.
    InsertApiKey(ApiKey),
    /// Revokes an API key.
    RevokeApiKey(ApiKeyId, Timestamp),
    /// Revokes the API key of an account that expired first, if any had expired at this time.
    EndExpiredApiKey(AccountId, Timestamp),
    /// Inserts or replaces the attribute policy of an account.
    PutAttributePolicy(AttributePolicy),
    /// Deletes the attribute policy of an account.
    DropAttributePolicy(AccountId),
    /// Inserts a mail into the outbox.
    InsertMail(Mail),
    /// Inserts a mail into the outbox if its address is a user's, with the same work if it is not.
    InsertMailToUser(Mail),
}

impl Effect {
    /// Account in which the effect can revoke permissions, so that its permission tokens are checked against the database. In
    /// doubt the account is returned. Sessions and API keys are read with each request and do not count here.
    pub fn revokes_rights_in(&self) -> Option<AccountId> {
        match self {
            Effect::UpdateAccount(account, change) => change.revokes_rights().then_some(*account),
            Effect::EmptyTeam(account, ..)
            | Effect::SetMemberRole(account, ..)
            | Effect::DeleteMember(account, ..)
            | Effect::DeleteRole(account, _) => Some(*account),
            Effect::UpdateRole(role) => Some(role.account),
            Effect::InsertAccount(_)
            | Effect::InsertMember(_)
            | Effect::InsertUser(_)
            | Effect::RenameUser(..)
            | Effect::SetActiveAccount(..)
            | Effect::InsertInvitation(_)
            | Effect::CloseInvitation(..)
            | Effect::RenewInvitation(..)
            | Effect::CloseExpired(..)
            | Effect::EndExpiredInvitation(..)
            | Effect::InsertRole(_)
            | Effect::InsertSession(_)
            | Effect::RenewSession(_)
            | Effect::EndSession(_)
            | Effect::EndSessions(..)
            | Effect::InsertSignup(_)
            | Effect::CloseSignups(_)
            | Effect::InsertReset(_)
            | Effect::CloseResets(_)
            | Effect::UseReset(_)
            | Effect::CloseEmailCodes(..)
            | Effect::InsertEmailCode(_)
            | Effect::CountEmailCodeTry(_)
            | Effect::UseEmailCode(_)
            | Effect::SetIdentity(_)
            | Effect::UseIdentity(..)
            | Effect::InsertPasskey(_)
            | Effect::RenamePasskey(..)
            | Effect::UsePasskey(_)
            | Effect::InsertProviderIdentity(_)
            | Effect::ReconnectProvider(..)
            | Effect::UseProvider(..)
            | Effect::DeleteIdentity(..)
            | Effect::InsertTotp(_)
            | Effect::UseTotp(_)
            | Effect::ReplaceRecoveryCodes(_)
            | Effect::UseRecoveryCode(..)
            | Effect::DeleteSecondFactors(_)
            | Effect::SpendChallenge(..)
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

/// A change, which commits as a whole or not at all.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ChangeSet {
    /// Conditions that must hold when the change commits.
    pub preconditions: Vec<Precondition>,
    /// Writes, in order.
    pub effects: Vec<Effect>,
    /// Audit events; each increments the version of its account.
    pub events: Vec<NewEvent>,
}

impl ChangeSet {
    /// Whether the change writes nothing.
    pub fn is_empty(&self) -> bool {
        self.effects.is_empty() && self.events.is_empty()
    }

    /// Whether the change can revoke permissions in the account, so that older permission tokens no longer suffice for it.
    pub fn revokes_rights_in(&self, account: AccountId) -> bool {
        self.effects.iter().any(|effect| effect.revokes_rights_in() == Some(account))
    }
}

/// Result of a decision: the change, and the output that is valid once the change is committed.
#[derive(Clone, PartialEq, Debug)]
pub struct Decision<T> {
    /// The change to commit.
    pub change: ChangeSet,
    /// Output for the caller.
    pub output: T,
}

#[cfg(test)]
mod tests;
