//! What can be done about a town: a code for a device, a device revoked, a spending right taken away.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};

use zhenxin_domain::division::{Scope, TownCode};
use zhenxin_domain::ids::DeviceId;
use zhenxin_protocol::wire::limits::LABEL_MAX_CHARS;

use super::act::Kind;
use super::gate::{Form, Signed};
use super::page::{self, Notice, Page, Section, fault, token};
use super::places::Places;
use super::town::{SCOPE, SOME_VILLAGES, VALID_HOURS, WHOLE_TOWN};
use super::{Console, note, paths, see_other, words};
use crate::server::Site;
use crate::store::StoreError;
use crate::store::enrol::NewCode;

const HOUR_MS: i64 = 3_600_000;

fn not_found() -> Response {
    page::refused(StatusCode::NOT_FOUND, Notice::NotFound)
}

/// Answers with a page that was built, or with that there is none.
fn answer(site_name: &str, signed: &Signed, address: &str, page: Option<Page>) -> Response {
    page.map_or_else(not_found, |page| page::html_response(StatusCode::OK, page.document(site_name, signed, address)))
}

/// `POST /console/towns/{town}/codes`.
pub(super) async fn make_code(
    State(console): State<Arc<Console>>,
    Extension(signed): Extension<Signed>,
    Path(town): Path<String>,
    form: Form,
) -> Response {
    let Ok(town) = town.parse::<TownCode>() else { return not_found() };
    let address = paths::town(town.as_str());
    let maker = signed.clone();
    let page = match console.blocking(move |site| code_page(site, &maker, town, &form)).await {
        Ok(page) => page,
        Err(refused) => return refused,
    };
    answer(console.site.name(), &signed, &address, Some(page))
}

/// What was asked for, or what is wrong with it.
fn read_order(town: TownCode, form: &Form) -> Result<NewCode, &'static str> {
    let label = zhenxin_domain::text::normalise(form.field("label"));
    if label.is_empty() {
        return Err("没有填电脑名称，请补上，如 综合办 1 号机");
    }
    if label.chars().count() > LABEL_MAX_CHARS {
        return Err("电脑名称太长，请改短");
    }
    let villages: Result<Vec<Scope>, _> = form.all("village").map(str::parse).collect();
    let villages = villages.ok().filter(|villages| villages.iter().all(|village| village.town() == town));
    let Some(villages) = villages else { return Err("选的村社不属于这个镇街，请刷新页面后重选") };
    match (form.field(SCOPE), villages.is_empty()) {
        (WHOLE_TOWN, true) | (SOME_VILLAGES, false) => {}
        (WHOLE_TOWN, false) => return Err("选了“全镇街”，又勾了村社：请只留一种。只给几个村社的，选“只给部分村社”"),
        (SOME_VILLAGES, true) => return Err("选了“只给部分村社”，没有勾村社，请至少勾一个"),
        _ => return Err("没有选这台电脑能看哪些村社，请选“全镇街”或“只给部分村社”"),
    }
    let hours = form.field("hours").parse::<u32>().ok().filter(|hours| VALID_HOURS.contains(hours));
    let Some(hours) = hours else { return Err("没有选有效期，请选一个") };
    Ok(NewCode { town, label, villages, valid_ms: i64::from(hours) * HOUR_MS })
}

fn code_page(site: &Site, signed: &Signed, town: TownCode, form: &Form) -> Result<Page, StoreError> {
    let places = Places::of(site.store())?;
    let back = paths::town(town.as_str());
    let mut page = Page::new(Section::Towns, format!("接入码 · {}", places.name(town.as_str())), "给一台电脑用一次");
    let order = match read_order(town, form) {
        Ok(order) => order,
        Err(message) => {
            page.html(html! { (fault(message)) p { "没有生成接入码。" a href=(back) { "返回重新填写" } } });
            return Ok(page);
        }
    };
    let now_ms = site.now_ms();
    let code = site.store().make_code(&order, now_ms)?;
    let range = match order.villages.is_empty() {
        true => "全镇街".to_owned(),
        false => order.villages.iter().map(|village| places.name(village.as_str())).collect::<Vec<_>>().join("、"),
    };
    note(site, signed, Kind::CodeMade, town.as_str(), &format!("{}（{range}）", order.label))?;
    page.html(html! {
        section.block {
            p { "电脑：" strong { (order.label) } "，范围：" (range) }
            p.big-code aria-label="接入码" { (code.to_string()) }
            p { (words::moment(now_ms + order.valid_ms)) " 前有效，只能用一次。" strong { "本码只显示这一次" } "，请现在抄下或告诉镇街。" }
            p.acts { a.button href=(back) { "已抄下，返回" } }
        }
    });
    Ok(page)
}

