use super::denials::TARGET_CHARS_MAX;
use super::*;
use crate::accounts;
use crate::ports::DeniedAttempt;
use crate::testing::{FakeStore, TestApp, block_on, keyed_anonymous_request, keyed_request, request, request_in, response};
use core::cell::{Cell, RefCell};
use rolecall_core::decision::accounts::AccountWithRole;
use rolecall_core::decision::signups::SignedUp;
use rolecall_core::decision::{members, queries};
use rolecall_core::domain::account::AccountChange;
use rolecall_core::domain::activity_counts::{ClockWindow, WindowedCount};
use rolecall_core::domain::audit::Actor;
use rolecall_core::domain::id::MailId;
use rolecall_core::domain::mail::{Mail, MailKind};
use rolecall_core::domain::role::RoleCode;
use rolecall_core::domain::session::SESSION_IDLE_SECONDS;
use rolecall_core::testing::{NOW, STALE_VERSION, Team, account_id, ctx_at, ctx_if_match, email, event_data, event_names, name, user_id};
use rolecall_core::transaction::audit_event::{EventOutcome, Resource};
use rolecall_core::transaction::change::ChangeSet;
use rolecall_core::transaction::lookup::{AccountRef, UserRef};
use std::rc::Rc;

fn acme() -> AccountId {
    account_id("acme")
}

fn team() -> Team {
    Team::new().owner("ann").member("bob", "dev").as_caller("ann")
}

fn body_of(output: &AccountWithRole) -> Option<StoredResponse> {
    Some(response(output.account.name.as_str()))
}

fn rename(test: &TestApp, request: &RequestContext, to: &str) -> Result<Outcome<AccountWithRole>, AppError> {
    block_on(accounts::update(&test.app(), request, acme(), Ok(accounts::AccountUpdate::named(to)), body_of))
}

fn demote(test: &TestApp, request: &RequestContext, whom: &str) -> Result<Outcome<()>, AppError> {
    let lookups = vec![
        Lookup::CallerIn(AccountRef::Id(acme())),
        Lookup::Member(AccountRef::Id(acme()), UserRef::Id(user_id(whom))),
        Lookup::User(UserRef::Id(user_id(whom))),
    ];
    let decide = |snapshot: &_, ctx: &_| {
        let decision = members::change_role(snapshot, &test.config, ctx, acme(), Some(user_id(whom)), Ok("basic"))?;
        Ok(Decision { change: decision.change, output: () })
    };
    block_on(execute(&test.app(), request, lookups, None, decide, |()| Some(response("demoted"))))
}

/// Another request's change of the team.
fn concurrent(effect: Effect) -> impl FnOnce(&mut crate::testing::State) {
    move |state| state.team.apply(&ChangeSet { effects: vec![effect], ..ChangeSet::default() })
}

fn fresh_name(outcome: Result<Outcome<AccountWithRole>, AppError>) -> String {
    match outcome.unwrap() {
        Outcome::Fresh { output, .. } => output.account.name.as_str().to_owned(),
        Outcome::Replayed(response) => panic!("replayed {response:?}"),
    }
}

#[test]
fn a_command_takes_one_load_and_one_commit_with_the_preconditions_of_its_decision() {
    let (test, request) = (TestApp::of(team()), request());
    assert_eq!(fresh_name(rename(&test, &request, "New")), "New");
    assert_eq!((test.store.recorded_loads().len(), test.store.commit_attempts().len(), request.tries.get()), (1, 1, 1));
    let (change, record) = test.store.commits().pop().unwrap();
    assert_eq!(event_names(&change), ["account.update"]);
    assert!(change.preconditions.len() > 1, "{:?}", change.preconditions);
    assert_eq!(record, None, "without an idempotency key");
    assert_eq!(*request.deferred.borrow(), crate::request_context::DeferredWork { seal: vec![acme()], ..Default::default() });
}

#[test]
fn a_stale_commit_is_decided_again_on_newly_loaded_data() {
    let store =
        FakeStore::new(team()).with_concurrent_change(concurrent(Effect::UpdateAccount(acme(), AccountChange::Name(name("Other")))));
    let (test, request) = (TestApp::new(store), request());
    assert_eq!(fresh_name(rename(&test, &request, "New")), "New");
    assert_eq!((test.store.recorded_loads().len(), test.store.commit_attempts().len(), request.tries.get()), (2, 2, 2));
    let commits = test.store.commits();
    assert_eq!(commits.len(), 1);
    assert_eq!(event_data(&commits[0].0)["from"], "Other");
    let ids: Vec<_> = test.store.commit_attempts().iter().map(|change| change.events[0].id).collect();
    assert_eq!(ids[0], ids[1], "a repeated decision draws the same random bytes");
}

