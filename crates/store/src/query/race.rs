//! What lost against another operation and waits for a person.

use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::OpId;
use zhenxin_protocol::entity::Entity;

use super::Reader;
use crate::error::StoreError;
use crate::sql::{Columns, invalid};

/// Races that are listed: nobody works through more at one sitting; [`Reader::races_count`] has
/// them all.
const RACES_MAX: u32 = 1_000;

/// A lost race.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RaceRow {
    /// What it is about.
    pub entity: Entity,
    /// The operation that lost, or that wrote over something its author had not seen; its whole
    /// content stands in the log.
    pub op: OpId,
    /// What happened: `field:<name>`, `review_lost`, `reversal_lost`, `award_missing` and so on.
    pub what: String,
    /// Its scope.
    pub scope: Scope,
    /// When the operation was recorded, ms since 1970 UTC.
    pub at: i64,
}

impl Reader<'_> {
    /// What waits for a person, newest first, at most a thousand.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn races(&self) -> Result<Vec<RaceRow>, StoreError> {
        let sql = "SELECT entity, op, what, scope, at FROM race ORDER BY at DESC, entity, op, what LIMIT ?1";
        self.all(sql, [RACES_MAX], |row| {
            let mut c = Columns::of(row);
            Ok(RaceRow {
                entity: Entity::from_bytes(&c.get::<Vec<u8>>()?).ok_or_else(|| invalid(0))?,
                op: c.take()?,
                what: c.get()?,
                scope: c.parse()?,
                at: c.get()?,
            })
        })
    }

    /// How many wait.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn races_count(&self) -> Result<u64, StoreError> {
        self.count("SELECT count(*) FROM race", [])
    }
}
