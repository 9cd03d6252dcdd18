//! A damaged database is moved aside, never deleted.

use std::fs;
use std::path::Path;

use rusqlite::Connection;

use super::lock::FolderLock;
use super::{DB_NAME, Store};
use crate::backup::aside::{DAMAGED, move_aside};
use crate::error::StoreError;
use crate::key::file::sync_dir;
use crate::ports::Ports;

/// While this lies in the folder the file is read through at its next opening.
const SUSPECT: &str = "suspect";

/// Passes a sound connection through. The key was proven before, so a file that it does not open
/// is damaged and not foreign; it is moved only where no other program works on it.
pub(super) fn set_aside_if_damaged(
    dir: &Path,
    opened: Result<Connection, StoreError>,
    lock: FolderLock,
    ports: &Ports,
) -> Result<(Connection, FolderLock), StoreError> {
    let opened = opened.and_then(|conn| {
        let doubtful = dir.join(SUSPECT).exists() || is_short(dir, &conn)?;
        if doubtful && !is_whole(&conn) { Err(StoreError::Damaged { moved_to: String::new() }) } else { Ok(conn) }
    });
    match opened {
        Err(StoreError::Corrupt(_) | StoreError::Damaged { .. }) => {
            drop(lock);
            let _alone = FolderLock::alone(dir)?;
            let moved_to = move_aside(dir, DAMAGED, ports)?;
            trust(dir)?;
            Err(moved_to.map_or(StoreError::FileMissing, |moved_to| StoreError::Damaged { moved_to }))
        }
        Err(other) => Err(other),
        Ok(conn) => {
            trust(dir)?;
            Ok((conn, lock))
        }
    }
}

fn trust(dir: &Path) -> Result<(), StoreError> {
    match fs::remove_file(dir.join(SUSPECT)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error.into()),
        Ok(()) => sync_dir(dir),
    }
}

/// Whether the file is shorter than it says, so that its end was lost. What still lies in the write-ahead log is not
/// missing.
fn is_short(dir: &Path, conn: &Connection) -> Result<bool, StoreError> {
    let wal = fs::metadata(dir.join(format!("{DB_NAME}-wal"))).map_or(0, |found| found.len());
    let pages: i64 = conn.query_row("PRAGMA page_count", [], |row| row.get(0))?;
    // SQLCipher answers with a text.
    let page_bytes: String = conn.query_row("PRAGMA cipher_page_size", [], |row| row.get(0))?;
    let said = pages.unsigned_abs() * page_bytes.parse::<u64>().unwrap_or(0);
    Ok(fs::metadata(dir.join(DB_NAME))?.len() + wal < said)
}

/// Reads the whole file: every page against its own seal, then the database's structure. Seconds on a large file.
pub(crate) fn is_whole(conn: &Connection) -> bool {
    let sealed = || -> rusqlite::Result<bool> {
        let mut statement = conn.prepare("PRAGMA cipher_integrity_check")?;
        let mut rows = statement.query([])?;
        Ok(rows.next()?.is_none())
    };
    let structured = || -> rusqlite::Result<bool> {
        conn.query_row("PRAGMA quick_check(1)", [], |row| Ok(row.get::<_, String>(0)? == "ok"))
    };
    matches!(sealed(), Ok(true)) && matches!(structured(), Ok(true))
}

impl Store {
    /// Has the whole file read through at its next opening, because a page of it did not check.
    ///
    /// # Errors
    /// Faults of the disk.
    pub fn suspect(&self) -> Result<(), StoreError> {
        fs::File::create(self.dir().join(SUSPECT))?.sync_all()?;
        sync_dir(self.dir())
    }
}
