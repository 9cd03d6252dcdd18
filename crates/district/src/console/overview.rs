//! 概况: is everything in order, and how much was done.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Extension;
use axum::extract::{Query, State};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::chart::{Bars, Series};
use super::gate::Signed;
use super::page::{Page, Section};
use super::places::Places;
use super::table::{Cell, Table, Tone};
use super::{Console, paths, words};
use crate::server::Site;
use crate::store::StoreError;
use crate::store::console::overview::TownLine;
use crate::store::console::tally::{Figure, Measure};
use crate::store::device::Device;

/// A device that was not heard of for so long is silent: a village official sits down twice a week.
pub(super) const SILENT_AFTER_MS: i64 = 7 * 24 * 3_600 * 1_000;

/// Months in the charts and in the table beside them.
const MONTHS_SHOWN: i32 = 12;

/// What an address may ask of a page.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    /// The table to download.
    pub(super) xlsx: Option<String>,
}

/// `GET /console`.
pub(super) async fn show(
    State(console): State<Arc<Console>>,
    Extension(signed): Extension<Signed>,
    Query(asked): Query<Asked>,
) -> Response {
    let build = |site: &Site, _: &Signed| build(site).map(Some);
    console.show(signed, paths::OVERVIEW.to_owned(), asked.xlsx, build).await
}

fn build(site: &Site) -> Result<Page, StoreError> {
    let (store, now_ms) = (site.store(), site.now_ms());
    let (places, towns, figures) = (Places::of(store)?, store.town_lines()?, store.figures()?);
    let uncounted: i64 = store.tally_behind()?.iter().map(|behind| behind.ops).sum();
    let mut page = Page::new(Section::Overview, "概况", "各镇街是否正常同步，积分和时间一共有多少");
    page.html(sums(&towns, &figures, now_ms));
    if uncounted > 0 {
        page.html(html! {
            p.note { "还有 " (words::grouped(uncounted)) " 条记录正在统计，数字会继续增加；刷新可见最新。" }
        });
    }
    page.table(town_table("towns", &places, &towns, &figures, now_ms));
    let this = words::month_at(now_ms);
    let months: Vec<i32> = (this - MONTHS_SHOWN + 1..=this).collect();
    let by_month = by_month(&figures);
    page.html(charts(&months, &by_month));
    page.table(month_table(&months, &by_month, &figures));
    Ok(page)
}

/// Four figures, each with what it leads to.
fn sums(towns: &[TownLine], figures: &[Figure], now_ms: i64) -> Markup {
    let devices = || towns.iter().flat_map(|town| &town.devices).filter(|device| device.revoked_at_ms.is_none());
    let heard = devices().filter(|device| !is_silent(device, now_ms)).count();
    let problems: i64 = towns.iter().map(|town| town.refused + town.with_issue + town.damaged).sum::<i64>()
        + devices().filter(|device| device.forked_at_ms.is_some()).count() as i64;
    let points = total(figures, Measure::PointsIssued) - total(figures, Measure::PointsReversed);
    let minutes = total(figures, Measure::MinutesCredited) - total(figures, Measure::MinutesReversed);
    html! {
        div.sums {
            (sum("在用电脑", &words::grouped(devices().count() as i64), &format!("7 天内联系过 {heard} 台"), paths::TOWNS))
            (sum("生效积分", &format!("{} 分", words::grouped(points)), "已减去冲正", "#t-months"))
            (sum("入账时间", &words::minutes(minutes), "已减去冲正", "#t-months"))
            (sum("待看的问题", &words::grouped(problems), "退回、可疑、分叉、损坏", paths::ISSUES))
        }
    }
}

fn sum(label: &str, value: &str, more: &str, href: &str) -> Markup {
    html! { a.sum href=(href) { span.label { (label) } strong { (value) } span.more { (more) } } }
}

fn total(figures: &[Figure], measure: Measure) -> i64 {
    figures.iter().filter(|figure| figure.measure == measure).map(|figure| figure.units).sum()
}

/// Whether a device in use was not heard of for long.
pub(super) fn is_silent(device: &Device, now_ms: i64) -> bool {
    now_ms - device.contact_at_ms.unwrap_or(device.enrolled_at_ms) > SILENT_AFTER_MS
}

/// How a device stands, in one word.
pub(super) fn standing(device: &Device, now_ms: i64) -> Cell {
    let (tone, word) = if device.revoked_at_ms.is_some() {
        (Tone::Plain, "已停用")
    } else if device.forked_at_ms.is_some() {
        (Tone::Fault, "数据分叉")
    } else if is_silent(device, now_ms) {
        (Tone::Wait, "久未联系")
    } else {
        (Tone::Good, "正常")
    };
    Cell::Mark(tone, word.to_owned())
}

