use super::*;
use crate::domain::account::AccountKind;
use crate::domain::id::{ApiKeyId, InvitationId};
use crate::testing::{NOW, account_id, codes, name, session_id, user_id};

fn acme() -> AccountId {
    account_id("acme")
}

fn role() -> RoleCode {
    RoleCode::restore("ops")
}

#[test]
fn what_can_take_a_right_away_is_named_with_its_account() {
    let custom = CustomRole { account: acme(), code: role(), title: name("Ops"), permissions: codes(&[]) };
    for effect in [
        Effect::UpdateAccount(acme(), AccountChange::Kind(AccountKind::Personal)),
        Effect::UpdateAccount(acme(), AccountChange::Owner(user_id("bob"))),
        Effect::EmptyTeam(acme(), user_id("ann"), NOW),
        Effect::SetMemberRole(acme(), user_id("bob"), role()),
        Effect::DeleteMember(acme(), user_id("bob"), NOW),
        Effect::DeleteRole(acme(), role()),
        Effect::UpdateRole(custom.clone()),
    ] {
        assert_eq!(effect.revokes_rights_in(), Some(acme()), "{effect:?}");
        let change = ChangeSet { effects: vec![Effect::EndSession(session_id("ann")), effect], ..ChangeSet::default() };
        assert!(change.revokes_rights_in(acme()) && !change.revokes_rights_in(account_id("other")));
    }
}

#[test]
fn what_only_grants_or_is_read_with_each_request_is_not() {
    let custom = CustomRole { account: acme(), code: role(), title: name("Ops"), permissions: codes(&[]) };
    for effect in [
        Effect::InsertRole(custom),
        Effect::UpdateAccount(acme(), AccountChange::Name(name("Umbrella"))),
        Effect::SetActiveAccount(user_id("bob"), acme()),
        Effect::RevokeApiKey(ApiKeyId::from_bits(1), NOW),
        Effect::CloseInvitation(InvitationId::from_bits(1), InvitationState::Revoked, None, NOW),
        Effect::EndSessions(user_id("bob"), None),
        Effect::DropAttributePolicy(acme()),
    ] {
        assert_eq!(effect.revokes_rights_in(), None, "{effect:?}");
    }
}

#[test]
fn a_change_is_empty_without_effects_and_events_whatever_its_preconditions() {
    let read = ChangeSet { preconditions: vec![Precondition::SessionLive(session_id("ann"))], ..ChangeSet::default() };
    assert!(read.is_empty());
    assert!(!ChangeSet { effects: vec![Effect::EndSession(session_id("ann"))], ..ChangeSet::default() }.is_empty());
}
