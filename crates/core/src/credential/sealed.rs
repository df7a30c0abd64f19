//! The text format of what the server hands out and later takes back: link tokens, device cookies, cursors, page tokens,
//! values in KV. Each user adds the layout of its payload and nothing else.
//!
//! A text is `kid.base64url(body ‖ tag)`. The tag is an HMAC-SHA256, whole or its first half, over the purpose, the restore
//! epoch, the context and the payload, each with its length before it ([`Keyring::mac`]). The body is the payload, or its
//! encryption where the purpose asks for it.
//!
//! Guaranteed of a text that decodes:
//! - integrity: this server made it, and not a bit has changed. There is one text for a key, context and payload;
//! - binding: it was made for this purpose, for this context (which it does not carry: an email, an account, a filter) and in
//!   this restore epoch;
//! - rotation: it names its key, so it decodes for as long as that key is in the keyring;
//! - for [`Purpose::Cursor`], [`Purpose::AuthzenPage`], [`Purpose::SignInFlow`], [`Purpose::ProviderLink`] and [`Purpose::PendingSignIn`],
//!   confidentiality of the payload and of its length within a multiple of 64 bytes, by a synthetic initialisation vector (as in RFC 5297): the tag is the vector, further
//!   MACs the key stream.
//!   Encryption is deterministic, so equal payloads in equal contexts are recognisable as equal.
//!
//! Not guaranteed: confidentiality for any other purpose (anybody can read those payloads), freshness, single use. A text
//! decodes as often as it is presented; expiry and use are the caller's to keep.

use crate::credential::secret::Keyring;
use data_encoding::BASE64URL_NOPAD;

/// Purpose of a one-time link. A token of one purpose is not valid for another.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum LinkPurpose {
    /// Preview, accept or decline an invitation.
    Invitation,
    /// Proof of access to the invited mailbox, only in the mail.
    InvitationProof,
    /// Verify the email of a sign-up.
    VerifyEmail,
    /// Reset a password.
    ResetPassword,
}

/// Purpose of a text. A text of one purpose does not decode for another.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// The token of a one-time link.
    Link(LinkPurpose),
    /// A device cookie.
    Device,
    /// The least version of an account's permission tokens, in KV.
    MinTokenVersion,
    /// A cursor of a list; encrypted.
    Cursor,
    /// A page token of an AuthZEN search; encrypted.
    AuthzenPage,
    /// The state of a sign-in at a provider, in a cookie; encrypted.
    SignInFlow,
    /// A person at a provider whom no user is connected with yet, in a cookie; encrypted.
    ProviderLink,
    /// A sign-in that waits for its second factor, in a cookie; encrypted.
    PendingSignIn,
    /// The challenge of a passkey ceremony.
    PasskeyChallenge,
}

/// How the texts of a purpose are made.
struct Format {
    /// Separates the MACs of purposes.
    label: &'static str,
    tag_bytes: usize,
    encrypted: bool,
    /// Longest text in bytes; a longer one is refused before it is decoded.
    text_max: usize,
}

/// The whole MAC, 256 bits: for what grants something.
const TAG_WHOLE: usize = 32;
/// Half of the MAC, 128 bits: for what grants nothing that the caller may not have anyway.
const TAG_HALF: usize = 16;
/// Longest text of a fixed-size payload: a key id, a dot, and at most 70 characters.
const TOKEN_MAX: usize = 96;
/// Longest text of a position: several times what the longest id of a list takes.
const POSITION_MAX: usize = 1024;
/// Longest text of the state of a sign-in: twice what its longest parts take, and half of what a cookie may have.
const FLOW_MAX: usize = 2048;
/// Longest text of a person at a provider: what its longest parts take, less than what a cookie may have.
const PROVIDER_LINK_MAX: usize = 3800;
/// Longest text of a sign-in that waits for its second factor: twice what its parts take.
const PENDING_SIGN_IN_MAX: usize = 1024;
/// Label of the key stream.
const STREAM: &str = "sealed-stream";
/// Bytes of the key stream from one MAC.
const STREAM_BYTES: usize = 32;
/// Encrypted payloads are padded to a multiple of this many bytes.
const BLOCK_BYTES: usize = 64;

