//! From HTTP to a frame and back. Every answer, refusals included, is a frame
//! with the lineage; what a request may cost is bounded before it is read.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use zhenxin_protocol::frame;
use zhenxin_protocol::wire::limits::BODY_MAX_BYTES;
use zhenxin_protocol::wire::{Answer, Endpoint, FaultCode, WireFault};

use crate::brands_page;
use crate::clock::Clock;
use crate::rate::Rate;
use crate::routes;
use crate::store::{Store, StoreError};

/// Requests whose bodies are being read or worked on: 64 bodies of 4 MiB bound
/// the memory, and fifty PCs coming back at once still fit.
const IN_FLIGHT_MAX: usize = 64;

/// Requests worked on at the same time: the writer is one, and each may hold
/// 16 MiB of decompressed body.
const WORKERS_MAX: usize = 4;

/// How long a whole body may take: 4 MiB at 1 Mbit/s.
const BODY_TIMEOUT: Duration = Duration::from_secs(40);

/// How long a request waits for a worker before it is sent away.
const WORKER_TIMEOUT: Duration = Duration::from_secs(20);

/// When a request that was sent away may come back, in seconds; the device adds
/// its own jitter.
const BUSY_RETRY_S: u32 = 5;

/// Wrong codes of all comers together in a minute. With 75 random bits guessing
/// is hopeless anyway; this keeps a loop from filling the log.
const WRONG_CODES_PER_MINUTE: u32 = 30;

/// Requests of one device in a minute: a full first synchronisation of 500,000
/// ops takes about 600.
const DEVICE_REQUESTS_PER_MINUTE: u32 = 1_200;

/// What every request needs.
pub(crate) struct Site {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) name: String,
    pub(crate) wrong_codes: Rate<()>,
    pub(crate) device_requests: Rate<[u8; 16]>,
    in_flight: Semaphore,
    workers: Semaphore,
}

impl Site {
    pub(crate) fn new(store: Store, clock: Clock, name: String) -> Self {
        Self {
            store,
            clock,
            name,
            wrong_codes: Rate::per_minute(WRONG_CODES_PER_MINUTE),
            device_requests: Rate::per_minute(DEVICE_REQUESTS_PER_MINUTE),
            in_flight: Semaphore::new(IN_FLIGHT_MAX),
            workers: Semaphore::new(WORKERS_MAX),
        }
    }

    fn respond(&self, outcome: Result<Answer, WireFault>) -> Response {
        let answer = outcome.unwrap_or_else(|fault| Answer::refused(self.store.lineage(), fault));
        let mut response = Response::new(Body::from(answer.pack()));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(frame::CONTENT_TYPE));
        if let Some(fault) = &answer.fault {
            if let Some(seconds) = fault.retry_after_s {
                headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
            }
            *response.status_mut() = StatusCode::from_u16(fault.status()).unwrap_or(StatusCode::BAD_REQUEST);
        }
        response
    }
}

/// One route per endpoint.
pub(crate) fn router(site: Arc<Site>) -> Router {
    Endpoint::ALL
        .into_iter()
        .fold(Router::new(), |router, endpoint| {
            let handler = move |State(site): State<Arc<Site>>, request: Request| async move {
                serve(site, endpoint, request).await
            };
            router.route(endpoint.path(), post(handler))
        })
        .route(brands_page::PATH, get(brands))
        .route(brands_page::STYLE_PATH, get(brands_page::style))
        .with_state(site)
}

/// The towns' brands side by side, for people.
async fn brands(State(site): State<Arc<Site>>) -> Response {
    let page = async {
        let _in_flight = site.in_flight.try_acquire().ok()?;
        let _worker = timeout(WORKER_TIMEOUT, site.workers.acquire()).await.ok()?.ok()?;
        let working = Arc::clone(&site);
        let page = tokio::task::spawn_blocking(move || {
            let sheets = working.store.brand_sheets()?;
            Ok::<_, StoreError>(brands_page::html(&working.name, &sheets, (working.clock)()))
        });
        let page =
            page.await.map_err(|error| error.to_string()).and_then(|page| page.map_err(|error| error.to_string()));
        page.map_err(|error| tracing::error!(path = brands_page::PATH, %error, "no page")).ok()
    };
    match page.await {
        Some(page) => brands_page::answer(StatusCode::OK, page),
        None => {
            let mut response = brands_page::answer(StatusCode::SERVICE_UNAVAILABLE, brands_page::busy());
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(BUSY_RETRY_S));
            response
        }
    }
}

async fn serve(site: Arc<Site>, endpoint: Endpoint, request: Request) -> Response {
    let outcome = answer(&site, endpoint, request).await;
    if let Err(fault) = &outcome {
        tracing::info!(path = endpoint.path(), code = %fault.code, "refused");
    }
    site.respond(outcome)
}

async fn answer(site: &Arc<Site>, endpoint: Endpoint, request: Request) -> Result<Answer, WireFault> {
    let busy = || WireFault::busy(BUSY_RETRY_S);
    let _in_flight = site.in_flight.try_acquire().map_err(|_| busy())?;
    let (parts, body) = request.into_parts();
    if announced_bytes(&parts.headers).is_some_and(|bytes| bytes > BODY_MAX_BYTES) {
        return Err(WireFault::of(FaultCode::TooLarge));
    }
    if parts.headers.get(CONTENT_TYPE).is_none_or(|value| value != frame::CONTENT_TYPE) {
        return Err(WireFault::of(FaultCode::BadFrame));
    }
    let token = read_token(&parts.headers);
    if endpoint.needs_token() && token.is_none() {
        return Err(WireFault::of(FaultCode::DeviceUnknown));
    }
    let bytes = timeout(BODY_TIMEOUT, to_bytes(body, BODY_MAX_BYTES))
        .await
        .map_err(|_| WireFault::of(FaultCode::BadFrame))?
        // the limit or a cut line; a cut line never sees this answer
        .map_err(|_| WireFault::of(FaultCode::TooLarge))?;
    let _worker = timeout(WORKER_TIMEOUT, site.workers.acquire())
        .await
        .map_err(|_| busy())?
        .map_err(|_| WireFault::of(FaultCode::Internal))?;
    let working = Arc::clone(site);
    tokio::task::spawn_blocking(move || routes::dispatch(&working, endpoint, token, &bytes)).await.map_err(|error| {
        tracing::error!(path = endpoint.path(), %error, "a request panicked");
        WireFault::of(FaultCode::Internal)
    })?
}

fn announced_bytes(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn read_token(headers: &HeaderMap) -> Option<[u8; 32]> {
    let text = headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?;
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests;