#[test]
fn a_right_that_was_revoked_before_the_commit_ends_the_retry_in_a_denial() {
    let demoted = Effect::SetMemberRole(acme(), user_id("eve"), RoleCode::restore("basic"));
    let store = FakeStore::new(team().member("eve", "admin").as_caller("eve")).with_concurrent_change(concurrent(demoted));
    let test = TestApp::new(store);
    let denial = rename(&test, &request(), "New").unwrap_err();
    assert!(matches!(denial, AppError::Denied(Denial::PermissionMissing(_))), "{denial:?}");
    assert_eq!((test.store.commit_attempts().len(), test.store.commits().len()), (1, 0));
}

#[test]
fn twelve_stale_commits_end_in_a_conflict_and_eleven_do_not() {
    let (test, request_) = (TestApp::new(FakeStore::new(team()).with_stale_commits(12)), request());
    assert_eq!(rename(&test, &request_, "New"), Err(Denial::Conflict.into()));
    assert_eq!((test.store.recorded_loads().len(), test.store.commit_attempts().len(), test.store.commits().len()), (12, 12, 0));
    assert_eq!(*request_.deferred.borrow(), Default::default(), "nothing was written, so nothing is left to do");
    let test = TestApp::new(FakeStore::new(team()).with_stale_commits(11));
    assert_eq!(fresh_name(rename(&test, &request(), "New")), "New");
    assert_eq!((test.store.commit_attempts().len(), test.store.commits().len()), (12, 1));
}

#[test]
fn a_replayed_key_returns_the_stored_response_and_commits_nothing() {
    let test = TestApp::of(team());
    assert_eq!(fresh_name(rename(&test, &keyed_request("f"), "New")), "New");
    let record = test.store.commits()[0].1.clone().unwrap();
    assert_eq!((record.principal, record.key.as_str(), record.at), (user_id("ann").to_string(), "key-1", NOW));
    assert_eq!(record.response, PriorResponse { fingerprint: "f".to_owned(), kind: "ok".to_owned(), body: "New".to_owned() });
    let again = keyed_request("f");
    assert_eq!(rename(&test, &again, "Newer"), Ok(Outcome::Replayed(response("New"))));
    assert_eq!((test.store.recorded_loads().len(), test.store.commit_attempts().len(), again.tries.get()), (2, 1, 0));
}

#[test]
fn a_key_with_another_request_is_refused() {
    let test = TestApp::new(FakeStore::new(team()).prior_response(user_id("ann"), "f", "Old"));
    assert_eq!(rename(&test, &keyed_request("g"), "New"), Err(Denial::IdempotencyKeyReused.into()));
    assert_eq!(test.store.commit_attempts(), []);
}

#[test]
fn a_response_is_replayed_to_its_principal_alone() {
    // The record of the network is found by the load, and belongs to anonymous requests.
    let test = TestApp::new(FakeStore::new(team()).prior_response("network:192.0.2.0/24", "f", "Old"));
    assert_eq!(fresh_name(rename(&test, &keyed_request("f"), "New")), "New");
    test.store.sign_in_as("bob");
    let denial = rename(&test, &keyed_request("f"), "New").unwrap_err();
    assert!(matches!(denial, AppError::Denied(Denial::PermissionMissing(_))), "the record of ann is not replayed to bob: {denial:?}");
}

#[test]
fn a_former_member_is_replayed_no_data_of_the_account() {
    let left = team().stranger("zoe").as_caller("zoe");
    let test = TestApp::new(FakeStore::new(left).prior_response(user_id("zoe"), "f", "Old"));
    assert_eq!(rename(&test, &keyed_request("f"), "New"), Err(Denial::AccountNotFound.into()));
    let without_data = TestApp::new(FakeStore::new(team().stranger("zoe").as_caller("zoe")).prior_response(user_id("zoe"), "f", ""));
    assert_eq!(rename(&without_data, &keyed_request("f"), "New"), Ok(Outcome::Replayed(response(""))), "as after leaving");
}

