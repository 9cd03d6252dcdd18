//! 一镇街一品牌 at a glance: what the towns released of their brands, side by side, to read and to print.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use maud::{Markup, html};

use zhenxin_domain::decimal::Decimal;
use zhenxin_domain::division::TownCode;
use zhenxin_domain::event::Setting;
use zhenxin_protocol::body::brand::{BrandSheet, MilestoneCode, SheetIndicator, SheetMilestone};

use crate::console::places::Places;
use crate::console::table::{Cell, Table};
use crate::console::words;
use crate::store::brand::ReleasedSheet;

/// A town on the board.
struct Town<'s> {
    name: String,
    released: Option<&'s ReleasedSheet>,
}

/// The towns in code order with what they released.
pub(super) struct Board<'s> {
    towns: Vec<Town<'s>>,
}

/// What one row of the board says of a sheet: as HTML, and as lines of text for the download.
struct Row {
    label: &'static str,
    html: fn(&ReleasedSheet) -> Markup,
    lines: fn(&BrandSheet) -> Vec<String>,
}

const ROWS: [Row; 9] = [
    Row {
        label: "品牌",
        html: |released| {
            html! {
                strong { (released.sheet.name) }
                @if !released.sheet.slogan.is_empty() { p.slogan { (released.sheet.slogan) } }
            }
        },
        lines: |sheet| vec![sheet.name.clone(), sheet.slogan.clone()],
    },
    Row {
        label: "领域",
        html: |released| html! { (released.sheet.domain) },
        lines: |sheet| vec![sheet.domain.clone()],
    },
    Row {
        label: "责任单位",
        html: |released| html! { (released.sheet.owner_unit) },
        lines: |sheet| vec![sheet.owner_unit.clone()],
    },
    Row {
        label: "启用日期",
        html: |released| html! { (released.sheet.active_since.map_or("—".to_owned(), day)) },
        lines: |sheet| sheet.active_since.map(day).into_iter().collect(),
    },
    Row { label: "目标", html: |released| list(&released.sheet.objectives), lines: |sheet| sheet.objectives.clone() },
    Row {
        label: "里程碑",
        html: |released| items(released.sheet.milestones.iter().map(milestone)),
        lines: |sheet| {
            let line = |row: &SheetMilestone| format!("{} {} {}", row.title, day(row.due_on), state(row.state));
            sheet.milestones.iter().map(line).collect()
        },
    },
    Row {
        label: "指标",
        html: |released| items(released.sheet.indicators.iter().map(indicator)),
        lines: |sheet| sheet.indicators.iter().map(indicator_line).collect(),
    },
    Row {
        label: "诚信五进",
        html: |released| html! { small { (released.sheet.year) " 年" } (list(&events(&released.sheet))) },
        lines: |sheet| [vec![format!("{} 年", sheet.year)], events(sheet)].concat(),
    },
    Row {
        label: "合作单位", html: |released| list(&released.sheet.partners), lines: |sheet| sheet.partners.clone()
    },
];

impl<'s> Board<'s> {
    /// The towns of the district, and any other that released a sheet.
    pub(super) fn of(places: &Places, sheets: &'s BTreeMap<TownCode, ReleasedSheet>) -> Self {
        let mut codes: Vec<TownCode> = places.towns().map(|(code, _)| code).chain(sheets.keys().copied()).collect();
        codes.sort_unstable();
        codes.dedup();
        let town = |code: TownCode| Town { name: places.name(code.as_str()).to_owned(), released: sheets.get(&code) };
        Self { towns: codes.into_iter().map(town).collect() }
    }

    /// How many have released one.
    pub(super) fn lead(&self) -> String {
        let released = self.towns.iter().filter(|town| town.released.is_some()).count();
        format!("{} 个镇街，已报送 {released} 个；只有各镇街经保密审查放行的内容", self.towns.len())
    }

