//! How and when a user proved who they are, which a session keeps.

use crate::domain::time::Timestamp;
use core::fmt;

/// How long after an authentication a session may do what asks for a recent one, in seconds (ASVS 5.0 7.5.3).
pub const FRESH_SECONDS: i64 = 5 * 60;

/// Method by which a user proved who they are (`amr` values of RFC 8176).
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum AuthMethod {
    /// A password.
    Password,
    /// A one-time code or link that was mailed, or a code of an authenticator app.
    OneTimeCode,
    /// A key that cannot leave its authenticator: a passkey that is not eligible for backup.
    HardwareKey,
    /// A key that may be synchronized: a passkey that is eligible for backup.
    SoftwareKey,
    /// The authenticator verified the user (PIN or biometry).
    UserVerification,
    /// Several factors together.
    MultiFactor,
    /// The word of another service: a sign-in provider or a trusted issuer. No registered value of RFC 8176.
    Federated,
    /// A recovery code in place of a second factor. No registered value of RFC 8176.
    RecoveryCode,
}

impl AuthMethod {
    /// All methods.
    pub const ALL: [AuthMethod; 8] = [
        AuthMethod::Password,
        AuthMethod::OneTimeCode,
        AuthMethod::HardwareKey,
        AuthMethod::SoftwareKey,
        AuthMethod::UserVerification,
        AuthMethod::MultiFactor,
        AuthMethod::Federated,
        AuthMethod::RecoveryCode,
    ];

    /// Value in `amr`.
    pub const fn as_str(self) -> &'static str {
        match self {
            AuthMethod::Password => "pwd",
            AuthMethod::OneTimeCode => "otp",
            AuthMethod::HardwareKey => "hwk",
            AuthMethod::SoftwareKey => "swk",
            AuthMethod::UserVerification => "user",
            AuthMethod::MultiFactor => "mfa",
            AuthMethod::Federated => "fed",
            AuthMethod::RecoveryCode => "rc",
        }
    }

    /// Whether it is the key of a passkey.
    pub const fn is_key(self) -> bool {
        matches!(self, AuthMethod::HardwareKey | AuthMethod::SoftwareKey)
    }

    /// Parses a value of `amr`.
    pub fn parse(text: &str) -> Option<Self> {
        AuthMethod::ALL.into_iter().find(|method| method.as_str() == text)
    }
}

/// Authenticator assurance level (NIST SP 800-63B-4): how sure it is that the user is who they claim to be.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum AssuranceLevel {
    /// One factor.
    One,
    /// Two factors.
    Two,
}

impl AssuranceLevel {
    /// 1 or 2.
    pub const fn number(self) -> u8 {
        match self {
            AssuranceLevel::One => 1,
            AssuranceLevel::Two => 2,
        }
    }

    /// The level of a stored number.
    pub const fn restore(number: i64) -> Self {
        if number == 2 { AssuranceLevel::Two } else { AssuranceLevel::One }
    }
}

/// The value of the claim `acr` (RFC 9068): `aal1` or `aal2`.
impl fmt::Display for AssuranceLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "aal{}", self.number())
    }
}

/// An authentication of a user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Authentication {
    /// Level that the methods reached together.
    pub level: AssuranceLevel,
    /// Methods, at least one, without repetition.
    pub methods: Vec<AuthMethod>,
    /// Time of the authentication.
    pub at: Timestamp,
}

impl Authentication {
    /// An authentication by one method.
    pub fn by(method: AuthMethod, at: Timestamp) -> Self {
        Authentication { level: AssuranceLevel::One, methods: vec![method], at }
    }

    /// An authentication by a passkey. With user verification it is two factors: the key, and the PIN or biometry that unlocks it.
    pub fn by_passkey(backup_eligible: bool, user_verified: bool, at: Timestamp) -> Self {
        let key = if backup_eligible { AuthMethod::SoftwareKey } else { AuthMethod::HardwareKey };
        if user_verified {
            let methods = vec![key, AuthMethod::UserVerification, AuthMethod::MultiFactor];
            return Authentication { level: AssuranceLevel::Two, methods, at };
        }
        Authentication::by(key, at)
    }

    /// An authentication by a first factor and a second one: two factors together.
    pub fn with_second_factor(first: &[AuthMethod], second: &[AuthMethod], at: Timestamp) -> Self {
        let mut methods: Vec<AuthMethod> = Vec::with_capacity(first.len() + second.len() + 1);
        for method in first.iter().chain(second).filter(|method| **method != AuthMethod::MultiFactor) {
            if !methods.contains(method) {
                methods.push(*method);
            }
        }
        methods.push(AuthMethod::MultiFactor);
        Authentication { level: AssuranceLevel::Two, methods, at }
    }

