//! Forward only, each step in one transaction.

use rusqlite::{Connection, TransactionBehavior};

use super::StoreError;

/// Each step's SQL; its place, counted from 1, is the file's `user_version`.
const STEPS: [&str; 2] =
    [include_str!("../../migrations/0001_first.sql"), include_str!("../../migrations/0002_brands.sql")];

/// Brings the file up to date.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    for step in STEPS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", known)?;
    transaction.commit()?;
    Ok(())
}
