//! Unit tests of the state of a sign-in at a provider.

use super::*;
use proptest::prelude::*;

pub(crate) fn keys() -> Keyring {
    Keyring::parse("k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "0").unwrap()
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_790_000_000_000).plus_seconds(seconds)
}

/// A flow of the provider `idp`, started at `at(0)`.
pub(crate) fn flow() -> Flow {
    started(FlowPurpose::SignIn, "/teams")
}

fn started(purpose: FlowPurpose, return_to: &str) -> Flow {
    let start = FlowStart {
        purpose,
        provider: ProviderId::parse("idp").unwrap(),
        return_to: ReturnTo::parse(return_to).unwrap(),
        invitation: Some("invitation".to_owned()),
        proof: None,
    };
    Flow::start(start, at(0), core::array::from_fn(|byte| u8::try_from(byte).unwrap()))
}

#[test]
fn the_challenge_of_rfc_7636_appendix_b_is_right() {
    assert_eq!(s256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    assert_eq!(flow().code_challenge(), s256(&flow().code_verifier()));
}

#[test]
fn secrets_are_different_parts_of_the_random_bytes() {
    let bytes = |text: String| BASE64URL_NOPAD.decode(text.as_bytes()).unwrap();
    let parts = [bytes(flow().state()), bytes(flow().nonce()), bytes(flow().code_verifier())].concat();
    assert_eq!(parts, (0..64).collect::<Vec<u8>>());
    assert!(flow().has_state(&flow().state()) && !flow().has_state(&flow().nonce()) && !flow().has_state(""));
    assert_eq!(flow().code_verifier().len(), 43);
}

#[test]
fn a_flow_is_decoded_for_ten_minutes() {
    let text = flow().encode(&keys());
    assert_eq!(Flow::decode(&keys(), &text, at(FLOW_SECONDS - 1)), Ok(flow()));
    assert_eq!(Flow::decode(&keys(), &text, at(FLOW_SECONDS)), Err(FlowError::Expired));
    assert_eq!(FLOW_SECONDS, 600);
}

#[test]
fn a_flow_of_another_server_or_of_before_a_restore_is_refused() {
    let text = flow().encode(&keys());
    let other = Keyring::parse("k1:IAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "0").unwrap();
    let restored = Keyring::parse("k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "1").unwrap();
    for keys in [other, restored] {
        assert_eq!(Flow::decode(&keys, &text, at(0)), Err(FlowError::Malformed));
    }
    let cursor = sealed::encode(&keys(), Purpose::Cursor, &[], b"{}");
    assert_eq!(Flow::decode(&keys(), &cursor, at(0)), Err(FlowError::Malformed));
    let empty = sealed::encode(&keys(), Purpose::SignInFlow, &[], b"{}");
    assert_eq!(Flow::decode(&keys(), &empty, at(0)), Err(FlowError::Malformed));
}

#[test]
fn a_flow_knows_its_user_and_where_it_goes() {
    let user = UserId::from_bits(7);
    for purpose in [FlowPurpose::SignIn, FlowPurpose::Link(user), FlowPurpose::Reauthenticate(user)] {
        let decoded = Flow::decode(&keys(), &started(purpose, "/a?b=c").encode(&keys()), at(0)).unwrap();
        assert_eq!((decoded.purpose(), decoded.return_to().as_str()), (purpose, "/a?b=c"));
        assert_eq!((decoded.provider().as_str(), decoded.invitation(), decoded.proof()), ("idp", Some("invitation"), None));
    }
}

#[test]
fn the_longest_flow_fits_into_its_cookie() {
    let token = |length| Some("t".repeat(length));
    let longest = |length| FlowStart {
        purpose: FlowPurpose::Reauthenticate(UserId::from_bits(u128::MAX)),
        provider: ProviderId::parse(&"a".repeat(ProviderId::MAX)).unwrap(),
        return_to: ReturnTo::parse(&format!("/{}", "a".repeat(ReturnTo::MAX - 1))).unwrap(),
        invitation: token(length),
        proof: token(length),
    };
    let flow = Flow::start(longest(LINK_TOKEN_MAX), Timestamp::MAX, [0xff; 64]);
    let decoded = Flow::decode(&keys(), &flow.encode(&keys()), at(0)).unwrap();
    assert_eq!((&decoded, decoded.proof().map(str::len)), (&flow, Some(LINK_TOKEN_MAX)));
    assert_eq!(Flow::start(longest(LINK_TOKEN_MAX + 1), at(0), [0; 64]).invitation(), None);
}

#[test]
fn secrets_are_neither_in_the_cookie_nor_in_debug_output() {
    let text = flow().encode(&keys());
    assert!(!text.contains(&flow().state()) && !text.contains("teams"));
    assert_eq!(format!("{:?}", flow()), "Flow { purpose: SignIn, provider: ProviderId(\"idp\"), .. }");
}

proptest! {
    #[test]
    fn any_text_is_decoded_without_a_panic(text: String, at in any::<prop::sample::Index>(), byte in 0x21_u8..0x7f) {
        prop_assert_eq!(Flow::decode(&keys(), &text, Timestamp::default()), Err(FlowError::Malformed));
        let cookie = flow().encode(&keys());
        let mut bytes = cookie.clone().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let changed = String::from_utf8(bytes).unwrap();
        prop_assert_eq!(Flow::decode(&keys(), &changed, Timestamp::default()).is_ok(), changed == cookie);
    }
}
