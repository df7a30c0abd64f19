//! Use cases of the second factor of a sign-in, and of re-authentication by it.

use crate::app_state::AppState;
use crate::error::AppError;
use crate::passkeys::rsa_checks::RsaCheckedStore;
use crate::passkeys::{Opened, PasskeyContext};
use crate::ports::{RsaVerifier, Store};
use crate::request_context::RequestContext;
use crate::session_start::{SessionStart, WithSession};
use crate::sessions::device_binding;
use crate::transaction::StoredResponse;
use core::cell::RefCell;
use rolecall_core::credential::lockout::CounterKeys;
use rolecall_core::credential::pending_sign_in::PendingSignIn;
use rolecall_core::credential::webauthn::assertion::UserHandlePolicy;
use rolecall_core::decision::joining::UserWithAccount;
use rolecall_core::decision::passkey_sign_in::{AssertionInput, INVALID, PasskeyAssertion};
use rolecall_core::decision::second_factor::{self, SecondFactorProof, TypedSecondFactor};
use rolecall_core::decision::session_start::SignedIn;
use rolecall_core::domain::principal::Credential;
use rolecall_core::domain::session::Session;
use rolecall_core::transaction::denial::Denial;
use rolecall_core::transaction::fact::Fact;
use rolecall_core::transaction::lookup::{Lookup, UserRef};

/// The sign-in that waits in this browser, and what its end loads. Without one nothing is loaded.
fn waiting<S>(app: &AppState<'_, S>, request: &RequestContext, cookie: Option<&str>) -> Result<(PendingSignIn, Vec<Lookup>), AppError> {
    let pending = cookie.and_then(|text| PendingSignIn::decode(app.keys, text, request.ctx.now)).ok_or(Denial::SecondFactorExpired)?;
    *request.log_subject.borrow_mut() = Some(pending.user.to_string());
    request.bind_idempotency(pending.id.as_str());
    let lookups = vec![Lookup::UserWithSecondFactors(pending.user), Lookup::Fact(Fact::ChallengeSpent(pending.id.clone()))];
    Ok((pending, lookups))
}

/// `POST /v1/sessions/second-factor` with a code: finishes the sign-in.
///
/// # Errors
///
/// [`Denial::CodeInvalid`] for a wrong code, which is committed as a failure; those of [`second_factor::finish`] and
/// [`execute_unauthenticated`](crate::transaction::execute_unauthenticated).
pub async fn finish<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    cookie: Option<&str>,
    typed: TypedSecondFactor<'_>,
    render: impl Fn(&UserWithAccount) -> Option<StoredResponse>,
) -> Result<WithSession<UserWithAccount>, AppError> {
    let (pending, mut lookups) = waiting(app, request, cookie)?;
    lookups.push(Lookup::SecondFactorAttempts(UserRef::Id(pending.user)));
    let session_start = SessionStart::new(app, request);
    let proof = SecondFactorProof::Typed(typed);
    let decide = |snapshot: &_, ctx: &_| second_factor::finish(snapshot, ctx, app.keys, Some(&pending), proof, &session_start.browser);
    let render = |signed_in: &SignedIn| render(&signed_in.joined);
    let outcome = session_start.attempt(app, request, (None, lookups), decide, render, Denial::CodeInvalid).await?;
    Ok(session_start.finish(app, request, outcome, device_binding).await?.map(|signed_in| signed_in.joined))
}

/// `POST /v1/sessions/second-factor` with a passkey: finishes the sign-in.
///
/// # Errors
///
/// Those of [`second_factor::finish`] and [`execute_unauthenticated`](crate::transaction::execute_unauthenticated); a fault of the RSA
/// verifier.
pub async fn finish_by_passkey<S: Store, V: RsaVerifier>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    cookie: Option<&str>,
    (context, verifier): (PasskeyContext<'_>, &V),
    response: &PasskeyAssertion,
    render: impl Fn(&UserWithAccount) -> Option<StoredResponse>,
) -> Result<WithSession<UserWithAccount>, AppError> {
    let (pending, mut lookups) = waiting(app, request, cookie)?;
    let opened = Opened::new(app, request, context, response).ok_or(INVALID)?;
    lookups.extend(opened.lookups());
    let session_start = SessionStart::new(app, request);
    let rsa = RefCell::default();
    let (credential, challenge) = (&opened.credential, &opened.challenge);
    let input = AssertionInput { response, credential, challenge, relying_party: context.relying_party, rsa: &rsa };
    let store = RsaCheckedStore { inner: app.store, verifier, input, policy: UserHandlePolicy::Optional };
    let proof = SecondFactorProof::Passkey(input);
    let decide = |snapshot: &_, ctx: &_| second_factor::finish(snapshot, ctx, app.keys, Some(&pending), proof, &session_start.browser);
    let render = |signed_in: &SignedIn| render(&signed_in.joined);
    let outcome = session_start.attempt(&app.with_store(&store), request, (None, lookups), decide, render, INVALID).await?;
    Ok(session_start.finish(app, request, outcome, device_binding).await?.map(|signed_in| signed_in.joined))
}

/// `POST /v1/sessions/current/reauthentication` with a code of an authenticator app or a recovery code: renews the authentication of the
/// session, which gets a new token.
///
/// # Errors
///
/// [`Denial::CodeInvalid`] for a failure, which is committed; those of [`second_factor::reauthenticate`] and
/// [`execute_unauthenticated`](crate::transaction::execute_unauthenticated).
pub async fn reauthenticate<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    typed: TypedSecondFactor<'_>,
    render: impl Fn(&Session) -> Option<StoredResponse>,
) -> Result<WithSession<Session>, AppError> {
    let Some(Credential::Session(current)) = &request.credential else { return Err(Denial::SessionMissing.into()) };
    request.bind_idempotency(&current.to_hex());
    let session_start = SessionStart::new(app, request);
    let counters = CounterKeys::for_session(current);
    let decide =
        |snapshot: &_, ctx: &_| second_factor::reauthenticate(snapshot, ctx, app.keys, (typed, &counters), &session_start.browser.token);
    let mut lookups = vec![Lookup::SecondFactors(UserRef::Caller)];
    lookups.extend(counters.both().map(Lookup::Attempts));
    let outcome = session_start.attempt(app, request, (None, lookups), decide, render, Denial::CodeInvalid).await?;
    session_start.finish(app, request, outcome, |_| None).await
}
