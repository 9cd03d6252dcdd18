//! The lane of attachments: which sealed files go to the district and which come from it. It runs beside the operations
//! and never holds them up.
//!
//! What an operation names is found in the tables that are folded from it; the lane only remembers how far each file is.

use rusqlite::{Connection, Row};
use zhenxin_domain::division::Scope;
use zhenxin_protocol::attachment::{blob_id, open_attachment, seal_attachment};
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::seal::Subject;

use crate::error::StoreError;
use crate::log::Log;
use crate::open::Store;
use crate::query::Reader;
use crate::sql::Columns;
use crate::vault::{Held, Vault};

mod piece;

pub use piece::PieceTaken;

/// Stored numbers of where a file is.
const TO_SEND: u8 = 0;
const SENT: u8 = 1;
const TO_FETCH: u8 = 2;
const FETCHED: u8 = 3;
const REFUSED: u8 = 4;

/// A file that an operation names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneItem {
    /// Whose key seals it: the activity, brand or event.
    pub subject: Subject,
    /// SM3 of the plain bytes.
    pub hash: Hash32,
    /// The scope whose devices may fetch it.
    pub scope: Scope,
    /// Its name at the district.
    pub blob: Hash32,
    /// Length of the plain bytes.
    pub plain_bytes: u64,
    /// Sealed bytes that are done.
    pub offset: u64,
}

/// How much is on its way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LaneCounts {
    /// Files to send.
    pub to_send: u64,
    /// Their bytes.
    pub to_send_bytes: u64,
    /// Files to fetch.
    pub to_fetch: u64,
    /// Their bytes.
    pub to_fetch_bytes: u64,
    /// Files that the district refused.
    pub refused: u64,
}

fn read_item(row: &Row<'_>) -> rusqlite::Result<LaneItem> {
    let mut c = Columns::of(row);
    Ok(LaneItem {
        subject: c.get()?,
        hash: Hash32(c.get()?),
        scope: c.parse()?,
        blob: Hash32(c.get()?),
        plain_bytes: c.get::<i64>()?.max(0) as u64,
        offset: c.get::<i64>()?.max(0) as u64,
    })
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT subject, hash, scope, blob, plain_bytes, offset_bytes FROM attachment_lane ", $rest)
    };
}

impl Store {
    /// How much is on its way, after looking for files that operations have named since.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn attachments_due(&self) -> Result<LaneCounts, StoreError> {
        if self.read(|r| is_stale(r.conn()))? {
            self.write_arrived(|log| log.look_for_files())?;
        }
        self.read(counts)
    }

    /// Files to send, oldest names first. Those whose key has not arrived wait.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn attachments_to_send(&self, limit: u32) -> Result<Vec<LaneItem>, StoreError> {
        self.read(|r| {
            r.all(select!("WHERE state = 0 AND blob IS NOT NULL ORDER BY subject, hash LIMIT ?1"), [limit], read_item)
        })
    }

    /// Files to fetch, oldest names first. Those whose key has not arrived wait.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn attachments_to_fetch(&self, limit: u32) -> Result<Vec<LaneItem>, StoreError> {
        self.read(|r| {
            r.all(select!("WHERE state = 2 AND blob IS NOT NULL ORDER BY subject, hash LIMIT ?1"), [limit], read_item)
        })
    }

    /// Files that are here and that the district is believed to have, after a place in their order.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn attachments_held(&self, after: Option<&LaneItem>, limit: u32) -> Result<Vec<LaneItem>, StoreError> {
        let (subject, hash) = after.map_or(([0; 16], Hash32::ZERO), |item| (item.subject, item.hash));
        self.read(|r| {
            r.all(
                select!(
                    "WHERE state IN (1, 3) AND blob IS NOT NULL AND (subject, hash) > (?1, ?2)
                     ORDER BY subject, hash LIMIT ?3"
                ),
                (subject, hash.as_bytes(), limit),
                read_item,
            )
        })
    }

    /// The sealed bytes of a file: the same bytes every time.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where the file is not here, [`StoreError::KeyMissing`], faults of the database.
    pub fn seal_attachment(&self, item: &LaneItem) -> Result<Vec<u8>, StoreError> {
        self.read(|r| r.sealed_file(&item.subject, &item.hash))
    }

    /// Notes how far a file was sent.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn attachment_sent(&self, item: &LaneItem, offset: u64, done: bool) -> Result<(), StoreError> {
        let state = if done { SENT } else { TO_SEND };
        self.write_arrived(|log| log.set_lane(item, state, offset, None))
    }

    /// Notes that the district refused a file; it is not tried again until [`Store::retry_attachments`].
    ///
    /// # Errors
    /// Faults of the database.
    pub fn attachment_refused(&self, item: &LaneItem, why: &str) -> Result<(), StoreError> {
        self.write_arrived(|log| log.set_lane(item, REFUSED, 0, Some(why)))
    }

    /// Lines refused files up again.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn retry_attachments(&self) -> Result<(), StoreError> {
        self.write_arrived(|log| {
            let sql = "UPDATE attachment_lane SET state = ?1, why = NULL WHERE state = ?2";
            log.conn.prepare_cached(sql)?.execute((TO_SEND, REFUSED))?;
            Ok(())
        })
    }

    /// Takes a whole sealed file; false where it does not check, and nothing is kept then.
    ///
    /// # Errors
    /// [`StoreError::KeyMissing`], faults of the database.
    pub fn attachment_arrived(&self, item: &LaneItem, sealed: &[u8]) -> Result<bool, StoreError> {
        self.write_arrived(|log| log.keep_fetched(&item.subject, &item.hash, sealed))
    }
}

