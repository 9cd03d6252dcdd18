//! One operation that arrives: entered, recognised, or set aside.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension, Row};
use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::DeviceId;
use zhenxin_protocol::body::{Body, BodyFault};
use zhenxin_protocol::entity::{Entity, EntityKind};
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::op::{Op, OpFault};

use super::rank::{Rank, has_later};
use super::remote::Applied;
use super::{ACCEPTED, Entry, INVALID, Log, PENDING, READ, REJECTED, SUPERSEDED, UNKNOWN, import_of};
use crate::error::StoreError;
use crate::fold::{At, Folder, Known, Only};

/// Why something was set aside: stable codes.
pub(crate) const ASIDE_SCOPE: &str = "scope";
pub(crate) const ASIDE_ID_REUSED: &str = "id_reused";
pub(crate) const ASIDE_CHAIN: &str = "chain";
/// One that was here first, and whose id the district gave to another one.
pub(crate) const ASIDE_ID_TAKEN: &str = "id_taken";

/// The code of bytes that are no operation.
pub(crate) const fn aside_of(fault: &OpFault) -> &'static str {
    match fault {
        OpFault::TooLarge => "too_large",
        OpFault::Algorithm => "algorithm",
        OpFault::Shape | OpFault::Chain => "shape",
    }
}

/// The number of no operation.
const NOWHERE: i64 = 0;

/// What is known of an operation that is here.
pub(crate) struct Here {
    pub(crate) no: i64,
    pub(crate) hash: Option<Hash32>,
    pub(crate) status: u8,
    pub(crate) rank: Rank,
}

/// The columns of [`Here`], read by [`read_here`].
macro_rules! here {
    ($rest:literal) => {
        concat!("SELECT no, hash, status, server_seq, hlc, device, epoch, seq FROM op WHERE ", $rest)
    };
}

fn read_here(row: &Row<'_>) -> rusqlite::Result<Here> {
    let hash = Hash32::from_slice(row.get_ref(1)?.as_blob()?);
    Ok(Here { no: row.get(0)?, hash, status: row.get(2)?, rank: Rank::read(row, 2)? })
}

/// Whether a body can be read, as it is stored.
pub(crate) const fn readable(body: &Result<Option<Body>, BodyFault>) -> u8 {
    match body {
        Ok(Some(_)) => READ,
        Ok(None) => UNKNOWN,
        Err(_) => INVALID,
    }
}

/// An operation of a page.
pub(crate) struct Arrived<'p> {
    pub(crate) server_seq: i64,
    pub(crate) bytes: &'p [u8],
    pub(crate) hash: Hash32,
    pub(crate) op: Op,
}

