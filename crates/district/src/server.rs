//! From HTTP to a frame and back. Every answer, refusals included, is a frame
//! with the lineage; what a request may cost is bounded before it is read.

use std::sync::Arc;
use std::time::{Duration, Instant};

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

use crate::clock::Clock;
use crate::config::Config;
use crate::metrics::Metrics;
use crate::random::Random;
use crate::rate::Rate;
use crate::routes;
use crate::store::{Store, StoreError};
use crate::{console, health, metrics};

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

/// An open district without its sockets: what every request needs.
pub struct Site {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    pub(crate) name: String,
    pub(crate) blob_quota_bytes: u64,
    pub(crate) wrong_codes: Rate<()>,
    pub(crate) device_requests: Rate<[u8; 16]>,
    pub(crate) metrics: Metrics,
    pub(crate) metrics_token: Option<String>,
    in_flight: Semaphore,
    workers: Semaphore,
}

impl Site {
    /// Opens the store that the settings name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open(config: &Config) -> Result<Arc<Self>, StoreError> {
        let store = Store::open_at(&config.store, &config.data_dir, Arc::clone(&config.random))?;
        Ok(Arc::new(Self::new(store, config)))
    }

    fn new(store: Store, config: &Config) -> Self {
        Self {
            store,
            clock: Arc::clone(&config.clock),
            random: Arc::clone(&config.random),
            name: config.name.clone(),
            blob_quota_bytes: config.blob_quota_bytes,
            wrong_codes: Rate::per_minute(WRONG_CODES_PER_MINUTE),
            device_requests: Rate::per_minute(DEVICE_REQUESTS_PER_MINUTE),
            metrics: Metrics::default(),
            metrics_token: config.metrics_token.clone(),
            in_flight: Semaphore::new(IN_FLIGHT_MAX),
            workers: Semaphore::new(WORKERS_MAX),
        }
    }

    /// The store, for the administrator's commands.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Name of the platform.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Milliseconds since 1970, UTC.
    pub(crate) fn now_ms(&self) -> i64 {
        (self.clock)()
    }

    /// Answers one frame as it would over the network, without the limits that
    /// count connections. Refusals are frames too.
    #[must_use]
    pub fn serve_frame(&self, endpoint: Endpoint, token: Option<[u8; 32]>, bytes: &[u8]) -> Vec<u8> {
        let outcome = routes::dispatch(self, endpoint, token, bytes);
        outcome.unwrap_or_else(|fault| Answer::refused(self.store.lineage(), fault)).pack()
    }

    /// Works on the store from an asynchronous task: on a thread that may block,
    /// as one of the few workers. `None` when none is free for too long.
    pub(crate) async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Option<T> {
        let _in_flight = self.in_flight.try_acquire().ok()?;
        let _worker = timeout(WORKER_TIMEOUT, self.workers.acquire()).await.ok()?.ok()?;
        let working = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || work(&working)).await;
        done.map_err(|error| tracing::error!(%error, "a task panicked")).ok()
    }

    fn respond(&self, endpoint: Endpoint, begun: Instant, outcome: Result<Answer, WireFault>) -> Response {
        let answer = outcome.unwrap_or_else(|fault| Answer::refused(self.store.lineage(), fault));
        let packed = answer.pack();
        self.metrics.answered(endpoint, answer.fault.as_ref(), begun.elapsed(), packed.len());
        let mut response = Response::new(Body::from(packed));
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
        .route(health::LIVE_PATH, get(health::live))
        .route(health::READY_PATH, get(health::ready))
        .route(metrics::PATH, get(metrics::show))
        .with_state(Arc::clone(&site))
        .merge(console::router(site))
}

async fn serve(site: Arc<Site>, endpoint: Endpoint, request: Request) -> Response {
    let begun = Instant::now();
    let under_way = site.metrics.begun(endpoint);
    let outcome = answer(&site, endpoint, request).await;
    drop(under_way);
    if let Err(fault) = &outcome {
        tracing::info!(path = endpoint.path(), code = %fault.code, "refused");
    }
    site.respond(endpoint, begun, outcome)
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
    site.metrics.received(bytes.len());
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
