use super::*;
use crate::domain::account::AccountKind;
use crate::testing::*;
use crate::transaction::precondition::Precondition;

fn team() -> Team {
    Team::new().owner("ann").member("bob", "dev").as_caller("bob")
}

/// Loads so many personal accounts of the caller before the team.
fn with_accounts(count: u128) -> Team {
    team().adjust(move |loaded| {
        let mut all = loaded.caller_memberships.take().unwrap();
        let (acme, role) = all[0].clone();
        let own = |at| Account { id: AccountId::from_bits(at), kind: AccountKind::Personal, ..acme.clone() };
        all.extend((0..count).map(|at| (own(at), role.clone())));
        all.push(all[0].clone());
        loaded.caller_memberships = Some(all);
    })
}

#[test]
fn a_profile_lists_each_account_once_personal_ones_first() {
    let profile = me(&with_accounts(2).snapshot(), &ctx()).unwrap();
    let kinds: Vec<&str> = profile.memberships.iter().map(|found| found.account.kind.as_str()).collect();
    assert_eq!((kinds, profile.more, profile.user.id), (vec!["personal", "personal", "team"], false, user_id("bob")));
}

#[test]
fn a_profile_holds_a_thousand_accounts_and_the_active_one_besides() {
    let max = u128::from(OWN_MEMBERSHIPS_MAX);
    let exact = me(&with_accounts(max - 1).snapshot(), &ctx()).unwrap();
    assert_eq!((exact.memberships.len(), exact.more), (1_000, false));
    let beyond = me(&with_accounts(max + 1).snapshot(), &ctx()).unwrap();
    assert_eq!((beyond.memberships.len(), beyond.more), (1_001, true));
    assert_eq!(beyond.memberships.last().map(|found| found.account.id), Some(account_id("acme")));
}

#[test]
fn a_profile_and_a_page_of_accounts_need_a_session() {
    assert_needs_session(&team(), me);
    assert_eq!(slots_needed(&team(), me), ["caller_memberships"]);
    let page = |limit| Page { after: None, limit };
    assert_needs_session(&team(), |snapshot, ctx| accounts(snapshot, ctx, &page(1)));
    assert_eq!(accounts(&with_accounts(3).snapshot(), &ctx(), &page(2)).unwrap().len(), 2);
    assert_eq!(accounts(&with_accounts(3).snapshot(), &ctx(), &page(9)).unwrap().len(), 4);
    let first = accounts(&team().snapshot(), &ctx(), &page(1)).unwrap();
    assert_eq!(account_sort_key(&first[0]), format!("team/{}", account_id("acme")));
}

fn edit(name: Option<&str>, active_account: Option<&str>) -> ProfileUpdate {
    ProfileUpdate { name: name.map(str::to_owned), active_account: active_account.map(str::to_owned) }
}

fn change(name: Option<&str>, active_account: Option<&str>) -> Result<Decision<Profile>, DecisionError> {
    update(&team().snapshot(), &ctx(), Ok(&edit(name, active_account)))
}

#[test]
fn a_profile_is_changed_in_what_was_given() {
    let acme = account_id("acme");
    let decided = change(Some(" Robert "), Some(&acme.to_string())).unwrap();
    let effects = [Effect::RenameUser(user_id("bob"), name("Robert")), Effect::SetActiveAccount(user_id("bob"), acme)];
    assert_eq!(decided.change.effects, effects);
    assert_eq!((decided.output.user.name.as_str(), decided.change.events.len()), ("Robert", 0));
    let member = Precondition::MemberHasRole(acme, user_id("bob"), Some(RoleCode::restore("dev")));
    assert_rests_on(&decided.change, &[Precondition::SessionLive(session_id("bob")), member]);
    assert!(change(None, None).unwrap().change.is_empty());
}

#[test]
fn a_profile_is_changed_by_its_user_and_acts_only_in_an_account_of_theirs() {
    let faulty = edit(Some(""), Some("x"));
    assert_needs_session(&team(), |snapshot, ctx| update(snapshot, ctx, Ok(&faulty)));
    assert_eq!(invalid(change(Some(""), Some("x"))), ["/name too-short"]);
    assert_eq!(invalid(change(None, Some("acct_1"))), ["/active_account id-malformed"]);
    let stranger = team().stranger("zoe").as_caller("zoe");
    let acme = account_id("acme").to_string();
    let edit = edit(None, Some(&acme));
    assert_eq!(denied(update(&stranger.snapshot(), &ctx(), Ok(&edit))), Denial::AccountNotFound);
    assert_eq!(slots_needed(&team(), |snapshot, ctx| update(snapshot, ctx, Ok(&edit))), ["members", "caller_memberships"]);
}
