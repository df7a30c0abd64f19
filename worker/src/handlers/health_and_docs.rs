//! Health, API documentation and problem registry.

use crate::http::context::HandlerContext;
use crate::http::error::HandlerError;
use crate::http::response::{Body, HandlerResponse};
use crate::mail::template::escape;
use rolecall_app::ports::MaintenanceStore;
use rolecall_wire::dto::HealthResponse;
use rolecall_wire::http::accept;
use rolecall_wire::problem::ProblemCode;
use serde_json::{Value, json};

const OPENAPI: &str = include_str!(concat!(env!("OUT_DIR"), "/openapi.json"));
const DOCS: &str = include_str!("../../docs/index.html");
const SCRIPT: &str = include_str!("../../docs/app.js");
const STYLE: &str = include_str!("../../docs/style.css");

/// `Cache-Control` of the documentation, which changes with a deployment only.
const CACHE: &str = "public, max-age=300";
const OK: u16 = 200;
/// Supported media types, the default first.
const MEDIA_TYPES: &[&str] = &["application/json", "text/html"];

/// `GET /healthz`.
pub async fn health(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    ctx.store.ping().await.map_err(|fault| HandlerError::Fault(fault.to_string()))?;
    ctx.ok(&HealthResponse { status: "ok", version: env!("CARGO_PKG_VERSION") })
}

/// `GET /openapi.json`.
pub fn open_api() -> Result<HandlerResponse, HandlerError> {
    Ok(static_response("application/json", OPENAPI))
}

/// `GET /docs`.
pub fn docs() -> Result<HandlerResponse, HandlerError> {
    Ok(static_response("text/html; charset=utf-8", DOCS))
}

/// `GET /docs/app.js`.
pub fn docs_script() -> Result<HandlerResponse, HandlerError> {
    Ok(static_response("text/javascript; charset=utf-8", SCRIPT))
}

/// `GET /docs/style.css`.
pub fn docs_style() -> Result<HandlerResponse, HandlerError> {
    Ok(static_response("text/css; charset=utf-8", STYLE))
}

fn static_response(kind: &'static str, text: &'static str) -> HandlerResponse {
    HandlerResponse::new(OK, Body::Static(kind, text)).with_cache_control(CACHE)
}

fn json_of(code: ProblemCode) -> Value {
    json!({ "code": code.as_str(), "status": code.status(), "title": code.title(), "explanation": code.explanation() })
}

fn html_of(code: ProblemCode) -> String {
    let (name, status) = (code.as_str(), code.status());
    format!(
        "<section id=\"{name}\"><h2><span class=\"status\">{status}</span> <code>{name}</code></h2><p><strong>{}</strong></p><p>{}</p></section>",
        escape(code.title()),
        text_to_html(code.explanation())
    )
}

/// Escapes a text as HTML and converts its backticks to `<code>`.
fn text_to_html(text: &str) -> String {
    let mut html = String::new();
    for (at, part) in escape(text).split('`').enumerate() {
        let tag = if at % 2 == 1 { "<code>" } else { "</code>" };
        html.push_str(if at == 0 { "" } else { tag });
        html.push_str(part);
    }
    html
}

fn page(title: &str, content: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title}</title><link rel=\"stylesheet\" href=\"/docs/style.css\"></head><body><main class=\"plain\"><p><a href=\"/docs\">API</a> · <a href=\"/problems\">Problems</a></p><h1>{title}</h1>{content}</main></body></html>"
    )
}

fn negotiated(ctx: &HandlerContext, data: &Value, html: impl Fn() -> String) -> HandlerResponse {
    let body = match accept::choose(ctx.incoming.accept.as_deref(), MEDIA_TYPES) {
        "text/html" => Body::Html(html()),
        _ => Body::Json(data.to_string()),
    };
    HandlerResponse::new(ctx.status(), body).with("vary", "Accept, Origin").with_cache_control(CACHE)
}

/// `GET /problems`.
pub fn list_problems(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let data = json!({ "items": ProblemCode::ALL.iter().map(|code| json_of(*code)).collect::<Vec<_>>(), "next_cursor": null });
    let html = || page("Problems", &ProblemCode::ALL.iter().map(|code| html_of(*code)).collect::<String>());
    Ok(negotiated(ctx, &data, html))
}

/// `GET /problems/{code}`.
pub fn explain_problem(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let code = ProblemCode::parse(ctx.incoming.param("code")).ok_or(ProblemCode::NotFound)?;
    Ok(negotiated(ctx, &json_of(code), || page(code.title(), &html_of(code))))
}
