//! Evaluates queries about policies: one JSON object per line on standard input, one JSON list per line on standard output. The
//! differential test in `tests/packaging` compares the output with that of the npm package.
//!
//! `{"policy": text}` sets the policy and writes `[]`, or `[code, pointer]` of its first error. `{"codes": [..]}` writes the codes
//! of that set in the order of the policy, or `["?", code]`. `{"role": code}` writes the permissions of the role.
//! `{"permission": code}` writes the roles that grant it. `{"method": .., "path": ..}` writes permission, freshness, pattern, and
//! name and value of each parameter.

use rolecall_json::{Value, parse};
use rolecall_policy::{Freshness, Policy, RouteMatch};
use std::io::{BufRead, Write, stdin, stdout};

fn main() -> std::io::Result<()> {
    let mut policy = None;
    let mut out = stdout().lock();
    for line in stdin().lock().lines() {
        let line = line?;
        let document = parse(&line).map_err(|error| std::io::Error::other(error.reason))?;
        let list = evaluate(document.root(), &mut policy);
        let quoted: Vec<String> = list.iter().map(|text| format!("\"{}\"", text.escape_default())).collect();
        writeln!(out, "[{}]", quoted.join(","))?;
    }
    Ok(())
}

fn evaluate(query: Value<'_>, policy: &mut Option<Policy>) -> Vec<String> {
    let text = |name: &str| query.get(name).and_then(Value::as_text);
    if let Some(json) = text("policy") {
        return match Policy::parse(json) {
            Ok(read) => {
                *policy = Some(read);
                Vec::new()
            }
            Err(error) => vec![error.code().to_string(), error.pointer().to_string()],
        };
    }
    let Some(policy) = policy else {
        return vec!["no policy".to_string()];
    };
    let owned = |codes: Vec<&str>| codes.into_iter().map(String::from).collect();
    if let Some(codes) = query.get("codes") {
        return match policy.permission_set(codes.items().filter_map(Value::as_text)) {
            Ok(set) => owned(policy.codes(set)),
            Err(unknown) => vec!["?".to_string(), unknown.0],
        };
    }
    if let Some(role) = text("role") {
        return policy.role(role).map_or_else(|| vec!["?".to_string()], |role| owned(policy.codes(role.permissions)));
    }
    if let Some(permission) = text("permission") {
        return policy.permission(permission).map_or_else(|| vec!["?".to_string()], |id| owned(policy.roles_granting(id)));
    }
    match policy.match_route(text("method").unwrap_or(""), text("path").unwrap_or("")) {
        RouteMatch::Match { route, params } => {
            let freshness = if route.freshness == Freshness::Live { "live" } else { "token" };
            let head = [policy.code(route.permission), freshness, &route.pattern];
            owned(head.into_iter().chain(params.into_iter().flat_map(|(name, value)| [name, value])).collect())
        }
        RouteMatch::NoRoute | RouteMatch::BadPath => Vec::new(),
    }
}
