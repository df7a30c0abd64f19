//! Sign-in by the word of another service, and connecting a person there with a user.
//!
//! INVARIANT (identity-is-proven): a person at an issuer is connected with a user only together with proof of the user's mailbox, or by
//! a session of the user that proves an existing identity afresh; never because two addresses are equal.

use super::joining::{InvitationLinkClaims, UserWithAccount};
use super::new_user::{NewUser, Newcomer, new_member, new_user};
use super::password::fresh_caller;
use super::reauthentication::renewed;
use super::session_start::{NewSession, in_active_account, start_session};
use super::totp;
use super::{changed, unchanged};
use crate::authz::policy_config::PolicyConfig;
use crate::credential::oidc::provider_link::ProviderLink;
use crate::credential::pending_sign_in::PendingSignIn;
use crate::domain::authentication::{AuthMethod, Authentication};
use crate::domain::id::{IdentityId, UserId};
use crate::domain::identity::{IdentityKind, SignInMethod};
use crate::domain::passkey::ChallengeId;
use crate::domain::provider_identity::{ProviderIdentity, ToldPerson};
use crate::domain::secret_hashes::SecretHash;
use crate::domain::session::Session;
use crate::domain::time::Timestamp;
use crate::transaction::change::{Decision, Effect};
use crate::transaction::context::DecisionContext;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::Denial;
use crate::transaction::fact::Fact;
use crate::transaction::tracked_snapshot::TrackedSnapshot;

/// Input of [`sign_in`].
#[derive(Copy, Clone, Debug)]
pub struct ProviderSignIn<'a> {
    /// The person who signed in at the issuer.
    pub told: &'a ToldPerson,
    /// Verified invitation link that the person came with.
    pub link: Option<InvitationLinkClaims>,
    /// Inputs of the new session.
    pub browser: &'a NewSession,
}

/// Output of [`sign_in`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ProviderSignedIn {
    /// The person is a user, who is signed in.
    SignedIn(UserWithAccount),
    /// The person is a user with a second factor, for which their sign-in waits.
    SecondFactor(Box<PendingSignIn>),
    /// No user is connected with the person, and none could be created: their mailbox is not proven, or it is a user's.
    Unconnected,
}

/// Signs in a person by the word of an issuer. A person whose mailbox the issuer proves, and which is nobody's, becomes a user, who joins
/// the team of an invitation to that mailbox.
///
/// # Errors
///
/// [`Denial::AccountNotFound`] if the active account is not the user's.
pub fn sign_in(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    input: ProviderSignIn<'_>,
) -> Result<Decision<ProviderSignedIn>, DecisionError> {
    let ProviderSignIn { told, link, browser } = input;
    let NewUser { joined, mut effects, events } = match snapshot.provider_identity(&told.person)? {
        Some(identity) if identity.epoch == ctx.epoch => known_user(snapshot, ctx, identity, told)?,
        Some(identity) => match reconnected(snapshot, ctx, identity, told)? {
            Some(user) => user,
            None => return Ok(unchanged(snapshot, ProviderSignedIn::Unconnected)),
        },
        None => match newcomer(snapshot, config, ctx, told, link)? {
            Some(user) => user,
            None => return Ok(unchanged(snapshot, ProviderSignedIn::Unconnected)),
        },
    };
    let authentication = Authentication::by(AuthMethod::Federated, ctx.now);
    let output = match start_session(snapshot, ctx, &mut effects, joined.user.id, browser, authentication)? {
        Ok(()) => ProviderSignedIn::SignedIn(joined),
        Err(Denial::SecondFactorRequired(pending)) => ProviderSignedIn::SecondFactor(pending),
        Err(denial) => return Err(denial.into()),
    };
    Ok(changed(snapshot, effects, events, output))
}

/// A token of a trusted issuer that was verified.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerifiedIssuerToken {
    /// The person whom it names.
    pub told: ToldPerson,
    /// Derived from issuer and `jti`: the token is accepted once.
    pub id: ChallengeId,
    /// From when on the token is refused for its age.
    pub expires_at: Timestamp,
}

