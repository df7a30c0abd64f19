//! Passkeys of the signed-in user: registration, list, rename, removal.

use super::changed;
use super::password::fresh_caller;
use crate::authz::policy_config::PolicyConfig;
use crate::credential::passkey_challenge::{self, BrowserKey, Ceremony};
use crate::credential::secret::Keyring;
use crate::credential::webauthn::{CeremonyRequirements, RegistrationResponse, verify_registration};
use crate::domain::field_error::FieldError;
use crate::domain::id::IdentityId;
use crate::domain::name::Name;
use crate::domain::passkey::{CredentialId, LABEL_DEFAULT, Passkey, RelyingParty};
use crate::domain::user::User;
use crate::transaction::change::{Decision, Effect};
use crate::transaction::context::DecisionContext;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::Denial;
use crate::transaction::fact::Fact;
use crate::transaction::tracked_snapshot::TrackedSnapshot;

/// Response of `navigator.credentials.create()`, its parts decoded from base64url.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the fields are those of the response")]
pub struct PasskeyRegistration {
    pub id: Vec<u8>,
    pub client_data: Vec<u8>,
    pub attestation_object: Vec<u8>,
    pub transports: Vec<String>,
}

/// Input of [`register`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewPasskey {
    /// Label as received; None for [`LABEL_DEFAULT`].
    pub label: Option<String>,
    /// Response of the browser.
    pub response: PasskeyRegistration,
}

/// What a ceremony of this deployment and browser is checked with.
#[derive(Copy, Clone, Debug)]
pub struct CeremonyContext<'a> {
    /// Keys of the challenges.
    pub keys: &'a Keyring,
    /// Key of the browser's cookie, if it has one.
    pub browser: Option<&'a BrowserKey>,
    /// Relying party.
    pub relying_party: &'a RelyingParty,
}

/// The user of a registration to be started, and their passkeys, which authenticators are told to exclude.
///
/// # Errors
///
/// Those of [`fresh_caller`], then [`Denial::LimitReached`].
pub fn registration_options(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
) -> Result<(User, Vec<Passkey>), DecisionError> {
    let user = fresh_caller(snapshot, config, ctx)?.user;
    snapshot.check_passkey_cap(user.id)?;
    Ok((user, snapshot.caller_passkeys()?.to_vec()))
}

/// Registers a passkey of the caller.
///
/// # Errors
///
/// Those of [`fresh_caller`], then invalid fields: `/label`; `/passkey` where the response is not one to this browser's challenge or
/// does not verify; then [`Denial::PasskeyExists`] and [`Denial::LimitReached`].
pub fn register(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    ceremony: CeremonyContext<'_>,
    input: Result<&NewPasskey, Vec<FieldError>>,
) -> Result<Decision<Passkey>, DecisionError> {
    let user = fresh_caller(snapshot, config, ctx)?.user;
    let input = input.map_err(DecisionError::Invalid)?;
    let label = Name::parse(input.label.as_deref().unwrap_or(LABEL_DEFAULT), "/label")?;
    let response = &input.response;
    let invalid = |detail: &str| DecisionError::from(FieldError::new("/passkey", "value-invalid", detail));
    let over = || invalid("The challenge is not one of this browser, was used, or has expired. Request new options.");
    let registration = Ceremony::Registration(user.id);
    let opened = |browser| passkey_challenge::open(ceremony.keys, registration, browser, &response.client_data, ctx.now);
    let challenge = ceremony.browser.and_then(opened).ok_or_else(over)?;
    if snapshot.fact(Fact::challenge_spent(challenge.id.clone()))? {
        return Err(over());
    }
    let origins: Vec<&str> = ceremony.relying_party.origins.iter().map(String::as_str).collect();
    let required = CeremonyRequirements {
        challenge: &challenge.bytes,
        origins: &origins,
        rp_id: &ceremony.relying_party.config.rp_id,
        user_verification: false,
    };
    let transports: Vec<&str> = response.transports.iter().map(String::as_str).collect();
    let made = RegistrationResponse {
        id: &response.id,
        client_data: &response.client_data,
        attestation_object: &response.attestation_object,
        transports: &transports,
    };
    let made = verify_registration(&made, &required).map_err(|fault| invalid(&format!("The registration is refused: {fault}.")))?;
    let credential = CredentialId::from_bytes(&made.id).ok_or_else(|| invalid("The credential id is too long."))?;
    if snapshot.fact(Fact::passkey_exists(credential.clone()))? {
        return Err(Denial::PasskeyExists.into());
    }
    snapshot.check_passkey_cap(user.id)?;
    let passkey = Passkey {
        id: IdentityId::new(ctx.now, ctx.id_bytes()),
        user: user.id,
        credential,
        public_key: made.public_key,
        sign_count: made.sign_count,
        backup_eligible: made.backup_eligible,
        backed_up: made.backed_up,
        transports: made.transports,
        aaguid: made.aaguid,
        user_verified: made.user_verified,
        label,
        epoch: ctx.epoch,
        created_at: ctx.now,
        last_used_at: None,
    };
    let effects = vec![Effect::SpendChallenge(challenge.id, challenge.expires_at), Effect::InsertPasskey(passkey.clone())];
    Ok(changed(snapshot, effects, Vec::new(), passkey))
}

/// Lists the passkeys of the caller, oldest first.
///
/// # Errors
///
/// [`Denial::SessionMissing`], [`Denial::SessionExpired`].
pub fn list(snapshot: &TrackedSnapshot, ctx: &DecisionContext) -> Result<Vec<Passkey>, DecisionError> {
    snapshot.caller(ctx.now)?;
    Ok(snapshot.caller_passkeys()?.to_vec())
}

/// Sets the label of a passkey of the caller.
///
/// # Errors
///
/// Those of [`list`], then the invalid field `/label`, then [`Denial::PasskeyNotFound`].
pub fn rename(
    snapshot: &TrackedSnapshot,
    ctx: &DecisionContext,
    id: Option<IdentityId>,
    label: Result<&str, Vec<FieldError>>,
) -> Result<Decision<Passkey>, DecisionError> {
    snapshot.caller(ctx.now)?;
    let label = Name::parse(label.map_err(DecisionError::Invalid)?, "/label")?;
    let passkey = Passkey { label, ..snapshot.caller_passkey(id)?.clone() };
    let effect = Effect::RenamePasskey(passkey.user, passkey.id, passkey.label.clone());
    Ok(changed(snapshot, vec![effect], Vec::new(), passkey))
}

/// Removes a passkey of the caller.
///
/// # Errors
///
/// Those of [`fresh_caller`], then [`Denial::PasskeyNotFound`] and [`Denial::LastSignInMethod`].
pub fn remove(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: Option<IdentityId>,
) -> Result<Decision<()>, DecisionError> {
    let user = fresh_caller(snapshot, config, ctx)?.user;
    let id = snapshot.caller_passkey(id)?.id;
    snapshot.require_other_sign_in_method(user.id, id, (ctx.epoch, &config.sign_in))?;
    Ok(changed(snapshot, vec![Effect::DeleteIdentity(user.id, id)], Vec::new(), ()))
}

#[cfg(test)]
mod tests;
