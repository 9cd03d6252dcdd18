//! 上限: how many points one rule gives one account within a month, quarter or year.

use chrono::{Datelike, Months, NaiveDate};

use crate::coded::coded_enum;
use crate::ledger::Amount;

coded_enum! {
    /// The calendar period over which a cap counts.
    pub enum Period {
        /// Calendar month.
        Month = "month", "月";
        /// Calendar quarter.
        Quarter = "quarter", "季";
        /// Calendar year.
        Year = "year", "年";
    }
}

impl Period {
    /// The first and the last day of the period in which `day` lies.
    #[must_use]
    pub fn bounds(self, day: NaiveDate) -> (NaiveDate, NaiveDate) {
        let (first_month, months) = match self {
            Self::Month => (day.month(), 1),
            Self::Quarter => ((day.month() - 1) / 3 * 3 + 1, 3),
            Self::Year => (1, 12),
        };
        let first = NaiveDate::from_ymd_opt(day.year(), first_month, 1);
        let first = first.expect("the first of a month of a year that exists");
        let last = first.checked_add_months(Months::new(months)).and_then(|next| next.pred_opt());
        (first, last.unwrap_or(NaiveDate::MAX))
    }

    /// 本月, 本季, 本年: for messages.
    #[must_use]
    pub const fn this_period(self) -> &'static str {
        match self {
            Self::Month => "本月",
            Self::Quarter => "本季",
            Self::Year => "本年",
        }
    }
}

/// A rule's cap: at most so many points within each period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cap {
    /// Most points within one period.
    pub points: u32,
    /// The period.
    pub period: Period,
}

/// An award goes over the cap; the whole award is left out, never a part of it, for a part would
/// be points that no rule gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "超出{}上限，未记：上限 {cap_points} 分，已记 {already_points} 分，还可记 {left_points} 分，这次要记 {wanted_points} 分",
    period.this_period()
)]
pub struct CapFault {
    /// The period of the cap.
    pub period: Period,
    /// The cap.
    pub cap_points: u32,
    /// What the period holds already.
    pub already_points: u32,
    /// What may still be recorded.
    pub left_points: u32,
    /// What was to be recorded.
    pub wanted_points: u32,
}

/// What may still be recorded after this award, or why it may not be. `already_points` counts the
/// awards of the same rule and the same account whose day lies within [`Period::bounds`], those
/// under review included and those sent back or reversed excluded. `None` where there is no cap.
///
/// # Errors
/// [`CapFault`] when the award goes over the cap.
pub fn headroom(cap: Option<Cap>, already_points: u32, amount: Amount) -> Result<Option<u32>, CapFault> {
    let Some(Cap { points: cap_points, period }) = cap else {
        return Ok(None);
    };
    let left_points = cap_points.saturating_sub(already_points);
    let wanted_points = amount.get();
    match left_points.checked_sub(wanted_points) {
        Some(rest) => Ok(Some(rest)),
        None => Err(CapFault { period, cap_points, already_points, left_points, wanted_points }),
    }
}

#[cfg(test)]
mod tests;
