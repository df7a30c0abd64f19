//! Which slots of a snapshot each lookup fills: what no lookup of a load asked for is absent, as in the SQL store.

use rolecall_core::domain::id::{AccountId, UserId};
use rolecall_core::transaction::fact::Fact;
use rolecall_core::transaction::lookup::{AccountRef, AuthzenLookup, Lookup, Snapshot, UserRef};
use rolecall_core::transaction::slot_map::SlotMap;
use rolecall_core::transaction::snapshot_values::ResolvedCredential;

/// Copies what a lookup finds. A key that the fixture lacks stays absent.
pub(super) fn copy_slots(lookup: &Lookup, stored: &Snapshot, to: &mut Snapshot) {
    match lookup {
        Lookup::CallerIn(account) => {
            copy_slots(&Lookup::Account(account.clone()), stored, to);
            copy_slots(&Lookup::Roles(account.clone()), stored, to);
            copy_slots(&Lookup::Member(account.clone(), UserRef::Caller), stored, to);
        }
        Lookup::CallerAndInvitation(id) => {
            copy_slots(&Lookup::InvitationWithInviter(*id), stored, to);
            copy_slots(&Lookup::Member(AccountRef::OfInvitation(*id), UserRef::Caller), stored, to);
        }
        Lookup::InvitationWithInviter(id) => {
            let account = AccountRef::OfInvitation(*id);
            copy_slots(&Lookup::Invitation(*id), stored, to);
            copy_slots(&Lookup::Account(account.clone()), stored, to);
            copy_slots(&Lookup::Roles(account.clone()), stored, to);
            copy_slots(&Lookup::Member(account, UserRef::Inviter(*id)), stored, to);
        }
        Lookup::InviteeByEmail(account, email, since) => {
            copy_slots(&Lookup::Fact(Fact::EmailIsMember(*account, email.clone())), stored, to);
            copy_slots(&Lookup::Fact(Fact::PendingInvitation(*account, email.clone())), stored, to);
            if since.is_some() {
                to.invitation_mails.clone_from(&stored.invitation_mails);
            }
        }
        Lookup::Account(account) => copy_key(account_id(stored, account), &stored.accounts, &mut to.accounts),
        Lookup::Member(account, user) => {
            let key = account_id(stored, account).zip(user_id(stored, user));
            copy_key(key, &stored.members, &mut to.members);
        }
        Lookup::Roles(account) => copy_key(account_id(stored, account), &stored.roles, &mut to.roles),
        Lookup::User(user) => {
            if let UserRef::Email(email) = user {
                copy_key(Some(email.clone()), &stored.emails, &mut to.emails);
            }
            copy_key(user_id(stored, user), &stored.users, &mut to.users);
        }
        Lookup::SignInMethods(user) => copy_key(user_id(stored, user), &stored.sign_in_methods, &mut to.sign_in_methods),
        Lookup::SecondFactors(user) => copy_key(user_id(stored, user), &stored.second_factors, &mut to.second_factors),
        Lookup::UserWithSecondFactors(user) => {
            copy_slots(&Lookup::User(UserRef::Id(*user)), stored, to);
            copy_slots(&Lookup::SecondFactors(UserRef::Id(*user)), stored, to);
            to.accounts.clone_from(&stored.accounts);
            to.members.clone_from(&stored.members);
        }
        Lookup::SecondFactorAttempts(_) => to.attempts.clone_from(&stored.attempts),
        Lookup::Credential(email) => copy_key(Some(email.clone()), &stored.credentials, &mut to.credentials),
        Lookup::Invitation(id) => copy_key(Some(*id), &stored.invitations, &mut to.invitations),
        Lookup::Fact(fact) => copy_key(Some(fact.clone()), &stored.facts, &mut to.facts),
        Lookup::PendingSignup(_) => {
            to.signups.clone_from(&stored.signups);
            to.emails.clone_from(&stored.emails);
        }
        Lookup::PasswordReset(_) => {
            to.resets.clone_from(&stored.resets);
            to.users.clone_from(&stored.users);
        }
        Lookup::Attempts(scope) => copy_key(Some(scope.clone()), &stored.attempts, &mut to.attempts),
        Lookup::CallerSession(id) => copy_key(Some(*id), &stored.caller_sessions, &mut to.caller_sessions),
        Lookup::ApiKey(id) => copy_key(Some(*id), &stored.api_keys, &mut to.api_keys),
        Lookup::AttributePolicy(account) => {
            copy_key(account_id(stored, account), &stored.attribute_policies, &mut to.attribute_policies);
        }
        Lookup::Authzen(_, AuthzenLookup::Members(_)) => to.authzen.members.clone_from(&stored.authzen.members),
        Lookup::Authzen(_, AuthzenLookup::Keys(_)) => to.authzen.keys.clone_from(&stored.authzen.keys),
        Lookup::Authzen(_, AuthzenLookup::NextMembers(..)) => to.authzen.next_members.clone_from(&stored.authzen.next_members),
        Lookup::Authzen(_, AuthzenLookup::NextKeys(..)) => to.authzen.next_keys.clone_from(&stored.authzen.next_keys),
        // The fixture has one account, and a test asks for one page of a kind.
        other => other.copy_slots(stored, to),
    }
}

fn copy_key<K: PartialEq, V: Clone>(key: Option<K>, stored: &SlotMap<K, V>, to: &mut SlotMap<K, V>) {
    if let Some((key, value)) = key.and_then(|key| stored.get(&key).cloned().map(|value| (key, value))) {
        to.insert(key, value);
    }
}

fn account_id(stored: &Snapshot, account: &AccountRef) -> Option<AccountId> {
    match (account, &stored.credential) {
        (AccountRef::Id(id), _) => Some(*id),
        (AccountRef::OfInvitation(id), _) => stored.invitations.get(id)?.as_ref().map(|invitation| invitation.account),
        (AccountRef::ActiveOf(UserRef::Caller), ResolvedCredential::ApiKey(key)) => key.as_ref().map(|key| key.account),
        (AccountRef::ActiveOf(user), _) => stored.users.get(&user_id(stored, user)?)?.as_ref().map(|user| user.active_account),
    }
}

fn user_id(stored: &Snapshot, user: &UserRef) -> Option<UserId> {
    match (user, &stored.credential) {
        (UserRef::Id(id), _) => Some(*id),
        (UserRef::Caller, ResolvedCredential::Session(Some((_, user))) | ResolvedCredential::Token(Some(user))) => Some(user.id),
        (UserRef::Caller, ResolvedCredential::ApiKey(Some(key))) => Some(key.created_by),
        (UserRef::Caller, _) => None,
        (UserRef::Inviter(id), _) => stored.invitations.get(id)?.as_ref().map(|invitation| invitation.invited_by),
        (UserRef::Email(email), _) => stored.emails.get(email).copied().flatten(),
    }
}
