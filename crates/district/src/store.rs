//! The district's database: one SQLite file, WAL, synchronous FULL. All SQL of
//! the crate lies below this module.
//!
//! One connection writes, under a lock; reads take one of a few others. Other
//! processes (`enrol`, `towns`, `revoke`) open the same file beside a running
//! server and wait for its lock.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use zhenxin_protocol::wire::Lineage;

pub mod brand;
pub mod device;
pub mod enrol;
pub mod keys;
mod meta;
mod migrate;
pub mod pull;
pub mod push;
pub mod town;

#[cfg(test)]
mod tests;

/// File name in the data folder.
pub const DATABASE_FILE: &str = "district.db";

/// How long a writer waits for another process; a push takes well under a
/// second, so this is many of them in a row.
const BUSY_TIMEOUT: Duration = Duration::from_secs(20);

/// Idle read connections that are kept; as many as requests are worked on at
/// the same time.
const READERS_MAX: usize = 4;

/// A fault of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite.
    #[error("数据库出错 （{0}）；请检查磁盘空间和权限")]
    Sqlite(#[from] rusqlite::Error),
    /// The file was written by a newer program.
    #[error("数据库由更新版本的程序写成 （格式 {found}，本程序支持到 {known}），请先升级程序")]
    Newer {
        /// Format of the file.
        found: i64,
        /// Newest format that this program knows.
        known: i64,
    },
    /// A stored value that this program could not have written.
    #[error("数据库里 {0} 的值已损坏，请从备份恢复")]
    Damaged(&'static str),
    /// The operating system gave no random bytes.
    #[error("系统没有给出随机数 （{0}），请稍后重试")]
    Random(getrandom::Error),
    /// The folder cannot be made or read.
    #[error("数据目录不能读写 （{0}），请检查磁盘和权限")]
    Folder(#[from] std::io::Error),
}

/// The open database.
pub struct Store {
    path: std::path::PathBuf,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
    lineage: Lineage,
}

impl Store {
    /// Opens the database in a folder; makes both where they are missing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open(data_dir: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(data_dir)?;
        let path = data_dir.join(DATABASE_FILE);
        let mut writer = connect(&path, OpenFlags::default())?;
        migrate::migrate(&mut writer)?;
        let lineage = meta::lineage(&mut writer)?;
        Ok(Self { path, writer: Mutex::new(writer), readers: Mutex::new(Vec::new()), lineage })
    }

    /// Which store this is.
    #[must_use]
    pub const fn lineage(&self) -> Lineage {
        self.lineage
    }

    /// One IMMEDIATE transaction; commits when `work` succeeds.
    fn write<T, E: From<rusqlite::Error>>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, E>) -> Result<T, E> {
        // a panic in an earlier transaction rolled it back: the connection is sound
        let mut writer: MutexGuard<'_, Connection> = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = work(&transaction)?;
        transaction.commit()?;
        Ok(done)
    }

    /// Reads in one snapshot.
    fn read<T, E: From<rusqlite::Error>>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, E>) -> Result<T, E> {
        let idle = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut reader = match idle {
            Some(reader) => reader,
            None => connect(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?,
        };
        let transaction = reader.transaction()?;
        let done = work(&transaction)?;
        transaction.finish()?;
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < READERS_MAX {
            readers.push(reader);
        }
        Ok(done)
    }
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, rusqlite::Error> {
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    if !flags.contains(OpenFlags::SQLITE_OPEN_READ_ONLY) {
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    }
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // no SQL text, no memory beyond need: the pages of one push fit into 16 MiB
    connection.pragma_update(None, "cache_size", -16_384)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// A number for a column of 63 bits; larger ones cannot come from this program.
fn to_sql(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number from a column that holds no negative ones.
fn from_sql(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