/// Signs in by a token of a trusted issuer. As [`sign_in`], and the proven mailbox of a user connects the person with that user: the
/// deployment relies on the issuer for that domain. The inner result is the response, also where a second factor is asked for.
///
/// # Errors
///
/// [`Denial::IssuerTokenInvalid`] for a token that was used before, [`Denial::IdentityUnconnected`] if the mailbox is not proven.
pub fn exchange(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    token: &VerifiedIssuerToken,
    browser: &NewSession,
) -> Result<Decision<Result<UserWithAccount, Denial>>, DecisionError> {
    if snapshot.fact(Fact::challenge_spent(token.id.clone()))? {
        return Err(Denial::IssuerTokenInvalid.into());
    }
    let told = &token.told;
    let NewUser { joined, mut effects, events } = match snapshot.provider_identity(&told.person)? {
        Some(identity) if identity.epoch == ctx.epoch => known_user(snapshot, ctx, identity, told)?,
        Some(identity) => reconnected(snapshot, ctx, identity, told)?.ok_or(Denial::IdentityUnconnected)?,
        None => match newcomer(snapshot, config, ctx, told, None)? {
            Some(user) => user,
            None => user_of_mailbox(snapshot, ctx, told)?.ok_or(Denial::IdentityUnconnected)?,
        },
    };
    effects.push(Effect::SpendChallenge(token.id.clone(), token.expires_at));
    let authentication = Authentication::by(AuthMethod::Federated, ctx.now);
    let started = start_session(snapshot, ctx, &mut effects, joined.user.id, browser, authentication)?;
    Ok(changed(snapshot, effects, events, started.map(|()| joined)))
}

/// Connects the person with the caller, who proved a moment ago who they are. Connecting again changes nothing.
///
/// # Errors
///
/// Those of [`fresh_caller`]; [`Denial::ProviderLinkNotFound`] if nobody waits in this browser, or another user started it;
/// [`Denial::IdentityTaken`], [`Denial::LimitReached`].
pub fn connect(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    link: Option<&ProviderLink>,
) -> Result<Decision<SignInMethod>, DecisionError> {
    let caller = fresh_caller(snapshot, config, ctx)?.user;
    let is_callers = |link: &&ProviderLink| link.starter.is_none_or(|starter| starter == caller.id);
    let told = &link.filter(is_callers).ok_or(Denial::ProviderLinkNotFound)?.told;
    let found = snapshot.provider_identity(&told.person)?;
    let (identity, effects) = match found {
        Some(identity) if identity.user != caller.id => return Err(Denial::IdentityTaken.into()),
        Some(identity) if identity.epoch == ctx.epoch => (identity.clone(), Vec::new()),
        Some(identity) => {
            (ProviderIdentity { epoch: ctx.epoch, ..identity.clone() }, vec![Effect::ReconnectProvider(caller.id, identity.id)])
        }
        None => {
            snapshot.check_provider_identity_cap(caller.id)?;
            let identity = new_identity(ctx, caller.id, told);
            (identity.clone(), vec![Effect::InsertProviderIdentity(identity)])
        }
    };
    let method = SignInMethod {
        id: identity.id,
        kind: IdentityKind::Provider,
        epoch: identity.epoch,
        created_at: identity.created_at,
        last_used_at: Some(ctx.now),
        told_by: Some((identity.person.issuer, identity.told_email)),
        user_verified: false,
        remaining: None,
    };
    Ok(changed(snapshot, effects, Vec::new(), method))
}

/// Re-authenticates the caller by the word of an issuer, where they signed in again. The session gets a new token.
///
/// # Errors
///
/// [`Denial::SessionMissing`], [`Denial::SessionExpired`], then [`Denial::IdentityTaken`] if the person is not the identity of
/// the caller, or another user asked for it in this browser.
pub fn reauthenticate(
    snapshot: &TrackedSnapshot,
    ctx: &DecisionContext,
    told: &ToldPerson,
    starter: UserId,
    token: &SecretHash,
) -> Result<Decision<Session>, DecisionError> {
    let caller = snapshot.caller(ctx.now)?;
    let is_callers = |identity: &&ProviderIdentity| [identity.user, starter] == [caller.user.id; 2] && identity.epoch == ctx.epoch;
    let identity = snapshot.provider_identity(&told.person)?.filter(is_callers).ok_or(Denial::IdentityTaken)?;
    let session = renewed(snapshot, caller.session, token, Authentication::by(AuthMethod::Federated, ctx.now));
    let used = Effect::UseProvider(identity.user, identity.id, told.email.clone(), ctx.now);
    Ok(changed(snapshot, vec![used, Effect::RenewSession(session.clone())], Vec::new(), session))
}

