//! I/O as data: what a task asks of its driver, and the reply.
//!
//! A task is a future that performs no I/O. [`Io::ask`] records one [`Need`] and suspends the task; the driver (the entry in
//! JavaScript, or a test) fulfils the need however and whenever it likes, and resumes the task with the [`Reply`].
//!
//! INVARIANT (no-shared-requests): each task has its own [`Io`], so a reply reaches the task that asked and no other.

use core::cell::{Cell, RefCell};
use core::future::poll_fn;
use core::task::Poll;
use core::time::Duration;
use rolecall_app::ports::UsedCredential;
use rolecall_core::domain::id::AccountId;
use rolecall_core::domain::time::Timestamp;
use rolecall_store::Statement;
use serde::Serialize;
use std::rc::Rc;

/// Name and value of a header. Names of received headers are in lower case.
pub type Header = (String, String);

/// One thing that a task cannot do by itself. The reply is described at each. It serializes to the JSON that the entry reads.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(tag = "step", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Need {
    /// Run statements as one transaction on D1. Reply: the JSON of D1's results, one for each statement.
    Database {
        /// Statements, each as `[sql, parameters]`.
        #[serde(serialize_with = "json::statements")]
        statements: Vec<Statement>,
    },
    /// Read a key of KV. Reply: the value as a JSON string; `null` if there is none or KV does not respond in time.
    KvGet {
        /// Key to read.
        key: String,
        /// Time for which a location caches the value.
        cache_seconds: u64,
        /// Maximum time to wait for KV.
        timeout_ms: u64,
    },
    /// Write a key of KV. Reply: empty.
    KvPut {
        /// Key to write.
        key: String,
        /// Text to write.
        value: String,
        /// Time after which KV deletes the key.
        ttl_seconds: u64,
    },
    /// Count a key with a rate limiter. Reply: `true` if it is within the limit, else `false`.
    RateLimit {
        /// Name of the limiter's binding.
        binding: &'static str,
        /// Key to count.
        key: String,
    },
    /// Read the body of the request. Reply: its bytes.
    Body {
        /// Maximum number of bytes, counted as they arrive: more are the error [`TOO_LARGE`]. `None` if the platform checks the
        /// length.
        max: Option<u64>,
    },
    /// Fetch a file of the console. Reply: the head of the response ([`Received`]).
    Asset {
        /// Whether to fetch the console's page instead of the requested path.
        page: bool,
    },
    /// Send the request to the upstream. Reply: the head of the response ([`Received`]).
    Forward(Forward),
    /// Wait. Reply: empty.
    Wait {
        /// Time to wait.
        ms: u64,
    },
    /// Send a mail through the binding `EMAIL`. Reply: empty.
    SendEmail(Email),
    /// Send JSON with POST. Reply: the head of the response ([`Received`]).
    Post {
        /// Absolute URL.
        url: String,
        /// Headers; names are unique.
        #[serde(serialize_with = "json::headers")]
        headers: Vec<Header>,
        /// JSON text.
        body: String,
    },
    /// Read a document of another service: POST with a form, GET without one. No redirect is followed. Reply: the status in decimal, a
    /// line feed, and the body.
    Fetch {
        /// Absolute URL.
        url: String,
        /// Headers; names are unique.
        #[serde(serialize_with = "json::headers")]
        headers: Vec<Header>,
        /// Form in percent-encoding.
        form: Option<String>,
        /// Maximum number of bytes of the body, else the error [`TOO_LARGE`].
        max: usize,
    },
    /// Verify a signature. Reply: `true` or `false`.
    VerifySignature {
        /// Algorithm, as JWS names it: `RS256`, `ES256` or `EdDSA`.
        algorithm: &'static str,
        /// Public key as a JWK.
        jwk: serde_json::Value,
        /// Signed bytes in base64.
        message: String,
        /// Signature in base64.
        signature: String,
    },
    /// Write a chunk of a streamed body. Reply: empty, as soon as the client can take another chunk.
    Chunk {
        /// Text of the chunk. The entry reads it beside the JSON.
        #[serde(skip)]
        text: String,
    },
}

/// Request to the upstream. The body of the client's request is streamed to it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Forward {
    /// Absolute URL.
    pub url: String,
    /// Whether to send it through the service binding `UPSTREAM` instead of over the network.
    pub service: bool,
    /// Method of the client's request.
    pub method: String,
    /// Headers; names are unique.
    #[serde(serialize_with = "json::headers")]
    pub headers: Vec<Header>,
    /// Maximum time until the head of the response, else the error [`TIMEOUT`].
    pub timeout_ms: u64,
    /// Maximum number of bytes of a body whose length is unknown, else the error [`TOO_LARGE`]; `None` if the platform checks
    /// the length.
    pub body_max: Option<u64>,
    /// Whether the request has a body to send.
    pub body: bool,
}

/// Mail for the binding `EMAIL`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Email {
    /// Address of the sender.
    pub from: String,
    /// Address of the receiver.
    pub to: String,
    /// Subject, a single line.
    pub subject: String,
    /// Plain text body.
    pub text: String,
    /// HTML body.
    pub html: String,
}

