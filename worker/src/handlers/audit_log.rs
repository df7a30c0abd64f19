//! Audit log: pages and export.

use crate::http::context::HandlerContext;
use crate::http::error::HandlerError;
use crate::http::response::{Body, HandlerResponse};
use crate::io::{Io, Need};
use rolecall_app::{AppError, audit_log};
use rolecall_core::domain::audit::{AuditFilter, Event};
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::domain::id::AccountId;
use rolecall_core::transaction::lookup::Page;
use rolecall_wire::dto::{AuditEventResponse, AuditLogResponse, ndjson_line};
use rolecall_wire::http::accept;

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
        NDJSON => export(ctx, &AS_NDJSON, String::new(), ndjson_line).await,
        CSV => export(ctx, &AS_CSV, AuditEventResponse::csv_header(), |event| AuditEventResponse::from(event).csv()).await,
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

/// A streamed export. Every page is authorized again with the caller's current permissions.
struct Export {
    ctx: HandlerContext,
    account: AccountId,
    filter: AuditFilter,
    line: fn(&Event) -> String,
}

impl Export {
    /// Writes the head of the file and the events from the first page on. An error aborts the body, so that a client does not
    /// mistake the partial export for a complete one.
    async fn write(self, head: String, first: Vec<Event>) -> Result<(), ()> {
        let io = &self.ctx.io;
        let (mut events, mut text) = (first, head);
        loop {
            text.extend(events.iter().map(|event| (self.line)(event)));
            write_chunk(io, core::mem::take(&mut text)).await?;
            if u32::try_from(events.len()) != Ok(EXPORT_PAGE) {
                return Ok(());
            }
            events = fetch(&self.ctx, self.account, &self.filter, events.last().map(position)).await.map_err(|_| ())?;
        }
    }
}

async fn write_chunk(io: &Io, text: String) -> Result<(), ()> {
    if text.is_empty() {
        return Ok(());
    }
    io.ask(Need::Chunk { text }).await.map(|_| ()).map_err(|_| ())
}

async fn fetch(ctx: &HandlerContext, account: AccountId, filter: &AuditFilter, after: Option<String>) -> Result<Vec<Event>, AppError> {
    audit_log::list(&ctx.app(), &ctx.request, account, Ok(filter.clone()), Page { after, limit: EXPORT_PAGE }).await
}

async fn export(
    ctx: &HandlerContext,
    format: &ExportFormat,
    head: String,
    line: fn(&Event) -> String,
) -> Result<HandlerResponse, HandlerError> {
    let filter = filter(ctx, true);
    let account = ctx.account().await?;
    let first = audit_log::list(&ctx.app(), &ctx.request, account, filter.clone(), Page { after: None, limit: EXPORT_PAGE }).await?;
    let export = Export { ctx: ctx.clone(), account, filter: filter?, line };
    let body = Body::Stream(format.content_type, Box::pin(export.write(head, first)));
    Ok(HandlerResponse::new(ctx.status(), body).with("content-disposition", format.disposition))
}
