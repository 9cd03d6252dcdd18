//! The key vault: a key per person, activity, user and import, wrapped with a data key.
//!
//! Subject keys are never in the log. They travel in their own lane, wrapped; data keys travel
//! wrapped for each device's public key. Losing a subject's key is what erasing means: the
//! operations stay and nobody can read them.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension};
use zeroize::Zeroizing;
use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::DataKeyId;
use zhenxin_protocol::seal::{Subject, SubjectKey};
use zhenxin_protocol::wrap::{unwrap_subject_key, wrap_subject_key};

use crate::error::StoreError;
use crate::sql::{Columns, insert_many};

pub(crate) mod data_key;
pub(crate) mod lane;

/// Subject keys held in memory by one transaction; the bound keeps a fold of a whole town small.
const CACHED_KEYS: usize = 4_096;

/// What the vault knows of a subject.
#[derive(Clone)]
pub(crate) enum Held {
    /// The key.
    Key(SubjectKey),
    /// It has not arrived, or its data key has not.
    Waiting,
    /// The subject was erased.
    Erased,
}

/// The vault inside one transaction.
pub(crate) struct Vault<'c> {
    conn: &'c Connection,
    data_keys: HashMap<DataKeyId, Zeroizing<[u8; 32]>>,
    cache: HashMap<Subject, Held>,
}

impl<'c> Vault<'c> {
    pub(crate) fn new(conn: &'c Connection) -> Self {
        Self { conn, data_keys: HashMap::new(), cache: HashMap::new() }
    }

    pub(crate) fn data_key(&mut self, id: DataKeyId) -> Result<Option<Zeroizing<[u8; 32]>>, StoreError> {
        if let Some(key) = self.data_keys.get(&id) {
            return Ok(Some(key.clone()));
        }
        let key = data_key::load(self.conn, id)?;
        if let Some(key) = &key {
            self.data_keys.insert(id, key.clone());
        }
        Ok(key)
    }

    /// The subject's key, or why there is none.
    pub(crate) fn held(&mut self, subject: &Subject) -> Result<Held, StoreError> {
        if let Some(held) = self.cache.get(subject) {
            return Ok(held.clone());
        }
        let held = self.load(subject)?;
        self.remember(*subject, held.clone());
        Ok(held)
    }

    fn remember(&mut self, subject: Subject, held: Held) {
        if self.cache.len() >= CACHED_KEYS {
            self.cache.clear();
        }
        self.cache.insert(subject, held);
    }

    fn load(&mut self, subject: &Subject) -> Result<Held, StoreError> {
        let mut statement =
            self.conn.prepare_cached("SELECT data_key, wrapped, tombstone FROM subject_key WHERE subject = ?1")?;
        let row = statement
            .query_row([subject], |row| {
                Ok((DataKeyId::from_bytes(row.get(0)?), row.get::<_, Vec<u8>>(1)?, row.get::<_, bool>(2)?))
            })
            .optional()?;
        let Some((data_key, wrapped, tombstone)) = row else {
            return Ok(Held::Waiting);
        };
        if tombstone {
            return Ok(Held::Erased);
        }
        let Some(bytes) = self.data_key(data_key)? else {
            return Ok(Held::Waiting);
        };
        // A row that does not open is as good as none; the lane may still bring a sound one.
        Ok(unwrap_subject_key(subject, &wrapped, data_key, &bytes).map_or(Held::Waiting, Held::Key))
    }

    /// What a wrap holds; `None` where its data key is not here or it does not open.
    pub(crate) fn opened(
        &mut self,
        subject: &Subject,
        data_key: DataKeyId,
        wrapped: &[u8],
    ) -> Result<Option<SubjectKey>, StoreError> {
        let Some(bytes) = self.data_key(data_key)? else { return Ok(None) };
        Ok(unwrap_subject_key(subject, wrapped, data_key, &bytes))
    }

    /// The key to seal with, which must be here.
    pub(crate) fn key(&mut self, subject: &Subject) -> Result<SubjectKey, StoreError> {
        match self.held(subject)? {
            Held::Key(key) => Ok(key),
            Held::Waiting => Err(StoreError::KeyMissing),
            Held::Erased => Err(StoreError::Refused("这位居民的个人信息已经删除，不能再办理")),
        }
    }

    /// Whether a row for the subject is here at all.
    pub(crate) fn knows(&self, subject: &Subject) -> Result<bool, StoreError> {
        Ok(self.conn.prepare_cached("SELECT 1 FROM subject_key WHERE subject = ?1")?.exists([subject])?)
    }

    /// Keeps the keys of new subjects, to be sent.
    pub(crate) fn keep(&mut self, new: &[NewKey]) -> Result<(), StoreError> {
        let into = "INSERT INTO subject_key (subject, scope, data_key, generation, wrapped, tombstone, dirty)";
        insert_many(self.conn, into, 7, new, |bind, new| {
            bind.put(new.subject)?;
            bind.put(new.scope.as_str())?;
            bind.put(new.data_key.as_bytes())?;
            bind.put(new.generation)?;
            bind.put(&new.wrapped)?;
            bind.put(false)?;
            bind.put(true)
        })?;
        // Whatever was looked for before and not found is here now.
        new.iter().for_each(|new| {
            self.cache.remove(&new.subject);
        });
        Ok(())
    }

    /// The scope in which a subject lives, as the row of its key says, destroyed or not; `None` while no row is here.
    pub(crate) fn scope_of(&self, subject: &Subject) -> Result<Option<Scope>, StoreError> {
        let mut statement = self.conn.prepare_cached("SELECT scope FROM subject_key WHERE subject = ?1")?;
        Ok(statement.query_row([subject], |row| Columns::of(row).parse()).optional()?)
    }

    /// Destroys a subject's key for good and sends the tombstone; false where there is none or it was destroyed before.
    pub(crate) fn destroy(&mut self, subject: &Subject) -> Result<bool, StoreError> {
        let sql = "UPDATE subject_key SET wrapped = zeroblob(0), tombstone = 1, dirty = 1
                   WHERE subject = ?1 AND tombstone = 0";
        let destroyed = self.conn.prepare_cached(sql)?.execute([subject])? > 0;
        self.cache.remove(subject);
        Ok(destroyed)
    }

    /// Forgets what was read, after the tables below changed.
    pub(crate) fn forget(&mut self) {
        self.cache.clear();
        self.data_keys.clear();
    }
}

/// A key that was just made for a new subject.
pub(crate) struct NewKey {
    subject: Subject,
    scope: Scope,
    data_key: DataKeyId,
    generation: u32,
    wrapped: Vec<u8>,
}

impl NewKey {
    /// Wraps it under this device's data key. The scope is where the subject lives for ever.
    pub(crate) fn wrap(subject: Subject, scope: Scope, key: &SubjectKey, own: &data_key::Own, nonce: [u8; 24]) -> Self {
        let wrapped = wrap_subject_key(&subject, key, own.id, &own.key, nonce);
        Self { subject, scope, data_key: own.id, generation: own.generation, wrapped }
    }
}

#[cfg(test)]
mod tests;
