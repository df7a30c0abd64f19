//! Time-based one-time passwords of an authenticator app (RFC 6238): SHA-1, steps of 30 seconds, six digits, as all apps have them.
//!
//! A code has 20 bits, so the caller counts failures as for passwords (ASVS 5.0 6.5.1, 6.6.3; NIST SP 800-63B-4 section 3.1.4).

use crate::credential::percent_encoding::encode;
use crate::credential::secret::Keyring;
use crate::credential::typed_code;
use crate::domain::id::UserId;
use crate::domain::secret_hashes::EncryptedSecret;
use crate::domain::time::Timestamp;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use core::fmt;
use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use hmac::{Hmac, Mac};
use sha1::Sha1;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

/// Length of a step in seconds (RFC 6238 section 5.2).
const STEP_SECONDS: i64 = 30;
/// Steps before and after the current one whose codes are accepted, for clocks that differ (RFC 6238 section 5.2).
const STEPS_AROUND: i64 = 1;
/// Number of digits of a code.
const DIGITS: usize = 6;
/// Bytes of a secret: as many as a SHA-1 hash (RFC 4226 section 4, R6).
pub const TOTP_SECRET_BYTES: usize = 20;
/// Bytes of the nonce of an encryption (RFC 8439).
pub const TOTP_NONCE_BYTES: usize = 12;
/// Separates the key of these encryptions from others.
const LABEL: &str = "totp-secret";

/// Secret that an authenticator app and the server share.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpSecret([u8; TOTP_SECRET_BYTES]);

impl TotpSecret {
    /// Creates a secret from fresh random bytes.
    pub fn from_random(bytes: [u8; TOTP_SECRET_BYTES]) -> Self {
        TotpSecret(bytes)
    }

    /// Form for people who type it into their app: 32 characters of base32 without padding.
    pub fn reveal(&self) -> String {
        BASE32_NOPAD.encode(&self.0)
    }

    /// The `otpauth:` URL that an app reads from a QR code (key URI format). The label separates issuer and account by a colon, so
    /// colons in them are left out.
    ///
    /// # Examples
    /// ```
    /// use rolecall_core::credential::totp::TotpSecret;
    ///
    /// let url = TotpSecret::from_random(*b"12345678901234567890").provisioning_url("Acme Cloud", "ann@example.com");
    /// assert_eq!(
    ///     url,
    ///     "otpauth://totp/Acme%20Cloud:ann%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme%20Cloud\
    ///      &algorithm=SHA1&digits=6&period=30"
    /// );
    /// ```
    pub fn provisioning_url(&self, issuer: &str, account: &str) -> String {
        let component = |text: &str| encode(&text.replace(':', ""));
        let (issuer, account, secret) = (component(issuer), component(account), self.reveal());
        format!("otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits={DIGITS}&period={STEP_SECONDS}")
    }

    /// Returns the step of a typed code if it is the code of the current step or a neighbouring one, and later than the step that was
    /// last accepted. The caller stores the step in the commit that relies on it, so that each step is accepted once.
    ///
    /// The comparison takes the same time for every code of six digits. If a code belongs to two steps, the later one is returned,
    /// so that the code is not accepted again.
    pub fn verify(&self, code: &str, now: Timestamp, last_accepted_step: Option<i64>) -> Option<i64> {
        let code = typed_code::digits::<DIGITS>(code)?;
        let current = now.seconds() / STEP_SECONDS;
        // Before the first step, the step before it is -1, which is none.
        let mut accepted = -1_i64;
        for step in current - STEPS_AROUND..=current + STEPS_AROUND {
            let is_fresh = Choice::from(u8::from(last_accepted_step.is_none_or(|last| step > last)));
            accepted.conditional_assign(&step, self.code::<DIGITS>(step).ct_eq(&code) & is_fresh);
        }
        (accepted >= 0).then_some(accepted)
    }

    /// Whether a text can be a code. What cannot is a mistake, and no guess.
    pub fn is_code(text: &str) -> bool {
        typed_code::digits::<DIGITS>(text).is_some()
    }

    /// The code of a time, for tests.
    #[cfg(any(test, feature = "testing"))]
    pub fn code_at(&self, at: Timestamp) -> String {
        String::from_utf8_lossy(&self.code::<DIGITS>(at.seconds() / STEP_SECONDS)).into_owned()
    }

    /// HOTP value (RFC 4226 section 5.3) of a step, as ASCII digits.
    fn code<const N: usize>(&self, step: i64) -> [u8; N] {
        let mut digits = [b'0'; N];
        let Ok(mut mac) = <Hmac<Sha1> as Mac>::new_from_slice(&self.0) else { return digits };
        mac.update(&step.to_be_bytes());
        let hash = mac.finalize().into_bytes();
        let offset = usize::from(hash.last().copied().unwrap_or_default() & 0xf);
        let word = hash.get(offset..).and_then(|rest| rest.first_chunk::<4>()).copied().unwrap_or_default();
        let mut rest = u32::from_be_bytes(word) & 0x7fff_ffff;
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + u8::try_from(rest % 10).unwrap_or_default();
            rest /= 10;
        }
        digits
    }

    /// Encrypts the secret for its user with the current key, by ChaCha20-Poly1305 (RFC 8439). `nonce` must be fresh random bytes.
    pub fn encrypt(&self, keys: &Keyring, user: UserId, nonce: [u8; TOTP_NONCE_BYTES]) -> EncryptedSecret {
        let kid = keys.current();
        let associated = user.to_string();
        let payload = Payload { msg: &self.0, aad: associated.as_bytes() };
        let ciphertext = cipher(keys, kid).and_then(|cipher| cipher.encrypt(Nonce::from_slice(&nonce), payload).ok());
        // Never the default: a keyring has at least one key, and a message of 20 bytes is within the limit.
        let body = [nonce.as_slice(), &ciphertext.unwrap_or_default()].concat();
        EncryptedSecret::restore(format!("{kid}.{}", BASE64URL_NOPAD.encode(&body)))
    }

    /// Decrypts the secret of a user; None for a text of another user, key or form.
    pub fn decrypt(keys: &Keyring, user: UserId, encrypted: &EncryptedSecret) -> Option<Self> {
        let (kid, body) = encrypted.as_str().split_once('.')?;
        let body = BASE64URL_NOPAD.decode(body.as_bytes()).ok()?;
        let (nonce, ciphertext) = body.split_first_chunk::<TOTP_NONCE_BYTES>()?;
        let associated = user.to_string();
        let payload = Payload { msg: ciphertext, aad: associated.as_bytes() };
        let plain = cipher(keys, kid)?.decrypt(Nonce::from_slice(nonce), payload).ok()?;
        plain.try_into().ok().map(TotpSecret)
    }
}

/// Returns whether a secret was encrypted with the current key. If not, the caller encrypts it again when it is next decrypted, so
/// that an earlier key can be dropped from the keyring.
pub fn is_encrypted_with_current_key(keys: &Keyring, encrypted: &EncryptedSecret) -> bool {
    encrypted.kid() == keys.current()
}

/// Cipher of a key; None for an unknown key id.
fn cipher(keys: &Keyring, kid: &str) -> Option<ChaCha20Poly1305> {
    Some(ChaCha20Poly1305::new(Key::from_slice(&keys.derive_key(kid, LABEL)?)))
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret(…)")
    }
}

#[cfg(test)]
mod tests;
