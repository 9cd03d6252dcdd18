//! One town: its devices and how to add one, the spending rights, what was refused, the room that its attachments take.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use maud::{Markup, html};

use zhenxin_domain::division::TownCode;
use zhenxin_protocol::wire::limits::LABEL_MAX_CHARS;
use zhenxin_protocol::wire::ops::{ISSUE_TIME_SUSPECT, RejectCode};

use super::gate::Signed;
use super::overview::{Asked, standing};
use super::page::{Page, Section, field, token};
use super::places::Places;
use super::table::{Cell, Table};
use super::towns::percent_used;
use super::{Console, paths, words};
use crate::server::Site;
use crate::store::StoreError;
use crate::store::console::overview::TownLine;
use crate::store::rights::RightRow;

/// Hours for which a code can be valid, the usual first.
pub(super) const VALID_HOURS: [u32; 4] = [72, 24, 7 * 24, 30 * 24];
/// Field of the form that says for whom a code is, and its two values.
pub(super) const SCOPE: &str = "scope";
pub(super) const WHOLE_TOWN: &str = "town";
pub(super) const SOME_VILLAGES: &str = "villages";

/// `GET /console/towns/{town}`.
pub(super) async fn show(
    State(console): State<Arc<Console>>,
    Extension(signed): Extension<Signed>,
    Path(town): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    let address = paths::town(&town);
    console.show(signed, address, asked.xlsx, move |site, signed| build(site, signed, &town)).await
}

/// `None` where the code is neither in the division table nor has devices.
fn build(site: &Site, signed: &Signed, town: &str) -> Result<Option<Page>, StoreError> {
    let store = site.store();
    let places = Places::of(store)?;
    let line = store.town_lines()?.into_iter().find(|line| line.town.as_str() == town);
    let Ok(code) = town.parse::<TownCode>() else { return Ok(None) };
    if line.is_none() && places.towns().all(|(known, _)| known != code) {
        return Ok(None);
    }
    let mut page = Page::new(Section::Towns, places.name(town), format!("代码 {town}"));
    page.table(devices(site, signed, &places, line.as_ref()));
    if signed.may_act() {
        page.html(code_form(signed, &places, code));
    }
    page.table(rights(signed, &places, code, store.rights_list()?));
    page.table(refusals(&store.refusals(town)?, line.as_ref()));
    page.html(room(site, town)?);
    Ok(Some(page))
}

/// Names of scopes, the town itself as a whole.
fn scope_names(places: &Places, town: &str, scopes: impl Iterator<Item = String>) -> String {
    let names: Vec<String> =
        scopes.map(|scope| if scope == town { "全镇街".to_owned() } else { places.name(&scope).to_owned() }).collect();
    names.join("、")
}

fn devices(site: &Site, signed: &Signed, places: &Places, line: Option<&TownLine>) -> Table {
    let mut table = Table::new(
        "devices",
        "电脑",
        &["电脑", "状态", "范围", "最近联系", "待发送", "最早一条", "程序版本", "接入时间", "停用时间", ""],
        "还没有电脑接入。在下面生成接入码，当面或打电话告诉镇街。",
    );
    for device in line.into_iter().flat_map(|line| &line.devices) {
        let town = device.town.as_str();
        let id = device.id.to_string();
        let revoke = format!("{}/devices/{id}/revoke", paths::town(town));
        let acts = signed.may_act() && device.revoked_at_ms.is_none();
        table.rows.push(vec![
            Cell::text(device.label.as_str()),
            standing(device, site.now_ms()),
            Cell::text(scope_names(places, town, device.scopes.iter().map(ToString::to_string))),
            Cell::moment(device.contact_at_ms),
            device.pending_ops.map_or(Cell::Empty, |pending| Cell::Count(pending as i64)),
            Cell::moment(device.oldest_pending_at_ms),
            device.program.as_deref().map_or(Cell::Empty, |program| Cell::Code(program.to_owned())),
            Cell::Moment(device.enrolled_at_ms),
            Cell::moment(device.revoked_at_ms),
            if acts {
                let label = format!("停用{}", device.label);
                Cell::Act(html! { a.act href=(revoke) aria-label=(label) { "停用" } })
            } else {
                Cell::Empty
            },
        ]);
    }
    table
}

