//! Application of a change to the fixture, for tests of sequences of decisions.

use super::Team;
use crate::domain::account::AccountKind;
use crate::domain::invitation::InvitationState;
use crate::transaction::change::{ChangeSet, Effect};

impl Team {
    /// Writes a change as the store does, as far as it is about this account and what the fixture has.
    pub fn apply(&mut self, change: &ChangeSet) {
        for effect in &change.effects {
            self.apply_effect(effect);
        }
        let own = change.events.iter().filter(|event| event.account == self.account.id);
        self.account.version += i64::try_from(own.count()).unwrap_or(i64::MAX);
    }

    fn apply_effect(&mut self, effect: &Effect) {
        let id = self.account.id;
        match effect {
            Effect::InsertAccount(account) if account.id != id => {
                self.owners_of_another.insert(account.owner);
            }
            Effect::InsertUser(user) => {
                self.users.insert(user.id, user.clone());
            }
            Effect::InsertMember(member) if member.account == id => self.members.push(member.clone()),
            Effect::UpdateAccount(account, change) if *account == id => change.clone().apply_to(&mut self.account),
            Effect::EmptyTeam(account, owner, now) if *account == id => {
                self.members.retain(|member| member.user == *owner);
                self.roles.clear();
                for invitation in self.invitations.iter_mut().filter(|invitation| invitation.stored == InvitationState::Pending) {
                    invitation.stored = InvitationState::Revoked;
                }
                for key in self.keys.iter_mut().filter(|key| key.created_by != *owner) {
                    key.revoked_at.get_or_insert(*now);
                }
            }
            Effect::SetMemberRole(account, user, role) if *account == id => {
                for member in self.members.iter_mut().filter(|member| member.user == *user) {
                    member.role = role.clone();
                }
            }
            Effect::DeleteMember(account, user, now) if *account == id => {
                self.members.retain(|member| member.user != *user);
                for key in self.keys.iter_mut().filter(|key| key.created_by == *user) {
                    key.revoked_at.get_or_insert(*now);
                }
            }
            Effect::SetActiveAccount(user, account) => {
                if let Some(user) = self.users.get_mut(user) {
                    user.active_account = *account;
                }
            }
            Effect::InsertInvitation(invitation) => self.invitations.push(invitation.clone()),
            Effect::CloseInvitation(closed, state, by, _) => {
                for invitation in self.invitations.iter_mut().filter(|invitation| invitation.id == *closed) {
                    invitation.stored = *state;
                    invitation.closed_by = *by;
                }
            }
            Effect::RenewInvitation(renewed, version, expires_at, by) => {
                for invitation in self.invitations.iter_mut().filter(|invitation| invitation.id == *renewed) {
                    invitation.link_version = *version;
                    invitation.expires_at = *expires_at;
                    invitation.invited_by = *by;
                }
            }
            Effect::InsertRole(role) => self.roles.push(role.clone()),
            Effect::UpdateRole(role) => {
                for old in self.roles.iter_mut().filter(|old| old.code == role.code) {
                    *old = role.clone();
                }
            }
            Effect::DeleteRole(_, code) => self.roles.retain(|role| role.code != *code),
            Effect::InsertApiKey(key) => self.keys.push(key.clone()),
            Effect::RevokeApiKey(revoked, now) => {
                for key in self.keys.iter_mut().filter(|key| key.id == *revoked) {
                    key.revoked_at = Some(*now);
                }
            }
            Effect::PutAttributePolicy(policy) => self.policy = Some(policy.clone()),
            Effect::DropAttributePolicy(_) => self.policy = None,
            // Of another account, or about what the fixture does not have.
            Effect::InsertAccount(_)
            | Effect::InsertMember(_)
            | Effect::UpdateAccount(..)
            | Effect::EmptyTeam(..)
            | Effect::SetMemberRole(..)
            | Effect::DeleteMember(..)
            | Effect::RenameUser(..)
            | Effect::CloseExpired(..)
            | Effect::EndExpiredInvitation(..)
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
            | Effect::EndExpiredApiKey(..)
            | Effect::InsertMail(_)
            | Effect::InsertMailToUser(_) => {}
        }
    }

    /// Whether the account is a team.
    pub fn is_team(&self) -> bool {
        self.account.kind == AccountKind::Team
    }
}
