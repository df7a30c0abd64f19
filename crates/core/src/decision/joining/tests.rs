use super::*;
use crate::domain::id::AccountId;
use crate::testing::*;
use crate::transaction::snapshot_values::ResolvedCredential;

fn acme() -> AccountId {
    account_id("acme")
}

fn link(proof: bool) -> InvitationLinkClaims {
    InvitationLinkClaims { invitation: invitation_id("eve"), version: 1, proof }
}

/// A team that invited Eve, who has an account elsewhere and is signed in.
fn team() -> Team {
    Team::new().owner("ann").member("bob", "dev").invitation("eve", "dev").stranger("eve").as_caller("eve")
}

fn state(team: Team, stored: InvitationState) -> Team {
    team.edit_invitation("eve", |invitation| invitation.stored = stored)
}

fn show(team: &Team, link: InvitationLinkClaims) -> Result<Preview, DecisionError> {
    preview(&team.snapshot(), &config(), &ctx(), link)
}

#[test]
fn a_link_shows_the_offer_to_whoever_holds_it() {
    let seen = show(&team().credential(Default::default()), link(false)).unwrap();
    assert_eq!(
        (seen.team.as_str(), seen.role.as_str(), seen.role_title.as_str(), seen.inviter.as_str()),
        ("Acme", "dev", "Developer", "ann")
    );
    assert_eq!((seen.email_hint.as_str(), seen.email, seen.state), ("e•••@example.com", None, InvitationState::Pending));
    assert!(seen.permissions.contains(&"pods.manage".to_owned()));
    assert_eq!(show(&team(), link(true)).unwrap().email.as_deref(), Some("eve@example.com"));
}

#[test]
fn a_replaced_link_counts_as_revoked_and_shows_no_email() {
    let resent = team().edit_invitation("eve", |invitation| invitation.link_version = 2);
    let seen = show(&resent, link(true)).unwrap();
    assert_eq!((seen.state, seen.email), (InvitationState::Revoked, None));
    assert_eq!(show(&state(resent, InvitationState::Accepted), link(true)).unwrap().state, InvitationState::Accepted);
}

#[test]
fn an_ended_invitation_shows_no_permissions() {
    let custom =
        || team().custom_role("ops", &["pods.connect"]).edit_invitation("eve", |invitation| invitation.role = RoleCode::restore("ops"));
    let open = show(&custom(), link(false)).unwrap();
    assert_eq!((open.role_title, open.permissions), ("ops".to_owned(), codes(&["pods.connect"])));
    let ended = show(&state(custom(), InvitationState::Declined), link(false)).unwrap();
    assert_eq!((ended.role_title.as_str(), ended.permissions.len()), ("ops", 0));
    let expired = team().edit_invitation("eve", |invitation| invitation.expires_at = Some(NOW));
    let seen = show(&expired, link(false)).unwrap();
    assert_eq!((seen.state, seen.role_title.as_str(), seen.permissions.len()), (InvitationState::Expired, "Developer", 0));
}

#[test]
fn after_delete_team_a_link_does_not_show_the_name_of_the_personal_account() {
    let personal = Team::personal("ann").invitation("eve", "dev");
    assert_eq!(show(&state(personal, InvitationState::Revoked), link(false)).unwrap().team, "");
}

#[test]
fn a_link_to_nothing_is_no_invitation() {
    let none = team().adjust(|loaded| loaded.invitations.values_mut().for_each(|slot| *slot = None));
    assert_eq!(denied(show(&none, link(true))), Denial::InvitationNotFound);
    let decide = |snapshot: &_, ctx: &_| preview(snapshot, &config(), ctx, link(true));
    assert_eq!(slots_needed(&team(), decide), ["accounts", "roles", "users", "invitations"]);
}

fn take(team: &Team) -> Result<Decision<UserWithAccount>, DecisionError> {
    accept(&team.snapshot(), &config(), &ctx(), Some(link(false)))
}

