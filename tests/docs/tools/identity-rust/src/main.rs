//! Verifies identities by the documented lines, which stand beside this file as `identity.rs`: one line of JSON a question.

#[path = "identity.rs"]
mod documented;

use std::io::{BufRead, Write};

/// Who signs: the documented lines name an address of their own in its place.
fn issuer() -> String {
    std::env::var("ISSUER").unwrap_or_default()
}

#[derive(serde::Deserialize)]
struct Question {
    method: String,
    path: String,
    token: String,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let keys = serde_json::from_str(&std::env::var("KEYS")?)?;
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let asked: Question = serde_json::from_str(&line?)?;
        let said = match documented::identity(&asked.method, &asked.path, &asked.token, &keys) {
            Some(identity) => serde_json::json!({"claims": {"sub": identity.sub, "account": identity.account, "permission": identity.permission}}),
            None => serde_json::json!({"refused": "None"}),
        };
        writeln!(out, "{said}")?;
        out.flush()?;
    }
    Ok(())
}
