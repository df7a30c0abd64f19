//! Property tests of invariants against a model that shares no code with the rules.
//!
//! The model reads `policy/default.json` as JSON and compares sets of strings; it knows no `PermissionSet`.

use super::session_start::NewSession;
use super::{accounts, api_keys, invitations, joining, members, roles, signups};
use crate::domain::secret_hashes::PasswordHash;
use crate::testing::*;
use crate::transaction::change::{ChangeSet, Effect};
use crate::transaction::decision_error::DecisionError;
use crate::transaction::fact::Fact;
use crate::transaction::precondition::Precondition;
use proptest::prelude::*;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

type Set = BTreeSet<String>;

fn strings(list: &Value) -> Set {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// What each built-in role grants, as the policy file says it.
fn built_in() -> BTreeMap<String, Set> {
    let policy: Value = serde_json::from_str(include_str!("../../../../policy/default.json")).unwrap();
    let roles = policy["roles"].as_array().unwrap().iter();
    roles.map(|role| (role["code"].as_str().unwrap().to_owned(), strings(&role["permissions"]))).collect()
}

fn all_codes() -> Vec<String> {
    built_in().remove("admin").unwrap().into_iter().collect()
}

fn some_codes() -> impl Strategy<Value = Vec<String>> {
    proptest::sample::subsequence(all_codes(), 0..=14)
}

/// Permissions with those that the commands themselves ask for: otherwise few cases get as far as the grant.
fn able_codes() -> impl Strategy<Value = Vec<String>> {
    (some_codes(), any::<bool>()).prop_map(|(mut codes, able)| {
        let own = ["members.invite", "members.manage", "team.manage"].map(str::to_owned);
        codes.extend(own.into_iter().filter(|_| able));
        codes
    })
}

fn refs(codes: &[String]) -> Vec<&str> {
    codes.iter().map(String::as_str).collect()
}

proptest! {
    /// INVARIANT (no-escalation), both ways: a grant succeeds exactly where the caller holds the permission of the command and
    /// everything that is granted.
    #[test]
    fn whoever_grants_holds_it(
        held in able_codes(),
        offered in some_codes(),
        edited in some_codes(),
        own_role in prop_oneof![Just("own"), Just("basic"), Just("billing"), Just("dev"), Just("admin")],
        given_role in prop_oneof![Just("offered"), Just("basic"), Just("billing"), Just("dev"), Just("admin")],
    ) {
        let team = Team::new()
            .owner("ann")
            .member("bob", "none")
            .custom_role("none", &[])
            .custom_role("own", &refs(&held))
            .custom_role("offered", &refs(&offered))
            .member("cat", own_role)
            .unknown_email("eve")
            .as_caller("cat");
        let mut grants = built_in();
        grants.insert("own".to_owned(), held.into_iter().collect());
        grants.insert("offered".to_owned(), offered.iter().cloned().collect());
        let (holds, given, new): (&Set, &Set, Set) = (&grants[own_role], &grants[given_role], edited.iter().cloned().collect());
        let (acme, config, snapshot) = (account_id("acme"), config(), || team.snapshot());
        let may = |permission: &str, granted: &Set| holds.contains(permission) && granted.is_subset(holds);

        let invite =
            invitations::NewInvitation { email: "eve@example.com".to_owned(), role: given_role.to_owned(), ..Default::default() };
        let invited = invitations::create(&snapshot(), &config, &ctx(), acme, Ok(&invite));
        prop_assert_eq!(invited.is_ok(), may("members.invite", given), "invite: {:?}", invited);

        let changed = members::change_role(&snapshot(), &config, &ctx(), acme, Some(user_id("bob")), Ok(given_role));
        prop_assert_eq!(changed.is_ok(), may("members.manage", given), "change_role: {:?}", changed);

        let role = roles::NewRole { code: "new".to_owned(), title: "New".to_owned(), permissions: edited.clone() };
        let made = roles::create(&snapshot(), &config, &ctx(), acme, Ok(&role));
        prop_assert_eq!(made.is_ok(), may("members.manage", &new), "role create: {:?}", made);

        let edit = roles::RoleUpdate { permissions: Some(edited.clone()), ..Default::default() };
        let updated = roles::update(&snapshot(), &config, &ctx(), acme, "offered", Ok(&edit));
        let added: Set = new.difference(&grants["offered"]).cloned().collect();
        prop_assert_eq!(updated.is_ok(), may("members.manage", &added), "role update: {:?}", updated);

        let key = api_keys::NewApiKey { name: "key".to_owned(), permissions: edited, ..Default::default() };
        let keyed = api_keys::create(&snapshot(), &config, &ctx(), acme, Ok(&key), &secret_hash("key"));
        prop_assert_eq!(keyed.is_ok(), may("team.manage", &new) && !new.is_empty(), "api key: {:?}", keyed);
        if let Ok(keyed) = keyed {
            let stored: Set = keyed.output.permissions.into_iter().collect();
            prop_assert_eq!(stored, new);
        }
    }
}

const PEOPLE: [&str; 4] = ["ann", "bob", "cat", "dan"];
const ROLES: [&str; 3] = ["admin", "dev", "wide"];

/// One command on the account by one person, at most about another.
#[derive(Copy, Clone, Debug)]
enum Command {
    ChangeRole(usize),
    Remove,
    Transfer,
    Convert,
    DeleteTeam,
    Invite(usize),
    Accept,
    DeleteRole,
}

fn command() -> impl Strategy<Value = (usize, usize, Command)> {
    let command = prop_oneof![
        (0..ROLES.len()).prop_map(Command::ChangeRole),
        Just(Command::Remove),
        Just(Command::Transfer),
        Just(Command::Convert),
        Just(Command::DeleteTeam),
        (0..ROLES.len()).prop_map(Command::Invite),
        Just(Command::Accept),
        Just(Command::DeleteRole),
    ];
    (0..PEOPLE.len(), 0..PEOPLE.len(), command)
}

/// Decides one command; the change to be written, if it succeeds.
fn decide(team: &Team, actor: &str, target: &str, command: Command) -> Option<ChangeSet> {
    let snapshot = team.clone().as_caller(actor).snapshot();
    let (acme, config, ctx) = (account_id("acme"), config(), ctx());
    let target_id = user_id(target).to_string();
    match command {
        Command::ChangeRole(role) => {
            members::change_role(&snapshot, &config, &ctx, acme, Some(user_id(target)), Ok(ROLES[role])).ok().map(|done| done.change)
        }
        Command::Remove => members::remove(&snapshot, &config, &ctx, acme, Some(user_id(target)), false).ok().map(|done| done.change),
        Command::Transfer => accounts::transfer(&snapshot, &config, &ctx, acme, Ok(&target_id)).ok().map(|done| done.change),
        Command::Convert => accounts::convert(&snapshot, &config, &ctx, acme, Ok(&Default::default())).ok().map(|done| done.change),
        Command::DeleteTeam => accounts::delete_team(&snapshot, &config, &ctx, acme, false).ok().map(|done| done.change),
        Command::Invite(role) => {
            let (email, role) = (email(target).as_str().to_owned(), ROLES[role].to_owned());
            let invite = invitations::NewInvitation { email, role, lifetime: invitations::Lifetime::Unlimited };
            invitations::create(&snapshot, &config, &ctx, acme, Ok(&invite)).ok().map(|done| done.change)
        }
        Command::Accept => {
            let invitation = snapshot.fact(Fact::pending_invitation(acme, email(actor))).ok()??;
            snapshot.take_preconditions();
            let link = joining::InvitationLinkClaims { invitation, version: 1, proof: false };
            joining::accept(&snapshot, &config, &ctx, Some(link)).ok().map(|done| done.change)
        }
        Command::DeleteRole => roles::delete(&snapshot, &config, &ctx, acme, "wide").ok().map(|done| done.change),
    }
}

proptest! {
    /// INVARIANT (owner-is-admin) after every command that succeeds, whoever sends it.
    #[test]
    fn the_owner_is_always_an_admin_member(commands in proptest::collection::vec(command(), 1..40)) {
        let mut team = Team::new().owner("ann").member("bob", "admin").member("cat", "dev").stranger("dan").custom_role("wide", &refs(&all_codes()));
        for (actor, target, command) in commands {
            let Some(change) = decide(&team, PEOPLE[actor], PEOPLE[target], command) else { continue };
            team.apply(&change);
            prop_assert_eq!(team.role_of(team.owner_id()), Some("admin"), "after {} {:?} {}", PEOPLE[actor], command, PEOPLE[target]);
        }
    }
}

/// One attempt at the invitation of Eve.
#[derive(Copy, Clone, Debug)]
enum Attempt {
    Accept(&'static str),
    SignUp,
    Decline(bool),
    Revoke,
    Resend,
}

fn attempt() -> impl Strategy<Value = (Attempt, u32)> {
    let attempt = prop_oneof![
        prop_oneof![Just("eve"), Just("zoe"), Just("ann")].prop_map(Attempt::Accept),
        Just(Attempt::SignUp),
        any::<bool>().prop_map(Attempt::Decline),
        Just(Attempt::Revoke),
        Just(Attempt::Resend),
    ];
    (attempt, 1_u32..4)
}

fn try_invitation(team: &Team, has_account: bool, attempt: Attempt, version: u32) -> Result<ChangeSet, DecisionError> {
    let (acme, config, id) = (account_id("acme"), config(), invitation_id("eve"));
    let link = |proof| joining::InvitationLinkClaims { invitation: id, version, proof };
    let by = |who: &str| team.clone().as_caller(who).snapshot();
    match attempt {
        Attempt::Accept(who) => joining::accept(&by(who), &config, &ctx(), Some(link(false))).map(|done| done.change),
        Attempt::SignUp if has_account => Ok(ChangeSet::default()),
        Attempt::SignUp => {
            let input = signups::SignupInput {
                email: email("eve"),
                name: None,
                password: Some(PasswordHash::restore("chosen".to_owned())),
                link: Some(link(true)),
                browser: NewSession { token: secret_hash("new"), user_agent: String::new(), passkeys: true },
                browser_key: None,
            };
            signups::sign_up(&team.snapshot(), &config, &ctx(), &input).map(|done| done.change)
        }
        Attempt::Decline(true) => joining::decline(&team.snapshot(), &ctx(), Some(link(true))).map(|done| done.change),
        Attempt::Decline(false) => joining::decline(&by("eve"), &ctx(), Some(link(false))).map(|done| done.change),
        Attempt::Revoke => invitations::revoke(&by("ann"), &config, &ctx(), acme, Some(id)).map(|done| done.change),
        Attempt::Resend => invitations::resend(&by("ann"), &config, &ctx(), acme, Some(id)).map(|done| done.change),
    }
}

proptest! {
    /// INVARIANT (single-use): in any order of attempts one ends the invitation, none changes it afterwards, a replaced link does
    /// nothing, and whatever ends it commits only while it is as it was read.
    #[test]
    fn an_invitation_is_used_once(attempts in proptest::collection::vec(attempt(), 1..12), has_account: bool) {
        let mut team = Team::new().owner("ann").stranger("zoe").invitation("eve", "dev");
        if has_account {
            team = team.stranger("eve");
        }
        let (mut ended, mut version) = (false, 1_u32);
        for (attempt, link) in attempts {
            let Ok(change) = try_invitation(&team, has_account, attempt, link) else { continue };
            let joins = change.effects.iter().any(|effect| matches!(effect, Effect::InsertMember(member) if member.account == account_id("acme")));
            let closes = change.effects.iter().filter(|effect| matches!(effect, Effect::CloseInvitation(..))).count();
            let renews = change.effects.iter().any(|effect| matches!(effect, Effect::RenewInvitation(..)));
            prop_assert!(!ended || (closes == 0 && !joins && !renews), "{attempt:?} after its end");
            prop_assert!(!joins || closes == 1, "{attempt:?} joins without closing");
            if closes > 0 || renews {
                let as_read = Precondition::InvitationIs(invitation_id("eve"), crate::domain::invitation::InvitationState::Pending, version);
                prop_assert!(change.preconditions.contains(&as_read), "{attempt:?}");
                let by_link = !matches!(attempt, Attempt::Revoke | Attempt::Resend);
                prop_assert!(!by_link || link == version, "{attempt:?} by a replaced link");
            }
            if joins {
                prop_assert!(matches!(attempt, Attempt::SignUp | Attempt::Accept("eve")), "{attempt:?}");
            }
            version += u32::from(renews);
            ended |= closes > 0;
            team.apply(&change);
            // What a sign-up creates is a user, who signs up no more.
            if joins && matches!(attempt, Attempt::SignUp) {
                break;
            }
        }
    }
}
