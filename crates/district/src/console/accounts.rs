//! 账号: who may sign in to the console. Administrators only.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};

use super::account::{self, NewAccountError};
use super::act::Kind;
use super::gate::{Form, Signed};
use super::overview::Asked;
use super::page::{self, Notice, Page, Section, fault, field, token};
use super::password::{self, Cost};
use super::table::{Cell, Table, Tone};
use super::{Console, note, paths, see_other};
use crate::server::Site;
use crate::store::StoreError;
use crate::store::console::account::{Account, AccountError, Role};

/// `GET /console/accounts`.
pub(super) async fn show(
    State(console): State<Arc<Console>>,
    Extension(signed): Extension<Signed>,
    Query(asked): Query<Asked>,
) -> Response {
    if !signed.may_act() {
        return page::refused(StatusCode::FORBIDDEN, Notice::ReadOnly);
    }
    let build = |site: &Site, signed: &Signed| build(site, signed, None).map(Some);
    console.show(signed, paths::ACCOUNTS.to_owned(), asked.xlsx, build).await
}

fn build(site: &Site, signed: &Signed, message: Option<&str>) -> Result<Page, StoreError> {
    let accounts = site.store().accounts()?;
    let mut page = Page::new(Section::Accounts, "账号", "管理员可以办理全部事项，查看只能看和下载");
    if let Some(message) = message {
        page.html(fault(message));
    }
    page.table(table(signed, &accounts, &site.store().names_waiting(site.now_ms())?));
    page.html(html! {
        section.block aria-labelledby="new-account" {
            h2 #new-account { "添加账号" }
            form.entry method="post" action=(paths::ACCOUNTS) {
                (token(&signed.form_token))
                (field("账号名", "name", "用岗位的拼音，如 quxinyong；不要用姓名", html! {
                    input #name name="name" maxlength="32" autocomplete="off" autocapitalize="none" spellcheck="false"
                        required aria-describedby="name-hint";
                }))
                (field("权限", "role", "", html! {
                    select #role name="role" {
                        @for role in Role::ALL.into_iter().rev() { option value=(role.as_code()) { (role.label()) } }
                    }
                }))
                button type="submit" { "添加账号" }
            }
        }
    });
    Ok(page)
}

fn table(signed: &Signed, accounts: &[Account], waiting: &BTreeSet<String>) -> Table {
    let heads = ["账号", "权限", "状态", "最近登录", "密码设于", "添加于", ""];
    let mut table = Table::new("accounts", "账号", &heads, "");
    for account in accounts {
        let state = if account.locked_at_ms.is_some() {
            Cell::Mark(Tone::Plain, "已停用".to_owned())
        } else if waiting.contains(&account.name) {
            Cell::Mark(Tone::Fault, "密码连续错误".to_owned())
        } else if account.must_change {
            Cell::Mark(Tone::Wait, "待首次登录".to_owned())
        } else {
            Cell::Mark(Tone::Good, "正常".to_owned())
        };
        table.rows.push(vec![
            Cell::Text(account.name.clone()),
            Cell::text(account.role.label()),
            state,
            Cell::moment(account.signed_in_at_ms),
            Cell::Moment(account.changed_at_ms),
            Cell::Moment(account.made_at_ms),
            // what one does to oneself is done at one's own password
            if account.name == signed.account.name { Cell::Empty } else { Cell::Act(acts(signed, account)) },
        ]);
    }
    table
}

fn acts(signed: &Signed, account: &Account) -> Markup {
    let name = account.name.as_str();
    let button = |act: &str, verb: &str| {
        let label = format!("{verb} {name}");
        html! {
            form method="post" action=(format!("{}/{name}/{act}", paths::ACCOUNTS)) {
                (token(&signed.form_token))
                button.act type="submit" aria-label=(label) { (verb) }
            }
        }
    };
    html! {
        div.row-acts {
            (button("reset", "重置密码"))
            @if account.role == Role::Admin { (button("role", "改为查看")) } @else { (button("role", "改为管理员")) }
            @if account.locked_at_ms.is_some() { (button("unlock", "启用")) } @else { (button("lock", "停用")) }
        }
    }
}

/// The page with a first password, shown once.
fn password_page(title: &str, name: &str, password: &str) -> Page {
    let mut page = Page::new(Section::Accounts, title, "交给使用人，首次登录时会要求换成自己的密码");
    page.html(html! {
        section.block {
            p { "账号：" strong { (name) } }
            p.big-code aria-label="首次密码" { (password) }
            p { strong { "密码只显示这一次" } "，请现在抄下，当面交给使用人。" }
            p.acts { a.button href=(paths::ACCOUNTS) { "已抄下，返回" } }
        }
    });
    page
}

/// Answers with a page built after something was tried.
async fn answered(
    console: &Console,
    signed: Signed,
    work: impl FnOnce(&Site, &Signed) -> Result<Result<Page, String>, StoreError> + Send + 'static,
) -> Response {
    if !signed.may_act() {
        return page::refused(StatusCode::FORBIDDEN, Notice::ReadOnly);
    }
    let built = console.blocking(move |site| {
        let (status, page) = match work(site, &signed)? {
            Ok(page) => (StatusCode::OK, page),
            Err(message) => (StatusCode::UNPROCESSABLE_ENTITY, build(site, &signed, Some(&message))?),
        };
        Ok(page::html_response(status, page.document(site.name(), &signed, paths::ACCOUNTS)))
    });
    built.await.unwrap_or_else(|refused| refused)
}