#[test]
fn an_ended_session_gives_no_access_to_a_stored_response() {
    let test = TestApp::new(FakeStore::new(team()).prior_response(user_id("ann"), "f", "Old"));
    assert_eq!(rename(&test, &keyed_request("f"), "New"), Ok(Outcome::Replayed(response("Old"))));
    let late = RequestContext { ctx: ctx_at(NOW.plus_seconds(SESSION_IDLE_SECONDS)), ..keyed_request("f") };
    assert_eq!(rename(&test, &late, "New"), Err(Denial::SessionExpired.into()));
}

#[test]
fn a_concurrent_request_with_the_same_key_is_committed_once() {
    let twin = |state: &mut crate::testing::State| state.insert_response(user_id("ann"), "f", "New");
    let test = TestApp::new(FakeStore::new(team()).with_concurrent_change(twin));
    assert_eq!(rename(&test, &keyed_request("f"), "New"), Ok(Outcome::Replayed(response("New"))));
    assert_eq!((test.store.commit_attempts().len(), test.store.commits().len()), (1, 0));
}

#[test]
fn after_a_lost_reply_the_same_request_is_replayed() {
    let test = TestApp::new(FakeStore::new(team()).reply_is_lost());
    let request = keyed_request("f");
    assert_eq!(rename(&test, &request, "New"), Err(AppError::Fault(Fault::new("the reply was lost"))));
    assert_eq!(rename(&test, &keyed_request("f"), "New"), Ok(Outcome::Replayed(response("New"))));
    assert_eq!(test.store.commits().len(), 1);
}

#[test]
fn what_changes_nothing_commits_nothing_but_the_record_of_an_authenticated_caller() {
    let test = TestApp::of(team());
    assert_eq!(fresh_name(rename(&test, &request(), "Acme")), "Acme");
    assert_eq!(block_on(accounts::get(&test.app(), &keyed_request("q"), acme())).unwrap().account.id, acme());
    assert_eq!(test.store.commit_attempts(), []);
    assert_eq!(test.store.recorded_loads()[1].replay, None, "a query has no stored response");
    let unchanged = |_: &TrackedSnapshot, _: &DecisionContext| Ok(Decision { change: ChangeSet::default(), output: () });
    let run = |request: &RequestContext| {
        block_on(execute(&test.app(), request, Vec::new(), None, unchanged, |()| Some(response("same")))).unwrap()
    };
    assert_eq!(run(&keyed_anonymous_request("f")), Outcome::Fresh { output: (), response: Some(response("same")) });
    assert_eq!(test.store.commit_attempts(), []);
    run(&keyed_request("f"));
    assert_eq!(test.store.commits()[0].1.as_ref().unwrap().principal, user_id("ann").to_string());
    assert_eq!(run(&keyed_request("f")), Outcome::Replayed(response("same")));
}

#[test]
fn an_output_without_a_response_has_no_record() {
    let test = TestApp::of(team());
    let outcome =
        block_on(accounts::update(&test.app(), &keyed_request("f"), acme(), Ok(accounts::AccountUpdate::named("New")), |_| None)).unwrap();
    assert!(outcome.into_response().is_err());
    assert_eq!(test.store.commits()[0].1, None);
}

#[test]
fn a_request_without_authentication_has_its_key_in_the_network_whatever_its_credential() {
    let test = TestApp::of(team());
    let effect = Effect::CloseResets(email("ann"));
    let decide = |_: &TrackedSnapshot, _: &DecisionContext| {
        Ok(Decision { change: ChangeSet { effects: vec![effect.clone()], ..ChangeSet::default() }, output: SignedUp::VerificationSent })
    };
    let run = |request: &RequestContext| {
        block_on(execute_unauthenticated(&test.app(), request, None, Vec::new(), decide, |_| Some(response("sent")))).unwrap()
    };
    run(&keyed_request("f"));
    assert_eq!(test.store.commits()[0].1.as_ref().unwrap().principal, "network:192.0.2.0/24");
    assert_eq!(run(&keyed_anonymous_request("f")), Outcome::Replayed(response("sent")));
    assert_eq!(test.store.commits().len(), 1);
}

