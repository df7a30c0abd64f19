//! WebAssembly bindings of `rolecall-policy` and the verifier of `rolecall-audit`, for the npm package.
//!
//! In scope: the binary interface (ABI). Out of scope: policies and verification (`policy`, `audit`), the public API (`pkg/src`).
//!
//! Every export takes and returns numbers only. JavaScript calls `alloc_input`, writes UTF-8 at the returned address,
//! calls an export, and reads the buffer that `output` describes. No export takes or returns a JavaScript value, because
//! V8 stops optimising a hot export that does. A permission check calls no export: JavaScript tests the bits of a permission
//! set computed here.
#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

mod abi;
#[cfg(target_arch = "wasm32")]
mod runtime;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::ptr::null_mut;
use rolecall_audit::Verifier;
use rolecall_json::{split_at_first, write_integer};
use rolecall_policy::{Freshness, PermissionSet, Policy, RouteMatch};

/// A policy that JavaScript owns by its address, from [`policy_new`] to [`policy_free`].
pub struct PolicyHandle(Policy);

/// Parses the policy in the input (JSON) and returns its address.
///
/// The output is the permission set of each built-in role, 32 bytes a role, in the policy's order.
///
/// # Errors
///
/// Returns the null address; the output is then the error's code, JSON pointer and value, a line each. The value comes
/// last because it may contain line feeds.
#[unsafe(no_mangle)]
#[expect(unsafe_code, reason = "INVARIANT (one-name): an export has the name by which pkg/src/engine/abi.ts calls it")]
pub extern "C" fn policy_new() -> *mut PolicyHandle {
    match Policy::parse(&abi::take_input()) {
        Ok(policy) => {
            let mut bits = Vec::new();
            policy.roles().iter().for_each(|role| push_bits(role.permissions, &mut bits));
            abi::set_output(bits);
            Box::into_raw(Box::new(PolicyHandle(policy)))
        }
        Err(error) => {
            output_lines(&[error.code(), error.pointer(), error.value()]);
            null_mut()
        }
    }
}

/// Frees a policy.
#[unsafe(no_mangle)]
#[expect(
    unsafe_code,
    clippy::not_unsafe_ptr_arg_deref,
    reason = "INVARIANT (one-owner): pkg/src/engine/policy.ts frees each policy once, and does not use it afterwards"
)]
pub extern "C" fn policy_free(policy: *mut PolicyHandle) {
    // SAFETY: one-owner.
    drop(unsafe { Box::from_raw(policy) });
}

/// Computes the permission set of the codes in the input, one a line.
///
/// The output is the set (32 bytes), or empty when the policy does not define one of the codes.
#[unsafe(no_mangle)]
#[expect(unsafe_code, clippy::not_unsafe_ptr_arg_deref, reason = "INVARIANT (one-owner)")]
pub extern "C" fn permission_set(policy: *const PolicyHandle) {
    // SAFETY: one-owner.
    let PolicyHandle(policy) = unsafe { &*policy };
    let mut bits = Vec::new();
    if let Some(set) = parse_codes(policy, &abi::take_input()) {
        push_bits(set, &mut bits);
    }
    abi::set_output(bits);
}

/// Matches a request against the policy's routes. The input is the method and the path, a line each.
///
/// The output is the required permission, the freshness, the route's pattern, then name and value of each path
/// parameter, a line each; empty when no route matches.
#[unsafe(no_mangle)]
#[expect(unsafe_code, clippy::not_unsafe_ptr_arg_deref, reason = "INVARIANT (one-owner)")]
pub extern "C" fn match_route(policy: *const PolicyHandle) {
    // SAFETY: one-owner.
    let PolicyHandle(policy) = unsafe { &*policy };
    let request = abi::take_input();
    let (method, path) = split_at_first(&request, b'\n');
    let mut lines = Vec::new();
    if let RouteMatch::Match { route, params } = policy.match_route(method, path.unwrap_or("")) {
        let freshness = match route.freshness {
            Freshness::Token => "token",
            Freshness::Live => "live",
        };
        lines.extend([policy.code(route.permission), freshness, &route.pattern]);
        for (name, value) in params {
            lines.extend([name, value]);
        }
    }
    output_lines(&lines);
}

/// Verifies the next chunk of an exported audit log, after `events` events that were verified before.
///
/// The input is a line with the hash of the last verified event (empty for the first chunk), then complete lines
/// of the log. Returns the number of events verified so far. The output is a line with the hash of the last one, then a line with
/// number and path for each erased value; where the chain breaks, a line `!` and a line with the reason.
#[unsafe(no_mangle)]
#[expect(unsafe_code, reason = "INVARIANT (one-name)")]
pub extern "C" fn verify_chunk(events: u32) -> u32 {
    let input = abi::take_input();
    let (last_hash, log) = split_at_first(&input, b'\n');
    let mut verifier = Verifier::resume(u64::from(events), last_hash);
    match verifier.push(log.unwrap_or("")) {
        Err(broken) => output_lines(&["!", broken.reason]),
        Ok(()) => {
            let mut out = String::from(verifier.last());
            for value in verifier.erased() {
                out.push('\n');
                write_integer(i64::try_from(value.seq).unwrap_or(i64::MAX), &mut out);
                out.push(' ');
                out.push_str(&value.path);
            }
            abi::set_output(out.into_bytes());
        }
    }
    u32::try_from(verifier.event_count()).unwrap_or(u32::MAX)
}

/// Parses permission codes, one a line; `None` when the policy does not define one of them.
fn parse_codes(policy: &Policy, codes: &str) -> Option<PermissionSet> {
    let mut set = PermissionSet::EMPTY;
    let mut rest = Some(codes).filter(|codes| !codes.is_empty());
    while let Some(codes) = rest {
        let (code, after) = split_at_first(codes, b'\n');
        set.insert(policy.permission(code)?);
        rest = after;
    }
    Some(set)
}

/// Appends the set's 256 bits; the policy's first permission is the lowest bit of the first byte.
fn push_bits(set: PermissionSet, out: &mut Vec<u8>) {
    for word in set.bit_words() {
        out.extend_from_slice(&word.to_le_bytes());
    }
}

/// Sets the output to these lines, separated by line feeds; no code, JSON pointer or plain path contains one.
fn output_lines(lines: &[&str]) {
    let mut out = String::new();
    let mut separator = "";
    for line in lines {
        out.push_str(separator);
        separator = "\n";
        out.push_str(line);
    }
    abi::set_output(out.into_bytes());
}
