//! What is taken from a bundle.

use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::DeviceId;
use zhenxin_protocol::bundle::Item;
use zhenxin_protocol::bundle::item::{PageItem, Refusals};
use zhenxin_protocol::device_key::{Context, ED25519_TAG, verify_hash};
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::heads::verify_scope_heads;
use zhenxin_protocol::hlc::Hlc;
use zhenxin_protocol::merkle::verify_consistency;
use zhenxin_protocol::op::{Op, check_follows};
use zhenxin_protocol::wire::keys::{GrantRequest, KeyRow};
use zhenxin_protocol::wire::ops::{ChainHead, PushRequest};

use crate::error::StoreError;
use crate::log::rank::Rank;
use crate::log::remote::{Applied, Page, keep_chain_heads};
use crate::log::{Entry, Log, PENDING, arrive, cursor};
use crate::open::Store;
use crate::write::head;

/// Where an item comes from, and what makes it believed.
#[derive(Clone, Copy)]
pub struct BundleFrom<'b> {
    /// Who made the bundle; none: the district.
    pub device: Option<DeviceId>,
    /// When it was made, ms since 1970 UTC.
    pub made_at_ms: i64,
    /// The district's pinned Ed25519 key.
    pub district_key: &'b [u8; 32],
    /// What this device may read.
    pub may_read: &'b dyn Fn(Scope) -> bool,
}

impl std::fmt::Debug for BundleFrom<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BundleFrom({:?}, {})", self.device, self.made_at_ms)
    }
}

/// What an item did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BundleTaken {
    /// Operations in the district's order that were not here.
    pub new_ops: u64,
    /// Operations that were here.
    pub known_ops: u64,
    /// Other devices' operations that wait here from now on.
    pub carried_ops: u64,
    /// This device's own that came back with their place.
    pub acknowledged: u64,
    /// Operations that the district refused.
    pub refused: u64,
    /// Keys that were not here.
    pub keys: u64,
    /// Files that were not here and are whole now.
    pub attachments: u64,
    /// What could not be entered and was set aside.
    pub set_aside: u64,
    /// What was passed over: not for this device, of another history, or without proof.
    pub ignored: u64,
    /// Operations that are held until what precedes them is here.
    pub held: u64,
}

impl BundleTaken {
    /// Adds what another item did.
    pub const fn add(&mut self, other: &Self) {
        self.new_ops += other.new_ops;
        self.known_ops += other.known_ops;
        self.carried_ops += other.carried_ops;
        self.acknowledged += other.acknowledged;
        self.refused += other.refused;
        self.keys += other.keys;
        self.attachments += other.attachments;
        self.set_aside += other.set_aside;
        self.ignored += other.ignored;
        self.held += other.held;
    }

    const fn ignored(ignored: u64) -> Self {
        let mut taken = Self::NOTHING;
        taken.ignored = ignored;
        taken
    }

    const NOTHING: Self = Self {
        new_ops: 0,
        known_ops: 0,
        carried_ops: 0,
        acknowledged: 0,
        refused: 0,
        keys: 0,
        attachments: 0,
        set_aside: 0,
        ignored: 0,
        held: 0,
    };
}

impl Store {
    /// Takes an item of a bundle, in one transaction.
    ///
    /// # Errors
    /// [`StoreError::HistoryDiffers`] and [`StoreError::Forked`] as [`Store::apply_page`] gives them, faults of the
    /// database.
    pub fn bundle_in(&self, item: &Item, from: &BundleFrom<'_>) -> Result<BundleTaken, StoreError> {
        match item {
            Item::Ops(batch) => self.take_waiting(batch, from),
            Item::Page(page) => self.take_proven(page, from),
            Item::Keys(keys) => self.take_keys(&keys.rows, from),
            Item::Grants(grants) => self.take_grants(grants),
            Item::Refusals(refusals) if from.device.is_none() => self.take_refusals(refusals),
            // hearsay, which any device could make up: the operation goes on waiting for the district's own word
            Item::Refusals(_) => Ok(BundleTaken::NOTHING),
            Item::Blob(piece) if (from.may_read)(piece.scope) => {
                let fresh = self.write_arrived(|log| log.take_piece(piece))?.fresh;
                Ok(BundleTaken { attachments: u64::from(fresh), ..BundleTaken::NOTHING })
            }
            Item::Vector(vector) => {
                self.write_arrived(|log| log.note_vector(from.device, from.made_at_ms, &vector.heads))?;
                Ok(BundleTaken::NOTHING)
            }
            // this device's chain forked, and no line brings it the district's answer
            Item::Epoch(new) if from.device.is_none() && new.device == self.device() => {
                if new.epoch > self.epoch()? {
                    let repeated = self.begin_epoch(new.epoch)?;
                    tracing::warn!(epoch = new.epoch, repeated, "a bundle brought a new epoch");
                }
                Ok(BundleTaken::NOTHING)
            }
            Item::Blob(_) | Item::Epoch(_) | Item::Unknown(_) => Ok(BundleTaken::ignored(1)),
        }
    }

