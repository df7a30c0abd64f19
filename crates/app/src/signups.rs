//! Use cases of sign-up and of email verification.

use crate::app_state::AppState;
use crate::error::AppError;
use crate::joining::open_link;
use crate::ports::Store;
use crate::request_context::RequestContext;
use crate::session_start::{SessionStart, WithSession};
use crate::sessions::device_binding;
use crate::transaction::{StoredResponse, execute_unauthenticated};
use core::ops::RangeInclusive;
use rolecall_core::credential::link::{LinkToken, Purpose};
use rolecall_core::credential::password::{self, Password, PasswordError};
use rolecall_core::decision::joining::UserWithAccount;
use rolecall_core::decision::session_start::SignedIn;
use rolecall_core::decision::signups::{self, EmailVerificationInput, MAILS_WINDOW_SECONDS, SignedUp, SignupInput};
use rolecall_core::domain::email::Email;
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::domain::id::SignupId;
use rolecall_core::domain::name::Name;
use rolecall_core::domain::secret_hashes::{PasswordHash, SecretHash};
use rolecall_core::transaction::context::DecisionContext;
use rolecall_core::transaction::denial::Denial;
use rolecall_core::transaction::lookup::{Lookup, UserRef};
use rolecall_core::transaction::tracked_snapshot::TrackedSnapshot;

/// Unvalidated input of [`sign_up`].
#[derive(Clone)]
pub struct NewSignup {
    /// Email.
    pub email: String,
    /// Password; None: the user will sign in in other ways.
    pub password: Option<String>,
    /// Display name; None: the local part of the email.
    pub name: Option<String>,
    /// Token of an invitation link, and the proof from the mail.
    pub invitation: Option<(String, String)>,
    /// Random secret of the browser, 16 to 128 bytes.
    pub browser_key: Option<String>,
}

/// Unvalidated input of [`verify_email`].
#[derive(Default)]
pub struct NewVerification {
    /// Token of the verification link.
    pub token: String,
    /// Random secret of the browser, 16 to 128 bytes.
    pub browser_key: Option<String>,
    /// Name in place of the one from the sign-up; blank for none.
    pub name: Option<String>,
    /// New password in place of the one from the sign-up.
    pub password: Option<String>,
}

/// Invalid field `/password`.
fn password_error(error: PasswordError) -> FieldError {
    let (code, detail) = match error {
        PasswordError::TooShort => {
            ("password-too-short", "The password must have at least 15 characters. Several random words are easy to remember.")
        }
        PasswordError::TooLong => ("password-too-long", "The password must have at most 256 bytes."),
        PasswordError::Common => ("password-common", "The password is in a list of common passwords."),
        PasswordError::Repetitive => ("password-repetitive", "The password repeats the same characters."),
        PasswordError::Context => ("password-context", "The password consists of the email, the name or the product name."),
    };
    FieldError::new("/password", code, detail)
}

/// Validates and hashes a new password of a user with this email and name.
///
/// # Errors
///
/// The invalid field `/password`.
pub(crate) fn hash_new_password<S>(
    app: &AppState<'_, S>,
    ctx: &DecisionContext,
    password: &str,
    email: &Email,
    name: Option<&str>,
) -> Result<PasswordHash, Vec<FieldError>> {
    let password = validate_password(app, password, Some(email), name).map_err(|error| vec![error])?;
    Ok(password::hash(password.as_str(), ctx.salt(), app.pepper))
}

fn validate_password<S>(app: &AppState<'_, S>, password: &str, email: Option<&Email>, name: Option<&str>) -> Result<Password, FieldError> {
    let mut context = vec![app.config.product.as_str()];
    context.extend(email.map(Email::local_part));
    context.extend(email.map(Email::domain));
    context.extend(name);
    Password::parse(password, &context).map_err(password_error)
}

/// Length of a browser key in bytes: 128 bits take 22 characters of base64url.
const BROWSER_KEY: RangeInclusive<usize> = 16..=128;

pub(crate) fn parse_browser_key<S>(app: &AppState<'_, S>, key: Option<&str>) -> Result<Option<SecretHash>, FieldError> {
    match key {
        Some(key) if !BROWSER_KEY.contains(&key.len()) => {
            Err(FieldError::new("/browser_key", "out-of-range", "The value must have 16 to 128 bytes."))
        }
        key => Ok(key.map(|key| app.keys.hash_browser_key(key))),
    }
}

struct Fields {
    email: Email,
    name: Option<Name>,
    password: Option<Password>,
    browser_key: Option<SecretHash>,
}

