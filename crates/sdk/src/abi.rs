//! Input and output buffers in linear memory, shared with JavaScript.
#![expect(
    unsafe_code,
    reason = "INVARIANT (one-thread): wasm without threads has one thread, and no function here calls another, so each
    has the only reference; INVARIANT (utf8-input): pkg/src/engine/abi.ts writes only the output of a TextEncoder"
)]

use alloc::string::String;
use alloc::vec::Vec;
use core::cell::UnsafeCell;
use core::ptr::null;

/// Address and length of the output bytes; JavaScript reads both as 32-bit words.
#[repr(C)]
pub struct Output {
    address: *const u8,
    length: usize,
    bytes: Vec<u8>,
}

struct Buffers {
    input: UnsafeCell<Vec<u8>>,
    output: UnsafeCell<Output>,
}

// SAFETY: one-thread.
unsafe impl Sync for Buffers {}

static BUFFERS: Buffers =
    Buffers { input: UnsafeCell::new(Vec::new()), output: UnsafeCell::new(Output { address: null(), length: 0, bytes: Vec::new() }) };

/// Resizes the input buffer and returns the address at which to write that many bytes of UTF-8.
///
/// May grow the memory, which detaches all existing `ArrayBuffer`s of it in JavaScript.
#[unsafe(no_mangle)]
pub extern "C" fn alloc_input(length: usize) -> *mut u8 {
    // SAFETY: one-thread.
    let input = unsafe { &mut *BUFFERS.input.get() };
    input.resize(length, 0);
    input.as_mut_ptr()
}

/// Returns the address of the [`Output`] of the last call, valid until the next call of another export.
#[unsafe(no_mangle)]
pub extern "C" fn output() -> *const Output {
    BUFFERS.output.get()
}

/// Takes the input text out of its buffer, which is empty afterwards.
pub(crate) fn take_input() -> String {
    // SAFETY: one-thread, utf8-input.
    unsafe { String::from_utf8_unchecked(core::mem::take(&mut *BUFFERS.input.get())) }
}

/// Replaces the output.
pub(crate) fn set_output(bytes: Vec<u8>) {
    // SAFETY: one-thread.
    let output = unsafe { &mut *BUFFERS.output.get() };
    (output.address, output.length) = (bytes.as_ptr(), bytes.len());
    output.bytes = bytes;
}
