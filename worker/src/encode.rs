//! JSON of a task's progress, as the entry reads it: `[id, step, logs]`.

use crate::http::finish::{REQUEST_ID, trap_document};
use crate::http::security_headers::security_headers;
use crate::io::{Forward, Header, Need};
use crate::tasks::{Progress, ResponseBody, Step, TaskId};
use rolecall_store::{Statement, Value};
use serde::Serialize;
use serde::ser::{SerializeMap, SerializeSeq, Serializer};

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

/// JSON of a task's progress, and the bytes that belong to it: the body of a response, or the chunk of a streamed body.
pub fn progress(progress: Progress) -> (String, Bytes) {
    let logs: Vec<(&str, &str)> = progress.logs.iter().map(|(level, line)| (level.as_str(), line.as_str())).collect();
    let text = json(&(progress.id, StepView::of(&progress.step), logs));
    let bytes = match progress.step {
        Step::Need(Need::Chunk(text)) => Bytes::Owned(text.into_bytes()),
        Step::Response(response) => match response.body {
            ResponseBody::Text(text) => Bytes::Owned(text.into_bytes()),
            ResponseBody::Static(text) => Bytes::Static(text.as_bytes()),
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

#[derive(Serialize)]
#[serde(tag = "step", rename_all = "kebab-case", rename_all_fields = "camelCase")]
enum StepView<'a> {
    Database {
        statements: Vec<StatementView<'a>>,
    },
    KvGet {
        key: &'a str,
        cache_seconds: u64,
        timeout_ms: u128,
    },
    KvPut {
        key: &'a str,
        value: &'a str,
        ttl_seconds: u64,
    },
    RateLimit {
        binding: &'static str,
        key: &'a str,
    },
    Body {
        max: u64,
        counted: bool,
    },
    Asset {
        page: bool,
    },
    Forward {
        url: &'a str,
        service: bool,
        method: &'a str,
        headers: HeaderMap<'a>,
        timeout_ms: u128,
        body_max: Option<u64>,
        body: bool,
    },
    Wait {
        ms: u128,
    },
    SendEmail {
        from: &'a str,
        to: &'a str,
        subject: &'a str,
        text: &'a str,
        html: &'a str,
    },
    Post {
        url: &'a str,
        headers: HeaderMap<'a>,
        body: &'a str,
    },
    Chunk,
    Response {
        status: u16,
        page: bool,
        headers: &'a [Header],
        body: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        stream: Option<TaskId>,
        jobs: &'a [TaskId],
    },
    End {
        ok: bool,
    },
}

impl<'a> StepView<'a> {
    fn of(step: &'a Step) -> Self {
        let need = match step {
            Step::Need(need) => need,
            Step::End(end) => return StepView::End { ok: end.is_ok() },
            Step::Response(response) => {
                let (body, stream) = match &response.body {
                    ResponseBody::Empty => ("empty", None),
                    ResponseBody::Text(_) | ResponseBody::Static(_) => ("bytes", None),
                    ResponseBody::Received => ("received", None),
                    ResponseBody::WebSocket => ("web-socket", None),
                    ResponseBody::Stream(id) => ("stream", Some(*id)),
                };
                let (status, page) = (response.status, response.page);
                return StepView::Response { status, page, headers: &response.headers, body, stream, jobs: &response.jobs };
            }
        };
        match need {
            Need::Database(statements) => StepView::Database { statements: statements.iter().map(StatementView).collect() },
            Need::KvGet { key, cache, timeout } => StepView::KvGet { key, cache_seconds: cache.as_secs(), timeout_ms: timeout.as_millis() },
            Need::KvPut { key, value, ttl } => StepView::KvPut { key, value, ttl_seconds: ttl.as_secs() },
            Need::RateLimit { binding, key } => StepView::RateLimit { binding, key },
            Need::Body { max, counted } => StepView::Body { max: *max, counted: *counted },
            Need::Asset { page } => StepView::Asset { page: *page },
            Need::Forward(Forward { url, service, method, headers, timeout, body_max, body }) => StepView::Forward {
                url,
                service: *service,
                method,
                headers: HeaderMap(headers),
                timeout_ms: timeout.as_millis(),
                body_max: *body_max,
                body: *body,
            },
            Need::Wait(time) => StepView::Wait { ms: time.as_millis() },
            Need::SendEmail(mail) => {
                StepView::SendEmail { from: &mail.from, to: &mail.to, subject: &mail.subject, text: &mail.text, html: &mail.html }
            }
            Need::Post { url, headers, body } => StepView::Post { url, headers: HeaderMap(headers), body },
            Need::Chunk(_) => StepView::Chunk,
        }
    }
}

/// A statement as `[sql, parameters]`.
struct StatementView<'a>(&'a Statement);

impl Serialize for StatementView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut pair = serializer.serialize_seq(Some(2))?;
        pair.serialize_element(self.0.sql)?;
        pair.serialize_element(&Parameters(&self.0.params))?;
        pair.end()
    }
}

struct Parameters<'a>(&'a [Value]);

impl Serialize for Parameters<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut values = serializer.serialize_seq(Some(self.0.len()))?;
        for value in self.0 {
            match value {
                Value::Null => values.serialize_element(&())?,
                // Exact as a JavaScript number: the store has only integers below 2^53.
                Value::Integer(number) => values.serialize_element(number)?,
                Value::Text(text) => values.serialize_element(text)?,
            }
        }
        values.end()
    }
}

/// Headers as an object, which is the fastest input of `fetch`.
struct HeaderMap<'a>(&'a [Header]);

impl Serialize for HeaderMap<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::Level;
    use crate::tasks::Response;
    use core::time::Duration;
    use rolecall_store::statement;

    fn encoded(step: Step) -> String {
        progress(Progress { id: 7, step, logs: Vec::new() }).0
    }

    #[test]
    fn needs_are_objects_with_their_name() {
        let statements = vec![statement!("SELECT ?1, ?2, ?3", "it's \"quoted\"", 9_007_199_254_740_991, None::<i64>)];
        assert_eq!(
            encoded(Step::Need(Need::Database(statements))),
            r#"[7,{"step":"database","statements":[["SELECT ?1, ?2, ?3",["it's \"quoted\"",9007199254740991,null]]]},[]]"#
        );
        assert_eq!(encoded(Step::Need(Need::Wait(Duration::from_secs(1)))), r#"[7,{"step":"wait","ms":1000},[]]"#);
        let put = Need::KvPut { key: "k".to_owned(), value: "v".to_owned(), ttl: Duration::from_secs(60) };
        assert_eq!(encoded(Step::Need(put)), r#"[7,{"step":"kv-put","key":"k","value":"v","ttlSeconds":60},[]]"#);
        assert_eq!(encoded(Step::End(Err(()))), r#"[7,{"step":"end","ok":false},[]]"#);
    }

    #[test]
    fn a_response_has_its_body_beside_it() {
        let headers = vec![("etag".to_owned(), "\"1\"".to_owned())];
        let body = ResponseBody::Text("ünïcode".to_owned());
        let step = Step::Response(Response { status: 200, page: true, headers, body, jobs: vec![8, 9] });
        let logs = vec![(Level::Warn, "{}".to_owned())];
        let (text, bytes) = progress(Progress { id: 7, step, logs });
        let expected =
            r#"[7,{"step":"response","status":200,"page":true,"headers":[["etag","\"1\""]],"body":"bytes","jobs":[8,9]},[["warn","{}"]]]"#;
        assert_eq!((text.as_str(), bytes.as_slice()), (expected, "ünïcode".as_bytes()));
    }
}
