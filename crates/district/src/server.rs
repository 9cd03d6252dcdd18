//! From HTTP to a frame and back. Every answer, refusals included, is a frame
//! with the lineage; what a request may cost is bounded before it is read.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use zhenxin_domain::division::TownCode;
use zhenxin_domain::ids::DeviceId;
use zhenxin_protocol::frame;
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::wire::limits::BODY_MAX_BYTES;
use zhenxin_protocol::wire::{Answer, Endpoint, FaultCode, WireFault};

use crate::caller::Caller;
use crate::clock::Clock;
use crate::config::Config;
use crate::held::Held;
use crate::metrics::Metrics;
use crate::random::Random;
use crate::rate::Rate;
use crate::routes;
use crate::store::device::Device;
use crate::store::{Store, StoreError};
use crate::{console, health, metrics};

/// Requests of known devices whose bodies are being read or worked on: 64 bodies of
/// 4 MiB bound the memory, and fifty PCs coming back at once still fit.
const IN_FLIGHT_MAX: usize = 64;

/// Of them those of one device: it makes one or two at a time.
const DEVICE_IN_FLIGHT_MAX: u32 = 8;

/// Requests of strangers that are read or worked on: a place of their own, so that
/// nobody without a token takes one of a device's.
const STRANGERS_MAX: usize = 32;

/// Of them those from one address: an office behind one line, and no loop.
const ADDRESS_STRANGERS_MAX: u32 = 8;

/// The body of a stranger: a greeting, or an enrolment of some hundred bytes.
const STRANGER_BODY_MAX_BYTES: usize = 16 * 1_024;

/// Tokens looked up at the same time; each takes one indexed read.
const LOOKUPS_MAX: usize = 4;

/// Requests of the console and for the figures that are worked on or wait.
const BESIDE_MAX: usize = 32;

/// Of them worked on at the same time: stretching a password takes a processor, and
/// devices keep the others.
const BESIDE_WORKERS_MAX: usize = 2;

/// Requests worked on at the same time: the writer is one, and each may hold
/// 16 MiB of decompressed body.
const WORKERS_MAX: usize = 4;

/// How long a whole body may take: 4 MiB at 1 Mbit/s.
const BODY_TIMEOUT: Duration = Duration::from_secs(40);

/// How long the small body of a stranger may take.
const STRANGER_BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a request waits for a worker before it is sent away.
const WORKER_TIMEOUT: Duration = Duration::from_secs(20);

/// When a request that was sent away may come back, in seconds; the device adds
/// its own jitter.
const BUSY_RETRY_S: u32 = 5;

/// Wrong codes from one address in a minute. With 75 random bits guessing is
/// hopeless anyway; this keeps a loop from filling the log.
const WRONG_CODES_PER_MINUTE: u32 = 30;

/// Wrong codes of all comers together in a minute: more people than ever mistype.
const ALL_WRONG_CODES_PER_MINUTE: u32 = 600;

/// Unknown tokens from one address in a minute, after which they are not even told
/// that they are unknown. A good token from there is heard all the same.
const WRONG_TOKENS_PER_MINUTE: u32 = 60;

/// Requests without a token from one address in a minute: all PCs of a district
/// behind one line, each greeting twice.
const STRANGER_REQUESTS_PER_MINUTE: u32 = 600;

/// Requests of one device in a minute: who pushes a million ops, or takes the
/// snapshot of a town that has them, asks some 1,500 times, and on a quick line
/// within that minute.
const DEVICE_REQUESTS_PER_MINUTE: u32 = 3_000;

/// Greetings of one device in a minute that are heard from its own place: it greets once after a failure, and waits longer
/// from one to the next.
const GREETINGS_PER_MINUTE: u32 = 60;

/// Greetings of one device that are read or worked on at the same time: it makes one.
const GREETINGS_IN_FLIGHT_MAX: u32 = 1;

