//! What a sign-in or a re-authentication proves the user with: exactly one of the ways that its request can have.

use super::passkey::PasskeyAssertionJson;
use super::person::{ReauthenticateRequest, SignInRequest};
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
}

fn required(name: &str) -> FieldError {
    FieldError::new(name, "required", "The field is required.")
}

fn ambiguous(name: &str) -> FieldError {
    FieldError::new(name, "ambiguous", "The request must have one of a password, a code and a passkey.")
}

/// The errors of a request that has none of the ways, or several: the first is the one that counts.
fn not_one(password: bool, code: bool, passkey: bool) -> Vec<FieldError> {
    let present = [("/password", password), ("/code", code), ("/passkey", passkey)].into_iter().filter(|(_, is_present)| *is_present);
    let further: Vec<FieldError> = present.skip(1).map(|(name, _)| ambiguous(name)).collect();
    if further.is_empty() { vec![required("/password")] } else { further }
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
                errors.extend(not_one(password.is_some(), code.is_some(), passkey.is_some()));
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
        match (self.password, self.code, self.passkey) {
            (Some(password), None, None) => Ok(ReauthenticationProof::Password(password)),
            (None, Some(code), None) => Ok(ReauthenticationProof::Code { code, browser_key: self.browser_key }),
            (None, None, Some(passkey)) => Ok(ReauthenticationProof::Passkey(passkey)),
            (password, code, passkey) => Err(not_one(password.is_some(), code.is_some(), passkey.is_some())),
        }
    }
}
