//! The write door: what a person does becomes operations, in one transaction.
//!
//! Nothing here asks whether the person may, or whether the rules of the domain allow it: `app`
//! does, inside the same transaction, with [`Tx::reader`].

use std::ops::Deref;

use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;
use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::{OpId, RequestId, UserId};
use zhenxin_protocol::body::Body;
use zhenxin_protocol::seal::{Place, Sealed, Subject, SubjectKey, seal};

use crate::error::StoreError;
use crate::fold::Known;
use crate::key::file::PasswordSlot;
use crate::log::{Entry, Log, PENDING, READ};
use crate::open::identity::{Identity, set_meta};
use crate::ports::Ports;
use crate::query::Reader;
use crate::sql::days;
use crate::vault::{NewKey, data_key};

pub(crate) mod attachment;
pub(crate) mod audit_anchor;
pub(crate) mod award;
pub(crate) mod brand;
pub(crate) mod consent;
pub(crate) mod device;
pub(crate) mod event;
pub(crate) mod handover;
pub(crate) mod head;
pub(crate) mod import;
pub(crate) mod issue;
pub(crate) mod need;
pub(crate) mod person_data;
pub(crate) mod person_query;
pub(crate) mod resident;
pub(crate) mod rule;
pub(crate) mod service_order;
pub(crate) mod service_type;
pub(crate) mod statement;
pub(crate) mod time_gift;
pub(crate) mod user;

use head::{Chain, Made};

/// Former replies that are kept: a repeated click comes within seconds, a repeated script within
/// the day; ten thousand acts are several days of a busy town.
const REQUESTS_KEPT: i64 = 10_000;

/// One write transaction.
pub struct Tx<'s> {
    pub(crate) log: Log<'s>,
    identity: &'s Identity,
    actor: UserId,
    chain: Chain,
    slots: Vec<PasswordSlot>,
    reader: Reader<'s>,
    has_ops: bool,
    /// An operation was begun and failed; nothing of this transaction may stay.
    half_done: bool,
}

/// What is left to do once the transaction is durable.
pub(crate) struct Finished {
    pub(crate) slots: Vec<PasswordSlot>,
    pub(crate) has_ops: bool,
}

/// An operation before it has its place in the chain. Its id is known first, because sealed fields
/// are tied to it.
pub(crate) struct Draft {
    pub(crate) id: OpId,
    pub(crate) scope: Scope,
    pub(crate) body: Body,
    /// Days since 1970-01-01.
    pub(crate) occurred_on: i32,
}

impl std::fmt::Debug for Tx<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tx(..)")
    }
}

impl<'s> Deref for Tx<'s> {
    type Target = Reader<'s>;

    fn deref(&self) -> &Reader<'s> {
        &self.reader
    }
}

