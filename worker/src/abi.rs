//! Exports of the wasm module: numbers only, with one input and one output buffer in linear memory.
#![expect(
    unsafe_code,
    reason = "INVARIANT (one-thread): wasm without threads has one thread, no export calls another, and the module imports
    nothing through which JavaScript could call back, so each export has the only reference to the state; the panic hook, which
    runs inside an export, uses a state of its own"
)]

use crate::config::{Config, Environment};
use crate::encode::{self, Bytes};
use crate::http::dispatch::RequestEntropy;
use crate::http::request::RequestHead;
use crate::tasks::{Progress, Worker};
use core::cell::UnsafeCell;
use core::ptr::null;
use rolecall_core::domain::time::Timestamp;

/// Addresses and lengths of the output; the entry reads all four as 32-bit words.
#[repr(C)]
pub struct Output {
    text: *const u8,
    text_length: usize,
    bytes: *const u8,
    bytes_length: usize,
}

struct State {
    input: Vec<u8>,
    worker: Option<Worker>,
    text: String,
    bytes: Bytes,
    output: Output,
}

struct Shared(UnsafeCell<State>);

/// Place of a panic in the source, with its address and length. Not the message, which can quote data of a request.
struct Panic {
    place: String,
    output: [usize; 2],
}

struct SharedPanic(UnsafeCell<Panic>);

// SAFETY: one-thread.
unsafe impl Sync for SharedPanic {}

static PANIC: SharedPanic = SharedPanic(UnsafeCell::new(Panic { place: String::new(), output: [0, 0] }));

// SAFETY: one-thread.
unsafe impl Sync for Shared {}

static STATE: Shared = Shared(UnsafeCell::new(State {
    input: Vec::new(),
    worker: None,
    text: String::new(),
    bytes: Bytes::Static(&[]),
    output: Output { text: null(), text_length: 0, bytes: null(), bytes_length: 0 },
}));

/// Number of random bytes at the start of the input of [`start`] and [`call`].
const ENTROPY: usize = 48;

fn state() -> &'static mut State {
    // SAFETY: one-thread.
    unsafe { &mut *STATE.0.get() }
}

/// The state without the output of the last call, so that no call can return data of another request.
fn begin() -> &'static mut State {
    let state = state();
    state.set_output(String::new(), Bytes::Static(&[]));
    state
}

impl State {
    fn set_output(&mut self, text: String, bytes: Bytes) {
        (self.text, self.bytes) = (text, bytes);
        let bytes = self.bytes.as_slice();
        self.output = Output { text: self.text.as_ptr(), text_length: self.text.len(), bytes: bytes.as_ptr(), bytes_length: bytes.len() };
    }

    fn set_progress(&mut self, progress: Progress) {
        let (text, bytes) = encode::progress(progress);
        self.set_output(text, bytes);
    }

    fn take_input(&mut self, length: usize) -> Vec<u8> {
        let mut input = core::mem::take(&mut self.input);
        input.truncate(length);
        input
    }

    fn text(&mut self, length: usize) -> String {
        String::from_utf8_lossy(&self.take_input(length)).into_owned()
    }

    fn environment(&mut self, length: usize) -> Environment {
        serde_json::from_str(&self.text(length)).unwrap_or_default()
    }

    fn worker(&mut self) -> &mut Worker {
        self.worker.get_or_insert_with(|| Worker::new(&Environment::default()))
    }
}

/// Resizes the input buffer and returns its address. May grow the memory, which detaches all existing `ArrayBuffer`s of it.
#[unsafe(no_mangle)]
pub extern "C" fn alloc_input(length: usize) -> *mut u8 {
    let state = begin();
    state.input.resize(length, 0);
    state.input.as_mut_ptr()
}

/// Address of the [`Output`] of the last call, valid until the next call of another export.
#[unsafe(no_mangle)]
pub extern "C" fn output() -> *const Output {
    &state().output
}

/// Address of the address and the length of the text that tells where a panic happened; empty if none did.
#[unsafe(no_mangle)]
pub extern "C" fn panic_place() -> *const [usize; 2] {
    // SAFETY: one-thread.
    unsafe { &raw const (*PANIC.0.get()).output }
}

