use super::*;
use crate::domain::account::PENDING_INVITATIONS_MAX;
use crate::domain::activity_counts::{RecentActivity, WindowedCount};
use crate::testing::*;
use crate::transaction::fact::FactValue;
use crate::transaction::precondition::Precondition;

fn acme() -> AccountId {
    account_id("acme")
}

fn team() -> Team {
    Team::new().owner("ann").member("bob", "dev").unknown_email("eve").as_caller("ann")
}

fn invited() -> Team {
    Team::new().owner("ann").member("bob", "dev").invitation("eve", "dev").as_caller("ann")
}

fn input(email: &str, role: &str) -> NewInvitation {
    NewInvitation { email: email.to_owned(), role: role.to_owned(), ..NewInvitation::default() }
}

fn invite(team: &Team, email: &str, role: &str) -> Result<Decision<Invitation>, DecisionError> {
    create(&team.snapshot(), &config(), &ctx(), acme(), Ok(&input(email, role)))
}

const EVE: &str = "eve@example.com";

#[test]
fn an_invitation_is_stored_and_mailed_with_a_link_of_version_one() {
    let decided = invite(&team(), "Eve@Example.com", "dev").unwrap();
    let invitation = &decided.output;
    assert_eq!((&invitation.email, invitation.role.as_str(), invitation.link_version), (&email("eve"), "dev", 1));
    assert_eq!((invitation.stored, invitation.invited_by), (InvitationState::Pending, user_id("ann")));
    assert_eq!(invitation.expires_at, Some(NOW.plus_seconds(DEFAULT_LIFETIME_SECONDS)));
    let [Effect::InsertInvitation(stored), Effect::InsertMail(mail)] = decided.change.effects.as_slice() else {
        panic!("{:?}", decided.change.effects)
    };
    assert_eq!((stored, &mail.to), (invitation, &email("eve")));
    let MailKind::Invitation { team, role, inviter, link_version, .. } = &mail.kind else { panic!("{:?}", mail.kind) };
    assert_eq!((team.as_str(), role.as_str(), inviter.as_str(), *link_version), ("Acme", "Developer", "ann", 1));
    assert_eq!(event_names(&decided.change), ["invitation.create"]);
    let since = NOW.plus_seconds(-MAILS_WINDOW_SECONDS);
    assert_rests_on(
        &decided.change,
        &[
            Precondition::FactIs(Fact::EmailIsMember(acme(), email("eve")), false.into()),
            Precondition::FactIs(Fact::PendingInvitation(acme(), email("eve")), FactValue::Null),
            Precondition::InvitationMailsBelow(acme(), email("eve"), since, user_id("ann"), ClockWindow::Hour.window_number(NOW)),
            Precondition::PendingInvitationsBelowCap(acme(), NOW),
        ],
    );
}

#[test]
fn a_lifetime_is_the_default_unlimited_or_up_to_ten_years() {
    let until = |lifetime| {
        let decided = create(&team().snapshot(), &config(), &ctx(), acme(), Ok(&NewInvitation { lifetime, ..input(EVE, "dev") }));
        decided.map(|decided| decided.output.expires_at)
    };
    assert_eq!(until(Lifetime::Unlimited), Ok(None));
    assert_eq!(until(Lifetime::Seconds(1)), Ok(Some(NOW.plus_seconds(1))));
    assert!(until(Lifetime::Seconds(LIFETIME_MAX_SECONDS)).is_ok());
    for seconds in [i64::MIN, -1, 0, LIFETIME_MAX_SECONDS + 1] {
        assert_eq!(invalid(until(Lifetime::Seconds(seconds))), ["/expires_in out-of-range"]);
    }
}

#[test]
fn inviting_checks_permission_version_kind_and_then_every_field() {
    let decide = |snapshot: &_, ctx: &_| {
        create(snapshot, &config(), ctx, acme(), Ok(&NewInvitation { lifetime: Lifetime::Seconds(0), ..input("@", "nowhere") }))
    };
    assert_requires_permission(&team(), "members.invite", decide);
    assert_checks_if_match(&team(), decide);
    let all = ["/email email-malformed", "/role role-unknown", "/expires_in out-of-range"];
    assert_eq!(invalid(decide(&team().snapshot(), &ctx())), all);
    assert_eq!(denied(decide(&Team::personal("ann").as_caller("ann").snapshot(), &ctx())), Denial::AccountNotTeam);
}