    /// Operations in the district's order, where its signature proves that they are.
    fn take_proven(&self, item: &PageItem, from: &BundleFrom<'_>) -> Result<BundleTaken, StoreError> {
        let ops = item.page.ops.len() as u64;
        let lineage = self.lineage()?.is_none_or(|lineage| lineage == item.lineage.0);
        if !lineage || !(from.may_read)(item.page.scope) || !is_proven(item, from.district_key) {
            return Ok(BundleTaken::ignored(ops));
        }
        let scope = item.page.scope;
        let first = item.page.ops.first().map_or(0, |op| op.server_seq);
        let received = self.read(|r| cursor::load(r.conn(), scope))?.size();
        if first > received + 1 {
            let held = self.write_arrived(|log| log.hold(item.lineage, &item.page, &item.chain_heads))?;
            let taken =
                if held { BundleTaken { held: ops, ..BundleTaken::NOTHING } } else { BundleTaken::ignored(ops) };
            return Ok(taken);
        }
        let Some(page) = Page::of_wire(item.lineage, item.page.clone(), item.chain_heads.clone()) else {
            return Ok(BundleTaken::NOTHING);
        };
        let applied = self.apply_page(&page)?;
        Ok(BundleTaken {
            new_ops: u64::from(applied.new),
            known_ops: u64::from(applied.known),
            acknowledged: u64::from(applied.accepted_own),
            set_aside: u64::from(applied.set_aside),
            ..BundleTaken::NOTHING
        })
    }

    /// Operations that wait: another device's are carried from now on, this device's own are here.
    fn take_waiting(&self, batch: &PushRequest, from: &BundleFrom<'_>) -> Result<BundleTaken, StoreError> {
        let count = batch.ops.len() as u64;
        let own = self.device();
        let author = self.known_device(batch.device)?;
        let Some(ops) = signed_batch(batch, author.as_ref().map(|author| &author.sign_key)) else {
            return Ok(BundleTaken::ignored(count));
        };
        if batch.device == own {
            return Ok(BundleTaken { known_ops: count, ..BundleTaken::NOTHING });
        }
        if !ops.iter().all(|(op, _)| (from.may_read)(op.scope)) {
            return Ok(BundleTaken::ignored(count));
        }
        let now_ms = self.inner.ports.clock.now_ms();
        self.write_arrived(|log| log.carry(batch, &ops, now_ms))
    }

    /// Keys and erasures that the bundle's author may bring, of scopes that this device reads.
    fn take_keys(&self, rows: &[KeyRow], from: &BundleFrom<'_>) -> Result<BundleTaken, StoreError> {
        let author = from.device.map(|device| self.known_device(device)).transpose()?;
        let brings = |row: &KeyRow| match &author {
            // the district asked whoever brought them
            None => true,
            Some(author) => author.as_ref().is_some_and(|author| row.may_come_from(self.town(), &author.scopes)),
        };
        let rows_taken: Vec<KeyRow> =
            rows.iter().filter(|row| (from.may_read)(row.scope) && brings(row)).cloned().collect();
        let replaces = author.flatten().is_none_or(|author| author.scopes.contains(&Scope::Town(self.town())));
        let applied = self.apply_carried_keys(&rows_taken, replaces)?;
        Ok(BundleTaken {
            keys: u64::from(applied.new + applied.tombstones),
            ignored: (rows.len() - rows_taken.len()) as u64,
            ..BundleTaken::NOTHING
        })
    }

