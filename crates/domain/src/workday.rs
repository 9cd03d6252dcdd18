//! 工作日: working days over a table of the State Council's holiday notices. The table names only
//! the exceptions: weekdays off, and weekend days worked. A year without rows is counted by
//! weekends alone and marked provisional, because its notice is not out or not imported yet.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate, Weekday};

use crate::coded::coded_enum;

coded_enum! {
    /// What a row of the table makes of its day.
    pub enum DayKind {
        /// A weekday off.
        Holiday = "holiday", "放假";
        /// A weekend day worked.
        Workday = "workday", "上班";
    }
}

/// Why a table cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarFault {
    /// One day both off and worked.
    #[error("放假表中 {date} 既是放假又是上班，请对照国务院通知改正后重新导入")]
    Contradiction {
        /// The day.
        date: NaiveDate,
    },
    /// More than [`CALENDAR_ROWS_MAX`] rows.
    #[error("放假表超过 10000 行，请确认选对了文件")]
    TooManyRows,
}

/// About 25 exceptions a year: four centuries of notices.
pub const CALENDAR_ROWS_MAX: usize = 10_000;

/// Whether one day is worked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    /// Whether offices work.
    pub is_workday: bool,
    /// Whether the table says nothing about the year.
    pub provisional: bool,
}

/// The day on which a number of working days is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// The day.
    pub date: NaiveDate,
    /// Whether any day counted lies in a year that the table says nothing about; the date may
    /// still move when the notice is imported.
    pub provisional: bool,
}

/// The holiday table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkCalendar {
    exceptions: BTreeMap<NaiveDate, DayKind>,
    years: BTreeSet<i32>,
}

impl WorkCalendar {
    /// Builds the table from its rows, in any order; a repeated row is harmless.
    ///
    /// # Errors
    /// See [`CalendarFault`].
    pub fn from_rows(rows: impl IntoIterator<Item = (NaiveDate, DayKind)>) -> Result<Self, CalendarFault> {
        let mut calendar = Self::default();
        for (date, kind) in rows {
            if calendar.exceptions.insert(date, kind).is_some_and(|other| other != kind) {
                return Err(CalendarFault::Contradiction { date });
            }
            if calendar.exceptions.len() > CALENDAR_ROWS_MAX {
                return Err(CalendarFault::TooManyRows);
            }
            calendar.years.insert(date.year());
        }
        Ok(calendar)
    }

    /// The years that the table covers, ascending.
    pub fn years(&self) -> impl Iterator<Item = i32> + '_ {
        self.years.iter().copied()
    }

    /// Whether offices work on that day.
    #[must_use]
    pub fn is_workday(&self, date: NaiveDate) -> Day {
        let weekend = matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
        let is_workday = match self.exceptions.get(&date) {
            Some(kind) => *kind == DayKind::Workday,
            None => !weekend,
        };
        Day { is_workday, provisional: !self.years.contains(&date.year()) }
    }

    /// The `n`-th working day after `date`. The count begins on the day after `date`
    /// (民法典 201); with `n` = 0 it is `date` itself, worked or not.
    #[must_use]
    pub fn add_working_days(&self, date: NaiveDate, n: u16) -> Deadline {
        let mut deadline = Deadline { date, provisional: self.is_workday(date).provisional };
        let mut left = n;
        while left > 0 {
            let Some(next) = deadline.date.succ_opt() else {
                return deadline;
            };
            let day = self.is_workday(next);
            deadline.date = next;
            deadline.provisional |= day.provisional;
            left -= u16::from(day.is_workday);
        }
        deadline
    }
}

#[cfg(test)]
mod tests;
