//! Snapshots: a whole town's log and tables in one file for a new device, which then needs the tail only.
//!
//! A snapshot holds nothing of the device that made it: no identity, no data keys, no sign-in, no drafts. It is a SQLCipher
//! file under a key of its own. Who takes it in checks every operation against the heads that the district signed; the
//! tables come with it, so that a new device can work at once, and are proven from the operations afterwards ([`proof`]).

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use zeroize::Zeroizing;
use zhenxin_domain::ids::DataKeyId;
use zhenxin_protocol::wire::heads::ScopeHead;

use crate::error::StoreError;
use crate::key::FileKey;
use crate::log::cursor;
use crate::open::{DB_NAME, Store, migrate};
use crate::pool::{Use, connect};
use crate::tables;
use crate::vault::data_key;

pub(crate) mod proof;
mod take;

/// A snapshot that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotMade {
    /// The history that it holds, ascending by scope.
    pub heads: Vec<ScopeHead>,
    /// Number of the file's format.
    pub schema: u32,
    /// Length of the file in bytes.
    pub bytes: u64,
}

/// Attaches a file under the name `snap`.
fn attach(conn: &Connection, path: &Path, key: &[u8; 32]) -> Result<(), StoreError> {
    let key = FileKey::from_slice(key).ok_or(StoreError::KeyFile)?;
    let path = path.to_str().ok_or(StoreError::Io(std::io::ErrorKind::InvalidFilename.into()))?;
    conn.execute("ATTACH DATABASE ?1 AS snap KEY ?2", (path, key.to_pragma().as_str()))?;
    Ok(())
}

impl Store {
    /// Copies the town's log and tables into a new file under `key`.
    ///
    /// # Errors
    /// [`StoreError::Refused`] while operations wait here whose place the district has not given or shown, or while tables
    /// that a snapshot brought are not proven; faults of the disk.
    pub fn snapshot_out(&self, path: &Path, key: &[u8; 32]) -> Result<SnapshotMade, StoreError> {
        let made = self.write_snapshot(path, key);
        if made.is_err() && path.exists() {
            fs::remove_file(path)?;
        }
        made
    }

    fn write_snapshot(&self, path: &Path, key: &[u8; 32]) -> Result<SnapshotMade, StoreError> {
        // A connection of its own: making a snapshot takes seconds, and nobody waits for it.
        let mut conn = connect(&self.dir().join(DB_NAME), &self.inner.key, Use::Write, true)?;
        attach(&conn, path, key)?;
        // Until it is whole the file is worth nothing.
        conn.execute_batch("PRAGMA snap.journal_mode = OFF; PRAGMA snap.synchronous = OFF")?;
        conn.pragma_update(None, "foreign_keys", false)?;
        let transaction = conn.transaction()?;
        let waiting = "SELECT EXISTS (SELECT 1 FROM op WHERE status = 0)
                         OR EXISTS (SELECT 1 FROM op o WHERE o.server_seq IS NOT NULL
                                    GROUP BY o.scope HAVING max(o.server_seq) > coalesce(
                                      (SELECT c.server_seq FROM cursor c WHERE c.scope = o.scope), 0))";
        if transaction.query_row(waiting, [], |row| row.get(0))? {
            return Err(StoreError::Refused("本机还有记录没有同步完，请先同步再制作整份数据"));
        }
        // What one maker got wrong must not spread as the fold of another.
        if proof::unproven(&transaction)? {
            return Err(StoreError::Refused("本机的数据表还没有核对完，请稍后再制作整份数据"));
        }
        fill(&transaction)?;
        let heads = cursor::heads(&transaction)?;
        transaction.commit()?;
        let schema = migrate::format_of(&conn)?;
        conn.pragma_update(Some("snap"), "user_version", schema)?;
        conn.execute_batch("DETACH DATABASE snap")?;
        let file = fs::File::open(path)?;
        file.sync_all()?;
        Ok(SnapshotMade { heads, schema, bytes: file.metadata()?.len() })
    }

    /// The data key under which this device wraps. It changes when a device of the town was shut out.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn own_data_key(&self) -> Result<DataKeyId, StoreError> {
        self.read(|r| Ok(data_key::own(r.conn())?.id))
    }

    /// A data key, to wrap or unwrap a snapshot's key with.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn data_key_bytes(&self, id: DataKeyId) -> Result<Option<Zeroizing<[u8; 32]>>, StoreError> {
        self.read(|r| data_key::load(r.conn(), id))
    }
}

/// Tables and indexes first, so that the rows are copied as they lie; then the rows.
fn fill(conn: &Connection) -> Result<(), StoreError> {
    let tables = tables::travelling(conn, "main")?;
    for table in &tables {
        conn.execute_batch(&into_snap(&table.sql, "TABLE "))?;
    }
    for index in tables::indexes(conn, "main")? {
        conn.execute_batch(&into_snap(&index.sql, "INDEX "))?;
    }
    for table in &tables {
        tables::copy_rows(conn, &table.name, "main", "snap")?;
    }
    // What the district refused to this device is no business of others.
    conn.execute_batch(
        "DELETE FROM snap.op_entity WHERE op_no IN (SELECT no FROM snap.op WHERE status >= 2);
         DELETE FROM snap.op WHERE status >= 2;
         DELETE FROM snap.set_aside WHERE server_seq IS NULL;
         UPDATE snap.subject_key SET dirty = 0 WHERE dirty <> 0;",
    )?;
    Ok(())
}

/// A statement that makes something, for the attached file.
fn into_snap(sql: &str, what: &str) -> String {
    sql.replacen(what, &format!("{what}snap."), 1)
}

#[cfg(test)]
mod tests;