#[test]
fn accepting_closes_the_invitation_and_makes_a_member_who_acts_there() {
    let mut elsewhere = user("eve");
    elsewhere.active_account = account_id("eves-own");
    let decided = take(&team().credential(ResolvedCredential::Session(Some((session("eve"), elsewhere))))).unwrap();
    let member = Membership { account: acme(), user: user_id("eve"), role: RoleCode::restore("dev"), joined_at: NOW };
    let effects = [
        Effect::CloseInvitation(invitation_id("eve"), InvitationState::Accepted, Some(user_id("eve")), NOW),
        Effect::InsertMember(member),
        Effect::SetActiveAccount(user_id("eve"), acme()),
    ];
    assert_eq!(decided.change.effects, effects);
    assert_eq!(event_names(&decided.change), ["invitation.accept"]);
    let joined = decided.output;
    assert_eq!(joined.user.active_account, acme());
    assert_eq!((joined.account.account.members, joined.account.account.version, joined.account.role.as_str()), (3, VERSION + 1, "dev"));
    assert_rests_on(
        &decided.change,
        &[
            Precondition::SessionLive(session_id("eve")),
            Precondition::InvitationIs(invitation_id("eve"), InvitationState::Pending, 1),
            Precondition::MemberHasRole(acme(), user_id("eve"), None),
            Precondition::MemberHasRole(acme(), user_id("ann"), Some(RoleCode::owner())),
            Precondition::MembersBelowCap(acme()),
        ],
    );
}

#[test]
fn the_same_user_accepts_again_with_the_same_success_and_others_do_not() {
    let accepted = |by: &str| {
        let by = user_id(by);
        state(team(), InvitationState::Accepted).edit_invitation("eve", move |invitation| invitation.closed_by = Some(by))
    };
    let again = take(&accepted("eve").member("eve", "dev")).unwrap();
    assert!(again.change.is_empty());
    assert_eq!(again.output.account.role.as_str(), "dev");
    assert_eq!(denied(take(&accepted("eve"))), Denial::InvitationUsed, "removed since");
    assert_eq!(denied(take(&accepted("another"))), Denial::InvitationUsed);
}

#[test]
fn accepting_checks_session_link_email_state_membership_inviter_and_room_in_this_order() {
    assert_needs_session(&team(), |snapshot, ctx| accept(snapshot, &config(), ctx, None));
    assert_eq!(denied(accept(&team().snapshot(), &config(), &ctx(), None)), Denial::InvitationNotFound);
    let other = state(team(), InvitationState::Revoked).stranger("zoe").as_caller("zoe");
    assert_eq!(denied(take(&other)), Denial::InvitationEmailMismatch);
    let member = || team().member("eve", "basic");
    for (stored, denial) in [
        (InvitationState::Revoked, Denial::InvitationRevoked),
        (InvitationState::Declined, Denial::InvitationUsed),
        (InvitationState::Accepted, Denial::InvitationUsed),
        (InvitationState::Expired, Denial::InvitationExpired),
    ] {
        assert_eq!(denied(take(&state(member(), stored))), denial);
    }
    assert_eq!(denied(take(&member().edit_invitation("eve", |invitation| invitation.expires_at = Some(NOW)))), Denial::InvitationExpired);
    assert_eq!(denied(take(&member().edit_invitation("eve", |invitation| invitation.link_version = 2))), Denial::InvitationRevoked);
    let by_nobody = |team: Team| team.stranger("gone").edit_invitation("eve", |invitation| invitation.invited_by = user_id("gone"));
    assert_eq!(denied(take(&by_nobody(member()))), Denial::AlreadyMember);
    let full = |team: Team| team.edit_account(|account| account.members = MEMBERS_MAX);
    assert_eq!(denied(take(&full(by_nobody(team())))), Denial::InviterLacksPermission);
    assert_eq!(denied(take(&full(team()))), Denial::LimitReached("members"));
    assert!(take(&team().edit_account(|account| account.members = MEMBERS_MAX - 1)).is_ok());
}