/// Whether files have been named, or have arrived, that the lane does not know of.
fn is_stale(conn: &Connection) -> Result<bool, StoreError> {
    Ok(conn.prepare_cached(include_str!("attachment/stale.sql"))?.exists([])?)
}

fn counts(reader: &Reader<'_>) -> Result<LaneCounts, StoreError> {
    let mut counts = LaneCounts::default();
    let sql = "SELECT state, count(*), sum(max(plain_bytes - offset_bytes, 0)) FROM attachment_lane
               WHERE state IN (0, 2, 4) GROUP BY state";
    let sums: Vec<(u8, i64, i64)> = reader.all(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    for (state, files, bytes) in sums {
        let (files, bytes) = (files.unsigned_abs(), bytes.unsigned_abs());
        match state {
            TO_SEND => (counts.to_send, counts.to_send_bytes) = (files, bytes),
            TO_FETCH => (counts.to_fetch, counts.to_fetch_bytes) = (files, bytes),
            _ => counts.refused = files,
        }
    }
    Ok(counts)
}

impl Reader<'_> {
    pub(crate) fn sealed_file(&self, subject: &Subject, hash: &Hash32) -> Result<Vec<u8>, StoreError> {
        let sql = "SELECT bytes FROM attachment WHERE hash = ?1";
        let plain: Vec<u8> =
            self.one(sql, [hash.as_bytes()], |row| row.get(0))?.ok_or(StoreError::Missing { what: "附件" })?;
        let key = Vault::new(self.conn()).key(subject)?;
        Ok(seal_attachment(&key, &plain)?)
    }

    /// Files whose bytes are here, and whether the district still lacks them.
    pub(crate) fn files_here(&self) -> Result<Vec<(LaneItem, bool)>, StoreError> {
        let sql = "SELECT subject, hash, scope, blob, plain_bytes, offset_bytes, state = 0 FROM attachment_lane
                   WHERE state <> 2 AND blob IS NOT NULL ORDER BY subject, hash";
        self.all(sql, [], |row| Ok((read_item(row)?, row.get(6)?)))
    }
}

impl Log<'_> {
    /// Lines up what operations name now, drops what none names any more, and finds the names at the district.
    pub(crate) fn look_for_files(&mut self) -> Result<(), StoreError> {
        self.conn.execute_batch(include_str!("attachment/look.sql"))?;
        let unnamed: Vec<(Subject, [u8; 32])> = self
            .conn
            .prepare_cached("SELECT subject, hash FROM attachment_lane WHERE blob IS NULL")?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        let mut put =
            self.conn.prepare_cached("UPDATE attachment_lane SET blob = ?3 WHERE subject = ?1 AND hash = ?2")?;
        for (subject, hash) in unnamed {
            if let Held::Key(key) = self.fold.vault.held(&subject)? {
                put.execute((subject, hash, blob_id(&key, &Hash32(hash)).as_bytes()))?;
            }
        }
        drop(put);
        self.finish_blobs()
    }

    fn set_lane(&self, item: &LaneItem, state: u8, offset: u64, why: Option<&str>) -> Result<(), StoreError> {
        let sql = "UPDATE attachment_lane SET state = ?3, offset_bytes = ?4, why = ?5 WHERE subject = ?1 AND hash = ?2";
        self.conn.prepare_cached(sql)?.execute((item.subject, item.hash.as_bytes(), state, offset as i64, why))?;
        Ok(())
    }

    /// Opens a sealed file and keeps it, where it is what the operation says.
    fn keep_fetched(&mut self, subject: &Subject, hash: &Hash32, sealed: &[u8]) -> Result<bool, StoreError> {
        let key = self.fold.vault.key(subject)?;
        let Ok(plain) = open_attachment(&key, hash, sealed) else { return Ok(false) };
        self.conn
            .prepare_cached("INSERT OR IGNORE INTO attachment (hash, bytes) VALUES (?1, ?2)")?
            .execute((hash.as_bytes(), plain.as_slice()))?;
        self.conn
            .prepare_cached(
                "UPDATE attachment_lane SET state = ?3, offset_bytes = plain_bytes WHERE subject = ?1 AND hash = ?2",
            )?
            .execute((subject, hash.as_bytes(), FETCHED))?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests;
