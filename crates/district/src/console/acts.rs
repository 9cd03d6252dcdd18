//! 操作记录: what was done in the console, only ever added to.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Query, State};
use axum::response::Response;
use maud::html;
use serde::Deserialize;

use super::act::Kind;
use super::gate::Signed;
use super::page::{Page, Section, fault};
use super::places::Places;
use super::table::{Cell, Table};
use super::{Console, paths, words};
use crate::server::Site;
use crate::store::StoreError;

/// Rows of a page.
const ROWS: usize = 200;

/// What an address may ask of this page.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    xlsx: Option<String>,
    /// Only rows with a smaller number.
    before: Option<i64>,
}

/// `GET /console/acts`.
pub(super) async fn show(
    State(console): State<Arc<Console>>,
    Extension(signed): Extension<Signed>,
    Query(asked): Query<Asked>,
) -> Response {
    let before = asked.before;
    let address = before.map_or(paths::ACTS.to_owned(), |before| format!("{}?before={before}", paths::ACTS));
    console.show(signed, address, asked.xlsx, move |site, _| build(site, before).map(Some)).await
}

fn build(site: &Site, before: Option<i64>) -> Result<Page, StoreError> {
    let store = site.store();
    let (places, found) = (Places::of(store)?, store.acts(before, ROWS)?);
    let mut page = Page::new(Section::Acts, "操作记录", "谁在什么时候办了什么；只增不改，每行的校验码含着上一行");
    if !found.broken.is_empty() {
        let numbers: Vec<String> = found.broken.iter().map(ToString::to_string).collect();
        page.html(fault(&format!(
            "第 {} 行与上一行对不上，记录可能被人直接在数据库里改动过，请保留现场并报告",
            numbers.join("、")
        )));
    }
    let heads = ["编号", "时间", "账号", "办了什么", "镇街", "对象"];
    let mut table = Table::new("acts", "操作记录", &heads, "还没有操作。");
    for act in &found.acts {
        table.rows.push(vec![
            Cell::Count(act.no),
            Cell::Moment(act.at_ms),
            Cell::text(if act.account.is_empty() { "服务器终端" } else { act.account.as_str() }),
            Cell::text(Kind::label_of(&act.act)),
            Cell::text(if act.about.is_empty() { "" } else { places.name(&act.about) }),
            Cell::text(act.object.as_str()),
        ]);
    }
    let checked = found.acts.len() as i64;
    if found.broken.is_empty() && checked > 0 {
        table.note = Some(format!("共 {} 条，这一页 {checked} 条前后核对无误。", words::grouped(found.total)));
    }
    page.table(table);
    if let Some(oldest) = found.acts.last().filter(|oldest| oldest.no > 1) {
        page.html(
            html! { p.acts { a.button.quiet href=(format!("{}?before={}", paths::ACTS, oldest.no)) { "看更早的" } } },
        );
    }
    Ok(page)
}
