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
use rolecall_core::domain::time::Timestamp;
use rolecall_store::Statement;
use std::rc::Rc;

/// Name and value of a header. Names of received headers are in lower case.
pub type Header = (String, String);

/// One thing that a task cannot do by itself. The reply is described at each.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Need {
    /// Run statements as one transaction on D1. Reply: the JSON of D1's results, one for each statement.
    Database(Vec<Statement>),
    /// Read a key of KV. Reply: the value as a JSON string; `null` if there is none or KV does not respond in time.
    KvGet {
        /// Key.
        key: String,
        /// Time for which a location caches the value.
        cache: Duration,
        /// Maximum time to wait for KV.
        timeout: Duration,
    },
    /// Write a key of KV. Reply: empty.
    KvPut {
        /// Key.
        key: String,
        /// Value.
        value: String,
        /// Time after which KV deletes the key.
        ttl: Duration,
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
        /// Maximum number of bytes. A longer body is an error with the text [`TOO_LARGE`].
        max: u64,
        /// Whether the platform has checked the length, so that the bytes need not be counted as they arrive.
        counted: bool,
    },
    /// Fetch a file of the console. Reply: the head of the response ([`Received`]).
    Asset {
        /// Whether to fetch the console's page instead of the requested path.
        page: bool,
    },
    /// Send the request to the upstream. Reply: the head of the response ([`Received`]).
    Forward(Forward),
    /// Wait. Reply: empty.
    Wait(Duration),
    /// Send a mail through the binding `EMAIL`. Reply: empty.
    SendEmail(Email),
    /// Send JSON with POST. Reply: the head of the response ([`Received`]).
    Post {
        /// URL.
        url: String,
        /// Headers.
        headers: Vec<Header>,
        /// JSON text.
        body: String,
    },
    /// Write a chunk of a streamed body. Reply: empty, as soon as the client can take another chunk.
    Chunk(String),
}

/// Request to the upstream. The body of the client's request is streamed to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Forward {
    /// URL.
    pub url: String,
    /// Whether to send it through the service binding `UPSTREAM` instead of over the network.
    pub service: bool,
    /// Method.
    pub method: String,
    /// Headers; names are unique.
    pub headers: Vec<Header>,
    /// Maximum time until the head of the response, else the error [`TIMEOUT`].
    pub timeout: Duration,
    /// Maximum number of bytes of a body whose length is unknown, else the error [`TOO_LARGE`]; `None` if the platform checks
    /// the length.
    pub body_max: Option<u64>,
    /// Whether the request has a body to send.
    pub body: bool,
}

/// Mail for the binding `EMAIL`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Email {
    /// Address of the sender.
    pub from: String,
    /// Address of the receiver.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// Plain text body.
    pub text: String,
    /// HTML body.
    pub html: String,
}

/// Error of [`Need::Forward`] if the upstream does not respond in time.
pub const TIMEOUT: &str = "timeout";
/// Error of a body with more bytes than permitted.
pub const TOO_LARGE: &str = "too-large";

/// What the driver obtained: the bytes that the need describes, or an error's text for the log.
pub type Reply = Result<Vec<u8>, String>;

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
    need: RefCell<Option<Need>>,
    reply: RefCell<Option<Reply>>,
    logs: RefCell<Vec<(Level, String)>>,
}

impl Io {
    /// A connection at a time.
    pub fn new(now: Timestamp) -> Self {
        Io(Rc::new(Slot { now: Cell::new(now), need: RefCell::default(), reply: RefCell::default(), logs: RefCell::default() }))
    }

    /// Time of the last resumption. As on Workers, it does not advance between two I/O operations.
    pub fn now(&self) -> Timestamp {
        self.0.now.get()
    }

    /// Suspends the task until its driver has fulfilled the need.
    ///
    /// # Errors
    /// The text of the failure, for the log. It is an error too if the task asks twice at once: there is one need at a time.
    pub async fn ask(&self, need: Need) -> Reply {
        if self.0.need.borrow().is_some() {
            return Err("a task asked for two things at once".to_owned());
        }
        *self.0.need.borrow_mut() = Some(need);
        // Starting a task is a reply to nothing.
        self.0.reply.take();
        poll_fn(|_| self.0.reply.borrow_mut().take().map_or(Poll::Pending, Poll::Ready)).await
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
        // A timer cannot fail; if the driver says so, the task continues at once.
        let _ = self.ask(Need::Wait(time)).await;
    }

    /// Adds a line to the log.
    pub fn log(&self, level: Level, line: String) {
        self.0.logs.borrow_mut().push((level, line));
    }

    /// Sets the time and the reply to the pending need.
    pub(crate) fn resume(&self, now: Timestamp, reply: Reply) {
        self.0.now.set(now);
        *self.0.reply.borrow_mut() = Some(reply);
    }

    /// Takes the pending need.
    pub(crate) fn take_need(&self) -> Option<Need> {
        self.0.need.borrow_mut().take()
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

    #[test]
    fn a_task_waits_for_the_reply_to_its_need() {
        let (io, context) = (Io::new(Timestamp::from_millis(1)), &mut Context::from_waker(Waker::noop()));
        let mut task = pin!(io.ask(Need::Wait(Duration::ZERO)));
        assert!(task.as_mut().poll(context).is_pending());
        assert_eq!(io.take_need(), Some(Need::Wait(Duration::ZERO)));
        assert!(task.as_mut().poll(context).is_pending(), "a poll without a reply changes nothing");
        io.resume(Timestamp::from_millis(2), Ok(vec![7]));
        assert_eq!(task.as_mut().poll(context), Poll::Ready(Ok(vec![7])));
        assert_eq!(io.now(), Timestamp::from_millis(2));
    }

    #[test]
    fn a_task_asks_for_one_thing_at_a_time() {
        let (io, context) = (Io::new(Timestamp::from_millis(1)), &mut Context::from_waker(Waker::noop()));
        let (mut first, mut second) = (pin!(io.ask(Need::Chunk(String::new()))), pin!(io.ask(Need::Wait(Duration::ZERO))));
        assert!(first.as_mut().poll(context).is_pending());
        assert!(matches!(second.as_mut().poll(context), Poll::Ready(Err(_))));
        assert_eq!(io.take_need(), Some(Need::Chunk(String::new())));
    }
}
