//! 镇街: the list that leads to each town.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Query, State};
use axum::response::Response;

use super::gate::Signed;
use super::overview::{Asked, standing, town_table};
use super::page::{Page, Section};
use super::places::Places;
use super::table::{Cell, Table};
use super::{Console, paths};
use crate::server::Site;
use crate::store::StoreError;
use crate::store::blob::BlobUse;
use crate::store::console::overview::TownLine;

/// `GET /console/towns`.
pub(super) async fn show(
    State(console): State<Arc<Console>>,
    Extension(signed): Extension<Signed>,
    Query(asked): Query<Asked>,
) -> Response {
    let build = |site: &Site, _: &Signed| build(site).map(Some);
    console.show(signed, paths::TOWNS.to_owned(), asked.xlsx, build).await
}

fn build(site: &Site) -> Result<Page, StoreError> {
    let (store, now_ms) = (site.store(), site.now_ms());
    let (places, towns, figures) = (Places::of(store)?, store.town_lines()?, store.figures()?);
    let mut page = Page::new(Section::Towns, "镇街", "点镇街名称，可以接入或停用电脑，查看支出权和附件空间");
    page.table(town_table("towns", &places, &towns, &figures, now_ms));
    page.table(device_table(&places, &towns, now_ms));
    page.table(room_table(&places, &store.blob_use()?, site.blob_quota_bytes));
    Ok(page)
}

fn room_table(places: &Places, used: &[BlobUse], quota_bytes: u64) -> Table {
    let mut table =
        Table::new("room", "附件空间", &["镇街", "附件", "还在上传", "已用", "上限", "占比"], "还没有镇街上传过附件。");
    for room in used {
        table.rows.push(vec![
            Cell::Link { text: places.name(&room.town).to_owned(), href: paths::town(&room.town) },
            Cell::Count(room.blobs as i64),
            Cell::Count(room.unfinished as i64),
            Cell::Bytes(room.bytes as i64),
            Cell::Bytes(quota_bytes as i64),
            Cell::Text(format!("{}%", percent_used(room.bytes, quota_bytes))),
        ]);
    }
    table
}

/// Whole percent of the room, 100 at most.
pub(super) fn percent_used(bytes: u64, quota_bytes: u64) -> u64 {
    bytes.saturating_mul(100).checked_div(quota_bytes).unwrap_or(100).min(100)
}

fn device_table(places: &Places, towns: &[TownLine], now_ms: i64) -> Table {
    let mut table = Table::new(
        "devices",
        "全部电脑",
        &["镇街", "电脑", "状态", "最近联系", "待发送", "程序版本", "接入时间"],
        "还没有电脑接入。到镇街的页面生成接入码，发给镇街。",
    );
    for (town, device) in towns.iter().flat_map(|town| town.devices.iter().map(move |device| (town, device))) {
        let code = town.town.as_str();
        table.rows.push(vec![
            Cell::Link { text: places.name(code).to_owned(), href: paths::town(code) },
            Cell::text(device.label.as_str()),
            standing(device, now_ms),
            Cell::moment(device.contact_at_ms),
            device.pending_ops.map_or(Cell::Empty, |pending| Cell::Count(pending as i64)),
            device.program.as_deref().map_or(Cell::Empty, |program| Cell::Code(program.to_owned())),
            Cell::Moment(device.enrolled_at_ms),
        ]);
    }
    table
}