impl Purpose {
    fn format(self) -> Format {
        let token = |label, tag_bytes| Format { label, tag_bytes, encrypted: false, text_max: TOKEN_MAX };
        let position = |label| Format { label, tag_bytes: TAG_HALF, encrypted: true, text_max: POSITION_MAX };
        match self {
            Purpose::Link(LinkPurpose::Invitation) => token("invitation", TAG_WHOLE),
            Purpose::Link(LinkPurpose::InvitationProof) => token("invitation-proof", TAG_WHOLE),
            Purpose::Link(LinkPurpose::VerifyEmail) => token("verify-email", TAG_WHOLE),
            Purpose::Link(LinkPurpose::ResetPassword) => token("reset-password", TAG_WHOLE),
            Purpose::Device => token("device", TAG_WHOLE),
            Purpose::MinTokenVersion => token("min-token-version", TAG_HALF),
            Purpose::Cursor => position("cursor"),
            Purpose::AuthzenPage => position("authzen-page"),
            Purpose::SignInFlow => Format { label: "sign-in-flow", tag_bytes: TAG_WHOLE, encrypted: true, text_max: FLOW_MAX },
            Purpose::ProviderLink => Format { label: "provider-link", tag_bytes: TAG_WHOLE, encrypted: true, text_max: PROVIDER_LINK_MAX },
            Purpose::PendingSignIn => {
                Format { label: "pending-sign-in", tag_bytes: TAG_WHOLE, encrypted: true, text_max: PENDING_SIGN_IN_MAX }
            }
            Purpose::PasskeyChallenge => token("passkey-challenge", TAG_WHOLE),
        }
    }
}

/// Encodes a payload with the current key, bound to a purpose and a context. A payload that does not fit into a text of its
/// purpose becomes the empty text, which never decodes.
///
/// ```
/// use rolecall_core::credential::sealed::{Purpose, decode, encode};
/// use rolecall_core::credential::secret::Keyring;
///
/// let keys = Keyring::parse("k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "0")?;
/// let text = encode(&keys, Purpose::Device, &[b"ann@example.com"], b"id");
/// assert_eq!(decode(&keys, Purpose::Device, &[b"ann@example.com"], &text), Some(b"id".to_vec()));
/// assert_eq!(decode(&keys, Purpose::Device, &[b"ben@example.com"], &text), None);
/// # Ok::<(), rolecall_core::credential::secret::KeyringError>(())
/// ```
pub fn encode(keys: &Keyring, purpose: Purpose, context: &[&[u8]], payload: &[u8]) -> String {
    let format = purpose.format();
    let kid = keys.current();
    let text = || {
        let plain = if format.encrypted { pad(payload)? } else { payload.to_vec() };
        let mac = keys.mac(kid, format.label, &parts(context, &plain))?;
        let tag = mac.get(..format.tag_bytes)?;
        let mut bytes = if format.encrypted { apply_stream(keys, kid, &format, tag, &plain)? } else { plain };
        bytes.extend_from_slice(tag);
        Some(format!("{kid}.{}", BASE64URL_NOPAD.encode(&bytes)))
    };
    text().filter(|text| text.len() <= format.text_max).unwrap_or_default()
}

/// Decodes what [`encode`] made for this purpose and context; None for any other text, without telling why, in constant time
/// as far as tags are compared.
pub fn decode(keys: &Keyring, purpose: Purpose, context: &[&[u8]], text: &str) -> Option<Vec<u8>> {
    let format = purpose.format();
    let (kid, body, tag) = split(&format, text)?;
    let plain = if format.encrypted { apply_stream(keys, kid, &format, &tag, &body)? } else { body };
    let genuine = keys.verify(kid, format.label, &parts(context, &plain), &tag);
    match (genuine, format.encrypted) {
        (false, _) => None,
        (true, false) => Some(plain),
        (true, true) => unpad(&plain),
    }
}

/// Reads the payload that a text claims, genuine or not; None for encrypted purposes.
pub fn unverified_payload(purpose: Purpose, text: &str) -> Option<Vec<u8>> {
    let format = purpose.format();
    let (_, body, _) = split(&format, text)?;
    (!format.encrypted).then_some(body)
}

