//! Rolecall as a Cloudflare Worker: the HTTP layer and the adapters of the use cases.
//!
//! In scope: requests and responses, the D1 adapter, mail, the console's files, scheduled tasks.
//! Out of scope: the meaning of requests (`wire`), use cases (`app`), decisions (`core`), SQL (`store`).
//!
//! INVARIANT (no-panic): no code here panics, because a trap can abort the other requests of the same isolate.
//! INVARIANT (no-shared-requests): no static contains data of a request.

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
