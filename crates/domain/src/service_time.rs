//! Time: when a service was, how long, and what it is worth.
//!
//! Written rule (printed on slips and passbooks): the minutes from sign-in to sign-out, times the coefficient that is
//! in force on the day of the service, rounded to the whole minute, half a minute upwards, at least one minute.

use std::fmt;

use chrono::{Datelike, NaiveDate};

/// Minutes of one 时间币.
pub const MINUTES_PER_CREDIT: u32 = 60;
/// Longest service of one order: nobody works longer in one go; more is a slip of the pen.
pub const SERVICE_MAX_MIN: u16 = 720;
/// Shortest time that is planned.
pub const PLANNED_MIN_MIN: u16 = 10;
/// What one volunteer can be credited in a calendar year where the town has set nothing else: 1,500 hours.
pub const YEARLY_CAP_MIN: u32 = 1_500 * MINUTES_PER_CREDIT;
/// Minutes of a day.
pub const DAY_MIN: u16 = 24 * 60;

/// A text is no time of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("时间请按 09:05 的样子填写")]
pub struct ClockFault;

/// A time of the day, to the minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClockTime(u16);

impl ClockTime {
    /// From minutes since midnight, below 1,440.
    #[must_use]
    pub const fn from_minutes(minutes: u16) -> Option<Self> {
        if minutes < DAY_MIN { Some(Self(minutes)) } else { None }
    }

    /// Minutes since midnight.
    #[must_use]
    pub const fn minutes(self) -> u16 {
        self.0
    }

    /// Reads `09:05`, `9:05`, `905` or `0905`, with a colon of either width.
    ///
    /// # Errors
    /// [`ClockFault`].
    pub fn parse(raw: &str) -> Result<Self, ClockFault> {
        let text = raw.trim().replace('：', ":");
        let (hours, minutes) = match text.split_once(':') {
            Some((hours, minutes)) if minutes.len() == 2 => (hours.to_owned(), minutes.to_owned()),
            None if (3..=4).contains(&text.len()) && text.is_ascii() => {
                let (hours, minutes) = text.split_at(text.len() - 2);
                (hours.to_owned(), minutes.to_owned())
            }
            _ => return Err(ClockFault),
        };
        let number = |text: &str| {
            let digits = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| text.parse::<u16>().ok()).flatten().ok_or(ClockFault)
        };
        let (hours, minutes) = (number(&hours)?, number(&minutes)?);
        if hours > 23 || minutes > 59 { Err(ClockFault) } else { Ok(Self(hours * 60 + minutes)) }
    }
}

impl fmt::Display for ClockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// A number is no coefficient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("系数应在 0.50 到 3.00 之间")]
pub struct CoefficientFault;

/// What a minute of a service counts, in whole percent, 50 to 300.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Coefficient(u16);

impl Coefficient {
    /// Checks a percentage.
    ///
    /// # Errors
    /// [`CoefficientFault`].
    pub const fn new(percent: u32) -> Result<Self, CoefficientFault> {
        if percent < 50 || percent > 300 { Err(CoefficientFault) } else { Ok(Self(percent as u16)) }
    }

    /// Whole percent.
    #[must_use]
    pub const fn percent(self) -> u16 {
        self.0
    }

    /// Minutes credited for minutes of service, by the written rule.
    #[must_use]
    pub const fn credited_min(self, worked_min: u16) -> u32 {
        let minutes = (worked_min as u32 * self.0 as u32 + 50) / 100;
        if minutes == 0 { 1 } else { minutes }
    }
}

impl fmt::Display for Coefficient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

/// The calculation as people read it: 125 分钟 × 1.20 = 150 分钟.
#[must_use]
pub fn calculation(worked_min: u16, coefficient: Coefficient) -> String {
    format!("{worked_min} 分钟 × {coefficient} = {} 分钟", coefficient.credited_min(worked_min))
}

/// The year that a service counts against.
#[must_use]
pub fn cap_year(day: NaiveDate) -> (NaiveDate, NaiveDate) {
    let year = day.year();
    let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or(day);
    (first, NaiveDate::from_ymd_opt(year, 12, 31).unwrap_or(day))
}

/// The volunteer has been credited what a year allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("这位志愿者今年还能入账 {}，这一单是 {}，超过年度上限，不能入账", duration(i64::from(*.left_min)), duration(i64::from(*.wanted_min)))]
pub struct CapFault {
    /// What is left of the year.
    pub left_min: u32,
    /// What the order would credit.
    pub wanted_min: u32,
}

/// What is left of the year after crediting `wanted_min`.
///
/// # Errors
/// [`CapFault`].
pub fn within_cap(already_min: u32, wanted_min: u32) -> Result<u32, CapFault> {
    let left_min = YEARLY_CAP_MIN.saturating_sub(already_min);
    left_min.checked_sub(wanted_min).ok_or(CapFault { left_min, wanted_min })
}

/// Minutes as people say them: 2 小时 30 分.
#[must_use]
pub fn duration(minutes: i64) -> String {
    let sign = if minutes < 0 { "-" } else { "" };
    let (hours, rest) = (minutes.unsigned_abs() / 60, minutes.unsigned_abs() % 60);
    match (hours, rest) {
        (0, rest) => format!("{sign}{rest} 分"),
        (hours, 0) => format!("{sign}{hours} 小时"),
        (hours, rest) => format!("{sign}{hours} 小时 {rest} 分"),
    }
}

#[cfg(test)]
mod tests;