/// `GET /console/towns/{town}/devices/{device}/revoke`.
pub(super) async fn ask_revoke(
    State(console): State<Arc<Console>>,
    Extension(signed): Extension<Signed>,
    Path((town, device)): Path<(String, String)>,
) -> Response {
    if !signed.may_act() {
        return page::refused(StatusCode::FORBIDDEN, Notice::ReadOnly);
    }
    let (address, asker) = (paths::town(&town), signed.clone());
    let built = console.blocking(move |site| {
        let Some((town, label)) = found(site, &town, &device)? else { return Ok(None) };
        let places = Places::of(site.store())?;
        let name = format!("{}的{label}", places.name(town.as_str()));
        let action = format!("{}/devices/{device}/revoke", paths::town(town.as_str()));
        let explained = html! {
            p { "停用后，这台电脑不能再同步；它已经送达的记录都保留，没有送达的记录要在别的电脑上重新登记。" }
            p { "停用不能撤回：要再用它，须重新生成接入码接入。" }
        };
        Ok(Some(confirm(&asker, &format!("停用{name}"), explained, &action, &format!("停用{label}"))))
    });
    match built.await {
        Ok(page) => answer(console.site.name(), &signed, &address, page),
        Err(refused) => refused,
    }
}

/// A question with its one answer and the way back.
fn confirm(signed: &Signed, title: &str, explained: Markup, action: &str, verb: &str) -> Page {
    let mut page = Page::new(Section::Towns, title, "请确认");
    page.html(html! {
        section.block {
            (explained)
            form.confirm method="post" action=(action) {
                (token(&signed.form_token))
                button.danger type="submit" { (verb) }
                a.button.quiet href=(back_of(action)) { "不办了，返回" }
            }
        }
    });
    page
}

/// The town's page, out of the address of an act about it.
fn back_of(action: &str) -> String {
    action.split('/').take(4).collect::<Vec<_>>().join("/")
}

/// The town and label of a device of this town that is in use.
fn found(site: &Site, town: &str, device: &str) -> Result<Option<(TownCode, String)>, StoreError> {
    let lines = site.store().town_lines()?;
    let devices = lines.into_iter().filter(|line| line.town.as_str() == town).flat_map(|line| line.devices);
    let mut used = devices.filter(|known| known.revoked_at_ms.is_none());
    Ok(used.find(|known| known.id.to_string() == device).map(|known| (known.town, known.label)))
}

/// `POST /console/towns/{town}/devices/{device}/revoke`.
pub(super) async fn revoke(
    State(console): State<Arc<Console>>,
    Extension(signed): Extension<Signed>,
    Path((town, device)): Path<(String, String)>,
    _form: Form,
) -> Response {
    let Ok(id) = device.parse::<DeviceId>() else { return not_found() };
    let address = paths::town(&town);
    let done = console.blocking(move |site| {
        let Some((town, label)) = found(site, &town, &device)? else { return Ok(false) };
        let revoked = site.store().revoke(town, id, site.now_ms())?;
        if revoked {
            note(site, &signed, Kind::DeviceRevoked, town.as_str(), &label)?;
        }
        Ok(revoked)
    });
    match done.await {
        Ok(true) => see_other(&address),
        Ok(false) => not_found(),
        Err(refused) => refused,
    }
}

/// `GET /console/towns/{town}/rights/{scope}/take`.
pub(super) async fn ask_take(
    State(console): State<Arc<Console>>,
    Extension(signed): Extension<Signed>,
    Path((town, scope)): Path<(String, String)>,
) -> Response {
    if !signed.may_act() {
        return page::refused(StatusCode::FORBIDDEN, Notice::ReadOnly);
    }
    let (address, asker) = (paths::town(&town), signed.clone());
    let built = console.blocking(move |site| {
        let held = site.store().rights_list()?;
        let Some(row) = held.into_iter().find(|row| row.town.as_str() == town && row.scope.as_str() == scope) else {
            return Ok(None);
        };
        let places = Places::of(site.store())?;
        let name = places.name(&scope).to_owned();
        let explained = html! {
            p { "现由 " strong { (row.label) } " 持有，自 " (words::moment(row.since_ms)) "。" }
            p { "收回后，它离线付时间、办赠与要等区平台确认才算数；其他电脑可以在“电脑与支出权”里申请。电脑丢失或长期不联系时才需要收回。" }
        };
        let action = format!("{}/rights/{scope}/take", paths::town(&town));
        Ok(Some(confirm(&asker, &format!("收回{name}的支出权"), explained, &action, &format!("收回{name}的支出权"))))
    });
    match built.await {
        Ok(page) => answer(console.site.name(), &signed, &address, page),
        Err(refused) => refused,
    }
}

/// `POST /console/towns/{town}/rights/{scope}/take`.
pub(super) async fn take(
    State(console): State<Arc<Console>>,
    Extension(signed): Extension<Signed>,
    Path((town, scope)): Path<(String, String)>,
    _form: Form,
) -> Response {
    let (Ok(town), Ok(scope)) = (town.parse::<TownCode>(), scope.parse::<Scope>()) else { return not_found() };
    let done = console.blocking(move |site| {
        let held = site.store().rights_list()?.into_iter().find(|row| row.town == town && row.scope == scope);
        let taken = site.store().take_right(town, scope)?;
        if taken {
            let holder = held.map(|row| row.label).unwrap_or_default();
            note(site, &signed, Kind::RightTaken, town.as_str(), &format!("{scope}（{holder}）"))?;
        }
        Ok(taken)
    });
    match done.await {
        Ok(true) => see_other(&paths::town(town.as_str())),
        Ok(false) => not_found(),
        Err(refused) => refused,
    }
}
