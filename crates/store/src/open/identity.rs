//! Who this device is: kept in the local `meta` table of the encrypted file.

use rusqlite::{Connection, OptionalExtension};
use zeroize::Zeroizing;
use zhenxin_domain::division::TownCode;
use zhenxin_domain::ids::DeviceId;

use crate::error::StoreError;
use crate::key::KdfCost;

/// The device's identity and secrets.
pub(crate) struct Identity {
    pub(crate) town: TownCode,
    pub(crate) device: DeviceId,
    pub(crate) label: String,
    pub(crate) kdf: KdfCost,
    /// Ed25519 seed.
    pub(crate) sign_seed: Zeroizing<[u8; 32]>,
    /// X25519 secret.
    pub(crate) seal_secret: Zeroizing<[u8; 32]>,
}

/// Reads a value of the `meta` table.
pub(crate) fn meta(conn: &Connection, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let mut statement = conn.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
    Ok(statement.query_row([key], |row| row.get(0)).optional()?)
}

/// Writes a value of the `meta` table.
pub(crate) fn set_meta(conn: &Connection, key: &str, value: &[u8]) -> Result<(), StoreError> {
    conn.prepare_cached("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)")?.execute((key, value))?;
    Ok(())
}

fn array<const N: usize>(conn: &Connection, key: &str) -> Result<[u8; N], StoreError> {
    meta(conn, key)?.and_then(|bytes| bytes.try_into().ok()).ok_or(StoreError::KeyFile)
}

fn text(conn: &Connection, key: &str) -> Result<String, StoreError> {
    let bytes = meta(conn, key)?.ok_or(StoreError::KeyFile)?;
    String::from_utf8(bytes).map_err(|_| StoreError::KeyFile)
}

/// The epoch in which this device writes. It can change under an open store, also by another process, so nobody keeps it.
pub(crate) fn epoch_of(conn: &Connection) -> Result<u32, StoreError> {
    Ok(u32::from_be_bytes(array(conn, "epoch")?))
}

/// Sets the epoch in which this device writes.
pub(crate) fn set_epoch(conn: &Connection, epoch: u32) -> Result<(), StoreError> {
    set_meta(conn, "epoch", &epoch.to_be_bytes())
}

impl Identity {
    pub(crate) fn load(conn: &Connection) -> Result<Self, StoreError> {
        Ok(Self {
            town: text(conn, "town")?.parse().map_err(|_| StoreError::KeyFile)?,
            device: DeviceId::from_bytes(array(conn, "device")?),
            label: text(conn, "label")?,
            kdf: serde_json::from_str(&text(conn, "kdf")?).map_err(|_| StoreError::KeyFile)?,
            sign_seed: Zeroizing::new(array(conn, "sign_seed")?),
            seal_secret: Zeroizing::new(array(conn, "seal_secret")?),
        })
    }

    pub(crate) fn save(&self, conn: &Connection) -> Result<(), StoreError> {
        let kdf = serde_json::to_string(&self.kdf).map_err(|_| StoreError::KeyFile)?;
        set_meta(conn, "town", self.town.as_str().as_bytes())?;
        set_meta(conn, "device", self.device.as_bytes())?;
        set_meta(conn, "label", self.label.as_bytes())?;
        set_meta(conn, "kdf", kdf.as_bytes())?;
        set_meta(conn, "sign_seed", self.sign_seed.as_slice())?;
        set_meta(conn, "seal_secret", self.seal_secret.as_slice())
    }
}
