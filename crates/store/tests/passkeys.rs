//! Passkeys on the production statements: races, what the schema keeps by itself, and the end of spent challenges.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod support;

use rolecall_app::passkeys::{self, PasskeyContext};
use rolecall_app::ports::{MaintenanceStore, RsaVerifier};
use rolecall_app::{AppError, Fault};
use rolecall_core::credential::passkey_challenge::{self, BrowserKey, CHALLENGE_SECONDS, Ceremony};
use rolecall_core::credential::webauthn::PendingAssertion;
use rolecall_core::credential::webauthn::software_authenticator::SoftwareAuthenticator;
use rolecall_core::decision::passkey_sign_in::{INVALID, PasskeyAssertion};
use rolecall_core::decision::passkeys::{NewPasskey, PasskeyRegistration};
use rolecall_core::domain::id::IdentityId;
use rolecall_core::domain::passkey::{PASSKEYS_MAX, RelyingParty, user_handle};
use rolecall_core::domain::sign_in_config::PasskeyConfig;
use rolecall_core::domain::time::Timestamp;
use rolecall_core::transaction::denial::Denial;
use std::future::Future;
use std::pin::Pin;
use support::{Person, World, block_on, denial, fresh_output, interleave};

const ORIGIN: &str = "https://team.example";
const RP_ID: &str = "team.example";

type Run<'w> = Pin<Box<dyn Future<Output = Result<(), AppError>> + 'w>>;

/// These passkeys have no RSA keys.
struct NoRsa;

impl RsaVerifier for NoRsa {
    async fn verify(&self, _: &PendingAssertion) -> Result<bool, Fault> {
        Err(Fault::new("unexpected"))
    }
}

fn relying_party() -> RelyingParty {
    RelyingParty { config: PasskeyConfig { rp_id: RP_ID.to_owned(), rp_name: "Team".to_owned() }, origins: vec![ORIGIN.to_owned()] }
}

fn browser() -> BrowserKey {
    BrowserKey::from_random([1; 16])
}

fn challenge(world: &World, ceremony: Ceremony) -> String {
    let ctx = world.request(None).ctx;
    passkey_challenge::issue(&world.keys, ceremony, &browser(), ctx.now, ctx.salt())
}

/// An authenticator that verifies nobody, so that sessions of one factor may add and remove its passkeys.
fn authenticator(seed: u8, person: &Person) -> SoftwareAuthenticator {
    let handle = Some(user_handle(person.id).to_vec());
    SoftwareAuthenticator { user_handle: handle, sign_count: 4, flags: 0x19, ..SoftwareAuthenticator::eddsa([seed; 32], RP_ID) }
}

fn registration(world: &World, person: &Person, authenticator: &mut SoftwareAuthenticator) -> NewPasskey {
    let made = authenticator.register(challenge(world, Ceremony::Registration(person.id)).as_bytes(), ORIGIN);
    let response = PasskeyRegistration {
        id: made.id,
        client_data: made.client_data,
        attestation_object: made.attestation_object,
        transports: Vec::new(),
    };
    NewPasskey { label: None, response }
}

fn assertion(world: &World, authenticator: &mut SoftwareAuthenticator) -> PasskeyAssertion {
    let made = authenticator.authenticate(challenge(world, Ceremony::Authentication).as_bytes(), ORIGIN);
    PasskeyAssertion {
        id: made.id,
        client_data: made.client_data,
        authenticator_data: made.authenticator_data,
        signature: made.signature,
        user_handle: made.user_handle,
    }
}

fn register<'w>(world: &'w World, person: &'w Person, input: &'w NewPasskey) -> Run<'w> {
    Box::pin(async move {
        let relying_party = relying_party();
        let context = PasskeyContext { relying_party: &relying_party, browser: Some(browser()) };
        passkeys::register(&world.app(), &world.request(Some(person)), context, Ok(input.clone()), |_| None).await.map(drop)
    })
}

