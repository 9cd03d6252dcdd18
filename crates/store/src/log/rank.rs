//! Canonical order: the scopes by their code; within one, accepted operations by server sequence, then pending ones by
//! clock, device, epoch and sequence.
//!
//! An entity lives in one scope. Where a device writes about one in another scope too, the order still has to be one.

use std::cmp::Ordering;

use rusqlite::{Connection, Row};
use zhenxin_domain::division::Scope;
use zhenxin_protocol::entity::Entity;
use zhenxin_protocol::op::Op;

use super::ACCEPTED;
use crate::error::StoreError;

/// An operation's place within its scope.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    /// The district has ordered it.
    Accepted(i64),
    /// Not yet.
    Pending { hlc: i64, device: [u8; 16], epoch: u32, seq: i64 },
}

impl Rank {
    /// The rank of an operation that the district has not ordered.
    pub(crate) fn pending(op: &Op) -> Self {
        Self::Pending { hlc: op.hlc as i64, device: *op.device.as_bytes(), epoch: op.epoch, seq: op.seq as i64 }
    }

    /// Reads `status, server_seq, hlc, device, epoch, seq` from a column on.
    pub(crate) fn read(row: &Row<'_>, from: usize) -> rusqlite::Result<Self> {
        Ok(match (row.get::<_, u8>(from)?, row.get::<_, Option<i64>>(from + 1)?) {
            (ACCEPTED, Some(server_seq)) => Self::Accepted(server_seq),
            _ => Self::Pending {
                hlc: row.get(from + 2)?,
                device: row.get(from + 3)?,
                epoch: row.get(from + 4)?,
                seq: row.get(from + 5)?,
            },
        })
    }
}

/// Whether another operation that counts for the entity ranks after this one.
pub(crate) fn has_later(
    conn: &Connection,
    entity: &Entity,
    no: i64,
    scope: Scope,
    rank: &Rank,
) -> Result<bool, StoreError> {
    let mut statement = conn.prepare_cached(include_str!("others.sql"))?;
    let mut rows = statement.query((entity.to_bytes(), no))?;
    while let Some(row) = rows.next()? {
        let later = match row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?.cmp(scope.as_str()) {
            Ordering::Equal => Rank::read(row, 1)? > *rank,
            of_scopes => of_scopes == Ordering::Greater,
        };
        if later {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether an operation that moves from one rank to another within its scope passes another one of the entity.
pub(crate) fn passes(
    conn: &Connection,
    entity: &Entity,
    no: i64,
    scope: Scope,
    (from, to): (&Rank, &Rank),
) -> Result<bool, StoreError> {
    let mut statement = conn.prepare_cached(include_str!("others.sql"))?;
    let mut rows = statement.query((entity.to_bytes(), no))?;
    while let Some(row) = rows.next()? {
        if row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)? != scope.as_str() {
            continue;
        }
        let other = Rank::read(row, 1)?;
        if (other > *from) != (other > *to) {
            return Ok(true);
        }
    }
    Ok(false)
}
