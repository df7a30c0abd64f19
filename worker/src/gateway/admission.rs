//! Who sends a request to the gateway, and whether they may: by a permission token without the database, by an API key
//! or a session in one round trip.
//!
//! A token is verified and weighed without any I/O. Its yes counts unless KV shows that a right was withdrawn in the
//! account since the token was made: then, as after its no, the database decides.

use super::{Arrival, Matched};
use crate::answer::Failure;
use crate::d1::D1;
use crate::{floor, request};
use rolecall_app::Call;
use rolecall_app::accounts::account_id;
use rolecall_app::gateway::{self, Ask};
use rolecall_core::authz::gateway::{Pass, by_token};
use rolecall_core::credential::min_token_version::is_below;
use rolecall_core::credential::permission_token::{ACCESS, Claims, Expected, Verified};
use rolecall_core::domain::id::{AccountId, UserId};
use rolecall_core::domain::principal::Credential;
use rolecall_core::domain::time::Timestamp;
use rolecall_core::transaction::denial::Denial;
use rolecall_store::SqlStore;
use rolecall_wire::http::bearer::{self, Bearer};
use rolecall_wire::http::origin::Standing;
use rolecall_wire::problem::ProblemCode;
use std::cell::RefCell;

thread_local! {
    /// Tokens that this isolate has verified, by hash: nothing of a request that anybody could read back.
    static VERIFIED: RefCell<Verified> = const { RefCell::new(Verified::none()) };
}

/// Whether the request may pass, and the call as it was made, for what is left to do.
pub async fn admit(arrival: &Arrival<'_>, matched: &Matched<'_>, mut call: Call, store: &SqlStore<D1>) -> (Call, Result<Pass, Failure>) {
    let question = match shown(arrival, matched, &call) {
        Ok(Shown::Yes(yes)) => {
            if !overtaken(arrival, &yes, call.moment.now).await {
                return (call, Ok(yes.pass));
            }
            call.credential = Some(Credential::Token(yes.user));
            Ask { route: matched.route, resource: matched.resource, named: Some(yes.account) }
        }
        Ok(Shown::Ask(credential, named)) => {
            call.credential = Some(credential);
            Ask { route: matched.route, resource: matched.resource, named }
        }
        Err(failure) => return (call, Err(failure)),
    };
    let answer = gateway::admit(&arrival.deployment.app(store), &call, &question).await;
    (call, answer.map_err(Failure::from))
}

/// What a request shows.
enum Shown {
    /// A token that says yes itself.
    Yes(Box<Yes>),
    /// A credential that the database knows about, and the account that the request names.
    Ask(Credential, Option<AccountId>),
}

/// The yes of a token, and what it rests on.
struct Yes {
    pass: Pass,
    user: UserId,
    account: AccountId,
    claims: Claims,
}

/// Whether a right was withdrawn in the account since the token was made, as far as is known here.
async fn overtaken(arrival: &Arrival<'_>, yes: &Yes, now: Timestamp) -> bool {
    let Arrival { env, context, deployment, .. } = *arrival;
    deployment.token_floor && is_below(&yes.claims, floor::read(env, context, deployment, yes.account, now).await)
}

/// An `Authorization` header decides alone, also where it cannot be read: a cookie beside it is not looked at.
fn shown(arrival: &Arrival<'_>, matched: &Matched<'_>, call: &Call) -> Result<Shown, Failure> {
    let (inbound, keys) = (arrival.inbound, &arrival.deployment.keys);
    let account = inbound.account.as_deref().map(account_id);
    match inbound.authorization.as_deref().map(bearer::read) {
        Some(Ok(Bearer::ApiKey(secret))) => Ok(Shown::Ask(Credential::ApiKey(secret.hash(keys)), account)),
        Some(Ok(Bearer::Token(token))) => by_claims(arrival, matched, verify(arrival, call, token)?, account),
        Some(Err(code)) => Err(code.into()),
        None => {
            demand_origin(arrival, matched)?;
            let session = request::session(inbound, keys).ok_or(Denial::SessionMissing)?;
            Ok(Shown::Ask(session, account))
        }
    }
}

/// A cookie comes along with whatever a page sends: a write must come from a page that may, and so must a
/// WebSocket, which a browser opens anywhere without asking first.
fn demand_origin(arrival: &Arrival<'_>, matched: &Matched<'_>) -> Result<(), Failure> {
    let inbound = arrival.inbound;
    let writes = !matches!(inbound.method.as_str(), "GET" | "HEAD");
    let foreign = inbound.standing == Standing::Foreign;
    if (writes && foreign) || (matched.upgrade && (foreign || inbound.origin.is_none())) {
        return Err(ProblemCode::OriginForbidden.into());
    }
    Ok(())
}

fn verify(arrival: &Arrival<'_>, call: &Call, token: &str) -> Result<Claims, Failure> {
    let deployment = arrival.deployment;
    let now = call.moment.now.seconds();
    let expected = Expected { iss: &deployment.origin, aud: &deployment.token_audience, typ: ACCESS, now };
    let claims = VERIFIED.with_borrow_mut(|verified| deployment.signing.verify_once(token, &expected, verified));
    let claims = claims.map_err(|_| Denial::TokenInvalid)?;
    *call.who.borrow_mut() = Some(claims.sub.clone());
    // Made by this very deployment, a token is granted no difference of clocks: its life is the bound that is promised.
    if now >= claims.exp { Err(Denial::TokenInvalid.into()) } else { Ok(claims) }
}

fn by_claims(arrival: &Arrival<'_>, matched: &Matched<'_>, claims: Claims, named: Option<AccountId>) -> Result<Shown, Failure> {
    let (user, account) = (UserId::parse(&claims.sub), AccountId::parse(&claims.account));
    let (Some(user), Some(account)) = (user, account) else { return Err(Denial::TokenInvalid.into()) };
    if named.is_some_and(|named| named != account) {
        return Err(Denial::AccountNotFound.into());
    }
    let deployment = arrival.deployment;
    Ok(match by_token(&deployment.rules, &deployment.policy_hash, &claims, matched.route) {
        Some(pass) => Shown::Yes(Box::new(Yes { pass, user, account, claims })),
        None => Shown::Ask(Credential::Token(user), Some(account)),
    })
}
