//! Development outbox: every mail that would have been sent. Not available in production.

use crate::config::Config;
use crate::http::error::HandlerError;
use crate::http::request::IncomingRequest;
use crate::http::response::{Body, HandlerResponse};
use crate::io::Io;
use crate::mail::template::{compose, escape};
use crate::need_database::NeedDatabase;
use rolecall_app::ports::OutboxStore;
use rolecall_core::domain::email::Email;
use rolecall_core::domain::mail::Mail;
use rolecall_wire::http::accept;
use serde_json::{Value, json};

/// Maximum number of mails in the response.
const MAILS_MAX: u32 = 100;
const OK: u16 = 200;

/// `GET /dev/outbox?to=email`, newest first; `None` for other requests and outside of development.
pub async fn outbox(incoming: &IncomingRequest, config: &Config, io: &Io) -> Option<Result<HandlerResponse, HandlerError>> {
    let matches = config.development && incoming.path == "/dev/outbox" && matches!(incoming.method.as_str(), "GET" | "HEAD");
    if matches { Some(show(incoming, config, io).await) } else { None }
}

async fn show(incoming: &IncomingRequest, config: &Config, io: &Io) -> Result<HandlerResponse, HandlerError> {
    let store = config.store(NeedDatabase::new(io.clone()));
    let to = incoming.query.split('&').find_map(|pair| pair.strip_prefix("to=")).and_then(rolecall_wire::http::query::decode);
    // Stored addresses are canonical. A text that is not an address matches no mail.
    let to = to.map(|text| Email::parse(&text).map_or(text, |email| email.as_str().to_owned()));
    let mails = store.recent(to.as_deref(), MAILS_MAX).await.map_err(|fault| HandlerError::Fault(fault.to_string()))?;
    let items: Vec<Value> = mails.iter().map(|mail| item(mail, config)).collect();
    let body = match accept::choose(incoming.accept.as_deref(), &["application/json", "text/html"]) {
        "text/html" => Body::Html(page(&items)),
        _ => Body::Json(json!({ "items": items }).to_string()),
    };
    Ok(HandlerResponse::new(OK, body))
}

fn item(mail: &Mail, config: &Config) -> Value {
    let rendered = compose(mail, config.product(), config.links());
    json!({ "to": mail.to.as_str(), "subject": rendered.subject, "text": rendered.text, "links": rendered.links, "created_at": mail.created_at.to_string() })
}

fn page(items: &[Value]) -> String {
    let text = |item: &Value, name: &str| escape(item.get(name).and_then(Value::as_str).unwrap_or_default());
    let links = |item: &Value| -> String {
        let all = item.get("links").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        all.map(|link| format!("<p><a href=\"{0}\">{0}</a></p>", escape(link))).collect()
    };
    let mails: String = items
        .iter()
        .map(|item| {
            format!(
                "<article><h2>{}</h2><p>To {} · {}</p>{}<pre>{}</pre></article>",
                text(item, "subject"),
                text(item, "to"),
                text(item, "created_at"),
                links(item),
                text(item, "text")
            )
        })
        .collect();
    let empty = if items.is_empty() { "<p>No mail yet.</p>" } else { "" };
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>Outbox</title><link rel=\"stylesheet\" href=\"/docs/style.css\"></head><body><main class=\"plain\"><h1>Outbox</h1><p>Mail of this development server, newest first. Nothing has been sent.</p>{empty}{mails}</main></body></html>"
    )
}
