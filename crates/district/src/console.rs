//! The console: what the district's own people see and do, as plain pages in a browser.
//!
//! Invariants
//! - Nobody sees a page without having signed in, except the sign-in itself.
//! - Whatever changes something is a post from a page of this host, with the token of its form, by an account that may;
//!   and it is in the record of acts.
//! - Every text is escaped where it is written (maud); pages run no script and load nothing from elsewhere.
//! - Every table can be downloaded as it is shown.
//!
//! Deliberately absent: personal data (the district has none), JavaScript, sessions for devices.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use tokio::sync::Semaphore;

use crate::rate::Rate;
use crate::server::Site;
use crate::store::StoreError;
use crate::store::console::act::NewAct;
use gate::Signed;
use page::{Notice, Page};
use table::workbook;

pub mod account;
mod accounts;
pub(crate) mod act;
mod acts;
mod brands;
mod chart;
pub mod counting;
mod gate;
mod issues;
mod overview;
mod page;
pub mod password;
mod paths;
mod places;
mod publish;
mod published;
mod sign_in;
mod table;
mod town;
mod town_acts;
mod towns;
pub(crate) mod words;

const STYLE: &str = include_str!("console/console.css");
const ICON: &[u8] = include_bytes!("../../../assets/icons/32x32.png");

/// Nothing but the style and the icon from here; forms go here; no frame, no script.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

/// Largest body: a document of 1 MB with its form.
const BODY_MAX_BYTES: usize = publish::DOCUMENT_MAX_BYTES + 256 * 1_024;

/// Passwords stretched at the same time: 64 MiB each.
const STRETCHED_MAX: usize = 2;

/// Wrong passwords of all addresses together in a minute. Beyond them only addresses from which an account was signed in
/// lately are heard for the rest of the minute: a thousand hired addresses guess no faster, and shut nobody out of the
/// own office. It also bounds what is kept of guesses to 43,200 rows a day.
const WRONG_PASSWORDS_PER_MINUTE: u32 = 30;

/// A browser that came by TLS once comes by nothing else for a year.
const STRICT_TRANSPORT: &str = "max-age=31536000";

/// What every page needs.
pub(crate) struct Console {
    site: Arc<Site>,
    stretching: Semaphore,
    /// Wrong passwords of everybody together.
    wrong: Rate<()>,
}

/// All addresses of the console.
pub(crate) fn router(site: Arc<Site>) -> Router {
    let console = Arc::new(Console {
        site,
        stretching: Semaphore::new(STRETCHED_MAX),
        wrong: Rate::per_minute(WRONG_PASSWORDS_PER_MINUTE),
    });
    let inside = Router::new()
        .route(paths::OVERVIEW, get(overview::show))
        .route(paths::TOWNS, get(towns::show))
        .route("/console/towns/{town}", get(town::show))
        .route("/console/towns/{town}/codes", post(town_acts::make_code))
        .route("/console/towns/{town}/devices/{device}/revoke", get(town_acts::ask_revoke).post(town_acts::revoke))
        .route("/console/towns/{town}/rights/{scope}/take", get(town_acts::ask_take).post(town_acts::take))
        .route(paths::BRANDS, get(brands::show))
        .route(paths::ISSUES, get(issues::show))
        .route(paths::PUBLISHED, get(published::show))
        .route("/console/published/{kind}/check", post(published::check))
        .route("/console/published/{kind}", post(published::publish))
        .route("/console/published/{kind}/{version}", get(published::version))
        .route(paths::ACCOUNTS, get(accounts::show).post(accounts::add))
        .route("/console/accounts/{name}/reset", post(accounts::reset))
        .route("/console/accounts/{name}/lock", post(accounts::lock))
        .route("/console/accounts/{name}/unlock", post(accounts::unlock))
        .route("/console/accounts/{name}/role", post(accounts::role))
        .route(paths::ACTS, get(acts::show))
        .route(paths::PASSWORD, get(sign_in::password_form).post(sign_in::change_password))
        .route(paths::SIGN_OUT, post(sign_in::sign_out))
        .layer(from_fn_with_state(Arc::clone(&console), gate::signed));
    Router::new()
        .route("/", get(|| async { Redirect::to(paths::OVERVIEW) }))
        .route(paths::SIGN_IN, get(sign_in::form).post(sign_in::sign_in))
        .route(paths::STYLE, get(style))
        .route(paths::ICON, get(icon))
        .merge(inside)
        .layer(DefaultBodyLimit::max(BODY_MAX_BYTES))
        .layer(from_fn(gate::origin))
        .layer(from_fn(guarded))
        .with_state(console)
}

