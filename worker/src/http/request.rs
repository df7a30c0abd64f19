//! What a request is before anything is done about it: where it points, where it comes from, what it carries.

use crate::config::Config;
use crate::gateway::allow::allow;
use crate::http::error::HandlerError;
use crate::http::headers::{self, Header, find};
use crate::http::router;
use data_encoding::HEXLOWER;
use futures_util::StreamExt;
use rolecall_app::Idempotency;
use rolecall_core::credential::secret::{Keyring, SessionToken};
use rolecall_core::domain::principal::Credential;
use rolecall_core::transaction::context::IfMatch;
use rolecall_wire::http::bearer::{self, Bearer};
use rolecall_wire::http::origin::OriginTrust;
use rolecall_wire::http::path::{self, PathOwner};
use rolecall_wire::http::{accept, cookie, etag, network};
use rolecall_wire::json::{self, BODY_MAX};
use rolecall_wire::problem::{Problem, ProblemCode};
use rolecall_wire::routes::{RequiredAuth, Route};
use serde_json::Value;
use worker::Request;

/// Longest idempotency key in bytes: a UUID takes 36.
const IDEMPOTENCY_KEY_MAX: usize = 128;

/// Everything around the body.
#[derive(Debug)]
pub struct IncomingRequest {
    /// Names the request.
    pub request_id: String,
    /// The word of the request line.
    pub method: String,
    /// Whether only the headers of the answer are wanted.
    pub head: bool,
    /// What the path belongs to.
    pub owner: PathOwner,
    /// The path as it came.
    pub path: String,
    /// The query as it came.
    pub query: String,
    /// The route, where the table has one.
    pub route: Option<&'static Route>,
    /// What the path says for `{names}`.
    pub params: Vec<(String, String)>,
    /// The methods that the path takes; empty where it takes none.
    pub allow: String,
    /// The page's origin, if a browser says so.
    pub origin: Option<String>,
    /// Whether that origin may write, and read.
    pub origin_trust: OriginTrust,
    /// The network, for brakes.
    pub network: String,
    /// The browser's own words.
    pub user_agent: String,
    /// The session token.
    pub cookie: Option<String>,
    /// The token of a device that is known from earlier.
    pub device: Option<String>,
    /// The `Authorization` header.
    pub authorization: Option<String>,
    /// The account that a session is to act in.
    pub account: Option<String>,
    /// The caller's own name for the request, which AuthZEN gives back.
    pub x_request_id: Option<String>,
    /// The forms of answer that are wanted.
    pub accept: Option<String>,
    /// The tag of what the caller has already.
    pub if_none_match: Option<String>,
    /// Every header as it came.
    pub headers: Vec<Header>,
}

impl IncomingRequest {
    /// Reads a request. Without a deployment every origin is foreign.
    pub fn read(request: &Request, config: Option<&Config>, request_id: String) -> Self {
        let headers = headers::list(request.headers());
        let header = |name: &str| find(&headers, name).map(str::to_owned);
        // The wrapper's own enum takes a word that it does not know for GET.
        let method = request.inner().method();
        let url = request.inner().url();
        let (path, query) = path::split(&url);
        let owner = path::owner(path);
        let mut found = if owner == PathOwner::Service { router::find(&method, path) } else { router::Found::default() };
        match (owner, config) {
            (PathOwner::Console, _) => found.allow = "GET, HEAD".to_owned(),
            (PathOwner::Gateway, Some(config)) => found.allow = allow(&config.policy_config.policy, path),
            _ => {}
        }
        let origin = header("origin");
        let fetch_site = header("sec-fetch-site");
        let origin_trust =
            config.map_or(OriginTrust::Foreign, |config| config.origins(&url).trust(origin.as_deref(), fetch_site.as_deref()));
        IncomingRequest {
            request_id,
            head: method == "HEAD",
            owner,
            path: path.to_owned(),
            query: query.to_owned(),
            route: found.route,
            params: found.params,
            allow: found.allow,
            origin_trust,
            origin,
            network: network::key(header("cf-connecting-ip").as_deref()),
            user_agent: header("user-agent").unwrap_or_default(),
            authorization: header("authorization"),
            account: header("rolecall-account"),
            x_request_id: header("x-request-id").filter(|_| path.starts_with("/access/")),
            accept: header("accept"),
            if_none_match: header("if-none-match"),
            cookie: find(&headers, "cookie").and_then(cookie::read).map(str::to_owned),
            device: find(&headers, "cookie").and_then(cookie::read_device).map(str::to_owned),
            method,
            headers,
        }
    }

    /// Whether the route takes API keys.
    pub fn takes_keys(&self) -> bool {
        self.route.is_some_and(|route| matches!(route.auth, RequiredAuth::Principal(_)))
    }

