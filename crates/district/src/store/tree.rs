//! The tree over a scope's ops: its right edge in the scope's row, whole
//! subtrees at three levels, everything else computed from the ops' hashes.

use std::collections::HashMap;

use zhenxin_domain::division::{Scope, TownCode};
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::merkle::{Nodes, Peaks, leaf, node, subtree_root};
use zhenxin_protocol::wire::heads::ScopeHead;
use zhenxin_protocol::wire::ops::HeadSignature;
use zhenxin_protocol::wire::scope::allows;

use super::db::{Row, Tx, Value, is_sound};
use super::device::Device;
use super::repair::{Damage, true_hash};
use super::tables::{MERKLE_NODE, OP, SCOPE};
use super::{Store, StoreError};

/// Between two stored levels lie so many: the root of any subtree is computed
/// from at most 2^8 rows.
pub(super) const STEP: u8 = 8;

/// Subtrees or leaves in one of the next stored level.
pub(super) const BLOCK: u64 = 1 << STEP;

/// The highest stored level: 2^24 ops of one village are a century of entries.
pub(super) const TOP: u8 = 24;

/// A scope's row.
pub(super) struct ScopeRow {
    pub(super) town: TownCode,
    pub(super) scope: Scope,
    pub(super) peaks: Peaks,
}

/// A new scope's row in the table's order.
pub(super) fn empty_scope<'v>(town: TownCode, scope: &'v Scope) -> Vec<Value<'v>> {
    vec![town.to_string().into(), scope.as_str().into(), Value::Int(1), Peaks::new().to_bytes().into()]
}

impl ScopeRow {
    fn read(mut row: Row) -> Result<Self, StoreError> {
        let damaged = || StoreError::Damaged("scope");
        let (town, scope, next_seq) = (row.parsed()?, row.parsed()?, row.uint()?);
        let peaks = Peaks::from_bytes(&row.blob()?).ok_or_else(damaged)?;
        if peaks.size() + 1 != next_seq {
            return Err(damaged());
        }
        Ok(Self { town, scope, peaks })
    }

