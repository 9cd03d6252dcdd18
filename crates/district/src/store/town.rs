//! The list of towns for the administrator.

use serde::Serialize;

use super::device::{all, scopes_text};
use super::{Store, StoreError};

/// A town with its figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TownReport {
    /// 9 digits.
    pub town: String,
    /// Ops in the logs of its scopes.
    pub ops: i64,
    /// Ops that were refused.
    pub rejected: i64,
    /// Ops with an issue.
    pub issues: i64,
    /// Wrapped person keys.
    pub keys: i64,
    /// Its devices, the oldest first.
    pub devices: Vec<DeviceReport>,
}

/// A device with its figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeviceReport {
    /// Its id.
    pub device: String,
    /// Its label.
    pub label: String,
    /// Scopes granted, separated by blanks.
    pub scopes: String,
    /// Ops that it sent.
    pub ops: i64,
    /// When it was enrolled, milliseconds UTC.
    pub enrolled_at_ms: i64,
    /// Last contact.
    pub contact_at_ms: Option<i64>,
    /// When it was revoked.
    pub revoked_at_ms: Option<i64>,
    /// When a fork of its chain was first seen.
    pub forked_at_ms: Option<i64>,
}

impl Store {
    /// All towns, ascending by code.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn towns(&self) -> Result<Vec<TownReport>, StoreError> {
        self.read(|transaction| {
            let mut towns = transaction
                .prepare(include_str!("town/select_towns.sql"))?
                .query_map([], |row| {
                    Ok(TownReport {
                        town: row.get(0)?,
                        ops: row.get(1)?,
                        rejected: row.get(2)?,
                        issues: row.get(3)?,
                        keys: row.get(4)?,
                        devices: Vec::new(),
                    })
                })?
                .collect::<Result<Vec<_>, _>>()?;
            for device in all(transaction)? {
                let ops = transaction
                    .prepare_cached("SELECT count(*) FROM op WHERE device = ?1")?
                    .query_row([device.id.as_bytes()], |row| row.get(0))?;
                let town = towns
                    .iter_mut()
                    .find(|town| town.town == device.town.as_str())
                    .ok_or(StoreError::Damaged("device.town"))?;
                town.devices.push(DeviceReport {
                    device: device.id.to_string(),
                    label: device.label,
                    scopes: scopes_text(&device.scopes),
                    ops,
                    enrolled_at_ms: device.enrolled_at_ms,
                    contact_at_ms: device.contact_at_ms,
                    revoked_at_ms: device.revoked_at_ms,
                    forked_at_ms: device.forked_at_ms,
                });
            }
            Ok(towns)
        })
    }
}
