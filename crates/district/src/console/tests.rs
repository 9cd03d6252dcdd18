//! The console as a browser meets it, without one: requests through the router, cookies kept, forms filled in.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request};
use axum::http::header::{COOKIE, HOST, ORIGIN, SET_COOKIE};
use tempfile::TempDir;
use tower::ServiceExt;

use super::*;
use crate::config::Config;
use crate::fixture::{NOW_MS, TOWN};
use crate::store::console::account::Role;

mod accounts;
mod doors;
mod published;
mod towns;

const PASSWORD: &str = "海塘边的灯塔每天晚上都亮着";

/// A district with a clock that is set by hand, and its console.
struct Desk {
    site: Arc<Site>,
    router: Router,
    now_ms: Arc<AtomicI64>,
    dir: TempDir,
}

impl Desk {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let now_ms = Arc::new(AtomicI64::new(NOW_MS));
        let told = Arc::clone(&now_ms);
        let mut config = Config::local(dir.path());
        config.clock = Arc::new(move || told.load(Ordering::SeqCst));
        let site = Site::open(&config).unwrap();
        account::add_ready(site.store(), "guanli", Role::Admin, PASSWORD, NOW_MS).unwrap();
        account::add_ready(site.store(), "chakan", Role::Viewer, PASSWORD, NOW_MS).unwrap();
        Self { router: router(Arc::clone(&site)), site, now_ms, dir }
    }

    fn pass(&self, ms: i64) {
        self.now_ms.fetch_add(ms, Ordering::SeqCst);
    }

    fn browser(&self) -> Browser<'_> {
        self.browser_at("10.0.0.1:4000")
    }

    fn browser_at(&self, address: &str) -> Browser<'_> {
        Browser { desk: self, address: address.parse().unwrap(), cookies: BTreeMap::new() }
    }

    async fn signed_in(&self, name: &str) -> Browser<'_> {
        let mut browser = self.browser();
        let answer = browser.sign_in(name, PASSWORD).await;
        assert_eq!((answer.status, answer.location.as_str()), (303, "/console"), "{}", answer.text);
        browser
    }
}

/// What came back.
struct Answer {
    status: u16,
    location: String,
    text: String,
    bytes: Vec<u8>,
    headers: axum::http::HeaderMap,
}

impl Answer {
    /// The token of the first form in the page.
    fn token(&self) -> String {
        let (_, rest) = self.text.split_once("name=\"token\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    }
}

/// Keeps cookies as a browser does.
struct Browser<'d> {
    desk: &'d Desk,
    address: SocketAddr,
    cookies: BTreeMap<String, String>,
}

impl Browser<'_> {
    async fn send(&mut self, mut request: Request) -> Answer {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        request.extensions_mut().insert(ConnectInfo(self.address));
        let headers = request.headers_mut();
        headers.insert(HOST, HeaderValue::from_static("district.example"));
        if !cookies.is_empty() {
            headers.insert(COOKIE, HeaderValue::from_str(&cookies.join("; ")).unwrap());
        }
        let response = self.desk.router.clone().oneshot(request).await.unwrap();
        for cookie in response.headers().get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            match cookie.contains("Max-Age=0") {
                true => self.cookies.remove(name),
                false => self.cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 16 << 20).await.unwrap().to_vec();
        Answer {
            status: parts.status.as_u16(),
            location: parts.headers.get(LOCATION).map(|to| to.to_str().unwrap().to_owned()).unwrap_or_default(),
            text: String::from_utf8_lossy(&bytes).into_owned(),
            bytes,
            headers: parts.headers,
        }
    }

    async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Posts fields as they are, from a page of this host.
    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_from("https://district.example", path, fields).await
    }

    async fn post_from(&mut self, origin: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(path)
            .header(ORIGIN, origin)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body));
        self.send(request.unwrap()).await
    }

    /// Opens a page and sends a form from it.
    async fn submit(&mut self, page: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.get(page).await.token();
        let mut all = vec![("token", token.as_str())];
        all.extend_from_slice(fields);
        self.post(path, &all).await
    }

    /// Likewise with a file.
    async fn upload(&mut self, page: &str, path: &str, fields: &[(&str, &str)], file: &[u8]) -> Answer {
        let token = self.get(page).await.token();
        let mut body = Vec::new();
        let mut all = vec![("token", token.as_str())];
        all.extend_from_slice(fields);
        for (name, value) in all {
            body.extend_from_slice(
                format!("--cut\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").as_bytes(),
            );
        }
        body.extend_from_slice(b"--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.json\"\r\n\r\n");
        body.extend_from_slice(file);
        body.extend_from_slice(b"\r\n--cut--\r\n");
        let request = Request::post(path)
            .header(ORIGIN, "https://district.example")
            .header(CONTENT_TYPE, "multipart/form-data; boundary=cut")
            .body(Body::from(body));
        self.send(request.unwrap()).await
    }

    async fn sign_in(&mut self, name: &str, password: &str) -> Answer {
        self.submit(paths::SIGN_IN, paths::SIGN_IN, &[("name", name), ("password", password)]).await
    }
}

/// Every page that a person can open.
fn pages() -> Vec<String> {
    let mut pages: Vec<String> =
        [paths::OVERVIEW, paths::TOWNS, paths::BRANDS, paths::ISSUES, paths::PUBLISHED, paths::ACCOUNTS, paths::ACTS]
            .map(str::to_owned)
            .to_vec();
    pages.push(paths::town(TOWN));
    pages.push(paths::PASSWORD.to_owned());
    pages
}
