//! Photos and scans: each is what its name says, and what is said to be here is here.

use rusqlite::Connection;
use zhenxin_protocol::hash::Hash32;

use super::chain::REPORTED_MAX;
use crate::error::StoreError;
use crate::key::hex;

/// Checks every file; how many there are.
pub(super) fn check(conn: &Connection, faults: &mut Vec<String>) -> Result<u64, StoreError> {
    let mut wrong = Vec::new();
    let mut files = 0;
    let mut statement = conn.prepare("SELECT hash, bytes FROM attachment ORDER BY hash")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let name = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
        let bytes = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
        if name != Hash32::of(bytes).as_bytes() {
            wrong.push(format!("附件 {} 的内容被改动过，请从备份恢复", hex(name)));
        }
        files += 1;
    }
    let mut statement = conn.prepare(include_str!("attachment_missing.sql"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let name: Vec<u8> = row.get(0)?;
        wrong.push(format!("附件 {} 记着在本机，却找不到，请从备份恢复", hex(&name)));
    }
    wrong.truncate(REPORTED_MAX);
    faults.append(&mut wrong);
    Ok(files)
}