#[test]
fn a_response_that_is_too_large_is_a_fault_and_commits_nothing() {
    let test = TestApp::of(team());
    let rename = |bytes: usize, key: &str| {
        let render = |_: &AccountWithRole| Some(response(&"x".repeat(bytes)));
        block_on(accounts::update(&test.app(), &keyed_request(key), acme(), Ok(accounts::AccountUpdate::named("New")), render))
    };
    assert!(matches!(rename(STORED_BODY_MAX + 1, "f"), Err(AppError::Fault(_))));
    assert_eq!(test.store.commit_attempts(), []);
    assert!(rename(STORED_BODY_MAX, "f").is_ok());
}

#[test]
fn an_authorisation_denial_is_recorded_and_the_account_is_to_be_sealed() {
    let (test, request) = (TestApp::of(team().as_caller("bob")), request());
    let denial = rename(&test, &request, "New").unwrap_err();
    let AppError::Denied(Denial::PermissionMissing(refusal)) = denial else { panic!("{denial:?}") };
    assert_eq!((refusal.permission.as_str(), refusal.role.as_str()), ("team.manage", "dev"));
    let denials = test.store.denials();
    assert_eq!(denials.len(), 1);
    let DeniedAttempt { attempt, limit, since, max, account_max } = &denials[0];
    assert_eq!((attempt.account, attempt.action, attempt.outcome), (acme(), "account.update", EventOutcome::Denied));
    assert_eq!(attempt.actor, Actor::User(user_id("bob"), name("bob")));
    assert_eq!(serde_json::Value::from(attempt.data.clone()), serde_json::json!({ "permission": "team.manage", "role": "dev" }));
    assert_eq!((limit.action, limit.outcome, &limit.actor), ("denials.limit", EventOutcome::Denied, &attempt.actor));
    assert_eq!((*since, *max, *account_max), (NOW.plus_seconds(-60), 20, 100));
    assert_eq!(request.deferred.borrow().seal, [acme()]);
    assert_eq!(test.store.commit_attempts(), []);
}

#[test]
fn each_kind_of_authorisation_denial_is_recorded_for_commands_and_queries() {
    let denied = |who: &str, denial: Denial| {
        let test = TestApp::of(team().member("eve", "admin").as_caller(who));
        let action = Some(AuditedAction::new(acme(), "account.read", Resource::new("account", acme())));
        let result = block_on(query(&test.app(), &request(), Vec::new(), action, |_, _| Err::<(), _>(denial.clone().into())));
        assert_eq!(result, Err(denial.into()));
        test.store.denials().len()
    };
    let refusal = || rolecall_core::transaction::denial::MissingPermission {
        permission: "team.manage".to_owned(),
        role: "dev".to_owned(),
        granted_by: Vec::new(),
    };
    let kinds = [Denial::PermissionMissing(refusal()), Denial::PermissionEscalation(refusal()), Denial::OwnerOnly];
    assert_eq!(kinds.map(|denial| denied("bob", denial)), [1; 3]);
    let others = [Denial::AccountNotFound, Denial::PreconditionFailed, Denial::OwnerMustStay, Denial::LimitReached("roles")];
    assert_eq!(others.map(|denial| denied("bob", denial)), [0; 4]);
}

#[test]
fn a_denial_is_recorded_in_the_account_of_the_action_and_not_in_the_active_one() {
    let test = TestApp::of(team().edit_user("bob", |bob| bob.active_account = account_id("other")).as_caller("bob"));
    rename(&test, &request(), "New").unwrap_err();
    assert_eq!(test.store.denials()[0].attempt.account, acme());
}

#[test]
fn a_denial_of_a_stranger_an_anonymous_caller_or_a_stale_version_is_not_recorded() {
    let denial = |team: Team, request: &RequestContext| {
        let test = TestApp::of(team);
        let denial = rename(&test, request, "New").unwrap_err();
        assert_eq!((test.store.denials().len(), test.store.commit_attempts().len()), (0, 0));
        assert_eq!(request.deferred.borrow().seal, []);
        denial
    };
    assert_eq!(denial(team().stranger("zoe").as_caller("zoe"), &request()), Denial::AccountNotFound.into());
    assert_eq!(denial(team(), &RequestContext { credential: None, ..request() }), Denial::SessionMissing.into());
    assert_eq!(denial(team(), &request_in(ctx_if_match(&[STALE_VERSION]))), Denial::PreconditionFailed.into());
}

