//! Sign-up with verification of the email. No output tells whether the email has an account.

use super::joining::{InvitationLinkClaims, UserWithAccount, name_from_email};
use super::new_user::{NewUser, Newcomer, new_member, new_user};
use super::session_start::{NewSession, SignedIn, start_session};
use super::{changed, unchanged};
use crate::authz::policy_config::PolicyConfig;
use crate::domain::authentication::{AuthMethod, Authentication};
use crate::domain::email::Email;
use crate::domain::field_error::FieldError;
use crate::domain::id::{MailId, SignupId};
use crate::domain::mail::{Mail, MailKind};
use crate::domain::name::Name;
use crate::domain::secret_hashes::{PasswordHash, SecretHash};
use crate::domain::session::Signup;
use crate::transaction::change::{Decision, Effect};
use crate::transaction::context::DecisionContext;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::Denial;
use crate::transaction::tracked_snapshot::TrackedSnapshot;

/// Sign-ups, and their mails, per address in [`MAILS_WINDOW_SECONDS`]: a limit against mail bombing. Beyond it nothing is
/// written, and the output stays the same.
pub const MAILS_MAX: i64 = 5;
/// Sliding window of [`MAILS_MAX`]: an hour, in seconds.
pub const MAILS_WINDOW_SECONDS: i64 = 60 * 60;

/// Input of [`sign_up`], with validated fields.
#[derive(Clone, Debug)]
pub struct SignupInput {
    /// Email to be verified.
    pub email: Email,
    /// Display name; None: the local part of the email.
    pub name: Option<Name>,
    /// Hash of the password; None: the user will sign in in other ways.
    pub password: Option<PasswordHash>,
    /// Verified invitation link of the request.
    pub link: Option<InvitationLinkClaims>,
    /// Inputs of the session, if the sign-up starts one.
    pub browser: NewSession,
    /// Hash of the browser key of the request.
    pub browser_key: Option<SecretHash>,
}

/// Input of [`verify_email`] besides the link.
#[derive(Clone, Debug, Default)]
pub struct EmailVerificationInput {
    /// Hash of the browser key of the request; None from a client that does not distinguish browsers.
    pub browser_key: Option<SecretHash>,
    /// Name in place of the one from the sign-up.
    pub name: Option<Name>,
    /// New password in place of the one from the sign-up.
    pub password: Option<Result<PasswordHash, Vec<FieldError>>>,
}

/// Output of [`sign_up`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SignedUp {
    /// A verification mail was queued, or would be for a free email.
    VerificationSent,
    /// The proof of the invitation verified the email: signed in and joined.
    Joined(UserWithAccount),
}

/// Signs up with an email. The proof from an invitation mail to that email creates the user and the membership at once.
///
/// # Errors
///
/// [`DecisionError::NotLoaded`] only.
pub fn sign_up(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    input: &SignupInput,
) -> Result<Decision<SignedUp>, DecisionError> {
    let taken = snapshot.user_with_email(&input.email)?.is_some();
    // An invitation that cannot be accepted is ignored: the user verifies the email by the mailed link.
    if let Some(link) = input.link.filter(|link| link.proof && !taken) {
        let newcomer = Newcomer { email: &input.email, name: input.name.clone(), password: input.password.as_ref() };
        if let Some(NewUser { joined, mut effects, events }) = new_member(snapshot, config, ctx, newcomer, link)? {
            // A new user has no second factor.
            let authentication = Authentication::by(AuthMethod::OneTimeCode, ctx.now);
            start_session(snapshot, ctx, &mut effects, joined.user.id, &input.browser, authentication)??;
            return Ok(changed(snapshot, effects, events, SignedUp::Joined(joined)));
        }
    }
    snapshot.take_preconditions();
    let mailed = snapshot.signups_below(&input.email, ctx.now.plus_seconds(-MAILS_WINDOW_SECONDS), MAILS_MAX)?;
    // While the limit is reached, the newest mailed link works, so nobody can keep another person from signing up.
    if !mailed {
        return Ok(unchanged(snapshot, SignedUp::VerificationSent));
    }
    let name = input.name.clone().unwrap_or_else(|| name_from_email(&input.email));
    // A taken email gets a closed sign-up, so that both cases write and count the same.
    let signup = Signup {
        id: SignupId::new(ctx.now, ctx.id_bytes()),
        email: input.email.clone(),
        name,
        password: input.password.clone(),
        created_at: ctx.now,
        open: !taken,
        browser: input.browser_key.clone(),
    };
    let kind = if taken { MailKind::EmailTaken } else { MailKind::VerifyEmail { signup: signup.id } };
    let id = MailId::new(ctx.now, ctx.id_bytes());
    let mail = Mail { id, to: input.email.clone(), kind, created_at: ctx.now };
    let effects = vec![Effect::InsertSignup(signup), Effect::InsertMail(mail)];
    Ok(changed(snapshot, effects, Vec::new(), SignedUp::VerificationSent))
}