/// JSON of the parts of needs.
mod json {
    use super::Header;
    use rolecall_store::{Statement, Value};
    use serde::{Serialize, Serializer};

    struct Scalar<'a>(&'a Value);

    impl Serialize for Scalar<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match self.0 {
                Value::Null => serializer.serialize_unit(),
                // Exact as a JavaScript number: the store has only integers below 2^53.
                Value::Integer(number) => serializer.serialize_i64(*number),
                Value::Text(text) => serializer.serialize_str(text),
            }
        }
    }

    fn parameters(statement: &Statement) -> Vec<Scalar<'_>> {
        statement.params.iter().map(Scalar).collect()
    }

    pub(super) fn statements<S: Serializer>(statements: &[Statement], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(statements.iter().map(|statement| (statement.sql, parameters(statement))))
    }

    /// Headers as an object, which is the fastest input of `fetch`.
    pub(super) fn headers<S: Serializer>(headers: &[Header], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(headers.iter().map(|(name, value)| (name, value)))
    }
}

/// Error of [`Need::Forward`] if the upstream does not respond in time.
pub const TIMEOUT: &str = "timeout";
/// Error of a body with more bytes than permitted.
pub const TOO_LARGE: &str = "too-large";

/// What the driver obtained: the bytes that the need describes, or an error's text for the log.
pub type Reply = Result<Vec<u8>, String>;

/// Work that a task starts and does not wait for. The driver runs each job as a task of its own, so that a slow one does not delay the
/// others.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Job {
    /// Publish the minimum token version of an account.
    PublishTokenVersion(AccountId),
    /// Seal the audit log of an account.
    Seal(AccountId),
    /// Deliver the outbox.
    DeliverMail,
    /// Record the use of a credential.
    RecordLastUse(UsedCredential),
}

/// Level of a log line.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Level {
    /// Expected events.
    Info,
    /// Failures that have no consequence for the caller.
    Warn,
    /// Failures.
    Error,
}

impl Level {
    /// Name of the level, which is also the method of the console.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
        }
    }
}

/// Connection of one task to its driver. Clones are the same connection.
#[derive(Clone, Debug)]
pub struct Io(Rc<Slot>);

#[derive(Debug)]
struct Slot {
    now: Cell<Timestamp>,
    exchange: RefCell<Exchanged>,
    jobs: RefCell<Vec<Job>>,
    logs: RefCell<Vec<(Level, String)>>,
}

/// State between a task and its driver.
#[derive(Debug, Default)]
enum Exchanged {
    /// The task has asked for nothing.
    #[default]
    Idle,
    /// The driver has not taken this need yet.
    Needed(Need),
    /// The driver fulfils the need.
    Taken,
    /// The task has not taken this reply yet.
    Replied(Reply),
}

impl Io {
    /// A connection at a time.
    pub fn new(now: Timestamp) -> Self {
        Io(Rc::new(Slot { now: Cell::new(now), exchange: RefCell::default(), jobs: RefCell::default(), logs: RefCell::default() }))
    }

    /// Time of the last resumption. As on Workers, it does not advance between two I/O operations.
    pub fn now(&self) -> Timestamp {
        self.0.now.get()
    }

    /// Suspends the task until its driver has fulfilled the need.
    ///
    /// # Errors
    /// The text of the failure, for the log. It is an error too if the task asks again before the reply: there is one need at a
    /// time.
    pub async fn ask(&self, need: Need) -> Reply {
        // The reply with which a driver starts a task belongs to no need.
        match self.0.exchange.replace(Exchanged::Needed(need)) {
            Exchanged::Idle | Exchanged::Replied(_) => {}
            asked => {
                *self.0.exchange.borrow_mut() = asked;
                return Err("a task asked for two things at once".to_owned());
            }
        }
        poll_fn(|_| match self.0.exchange.take() {
            Exchanged::Replied(reply) => Poll::Ready(reply),
            waiting => {
                *self.0.exchange.borrow_mut() = waiting;
                Poll::Pending
            }
        })
        .await
    }

    /// [`Io::ask`] for a reply that is text.
    ///
    /// # Errors
    /// Those of [`Io::ask`], and if the reply is not UTF-8.
    pub async fn ask_text(&self, need: Need) -> Result<String, String> {
        String::from_utf8(self.ask(need).await?).map_err(|error| error.to_string())
    }

    /// [`Io::ask`] for a response.
    ///
    /// # Errors
    /// Those of [`Io::ask_text`], and if the reply is not the head of a response.
    pub async fn ask_response(&self, need: Need) -> Result<Received, String> {
        Received::parse(&self.ask_text(need).await?).ok_or_else(|| "the head of a response cannot be parsed".to_owned())
    }

    /// Waits.
    pub async fn wait(&self, time: Duration) {
        let ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        // A timer cannot fail; if the driver says so, the task continues at once.
        let _ = self.ask(Need::Wait { ms }).await;
    }