#[test]
fn a_denial_of_an_action_that_is_not_audited_is_not_recorded() {
    let test = TestApp::of(team().as_caller("bob"));
    let result = demote(&test, &request(), "ann");
    assert!(matches!(result, Err(AppError::Denied(Denial::PermissionMissing(_)))), "{result:?}");
    assert_eq!(test.store.denials(), []);
}

#[test]
fn a_denial_that_cannot_be_recorded_is_a_fault() {
    let test = TestApp::new(FakeStore::new(team().as_caller("bob")).denials_fail());
    let request = request();
    assert_eq!(rename(&test, &request, "New"), Err(AppError::Fault(Fault::new("the denial was not recorded"))));
    assert_eq!(request.deferred.borrow().seal, []);
}

#[test]
fn a_recorded_target_is_cut_and_the_default_account_is_used_where_none_is_named() {
    let test = TestApp::of(team().as_caller("bob"));
    let target = Some("x".repeat(TARGET_CHARS_MAX + 1));
    let action = AuditedAction { target, ..AuditedAction::in_default_account("gateway.request", Resource::new("route", "GET /x")) };
    let result = block_on(query(&test.app(), &request(), Vec::new(), Some(action), |_, _| Err::<(), _>(Denial::OwnerOnly.into())));
    assert_eq!(result, Err(Denial::OwnerOnly.into()));
    let attempt = test.store.denials()[0].attempt.clone();
    assert_eq!(attempt.account, acme());
    assert_eq!(attempt.data["id"], "x".repeat(TARGET_CHARS_MAX));
}

/// Runs a decision that needs the membership of bob, which no lookup of its use case loads.
fn needs_more(test: &TestApp, user: &str, command: bool) -> Result<(), AppError> {
    let lookups = vec![Lookup::CallerIn(AccountRef::Id(acme()))];
    if command {
        let decide = |snapshot: &TrackedSnapshot, _: &DecisionContext| {
            snapshot.member(acme(), user_id(user))?;
            Ok(Decision { change: ChangeSet::default(), output: () })
        };
        return block_on(execute(&test.app(), &request(), lookups, None, decide, |()| None)).map(drop);
    }
    block_on(query(&test.app(), &request(), lookups, None, |snapshot, _| snapshot.member(acme(), user_id(user)).map(drop)))
}

#[test]
fn data_that_was_not_loaded_costs_one_more_round_trip_with_that_lookup() {
    for command in [false, true] {
        let test = TestApp::of(team());
        needs_more(&test, "bob", command).unwrap();
        let loads: Vec<Vec<Lookup>> = test.store.recorded_loads().into_iter().map(|load| load.lookups).collect();
        let first = Lookup::CallerIn(AccountRef::Id(acme()));
        let missing = Lookup::Member(AccountRef::Id(acme()), UserRef::Id(user_id("bob")));
        assert_eq!(loads, [vec![first.clone()], vec![first, missing]], "command: {command}");
    }
}

#[test]
fn a_decision_that_never_has_enough_is_a_fault_after_six_further_round_trips() {
    for command in [false, true] {
        let test = TestApp::of(team());
        // The fixture has no such user, so the lookup fills nothing.
        assert_eq!(needs_more(&test, "nobody", command), Err(too_many_loads()));
        assert_eq!(test.store.recorded_loads().len(), 1 + EXTRA_LOADS_MAX, "command: {command}");
        assert_eq!(test.store.commit_attempts(), []);
    }
}

#[test]
fn faults_of_the_store_come_through() {
    let loads = TestApp::new(FakeStore::new(team()).load_fails(0));
    assert_eq!(rename(&loads, &request(), "New"), Err(AppError::Fault(Fault::new("the load failed"))));
    assert_eq!(block_on(accounts::get(&loads.app(), &request(), acme())).unwrap().account.id, acme(), "the second load succeeds");
    let reloads = TestApp::new(FakeStore::new(team()).with_stale_commits(1).load_fails(1));
    assert_eq!(rename(&reloads, &request(), "New"), Err(AppError::Fault(Fault::new("the load failed"))));
    let commits = TestApp::new(FakeStore::new(team()).commit_fails());
    assert_eq!(rename(&commits, &request(), "New"), Err(AppError::Fault(Fault::new("the commit failed"))));
    assert_eq!((commits.store.commit_attempts().len(), commits.store.commits().len()), (1, 0), "a fault is not retried");
}

