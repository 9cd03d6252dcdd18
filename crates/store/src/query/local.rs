//! What belongs to this device alone: settings and drafts.

use std::fmt;

use zhenxin_domain::ids::UserId;

use super::Reader;
use crate::error::StoreError;
use crate::open::identity::meta;

/// A draft.
#[derive(Clone, PartialEq, Eq)]
pub struct DraftRow {
    /// Its name among the drafts of its kind.
    pub key: String,
    /// What the screen wrote.
    pub bytes: Vec<u8>,
    /// When, ms since 1970 UTC.
    pub saved_at: i64,
}

impl fmt::Debug for DraftRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DraftRow({} bytes)", self.bytes.len())
    }
}

impl Reader<'_> {
    /// A local setting.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn setting(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        meta(self.conn(), &format!("setting.{key}"))
    }

    /// The drafts of a user, newest first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn drafts(&self, user: UserId, kind: &str) -> Result<Vec<DraftRow>, StoreError> {
        let sql = "SELECT key, bytes, saved_at FROM draft WHERE user = ?1 AND kind = ?2 ORDER BY saved_at DESC, key";
        self.all(sql, (user.as_bytes(), kind), |row| {
            Ok(DraftRow { key: row.get(0)?, bytes: row.get(1)?, saved_at: row.get(2)? })
        })
    }

    /// How many drafts of all users were saved before a day and not since.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn drafts_before(&self, day: chrono::NaiveDate) -> Result<u64, StoreError> {
        self.count("SELECT count(*) FROM draft WHERE saved_at < ?1", [crate::sql::day_begins_ms(day)])
    }

    /// One draft.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn draft(&self, user: UserId, kind: &str, key: &str) -> Result<Option<DraftRow>, StoreError> {
        let sql = "SELECT key, bytes, saved_at FROM draft WHERE user = ?1 AND kind = ?2 AND key = ?3";
        self.one(sql, (user.as_bytes(), kind, key), |row| {
            Ok(DraftRow { key: row.get(0)?, bytes: row.get(1)?, saved_at: row.get(2)? })
        })
    }
}