    /// The board and the stories under it.
    pub(super) fn html(&self) -> Markup {
        html! {
            div.wide.board tabindex="0" role="region" aria-label="各镇街品牌并列" {
                table {
                    thead { tr {
                        th scope="col" { "项目" }
                        @for town in &self.towns {
                            th scope="col" class=[town.released.is_none().then_some("vacant")] { (town.name) }
                        }
                    } }
                    tbody { @for (number, row) in ROWS.iter().enumerate() { tr {
                        th scope="row" { (row.label) }
                        @for town in &self.towns {
                            @match town.released {
                                Some(released) => { td { ((row.html)(released)) } }
                                // one cell over all rows
                                None if number == 0 => { td.not-yet rowspan=(ROWS.len()) { "尚未报送" } }
                                None => {}
                            }
                        }
                    } } }
                    tfoot { tr {
                        th scope="row" { "报送日期" }
                        @for town in &self.towns {
                            td { (town.released.map_or("—".to_owned(), |sheet| words::office_day(sheet.released_at_ms))) }
                        }
                    } }
                }
            }
            @for (town, released) in self.towns.iter().filter_map(|town| Some((town, town.released?))) {
                (story(&town.name, &released.sheet))
            }
        }
    }

    /// The same for a download: a row for each town.
    pub(super) fn table(&self) -> Table {
        let mut heads = vec!["镇街"];
        heads.extend(ROWS.iter().map(|row| row.label));
        heads.push("报送时间");
        let mut table = Table::new("brands", "一镇街一品牌", &heads, "");
        for town in &self.towns {
            let mut cells = vec![Cell::Text(town.name.clone())];
            match town.released {
                Some(released) => {
                    cells.extend(ROWS.iter().map(|row| {
                        let lines = (row.lines)(&released.sheet);
                        let said: Vec<String> = lines.into_iter().filter(|line| !line.is_empty()).collect();
                        Cell::text(said.join("\n"))
                    }));
                    cells.push(Cell::Moment(released.released_at_ms));
                }
                None => cells.push(Cell::Text("尚未报送".to_owned())),
            }
            cells.resize(heads.len(), Cell::Empty);
            table.rows.push(cells);
        }
        table
    }
}

fn story(town: &str, sheet: &BrandSheet) -> Markup {
    let mut paragraphs = sheet.story.lines().filter(|line| !line.trim().is_empty()).peekable();
    html! {
        @if paragraphs.peek().is_some() {
            article.story { h2 { (town) " · " (sheet.name) } @for paragraph in paragraphs { p { (paragraph) } } }
        }
    }
}

const fn state(code: MilestoneCode) -> &'static str {
    match code {
        MilestoneCode::Planned => "计划",
        MilestoneCode::Done => "已完成",
        MilestoneCode::Dropped => "已取消",
    }
}

fn milestone(row: &SheetMilestone) -> Markup {
    html! { (row.title) " " small { (day(row.due_on)) " " (state(row.state)) } }
}

/// Its newest value, and its target with the way done towards it.
fn figures(row: &SheetIndicator) -> (String, String) {
    let value = Decimal::from_ten_thousandths;
    let latest = row.latest.map_or("—".to_owned(), |latest| value(latest).to_string());
    let way = row.latest.and_then(|latest| value(latest).progress_percent(value(row.baseline), value(row.target)));
    let way = way.map(|percent| format!("，进度 {percent}%")).unwrap_or_default();
    (latest, format!("目标 {}{way}", value(row.target)))
}

fn indicator(row: &SheetIndicator) -> Markup {
    let (latest, target) = figures(row);
    html! { (row.name) " " b { (latest) } " " (row.unit) " " small { (target) } }
}

fn indicator_line(row: &SheetIndicator) -> String {
    let (latest, target) = figures(row);
    format!("{} {latest} {}（{target}）", row.name, row.unit)
}

fn events(sheet: &BrandSheet) -> Vec<String> {
    let held = Setting::ALL.iter().zip(&sheet.events_held);
    held.map(|(place, held)| format!("进{} {held} 场", place.label())).collect()
}

fn list(texts: &[String]) -> Markup {
    items(texts.iter().map(|text| html! { (text) }))
}

fn items(items: impl Iterator<Item = Markup>) -> Markup {
    let mut items = items.peekable();
    html! { @if items.peek().is_some() { ul { @for item in items { li { (item) } } } } @else { "—" } }
}

fn day(days: i32) -> String {
    NaiveDate::from_epoch_days(days).map(|day| day.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