fn parse<S>(app: &AppState<'_, S>, input: &NewSignup) -> Result<Fields, Vec<FieldError>> {
    let email = rolecall_core::decision::invitations::parse_email(&input.email);
    let name = signups::parse_name(input.name.as_deref());
    let validate = |password: &String| validate_password(app, password, email.as_ref().ok(), input.name.as_deref());
    let password = input.password.as_ref().map(validate).transpose();
    let browser_key = parse_browser_key(app, input.browser_key.as_deref());
    match (email, name, password, browser_key) {
        (Ok(email), Ok(name), Ok(password), Ok(browser_key)) => Ok(Fields { email, name, password, browser_key }),
        (email, name, password, browser_key) => {
            Err([email.err(), name.err(), password.err(), browser_key.err()].into_iter().flatten().collect())
        }
    }
}

/// `POST /v1/signup`: signs up. The output is the same for every email; with the proof from an invitation mail, the user is created,
/// signed in and joined to the team.
///
/// # Errors
///
/// Invalid fields: `/email`, `/name`, `/password`, `/browser_key`; [`Denial::TooManySignIns`] if the hash queue is full; those of
/// [`signups::sign_up`] and [`execute_unauthenticated`].
pub async fn sign_up<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    input: NewSignup,
    render: impl Fn(&SignedUp) -> Option<StoredResponse>,
) -> Result<WithSession<SignedUp>, AppError> {
    let fields = parse(app, &input).map_err(AppError::Invalid)?;
    let hash = match &fields.password {
        None => None,
        Some(password) => {
            let permit = app.hashes.admit(request.ctx.now, &request.pause)?;
            permit.wait_turn().await;
            Some(password::hash(password.as_str(), request.ctx.salt(), app.pepper))
        }
    };
    let session_start = SessionStart::new(app, request);
    let link = input.invitation.as_ref().and_then(|(link, proof)| open_link(app.keys, link, Some(proof)));
    let mut lookups = vec![
        Lookup::User(UserRef::Email(fields.email.clone())),
        Lookup::SignupsSince(fields.email.clone(), request.ctx.now.plus_seconds(-MAILS_WINDOW_SECONDS)),
    ];
    lookups.extend(link.map(|link| Lookup::InvitationWithInviter(link.invitation)));
    let input = SignupInput {
        email: fields.email,
        name: fields.name,
        password: hash,
        link,
        browser: session_start.browser.clone(),
        browser_key: fields.browser_key,
    };
    let decide = |snapshot: &_, ctx: &_| signups::sign_up(snapshot, app.config, ctx, &input);
    let store_response = |output: &SignedUp| match output {
        SignedUp::Joined(_) => render(output).map(|response| session_start.with_nonce(response)),
        SignedUp::VerificationSent => render(output),
    };
    let outcome = execute_unauthenticated(app, request, None, lookups, decide, store_response).await?;
    let device_binding = |output: &SignedUp| match output {
        SignedUp::Joined(joined) => Some(joined.user.email.clone()).zip(input.password.clone()),
        SignedUp::VerificationSent => None,
    };
    session_start.finish(app, request, outcome, device_binding).await
}

/// `POST /v1/email-verifications`: creates the user and a personal account by a mailed link, and signs in.
///
/// # Errors
///
/// [`Denial::VerificationNotFound`] for a forged link, [`Denial::TooManySignIns`] if the hash queue is full; those of
/// [`signups::find_live_signup`], then the invalid fields `/browser_key`, `/name` and `/password`; those of [`signups::verify_email`] and
/// [`execute_unauthenticated`].
pub async fn verify_email<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    input: &NewVerification,
    render: impl Fn(&UserWithAccount) -> Option<StoredResponse>,
) -> Result<WithSession<UserWithAccount>, AppError> {
    let (id, _) = LinkToken::open(app.keys, Purpose::VerifyEmail, &input.token).ok_or(Denial::VerificationNotFound)?;
    let permit = input.password.is_some().then(|| app.hashes.admit(request.ctx.now, &request.pause)).transpose()?;
    let signup = SignupId::from_bits(id);
    let session_start = SessionStart::new(app, request);
    let decide = |snapshot: &TrackedSnapshot, ctx: &DecisionContext| {
        let pending = signups::find_live_signup(snapshot, ctx, signup)?;
        let browser_key = parse_browser_key(app, input.browser_key.as_deref())?;
        let name = signups::parse_name(input.name.as_deref())?;
        let called = name.as_ref().unwrap_or(&pending.name).as_str();
        let choose = |password: &str| hash_new_password(app, ctx, password, &pending.email, Some(called));
        let password = input.password.as_deref().map(choose);
        let redemption = EmailVerificationInput { browser_key, name, password };
        signups::verify_email(snapshot, ctx, signup, redemption, &session_start.browser)
    };
    let store_response = |signed_in: &SignedIn| render(&signed_in.joined).map(|response| session_start.with_nonce(response));
    let outcome = execute_unauthenticated(app, request, permit, vec![Lookup::PendingSignup(signup)], decide, store_response).await?;
    Ok(session_start.finish(app, request, outcome, device_binding).await?.map(|signed_in| signed_in.joined))
}
