//! Which backups are kept: the newest of each of the last days, weeks and months that have one, and of the last day all.
//!
//! Whoever backs up before a risky step and again after it wants both until the day is over. The days make up for a
//! slip that is noticed at once, the weeks for one that is noticed at the next meeting, the months for one that is
//! noticed at the yearly audit. Counted are periods that have a backup, so that a PC which stood in a cupboard for
//! half a year loses nothing by being switched on.

use chrono::{Datelike, NaiveDate};

#[cfg(test)]
mod tests;

/// Days whose newest backup is kept.
pub const DAILY_KEPT: usize = 7;
/// Weeks (ISO 8601, from Monday) whose newest backup is kept.
pub const WEEKLY_KEPT: usize = 4;
/// Months whose newest backup is kept.
pub const MONTHLY_KEPT: usize = 12;
/// Backups kept of the last day that has one: more are made by a hand that rests on the key.
pub const LAST_DAY_KEPT: usize = 6;
/// No more than this many are ever kept.
pub const KEPT_MAX: usize = DAILY_KEPT + WEEKLY_KEPT + MONTHLY_KEPT + LAST_DAY_KEPT - 1;

/// Why a backup is kept: for the shortest period that it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeptFor {
    /// One of the last days.
    Day,
    /// One of the last weeks.
    Week,
    /// One of the last months.
    Month,
    /// An earlier one of the last day; it makes room once a later day has a backup.
    SameDay,
}

impl KeptFor {
    /// `day`, `week`, `month` or `same_day`.
    #[must_use]
    pub const fn as_code(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::SameDay => "same_day",
        }
    }
}

/// For each backup why it is kept, or `None` where it makes room. `made_on`: the days of the backups, newest first.
#[must_use]
pub fn kept(made_on: &[NaiveDate]) -> Vec<Option<KeptFor>> {
    let mut kept = vec![None; made_on.len()];
    mark(&mut kept, made_on, KeptFor::Day, DAILY_KEPT, |day| (day.year(), day.ordinal()));
    mark(&mut kept, made_on, KeptFor::Week, WEEKLY_KEPT, |day| (day.iso_week().year(), day.iso_week().week()));
    mark(&mut kept, made_on, KeptFor::Month, MONTHLY_KEPT, |day| (day.year(), day.month()));
    if let Some(last) = made_on.first() {
        let of_last_day = kept.iter_mut().zip(made_on).filter(|(_, day)| *day == last);
        of_last_day.take(LAST_DAY_KEPT).for_each(|(mark, _)| {
            mark.get_or_insert(KeptFor::SameDay);
        });
    }
    kept
}

fn mark(
    kept: &mut [Option<KeptFor>],
    made_on: &[NaiveDate],
    why: KeptFor,
    periods: usize,
    period_of: impl Fn(&NaiveDate) -> (i32, u32),
) {
    let mut seen = Vec::with_capacity(periods);
    for (mark, day) in kept.iter_mut().zip(made_on) {
        let period = period_of(day);
        // A clock that was set back leaves days out of order, so all periods seen are remembered and not only the last.
        if seen.contains(&period) {
            continue;
        }
        if seen.len() == periods {
            break;
        }
        seen.push(period);
        mark.get_or_insert(why);
    }
}