/// Splits a text into key id, body and tag, the tag whole: [`Keyring::verify`] takes any beginning of a MAC.
fn split<'t>(format: &Format, text: &'t str) -> Option<(&'t str, Vec<u8>, Vec<u8>)> {
    if text.len() > format.text_max {
        return None;
    }
    let (kid, body) = text.split_once('.')?;
    let mut body = BASE64URL_NOPAD.decode(body.as_bytes()).ok()?;
    let tag = body.split_off(body.len().checked_sub(format.tag_bytes)?);
    Some((kid, body, tag))
}

/// The parts that are authenticated. The payload is always the last, so no two contexts share a list.
fn parts<'a>(context: &[&'a [u8]], payload: &'a [u8]) -> Vec<&'a [u8]> {
    context.iter().copied().chain([payload]).collect()
}

/// Encrypts or decrypts with the key stream of a tag; None where the keyring does not have the key.
fn apply_stream(keys: &Keyring, kid: &str, format: &Format, tag: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len() + format.tag_bytes);
    for (count, block) in (0_u32..).zip(bytes.chunks(STREAM_BYTES)) {
        let stream = keys.mac(kid, STREAM, &[format.label.as_bytes(), tag, &count.to_be_bytes()])?;
        out.extend(block.iter().zip(stream).map(|(byte, stream)| byte ^ stream));
    }
    Some(out)
}

/// Puts the length before a payload and zeros behind it; None where it is too long.
fn pad(payload: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = u16::try_from(payload.len()).ok()?.to_be_bytes().to_vec();
    bytes.extend_from_slice(payload);
    bytes.resize(bytes.len().next_multiple_of(BLOCK_BYTES), 0);
    Some(bytes)
}

