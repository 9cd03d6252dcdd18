//! Who may talk to this host: only the page it served itself, opened with the token that it printed at its start.
//!
//! Loopback alone protects nothing: any page in any browser of the machine can send requests to it (CSRF), a name
//! that resolves to 127.0.0.1 makes them same-origin (DNS rebinding), and other users of the machine reach it too.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use zhenxin_app::contract::{Fault, FaultCode};

/// 256 bits: nobody guesses it.
const TOKEN_BYTES: usize = 32;
const COOKIE_NAME: &str = "zhenxin-devhost";
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// This start's address and token.
#[derive(Clone)]
pub struct Guard {
    host: Arc<str>,
    cookie: Arc<str>,
    token: Arc<str>,
}

impl Guard {
    /// Draws the token of this start.
    pub fn new(address: SocketAddr) -> anyhow::Result<Self> {
        let mut bytes = [0u8; TOKEN_BYTES];
        getrandom::fill(&mut bytes)?;
        let token: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        // cookies know no ports: two hosts of one machine must not overwrite each other's
        let cookie = format!("{COOKIE_NAME}-{}={token}", address.port());
        Ok(Self { host: address.to_string().into(), cookie: cookie.into(), token: token.into() })
    }

    /// Where the pages are, without a slash at the end.
    pub fn address(&self) -> String {
        format!("http://{}", self.host)
    }

    /// Where to go first: sets the cookie and leads on to the pages.
    pub fn entrance(&self) -> String {
        format!("http://{}/?token={}", self.host, self.token)
    }

    fn names_this_host(&self, headers: &HeaderMap) -> bool {
        headers.get(HOST).is_some_and(|host| host.as_bytes() == self.host.as_bytes())
    }

    fn comes_from_own_page(&self, headers: &HeaderMap) -> bool {
        let origin_fits = headers.get(ORIGIN).is_none_or(|origin| origin.as_bytes() == self.address().as_bytes());
        let site_fits = headers.get(FETCH_SITE).is_none_or(|site| matches!(site.as_bytes(), b"same-origin" | b"none"));
        origin_fits && site_fits
    }

    fn has_cookie(&self, headers: &HeaderMap) -> bool {
        let pairs = headers.get_all(COOKIE).into_iter().filter_map(|cookies| cookies.to_str().ok());
        pairs.flat_map(|pairs| pairs.split(';')).any(|pair| pair.trim() == &*self.cookie)
    }

    fn is_entrance(&self, request: &Request) -> bool {
        request.method() == Method::GET
            && request.uri().path() == "/"
            && request.uri().query().and_then(|query| query.strip_prefix("token=")) == Some(&*self.token)
    }
}

/// Lets a request through, or says why not.
pub async fn check(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    if !guard.names_this_host(headers) {
        return refuse("请求的地址不是本机服务。");
    }
    if guard.is_entrance(&request) {
        let cookie = format!("{}; Path=/; HttpOnly; SameSite=Strict", guard.cookie);
        return (StatusCode::SEE_OTHER, [(SET_COOKIE, cookie), (LOCATION, "/".to_owned())]).into_response();
    }
    if !guard.comes_from_own_page(headers) {
        return refuse("请求来自别的网页，已拒绝。");
    }
    if !guard.has_cookie(headers) {
        return refuse("请用启动时给出的完整地址（open）打开。");
    }
    // a form of another page cannot send this type without asking first
    let is_json = headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    if request.method() == Method::POST && !is_json {
        return refuse("请求的类型必须是 application/json。");
    }
    next.run(request).await
}

fn refuse(text: &str) -> Response {
    (StatusCode::FORBIDDEN, axum::Json(Fault::new(FaultCode::Forbidden, text))).into_response()
}
