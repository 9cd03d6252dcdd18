//! Attachments in pieces.

use std::collections::BTreeMap;
use std::sync::Arc;

use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::wire::blobs::{
    BlobState, BlobsGetAnswer, BlobsGetRequest, BlobsHaveAnswer, BlobsHaveRequest, BlobsPutAnswer, BlobsPutRequest,
};
use zhenxin_protocol::wire::limits::{BLOB_MAX_BYTES, BLOB_PIECE_MAX_BYTES, BLOBS_HAVE_MAX};
use zhenxin_protocol::wire::{Endpoint, FaultCode};
use zhenxin_store::LaneItem;

use super::LaneDone;
use super::bench::{LaneBench, lane_status};
use crate::failure::Failure;

/// Times that an attachment may come or go damaged before it is left alone: one
/// bad file must not hold the lane for ever.
const DAMAGED_MAX: u32 = 3;

/// The code of a refusal.
fn is(failure: &Failure, code: FaultCode) -> bool {
    matches!(failure, Failure::Refused { code: refused, .. } if refused == code.name())
}

impl LaneBench {
    /// Asks how much of each is there, so that nothing is sent twice.
    pub(super) async fn survey(&self) -> Result<LaneDone, Failure> {
        let store = &self.bench.store;
        // looks for newly named files
        store.attachments_due()?;
        self.ask_again().await?;
        let outgoing = store.attachments_to_send(BLOBS_HAVE_MAX as u32)?;
        if !outgoing.is_empty() {
            let states = self.states(outgoing.iter().map(|item| item.blob).collect()).await?;
            for item in &outgoing {
                let state = states.get(&item.blob);
                let (have, done) = state.map_or((0, false), |state| (state.have_bytes, state.done));
                if done || have != item.offset {
                    store.attachment_sent(item, have, done)?;
                }
            }
        }
        let incoming = store.attachments_to_fetch(BLOBS_HAVE_MAX as u32)?;
        self.notes().fetchable.clear();
        if !incoming.is_empty() {
            let states = self.states(incoming.iter().map(|item| item.blob).collect()).await?;
            self.notes().fetchable.extend(states.values().filter(|state| state.done).map(|state| state.blob));
        }
        let left = lane_status(store)?;
        Ok(LaneDone::Surveyed {
            to_send: left.to_send,
            to_send_bytes: left.to_send_bytes,
            to_fetch: left.to_fetch,
            to_fetch_bytes: left.to_fetch_bytes,
        })
    }

    /// Some of those that were sent or fetched are asked for in every look: a
    /// district that was set back has lost files, and only who has them can
    /// find out.
    async fn ask_again(&self) -> Result<(), Failure> {
        let store = &self.bench.store;
        let after = self.notes().asked.take();
        let held = store.attachments_held(after.as_ref(), BLOBS_HAVE_MAX as u32)?;
        if held.is_empty() {
            return Ok(());
        }
        let states = self.states(held.iter().map(|item| item.blob).collect()).await?;
        for item in &held {
            let state = states.get(&item.blob);
            if !state.is_some_and(|state| state.done) {
                tracing::warn!("the district has lost a file; it is sent again");
                store.attachment_sent(item, state.map_or(0, |state| state.have_bytes), false)?;
            }
        }
        self.notes().asked = held.into_iter().last().filter(|_| states.len() >= BLOBS_HAVE_MAX);
        Ok(())
    }

    pub(super) async fn states(&self, blobs: Vec<Hash32>) -> Result<BTreeMap<Hash32, BlobState>, Failure> {
        let answer: BlobsHaveAnswer = self.bench.ask(Endpoint::BlobsHave, &BlobsHaveRequest { blobs }).await?;
        Ok(answer.blobs.into_iter().map(|state| (state.blob, state)).collect())
    }

