//! The lane of wrapped keys: state with tombstones, relayed and never opened.

use std::collections::{HashMap, HashSet};

use zhenxin_domain::division::TownCode;
use zhenxin_domain::ids::{DataKeyId, DeviceId};
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::wire::enrol::fingerprint;
use zhenxin_protocol::wire::keys::{
    Grant, GrantedKey, GrantsAnswer, KeyRef, KeyRow, KeysPullAnswer, KeysPushAnswer, TownDevice,
};
use zhenxin_protocol::wire::limits::{DEVICES_MAX, KEY_ROWS_MAX, KEYS_PULL_MAX_BYTES};

use super::db::{Row, Tx, Value};
use super::device::{Device, active};
use super::tables::{KEY_GRANT, PERSON_KEY, TOWN};
use super::{Store, StoreError};

/// What is there for some subjects, and what a push makes of it.
struct Lane<'r> {
    /// Wrapped keys by subject and data key.
    wraps: HashMap<([u8; 16], [u8; 16]), Vec<u8>>,
    /// Subjects whose keys were destroyed for good.
    dead: HashSet<[u8; 16]>,
    /// Rows to put in, in the order in which they came.
    fresh: Vec<&'r KeyRow>,
    /// Subjects whose stored rows go first.
    destroyed: Vec<[u8; 16]>,
}

impl Store {
    /// Takes rows of wrapped person keys.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing was taken.
    pub fn keys_push(&self, device: &Device, rows: &[KeyRow]) -> Result<KeysPushAnswer, StoreError> {
        self.write(|tx| {
            // held to the end: the lane of a town grows at one place at a time
            let mut town = tx.get_locked(&TOWN, &[device.town.as_str().into()])?.ok_or(StoreError::Damaged("town"))?;
            let (_code, next, made_at_ms) = (town.text()?, town.uint()?, town.int()?);
            let mut lane = Lane::read(tx, device.town, rows)?;
            let mut answer = KeysPushAnswer::default();
            for (place, row) in rows.iter().enumerate() {
                match lane.put(row) {
                    Change::Stored => answer.stored += 1,
                    Change::Same => {}
                    Change::Differing => answer.differing.push(u32::try_from(place).unwrap_or(u32::MAX)),
                }
            }
            if !lane.fresh.is_empty() {
                let end = lane.store(tx, device.town, next)?;
                tx.put(&TOWN, &[device.town.as_str().into(), end.into(), made_at_ms.into()])?;
            }
            Ok(answer)
        })
    }