/// An open district without its sockets: what every request needs.
pub struct Site {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    pub(crate) name: String,
    pub(crate) blob_quota_bytes: u64,
    pub(crate) wrong_codes: Rate<Caller>,
    pub(crate) all_wrong_codes: Rate<()>,
    pub(crate) wrong_tokens: Rate<Caller>,
    pub(crate) device_requests: Rate<(TownCode, DeviceId)>,
    pub(crate) greetings: Rate<(TownCode, DeviceId)>,
    stranger_requests: Rate<Caller>,
    pub(crate) metrics: Metrics,
    pub(crate) metrics_token: Option<String>,
    in_flight: Semaphore,
    of_device: Held<(TownCode, DeviceId)>,
    greeters: Held<(TownCode, DeviceId)>,
    strangers: Semaphore,
    of_address: Held<Caller>,
    lookups: Semaphore,
    workers: Semaphore,
    beside: Semaphore,
    beside_workers: Semaphore,
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
            all_wrong_codes: Rate::per_minute(ALL_WRONG_CODES_PER_MINUTE),
            wrong_tokens: Rate::per_minute(WRONG_TOKENS_PER_MINUTE),
            stranger_requests: Rate::per_minute(STRANGER_REQUESTS_PER_MINUTE),
            device_requests: Rate::per_minute(DEVICE_REQUESTS_PER_MINUTE),
            greetings: Rate::per_minute(GREETINGS_PER_MINUTE),
            metrics: Metrics::default(),
            metrics_token: config.metrics_token.clone(),
            in_flight: Semaphore::new(IN_FLIGHT_MAX),
            of_device: Held::most(DEVICE_IN_FLIGHT_MAX),
            greeters: Held::most(GREETINGS_IN_FLIGHT_MAX),
            strangers: Semaphore::new(STRANGERS_MAX),
            of_address: Held::most(ADDRESS_STRANGERS_MAX),
            lookups: Semaphore::new(LOOKUPS_MAX),
            workers: Semaphore::new(WORKERS_MAX),
            beside: Semaphore::new(BESIDE_MAX),
            beside_workers: Semaphore::new(BESIDE_WORKERS_MAX),
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