impl Log<'_> {
    /// The operation of this id, in whatever state.
    pub(crate) fn here(&self, op: &Op) -> Result<Option<Here>, StoreError> {
        let mut statement = self.conn.prepare_cached(here!("id = ?1"))?;
        Ok(statement.query_row([op.id.as_bytes()], read_here).optional()?)
    }

    /// What stands at the operation's place in its chain.
    pub(crate) fn at_place(&self, op: &Op) -> Result<Option<Here>, StoreError> {
        let mut statement =
            self.conn.prepare_cached(here!("device = ?1 AND epoch = ?2 AND seq = ?3 AND branch = 0"))?;
        Ok(statement.query_row((op.device.as_bytes(), op.epoch, op.seq as i64), read_here).optional()?)
    }

    /// Takes an operation that the district has ordered.
    pub(crate) fn take_ordered(
        &mut self,
        arrived: &Arrived<'_>,
        scope: Scope,
        own: DeviceId,
        now_ms: i64,
        applied: &mut Applied,
    ) -> Result<(), StoreError> {
        let op = &arrived.op;
        if let Some(here) = self.here(op)? {
            if here.hash != Some(arrived.hash) {
                tracing::warn!(op = %op.id, "an operation contradicts one that is here; it is set aside");
                applied.set_aside += 1;
                return self.set_aside(scope, arrived.server_seq, ASIDE_ID_REUSED, arrived.bytes, now_ms);
            }
            let beside = matches!(here.status, REJECTED | SUPERSEDED);
            if beside && !self.make_room(op, here.no, own, now_ms)? {
                applied.set_aside += 1;
                return self.set_aside(scope, arrived.server_seq, ASIDE_CHAIN, arrived.bytes, now_ms);
            }
            applied.known += 1;
            applied.accepted_own += u32::from(here.status == PENDING && op.device == own);
            return self.accept(here.no, here.status, &here.rank, arrived.server_seq as u64, None, now_ms);
        }
        if !self.make_room(op, NOWHERE, own, now_ms)? {
            tracing::warn!(op = %op.id, "an operation contradicts its author's chain; it is set aside");
            applied.set_aside += 1;
            return self.set_aside(scope, arrived.server_seq, ASIDE_CHAIN, arrived.bytes, now_ms);
        }
        let body = op.read_body();
        let no = self.append(&Entry {
            op,
            bytes: arrived.bytes,
            hash: arrived.hash,
            status: ACCEPTED,
            readable: readable(&body),
            server_seq: Some(arrived.server_seq),
            receipt_at: Some(now_ms),
        })?;
        let rank = Rank::Accepted(arrived.server_seq);
        self.fold_new(no, op, body, &rank, applied)
    }

    /// Frees the operation's place in its chain for the district's word, of any but `no`; false where the district itself
    /// has ordered another one there.
    fn make_room(&mut self, op: &Op, no: i64, own: DeviceId, now_ms: i64) -> Result<bool, StoreError> {
        match self.at_place(op)? {
            Some(other) if other.no == no => {}
            Some(other) if other.status == PENDING && op.device == own => return Err(StoreError::Forked),
            Some(other) if other.status == PENDING => {
                self.refuse_fork(op.device, op.epoch, op.seq, now_ms)?;
                tracing::warn!(no = other.no, "a relayed operation lost its place to another one; it is refused");
            }
            Some(other) if other.status == REJECTED => self.put_beside(other.no)?,
            Some(other) => match self.beyond_cursor(other.no)? {
                // the district that confirmed it was set back since
                Some(scope) => return Err(self.found_void(scope)),
                None => return Ok(false),
            },
            None => {}
        }
        Ok(true)
    }

    /// The operation's scope, where it was confirmed and not received yet.
    pub(super) fn beyond_cursor(&self, no: i64) -> Result<Option<Scope>, StoreError> {
        let sql = "SELECT o.scope FROM op o LEFT JOIN cursor c ON c.scope = o.scope
                   WHERE o.no = ?1 AND o.server_seq > coalesce(c.server_seq, 0)";
        let mut statement = self.conn.prepare_cached(sql)?;
        Ok(statement.query_row([no], |row| crate::sql::Columns::of(row).parse::<Scope>()).optional()?)
    }

    /// Folds an operation that was just entered, and counts it.
    pub(crate) fn fold_new(
        &mut self,
        no: i64,
        op: &Op,
        body: Result<Option<Body>, BodyFault>,
        rank: &Rank,
        applied: &mut Applied,
    ) -> Result<(), StoreError> {
        applied.new += 1;
        match body {
            Ok(Some(body)) => self.fold_arrived(no, op, &body, rank, &Known::default()),
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

    /// Keeps what cannot be entered, for a person to look at; what the district sent has its place in the order.
    pub(crate) fn set_aside(
        &self,
        scope: Scope,
        server_seq: impl Into<Option<i64>>,
        why: &str,
        bytes: &[u8],
        now_ms: i64,
    ) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "INSERT INTO set_aside (scope, server_seq, hash, why, bytes, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (scope, hash) DO UPDATE SET server_seq = excluded.server_seq, why = excluded.why",
            )?
            .execute((scope.as_str(), server_seq.into(), Op::hash_of(bytes).as_bytes(), why, bytes, now_ms))?;
        Ok(())
    }

    /// Takes an operation out of its chain, which another one has at its place.
    pub(crate) fn put_beside(&self, no: i64) -> Result<(), StoreError> {
        self.conn.prepare_cached("UPDATE op SET branch = no WHERE no = ?1")?.execute([no])?;
        Ok(())
    }

    /// Whether the operation's content stands elsewhere in the log too, so that one of both does not count.
    pub(crate) fn stands_twice(&mut self, op: &Op) -> Result<bool, StoreError> {
        if !self.has_repeats()? {
            return Ok(false);
        }
        let content = op.content_id();
        let sql = "SELECT 1 FROM op WHERE origin = ?1 AND id <> ?2 AND status < 2";
        let repeated = self.conn.prepare_cached(sql)?.exists((content.as_bytes(), op.id.as_bytes()))?;
        if repeated || op.origin.is_none() {
            return Ok(repeated);
        }
        let sql = "SELECT 1 FROM op WHERE id = ?1 AND status < 2";
        Ok(self.conn.prepare_cached(sql)?.exists([content.as_bytes()])?)
    }

    /// Folds an operation that arrived: at once where it ranks last, later where it does not.
    pub(crate) fn fold_arrived(
        &mut self,
        no: i64,
        op: &Op,
        body: &Body,
        rank: &Rank,
        known: &Known<'_>,
    ) -> Result<(), StoreError> {
        let entities = op.entities(body);
        self.register(no, &entities)?;
        if self.stands_twice(op)? {
            self.disturb(entities);
            return Ok(());
        }
        let mut later = self.of_undone(body, &entities)?;
        for entity in &entities {
            if self.disturbed.contains(entity) || has_later(self.conn, entity, no, op.scope, rank)? {
                later.insert(*entity);
            }
        }
        if later.len() < entities.len() {
            self.fold.apply(&At::of(op, known, Only::AllBut(&later)), body)?;
        }
        self.disturb(later);
        Ok(())
    }

    /// Of an import's entities those of which it was undone. An operation that undoes is registered by now and finds
    /// itself.
    pub(crate) fn of_undone(&self, body: &Body, entities: &[Entity]) -> Result<BTreeSet<Entity>, StoreError> {
        let mut undone = BTreeSet::new();
        if import_of(body).is_some() {
            for entity in entities.iter().filter(|entity| entity.kind != EntityKind::ImportPart) {
                if Folder::was_undone(self.conn, entity)? {
                    undone.insert(*entity);
                }
            }
        }
        Ok(undone)
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
                 WHERE e.entity = ?1 AND o.kind = 'import.undone' AND o.status < 2",
            )?
            .exists([entity.to_bytes()])?)
    }
}
