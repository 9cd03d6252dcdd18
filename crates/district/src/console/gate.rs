//! Who stands at the door: sessions in a cookie, the origin of every post, the token in every form.
//!
//! A cookie holds 32 random bytes; the store keeps only their hash. A form's token is derived from the cookie's bytes,
//! so that a page that cannot read the cookie cannot make one, and nothing has to be kept for it. Before anybody has
//! signed in, a second cookie of the same make stands behind the form.

use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::multipart::Multipart;
use axum::extract::{FromRequest, Request, State};
use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use zhenxin_protocol::hash::Hash32;

use super::page::{self, Notice};
use super::{Console, password, paths};
use crate::store::console::account::{Account, Role};
use crate::store::console::session::Session;

/// Name of the cookie of a session. `__Host-` makes the browser insist on Secure, on this host alone, on the root path.
const SESSION_COOKIE: &str = "__Host-zhenxin-console";
/// Name of the cookie behind the form of the sign-in.
const FORM_COOKIE: &str = "__Host-zhenxin-form";

/// A session that nobody used for so long ends: a coffee, not a lunch.
pub(crate) const IDLE_MAX_MS: i64 = 30 * 60 * 1_000;
/// A session ends after a working day, used or not.
pub(crate) const SESSION_MAX_MS: i64 = 12 * 60 * 60 * 1_000;
/// A use is noted at most so often: a note is a durable write.
const SEEN_EVERY_MS: i64 = 60_000;

/// Largest form without a file.
const FIELDS_MAX_BYTES: usize = 64 * 1_024;
/// Most fields of a form: the villages of a large town and some more.
const FIELDS_MAX: usize = 500;

/// The 32 bytes of a cookie.
pub(crate) struct Token([u8; 32]);

impl Token {
    /// A new one.
    pub(crate) fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// What the store keeps.
    pub(crate) fn hash(&self) -> Hash32 {
        Hash32::of_parts(&[b"zhenxin console session\0", &self.0])
    }

    /// What stands in forms.
    pub(crate) fn form_token(&self) -> String {
        URL_SAFE_NO_PAD.encode(Hash32::of_parts(&[b"zhenxin console form\0", &self.0]).as_bytes())
    }

    /// The cookie of a session.
    pub(crate) fn session_cookie(&self) -> HeaderValue {
        self.cookie(SESSION_COOKIE)
    }

    /// The cookie behind the form of the sign-in.
    pub(crate) fn form_cookie(&self) -> HeaderValue {
        self.cookie(FORM_COOKIE)
    }

    fn cookie(&self, name: &str) -> HeaderValue {
        let text = format!("{name}={}; Path=/; Secure; HttpOnly; SameSite=Strict", URL_SAFE_NO_PAD.encode(self.0));
        HeaderValue::from_str(&text).expect("letters, digits and punctuation")
    }

    fn of(headers: &HeaderMap, name: &str) -> Option<Self> {
        let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let (_, value) = pairs.find(|(known, _)| *known == name)?;
        Some(Self(URL_SAFE_NO_PAD.decode(value).ok()?.try_into().ok()?))
    }

    /// That of the sign-in's form.
    pub(crate) fn of_form(headers: &HeaderMap) -> Option<Self> {
        Self::of(headers, FORM_COOKIE)
    }
}

/// Takes the cookie of a session away.
pub(crate) fn no_session_cookie() -> HeaderValue {
    HeaderValue::from_static("__Host-zhenxin-console=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict")
}

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub(crate) struct Signed {
    pub(crate) account: Account,
    pub(crate) session: Hash32,
    /// Stands in every form.
    pub(crate) form_token: String,
}

impl Signed {
    pub(crate) fn may_act(&self) -> bool {
        self.account.role == Role::Admin
    }
}

/// Whether a post comes from a page of this host.
fn is_same_origin(headers: &HeaderMap, uri: &Uri) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).or_else(|| uri.authority().map(|it| it.as_str()));
    let Some(host) = host else { return false };
    match headers.get(ORIGIN) {
        Some(origin) => origin.to_str().is_ok_and(|origin| origin == format!("https://{host}")),
        None => headers.get("sec-fetch-site").is_some_and(|site| site == "same-origin"),
    }
}

