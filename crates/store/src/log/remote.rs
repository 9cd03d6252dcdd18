//! What comes in: pages of operations in the district's order.

use std::collections::BTreeSet;

use rusqlite::OptionalExtension;
use zhenxin_domain::division::Scope;
use zhenxin_protocol::body::Body;
use zhenxin_protocol::entity::{Entity, EntityKind};
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::hlc::Hlc;
use zhenxin_protocol::op::Op;

use super::rank::{Rank, has_later};
use super::{ACCEPTED, Entry, INVALID, Log, READ, UNKNOWN, import_of};
use crate::error::StoreError;
use crate::fold::{At, Folder, Known, Only};
use crate::open::Store;
use crate::write::head;

/// A page of one scope.
#[derive(Debug, Clone)]
pub struct Page {
    /// The scope.
    pub scope: Scope,
    /// The district's lineage.
    pub lineage: [u8; 16],
    /// Server sequence and stored bytes, ascending.
    pub ops: Vec<(u64, Vec<u8>)>,
    /// The cursor after the page.
    pub after: u64,
}

/// What a page did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Applied {
    /// Operations that were not here.
    pub new: u32,
    /// Operations that were here already.
    pub known: u32,
    /// Of the new ones: kinds of a newer program, kept for an upgrade.
    pub unknown: u32,
    /// Of the new ones: broken bodies, kept and not counted.
    pub invalid: u32,
}

impl Store {
    /// Takes a page and its cursor in one transaction. The same page twice changes nothing.
    ///
    /// # Errors
    /// [`StoreError::IdReused`] where an operation contradicts one that is here,
    /// [`StoreError::LineageChanged`], bytes that are no operation, faults of the database.
    pub fn apply_page(&self, page: &Page) -> Result<Applied, StoreError> {
        let now_ms = self.inner.ports.clock.now_ms();
        self.write_arrived(|log| {
            crate::sync::check_lineage(log.conn, &page.lineage)?;
            let mut applied = Applied::default();
            let mut clock = head::load_clock(log.conn)?;
            for (server_seq, bytes) in &page.ops {
                let op = Op::from_bytes(bytes)?;
                if op.scope != page.scope {
                    return Err(StoreError::IdReused);
                }
                clock = clock.observe(Hlc(op.hlc), now_ms);
                log.take_remote(&op, bytes, *server_seq, now_ms, &mut applied)?;
            }
            head::save_clock(log.conn, clock)?;
            crate::sync::set_cursor(log.conn, page.scope, page.after)?;
            Ok(applied)
        })
    }
}

impl Log<'_> {
    fn take_remote(
        &mut self,
        op: &Op,
        bytes: &[u8],
        server_seq: u64,
        now_ms: i64,
        applied: &mut Applied,
    ) -> Result<(), StoreError> {
        let hash = Op::hash_of(bytes);
        if let Some((no, status, rank)) = self.known_as(op, &hash)? {
            applied.known += 1;
            return self.accept(no, status, &rank, server_seq, None, now_ms);
        }
        let body = op.read_body();
        let readable = match &body {
            Ok(Some(_)) => READ,
            Ok(None) => UNKNOWN,
            Err(_) => INVALID,
        };
        let server_seq = i64::try_from(server_seq).map_err(|_| StoreError::IdReused)?;
        let no = self.append(&Entry {
            op,
            bytes,
            hash,
            status: ACCEPTED,
            readable,
            server_seq: Some(server_seq),
            receipt_at: Some(now_ms),
        })?;
        applied.new += 1;
        match body {
            Ok(Some(body)) => self.fold_arrived(no, op, &body, &Rank::Accepted(server_seq)),
            Ok(None) => {
                applied.unknown += 1;
                Ok(())
            }
            Err(fault) => {
                tracing::warn!(op = %op.id, code = ?fault, "an operation's body is broken; it is kept and not counted");
                applied.invalid += 1;
                Ok(())
            }
        }
    }

    /// Finds the operation among those that are here; the same id, or the same place in a chain,
    /// with other bytes is a loud error.
    fn known_as(&self, op: &Op, hash: &Hash32) -> Result<Option<(i64, u8, Rank)>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT no, hash, status, server_seq, hlc, device, epoch, seq FROM op
             WHERE id = ?1 OR (device = ?2 AND epoch = ?3 AND seq = ?4)",
        )?;
        let found = statement
            .query_row((op.id.as_bytes(), op.device.as_bytes(), op.epoch, op.seq as i64), |row| {
                Ok((row.get::<_, i64>(0)?, Hash32(row.get(1)?), row.get::<_, u8>(2)?, Rank::read(row, 2)?))
            })
            .optional()?;
        match found {
            Some((_, present, ..)) if present != *hash => Err(StoreError::IdReused),
            Some((no, _, status, rank)) => Ok(Some((no, status, rank))),
            None => Ok(None),
        }
    }

    /// Folds an operation that arrived: at once where it ranks last, later where it does not.
    pub(crate) fn fold_arrived(&mut self, no: i64, op: &Op, body: &Body, rank: &Rank) -> Result<(), StoreError> {
        let entities = op.entities(body);
        self.register(no, &entities)?;
        // An operation that undoes an import is registered by now and finds itself.
        let of_import = import_of(body).is_some();
        let mut later = BTreeSet::new();
        for entity in &entities {
            let of_undone =
                entity.kind != EntityKind::ImportPart && of_import && Folder::was_undone(self.conn, entity)?;
            if of_undone || self.disturbed.contains(entity) || has_later(self.conn, entity, no, rank)? {
                later.insert(*entity);
            }
        }
        if later.len() < entities.len() {
            self.fold.apply(&At::of(op, &Known::default(), Only::AllBut(&later)), body)?;
        }
        self.disturb(later);
        Ok(())
    }
}

impl Folder<'_> {
    pub(crate) fn entities_of(conn: &rusqlite::Connection, no: i64) -> Result<Vec<Entity>, StoreError> {
        let bytes: Vec<u8> =
            conn.prepare_cached("SELECT bytes FROM op WHERE no = ?1")?.query_row([no], |row| row.get(0))?;
        let op = Op::from_bytes(&bytes)?;
        Ok(op.read_body().ok().flatten().map_or(Vec::new(), |body| op.entities(&body)))
    }

    /// Whether an import that touched the entity was undone.
    pub(crate) fn was_undone(conn: &rusqlite::Connection, entity: &Entity) -> Result<bool, StoreError> {
        Ok(conn
            .prepare_cached(
                "SELECT 1 FROM op_entity e JOIN op o ON o.no = e.op_no
                 WHERE e.entity = ?1 AND o.kind = 'import.undone' AND o.status <> 2",
            )?
            .exists([entity.to_bytes()])?)
    }
}
