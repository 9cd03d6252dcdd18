//! The tables: one text for both databases, forward only, all steps that are
//! missing in one transaction.

use super::db::{Db, Dialect, Tx};
use super::tables::META;
use super::{DISTRICT_WIDE, StoreError};

/// Each step's SQL; its place, counted from 1, is the format of the database.
const STEPS: [&str; 2] =
    [include_str!("../../migrations/0001_first.sql"), include_str!("../../migrations/0002_console.sql")];

/// Where the format and the names and keys of the district lie.
const FIRST: &str = "CREATE TABLE IF NOT EXISTS meta (
    town  {text} NOT NULL,
    name  {text} NOT NULL,
    value {blob} NOT NULL,
    sum   {blob} NOT NULL,
    PRIMARY KEY (town, name)
){table};";

/// Keeps two programs from making the tables of one server at the same time; any
/// number that nobody else takes.
const LOCK: i64 = 0x7a78_6469;

const FORMAT: &str = "format";

/// The newest format that this program knows.
pub(super) const KNOWN: i64 = STEPS.len() as i64;

/// Words of a step in the database's own types.
fn spoken(sql: &str, dialect: Dialect) -> String {
    let (text, int, blob, table, rows) = match dialect {
        // by bytes, as SQLite compares
        Dialect::Postgres => ("TEXT COLLATE \"C\"", "BIGINT", "BYTEA", "", ""),
        // large rows lie beside the key, not in its tree
        Dialect::Sqlite => ("TEXT", "INTEGER", "BLOB", " STRICT, WITHOUT ROWID", " STRICT"),
    };
    sql.replace("{text}", text)
        .replace("{int}", int)
        .replace("{blob}", blob)
        .replace("{table}", table)
        .replace("{rows}", rows)
}

/// Brings the database up to date.
pub(super) fn migrate(db: &Db) -> Result<(), StoreError> {
    db.write(|tx| {
        if tx.dialect() == Dialect::Postgres {
            tx.query("SELECT CAST(pg_advisory_xact_lock($1) AS TEXT)", &[LOCK.into()])?;
        }
        tx.batch(&spoken(FIRST, tx.dialect()))?;
        let found = format(tx)?;
        if found > KNOWN {
            return Err(StoreError::Newer { found, known: KNOWN });
        }
        if found == KNOWN {
            return Ok(());
        }
        for step in STEPS.iter().skip(usize::try_from(found).unwrap_or(0)) {
            tx.batch(&spoken(step, tx.dialect()))?;
        }
        tx.put(&META, &[DISTRICT_WIDE.into(), FORMAT.into(), KNOWN.to_be_bytes().to_vec().into()])
    })
}

/// The format of the database; 0 of an empty one.
pub(super) fn format(tx: &Tx<'_>) -> Result<i64, StoreError> {
    let Some(mut row) = tx.get(&META, &[DISTRICT_WIDE.into(), FORMAT.into()])? else { return Ok(0) };
    let (_town, _name) = (row.text()?, row.text()?);
    Ok(i64::from_be_bytes(row.bytes()?))
}
