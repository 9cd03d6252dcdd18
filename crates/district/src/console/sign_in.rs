//! Signing in and out, and one's own password.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};

use super::act::Kind;
use super::gate::{Form, IDLE_MAX_MS, SESSION_MAX_MS, Signed, Token, no_session_cookie};
use super::page::{self, Notice, Page, Section, fault, field, token};
use super::password::{self, Cost, PASSWORD_MAX_CHARS, PasswordFault};
use super::{Console, account, note, paths, see_other, words};
use crate::caller::Caller;
use crate::server::Site;
use crate::store::StoreError;
use crate::store::console::act::NewAct;
use crate::store::console::session::Session;

/// How a sign-in ended.
enum Outcome {
    In(Token),
    Wrong,
    Wait(i64),
    /// Too many wrong ones of everybody, for so many milliseconds more.
    Crowded(i64),
    Locked,
}

/// `GET /console/sign-in`.
pub(super) async fn form(State(console): State<Arc<Console>>, headers: HeaderMap) -> Response {
    sign_in_page(console.site.name(), &headers, StatusCode::OK, "", None)
}

fn sign_in_page(
    district: &str,
    headers: &HeaderMap,
    status: StatusCode,
    name: &str,
    message: Option<&str>,
) -> Response {
    let known = Token::of_form(headers);
    let fresh = known.is_none();
    let Ok(behind) = known.map_or_else(Token::random, Ok) else {
        return page::refused(StatusCode::INTERNAL_SERVER_ERROR, Notice::Failed);
    };
    let body = html! {
        p { (district) " · 管理台" }
        @if let Some(message) = message { (fault(message)) }
        form.entry method="post" action=(paths::SIGN_IN) {
            (token(&behind.form_token()))
            (field("账号", "name", "", html! {
                input #name name="name" value=(name) autocomplete="username" autocapitalize="none" spellcheck="false"
                    maxlength="32" required autofocus[name.is_empty()];
            }))
            (field("密码", "password", "", html! {
                input #password name="password" type="password" autocomplete="current-password"
                    maxlength=(PASSWORD_MAX_CHARS) required autofocus[!name.is_empty()];
            }))
            button type="submit" { "登录" }
        }
        p.hint { "忘记密码请找区平台管理员重置。首个账号由系统管理员在服务器上添加。" }
    };
    let mut response = page::plain(status, "登录", &body);
    if fresh {
        response.headers_mut().append(SET_COOKIE, behind.form_cookie());
    }
    response
}

/// `POST /console/sign-in`.
pub(super) async fn sign_in(
    State(console): State<Arc<Console>>,
    from: Caller,
    headers: HeaderMap,
    form: Form,
) -> Response {
    let name: String = form.field("name").trim().to_lowercase();
    let typed = form.field("password").to_owned();
    let district = console.site.name().to_owned();
    let refuse =
        |message: &str| sign_in_page(&district, &headers, StatusCode::UNPROCESSABLE_ENTITY, &name, Some(message));
    if !account::is_name(&name) || typed.chars().count() > PASSWORD_MAX_CHARS {
        return refuse(WRONG);
    }
    let Ok(_stretching) = console.stretching.acquire().await else {
        return page::refused(StatusCode::SERVICE_UNAVAILABLE, Notice::Busy);
    };
    let (working, asked) = (Arc::clone(&console), name.clone());
    let outcome = match console.blocking(move |site| attempt(&working, site, &asked, from, &typed)).await {
        Ok(outcome) => outcome,
        Err(refused) => return refused,
    };
    match outcome {
        Outcome::In(token) => {
            let mut response = see_other(paths::OVERVIEW);
            response.headers_mut().append(SET_COOKIE, token.session_cookie());
            response
        }
        Outcome::Wrong => refuse(WRONG),
        Outcome::Wait(left_ms) => {
            let left = words::span(left_ms + 59_999);
            refuse(&format!("密码连续错误，为防止猜测，请 {left}后再试；着急请找区平台管理员重置密码"))
        }
        Outcome::Crowded(left_ms) => {
            let left = words::span(left_ms + 59_999);
            refuse(&format!("现在有人在反复试密码，新地址的登录暂停，请 {left}后再试；或换一台登录过的电脑"))
        }
        Outcome::Locked => refuse("这个账号已停用，请联系区平台管理员"),
    }
}

