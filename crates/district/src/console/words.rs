//! Moments, days and amounts as an office writes them.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate};

/// China has one time zone, UTC+8, and no daylight saving.
const OFFICE_OFFSET_S: i32 = 8 * 3_600;

fn office_time(at_ms: i64) -> Option<DateTime<FixedOffset>> {
    let zone = FixedOffset::east_opt(OFFICE_OFFSET_S)?;
    Some(DateTime::from_timestamp_millis(at_ms)?.with_timezone(&zone))
}

/// `2026-11-22 09:12`; empty for a number that is no time.
pub(crate) fn moment(at_ms: i64) -> String {
    office_time(at_ms).map(|at| at.format("%Y-%m-%d %H:%M").to_string()).unwrap_or_default()
}

/// `2026-11-22`.
pub(crate) fn office_day(at_ms: i64) -> String {
    office_time(at_ms).map(|at| at.date_naive().to_string()).unwrap_or_default()
}

/// The month of a day in days since 1970-01-01, as year × 12 + month − 1: one number that counts on.
pub(crate) fn month_of(day: i32) -> i32 {
    NaiveDate::from_epoch_days(day).map_or(0, |date| date.year() * 12 + date.month0() as i32)
}

/// The month of a moment in the office's time.
pub(crate) fn month_at(at_ms: i64) -> i32 {
    office_time(at_ms).map_or(0, |at| at.year() * 12 + at.month0() as i32)
}

/// `2026-11` of a month as [`month_of`] counts.
pub(crate) fn month(month: i32) -> String {
    format!("{:04}-{:02}", month.div_euclid(12), month.rem_euclid(12) + 1)
}

/// `1 234 567` with narrow blanks would not paste into Excel: digits in threes with commas.
pub(crate) fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        text.push('-');
    }
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `2 小时 30 分`, `2 小时`, `30 分`.
pub(crate) fn minutes(minutes: i64) -> String {
    let (hours, rest) = (minutes / 60, minutes % 60);
    match (hours, rest) {
        (0, rest) => format!("{rest} 分"),
        (hours, 0) => format!("{} 小时", grouped(hours)),
        (hours, rest) => format!("{} 小时 {} 分", grouped(hours), rest.abs()),
    }
}

/// `20.0 GB`, `512 KB`.
pub(crate) fn bytes(bytes: i64) -> String {
    const UNITS: [&str; 4] = ["KB", "MB", "GB", "TB"];
    if bytes < 1_024 {
        return format!("{bytes} 字节");
    }
    let mut amount = bytes as f64 / 1_024.0;
    let mut unit = 0;
    while amount >= 1_024.0 && unit + 1 < UNITS.len() {
        amount /= 1_024.0;
        unit += 1;
    }
    format!("{amount:.1} {}", UNITS[unit])
}

/// How long: `不到 1 分钟`, `12 分钟`, `3 小时`, `5 天`.
pub(crate) fn span(span_ms: i64) -> String {
    const MINUTE_MS: i64 = 60_000;
    const HOUR_MS: i64 = 60 * MINUTE_MS;
    const DAY_MS: i64 = 24 * HOUR_MS;
    match span_ms.max(0) {
        short if short < MINUTE_MS => "不到 1 分钟".to_owned(),
        some if some < HOUR_MS => format!("{} 分钟", some / MINUTE_MS),
        some if some < 2 * DAY_MS => format!("{} 小时", some / HOUR_MS),
        long => format!("{} 天", long / DAY_MS),
    }
}

#[cfg(test)]
mod tests;
