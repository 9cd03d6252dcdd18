//! The list of towns for the administrator.

use serde::Serialize;
use zhenxin_domain::division::TownCode;

use super::db::{Row, Tx, Value};
use super::device::{Device, all, scopes_text};
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
    /// Newest epoch that it was given.
    pub epoch: u32,
    /// When it was enrolled, milliseconds UTC.
    pub enrolled_at_ms: i64,
    /// Last contact.
    pub contact_at_ms: Option<i64>,
    /// When it was revoked.
    pub revoked_at_ms: Option<i64>,
    /// When a fork of its chain was seen that no new epoch has mended yet.
    pub forked_at_ms: Option<i64>,
    /// Version of its program.
    pub program: Option<String>,
    /// Ops that waited there at its last contact.
    pub pending_ops: Option<u64>,
    /// When the oldest of them was recorded.
    pub oldest_pending_at_ms: Option<i64>,
}

/// The row of a town that is new here.
pub(super) fn fresh_row(town: TownCode, now_ms: i64) -> Vec<Value<'static>> {
    vec![town.to_string().into(), Value::Int(0), now_ms.into()]
}

/// A town's code, the generation of its data keys, and when it was made.
pub(super) fn read(mut row: Row) -> Result<(TownCode, u32, i64), StoreError> {
    Ok((row.parsed()?, row.narrow()?, row.int()?))
}

fn count(tx: &Tx<'_>, sql: &str, values: &[Value<'_>]) -> Result<i64, StoreError> {
    tx.first(sql, values)?.ok_or(StoreError::Damaged("row"))?.int()
}

impl Store {
    /// All towns, ascending by code.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn towns(&self) -> Result<Vec<TownReport>, StoreError> {
        self.read(|tx| {
            let devices = all(tx)?;
            let codes = tx.query("SELECT town FROM town ORDER BY town", &[])?;
            codes
                .into_iter()
                .map(|mut row| {
                    let town: TownCode = row.parsed()?;
                    report(tx, town, devices.iter().filter(|device| device.town == town))
                })
                .collect()
        })
    }
}

fn report<'d>(
    tx: &Tx<'_>,
    town: TownCode,
    devices: impl Iterator<Item = &'d Device>,
) -> Result<TownReport, StoreError> {
    let code: [Value<'_>; 1] = [town.as_str().into()];
    Ok(TownReport {
        town: town.to_string(),
        ops: count(tx, "SELECT CAST(coalesce(sum(next_seq - 1), 0) AS BIGINT) FROM scope WHERE town = $1", &code)?,
        rejected: count(tx, "SELECT count(*) FROM op WHERE town = $1 AND server_seq IS NULL", &code)?,
        issues: count(tx, "SELECT count(*) FROM op WHERE town = $1 AND issue IS NOT NULL", &code)?,
        keys: count(tx, "SELECT count(*) FROM person_key WHERE town = $1 AND tombstone = 0", &code)?,
        devices: devices.map(|device| device_report(tx, device)).collect::<Result<_, _>>()?,
    })
}

fn device_report(tx: &Tx<'_>, device: &Device) -> Result<DeviceReport, StoreError> {
    let key: [Value<'_>; 2] = [device.town.as_str().into(), device.id.as_bytes().into()];
    Ok(DeviceReport {
        device: device.id.to_string(),
        label: device.label.clone(),
        scopes: scopes_text(&device.scopes),
        ops: count(tx, "SELECT count(*) FROM op WHERE town = $1 AND device = $2", &key)?,
        epoch: device.epoch,
        enrolled_at_ms: device.enrolled_at_ms,
        contact_at_ms: device.contact_at_ms,
        revoked_at_ms: device.revoked_at_ms,
        forked_at_ms: device.forked_at_ms,
        program: device.program.clone(),
        pending_ops: device.pending_ops,
        oldest_pending_at_ms: device.oldest_pending_at_ms,
    })
}
