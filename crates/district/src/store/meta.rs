//! The store's own name.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use zhenxin_protocol::wire::Lineage;

use super::StoreError;

const LINEAGE: &str = "lineage";

/// The lineage, made at the first start.
pub(super) fn lineage(connection: &mut Connection) -> Result<Lineage, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let stored: Option<Vec<u8>> =
        transaction.query_row("SELECT value FROM meta WHERE name = ?1", [LINEAGE], |row| row.get(0)).optional()?;
    let bytes = match stored {
        Some(bytes) => bytes.try_into().map_err(|_| StoreError::Damaged("meta.lineage"))?,
        None => {
            let mut bytes = [0u8; 16];
            getrandom::fill(&mut bytes).map_err(StoreError::Random)?;
            transaction.execute("INSERT INTO meta (name, value) VALUES (?1, ?2)", (LINEAGE, &bytes[..]))?;
            bytes
        }
    };
    transaction.commit()?;
    Ok(Lineage(bytes))
}
