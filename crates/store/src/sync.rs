//! What the sync engine keeps in the file: cursors, the district's lineage, its own settings.

use std::io::Read;

use rusqlite::Connection;
use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::DeviceId;
use zhenxin_protocol::bundle::{BundleError, Closed, Reader};
use zhenxin_protocol::device_key::{Context, public_key, sign_hash};
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::wrap::public_of;

use crate::error::StoreError;
use crate::log::receipt::LAST_RECEIPT;
use crate::open::Store;
use crate::open::identity::{meta, set_meta};

pub(crate) mod device;
pub(crate) mod published;
pub(crate) mod right;
pub(crate) mod signed;

const LINEAGE: &str = "sync.lineage";

/// What a device shows to the district.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DevicePublic {
    /// The device.
    pub device: DeviceId,
    /// What the office calls it.
    pub label: String,
    /// Ed25519 public key, which proves the heads of its chain.
    pub sign_key: [u8; 32],
    /// X25519 public key, for which data keys are wrapped.
    pub seal_key: [u8; 32],
}

/// A cursor is worth something only with the district that gave it.
pub(crate) fn check_lineage(conn: &Connection, lineage: &[u8; 16]) -> Result<(), StoreError> {
    match meta(conn, LINEAGE)? {
        Some(present) if present == lineage => Ok(()),
        Some(_) => Err(StoreError::LineageChanged),
        None => set_meta(conn, LINEAGE, lineage),
    }
}

/// The name of the history that the cursors are of.
pub(crate) fn lineage(conn: &Connection) -> Result<Option<[u8; 16]>, StoreError> {
    Ok(meta(conn, LINEAGE)?.and_then(|bytes| bytes.try_into().ok()))
}

pub(crate) fn set_lineage(conn: &Connection, lineage: &[u8; 16]) -> Result<(), StoreError> {
    set_meta(conn, LINEAGE, lineage)
}

impl Store {
    /// How far each scope has been received from the district of this lineage.
    ///
    /// # Errors
    /// [`StoreError::LineageChanged`] where the cursors are another district's.
    pub fn cursors(&self, lineage: &[u8; 16]) -> Result<Vec<(Scope, u64)>, StoreError> {
        self.read(|r| {
            match meta(r.conn(), LINEAGE)? {
                Some(present) if present != lineage => return Err(StoreError::LineageChanged),
                _ => {}
            }
            let mut statement = r.conn().prepare_cached("SELECT scope, server_seq FROM cursor ORDER BY scope")?;
            let rows = statement.query_map([], |row| {
                let mut columns = crate::sql::Columns::of(row);
                Ok((columns.parse::<Scope>()?, columns.get::<i64>()?.max(0) as u64))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// What this device shows to the district.
    #[must_use]
    pub fn device_keys(&self) -> DevicePublic {
        let identity = &self.inner.identity;
        DevicePublic {
            device: identity.device,
            label: identity.label.clone(),
            sign_key: public_key(&identity.sign_seed),
            seal_key: public_of(&identity.seal_secret),
        }
    }

    /// Signs a hash with the device's key.
    #[must_use]
    pub fn sign_hash(&self, context: Context, hash: &Hash32) -> [u8; 64] {
        sign_hash(&self.inner.identity.sign_seed, context, hash)
    }

    /// Opens a bundle that was made for this device; the secret stays here.
    ///
    /// # Errors
    /// [`BundleError::NotForMe`], [`BundleError::Signature`].
    pub fn open_bundle<R: Read>(&self, closed: Closed<R>) -> Result<Reader<R>, BundleError> {
        closed.open(Some(self.inner.identity.device), &self.inner.identity.seal_secret)
    }

    /// Notes when the district was last heard (ms since 1970 UTC).
    ///
    /// # Errors
    /// Faults of the database.
    pub fn mark_receipt_time(&self, at_ms: i64) -> Result<(), StoreError> {
        self.write_arrived(|log| set_meta(log.conn, LAST_RECEIPT, &at_ms.to_be_bytes()))
    }

    /// A value that the sync engine keeps; secrets are safe here, the file is encrypted.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn sync_get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|r| meta(r.conn(), &format!("engine.{key}")))
    }

    /// Drops a value of the sync engine.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn sync_drop(&self, key: &str) -> Result<(), StoreError> {
        self.write_arrived(|log| {
            log.conn.prepare_cached("DELETE FROM meta WHERE key = ?1")?.execute([format!("engine.{key}")])?;
            Ok(())
        })
    }

    /// Keeps a value of the sync engine. The value that is there already is not written again: a
    /// round with nothing to do costs no durable transaction.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn sync_set(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        if self.sync_get(key)?.as_deref() == Some(value) {
            return Ok(());
        }
        self.write_arrived(|log| set_meta(log.conn, &format!("engine.{key}"), value))
    }
}
