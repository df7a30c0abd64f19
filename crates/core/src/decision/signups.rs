//! Sign-up with proof of the email: nothing that the caller sees tells whether the email has an account.

use super::accounts::{AccountWithRole, account_created, personal_account};
use super::joining::{Joined, OpenedLink, join, name_from_email};
use super::sessions::SignedIn;
use super::{changed, unchanged};
use crate::authz::policy_config::PolicyConfig;
use crate::domain::email::Email;
use crate::domain::field_error::FieldError;
use crate::domain::id::{MailId, SessionId, SignupId, UserId};
use crate::domain::mail::{Mail, MailKind};
use crate::domain::name::Name;
use crate::domain::session::{Session, Signup};
use crate::domain::stored_secret::{PasswordHash, SecretHash};
use crate::domain::usage::RecentActivity;
use crate::domain::user::User;
use crate::transaction::audit_event::NewEvent;
use crate::transaction::change::{Decision, Effect};
use crate::transaction::context::DecisionContext;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::Denial;
use crate::transaction::tracked_snapshot::TrackedSnapshot;

/// Sign-ups, and their mails, of one address in [`MAILS_WINDOW_SECONDS`]: a brake on mail bombing. Beyond it nothing is
/// written, and the answer stays the same.
pub const MAILS_MAX: i64 = 5;
/// The window of [`MAILS_MAX`]: an hour, in seconds.
pub const MAILS_WINDOW_SECONDS: i64 = 60 * 60;

/// A sign-up whose fields are valid.
#[derive(Clone, Debug)]
pub struct SignupInput {
    /// To be proven.
    pub email: Email,
    /// Shown name; the email's local part where none is given.
    pub name: Option<Name>,
    /// The password's hash.
    pub password: PasswordHash,
    /// An opened invitation link that came with its proof.
    pub link: Option<OpenedLink>,
    /// For the session, where the sign-up ends in one.
    pub browser: NewSession,
    /// What the key of the asking browser hashes to.
    pub browser_key: Option<SecretHash>,
}

/// What comes with a verification link's token.
#[derive(Clone, Debug, Default)]
pub struct Redemption {
    /// What the key of the redeeming browser hashes to; None where the caller does not tell browsers apart.
    pub browser_key: Option<SecretHash>,
    /// Takes the place of the sign-up's password, if it may be chosen.
    pub password: Option<Result<PasswordHash, Vec<FieldError>>>,
}

/// What a new session is made from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewSession {
    /// What the session's token hashes to.
    pub token: SecretHash,
    /// The browser's own words, cut to a bounded length.
    pub user_agent: String,
}

/// How a sign-up went on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SignedUp {
    /// A mail is on its way, or would be.
    VerificationSent,
    /// The invitation's proof was the proof of the email: signed in and joined.
    Joined(Joined),
}

pub(super) fn session(ctx: &DecisionContext, user: UserId, browser: &NewSession) -> Session {
    Session {
        id: SessionId::new(ctx.now, ctx.id_bytes()),
        user,
        token: browser.token.clone(),
        user_agent: browser.user_agent.clone(),
        created_at: ctx.now,
        last_seen_at: ctx.now,
    }
}

/// The end of the session that the asking browser had, where a new one takes its place in it.
pub(super) fn end_replaced_session(snapshot: &TrackedSnapshot, ctx: &DecisionContext) -> Option<Effect> {
    snapshot.caller(ctx.now).ok().map(|old| Effect::EndSession(old.session.id))
}

/// The effects by which a user comes to be, with their personal account (verified-email).
fn new_user(ctx: &DecisionContext, email: &Email, name: Name, password: &PasswordHash) -> (User, AccountWithRole, Vec<Effect>, NewEvent) {
    let id = UserId::new(ctx.now, ctx.id_bytes());
    let (account, member) = personal_account(ctx, id, &name);
    let user = User { id, email: email.clone(), name, active_account: account.id, created_at: ctx.now, recent: RecentActivity::default() };
    let created = account_created(ctx, &account, &user);
    let output = AccountWithRole { account: account.clone(), role: member.role.clone() };
    let effects = vec![
        Effect::InsertUser(user.clone(), password.clone()),
        Effect::InsertAccount(account),
        Effect::InsertMember(member),
        Effect::CloseSignups(email.clone()),
    ];
    (user, output, effects, created)
}