/// Removes one of the caller's ways to sign in. The mailbox stays; an authenticator app goes with its recovery codes.
///
/// # Errors
///
/// Those of [`fresh_caller`], [`Denial::SignInMethodNotFound`], [`Denial::LastSignInMethod`].
pub fn remove_method(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: Option<IdentityId>,
) -> Result<Decision<()>, DecisionError> {
    let caller = fresh_caller(snapshot, config, ctx)?.user;
    let method = snapshot.sign_in_methods(caller.id)?.iter().find(|method| Some(method.id) == id);
    let method = method.ok_or(Denial::SignInMethodNotFound)?;
    match method.kind {
        IdentityKind::Email => return Err(Denial::LastSignInMethod.into()),
        IdentityKind::Totp => return Ok(totp::removed(snapshot, ctx, &caller)),
        IdentityKind::Recovery => return Ok(changed(snapshot, vec![Effect::DeleteIdentity(caller.id, method.id)], Vec::new(), ())),
        IdentityKind::Password | IdentityKind::Passkey | IdentityKind::Provider => {}
    }
    let id = method.id;
    snapshot.require_other_sign_in_method(caller.id, id, (ctx.epoch, &config.sign_in))?;
    Ok(changed(snapshot, vec![Effect::DeleteIdentity(caller.id, id)], Vec::new(), ()))
}

fn new_identity(ctx: &DecisionContext, user: UserId, told: &ToldPerson) -> ProviderIdentity {
    let id = IdentityId::new(ctx.now, ctx.id_bytes());
    let (person, told_email) = (told.person.clone(), told.email.clone());
    ProviderIdentity { id, user, person, told_email, epoch: ctx.epoch, created_at: ctx.now }
}

fn known_user(
    snapshot: &TrackedSnapshot,
    ctx: &DecisionContext,
    identity: &ProviderIdentity,
    told: &ToldPerson,
) -> Result<NewUser, DecisionError> {
    let user = snapshot.untracked_user(identity.user)?.ok_or(Denial::AccountNotFound)?.clone();
    let joined = in_active_account(snapshot, user)?;
    let used = Effect::UseProvider(identity.user, identity.id, told.email.clone(), ctx.now);
    Ok(NewUser { joined, effects: vec![used], events: Vec::new() })
}

/// The user of an identity of an earlier restore epoch, if the issuer proves their mailbox: where nothing else is offered, they could not sign
/// in to connect it again.
fn reconnected(
    snapshot: &TrackedSnapshot,
    ctx: &DecisionContext,
    identity: &ProviderIdentity,
    told: &ToldPerson,
) -> Result<Option<NewUser>, DecisionError> {
    let Some(email) = told.proven_email() else { return Ok(None) };
    if snapshot.user_with_email(email)? != Some(identity.user) {
        return Ok(None);
    }
    let mut user = known_user(snapshot, ctx, identity, told)?;
    user.effects.insert(0, Effect::ReconnectProvider(identity.user, identity.id));
    Ok(Some(user))
}

/// The person as a new user, if the issuer proves a mailbox that is nobody's.
fn newcomer(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    told: &ToldPerson,
    link: Option<InvitationLinkClaims>,
) -> Result<Option<NewUser>, DecisionError> {
    let Some(email) = told.proven_email() else { return Ok(None) };
    if snapshot.user_with_email(email)?.is_some() {
        return Ok(None);
    }
    let newcomer = Newcomer { email, name: told.name.clone(), password: None };
    let member = link.map(|link| new_member(snapshot, config, ctx, newcomer.clone(), link)).transpose()?.flatten();
    let mut user = member.unwrap_or_else(|| new_user(ctx, newcomer));
    user.effects.push(Effect::InsertProviderIdentity(new_identity(ctx, user.joined.user.id, told)));
    Ok(Some(user))
}

/// The user of the mailbox that the issuer proves, whom the person is connected with.
fn user_of_mailbox(snapshot: &TrackedSnapshot, ctx: &DecisionContext, told: &ToldPerson) -> Result<Option<NewUser>, DecisionError> {
    let Some(email) = told.proven_email() else { return Ok(None) };
    let Some(id) = snapshot.user_with_email(email)? else { return Ok(None) };
    let user = snapshot.untracked_user(id)?.ok_or(Denial::AccountNotFound)?.clone();
    snapshot.check_provider_identity_cap(id)?;
    let joined = in_active_account(snapshot, user)?;
    Ok(Some(NewUser { joined, effects: vec![Effect::InsertProviderIdentity(new_identity(ctx, id, told))], events: Vec::new() }))
}

#[cfg(test)]
mod tests;
