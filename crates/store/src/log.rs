//! The operation log: appending, ordering, what goes out and what comes in.

use std::collections::BTreeSet;

use rusqlite::Connection;
use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::{ImportId, OpId};
use zhenxin_protocol::body::Body;
use zhenxin_protocol::entity::{Entity, EntityKind};
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::op::Op;

use crate::error::StoreError;
use crate::fold::{At, Folder, Known, Only};
use crate::ports::Ports;
use crate::sql::insert_many;

pub(crate) mod arrive;
mod bulk;
pub(crate) mod chain;
pub(crate) mod cursor;
pub(crate) mod held;
pub(crate) mod outbox;
pub(crate) mod rank;
pub(crate) mod receipt;
pub(crate) mod remote;
pub(crate) mod repair;
pub(crate) mod tree;
pub(crate) mod unread;

use rank::Rank;

/// Stored numbers of an operation's status.
pub(crate) const PENDING: u8 = 0;
pub(crate) const ACCEPTED: u8 = 1;
pub(crate) const REJECTED: u8 = 2;
/// Repeated in a later epoch.
pub(crate) const SUPERSEDED: u8 = 3;

/// Stored numbers of whether an operation could be read.
pub(crate) const READ: u8 = 0;
pub(crate) const UNKNOWN: u8 = 1;
pub(crate) const INVALID: u8 = 2;

/// The log and the fold inside one transaction.
pub(crate) struct Log<'c> {
    pub(crate) conn: &'c Connection,
    pub(crate) ports: &'c Ports,
    pub(crate) fold: Folder<'c>,
    /// Entities whose order was disturbed: folded again once, at the end.
    disturbed: BTreeSet<Entity>,
    /// Whether any operation repeats another one's content; asked once.
    repeats: Option<bool>,
    /// A scope whose receipts beyond the cursor were found void, for which the transaction is given up.
    void: Option<Scope>,
}

/// The import that an operation belongs to or takes back.
fn import_of(body: &Body) -> Option<ImportId> {
    match body {
        Body::ResidentsRecorded(body) => body.import,
        Body::RulesRecorded(body) => body.import,
        Body::ImportUndone(body) => Some(body.import),
        _ => None,
    }
}

/// An operation with all that is derived from its bytes.
pub(crate) struct Entry<'e> {
    pub(crate) op: &'e Op,
    pub(crate) bytes: &'e [u8],
    pub(crate) hash: Hash32,
    pub(crate) status: u8,
    pub(crate) readable: u8,
    pub(crate) server_seq: Option<i64>,
    pub(crate) receipt_at: Option<i64>,
}

impl<'c> Log<'c> {
    pub(crate) fn new(conn: &'c Connection, ports: &'c Ports) -> Self {
        Self { conn, ports, fold: Folder::new(conn), disturbed: BTreeSet::new(), repeats: None, void: None }
    }

    /// Appends to the log; the number of its place here.
    pub(crate) fn append(&mut self, entry: &Entry<'_>) -> Result<i64, StoreError> {
        self.append_at(entry, 0)
    }

    fn append_at(&mut self, entry: &Entry<'_>, branch: i64) -> Result<i64, StoreError> {
        let op = entry.op;
        if op.origin.is_some() {
            self.repeats = Some(true);
        }
        self.conn.prepare_cached(include_str!("log/append.sql"))?.execute(rusqlite::params![
            op.id.as_bytes(),
            op.device.as_bytes(),
            op.epoch,
            op.seq as i64,
            entry.hash.as_bytes(),
            op.scope.as_str(),
            op.kind,
            op.hlc as i64,
            op.origin.as_ref().map(OpId::as_bytes),
            entry.status,
            entry.readable,
            entry.server_seq,
            entry.receipt_at,
            entry.bytes,
            branch,
            op.actor.as_bytes()
        ])?;
        Ok(self.conn.last_insert_rowid())
    }

