//! Start of a session: its token, the replay of its response, and the device cookie.

use crate::app_state::AppState;
use crate::error::{AppError, Fault};
use crate::hash_queue::HashPermit;
use crate::ports::{Load, Store};
use crate::request_context::RequestContext;
use crate::transaction::{Decide, Outcome, StoredResponse, execute_keeping, no_output};
use rolecall_core::credential::device_cookie;
use rolecall_core::credential::pending_sign_in::PendingSignIn;
use rolecall_core::credential::secret::SessionToken;
use rolecall_core::decision::session_start::NewSession;
use rolecall_core::domain::email::Email;
use rolecall_core::domain::principal::Credential;
use rolecall_core::domain::secret_hashes::PasswordHash;
use rolecall_core::domain::session::USER_AGENT_MAX;
use rolecall_core::transaction::change::Decision;
use rolecall_core::transaction::context::DecisionContext;
use rolecall_core::transaction::decision_error::DecisionError;
use rolecall_core::transaction::denial::Denial;
use rolecall_core::transaction::lookup::Lookup;
use rolecall_core::transaction::snapshot_values::ResolvedCredential;
use rolecall_core::transaction::tracked_snapshot::TrackedSnapshot;

/// Kind of the stored response of a failed attempt, so that a retry under its key fails alike and is counted once.
const FAILED: &str = "failed";
/// Kind of the stored response of a first factor that waits for the second, so that a retry under its key gets the same cookie.
const SECOND_FACTOR: &str = "second-factor";

/// An outcome that may start a session. The token is sent in the session cookie and nowhere else.
pub struct WithSession<T> {
    /// The outcome.
    pub outcome: Outcome<T>,
    /// Session token, valid if the output says that a session was started.
    pub token: SessionToken,
    /// New device cookie; None if the present cookie is valid for this email and password.
    pub device: Option<String>,
}

impl<T> WithSession<T> {
    /// Maps the output of a fresh outcome.
    pub(crate) fn map<U>(self, f: impl FnOnce(T) -> U) -> WithSession<U> {
        WithSession { outcome: self.outcome.map(f), token: self.token, device: self.device }
    }
}

/// Inputs of a session that this request may start.
pub(crate) struct SessionStart {
    nonce: [u8; 16],
    token: SessionToken,
    device: [u8; 16],
    pub(crate) browser: NewSession,
}

impl SessionStart {
    /// Draws the inputs of a session. With an idempotency key the token is derived from the request and a nonce, so that a replay
    /// returns the same token although only its hash is stored.
    pub(crate) fn new<S>(app: &AppState<'_, S>, request: &RequestContext) -> Self {
        let (nonce, device) = (request.ctx.salt(), request.ctx.salt());
        let token = derived(app, request, &nonce).unwrap_or_else(|| SessionToken::from_random(request.ctx.random()));
        let user_agent = request.user_agent.chars().filter(|c| !c.is_control()).take(USER_AGENT_MAX).collect();
        let browser = NewSession { token: token.hash(app.keys), user_agent, passkeys: app.config.sign_in.passkey };
        SessionStart { nonce, token, device, browser }
    }

    /// The stored response of the session: its kind is prefixed with the nonce of the token.
    pub(crate) fn with_nonce(&self, response: StoredResponse) -> StoredResponse {
        StoredResponse { kind: format!("{:032x}.{}", u128::from_be_bytes(self.nonce), response.kind), ..response }
    }

