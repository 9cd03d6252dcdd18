//! The lane of keys: what is sent, and what happens when keys arrive.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension, Row};
use zhenxin_domain::ids::DataKeyId;
use zhenxin_protocol::entity::Entity;
use zhenxin_protocol::seal::Subject;
use zhenxin_protocol::wire::keys::KeyRow;
use zhenxin_protocol::wrap::{Fresh, unwrap_data_key, wrap_data_key};

use super::data_key;
use crate::error::StoreError;
use crate::log::Log;
use crate::open::Store;
use crate::query::Reader;

/// What an arrival of keys did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KeysApplied {
    /// Keys that were not here before.
    pub new: u32,
    /// Keys whose data key is not here yet.
    pub waiting: u32,
    /// Subjects that were erased.
    pub tombstones: u32,
}

impl Store {
    /// How many subject keys wait for the district.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn outgoing_keys(&self) -> Result<u64, StoreError> {
        self.read(|r| {
            let count: i64 =
                r.conn().query_row("SELECT count(*) FROM subject_key WHERE dirty = 1", [], |row| row.get(0))?;
            Ok(count.max(0) as u64)
        })
    }

    /// Subject keys that the district does not have yet.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn dirty_keys(&self, limit: u32) -> Result<Vec<KeyRow>, StoreError> {
        self.read(|r| {
            let mut statement = r.conn().prepare_cached(
                "SELECT subject, data_key, wrapped, tombstone FROM subject_key
                 WHERE dirty = 1 ORDER BY subject LIMIT ?1",
            )?;
            let rows = statement.query_map([limit], read_row)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Notes that the district has taken these keys. They are done with once they come back in the lane
    /// ([`Store::apply_keys`]): a district that was set back in between has lost them.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn keys_pushed(&self, subjects: &[Subject]) -> Result<(), StoreError> {
        self.write_arrived(|log| {
            let mut statement =
                log.conn.prepare_cached("UPDATE subject_key SET dirty = 2 WHERE subject = ?1 AND dirty = 1")?;
            for subject in subjects {
                statement.execute([subject])?;
            }
            Ok(())
        })
    }

    /// Keys that were sent in a former round and never came back in the lane wait again.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn offer_unseen_keys_again(&self) -> Result<(), StoreError> {
        let unseen = "SELECT 1 FROM subject_key WHERE dirty = 2 LIMIT 1";
        if !self.read(|r| Ok::<_, StoreError>(r.conn().prepare_cached(unseen)?.exists([])?))? {
            return Ok(());
        }
        self.write_arrived(|log| {
            log.conn.execute("UPDATE subject_key SET dirty = 1 WHERE dirty = 2", [])?;
            Ok(())
        })
    }

    /// All keys wait again: the district may have lost any of them.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn offer_keys_again(&self) -> Result<(), StoreError> {
        self.write_arrived(|log| {
            log.conn.execute("UPDATE subject_key SET dirty = 1", [])?;
            Ok(())
        })
    }

    /// Takes keys that arrived, and folds again what could not be read without them.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn apply_keys(&self, rows: &[KeyRow]) -> Result<KeysApplied, StoreError> {
        self.take_rows(rows, false)
    }

    /// Takes keys that came past the district, which may lack them.
    pub(crate) fn apply_carried_keys(&self, rows: &[KeyRow]) -> Result<KeysApplied, StoreError> {
        self.take_rows(rows, true)
    }

    fn take_rows(&self, rows: &[KeyRow], carried: bool) -> Result<KeysApplied, StoreError> {
        self.write_arrived(|log| {
            let mut applied = KeysApplied::default();
            let mut again = BTreeSet::new();
            for row in rows {
                take_row(log, row, carried, &mut applied, &mut again)?;
            }
            log.fold.vault.forget();
            log.refold(&again)?;
            Ok(applied)
        })
    }

    /// The data keys that are here.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn data_keys(&self) -> Result<Vec<DataKeyId>, StoreError> {
        self.read(|r| data_key::all(r.conn()))
    }

    /// Wraps a data key for another device of the town.
    ///
    /// # Errors
    /// [`StoreError::KeyMissing`] where the data key is not here or the device's key is unusable.
    pub fn wrap_data_key(&self, id: DataKeyId, for_seal_key: &[u8; 32]) -> Result<Vec<u8>, StoreError> {
        let key = self.read(|r| data_key::load(r.conn(), id))?.ok_or(StoreError::KeyMissing)?;
        let ports = &self.inner.ports;
        let fresh = Fresh { ephemeral: ports.random(), nonce: ports.random() };
        wrap_data_key(id, &key, for_seal_key, &fresh).ok_or(StoreError::KeyMissing)
    }

    /// Takes a data key that another device wrapped for this one; true where it is new.
    ///
    /// # Errors
    /// [`StoreError::KeyMissing`] where it was not wrapped for this device.
    pub fn accept_data_key(&self, id: DataKeyId, wrapped: &[u8]) -> Result<bool, StoreError> {
        let secret = &self.inner.identity.seal_secret;
        let key = unwrap_data_key(id, wrapped, secret).ok_or(StoreError::KeyMissing)?;
        self.write_arrived(|log| {
            let new = data_key::insert(log.conn, id, &key, false)?;
            if new {
                log.fold.vault.forget();
                let again = waiting_entities(
                    log,
                    "SELECT w.entity FROM key_wait w JOIN subject_key k ON k.subject = w.subject
                     WHERE k.data_key = ?1",
                    id.as_bytes(),
                )?;
                log.refold(&again)?;
            }
            Ok(new)
        })
    }

    /// Whether keys have arrived that another PC of the town has not shared the data key of, or
    /// operations whose keys have not arrived.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn waits_for_keys(&self) -> Result<bool, StoreError> {
        self.read(|r| {
            let sql = "SELECT 1 FROM subject_key k WHERE tombstone = 0
                       AND NOT EXISTS (SELECT 1 FROM data_key d WHERE d.id = k.data_key)
                       UNION ALL SELECT 1 FROM key_wait LIMIT 1";
            Ok(r.conn().prepare_cached(sql)?.exists([])?)
        })
    }
}

