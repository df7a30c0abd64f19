//! Rolecall as a Cloudflare Worker: HTTP in front of the use cases, adapters behind them.
//!
//! In scope: reading requests, answering them, the D1 adapter, mail, the console's files, what runs by the clock.
//! Out of scope: what a request means (`wire`), what is done about it (`app`), the rules (`core`), SQL (`store`).
//!
//! INVARIANT (no-panic): nothing here panics, since a trap in one request can end its neighbours in the same
//! isolate. INVARIANT (no-shared-requests): no static holds anything of a request.

mod answer;
mod assets;
mod bindings;
mod d1;
mod exchange;
mod floor;
mod gateway;
mod handlers;
mod headers;
mod mail;
mod request;
mod respond;
mod router;
mod serve;
mod shield;
mod upkeep;

use worker::{Context, Env, Request, Response, ScheduleContext, ScheduledEvent, event};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    match serve::serve(request, env, context).await {
        Ok(response) => Ok(response),
        Err(error) => respond::last_resort(&error),
    }
}

#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    upkeep::scheduled(env).await;
}
