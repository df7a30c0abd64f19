//! Authentication of a call as far as possible without the database.

use super::CallContext;
use crate::access_token::{self, VerifiedToken};
use crate::http::error::HandlerError;
use rolecall_app::principals::require_principal;
use rolecall_core::credential::secret::{ApiKeySecret, SessionToken};
use rolecall_core::domain::id::AccountId;
use rolecall_core::domain::principal::Credential;
use rolecall_core::transaction::denial::Denial;
use rolecall_wire::service_call::{CallCredential, Caller};

/// The caller of a call; its credential is in the request context. Whether it is live, the database decides.
pub struct Identified {
    /// The account that the call names, or that of the token; None: the default account of the principal.
    pub account: Option<AccountId>,
    /// The token, if the credential is one.
    pub token: Option<VerifiedToken>,
}

/// Reads the credential and the account.
///
/// # Errors
/// 401 for a token or an API key that cannot be valid. 404 if the account is not that of the token, or its text is no account id.
pub async fn identify(context: &mut CallContext<'_>, caller: Caller) -> Result<Identified, HandlerError> {
    let keys = &context.isolate.config.keys;
    let mut verified = None;
    context.request.credential = match caller.credential {
        None => None,
        Some(CallCredential::Session(text)) => SessionToken::parse(text.reveal()).map(|token| Credential::Session(token.hash(keys))),
        Some(CallCredential::ApiKey(text)) => {
            let secret = ApiKeySecret::parse(text.reveal()).ok_or(Denial::ApiKeyInvalid)?;
            Some(Credential::ApiKey(secret.hash(keys)))
        }
        Some(CallCredential::Token(text)) => {
            let request = &context.request;
            let token = access_token::verify(context.isolate, request.ctx.now, text.reveal(), &request.log_subject)?;
            Some(Credential::Token(verified.insert(token).user))
        }
    };
    let own = verified.as_ref().map(|token| token.account);
    let account = match caller.account.as_deref().map(AccountId::parse) {
        None => own,
        Some(Some(named)) if own.is_none_or(|own| own == named) => Some(named),
        Some(_) => {
            // The response is the same as for an account of which the caller is not a member.
            require_principal(&context.app(), &context.request).await?;
            return Err(Denial::AccountNotFound.into());
        }
    };
    Ok(Identified { account, token: verified })
}