fn unpad(bytes: &[u8]) -> Option<Vec<u8>> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    rest.get(..usize::from(u16::from_be_bytes(*length))).map(<[u8]>::to_vec)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ONE: &str = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    const TWO: &str = "k2:IAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    /// Another key under the first one's id.
    const FORGED: &str = "k1:IAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

    const PURPOSES: [Purpose; 11] = [
        Purpose::PasskeyChallenge,
        Purpose::Link(LinkPurpose::Invitation),
        Purpose::Link(LinkPurpose::InvitationProof),
        Purpose::Link(LinkPurpose::VerifyEmail),
        Purpose::Link(LinkPurpose::ResetPassword),
        Purpose::Device,
        Purpose::MinTokenVersion,
        Purpose::Cursor,
        Purpose::AuthzenPage,
        Purpose::SignInFlow,
        Purpose::PendingSignIn,
    ];

    fn keyring(keys: &str) -> Keyring {
        Keyring::parse(keys, "0").unwrap()
    }

    fn purpose() -> impl Strategy<Value = Purpose> {
        prop::sample::select(&PURPOSES[..])
    }

    fn context() -> impl Strategy<Value = Vec<Vec<u8>>> {
        prop::collection::vec(prop::collection::vec(any::<u8>(), 0..6), 0..4)
    }

    fn payload() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(any::<u8>(), 0..24)
    }

    fn slices(context: &[Vec<u8>]) -> Vec<&[u8]> {
        context.iter().map(Vec::as_slice).collect()
    }

    #[test]
    fn a_text_is_read_up_to_the_length_of_its_purpose() {
        let text = encode(&keyring(ONE), Purpose::Device, &[], b"id");
        let of_length = |text_max| Format { text_max, ..Purpose::Device.format() };
        assert!(split(&of_length(text.len()), &text).is_some());
        assert!(split(&of_length(text.len() - 1), &text).is_none());
    }

    proptest! {
        #[test]
        fn a_text_decodes_to_its_payload(purpose in purpose(), context in context(), payload in payload()) {
            let (keys, context) = (keyring(ONE), slices(&context));
            let text = encode(&keys, purpose, &context, &payload);
            prop_assert_eq!(decode(&keys, purpose, &context, &text), Some(payload.clone()));
            prop_assert_eq!(&text, &encode(&keys, purpose, &context, &payload), "one text for a payload");
            let claimed = unverified_payload(purpose, &text);
            prop_assert_eq!(claimed, (!purpose.format().encrypted).then_some(payload));
        }

        #[test]
        fn a_text_does_not_decode_for_another_purpose(made in purpose(), other in purpose(), context in context(), payload in payload()) {
            let (keys, context) = (keyring(ONE), slices(&context));
            let text = encode(&keys, made, &context, &payload);
            prop_assert_eq!(decode(&keys, other, &context, &text).is_some(), made == other);
        }

        #[test]
        fn a_text_does_not_decode_in_another_context(purpose in purpose(), made in context(), other in context(), payload in payload()) {
            let keys = keyring(ONE);
            let text = encode(&keys, purpose, &slices(&made), &payload);
            prop_assert_eq!(decode(&keys, purpose, &slices(&other), &text).is_some(), made == other);
            let mut longer = made.clone();
            longer.push(payload.clone());
            prop_assert_eq!(decode(&keys, purpose, &slices(&longer), &text), None, "the payload is no part of the context");
            let joined = made.concat();
            prop_assert_eq!(decode(&keys, purpose, &[&joined], &text).is_some(), made == [joined.clone()], "parts do not run together");
        }

        #[test]
        fn a_text_does_not_decode_under_another_key_or_epoch(purpose in purpose(), context in context(), payload in payload()) {
            let context = slices(&context);
            let text = encode(&keyring(ONE), purpose, &context, &payload);
            for (keys, epoch, opens) in
                [(format!("{TWO},{ONE}"), "0", true), (TWO.to_owned(), "0", false), (FORGED.to_owned(), "0", false), (ONE.to_owned(), "1", false)]
            {
                let keys = Keyring::parse(&keys, epoch).unwrap();
                prop_assert_eq!(decode(&keys, purpose, &context, &text).is_some(), opens);
            }
            let other_id = text.replace("k1.", "k2.");
            prop_assert_eq!(decode(&keyring(&format!("{TWO},{ONE}")), purpose, &context, &other_id), None);
        }

        #[test]
        fn a_changed_byte_does_not_decode(purpose in purpose(), payload in payload(), at in any::<prop::sample::Index>(), byte in 0x21_u8..0x7f) {
            let keys = keyring(ONE);
            let text = encode(&keys, purpose, &[b"c"], &payload);
            let mut bytes = text.clone().into_bytes();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let changed = String::from_utf8(bytes).unwrap();
            prop_assert_eq!(decode(&keys, purpose, &[b"c"], &changed).is_some(), changed == text);
        }

        #[test]
        fn a_changed_bit_does_not_decode(purpose in purpose(), payload in payload(), at in any::<prop::sample::Index>(), bit in 0_u8..8) {
            let keys = keyring(ONE);
            let text = encode(&keys, purpose, &[b"c"], &payload);
            let mut bytes = BASE64URL_NOPAD.decode(text.strip_prefix("k1.").unwrap().as_bytes()).unwrap();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            prop_assert_eq!(decode(&keys, purpose, &[b"c"], &format!("k1.{}", BASE64URL_NOPAD.encode(&bytes))), None);
        }

        #[test]
        fn a_truncated_or_extended_text_does_not_decode(purpose in purpose(), payload in payload(), cut in any::<prop::sample::Index>(), more in "[A-Za-z0-9_.-]{1,8}") {
            let keys = keyring(ONE);
            let text = encode(&keys, purpose, &[b"c"], &payload);
            prop_assert_eq!(decode(&keys, purpose, &[b"c"], text.get(..cut.index(text.len())).unwrap()), None);
            prop_assert_eq!(decode(&keys, purpose, &[b"c"], &format!("{text}{more}")), None);
            // Whole bytes off the end, of the tag and then of the payload.
            let bytes = BASE64URL_NOPAD.decode(text.strip_prefix("k1.").unwrap().as_bytes()).unwrap();
            let short = BASE64URL_NOPAD.encode(&bytes[..cut.index(bytes.len())]);
            prop_assert_eq!(decode(&keys, purpose, &[b"c"], &format!("k1.{short}")), None);
        }

        #[test]
        fn encrypted_texts_show_neither_payload_nor_length(encrypted in prop::sample::select(&PURPOSES[7..]), one in "[a-z]{4,60}", two in "[a-z]{4,60}") {
            let keys = keyring(ONE);
            let bytes = |payload: &str| {
                let text = encode(&keys, encrypted, &[b"c"], payload.as_bytes());
                BASE64URL_NOPAD.decode(text.strip_prefix("k1.").unwrap().as_bytes()).unwrap()
            };
            let (first, second) = (bytes(&one), bytes(&two));
            prop_assert_eq!(first.len(), second.len());
            prop_assert!(!first.windows(4).any(|part| part == &one.as_bytes()[..4]));
            let equal = first.iter().zip(&second).filter(|(first, second)| first == second).count();
            prop_assert!(one == two || equal < 20, "two texts agree in {} bytes", equal);
        }

        #[test]
        fn decoding_any_text_does_not_panic(purpose in purpose(), text: String, body: Vec<u8>) {
            let keys = keyring(ONE);
            for text in [text, format!("k1.{}", BASE64URL_NOPAD.encode(&body))] {
                let _ = (decode(&keys, purpose, &[], &text), unverified_payload(purpose, &text));
            }
        }
    }

    #[test]
    fn labels_are_distinct() {
        let mut labels: Vec<&str> = PURPOSES.iter().map(|purpose| purpose.format().label).chain([STREAM]).collect();
        labels.sort_unstable();
        labels.dedup();
        assert_eq!(labels.len(), PURPOSES.len() + 1);
    }

    #[test]
    fn a_payload_over_the_limit_becomes_a_text_that_does_not_decode() {
        let keys = keyring(ONE);
        for purpose in PURPOSES {
            for length in [4_000, 70_000] {
                let text = encode(&keys, purpose, &[], &vec![0; length]);
                assert_eq!((text.as_str(), decode(&keys, purpose, &[], &text)), ("", None), "{purpose:?} {length}");
            }
        }
    }

    #[test]
    fn a_text_over_the_limit_does_not_decode_even_with_a_right_tag() {
        let keys = keyring(ONE);
        for (length, decodes) in [(30, true), (60, false)] {
            let mut bytes = vec![7; length];
            bytes.extend(keys.mac("k1", "device", &[&bytes]).unwrap());
            let text = format!("k1.{}", BASE64URL_NOPAD.encode(&bytes));
            assert_eq!(decode(&keys, Purpose::Device, &[], &text), decodes.then(|| vec![7; length]));
        }
    }

    /// Made by an independent implementation; links in mails and device cookies outlive a release, so they must not change.
    #[test]
    fn the_text_of_each_purpose_is_pinned() {
        let texts = [
            "k1.cGF5bG9hZFQNrV9udZFMCmlpIVUmw9abtTfktRqiEKUoTmayVQm6",
            "k1.cGF5bG9hZH7jmJfV7MBv60WIUXz8R8oDKiniKM1XYSayb6bbZlD8",
            "k1.cGF5bG9hZNurHpgC-eMs-XW34tg5EP_LZssaVmhyXI13iQUBcTNi",
            "k1.cGF5bG9hZBaNKthxcuKXE768qSECHZfe911giH1NrgDJDh6l70go",
            "k1.cGF5bG9hZNE0VN3thOjmQkoj6noc5sEIMDigSv5hhU0ibRsoOdey",
            "k1.cGF5bG9hZD5YQriAtCXv72TepMAI50WP7vpVp4aLqQAtrT8iY9ep",
            "k1.cGF5bG9hZHJSzZNSMj4IVognSeQXqFQ",
            "k1.vSJJPYi50PT0JCA9Is59h1dCA77JRA3fwbgNdatJBrIeOwHDfR2CCYqRQ1bKsrdEGadcvd6ZZjC2qQd8ZeYJCPDQq4BJz7xOoXvtQYfSsq4",
            "k1.AA41-YFSGjnGWVuMcTDCqA4ycD2AUE0znJNb5JUTe-2nA2jsLWqKMEfgTQTs076XYEeClwBZadzvJf_yyBb4f-nsePbdWxOIV5b_qWOg05w",
            "k1.70oOxs5HLez5Fcs42dW4fe7XxlOu28USyDgDQO50QuEIaXv4n_gMT09ht2yRWwgnyH2yN5sFO8szEKzQS6RraN9M4W2bwmScEd1SGE95QlHacTo_9j-tunrk3muqmUN2",
            "k1.6tbrwAxu90FfTKszMBqbp1YQX3M1I0g1oNGdH03SAx6Kd3D1aIm4Otn-lcdwmv5WHACL30MOa373_y69k1ZGKeoEE-aU0UtXF2-r-tuuhWnv_u5Cn34nqwdT_mhIOf9r",
        ];
        for (purpose, text) in PURPOSES.into_iter().zip(texts) {
            assert_eq!(encode(&keyring(ONE), purpose, &[b"ab", b""], b"payload"), text, "{purpose:?}");
        }
    }
}
