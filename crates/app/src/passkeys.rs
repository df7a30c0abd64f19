//! Use cases of passkeys: options of both ceremonies, registration, management, sign-in and re-authentication.
//!
//! Options are given out without a write. A ceremony takes two round trips: one to load what it needs, one that commits, spends the
//! challenge, and stores the new signature counter.

pub(crate) mod rsa_checks;

use crate::app_state::AppState;
use crate::error::AppError;
use crate::ports::{RsaVerifier, Store};
use crate::profile::require_session;
use crate::request_context::RequestContext;
use crate::session_start::{SessionStart, WithSession};
use crate::transaction::{Outcome, StoredResponse, by_ref, execute, execute_unauthenticated, query};
use core::cell::RefCell;
use rolecall_core::credential::passkey_challenge::{self, BrowserKey, Ceremony, OpenChallenge};
use rolecall_core::credential::webauthn::assertion::UserHandlePolicy;
use rolecall_core::decision::joining::UserWithAccount;
use rolecall_core::decision::passkey_sign_in::{self, AssertionInput, INVALID, PasskeyAssertion};
use rolecall_core::decision::passkeys::{self, CeremonyContext, NewPasskey};
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::domain::id::IdentityId;
use rolecall_core::domain::passkey::{CredentialId, Passkey, RelyingParty};
use rolecall_core::domain::session::Session;
use rolecall_core::domain::user::User;
use rolecall_core::transaction::fact::Fact;
use rolecall_core::transaction::lookup::{Lookup, UserRef};
use rsa_checks::RsaCheckedStore;

/// Browser and relying party of a ceremony.
#[derive(Copy, Clone, Debug)]
pub struct PasskeyContext<'a> {
    /// Relying party.
    pub relying_party: &'a RelyingParty,
    /// Key of the browser's cookie, if it has one.
    pub browser: Option<BrowserKey>,
}

/// A challenge for a browser.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IssuedChallenge {
    /// Text whose bytes are the challenge.
    pub challenge: String,
    /// Key of the browser, for its cookie: the present one, or a new one.
    pub browser: BrowserKey,
}

fn issue<S>(app: &AppState<'_, S>, request: &RequestContext, browser: Option<BrowserKey>, ceremony: Ceremony) -> IssuedChallenge {
    let browser = browser.unwrap_or_else(|| BrowserKey::from_random(request.ctx.salt()));
    let challenge = passkey_challenge::issue(app.keys, ceremony, &browser, request.ctx.now, request.ctx.salt());
    IssuedChallenge { challenge, browser }
}

/// `POST /v1/passkeys/authentication-options`: the same for everybody. Nothing is loaded or stored.
pub fn authentication_options<S>(app: &AppState<'_, S>, request: &RequestContext, browser: Option<BrowserKey>) -> IssuedChallenge {
    issue(app, request, browser, Ceremony::Authentication)
}

/// `POST /v1/passkeys/registration-options`: a challenge for the caller, who is returned with their passkeys.
///
/// # Errors
///
/// Those of [`passkeys::registration_options`] and [`query`].
pub async fn registration_options<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    browser: Option<BrowserKey>,
) -> Result<(IssuedChallenge, User, Vec<Passkey>), AppError> {
    let decide = |snapshot: &_, ctx: &_| passkeys::registration_options(snapshot, app.config, ctx);
    let (user, existing) = query(app, request, vec![Lookup::CallerPasskeys, Lookup::SignInMethods(UserRef::Caller)], None, decide).await?;
    Ok((issue(app, request, browser, Ceremony::Registration(user.id)), user, existing))
}

/// `POST /v1/passkeys`: registers a passkey of the caller.
///
/// # Errors
///
/// Those of [`passkeys::register`] and [`execute`].
pub async fn register<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    context: PasskeyContext<'_>,
    input: Result<NewPasskey, Vec<FieldError>>,
    render: impl Fn(&Passkey) -> Option<StoredResponse>,
) -> Result<Outcome<Passkey>, AppError> {
    let mut lookups = vec![Lookup::CallerPasskeys, Lookup::SignInMethods(UserRef::Caller)];
    if let Ok(NewPasskey { response, .. }) = &input {
        let credential = CredentialId::from_bytes(&response.id).map(Fact::PasskeyExists);
        let challenge = passkey_challenge::claimed_id(&response.client_data).map(Fact::ChallengeSpent);
        lookups.extend(credential.into_iter().chain(challenge).map(Lookup::Fact));
    }
    let ceremony = CeremonyContext { keys: app.keys, browser: context.browser.as_ref(), relying_party: context.relying_party };
    let decide = |snapshot: &_, ctx: &_| passkeys::register(snapshot, app.config, ctx, ceremony, by_ref(&input));
    execute(app, request, lookups, None, decide, render).await
}

/// `GET /v1/passkeys`: lists the passkeys of the caller, oldest first.
///
/// # Errors
///
/// Those of [`passkeys::list`] and [`query`].
pub async fn list<S: Store>(app: &AppState<'_, S>, request: &RequestContext) -> Result<Vec<Passkey>, AppError> {
    query(app, request, vec![Lookup::CallerPasskeys], None, passkeys::list).await
}

