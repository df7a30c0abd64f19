//! Use cases of password resets.

use crate::app_state::AppState;
use crate::error::AppError;
use crate::ports::Store;
use crate::request_context::RequestContext;
use crate::session_start::new_device_cookie;
use crate::signups::hash_new_password;
use crate::transaction::{Outcome, StoredResponse, execute_unauthenticated};
use rolecall_core::credential::link::{LinkToken, Purpose};
use rolecall_core::credential::lockout::CounterKeys;
use rolecall_core::decision::invitations::parse_email;
use rolecall_core::decision::password_resets::{self, MAILS_WINDOW_SECONDS};
use rolecall_core::domain::id::ResetId;
use rolecall_core::transaction::context::DecisionContext;
use rolecall_core::transaction::denial::Denial;
use rolecall_core::transaction::lookup::{Lookup, UserRef};
use rolecall_core::transaction::tracked_snapshot::TrackedSnapshot;

/// `POST /v1/password-resets`: requests a reset link. The output is the same for every email.
///
/// # Errors
///
/// The invalid field `/email`; those of [`password_resets::request`] and [`execute_unauthenticated`].
pub async fn request<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    email: &str,
    render: impl Fn(&()) -> Option<StoredResponse>,
) -> Result<Outcome<()>, AppError> {
    let email = parse_email(email).map_err(|error| AppError::Invalid(vec![error]))?;
    let lookups = vec![
        Lookup::User(UserRef::Email(email.clone())),
        Lookup::ResetsSince(email.clone(), request.ctx.now.plus_seconds(-MAILS_WINDOW_SECONDS)),
    ];
    let decide = |snapshot: &_, ctx: &_| password_resets::request(snapshot, ctx, &email);
    execute_unauthenticated(app, request, None, lookups, decide, render).await
}

/// `PUT /v1/password-resets`: sets a new password by a mailed link, which proves control of the mailbox. Returns the device
/// cookie of the browser too; None if its present cookie is valid, or for a replay.
///
/// # Errors
///
/// [`Denial::VerificationNotFound`] for a forged link, [`Denial::TooManySignIns`] if the hash queue is full; those of
/// [`password_resets::complete`], which checks the link before the password, and [`execute_unauthenticated`].
pub async fn complete<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    token: &str,
    password: &str,
    render: impl Fn(&()) -> Option<StoredResponse>,
) -> Result<(Outcome<()>, Option<String>), AppError> {
    let (id, _) = LinkToken::open(app.keys, Purpose::ResetPassword, token).ok_or(Denial::VerificationNotFound)?;
    let permit = app.hashes.admit(request.ctx.now, &request.pause)?;
    let reset = ResetId::from_bits(id);
    let decide = |snapshot: &TrackedSnapshot, ctx: &DecisionContext| {
        let user = password_resets::user_of_reset(snapshot, ctx, reset)?;
        let hash = hash_new_password(app, ctx, password, &user.email, Some(user.name.as_str()));
        password_resets::complete(snapshot, ctx, reset, &CounterKeys::for_email(&user.email, &request.network), hash)
    };
    let device = request.ctx.salt();
    let outcome = execute_unauthenticated(app, request, Some(permit), vec![Lookup::PasswordReset(reset)], decide, |_| render(&())).await?;
    let cookie = match &outcome {
        Outcome::Fresh { output: (email, hash), .. } => new_device_cookie(app, request, email, hash, device),
        Outcome::Replayed(_) => None,
    };
    Ok((outcome.map(|_| ()), cookie))
}