const WRONG: &str = "账号或密码不对，请核对后重新输入";

fn attempt(console: &Console, site: &Site, name: &str, from: Caller, typed: &str) -> Result<Outcome, StoreError> {
    let (store, now_ms) = (site.store(), site.now_ms());
    let tries = store.sign_in_tries(name, &from.to_string())?;
    if now_ms < tries.wait_until_ms {
        return Ok(Outcome::Wait(tries.wait_until_ms - now_ms));
    }
    if let Some(left_s) = console.wrong.spent(&(), now_ms).filter(|_| !tries.is_own(now_ms)) {
        return Ok(Outcome::Crowded(i64::from(left_s) * 1_000));
    }
    let known = store.account(name)?;
    let right = password::is_stored(typed, known.as_ref().map(|known| known.password.as_str()));
    let Some(known) = known.filter(|_| right) else {
        note_wrong(console, site, name, from)?;
        return Ok(Outcome::Wrong);
    };
    if known.locked_at_ms.is_some() {
        return Ok(Outcome::Locked);
    }
    account::note_sign_in(store, name, from, now_ms)?;
    store.end_old_sessions(now_ms - SESSION_MAX_MS, now_ms - IDLE_MAX_MS)?;
    let token = begin(site, name)?;
    note_own(site, name, Kind::SignedIn)?;
    Ok(Outcome::In(token))
}

/// Notes a wrong password; whether its address waits now.
fn note_wrong(console: &Console, site: &Site, name: &str, from: Caller) -> Result<bool, StoreError> {
    let now_ms = site.now_ms();
    // what is spent is asked before the next password is looked at
    let _spent = console.wrong.count((), now_ms);
    let tries = account::note_failure(site.store(), name, from, now_ms)?;
    let waits = tries.wait_until_ms > now_ms;
    if waits {
        tracing::warn!(failed = tries.failed, "an address waits after wrong passwords");
        // a name that nobody has is not written down: it may be a password in the wrong field
        if site.store().account(name)?.is_some() {
            note_own(site, name, Kind::SignInBarred)?;
        }
    }
    Ok(waits)
}

fn begin(site: &Site, name: &str) -> Result<Token, StoreError> {
    let (token, now_ms) = (Token::random().map_err(StoreError::Random)?, site.now_ms());
    site.store().begin_session(&Session {
        token_hash: token.hash(),
        account: name.to_owned(),
        made_at_ms: now_ms,
        seen_at_ms: now_ms,
    })?;
    Ok(token)
}

fn note_own(site: &Site, account: &str, kind: Kind) -> Result<(), StoreError> {
    let new = NewAct { account, act: kind.as_code(), about: "", object: "" };
    site.store().note_act(&new, site.now_ms())
}

/// `POST /console/sign-out`.
pub(super) async fn sign_out(
    State(console): State<Arc<Console>>,
    Extension(signed): Extension<Signed>,
    _form: Form,
) -> Response {
    let ended = console.blocking(move |site| {
        site.store().end_session(signed.session)?;
        note_own(site, &signed.account.name, Kind::SignedOut)
    });
    if let Err(refused) = ended.await {
        return refused;
    }
    let mut response = Redirect::to(paths::SIGN_IN).into_response();
    response.headers_mut().append(SET_COOKIE, no_session_cookie());
    response
}

