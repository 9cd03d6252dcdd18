//! Data keys handed over from device to device, and who holds which.
//!
//! The district cannot tell a sound wrap from a wrong one. So it keeps one of each giver, as many as a town has data keys,
//! and takes a device's own word for what it holds.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use zhenxin_domain::division::TownCode;
use zhenxin_domain::ids::{DataKeyId, DeviceId};
use zhenxin_protocol::wire::enrol::fingerprint;
use zhenxin_protocol::wire::keys::{Grant, GrantPlace, GrantedKey, GrantsAnswer, GrantsRequest, KeyRef, TownDevice};
use zhenxin_protocol::wire::limits::{DEVICES_MAX, GRANTS_MAX};
use zhenxin_protocol::wrap::WRAPPED_FOR_BYTES;

use super::super::db::{Row, Tx, Value};
use super::super::device::{Device, active, locked};
use super::super::tables::{KEY_GRANT, KEY_HELD, TOWN};
use super::super::{Store, StoreError, town};

impl Store {
    /// The devices of the town, what each holds or was handed by the asker, and what is for the asker and not held by it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn grants(&self, device: &Device, request: &GrantsRequest) -> Result<GrantsAnswer, StoreError> {
        self.read(|tx| {
            let devices = if request.after.is_none() { listed(tx, device)? } else { Vec::new() };
            let (mine, more) = wrapped_for(tx, device, request)?;
            Ok(GrantsAnswer { devices, mine, generation: generation(tx, device.town)?, more })
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
        // as many as one can tell at once, or one device fills the table with what it makes up
        let room = GRANTS_MAX.saturating_sub(known.len());
        let new = told.iter().filter(|key| !known.contains_key(key)).take(room).map(|key| (*key, 0));
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
    /// and device stays. What has not a wrap's length, and what passes [`GRANTS_MAX`] of this giver for a device, is not
    /// taken. Returns how many were new.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn grant(&self, device: &Device, grants: &[Grant], now_ms: i64) -> Result<u32, StoreError> {
        self.write(|tx| {
            // one request of a giver at a time, and none after it was shut out
            if locked(tx, device.town, device.id)?.is_none_or(|giver| giver.revoked_at_ms.is_some()) {
                return Ok(0);
            }
            let mut given = given_by(tx, device)?;
            let there: HashSet<DeviceId> = active(tx, device.town)?.into_iter().map(|other| other.id).collect();
            let held = held_in(tx, device.town)?;
            let holds =
                |grant: &Grant| held.get(&grant.for_device).is_some_and(|of| of.contains(&KeyRef(grant.data_key)));
            let rows: Vec<Vec<Value<'_>>> = grants
                .iter()
                .filter(|grant| grant.wrapped.len() == WRAPPED_FOR_BYTES)
                .filter(|grant| there.contains(&grant.for_device) && !holds(grant))
                .filter(|grant| {
                    let of = given.entry(grant.for_device).or_default();
                    of.len() < GRANTS_MAX && of.insert(KeyRef(grant.data_key))
                })
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

/// What a device has handed to others.
fn given_by(tx: &Tx<'_>, device: &Device) -> Result<HashMap<DeviceId, BTreeSet<KeyRef>>, StoreError> {
    let mut given: HashMap<DeviceId, BTreeSet<KeyRef>> = HashMap::new();
    let rows = tx.query(
        "SELECT for_device, data_key FROM key_grant WHERE town = $1 AND from_device = $2",
        &[device.town.as_str().into(), device.id.as_bytes().into()],
    )?;
    for mut row in rows {
        let of = DeviceId::from_bytes(row.bytes()?);
        given.entry(of).or_default().insert(KeyRef(DataKeyId::from_bytes(row.bytes()?)));
    }
    Ok(given)
}

/// The devices of the town, with what each holds or was handed by the asker.
fn listed(tx: &Tx<'_>, asker: &Device) -> Result<Vec<TownDevice>, StoreError> {
    let mut granted = held_in(tx, asker.town)?;
    for (of, keys) in given_by(tx, asker)? {
        granted.entry(of).or_default().extend(keys);
    }
    let devices = active(tx, asker.town)?.into_iter().take(DEVICES_MAX);
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
    Ok(devices.collect())
}

/// One answer's wraps for a device, and where the next answer goes on. One of each key comes before the second of any, so
/// that a town of many givers is not sent everything many times over: what was taken is not asked for again.
fn wrapped_for(
    tx: &Tx<'_>,
    device: &Device,
    request: &GrantsRequest,
) -> Result<(Vec<GrantedKey>, Option<GrantPlace>), StoreError> {
    let held: HashSet<DataKeyId> = request.held.iter().map(|key| key.0).collect();
    let key: [Value<'_>; 2] = [device.town.as_str().into(), device.id.as_bytes().into()];
    let mut wraps: Vec<(GrantPlace, GrantedKey)> = Vec::new();
    let mut next: Option<GrantPlace> = None;
    for mut row in tx.select(&KEY_GRANT, "WHERE town = $1 AND for_device = $2 ORDER BY data_key, from_device", &key)? {
        let (_town, _for) = (row.text()?, row.blob()?);
        let data_key = DataKeyId::from_bytes(row.bytes()?);
        let _from = row.blob()?;
        let nth = next.filter(|next| next.data_key == data_key).map_or(0, |next| next.nth);
        let place = GrantPlace { nth, data_key };
        next = Some(GrantPlace { nth: nth + 1, data_key });
        if !held.contains(&data_key) && request.after.is_none_or(|after| place > after) {
            wraps.push((place, GrantedKey { data_key, wrapped: row.blob()? }));
        }
    }
    wraps.sort_unstable_by_key(|(place, _)| *place);
    let full = wraps.len() > GRANTS_MAX;
    wraps.truncate(GRANTS_MAX);
    let more = wraps.last().filter(|_| full).map(|(place, _)| *place);
    Ok((wraps.into_iter().map(|(_, wrap)| wrap).collect(), more))
}

/// How often devices of the town have been shut out; data keys of an earlier generation are known to one that was.
pub(in super::super) fn generation(tx: &Tx<'_>, town: TownCode) -> Result<u32, StoreError> {
    let mut row = tx.get(&TOWN, &[town.as_str().into()])?.ok_or(StoreError::Damaged("town"))?;
    let _town = row.text()?;
    row.narrow()
}

/// Notes that the data keys of the town are to be made anew: to this generation, and no earlier one.
pub(in super::super) fn raise_generation(tx: &Tx<'_>, town: TownCode, to: u32) -> Result<(), StoreError> {
    change_generation(tx, town, |now| now.max(to))
}

/// Generations that a restoring passes over: more devices than a town is thought to shut out between two backups. Nothing
/// checks it; docs/adr/0006 says what more would mean.
const RESTORED_GENERATIONS: u32 = 16;

/// Begins a generation in every town after a restoring: nobody knows how many devices were shut out since the backup, and
/// the others made data keys of those generations.
pub(in super::super) fn begin_after_restore(tx: &Tx<'_>) -> Result<(), StoreError> {
    let mut towns: Vec<TownCode> = Vec::new();
    tx.scan(&TOWN, |mut cells, sound| {
        cells.pop();
        if sound {
            towns.push(town::read(Row::new(cells, TOWN.name))?.0);
        }
        Ok::<_, StoreError>(())
    })?;
    towns.into_iter().try_for_each(|town| change_generation(tx, town, |now| now.saturating_add(RESTORED_GENERATIONS)))
}

/// Notes that the data keys of the town are to be made anew, once more than so far.
pub(in super::super) fn next_generation(tx: &Tx<'_>, town: TownCode) -> Result<(), StoreError> {
    change_generation(tx, town, |now| now.saturating_add(1))
}

/// Read only under the lock: two that are shut out at once are two generations.
fn change_generation(tx: &Tx<'_>, town: TownCode, change: impl FnOnce(u32) -> u32) -> Result<(), StoreError> {
    let mut row = tx.get_locked(&TOWN, &[town.as_str().into()])?.ok_or(StoreError::Damaged("town"))?;
    let (_town, now, made_at_ms): (String, u32, i64) = (row.text()?, row.narrow()?, row.int()?);
    tx.put(&TOWN, [town.as_str().into(), change(now).into(), made_at_ms.into()])
}

/// Nothing is handed to a device that was shut out, and nothing that it handed over is passed on.
pub(in super::super) fn forget_device(tx: &Tx<'_>, town: TownCode, device: DeviceId) -> Result<(), StoreError> {
    for table in [&KEY_GRANT, &KEY_HELD] {
        tx.delete(table, &[town.as_str().into(), device.as_bytes().into()])?;
    }
    tx.execute(
        "DELETE FROM key_grant WHERE town = $1 AND from_device = $2",
        &[town.as_str().into(), device.as_bytes().into()],
    )?;
    Ok(())
}