fn sign_in<'w>(world: &'w World, response: &'w PasskeyAssertion) -> Run<'w> {
    Box::pin(async move {
        let relying_party = relying_party();
        let context = PasskeyContext { relying_party: &relying_party, browser: Some(browser()) };
        passkeys::sign_in(&world.app(), &world.request(None), context, &NoRsa, response, |_| None).await.map(drop)
    })
}

fn remove<'w>(world: &'w World, person: &'w Person, id: IdentityId) -> Run<'w> {
    Box::pin(async move { passkeys::remove(&world.app(), &world.request(Some(person)), Some(id), |()| None).await.map(drop) })
}

/// Registers a passkey of the person; returns its id.
fn enrol(world: &World, person: &Person, authenticator: &mut SoftwareAuthenticator) -> IdentityId {
    let input = registration(world, person, authenticator);
    block_on(register(world, person, &input)).unwrap();
    let sql = format!("SELECT id FROM identity WHERE user = '{}' AND kind = 'passkey' ORDER BY id DESC", person.id);
    IdentityId::parse(&world.text(&sql)).unwrap()
}

fn sessions(world: &World, person: &Person) -> i64 {
    world.count(&format!("SELECT count(*) FROM session WHERE user = '{}'", person.id))
}

/// Every order of two runs of two batches each, and their repetitions.
fn orders() -> impl Iterator<Item = Vec<u8>> {
    (0..64_u8).map(|bits| (0..6).map(|step| bits >> step & 1).collect())
}

/// Leaves only the decisions' own checks.
fn drop_guards(world: &World) {
    world.store.db.without_preconditions.set(true);
    for guard in ["TRIGGER identity_insert_once", "TRIGGER identity_counter_grows", "TRIGGER identity_cap", "INDEX identity_one_credential"]
    {
        world.sql(&format!("DROP {guard}")).unwrap();
    }
}

/// How two people fare who register the same credential id at once: the denial of each that was refused, and the rows.
fn same_credential(guarded: bool, order: &[u8]) -> (Vec<Denial>, i64) {
    let world = World::new();
    let (ann, bob) = (world.person("ann@example.com"), world.person("bob@example.com"));
    let mut authenticator = authenticator(7, &ann);
    let (first, second) = (registration(&world, &ann, &mut authenticator), registration(&world, &bob, &mut authenticator));
    if !guarded {
        drop_guards(&world);
    }
    let results = interleave(vec![register(&world, &ann, &first), register(&world, &bob, &second)], order);
    let denials = results.into_iter().filter(Result::is_err).map(denial).collect();
    (denials, world.count("SELECT count(*) FROM identity WHERE kind = 'passkey'"))
}

#[test]
fn one_of_two_registrations_of_a_credential_id_wins() {
    assert!(orders().any(|order| same_credential(false, &order).1 == 2), "without guards both are stored in some order");
    for order in orders() {
        assert_eq!(same_credential(true, &order), (vec![Denial::PasskeyExists], 1), "{order:?}");
    }
}

/// The counter after two sign-ins with the counters 5 and 6 at once, and which succeeded.
fn two_counters(guarded: bool, order: &[u8]) -> (i64, [bool; 2]) {
    let world = World::new();
    let ann = world.person("ann@example.com");
    let mut authenticator = authenticator(7, &ann);
    enrol(&world, &ann, &mut authenticator);
    let (first, second) = (assertion(&world, &mut authenticator), assertion(&world, &mut authenticator));
    if !guarded {
        drop_guards(&world);
    }
    let results = interleave(vec![sign_in(&world, &first), sign_in(&world, &second)], order);
    (world.count("SELECT sign_count FROM identity WHERE kind = 'passkey'"), [results[0].is_ok(), results[1].is_ok()])
}

#[test]
fn a_signature_counter_never_falls_and_a_lower_one_is_refused() {
    assert!(orders().any(|order| two_counters(false, &order).0 == 5), "without guards the lower counter is stored last in some order");
    let mut refused = 0;
    for order in orders() {
        let (count, [first, second]) = two_counters(true, &order);
        assert_eq!((count, second), (6, true), "{order:?}");
        refused += u32::from(!first);
    }
    assert!(refused > 0, "in some order the higher counter comes first");
}