    /// The scope, held to the end of the transaction; made where it is new.
    pub(super) fn locked(tx: &Tx<'_>, town: TownCode, scope: Scope) -> Result<Self, StoreError> {
        let key: [Value<'_>; 2] = [town.as_str().into(), scope.as_str().into()];
        let row = match tx.get_locked(&SCOPE, &key)? {
            Some(row) => Some(row),
            None => {
                tx.insert_new(&SCOPE, &[empty_scope(town, &scope)])?;
                tx.get_locked(&SCOPE, &key)?
            }
        };
        Self::read(row.ok_or(StoreError::Damaged("scope"))?)
    }

    /// Ops in the scope.
    pub(super) const fn size(&self) -> u64 {
        self.peaks.size()
    }

    pub(super) fn head(&self) -> ScopeHead {
        ScopeHead { scope: self.scope, size: self.size(), root: self.peaks.root() }
    }

    /// Appends ops, whose rows need not be there yet.
    pub(super) fn append(&mut self, tx: &Tx<'_>, hashes: &[Hash32]) -> Result<(), StoreError> {
        let before = self.size();
        let mut tail = Vec::new();
        if (before + hashes.len() as u64) / BLOCK > before / BLOCK {
            let mut wounds = Vec::new();
            tail = op_hashes(tx, self.town, self.scope, before / BLOCK * BLOCK, before, &mut wounds)?;
        }
        for hash in hashes {
            self.peaks.append(hash);
        }
        tail.extend_from_slice(hashes);
        let first = before / BLOCK;
        let mut roots: Vec<(u64, Hash32)> =
            (first..).zip(tail.chunks_exact(BLOCK as usize).map(subtree_root)).collect();
        let mut level = STEP;
        while !roots.is_empty() && level <= TOP {
            self.keep(tx, level, &roots)?;
            // a block of these is whole when its last one is
            let mut above = Vec::new();
            for (index, _) in roots.iter().filter(|(index, _)| index % BLOCK == BLOCK - 1) {
                let block = index / BLOCK;
                above.push((block, folded(stored(tx, self.town, self.scope, level, block * BLOCK, index + 1)?)?));
            }
            roots = above;
            level += STEP;
        }
        tx.put(
            &SCOPE,
            &[
                self.town.as_str().into(),
                self.scope.as_str().into(),
                (self.size() + 1).into(),
                self.peaks.to_bytes().into(),
            ],
        )
    }

    fn keep(&self, tx: &Tx<'_>, level: u8, roots: &[(u64, Hash32)]) -> Result<(), StoreError> {
        let rows: Vec<Vec<Value<'_>>> = roots
            .iter()
            .map(|(index, root)| {
                vec![
                    self.town.as_str().into(),
                    self.scope.as_str().into(),
                    u32::from(level).into(),
                    (*index).into(),
                    root.as_bytes().into(),
                ]
            })
            .collect();
        tx.insert(&MERKLE_NODE, &rows)
    }
}

/// The root over a power of two of roots.
pub(super) fn folded(mut roots: Vec<Hash32>) -> Result<Hash32, StoreError> {
    while roots.len() > 1 {
        roots = roots.chunks(2).map(|pair| node(&pair[0], pair.last().unwrap_or(&pair[0]))).collect();
    }
    roots.pop().ok_or(StoreError::Damaged("merkle_node"))
}

/// Hashes of the ops after `after` up to `to`, all of them. A damaged one is told, and given as the op's bytes have it.
fn op_hashes(
    tx: &Tx<'_>,
    town: TownCode,
    scope: Scope,
    after: u64,
    to: u64,
    wounds: &mut Vec<Damage>,
) -> Result<Vec<Hash32>, StoreError> {
    // all that the sum is over: without the bytes, which are long
    let names = OP.columns.iter().map(|column| if column.summed { column.name } else { "NULL" });
    let sql = format!(
        "SELECT {}, sum FROM op WHERE town = $1 AND scope = $2 AND server_seq > $3 AND server_seq <= $4 \
         AND server_seq IS NOT NULL ORDER BY server_seq",
        names.collect::<Vec<_>>().join(", ")
    );
    let values: [Value<'_>; 4] = [town.as_str().into(), scope.as_str().into(), after.into(), to.into()];
    let rows = tx.query_as(OP.name, &sql, &values)?;
    if rows.len() as u64 != to - after {
        return Err(StoreError::Damaged("op"));
    }
    (after + 1..)
        .zip(rows)
        .map(|(server_seq, row)| {
            let cells = row.rest();
            let healed = if is_sound(&OP, &cells) { None } else { true_hash(tx, &cells[..OP.key])? };
            if let Some(hash) = healed {
                wounds.push(Damage { scope, server_seq });
                return Ok(hash);
            }
            // the first column after the key
            Ok(Hash32(Row::new(cells[OP.key..].to_vec(), OP.name).bytes()?))
        })
        .collect()
}

/// Stored roots of a level from `first` to before `end`, all of them.
fn stored(
    tx: &Tx<'_>,
    town: TownCode,
    scope: Scope,
    level: u8,
    first: u64,
    end: u64,
) -> Result<Vec<Hash32>, StoreError> {
    let rows = tx.select(
        &MERKLE_NODE,
        "WHERE town = $1 AND scope = $2 AND level = $3 AND idx >= $4 AND idx < $5 ORDER BY idx",
        &[town.as_str().into(), scope.as_str().into(), u32::from(level).into(), first.into(), end.into()],
    )?;
    if rows.len() as u64 != end - first {
        return Err(StoreError::Damaged("merkle_node"));
    }
    rows.into_iter()
        .map(|mut row| {
            let (_town, _scope, _level, _idx) = (row.text()?, row.text()?, row.int()?, row.int()?);
            Ok(Hash32(row.bytes()?))
        })
        .collect()
}

/// The subtrees of one scope. Blocks that were read are kept: a proof asks for
/// neighbours.
pub(super) struct Tree<'t, 'c> {
    tx: &'t Tx<'c>,
    town: TownCode,
    scope: Scope,
    size: u64,
    blocks: HashMap<(u8, u64), Vec<Hash32>>,
    /// Ops whose stored hash is damaged.
    wounds: Vec<Damage>,
}

impl<'t, 'c> Tree<'t, 'c> {
    pub(super) fn of(tx: &'t Tx<'c>, row: &ScopeRow) -> Self {
        Self { tx, town: row.town, scope: row.scope, size: row.size(), blocks: HashMap::new(), wounds: Vec::new() }
    }

    /// Ops whose stored hash was found damaged on the way.
    pub(super) fn wounds(self) -> Vec<Damage> {
        self.wounds
    }

    /// The whole block of a stored level (or of leaves) in which `index` lies, as
    /// far as it goes.
    fn block(&mut self, level: u8, index: u64) -> Result<&[Hash32], StoreError> {
        let block = index / BLOCK;
        let roots = match self.blocks.remove(&(level, block)) {
            Some(roots) => roots,
            None => {
                let (first, end) = (block * BLOCK, ((block + 1) * BLOCK).min(self.size >> level));
                match level {
                    0 => {
                        let hashes = op_hashes(self.tx, self.town, self.scope, first, end, &mut self.wounds)?;
                        hashes.iter().map(leaf).collect()
                    }
                    _ => stored(self.tx, self.town, self.scope, level, first, end)?,
                }
            }
        };
        Ok(self.blocks.entry((level, block)).or_insert(roots))
    }
}

impl Nodes for Tree<'_, '_> {
    type Error = StoreError;

    fn node(&mut self, level: u8, index: u64) -> Result<Option<Hash32>, StoreError> {
        let end = index.checked_add(1).and_then(|end| end.checked_mul(1u64.checked_shl(u32::from(level))?));
        if end.is_none_or(|end| end > self.size) {
            return Ok(None);
        }
        let below = (level / STEP * STEP).min(TOP);
        let (first, count) = (index << (level - below), 1u64 << (level - below));
        let mut roots = Vec::new();
        let mut at = first;
        while at < first + count {
            let block = self.block(below, at)?;
            let from = (at % BLOCK) as usize;
            let some = block.len().min(from + (first + count - at) as usize);
            if some <= from {
                return Err(StoreError::Damaged("merkle_node"));
            }
            roots.extend_from_slice(&block[from..some]);
            at += (some - from) as u64;
        }
        folded(roots).map(Some)
    }
}

/// All scopes of a town, ascending.
pub(super) fn scopes(tx: &Tx<'_>, town: TownCode) -> Result<Vec<ScopeRow>, StoreError> {
    tx.select(&SCOPE, "WHERE town = $1 ORDER BY code", &[town.as_str().into()])?
        .into_iter()
        .map(ScopeRow::read)
        .collect()
}

/// The scopes that the device may read, ascending.
pub(super) fn readable(tx: &Tx<'_>, device: &Device) -> Result<Vec<ScopeRow>, StoreError> {
    let mut rows = scopes(tx, device.town)?;
    rows.retain(|row| allows(device.town, &device.scopes, row.scope));
    Ok(rows)
}

impl Store {
    /// The district's signature over heads.
    pub(super) fn sign(&self, heads: &[ScopeHead]) -> HeadSignature {
        zhenxin_protocol::heads::sign_scope_heads(&self.keys().sign_seed, self.lineage(), heads)
    }
}
