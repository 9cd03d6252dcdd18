//! Giving ops in the order of their scopes.

use std::collections::BTreeMap;

use zhenxin_domain::division::{Scope, TownCode};
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::heads::page_heads;
use zhenxin_protocol::merkle::root_at;
use zhenxin_protocol::wire::limits::{PULL_MAX_BYTES, PULL_OPS_MAX};
use zhenxin_protocol::wire::ops::{ChainHead, Cursor, OrderedOp, Page, PageHead, PullAnswer};

use super::db::Tx;
use super::device::Device;
use super::repair::Damage;
use super::tree::{ScopeRow, Tree, readable};
use super::{Store, StoreError};

/// What is left of an answer's room.
struct Room {
    ops: usize,
    bytes: usize,
}

/// The parts of chains from which ops were given: device and epoch, with the
/// first and the last sequence number.
type Chains = BTreeMap<([u8; 16], u32), (u64, u64)>;

/// An answer in the making.
struct Giving<'t, 'c> {
    tx: &'t Tx<'c>,
    town: TownCode,
    room: Room,
    chains: Chains,
    /// Damage that nobody has noted yet.
    damage: Vec<Damage>,
    /// Whether a damaged op is held back.
    held_back: bool,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// All that is left to give begins with an op that is damaged here.
    #[error("库中有损坏的记录，正在向镇街的电脑要回")]
    Damaged,
    /// A fault of the store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// What follows the cursors in all scopes that the device may read. An op
    /// whose bytes no longer fit its hash is never given: what comes before it
    /// is, and the other scopes.
    ///
    /// # Errors
    /// [`PullError`].
    pub fn pull(&self, device: &Device, cursors: &[Cursor], limit: Option<u32>) -> Result<PullAnswer, PullError> {
        let (answer, damage, held_back) = self.give(device, cursors, limit)?;
        // what could be mended at once is given at once
        let (mut answer, held_back) = if !damage.is_empty() && self.mark_damaged(device.town, &damage)? {
            let (answer, _damage, held_back) = self.give(device, cursors, limit)?;
            (answer, held_back)
        } else {
            (answer, held_back)
        };
        let heads = page_heads(&answer.pages);
        if heads.is_empty() && held_back {
            return Err(PullError::Damaged);
        }
        if !heads.is_empty() {
            answer.signature = Some(self.sign(&heads));
        }
        Ok(answer)
    }

    /// The answer without its signature, the damage that was met, and whether ops are held back for it.
    fn give(
        &self,
        device: &Device,
        cursors: &[Cursor],
        limit: Option<u32>,
    ) -> Result<(PullAnswer, Vec<Damage>, bool), StoreError> {
        let after: BTreeMap<Scope, u64> = cursors.iter().map(|cursor| (cursor.scope, cursor.after)).collect();
        let asked = limit.map_or(PULL_OPS_MAX, |limit| usize::try_from(limit).unwrap_or(PULL_OPS_MAX));
        let room = Room { ops: asked.clamp(1, PULL_OPS_MAX), bytes: PULL_MAX_BYTES };
        self.read(|tx| {
            let mut answer = PullAnswer::default();
            let mut giving =
                Giving { tx, town: device.town, room, chains: Chains::new(), damage: Vec::new(), held_back: false };
            for row in readable(tx, device)? {
                let after = after.get(&row.scope).copied().unwrap_or(0);
                if after < row.size() {
                    answer.pages.extend(giving.page(&row, after)?);
                }
            }
            answer.chain_heads = chain_heads(tx, device.town, &giving.chains)?;
            Ok((answer, giving.damage, giving.held_back))
        })
    }
}

impl Giving<'_, '_> {
    /// The next page of a scope; none where it would begin with a damaged op.
    fn page(&mut self, row: &ScopeRow, after: u64) -> Result<Option<Page>, StoreError> {
        let (scope, last) = (row.scope, row.size());
        if self.room.ops == 0 || self.room.bytes == 0 {
            return Ok(Some(Page { scope, ops: Vec::new(), more: true, head: None }));
        }
        let ops = self.ops(scope, after)?;
        let Some(reached) = ops.last().map(|op| op.server_seq) else { return Ok(None) };
        let root = if reached == last {
            row.peaks.root()
        } else {
            let mut tree = Tree::of(self.tx, row);
            let root = root_at(&mut tree, reached).map_err(|_| StoreError::Damaged("merkle_node"))?;
            self.damage.extend(tree.wounds());
            root
        };
        Ok(Some(Page { scope, ops, more: reached < last, head: Some(PageHead { size: reached, root }) }))
    }

