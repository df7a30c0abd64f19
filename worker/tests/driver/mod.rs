//! Driver of the Worker for tests, in place of the entry and the platform: SQLite in memory, a map as KV, an upstream that says ok,
//! a clock that waiting advances. Nothing runs by itself: a test decides which task gets its reply next.

#![allow(dead_code, reason = "each test file uses some of it")]

pub mod people;
mod rsa;

use people::text;
use rolecall_core::domain::time::Timestamp;
use rolecall_store::native::InMemorySqlite;
use rolecall_store::{Database, DbError, Value};
use rolecall_worker::io::{Header, Need, Reply, TOO_LARGE};
use rolecall_worker::tasks::{OutgoingBody, OutgoingResponse, Progress, Step, TaskId, Worker};
use rolecall_worker::{Environment, RequestHead};
use serde_json::{Map, json};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

pub const POLICY: &str = include_str!("../../../policy/default.json");
pub const ORIGIN: &str = "http://localhost:8787";
const STARTED: i64 = 1_790_000_000_000;

/// A request with its whole body.
#[derive(Clone, Default, Debug)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub headers: Vec<Header>,
    pub body: Option<Vec<u8>>,
}

/// A task that a test advances, and what belongs to its request alone.
pub struct Call {
    pub id: TaskId,
    pub step: Step,
    /// Jobs that it has started, and which nothing runs yet.
    pub jobs: Vec<TaskId>,
    body: Vec<u8>,
    received: Vec<u8>,
}

impl Call {
    /// Whether the task waits for a reply.
    pub fn waits(&self) -> bool {
        matches!(self.step, Step::Need(_))
    }
}

/// A response with its whole body.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<Header>,
    pub body: String,
}

impl Answer {
    /// Value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().rev().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; null if it has none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

pub struct Driver {
    pub worker: RefCell<Worker>,
    pub db: InMemorySqlite,
    pub kv: RefCell<BTreeMap<String, String>>,
    pub now: Cell<i64>,
    pub log: RefCell<Vec<String>>,
    /// Removes the precondition checks from every batch, to show that a race fails without them.
    pub without_preconditions: Cell<bool>,
    /// What was sent to the mail binding and to the mail service.
    pub sent: RefCell<Vec<String>>,
    /// Status with which the mail service responds; the binding fails unless it is 2xx.
    pub mail_status: Cell<u16>,
    entropy: Cell<u8>,
}

/// The environment of a development deployment with an upstream.
pub fn environment() -> Environment {
    let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    let vars = [
        ("ENVIRONMENT", "development"),
        ("ORIGIN", ORIGIN),
        ("PRODUCT_NAME", "Rolecall"),
        ("MAIL", "log"),
        ("RATE_LIMITS", "off"),
        ("TOKEN_AUDIENCE", "tests"),
        ("LINK_KEYS", &format!("l1:{key}")),
        ("TOKEN_KEYS", &format!("t1:{key}")),
    ];
    let vars = vars.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let bindings = ["DB", "KV", "UPSTREAM"].map(str::to_owned).into();
    Environment { vars: vars.into(), bindings, policy: POLICY.to_owned(), sign_in: String::new() }
}

impl Driver {
    pub fn new() -> Self {
        Driver::with(&environment())
    }

    pub fn with(environment: &Environment) -> Self {
        Driver {
            worker: RefCell::new(Worker::new(environment)),
            db: InMemorySqlite::new().unwrap(),
            kv: RefCell::default(),
            now: Cell::new(STARTED),
            log: RefCell::default(),
            without_preconditions: Cell::new(false),
            sent: RefCell::default(),
            mail_status: Cell::new(202),
            entropy: Cell::new(0),
        }
    }

    pub fn time(&self) -> Timestamp {
        Timestamp::from_millis(self.now.get())
    }

    fn call(&self, progress: Progress, body: Vec<u8>) -> Call {
        self.log.borrow_mut().extend(progress.logs.into_iter().map(|(_, line)| line));
        Call { id: progress.id, step: progress.step, jobs: progress.jobs, body, received: Vec::new() }
    }

