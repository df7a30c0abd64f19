//! Reading and exporting the audit log.

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

/// Events read at once for an export: a page of about 300 kB.
const EXPORT_PAGE: u32 = 250;
/// The forms of an answer; the first where stored_empty is said.
const FORMS: &[&str] = &["application/json", NDJSON, CSV];
const NDJSON: &str = "application/x-ndjson";
const CSV: &str = "text/csv";

/// How an export is sent: its media type, and the name of the file that a browser makes of it.
struct Form {
    kind: &'static str,
    file: &'static str,
}
const AS_NDJSON: Form = Form { kind: "application/x-ndjson; charset=utf-8", file: "attachment; filename=\"audit-log.ndjson\"" };
/// Without a byte order mark: it would be part of the first column's name for every reader but a spreadsheet.
const AS_CSV: Form = Form { kind: "text/csv; charset=utf-8", file: "attachment; filename=\"audit-log.csv\"" };

/// `GET …/audit-log`: a page, or the whole filtered log as a stream.
pub async fn read(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    match accept::choose(ctx.incoming.accept.as_deref(), FORMS) {
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

/// Where an export stands. Each page is asked for anew, with the caller's rights of that moment.
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
    fn take(&mut self, events: &[Event]) {
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
            // What was sent so far is true; the connection breaks off, so that nobody takes it for the whole.
            let events = events.map_err(|_| worker::Error::RustError("the export broke off".to_owned()))?;
            self.take(&events);
        }
        Ok(self.ready.pop_front().map(|text| (text.into_bytes(), self)))
    }
}

async fn fetch(ctx: &HandlerContext, account: AccountId, filter: &AuditFilter, after: Option<String>) -> Result<Vec<Event>, AppError> {
    audit_log::list(&ctx.app(), &ctx.request, account, Ok(filter.clone()), Page { after, limit: EXPORT_PAGE }).await
}

async fn export(
    ctx: &HandlerContext,
    form: &Form,
    head: String,
    line: fn(&AuditEventResponse) -> String,
) -> Result<HandlerResponse, HandlerError> {
    let wanted = filter(ctx, true);
    let account = ctx.account().await?;
    let first = audit_log::list(&ctx.app(), &ctx.request, account, wanted.clone(), Page { after: None, limit: EXPORT_PAGE }).await?;
    let mut export = Export { ctx: ctx.share(), account, filter: wanted?, line, ready: VecDeque::new(), after: None, more: false };
    if !head.is_empty() {
        export.ready.push_back(head);
    }
    export.take(&first);
    let response = Response::from_stream(stream::try_unfold(export, Export::next))?;
    let headers = [("content-type", form.kind), ("content-disposition", form.file)];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    Ok(HandlerResponse::new(ctx.status(), Body::Passed(response, headers)))
}
