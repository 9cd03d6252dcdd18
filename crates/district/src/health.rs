//! `/healthz`: the process answers. `/readyz`: its database answers too, so that requests may be sent here.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use crate::server::Site;

/// Whether the process lives.
pub(crate) const LIVE_PATH: &str = "/healthz";
/// Whether it can work.
pub(crate) const READY_PATH: &str = "/readyz";

/// `GET /healthz`.
pub(crate) async fn live() -> &'static str {
    "ok\n"
}

/// `GET /readyz`.
pub(crate) async fn ready(State(site): State<Arc<Site>>) -> (StatusCode, &'static str) {
    match site.blocking(|site| site.store().answers()).await {
        Some(Ok(())) => (StatusCode::OK, "ready\n"),
        Some(Err(error)) => {
            tracing::error!(%error, "the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "no database\n")
        }
        None => (StatusCode::SERVICE_UNAVAILABLE, "busy\n"),
    }
}
