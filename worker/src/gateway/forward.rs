//! Speaking to the upstream: headers, a signed identity, both bodies as streams, a WebSocket where one is asked for.
//!
//! It calls `fetch` through the raw bindings: the wrapper takes a method that it does not know for GET.

use super::{Arrival, Matched};
use crate::answer::{Answer, Body, Failure};
use crate::headers;
use core::cell::Cell;
use data_encoding::HEXLOWER;
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use rolecall_core::authz::gateway::{Identity, Pass};
use rolecall_core::transaction::context::Moment;
use rolecall_wire::http::forward::{cache_control, client_headers, upstream_headers};
use rolecall_wire::problem::{Problem, ProblemCode};
use std::pin::pin;
use std::rc::Rc;
use worker::js_sys::futures::JsFuture;
use worker::js_sys::{self, Promise};
use worker::wasm_bindgen::{JsCast, JsValue};
use worker::web_sys::{self, ReadableStream, RequestCache, RequestInit, RequestRedirect};
use worker::worker_sys::Fetcher;
use worker::{AbortController, Delay, Headers, Response, ResponseBody};

/// The name under which a service binding is looked up.
const BINDING: &str = "UPSTREAM";
/// What an upstream sends is data: on this origin the console lives, so nothing of it may run as a page.
const SANDBOX: &str = "sandbox; default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const SWITCHING_PROTOCOLS: u16 = 101;

/// Whether the request asks for a WebSocket (RFC 6455 section 4.1).
pub fn is_upgrade(arrival: &Arrival<'_>) -> bool {
    let upgrade = arrival.inbound.header("upgrade");
    arrival.inbound.method == "GET" && upgrade.is_some_and(|word| word.trim().eq_ignore_ascii_case("websocket"))
}

/// Forwards a request that may pass, and hands the answer back as it comes.
pub async fn forward(arrival: &Arrival<'_>, matched: &Matched<'_>, moment: &Moment, pass: &Pass) -> Result<Answer, Failure> {
    let target = Target::of(arrival)?;
    let body = Outgoing::of(arrival)?;
    let abort = AbortController::default();
    let init = RequestInit::new();
    init.set_method(&arrival.inbound.method);
    init.set_headers(headers(arrival, matched, moment, pass)?.as_ref());
    init.set_redirect(RequestRedirect::Manual);
    if let Target::Url(_) = target {
        // A cache that goes by the file ending must not keep what belongs to one caller.
        init.set_cache(RequestCache::NoStore);
    }
    init.set_signal(Some(&abort.signal()));
    if let Some(stream) = &body.stream {
        init.set_body(stream);
    }
    let answer = pin!(async { JsFuture::from(target.send(arrival, &init)?).await });
    let answer = match select(answer, pin!(Delay::from(arrival.deployment.upstream.timeout))).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => {
            abort.abort();
            return Err(ProblemCode::UpstreamTimeout.into());
        }
    };
    if body.too_large.get() {
        return Err(too_large(arrival));
    }
    let answer = answer.and_then(JsCast::dyn_into::<web_sys::Response>).map_err(|error| failed(matched, &format!("{error:?}")))?;
    hand_back(matched, answer)
}

/// Where requests go: the service binding where there is one, else the address.
enum Target<'a> {
    Service(Fetcher),
    Url(&'a str),
}

impl<'a> Target<'a> {
    fn of(arrival: &Arrival<'a>) -> Result<Self, Failure> {
        if let Ok(service) = arrival.env.service(BINDING) {
            return Ok(Target::Service(JsValue::from(service).unchecked_into()));
        }
        let url = arrival.deployment.upstream.url.as_deref();
        url.map(Target::Url).ok_or_else(|| ProblemCode::UpstreamUnavailable.into())
    }

    fn send(&self, arrival: &Arrival<'_>, init: &RequestInit) -> Result<Promise, JsValue> {
        let inbound = arrival.inbound;
        let query = if inbound.query.is_empty() { String::new() } else { format!("?{}", inbound.query) };
        let target = |origin: &str| format!("{origin}{}{query}", inbound.path);
        match self {
            Target::Service(service) => service.fetch_with_str_and_init(&target(&arrival.deployment.origin), init),
            Target::Url(origin) => {
                Ok(js_sys::global().unchecked_into::<web_sys::WorkerGlobalScope>().fetch_with_str_and_init(&target(origin), init))
            }
        }
    }
}