/// The sign-up of a live verification link. Fields are validated only after this check.
///
/// # Errors
///
/// [`Denial::VerificationNotFound`] for a forged link, [`Denial::VerificationOver`] for one that was used, replaced or
/// has expired, or whose email was taken since.
pub fn find_live_signup(snapshot: &TrackedSnapshot, ctx: &DecisionContext, signup: SignupId) -> Result<Signup, DecisionError> {
    let signup = snapshot.pending_signup(signup)?.ok_or(Denial::VerificationNotFound)?;
    if !signup.is_live(ctx.now) || snapshot.user_with_email(&signup.email)?.is_some() {
        return Err(Denial::VerificationOver.into());
    }
    Ok(signup)
}

/// Redeems a verification link: creates the user and their personal account, and signs them in.
///
/// The link verifies the mailbox but not who chose the password: anybody can sign up with anybody's email. A client that
/// distinguishes browsers may use the password from the sign-up only in the browser that signed up.
///
/// # Errors
///
/// Those of [`find_live_signup`], then invalid fields, or [`Denial::VerificationElsewhere`] in another browser without a new
/// password.
pub fn verify_email(
    snapshot: &TrackedSnapshot,
    ctx: &DecisionContext,
    signup: SignupId,
    redemption: EmailVerificationInput,
    browser: &NewSession,
) -> Result<Decision<SignedIn>, DecisionError> {
    let signup = find_live_signup(snapshot, ctx, signup)?;
    let elsewhere = redemption.browser_key.is_some() && redemption.browser_key != signup.browser;
    let password = match redemption.password {
        Some(password) => Some(password.map_err(DecisionError::Invalid)?),
        // Where no password was chosen, nobody else chose one.
        None if elsewhere && signup.password.is_some() => return Err(Denial::VerificationElsewhere.into()),
        None => signup.password,
    };
    // The name of the sign-up was chosen in the other browser too.
    let chosen_here = if elsewhere { name_from_email(&signup.email) } else { signup.name };
    let name = redemption.name.unwrap_or(chosen_here);
    let newcomer = Newcomer { email: &signup.email, name: Some(name), password: password.as_ref() };
    let NewUser { joined, mut effects, events } = new_user(ctx, newcomer);
    // A new user has no second factor.
    start_session(snapshot, ctx, &mut effects, joined.user.id, browser, Authentication::by(AuthMethod::OneTimeCode, ctx.now))??;
    Ok(changed(snapshot, effects, events, SignedIn { joined, password }))
}

/// Parses an optional name; blank is None.
///
/// # Errors
///
/// An invalid field `/name`.
pub fn parse_name(name: Option<&str>) -> Result<Option<Name>, FieldError> {
    name.filter(|name| !name.trim().is_empty()).map(|name| Name::parse(name, "/name")).transpose()
}

#[cfg(test)]
mod tests;