/// `GET /console/password`.
pub(super) async fn password_form(
    State(console): State<Arc<Console>>,
    Extension(signed): Extension<Signed>,
) -> Response {
    password_page(console.site.name(), &signed, StatusCode::OK, None)
}

fn password_page(district: &str, signed: &Signed, status: StatusCode, message: Option<&str>) -> Response {
    let entries = html! {
        @if let Some(message) = message { (fault(message)) }
        form.entry method="post" action=(paths::PASSWORD) {
            (token(&signed.form_token))
            input type="hidden" name="username" value=(signed.account.name) autocomplete="username";
            (secret("原密码", "old", "current-password", ""))
            (secret("新密码", "new", "new-password", "至少 12 个字符，可以用一句自己记得住的话"))
            (secret("再输一遍新密码", "again", "new-password", ""))
            button type="submit" { "修改密码" }
        }
    };
    if signed.account.must_change {
        let body = html! { p { "这是首次登录，请先换成只有您自己知道的密码。" } (entries) };
        return page::plain(status, "修改密码", &body);
    }
    let mut page = Page::new(Section::Own, "修改密码", "改完后，其他电脑上的登录会自动退出");
    page.html(entries);
    page::html_response(status, page.document(district, signed, paths::PASSWORD))
}

fn secret(label: &str, name: &str, purpose: &str, hint: &str) -> Markup {
    let described = (!hint.is_empty()).then(|| format!("{name}-hint"));
    field(
        label,
        name,
        hint,
        html! {
            input id=(name) name=(name) type="password" autocomplete=(purpose) maxlength=(PASSWORD_MAX_CHARS)
                aria-describedby=[described] required;
        },
    )
}

/// `POST /console/password`.
pub(super) async fn change_password(
    State(console): State<Arc<Console>>,
    Extension(signed): Extension<Signed>,
    from: Caller,
    form: Form,
) -> Response {
    let (old, new, again) =
        (form.field("old").to_owned(), form.field("new").to_owned(), form.field("again").to_owned());
    let refuse =
        |message: &str| password_page(console.site.name(), &signed, StatusCode::UNPROCESSABLE_ENTITY, Some(message));
    let sound = match password::check(&new, &signed.account.name) {
        Err(found) => Err(found),
        Ok(()) if new != again => Err(PasswordFault::Differ),
        Ok(()) if new == old => Err(PasswordFault::Same),
        Ok(()) => Ok(()),
    };
    if let Err(found) = sound {
        return refuse(&found.to_string());
    }
    let Ok(_stretching) = console.stretching.acquire().await else {
        return page::refused(StatusCode::SERVICE_UNAVAILABLE, Notice::Busy);
    };
    let (working, changing) = (Arc::clone(&console), signed.clone());
    match console.blocking(move |site| change(&working, site, &changing, from, &old, &new)).await {
        Ok(Some(token)) => {
            let mut response = see_other(paths::OVERVIEW);
            response.headers_mut().append(SET_COOKIE, token.session_cookie());
            response
        }
        Ok(None) => refuse("原密码不对，请重新输入"),
        Err(refused) => refused,
    }
}

/// Changes it and begins a new session; `None` where the old one was wrong. Wrong ones count as at the sign-in, so that
/// an open console is no place to guess.
fn change(
    console: &Console,
    site: &Site,
    signed: &Signed,
    from: Caller,
    old: &str,
    new: &str,
) -> Result<Option<Token>, StoreError> {
    let (store, now_ms, name) = (site.store(), site.now_ms(), signed.account.name.as_str());
    if !password::is_stored(old, Some(&signed.account.password)) {
        if note_wrong(console, site, name, from)? {
            store.end_session(signed.session)?;
        }
        return Ok(None);
    }
    let stored = password::stored(new, Cost::STANDARD).map_err(StoreError::Random)?;
    account::set_own_password(store, name, &stored, now_ms)?;
    note(site, signed, Kind::PasswordChanged, "", "")?;
    begin(site, name).map(Some)
}
