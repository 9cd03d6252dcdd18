//! Issued statements.

use chrono::NaiveDate;
use rusqlite::Row;
use zhenxin_domain::ids::{OpId, ResidentId, UserId};
use zhenxin_protocol::body::statement::PassbookProof;
use zhenxin_protocol::hash::Hash32;

use super::Reader;
use crate::error::StoreError;
use crate::sql::Columns;

/// One printing of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementRow {
    /// The operation that noted it.
    pub op: OpId,
    /// Whose.
    pub resident: ResidentId,
    /// The verification code printed on it.
    pub code: String,
    /// The balance that it shows, in points, or in minutes where it is a passbook.
    pub balance_units: i64,
    /// The day that it speaks of.
    pub as_of: NaiveDate,
    /// When it was printed, ms since 1970 UTC.
    pub issued_at: i64,
    /// By whom.
    pub issued_by: UserId,
    /// What a time passbook contains; `None` for a points statement.
    pub passbook: Option<PassbookProof>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT op, resident, code, balance_units, as_of, issued_at, issued_by, entries, digest FROM statement_issue ", $rest)
    };
}

fn read(row: &Row<'_>) -> rusqlite::Result<StatementRow> {
    let mut c = Columns::of(row);
    Ok(StatementRow {
        op: c.take()?,
        resident: c.take()?,
        code: c.get()?,
        balance_units: c.get()?,
        as_of: c.take()?,
        issued_at: c.get()?,
        issued_by: c.take()?,
        passbook: match (c.get::<Option<u32>>()?, c.get::<Option<[u8; 32]>>()?) {
            (Some(entries), Some(digest)) => Some(PassbookProof { entries, digest: Hash32(digest) }),
            _ => None,
        },
    })
}

impl Reader<'_> {
    /// The printings of a resident's statements, newest first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn statements_of(&self, resident: ResidentId) -> Result<Vec<StatementRow>, StoreError> {
        self.all(select!("WHERE resident = ?1 ORDER BY issued_at DESC, op DESC"), [resident.as_bytes()], read)
    }

    /// The printing with a verification code; of several the first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn statement_by_code(&self, code: &str) -> Result<Option<StatementRow>, StoreError> {
        self.one(select!("WHERE code = ?1 ORDER BY issued_at, op LIMIT 1"), [code], read)
    }
}
