//! The built screens, with the policy of the window.

use std::convert::Infallible;
use std::path::Path;

use anyhow::Context;
use axum::body::Body;
use axum::extract::Request;
use axum::http::Uri;
use axum::response::Response;
use tower::util::BoxCloneSyncService;
use tower::{ServiceExt, service_fn};
use tower_http::services::ServeDir;

const WINDOW_SETTINGS: &str = include_str!("../../../tauri.conf.json");

/// The content security policy of the window.
pub fn policy() -> anyhow::Result<String> {
    let settings: serde_json::Value = serde_json::from_str(WINDOW_SETTINGS)?;
    let policy = settings.pointer("/app/security/csp").and_then(|policy| policy.as_str());
    Ok(policy.context("tauri.conf.json has no content security policy")?.to_owned())
}

/// Files as they are; an address of the screens' own routes (no dot in its last part) gets index.html, as in the
/// window.
pub fn service(ui: &Path) -> BoxCloneSyncService<Request, Response, Infallible> {
    let files = ServeDir::new(ui);
    BoxCloneSyncService::new(service_fn(move |mut request: Request| {
        let files = files.clone();
        async move {
            if is_route(request.uri().path()) {
                *request.uri_mut() = Uri::from_static("/index.html");
            }
            Ok(match files.oneshot(request).await {
                Ok(response) => response.map(Body::new),
                Err(never) => match never {},
            })
        }
    }))
}

fn is_route(path: &str) -> bool {
    !path.rsplit('/').next().unwrap_or_default().contains('.')
}
