//! The working-day table: the one that the district publishes, year by year before the bundled one.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};
use serde::Deserialize;
use zhenxin_domain::workday::{CalendarFault, DayKind, WorkCalendar};
use zhenxin_store::Reader;

use crate::contract::Fault;

/// State Council notices, 2023–2026 (see assets/data/README.md).
const BUNDLED: &str = include_str!("../../../assets/data/holidays-cn.csv");

/// Kind of the document that the district publishes.
const PUBLISHED: &str = "holidays";

#[derive(Deserialize)]
struct Document {
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    date: String,
    kind: String,
}

fn bundled() -> impl Iterator<Item = (NaiveDate, DayKind)> {
    BUNDLED.lines().skip(1).filter_map(|line| {
        let (date, kind) = line.trim().split_once(',')?;
        Some((date.parse().ok()?, DayKind::from_code(kind)?))
    })
}

/// The rows of a published table; `None` where it is not one.
fn rows(bytes: &[u8]) -> Option<Vec<(NaiveDate, DayKind)>> {
    let document: Document = serde_json::from_slice(bytes).ok()?;
    document.rows.into_iter().map(|row| Some((row.date.parse().ok()?, DayKind::from_code(&row.kind)?))).collect()
}

/// A year that the published table covers is the published table's alone.
fn merged(published: Vec<(NaiveDate, DayKind)>) -> Result<WorkCalendar, CalendarFault> {
    let years: BTreeSet<i32> = published.iter().map(|(date, _)| date.year()).collect();
    WorkCalendar::from_rows(bundled().filter(|(date, _)| !years.contains(&date.year())).chain(published))
}

/// The calendar by which deadlines are counted.
pub fn current(reader: &Reader) -> Result<WorkCalendar, Fault> {
    let published = match reader.published(PUBLISHED)? {
        Some(document) => rows(&document.bytes),
        None => Some(Vec::new()),
    };
    let calendar = published.and_then(|published| merged(published).ok());
    Ok(calendar.unwrap_or_else(|| {
        tracing::warn!("the published working-day table cannot be read; the bundled one counts");
        WorkCalendar::from_rows(bundled()).expect("the bundled table lists each day once")
    }))
}

/// The last day that the table covers.
pub fn last_day(reader: &Reader) -> Result<Option<NaiveDate>, Fault> {
    Ok(current(reader)?.years().last().and_then(|year| NaiveDate::from_ymd_opt(year, 12, 31)))
}

#[cfg(test)]
mod tests;
