//! Making a snapshot of the town for those who come later.

use zhenxin_domain::division::Scope;
use zhenxin_protocol::device_key::{Context, ED25519_TAG};
use zhenxin_protocol::frame::{from_cbor, to_cbor};
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::wire::Endpoint;
use zhenxin_protocol::wire::blobs::{BlobsPutAnswer, BlobsPutRequest};
use zhenxin_protocol::wire::limits::BLOB_PIECE_MAX_BYTES;
use zhenxin_protocol::wire::ops::HeadSignature;
use zhenxin_protocol::wire::snapshot::{
    Manifest, SnapshotGetAnswer, SnapshotGetRequest, SnapshotPutAnswer, SnapshotPutRequest,
};

use super::LaneDone;
use super::bench::LaneBench;
use crate::failure::Failure;
use crate::link::equality;
use crate::snapshot::{Upload, ops_of};

impl LaneBench {
    /// Only a PC that holds the whole town, has proved that it holds it as the
    /// district does, and has nothing of its own beyond that makes one.
    pub(super) async fn snapshot_due(&self) -> Result<bool, Failure> {
        let bench = &self.bench;
        let waiting = bench.store.outbox_size()?;
        let able = bench.link.whole_town(bench.town())
            && waiting.own_ops + waiting.foreign_ops == 0
            && equality(&bench.store)?.is_some()
            && bench.store.data_key_bytes(bench.store.own_data_key()?)?.is_some();
        if !able {
            return Ok(false);
        }
        let held: u64 = bench.store.heads()?.iter().map(|head| head.size).sum();
        if held < bench.tuning.snapshot_every_ops {
            return Ok(false);
        }
        let answer: SnapshotGetAnswer = bench.ask(Endpoint::SnapshotGet, &SnapshotGetRequest::default()).await?;
        let newest = answer.manifest.and_then(|manifest| from_cbor::<Manifest>(&manifest).ok());
        let covered = newest.as_ref().map_or(0, ops_of);
        Ok(held >= covered.saturating_add(bench.tuning.snapshot_every_ops))
    }

    /// One piece; the first call makes the file, the last one offers it.
    pub(super) async fn snapshot_send(&self) -> Result<LaneDone, Failure> {
        let under_way = self.notes().upload.take();
        let (upload, chunk) = match under_way {
            Some(under_way) => under_way,
            None => (Upload::open(&self.bench.store, &self.bench.ports)?, 0),
        };
        let Some(id) = upload.manifest.chunks.get(chunk).copied() else {
            self.offer(&upload.manifest).await?;
            upload.drop_files(&self.bench.store)?;
            return Ok(LaneDone::SnapshotSent { more: false });
        };
        let state = self.states(vec![id]).await?.remove(&id);
        let done = match state {
            Some(state) if state.done => true,
            state => self.send_piece(&upload, chunk, id, state.map_or(0, |state| state.have_bytes)).await?,
        };
        self.notes().upload = Some((upload, if done { chunk + 1 } else { chunk }));
        Ok(LaneDone::SnapshotSent { more: true })
    }

    /// All pieces without a pause.
    pub(crate) async fn whole_snapshot(&self) -> Result<(), Failure> {
        while let LaneDone::SnapshotSent { more: true } = self.snapshot_send().await? {}
        Ok(())
    }

    async fn send_piece(&self, upload: &Upload, chunk: usize, id: Hash32, have: u64) -> Result<bool, Failure> {
        let bytes = upload.chunk(chunk)?;
        let begun = usize::try_from(have).unwrap_or(usize::MAX).min(bytes.len());
        let request = BlobsPutRequest {
            blob: id,
            scope: Scope::Town(self.bench.town()),
            total_bytes: bytes.len() as u64,
            sealed_hash: id,
            offset: begun as u64,
            bytes: bytes[begun..bytes.len().min(begun + BLOB_PIECE_MAX_BYTES)].to_vec(),
        };
        let answer: BlobsPutAnswer = self.bench.ask(Endpoint::BlobsPut, &request).await?;
        if !answer.done && answer.have_bytes <= have {
            return Err(Failure::Garbled);
        }
        Ok(answer.done)
    }

    async fn offer(&self, manifest: &Manifest) -> Result<(), Failure> {
        let manifest = to_cbor(manifest);
        let signature = self.bench.store.sign_hash(Context::SnapshotManifest, &Hash32::of(&manifest)).to_vec();
        let signature = HeadSignature { alg: ED25519_TAG.to_owned(), signature };
        let _taken: SnapshotPutAnswer =
            self.bench.ask(Endpoint::SnapshotPut, &SnapshotPutRequest { manifest, signature }).await?;
        tracing::info!("a snapshot of the town is at the district");
        Ok(())
    }
}
