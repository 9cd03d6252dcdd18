//! Devices: who a token belongs to, who is revoked, how each fares.

use zhenxin_domain::division::{Scope, TownCode};
use zhenxin_domain::ids::DeviceId;
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::wire::Lineage;

use super::db::{Row, Tx, Value};
use super::tables::{DEVICE, RIGHT_HOLDER, RIGHT_WANT};
use super::{Store, StoreError, blob, keys, meta};

/// A device as the district knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its town.
    pub town: TownCode,
    /// Its id.
    pub id: DeviceId,
    /// Its label.
    pub label: String,
    /// Scopes granted to it.
    pub scopes: Vec<Scope>,
    /// Ed25519 public key.
    pub sign_key: [u8; 32],
    /// X25519 public key.
    pub seal_key: [u8; 32],
    /// Newest epoch that it was given.
    pub epoch: u32,
    /// SM3 of its token.
    pub(crate) token_hash: [u8; 32],
    /// When it was enrolled, milliseconds UTC.
    pub enrolled_at_ms: i64,
    /// When it was revoked.
    pub revoked_at_ms: Option<i64>,
    /// Last contact.
    pub contact_at_ms: Option<i64>,
    /// When a fork of its chain was last seen without a new epoch after it.
    pub forked_at_ms: Option<i64>,
    /// Version of its program.
    pub program: Option<String>,
    /// Ops that waited there at the last contact.
    pub pending_ops: Option<u64>,
    /// When the oldest of them was recorded.
    pub oldest_pending_at_ms: Option<i64>,
}

/// What a device says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// Version of its program.
    pub program: String,
    /// Ops that wait there.
    pub pending_ops: u64,
    /// When the oldest of them was recorded.
    pub oldest_pending_at_ms: Option<i64>,
}

/// The text form of a list of scopes in a column.
pub(super) fn scopes_text(scopes: &[Scope]) -> String {
    scopes.iter().map(Scope::to_string).collect::<Vec<_>>().join(" ")
}

pub(super) fn read_scopes(text: &str) -> Result<Vec<Scope>, StoreError> {
    text.split_whitespace().map(|code| code.parse().map_err(|_| StoreError::Damaged("scopes"))).collect()
}

pub(super) fn from_row(mut row: Row) -> Result<Device, StoreError> {
    Ok(Device {
        town: row.parsed()?,
        id: DeviceId::from_bytes(row.bytes()?),
        label: row.text()?,
        scopes: read_scopes(&row.text()?)?,
        sign_key: row.bytes()?,
        seal_key: row.bytes()?,
        epoch: row.narrow()?,
        token_hash: row.bytes()?,
        enrolled_at_ms: row.int()?,
        revoked_at_ms: row.opt_int()?,
        contact_at_ms: row.opt_int()?,
        forked_at_ms: row.opt_int()?,
        program: row.opt_text()?,
        pending_ops: row.opt_int()?.map(|ops| u64::try_from(ops).unwrap_or(0)),
        oldest_pending_at_ms: row.opt_int()?,
    })
}

pub(super) fn put(tx: &Tx<'_>, device: &Device) -> Result<(), StoreError> {
    tx.put(
        &DEVICE,
        &[
            device.town.as_str().into(),
            device.id.as_bytes().into(),
            (&device.label).into(),
            scopes_text(&device.scopes).into(),
            (&device.sign_key).into(),
            (&device.seal_key).into(),
            device.epoch.into(),
            (&device.token_hash).into(),
            device.enrolled_at_ms.into(),
            device.revoked_at_ms.into(),
            device.contact_at_ms.into(),
            device.forked_at_ms.into(),
            device.program.as_ref().into(),
            device.pending_ops.into(),
            device.oldest_pending_at_ms.into(),
        ],
    )
}

pub(super) fn by_id(tx: &Tx<'_>, town: TownCode, id: DeviceId) -> Result<Option<Device>, StoreError> {
    tx.get(&DEVICE, &[town.as_str().into(), id.as_bytes().into()])?.map(from_row).transpose()
}