    pub(super) async fn send(&self) -> Result<LaneDone, Failure> {
        let store = &self.bench.store;
        let Some(item) = store.attachments_to_send(1)?.into_iter().next() else {
            self.notes().sealed = None;
            return Ok(LaneDone::Moved { bytes: 0, complete: false, more: false });
        };
        let sealed = self.sealed(&item)?;
        let begun = usize::try_from(item.offset).unwrap_or(usize::MAX).min(sealed.len());
        let piece = &sealed[begun..sealed.len().min(begun + BLOB_PIECE_MAX_BYTES)];
        let request = BlobsPutRequest {
            blob: item.blob,
            scope: item.scope,
            total_bytes: sealed.len() as u64,
            sealed_hash: Hash32::of(&sealed),
            offset: begun as u64,
            bytes: piece.to_vec(),
        };
        let answer: BlobsPutAnswer = match self.bench.ask(Endpoint::BlobsPut, &request).await {
            Ok(answer) => answer,
            Err(failure) => return self.not_sent(&item, failure),
        };
        let moved = answer.done || answer.have_bytes != item.offset;
        if !moved {
            return Err(Failure::Garbled);
        }
        store.attachment_sent(&item, answer.have_bytes, answer.done)?;
        Ok(LaneDone::Moved { bytes: piece.len() as u64, complete: answer.done, more: true })
    }

    /// The sealed whole, kept while its pieces go out.
    fn sealed(&self, item: &LaneItem) -> Result<Arc<Vec<u8>>, Failure> {
        if let Some((blob, sealed)) = &self.notes().sealed
            && *blob == item.blob
        {
            return Ok(Arc::clone(sealed));
        }
        let sealed = Arc::new(self.bench.store.seal_attachment(item)?);
        self.notes().sealed = Some((item.blob, Arc::clone(&sealed)));
        Ok(sealed)
    }

    /// One attachment that the district will not have does not stop the others.
    fn not_sent(&self, item: &LaneItem, failure: Failure) -> Result<LaneDone, Failure> {
        let store = &self.bench.store;
        if is(&failure, FaultCode::BlobDamaged) && !self.too_often(item.blob) {
            store.attachment_sent(item, 0, false)?;
            return Ok(LaneDone::Moved { bytes: 0, complete: false, more: true });
        }
        let refused = [FaultCode::BlobDamaged, FaultCode::Quota, FaultCode::TooLarge, FaultCode::ScopeDenied];
        match failure {
            Failure::Refused { code, text } if refused.iter().any(|known| code == known.name()) => {
                store.attachment_refused(item, &text)?;
                Ok(LaneDone::Moved { bytes: 0, complete: false, more: true })
            }
            failure => Err(failure),
        }
    }

    fn too_often(&self, blob: Hash32) -> bool {
        let mut notes = self.notes();
        let damaged = notes.damaged.entry(blob).or_default();
        *damaged += 1;
        *damaged >= DAMAGED_MAX
    }

    pub(super) async fn fetch(&self) -> Result<LaneDone, Failure> {
        let store = &self.bench.store;
        let candidates = store.attachments_to_fetch(BLOBS_HAVE_MAX as u32)?;
        let item = {
            let notes = self.notes();
            candidates.into_iter().find(|item| notes.fetchable.contains(&item.blob))
        };
        let Some(item) = item else {
            return Ok(LaneDone::Moved { bytes: 0, complete: false, more: false });
        };
        let request = BlobsGetRequest { blob: item.blob, offset: item.offset, limit: BLOB_PIECE_MAX_BYTES as u32 };
        let answer: BlobsGetAnswer = match self.bench.ask(Endpoint::BlobsGet, &request).await {
            Ok(answer) => answer,
            Err(failure) if is(&failure, FaultCode::BlobUnknown) || is(&failure, FaultCode::BlobDamaged) => {
                self.notes().fetchable.remove(&item.blob);
                return Ok(LaneDone::Moved { bytes: 0, complete: false, more: true });
            }
            Err(failure) => return Err(failure),
        };
        let end = item.offset + answer.bytes.len() as u64;
        if answer.total_bytes > BLOB_MAX_BYTES || end > answer.total_bytes || answer.bytes.len() > BLOB_PIECE_MAX_BYTES
        {
            self.notes().fetchable.remove(&item.blob);
            return Ok(LaneDone::Moved { bytes: 0, complete: false, more: true });
        }
        if answer.bytes.is_empty() && end < answer.total_bytes {
            return Err(Failure::Garbled);
        }
        let taken =
            store.attachment_piece(&item, answer.total_bytes, &answer.sealed_hash, item.offset, &answer.bytes)?;
        if taken.damaged && self.too_often(item.blob) {
            tracing::warn!("an attachment came damaged too often and is left for the next time");
            self.notes().fetchable.remove(&item.blob);
        }
        Ok(LaneDone::Moved { bytes: answer.bytes.len() as u64, complete: taken.done, more: true })
    }
}