fn code_form(signed: &Signed, places: &Places, town: TownCode) -> Markup {
    let villages: Vec<(&str, &str)> = places.villages(town.as_str()).collect();
    html! {
        section.block aria-labelledby="new-code" {
            h2 #new-code { "接入一台电脑" }
            form.entry method="post" action=(format!("{}/codes", paths::town(town.as_str()))) {
                (token(&signed.form_token))
                (field("电脑名称", "label", "如 综合办 1 号机；镇街接入时可以改", html! {
                    input #label name="label" maxlength=(LABEL_MAX_CHARS) required aria-describedby="label-hint";
                }))
                (field("接入码有效期", "hours", "", html! {
                    select #hours name="hours" {
                        @for hours in VALID_HOURS { option value=(hours) { (words::span(i64::from(hours) * 3_600_000)) } }
                    }
                }))
                (scope_choice(&villages))
                button type="submit" { "生成接入码" }
            }
        }
    }
}

/// Nothing is chosen beforehand: a village's PC that got the whole town by an Enter would hold what it must not.
fn scope_choice(villages: &[(&str, &str)]) -> Markup {
    html! {
        fieldset.scope {
            legend { "这台电脑能看哪些村社" }
            label { input type="radio" name=(SCOPE) value=(WHOLE_TOWN) required; "全镇街" }
            @if !villages.is_empty() {
                label { input type="radio" name=(SCOPE) value=(SOME_VILLAGES) required; "只给部分村社" }
                div.checks role="group" aria-label="村社" {
                    @for (code, name) in villages {
                        label { input type="checkbox" name="village" value=(code); (name) }
                    }
                }
            }
        }
    }
}

fn rights(signed: &Signed, places: &Places, town: TownCode, rows: Vec<RightRow>) -> Table {
    let mut table = Table::new(
        "rights",
        "支出权",
        &["村社", "由哪台电脑持有", "自", "其他电脑在等", ""],
        "没有电脑持有支出权。镇街的电脑要离线付时间、办赠与，先在本机的“同步 › 电脑与支出权”里申请。",
    );
    for row in rows.into_iter().filter(|row| row.town == town) {
        let scope = row.scope.to_string();
        let take = format!("{}/rights/{scope}/take", paths::town(town.as_str()));
        let name = scope_names(places, town.as_str(), std::iter::once(scope));
        let label = format!("收回{name}的支出权");
        table.rows.push(vec![
            Cell::Text(name),
            Cell::text(row.label),
            Cell::Moment(row.since_ms),
            Cell::text(if row.wanted { "有" } else { "" }),
            if signed.may_act() {
                Cell::Act(html! { a.act href=(take) aria-label=(label) { "收回" } })
            } else {
                Cell::Empty
            },
        ]);
    }
    table
}

/// What a code of a refusal or an issue means to the district.
pub(super) fn code_words(code: &str) -> &str {
    match RejectCode::from_name(code) {
        Some(RejectCode::TooLarge) => "记录太大",
        Some(RejectCode::BadOp) => "记录损坏",
        Some(RejectCode::BadBody) => "内容不合规则",
        Some(RejectCode::IdReused) => "编号已被占用",
        Some(RejectCode::ScopeDenied) => "没有这个村社的权限",
        Some(RejectCode::DeviceRevoked) => "电脑已停用",
        None if code == ISSUE_TIME_SUSPECT => "电脑时间可疑",
        None if code == "fork" => "数据分叉",
        None => code,
    }
}

fn refusals(rows: &[crate::store::console::overview::Refusals], line: Option<&TownLine>) -> Table {
    let mut table = Table::new("refusals", "退回的记录", &["原因", "代码", "条数", "最近一条"], "没有退回过记录。");
    for row in rows {
        table.rows.push(vec![
            Cell::text(code_words(&row.code)),
            Cell::Code(row.code.clone()),
            Cell::Count(row.count),
            Cell::Moment(row.last_at_ms),
        ]);
    }
    let suspect = line.map_or(0, |line| line.with_issue);
    if suspect > 0 {
        table.note = Some(format!("另有 {} 条已收下、但录入时的电脑时间可疑，见“问题”。", words::grouped(suspect)));
    }
    table
}

fn room(site: &Site, town: &str) -> Result<Markup, StoreError> {
    let found = site.store().blob_use()?.into_iter().find(|found| found.town == town);
    let (blobs, bytes, unfinished) = found.map_or((0, 0, 0), |found| (found.blobs, found.bytes, found.unfinished));
    let quota = site.blob_quota_bytes;
    let percent = percent_used(bytes, quota);
    Ok(html! {
        section.block aria-labelledby="room" {
            h2 #room { "附件空间" }
            p {
                "已用 " (words::bytes(bytes as i64)) "，共 " (words::bytes(quota as i64)) "（" (percent) "%）："
                (words::grouped(blobs as i64)) " 个附件"
                @if unfinished > 0 { "，" (words::grouped(unfinished as i64)) " 个还在上传" }
                "。"
            }
            meter min="0" max="100" value=(percent) aria-label="附件空间已用" { (percent) "%" }
        }
    })
}
