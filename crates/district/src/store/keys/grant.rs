//! Data keys handed over from device to device, and who holds which.
//!
//! The district cannot tell a sound wrap from a wrong one. So it keeps one of each giver, and takes a device's own word
//! for what it holds.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use zhenxin_domain::division::TownCode;
use zhenxin_domain::ids::{DataKeyId, DeviceId};
use zhenxin_protocol::wire::enrol::fingerprint;
use zhenxin_protocol::wire::keys::{Grant, GrantedKey, GrantsAnswer, KeyRef, TownDevice};
use zhenxin_protocol::wire::limits::DEVICES_MAX;

use super::super::db::{Tx, Value};
use super::super::device::{Device, active};
use super::super::tables::{KEY_GRANT, KEY_HELD, TOWN};
use super::super::{Store, StoreError};

impl Store {
    /// The devices of the town, what each holds or was handed by the asker, and what is for the asker.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn grants(&self, device: &Device) -> Result<GrantsAnswer, StoreError> {
        self.read(|tx| {
            let mut granted = held_in(tx, device.town)?;
            let rows = tx.query(
                "SELECT for_device, data_key FROM key_grant WHERE town = $1 AND from_device = $2",
                &[device.town.as_str().into(), device.id.as_bytes().into()],
            )?;
            for mut row in rows {
                let of = DeviceId::from_bytes(row.bytes()?);
                granted.entry(of).or_default().insert(KeyRef(DataKeyId::from_bytes(row.bytes()?)));
            }
            let devices = active(tx, device.town)?.into_iter().take(DEVICES_MAX);
            let devices = devices.map(|other| TownDevice {
                granted: granted.remove(&other.id).unwrap_or_default().into_iter().collect(),
                device: other.id,
                fingerprint: fingerprint(&other.seal_key),
                label: other.label,
                seal_key: other.seal_key,
                sign_key: other.sign_key,
                scopes: other.scopes,
                enrolled_at_ms: other.enrolled_at_ms,
            });
            Ok(GrantsAnswer {
                devices: devices.collect(),
                mine: wrapped_for(tx, device)?,
                generation: generation(tx, device.town)?,
            })
        })
    }

    /// Takes the word of a device about the data keys that it holds. What it once held and now lacks counts as lacking for
    /// good, whatever it says later: a disk that was copied speaks under one name with two memories, and the one that
    /// holds a key must not keep it from the other. What was handed over stays for the same reason.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn note_held(&self, device: &Device, held: &[KeyRef]) -> Result<(), StoreError> {
        let told: BTreeSet<KeyRef> = held.iter().copied().collect();
        let known = self.read(|tx| said_by(tx, device))?;
        let new = told.iter().filter(|key| !known.contains_key(key)).map(|key| (*key, 0));
        let gone = known.iter().filter(|(key, lacked)| !**lacked && !told.contains(key)).map(|(key, _)| (*key, 1));
        let changed: Vec<(KeyRef, i64)> = new.chain(gone).collect();
        // a round that tells nothing new writes nothing
        if changed.is_empty() {
            return Ok(());
        }
        self.write(|tx| {
            for (key, lacked) in &changed {
                let row: [Value<'_>; 4] = [
                    device.town.as_str().into(),
                    device.id.as_bytes().into(),
                    key.0.as_bytes().into(),
                    (*lacked).into(),
                ];
                tx.put(&KEY_HELD, row)?;
            }
            Ok(())
        })
    }

    /// Stores keys handed over to devices of the same town that do not hold them; the first wrap of a giver for a key
    /// and device stays. Returns how many were new.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn grant(&self, device: &Device, grants: &[Grant], now_ms: i64) -> Result<u32, StoreError> {
        self.write(|tx| {
            let there: HashSet<DeviceId> = active(tx, device.town)?.into_iter().map(|other| other.id).collect();
            let held = held_in(tx, device.town)?;
            let holds =
                |grant: &Grant| held.get(&grant.for_device).is_some_and(|of| of.contains(&KeyRef(grant.data_key)));
            let rows: Vec<Vec<Value<'_>>> = grants
                .iter()
                .filter(|grant| there.contains(&grant.for_device) && !holds(grant))
                .map(|grant| {
                    vec![
                        device.town.as_str().into(),
                        grant.for_device.as_bytes().into(),
                        grant.data_key.as_bytes().into(),
                        device.id.as_bytes().into(),
                        (&grant.wrapped).into(),
                        now_ms.into(),
                    ]
                })
                .collect();
            let stored = tx.insert_new(&KEY_GRANT, &rows)?;
            Ok(u32::try_from(stored).unwrap_or(u32::MAX))
        })
    }
}