#[test]
fn an_invitation_to_what_is_no_team_any_more_is_revoked() {
    let personal = Team::personal("ann").invitation("eve", "dev").stranger("eve").as_caller("eve");
    assert_eq!(denied(take(&personal)), Denial::InvitationRevoked);
}

#[test]
fn an_inviter_must_hold_the_invitation_permission_and_all_that_is_granted() {
    let by = |permissions: &[&str]| {
        team().custom_role("hr", permissions).member("hal", "hr").edit_invitation("eve", |invitation| {
            invitation.invited_by = user_id("hal");
            invitation.role = RoleCode::restore("billing");
        })
    };
    let billing = ["team.access", "billing.view", "billing.manage"];
    assert_eq!(denied(take(&by(&billing))), Denial::InviterLacksPermission, "may not invite any more");
    let [access, view, _] = billing;
    assert_eq!(denied(take(&by(&[access, view, "members.invite"]))), Denial::InviterLacksPermission, "holds less than is granted");
    assert!(take(&by(&["team.access", "billing.view", "billing.manage", "members.invite"])).is_ok());
    let no_role = team().edit_invitation("eve", |invitation| invitation.role = RoleCode::restore("gone"));
    assert_eq!(denied(take(&no_role)), Denial::InviterLacksPermission);
}

#[test]
fn accepting_reads_everything_that_it_rests_on() {
    let decide = |snapshot: &_, ctx: &_| accept(snapshot, &config(), ctx, Some(link(false)));
    assert_eq!(slots_needed(&team(), decide), ["accounts", "members", "roles", "invitations"]);
}

fn refuse(team: &Team, proof: bool) -> Result<Decision<()>, DecisionError> {
    decline(&team.snapshot(), &ctx(), Some(link(proof)))
}

#[test]
fn declining_is_done_by_the_invited_user_or_by_the_proof_of_the_mail() {
    let closed = |by| [Effect::CloseInvitation(invitation_id("eve"), InvitationState::Declined, by, NOW)];
    let by_user = refuse(&team(), false).unwrap();
    assert_eq!(by_user.change.effects, closed(Some(user_id("eve"))));
    assert_eq!(by_user.change.events[0].actor, Actor::User(user_id("eve"), name("eve")));
    for anybody in [team().credential(Default::default()), team().as_caller("bob")] {
        let by_proof = refuse(&anybody, true).unwrap();
        assert_eq!(by_proof.change.effects, closed(None));
        assert_eq!(by_proof.change.events[0].actor, Actor::Invitee(invitation_id("eve"), email("eve")));
        assert_eq!(event_names(&by_proof.change), ["invitation.decline"]);
    }
}

#[test]
fn declining_again_changes_nothing_and_what_has_ended_otherwise_stays_so() {
    assert!(refuse(&state(team(), InvitationState::Declined), false).unwrap().change.is_empty());
    for (stored, denial) in [
        (InvitationState::Accepted, Denial::InvitationUsed),
        (InvitationState::Revoked, Denial::InvitationRevoked),
        (InvitationState::Expired, Denial::InvitationExpired),
    ] {
        assert_eq!(denied(refuse(&state(team(), stored), true)), denial);
    }
}

#[test]
fn declining_without_proof_checks_session_link_and_email_in_this_order() {
    assert_needs_session(&team(), |snapshot, ctx| decline(snapshot, ctx, None));
    assert_eq!(denied(decline(&team().snapshot(), &ctx(), None)), Denial::InvitationNotFound);
    assert_eq!(denied(refuse(&state(team(), InvitationState::Declined).as_caller("bob"), false)), Denial::InvitationEmailMismatch);
    let decide = |snapshot: &_, ctx: &_| decline(snapshot, ctx, Some(link(true)));
    assert_eq!(slots_needed(&team(), decide), ["accounts", "invitations"]);
}

#[test]
fn a_name_that_was_not_given_is_the_local_part_of_the_email() {
    assert_eq!(name_from_email(&email("eve+x@example.com")).as_str(), "eve+x");
}