/// Stands before every address of the console.
pub(crate) async fn origin(request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if !reads && !is_same_origin(request.headers(), request.uri()) {
        tracing::warn!(path = request.uri().path(), "a post from another origin");
        return page::refused(StatusCode::FORBIDDEN, Notice::Origin);
    }
    next.run(request).await
}

/// Stands before every address that needs somebody signed in.
pub(crate) async fn signed(State(console): State<Arc<Console>>, mut request: Request, next: Next) -> Response {
    let Some(token) = Token::of(request.headers(), SESSION_COOKIE) else {
        return Redirect::to(paths::SIGN_IN).into_response();
    };
    let found = console.blocking(move |site| {
        let now_ms = site.now_ms();
        let Some((session, account)) = site.store().session(token.hash())? else { return Ok(None) };
        if is_over(&session, now_ms) || account.locked_at_ms.is_some() {
            site.store().end_session(session.token_hash)?;
            return Ok(None);
        }
        if now_ms - session.seen_at_ms > SEEN_EVERY_MS {
            site.store().touch_session(session.token_hash, now_ms)?;
        }
        let form_token = token.form_token();
        Ok(Some(Signed { account, session: session.token_hash, form_token }))
    });
    let signed = match found.await {
        Ok(Some(signed)) => signed,
        Ok(None) => {
            let mut response = Redirect::to(paths::SIGN_IN).into_response();
            response.headers_mut().append("set-cookie", no_session_cookie());
            return response;
        }
        Err(refused) => return refused,
    };
    let path = request.uri().path();
    let own = matches!(path, paths::PASSWORD | paths::SIGN_OUT);
    if signed.account.must_change && !own {
        return Redirect::to(paths::PASSWORD).into_response();
    }
    if *request.method() == Method::POST && !own && !signed.may_act() {
        return page::refused(StatusCode::FORBIDDEN, Notice::ReadOnly);
    }
    request.extensions_mut().insert(signed);
    next.run(request).await
}

/// Whether a session has ended by itself. A clock that was set back ends none.
fn is_over(session: &Session, now_ms: i64) -> bool {
    now_ms - session.made_at_ms > SESSION_MAX_MS || now_ms - session.seen_at_ms > IDLE_MAX_MS
}

/// A form whose token was right: there is no other way to a form's fields.
#[derive(Debug, Default)]
pub(crate) struct Form {
    fields: Vec<(String, String)>,
    /// The file that was chosen.
    pub(crate) file: Option<Vec<u8>>,
}

impl Form {
    /// A field, empty where there is none.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// All values of a field that stands there several times.
    pub(crate) fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.fields.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let expected = match request.extensions().get::<Signed>() {
            Some(signed) => Some(signed.form_token.clone()),
            None => Token::of_form(request.headers()).map(|token| token.form_token()),
        };
        let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let form = match kind.starts_with("multipart/form-data") {
            true => read_parts(request, state).await,
            false => read_fields(request).await,
        };
        let form = form.ok_or_else(|| page::refused(StatusCode::BAD_REQUEST, Notice::Form))?;
        let sound = expected.is_some_and(|token| password::equal(token.as_bytes(), form.field("token").as_bytes()));
        if sound { Ok(form) } else { Err(page::refused(StatusCode::FORBIDDEN, Notice::Token)) }
    }
}

async fn read_fields(request: Request) -> Option<Form> {
    let bytes = to_bytes(request.into_body(), FIELDS_MAX_BYTES).await.ok()?;
    let fields: Vec<(String, String)> = form_urlencoded::parse(&bytes).into_owned().take(FIELDS_MAX + 1).collect();
    (fields.len() <= FIELDS_MAX).then_some(Form { fields, file: None })
}

async fn read_parts<S: Send + Sync>(request: Request, state: &S) -> Option<Form> {
    let mut parts = Multipart::from_request(request, state).await.ok()?;
    let mut form = Form::default();
    while let Some(part) = parts.next_field().await.ok()? {
        if form.fields.len() >= FIELDS_MAX {
            return None;
        }
        let name = part.name()?.to_owned();
        let is_file = part.file_name().is_some();
        let bytes = part.bytes().await.ok()?;
        if is_file {
            form.file = Some(bytes.to_vec());
        } else {
            form.fields.push((name, String::from_utf8(bytes.to_vec()).ok()?));
        }
    }
    Some(form)
}

#[cfg(test)]
mod tests;