/// What a device said of data keys: whether it lacked them later.
fn said_by(tx: &Tx<'_>, device: &Device) -> Result<BTreeMap<KeyRef, bool>, StoreError> {
    let key: [Value<'_>; 2] = [device.town.as_str().into(), device.id.as_bytes().into()];
    let rows = tx.select(&KEY_HELD, "WHERE town = $1 AND device = $2", &key)?;
    rows.into_iter()
        .map(|mut row| {
            let (_town, _device) = (row.text()?, row.blob()?);
            Ok((KeyRef(DataKeyId::from_bytes(row.bytes()?)), row.int()? != 0))
        })
        .collect()
}

/// Who said that it holds what, and never lacked it since.
fn held_in(tx: &Tx<'_>, town: TownCode) -> Result<HashMap<DeviceId, BTreeSet<KeyRef>>, StoreError> {
    let mut held: HashMap<DeviceId, BTreeSet<KeyRef>> = HashMap::new();
    for mut row in tx.select(&KEY_HELD, "WHERE town = $1 AND lacked = 0", &[town.as_str().into()])? {
        let _town = row.text()?;
        let of = DeviceId::from_bytes(row.bytes()?);
        held.entry(of).or_default().insert(KeyRef(DataKeyId::from_bytes(row.bytes()?)));
    }
    Ok(held)
}

fn wrapped_for(tx: &Tx<'_>, device: &Device) -> Result<Vec<GrantedKey>, StoreError> {
    let key: [Value<'_>; 2] = [device.town.as_str().into(), device.id.as_bytes().into()];
    tx.select(&KEY_GRANT, "WHERE town = $1 AND for_device = $2 ORDER BY data_key, from_device", &key)?
        .into_iter()
        .map(|mut row| {
            let (_town, _for) = (row.text()?, row.blob()?);
            let data_key = DataKeyId::from_bytes(row.bytes()?);
            let _from = row.blob()?;
            Ok(GrantedKey { data_key, wrapped: row.blob()? })
        })
        .collect()
}

/// How often devices of the town have been shut out; data keys of an earlier generation are known to one that was.
pub(in super::super) fn generation(tx: &Tx<'_>, town: TownCode) -> Result<u32, StoreError> {
    let mut row = tx.get(&TOWN, &[town.as_str().into()])?.ok_or(StoreError::Damaged("town"))?;
    let _town = row.text()?;
    row.narrow()
}

/// Notes that the data keys of the town are to be made anew: to this generation, and no earlier one.
pub(in super::super) fn raise_generation(tx: &Tx<'_>, town: TownCode, to: u32) -> Result<(), StoreError> {
    let mut row = tx.get_locked(&TOWN, &[town.as_str().into()])?.ok_or(StoreError::Damaged("town"))?;
    let (_town, now, made_at_ms): (String, u32, i64) = (row.text()?, row.narrow()?, row.int()?);
    tx.put(&TOWN, [town.as_str().into(), now.max(to).into(), made_at_ms.into()])
}

/// Nothing is handed to a device that was shut out.
pub(in super::super) fn forget_device(tx: &Tx<'_>, town: TownCode, device: DeviceId) -> Result<(), StoreError> {
    for table in [&KEY_GRANT, &KEY_HELD] {
        tx.delete(table, &[town.as_str().into(), device.as_bytes().into()])?;
    }
    Ok(())
}
