//! The routes.

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::middleware;
use axum::routing::{get, post};
use tokio::sync::broadcast;
use tower_http::set_header::SetResponseHeaderLayer;
use zhenxin_app::App;
use zhenxin_app::contract::Fault;

use crate::guard::{self, Guard};
use crate::{calls, changes, pages};

/// Nine photographs of 8 MB as base64, or one workbook of a whole district, with room for the rest of the request.
const BODY_LIMIT_BYTES: usize = 128 * 1024 * 1024;
/// A page that sleeps through more changes than these is told once that something changed.
const CHANGES_KEPT: usize = 256;

/// What every request needs.
#[derive(Clone)]
pub struct Served {
    /// The app, or why there is none.
    pub app: Arc<Result<App, Fault>>,
    /// Topics of what changed.
    pub changes: broadcast::Sender<String>,
}

impl Served {
    /// Serves an app; hears of its changes from now on.
    pub fn new(app: Result<App, Fault>) -> Self {
        let (changes, _) = broadcast::channel(CHANGES_KEPT);
        if let Ok(app) = &app {
            let changes = changes.clone();
            // an error only says that no page is listening
            app.on_change(Box::new(move |topic| drop(changes.send(topic.to_owned()))));
        }
        Self { app: Arc::new(app), changes }
    }
}

/// All routes behind the guard.
pub fn router(served: Served, guard: Guard, ui: &Path) -> anyhow::Result<Router> {
    let policy = HeaderValue::from_str(&pages::policy()?)?;
    Ok(Router::new()
        .route("/api/{kind}/{name}", post(calls::call))
        .route("/api/changes", get(changes::stream))
        .layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES))
        .with_state(served)
        .fallback_service(pages::service(ui))
        .layer(header(CONTENT_SECURITY_POLICY, policy))
        .layer(header(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")))
        .layer(header(REFERRER_POLICY, HeaderValue::from_static("no-referrer")))
        .layer(header(CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .layer(middleware::from_fn_with_state(guard, guard::check)))
}

fn header(name: HeaderName, value: HeaderValue) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(name, value)
}