/// Adds what guards a page in the browser.
async fn guarded(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let fixed: [(HeaderName, &str); 7] = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (STRICT_TRANSPORT_SECURITY, STRICT_TRANSPORT),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        // `no-referrer` would make browsers send the origin `null` with every form
        (REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

async fn style() -> Response {
    asset("text/css; charset=utf-8", STYLE.as_bytes())
}

async fn icon() -> Response {
    asset("image/png", ICON)
}

fn asset(kind: &'static str, bytes: &'static [u8]) -> Response {
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, "max-age=300")], bytes).into_response()
}

impl Console {
    /// Works on the store, on a blocking thread; a fault becomes the page that says so.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Site) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Response> {
        match self.site.blocking(work).await {
            Some(Ok(done)) => Ok(done),
            Some(Err(error)) => {
                tracing::error!(%error, "the console found no answer");
                Err(page::refused(StatusCode::INTERNAL_SERVER_ERROR, Notice::Failed))
            }
            None => Err(page::refused(StatusCode::SERVICE_UNAVAILABLE, Notice::Busy)),
        }
    }

    /// Builds a page and answers with it, or with the one of its tables that `xlsx` names. `None` is no page.
    async fn show(
        &self,
        signed: Signed,
        address: String,
        xlsx: Option<String>,
        build: impl FnOnce(&Site, &Signed) -> Result<Option<Page>, StoreError> + Send + 'static,
    ) -> Response {
        let built = self.blocking(move |site| {
            let Some(page) = build(site, &signed)? else { return Ok(None) };
            let Some(name) = xlsx else {
                return Ok(Some(page::html_response(StatusCode::OK, page.document(site.name(), &signed, &address))));
            };
            let Some(table) = page.named(&name) else { return Ok(None) };
            let now_ms = site.now_ms();
            let object = format!("{} {}", page.title, table.title);
            note(site, &signed, act::Kind::Downloaded, "", &object)?;
            let source = format!("{} · {}", site.name(), words::moment(now_ms));
            let bytes = workbook::bytes(table, &source).map_err(|error| {
                tracing::error!(%error, "no workbook");
                StoreError::Damaged("workbook")
            })?;
            let name = format!("{}-{}-{}.xlsx", page.title, table.title, words::office_day(now_ms));
            Ok(Some(page::file_response(&name, workbook::MEDIA_TYPE, bytes)))
        });
        match built.await {
            Ok(Some(response)) => response,
            Ok(None) => page::refused(StatusCode::NOT_FOUND, Notice::NotFound),
            Err(refused) => refused,
        }
    }
}

/// Writes an act into the record.
fn note(site: &Site, signed: &Signed, kind: act::Kind, about: &str, object: &str) -> Result<(), StoreError> {
    let new = NewAct { account: &signed.account.name, act: kind.as_code(), about, object };
    site.store().note_act(&new, site.now_ms())
}

/// Goes to a page after something was done, so that a reload does not do it again.
fn see_other(address: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let location = HeaderValue::from_str(address).unwrap_or(HeaderValue::from_static(paths::OVERVIEW));
    response.headers_mut().insert(LOCATION, location);
    response
}

#[cfg(test)]
mod tests;