/// Creates the Worker from the [`Environment`] in the input, as JSON. The output is the constant parts of responses.
#[unsafe(no_mangle)]
pub extern "C" fn configure(length: usize) {
    std::panic::set_hook(Box::new(|info| {
        // SAFETY: one-thread; nothing else refers to this state before the trap that follows.
        let panic = unsafe { &mut *PANIC.0.get() };
        panic.place = info.location().map(ToString::to_string).unwrap_or_default();
        panic.output = [panic.place.as_ptr() as usize, panic.place.len()];
    }));
    let state = begin();
    let environment = state.environment(length);
    let worker = Worker::new(&environment);
    let constants = encode::constants(worker.origin());
    state.worker = Some(worker);
    state.set_output(constants, Bytes::Static(&[]));
}

/// Checks the [`Environment`] in the input, as JSON, for tools. The output is the list of its faults, as JSON.
#[unsafe(no_mangle)]
pub extern "C" fn check(length: usize) {
    let state = begin();
    let environment = state.environment(length);
    let faults = Config::of(&environment).err().map(|invalid| invalid.0).unwrap_or_default();
    state.set_output(serde_json::to_string(&faults).unwrap_or_default(), Bytes::Static(&[]));
}

/// Starts a request. The input is random bytes, then the head of the request ([`RequestHead::parse`]). The output is its progress.
#[unsafe(no_mangle)]
pub extern "C" fn start(length: usize, has_body: bool, now: f64) {
    let state = begin();
    let input = state.take_input(length);
    let (entropy, head) = split_entropy(&input);
    let head = RequestHead::parse(&String::from_utf8_lossy(head), has_body);
    // Without a head the output remains empty, which the entry answers like a trap.
    if let Some((entropy, head)) = entropy.zip(head) {
        let progress = state.worker().start(head, entropy, timestamp(now));
        state.set_progress(progress);
    }
}

/// Starts a call of another Worker. The input is random bytes, then the call as JSON. The output is its progress.
#[unsafe(no_mangle)]
pub extern "C" fn call(length: usize, now: f64) {
    let state = begin();
    let input = state.take_input(length);
    // Without random bytes the output remains empty, which the entry answers like a trap.
    if let (Some(entropy), call) = split_entropy(&input) {
        let progress = state.worker().call(call.to_vec(), entropy, timestamp(now));
        state.set_progress(progress);
    }
}

/// Starts the handler of a scheduled event. The output is its progress.
#[unsafe(no_mangle)]
pub extern "C" fn scheduled(now: f64) {
    let state = begin();
    let progress = state.worker().scheduled(timestamp(now));
    state.set_progress(progress);
}

/// Continues a task with the reply in the input: what it asked for, or the text of an error. The output is its progress.
#[unsafe(no_mangle)]
pub extern "C" fn resume(id: f64, ok: bool, length: usize, now: f64) {
    let state = begin();
    let reply = if ok { Ok(state.take_input(length)) } else { Err(state.text(length)) };
    let progress = state.worker().resume(task_id(id), reply, timestamp(now));
    state.set_progress(progress);
}

/// Drops a task.
#[unsafe(no_mangle)]
pub extern "C" fn cancel(id: f64) {
    begin().worker().cancel(task_id(id));
}

/// Number of tasks that wait, for tests.
#[unsafe(no_mangle)]
pub extern "C" fn waiting() -> usize {
    state().worker().waiting()
}

fn split_entropy(input: &[u8]) -> (Option<RequestEntropy>, &[u8]) {
    let (entropy, rest) = input.split_at_checked(ENTROPY).unwrap_or_default();
    (entropy.first_chunk().copied().zip(entropy.last_chunk().copied()), rest)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the entry returns ids that it got, which are exact")]
fn task_id(id: f64) -> u64 {
    id as u64
}

#[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 are exact, and a cast saturates")]
fn timestamp(now: f64) -> Timestamp {
    Timestamp::from_millis(now as i64)
}
