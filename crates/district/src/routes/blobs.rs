//! `/v1/blobs/*` and `/v1/snapshot/*`.

use zhenxin_protocol::wire::blobs::{BlobsGetRequest, BlobsHaveAnswer, BlobsHaveRequest, BlobsPutRequest};
use zhenxin_protocol::wire::limits::{BLOB_MAX_BYTES, BLOB_PIECE_MAX_BYTES, BLOBS_HAVE_MAX};
use zhenxin_protocol::wire::snapshot::{SnapshotPutAnswer, SnapshotPutRequest};
use zhenxin_protocol::wire::{Answer, Ask, FaultCode, WireFault};

use super::within;
use crate::server::Site;
use crate::store::blob::BlobError;
use crate::store::device::Device;

impl From<BlobError> for WireFault {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::Refused(code) => Self::of(code),
            BlobError::Store(error) => error.into(),
        }
    }
}

pub(super) fn have(site: &Site, device: &Device, ask: &Ask) -> Result<Answer, WireFault> {
    let request: BlobsHaveRequest = ask.body()?;
    within(request.blobs.len(), BLOBS_HAVE_MAX)?;
    let blobs = site.store.blobs_have(device, &request.blobs)?;
    Ok(Answer::done(site.store.lineage(), &BlobsHaveAnswer { blobs }))
}

pub(super) fn put(site: &Site, device: &Device, ask: &Ask) -> Result<Answer, WireFault> {
    let request: BlobsPutRequest = ask.body()?;
    within(request.bytes.len(), BLOB_PIECE_MAX_BYTES)?;
    if request.total_bytes > BLOB_MAX_BYTES {
        return Err(WireFault::of(FaultCode::TooLarge));
    }
    let answer = site.store.blobs_put(device, &request, site.blob_quota_bytes, (site.clock)())?;
    tracing::debug!(device = %device.id, bytes = request.bytes.len(), done = answer.done, "a piece of a blob");
    Ok(Answer::done(site.store.lineage(), &answer))
}

pub(super) fn get(site: &Site, device: &Device, ask: &Ask) -> Result<Answer, WireFault> {
    let request: BlobsGetRequest = ask.body()?;
    Ok(Answer::done(site.store.lineage(), &site.store.blobs_get(device, &request)?))
}

pub(super) fn snapshot_put(site: &Site, device: &Device, ask: &Ask) -> Result<Answer, WireFault> {
    let request: SnapshotPutRequest = ask.body()?;
    site.store.snapshot_put(device, &request, (site.clock)())?;
    tracing::info!(device = %device.id, "a snapshot");
    Ok(Answer::done(site.store.lineage(), &SnapshotPutAnswer {}))
}

pub(super) fn snapshot_get(site: &Site, device: &Device) -> Result<Answer, WireFault> {
    Ok(Answer::done(site.store.lineage(), &site.store.snapshot_get(device)?))
}
