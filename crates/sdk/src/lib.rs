//! The engine of the npm package: `rolecall-policy` and the verifier of `rolecall-audit`, bound to JavaScript.
//!
//! In scope: crossing the border. Out of scope: every rule (`policy`, `audit`), and the public shape (`pkg/src`).
//!
//! How it crosses: only numbers do. JavaScript asks for `room`, writes its text there, calls, and reads what `answer`
//! points at. No export takes or gives a JavaScript value, since V8 gives up on optimising a hot export that does, and
//! no text crosses as an argument, since each would bring half a kilobyte of its own. Checks do not cross at all: the
//! bits that decide them are computed here, once, and read by JavaScript.
#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

mod border;
#[cfg(target_arch = "wasm32")]
mod runtime;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::ptr::null_mut;
use rolecall_audit::Verifier;
use rolecall_json::cut;
use rolecall_policy::{Freshness, PermissionSet, Policy, RouteMatch};
use wasm_bindgen::prelude::wasm_bindgen;

/// A policy that JavaScript holds by its address: `open` gives it, `close` takes it back.
pub struct Rules(Policy);

/// Reads a policy. Answers what each built-in role grants, 32 bytes a role in the policy's order; or, with no address,
/// the fault in lines: code, pointer and the faulty text (which may have lines itself).
#[wasm_bindgen]
pub fn open() -> *mut Rules {
    match Policy::parse(&border::text()) {
        Ok(policy) => {
            let mut bits = Vec::new();
            policy.roles().iter().for_each(|role| push_bits(role.permissions, &mut bits));
            border::answer_with(bits);
            Box::into_raw(Box::new(Rules(policy)))
        }
        Err(error) => {
            answer_lines(&[error.code(), error.pointer(), error.value()]);
            null_mut()
        }
    }
}

/// Gives a policy's memory back.
#[wasm_bindgen]
#[expect(
    unsafe_code,
    clippy::not_unsafe_ptr_arg_deref,
    reason = "INVARIANT (one-owner): pkg/src/engine/policy.ts closes what it opened once, and asks no more"
)]
pub fn close(rules: *mut Rules) {
    // SAFETY: one-owner.
    drop(unsafe { Box::from_raw(rules) });
}

/// Answers the set that codes name, one a line; nothing where the policy does not have one of them.
#[wasm_bindgen]
#[expect(unsafe_code, clippy::not_unsafe_ptr_arg_deref, reason = "INVARIANT (one-owner)")]
pub fn set(rules: *const Rules) {
    // SAFETY: one-owner.
    let Rules(policy) = unsafe { &*rules };
    let mut bits = Vec::new();
    if let Some(set) = named(policy, &border::text()) {
        push_bits(set, &mut bits);
    }
    border::answer_with(bits);
}

/// Which permission a request needs: a line for the method, a line for the path. Answers permission, freshness,
/// pattern, and name and value of each parameter, in lines; nothing where no route matches.
#[wasm_bindgen]
#[expect(unsafe_code, clippy::not_unsafe_ptr_arg_deref, reason = "INVARIANT (one-owner)")]
pub fn route(rules: *const Rules) {
    // SAFETY: one-owner.
    let Rules(policy) = unsafe { &*rules };
    let request = border::text();
    let (method, path) = cut(&request, b'\n');
    let mut parts = Vec::new();
    if let RouteMatch::Match { route, params } = policy.match_route(method, path.unwrap_or("")) {
        let freshness = match route.freshness {
            Freshness::Token => "token",
            Freshness::Live => "live",
        };
        parts.extend([policy.code(route.permission), freshness, &route.pattern]);
        for (name, value) in params {
            parts.extend([name, value]);
        }
    }
    answer_lines(&parts);
}

/// Verifies the next lines of an audit log, after so many events: a line for the last one's hash (empty for none), then
/// the log. Gives how many events were found whole by now, and answers the last one's hash; or, where the chain
/// breaks, `!` and why.
#[wasm_bindgen]
pub fn verify(events: u32) -> u32 {
    let text = border::text();
    let (last, log) = cut(&text, b'\n');
    let mut verifier = Verifier::resume(u64::from(events), last);
    match verifier.push(log.unwrap_or("")) {
        Err(broken) => answer_lines(&["!", broken.reason]),
        Ok(()) => answer_lines(&[verifier.last()]),
    }
    u32::try_from(verifier.events()).unwrap_or(u32::MAX)
}

fn named(policy: &Policy, codes: &str) -> Option<PermissionSet> {
    let mut set = PermissionSet::EMPTY;
    let mut rest = Some(codes).filter(|codes| !codes.is_empty());
    while let Some(codes) = rest {
        let (code, after) = cut(codes, b'\n');
        set.insert(policy.permission(code)?);
        rest = after;
    }
    Some(set)
}

/// The first permission is the lowest bit of the first byte.
fn push_bits(set: PermissionSet, out: &mut Vec<u8>) {
    for word in set.bit_words() {
        out.extend_from_slice(&word.to_le_bytes());
    }
}

/// Line ends stand between the parts: no code, pointer or plain path holds one.
fn answer_lines(parts: &[&str]) {
    let mut out = String::new();
    let mut between = "";
    for part in parts {
        out.push_str(between);
        between = "\n";
        out.push_str(part);
    }
    border::answer_with(out.into_bytes());
}
