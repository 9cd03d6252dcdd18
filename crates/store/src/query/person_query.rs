//! Who looked at what is masked.

use std::fmt;

use rusqlite::Row;
use zhenxin_domain::ids::{DeviceId, OpId, ResidentId, UserId};
use zhenxin_protocol::body::query::QueryField;

use super::Reader;
use crate::error::StoreError;
use crate::sql::Columns;

/// Every field, in the order of its bit.
const FIELDS: [QueryField; 4] = [QueryField::IdNumber, QueryField::Phone, QueryField::Address, QueryField::Everything];

/// Fields as they are stored.
pub(crate) fn bits(fields: &[QueryField]) -> u32 {
    FIELDS.iter().enumerate().filter(|(_, field)| fields.contains(field)).fold(0, |bits, (at, _)| bits | 1 << at)
}

fn fields(bits: u32) -> Vec<QueryField> {
    FIELDS.iter().enumerate().filter(|(at, _)| bits & (1 << at) != 0).map(|(_, field)| *field).collect()
}

/// One query.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonQueryRow {
    /// The operation that noted it.
    pub op: OpId,
    /// Whose.
    pub resident: ResidentId,
    /// What was shown.
    pub fields: Vec<QueryField>,
    /// Code of the purpose.
    pub purpose: String,
    /// Why; `None` without the key, or after an erasure.
    pub reason: Option<String>,
    /// On whose authority.
    pub authorisation: Option<String>,
    /// When, ms since 1970 UTC.
    pub made_at: i64,
    /// By whom.
    pub made_by: UserId,
    /// On which device.
    pub device: DeviceId,
}

impl fmt::Debug for PersonQueryRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PersonQueryRow({}, {})", self.op, self.purpose)
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT op, resident, fields, purpose, reason, authorisation, made_at, made_by, device FROM query_made ",
            $rest
        )
    };
}

fn read(row: &Row<'_>) -> rusqlite::Result<PersonQueryRow> {
    let mut c = Columns::of(row);
    Ok(PersonQueryRow {
        op: c.take()?,
        resident: c.take()?,
        fields: fields(c.get()?),
        purpose: c.get()?,
        reason: c.get()?,
        authorisation: c.get()?,
        made_at: c.get()?,
        made_by: c.take()?,
        device: c.take()?,
    })
}

/// A window of the queries of the town.
#[derive(Debug, Clone)]
pub struct PersonQueryPage {
    /// Queries of the whole list.
    pub total: u64,
    /// The window, newest first.
    pub rows: Vec<PersonQueryRow>,
}

impl Reader<'_> {
    /// The queries about a resident, newest first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn queries_of(&self, resident: ResidentId) -> Result<Vec<PersonQueryRow>, StoreError> {
        self.all(select!("WHERE resident = ?1 ORDER BY made_at DESC, op DESC"), [resident.as_bytes()], read)
    }

    /// The last query of a user about a resident from an instant on.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn last_query(
        &self,
        user: UserId,
        resident: ResidentId,
        from_ms: i64,
    ) -> Result<Option<PersonQueryRow>, StoreError> {
        self.one(
            select!("WHERE resident = ?1 AND made_by = ?2 AND made_at >= ?3 ORDER BY made_at DESC, op DESC LIMIT 1"),
            (resident.as_bytes(), user.as_bytes(), from_ms),
            read,
        )
    }

    /// A window of all queries between two instants, newest first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn queries_between(
        &self,
        (from_ms, to_ms): (i64, i64),
        offset: u64,
        limit: u32,
    ) -> Result<PersonQueryPage, StoreError> {
        let total = self.count("SELECT count(*) FROM query_made WHERE made_at BETWEEN ?1 AND ?2", (from_ms, to_ms))?;
        let rows = self.all(
            select!("WHERE made_at BETWEEN ?1 AND ?2 ORDER BY made_at DESC, op DESC LIMIT ?3 OFFSET ?4"),
            (from_ms, to_ms, limit, offset as i64),
            read,
        )?;
        Ok(PersonQueryPage { total, rows })
    }
}