#[test]
fn the_grant_is_checked_before_anything_is_told_of_the_email() {
    let limited = team().custom_role("hr", &["members.invite", "team.access"]).member("hal", "hr").as_caller("hal");
    for address in [EVE, "bob@example.com"] {
        assert!(matches!(denied(invite(&limited, address, "dev")), Denial::PermissionEscalation(_)), "{address}");
    }
    assert!(invite(&limited, EVE, "hr").is_ok());
    assert_eq!(denied(invite(&team(), "bob@example.com", "dev")), Denial::AlreadyMember);
    assert_eq!(denied(invite(&invited(), EVE, "dev")), Denial::InvitationPending);
}

#[test]
fn an_expired_invitation_gives_its_place_to_the_new_one() {
    let expired = invited()
        .edit_invitation("eve", |old| old.expires_at = Some(NOW))
        .edit_account(|account| account.pending_invitations = PENDING_INVITATIONS_MAX);
    let decided = invite(&expired, EVE, "dev").unwrap();
    let closed = Effect::CloseInvitation(invitation_id("eve"), InvitationState::Expired, None, NOW);
    assert_eq!((decided.change.effects.first(), decided.change.effects.len()), (Some(&closed), 3));
    assert_rests_on(
        &decided.change,
        &[Precondition::FactIs(Fact::PendingInvitation(acme(), email("eve")), Some(invitation_id("eve")).into())],
    );
    let live = invited().edit_invitation("eve", |old| old.expires_at = Some(NOW.plus_seconds(1)));
    assert_eq!(denied(invite(&live, EVE, "dev")), Denial::InvitationPending);
}

#[test]
fn at_the_cap_an_expired_invitation_of_another_email_makes_room() {
    let with = |count: i64| invited().unknown_email("zoe").edit_account(move |account| account.pending_invitations = count);
    let zoe = "zoe@example.com";
    assert_eq!(invite(&with(PENDING_INVITATIONS_MAX - 1), zoe, "dev").unwrap().change.effects.len(), 2);
    assert_eq!(denied(invite(&with(PENDING_INVITATIONS_MAX), zoe, "dev")), Denial::LimitReached("pending invitations"));
    let expired = with(PENDING_INVITATIONS_MAX).edit_invitation("eve", |old| old.expires_at = Some(NOW));
    let decided = invite(&expired, zoe, "dev").unwrap();
    assert_eq!(decided.change.effects.first(), Some(&Effect::EndExpiredInvitation(acme(), NOW)));
}

/// A team whose mails of the last hour were so many.
fn mailed(to_address: i64, from_account: i64, by_ann: i64) -> Team {
    let window = ClockWindow::Hour.window_number(NOW);
    let recent = RecentActivity { invitations: WindowedCount { window, count: by_ann }, ..Default::default() };
    let team = Team::new().owner("ann").edit_user("ann", |ann| ann.recent = recent).invitation("eve", "dev").unknown_email("zoe");
    team.as_caller("ann").adjust(move |loaded| {
        loaded.invitation_mails.insert(acme(), InvitationMails { to_address, from_account });
    })
}

#[test]
fn mails_are_limited_by_address_team_and_sender() {
    let window = MAILS_WINDOW_SECONDS.unsigned_abs();
    for (team, refused) in [
        (mailed(MAILS_PER_ADDRESS - 1, MAILS_PER_TEAM - 1, USER_INVITATIONS - 1), None),
        (mailed(MAILS_PER_ADDRESS, 0, 0), Some(window)),
        (mailed(0, MAILS_PER_TEAM, 0), Some(window)),
        (mailed(0, 0, USER_INVITATIONS), Some(ClockWindow::Hour.seconds_left(NOW))),
    ] {
        let refused = refused.map(|retry_after| DecisionError::Denied(Denial::TooManyMails { retry_after }));
        assert_eq!(invite(&team, "zoe@example.com", "dev").err(), refused);
        let again = resend(&team.snapshot(), &config(), &ctx(), acme(), Some(invitation_id("eve")));
        assert_eq!(again.err(), refused, "sending again");
        let free = crate::authz::policy_config::PolicyConfig { quotas_enforced: false, ..config() };
        assert!(create(&team.snapshot(), &free, &ctx(), acme(), Ok(&input("zoe@example.com", "dev"))).is_ok(), "not enforced");
    }
}

#[test]
fn inviting_reads_everything_that_it_rests_on() {
    let decide = |snapshot: &_, ctx: &_| create(snapshot, &config(), ctx, acme(), Ok(&input(EVE, "ops")));
    let team = team().custom_role("ops", &["team.access"]);
    assert_eq!(slots_needed(&team, decide), ["accounts", "members", "roles", "facts", "invitation_mails"]);
}

fn send_again(team: &Team) -> Result<Decision<Invitation>, DecisionError> {
    resend(&team.snapshot(), &config(), &ctx_at(NOW.plus_seconds(60)), acme(), Some(invitation_id("eve")))
}

