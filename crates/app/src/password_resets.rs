//! Use cases of password resets.

use crate::call::{App, Call};
use crate::engine::{Done, Recorded, mutate_publicly};
use crate::entrance::unknown_device;
use crate::error::AppError;
use crate::ports::Store;
use crate::signups::chosen;
use rolecall_core::credential::link::{LinkToken, Purpose};
use rolecall_core::credential::lockout::Scopes;
use rolecall_core::decision::invitations::parse_email;
use rolecall_core::decision::password_resets::{self, MAILS_WINDOW_SECONDS};
use rolecall_core::domain::id::ResetId;
use rolecall_core::transaction::denial::Denial;
use rolecall_core::transaction::lookup::{UserRef, Want};

/// `POST /v1/password-resets`: the same answer for every email.
pub async fn request<S: Store>(
    app: &App<'_, S>,
    call: &Call,
    email: &str,
    render: impl Fn(&()) -> Option<Recorded>,
) -> Result<Done<()>, AppError> {
    let email = parse_email(email).map_err(|error| AppError::Invalid(vec![error]))?;
    let wants = vec![
        Want::User(UserRef::Email(email.clone())),
        Want::ResetsSince(email.clone(), call.moment.now.plus_seconds(-MAILS_WINDOW_SECONDS)),
    ];
    let decide = |view: &_, moment: &_| password_resets::request(view, moment, &email);
    mutate_publicly(app, call, None, wants, decide, render).await
}

/// `PUT /v1/password-resets`: the link is judged before the password. Whoever holds it reads the mailbox, so their
/// browser becomes a known device; its token is the second of the answer.
pub async fn complete<S: Store>(
    app: &App<'_, S>,
    call: &Call,
    token: &str,
    password: &str,
    render: impl Fn(&()) -> Option<Recorded>,
) -> Result<(Done<()>, Option<String>), AppError> {
    let (id, _) = LinkToken::open(app.keys, Purpose::ResetPassword, token).ok_or(Denial::VerificationNotFound)?;
    let permit = app.hashes.enter(call.moment.now)?;
    let reset = ResetId::from_bits(id);
    let decide = |view: &rolecall_core::transaction::tracked_snapshot::View, moment: &rolecall_core::transaction::context::Moment| {
        let user = password_resets::target(view, moment, reset)?;
        let hash = chosen(app, moment, password, &user.email, Some(user.name.as_str()));
        password_resets::complete(view, moment, reset, &Scopes::of_stranger(&user.email, &call.network), hash)
    };
    let device = call.moment.salt();
    let done = mutate_publicly(app, call, Some(permit), vec![Want::Reset(reset)], decide, |_| render(&())).await?;
    Ok(match done {
        Done::Fresh((email, hash)) => (Done::Fresh(()), unknown_device(app, call, &email, &hash, device)),
        Done::Replayed(recorded) => (Done::Replayed(recorded), None),
    })
}
