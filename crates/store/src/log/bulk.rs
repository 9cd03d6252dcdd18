//! Many operations at once: the plain case, in which all of a page is new, in a few statements.

use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::{DeviceId, OpId};
use zhenxin_protocol::body::{Body, BodyFault};
use zhenxin_protocol::entity::Entity;

use super::arrive::{Arrived, readable};
use super::rank::Rank;
use super::remote::Applied;
use super::{ACCEPTED, Log};
use crate::error::StoreError;
use crate::fold::{At, Known, Only};
use crate::sql::insert_many;

type Read = Result<Option<Body>, BodyFault>;

const INTO: &str = "INSERT OR IGNORE INTO op (
  no, id, device, epoch, seq, hash, scope, kind, hlc, origin, status, readable, server_seq, receipt_at, bytes, actor
)";

/// Takes operations that the district has ordered after `before`.
pub(super) fn take(
    log: &mut Log<'_>,
    scope: Scope,
    before: u64,
    arrived: &[Arrived<'_>],
    own: DeviceId,
    now_ms: i64,
    applied: &mut Applied,
) -> Result<(), StoreError> {
    if arrived.is_empty() {
        return Ok(());
    }
    let bodies: Vec<Read> = arrived.iter().map(|arrived| arrived.op.read_body()).collect();
    let Some(first_no) = insert_all(log, arrived, &bodies, now_ms)? else {
        // Something of it is here, or contradicts what is here: one by one.
        return arrived.iter().try_for_each(|arrived| log.take_ordered(arrived, scope, own, now_ms, applied));
    };
    let numbered = (first_no..).zip(arrived).zip(bodies);
    if !is_quiet(log, scope, before, arrived)? {
        for ((no, arrived), body) in numbered {
            log.fold_new(no, &arrived.op, body, &Rank::Accepted(arrived.server_seq), applied)?;
        }
        return Ok(());
    }
    // All of them rank last, each after the one before.
    let entered: Vec<_> = numbered
        .map(|((no, arrived), body)| {
            let entities = body.as_ref().ok().and_then(Option::as_ref).map(|body| arrived.op.entities(body));
            (no, arrived, body, entities.unwrap_or_default())
        })
        .collect();
    let mut pairs: Vec<(Entity, i64)> =
        entered.iter().flat_map(|(no, .., entities)| entities.iter().map(|entity| (*entity, *no))).collect();
    pairs.sort_unstable();
    let elsewhere = of_later_scopes(log, scope, &pairs)?;
    log.disturb(elsewhere);
    insert_many(log.conn, "INSERT OR IGNORE INTO op_entity (entity, op_no)", 2, &pairs, |bind, (entity, no)| {
        bind.put(entity.to_bytes())?;
        bind.put(*no)
    })?;
    for (no, arrived, body, entities) in entered {
        fold_last(log, no, arrived, body, &entities, applied)?;
    }
    Ok(())
}

/// The entities about which something was written in a scope that comes later in the order.
fn of_later_scopes(log: &Log<'_>, scope: Scope, pairs: &[(Entity, i64)]) -> Result<Vec<Entity>, StoreError> {
    let mut later = log.conn.prepare_cached(
        "SELECT 1 FROM op_entity e JOIN op o ON o.no = e.op_no WHERE e.entity = ?1 AND o.scope > ?2 LIMIT 1",
    )?;
    let mut found = Vec::new();
    for of_entity in pairs.chunk_by(|one, next| one.0 == next.0) {
        let (entity, _) = of_entity[0];
        if later.exists((entity.to_bytes(), scope.as_str()))? {
            found.push(entity);
        }
    }
    Ok(found)
}

/// Folds an operation after which none of its entities has another one, unless it is folded again anyway.
fn fold_last(
    log: &mut Log<'_>,
    no: i64,
    arrived: &Arrived<'_>,
    body: Read,
    entities: &[Entity],
    applied: &mut Applied,
) -> Result<(), StoreError> {
    let Ok(Some(body)) = body else {
        return log.fold_new(no, &arrived.op, body, &Rank::Accepted(arrived.server_seq), applied);
    };
    applied.new += 1;
    let mut later = log.of_undone(&body, entities)?;
    later.extend(entities.iter().filter(|entity| log.is_disturbed(entity)));
    if later.len() < entities.len() {
        log.fold.apply(&At::of(&arrived.op, &Known::default(), Only::AllBut(&later)), &body)?;
    }
    log.disturb(later);
    Ok(())
}

/// Enters all, or none where one of them meets something that is here.
fn insert_all(
    log: &mut Log<'_>,
    arrived: &[Arrived<'_>],
    bodies: &[Read],
    now_ms: i64,
) -> Result<Option<i64>, StoreError> {
    let first_no: i64 =
        log.conn.prepare_cached("SELECT coalesce(max(no), 0) + 1 FROM op")?.query_row([], |row| row.get(0))?;
    let before = log.conn.total_changes();
    log.conn.execute_batch("SAVEPOINT page_ops")?;
    let rows: Vec<_> = (first_no..).zip(arrived).zip(bodies).collect();
    insert_many(log.conn, INTO, 16, &rows, |bind, ((no, arrived), body)| {
        let op = &arrived.op;
        bind.put(*no)?;
        bind.put(op.id.as_bytes())?;
        bind.put(op.device.as_bytes())?;
        bind.put(op.epoch)?;
        bind.put(op.seq as i64)?;
        bind.put(arrived.hash.as_bytes())?;
        bind.put(op.scope.as_str())?;
        bind.put(&op.kind)?;
        bind.put(op.hlc as i64)?;
        bind.put(op.origin.as_ref().map(OpId::as_bytes))?;
        bind.put(ACCEPTED)?;
        bind.put(readable(body))?;
        bind.put(arrived.server_seq)?;
        bind.put(now_ms)?;
        bind.put(arrived.bytes)?;
        bind.put(op.actor.as_bytes())
    })?;
    let entered = log.conn.total_changes() - before;
    if entered == arrived.len() as u64 {
        log.conn.execute_batch("RELEASE page_ops")?;
        log.note_repeats(arrived.iter().any(|arrived| arrived.op.origin.is_some()));
        return Ok(Some(first_no));
    }
    log.conn.execute_batch("ROLLBACK TO page_ops; RELEASE page_ops")?;
    Ok(None)
}

/// Whether nothing here can rank after what arrives, or say the same.
fn is_quiet(log: &Log<'_>, scope: Scope, before: u64, arrived: &[Arrived<'_>]) -> Result<bool, StoreError> {
    let last = arrived.last().map_or(before as i64, |arrived| arrived.server_seq);
    let loud = log
        .conn
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM op WHERE status = 0)
                 OR EXISTS (SELECT 1 FROM op WHERE origin IS NOT NULL)
                 OR EXISTS (SELECT 1 FROM op WHERE scope = ?1 AND server_seq > ?3)
                 OR (SELECT count(*) FROM op WHERE scope = ?1 AND server_seq BETWEEN ?2 AND ?3) <> ?4",
        )?
        .query_row((scope.as_str(), before as i64 + 1, last, arrived.len() as i64), |row| row.get::<_, bool>(0))?;
    Ok(!loud)
}
