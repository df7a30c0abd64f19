//! JSON of a task's progress, as the entry reads it: `[id, step, jobs, logs]`.

use crate::http::finish::{REQUEST_ID, trap_document};
use crate::http::security_headers::security_headers;
use crate::io::{Header, Need};
use crate::tasks::{OutgoingBody, Progress, Step, TaskId};
use serde::Serialize;

/// Constant parts of responses, which the entry reads once: security headers of data and of pages, and the document of a request
/// that ended with a trap, with a placeholder for its id.
#[derive(Serialize)]
struct Constants {
    data: Vec<(&'static str, &'static str)>,
    page: Vec<(&'static str, &'static str)>,
    trap: String,
    placeholder: &'static str,
}

/// The constant parts of responses of a Worker with this public origin.
pub fn constants(origin: &str) -> String {
    let (data, page) = (security_headers(false), security_headers(true));
    json(&Constants { data, page, trap: trap_document(origin), placeholder: REQUEST_ID })
}

/// JSON of a task's progress, and the bytes that belong to it: the body of a response, the result of a call, or the chunk of a
/// streamed body.
pub fn progress(progress: Progress) -> (String, Bytes) {
    let logs: Vec<(&str, &str)> = progress.logs.iter().map(|(level, line)| (level.as_str(), line.as_str())).collect();
    let text = json(&(progress.id, StepView::of(&progress.step), &progress.jobs, logs));
    let bytes = match progress.step {
        Step::Need(Need::Chunk { text }) => Bytes::Owned(text.into_bytes()),
        Step::Value(value) => Bytes::Owned(value.into_bytes()),
        Step::Response(response) => match response.body {
            OutgoingBody::Text(text) => Bytes::Owned(text.into_bytes()),
            OutgoingBody::Static(text) => Bytes::Static(text.as_bytes()),
            _ => Bytes::Owned(Vec::new()),
        },
        _ => Bytes::Owned(Vec::new()),
    };
    (text, bytes)
}

/// Bytes that are embedded or computed.
pub enum Bytes {
    /// Computed.
    Owned(Vec<u8>),
    /// Embedded.
    Static(&'static [u8]),
}

impl Bytes {
    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        match self {
            Bytes::Owned(bytes) => bytes,
            Bytes::Static(bytes) => bytes,
        }
    }
}

/// Serialization of these types cannot fail: they have no map with keys that are not strings.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// A step as an object with its name in `step`.
#[derive(Serialize)]
#[serde(untagged)]
enum StepView<'a> {
    Need(&'a Need),
    Outcome(Outcome<'a>),
}

#[derive(Serialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
enum Outcome<'a> {
    Response {
        status: u16,
        page: bool,
        headers: &'a [Header],
        body: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        stream: Option<TaskId>,
    },
    /// The result of a call. The entry reads its JSON beside this one.
    Value,
    End {
        ok: bool,
    },
}

impl<'a> StepView<'a> {
    fn of(step: &'a Step) -> Self {
        match step {
            Step::Need(need) => StepView::Need(need),
            Step::Value(_) => StepView::Outcome(Outcome::Value),
            Step::End(end) => StepView::Outcome(Outcome::End { ok: end.is_ok() }),
            Step::Response(response) => {
                let (body, stream) = match &response.body {
                    OutgoingBody::Empty => ("empty", None),
                    OutgoingBody::Text(_) | OutgoingBody::Static(_) => ("bytes", None),
                    OutgoingBody::Received => ("received", None),
                    OutgoingBody::WebSocket => ("web-socket", None),
                    OutgoingBody::Stream(id) => ("stream", Some(*id)),
                };
                let (status, page) = (response.status, response.page);
                StepView::Outcome(Outcome::Response { status, page, headers: &response.headers, body, stream })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{Email, Forward, Level};
    use crate::tasks::OutgoingResponse;
    use rolecall_store::statement;

    /// One need of each kind.
    fn needs() -> Vec<Need> {
        let text = |text: &str| text.to_owned();
        let headers = vec![("x-a".to_owned(), "1".to_owned()), ("__proto__".to_owned(), "2".to_owned())];
        let statements =
            vec![statement!("SELECT ?1, ?2, ?3", "it's \"quoted\"", 9_007_199_254_740_991, None::<i64>), statement!("SELECT 1")];
        let forward = Forward {
            url: text("https://up.example/api/pods?a=b"),
            service: true,
            method: text("POST"),
            headers: headers.clone(),
            timeout_ms: 30_000,
            body_max: Some(7),
            body: true,
        };
        vec![
            Need::Database { statements },
            Need::KvGet { key: text("k"), cache_seconds: 30, timeout_ms: 50 },
            Need::KvPut { key: text("k"), value: text("v"), ttl_seconds: 60 },
            Need::RateLimit { binding: "LIMIT_API", key: text("k") },
            Need::Body { max: None },
            Need::Asset { page: true },
            Need::Forward(forward),
            Need::Wait { ms: 1000 },
            Need::SendEmail(Email { from: text("a@b.c"), to: text("d@e.f"), subject: text("s"), text: text("t"), html: text("h") }),
            Need::Post { url: text("https://mail.example"), headers, body: text("{}") },
            Need::Fetch { url: text("https://idp.example"), headers: vec![], form: Some(text("a=b")), max: 7 },
            Need::VerifySignature {
                algorithm: "RS256",
                jwk: serde_json::json!({ "kty": "RSA", "alg": "RS256", "n": "AQ", "e": "AQAB" }),
                message: text("AA=="),
                signature: text("AQ=="),
            },
            Need::Chunk { text: text("beside") },
        ]
    }

    /// The steps that `worker/entry/steps.ts` is checked against, in a file because the compiler of TypeScript reads it.
    const STEPS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/entry/generated/steps.ts");

    #[test]
    fn the_entry_is_checked_against_one_step_of_each_kind() {
        let response = OutgoingResponse { status: 200, page: true, headers: vec![], body: OutgoingBody::Stream(3) };
        let steps = needs().into_iter().map(Step::Need).chain([Step::Response(response), Step::Value("{}".to_owned()), Step::End(Ok(()))]);
        let lines: String = steps.map(|step| format!("  {},\n", json(&StepView::of(&step)))).collect();
        let file = format!(
            "// One step of each kind, as worker/src/encode.rs writes it; its unit test keeps this file, `tsc` checks it against the types.\nimport type {{ Step }} from \"../steps.ts\";\n\nexport const steps: Step[] = [\n{lines}];\n"
        );
        if std::env::var_os("WRITE").is_some() {
            std::fs::write(STEPS, &file).unwrap();
        }
        assert_eq!(std::fs::read_to_string(STEPS).unwrap_or_default(), file, "run the test with WRITE=1");
    }

    #[test]
    fn a_response_has_its_body_beside_it() {
        let headers = vec![("etag".to_owned(), "\"1\"".to_owned())];
        let body = OutgoingBody::Text("ünïcode".to_owned());
        let step = Step::Response(OutgoingResponse { status: 200, page: true, headers, body });
        let logs = vec![(Level::Warn, "{}".to_owned())];
        let (text, bytes) = progress(Progress { id: 7, step, jobs: vec![8, 9], logs });
        let expected =
            r#"[7,{"step":"response","status":200,"page":true,"headers":[["etag","\"1\""]],"body":"bytes"},[8,9],[["warn","{}"]]]"#;
        assert_eq!((text.as_str(), bytes.as_slice()), (expected, "ünïcode".as_bytes()));
    }
}