    /// Gives rows after a place in the town's lane.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn keys_pull(&self, device: &Device, after: u64, limit: Option<u32>) -> Result<KeysPullAnswer, StoreError> {
        let asked = limit.map_or(KEY_ROWS_MAX, |limit| usize::try_from(limit).unwrap_or(KEY_ROWS_MAX));
        let asked = asked.clamp(1, KEY_ROWS_MAX);
        self.read(|tx| {
            // one more than asked tells whether there is more
            let rows = tx.select(
                &PERSON_KEY,
                "WHERE town = $1 AND key_seq > $2 ORDER BY key_seq LIMIT $3",
                &[device.town.as_str().into(), after.into(), (asked as u64 + 1).into()],
            )?;
            let mut answer = KeysPullAnswer { after, ..KeysPullAnswer::default() };
            let mut wrapped_bytes = 0;
            for row in rows {
                if answer.rows.len() == asked || wrapped_bytes >= KEYS_PULL_MAX_BYTES {
                    answer.more = true;
                    break;
                }
                let (row, key_seq) = key_row(row)?;
                wrapped_bytes += row.wrapped.len();
                answer.after = key_seq;
                answer.rows.push(row);
            }
            Ok(answer)
        })
    }

    /// Whether the lane still has this row at this place. Not so where the district was set back, or where the row was
    /// replaced since (an erasure).
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn keys_lane_holds(&self, device: &Device, at: u64, digest: &Hash32) -> Result<bool, StoreError> {
        self.read(|tx| {
            let sql = "WHERE town = $1 AND key_seq = $2";
            let rows = tx.select(&PERSON_KEY, sql, &[device.town.as_str().into(), at.into()])?;
            match rows.into_iter().next() {
                Some(row) => Ok(key_row(row)?.0.digest() == *digest),
                None => Ok(false),
            }
        })
    }

    /// The devices of the town, what each was handed, and what is for the asker.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn grants(&self, device: &Device) -> Result<GrantsAnswer, StoreError> {
        self.read(|tx| {
            let mut granted: HashMap<DeviceId, Vec<KeyRef>> = HashMap::new();
            let rows = tx.query(
                "SELECT for_device, data_key FROM key_grant WHERE town = $1 ORDER BY for_device, data_key",
                &[device.town.as_str().into()],
            )?;
            for mut row in rows {
                let of = DeviceId::from_bytes(row.bytes()?);
                granted.entry(of).or_default().push(KeyRef(DataKeyId::from_bytes(row.bytes()?)));
            }
            let devices = active(tx, device.town)?.into_iter().take(DEVICES_MAX);
            let devices = devices.map(|other| TownDevice {
                granted: granted.remove(&other.id).unwrap_or_default(),
                device: other.id,
                fingerprint: fingerprint(&other.seal_key),
                label: other.label,
                seal_key: other.seal_key,
                sign_key: other.sign_key,
                scopes: other.scopes,
                enrolled_at_ms: other.enrolled_at_ms,
            });
            Ok(GrantsAnswer { devices: devices.collect(), mine: wrapped_for(tx, device)? })
        })
    }

    /// Stores keys handed over to devices of the same town; the first wrap for
    /// a key and device stays. Returns how many were new.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn grant(&self, device: &Device, grants: &[Grant], now_ms: i64) -> Result<u32, StoreError> {
        self.write(|tx| {
            let there: HashSet<DeviceId> = active(tx, device.town)?.into_iter().map(|other| other.id).collect();
            let rows: Vec<Vec<Value<'_>>> = grants
                .iter()
                .filter(|grant| there.contains(&grant.for_device))
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

fn wrapped_for(tx: &Tx<'_>, device: &Device) -> Result<Vec<GrantedKey>, StoreError> {
    let key: [Value<'_>; 2] = [device.town.as_str().into(), device.id.as_bytes().into()];
    tx.select(&KEY_GRANT, "WHERE town = $1 AND for_device = $2 ORDER BY data_key", &key)?
        .into_iter()
        .map(|mut row| {
            let (_town, _for) = (row.text()?, row.blob()?);
            let data_key = DataKeyId::from_bytes(row.bytes()?);
            let _from = row.blob()?;
            Ok(GrantedKey { data_key, wrapped: row.blob()? })
        })
        .collect()
}

/// A row and its place in the lane.
fn key_row(mut row: Row) -> Result<(KeyRow, u64), StoreError> {
    let _town = row.text()?;
    let subject = row.bytes()?;
    let data_key = DataKeyId::from_bytes(row.bytes()?);
    let (wrapped, tombstone) = (row.blob()?, row.flag()?);
    Ok((KeyRow { subject, data_key, wrapped, tombstone }, row.uint()?))
}

/// What a row did.
enum Change {
    Stored,
    Same,
    Differing,
}

impl<'r> Lane<'r> {
    fn read(tx: &Tx<'_>, town: TownCode, rows: &[KeyRow]) -> Result<Self, StoreError> {
        let subjects: HashSet<&[u8; 16]> = rows.iter().map(|row| &row.subject).collect();
        let subjects: Vec<Value<'_>> = subjects.into_iter().map(Value::from).collect();
        let found = tx.query_in(
            "SELECT subject, data_key, wrapped, tombstone FROM person_key WHERE town = $1 AND subject",
            &[town.as_str().into()],
            &subjects,
        )?;
        let mut lane = Self { wraps: HashMap::new(), dead: HashSet::new(), fresh: Vec::new(), destroyed: Vec::new() };
        for mut row in found {
            let (subject, data_key, wrapped, tombstone) = (row.bytes()?, row.bytes()?, row.blob()?, row.flag()?);
            lane.wraps.insert((subject, data_key), wrapped);
            if tombstone {
                lane.dead.insert(subject);
            }
        }
        Ok(lane)
    }

    /// Merges one row: a tombstone ends all wraps of its subject for good; the
    /// first wrap under a data key stays.
    fn put(&mut self, row: &'r KeyRow) -> Change {
        if self.dead.contains(&row.subject) {
            return Change::Same;
        }
        if row.tombstone {
            self.dead.insert(row.subject);
            self.destroyed.push(row.subject);
            // what came earlier in the same push never gets in
            self.fresh.retain(|other| other.subject != row.subject);
        } else {
            match self.wraps.get(&(row.subject, *row.data_key.as_bytes())) {
                Some(wrapped) if *wrapped == row.wrapped => return Change::Same,
                Some(_) => return Change::Differing,
                None => {}
            }
            self.wraps.insert((row.subject, *row.data_key.as_bytes()), row.wrapped.clone());
        }
        self.fresh.push(row);
        Change::Stored
    }

    /// Stores what is new from this place of the lane on; the place after it.
    fn store(&self, tx: &Tx<'_>, town: TownCode, next: u64) -> Result<u64, StoreError> {
        for subject in &self.destroyed {
            // the wraps themselves are removed, not only marked
            tx.delete(&PERSON_KEY, &[town.as_str().into(), subject.into()])?;
        }
        let none: &[u8] = &[];
        let rows: Vec<Vec<Value<'_>>> = (next..)
            .zip(&self.fresh)
            .map(|(key_seq, row)| {
                vec![
                    town.to_string().into(),
                    (&row.subject).into(),
                    row.data_key.as_bytes().into(),
                    if row.tombstone { none.into() } else { (&row.wrapped).into() },
                    row.tombstone.into(),
                    key_seq.into(),
                ]
            })
            .collect();
        tx.insert(&PERSON_KEY, &rows)?;
        Ok(next + rows.len() as u64)
    }
}