    /// Appends an operation that a fork has put beside its chain.
    pub(crate) fn append_beside(&mut self, entry: &Entry<'_>) -> Result<i64, StoreError> {
        let no = self.append_at(entry, -1)?;
        self.put_beside(no)?;
        Ok(no)
    }

    pub(crate) fn register(&self, no: i64, entities: &[Entity]) -> Result<(), StoreError> {
        insert_many(self.conn, "INSERT OR IGNORE INTO op_entity (entity, op_no)", 2, entities, |bind, entity| {
            bind.put(entity.to_bytes())?;
            bind.put(no)
        })
    }

    /// Appends an operation of this device and folds it. It sorts last for every entity: pending
    /// operations come after accepted ones, and this device's clock only runs forward. Only a pending
    /// operation of another device, whose clock runs ahead, can sort after it.
    pub(crate) fn enter_own(&mut self, entry: &Entry<'_>, body: &Body, known: &Known<'_>) -> Result<(), StoreError> {
        let ahead = self.latest_pending()?.is_some_and(|hlc| hlc >= entry.op.hlc as i64);
        let no = self.append(entry)?;
        if ahead {
            self.fold_arrived(no, entry.op, body, &Rank::pending(entry.op), known)?;
            let disturbed = std::mem::take(&mut self.disturbed);
            return self.refold(&disturbed);
        }
        let entities = entry.op.entities(body);
        self.register(no, &entities)?;
        let again: BTreeSet<Entity> = match import_of(body) {
            Some(import) if self.is_undone(body, import, entry.op.scope)? => {
                entities.iter().filter(|entity| entity.kind != EntityKind::ImportPart).copied().collect()
            }
            _ => BTreeSet::new(),
        };
        let only = if again.is_empty() { Only::All } else { Only::AllBut(&again) };
        self.fold.apply(&At::of(entry.op, known, only), body)?;
        self.refold(&again)
    }

    /// Whether any operation here repeats another one's content.
    pub(crate) fn has_repeats(&mut self) -> Result<bool, StoreError> {
        if let Some(repeats) = self.repeats {
            return Ok(repeats);
        }
        let sql = "SELECT EXISTS (SELECT 1 FROM op WHERE origin IS NOT NULL)";
        let repeats = self.conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
        self.repeats = Some(repeats);
        Ok(repeats)
    }

    /// Notes that operations were entered past [`Log::append`].
    fn note_repeats(&mut self, any: bool) {
        if any {
            self.repeats = Some(true);
        }
    }

    /// The clock of the last pending operation.
    fn latest_pending(&self) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT max(hlc) FROM op WHERE status = 0";
        Ok(self.conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
    }

    /// Whether an import's operations do not count, so that what they touch is folded without them.
    fn is_undone(&self, body: &Body, import: ImportId, scope: Scope) -> Result<bool, StoreError> {
        let part = Entity::part(EntityKind::ImportPart, import.as_bytes(), scope);
        Ok(matches!(body, Body::ImportUndone(_)) || Folder::was_undone(self.conn, &part)?)
    }

    /// Folds these entities again, now.
    pub(crate) fn refold(&mut self, entities: &BTreeSet<Entity>) -> Result<(), StoreError> {
        self.fold.refold(entities)
    }

    /// Folds these entities again at the end of the transaction.
    pub(crate) fn disturb(&mut self, entities: impl IntoIterator<Item = Entity>) {
        self.disturbed.extend(entities);
    }

    /// Whether the entity will be folded again at the end.
    pub(crate) fn is_disturbed(&self, entity: &Entity) -> bool {
        self.disturbed.contains(entity)
    }

    /// Ends the work of the transaction.
    pub(crate) fn finish(&mut self) -> Result<(), StoreError> {
        let disturbed = std::mem::take(&mut self.disturbed);
        self.fold.refold(&disturbed)?;
        self.drop_destroyed()?;
        self.fold.terms.flush()
    }
}

#[cfg(test)]
mod tests;
