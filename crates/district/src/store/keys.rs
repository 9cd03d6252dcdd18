//! The lane of wrapped keys: state with tombstones, relayed and never opened.

use rusqlite::{OptionalExtension, Transaction};

use zhenxin_domain::division::TownCode;
use zhenxin_domain::ids::{DataKeyId, DeviceId};
use zhenxin_protocol::wire::enrol::fingerprint;
use zhenxin_protocol::wire::keys::{
    Grant, GrantedKey, GrantsAnswer, KeyRef, KeyRow, KeysPullAnswer, KeysPushAnswer, TownDevice,
};
use zhenxin_protocol::wire::limits::{DEVICES_MAX, KEY_ROWS_MAX, KEYS_PULL_MAX_BYTES};

use super::device::{Device, active, bytes};
use super::{Store, StoreError, from_sql, to_sql};

/// What a row did.
enum Change {
    Stored,
    Same,
    Differing,
}

impl Store {
    /// Takes rows of wrapped person keys.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing was taken.
    pub fn keys_push(&self, device: &Device, rows: &[KeyRow]) -> Result<KeysPushAnswer, StoreError> {
        self.write(|transaction| {
            let mut answer = KeysPushAnswer::default();
            for (place, row) in rows.iter().enumerate() {
                match put_key(transaction, device.town, row)? {
                    Change::Stored => answer.stored += 1,
                    Change::Same => {}
                    Change::Differing => answer.differing.push(u32::try_from(place).unwrap_or(u32::MAX)),
                }
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
        self.read(|transaction| {
            let mut statement = transaction.prepare_cached(include_str!("keys/select_after.sql"))?;
            // one more than asked tells whether there is more
            let mut rows = statement.query((device.town.as_str(), to_sql(after), asked as i64 + 1))?;
            let mut answer = KeysPullAnswer { after, ..KeysPullAnswer::default() };
            let mut wrapped_bytes = 0;
            while let Some(row) = rows.next()? {
                if answer.rows.len() == asked || wrapped_bytes >= KEYS_PULL_MAX_BYTES {
                    answer.more = true;
                    break;
                }
                let wrapped: Vec<u8> = row.get(3)?;
                wrapped_bytes += wrapped.len();
                answer.after = from_sql(row.get(0)?);
                answer.rows.push(KeyRow {
                    subject: bytes(row.get(1)?, "person_key.subject")?,
                    data_key: DataKeyId::from_bytes(bytes(row.get(2)?, "person_key.data_key")?),
                    wrapped,
                    tombstone: row.get(4)?,
                });
            }
            Ok(answer)
        })
    }

    /// The devices of the town, what each was handed, and what is for the asker.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn grants(&self, device: &Device) -> Result<GrantsAnswer, StoreError> {
        self.read(|transaction| {
            let mut answer = GrantsAnswer::default();
            for other in active(transaction, device.town)?.into_iter().take(DEVICES_MAX) {
                answer.devices.push(TownDevice {
                    granted: granted(transaction, other.id)?,
                    device: other.id,
                    fingerprint: fingerprint(&other.seal_key),
                    label: other.label,
                    seal_key: other.seal_key,
                    enrolled_at_ms: other.enrolled_at_ms,
                });
            }
            answer.mine = wrapped_for(transaction, device.id)?;
            Ok(answer)
        })
    }

    /// Stores keys handed over to devices of the same town; the first wrap for
    /// a key and device stays. Returns how many were new.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn grant(&self, device: &Device, grants: &[Grant], now_ms: i64) -> Result<u32, StoreError> {
        self.write(|transaction| {
            let mut stored = 0;
            for grant in grants {
                let changed = transaction.prepare_cached(include_str!("keys/insert_grant.sql"))?.execute((
                    grant.for_device.as_bytes(),
                    grant.data_key.as_bytes(),
                    device.id.as_bytes(),
                    &grant.wrapped,
                    now_ms,
                    device.town.as_str(),
                ))?;
                stored += u32::from(changed > 0);
            }
            Ok(stored)
        })
    }
}

fn granted(transaction: &Transaction<'_>, device: DeviceId) -> Result<Vec<KeyRef>, StoreError> {
    transaction
        .prepare_cached("SELECT data_key FROM key_grant WHERE for_device = ?1 ORDER BY data_key")?
        .query_map([device.as_bytes()], |row| row.get::<_, Vec<u8>>(0))?
        .map(|row| Ok(KeyRef(DataKeyId::from_bytes(bytes(row?, "key_grant.data_key")?))))
        .collect()
}

fn wrapped_for(transaction: &Transaction<'_>, device: DeviceId) -> Result<Vec<GrantedKey>, StoreError> {
    transaction
        .prepare_cached("SELECT data_key, wrapped FROM key_grant WHERE for_device = ?1 ORDER BY data_key")?
        .query_map([device.as_bytes()], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?)))?
        .map(|row| {
            let (data_key, wrapped) = row?;
            Ok(GrantedKey { data_key: DataKeyId::from_bytes(bytes(data_key, "key_grant.data_key")?), wrapped })
        })
        .collect()
}

/// Merges one row: a tombstone ends all wraps of its subject for good; the
/// first wrap under a data key stays.
fn put_key(transaction: &Transaction<'_>, town: TownCode, row: &KeyRow) -> Result<Change, StoreError> {
    let dead = transaction
        .prepare_cached("SELECT 1 FROM person_key WHERE town = ?1 AND subject = ?2 AND tombstone = 1")?
        .exists((town.as_str(), &row.subject[..]))?;
    if dead {
        return Ok(Change::Same);
    }
    if row.tombstone {
        // the wraps themselves are removed, not only marked
        transaction
            .execute("DELETE FROM person_key WHERE town = ?1 AND subject = ?2", (town.as_str(), &row.subject[..]))?;
    } else {
        let there: Option<Vec<u8>> = transaction
            .prepare_cached("SELECT wrapped FROM person_key WHERE town = ?1 AND subject = ?2 AND data_key = ?3")?
            .query_row((town.as_str(), &row.subject[..], row.data_key.as_bytes()), |row| row.get(0))
            .optional()?;
        match there {
            Some(wrapped) if wrapped == row.wrapped => return Ok(Change::Same),
            Some(_) => return Ok(Change::Differing),
            None => {}
        }
    }
    let key_seq: i64 = transaction
        .prepare_cached("UPDATE town SET next_key_seq = next_key_seq + 1 WHERE code = ?1 RETURNING next_key_seq - 1")?
        .query_row([town.as_str()], |row| row.get(0))?;
    let wrapped: &[u8] = if row.tombstone { &[] } else { &row.wrapped };
    transaction.prepare_cached(include_str!("keys/insert_row.sql"))?.execute((
        town.as_str(),
        &row.subject[..],
        row.data_key.as_bytes(),
        wrapped,
        row.tombstone,
        key_seq,
    ))?;
    Ok(Change::Stored)
}
