//! Parsing of a request: target, origin, credential, body, and conditional and idempotency headers.

use crate::config::Config;
use crate::gateway::allow_header::allow_header;
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
use rolecall_wire::route::{RequiredAuth, Route};
use serde_json::Value;
use worker::Request;

/// Maximum length of an idempotency key in bytes.
const IDEMPOTENCY_KEY_MAX: usize = 128;

/// Request line and headers.
#[derive(Debug)]
pub struct IncomingRequest {
    /// Id of the request, a random UUID.
    pub request_id: String,
    /// Method of the request line.
    pub method: String,
    /// Whether the method is `HEAD`.
    pub head: bool,
    /// Part of the service that the path belongs to.
    pub owner: PathOwner,
    /// Path, not decoded.
    pub path: String,
    /// Query without `?`, not decoded.
    pub query: String,
    /// Matched route of the table.
    pub route: Option<&'static Route>,
    /// Path parameters by name.
    pub params: Vec<(String, String)>,
    /// Value of `Allow` for the path; empty if no route has this path.
    pub allow: String,
    /// Value of `Origin`.
    pub origin: Option<String>,
    /// Trust in that origin: whether its pages may write and read.
    pub origin_trust: OriginTrust,
    /// Key of the client network, for rate limits.
    pub network: String,
    /// Value of `User-Agent`.
    pub user_agent: String,
    /// Session token in the cookie.
    pub cookie: Option<String>,
    /// Device token in the device cookie.
    pub device: Option<String>,
    /// Value of `Authorization`.
    pub authorization: Option<String>,
    /// Value of `Rolecall-Account`: the account in which the caller acts.
    pub account: Option<String>,
    /// Value of `X-Request-ID`, which AuthZEN responses repeat.
    pub x_request_id: Option<String>,
    /// Value of `Accept`.
    pub accept: Option<String>,
    /// Value of `If-None-Match`.
    pub if_none_match: Option<String>,
    /// All headers.
    pub headers: Vec<Header>,
}

