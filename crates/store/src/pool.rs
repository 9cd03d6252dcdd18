//! Connections: one writer behind a lock, and a few readers that never wait for it.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, Once, PoisonError};
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::error::StoreError;
use crate::key::FileKey;

/// Readers kept open: one for the screen, one for the background loop, two for bursts.
const READERS_KEPT: usize = 4;
/// Statements kept prepared on each connection: the store has about 150.
const STATEMENTS_KEPT: usize = 192;
/// How long a transaction waits for another process (the command line beside the window).
const BUSY_MS: u64 = 10_000;
/// Page cache of the writer in KiB: holds the upper levels of every index at a million rows.
const WRITER_CACHE_KIB: i64 = 64 * 1024;
/// Page cache of a reader in KiB: search over half a million residents touches a few megabytes.
const READER_CACHE_KIB: i64 = 24 * 1024;

/// What a connection is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    Write,
    Read,
}

/// Rounds in which SQLCipher may finish its start, ten milliseconds each.
const START_ROUNDS: u32 = 200;

/// Waits until SQLCipher has started. SQLite calls itself ready before SQLCipher's part of the start
/// has run, so of several threads that open their first file together some would find no cipher.
fn await_cipher() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        for _ in 0..START_ROUNDS {
            let tried = Connection::open_in_memory().and_then(|conn| conn.pragma_update(None, "key", "start"));
            if tried.is_ok() {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        // Whoever opens a file now gets the cipher's own error.
        tracing::error!("the cipher has not started");
    });
}

/// Opens the encrypted file. The key is proven by the first read.
pub(crate) fn connect(path: &Path, key: &FileKey, use_for: Use, create: bool) -> Result<Connection, StoreError> {
    await_cipher();
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if create {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    let conn = Connection::open_with_flags(path, flags)?;
    // SQLCipher would write what it finds to the terminal; the caller gets it as an error.
    conn.pragma_update(None, "cipher_log_level", "NONE")?;
    conn.pragma_update(None, "key", key.to_pragma().as_str())?;
    conn.busy_timeout(Duration::from_millis(BUSY_MS))?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    // The first read: with a damaged file it fails here and nothing has been written.
    conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))?;
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    match use_for {
        Use::Write => {
            conn.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
            conn.pragma_update(None, "synchronous", "FULL")?;
            conn.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
            conn.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
        }
        Use::Read => {
            conn.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
            conn.pragma_update(None, "query_only", true)?;
        }
    }
    Ok(conn)
}

/// The readers.
pub(crate) struct Pool {
    path: PathBuf,
    key: FileKey,
    idle: Mutex<Vec<Connection>>,
}

impl Pool {
    pub(crate) fn new(path: PathBuf, key: FileKey) -> Self {
        Self { path, key, idle: Mutex::new(Vec::new()) }
    }

    /// Runs a closure on one snapshot of the data.
    pub(crate) fn with<T, E: From<StoreError>>(&self, f: impl FnOnce(&Connection) -> Result<T, E>) -> Result<T, E> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let conn = match idle {
            Some(conn) => conn,
            None => connect(&self.path, &self.key, Use::Read, false)?,
        };
        let result = {
            let snapshot = conn.unchecked_transaction().map_err(StoreError::from)?;
            f(&snapshot)
        };
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < READERS_KEPT {
            idle.push(conn);
        }
        result
    }
}
