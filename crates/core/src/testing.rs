//! Test fixtures: an account with its people as a loaded snapshot, and assertions on what a decision returns.
//!
//! [`Team`] builds the snapshot in a few lines and loads everything that a decision about the account can look up.
//! Ids, emails and secrets are derived from names, so that a test writes `user_id("ann")` and not 32 hex digits.
//!
//! ```
//! use rolecall_core::decision::members::change_role;
//! use rolecall_core::testing::{Team, account_id, config, ctx, event_names, user_id};
//!
//! let team = Team::new().owner("ann").member("bob", "dev").as_caller("ann");
//! let decision = change_role(&team.snapshot(), &config(), &ctx(), account_id("acme"), Some(user_id("bob")), Ok("billing")).unwrap();
//! assert_eq!(decision.output.member.role.as_str(), "billing");
//! assert_eq!(event_names(&decision.change), ["member.update"]);
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a fixture that cannot be built, or a result that is not the asserted one, fails the test that uses it"
)]

mod apply;
mod assertions;
mod team;

pub use assertions::*;
pub use team::Team;

use crate::authz::policy_config::PolicyConfig;
use crate::credential::permission_token::Claims;
use crate::credential::recovery_code::{RECOVERY_CODES, RecoveryCode};
use crate::credential::secret::Keyring;
use crate::credential::totp::TotpSecret;
use crate::domain::activity_counts::RecentActivity;
use crate::domain::authentication::{AuthMethod, Authentication};
use crate::domain::email::Email;
use crate::domain::email_code::EmailCode;
use crate::domain::id::IdentityId;
use crate::domain::id::{AccountId, ApiKeyId, EmailCodeId, InvitationId, ResetId, SessionId, SignupId, UserId};
use crate::domain::identity::{IdentityKind, SignInMethod};
use crate::domain::name::Name;
use crate::domain::restore_epoch::RestoreEpoch;
use crate::domain::second_factor::{RecoveryCodes, Totp};
use crate::domain::secret_hashes::{PasswordHash, SecretHash};
use crate::domain::session::{PasswordReset, Session, Signup};
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::transaction::context::{DecisionContext, IfMatch};
use data_encoding::BASE64URL_NOPAD;
use rolecall_policy::Policy;
use sha2::{Digest, Sha256};

/// The time of every fixture and of [`ctx`].
pub const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);
/// The stored version of the account of a [`Team`].
pub const VERSION: i64 = 7;
/// A version that the account of a [`Team`] does not have.
pub const STALE_VERSION: i64 = VERSION - 1;

/// The shipped policy (`policy/default.json`).
pub fn config() -> PolicyConfig {
    PolicyConfig::new(Policy::parse(include_str!("../../../policy/default.json")).unwrap(), "Rolecall").unwrap()
}

/// Claims of a permission token of version 3 that lists these permissions, valid from second 1000 to 1120.
pub fn claims(permissions: &[&str]) -> Claims {
    Claims {
        iss: "https://id.example".to_owned(),
        aud: "api".to_owned(),
        sub: "usr_1".to_owned(),
        account: "acct_1".to_owned(),
        role: "dev".to_owned(),
        permissions: permissions.iter().map(|code| (*code).to_owned()).collect(),
        ver: 3,
        pol: "hash".to_owned(),
        iat: 1000,
        exp: 1120,
        jti: "j".to_owned(),
        acr: "aal1".to_owned(),
        amr: vec!["pwd".to_owned()],
        auth_time: 990,
    }
}

/// A request at [`NOW`] without `If-Match`, with a fixed seed.
pub fn ctx() -> DecisionContext {
    ctx_at(NOW)
}

/// A request at another time.
pub fn ctx_at(now: Timestamp) -> DecisionContext {
    DecisionContext::new(now, "req-1".to_owned(), None, [1; 32])
}

/// A request with `If-Match` for these versions.
pub fn ctx_if_match(versions: &[i64]) -> DecisionContext {
    DecisionContext::new(NOW, "req-1".to_owned(), Some(IfMatch::Versions(versions.to_vec())), [1; 32])
}