fn headers(arrival: &Arrival<'_>, matched: &Matched<'_>, moment: &Moment, pass: &Pass) -> Result<Headers, Failure> {
    let (deployment, inbound) = (arrival.deployment, arrival.inbound);
    let mut headers = upstream_headers(inbound.headers.clone(), &deployment.upstream.headers);
    let identity = Identity {
        iss: &deployment.origin,
        aud: &deployment.upstream.audience,
        pass,
        permission: deployment.rules.policy.code(matched.route.permission),
        htm: &inbound.method,
        htu: &inbound.path,
        rid: &inbound.request_id,
        iat: moment.now.seconds(),
        jti: &HEXLOWER.encode(&moment.salt()),
    };
    // None of these came from the client: `upstream_headers` lets no such name pass.
    headers.push(("rolecall-identity".to_owned(), identity.sign(&deployment.signing)));
    headers.push(("x-request-id".to_owned(), inbound.request_id.clone()));
    if matched.upgrade {
        headers.push(("upgrade".to_owned(), "websocket".to_owned()));
    }
    Ok(headers::make(&headers)?)
}

/// A request's body on its way up.
struct Outgoing {
    stream: Option<ReadableStream>,
    /// Raised once more came than is taken, which breaks the stream off.
    too_large: Rc<Cell<bool>>,
}

impl Outgoing {
    /// The body as it streams in. Where its length is told the platform holds it to that; where not, it is counted.
    fn of(arrival: &Arrival<'_>) -> Result<Outgoing, Failure> {
        let too_large = Rc::new(Cell::new(false));
        let body = arrival.request.inner().body().filter(|_| !matches!(arrival.inbound.method.as_str(), "GET" | "HEAD"));
        let Some(body) = body else { return Ok(Outgoing { stream: None, too_large }) };
        let most = arrival.deployment.upstream.body_max;
        match arrival.inbound.header("content-length").map(str::parse::<u64>) {
            Some(Ok(length)) if length <= most => Ok(Outgoing { stream: Some(body), too_large }),
            Some(_) => Err(self::too_large(arrival)),
            None => {
                let stream = counted(arrival, most, too_large.clone())?;
                Ok(Outgoing { stream: Some(stream), too_large })
            }
        }
    }
}

fn counted(arrival: &Arrival<'_>, most: u64, too_large: Rc<Cell<bool>>) -> Result<ReadableStream, Failure> {
    let chunks = arrival.request.clone_mut()?.stream()?;
    let mut left = most;
    let counted = chunks.map(move |chunk| {
        let chunk = chunk?;
        let length = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        left = left.checked_sub(length).ok_or_else(|| {
            too_large.set(true);
            worker::Error::RustError("the body is too large".to_owned())
        })?;
        Ok::<_, worker::Error>(chunk)
    });
    match Response::from_stream(counted)?.body() {
        ResponseBody::Stream(stream) => Ok(stream.clone()),
        ResponseBody::Empty | ResponseBody::Body(_) => Err(Failure::Fault("a stream became no stream".to_owned())),
    }
}

/// The upstream's answer with the headers that may pass; redirects are the client's to follow.
fn hand_back(matched: &Matched<'_>, answer: web_sys::Response) -> Result<Answer, Failure> {
    const SUCCESSES_AND_FAILURES: core::ops::RangeInclusive<u16> = 200..=599;
    let status = answer.status();
    let switched = status == SWITCHING_PROTOCOLS && matched.upgrade;
    if !switched && !SUCCESSES_AND_FAILURES.contains(&status) {
        return Err(failed(matched, &format!("an answer with the status {status}")));
    }
    let answer = Response::from(answer);
    let headers = headers::list(answer.headers());
    let cache = cache_control(headers::find(&headers, "cache-control"));
    let answer = if has_body(status) { answer } else { bare(answer, status, switched) };
    let answer = Answer::new(status, Body::Passed(answer, client_headers(headers)));
    Ok(answer.with("cache-control", cache).with("content-security-policy", SANDBOX))
}

/// Whether a status may come with a body at all (RFC 9110 sections 15.2, 15.3.5, 15.3.6, 15.4.5).
fn has_body(status: u16) -> bool {
    const NO_CONTENT: u16 = 204;
    const RESET_CONTENT: u16 = 205;
    const NOT_MODIFIED: u16 = 304;
    !matches!(status, SWITCHING_PROTOCOLS | NO_CONTENT | RESET_CONTENT | NOT_MODIFIED)
}

fn bare(answer: Response, status: u16, switched: bool) -> Response {
    let builder = Response::builder().with_status(status);
    match answer.websocket().filter(|_| switched) {
        Some(socket) => builder.with_websocket(socket).empty(),
        None => builder.empty(),
    }
}

/// The client is told that the upstream failed, and the log why.
fn failed(matched: &Matched<'_>, cause: &str) -> Failure {
    Failure::Upstream(format!("the upstream failed at {} {}: {cause}", matched.route.method, matched.route.pattern))
}

fn too_large(arrival: &Arrival<'_>) -> Failure {
    let detail = format!("The gateway takes bodies of at most {} bytes.", arrival.deployment.upstream.body_max);
    Problem::new(ProblemCode::BodyTooLarge).detail(detail).into()
}
