//! Figures for Prometheus: what was asked, how it ended, how long it took. Names of endpoints and codes only; no town,
//! no device, nothing that grows without bound.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::wire::ops::OpOutcome;
use zhenxin_protocol::wire::{Endpoint, WireFault};

use crate::server::Site;
use crate::store::StoreError;

/// Where the figures are.
pub(crate) const PATH: &str = "/metrics";

/// Upper ends of the buckets of a request's time, in milliseconds: a no-op takes one, a batch tens, a full pull
/// hundreds; what waits for a worker shows in the last.
const BUCKETS_MS: [u64; 8] = [2, 5, 20, 50, 200, 1_000, 5_000, 20_000];

/// A device that was heard of within this time counts as seen.
const SEEN_WITHIN_MS: i64 = 24 * 3_600 * 1_000;

/// How ops fared, in the order of [`Metrics::ops`].
const FATES: [&str; 6] = ["accepted", "accepted_with_issue", "duplicate", "rejected", "gap", "fork"];

/// How the time of one endpoint's requests is spread.
#[derive(Default, Clone, Copy)]
struct Spread {
    /// Requests up to each bucket's end and beyond the last.
    buckets: [u64; BUCKETS_MS.len() + 1],
    sum_us: u64,
}

/// All figures since the start.
#[derive(Default)]
pub(crate) struct Metrics {
    /// By endpoint and outcome: `ok` or the code of the fault.
    requests: Mutex<BTreeMap<(&'static str, String), u64>>,
    spreads: Mutex<BTreeMap<&'static str, Spread>>,
    ops: [AtomicU64; FATES.len()],
    received_bytes: AtomicU64,
    sent_bytes: AtomicU64,
    pushes_under_way: AtomicI64,
    turned_away: AtomicU64,
}

/// A push under way, until it is dropped.
pub(crate) struct UnderWay<'m>(Option<&'m AtomicI64>);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        if let Some(count) = self.0 {
            count.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Metrics {
    /// Notes that a request is worked on; only pushes are counted.
    pub(crate) fn begun(&self, endpoint: Endpoint) -> UnderWay<'_> {
        let count = (endpoint == Endpoint::Push).then_some(&self.pushes_under_way);
        if let Some(count) = count {
            count.fetch_add(1, Ordering::Relaxed);
        }
        UnderWay(count)
    }

