//! Between columns and the domain's types.

use chrono::{Datelike, NaiveDate};
use rusqlite::types::{FromSqlError, Type};
use rusqlite::{Connection, Row, Statement, ToSql};
use zhenxin_domain::brand::{BrandState, MilestoneState};
use zhenxin_domain::event::EventState;
use zhenxin_domain::ids::{
    ActivityId, AttendanceId, AwardId, BrandId, BrandPartId, ConsentId, DataKeyId, DeviceId, EventId, EvidenceId,
    HandoverId, HouseholdId, ImportId, NeedId, OpId, ResidentId, RuleId, RuleVersionId, ServiceOrderId, ServiceTypeId,
    TimeGiftId, TransferId, UserId,
};
use zhenxin_domain::privacy::{DataState, RestrictReason};
use zhenxin_domain::service_order::{ConfirmWay, OrderState, Payer};
use zhenxin_domain::service_time::Coefficient;
use zhenxin_protocol::entity::Entity;

use crate::error::StoreError;
use crate::query::handover::HandoverState;

/// Days from 0001-01-01 (day 1 of the Common Era) to 1970-01-01.
const UNIX_EPOCH_CE_DAYS: i32 = 719_163;

/// Days since 1970-01-01, the stored form of a date.
pub(crate) fn days(date: NaiveDate) -> i32 {
    date.num_days_from_ce() - UNIX_EPOCH_CE_DAYS
}

/// When a day begins at the office (UTC+8), ms since 1970 UTC.
pub(crate) fn day_begins_ms(date: NaiveDate) -> i64 {
    const DAY_MS: i64 = 86_400_000;
    const OFFICE_MS: i64 = 8 * 3_600_000;
    i64::from(days(date)) * DAY_MS - OFFICE_MS
}

/// The date of a stored day; a number beyond the calendar reads as its end.
pub(crate) fn date(days: i32) -> NaiveDate {
    days.checked_add(UNIX_EPOCH_CE_DAYS).and_then(NaiveDate::from_num_days_from_ce_opt).unwrap_or(NaiveDate::MAX)
}

/// A value that is stored in one column.
pub(crate) trait Column: Sized {
    fn column(row: &Row<'_>, index: usize) -> rusqlite::Result<Self>;
}

macro_rules! id_columns {
    ($($id:ident)+) => { $(
        impl Column for $id {
            fn column(row: &Row<'_>, index: usize) -> rusqlite::Result<Self> {
                row.get::<_, [u8; 16]>(index).map(Self::from_bytes)
            }
        }
        impl Column for Option<$id> {
            fn column(row: &Row<'_>, index: usize) -> rusqlite::Result<Self> {
                row.get::<_, Option<[u8; 16]>>(index).map(|bytes| bytes.map($id::from_bytes))
            }
        }
    )+ };
}

id_columns! {
    ActivityId AwardId ConsentId DataKeyId DeviceId EvidenceId HouseholdId ImportId OpId ResidentId
    RuleId RuleVersionId TransferId UserId NeedId ServiceOrderId ServiceTypeId TimeGiftId
    AttendanceId BrandId BrandPartId EventId HandoverId
}

macro_rules! coded_columns {
    ($($coded:ident)+) => { $(
        impl Column for $coded {
            fn column(row: &Row<'_>, index: usize) -> rusqlite::Result<Self> {
                Self::from_code(row.get_ref(index)?.as_str()?).ok_or_else(|| invalid(index))
            }
        }
        impl Column for Option<$coded> {
            fn column(row: &Row<'_>, index: usize) -> rusqlite::Result<Self> {
                let Some(code) = row.get_ref(index)?.as_str_or_null()? else { return Ok(None) };
                $coded::from_code(code).map(Some).ok_or_else(|| invalid(index))
            }
        }
    )+ };
}

coded_columns! {
    OrderState Payer ConfirmWay BrandState MilestoneState EventState HandoverState DataState RestrictReason
}

impl Column for Option<Coefficient> {
    fn column(row: &Row<'_>, index: usize) -> rusqlite::Result<Self> {
        let percent: Option<u32> = row.get(index)?;
        percent.map(|percent| Coefficient::new(percent).map_err(|_| invalid(index))).transpose()
    }
}

impl Column for Entity {
    fn column(row: &Row<'_>, index: usize) -> rusqlite::Result<Self> {
        Self::from_bytes(row.get_ref(index)?.as_blob()?).ok_or_else(|| invalid(index))
    }
}

impl Column for NaiveDate {
    fn column(row: &Row<'_>, index: usize) -> rusqlite::Result<Self> {
        row.get(index).map(date)
    }
}

impl Column for Option<NaiveDate> {
    fn column(row: &Row<'_>, index: usize) -> rusqlite::Result<Self> {
        row.get::<_, Option<i32>>(index).map(|days| days.map(date))
    }
}

/// Reads columns one after the other, so that a query and its reader keep one order.
pub(crate) struct Columns<'r, 's> {
    row: &'r Row<'s>,
    next: usize,
}

impl<'r, 's> Columns<'r, 's> {
    pub(crate) fn of(row: &'r Row<'s>) -> Self {
        Self { row, next: 0 }
    }

