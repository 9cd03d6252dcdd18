//! SQLite: one connection writes, under a lock; reads take one of a few others.
//! Other processes (`enrol`, `verify`, `backup`) open the same file beside a
//! running server and wait for its lock.

use std::borrow::Cow;
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, OpenFlags, ToSql, Transaction, TransactionBehavior, params_from_iter};

use super::{Row, Tx, Value};
use crate::store::StoreError;
use crate::store::tables::Table;

/// How long a writer waits for another process; a push takes well under a
/// second, so this is many of them in a row.
const BUSY_TIMEOUT: Duration = Duration::from_secs(20);

/// Idle read connections that are kept; as many as requests are worked on at
/// the same time.
const READERS_MAX: usize = 4;

/// Prepared statements kept for each connection: more than the program has.
const STATEMENTS_MAX: usize = 128;

/// The connections to one file.
pub(crate) struct Files {
    path: PathBuf,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
}

/// A transaction in the file.
pub(crate) struct FileTx<'c>(Transaction<'c>);

impl Files {
    /// Opens the file, or makes one that only its owner reads: the district's
    /// keys lie in it.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        drop(options.open(path)?);
        let writer = connect(path, OpenFlags::default())?;
        Ok(Self { path: path.to_owned(), writer: Mutex::new(writer), readers: Mutex::new(Vec::new()) })
    }

    pub(super) fn write<T, E: From<StoreError>>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        // a panic in an earlier transaction rolled it back: the connection is sound
        let mut writer: MutexGuard<'_, Connection> = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate).map_err(StoreError::from)?;
        let tx = Tx::Sqlite(FileTx(transaction));
        let done = work(&tx)?;
        if let Tx::Sqlite(FileTx(transaction)) = tx {
            transaction.commit().map_err(StoreError::from)?;
        }
        Ok(done)
    }

    /// Moves the rows out and back: whole pages are freed and zeroed (`secure_delete`), where a single deletion leaves what
    /// an earlier balancing of the tree had copied. Then the write-ahead log is emptied.
    pub(super) fn scrub(&self, table: &Table) -> Result<bool, StoreError> {
        let name = table.name;
        self.write(|tx| {
            tx.batch(&format!(
                "CREATE TEMP TABLE scrubbed AS SELECT * FROM {name}; DELETE FROM {name};
                 INSERT INTO {name} SELECT * FROM scrubbed; DROP TABLE temp.scrubbed"
            ))
        })?;
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let busy: i64 = writer.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        Ok(busy == 0)
    }

    pub(super) fn read<T, E: From<StoreError>>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        let idle = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut reader = match idle {
            Some(reader) => reader,
            None => connect(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)
                .map_err(StoreError::from)?,
        };
        let tx = Tx::Sqlite(FileTx(reader.transaction().map_err(StoreError::from)?));
        let done = work(&tx)?;
        drop(tx);
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
    // a plan may not hang on the values bound to it: else a statement with LIMIT is prepared anew each time it is used
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    if !flags.contains(OpenFlags::SQLITE_OPEN_READ_ONLY) {
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    }
    connection.pragma_update(None, "synchronous", "FULL")?;
    // what is removed is gone: a destroyed key must not linger in a free page
    connection.pragma_update(None, "secure_delete", true)?;
    // the pages of one push fit into 16 MiB
    connection.pragma_update(None, "cache_size", -16_384)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    Ok(connection)
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Int(number) => ValueRef::Integer(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl FileTx<'_> {
    fn prepare(&self, sql: &str) -> Result<CachedStatement<'_>, StoreError> {
        let statement = self.0.prepare_cached(sql)?;
        debug_assert!(
            (1..=statement.parameter_count())
                .all(|place| statement.parameter_name(place) == Some(format!("${place}").as_str())),
            "parameters must be named for the first time in ascending order: {sql}"
        );
        Ok(statement)
    }

    pub(super) fn execute(&self, sql: &str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        Ok(self.prepare(sql)?.execute(params_from_iter(values))? as u64)
    }

    /// The same statement for many rows; how many rows it changed in all.
    pub(super) fn execute_many<'v, R: Iterator<Item = &'v Value<'v>>>(
        &self,
        sql: &str,
        rows: impl Iterator<Item = R>,
    ) -> Result<u64, StoreError> {
        let mut statement = self.prepare(sql)?;
        let mut changed = 0;
        for row in rows {
            changed += statement.execute(params_from_iter(row))? as u64;
        }
        Ok(changed)
    }

    pub(super) fn query(&self, what: &'static str, sql: &str, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        let mut statement = self.prepare(sql)?;
        let width = statement.column_count();
        let mut found = statement.query(params_from_iter(values))?;
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            let mut cells = Vec::with_capacity(width);
            for column in 0..width {
                cells.push(match row.get_ref(column)? {
                    ValueRef::Null => Value::Null,
                    ValueRef::Integer(number) => Value::Int(number),
                    ValueRef::Text(text) => {
                        let text = std::str::from_utf8(text).map_err(|_| StoreError::Damaged(what))?;
                        Value::Text(Cow::Owned(text.to_owned()))
                    }
                    ValueRef::Blob(bytes) => Value::Blob(Cow::Owned(bytes.to_owned())),
                    ValueRef::Real(_) => return Err(StoreError::Damaged(what)),
                });
            }
            rows.push(Row::new(cells, what));
        }
        Ok(rows)
    }

    pub(super) fn batch(&self, sql: &str) -> Result<(), StoreError> {
        Ok(self.0.execute_batch(sql)?)
    }
}
