//! Parsing of a request: target, origin, credential, body, and conditional and idempotency headers.

use crate::config::Config;
use crate::http::error::HandlerError;
use crate::http::router::{self, RouteMatch};
use crate::io::{Header, Io, Need, TOO_LARGE, find_header, parse_headers};
use data_encoding::HEXLOWER;
use rolecall_app::Idempotency;
use rolecall_core::credential::secret::{Keyring, SessionToken};
use rolecall_core::domain::principal::Credential;
use rolecall_core::transaction::context::IfMatch;
use rolecall_wire::http::bearer::{self, Bearer};
use rolecall_wire::http::origin::{OriginTrust, forbidden_detail};
use rolecall_wire::http::path::{self, PathOwner};
use rolecall_wire::http::{accept, cookie, etag, network};
use rolecall_wire::json::{self, BODY_MAX};
use rolecall_wire::problem::{Problem, ProblemCode};
use rolecall_wire::route::{RequiredAuth, Route};
use serde_json::Value;

/// Maximum length of an idempotency key in bytes.
const IDEMPOTENCY_KEY_MAX: usize = 128;

/// Head of a request, as the driver received it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RequestHead {
    /// Method, which may be any token.
    pub method: String,
    /// Absolute URL.
    pub url: String,
    /// Headers. Values of the same name are combined.
    pub headers: Vec<Header>,
    /// Whether the request has a body, which may be empty.
    pub has_body: bool,
}

impl RequestHead {
    /// Parses a line with the method, one with the URL, then a line for each name and each value of the headers.
    pub fn parse(text: &str, has_body: bool) -> Option<Self> {
        let (method, rest) = text.split_once('\n')?;
        let (url, headers) = rest.split_once('\n').unwrap_or((rest, ""));
        Some(RequestHead { method: method.to_owned(), url: url.to_owned(), headers: parse_headers(headers)?, has_body })
    }
}

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
    /// Whether the request has a body, which may be empty.
    pub has_body: bool,
    /// Match of the path in the table of routes.
    pub matched: RouteMatch,
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
    /// Refusal of a page that may not write: `origin-forbidden`, which names both origins.
    pub fn origin_forbidden(&self, config: &Config) -> HandlerError {
        Problem::new(ProblemCode::OriginForbidden).detail(forbidden_detail(&config.origin, self.origin.as_deref())).into()
    }

    /// Reads request line and headers. Without a configuration every origin is foreign.
    pub fn read(head: RequestHead, config: Option<&Config>, request_id: String) -> Self {
        let RequestHead { method, url, headers, has_body } = head;
        let header = |name: &str| find_header(&headers, name).map(str::to_owned);
        let (path, query) = path::split(&url);
        let owner = path::owner(path);
        let matched = if owner == PathOwner::Service { router::find(&method, path) } else { RouteMatch::default() };
        let origin = header("origin");
        let fetch_site = find_header(&headers, "sec-fetch-site");
        let origin_trust = config.map_or(OriginTrust::Foreign, |config| config.origin_trust(&url, origin.as_deref(), fetch_site));
        IncomingRequest {
            request_id,
            head: method == "HEAD",
            owner,
            path: path.to_owned(),
            query: query.to_owned(),
            has_body,
            matched,
            origin_trust,
            origin,
            network: network::client_network(header("cf-connecting-ip").as_deref()),
            user_agent: header("user-agent").unwrap_or_default(),
            authorization: header("authorization"),
            account: header("rolecall-account"),
            x_request_id: header("x-request-id").filter(|_| path.starts_with("/access/")),
            accept: header("accept"),
            if_none_match: header("if-none-match"),
            cookie: find_header(&headers, "cookie").and_then(cookie::read).map(str::to_owned),
            device: find_header(&headers, "cookie").and_then(cookie::read_device).map(str::to_owned),
            method,
            headers,
        }
    }

    /// Matched route of the table.
    pub fn route(&self) -> Option<&'static Route> {
        self.matched.route
    }

    /// Whether the route accepts API keys.
    pub fn accepts_api_keys(&self) -> bool {
        self.route().is_some_and(|route| matches!(route.auth, RequiredAuth::Principal(_)))
    }

    /// Value of the header with a lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        find_header(&self.headers, name)
    }

    /// Value of `Content-Length`; `None` beside `Transfer-Encoding`, which takes precedence (RFC 9112 section 6.3).
    pub fn content_length(&self) -> Option<&str> {
        self.header("content-length").filter(|_| self.header("transfer-encoding").is_none())
    }

    /// Value of a path parameter; empty if the pattern does not have it.
    pub fn param(&self, name: &str) -> &str {
        self.matched.params.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
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
pub async fn body(incoming: &IncomingRequest, io: &Io) -> Result<Vec<u8>, HandlerError> {
    if !incoming.has_body {
        return Ok(Vec::new());
    }
    if incoming.header("content-encoding").is_some_and(|codings| !accept::is_identity(codings)) {
        let detail = "The body is compressed. Send it uncompressed, without `Content-Encoding`.";
        return Err(Problem::new(ProblemCode::MediaTypeUnsupported).detail(detail).into());
    }
    let length = incoming.content_length().and_then(|length| length.parse::<usize>().ok());
    if length.is_some_and(|length| length > BODY_MAX) {
        return Err(ProblemCode::BodyTooLarge.into());
    }
    let max = if length.is_some() { None } else { u64::try_from(BODY_MAX).ok() };
    match io.ask(Need::Body { max }).await {
        Ok(bytes) if bytes.len() <= BODY_MAX => Ok(bytes),
        Err(cause) if cause != TOO_LARGE => {
            Err(Problem::new(ProblemCode::RequestMalformed).detail("The connection closed before the body was complete.").into())
        }
        Ok(_) | Err(_) => Err(ProblemCode::BodyTooLarge.into()),
    }
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
