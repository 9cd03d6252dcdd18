//! The operation log: appending, ordering, what goes out and what comes in.

use std::collections::BTreeSet;

use rusqlite::Connection;
use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::ImportId;
use zhenxin_protocol::body::Body;
use zhenxin_protocol::entity::{Entity, EntityKind};
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::op::Op;

use crate::error::StoreError;
use crate::fold::{At, Folder, Known, Only};
use crate::ports::Ports;
use crate::sql::insert_many;

pub(crate) mod outbox;
pub(crate) mod rank;
pub(crate) mod receipt;
pub(crate) mod remote;
pub(crate) mod unread;

/// Stored numbers of an operation's status.
pub(crate) const PENDING: u8 = 0;
pub(crate) const ACCEPTED: u8 = 1;
pub(crate) const REJECTED: u8 = 2;

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
        Self { conn, ports, fold: Folder::new(conn), disturbed: BTreeSet::new() }
    }

    /// Appends to the log; the number of its place here.
    pub(crate) fn append(&self, entry: &Entry<'_>) -> Result<i64, StoreError> {
        let op = entry.op;
        self.conn.prepare_cached(include_str!("log/append.sql"))?.execute(rusqlite::params![
            op.id.as_bytes(),
            op.device.as_bytes(),
            op.epoch,
            op.seq as i64,
            entry.hash.as_bytes(),
            op.scope.as_str(),
            op.kind,
            op.hlc as i64,
            entry.status,
            entry.readable,
            entry.server_seq,
            entry.receipt_at,
            entry.bytes
        ])?;
        Ok(self.conn.last_insert_rowid())
    }

    pub(crate) fn register(&self, no: i64, entities: &[Entity]) -> Result<(), StoreError> {
        insert_many(self.conn, "INSERT OR IGNORE INTO op_entity (entity, op_no)", 2, entities, |bind, entity| {
            bind.put(entity.to_bytes())?;
            bind.put(no)
        })
    }

    /// Appends an operation of this device and folds it. It sorts last for every entity: pending
    /// operations come after accepted ones, and this device's clock only runs forward.
    pub(crate) fn enter_own(&mut self, entry: &Entry<'_>, body: &Body, known: &Known<'_>) -> Result<(), StoreError> {
        let no = self.append(entry)?;
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

    /// Ends the work of the transaction.
    pub(crate) fn finish(&mut self) -> Result<(), StoreError> {
        let disturbed = std::mem::take(&mut self.disturbed);
        self.fold.refold(&disturbed)?;
        self.fold.terms.flush()
    }
}

#[cfg(test)]
mod tests;
