//! Use cases of one-time codes by mail.

use crate::app_state::AppState;
use crate::error::AppError;
use crate::ports::Store;
use crate::profile::require_session;
use crate::request_context::RequestContext;
use crate::session_start::{SessionStart, WithSession};
use crate::sessions::device_binding;
use crate::signups::parse_browser_key;
use crate::transaction::{Outcome, StoredResponse, execute_unauthenticated};
use rolecall_core::credential::one_time_code::OneTimeCode;
use rolecall_core::decision::email_codes::{self, CodeRequest, TypedCode};
use rolecall_core::decision::invitations::parse_email;
use rolecall_core::decision::joining::UserWithAccount;
use rolecall_core::decision::session_start::SignedIn;
use rolecall_core::domain::email::Email;
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::domain::secret_hashes::SecretHash;
use rolecall_core::domain::session::Session;
use rolecall_core::transaction::denial::Denial;
use rolecall_core::transaction::lookup::{AccountRef, CodeAddressee, Lookup, UserRef};

/// The browser key of a request about codes, which must have one.
fn browser<S>(app: &AppState<'_, S>, key: Option<&str>) -> Result<SecretHash, FieldError> {
    let missing = || FieldError::new("/browser_key", "required", "The value must have 16 to 128 bytes.");
    parse_browser_key(app, key)?.ok_or_else(missing)
}

/// `POST /v1/email-codes`: mails a code. The output is the same for every email.
///
/// # Errors
///
/// Invalid fields: `/email`, `/browser_key`; those of [`email_codes::request`] and [`execute_unauthenticated`].
pub async fn request<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    email: &str,
    browser_key: &str,
    render: impl Fn(&()) -> Option<StoredResponse>,
) -> Result<Outcome<()>, AppError> {
    let (email, browser) = match (parse_email(email), browser(app, Some(browser_key))) {
        (Ok(email), Ok(browser)) => (email, browser),
        (email, browser) => return Err(AppError::Invalid([email.err(), browser.err()].into_iter().flatten().collect())),
    };
    let (near, far) = email_codes::windows(request.ctx.now);
    let lookups =
        vec![Lookup::User(UserRef::Email(email.clone())), Lookup::EmailCodesSince(email.clone(), request.network.clone(), near, far)];
    let input = CodeRequest { email, browser, network: request.network.clone() };
    let decide = |snapshot: &_, ctx: &_| email_codes::request(snapshot, ctx, &input);
    execute_unauthenticated(app, request, None, lookups, decide, render).await
}

/// `POST /v1/sessions` with a code: signs in.
///
/// # Errors
///
/// The invalid field `/browser_key`; [`Denial::CodeInvalid`] for a failed sign-in, which is committed as a failure; those of
/// [`email_codes::sign_in`] and [`execute`](crate::transaction::execute).
pub async fn sign_in<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    email: &str,
    code: &str,
    browser_key: Option<&str>,
    render: impl Fn(&UserWithAccount) -> Option<StoredResponse>,
) -> Result<WithSession<UserWithAccount>, AppError> {
    let browser = browser(app, browser_key).map_err(|error| AppError::Invalid(vec![error]))?;
    let email = Email::parse(email).map_err(|_| Denial::CodeInvalid)?;
    let session_start = SessionStart::new(app, request);
    request.set_log_subject_by_email(app.keys, &email);
    let user = UserRef::Email(email.clone());
    let lookups = vec![
        Lookup::OpenEmailCode(CodeAddressee::Email(email), browser),
        Lookup::User(user.clone()),
        Lookup::Account(AccountRef::ActiveOf(user.clone())),
        Lookup::Member(AccountRef::ActiveOf(user.clone()), user.clone()),
        Lookup::SecondFactors(user),
    ];
    let code = OneTimeCode::parse_typed(code);
    let typed = TypedCode { code: code.as_ref(), keys: app.keys };
    let decide = |snapshot: &_, ctx: &_| email_codes::sign_in(snapshot, ctx, typed, &session_start.browser);
    let render = |signed_in: &SignedIn| render(&signed_in.joined);
    let outcome = session_start.attempt(app, request, (None, lookups), decide, render, Denial::CodeInvalid).await?;
    Ok(session_start.finish(app, request, outcome, device_binding).await?.map(|signed_in| signed_in.joined))
}

/// `POST /v1/sessions/current/reauthentication` with a code: renews the authentication of the session, which gets a new token.
///
/// # Errors
///
/// The invalid field `/browser_key`; [`Denial::CodeInvalid`] for a failure, which is committed; those of
/// [`email_codes::reauthenticate`] and [`execute`](crate::transaction::execute).
pub async fn reauthenticate<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    code: &str,
    browser_key: Option<&str>,
    render: impl Fn(&Session) -> Option<StoredResponse>,
) -> Result<WithSession<Session>, AppError> {
    let browser = match browser(app, browser_key) {
        Ok(browser) => browser,
        Err(error) => {
            require_session(app, request).await?;
            return Err(AppError::Invalid(vec![error]));
        }
    };
    let session_start = SessionStart::new(app, request);
    let code = OneTimeCode::parse_typed(code);
    let typed = TypedCode { code: code.as_ref(), keys: app.keys };
    let decide = |snapshot: &_, ctx: &_| email_codes::reauthenticate(snapshot, ctx, typed, &session_start.browser.token);
    let lookups = vec![Lookup::OpenEmailCode(CodeAddressee::Caller, browser)];
    let outcome = session_start.attempt(app, request, (None, lookups), decide, render, Denial::CodeInvalid).await?;
    session_start.finish(app, request, outcome, |_| None).await
}
