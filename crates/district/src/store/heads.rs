//! How far each scope goes, proven and signed.

use std::collections::BTreeMap;

use zhenxin_domain::division::Scope;
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::merkle::{consistency_proof, root_at};
use zhenxin_protocol::wire::heads::{HeadsAnswer, OpPlace, ProvenHead, ScopeHead};
use zhenxin_protocol::wire::limits::MEND_OPS_MAX;

use super::db::Tx;
use super::device::Device;
use super::repair::Damage;
use super::tree::{ScopeRow, Tree, readable};
use super::{Store, StoreError};

impl Store {
    /// The heads of all scopes that the device may read; for those that it names,
    /// the proof that its own head is a prefix, if it is.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn heads(&self, device: &Device, theirs: &[ScopeHead]) -> Result<HeadsAnswer, StoreError> {
        let theirs: BTreeMap<Scope, ScopeHead> = theirs.iter().map(|head| (head.scope, *head)).collect();
        let (heads, wanted, wounds) = self.read(|tx| {
            let (mut heads, mut wounds) = (Vec::new(), Vec::new());
            for row in readable(tx, device)? {
                let proof = match theirs.get(&row.scope) {
                    Some(head) => proof(tx, &row, head, &mut wounds)?,
                    None => None,
                };
                let ScopeHead { scope, size, root } = row.head();
                heads.push(ProvenHead { scope, size, root, proof });
            }
            Ok::<_, StoreError>((heads, wanted(tx, device)?, wounds))
        })?;
        self.mark_damaged(device.town, &wounds)?;
        let signed: Vec<ScopeHead> = heads.iter().map(ProvenHead::head).collect();
        Ok(HeadsAnswer { signature: self.sign(&signed), heads, wanted, epoch: device.epoch })
    }
}

/// The proof that `head` is the scope's beginning; `None` when it is not.
fn proof(
    tx: &Tx<'_>,
    row: &ScopeRow,
    head: &ScopeHead,
    wounds: &mut Vec<Damage>,
) -> Result<Option<Vec<Hash32>>, StoreError> {
    if head.size > row.size() {
        return Ok(None);
    }
    if head.size == row.size() {
        return Ok((head.root == row.peaks.root()).then(Vec::new));
    }
    let mut tree = Tree::of(tx, row);
    let damaged = |_| StoreError::Damaged("merkle_node");
    let proof = match root_at(&mut tree, head.size).map_err(damaged)? == head.root {
        true => Some(consistency_proof(&mut tree, head.size, row.size()).map_err(damaged)?),
        false => None,
    };
    wounds.extend(tree.wounds());
    Ok(proof)
}

/// Damaged ops that the device may have.
fn wanted(tx: &Tx<'_>, device: &Device) -> Result<Vec<OpPlace>, StoreError> {
    let town = device.town.as_str();
    let any = tx
        .first("SELECT 1 FROM op WHERE town = $1 AND damaged = 1 AND server_seq IS NOT NULL LIMIT 1", &[town.into()])?;
    let mut places = Vec::new();
    if any.is_none() {
        return Ok(places);
    }
    for row in readable(tx, device)? {
        let room = (MEND_OPS_MAX - places.len()) as u64;
        let rows = tx.query(
            "SELECT server_seq FROM op WHERE town = $1 AND scope = $2 AND damaged = 1 AND server_seq IS NOT NULL \
             ORDER BY server_seq LIMIT $3",
            &[town.into(), row.scope.as_str().into(), room.into()],
        )?;
        for mut found in rows {
            places.push(OpPlace { scope: row.scope, server_seq: found.uint()? });
        }
    }
    Ok(places)
}