/// A fault of the store is a fault; what the store refuses is said.
fn told<T>(outcome: Result<T, NewAccountError>) -> Result<Result<T, String>, StoreError> {
    match outcome {
        Ok(done) => Ok(Ok(done)),
        Err(NewAccountError::Account(AccountError::Store(error))) => Err(error),
        Err(refused) => Ok(Err(refused.to_string())),
    }
}

/// `POST /console/accounts`.
pub(super) async fn add(
    State(console): State<Arc<Console>>,
    Extension(signed): Extension<Signed>,
    form: Form,
) -> Response {
    let Ok(_stretching) = console.stretching.acquire().await else {
        return page::refused(StatusCode::SERVICE_UNAVAILABLE, Notice::Busy);
    };
    let work = move |site: &Site, signed: &Signed| {
        let name = form.field("name").trim().to_lowercase();
        let Some(role) = Role::from_code(form.field("role")) else {
            return Ok(Err("没有选权限，请选一个".to_owned()));
        };
        let first = password::made().map_err(StoreError::Random)?;
        let added = account::add(site.store(), &name, role, &first, Cost::STANDARD, site.now_ms());
        if let Err(message) = told(added)? {
            return Ok(Err(message));
        }
        note(site, signed, Kind::AccountAdded, "", &format!("{name}（{}）", role.label()))?;
        Ok(Ok(password_page("账号已添加", &name, &first)))
    };
    answered(&console, signed, work).await
}

/// `POST /console/accounts/{name}/reset`.
pub(super) async fn reset(
    State(console): State<Arc<Console>>,
    Extension(signed): Extension<Signed>,
    Path(name): Path<String>,
    _form: Form,
) -> Response {
    let Ok(_stretching) = console.stretching.acquire().await else {
        return page::refused(StatusCode::SERVICE_UNAVAILABLE, Notice::Busy);
    };
    let work = move |site: &Site, signed: &Signed| {
        if name == signed.account.name {
            return Ok(Err(OWN.to_owned()));
        }
        let first = password::made().map_err(StoreError::Random)?;
        let done = account::reset(site.store(), &name, &first, Cost::STANDARD, site.now_ms());
        if let Err(message) = told(done)? {
            return Ok(Err(message));
        }
        note(site, signed, Kind::AccountReset, "", &name)?;
        Ok(Ok(password_page("密码已重置", &name, &first)))
    };
    answered(&console, signed, work).await
}

const OWN: &str = "这是您自己的账号，请由另一位管理员办理";

/// Changes an account of somebody else and goes back to the list.
async fn changed(
    console: &Console,
    signed: Signed,
    name: String,
    kind: Kind,
    change: impl FnOnce(&mut Account, i64) + Send + 'static,
) -> Response {
    let work = move |site: &Site, signed: &Signed| {
        if name == signed.account.name {
            return Ok(Err(OWN.to_owned()));
        }
        let now_ms = site.now_ms();
        match site.store().change_account(&name, true, now_ms, |account| change(account, now_ms)) {
            Ok(after) => {
                note(site, signed, kind, "", &format!("{name}（{}）", after.role.label()))?;
                Ok(Ok(()))
            }
            Err(AccountError::Store(error)) => Err(error),
            Err(refused) => Ok(Err(refused.to_string())),
        }
    };
    let viewer = signed.clone();
    match console.blocking(move |site| work(site, &signed)).await {
        Ok(Ok(())) => see_other(paths::ACCOUNTS),
        Ok(Err(message)) => answered(console, viewer, move |_, _| Ok(Err(message))).await,
        Err(refused) => refused,
    }
}

/// `POST /console/accounts/{name}/lock`.
pub(super) async fn lock(
    State(console): State<Arc<Console>>,
    Extension(signed): Extension<Signed>,
    Path(name): Path<String>,
    _form: Form,
) -> Response {
    let change = |account: &mut Account, now_ms| account.locked_at_ms = Some(now_ms);
    changed(&console, signed, name, Kind::AccountLocked, change).await
}

/// `POST /console/accounts/{name}/unlock`.
pub(super) async fn unlock(
    State(console): State<Arc<Console>>,
    Extension(signed): Extension<Signed>,
    Path(name): Path<String>,
    _form: Form,
) -> Response {
    let change = |account: &mut Account, _| account.locked_at_ms = None;
    changed(&console, signed, name, Kind::AccountUnlocked, change).await
}

/// `POST /console/accounts/{name}/role`: the other role.
pub(super) async fn role(
    State(console): State<Arc<Console>>,
    Extension(signed): Extension<Signed>,
    Path(name): Path<String>,
    _form: Form,
) -> Response {
    let change = |account: &mut Account, _| {
        account.role = match account.role {
            Role::Admin => Role::Viewer,
            Role::Viewer => Role::Admin,
        };
    };
    changed(&console, signed, name, Kind::RoleChanged, change).await
}
