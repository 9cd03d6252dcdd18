//! Roots of subtrees, by which a device finds where two histories differ, and
//! the bytes that the district has lost to damage and gets back.

use std::collections::HashMap;

use zhenxin_domain::division::{Scope, TownCode};
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::merkle::Nodes;
use zhenxin_protocol::wire::repair::{NodePlace, NodeRoot};

use super::db::Value;
use super::device::Device;
use super::tree::{Tree, readable};
use super::{Store, StoreError};

/// An op whose bytes no longer fit its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Damage {
    pub(super) scope: Scope,
    pub(super) server_seq: u64,
}

impl Store {
    /// The roots of these subtrees, as far as they are complete; `None` where the
    /// scope is not the device's.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn roots(
        &self,
        device: &Device,
        scope: Scope,
        places: &[NodePlace],
    ) -> Result<Option<Vec<NodeRoot>>, StoreError> {
        self.read(|tx| {
            let Some(row) = readable(tx, device)?.into_iter().find(|row| row.scope == scope) else {
                return Ok(None);
            };
            let mut tree = Tree::of(tx, &row);
            let roots = places.iter().map(|place| tree.node(place.level, place.index).map(NodeRoot));
            roots.collect::<Result<_, _>>().map(Some)
        })
    }

    /// Notes damage that a reader met.
    pub(super) fn mark_damaged(&self, town: TownCode, damage: &[Damage]) -> Result<(), StoreError> {
        if damage.is_empty() {
            return Ok(());
        }
        for Damage { scope, server_seq } in damage {
            tracing::error!(%town, %scope, server_seq, "an op is damaged");
        }
        self.write(|tx| {
            for Damage { scope, server_seq } in damage {
                tx.execute(
                    "UPDATE op SET damaged = 1 WHERE town = $1 AND scope = $2 AND server_seq = $3",
                    &[town.as_str().into(), scope.as_str().into(), (*server_seq).into()],
                )?;
            }
            Ok(())
        })
    }

    /// Takes bytes for damaged ops of the device's town; only those whose hash is
    /// the one that is stored. How many were mended.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn mend(&self, device: &Device, ops: &[&[u8]]) -> Result<u32, StoreError> {
        let offered: HashMap<Hash32, &[u8]> = ops.iter().map(|bytes| (Hash32::of(bytes), *bytes)).collect();
        self.write(|tx| {
            let hashes: Vec<Value<'_>> = offered.keys().map(|hash| hash.as_bytes().into()).collect();
            let rows = tx.query_in(
                "SELECT device, epoch, seq, hash FROM op \
                 WHERE town = $1 AND damaged = 1 AND server_seq IS NOT NULL AND hash",
                &[device.town.as_str().into()],
                &hashes,
            )?;
            let mut mended = 0;
            for mut row in rows {
                let (author, epoch, seq) = (row.value(), row.value(), row.value());
                let Some(bytes) = offered.get(&Hash32(row.bytes()?)) else { continue };
                tx.execute(
                    "UPDATE op SET damaged = 0, bytes = $1 \
                     WHERE town = $2 AND device = $3 AND epoch = $4 AND seq = $5",
                    &[(*bytes).into(), device.town.as_str().into(), author, epoch, seq],
                )?;
                mended += 1;
            }
            Ok(mended)
        })
    }
}