/// The device, held to the end of the transaction.
pub(super) fn locked(tx: &Tx<'_>, town: TownCode, id: DeviceId) -> Result<Option<Device>, StoreError> {
    tx.get_locked(&DEVICE, &[town.as_str().into(), id.as_bytes().into()])?.map(from_row).transpose()
}

/// Devices of a town that are not revoked, the oldest first.
pub(super) fn active(tx: &Tx<'_>, town: TownCode) -> Result<Vec<Device>, StoreError> {
    tx.select(
        &DEVICE,
        "WHERE town = $1 AND revoked_at_ms IS NULL ORDER BY enrolled_at_ms, id",
        &[town.as_str().into()],
    )?
    .into_iter()
    .map(from_row)
    .collect()
}

/// All devices, for the list of towns.
pub(super) fn all(tx: &Tx<'_>) -> Result<Vec<Device>, StoreError> {
    tx.select(&DEVICE, "ORDER BY town, enrolled_at_ms, id", &[])?.into_iter().map(from_row).collect()
}

impl Store {
    /// The device with this token.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn device_by_token(&self, token: &[u8; 32]) -> Result<Option<Device>, StoreError> {
        self.device_by_token_hash(Hash32::of(token))
    }

    /// The device whose token has this SM3.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn device_by_token_hash(&self, hash: Hash32) -> Result<Option<Device>, StoreError> {
        let (device, lineage): (Option<Device>, Lineage) = self.read(|tx| {
            let rows = tx.select(&DEVICE, "WHERE token_hash = $1", &[hash.as_bytes().into()])?;
            let device = rows.into_iter().next().map(from_row).transpose()?;
            Ok::<_, StoreError>((device, meta::lineage(tx)?))
        })?;
        self.identity().lineage = lineage;
        Ok(device)
    }

    /// A device of a town.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn device(&self, town: TownCode, id: DeviceId) -> Result<Option<Device>, StoreError> {
        self.read(|tx| by_id(tx, town, id))
    }

    /// Notes a contact, and what the device says of itself.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn note_contact(
        &self,
        town: TownCode,
        id: DeviceId,
        condition: Option<&Condition>,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        self.write(|tx| {
            let Some(mut device) = locked(tx, town, id)? else { return Ok(()) };
            device.contact_at_ms = Some(now_ms);
            if let Some(condition) = condition {
                device.program = Some(condition.program.clone());
                device.pending_ops = Some(condition.pending_ops);
                device.oldest_pending_at_ms = condition.oldest_pending_at_ms;
            }
            put(tx, &device)
        })
    }

    /// Revokes a device of a town; its ops stay, its spending rights are free again. False when there is no such device
    /// there.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn revoke(&self, town: TownCode, id: DeviceId, now_ms: i64) -> Result<bool, StoreError> {
        self.write(|tx| {
            let Some(mut device) = locked(tx, town, id)? else { return Ok(false) };
            if device.revoked_at_ms.is_none() {
                // it knows the town's data keys
                keys::next_generation(tx, town)?;
            }
            device.revoked_at_ms = device.revoked_at_ms.or(Some(now_ms));
            put(tx, &device)?;
            free_rights(tx, town, id)?;
            Ok(true)
        })
    }
}

/// A device that is shut out spends nothing more, waits for nothing, is handed no keys and goes on with no upload.
pub(super) fn free_rights(tx: &Tx<'_>, town: TownCode, id: DeviceId) -> Result<(), StoreError> {
    for table in [&RIGHT_HOLDER, &RIGHT_WANT] {
        let key: [Value<'_>; 2] = [town.as_str().into(), id.as_bytes().into()];
        tx.execute(&format!("DELETE FROM {} WHERE town = $1 AND device = $2", table.name), &key)?;
    }
    blob::drop_unfinished(tx, town, id, 0)?;
    keys::forget_device(tx, town, id)
}
