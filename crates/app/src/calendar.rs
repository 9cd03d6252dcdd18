//! The bundled working-day table.

use std::sync::OnceLock;

use chrono::NaiveDate;
use zhenxin_domain::workday::{DayKind, WorkCalendar};

/// State Council notices, 2023–2026 (see assets/data/README.md).
const TABLE: &str = include_str!("../../../assets/data/holidays-cn.csv");

/// The calendar by which deadlines are counted.
pub fn bundled() -> &'static WorkCalendar {
    static PARSED: OnceLock<WorkCalendar> = OnceLock::new();
    PARSED.get_or_init(|| {
        let rows = TABLE.lines().skip(1).filter_map(|line| {
            let (date, kind) = line.trim().split_once(',')?;
            Some((date.parse::<NaiveDate>().ok()?, DayKind::from_code(kind)?))
        });
        WorkCalendar::from_rows(rows).expect("the bundled table lists each day once")
    })
}

/// The last day that the table covers.
pub fn last_day() -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(bundled().years().last()?, 12, 31)
}
