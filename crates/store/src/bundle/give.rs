//! What goes into a bundle: all that waits, then what the district has ordered after the reader's cursors, with its proof,
//! then the keys and files that these operations name.

use std::collections::{BTreeMap, BTreeSet};

use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::DeviceId;
use zhenxin_protocol::bundle::Item;
use zhenxin_protocol::bundle::item::PageItem;
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::op::Op;
use zhenxin_protocol::wire::blobs::BlobsPutRequest;
use zhenxin_protocol::wire::keys::{KeyRow, KeysPushRequest};
use zhenxin_protocol::wire::limits::{
    BLOB_PIECE_MAX_BYTES, KEY_ROWS_MAX, PULL_MAX_BYTES, PULL_OPS_MAX, PUSH_MAX_BYTES, PUSH_OPS_MAX,
};
use zhenxin_protocol::wire::ops::{ChainHead, OrderedOp, Page, PageHead, PushRequest};

use super::vector;
use crate::error::StoreError;
use crate::log::cursor;
use crate::log::outbox::HandedOut;
use crate::log::tree::ScopeNodes;
use crate::open::Store;
use crate::query::Reader;
use crate::sync::signed::SignedHeads;

/// What a bundle is to hold.
#[derive(Debug, Clone, Copy)]
pub struct BundleWant<'w> {
    /// Scopes that every reader may read.
    pub scopes: &'w [Scope],
    /// How far the readers have got; a scope that is not named counts as 0.
    pub after: &'w BTreeMap<Scope, u64>,
    /// Whether files go along.
    pub attachments: bool,
}

/// What a bundle holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BundleCounts {
    /// Operations whose place the district has not given, of this device and of others.
    pub waiting_ops: u64,
    /// Operations in the district's order.
    pub ordered_ops: u64,
    /// Wrapped keys.
    pub keys: u64,
    /// Files.
    pub attachments: u64,
}

/// Whoever takes the items.
type Put<'p, E> = &'p mut dyn FnMut(Item) -> Result<(), E>;

/// Ids and hashes that bodies name: 16 bytes may be whose key seals something, 32 bytes the hash of a file.
#[derive(Default)]
pub(super) struct Named {
    subjects: BTreeSet<[u8; 16]>,
    pub(super) hashes: BTreeSet<[u8; 32]>,
}

impl Named {
    /// Every byte string of these lengths in a body's CBOR (RFC 8949 §3.1: 0x50, and 0x58 0x20). Bytes that only look like
    /// one cost a question and find nothing.
    pub(super) fn note(&mut self, body: &[u8]) {
        for at in 0..body.len() {
            if body[at] == 0x50 {
                self.subjects.extend(body.get(at + 1..at + 17).and_then(|id| <[u8; 16]>::try_from(id).ok()));
            } else if body[at..].starts_with(&[0x58, 0x20]) {
                self.hashes.extend(body.get(at + 2..at + 34).and_then(|hash| <[u8; 32]>::try_from(hash).ok()));
            }
        }
    }
}

impl Store {
    /// Gives the items of a bundle one after the other.
    ///
    /// # Errors
    /// What `put` returns, and faults of the database.
    pub fn bundle_out<E: From<StoreError>>(&self, want: &BundleWant<'_>, put: Put<'_, E>) -> Result<BundleCounts, E> {
        let (mut counts, mut named) = (BundleCounts::default(), Named::default());
        self.give_waiting(want, &mut counts, &mut named, put)?;
        self.read(|r| {
            if let Some(signed) = r.signed_heads()? {
                for head in signed.heads.iter().filter(|head| want.scopes.contains(&head.scope)) {
                    r.give_pages(&signed, head.scope, want, &mut counts, &mut named, put)?;
                }
            }
            r.give_keys(want, &named.subjects, &mut counts, put)?;
            if want.attachments {
                r.give_files(want, &named.hashes, &mut counts, put)?;
            }
            put(Item::Vector(vector(r)?))
        })?;
        Ok(counts)
    }

    fn give_waiting<E: From<StoreError>>(
        &self,
        want: &BundleWant<'_>,
        counts: &mut BundleCounts,
        named: &mut Named,
        put: Put<'_, E>,
    ) -> Result<(), E> {
        let mut handed = HandedOut::default();
        loop {
            let batch = self.outbox(&handed, PUSH_OPS_MAX, PUSH_MAX_BYTES)?;
            let Some(last) = batch.last else { return Ok(()) };
            handed.note(last);
            let ops: Vec<Op> = batch
                .ops
                .iter()
                .map(|(_, bytes)| Op::from_bytes(bytes))
                .collect::<Result<_, _>>()
                .map_err(StoreError::from)?;
            // A chain goes whole or not at all: its signature covers all of it.
            if !ops.iter().all(|op| want.scopes.contains(&op.scope)) {
                handed.pass_over(last.device, last.epoch);
                continue;
            }
            ops.iter().for_each(|op| named.note(&op.body));
            counts.waiting_ops += ops.len() as u64;
            put(Item::Ops(PushRequest {
                device: batch.device,
                epoch: batch.epoch,
                ops: batch.ops.into_iter().map(|(_, bytes)| bytes.into()).collect(),
                head: batch.head,
            }))?;
        }
    }
}

