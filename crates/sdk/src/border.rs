//! The two pieces of memory through which text comes in and answers go out.
#![expect(
    unsafe_code,
    reason = "INVARIANT (one-thread): wasm without threads has one, and no function here calls another, so that each
    holds the only reference; INVARIANT (utf8-in): pkg/src/engine/glue.ts writes only what a TextEncoder made"
)]

use alloc::string::String;
use alloc::vec::Vec;
use core::cell::UnsafeCell;
use core::ptr::null;
use wasm_bindgen::prelude::wasm_bindgen;

/// What JavaScript reads after a call: where the answer stands, and its length.
#[repr(C)]
pub struct Answer {
    at: *const u8,
    length: usize,
    bytes: Vec<u8>,
}

struct Border {
    text: UnsafeCell<Vec<u8>>,
    answer: UnsafeCell<Answer>,
}

// SAFETY: one-thread.
unsafe impl Sync for Border {}

static BORDER: Border =
    Border { text: UnsafeCell::new(Vec::new()), answer: UnsafeCell::new(Answer { at: null(), length: 0, bytes: Vec::new() }) };

/// Where a text of this many bytes is to be written before a call.
#[wasm_bindgen]
pub fn room(length: usize) -> *mut u8 {
    // SAFETY: one-thread.
    let text = unsafe { &mut *BORDER.text.get() };
    text.resize(length, 0);
    text.as_mut_ptr()
}

/// Where the last call's answer stands, until the next call.
#[wasm_bindgen]
pub fn answer() -> *const Answer {
    BORDER.answer.get()
}

/// The text that was written, which is thereby used up.
pub(crate) fn text() -> String {
    // SAFETY: one-thread, utf8-in.
    unsafe { String::from_utf8_unchecked(core::mem::take(&mut *BORDER.text.get())) }
}

pub(crate) fn answer_with(bytes: Vec<u8>) {
    // SAFETY: one-thread.
    let answer = unsafe { &mut *BORDER.answer.get() };
    (answer.at, answer.length) = (bytes.as_ptr(), bytes.len());
    answer.bytes = bytes;
}