fn read_row(row: &Row<'_>) -> rusqlite::Result<KeyRow> {
    Ok(KeyRow {
        subject: row.get(0)?,
        data_key: DataKeyId::from_bytes(row.get(1)?),
        wrapped: row.get(2)?,
        tombstone: row.get(3)?,
    })
}

impl Reader<'_> {
    /// The wrapped key of a subject.
    pub(crate) fn key_row(&self, subject: &Subject) -> Result<Option<KeyRow>, StoreError> {
        let sql = "SELECT subject, data_key, wrapped, tombstone FROM subject_key WHERE subject = ?1";
        self.one(sql, [subject], read_row)
    }

    /// Keys that the district does not have yet, and every erasure.
    pub(crate) fn unsent_keys_and_erasures(&self) -> Result<Vec<KeyRow>, StoreError> {
        let sql = "SELECT subject, data_key, wrapped, tombstone FROM subject_key WHERE dirty = 1
                   UNION SELECT subject, data_key, wrapped, tombstone FROM subject_key WHERE tombstone = 1";
        self.all(sql, [], read_row)
    }
}

fn waiting_entities(log: &Log<'_>, sql: &str, key: &[u8; 16]) -> Result<BTreeSet<Entity>, StoreError> {
    let mut statement = log.conn.prepare_cached(sql)?;
    let mut rows = statement.query([key])?;
    let mut entities = BTreeSet::new();
    while let Some(row) = rows.next()? {
        entities.extend(Entity::from_bytes(&row.get::<_, Vec<u8>>(0)?));
    }
    Ok(entities)
}

fn take_row(
    log: &mut Log<'_>,
    row: &KeyRow,
    carried: bool,
    applied: &mut KeysApplied,
    again: &mut BTreeSet<Entity>,
) -> Result<(), StoreError> {
    let present = log
        .conn
        .prepare_cached("SELECT tombstone FROM subject_key WHERE subject = ?1")?
        .query_row([&row.subject], |row| row.get::<_, bool>(0))
        .optional()?;
    match (present, row.tombstone) {
        (Some(true), _) | (Some(false), false) if carried => return Ok(()),
        // An erasure is for good: nothing that arrives later brings the key back.
        (Some(true), false) => return Ok(()),
        (Some(true), true) => {
            log.conn.prepare_cached("UPDATE subject_key SET dirty = 0 WHERE subject = ?1")?.execute([&row.subject])?;
            return Ok(());
        }
        // Where the district holds another wrap of the key, sending this one again would change nothing.
        (Some(false), false) => {
            log.conn
                .prepare_cached("UPDATE subject_key SET dirty = 0 WHERE subject = ?1 AND (wrapped = ?2 OR dirty = 2)")?
                .execute((&row.subject, &row.wrapped))?;
            return Ok(());
        }
        (Some(false), true) | (None, _) => {}
    }
    log.conn
        .prepare_cached(
            "INSERT OR REPLACE INTO subject_key (subject, data_key, wrapped, tombstone, dirty)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute((&row.subject, row.data_key.as_bytes(), &row.wrapped, row.tombstone, carried))?;
    if row.tombstone {
        applied.tombstones += 1;
        log.fold.destroyed.insert(row.subject);
    } else if log.fold.vault.data_key(row.data_key)?.is_some() {
        applied.new += 1;
        again.extend(waiting_entities(log, "SELECT entity FROM key_wait WHERE subject = ?1", &row.subject)?);
    } else {
        applied.new += 1;
        applied.waiting += 1;
    }
    Ok(())
}
