//! The order of each scope, and the tree over it.

use std::collections::HashMap;

use zhenxin_domain::division::{Scope, TownCode};
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::merkle::{Peaks, subtree_root};

use super::{Verdict, place, unless_damaged};
use crate::store::StoreError;
use crate::store::db::{Tx, Value};
use crate::store::tables::{MERKLE_NODE, OP, SCOPE};
use crate::store::tree::{BLOCK, STEP, TOP, folded, scopes};

/// Ops of a scope that are read at a time.
const PAGE: u64 = 8 * BLOCK;

/// Every scope: dense from 1, the right edge and the stored subtrees as the ops'
/// hashes make them.
pub(super) fn check(tx: &Tx<'_>, verdict: &mut Verdict) -> Result<(), StoreError> {
    let orphans = tx.query(
        "SELECT DISTINCT op.town, op.scope FROM op LEFT JOIN scope ON scope.town = op.town AND scope.code = op.scope \
         WHERE op.scope IS NOT NULL AND scope.code IS NULL",
        &[],
    )?;
    for row in orphans {
        verdict.find(&SCOPE, place(&row.rest()), "有它的记录，却没有这个范围");
    }
    for mut row in tx.query("SELECT DISTINCT town FROM scope ORDER BY town", &[])? {
        let town: TownCode = match row.parsed() {
            Ok(town) => town,
            Err(_) => {
                verdict.find(&SCOPE, String::new(), "镇街代码不对");
                continue;
            }
        };
        let rows = scopes(tx, town);
        for scope in unless_damaged(verdict, &SCOPE, town.as_str(), rows)?.unwrap_or_default() {
            let here = format!("{town} {}", scope.scope);
            let checked = tree(tx, town, scope.scope, scope.size());
            let Some(tree) = unless_damaged(verdict, &OP, &here, checked)? else { continue };
            if tree.peaks != scope.peaks {
                verdict.find(&SCOPE, here.clone(), "树根与记录不符");
            }
            nodes(tx, town, scope.scope, &tree.roots, verdict)?;
        }
    }
    Ok(())
}

/// The tree as the ops' hashes make it.
struct Computed {
    peaks: Peaks,
    roots: HashMap<(u8, u64), Hash32>,
}

fn tree(tx: &Tx<'_>, town: TownCode, scope: Scope, size: u64) -> Result<Computed, StoreError> {
    let mut peaks = Peaks::new();
    let mut level: Vec<Hash32> = Vec::new();
    while peaks.size() < size {
        let hashes = hashes(tx, town, scope, peaks.size())?;
        if hashes.is_empty() {
            return Err(StoreError::Damaged("op"));
        }
        hashes.iter().for_each(|hash| peaks.append(hash));
        level.extend(hashes.chunks_exact(BLOCK as usize).map(subtree_root));
    }
    if peaks.size() > size {
        return Err(StoreError::Damaged("op"));
    }
    let mut roots = HashMap::new();
    let mut number = STEP;
    while number <= TOP && !level.is_empty() {
        roots.extend((0..).zip(&level).map(|(index, root)| ((number, index), *root)));
        level = level.chunks_exact(BLOCK as usize).map(|some| folded(some.to_vec())).collect::<Result<_, _>>()?;
        number += STEP;
    }
    Ok(Computed { peaks, roots })
}

/// Hashes of the next ops; fewer than a page only at the end.
fn hashes(tx: &Tx<'_>, town: TownCode, scope: Scope, after: u64) -> Result<Vec<Hash32>, StoreError> {
    let rows = tx.query_as(
        OP.name,
        "SELECT server_seq, hash FROM op WHERE town = $1 AND scope = $2 AND server_seq > $3 \
         AND server_seq IS NOT NULL ORDER BY server_seq LIMIT $4",
        &[town.as_str().into(), scope.as_str().into(), after.into(), PAGE.into()],
    )?;
    (after + 1..)
        .zip(rows)
        .map(|(expected, mut row)| match row.uint()? {
            found if found == expected => Ok(Hash32(row.bytes()?)),
            _ => Err(StoreError::Damaged("op")),
        })
        .collect()
}

/// The stored subtrees against the computed ones.
fn nodes(
    tx: &Tx<'_>,
    town: TownCode,
    scope: Scope,
    computed: &HashMap<(u8, u64), Hash32>,
    verdict: &mut Verdict,
) -> Result<(), StoreError> {
    let key: [Value<'_>; 2] = [town.as_str().into(), scope.as_str().into()];
    let rows =
        tx.query_as(MERKLE_NODE.name, "SELECT level, idx, hash FROM merkle_node WHERE town = $1 AND scope = $2", &key)?;
    let mut found = 0;
    for mut row in rows {
        let (level, index, hash) = (row.int()?, row.int()?, row.opt_blob()?);
        let expected = u8::try_from(level).ok().zip(u64::try_from(index).ok()).and_then(|at| computed.get(&at));
        if expected.is_some_and(|root| Some(root.as_bytes().as_slice()) == hash.as_deref()) {
            found += 1;
        } else {
            verdict.find(&MERKLE_NODE, format!("{town} {scope} {level} {index}"), "树的节点与记录不符");
        }
    }
    if found < computed.len() {
        verdict.find(&MERKLE_NODE, format!("{town} {scope}"), "树的节点不全");
    }
    Ok(())
}