    /// The methods that were the first factor. A one-time code beside another method was that of an authenticator app.
    pub fn first_factors(&self) -> Vec<AuthMethod> {
        let is_first = |method: &AuthMethod| !matches!(method, AuthMethod::MultiFactor | AuthMethod::RecoveryCode);
        let methods: Vec<AuthMethod> = self.methods.iter().copied().filter(is_first).collect();
        if methods.len() == 1 {
            return methods;
        }
        methods.into_iter().filter(|method| *method != AuthMethod::OneTimeCode).collect()
    }

    /// Whether it is at most [`FRESH_SECONDS`] old at `now`.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        now <= self.at.plus_seconds(FRESH_SECONDS)
    }

    /// Values of `amr`.
    pub fn amr(&self) -> Vec<String> {
        self.methods.iter().map(|method| method.as_str().to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authentication_is_fresh_for_five_minutes() {
        let authentication = Authentication::by(AuthMethod::Password, Timestamp::from_millis(1_000));
        let at = |millis: i64| authentication.is_fresh(Timestamp::from_millis(1_000 + FRESH_SECONDS * 1_000 + millis));
        assert_eq!([at(-1), at(0), at(1)], [true, true, false]);
    }

    #[test]
    fn methods_and_levels_have_the_values_of_the_standards() {
        for method in AuthMethod::ALL {
            assert_eq!(AuthMethod::parse(method.as_str()), Some(method));
        }
        assert_eq!(AuthMethod::parse("PWD"), None);
        assert_eq!([AssuranceLevel::One, AssuranceLevel::Two].map(|level| level.to_string()), ["aal1", "aal2"]);
        assert_eq!([0, 1, 2, 3].map(|number| AssuranceLevel::restore(number).number()), [1, 1, 2, 1]);
        let otp = Authentication::by(AuthMethod::OneTimeCode, Timestamp::from_millis(0));
        assert_eq!((otp.amr(), otp.level), (vec!["otp".to_owned()], AssuranceLevel::One));
    }

    #[test]
    fn a_second_factor_joins_the_first_and_replaces_the_second_of_before() {
        use AuthMethod as M;
        let at = Timestamp::from_millis(0);
        let amr = |first: &[M], second: &[M]| Authentication::with_second_factor(first, second, at).amr().join(" ");
        assert_eq!(amr(&[M::Password], &[M::OneTimeCode]), "pwd otp mfa");
        assert_eq!(amr(&[M::OneTimeCode], &[M::OneTimeCode]), "otp mfa");
        assert_eq!(amr(&[M::Federated], &[M::HardwareKey, M::UserVerification, M::MultiFactor]), "fed hwk user mfa");
        assert_eq!(Authentication::with_second_factor(&[M::Password], &[M::RecoveryCode], at).level, AssuranceLevel::Two);
        let first = |methods: &[M]| Authentication { level: AssuranceLevel::Two, methods: methods.to_vec(), at }.first_factors();
        assert_eq!(first(&[M::Password, M::OneTimeCode, M::MultiFactor]), [M::Password]);
        assert_eq!(first(&[M::OneTimeCode, M::MultiFactor]), [M::OneTimeCode]);
        assert_eq!(first(&[M::OneTimeCode, M::RecoveryCode, M::MultiFactor]), [M::OneTimeCode]);
        assert_eq!(first(&[M::SoftwareKey, M::UserVerification, M::MultiFactor]), [M::SoftwareKey, M::UserVerification]);
        assert_eq!(first(&[M::Password]), [M::Password]);
    }

    #[test]
    fn a_passkey_is_two_factors_only_where_its_user_was_verified() {
        let by = |backup_eligible, user_verified| {
            let authentication = Authentication::by_passkey(backup_eligible, user_verified, Timestamp::from_millis(0));
            (authentication.amr().join(" "), authentication.level.number())
        };
        let expected = [("hwk", 1), ("swk", 1), ("hwk user mfa", 2), ("swk user mfa", 2)];
        let found = [by(false, false), by(true, false), by(false, true), by(true, true)];
        assert_eq!(found, expected.map(|(amr, level)| (amr.to_owned(), level)));
    }
}
