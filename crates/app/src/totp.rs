//! Use cases of the signed-in user's authenticator app and recovery codes.

use crate::app_state::AppState;
use crate::error::AppError;
use crate::ports::Store;
use crate::request_context::RequestContext;
use crate::session_start::{SessionStart, WithSession};
use crate::transaction::{Outcome, StoredResponse, by_ref, execute, query};
use rolecall_core::credential::recovery_code::{RECOVERY_CODES, RECOVERY_RANDOM_BYTES, RecoveryCode};
use rolecall_core::decision::totp::{self, NewTotp};
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::domain::id::{IdentityId, UserId};
use rolecall_core::domain::principal::Credential;
use rolecall_core::domain::session::Session;
use rolecall_core::domain::user::User;
use rolecall_core::transaction::denial::Denial;
use rolecall_core::transaction::lookup::{Lookup, UserRef};

/// What every route here loads: how fresh the session is, and the second factors of its user.
fn lookups() -> Vec<Lookup> {
    vec![Lookup::SignInMethods(UserRef::Caller), Lookup::SecondFactors(UserRef::Caller)]
}

/// `POST /v1/totp`: sets up an authenticator app. The stored response has its id alone; a replay reads the secret again.
///
/// # Errors
///
/// Those of [`totp::begin`] and [`execute`]; those of [`totp::begun`] and [`query`] for a replay.
pub async fn begin<S: Store>(app: &AppState<'_, S>, request: &RequestContext) -> Result<NewTotp, AppError> {
    let only_id = |new: &NewTotp| Some(StoredResponse { kind: new.id.to_string(), body: String::new() });
    let decide = |snapshot: &_, ctx: &_| totp::begin(snapshot, app.config, ctx, app.keys);
    match execute(app, request, lookups(), None, decide, only_id).await? {
        Outcome::Fresh { output, .. } => Ok(output),
        Outcome::Replayed(stored) => {
            let id = IdentityId::parse(&stored.kind);
            query(app, request, lookups(), None, |snapshot, ctx| totp::begun(snapshot, app.config, ctx, app.keys, id)).await
        }
    }
}

/// `PUT /v1/totp`: confirms an authenticator app by its first code. The session gets a new token.
///
/// # Errors
///
/// [`Denial::CodeInvalid`] for a failure, which is committed; those of [`totp::confirm`] and
/// [`execute_unauthenticated`](crate::transaction::execute_unauthenticated).
pub async fn confirm<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    code: Result<String, Vec<FieldError>>,
    render: impl Fn(&Session) -> Option<StoredResponse>,
) -> Result<WithSession<Session>, AppError> {
    if let Some(Credential::Session(current)) = &request.credential {
        request.bind_idempotency(&current.to_hex());
    }
    let session_start = SessionStart::new(app, request);
    let mut lookups = lookups();
    lookups.push(Lookup::SecondFactorAttempts(UserRef::Caller));
    let decide = |snapshot: &_, ctx: &_| {
        let code = by_ref(&code).map(String::as_str);
        totp::confirm(snapshot, app.config, ctx, app.keys, code, &session_start.browser.token)
    };
    let outcome = session_start.attempt(app, request, (None, lookups), decide, render, Denial::CodeInvalid).await?;
    session_start.finish(app, request, outcome, |_| None).await
}

/// `DELETE /v1/totp`: removes the authenticator app and the recovery codes.
///
/// # Errors
///
/// Those of [`totp::remove`] and [`execute`].
pub async fn remove<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    render: impl Fn(&()) -> Option<StoredResponse>,
) -> Result<Outcome<()>, AppError> {
    let decide = |snapshot: &_, ctx: &_| totp::remove(snapshot, app.config, ctx);
    execute(app, request, lookups(), None, decide, render).await
}

/// `POST /v1/recovery-codes`: makes new recovery codes. With an idempotency key they are derived from the request and a nonce, so that a
/// replay returns the same codes although only their hashes are stored.
///
/// # Errors
///
/// Those of [`totp::create_recovery_codes`] and [`execute`]; those of [`totp::created_recovery_codes`] and [`query`] for a replay.
pub async fn create_recovery_codes<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
) -> Result<[RecoveryCode; RECOVERY_CODES], AppError> {
    let nonce = request.ctx.salt();
    let mut random = [0; RECOVERY_RANDOM_BYTES];
    random.chunks_exact_mut(32).for_each(|half| half.copy_from_slice(&request.ctx.random()));
    let codes = |user: &User| derived(app, request, user.id, &nonce).unwrap_or_else(|| RecoveryCode::set_from_random(random));
    let decide = |snapshot: &_, ctx: &_| totp::create_recovery_codes(snapshot, app.config, ctx, app.keys, codes);
    let only_nonce = |_: &_| Some(StoredResponse { kind: format!("{:032x}", u128::from_be_bytes(nonce)), body: String::new() });
    match execute(app, request, lookups(), None, decide, only_nonce).await? {
        Outcome::Fresh { output, .. } => Ok(output),
        Outcome::Replayed(stored) => {
            let nonce = u128::from_str_radix(&stored.kind, 16).unwrap_or_default().to_be_bytes();
            let codes = |user: &User| derived(app, request, user.id, &nonce).unwrap_or_else(|| RecoveryCode::set_from_random(random));
            let decide = |snapshot: &_, ctx: &_| totp::created_recovery_codes(snapshot, app.config, ctx, app.keys, codes);
            query(app, request, lookups(), None, decide).await
        }
    }
}

fn derived<S>(app: &AppState<'_, S>, request: &RequestContext, user: UserId, nonce: &[u8; 16]) -> Option<[RecoveryCode; RECOVERY_CODES]> {
    let idempotency = request.idempotency.as_ref()?;
    Some(RecoveryCode::derive_set(app.keys, user, &idempotency.key, &idempotency.fingerprint, nonce))
}