    /// Starts a request. It runs until its first need.
    pub fn start(&self, request: Request) -> Call {
        let entropy = self.entropy.replace(self.entropy.get().wrapping_add(1));
        let has_body = request.body.is_some();
        let head = RequestHead { method: request.method, url: format!("{ORIGIN}{}", request.path), headers: request.headers, has_body };
        let progress = self.worker.borrow_mut().start(head, ([entropy; 32], [entropy; 16]), self.time());
        self.call(progress, request.body.unwrap_or_default())
    }

    /// Fulfils the need of a task and continues it until its next one.
    pub fn advance(&self, call: &mut Call) {
        let reply = self.fulfil(call);
        self.resume(call, reply);
    }

    /// Continues a task with this reply.
    pub fn resume(&self, call: &mut Call, reply: Reply) {
        let Progress { step, jobs, logs, .. } = self.worker.borrow_mut().resume(call.id, reply, self.time());
        self.log.borrow_mut().extend(logs.into_iter().map(|(_, line)| line));
        call.jobs.extend(jobs);
        call.step = step;
    }

    /// The reply of the platform to the need of a task.
    pub fn fulfil(&self, call: &mut Call) -> Reply {
        let Step::Need(need) = &call.step else { return Err("the task needs nothing".to_owned()) };
        match need {
            Need::Database { statements } => self.run_batch(statements.clone()),
            Need::KvGet { key, .. } => Ok(json!(self.kv.borrow().get(key)).to_string().into_bytes()),
            Need::KvPut { key, value, .. } => {
                self.kv.borrow_mut().insert(key.clone(), value.clone());
                Ok(Vec::new())
            }
            Need::RateLimit { .. } => Ok(b"true".to_vec()),
            Need::Body { max: Some(max) } if u64::try_from(call.body.len()).is_ok_and(|length| length > *max) => Err(TOO_LARGE.to_owned()),
            Need::Body { .. } => Ok(call.body.clone()),
            Need::Asset { .. } => {
                call.received = b"<!doctype html><title>console</title>".to_vec();
                Ok(b"200\ncontent-type\ntext/html; charset=utf-8".to_vec())
            }
            Need::Forward(_) => {
                call.received = b"ok".to_vec();
                Ok(b"200\ncontent-type\ntext/plain".to_vec())
            }
            Need::Wait { ms } => {
                self.now.set(self.now.get() + i64::try_from(*ms).unwrap());
                Ok(Vec::new())
            }
            // No provider responds here; tests/e2e/providers has real ones.
            Need::Fetch { .. } => Err("connection refused".to_owned()),
            Need::VerifySignature { algorithm, jwk, message, signature } => {
                assert_eq!(*algorithm, "RS256");
                Ok(rsa::verify(jwk, message, signature).to_string().into_bytes())
            }
            Need::Chunk { text } => {
                call.received.extend_from_slice(text.as_bytes());
                Ok(Vec::new())
            }
            Need::SendEmail(email) => {
                self.sent.borrow_mut().push(format!("{} {} {}", email.from, email.to, email.subject));
                if self.mail_status.get() < 300 { Ok(Vec::new()) } else { Err("the address is not allowed".to_owned()) }
            }
            Need::Post { url, headers, body } => {
                self.sent.borrow_mut().push(format!("{url} {headers:?} {body}"));
                Ok(self.mail_status.get().to_string().into_bytes())
            }
        }
    }

    /// The JSON of D1's results.
    fn run_batch(&self, mut statements: Vec<rolecall_store::Statement>) -> Reply {
        if self.without_preconditions.get() {
            for statement in statements.iter_mut().filter(|statement| statement.sql.starts_with("INSERT INTO fact")) {
                *statement = rolecall_store::statement!("SELECT 1 WHERE 0");
            }
        }
        let mut batch = pin!(self.db.batch(statements));
        let Poll::Ready(results) = batch.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
            return Err("SQLite in memory does not wait".to_owned());
        };
        let results = results.map_err(|(DbError::Refused(text) | DbError::Failed(text))| text)?;
        let scalar = |value: &Value| match value {
            Value::Null => json!(null),
            Value::Integer(number) => json!(number),
            Value::Text(text) => json!(text),
        };
        let row = |row: &rolecall_store::Row| row.0.iter().map(|(name, value)| (name.clone(), scalar(value))).collect::<Map<_, _>>();
        let results: Vec<_> =
            results.iter().map(|rows| json!({ "success": true, "results": rows.iter().map(row).collect::<Vec<_>>() })).collect();
        Ok(json!(results).to_string().into_bytes())
    }