impl<'s> Tx<'s> {
    pub(crate) fn begin(
        conn: &'s Connection,
        ports: &'s Ports,
        identity: &'s Identity,
        actor: UserId,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            log: Log::new(conn, ports),
            identity,
            actor,
            chain: Chain::load(conn, identity, actor, ports.clock.now_ms())?,
            slots: Vec::new(),
            reader: Reader::new(conn),
            has_ops: false,
            half_done: false,
        })
    }

    pub(crate) fn finish(mut self) -> Result<Finished, StoreError> {
        if self.half_done {
            return Err(StoreError::Cancelled);
        }
        self.log.finish()?;
        if self.has_ops {
            head::save_clock(self.log.conn, self.chain.clock())?;
            self.chain.note_end(self.log.conn)?;
        }
        Ok(Finished { slots: self.slots, has_ops: self.has_ops })
    }

    /// Reads that see what this transaction has written so far.
    #[must_use]
    pub const fn reader(&self) -> &Reader<'s> {
        &self.reader
    }

    /// The time, ms since 1970 UTC.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.log.ports.clock.now_ms()
    }

    /// Today's date in China.
    #[must_use]
    pub fn today(&self) -> chrono::NaiveDate {
        self.log.ports.clock.today()
    }

    /// Who writes.
    #[must_use]
    pub const fn actor(&self) -> UserId {
        self.actor
    }

    /// A new UUIDv7.
    #[must_use]
    pub fn new_uuid(&self) -> Uuid {
        self.log.ports.uuid()
    }

    /// The reply that this request got before, if it was made before.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn request(&self, id: RequestId) -> Result<Option<Vec<u8>>, StoreError> {
        let mut statement = self.log.conn.prepare_cached("SELECT reply FROM request WHERE id = ?1")?;
        Ok(statement.query_row([id.as_bytes()], |row| row.get(0)).optional()?)
    }

    /// Keeps the reply of a request, so that its repetition is harmless.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn remember(&mut self, id: RequestId, reply: &[u8]) -> Result<(), StoreError> {
        let conn = self.log.conn;
        conn.prepare_cached("INSERT INTO request (id, reply) VALUES (?1, ?2)")?.execute((id.as_bytes(), reply))?;
        let oldest = conn.last_insert_rowid() - REQUESTS_KEPT;
        conn.prepare_cached("DELETE FROM request WHERE no <= ?1")?.execute([oldest])?;
        Ok(())
    }

    /// Keeps a local setting; it is not in the log.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn set_setting(&mut self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        set_meta(self.log.conn, &format!("setting.{key}"), value)
    }

    /// Keeps a draft of a user; it is not in the log.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn put_draft(&mut self, user: UserId, kind: &str, key: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let saved_at = self.now_ms();
        self.log
            .conn
            .prepare_cached(
                "INSERT OR REPLACE INTO draft (user, kind, key, bytes, saved_at) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute((user.as_bytes(), kind, key, bytes, saved_at))?;
        Ok(())
    }

    /// Drops a draft.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn drop_draft(&mut self, user: UserId, kind: &str, key: &str) -> Result<(), StoreError> {
        self.log.conn.prepare_cached("DELETE FROM draft WHERE user = ?1 AND kind = ?2 AND key = ?3")?.execute((
            user.as_bytes(),
            kind,
            key,
        ))?;
        Ok(())
    }

    /// Drops the drafts of all users that were saved before a day and not since; how many.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn drop_drafts_before(&mut self, day: chrono::NaiveDate) -> Result<u64, StoreError> {
        let sql = "DELETE FROM draft WHERE saved_at < ?1";
        let dropped = self.log.conn.prepare_cached(sql)?.execute([crate::sql::day_begins_ms(day)])?;
        Ok(dropped as u64)
    }

    pub(crate) fn new_op_id(&self) -> OpId {
        OpId::from_uuid(self.new_uuid())
    }

    fn town_scope(&self) -> Scope {
        Scope::Town(self.identity.town)
    }

    pub(crate) fn today_days(&self) -> i32 {
        days(self.today())
    }

    /// The key of a subject that must be known already.
    fn key_of(&mut self, subject: &Subject) -> Result<SubjectKey, StoreError> {
        self.log.fold.vault.key(subject)
    }

    /// The key of a subject, made now where it has none. It reaches the devices that read `scope`: the village of a
    /// resident, the town for what does not belong to one village.
    fn key_or_new(&mut self, subject: &Subject, scope: Scope) -> Result<SubjectKey, StoreError> {
        if self.log.fold.vault.knows(subject)? {
            return self.key_of(subject);
        }
        let ports = self.log.ports;
        let own = data_key::own(self.log.conn)?;
        let key = SubjectKey::new(ports.random());
        let new = NewKey::wrap(*subject, scope, &key, &own, ports.random());
        self.log.fold.vault.keep(&[new])?;
        Ok(key)
    }

    fn seal(
        &self,
        key: &SubjectKey,
        op: OpId,
        subject: &Subject,
        field: &str,
        plain: &str,
    ) -> Result<Sealed, StoreError> {
        Ok(seal(key, self.log.ports.random(), Place { op, subject: *subject, field }, plain)?)
    }

    /// Appends an operation, folds it, and leaves it in the outbox.
    pub(crate) fn commit(&mut self, draft: Draft) -> Result<OpId, StoreError> {
        draft.body.check()?;
        let made = self.chain.next(draft.id, draft.scope, &draft.body, draft.occurred_on)?;
        self.enter(&made, &draft.body, &Known::default())?;
        // Reads inside the transaction search as well.
        self.log.fold.terms.flush()?;
        Ok(draft.id)
    }

    /// Enters an operation that was made ready on the chain.
    fn enter(&mut self, made: &Made, body: &Body, known: &Known<'_>) -> Result<(), StoreError> {
        let entry = Entry {
            op: &made.op,
            bytes: &made.bytes,
            hash: made.hash,
            status: PENDING,
            readable: READ,
            server_seq: None,
            receipt_at: None,
        };
        self.has_ops = true;
        self.half_done = true;
        self.log.enter_own(&entry, body, known)?;
        self.half_done = false;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
