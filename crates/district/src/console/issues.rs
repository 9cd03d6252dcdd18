//! 问题: everything that somebody should look at, the district's own damage included.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Query, State};
use axum::response::Response;

use zhenxin_domain::ids::DeviceId;

use super::gate::Signed;
use super::overview::{Asked, is_silent};
use super::page::{Page, Section};
use super::places::Places;
use super::table::{Cell, Table};
use super::town::code_words;
use super::{Console, paths, words};
use crate::server::Site;
use crate::store::StoreError;
use crate::store::console::overview::{OpPlace, TownLine};
use crate::store::device::Device;

/// Rows of one list: what a person looks through; the counts by code stand at each town.
const ROWS_MAX: usize = 500;

/// `GET /console/issues`.
pub(super) async fn show(
    State(console): State<Arc<Console>>,
    Extension(signed): Extension<Signed>,
    Query(asked): Query<Asked>,
) -> Response {
    let build = |site: &Site, _: &Signed| build(site).map(Some);
    console.show(signed, paths::ISSUES.to_owned(), asked.xlsx, build).await
}

/// What the tables of this page look up.
struct Known<'a> {
    places: &'a Places,
    towns: &'a [TownLine],
}

impl Known<'_> {
    fn devices(&self) -> impl Iterator<Item = &Device> {
        self.towns.iter().flat_map(|town| &town.devices).filter(|device| device.revoked_at_ms.is_none())
    }

    fn town(&self, code: &str) -> Cell {
        Cell::Link { text: self.places.name(code).to_owned(), href: paths::town(code) }
    }

    fn label(&self, town: &str, device: [u8; 16]) -> Cell {
        let id = DeviceId::from_bytes(device);
        let mut devices = self.towns.iter().filter(|line| line.town.as_str() == town).flat_map(|line| &line.devices);
        Cell::text(devices.find(|known| known.id == id).map_or_else(|| id.to_string(), |known| known.label.clone()))
    }
}

fn build(site: &Site) -> Result<Page, StoreError> {
    let (store, now_ms) = (site.store(), site.now_ms());
    let (places, towns) = (Places::of(store)?, store.town_lines()?);
    let known = Known { places: &places, towns: &towns };
    let mut page = Page::new(Section::Issues, "问题", "退回、可疑、分叉和损坏的记录，以及久未联系的电脑");
    page.table(refused(&known, &store.refused_ops(ROWS_MAX)?));
    page.table(suspect(&known, &store.ops_with_issue(ROWS_MAX)?));
    page.table(forks(&known));
    page.table(damaged(&known, &store.damaged_ops(ROWS_MAX)?));
    page.table(wanted_rights(&known, site)?);
    page.table(silent(&known, now_ms));
    Ok(page)
}

fn capped(rows: usize) -> Option<String> {
    (rows == ROWS_MAX).then(|| format!("只列最近 {ROWS_MAX} 条；各镇街按原因的条数见镇街的页面。"))
}

fn refused(known: &Known<'_>, ops: &[OpPlace]) -> Table {
    let mut table = Table::new(
        "refused",
        "退回的记录",
        &["收到时间", "镇街", "电脑", "原因", "代码", "纪元", "序号"],
        "没有退回的记录。",
    );
    for op in ops {
        table.rows.push(vec![
            Cell::Moment(op.received_at_ms),
            known.town(&op.town),
            known.label(&op.town, op.device),
            Cell::text(code_words(&op.code)),
            Cell::Code(op.code.clone()),
            Cell::Count(op.epoch),
            Cell::Count(op.seq),
        ]);
    }
    table.note = capped(ops.len()).or_else(|| Some("镇街的电脑上能看到每条记录的全部内容和办法。".to_owned()));
    table
}

fn suspect(known: &Known<'_>, ops: &[OpPlace]) -> Table {
    let mut table = Table::new(
        "suspect",
        "已收下但可疑的记录",
        &["收到时间", "镇街", "电脑", "村社", "疑点", "区平台序号"],
        "没有可疑的记录。",
    );
    for op in ops {
        let (scope, server_seq) = op.ordered.as_ref().map_or(("", 0), |(scope, seq)| (scope.as_str(), *seq));
        table.rows.push(vec![
            Cell::Moment(op.received_at_ms),
            known.town(&op.town),
            known.label(&op.town, op.device),
            Cell::text(known.places.name(scope)),
            Cell::text(code_words(&op.code)),
            Cell::Count(server_seq),
        ]);
    }
    table.note = capped(ops.len()).or_else(|| Some("请镇街校准这些电脑的日期和时间。".to_owned()));
    table
}

fn forks(known: &Known<'_>) -> Table {
    let mut table = Table::new(
        "forks",
        "数据分叉的电脑",
        &["镇街", "电脑", "发现时间", "最近联系"],
        "没有分叉。数据文件被复制到另一台电脑，或从旧备份恢复后，才会出现。",
    );
    for device in known.devices().filter(|device| device.forked_at_ms.is_some()) {
        table.rows.push(vec![
            known.town(device.town.as_str()),
            Cell::text(device.label.as_str()),
            Cell::moment(device.forked_at_ms),
            Cell::moment(device.contact_at_ms),
        ]);
    }
    table.note = (!table.rows.is_empty())
        .then(|| "电脑下次同步时会自己换新纪元接着用，记录不会丢；长期停在这里的请联系镇街。".to_owned());
    table
}

fn damaged(known: &Known<'_>, ops: &[OpPlace]) -> Table {
    let mut table = Table::new(
        "damaged",
        "区平台上损坏、正向镇街要回的记录",
        &["收到时间", "镇街", "村社", "区平台序号"],
        "没有损坏的记录。",
    );
    for op in ops {
        let (scope, server_seq) = op.ordered.as_ref().map_or(("", 0), |(scope, seq)| (scope.as_str(), *seq));
        table.rows.push(vec![
            Cell::Moment(op.received_at_ms),
            known.town(&op.town),
            Cell::text(known.places.name(scope)),
            Cell::Count(server_seq),
        ]);
    }
    table.note = (!ops.is_empty())
        .then(|| "镇街的电脑下次同步时会补发原件，核对无误后自动修好；请检查这台服务器的磁盘。".to_owned());
    table
}

fn wanted_rights(known: &Known<'_>, site: &Site) -> Result<Table, StoreError> {
    let mut table =
        Table::new("wanted", "有电脑在等的支出权", &["镇街", "村社", "现由哪台电脑持有", "自"], "没有电脑在等支出权。");
    for row in site.store().rights_list()?.into_iter().filter(|row| row.wanted) {
        table.rows.push(vec![
            known.town(row.town.as_str()),
            Cell::text(known.places.name(row.scope.as_str())),
            Cell::text(row.label),
            Cell::Moment(row.since_ms),
        ]);
    }
    Ok(table)
}

fn silent(known: &Known<'_>, now_ms: i64) -> Table {
    let mut table = Table::new(
        "silent",
        "7 天没有联系的电脑",
        &["镇街", "电脑", "最近联系", "已有多久", "当时待发送"],
        "所有在用电脑 7 天内都联系过。",
    );
    for device in known.devices().filter(|device| is_silent(device, now_ms)) {
        let last = device.contact_at_ms.unwrap_or(device.enrolled_at_ms);
        table.rows.push(vec![
            known.town(device.town.as_str()),
            Cell::text(device.label.as_str()),
            Cell::moment(device.contact_at_ms),
            Cell::Text(words::span(now_ms - last)),
            device.pending_ops.map_or(Cell::Empty, |pending| Cell::Count(pending as i64)),
        ]);
    }
    table
}
