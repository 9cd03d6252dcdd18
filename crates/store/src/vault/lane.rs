//! The lanes of keys, one for each scope: what is sent, and what happens when keys arrive.

use std::collections::BTreeSet;

use rusqlite::Row;
use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::DataKeyId;
use zhenxin_protocol::entity::Entity;
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::seal::Subject;
use zhenxin_protocol::wire::keys::{KeyPage, KeyRow, LanePlace};
use zhenxin_protocol::wrap::{Fresh, unwrap_data_key, wrap_data_key};

use super::{Vault, data_key};
use crate::error::StoreError;
use crate::log::Log;
use crate::open::Store;
use crate::query::Reader;
use crate::sql::Columns;

/// A row of the lane, in the order in which [`read_row`] reads it.
macro_rules! select {
    ($($rest:expr),+) => {
        concat!("SELECT subject, data_key, wrapped, tombstone, scope, generation FROM subject_key ", $($rest),+)
    };
}

/// The generation of this device's own data key.
macro_rules! own_generation {
    () => {
        "(SELECT generation FROM data_key ORDER BY mine DESC LIMIT 1)"
    };
}

/// Rows that wait for the district: all but those of a generation that it has not reached as far as this device knows. It
/// would not take them; they wait for it, or for [`Store::rewrap_early_keys`].
macro_rules! offered {
    () => {
        concat!("dirty = 1 AND (tombstone = 1 OR generation <= ", own_generation!(), ")")
    };
}

/// The other rows that wait.
macro_rules! early {
    () => {
        concat!("dirty = 1 AND tombstone = 0 AND generation > ", own_generation!())
    };
}