    /// Works on the store beside the devices, for the console and the figures: on a
    /// thread that may block, as one of few workers. `None` when none is free for too
    /// long.
    pub(crate) async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Option<T> {
        let _beside = self.beside.try_acquire().ok()?;
        let _worker = timeout(WORKER_TIMEOUT, self.beside_workers.acquire()).await.ok()?.ok()?;
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
    let (parts, body) = request.into_parts();
    if parts.headers.get(CONTENT_TYPE).is_none_or(|value| value != frame::CONTENT_TYPE) {
        return Err(WireFault::of(FaultCode::BadFrame));
    }
    let from = Caller::of(&parts.extensions, &parts.headers);
    if endpoint.needs_token() {
        return of_device(site, endpoint, &parts.headers, body, from).await;
    }
    let device = greeting_device(site, endpoint, &parts.headers, from).await;
    match device.and_then(|device| site.greeters.take((device.town, device.id))) {
        Some(_own) => of_greeting_device(site, &parts.headers, body, from).await,
        None => of_stranger(site, endpoint, &parts.headers, body, from).await,
    }
}

/// Whose hello it is; nobody's where the asker is a stranger. An address whose strangers have asked enough is not looked up.
async fn greeting_device(site: &Arc<Site>, endpoint: Endpoint, headers: &HeaderMap, from: Caller) -> Option<Device> {
    let greeting = read_token(headers).filter(|_| endpoint == Endpoint::Hello)?;
    if site.stranger_requests.spent(&from, site.now_ms()).is_some() {
        return None;
    }
    let _lookup = permit(&site.lookups).await.ok()?;
    blocking(site, endpoint, move |site| Ok(routes::greeted(site, Hash32(greeting)))).await.ok()?
}

/// The hello of a device: a stranger's small body in a device's place. What it shows is no secret, so whoever has seen it
/// may use up the device's greetings and no more than these.
async fn of_greeting_device(
    site: &Arc<Site>,
    headers: &HeaderMap,
    body: Body,
    from: Caller,
) -> Result<Answer, WireFault> {
    let _in_flight = site.in_flight.try_acquire().map_err(|_| busy())?;
    let bytes = read(site, headers, body, STRANGER_BODY_MAX_BYTES, STRANGER_BODY_TIMEOUT).await?;
    let _worker = permit(&site.workers).await?;
    blocking(site, Endpoint::Hello, move |site| routes::work(site, Endpoint::Hello, None, from, &bytes)).await
}

fn busy() -> WireFault {
    WireFault::busy(BUSY_RETRY_S)
}

/// A device: who it is comes first, and costs nobody a place; only then its body is read.
async fn of_device(
    site: &Arc<Site>,
    endpoint: Endpoint,
    headers: &HeaderMap,
    body: Body,
    from: Caller,
) -> Result<Answer, WireFault> {
    let token = read_token(headers).ok_or_else(|| WireFault::of(FaultCode::DeviceUnknown))?;
    let device = {
        let _lookup = permit(&site.lookups).await?;
        blocking(site, endpoint, move |site| routes::authenticate(site, Some(token), from)).await?
    };
    let _own = site.of_device.take((device.town, device.id)).ok_or_else(busy)?;
    let _in_flight = site.in_flight.try_acquire().map_err(|_| busy())?;
    let bytes = read(site, headers, body, BODY_MAX_BYTES, BODY_TIMEOUT).await?;
    let _worker = permit(&site.workers).await?;
    blocking(site, endpoint, move |site| {
        // while the body was read, it may have been shut out
        let device = routes::still_in(site, &device)?;
        routes::work(site, endpoint, Some(&device), from, &bytes)
    })
    .await
}

/// Anybody: a small body, and places that are no device's.
async fn of_stranger(
    site: &Arc<Site>,
    endpoint: Endpoint,
    headers: &HeaderMap,
    body: Body,
    from: Caller,
) -> Result<Answer, WireFault> {
    site.stranger_requests.count(from, site.now_ms()).map_err(WireFault::busy)?;
    let _own = site.of_address.take(from).ok_or_else(busy)?;
    let _place = site.strangers.try_acquire().map_err(|_| busy())?;
    let bytes = read(site, headers, body, STRANGER_BODY_MAX_BYTES, STRANGER_BODY_TIMEOUT).await?;
    let _worker = permit(&site.workers).await?;
    blocking(site, endpoint, move |site| routes::work(site, endpoint, None, from, &bytes)).await
}

async fn permit(places: &Semaphore) -> Result<SemaphorePermit<'_>, WireFault> {
    let waited = timeout(WORKER_TIMEOUT, places.acquire()).await.map_err(|_| busy())?;
    waited.map_err(|_| WireFault::of(FaultCode::Internal))
}

async fn read(
    site: &Site,
    headers: &HeaderMap,
    body: Body,
    max_bytes: usize,
    within: Duration,
) -> Result<Bytes, WireFault> {
    if announced_bytes(headers).is_some_and(|bytes| bytes > max_bytes) {
        return Err(WireFault::of(FaultCode::TooLarge));
    }
    let bytes = timeout(within, to_bytes(body, max_bytes))
        .await
        .map_err(|_| WireFault::of(FaultCode::BadFrame))?
        // the limit or a cut line; a cut line never sees this answer
        .map_err(|_| WireFault::of(FaultCode::TooLarge))?;
    site.metrics.received(bytes.len());
    Ok(bytes)
}

async fn blocking<T: Send + 'static>(
    site: &Arc<Site>,
    endpoint: Endpoint,
    work: impl FnOnce(&Site) -> Result<T, WireFault> + Send + 'static,
) -> Result<T, WireFault> {
    let working = Arc::clone(site);
    tokio::task::spawn_blocking(move || work(&working)).await.map_err(|error| {
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