    /// Starts work that the task does not wait for. It runs beside the task, and goes on after it.
    pub fn start_jobs(&self, jobs: Vec<Job>) {
        self.0.jobs.borrow_mut().extend(jobs);
    }

    /// Adds a line to the log.
    pub fn log(&self, level: Level, line: String) {
        self.0.logs.borrow_mut().push((level, line));
    }

    /// Sets the time and the reply to the pending need.
    pub(crate) fn resume(&self, now: Timestamp, reply: Reply) {
        self.0.now.set(now);
        *self.0.exchange.borrow_mut() = Exchanged::Replied(reply);
    }

    /// Takes the pending need.
    pub(crate) fn take_need(&self) -> Option<Need> {
        match self.0.exchange.replace(Exchanged::Taken) {
            Exchanged::Needed(need) => Some(need),
            other => {
                *self.0.exchange.borrow_mut() = other;
                None
            }
        }
    }

    /// Takes the jobs that were started since the last call.
    pub(crate) fn take_jobs(&self) -> Vec<Job> {
        self.0.jobs.take()
    }

    /// Takes the lines that were logged since the last call.
    pub(crate) fn take_logs(&self) -> Vec<(Level, String)> {
        self.0.logs.take()
    }
}

/// Head of a response that the driver holds; its body has not been read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Received {
    /// Status.
    pub status: u16,
    /// Headers. Values of the same name are combined, except for `Set-Cookie`.
    pub headers: Vec<Header>,
}

impl Received {
    /// Parses a line with the status, then a line for each name and each value.
    pub fn parse(text: &str) -> Option<Self> {
        let (status, headers) = text.split_once('\n').unwrap_or((text, ""));
        Some(Received { status: status.parse().ok()?, headers: parse_headers(headers)? })
    }
}

/// Parses headers: a line for each name and each value; `None` if the last value is missing.
pub fn parse_headers(text: &str) -> Option<Vec<Header>> {
    let mut headers = Vec::with_capacity(16);
    let mut lines = text.split('\n');
    while let Some(name) = lines.next().filter(|name| !name.is_empty()) {
        headers.push((name.to_owned(), lines.next()?.to_owned()));
    }
    lines.next().is_none().then_some(headers)
}

/// Value of the header with a lower-case name.
pub fn find_header<'h>(headers: &'h [Header], name: &str) -> Option<&'h str> {
    headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::future::Future;
    use core::pin::pin;
    use core::task::{Context, Waker};

    #[test]
    fn headers_are_pairs_of_lines_and_an_empty_value_is_a_value() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(parse_headers(""), Some(vec![]));
        assert_eq!(parse_headers("a\n1\nb\n\nc\n3"), Some(vec![pair("a", "1"), pair("b", ""), pair("c", "3")]));
        for broken in ["a", "a\n1\nb", "\na\n1", "a\n1\n\nb\n2"] {
            assert_eq!(parse_headers(broken), None, "{broken:?}");
        }
        assert_eq!(Received::parse("204"), Some(Received { status: 204, headers: vec![] }));
        assert_eq!(Received::parse("200\netag\n\"1\"").unwrap().headers, [pair("etag", "\"1\"")]);
        for broken in ["", "x", "-1", "200\netag", "70000"] {
            assert_eq!(Received::parse(broken), None, "{broken:?}");
        }
    }

    const WAIT: Need = Need::Wait { ms: 7 };

    #[test]
    fn a_task_waits_for_the_reply_to_its_need() {
        let (io, context) = (Io::new(Timestamp::from_millis(1)), &mut Context::from_waker(Waker::noop()));
        io.resume(Timestamp::from_millis(1), Ok(b"of nothing".to_vec()));
        let mut task = pin!(io.ask(WAIT));
        assert!(task.as_mut().poll(context).is_pending());
        assert_eq!(io.take_need(), Some(WAIT));
        assert!(task.as_mut().poll(context).is_pending(), "a poll without a reply changes nothing");
        io.resume(Timestamp::from_millis(2), Ok(vec![7]));
        assert_eq!(task.as_mut().poll(context), Poll::Ready(Ok(vec![7])));
        assert_eq!(io.now(), Timestamp::from_millis(2));
    }

    #[test]
    fn a_task_asks_for_one_thing_at_a_time() {
        let (io, context) = (Io::new(Timestamp::from_millis(1)), &mut Context::from_waker(Waker::noop()));
        let mut first = pin!(io.ask(Need::Asset { page: true }));
        assert!(first.as_mut().poll(context).is_pending());
        assert!(matches!(pin!(io.ask(WAIT)).poll(context), Poll::Ready(Err(_))), "before the driver took the need");
        assert_eq!(io.take_need(), Some(Need::Asset { page: true }));
        assert!(matches!(pin!(io.ask(WAIT)).poll(context), Poll::Ready(Err(_))), "and after it");
        io.resume(Timestamp::from_millis(2), Ok(vec![7]));
        assert_eq!(first.as_mut().poll(context), Poll::Ready(Ok(vec![7])));
    }
}
