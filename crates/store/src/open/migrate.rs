//! Formats of the file: forward only, each step in one transaction, a backup before each.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use crate::backup;
use crate::error::StoreError;
use crate::ports::Ports;

/// One step of the format; its number is its place in the list, from 1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Migration {
    /// The statements.
    pub(crate) sql: &'static str,
}

/// Every step. A released step never changes.
pub(crate) const MIGRATIONS: &[Migration] = &[Migration {
    sql: concat!(
        include_str!("../../migrations/0001_town.sql"),
        include_str!("../../migrations/0001_time_bank.sql"),
        include_str!("../../migrations/0001_brands.sql"),
        include_str!("../../migrations/0001_settling.sql"),
    ),
}];

/// The format of a file.
pub(crate) fn format_of(conn: &Connection) -> Result<u32, StoreError> {
    Ok(conn.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

/// Brings a file up to the last step.
pub(crate) fn migrate(
    conn: &mut Connection,
    dir: &Path,
    migrations: &[Migration],
    ports: &Ports,
) -> Result<(), StoreError> {
    let known = u32::try_from(migrations.len()).unwrap_or(u32::MAX);
    let found = format_of(conn)?;
    if found > known {
        return Err(StoreError::NewerFile { found, known });
    }
    for number in found + 1..=known {
        if number > 1 {
            backup::before_migration(conn, dir, number - 1, ports)?;
        }
        let transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Another process may have taken the step while we waited for the lock.
        if format_of(&transaction)? + 1 == number {
            transaction.execute_batch(migrations[number as usize - 1].sql)?;
            transaction.pragma_update(None, "user_version", number)?;
        }
        transaction.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
