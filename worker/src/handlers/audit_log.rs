//! Audit log: pages and export.

use crate::http::context::HandlerContext;
use crate::http::error::HandlerError;
use crate::http::response::{Body, HandlerResponse};
use futures_util::stream;
use rolecall_app::{AppError, audit_log};
use rolecall_core::domain::audit::{AuditFilter, Event};
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::domain::id::AccountId;
use rolecall_core::transaction::lookup::Page;
use rolecall_wire::dto::{AuditEventResponse, AuditLogResponse};
use rolecall_wire::http::accept;
use std::collections::VecDeque;
use worker::Response;

/// Events per query of an export, about 300 kB.
const EXPORT_PAGE: u32 = 250;
/// Supported media types, the default first.
const MEDIA_TYPES: &[&str] = &["application/json", NDJSON, CSV];
const NDJSON: &str = "application/x-ndjson";
const CSV: &str = "text/csv";

/// Headers of an export: media type and file name.
struct ExportFormat {
    content_type: &'static str,
    disposition: &'static str,
}
const AS_NDJSON: ExportFormat =
    ExportFormat { content_type: "application/x-ndjson; charset=utf-8", disposition: "attachment; filename=\"audit-log.ndjson\"" };
/// Without a byte order mark, which most CSV parsers would read as part of the first column's name.
const AS_CSV: ExportFormat =
    ExportFormat { content_type: "text/csv; charset=utf-8", disposition: "attachment; filename=\"audit-log.csv\"" };

/// `GET …/audit-log`: a page, or the complete filtered log as a stream.
pub async fn read(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    match accept::choose(ctx.incoming.accept.as_deref(), MEDIA_TYPES) {
        NDJSON => export(ctx, &AS_NDJSON, String::new(), AuditEventResponse::ndjson).await,
        CSV => export(ctx, &AS_CSV, AuditEventResponse::csv_header(), AuditEventResponse::csv).await,
        _ => page(ctx).await,
    }
}

fn filter(ctx: &HandlerContext, ascending: bool) -> Result<AuditFilter, Vec<FieldError>> {
    let query = ctx.checked_query()?;
    let text = |name: &str| query.text(name).map(str::to_owned);
    Ok(AuditFilter {
        actor: text("actor"),
        action: text("action"),
        resource_type: text("resource_type"),
        resource_id: text("resource_id"),
        from: query.time("from"),
        to: query.time("to"),
        ascending,
    })
}

async fn page(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let found = audit_log::list(&ctx.app(), &ctx.request, ctx.account().await?, filter(ctx, false), ctx.page()).await?;
    ctx.validate_query()?;
    let (events, next) = ctx.paginate(found, position);
    ctx.ok(&AuditLogResponse::page(events.iter().map(AuditEventResponse::from).collect(), next))
}

fn position(event: &Event) -> String {
    event.seq.to_string()
}

/// State of a streamed export. Every page is authorized again with the caller's current permissions.
struct Export {
    ctx: HandlerContext,
    account: AccountId,
    filter: AuditFilter,
    line: fn(&AuditEventResponse) -> String,
    ready: VecDeque<String>,
    after: Option<String>,
    more: bool,
}

impl Export {
    fn append(&mut self, events: &[Event]) {
        self.more = u32::try_from(events.len()).is_ok_and(|count| count == EXPORT_PAGE);
        self.after = events.last().map(position).or_else(|| self.after.take());
        let lines: String = events.iter().map(|event| (self.line)(&AuditEventResponse::from(event))).collect();
        if !lines.is_empty() {
            self.ready.push_back(lines);
        }
    }

    async fn next(mut self) -> Result<Option<(Vec<u8>, Self)>, worker::Error> {
        if self.ready.is_empty() && self.more {
            let events = fetch(&self.ctx, self.account, &self.filter, self.after.clone()).await;
            // Aborts the stream, so that a client does not mistake the partial export for a complete one.
            let events = events.map_err(|_| worker::Error::RustError("the export was aborted".to_owned()))?;
            self.append(&events);
        }
        Ok(self.ready.pop_front().map(|text| (text.into_bytes(), self)))
    }
}

async fn fetch(ctx: &HandlerContext, account: AccountId, filter: &AuditFilter, after: Option<String>) -> Result<Vec<Event>, AppError> {
    audit_log::list(&ctx.app(), &ctx.request, account, Ok(filter.clone()), Page { after, limit: EXPORT_PAGE }).await
}

async fn export(
    ctx: &HandlerContext,
    format: &ExportFormat,
    head: String,
    line: fn(&AuditEventResponse) -> String,
) -> Result<HandlerResponse, HandlerError> {
    let filter = filter(ctx, true);
    let account = ctx.account().await?;
    let first = audit_log::list(&ctx.app(), &ctx.request, account, filter.clone(), Page { after: None, limit: EXPORT_PAGE }).await?;
    let mut export =
        Export { ctx: ctx.clone_without_body(), account, filter: filter?, line, ready: VecDeque::new(), after: None, more: false };
    if !head.is_empty() {
        export.ready.push_back(head);
    }
    export.append(&first);
    let response = Response::from_stream(stream::try_unfold(export, Export::next))?;
    let headers = [("content-type", format.content_type), ("content-disposition", format.disposition)];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    Ok(HandlerResponse::new(ctx.status(), Body::Passed(response, headers)))
}