#[test]
fn sending_again_replaces_the_link_the_end_and_the_sender() {
    let team = invited().member("amy", "admin").as_caller("amy");
    let decided = send_again(&team).unwrap();
    let ends = Some(NOW.plus_seconds(60 + DEFAULT_LIFETIME_SECONDS));
    assert_eq!(decided.change.effects.first(), Some(&Effect::RenewInvitation(invitation_id("eve"), 2, ends, user_id("amy"))));
    assert_eq!((decided.output.link_version, decided.output.invited_by, decided.output.expires_at), (2, user_id("amy"), ends));
    assert_eq!(event_names(&decided.change), ["invitation.resend"]);
    assert_rests_on(&decided.change, &[Precondition::InvitationIs(invitation_id("eve"), InvitationState::Pending, 1)]);
    let expired = invited().edit_invitation("eve", |invitation| invitation.expires_at = Some(NOW));
    assert!(send_again(&expired).is_ok(), "an expired invitation lives again");
}

#[test]
fn an_invitation_that_has_ended_is_not_sent_again() {
    for (state, denial) in [
        (InvitationState::Accepted, Denial::InvitationAlreadyUsed),
        (InvitationState::Declined, Denial::InvitationAlreadyUsed),
        (InvitationState::Revoked, Denial::InvitationRevoked),
        (InvitationState::Expired, Denial::InvitationExpired),
    ] {
        assert_eq!(denied(send_again(&invited().edit_invitation("eve", |invitation| invitation.stored = state))), denial);
    }
}

#[test]
fn sending_again_checks_permission_version_invitation_role_and_grant() {
    let decide = |snapshot: &_, ctx: &_| resend(snapshot, &config(), ctx, acme(), None);
    assert_requires_permission(&invited(), "members.invite", decide);
    assert_checks_if_match(&invited(), decide);
    assert_eq!(denied(decide(&invited().snapshot(), &ctx())), Denial::InvitationNotFound);
    let foreign = invited().edit_invitation("eve", |invitation| invitation.account = account_id("other"));
    assert_eq!(denied(send_again(&foreign)), Denial::InvitationNotFound);
    let gone = invited().edit_invitation("eve", |invitation| invitation.role = RoleCode::restore("gone"));
    assert_eq!(denied(send_again(&gone)), Denial::RoleNotFound);
    let limited = invited().custom_role("hr", &["members.invite"]).member("hal", "hr").as_caller("hal");
    assert!(matches!(denied(send_again(&limited)), Denial::PermissionEscalation(_)));
    let by_id = |snapshot: &_, ctx: &_| resend(snapshot, &config(), ctx, acme(), Some(invitation_id("eve")));
    assert_eq!(slots_needed(&invited(), by_id), ["accounts", "members", "roles", "invitations", "invitation_mails"]);
}

fn take_back(team: &Team) -> Result<Decision<()>, DecisionError> {
    revoke(&team.snapshot(), &config(), &ctx(), acme(), Some(invitation_id("eve")))
}

#[test]
fn a_pending_invitation_is_revoked_once_and_an_accepted_one_never() {
    let decided = take_back(&invited()).unwrap();
    let closed = Effect::CloseInvitation(invitation_id("eve"), InvitationState::Revoked, None, NOW);
    assert_eq!((decided.change.effects.as_slice(), event_names(&decided.change)), ([closed].as_slice(), vec!["invitation.revoke"]));
    for state in [InvitationState::Revoked, InvitationState::Declined, InvitationState::Expired] {
        assert!(take_back(&invited().edit_invitation("eve", |invitation| invitation.stored = state)).unwrap().change.is_empty());
    }
    let accepted = invited().edit_invitation("eve", |invitation| invitation.stored = InvitationState::Accepted);
    assert_eq!(denied(take_back(&accepted)), Denial::InvitationAlreadyUsed);
}

#[test]
fn revoking_checks_permission_version_and_invitation_and_needs_no_grant() {
    let decide = |snapshot: &_, ctx: &_| revoke(snapshot, &config(), ctx, acme(), None);
    assert_requires_permission(&invited(), "members.invite", decide);
    assert_checks_if_match(&invited(), decide);
    assert_eq!(denied(decide(&invited().snapshot(), &ctx())), Denial::InvitationNotFound);
    let limited = invited().custom_role("hr", &["members.invite"]).member("hal", "hr").as_caller("hal");
    assert!(take_back(&limited).is_ok());
    let by_id = |snapshot: &_, ctx: &_| revoke(snapshot, &config(), ctx, acme(), Some(invitation_id("eve")));
    assert_eq!(slots_needed(&invited(), by_id), ["accounts", "members", "invitations"]);
}