#[test]
fn a_challenge_signs_in_once_in_every_order() {
    for order in orders() {
        for guarded in [true, false] {
            let world = World::new();
            let ann = world.person("ann@example.com");
            let mut authenticator = SoftwareAuthenticator { sign_count: 0, ..authenticator(7, &ann) };
            enrol(&world, &ann, &mut authenticator);
            let response = assertion(&world, &mut authenticator);
            // Its row is a guard by itself.
            world.store.db.without_preconditions.set(!guarded);
            let before = sessions(&world, &ann);
            let results = interleave(vec![sign_in(&world, &response), sign_in(&world, &response)], &order);
            assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{order:?}");
            assert_eq!(sessions(&world, &ann), before + 1);
        }
    }
}

#[test]
fn a_passkey_that_is_removed_meanwhile_signs_nobody_in() {
    // The sign-in loads, the removal loads and commits, the sign-in goes on.
    let result = |guarded: bool| {
        let world = World::new();
        let ann = world.person("ann@example.com");
        let mut authenticator = authenticator(7, &ann);
        let id = enrol(&world, &ann, &mut authenticator);
        let response = assertion(&world, &mut authenticator);
        world.store.db.without_preconditions.set(!guarded);
        let mut results = interleave(vec![sign_in(&world, &response), remove(&world, &ann, id)], &[0, 0, 1, 1, 1, 0]);
        results.pop().unwrap().unwrap();
        world.assert_invariants();
        results.pop().unwrap()
    };
    assert!(result(false).is_ok(), "without the precondition a session starts");
    assert_eq!(denial(result(true)), INVALID);
}

/// The passkeys of a person who had one less than the most, after two registrations at once.
fn two_at_the_cap(guarded: bool, order: &[u8]) -> i64 {
    let world = World::new();
    let ann = world.person("ann@example.com");
    for seed in 1..PASSKEYS_MAX {
        enrol(&world, &ann, &mut authenticator(u8::try_from(seed).unwrap(), &ann));
    }
    let inputs = [100, 101].map(|seed| registration(&world, &ann, &mut authenticator(seed, &ann)));
    if !guarded {
        drop_guards(&world);
    }
    interleave(inputs.iter().map(|input| register(&world, &ann, input)).collect(), order);
    world.count("SELECT count(*) FROM identity WHERE kind = 'passkey'")
}

#[test]
fn a_user_has_at_most_twenty_passkeys_in_every_order() {
    let order = [0, 0, 1, 1, 0, 1];
    assert_eq!(two_at_the_cap(false, &order), PASSKEYS_MAX + 1);
    for order in [order, [0, 0, 0, 1, 1, 1], [1, 0, 1, 0, 1, 0]] {
        assert_eq!(two_at_the_cap(true, &order), PASSKEYS_MAX);
    }
}

