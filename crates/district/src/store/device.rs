//! Devices: who a token belongs to, who is revoked.

use rusqlite::{Connection, OptionalExtension, Row};

use zhenxin_domain::division::{Scope, TownCode};
use zhenxin_domain::ids::DeviceId;
use zhenxin_protocol::hash::Hash32;

use super::{Store, StoreError};

/// A device as the district knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// Its town.
    pub town: TownCode,
    /// Its label.
    pub label: String,
    /// Scopes granted to it.
    pub scopes: Vec<Scope>,
    /// Ed25519 public key.
    pub sign_key: [u8; 32],
    /// X25519 public key.
    pub seal_key: [u8; 32],
    /// Epoch in which it writes.
    pub epoch: u32,
    /// When it was enrolled, milliseconds UTC.
    pub enrolled_at_ms: i64,
    /// When it was revoked.
    pub revoked_at_ms: Option<i64>,
    /// Last contact.
    pub contact_at_ms: Option<i64>,
    /// When a fork of its chain was first seen.
    pub forked_at_ms: Option<i64>,
}

const COLUMNS: &str = "id, town, label, scopes, sign_key, seal_key, epoch, enrolled_at_ms, revoked_at_ms, \
                       contact_at_ms, forked_at_ms";

/// The text form of a list of scopes in a column.
pub(super) fn scopes_text(scopes: &[Scope]) -> String {
    scopes.iter().map(Scope::to_string).collect::<Vec<_>>().join(" ")
}

pub(super) fn read_scopes(text: &str) -> Result<Vec<Scope>, StoreError> {
    text.split_whitespace().map(|code| code.parse().map_err(|_| StoreError::Damaged("scopes"))).collect()
}

pub(super) fn bytes<const N: usize>(bytes: Vec<u8>, what: &'static str) -> Result<[u8; N], StoreError> {
    bytes.try_into().map_err(|_| StoreError::Damaged(what))
}

fn from_row(row: &Row<'_>) -> Result<Device, StoreError> {
    Ok(Device {
        id: DeviceId::from_bytes(bytes(row.get("id")?, "device.id")?),
        town: row.get::<_, String>("town")?.parse().map_err(|_| StoreError::Damaged("device.town"))?,
        label: row.get("label")?,
        scopes: read_scopes(&row.get::<_, String>("scopes")?)?,
        sign_key: bytes(row.get("sign_key")?, "device.sign_key")?,
        seal_key: bytes(row.get("seal_key")?, "device.seal_key")?,
        epoch: row.get("epoch")?,
        enrolled_at_ms: row.get("enrolled_at_ms")?,
        revoked_at_ms: row.get("revoked_at_ms")?,
        contact_at_ms: row.get("contact_at_ms")?,
        forked_at_ms: row.get("forked_at_ms")?,
    })
}

pub(super) fn by_id(connection: &Connection, id: DeviceId) -> Result<Option<Device>, StoreError> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM device WHERE id = ?1"))?
        .query_row([id.as_bytes()], |row| Ok(from_row(row)))
        .optional()?
        .transpose()
}

/// Devices of a town that are not revoked, the oldest first.
pub(super) fn active(connection: &Connection, town: TownCode) -> Result<Vec<Device>, StoreError> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM device WHERE town = ?1 AND revoked_at_ms IS NULL ORDER BY enrolled_at_ms, id"
        ))?
        .query_map([town.as_str()], |row| Ok(from_row(row)))?
        .map(|row| row?)
        .collect()
}

/// All devices, for the list of towns.
pub(super) fn all(connection: &Connection) -> Result<Vec<Device>, StoreError> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM device ORDER BY town, enrolled_at_ms, id"))?
        .query_map([], |row| Ok(from_row(row)))?
        .map(|row| row?)
        .collect()
}

impl Store {
    /// The device with this token.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn device_by_token(&self, token: &[u8; 32]) -> Result<Option<Device>, StoreError> {
        let hash = Hash32::of(token);
        self.read(|transaction| {
            transaction
                .prepare_cached(&format!("SELECT {COLUMNS} FROM device WHERE token_hash = ?1"))?
                .query_row([hash.as_bytes()], |row| Ok(from_row(row)))
                .optional()?
                .transpose()
        })
    }

    /// Notes a contact.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn note_contact(&self, device: DeviceId, now_ms: i64) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction.execute("UPDATE device SET contact_at_ms = ?2 WHERE id = ?1", (device.as_bytes(), now_ms))?;
            Ok(())
        })
    }

    /// Revokes a device; its ops stay. False when there is no such device.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn revoke(&self, device: DeviceId, now_ms: i64) -> Result<bool, StoreError> {
        self.write(|transaction| {
            let changed = transaction.execute(
                "UPDATE device SET revoked_at_ms = coalesce(revoked_at_ms, ?2) WHERE id = ?1",
                (device.as_bytes(), now_ms),
            )?;
            Ok(changed == 1)
        })
    }
}