    /// Runs a task to its end. Returns its response, with the jobs that it leaves still to be started.
    pub fn run(&self, mut call: Call) -> Option<(Answer, Vec<TaskId>)> {
        while call.waits() {
            self.advance(&mut call);
        }
        let Step::Response(OutgoingResponse { status, headers, body, .. }) = call.step else { return None };
        let body = match body {
            OutgoingBody::Text(text) => text,
            OutgoingBody::Static(text) => text.to_owned(),
            OutgoingBody::Received => String::from_utf8_lossy(&call.received).into_owned(),
            OutgoingBody::Empty | OutgoingBody::WebSocket => String::new(),
            OutgoingBody::Stream(id) => String::from_utf8_lossy(&self.run_started(id)).into_owned(),
        };
        Some((Answer { status, headers, body }, call.jobs))
    }

    /// Starts a task that waits to be started. It runs until its first need.
    pub fn started(&self, id: TaskId) -> Call {
        let mut call = Call { id, step: Step::End(Ok(())), jobs: Vec::new(), body: Vec::new(), received: Vec::new() };
        self.resume(&mut call, Ok(Vec::new()));
        call
    }

    /// Starts a task that waits to be started, and runs it to its end. Returns the chunks that it wrote.
    pub fn run_started(&self, id: TaskId) -> Vec<u8> {
        let mut call = self.started(id);
        while call.waits() {
            self.advance(&mut call);
        }
        call.received
    }

    /// Sends a request, and runs it and its jobs to their end.
    pub fn send(&self, request: Request) -> Answer {
        let (answer, jobs) = self.run(self.start(request)).expect("a request ends with a response");
        for job in jobs {
            self.run_started(job);
        }
        answer
    }

    /// Starts a call of another Worker. It runs until its first need.
    pub fn start_call(&self, call: &[u8]) -> Call {
        let entropy = self.entropy.replace(self.entropy.get().wrapping_add(1));
        let progress = self.worker.borrow_mut().call(call.to_vec(), ([entropy; 32], [entropy; 16]), self.time());
        self.call(progress, Vec::new())
    }

    /// Runs a call and its jobs to their end. Returns its result, and the names of its needs.
    pub fn run_call(&self, mut call: Call) -> (serde_json::Value, Vec<String>) {
        let mut needs = Vec::new();
        while let Step::Need(need) = &call.step {
            needs.push(text_of(need));
            self.advance(&mut call);
        }
        let Step::Value(result) = call.step else { panic!("a call ends with a value") };
        for job in call.jobs {
            self.run_started(job);
        }
        (serde_json::from_str(&result).unwrap(), needs)
    }

    /// Calls a method as another Worker, and runs it and its jobs to their end.
    pub fn invoke(&self, method: &str, arguments: &serde_json::Value) -> serde_json::Value {
        self.run_call(self.start_call(json!({ "method": method, "arguments": arguments }).to_string().as_bytes())).0
    }

    /// Fires the scheduled event.
    pub fn tick(&self) {
        let progress = self.worker.borrow_mut().scheduled(self.time());
        let call = self.call(progress, Vec::new());
        assert!(self.run(call).is_none(), "an event has no response");
    }

    /// First column of the first row of a query.
    pub fn count(&self, sql: &str) -> i64 {
        match self.db.rows(sql).unwrap().first().and_then(|row| row.0.first().map(|(_, value)| value.clone())) {
            Some(Value::Integer(number)) => number,
            other => panic!("{sql}: {other:?}"),
        }
    }
}

/// Name of a need.
fn text_of(need: &Need) -> String {
    text(&json!(need), "/step")
}
