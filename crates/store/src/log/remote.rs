//! What comes in: pages of operations in the district's order.

use std::collections::HashMap;

use rusqlite::Connection;
use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::DeviceId;
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::hlc::Hlc;
use zhenxin_protocol::op::Op;
use zhenxin_protocol::wire::Lineage;
use zhenxin_protocol::wire::ops::{ChainHead, Page as WirePage, PageHead};

use super::arrive::{ASIDE_SCOPE, Arrived, aside_of};
use super::repair::offer_again;
use super::tree::each_hash;
use super::{Log, bulk, cursor};
use crate::error::StoreError;
use crate::open::Store;
use crate::sql::insert_many;
use crate::write::head;

/// A page of one scope.
#[derive(Debug, Clone)]
pub struct Page {
    /// The scope.
    pub scope: Scope,
    /// The district's lineage.
    pub lineage: [u8; 16],
    /// Server sequence and stored bytes, ascending and dense.
    pub ops: Vec<(u64, Vec<u8>)>,
    /// Where the scope's history stands after the last of them.
    pub head: PageHead,
    /// Authors' signatures that cover them, as far as they are known.
    pub chain_heads: Vec<ChainHead>,
    /// What the district found odd about some of them, by their places.
    pub issues: Vec<(u64, String)>,
}

impl Page {
    /// The page that came over the wire; `None` for one without a head, which has no operations.
    #[must_use]
    pub fn of_wire(lineage: Lineage, page: WirePage, chain_heads: Vec<ChainHead>) -> Option<Self> {
        let (mut ops, mut issues) = (Vec::with_capacity(page.ops.len()), Vec::new());
        for op in page.ops {
            issues.extend(op.issue.map(|issue| (op.server_seq, issue)));
            ops.push((op.server_seq, op.bytes));
        }
        Some(Self { scope: page.scope, lineage: lineage.0, ops, head: page.head?, chain_heads, issues })
    }
}

/// What a page did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Applied {
    /// Operations that were not here.
    pub new: u32,
    /// Operations that were here already.
    pub known: u32,
    /// Of the new ones: kinds of a newer program, kept for an upgrade.
    pub unknown: u32,
    /// Of the new ones: broken bodies, kept and not counted.
    pub invalid: u32,
    /// What could not be entered in the log, kept for a person to look at.
    pub set_aside: u32,
    /// Of the known ones: this device's own that had waited for the district's word.
    pub accepted_own: u32,
}

impl Store {
    /// Takes a page and its cursor in one transaction. The same page twice changes nothing.
    ///
    /// # Errors
    /// [`StoreError::HistoryDiffers`] where the page does not follow what is here or its operations do not give the root
    /// that it names, [`StoreError::Forked`] where an operation stands at the place of one that waits here,
    /// [`StoreError::LineageChanged`], faults of the database. Nothing is changed then.
    pub fn apply_page(&self, page: &Page) -> Result<Applied, StoreError> {
        let (now_ms, own) = (self.inner.ports.clock.now_ms(), self.device());
        let applied = self.write_past_void(|log| {
            crate::sync::check_lineage(log.conn, &page.lineage)?;
            log.take_page(page, own, now_ms)
        })?;
        self.apply_held(page.scope)?;
        Ok(applied)
    }

