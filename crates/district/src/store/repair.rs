//! Roots of subtrees, by which a device finds where two histories differ, and
//! the bytes that the district has lost to damage and gets back.

use std::collections::HashMap;

use zhenxin_domain::division::{Scope, TownCode};
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::merkle::Nodes;
use zhenxin_protocol::wire::repair::{NodePlace, NodeRoot};

use super::db::{Tx, Value, is_sound};
use super::device::Device;
use super::tables::OP;
use super::tree::{Tree, readable};
use super::{Store, StoreError};

/// An op whose bytes no longer fit its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Damage {
    pub(super) scope: Scope,
    pub(super) server_seq: u64,
}

/// What became of damaged ops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MendedOps {
    /// Their hash was mended from their bytes.
    pub mended: u64,
    /// Their bytes are asked back from the towns.
    pub asked_back: u64,
}

// columns of the table
const HASH: usize = 4;
const SCOPE: usize = 6;
const SERVER_SEQ: usize = 7;
const BYTES: usize = 12;

/// The hash of the bytes, where it makes a row sound that is not: then the stored hash alone was damaged.
fn sound_with(cells: &[Value<'static>]) -> Option<Hash32> {
    let Some(Value::Blob(bytes)) = cells.get(BYTES) else { return None };
    let hash = Hash32::of(bytes);
    let mut cells = cells.to_vec();
    cells[HASH] = hash.as_bytes().to_vec().into();
    is_sound(&OP, &cells).then_some(hash)
}

/// The true hash of the op with this key (town, device, epoch, seq), where the stored one is damaged and nothing else.
pub(super) fn true_hash(tx: &Tx<'_>, key: &[Value<'_>]) -> Result<Option<Hash32>, StoreError> {
    let sql = format!("SELECT {}, sum FROM op WHERE town = $1 AND device = $2 AND epoch = $3 AND seq = $4", OP.names());
    let Some(row) = tx.query_as(OP.name, &sql, key)?.into_iter().next() else { return Ok(None) };
    let cells = row.rest();
    Ok(if is_sound(&OP, &cells) { None } else { sound_with(&cells) })
}

/// Likewise, and writes it.
pub(super) fn mend_hash(tx: &Tx<'_>, key: &[Value<'_>]) -> Result<Option<Hash32>, StoreError> {
    let Some(hash) = true_hash(tx, key)? else { return Ok(None) };
    let mut values: Vec<Value<'_>> = vec![hash.as_bytes().into()];
    values.extend_from_slice(key);
    tx.execute(
        "UPDATE op SET hash = $1, damaged = 0 WHERE town = $2 AND device = $3 AND epoch = $4 AND seq = $5",
        &values,
    )?;
    tracing::warn!("the hash of an op was mended from its bytes");
    Ok(Some(hash))
}

fn ask_back(tx: &Tx<'_>, key: &[Value<'_>; 3]) -> Result<(), StoreError> {
    tx.execute("UPDATE op SET damaged = 1 WHERE town = $1 AND scope = $2 AND server_seq = $3", key)?;
    Ok(())
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
        let found = self.read(|tx| {
            let Some(row) = readable(tx, device)?.into_iter().find(|row| row.scope == scope) else {
                return Ok::<_, StoreError>(None);
            };
            let mut tree = Tree::of(tx, &row);
            let roots = places.iter().map(|place| tree.node(place.level, place.index).map(NodeRoot));
            let roots: Vec<NodeRoot> = roots.collect::<Result<_, _>>()?;
            Ok(Some((roots, tree.wounds())))
        })?;
        let Some((roots, wounds)) = found else { return Ok(None) };
        self.mark_damaged(device.town, &wounds)?;
        Ok(Some(roots))
    }

    /// Deals with damage that a reader met: a hash that the op's own bytes give back is mended, what is lost is asked
    /// back. Whether all of it is mended.
    pub(super) fn mark_damaged(&self, town: TownCode, damage: &[Damage]) -> Result<bool, StoreError> {
        if damage.is_empty() {
            return Ok(true);
        }
        for Damage { scope, server_seq } in damage {
            tracing::error!(%town, %scope, server_seq, "an op is damaged");
        }
        self.write(|tx| {
            let mut all_mended = true;
            for Damage { scope, server_seq } in damage {
                let key: [Value<'_>; 3] = [town.as_str().into(), scope.as_str().into(), (*server_seq).into()];
                let sql = "SELECT hash, bytes, town, device, epoch, seq FROM op \
                           WHERE town = $1 AND scope = $2 AND server_seq = $3";
                let Some(mut row) = tx.query_as(OP.name, sql, &key)?.into_iter().next() else { continue };
                // another reader may have been quicker
                let whole = Hash32(row.bytes()?) == Hash32::of(&row.blob()?);
                if !whole && mend_hash(tx, &row.rest())?.is_none() {
                    all_mended = false;
                    ask_back(tx, &key)?;
                }
            }
            Ok(all_mended)
        })
    }

    /// Goes through all ops, mends every hash that an op's own bytes give back, and asks back what is lost.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn mend_ops(&self) -> Result<MendedOps, StoreError> {
        self.write(|tx| {
            let (mut wounded, mut lost) = (Vec::new(), Vec::new());
            tx.scan(&OP, |cells, sound| {
                if !sound && sound_with(&cells).is_some() {
                    wounded.push(cells[..OP.key].to_vec());
                } else if let (Value::Blob(hash), Value::Blob(bytes), Value::Int(_)) =
                    (&cells[HASH], &cells[BYTES], &cells[SERVER_SEQ])
                    && Hash32::of(bytes).as_bytes() != hash.as_ref()
                {
                    lost.push([cells[0].clone(), cells[SCOPE].clone(), cells[SERVER_SEQ].clone()]);
                }
                Ok::<_, StoreError>(())
            })?;
            for key in &wounded {
                mend_hash(tx, key)?;
            }
            for key in &lost {
                ask_back(tx, key)?;
            }
            Ok(MendedOps { mended: wounded.len() as u64, asked_back: lost.len() as u64 })
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
