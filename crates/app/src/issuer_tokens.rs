//! Use case of tokens of trusted issuers: a product that has its own sign-in starts sessions here.

use crate::app_state::AppState;
use crate::error::AppError;
use crate::ports::{IssuerNetwork, Store};
use crate::request_context::RequestContext;
use crate::session_start::{SessionStart, WithSession};
use crate::transaction::StoredResponse;
use rolecall_core::credential::oidc::authority::issuer_proven_email;
use rolecall_core::credential::oidc::issuer_token::{IssuerClaims, IssuerToken, IssuerTokenError};
use rolecall_core::credential::oidc::jwks::JwksError;
use rolecall_core::decision::joining::UserWithAccount;
use rolecall_core::decision::providers::{self, VerifiedIssuerToken};
use rolecall_core::domain::name::Name;
use rolecall_core::domain::passkey::ChallengeId;
use rolecall_core::domain::provider_identity::{IssuerSubject, ToldPerson};
use rolecall_core::domain::sign_in_config::TrustedIssuer;
use rolecall_core::transaction::denial::Denial;
use rolecall_core::transaction::fact::Fact;
use rolecall_core::transaction::lookup::{AccountRef, Lookup, UserRef};

/// Why a token starts no session; the detail is for the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ExchangeError {
    /// The token is not valid.
    Invalid(String),
    /// The issuer's keys cannot be read.
    Unavailable(String),
    /// The error of a use case.
    App(AppError),
}

impl From<AppError> for ExchangeError {
    fn from(error: AppError) -> Self {
        ExchangeError::App(error)
    }
}

/// `POST /v1/sessions/exchange`: signs in by a token of a trusted issuer.
///
/// # Errors
///
/// [`ExchangeError`]; those of [`providers::exchange`] and
/// [`execute_unauthenticated`](crate::transaction::execute_unauthenticated).
pub async fn exchange<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    network: &impl IssuerNetwork,
    token: &str,
    render: impl Fn(&UserWithAccount) -> Option<StoredResponse>,
) -> Result<WithSession<UserWithAccount>, ExchangeError> {
    let verified = verify(app, request, network, token).await?;
    let session_start = SessionStart::new(app, request);
    let told = &verified.told;
    let mut lookups = vec![Lookup::ProviderIdentity(told.person.clone()), Lookup::Fact(Fact::ChallengeSpent(verified.id.clone()))];
    if let Some(email) = told.proven_email() {
        let user = UserRef::Email(email.clone());
        lookups.extend([
            Lookup::User(user.clone()),
            Lookup::SignInMethods(user.clone()),
            Lookup::Account(AccountRef::ActiveOf(user.clone())),
            Lookup::Member(AccountRef::ActiveOf(user.clone()), user.clone()),
            Lookup::SecondFactors(user),
        ]);
    }
    let decide = |snapshot: &_, ctx: &_| providers::exchange(snapshot, app.config, ctx, &verified, &session_start.browser);
    let outcome = session_start.attempt(app, request, (None, lookups), decide, render, Denial::IssuerTokenInvalid).await?;
    Ok(session_start.finish(app, request, outcome, |_| None).await?)
}

async fn verify<S>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    network: &impl IssuerNetwork,
    token: &str,
) -> Result<VerifiedIssuerToken, ExchangeError> {
    let invalid = |error: IssuerTokenError| ExchangeError::Invalid(error.to_string());
    let claimed = IssuerToken::parse(token).map_err(invalid)?;
    let trusted = claimed.claimed_issuer().and_then(|issuer| app.config.sign_in.trusted_issuer(issuer));
    let trusted = trusted.ok_or_else(|| invalid(IssuerTokenError::Issuer))?;
    let now = request.ctx.now;
    let keys = app.issuers.keys(network, &trusted.issuer, now, false).await.map_err(|error| ExchangeError::Unavailable(error.0))?;
    let pending = match claimed.check(trusted, &keys, now) {
        // The issuer may have new keys.
        Err(IssuerTokenError::Key(JwksError::Unknown)) => {
            let keys = app.issuers.keys(network, &trusted.issuer, now, true).await.map_err(|error| ExchangeError::Unavailable(error.0))?;
            claimed.check(trusted, &keys, now)
        }
        checked => checked,
    };
    let pending = pending.map_err(invalid)?;
    let result = network.verify(&pending).await.map_err(|fault| ExchangeError::App(fault.into()))?;
    Ok(verified(trusted, pending.conclude(result).map_err(invalid)?))
}

fn verified(trusted: &TrustedIssuer, claims: IssuerClaims) -> VerifiedIssuerToken {
    let id = ChallengeId::from_bytes(claims.digest());
    let email_proven = issuer_proven_email(trusted, &claims).is_some();
    let IssuerClaims { issuer, subject, email, name, remember_until, .. } = claims;
    let name = name.and_then(|name| Name::parse(&name, "").ok());
    let told = ToldPerson { person: IssuerSubject { issuer, subject }, email, email_proven, name };
    VerifiedIssuerToken { told, id, expires_at: remember_until }
}
