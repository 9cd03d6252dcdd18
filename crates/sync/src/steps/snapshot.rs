//! A snapshot in place of ops one by one, for an empty file.

use zhenxin_protocol::device_key::ED25519_TAG;
use zhenxin_protocol::frame::from_cbor;
use zhenxin_protocol::merkle::verify_consistency;
use zhenxin_protocol::wire::Endpoint;
use zhenxin_protocol::wire::blobs::{BlobsGetAnswer, BlobsGetRequest};
use zhenxin_protocol::wire::heads::HeadsAnswer;
use zhenxin_protocol::wire::limits::BLOB_PIECE_MAX_BYTES;
use zhenxin_protocol::wire::snapshot::{Manifest, SnapshotGetAnswer, SnapshotGetRequest};

use super::Workbench;
use crate::engine::{Done, Offer, Piece};
use crate::failure::Failure;
use crate::link::{number, save_number};
use crate::snapshot::{DAMAGED_MAX, Download, Laid, ops_of, signed_by, well_formed};

/// When the wait for the key of a snapshot began, milliseconds UTC.
const WAIT_SINCE: &str = "snapshot_wait_since";
/// Damaged chunks so far.
const DAMAGED: &str = "snapshot_damaged";

/// How long an empty file waits for the key that opens a snapshot. Another PC
/// hands it over in its next round, five minutes from now at most; when none is
/// switched on, single ops are better than nothing.
const KEY_WAIT_MS: u64 = 30 * 60 * 1_000;

impl Workbench {
    pub(super) async fn snapshot_offer(&self) -> Result<Done, Failure> {
        if number(&self.store, DAMAGED)? >= u64::from(DAMAGED_MAX) {
            return Ok(Done::Offered(Offer::None));
        }
        let answer: SnapshotGetAnswer = self.ask(Endpoint::SnapshotGet, &SnapshotGetRequest::default()).await?;
        let Some(manifest) = self.usable(&answer)? else {
            return Ok(Done::Offered(Offer::None));
        };
        if !self.continued(&manifest).await? {
            tracing::warn!("the snapshot holds another history than the district");
            return Ok(Done::Offered(Offer::None));
        }
        if self.store.data_key_bytes(manifest.data_key)?.is_none() {
            return Ok(Done::Offered(self.wait_for_key()?));
        }
        let total_bytes = manifest.total_bytes;
        let download = Download::open(&self.store, manifest);
        self.notes().download = Some(download);
        Ok(Done::Offered(Offer::Take { total_bytes }))
    }

    /// The manifest, where its maker has signed it and it is worth taking.
    fn usable(&self, answer: &SnapshotGetAnswer) -> Result<Option<Manifest>, Failure> {
        let (Some(bytes), Some(device), Some(signature)) = (&answer.manifest, answer.device, &answer.signature) else {
            return Ok(None);
        };
        let signed = signature.alg == ED25519_TAG && signed_by(&self.store, device, bytes, &signature.signature)?;
        let manifest: Option<Manifest> = from_cbor(bytes).ok();
        Ok(manifest.filter(|manifest| {
            signed
                && manifest.device == device
                && well_formed(manifest)
                && ops_of(manifest) >= self.tuning.snapshot_worth_ops
                && manifest.heads.iter().all(|head| self.may_read(head.scope))
        }))
    }

    /// Whether the district's log continues what the snapshot holds.
    async fn continued(&self, manifest: &Manifest) -> Result<bool, Failure> {
        let request = self.question(&manifest.heads)?;
        let answer: HeadsAnswer = self.ask(Endpoint::Heads, &request).await?;
        let lineage = self.notes().lineage.unwrap_or_else(|| self.link.lineage());
        self.signed(lineage, &answer)?;
        Ok(manifest.heads.iter().filter(|head| head.size > 0).all(|head| {
            let proven = answer.heads.iter().find(|proven| proven.scope == head.scope);
            proven.is_some_and(|proven| {
                let proof = proven.proof.as_deref();
                proof.is_some_and(|proof| verify_consistency(head.size, &head.root, proven.size, &proven.root, proof))
            })
        }))
    }

    fn wait_for_key(&self) -> Result<Offer, Failure> {
        let now_ms = u64::try_from(self.ports.clock.now_ms()).unwrap_or(0);
        let since_ms = match number(&self.store, WAIT_SINCE)? {
            0 => {
                save_number(&self.store, WAIT_SINCE, now_ms)?;
                now_ms
            }
            since_ms => since_ms,
        };
        // a clock that was set back must not make the wait endless
        let waited = now_ms < since_ms || now_ms - since_ms > KEY_WAIT_MS;
        Ok(if waited { Offer::None } else { Offer::Wait })
    }

    pub(super) async fn snapshot_piece(&self) -> Result<Done, Failure> {
        let wanted = self.notes().download.as_ref().ok_or(Failure::Garbled)?.wanted();
        let Some((blob, offset, left)) = wanted else {
            return Ok(Done::Piece(Piece::Complete));
        };
        let limit = left.min(BLOB_PIECE_MAX_BYTES);
        let request = BlobsGetRequest { blob, offset, limit: limit as u32 };
        let answer: BlobsGetAnswer = self.ask(Endpoint::BlobsGet, &request).await?;
        if answer.bytes.is_empty() || answer.bytes.len() > limit {
            return Err(Failure::Garbled);
        }
        let laid = self.notes().download.as_mut().ok_or(Failure::Garbled)?.lay(&answer.bytes)?;
        if laid == Laid::Damaged {
            let damaged = number(&self.store, DAMAGED)? + 1;
            tracing::warn!(damaged, "a chunk of the snapshot came damaged");
            save_number(&self.store, DAMAGED, damaged)?;
            if damaged >= u64::from(DAMAGED_MAX) {
                self.give_up()?;
                return Ok(Done::Piece(Piece::GivenUp));
            }
        }
        Ok(Done::Piece(Piece::Fetched { bytes: answer.bytes.len() as u64 }))
    }

    fn give_up(&self) -> Result<(), Failure> {
        let download = self.notes().download.take();
        download.map_or(Ok(()), Download::drop_files)
    }

    /// A snapshot that does not hold what it says is given up for good: ops one
    /// by one are always right.
    pub(super) fn snapshot_take(&self) -> Result<Done, Failure> {
        let download = self.notes().download.take().ok_or(Failure::Garbled)?;
        match download.take(&self.store) {
            Ok(ops) => {
                tracing::info!(ops, "a snapshot was taken");
                Ok(Done::SnapshotTaken { taken: true })
            }
            Err(failure) => {
                tracing::warn!(state = ?failure.state(0), "the snapshot is not taken");
                save_number(&self.store, DAMAGED, u64::from(DAMAGED_MAX))?;
                Ok(Done::SnapshotTaken { taken: false })
            }
        }
    }
}