/// A keyring of one key.
pub fn keyring() -> Keyring {
    Keyring::parse("k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "0").unwrap()
}

/// A token with these claims in compact serialization, for the key `1` of Ed25519; its signature is 64 zero bytes.
pub fn unsigned_token(claims: &serde_json::Value) -> String {
    let part = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
    format!("{}.{}.{}", part(br#"{"alg":"EdDSA","kid":"1"}"#), part(claims.to_string().as_bytes()), part(&[0; 64]))
}

fn digest(name: &str) -> [u8; 32] {
    Sha256::digest(name).into()
}

fn bits(name: &str) -> u128 {
    digest(name).iter().take(16).fold(0, |bits, byte| bits << 8 | u128::from(*byte))
}

macro_rules! ids_of_names {
    ($($function:ident -> $id:ident, $what:literal;)*) => {$(
        #[doc = concat!("The id of the ", $what, " of this name.")]
        pub fn $function(name: &str) -> $id {
            $id::from_bits(bits(name))
        }
    )*};
}

ids_of_names! {
    account_id -> AccountId, "account";
    user_id -> UserId, "user";
    invitation_id -> InvitationId, "invitation (by its email)";
    api_key_id -> ApiKeyId, "API key";
    session_id -> SessionId, "session (by its user)";
    signup_id -> SignupId, "sign-up (by its email)";
    email_code_id -> EmailCodeId, "code by mail (by its user)";
    reset_id -> ResetId, "password reset (by its email)";
}

/// The email of a name: `ann` is `ann@example.com`; an address is taken as it is.
pub fn email(name: &str) -> Email {
    let text = if name.contains('@') { name.to_owned() } else { format!("{name}@example.com") };
    Email::parse(&text).unwrap()
}

/// A display name, unchecked.
pub fn name(text: &str) -> Name {
    Name::restore(text.to_owned())
}

/// The stored hash of the secret of this name.
pub fn secret_hash(name: &str) -> SecretHash {
    SecretHash::from_bytes(digest(name))
}

/// Owned codes of permissions or resources.
pub fn codes(codes: &[&str]) -> Vec<String> {
    codes.iter().map(|code| (*code).to_owned()).collect()
}

/// A user whose active account is that of a [`Team`].
pub fn user(name: &str) -> User {
    User {
        id: user_id(name),
        email: email(name),
        name: self::name(name),
        active_account: account_id("acme"),
        created_at: NOW,
        recent: RecentActivity::default(),
    }
}

/// A live session of a user.
pub fn session(user: &str) -> Session {
    Session {
        id: session_id(user),
        user: user_id(user),
        token: secret_hash(user),
        user_agent: "Test".to_owned(),
        created_at: NOW,
        last_seen_at: NOW,
        authentication: Authentication::by(AuthMethod::Password, NOW),
    }
}

/// Secret of the authenticator app of every user of a fixture who has one.
pub fn totp_secret() -> TotpSecret {
    TotpSecret::from_random(*b"12345678901234567890")
}

/// A user's authenticator app with [`totp_secret`], confirmed by the code of a minute ago.
pub fn totp(user: &str) -> Totp {
    let secret = totp_secret().encrypt(&keyring(), user_id(user), [7; 12]);
    let last_step = Some(NOW.plus_seconds(-60).seconds() / 30);
    Totp { id: IdentityId::from_bits(70), user: user_id(user), secret, last_step, created_at: NOW }
}

/// The recovery codes of every user of a fixture who has them.
pub fn recovery_codes() -> [RecoveryCode; RECOVERY_CODES] {
    RecoveryCode::set_from_random(core::array::from_fn(|at| u8::try_from(at * 37 % 256).unwrap()))
}

/// [`recovery_codes`] as stored for a user, none of them used.
pub fn stored_recovery_codes(user: &str) -> RecoveryCodes {
    let hashes = recovery_codes().iter().map(|code| code.hash(&keyring(), user_id(user))).collect();
    RecoveryCodes { id: IdentityId::from_bits(71), user: user_id(user), hashes, epoch: RestoreEpoch::FIRST, created_at: NOW }
}

/// A way to sign in, set before any restore.
pub fn sign_in_method(kind: IdentityKind) -> SignInMethod {
    SignInMethod {
        id: IdentityId::from_bits(1),
        kind,
        epoch: RestoreEpoch::FIRST,
        created_at: NOW,
        last_used_at: None,
        told_by: None,
        user_verified: false,
        remaining: (kind == IdentityKind::Recovery).then_some(10),
    }
}

/// An open sign-up of an email, asked for in the browser whose key is `secret_hash(email)`.
pub fn signup(address: &str) -> Signup {
    Signup {
        id: signup_id(address),
        email: email(address),
        name: name("Chosen at sign-up"),
        password: Some(PasswordHash::restore("password of the sign-up".to_owned())),
        created_at: NOW,
        open: true,
        browser: Some(secret_hash(address)),
    }
}

/// A live code for a user, asked for in the browser whose key is `secret_hash(user)`.
pub fn email_code(user: &str) -> EmailCode {
    EmailCode {
        id: email_code_id(user),
        email: email(user),
        user: Some(user_id(user)),
        browser: secret_hash(user),
        network: "192.0.2.1".to_owned(),
        tries: 0,
        created_at: NOW,
        open: true,
    }
}

/// An open password reset of a user.
pub fn password_reset(user: &str) -> PasswordReset {
    PasswordReset { id: reset_id(user), email: email(user), user: Some(user_id(user)), created_at: NOW, open: true }
}