/// Asks for an account. With the proof of an invitation's mail for that email, it is given at once.
pub fn sign_up(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    input: &SignupInput,
) -> Result<Decision<SignedUp>, DecisionError> {
    let taken = snapshot.user_with_email(&input.email)?.is_some();
    if !taken {
        match join_by_mail(snapshot, config, ctx, input) {
            Ok(Some(decided)) => return Ok(decided),
            Err(DecisionError::NotLoaded(lookup)) => return Err(DecisionError::NotLoaded(lookup)),
            // A proof that does not open anything is ignored: the mailed link decides.
            Ok(None) | Err(DecisionError::Denied(_) | DecisionError::Invalid(_)) => {}
        }
    }
    snapshot.take_preconditions();
    let mailed = snapshot.signups_below(&input.email, ctx.now.plus_seconds(-MAILS_WINDOW_SECONDS), MAILS_MAX)?;
    // As with resets: while the brake holds, the newest mailed link works, so nobody can keep somebody else from signing up.
    if !mailed {
        return Ok(unchanged(snapshot, SignedUp::VerificationSent));
    }
    let name = input.name.clone().unwrap_or_else(|| name_from_email(&input.email));
    // A taken email writes a closed sign-up, so that both cases cost the same and count the same.
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

fn join_by_mail(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    input: &SignupInput,
) -> Result<Option<Decision<SignedUp>>, DecisionError> {
    let Some(link) = input.link.filter(|link| link.proof) else {
        return Ok(None);
    };
    let Some(invitation) = snapshot.invitation(link.invitation)?.filter(|found| found.email == input.email) else {
        return Ok(None);
    };
    let name = input.name.clone().unwrap_or_else(|| name_from_email(&input.email));
    let (mut user, _, mut effects, created) = new_user(ctx, &input.email, name, &input.password);
    let (joining, joined, account) = join(snapshot, config, ctx, link, &invitation, &user)?;
    user.active_account = invitation.account;
    if let Some(Effect::InsertUser(inserted, _)) = effects.first_mut() {
        inserted.active_account = invitation.account;
    }
    effects.extend(joining);
    effects.extend(end_replaced_session(snapshot, ctx));
    effects.push(Effect::InsertSession(session(ctx, user.id, &input.browser)));
    let output = SignedUp::Joined(Joined { user, account });
    Ok(Some(changed(snapshot, effects, vec![created, joined], output)))
}

/// The sign-up that a verification link redeems; the fields are judged only after this.
pub fn redeemable(snapshot: &TrackedSnapshot, ctx: &DecisionContext, signup: SignupId) -> Result<Signup, DecisionError> {
    let signup = snapshot.pending_signup(signup)?.ok_or(Denial::VerificationNotFound)?;
    if !signup.is_live(ctx.now) || snapshot.user_with_email(&signup.email)?.is_some() {
        return Err(Denial::VerificationOver.into());
    }
    Ok(signup)
}

/// Redeems a verification link: creates the user and their personal account, and signs them in.
///
/// The link proves the mailbox, and says nothing about who chose the password: anybody can sign up with anybody's
/// email. A caller that tells browsers apart gets the sign-up's password only in the browser that it came from.
pub fn verify_email(
    snapshot: &TrackedSnapshot,
    ctx: &DecisionContext,
    signup: SignupId,
    redemption: Redemption,
    browser: &NewSession,
) -> Result<Decision<SignedIn>, DecisionError> {
    let signup = redeemable(snapshot, ctx, signup)?;
    let elsewhere = redemption.browser_key.is_some() && redemption.browser_key != signup.browser;
    let password = match redemption.password {
        Some(password) => password.map_err(DecisionError::Invalid)?,
        None if elsewhere => return Err(Denial::VerificationElsewhere.into()),
        None => signup.password,
    };
    // Nor is the name theirs, then; they can give themselves another.
    let name = if elsewhere { name_from_email(&signup.email) } else { signup.name };
    let (user, account, mut effects, created) = new_user(ctx, &signup.email, name, &password);
    effects.extend(end_replaced_session(snapshot, ctx));
    effects.push(Effect::InsertSession(session(ctx, user.id, browser)));
    Ok(changed(snapshot, effects, vec![created], SignedIn { joined: Joined { user, account }, password }))
}

/// Reads a name that may be left out.
pub fn parse_name(name: Option<&str>) -> Result<Option<Name>, FieldError> {
    name.filter(|name| !name.trim().is_empty()).map(|name| Name::parse(name, "/name")).transpose()
}