#[test]
fn invalid_fields_come_through_and_commit_nothing() {
    let test = TestApp::of(team());
    let Err(AppError::Invalid(errors)) = rename(&test, &request(), "") else { panic!("valid") };
    assert_eq!(errors.iter().map(|error| error.pointer.as_str()).collect::<Vec<_>>(), ["/name"]);
    assert_eq!((test.store.commit_attempts().len(), test.store.denials().len()), (0, 0));
}

#[test]
fn a_change_that_may_have_revoked_rights_republishes_the_token_version() {
    let deferred = |store: FakeStore| {
        let (test, request) = (TestApp::new(store), request());
        let committed = demote(&test, &request, "bob").is_ok();
        let deferred = request.deferred.take();
        (committed, deferred.min_token_versions, deferred.seal)
    };
    assert_eq!(deferred(FakeStore::new(team())), (true, vec![acme()], vec![acme()]));
    // Only the reply may have been lost.
    assert_eq!(deferred(FakeStore::new(team()).reply_is_lost()), (false, vec![acme()], vec![]));
    assert_eq!(deferred(FakeStore::new(team()).with_stale_commits(12)), (false, vec![], vec![]));
}

#[test]
fn a_mail_in_the_outbox_is_to_be_delivered() {
    let mail = Mail { id: MailId::new(NOW, [1; 10]), to: email("ann"), kind: MailKind::PasswordChanged, created_at: NOW };
    for (effect, queued) in
        [(Effect::InsertMail(mail.clone()), true), (Effect::InsertMailToUser(mail), true), (Effect::CloseResets(email("ann")), false)]
    {
        let (test, request) = (TestApp::of(team()), request());
        let decide = |_: &TrackedSnapshot, _: &DecisionContext| {
            Ok(Decision { change: ChangeSet { effects: vec![effect.clone()], ..ChangeSet::default() }, output: () })
        };
        block_on(execute(&test.app(), &request, Vec::new(), None, decide, |()| None)).unwrap();
        assert_eq!(request.deferred.borrow().mail, queued, "{effect:?}");
    }
}

#[test]
fn a_used_up_quota_of_changes_ends_the_request_before_the_commit() {
    let used = WindowedCount { window: ClockWindow::Hour.window_number(NOW), count: i64::MAX };
    let test = TestApp::of(team().edit_account(move |account| account.changes = used));
    let denial = rename(&test, &request(), "New").unwrap_err();
    assert!(matches!(denial, AppError::Denied(Denial::TooManyChanges { .. })), "{denial:?}");
    assert_eq!((test.store.commit_attempts().len(), test.store.denials().len()), (0, 0));
}

#[test]
fn the_rate_limit_counts_a_caller_once_per_request_and_precedes_the_decision() {
    let limited = |allowed: bool, asked: &Rc<RefCell<Vec<String>>>| {
        let asked = Rc::clone(asked);
        let limit = CallerRateLimiter::new(move |caller| {
            asked.borrow_mut().push(caller);
            Box::pin(core::future::ready(Ok(allowed)))
        });
        request().with_rate_limit(limit)
    };
    let asked = Rc::default();
    let test = TestApp::new(FakeStore::new(team()).with_stale_commits(2));
    assert_eq!(fresh_name(rename(&test, &limited(true, &asked), "New")), "New");
    assert_eq!(*asked.borrow(), [format!("user:{}", user_id("ann"))]);
    let decided = Cell::new(0);
    let result = block_on(query(&test.app(), &limited(false, &asked), Vec::new(), None, |snapshot, ctx| {
        decided.set(decided.get() + 1);
        queries::account(snapshot, &test.config, ctx, acme())
    }));
    assert_eq!(result.unwrap_err(), Denial::TooManyAttempts { retry_after: 60 }.into());
    assert_eq!(decided.get(), 0);
}

#[test]
fn the_last_use_of_a_session_is_noted_when_it_is_due() {
    let noted = |seconds: i64| {
        let (test, request) = (TestApp::of(team()), request_in(ctx_at(NOW.plus_seconds(seconds))));
        block_on(accounts::get(&test.app(), &request, acme())).unwrap();
        assert_eq!(*request.log_subject.borrow(), Some(user_id("ann").to_string()));
        request.deferred.borrow().last_use
    };
    assert_eq!(noted(0), None);
    assert_eq!(noted(3_600), Some(UsedCredential::Session(rolecall_core::testing::session_id("ann"))));
}
