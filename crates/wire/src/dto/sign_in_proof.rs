//! What a sign-in or a re-authentication proves the user with: exactly one of the ways that its request can have.

use super::passkey::PasskeyAssertionJson;
use super::person::{ReauthenticateRequest, SignInRequest};
use super::second_factor::FinishSignInRequest;
use crate::decode::Secret;
use rolecall_core::domain::field_error::FieldError;

/// How a sign-in proves who the user is.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields are those of the request")]
pub enum SignInProof {
    Password { email: String, password: Secret },
    Code { email: String, code: Secret, browser_key: Option<Secret> },
    Passkey(PasskeyAssertionJson),
}

/// How a re-authentication proves who the user is.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields are those of the request")]
pub enum ReauthenticationProof {
    Password(Secret),
    Code { code: Secret, browser_key: Option<Secret> },
    Passkey(PasskeyAssertionJson),
    Totp(Secret),
    RecoveryCode(Secret),
}

/// Second factor of a sign-in.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields are those of the request")]
pub enum FinishSignInProof {
    Totp(Secret),
    RecoveryCode(Secret),
    Passkey(PasskeyAssertionJson),
}

fn required(name: &str) -> FieldError {
    FieldError::new(name, "required", "The field is required.")
}

fn ambiguous(name: &str) -> FieldError {
    FieldError::new(name, "ambiguous", "The request must have one of its ways to prove who the user is.")
}

/// The errors of a request that has none of the ways, or several, each with whether it is present: the first is the one that counts.
fn not_one(ways: &[(&str, bool)]) -> Vec<FieldError> {
    let further: Vec<FieldError> = ways.iter().filter(|(_, is_present)| *is_present).skip(1).map(|(name, _)| ambiguous(name)).collect();
    if further.is_empty() { ways.first().map(|(name, _)| required(name)).into_iter().collect() } else { further }
}

impl SignInRequest {
    /// The one proof of the request.
    ///
    /// # Errors
    ///
    /// The missing fields, or those that do not belong beside another.
    pub fn proof(self) -> Result<SignInProof, Vec<FieldError>> {
        let (email, missing) = (self.email, || vec![required("/email")]);
        match (self.password, self.code, self.passkey) {
            (Some(password), None, None) => Ok(SignInProof::Password { email: email.ok_or_else(missing)?, password }),
            (None, Some(code), None) => Ok(SignInProof::Code { email: email.ok_or_else(missing)?, code, browser_key: self.browser_key }),
            (None, None, Some(_)) if email.is_some() => Err(vec![ambiguous("/email")]),
            (None, None, Some(passkey)) => Ok(SignInProof::Passkey(passkey)),
            (password, code, passkey) => {
                let none = password.is_none() && code.is_none() && passkey.is_none();
                let mut errors = if none && email.is_none() { missing() } else { Vec::new() };
                errors.extend(not_one(&[("/password", password.is_some()), ("/code", code.is_some()), ("/passkey", passkey.is_some())]));
                Err(errors)
            }
        }
    }
}

impl ReauthenticateRequest {
    /// The one proof of the request.
    ///
    /// # Errors
    ///
    /// The missing field, or those that do not belong beside another.
    pub fn proof(self) -> Result<ReauthenticationProof, Vec<FieldError>> {
        match (self.password, self.code, self.passkey, self.totp_code, self.recovery_code) {
            (Some(password), None, None, None, None) => Ok(ReauthenticationProof::Password(password)),
            (None, Some(code), None, None, None) => Ok(ReauthenticationProof::Code { code, browser_key: self.browser_key }),
            (None, None, Some(passkey), None, None) => Ok(ReauthenticationProof::Passkey(passkey)),
            (None, None, None, Some(code), None) => Ok(ReauthenticationProof::Totp(code)),
            (None, None, None, None, Some(code)) => Ok(ReauthenticationProof::RecoveryCode(code)),
            (password, code, passkey, totp, recovery) => Err(not_one(&[
                ("/password", password.is_some()),
                ("/code", code.is_some()),
                ("/passkey", passkey.is_some()),
                ("/totp_code", totp.is_some()),
                ("/recovery_code", recovery.is_some()),
            ])),
        }
    }
}

impl FinishSignInRequest {
    /// The one proof of the request.
    ///
    /// # Errors
    ///
    /// The missing field, or those that do not belong beside another.
    pub fn proof(self) -> Result<FinishSignInProof, Vec<FieldError>> {
        match (self.code, self.recovery_code, self.passkey) {
            (Some(code), None, None) => Ok(FinishSignInProof::Totp(code)),
            (None, Some(code), None) => Ok(FinishSignInProof::RecoveryCode(code)),
            (None, None, Some(passkey)) => Ok(FinishSignInProof::Passkey(passkey)),
            (code, recovery, passkey) => {
                Err(not_one(&[("/code", code.is_some()), ("/recovery_code", recovery.is_some()), ("/passkey", passkey.is_some())]))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::decode;
    use serde_json::{Value, json};

    fn faults<T>(result: Result<T, Vec<FieldError>>) -> Vec<(String, &'static str)> {
        result.err().unwrap_or_default().into_iter().map(|error| (error.pointer, error.code)).collect()
    }

    fn finish(body: Value) -> Result<FinishSignInProof, Vec<FieldError>> {
        decode::<FinishSignInRequest>(body).and_then(FinishSignInRequest::proof)
    }

    fn reauthenticate(body: Value) -> Result<ReauthenticationProof, Vec<FieldError>> {
        decode::<ReauthenticateRequest>(body).and_then(ReauthenticateRequest::proof)
    }

    #[test]
    fn a_second_factor_is_one_of_its_ways() {
        assert!(matches!(finish(json!({ "code": "123 456" })), Ok(FinishSignInProof::Totp(code)) if code.reveal() == "123 456"));
        assert!(matches!(finish(json!({ "recovery_code": "a" })), Ok(FinishSignInProof::RecoveryCode(_))));
        assert_eq!(faults(finish(json!({}))), [("/code".to_owned(), "required")]);
        assert_eq!(faults(finish(json!({ "code": "1", "recovery_code": "a" }))), [("/recovery_code".to_owned(), "ambiguous")]);
    }

    #[test]
    fn a_re_authentication_is_one_of_its_ways() {
        assert!(matches!(reauthenticate(json!({ "totp_code": "1" })), Ok(ReauthenticationProof::Totp(_))));
        assert!(matches!(reauthenticate(json!({ "recovery_code": "1" })), Ok(ReauthenticationProof::RecoveryCode(_))));
        assert_eq!(faults(reauthenticate(json!({}))), [("/password".to_owned(), "required")]);
        let three = json!({ "code": "1", "totp_code": "1", "recovery_code": "1" });
        assert_eq!(faults(reauthenticate(three)), [("/totp_code".to_owned(), "ambiguous"), ("/recovery_code".to_owned(), "ambiguous")]);
    }
}