    /// The last place of a page within the room that is left: an op's length is
    /// read before its bytes, so that memory stays bounded.
    fn end(&self, scope: Scope, after: u64) -> Result<u64, StoreError> {
        let rows = self.tx.query_as(
            "op",
            "SELECT server_seq, length(bytes) FROM op WHERE town = $1 AND scope = $2 AND server_seq > $3 \
             AND server_seq IS NOT NULL ORDER BY server_seq LIMIT $4",
            &[self.town.as_str().into(), scope.as_str().into(), after.into(), (self.room.ops as u64).into()],
        )?;
        let (mut end, mut bytes) = (after, 0);
        for mut row in rows {
            let (server_seq, length) = (row.uint()?, row.uint()?);
            if server_seq != end + 1 {
                return Err(StoreError::Damaged("op"));
            }
            end = server_seq;
            bytes += usize::try_from(length).unwrap_or(usize::MAX);
            if bytes >= self.room.bytes {
                break;
            }
        }
        Ok(end)
    }

    fn ops(&mut self, scope: Scope, after: u64) -> Result<Vec<OrderedOp>, StoreError> {
        let end = self.end(scope, after)?;
        let rows = self.tx.query_as(
            "op",
            "SELECT server_seq, device, epoch, seq, hash, issue, damaged, bytes FROM op WHERE town = $1 AND scope = $2 \
             AND server_seq > $3 AND server_seq <= $4 AND server_seq IS NOT NULL ORDER BY server_seq",
            &[self.town.as_str().into(), scope.as_str().into(), after.into(), end.into()],
        )?;
        let mut ops = Vec::with_capacity(rows.len());
        for mut row in rows {
            let server_seq = row.uint()?;
            let (device, epoch, seq): ([u8; 16], u32, u64) = (row.bytes()?, row.narrow()?, row.uint()?);
            let hash = Hash32(row.bytes()?);
            let (issue, noted, bytes) = (row.opt_text()?, row.flag()?, row.blob()?);
            if Hash32::of(&bytes) != hash {
                self.held_back = true;
                if !noted {
                    self.damage.push(Damage { scope, server_seq });
                }
                break;
            }
            let part = self.chains.entry((device, epoch)).or_insert((seq, seq));
            *part = (part.0.min(seq), part.1.max(seq));
            self.room.ops -= 1;
            self.room.bytes = self.room.bytes.saturating_sub(bytes.len());
            ops.push(OrderedOp { server_seq, bytes, issue });
        }
        Ok(ops)
    }
}

/// The authors' signatures over these parts of their chains: all in between, and
/// the next one after the end, which covers it.
fn chain_heads(tx: &Tx<'_>, town: TownCode, chains: &Chains) -> Result<Vec<ChainHead>, StoreError> {
    let mut heads = Vec::new();
    for ((device, epoch), (first, last)) in chains {
        let rows = tx.select(
            &super::tables::CHAIN_HEAD,
            "WHERE town = $1 AND device = $2 AND epoch = $3 AND seq >= $4 AND seq <= coalesce((SELECT min(seq) \
             FROM chain_head AS next WHERE next.town = $1 AND next.device = $2 AND next.epoch = $3 \
             AND next.seq >= $5), $5) ORDER BY seq",
            &[town.as_str().into(), device.into(), (*epoch).into(), (*first).into(), (*last).into()],
        )?;
        for mut row in rows {
            let _town = row.text()?;
            heads.push(ChainHead {
                device: zhenxin_domain::ids::DeviceId::from_bytes(row.bytes()?),
                epoch: row.narrow()?,
                seq: row.uint()?,
                alg: row.text()?,
                signature: row.blob()?,
            });
        }
    }
    Ok(heads)
}
