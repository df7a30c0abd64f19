//! Sign-in and re-authentication with a passkey.
//!
//! A passkey that is unknown, of another user, used up its challenge or does not verify gets one denial, and nothing is changed.
//! Failures are not counted: what would be guessed is a signature. The network of the client is limited before.

use super::changed;
use super::joining::UserWithAccount;
use super::reauthentication::renewed;
use super::session_start::{NewSession, in_active_account, start_session};
use crate::credential::passkey_challenge::OpenChallenge;
use crate::credential::webauthn::assertion::UserHandlePolicy;
use crate::credential::webauthn::{
    AssertionResponse, CeremonyRequirements, PendingAssertion, SignatureCheck, StoredCredential, VerifiedAssertion, WebauthnError,
    verify_assertion,
};
use crate::domain::authentication::Authentication;
use crate::domain::passkey::{CredentialId, Passkey, PasskeyUse, RelyingParty, user_handle};
use crate::domain::secret_hashes::SecretHash;
use crate::domain::session::Session;
use crate::transaction::change::{Decision, Effect};
use crate::transaction::context::DecisionContext;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::Denial;
use crate::transaction::fact::Fact;
use crate::transaction::tracked_snapshot::TrackedSnapshot;
use core::cell::RefCell;

/// Response of `navigator.credentials.get()`, its parts decoded from base64url.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the fields are those of the response")]
pub struct PasskeyAssertion {
    pub id: Vec<u8>,
    pub client_data: Vec<u8>,
    pub authenticator_data: Vec<u8>,
    pub signature: Vec<u8>,
    pub user_handle: Option<Vec<u8>>,
}

/// Result of the RSA signature check that was done last, outside of the decision.
pub type RsaResult = RefCell<Option<(PendingAssertion, bool)>>;

/// What an assertion is verified with.
#[derive(Copy, Clone, Debug)]
pub struct AssertionInput<'a> {
    /// Response of the browser.
    pub response: &'a PasskeyAssertion,
    /// Its credential id.
    pub credential: &'a CredentialId,
    /// Its challenge, which was given out to this browser for an authentication.
    pub challenge: &'a OpenChallenge,
    /// Relying party.
    pub relying_party: &'a RelyingParty,
    /// Result of the check of its RSA signature, if it has one. Without a result for this very assertion it does not verify.
    pub rsa: &'a RsaResult,
}

/// Denial of every passkey that does not authenticate.
pub const INVALID: Denial = Denial::PasskeyInvalid { suspected_clone: None };

/// Verifies an assertion with a stored passkey, all but an RSA signature.
///
/// # Errors
///
/// [`WebauthnError`].
pub fn check(input: AssertionInput<'_>, passkey: &Passkey, policy: UserHandlePolicy) -> Result<SignatureCheck, WebauthnError> {
    let AssertionInput { response, challenge, relying_party, .. } = input;
    let origins: Vec<&str> = relying_party.origins.iter().map(String::as_str).collect();
    let required = CeremonyRequirements {
        challenge: &challenge.bytes,
        origins: &origins,
        rp_id: &relying_party.config.rp_id,
        user_verification: false,
    };
    let assertion = AssertionResponse {
        id: &response.id,
        client_data: &response.client_data,
        authenticator_data: &response.authenticator_data,
        signature: &response.signature,
        user_handle: response.user_handle.as_deref(),
    };
    let stored = StoredCredential {
        // The passkey was found by this id.
        id: &response.id,
        public_key: &passkey.public_key,
        sign_count: passkey.sign_count,
        backup_eligible: passkey.backup_eligible,
        user_handle: &user_handle(passkey.user),
    };
    verify_assertion(&assertion, &stored, policy, &required)
}

/// Authenticates with a passkey: returns it, and the effects that every authentication with it has.
///
/// # Errors
///
/// [`Denial::PasskeyInvalid`].
pub(super) fn authenticate(
    snapshot: &TrackedSnapshot,
    ctx: &DecisionContext,
    input: AssertionInput<'_>,
    policy: UserHandlePolicy,
) -> Result<(Passkey, Authentication, Vec<Effect>), DecisionError> {
    let challenge = input.challenge;
    if snapshot.fact(Fact::challenge_spent(challenge.id.clone()))? {
        return Err(INVALID.into());
    }
    let passkey = snapshot.passkey(input.credential)?.filter(|passkey| passkey.epoch == ctx.epoch).ok_or(INVALID)?.clone();
    let verified = check(input, &passkey, policy).and_then(|check| finish(check, input.rsa)).map_err(|fault| {
        let is_clone = fault == WebauthnError::CounterNotIncreased;
        Denial::PasskeyInvalid { suspected_clone: is_clone.then_some(passkey.id) }
    })?;
    let authentication = Authentication::by_passkey(passkey.backup_eligible, verified.user_verified(), ctx.now);
    let used =
        PasskeyUse { user: passkey.user, id: passkey.id, sign_count: verified.sign_count(), backed_up: verified.backed_up(), at: ctx.now };
    let effects = vec![Effect::SpendChallenge(challenge.id.clone(), challenge.expires_at), Effect::UsePasskey(used)];
    Ok((passkey, authentication, effects))
}

fn finish(check: SignatureCheck, rsa: &RsaResult) -> Result<VerifiedAssertion, WebauthnError> {
    match check {
        SignatureCheck::Verified(verified) => Ok(verified),
        SignatureCheck::Rsa(pending) => {
            let is_valid = matches!(&*rsa.borrow(), Some((checked, true)) if *checked == pending);
            pending.finish(is_valid)
        }
    }
}

/// Signs in with a passkey. One that did not verify its user is one factor, beside which a second may be asked for: the inner result.
///
/// # Errors
///
/// [`Denial::PasskeyInvalid`]; [`Denial::AccountNotFound`] if the active account is not the user's.
pub fn sign_in(
    snapshot: &TrackedSnapshot,
    ctx: &DecisionContext,
    input: AssertionInput<'_>,
    browser: &NewSession,
) -> Result<Decision<Result<UserWithAccount, Denial>>, DecisionError> {
    let (passkey, authentication, mut effects) = authenticate(snapshot, ctx, input, UserHandlePolicy::Required)?;
    let user = snapshot.untracked_user(passkey.user)?.ok_or(INVALID)?.clone();
    let joined = in_active_account(snapshot, user)?;
    let started = start_session(snapshot, ctx, &mut effects, passkey.user, browser, authentication)?;
    Ok(changed(snapshot, effects, Vec::new(), started.map(|()| joined)))
}

/// Re-authenticates the caller with one of their passkeys. The session gets a new token.
///
/// # Errors
///
/// [`Denial::SessionMissing`], [`Denial::SessionExpired`], then [`Denial::PasskeyInvalid`].
pub fn reauthenticate(
    snapshot: &TrackedSnapshot,
    ctx: &DecisionContext,
    input: AssertionInput<'_>,
    token: &SecretHash,
) -> Result<Decision<Session>, DecisionError> {
    let caller = snapshot.caller(ctx.now)?;
    let (passkey, authentication, mut effects) = authenticate(snapshot, ctx, input, UserHandlePolicy::Optional)?;
    if passkey.user != caller.user.id {
        return Err(INVALID.into());
    }
    let session = renewed(snapshot, caller.session, token, authentication);
    effects.push(Effect::RenewSession(session.clone()));
    Ok(changed(snapshot, effects, Vec::new(), session))
}

#[cfg(test)]
mod tests;
