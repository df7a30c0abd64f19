//! The Worker as a state machine without I/O: requests and events in, needs and responses out.
//!
//! Each request, call, scheduled event, job and streamed body is a task: a future that is polled at its start and at each reply, and
//! at no other time. There is no waker and no scheduler: the driver decides when each reply arrives, so a test can run any
//! interleaving.
//!
//! INVARIANT (no-shared-requests): a reply reaches the task with the id that asked; ids are not used twice; a task that has ended
//! or was cancelled is dropped with everything that it held.

use crate::background;
use crate::config::{Config, Environment};
use crate::http::dispatch::{RequestEntropy, dispatch};
pub use crate::http::finish::{OutgoingBody, OutgoingResponse};
use crate::http::request::RequestHead;
use crate::http::response::BodyStream;
use crate::io::{Io, Job, Level, Need, Reply};
use crate::isolate::Isolate;
use crate::rpc;
use core::task::{Context, Poll, Waker};
use rolecall_core::domain::time::Timestamp;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

/// Id of a task. Exact as a JavaScript number for longer than an isolate lives.
pub type TaskId = u64;

/// Least number of tasks at which abandoned ones are looked for before [`SEARCH_SECONDS`] have passed.
const ABANDONED_SEARCH_MIN: usize = 256;
/// Time in seconds after which abandoned tasks are looked for.
const SEARCH_SECONDS: i64 = 60;
/// Time in seconds after which a task whose driver has not replied is abandoned: longer than the platform takes to fulfil a need.
/// The platform may end a driver whose client disconnected before it can cancel the task.
const ABANDONED_SECONDS: i64 = 2 * 60;
/// The same for needs that wait for the client or the upstream. It is longer than the longest timeout of the upstream; a client that
/// reads no chunk for so long loses its streamed body.
const ABANDONED_SECONDS_WITH_PEERS: i64 = 15 * 60;

/// What a task does next.
pub enum Step {
    /// The task waits for the reply to a need.
    Need(Need),
    /// The task has ended with a response.
    Response(OutgoingResponse<TaskId>),
    /// The task has ended with the result of a call, as JSON.
    Value(String),
    /// The task has ended without a response. `Err` if it was a streamed body that must be aborted.
    End(Result<(), ()>),
}

/// A step of a task, and the lines that it logged.
pub struct Progress {
    /// Id of the task.
    pub id: TaskId,
    /// The step.
    pub step: Step,
    /// Tasks that the driver starts beside this one, by resuming them with an empty reply.
    pub jobs: Vec<TaskId>,
    /// Lines for the log.
    pub logs: Vec<(Level, String)>,
}

enum Output {
    Response(OutgoingResponse),
    Value(String),
    End(Result<(), ()>),
}

type TaskFuture = Pin<Box<dyn Future<Output = Output>>>;

struct Task {
    future: TaskFuture,
    io: Io,
    /// Time in seconds after which the task is abandoned if its driver does not reply.
    patience: i64,
}

/// The Worker of one isolate.
pub struct Worker {
    isolate: Result<Rc<Isolate>, String>,
    tasks: BTreeMap<TaskId, Task>,
    last_id: TaskId,
    /// Number of tasks at which abandoned ones are looked for: twice those that the last search left, so that its cost is shared by
    /// as many requests.
    next_search: usize,
    searched_at: Timestamp,
}

impl Worker {
    /// Reads the configuration. If it is invalid, every request is answered with a failure, whose cause is logged.
    pub fn new(environment: &Environment) -> Self {
        let isolate = Config::of(environment).map(|config| Rc::new(Isolate::new(Rc::new(config)))).map_err(|invalid| invalid.to_string());
        Worker { isolate, tasks: BTreeMap::new(), last_id: 0, next_search: ABANDONED_SEARCH_MIN, searched_at: Timestamp::from_millis(0) }
    }

    /// Public origin; empty if the configuration is invalid.
    pub fn origin(&self) -> &str {
        self.isolate.as_ref().map_or("", |isolate| &isolate.config.origin)
    }

    /// Starts a request. `entropy` must come from a cryptographic source and be fresh for each request.
    pub fn start(&mut self, head: RequestHead, entropy: RequestEntropy, now: Timestamp) -> Progress {
        let (isolate, io) = (self.isolate.clone(), Io::new(now));
        let request = dispatch(head, isolate, io.clone(), entropy);
        self.drop_abandoned(now);
        let future = Box::pin(async move { Output::Response(request.await) });
        let id = self.next_id();
        self.poll(id, Task { future, io, patience: ABANDONED_SECONDS })
    }