    /// Notes a body that came.
    pub(crate) fn received(&self, bytes: usize) {
        self.received_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Notes an answer.
    pub(crate) fn answered(&self, endpoint: Endpoint, fault: Option<&WireFault>, took: Duration, bytes: usize) {
        // a fault without a known code cannot be made here; a label must be one of few
        let outcome = fault.map_or("ok", |fault| fault.known().map_or("other", |code| code.name()));
        *locked(&self.requests).entry((endpoint.path(), outcome.to_owned())).or_default() += 1;
        let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let bucket = BUCKETS_MS.iter().position(|end| took_ms < *end).unwrap_or(BUCKETS_MS.len());
        {
            let mut spreads = locked(&self.spreads);
            let spread = spreads.entry(endpoint.path()).or_default();
            spread.buckets[bucket] += 1;
            spread.sum_us = spread.sum_us.saturating_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
        }
        self.sent_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        if fault.is_some_and(|fault| fault.status() == StatusCode::TOO_MANY_REQUESTS.as_u16()) {
            self.turned_away.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Notes how the ops of a push fared.
    pub(crate) fn pushed(&self, outcomes: &[OpOutcome]) {
        for outcome in outcomes {
            let fate = match outcome {
                OpOutcome::Accepted { .. } => 0,
                OpOutcome::AcceptedWithIssue { .. } => 1,
                OpOutcome::Duplicate { .. } => 2,
                OpOutcome::Rejected { .. } => 3,
                OpOutcome::Gap { .. } => 4,
                OpOutcome::Fork => 5,
            };
            self.ops[fate].fetch_add(1, Ordering::Relaxed);
        }
    }

    fn text(&self, stored: &Stored) -> String {
        let mut text = String::with_capacity(8_192);
        let head = |text: &mut String, name: &str, kind: &str, help: &str| {
            push(text, format_args!("# HELP zhenxin_{name} {help}\n# TYPE zhenxin_{name} {kind}\n"));
        };
        head(&mut text, "requests_total", "counter", "Requests by endpoint and outcome.");
        for ((path, outcome), count) in locked(&self.requests).iter() {
            push(
                &mut text,
                format_args!("zhenxin_requests_total{{endpoint=\"{path}\",outcome=\"{outcome}\"}} {count}\n"),
            );
        }
        head(&mut text, "request_seconds", "histogram", "Time to the answer.");
        for (path, spread) in locked(&self.spreads).iter() {
            let mut below = 0;
            for (end_ms, count) in BUCKETS_MS.iter().zip(spread.buckets) {
                below += count;
                let end_s = *end_ms as f64 / 1_000.0;
                push(
                    &mut text,
                    format_args!("zhenxin_request_seconds_bucket{{endpoint=\"{path}\",le=\"{end_s}\"}} {below}\n"),
                );
            }
            let all: u64 = spread.buckets.iter().sum();
            let sum_s = spread.sum_us as f64 / 1_000_000.0;
            push(
                &mut text,
                format_args!(
                    "zhenxin_request_seconds_bucket{{endpoint=\"{path}\",le=\"+Inf\"}} {all}\n\
                     zhenxin_request_seconds_sum{{endpoint=\"{path}\"}} {sum_s}\n\
                     zhenxin_request_seconds_count{{endpoint=\"{path}\"}} {all}\n"
                ),
            );
        }
        head(&mut text, "ops_total", "counter", "Pushed ops by how they fared.");
        for (fate, count) in FATES.iter().zip(&self.ops) {
            push(&mut text, format_args!("zhenxin_ops_total{{fate=\"{fate}\"}} {}\n", count.load(Ordering::Relaxed)));
        }
        let counters = [
            ("received_bytes_total", "Bytes of request bodies.", &self.received_bytes),
            ("sent_bytes_total", "Bytes of answers.", &self.sent_bytes),
            ("turned_away_total", "Requests answered 429.", &self.turned_away),
        ];
        for (name, help, count) in counters {
            head(&mut text, name, "counter", help);
            push(&mut text, format_args!("zhenxin_{name} {}\n", count.load(Ordering::Relaxed)));
        }
        let gauges = [
            ("pushes_under_way", "Pushes being read or worked on.", self.pushes_under_way.load(Ordering::Relaxed)),
            ("database_bytes", "Size of the database.", stored.database_bytes),
            ("devices_seen_24h", "Devices heard of within a day.", stored.devices_seen),
            ("devices_in_use", "Devices that are not revoked.", stored.devices_in_use),
            ("ops_uncounted", "Ops that the counting has not reached.", stored.ops_uncounted),
            ("ops_damaged", "Ops damaged here and asked back from the towns.", stored.ops_damaged),
        ];
        for (name, help, value) in gauges {
            head(&mut text, name, "gauge", help);
            push(&mut text, format_args!("zhenxin_{name} {value}\n"));
        }
        text
    }
}

fn push(text: &mut String, line: std::fmt::Arguments<'_>) {
    text.write_fmt(line).expect("writing into memory cannot fail");
}

/// What the store says.
#[derive(Default)]
struct Stored {
    database_bytes: i64,
    devices_seen: i64,
    devices_in_use: i64,
    ops_uncounted: i64,
    ops_damaged: i64,
}

fn stored(site: &Site) -> Result<Stored, StoreError> {
    let (store, since_ms) = (site.store(), site.now_ms() - SEEN_WITHIN_MS);
    let lines = store.town_lines()?;
    let devices = || lines.iter().flat_map(|line| &line.devices).filter(|device| device.revoked_at_ms.is_none());
    Ok(Stored {
        database_bytes: store.database_bytes()?,
        devices_seen: devices().filter(|device| device.contact_at_ms.is_some_and(|at| at >= since_ms)).count() as i64,
        devices_in_use: devices().count() as i64,
        ops_uncounted: store.tally_behind()?.iter().map(|behind| behind.ops).sum(),
        ops_damaged: lines.iter().map(|line| line.damaged).sum(),
    })
}

/// Whether the asker may read the figures: a program on this machine, or one that knows the token.
fn may_read(site: &Site, request: &Request) -> bool {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    // a proxy on this machine speaks for others, so a forwarded request needs the token
    let forwarded = request.headers().contains_key("x-forwarded-for") || request.headers().contains_key("forwarded");
    if peer.is_some_and(|ConnectInfo(peer)| peer.ip().is_loopback()) && !forwarded {
        return true;
    }
    let given = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.strip_prefix("Bearer "));
    // compared by hash, so that the time says nothing
    let same = |token: &str| given.is_some_and(|given| Hash32::of(given.as_bytes()) == Hash32::of(token.as_bytes()));
    site.metrics_token.as_deref().is_some_and(same)
}

/// `GET /metrics`.
pub(crate) async fn show(State(site): State<Arc<Site>>, request: Request) -> Response {
    if !may_read(&site, &request) {
        return StatusCode::FORBIDDEN.into_response();
    }
    match site.blocking(|site| stored(site).map(|stored| site.metrics.text(&stored))).await {
        Some(Ok(text)) => {
            let mut response = Response::new(Body::from(text));
            let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
            response.headers_mut().insert(CONTENT_TYPE, kind);
            response
        }
        Some(Err(error)) => {
            tracing::error!(%error, "no figures");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        None => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

#[cfg(test)]
mod tests;
