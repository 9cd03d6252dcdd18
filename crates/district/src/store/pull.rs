//! Giving ops in the order of their scopes.

use std::collections::BTreeMap;

use rusqlite::Transaction;

use zhenxin_domain::division::Scope;
use zhenxin_protocol::wire::limits::{PULL_MAX_BYTES, PULL_OPS_MAX};
use zhenxin_protocol::wire::ops::{Cursor, OrderedOp, Page, PullAnswer};
use zhenxin_protocol::wire::scope::allows;

use super::device::Device;
use super::{Store, StoreError, from_sql, to_sql};

/// What is left of an answer's room.
struct Room {
    ops: usize,
    bytes: usize,
}

impl Store {
    /// What follows the cursors in all scopes that the device may read.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn pull(&self, device: &Device, cursors: &[Cursor], limit: Option<u32>) -> Result<PullAnswer, StoreError> {
        let after: BTreeMap<Scope, u64> = cursors.iter().map(|cursor| (cursor.scope, cursor.after)).collect();
        let asked = limit.map_or(PULL_OPS_MAX, |limit| usize::try_from(limit).unwrap_or(PULL_OPS_MAX));
        let mut room = Room { ops: asked.clamp(1, PULL_OPS_MAX), bytes: PULL_MAX_BYTES };
        self.read(|transaction| {
            let mut answer = PullAnswer::default();
            for (scope, last) in heads(transaction, device)? {
                let after = after.get(&scope).copied().unwrap_or(0);
                if after > last {
                    answer.behind.push(scope);
                } else if after < last {
                    let ops = ops_after(transaction, scope, after, &mut room)?;
                    let reached = ops.last().map_or(after, |op| op.server_seq);
                    answer.pages.push(Page { scope, ops, more: reached < last });
                }
            }
            Ok(answer)
        })
    }
}

/// The scopes that the device may read, with the last place given out.
fn heads(transaction: &Transaction<'_>, device: &Device) -> Result<Vec<(Scope, u64)>, StoreError> {
    let rows = transaction
        .prepare_cached("SELECT code, next_seq FROM scope WHERE town = ?1 ORDER BY code")?
        .query_map([device.town.as_str()], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?
        .collect::<Result<Vec<_>, _>>()?;
    let mut heads = Vec::with_capacity(rows.len());
    for (code, next_seq) in rows {
        let scope = code.parse().map_err(|_| StoreError::Damaged("scope.code"))?;
        if allows(device.town, &device.scopes, scope) {
            heads.push((scope, from_sql(next_seq).saturating_sub(1)));
        }
    }
    Ok(heads)
}

fn ops_after(
    transaction: &Transaction<'_>,
    scope: Scope,
    after: u64,
    room: &mut Room,
) -> Result<Vec<OrderedOp>, StoreError> {
    let mut ops = Vec::new();
    if room.ops == 0 || room.bytes == 0 {
        return Ok(ops);
    }
    let mut statement = transaction.prepare_cached(include_str!("pull/select_after.sql"))?;
    let mut rows = statement.query((scope.as_str(), to_sql(after), room.ops as i64))?;
    while let Some(row) = rows.next()? {
        let bytes: Vec<u8> = row.get(1)?;
        room.ops -= 1;
        room.bytes = room.bytes.saturating_sub(bytes.len());
        ops.push(OrderedOp { server_seq: from_sql(row.get(0)?), bytes, issue: row.get(2)? });
        if room.bytes == 0 {
            break;
        }
    }
    Ok(ops)
}
