//! Formats of the file: forward only, each step in one transaction, a backup before each.

use rusqlite::{Connection, TransactionBehavior};

use crate::backup::make::Maker;
use crate::error::StoreError;

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
        include_str!("../../migrations/0001_audit.sql"),
        include_str!("../../migrations/0001_privacy.sql"),
    ),
}];

/// The format of this program's files.
pub(crate) const KNOWN: u32 = MIGRATIONS.len() as u32;

/// The format of a file.
pub(crate) fn format_of(conn: &Connection) -> Result<u32, StoreError> {
    Ok(conn.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

/// Brings a file up to the last step. `maker`: of the backup that is made first, where somebody has worked on the file.
pub(crate) fn migrate(
    conn: &mut Connection,
    migrations: &[Migration],
    maker: Option<&Maker<'_>>,
) -> Result<(), StoreError> {
    let known = u32::try_from(migrations.len()).unwrap_or(u32::MAX);
    let found = format_of(conn)?;
    if found > known {
        return Err(StoreError::NewerFile { found, known });
    }
    if let (Some(maker), true) = (maker, found > 0 && found < known) {
        maker.make()?;
    }
    for number in found + 1..=known {
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