impl Reader<'_> {
    fn give_pages<E: From<StoreError>>(
        &self,
        signed: &SignedHeads,
        scope: Scope,
        want: &BundleWant<'_>,
        counts: &mut BundleCounts,
        named: &mut Named,
        put: Put<'_, E>,
    ) -> Result<(), E> {
        let Some(head) = signed.heads.iter().find(|head| head.scope == scope) else { return Ok(()) };
        let received = cursor::load(self.conn(), scope)?.size();
        let mut after = want.after.get(&scope).copied().unwrap_or(0);
        // Without all of it there is no proof.
        if head.size > received {
            return Ok(());
        }
        let mut nodes = ScopeNodes::new(self.conn(), scope, received);
        while after < head.size {
            let ops = self.ordered_ops(scope, after, head.size)?;
            let Some(last) = ops.last().map(|op| op.server_seq) else { return Ok(()) };
            let mut chains: BTreeMap<(DeviceId, u32), u64> = BTreeMap::new();
            for op in ops.iter().filter_map(|ordered| Op::from_bytes(&ordered.bytes).ok()) {
                named.note(&op.body);
                let seq = chains.entry((op.device, op.epoch)).or_default();
                *seq = op.seq.max(*seq);
            }
            counts.ordered_ops += ops.len() as u64;
            let root = nodes.peaks_at(last)?.root();
            let proof = nodes.proof(last, head.size)?;
            let page = Page { scope, ops, more: last < head.size, head: Some(PageHead { size: last, root }) };
            put(Item::Page(PageItem {
                lineage: signed.lineage,
                page,
                chain_heads: self.chain_heads(&chains)?,
                heads: signed.heads.clone(),
                signature: Some(signed.signature.clone()),
                proof,
            }))?;
            after = last;
        }
        Ok(())
    }

    /// Operations after a place up to another, as many as a page holds.
    fn ordered_ops(&self, scope: Scope, after: u64, to: u64) -> Result<Vec<OrderedOp>, StoreError> {
        let mut statement = self.conn().prepare_cached(include_str!("ordered.sql"))?;
        let mut rows = statement.query((scope.as_str(), after as i64, to as i64))?;
        let (mut ops, mut bytes_total) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            let bytes: Vec<u8> = row.get(1)?;
            bytes_total += bytes.len();
            ops.push(OrderedOp { server_seq: row.get::<_, i64>(0)?.max(0) as u64, bytes, issue: row.get(2)? });
            if ops.len() >= PULL_OPS_MAX || bytes_total > PULL_MAX_BYTES {
                break;
            }
        }
        Ok(ops)
    }

    /// For each chain the first signature at or after a place.
    fn chain_heads(&self, chains: &BTreeMap<(DeviceId, u32), u64>) -> Result<Vec<ChainHead>, StoreError> {
        let sql = "SELECT seq, alg, signature FROM chain_head WHERE device = ?1 AND epoch = ?2 AND seq >= ?3
                   ORDER BY seq LIMIT 1";
        let mut heads = Vec::new();
        for ((device, epoch), seq) in chains {
            heads.extend(self.one(sql, (device.as_bytes(), epoch, *seq as i64), |row| {
                let seq: i64 = row.get(0)?;
                let (alg, signature) = (row.get(1)?, row.get(2)?);
                Ok(ChainHead { device: *device, epoch: *epoch, seq: seq.max(0) as u64, alg, signature })
            })?);
        }
        Ok(heads)
    }

    /// Keys of the subjects that are named, those that the district lacks, and every erasure, where every reader may read
    /// them.
    fn give_keys<E: From<StoreError>>(
        &self,
        want: &BundleWant<'_>,
        subjects: &BTreeSet<[u8; 16]>,
        counts: &mut BundleCounts,
        put: Put<'_, E>,
    ) -> Result<(), E> {
        let mut rows: BTreeMap<[u8; 16], KeyRow> = BTreeMap::new();
        for row in self.unsent_keys_and_erasures()? {
            rows.insert(row.subject, row);
        }
        for subject in subjects {
            if let Some(row) = self.key_row_to_give(subject)? {
                rows.insert(*subject, row);
            }
        }
        let rows: Vec<KeyRow> = rows.into_values().filter(|row| want.scopes.contains(&row.scope)).collect();
        counts.keys = rows.len() as u64;
        for rows in rows.chunks(KEY_ROWS_MAX) {
            put(Item::Keys(KeysPushRequest { rows: rows.to_vec() }))?;
        }
        Ok(())
    }

    /// Files that the district lacks, and those that the operations name.
    fn give_files<E: From<StoreError>>(
        &self,
        want: &BundleWant<'_>,
        hashes: &BTreeSet<[u8; 32]>,
        counts: &mut BundleCounts,
        put: Put<'_, E>,
    ) -> Result<(), E> {
        for (item, waits) in self.files_here()? {
            if !want.scopes.contains(&item.scope) || !(waits || hashes.contains(item.hash.as_bytes())) {
                continue;
            }
            let sealed = self.sealed_file(&item.subject, &item.hash)?;
            let sealed_hash = Hash32::of(&sealed);
            for (at, piece) in sealed.chunks(BLOB_PIECE_MAX_BYTES).enumerate() {
                put(Item::Blob(BlobsPutRequest {
                    blob: item.blob,
                    scope: item.scope,
                    total_bytes: sealed.len() as u64,
                    sealed_hash,
                    offset: (at * BLOB_PIECE_MAX_BYTES) as u64,
                    bytes: piece.to_vec(),
                }))?;
            }
            counts.attachments += 1;
        }
        Ok(())
    }
}