    fn take_grants(&self, grants: &GrantRequest) -> Result<BundleTaken, StoreError> {
        let own = self.device();
        let mut taken = BundleTaken::NOTHING;
        for grant in grants.grants.iter().filter(|grant| grant.for_device == own) {
            match self.accept_data_key(grant.data_key, &grant.wrapped) {
                Ok(new) => taken.keys += u64::from(new),
                // One bad wrap stops nothing.
                Err(StoreError::KeyMissing) => taken.ignored += 1,
                Err(error) => return Err(error),
            }
        }
        Ok(taken)
    }

    fn take_refusals(&self, refusals: &Refusals) -> Result<BundleTaken, StoreError> {
        let now_ms = self.inner.ports.clock.now_ms();
        self.write_arrived(|log| {
            let mut taken = BundleTaken::NOTHING;
            for refusal in &refusals.refused {
                let place = (refusals.device, refusals.epoch, refusal.seq);
                if log.refuse_place(place, &refusal.hash, (&refusal.code, &refusal.text), now_ms)? {
                    taken.refused += 1;
                }
            }
            Ok(taken)
        })
    }
}

/// Whether the district's signature covers the page.
fn is_proven(item: &PageItem, district_key: &[u8; 32]) -> bool {
    let (Some(signature), Some(head)) = (&item.signature, item.page.head) else { return false };
    let Some(signed) = item.heads.iter().find(|head| head.scope == item.page.scope) else { return false };
    verify_consistency(head.size, &head.root, signed.size, &signed.root, &item.proof)
        && verify_scope_heads(district_key, item.lineage, &item.heads, signature).is_ok()
}

/// A batch's operations with their hashes, where they are a chain that its author signed.
fn signed_batch(batch: &PushRequest, sign_key: Option<&[u8; 32]>) -> Option<Vec<(Op, Hash32)>> {
    let mut ops: Vec<(Op, Hash32)> = Vec::with_capacity(batch.ops.len());
    for bytes in &batch.ops {
        let op = Op::from_bytes(bytes).ok()?;
        let before = ops.last().map(|(op, hash): &(Op, Hash32)| (op.seq, *hash));
        let follows = before.is_none() || check_follows(before, &op).is_ok();
        if !follows || op.device != batch.device || op.epoch != batch.epoch {
            return None;
        }
        ops.push((op, Op::hash_of(bytes)));
    }
    let (_, head) = ops.last()?;
    let genuine = batch.head.alg == ED25519_TAG
        && verify_hash(sign_key?, Context::ChainHead, head, &batch.head.signature).is_ok();
    genuine.then_some(ops)
}

impl Log<'_> {
    /// Enters another device's operations as waiting. Where one contradicts what is here, the chain ends.
    fn carry(&mut self, batch: &PushRequest, ops: &[(Op, Hash32)], now_ms: i64) -> Result<BundleTaken, StoreError> {
        let mut taken = BundleTaken::NOTHING;
        let mut clock = head::load_clock(self.conn)?;
        for ((op, hash), bytes) in ops.iter().zip(&batch.ops) {
            if let Some(here) = self.here(op)? {
                if here.hash != Some(*hash) {
                    break;
                }
                taken.known_ops += 1;
                continue;
            }
            if self.at_place(op)?.is_some() {
                break;
            }
            clock = clock.observe(Hlc(op.hlc), now_ms);
            let body = op.read_body();
            let no = self.append(&Entry {
                op,
                bytes,
                hash: *hash,
                status: PENDING,
                readable: arrive::readable(&body),
                server_seq: None,
                receipt_at: None,
            })?;
            self.fold_new(no, op, body, &Rank::pending(op), &mut Applied::default())?;
            taken.carried_ops += 1;
        }
        taken.ignored = ops.len() as u64 - taken.known_ops - taken.carried_ops;
        if let (0, Some((last, _))) = (taken.ignored, ops.last()) {
            let (alg, signature) = (batch.head.alg.clone(), batch.head.signature.clone());
            let head = ChainHead { device: batch.device, epoch: batch.epoch, seq: last.seq, alg, signature };
            keep_chain_heads(self.conn, &[head])?;
        }
        head::save_clock(self.conn, clock)?;
        Ok(taken)
    }
}