/// `PATCH /v1/passkeys/{passkey}`: sets the label of a passkey of the caller.
///
/// # Errors
///
/// Those of [`passkeys::rename`] and [`execute`].
pub async fn rename<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    id: Option<IdentityId>,
    label: Result<String, Vec<FieldError>>,
    render: impl Fn(&Passkey) -> Option<StoredResponse>,
) -> Result<Outcome<Passkey>, AppError> {
    let decide = |snapshot: &_, ctx: &_| passkeys::rename(snapshot, ctx, id, by_ref(&label).map(String::as_str));
    execute(app, request, vec![Lookup::CallerPasskeys], None, decide, render).await
}

/// `DELETE /v1/passkeys/{passkey}`: removes a passkey of the caller.
///
/// # Errors
///
/// Those of [`passkeys::remove`] and [`execute`].
pub async fn remove<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    id: Option<IdentityId>,
    render: impl Fn(&()) -> Option<StoredResponse>,
) -> Result<Outcome<()>, AppError> {
    let lookups = vec![Lookup::CallerPasskeys, Lookup::SignInMethods(UserRef::Caller)];
    let decide = |snapshot: &_, ctx: &_| passkeys::remove(snapshot, app.config, ctx, id);
    execute(app, request, lookups, None, decide, render).await
}

/// An assertion to this browser's challenge.
pub(crate) struct Opened {
    pub(crate) credential: CredentialId,
    pub(crate) challenge: OpenChallenge,
}

impl Opened {
    /// The assertion, if its challenge was given out to this browser and has not expired. Anything else needs no database.
    pub(crate) fn new<S>(
        app: &AppState<'_, S>,
        request: &RequestContext,
        context: PasskeyContext<'_>,
        response: &PasskeyAssertion,
    ) -> Option<Opened> {
        let credential = CredentialId::from_bytes(&response.id)?;
        let browser = context.browser?;
        let challenge = passkey_challenge::open(app.keys, Ceremony::Authentication, &browser, &response.client_data, request.ctx.now)?;
        Some(Opened { credential, challenge })
    }

    pub(crate) fn lookups(&self) -> Vec<Lookup> {
        vec![Lookup::Passkey(self.credential.clone()), Lookup::Fact(Fact::ChallengeSpent(self.challenge.id.clone()))]
    }
}

/// `POST /v1/sessions` with a passkey: signs in.
///
/// # Errors
///
/// Those of [`passkey_sign_in::sign_in`] and [`execute_unauthenticated`]; a fault of the RSA verifier.
pub async fn sign_in<S: Store, V: RsaVerifier>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    context: PasskeyContext<'_>,
    verifier: &V,
    response: &PasskeyAssertion,
    render: impl Fn(&UserWithAccount) -> Option<StoredResponse>,
) -> Result<WithSession<UserWithAccount>, AppError> {
    let opened = Opened::new(app, request, context, response).ok_or(INVALID)?;
    let session_start = SessionStart::new(app, request);
    let rsa = RefCell::default();
    let (credential, challenge) = (&opened.credential, &opened.challenge);
    let input = AssertionInput { response, credential, challenge, relying_party: context.relying_party, rsa: &rsa };
    let store = RsaCheckedStore { inner: app.store, verifier, input, policy: UserHandlePolicy::Required };
    let decide = |snapshot: &_, ctx: &_| passkey_sign_in::sign_in(snapshot, ctx, input, &session_start.browser);
    let outcome = session_start.attempt(&app.with_store(&store), request, (None, opened.lookups()), decide, render, INVALID).await?;
    session_start.finish(app, request, outcome, |_| None).await
}

/// `POST /v1/sessions/current/reauthentication` with a passkey: renews the authentication of the session, which gets a new token.
///
/// # Errors
///
/// Those of [`passkey_sign_in::reauthenticate`] and [`execute_unauthenticated`]; a fault of the RSA verifier.
pub async fn reauthenticate<S: Store, V: RsaVerifier>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    context: PasskeyContext<'_>,
    verifier: &V,
    response: &PasskeyAssertion,
    render: impl Fn(&Session) -> Option<StoredResponse>,
) -> Result<WithSession<Session>, AppError> {
    let Some(opened) = Opened::new(app, request, context, response) else {
        require_session(app, request).await?;
        return Err(INVALID.into());
    };
    let session_start = SessionStart::new(app, request);
    let rsa = RefCell::default();
    let (credential, challenge) = (&opened.credential, &opened.challenge);
    let input = AssertionInput { response, credential, challenge, relying_party: context.relying_party, rsa: &rsa };
    let store = RsaCheckedStore { inner: app.store, verifier, input, policy: UserHandlePolicy::Optional };
    let decide = |snapshot: &_, ctx: &_| passkey_sign_in::reauthenticate(snapshot, ctx, input, &session_start.browser.token);
    let store_response = |session: &_| render(session).map(|response| session_start.with_nonce(response));
    let outcome = execute_unauthenticated(&app.with_store(&store), request, None, opened.lookups(), decide, store_response).await?;
    session_start.finish(app, request, outcome, |_| None).await
}