    /// Starts a call of another Worker ([`ServiceCall`](rolecall_wire::service_call::ServiceCall)). `entropy` is as in [`Worker::start`].
    pub fn call(&mut self, call: Vec<u8>, entropy: RequestEntropy, now: Timestamp) -> Progress {
        let (isolate, io) = (self.isolate.clone(), Io::new(now));
        let answer = rpc::answer(call, isolate, io.clone(), entropy);
        self.drop_abandoned(now);
        let future = Box::pin(async move { Output::Value(answer.await) });
        let id = self.next_id();
        self.poll(id, Task { future, io, patience: ABANDONED_SECONDS })
    }

    /// Starts the handler of a scheduled event.
    pub fn scheduled(&mut self, now: Timestamp) -> Progress {
        let (isolate, io) = (self.isolate.clone(), Io::new(now));
        let task = io.clone();
        let future = Box::pin(async move {
            match isolate {
                Ok(isolate) => background::scheduled(&isolate.config, &task).await,
                Err(fault) => background::log_failure(&task, "background", &Err(rolecall_app::Fault::new(fault))),
            }
            Output::End(Ok(()))
        });
        let id = self.next_id();
        self.poll(id, Task { future, io, patience: ABANDONED_SECONDS })
    }

    /// Continues a task with the reply to its need. The reply to a task that has ended or was cancelled is ignored.
    pub fn resume(&mut self, id: TaskId, reply: Reply, now: Timestamp) -> Progress {
        let Some(task) = self.tasks.remove(&id) else {
            return Progress { id, step: Step::End(Err(())), jobs: Vec::new(), logs: Vec::new() };
        };
        task.io.resume(now, reply);
        self.poll(id, task)
    }

    /// Drops a task that its driver will not continue.
    pub fn cancel(&mut self, id: TaskId) {
        self.tasks.remove(&id);
    }

    /// Number of tasks that wait.
    pub fn waiting(&self) -> usize {
        self.tasks.len()
    }

    fn next_id(&mut self) -> TaskId {
        self.last_id += 1;
        self.last_id
    }

    fn poll(&mut self, id: TaskId, mut task: Task) -> Progress {
        let polled = task.future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        let (io, mut logs) = (task.io.clone(), task.io.take_logs());
        let step = match (polled, io.take_need()) {
            (Poll::Ready(Output::Response(response)), _) => Step::Response(response.map_stream(|stream| self.add_stream(stream, &io))),
            (Poll::Ready(Output::Value(value)), _) => Step::Value(value),
            (Poll::Ready(Output::End(end)), _) => Step::End(end),
            (Poll::Pending, Some(need)) => {
                let waits_for_peers = matches!(need, Need::Forward(_) | Need::Chunk { .. } | Need::Body { .. });
                task.patience = if waits_for_peers { ABANDONED_SECONDS_WITH_PEERS } else { ABANDONED_SECONDS };
                self.tasks.insert(id, task);
                Step::Need(need)
            }
            (Poll::Pending, None) => {
                // Nothing would poll it again.
                logs.push((Level::Error, r#"{"level":"error","message":"a task awaits something that no driver performs"}"#.to_owned()));
                Step::End(Err(()))
            }
        };
        let jobs = io.take_jobs().into_iter().filter_map(|job| self.add_job(job, io.now())).collect();
        Progress { id, step, jobs, logs }
    }

    /// Adds the task of a streamed body. It has the request's connection, because the request has ended.
    fn add_stream(&mut self, stream: BodyStream, io: &Io) -> TaskId {
        self.add(Box::pin(async move { Output::End(stream.await) }), io.clone())
    }

    fn add_job(&mut self, job: Job, now: Timestamp) -> Option<TaskId> {
        let (isolate, io) = (self.isolate.clone().ok()?, Io::new(now));
        let work = background::run(job, isolate, io.clone());
        let future = Box::pin(async move {
            work.await;
            Output::End(Ok(()))
        });
        Some(self.add(future, io))
    }

    /// Adds a task that has not started. Its first resumption starts it.
    fn add(&mut self, future: TaskFuture, io: Io) -> TaskId {
        let id = self.next_id();
        self.tasks.insert(id, Task { future, io, patience: ABANDONED_SECONDS_WITH_PEERS });
        id
    }

    fn drop_abandoned(&mut self, now: Timestamp) {
        if self.tasks.len() < self.next_search && now < self.searched_at.plus_seconds(SEARCH_SECONDS) {
            return;
        }
        self.tasks.retain(|_, task| now < task.io.now().plus_seconds(task.patience));
        self.next_search = ABANDONED_SEARCH_MIN.max(2 * self.tasks.len());
        self.searched_at = now;
    }
}