    /// Runs an attempt to prove who a user is. Its success and its failure both commit; the failure, also of a retry under its key, is
    /// the denial `failed`. A first factor that waits for the second commits too, and is the denial that says so, for a retry the same one.
    ///
    /// # Errors
    ///
    /// The denial of a failure or of a first factor, and those of [`execute_keeping`].
    pub(crate) async fn attempt<S: Store, T>(
        &self,
        app: &AppState<'_, S>,
        request: &RequestContext,
        (permit, lookups): (Option<HashPermit<'_>>, Vec<Lookup>),
        decide: impl Fn(&TrackedSnapshot, &DecisionContext) -> Result<Decision<Result<T, Denial>>, DecisionError>,
        render: impl Fn(&T) -> Option<StoredResponse>,
        failed: Denial,
    ) -> Result<Outcome<T>, AppError> {
        let mut kept = None;
        let mut keep = |snapshot: &TrackedSnapshot, ctx: &DecisionContext| {
            let Decision { change, output } = decide(snapshot, ctx)?;
            let response = match &output {
                Ok(output) => render(output).map(|response| self.with_nonce(response)),
                Err(denial) => Some(refused(denial)),
            };
            kept = Some(output);
            Ok(Decision { change, output: response })
        };
        match attempt_keeping(app, request, permit, lookups, &mut keep, failed).await? {
            Outcome::Fresh { response, .. } => Ok(Outcome::Fresh { output: kept.ok_or_else(no_output)??, response }),
            Outcome::Replayed(response) => Ok(Outcome::Replayed(response)),
        }
    }

    /// Adds token and device cookie to an outcome. A replay returns the token while the session is live: after its end, by
    /// sign-out, a new password or expiry, a replay must not look like a new sign-in.
    ///
    /// # Errors
    ///
    /// [`Denial::SessionExpired`] of a replay whose session has ended, or a fault of the store.
    pub(crate) async fn finish<S: Store, T>(
        self,
        app: &AppState<'_, S>,
        request: &RequestContext,
        outcome: Outcome<T>,
        device_binding: impl Fn(&T) -> Option<(Email, PasswordHash)>,
    ) -> Result<WithSession<T>, AppError> {
        let response = match outcome {
            Outcome::Fresh { output, response } => {
                let device = device_binding(&output).and_then(|(email, hash)| new_device_cookie(app, request, &email, &hash, self.device));
                let response = response.map(|response| split_nonce(response).1);
                return Ok(WithSession { outcome: Outcome::Fresh { output, response }, token: self.token, device });
            }
            Outcome::Replayed(response) => response,
        };
        let (token, response) = self.replayed(app, request, response).await?;
        Ok(WithSession { outcome: Outcome::Replayed(response), token, device: None })
    }

    /// Token and response of a replay.
    async fn replayed<S: Store>(
        self,
        app: &AppState<'_, S>,
        request: &RequestContext,
        response: StoredResponse,
    ) -> Result<(SessionToken, StoredResponse), AppError> {
        let (nonce, response) = split_nonce(response);
        let Some(nonce) = nonce else { return Ok((self.token, response)) };
        let token = derived(app, request, &nonce).unwrap_or(self.token);
        let load = Load { credential: Some(Credential::Session(token.hash(app.keys))), replay: None, lookups: Vec::new() };
        let (snapshot, _) = app.store.load(&load).await?;
        if !matches!(snapshot.credential, ResolvedCredential::Session(Some((session, _))) if session.is_live(request.ctx.now)) {
            return Err(Denial::SessionExpired.into());
        }
        Ok((token, response))
    }
}

/// The stored response of a denial that commits.
fn refused(denial: &Denial) -> StoredResponse {
    match denial {
        Denial::SecondFactorRequired(pending) => StoredResponse { kind: SECOND_FACTOR.to_owned(), body: pending.to_json() },
        _ => StoredResponse { kind: FAILED.to_owned(), body: String::new() },
    }
}

/// [`SessionStart::attempt`] without the type of its output.
async fn attempt_keeping<S: Store>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    permit: Option<HashPermit<'_>>,
    lookups: Vec<Lookup>,
    decide: &mut Decide<'_, Decision<Option<StoredResponse>>>,
    failed: Denial,
) -> Result<Outcome<()>, AppError> {
    match execute_keeping(app, request, permit, lookups, decide).await? {
        Outcome::Replayed(response) if response.kind == FAILED => Err(failed.into()),
        Outcome::Replayed(response) if response.kind == SECOND_FACTOR => {
            let pending = PendingSignIn::from_json(&response.body);
            let pending = pending.ok_or_else(|| Fault::new("a stored sign-in that waits for its second factor does not parse"))?;
            Err(Denial::SecondFactorRequired(Box::new(pending)).into())
        }
        outcome => Ok(outcome),
    }
}

/// Removes the nonce of [`SessionStart::with_nonce`] from the kind of a response; None if the response starts no session.
fn split_nonce(response: StoredResponse) -> (Option<[u8; 16]>, StoredResponse) {
    let Some((nonce, kind)) = response.kind.split_once('.') else { return (None, response) };
    let nonce = u128::from_str_radix(nonce, 16).unwrap_or_default().to_be_bytes();
    (Some(nonce), StoredResponse { kind: kind.to_owned(), body: response.body })
}

fn derived<S>(app: &AppState<'_, S>, request: &RequestContext, nonce: &[u8; 16]) -> Option<SessionToken> {
    let idempotency = request.idempotency.as_ref()?;
    Some(SessionToken::derive(app.keys, &request.anonymous_idempotency_owner(), &idempotency.key, &idempotency.fingerprint, nonce))
}

/// New device cookie for an email and a password hash; None if the present cookie is valid for them.
pub(crate) fn new_device_cookie<S>(
    app: &AppState<'_, S>,
    request: &RequestContext,
    email: &Email,
    hash: &PasswordHash,
    id: [u8; 16],
) -> Option<String> {
    let known = request.device.as_deref().and_then(|token| device_cookie::decode(app.keys, email, Some(hash), token));
    known.is_none().then(|| device_cookie::encode(app.keys, email, hash, id))
}