    fn step(&mut self) -> usize {
        self.next += 1;
        self.next - 1
    }

    /// An id, a date or an entity.
    pub(crate) fn take<T: Column>(&mut self) -> rusqlite::Result<T> {
        let index = self.step();
        T::column(self.row, index)
    }

    /// What the database driver itself reads.
    pub(crate) fn get<T: rusqlite::types::FromSql>(&mut self) -> rusqlite::Result<T> {
        let index = self.step();
        self.row.get(index)
    }

    /// A text that parses, such as a scope.
    pub(crate) fn parse<T: std::str::FromStr>(&mut self) -> rusqlite::Result<T> {
        let index = self.step();
        let text: String = self.row.get(index)?;
        text.parse().map_err(|_| invalid(index))
    }

    /// A text that parses, or nothing.
    pub(crate) fn parse_opt<T: std::str::FromStr>(&mut self) -> rusqlite::Result<Option<T>> {
        let index = self.step();
        let text: Option<String> = self.row.get(index)?;
        text.map(|text| text.parse().map_err(|_| invalid(index))).transpose()
    }
}

/// A column whose value this program cannot have written.
pub(crate) fn invalid(index: usize) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(
        index,
        Type::Null,
        Box::new(FromSqlError::Other("unexpected value".into())),
    )
}

/// Rows that one statement inserts. A statement that inserts many keeps its place in the tree, so
/// rows in the tree's order cost a third of what they cost one by one.
const ROWS_A_STATEMENT: usize = 64;

/// Binds the columns of a row one after the other.
pub(crate) struct Bind<'s, 'c> {
    statement: &'s mut Statement<'c>,
    next: usize,
}

impl Bind<'_, '_> {
    /// The next column.
    pub(crate) fn put(&mut self, value: impl ToSql) -> rusqlite::Result<()> {
        self.next += 1;
        self.statement.raw_bind_parameter(self.next, value)
    }
}

/// Runs a statement over many rows. `sql` makes it of their places, "(?, ?), (?, ?)"; `done` runs it once they are bound.
pub(crate) fn over_many<R>(
    conn: &Connection,
    columns: usize,
    rows: &[R],
    sql: impl Fn(&str) -> String,
    mut bind_row: impl FnMut(&mut Bind<'_, '_>, &R) -> rusqlite::Result<()>,
    mut done: impl FnMut(&mut Statement<'_>) -> rusqlite::Result<()>,
) -> Result<(), StoreError> {
    let row = format!("({})", vec!["?"; columns].join(", "));
    let whole = rows.len() - rows.len() % ROWS_A_STATEMENT;
    let (many, rest) = rows.split_at(whole);
    for (rows, a_statement) in [(many, ROWS_A_STATEMENT), (rest, 1)] {
        if rows.is_empty() {
            continue;
        }
        let mut statement = conn.prepare_cached(&sql(&vec![row.as_str(); a_statement].join(", ")))?;
        for rows in rows.chunks(a_statement) {
            let mut bind = Bind { statement: &mut statement, next: 0 };
            rows.iter().try_for_each(|row| bind_row(&mut bind, row))?;
            done(&mut statement)?;
        }
    }
    Ok(())
}

/// Inserts many rows; `into` is the statement up to `VALUES`.
pub(crate) fn insert_many<R>(
    conn: &Connection,
    into: &str,
    columns: usize,
    rows: &[R],
    bind_row: impl FnMut(&mut Bind<'_, '_>, &R) -> rusqlite::Result<()>,
) -> Result<(), StoreError> {
    let sql = |places: &str| format!("{into} VALUES {places}");
    over_many(conn, columns, rows, sql, bind_row, |statement| statement.raw_execute().map(drop))
}