mod rewrap;

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
    /// How many subject keys wait for the district, those among them that it takes only after
    /// [`Store::rewrap_early_keys`]. What is ahead of the district and does not open here is not this device's to bring.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn outgoing_keys(&self) -> Result<u64, StoreError> {
        self.read(|r| {
            let count: i64 =
                r.conn()
                    .query_row(concat!("SELECT count(*) FROM subject_key WHERE ", offered!()), [], |row| row.get(0))?;
            Ok(count.max(0) as u64 + r.early_keys()?.len() as u64)
        })
    }

    /// Subject keys that the district does not have yet.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn dirty_keys(&self, limit: u32) -> Result<Vec<KeyRow>, StoreError> {
        self.read(|r| {
            let mut statement = r.conn().prepare_cached(select!("WHERE ", offered!(), " ORDER BY subject LIMIT ?1"))?;
            let rows = statement.query_map([limit], read_row)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Notes that the district has taken these keys. They are done with once they come back in the lane
    /// ([`Store::apply_key_page`]): a district that was set back in between has lost them. `declined` are those that it
    /// does not take, because it holds another wrap or the subject lives elsewhere. What changed here since it was read
    /// still waits: nobody has sent it.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn keys_pushed(&self, taken: &[KeyRow], declined: &[KeyRow]) -> Result<(), StoreError> {
        self.write_arrived(|log| {
            let mut sent = log.conn.prepare_cached(
                "UPDATE subject_key SET dirty = ?2
                 WHERE subject = ?1 AND dirty = 1 AND wrapped = ?3 AND tombstone = ?4",
            )?;
            for (rows, dirty) in [(taken, 2), (declined, 0)] {
                for row in rows {
                    sent.execute((row.subject, dirty, &row.wrapped, row.tombstone))?;
                }
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

    /// How far the lanes were followed.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn key_places(&self) -> Result<Vec<LanePlace>, StoreError> {
        self.read(|r| {
            r.all("SELECT scope, place, chain FROM key_lane ORDER BY scope", [], |row| {
                let mut c = Columns::of(row);
                let (scope, after): (Scope, i64) = (c.parse()?, c.get()?);
                Ok(LanePlace { scope, after: after.max(0) as u64, chain: Hash32(c.get()?) })
            })
        })
    }

    /// Forgets how far the lanes were followed: those of another district.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn forget_key_places(&self) -> Result<(), StoreError> {
        self.write_arrived(|log| Ok(log.conn.execute("DELETE FROM key_lane", []).map(drop)?))
    }

    /// Takes a page of a lane with its place, in one transaction, and folds again what could not be read without these
    /// keys. Where the lane is not the one that was followed, it is read from its beginning, and all that is here of it
    /// waits to be sent: the district may have lost any of it.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn apply_key_page(&self, page: &KeyPage) -> Result<KeysApplied, StoreError> {
        let reached = &page.reached;
        if page.other_lane == Some(true) {
            return self.write_arrived(|log| {
                log.conn.execute("DELETE FROM key_lane WHERE scope = ?1", [reached.scope.as_str()])?;
                log.conn.execute("UPDATE subject_key SET dirty = 1 WHERE scope = ?1", [reached.scope.as_str()])?;
                Ok(KeysApplied::default())
            });
        }
        self.write_arrived(|log| {
            let applied = take_rows(log, &page.rows, Way::LANE)?;
            log.conn
                .prepare_cached("INSERT OR REPLACE INTO key_lane (scope, place, chain) VALUES (?1, ?2, ?3)")?
                .execute((reached.scope.as_str(), reached.after as i64, reached.chain.as_bytes()))?;
            Ok(applied)
        })
    }

    /// Takes keys that came past the district, which may lack them; whether whoever brings them may replace a wrap that is
    /// here.
    pub(crate) fn apply_carried_keys(&self, rows: &[KeyRow], replaces: bool) -> Result<KeysApplied, StoreError> {
        self.write_arrived(|log| take_rows(log, rows, Way { carried: true, replaces }))
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
            let new = data_key::take(log.conn, id, &key)?;
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

    /// The generation of this device's own data key: how often devices of the town had been shut out when it was made.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn key_generation(&self) -> Result<u32, StoreError> {
        self.read(|r| Ok(data_key::own(r.conn())?.generation))
    }

    /// Makes a data key of the town's generation, under which new subjects are wrapped from now on; `None` where the
    /// present one is of it already, unless it is to be made anew. It is handed to the devices that are in the town then,
    /// and to no other. The district's number counts, also where it was set back.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn rotate_data_key(&self, generation: u32, anew: bool) -> Result<Option<DataKeyId>, StoreError> {
        if self.key_generation()? == generation && !anew {
            return Ok(None);
        }
        self.write_arrived(|log| {
            if data_key::own(log.conn)?.generation == generation && !anew {
                return Ok(None);
            }
            data_key::make(log.conn, log.ports, generation).map(Some)
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
    let mut c = Columns::of(row);
    Ok(KeyRow {
        subject: c.get()?,
        data_key: c.take()?,
        wrapped: c.get()?,
        tombstone: c.get()?,
        scope: c.parse()?,
        generation: c.get()?,
    })
}

impl Reader<'_> {
    /// The wrapped key of a subject.
    pub(crate) fn key_row(&self, subject: &Subject) -> Result<Option<KeyRow>, StoreError> {
        self.one(select!("WHERE subject = ?1"), [subject], read_row)
    }

    /// The wrapped key of a subject for whoever reads a bundle. One of a generation that the town has not reached as far as
    /// this device knows goes along where it opens here: the device may have been without a line since, and what opens is
    /// not made up.
    pub(crate) fn key_row_to_give(&self, subject: &Subject) -> Result<Option<KeyRow>, StoreError> {
        let Some(row) = self.key_row(subject)? else { return Ok(None) };
        let reached = row.tombstone || row.generation <= data_key::own(self.conn())?.generation;
        let given = reached || Vault::new(self.conn()).opened(&row.subject, row.data_key, &row.wrapped)?.is_some();
        Ok(given.then_some(row))
    }

    /// Keys that the district does not have yet, but for those that [`Reader::key_row_to_give`] leaves out as well, and
    /// every erasure.
    pub(crate) fn unsent_keys_and_erasures(&self) -> Result<Vec<KeyRow>, StoreError> {
        let mut rows = self.all(select!("WHERE ", offered!()), [], read_row)?;
        rows.extend(self.early_keys()?);
        rows.extend(self.all(select!("WHERE tombstone = 1 AND dirty <> 1"), [], read_row)?);
        Ok(rows)
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

/// How rows arrive.
#[derive(Clone, Copy)]
struct Way {
    /// Past the district, which may lack them.
    carried: bool,
    /// Whether they may stand in the place of a wrap that is here; an erasure always may.
    replaces: bool,
}

impl Way {
    /// From the district, which asked whoever brought them.
    const LANE: Self = Self { carried: false, replaces: true };
}

fn take_rows(log: &mut Log<'_>, rows: &[KeyRow], way: Way) -> Result<KeysApplied, StoreError> {
    let mut applied = KeysApplied::default();
    let mut again = BTreeSet::new();
    for row in rows {
        take_row(log, row, way, &mut applied, &mut again)?;
    }
    log.fold.vault.forget();
    log.refold(&again)?;
    Ok(applied)
}

fn take_row(
    log: &mut Log<'_>,
    row: &KeyRow,
    way: Way,
    applied: &mut KeysApplied,
    again: &mut BTreeSet<Entity>,
) -> Result<(), StoreError> {
    let held = Reader::new(log.conn).key_row(&row.subject)?;
    if let Some(held) = &held {
        if held.scope != row.scope {
            tracing::warn!(scope = row.scope.as_str(), "a key came under a scope in which its subject does not live");
            return Ok(());
        }
        if !takes_the_place(log, held, row, way)? {
            return if way.carried { Ok(()) } else { seen(log, row) };
        }
    }
    log.conn
        .prepare_cached(
            "INSERT OR REPLACE INTO subject_key (subject, scope, data_key, generation, wrapped, tombstone, dirty)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(rusqlite::params![
            &row.subject,
            row.scope.as_str(),
            row.data_key.as_bytes(),
            row.generation,
            if row.tombstone { &[] } else { row.wrapped.as_slice() },
            row.tombstone,
            way.carried
        ])?;
    if row.tombstone {
        applied.tombstones += 1;
        log.fold.note_destroyed(&row.subject)?;
        return Ok(());
    }
    applied.new += u32::from(held.is_none());
    if log.fold.vault.data_key(row.data_key)?.is_some() {
        again.extend(waiting_entities(log, "SELECT entity FROM key_wait WHERE subject = ?1", &row.subject)?);
    } else {
        applied.waiting += u32::from(held.is_none());
    }
    Ok(())
}

/// Whether a row replaces the one that is here: an erasure does, for good; a wrap that opens in the place of one that does
/// not, whatever their generations say, and never the other way round; else a later wrap, unless it holds another key than
/// the one that this device reads with. Of two that do not open, that of the district's lane.
fn takes_the_place(log: &mut Log<'_>, held: &KeyRow, row: &KeyRow, way: Way) -> Result<bool, StoreError> {
    if held.tombstone || row.tombstone {
        return Ok(!held.tombstone);
    }
    let later = row.generation > held.generation;
    let same = row.wrapped == held.wrapped && row.data_key == held.data_key;
    if !way.replaces || (same && !later) {
        return Ok(false);
    }
    let vault = &mut log.fold.vault;
    let known = vault.opened(&held.subject, held.data_key, &held.wrapped)?;
    let brought = vault.opened(&row.subject, row.data_key, &row.wrapped)?;
    Ok(match (known, brought) {
        (None, Some(_)) => true,
        (Some(_), None) => false,
        (Some(known), Some(brought)) => later && brought.as_bytes() == known.as_bytes(),
        (None, None) => later || !way.carried,
    })
}

/// The lane shows what this device sent, or something in its place that sending would not change.
fn seen(log: &Log<'_>, row: &KeyRow) -> Result<(), StoreError> {
    log.conn
        .prepare_cached(
            "UPDATE subject_key SET dirty = 0
             WHERE subject = ?1 AND (wrapped = ?2 OR dirty = 2) AND tombstone <= ?3",
        )?
        .execute((&row.subject, &row.wrapped, row.tombstone))?;
    Ok(())
}
