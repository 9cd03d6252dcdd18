//! Folding entities again from the log, when an operation arrived before its turn, was rejected,
//! became readable, or undid an import.

use std::collections::{BTreeSet, HashSet};

use rusqlite::{Connection, OptionalExtension};
use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::ImportId;
use zhenxin_protocol::body::Body;
use zhenxin_protocol::entity::{Entity, EntityKind};
use zhenxin_protocol::op::Op;

use super::{At, Folder, Known, Only};
use crate::error::StoreError;
use crate::log::rank::Rank;

/// An operation's place in the log and in the order.
struct Turn {
    no: i64,
    scope: String,
    rank: Rank,
    kind: String,
    content: [u8; 16],
    repeats: bool,
}

/// An operation that was repeated in a later epoch, and had been accepted in the former one after all, stands in the
/// order twice. What comes second does not count.
fn once(turns: &mut Vec<Turn>) {
    if turns.iter().any(|turn| turn.repeats) {
        let mut seen = HashSet::new();
        turns.retain(|turn| seen.insert(turn.content));
    }
}

impl Folder<'_> {
    /// Forgets the entities' rows and folds their operations again in canonical order. Each
    /// operation is read once, however many of the entities it touches.
    pub(crate) fn refold(&mut self, of: &BTreeSet<Entity>) -> Result<(), StoreError> {
        if of.is_empty() {
            return Ok(());
        }
        for entity in of {
            self.forget(entity)?;
        }
        self.fold_from_log(of, &mut |_, _| true)
    }

    /// Folds entities of which there are no rows, from the log alone. `progress` is told how many
    /// of how many operations are done, and stops the work by returning false.
    pub(crate) fn fold_from_log(
        &mut self,
        of: &BTreeSet<Entity>,
        progress: &mut dyn FnMut(usize, usize) -> bool,
    ) -> Result<(), StoreError> {
        let turns = turns(self.conn, of)?;
        let undone = self.undone_imports(of, &turns)?;
        let known = Known::default();
        for (done, turn) in turns.iter().enumerate() {
            if !progress(done + 1, turns.len()) {
                return Err(StoreError::Cancelled);
            }
            let Some((op, body)) = read_op(self.conn, turn.no)? else { continue };
            self.apply(&At::of(&op, &known, Only::Refold { of, undone: &undone }), &body)?;
        }
        Ok(())
    }

    /// An undone import does not count in its scope, whether the undoing stands before or after it.
    fn undone_imports(
        &self,
        of: &BTreeSet<Entity>,
        turns: &[Turn],
    ) -> Result<HashSet<(ImportId, Entity, Scope)>, StoreError> {
        let mut undone = HashSet::new();
        for turn in turns.iter().filter(|turn| turn.kind == "import.undone") {
            let Some((op, body)) = read_op(self.conn, turn.no)? else { continue };
            let Body::ImportUndone(undoing) = &body else { continue };
            let touched = op.entities(&body).into_iter();
            let counted = |entity: &Entity| entity.kind != EntityKind::ImportPart && of.contains(entity);
            undone.extend(touched.filter(counted).map(|entity| (undoing.import, entity, op.scope)));
        }
        Ok(undone)
    }

    fn forget(&mut self, entity: &Entity) -> Result<(), StoreError> {
        match entity.kind {
            EntityKind::Resident => self.forget_resident(&entity.id)?,
            EntityKind::Consent => self.forget_consent(&entity.id)?,
            EntityKind::Rule => self.forget_rule(&entity.id)?,
            EntityKind::Award => self.forget_award(&entity.id)?,
            EntityKind::User => self.forget_user(&entity.id)?,
            EntityKind::SecurityPolicy => self.forget_security_policy()?,
            EntityKind::Statement => self.forget_statement(&entity.id)?,
            EntityKind::Device => self.forget_device(&entity.id)?,
            EntityKind::ServiceType => self.forget_service_type(&entity.id)?,
            EntityKind::Need => self.forget_need(&entity.id)?,
            EntityKind::ServiceOrder => self.forget_service_order(&entity.id)?,
            EntityKind::TimeGift => self.forget_time_gift(&entity.id)?,
            EntityKind::Brand => self.forget_brand(&entity.id)?,
            EntityKind::BrandSeat => self.forget_brand_seat()?,
            EntityKind::Event => self.forget_event(&entity.id)?,
            EntityKind::Handover => self.forget_handover(&entity.id)?,
            EntityKind::ImportPart | EntityKind::ActivityPart => self.forget_part(entity)?,
            EntityKind::Issue => self.forget_issue(&entity.id)?,
            EntityKind::Query => self.forget_query(&entity.id)?,
            EntityKind::AuditAnchor => self.forget_audit_anchor(&entity.id)?,
            EntityKind::PersonData => self.forget_person_data(&entity.id)?,
        }
        let bytes = entity.to_bytes();
        self.conn.prepare_cached("DELETE FROM race WHERE entity = ?1")?.execute([bytes])?;
        self.conn.prepare_cached("DELETE FROM key_wait WHERE entity = ?1")?.execute([bytes])?;
        Ok(())
    }

    /// A part's id is derived from the whole's id and the scope; any of its operations names both.
    fn forget_part(&mut self, entity: &Entity) -> Result<(), StoreError> {
        let first = self
            .conn
            .prepare_cached("SELECT min(op_no) FROM op_entity WHERE entity = ?1")?
            .query_row([entity.to_bytes()], |row| row.get::<_, Option<i64>>(0))?;
        let Some((op, body)) = first.map(|no| read_op(self.conn, no)).transpose()?.flatten() else {
            return Ok(());
        };
        let scope = op.scope.as_str();
        let import = match &body {
            Body::ResidentsRecorded(body) => body.import,
            Body::RulesRecorded(body) => body.import,
            Body::ImportUndone(body) => Some(body.import),
            _ => None,
        };
        match (&body, import) {
            (_, Some(import)) => {
                self.conn
                    .prepare_cached("DELETE FROM import_part WHERE import = ?1 AND scope = ?2")?
                    .execute((import.as_bytes(), scope))?;
            }
            (Body::AwardRecorded(body), None) => {
                for sql in [
                    "DELETE FROM evidence WHERE activity = ?1 AND scope = ?2",
                    "DELETE FROM activity WHERE id = ?1 AND scope = ?2",
                ] {
                    self.conn.prepare_cached(sql)?.execute((body.activity.as_bytes(), scope))?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// A stored operation with its body; `None` where this program cannot read it.
pub(crate) fn read_op(conn: &Connection, no: i64) -> Result<Option<(Op, Body)>, StoreError> {
    let mut statement = conn.prepare_cached("SELECT bytes FROM op WHERE no = ?1")?;
    let op = statement.query_row([no], |row| Ok(Op::from_bytes(row.get_ref(0)?.as_blob()?))).optional()?.transpose()?;
    Ok(match op {
        Some(op) => op.read_body().ok().flatten().map(|body| (op, body)),
        None => None,
    })
}

/// The numbers of the operations that count for any of the entities, in canonical order.
pub(crate) fn turns_of(conn: &Connection, of: &BTreeSet<Entity>) -> Result<Vec<i64>, StoreError> {
    Ok(turns(conn, of)?.into_iter().map(|turn| turn.no).collect())
}

/// The operations that count for any of the entities, in canonical order.
fn turns(conn: &Connection, of: &BTreeSet<Entity>) -> Result<Vec<Turn>, StoreError> {
    let mut of_entity = conn.prepare_cached("SELECT op_no FROM op_entity WHERE entity = ?1")?;
    let mut numbers = BTreeSet::new();
    for entity in of {
        let mut rows = of_entity.query([entity.to_bytes()])?;
        while let Some(row) = rows.next()? {
            numbers.insert(row.get::<_, i64>(0)?);
        }
    }
    let mut statement = conn.prepare_cached(
        "SELECT scope, status, server_seq, hlc, device, epoch, seq, kind, origin, id FROM op
         WHERE no = ?1 AND status < 2 AND readable = 0",
    )?;
    let mut turns = Vec::new();
    for no in numbers {
        let turn = statement.query_row([no], |row| {
            let origin: Option<[u8; 16]> = row.get(8)?;
            let content = origin.map_or_else(|| row.get(9), Ok)?;
            let repeats = origin.is_some();
            Ok(Turn { no, scope: row.get(0)?, rank: Rank::read(row, 1)?, kind: row.get(7)?, content, repeats })
        });
        if let Some(turn) = turn.optional()? {
            turns.push(turn);
        }
    }
    // As in `log::rank`: what arrived last must not decide.
    turns.sort_by(|a, b| (&a.scope, &a.rank).cmp(&(&b.scope, &b.rank)));
    once(&mut turns);
    Ok(turns)
}