/// The towns with how they fare; those of the division table without a device as well.
pub(super) fn town_table(
    name: &'static str,
    places: &Places,
    towns: &[TownLine],
    figures: &[Figure],
    now_ms: i64,
) -> Table {
    let mut table = Table::new(
        name,
        "镇街",
        &["镇街", "状态", "在用电脑", "最近联系", "待发送", "最早一条", "记录", "问题", "积分", "时间"],
        "还没有镇街。先到“镇街”生成接入码，发给镇街。",
    );
    let mut sums = [0_i64; 6];
    let known: BTreeMap<&str, &TownLine> = towns.iter().map(|line| (line.town.as_str(), line)).collect();
    let mut codes: Vec<String> = places.towns().map(|(code, _)| code.to_string()).collect();
    codes.extend(towns.iter().map(|line| line.town.to_string()));
    codes.sort_unstable();
    codes.dedup();
    for code in &codes {
        let link = Cell::Link { text: places.name(code).to_owned(), href: paths::town(code) };
        let Some(line) = known.get(code.as_str()) else {
            let mut row = vec![link, Cell::Mark(Tone::Plain, "未接入".to_owned())];
            row.resize(table.columns.len(), Cell::Empty);
            table.rows.push(row);
            continue;
        };
        let used: Vec<&Device> = line.devices.iter().filter(|device| device.revoked_at_ms.is_none()).collect();
        let forks = used.iter().filter(|device| device.forked_at_ms.is_some()).count() as i64;
        let pending: i64 = used.iter().filter_map(|device| device.pending_ops).map(|it| it as i64).sum();
        let issues = line.refused + line.with_issue + line.damaged + forks;
        let of = |measure| {
            let of_town = figures.iter().filter(|figure| figure.town == *code && figure.measure == measure);
            of_town.map(|figure| figure.units).sum::<i64>()
        };
        let points = of(Measure::PointsIssued) - of(Measure::PointsReversed);
        let minutes = of(Measure::MinutesCredited) - of(Measure::MinutesReversed);
        for (sum, value) in sums.iter_mut().zip([used.len() as i64, pending, line.ops, issues, points, minutes]) {
            *sum += value;
        }
        table.rows.push(vec![
            link,
            town_standing(&used, line, now_ms),
            Cell::Count(used.len() as i64),
            Cell::moment(used.iter().filter_map(|device| device.contact_at_ms).max()),
            Cell::Count(pending),
            Cell::moment(used.iter().filter_map(|device| device.oldest_pending_at_ms).min()),
            Cell::Count(line.ops),
            Cell::Count(issues),
            Cell::Count(points),
            Cell::Minutes(minutes),
        ]);
    }
    let [devices, pending, ops, issues, points, minutes] = sums;
    table.totals = Some(vec![
        Cell::Text("合计".to_owned()),
        Cell::Empty,
        Cell::Count(devices),
        Cell::Empty,
        Cell::Count(pending),
        Cell::Empty,
        Cell::Count(ops),
        Cell::Count(issues),
        Cell::Count(points),
        Cell::Minutes(minutes),
    ]);
    table.note = Some("“待发送”和“最早一条”是各电脑最近一次联系时说的，“最早一条”是其中最早录入的时间。".to_owned());
    table
}

fn town_standing(used: &[&Device], line: &TownLine, now_ms: i64) -> Cell {
    let (tone, word) = if used.is_empty() {
        (Tone::Wait, "没有在用电脑")
    } else if line.damaged > 0 {
        (Tone::Fault, "等待补发")
    } else if used.iter().any(|device| device.forked_at_ms.is_some()) {
        (Tone::Fault, "数据分叉")
    } else if used.iter().all(|device| is_silent(device, now_ms)) {
        (Tone::Wait, "久未联系")
    } else {
        (Tone::Good, "正常")
    };
    Cell::Mark(tone, word.to_owned())
}

type ByMonth = BTreeMap<(i32, Measure), (i64, i64)>;

fn by_month(figures: &[Figure]) -> ByMonth {
    let mut sums = ByMonth::new();
    for figure in figures {
        let sum = sums.entry((figure.month, figure.measure)).or_default();
        sum.0 += figure.units;
        sum.1 += figure.times;
    }
    sums
}

fn charts(months: &[i32], sums: &ByMonth) -> Markup {
    let series = |name: &'static str, measure: Measure| Series {
        name,
        values: months.iter().map(|month| sums.get(&(*month, measure)).map_or(0, |sum| sum.0)).collect(),
    };
    let labels = || months.iter().map(|month| words::month(*month)[2..].to_owned()).collect();
    let points = Bars {
        name: "points",
        question: "近 12 个月，每月有多少积分生效，冲正了多少？",
        labels: labels(),
        series: vec![series("生效", Measure::PointsIssued), series("冲正", Measure::PointsReversed)],
        value: words::grouped,
        unit: 1,
    };
    let hours = Bars {
        name: "hours",
        question: "近 12 个月，每月入账多少小时，冲正了多少？",
        labels: labels(),
        series: vec![series("入账", Measure::MinutesCredited), series("冲正", Measure::MinutesReversed)],
        value: |minutes| words::grouped(minutes / 60),
        unit: 60,
    };
    html! { div.charts { (points.html()) (hours.html()) } }
}

const MEASURES: [Measure; 7] = [
    Measure::PointsIssued,
    Measure::PointsReversed,
    Measure::MinutesCredited,
    Measure::MinutesReversed,
    Measure::MinutesGifted,
    Measure::MinutesDonated,
    Measure::GiftsReversed,
];

const fn is_time(measure: Measure) -> bool {
    !matches!(measure, Measure::PointsIssued | Measure::PointsReversed)
}

fn month_table(months: &[i32], sums: &ByMonth, figures: &[Figure]) -> Table {
    let mut table = Table::new(
        "months",
        "每月积分和时间",
        &["月份", "生效积分", "冲正积分", "入账时间", "冲正时间", "赠与亲属", "捐给准备金", "赠捐冲正"],
        "",
    );
    let cell = |measure, units| if is_time(measure) { Cell::Minutes(units) } else { Cell::Count(units) };
    for month in months.iter().rev() {
        let mut row = vec![Cell::Text(words::month(*month))];
        row.extend(MEASURES.map(|measure| cell(measure, sums.get(&(*month, measure)).map_or(0, |sum| sum.0))));
        table.rows.push(row);
    }
    let mut totals = vec![Cell::Text("历年合计".to_owned())];
    totals.extend(MEASURES.map(|measure| cell(measure, total(figures, measure))));
    table.totals = Some(totals);
    table.note = Some("积分按开始生效的月份计，时间按入账的月份计；合计含 12 个月以前的。".to_owned());
    table
}
