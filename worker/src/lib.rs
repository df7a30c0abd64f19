//! Rolecall as a Cloudflare Worker: HTTP in front of the use cases, adapters behind them.
//!
//! In scope: reading requests, answering them, the D1 adapter, mail, the console's files, what runs by the clock.
//! Out of scope: what a request means (`wire`), what is done about it (`app`), the rules (`core`), SQL (`store`).
//!
//! INVARIANT (no-panic): nothing here panics, since a trap in one request can end its neighbours in the same
//! isolate. INVARIANT (no-shared-requests): no static holds anything of a request.

mod assets;
mod background;
mod clock;
mod config;
mod d1;
mod gateway;
mod handlers;
mod http;
mod mail;
mod rate_limit;
mod token_version_kv;

use worker::{Context, Env, Request, Response, ScheduleContext, ScheduledEvent, event};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    match http::dispatch::dispatch(request, env, context).await {
        Ok(response) => Ok(response),
        Err(error) => http::finish::fallback_response(&error),
    }
}

#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    background::scheduled(env).await;
}
