//! One way to two databases: SQLite in the data folder, PostgreSQL elsewhere.
//!
//! Statements are written once, in the SQL that both know. Parameters are `$1`,
//! `$2` …, each named for the first time in ascending order: SQLite numbers them
//! as it meets them, PostgreSQL by their digits. Integers have 64 bits.

use super::StoreError;
use super::tables::Table;

mod checked;
mod postgres;
mod sqlite;
mod value;

pub(crate) use checked::is_sound;
pub(crate) use postgres::Pool;
pub(crate) use sqlite::Files;
pub(crate) use value::{Row, Value};

/// Most values in one `IN (…)`. A shorter list is filled up with its last value,
/// so that few statements are prepared.
pub(crate) const IN_VALUES: usize = 250;

/// An open database.
pub(crate) enum Db {
    /// A file.
    Sqlite(Files),
    /// A server.
    Postgres(Pool),
}

/// Which SQL is spoken; only migrations and locks need to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// One transaction.
pub(crate) enum Tx<'c> {
    /// In a file.
    Sqlite(sqlite::FileTx<'c>),
    /// On a server.
    Postgres(postgres::ServerTx<'c>),
}

impl Db {
    /// One transaction that may change; it commits when `work` succeeds and
    /// leaves no trace when it does not.
    pub(crate) fn write<T, E: From<StoreError>>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        match self {
            Self::Sqlite(files) => files.write(work),
            Self::Postgres(pool) => pool.write(work),
        }
    }

    /// Writes a table anew, so that no copy of a deleted row stays in its pages or in a file beside it. False where
    /// somebody else's reading keeps an old copy alive for now.
    pub(crate) fn scrub(&self, table: &Table) -> Result<bool, StoreError> {
        match self {
            Self::Sqlite(files) => files.scrub(table),
            Self::Postgres(pool) => pool.scrub(table),
        }
    }

    /// Lets a server count a table that has grown before it was ever counted. Until then the server takes it for empty,
    /// and reads all of a town to find a few rows by their keys; its own vacuuming comes by a minute later only.
    pub(crate) fn count_for_plans(&self, table: &Table) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(pool) => pool.count_for_plans(table),
        }
    }

    /// Reads in one snapshot.
    pub(crate) fn read<T, E: From<StoreError>>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        match self {
            Self::Sqlite(files) => files.read(work),
            Self::Postgres(pool) => pool.read(work),
        }
    }
}

impl Tx<'_> {
    pub(crate) const fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Runs a statement; how many rows it changed.
    pub(crate) fn execute(&self, sql: &str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        match self {
            Self::Sqlite(file) => file.execute(sql, values),
            Self::Postgres(server) => server.execute(sql, values),
        }
    }

    /// All rows of a statement, which bounds them itself.
    pub(crate) fn query(&self, sql: &str, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        self.query_as("row", sql, values)
    }

    /// Likewise; a fault of a row is called `what`.
    pub(crate) fn query_as(&self, what: &'static str, sql: &str, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Sqlite(file) => file.query(what, sql, values),
            Self::Postgres(server) => server.query(what, sql, values),
        }
    }

    /// The first row.
    pub(crate) fn first(&self, sql: &str, values: &[Value<'_>]) -> Result<Option<Row>, StoreError> {
        Ok(self.query(sql, values)?.into_iter().next())
    }

    /// Several statements without parameters.
    pub(crate) fn batch(&self, sql: &str) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(file) => file.batch(sql),
            Self::Postgres(server) => server.batch(sql),
        }
    }

    /// Rows whose `column` is one of `wanted`; `sql` ends before the `IN` and
    /// has used up the parameters of `values`.
    pub(crate) fn query_in(
        &self,
        sql: &str,
        values: &[Value<'_>],
        wanted: &[Value<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        let first = values.len() + 1;
        let list: Vec<String> = (first..first + IN_VALUES).map(|place| format!("${place}")).collect();
        let sql = format!("{sql} IN ({})", list.join(", "));
        let mut rows = Vec::new();
        for some in wanted.chunks(IN_VALUES) {
            let mut all = values.to_vec();
            all.extend_from_slice(some);
            if let Some(last) = some.last() {
                all.resize(values.len() + IN_VALUES, last.clone());
            }
            rows.extend(self.query(&sql, &all)?);
        }
        Ok(rows)
    }
}

#[cfg(test)]
mod tests;