    /// A transaction that takes the district's word, once more after receipts were taken back that this word shows to be
    /// void. Their operations wait from then on whatever becomes of it: where a page shows a fork as well, they are what
    /// has to be said again.
    pub(super) fn write_past_void<T>(
        &self,
        take: impl Fn(&mut Log<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        loop {
            let mut void = None;
            let taken = self.write_arrived(|log| {
                let taken = take(log);
                void = log.void.take();
                taken
            });
            let Some(scope) = void.filter(|_| taken.is_err()) else { return taken };
            let again = self.write_arrived(|log| {
                offer_again(log.conn)?;
                let received = cursor::load(log.conn, scope)?.size();
                log.rewind(scope, received)
            })?;
            tracing::warn!(scope = scope.as_str(), again, "receipts beyond the cursor are void; their ops wait again");
            if again == 0 {
                return taken;
            }
        }
    }
}

/// Keeps signatures over the heads of chains.
pub(crate) fn keep_chain_heads(conn: &Connection, heads: &[ChainHead]) -> Result<(), StoreError> {
    let into = "INSERT OR IGNORE INTO chain_head (device, epoch, seq, alg, signature)";
    insert_many(conn, into, 5, heads, |bind, head| {
        bind.put(head.device.as_bytes())?;
        bind.put(head.epoch)?;
        bind.put(head.seq as i64)?;
        bind.put(&head.alg)?;
        bind.put(&head.signature)
    })
}

impl Log<'_> {
    pub(super) fn take_page(&mut self, page: &Page, own: DeviceId, now_ms: i64) -> Result<Applied, StoreError> {
        let mut peaks = cursor::load(self.conn, page.scope)?;
        let before = peaks.size();
        let fresh = page.ops.iter().position(|(seq, _)| *seq > before).unwrap_or(page.ops.len());
        let (again, fresh) = page.ops.split_at(fresh);
        self.check_again(page.scope, again)?;
        let dense = (before + 1..).zip(fresh).all(|(expected, (seq, _))| *seq == expected);
        let hashes: Vec<Hash32> = fresh.iter().map(|(_, bytes)| Op::hash_of(bytes)).collect();
        hashes.iter().for_each(|hash| peaks.append(hash));
        let at_head = (page.head.size, page.head.root) == (peaks.size(), peaks.root());
        if !dense || !(at_head || fresh.is_empty()) {
            return Err(StoreError::HistoryDiffers);
        }
        let mut applied = Applied { known: again.len() as u32, ..Applied::default() };
        if fresh.is_empty() {
            return Ok(applied);
        }
        let mut clock = head::load_clock(self.conn)?;
        let mut arrived = Vec::with_capacity(fresh.len());
        let places = self.places(page.scope, before + 1, peaks.size())?;
        for ((seq, bytes), hash) in fresh.iter().zip(hashes) {
            match places.get(seq) {
                Some(present) if *present == hash => applied.known += 1,
                // a district that was set back has given the places of its receipts to others since
                Some(_) => return Err(self.found_void(page.scope)),
                None => match Op::from_bytes(bytes) {
                    Ok(op) if op.scope == page.scope => {
                        clock = clock.observe(Hlc(op.hlc), now_ms);
                        arrived.push(Arrived { server_seq: *seq as i64, bytes, hash, op });
                    }
                    other => {
                        let why = other.map_or_else(|fault| aside_of(&fault), |_| ASIDE_SCOPE);
                        applied.set_aside += 1;
                        self.set_aside(page.scope, *seq as i64, why, bytes, now_ms)?;
                    }
                },
            }
        }
        // before the ops: what they meet beyond it is confirmed and not received
        cursor::save(self.conn, page.scope, &peaks)?;
        bulk::take(self, page.scope, before, &arrived, own, now_ms, &mut applied)?;
        self.note_issues(page)?;
        keep_chain_heads(self.conn, &page.chain_heads)?;
        head::save_clock(self.conn, clock)?;
        Ok(applied)
    }

    /// Receipts of a scope beyond the cursor do not hold: the transaction is given up for [`Store::write_past_void`].
    pub(super) fn found_void(&mut self, scope: Scope) -> StoreError {
        self.void = Some(scope);
        StoreError::HistoryDiffers
    }

    /// Whoever reads an operation sees what was odd about it, not only its author.
    fn note_issues(&self, page: &Page) -> Result<(), StoreError> {
        let sql = "UPDATE op SET issue = ?3 WHERE scope = ?1 AND server_seq = ?2 AND issue IS NULL";
        let mut put = self.conn.prepare_cached(sql)?;
        for (server_seq, issue) in &page.issues {
            put.execute((page.scope.as_str(), *server_seq as i64, issue))?;
        }
        Ok(())
    }

    /// What was received before must be what stands here.
    fn check_again(&self, scope: Scope, again: &[(u64, Vec<u8>)]) -> Result<(), StoreError> {
        let (Some((first, _)), Some((last, _))) = (again.first(), again.last()) else { return Ok(()) };
        let places = self.places(scope, *first, *last)?;
        let same = again.iter().all(|(seq, bytes)| places.get(seq) == Some(&Op::hash_of(bytes)));
        if same { Ok(()) } else { Err(StoreError::HistoryDiffers) }
    }

    fn places(&self, scope: Scope, from: u64, to: u64) -> Result<HashMap<u64, Hash32>, StoreError> {
        let mut places = HashMap::new();
        each_hash(self.conn, scope, from, to, |seq, hash| {
            places.insert(seq, hash);
        })?;
        Ok(places)
    }
}
