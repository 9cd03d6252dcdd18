//! Connections: one writer behind a lock, and a few readers that never wait for it.

use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, Once, PoisonError};
use std::thread;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use zhenxin_domain::division::VillageCode;

use crate::error::StoreError;
use crate::key::FileKey;
use crate::sight::narrow;

/// Readers kept open: one for the screen, one for the background loop, two for bursts.
const READERS_KEPT: usize = 4;
/// Statements kept prepared on each connection: the store has about 150.
const STATEMENTS_KEPT: usize = 192;
/// How long a transaction waits for another process (the command line beside the window).
const BUSY_MS: u64 = 10_000;
/// Page cache of the writer in KiB: holds the upper levels of every index at a million rows.
const WRITER_CACHE_KIB: i64 = 64 * 1024;
/// Pages of the write-ahead log (16 MB) after which they are put into the file. What comes from the district writes the
/// same pages of the indexes again and again; four times SQLite's own number puts a page there once instead of four times.
const CHECKPOINT_PAGES: i64 = 4_000;
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
    // A plan may not hang on the values bound to it: else a statement with LIMIT ? is prepared anew each time it is used.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
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
            conn.pragma_update_and_check(None, "wal_autocheckpoint", CHECKPOINT_PAGES, |_| Ok(()))?;
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
    lending: Mutex<Lending>,
    returned: Condvar,
}

#[derive(Default)]
struct Lending {
    /// With the villages that each sees; none: all.
    idle: Vec<(Vec<VillageCode>, Connection)>,
    out: usize,
    closed: bool,
}

/// A reader in use; given back when dropped, also by a panic.
struct Lent<'p> {
    pool: &'p Pool,
    sight: Vec<VillageCode>,
    conn: Option<Connection>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut lending = self.pool.lending();
        lending.out -= 1;
        let mut over = None;
        if let Some(conn) = self.conn.take().filter(|_| !lending.closed && !thread::panicking()) {
            // The longest idle one goes: it may be of a sight that nobody has any more.
            over = (lending.idle.len() >= READERS_KEPT).then(|| lending.idle.remove(0));
            lending.idle.push((std::mem::take(&mut self.sight), conn));
        }
        // Closed before anybody hears that it is back.
        drop(over);
        drop(self.conn.take());
        self.pool.returned.notify_all();
    }
}

impl Pool {
    pub(crate) fn new(path: PathBuf, key: FileKey) -> Self {
        Self { path, key, lending: Mutex::default(), returned: Condvar::new() }
    }

    fn lending(&self) -> MutexGuard<'_, Lending> {
        self.lending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a closure on one snapshot of the data.
    pub(crate) fn with<T, E: From<StoreError>>(&self, f: impl FnOnce(&Connection) -> Result<T, E>) -> Result<T, E> {
        self.with_sight(&[], f)
    }

    /// The same for a reader that sees some villages only; none: all.
    pub(crate) fn with_sight<T, E: From<StoreError>>(
        &self,
        sight: &[VillageCode],
        f: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut lent = self.lend(sight)?;
        let conn = match lent.conn.take() {
            Some(conn) => conn,
            None => {
                let conn = connect(&self.path, &self.key, Use::Read, false)?;
                if !sight.is_empty() {
                    narrow(&conn, sight)?;
                }
                conn
            }
        };
        let conn = lent.conn.insert(conn);
        let snapshot = conn.unchecked_transaction().map_err(StoreError::from)?;
        f(&snapshot)
    }

    fn lend(&self, sight: &[VillageCode]) -> Result<Lent<'_>, StoreError> {
        let mut lending = self.lending();
        if lending.closed {
            return Err(StoreError::Closed);
        }
        lending.out += 1;
        let fitting = lending.idle.iter().rposition(|(of, _)| of == sight);
        let conn = fitting.map(|at| lending.idle.remove(at).1);
        Ok(Lent { pool: self, sight: sight.to_vec(), conn })
    }

    /// Whether nobody may read any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.lending().closed
    }

    /// Lets nobody in any more and waits for those inside; false where one stays, and all is as before.
    pub(crate) fn close(&self) -> bool {
        let mut lending = self.lending();
        lending.closed = true;
        lending.idle.clear();
        let (mut lending, waited) = self
            .returned
            .wait_timeout_while(lending, Duration::from_millis(BUSY_MS), |lending| lending.out > 0)
            .unwrap_or_else(PoisonError::into_inner);
        lending.closed = !waited.timed_out();
        lending.closed
    }
}
