//! What came in the district's order and could not be entered in the log.

use rusqlite::Row;
use zhenxin_domain::division::Scope;
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::op::Op;

use super::Reader;
use crate::error::StoreError;
use crate::sql::Columns;

/// Something that was set aside. It counts in the proof of equality and nowhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAsideRow {
    /// Its number on this device.
    pub no: i64,
    /// The scope in whose order it stands.
    pub scope: Scope,
    /// Its place there; none after the district lost it.
    pub server_seq: Option<u64>,
    /// SM3 of its bytes.
    pub hash: Hash32,
    /// Stable code: `shape`, `algorithm`, `too_large`, `scope`, `id_reused`, `chain`.
    pub why: String,
    /// Its kind, where the bytes are an operation.
    pub kind: Option<String>,
    /// Length in bytes.
    pub bytes_len: u64,
    /// When it came, ms since 1970 UTC.
    pub at_ms: i64,
}

fn read(row: &Row<'_>) -> rusqlite::Result<SetAsideRow> {
    let mut c = Columns::of(row);
    let (no, scope) = (c.get()?, c.parse()?);
    let server_seq: Option<i64> = c.get()?;
    let (hash, why, bytes, at_ms): ([u8; 32], _, Vec<u8>, _) = (c.get()?, c.get()?, c.get()?, c.get()?);
    Ok(SetAsideRow {
        no,
        scope,
        server_seq: server_seq.map(|seq| seq.max(0) as u64),
        hash: Hash32(hash),
        why,
        kind: Op::from_bytes(&bytes).ok().map(|op| op.kind),
        bytes_len: bytes.len() as u64,
        at_ms,
    })
}

impl Reader<'_> {
    /// What was set aside, the newest first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn set_asides(&self, limit: u32) -> Result<Vec<SetAsideRow>, StoreError> {
        let sql = "SELECT no, scope, server_seq, hash, why, bytes, at FROM set_aside ORDER BY no DESC LIMIT ?1";
        self.all(sql, [limit], read)
    }

    /// How much was set aside.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn set_aside_count(&self) -> Result<u64, StoreError> {
        self.count("SELECT count(*) FROM set_aside", [])
    }
}