impl IncomingRequest {
    /// Reads request line and headers. Without a configuration every origin is foreign.
    pub fn read(request: &Request, config: Option<&Config>, request_id: String) -> Self {
        let headers = headers::list(request.headers());
        let header = |name: &str| find(&headers, name).map(str::to_owned);
        // The wrapper's enum maps unknown methods to GET.
        let method = request.inner().method();
        let url = request.inner().url();
        let (path, query) = path::split(&url);
        let owner = path::owner(path);
        let mut found = if owner == PathOwner::Service { router::find(&method, path) } else { router::RouteMatch::default() };
        match (owner, config) {
            (PathOwner::Console, _) => found.allow = "GET, HEAD".to_owned(),
            (PathOwner::Gateway, Some(config)) => found.allow = allow_header(&config.policy_config.policy, path),
            _ => {}
        }
        let origin = header("origin");
        let fetch_site = header("sec-fetch-site");
        let origin_trust =
            config.map_or(OriginTrust::Foreign, |config| config.origins(&url).classify(origin.as_deref(), fetch_site.as_deref()));
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
            network: network::client_network(header("cf-connecting-ip").as_deref()),
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

    /// Whether the route accepts API keys.
    pub fn accepts_api_keys(&self) -> bool {
        self.route.is_some_and(|route| matches!(route.auth, RequiredAuth::Principal(_)))
    }

    /// Value of the header with a lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// Value of a path parameter; empty if the pattern does not have it.
    pub fn param(&self, name: &str) -> &str {
        self.params.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

/// Credential of a request to a route of the table. An API key with a wrong checksum is rejected without a lookup.
///
/// If the route accepts API keys, `Authorization` takes precedence over the cookie. Other routes accept sessions only.
///
/// # Errors
/// 401 if `Authorization` is malformed, contains an access token, or contains an API key on a route that requires a session.
pub fn credential(incoming: &IncomingRequest, route: &Route, keys: &Keyring) -> Result<Option<Credential>, HandlerError> {
    let bearer = incoming.authorization.as_deref().map(bearer::read);
    match (bearer, route.auth) {
        (Some(Ok(Bearer::ApiKey(secret))), RequiredAuth::Principal(_)) => Ok(Some(Credential::ApiKey(secret.hash(keys)))),
        (Some(Ok(Bearer::Token(_))), RequiredAuth::Principal(_)) => Err(ProblemCode::TokenInvalid.into()),
        (Some(Err(code)), RequiredAuth::Principal(_)) => Err(code.into()),
        (Some(Ok(Bearer::ApiKey(_)) | Err(ProblemCode::ApiKeyInvalid)), access) if access.needs_session() => {
            let detail = "This route requires a session. API keys are accepted only under `/api` and `/access`.";
            Err(Problem::new(ProblemCode::SessionMissing).detail(detail).into())
        }
        _ => Ok(session_credential(incoming, keys)),
    }
}

/// Credential of the session cookie; `None` if it is absent or malformed.
pub fn session_credential(incoming: &IncomingRequest, keys: &Keyring) -> Option<Credential> {
    let token = incoming.cookie.as_deref().and_then(SessionToken::parse)?;
    Some(Credential::Session(token.hash(keys)))
}

/// Reads the body, at most [`BODY_MAX`] bytes; empty if there is none.
///
/// The platform enforces `Content-Length` (RFC 9112 section 6.3). Without it, the bytes are counted as they arrive.
///
/// # Errors
/// `body-too-large`, `media-type-unsupported` for a compressed body, `request-malformed` if the connection closes early.
pub async fn body(request: &mut Request, incoming: &IncomingRequest) -> Result<Vec<u8>, HandlerError> {
    let mut bytes = Vec::new();
    if request.inner().body().is_none() {
        return Ok(bytes);
    }
    if incoming.header("content-encoding").is_some_and(|codings| !accept::is_identity(codings)) {
        let detail = "The body is compressed. Send it uncompressed, without `Content-Encoding`.";
        return Err(Problem::new(ProblemCode::MediaTypeUnsupported).detail(detail).into());
    }
    let broken = |_| Problem::new(ProblemCode::RequestMalformed).detail("The connection closed before the body was complete.");
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

/// Parses the body as strict JSON; `None` if it is empty. Requires a JSON media type, which an HTML form cannot send.
///
/// # Errors
/// `media-type-unsupported` or `body-malformed`.
pub fn parse(incoming: &IncomingRequest, bytes: &[u8]) -> Result<Option<Value>, HandlerError> {
    if bytes.is_empty() {
        return Ok(None);
    }
    if !accept::is_json(incoming.header("content-type").unwrap_or_default()) {
        return Err(ProblemCode::MediaTypeUnsupported.into());
    }
    json::parse(bytes).map(Some).map_err(|error| Problem::new(ProblemCode::BodyMalformed).detail(format!("{error}.")).into())
}

/// Versions in `If-Match`; `None` if it is absent or the route is not conditional.
///
/// # Errors
/// `request-malformed` if the value is neither a list of entity tags nor `*`.
pub fn if_match(incoming: &IncomingRequest, route: &Route) -> Result<Option<IfMatch>, HandlerError> {
    let header = incoming.header("if-match").filter(|_| route.conditional);
    let Some(header) = header else { return Ok(None) };
    etag::if_match(header).map(Some).ok_or_else(|| malformed("`If-Match` must be a list of quoted versions or `*`."))
}

/// Idempotency key and fingerprint of the request; `None` without `Idempotency-Key`.
///
/// The fingerprint is a keyed hash, because a body can contain a password that must not be guessable from the database.
///
/// # Errors
/// `request-malformed` if the key is not 1 to 128 visible ASCII characters.
pub fn idempotency(incoming: &IncomingRequest, keys: &Keyring, body: &[u8]) -> Result<Option<Idempotency>, HandlerError> {
    let Some(key) = incoming.header("idempotency-key").map(|key| unquoted(key).to_owned()) else { return Ok(None) };
    let visible = !key.is_empty() && key.len() <= IDEMPOTENCY_KEY_MAX && key.bytes().all(|b| b.is_ascii_graphic());
    if !visible {
        return Err(malformed("`Idempotency-Key` must be 1 to 128 visible ASCII characters."));
    }
    let parts: [&[u8]; 4] = [incoming.method.as_bytes(), incoming.path.as_bytes(), incoming.query.as_bytes(), body];
    let fingerprint = HEXLOWER.encode(&keys.mac(keys.current(), "fingerprint", &parts).unwrap_or_default());
    Ok(Some(Idempotency { key, fingerprint }))
}

/// Removes the quotes of a structured string (RFC 9651 section 3.3.3). Both forms are the same key, because an intermediary
/// may convert one to the other.
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
    fn an_idempotency_key_is_the_same_with_and_without_quotes() {
        for (sent, key) in
            [("k-1", "k-1"), ("\"k-1\"", "k-1"), (" \"k-1\" ", "k-1"), ("\"\"", ""), ("\"k", "\"k"), ("\"a\"b\"", "\"a\"b\""), ("\"", "\"")]
        {
            assert_eq!(unquoted(sent), key, "{sent}");
        }
    }
}