#[test]
fn the_schema_keeps_what_a_passkey_is() {
    let world = World::new();
    let (ann, bob) = (world.person("ann@example.com"), world.person("bob@example.com"));
    enrol(&world, &ann, &mut authenticator(7, &ann));
    world.sql("INSERT INTO spent_challenge VALUES ('x', 1)").unwrap();
    let columns = "user, id, kind, proof, epoch, created_at, credential, sign_count, backup_eligible, backed_up, transports, aaguid, user_verified, label";
    let insert = |values: &str| format!("INSERT INTO identity ({columns}) VALUES ('{}', 'idn_x', {values})", bob.id);
    let copy = format!(
        "INSERT INTO identity ({columns}) SELECT '{}', 'idn_x', {} FROM identity WHERE kind = 'passkey'",
        bob.id,
        columns.trim_start_matches("user, id, ")
    );
    for sql in [
        copy.clone(),
        copy.replace("INSERT", "INSERT OR REPLACE"),
        "UPDATE identity SET sign_count = 4 WHERE kind = 'passkey'".to_owned(),
        "UPDATE identity SET sign_count = 0 WHERE kind = 'passkey'".to_owned(),
        "UPDATE identity SET sign_count = NULL WHERE kind = 'passkey'".to_owned(),
        "UPDATE identity SET sign_count = 4294967296 WHERE kind = 'passkey'".to_owned(),
        "UPDATE identity SET proof = 'AQ' WHERE kind = 'passkey'".to_owned(),
        "UPDATE identity SET credential = 'AQ' WHERE kind = 'passkey'".to_owned(),
        "UPDATE identity SET backup_eligible = 0 WHERE kind = 'passkey'".to_owned(),
        "UPDATE identity SET label = '' WHERE kind = 'passkey'".to_owned(),
        "UPDATE identity SET label = 'x' WHERE kind = 'password'".to_owned(),
        insert("'passkey', 'AQ', 0, 1, NULL, 0, 0, 0, '[]', 'a', 1, 'l'"),
        insert("'passkey', 'AQ', 0, 1, 'AQ', 0, 0, 1, '[]', 'a', 1, 'l'"),
        insert(&format!("'passkey', 'AQ', 0, 1, '{}', 0, 0, 0, '[]', 'a', 1, 'l'", "A".repeat(1365))),
        insert("'passkey', '', 0, 1, 'AQ', 0, 0, 0, '[]', 'a', 1, 'l'"),
        "INSERT OR REPLACE INTO spent_challenge VALUES ('x', 1)".to_owned(),
        "UPDATE spent_challenge SET id = 'y'".to_owned(),
    ] {
        assert!(world.sql(&sql).is_err(), "{sql}");
    }
    world.sql(&insert("'passkey', 'AQ', 0, 1, 'AQ', 0, 1, 1, '[]', 'a', 1, 'l'")).unwrap();
}

#[test]
fn a_spent_challenge_is_kept_while_it_could_be_sent_again() {
    let world = World::new();
    let ann = world.person("ann@example.com");
    let mut authenticator = authenticator(7, &ann);
    enrol(&world, &ann, &mut authenticator);
    let response = assertion(&world, &mut authenticator);
    block_on(sign_in(&world, &response)).unwrap();
    let spent = || world.count("SELECT count(*) FROM spent_challenge");
    let start = world.now.get();
    for (seconds, left) in [(CHALLENGE_SECONDS - 1, 2), (CHALLENGE_SECONDS + 59, 2), (CHALLENGE_SECONDS + 61, 0)] {
        world.now.set(start + seconds * 1000);
        block_on(world.store.purge(Timestamp::from_millis(world.now.get()))).unwrap();
        assert_eq!(spent(), left, "{seconds}");
        assert_eq!(denial(block_on(sign_in(&world, &response))), INVALID);
    }
}

#[test]
fn a_passkey_of_before_a_restore_is_listed_and_signs_nobody_in() {
    let world = World::new();
    let ann = world.person("ann@example.com");
    let mut authenticator = authenticator(7, &ann);
    let id = enrol(&world, &ann, &mut authenticator);
    let world = world.restored();
    let response = assertion(&world, &mut authenticator);
    assert_eq!(denial(block_on(sign_in(&world, &response))), INVALID);
    let ann = Person { session: world.person_session(&ann), ..ann };
    let listed = block_on(passkeys::list(&world.app(), &world.request(Some(&ann)))).unwrap();
    assert_eq!(listed.iter().map(|passkey| passkey.id).collect::<Vec<_>>(), [id]);
    let (app, request) = (world.app(), world.request(Some(&ann)));
    let renamed = block_on(passkeys::rename(&app, &request, Some(id), Ok("Old".to_owned()), |_| None)).unwrap();
    assert_eq!(fresh_output(renamed).label.as_str(), "Old");
    block_on(remove(&world, &ann, id)).unwrap();
    assert_eq!(world.count("SELECT count(*) FROM identity WHERE kind = 'passkey'"), 0);
}