    /// A header by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// A value from the path; empty where the pattern has no such name.
    pub fn param(&self, name: &str) -> &str {
        self.params.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

/// What the request shows to prove who sends it, on a route of the table. A key with a wrong checksum costs no look-up.
///
/// Where API keys count, an `Authorization` header decides alone; elsewhere only sessions count, and a key is told so.
pub fn credential(incoming: &IncomingRequest, route: &Route, keys: &Keyring) -> Result<Option<Credential>, HandlerError> {
    let bearer = incoming.authorization.as_deref().map(bearer::read);
    match (bearer, route.auth) {
        (Some(Ok(Bearer::ApiKey(secret))), RequiredAuth::Principal(_)) => Ok(Some(Credential::ApiKey(secret.hash(keys)))),
        (Some(Ok(Bearer::Token(_))), RequiredAuth::Principal(_)) => Err(ProblemCode::TokenInvalid.into()),
        (Some(Err(code)), RequiredAuth::Principal(_)) => Err(code.into()),
        (Some(Ok(Bearer::ApiKey(_)) | Err(ProblemCode::ApiKeyInvalid)), access) if access.needs_session() => {
            let detail = "This route takes a session, not an API key: keys open `/api` and `/access`.";
            Err(Problem::new(ProblemCode::SessionMissing).detail(detail).into())
        }
        _ => Ok(session(incoming, keys)),
    }
}

/// The session of the cookie.
pub fn session(incoming: &IncomingRequest, keys: &Keyring) -> Option<Credential> {
    let token = incoming.cookie.as_deref().and_then(SessionToken::parse)?;
    Some(Credential::Session(token.hash(keys)))
}

/// The body of a request, if it has one: never more than the limit is read. A length that is told is one that the
/// platform has held the sender to (RFC 9112 section 6.3); without one, what comes is counted as it comes.
pub async fn body(request: &mut Request, incoming: &IncomingRequest) -> Result<Vec<u8>, HandlerError> {
    let mut bytes = Vec::new();
    if request.inner().body().is_none() {
        return Ok(bytes);
    }
    if incoming.header("content-encoding").is_some_and(|codings| !accept::is_identity(codings)) {
        let detail = "The body is compressed: send it as it is, without `Content-Encoding`.";
        return Err(Problem::new(ProblemCode::MediaTypeUnsupported).detail(detail).into());
    }
    let broken = |_| Problem::new(ProblemCode::RequestMalformed).detail("The body broke off.");
    match incoming.header("content-length").and_then(|length| length.parse::<usize>().ok()) {
        Some(length) if length > BODY_MAX => return Err(ProblemCode::BodyTooLarge.into()),
        Some(_) => {
            let bytes = request.bytes().await.map_err(broken)?;
            return if bytes.len() > BODY_MAX { Err(ProblemCode::BodyTooLarge.into()) } else { Ok(bytes) };
        }
        None => {}
    }
    let mut stream = request.stream()?;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(broken)?;
        if bytes.len() + chunk.len() > BODY_MAX {
            return Err(ProblemCode::BodyTooLarge.into());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// The body as strict JSON; None where there is none. A body must say that it is JSON, which no HTML form can.
pub fn parse(incoming: &IncomingRequest, bytes: &[u8]) -> Result<Option<Value>, HandlerError> {
    if bytes.is_empty() {
        return Ok(None);
    }
    if !accept::is_json(incoming.header("content-type").unwrap_or_default()) {
        return Err(ProblemCode::MediaTypeUnsupported.into());
    }
    json::parse(bytes).map(Some).map_err(|error| Problem::new(ProblemCode::BodyMalformed).detail(format!("{error}.")).into())
}

/// The versions that `If-Match` demands, on routes that heed it.
pub fn if_match(incoming: &IncomingRequest, route: &Route) -> Result<Option<IfMatch>, HandlerError> {
    let header = incoming.header("if-match").filter(|_| route.conditional);
    let Some(header) = header else { return Ok(None) };
    etag::if_match(header).map(Some).ok_or_else(|| malformed("`If-Match` is no list of quoted versions, and no `*`."))
}

/// The wish for a repeatable request. The fingerprint is keyed: a body can hold a password, which must not
/// be guessed from what is stored.
pub fn idempotency(incoming: &IncomingRequest, keys: &Keyring, body: &[u8]) -> Result<Option<Idempotency>, HandlerError> {
    let Some(key) = incoming.header("idempotency-key").map(|key| unquoted(key).to_owned()) else { return Ok(None) };
    let visible = !key.is_empty() && key.len() <= IDEMPOTENCY_KEY_MAX && key.bytes().all(|b| b.is_ascii_graphic());
    if !visible {
        return Err(malformed("`Idempotency-Key` is 1 to 128 visible ASCII characters."));
    }
    let parts: [&[u8]; 4] = [incoming.method.as_bytes(), incoming.path.as_bytes(), incoming.query.as_bytes(), body];
    let fingerprint = HEXLOWER.encode(&keys.mac(keys.current(), "fingerprint", &parts).unwrap_or_default());
    Ok(Some(Idempotency { key, fingerprint }))
}

/// A key with and without the quotes of a structured string (RFC 9651 section 3.3.3) is the same key: what stands between
/// client and server may read and write the header as either.
fn unquoted(key: &str) -> &str {
    let key = key.trim();
    let inner = key.strip_prefix('"').and_then(|key| key.strip_suffix('"'));
    inner.filter(|inner| !inner.contains(['"', '\\'])).unwrap_or(key)
}

fn malformed(detail: &str) -> HandlerError {
    Problem::new(ProblemCode::RequestMalformed).detail(detail).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_same_with_and_without_quotes() {
        for (sent, key) in
            [("k-1", "k-1"), ("\"k-1\"", "k-1"), (" \"k-1\" ", "k-1"), ("\"\"", ""), ("\"k", "\"k"), ("\"a\"b\"", "\"a\"b\""), ("\"", "\"")]
        {
            assert_eq!(unquoted(sent), key, "{sent}");
        }
    }
}
