//! Snapshots of a whole town, made by one of its devices for a new one.

use std::collections::HashSet;

use zhenxin_domain::division::{Scope, TownCode};
use zhenxin_domain::ids::DeviceId;
use zhenxin_protocol::device_key::{Context, ED25519_TAG, verify_hash};
use zhenxin_protocol::frame::from_cbor;
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::wire::FaultCode;
use zhenxin_protocol::wire::limits::SNAPSHOT_CHUNKS_MAX;
use zhenxin_protocol::wire::ops::HeadSignature;
use zhenxin_protocol::wire::scope::allows;
use zhenxin_protocol::wire::snapshot::{Manifest, SnapshotGetAnswer, SnapshotPutRequest};

use super::blob::{self, BlobError};
use super::db::{Row, Tx};
use super::device::{Device, read_scopes, scopes_text};
use super::tables::SNAPSHOT;
use super::{Store, StoreError};

/// Snapshots of a town that are kept: the newest, and the one before it for a
/// device that is in the middle of fetching it.
const KEPT: usize = 2;

/// A snapshot's row.
pub(super) struct SnapshotRow {
    pub(super) town: String,
    id: [u8; 16],
    device: DeviceId,
    scopes: Vec<Scope>,
    pub(super) manifest: Vec<u8>,
    signature: HeadSignature,
}

impl SnapshotRow {
    pub(super) fn read(mut row: Row) -> Result<Self, StoreError> {
        let (town, id, _received_at_ms) = (row.text()?, row.bytes()?, row.int()?);
        let device = DeviceId::from_bytes(row.bytes()?);
        let scopes = read_scopes(&row.text()?)?;
        let manifest = row.blob()?;
        let signature = HeadSignature { alg: row.text()?, signature: row.blob()? };
        Ok(Self { town, id, device, scopes, manifest, signature })
    }

    pub(super) fn chunks(&self) -> Result<Vec<Hash32>, StoreError> {
        let manifest: Manifest = from_cbor(&self.manifest).map_err(|_| StoreError::Damaged("snapshot"))?;
        Ok(manifest.chunks)
    }
}

impl Store {
    /// Takes a snapshot of a device that has the whole town. All its chunks must
    /// be there. Older ones than the one before it go, with their chunks.
    ///
    /// # Errors
    /// [`BlobError`].
    pub fn snapshot_put(&self, device: &Device, request: &SnapshotPutRequest, now_ms: i64) -> Result<(), BlobError> {
        let refused = |code| Err(BlobError::Refused(code));
        let signature = &request.signature;
        let signed = signature.alg == ED25519_TAG
            && verify_hash(
                &device.sign_key,
                Context::SnapshotManifest,
                &Hash32::of(&request.manifest),
                &signature.signature,
            )
            .is_ok();
        if !signed {
            return refused(FaultCode::BadSignature);
        }
        let Ok(manifest) = from_cbor::<Manifest>(&request.manifest) else { return refused(FaultCode::BadFrame) };
        if manifest.chunks.len() > SNAPSHOT_CHUNKS_MAX {
            return refused(FaultCode::TooLarge);
        }
        let scopes: Vec<Scope> = manifest.heads.iter().map(|head| head.scope).collect();
        let whole_town = device.scopes.contains(&Scope::Town(device.town));
        let own = scopes.iter().all(|scope| allows(device.town, &device.scopes, *scope));
        if !whole_town || !own || manifest.device != device.id {
            return refused(FaultCode::ScopeDenied);
        }
        self.write(|tx| {
            for chunk in &manifest.chunks {
                if !blob::row(tx, device.town, chunk)?.is_some_and(|blob| blob.done) {
                    return refused(FaultCode::BlobUnknown);
                }
            }
            tx.put(
                &SNAPSHOT,
                &[
                    device.town.as_str().into(),
                    (&manifest.snapshot).into(),
                    now_ms.into(),
                    device.id.as_bytes().into(),
                    scopes_text(&scopes).into(),
                    (&request.manifest).into(),
                    (&signature.alg).into(),
                    (&signature.signature).into(),
                ],
            )?;
            drop_but(tx, device.town.as_str(), KEPT)?;
            Ok(())
        })
    }

    /// The chunks of all snapshots of a town.
    pub(crate) fn snapshot_chunks(&self, town: TownCode) -> Result<HashSet<Hash32>, StoreError> {
        self.read(|tx| {
            let rows = newest_first(tx, town.as_str())?;
            let chunks = rows.iter().map(SnapshotRow::chunks).collect::<Result<Vec<_>, _>>()?;
            Ok(chunks.into_iter().flatten().collect())
        })
    }

    /// The newest snapshot whose scopes the device may all read.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn snapshot_get(&self, device: &Device) -> Result<SnapshotGetAnswer, StoreError> {
        let newest = self
            .read(|tx| newest_first(tx, device.town.as_str()))?
            .into_iter()
            .find(|row| row.scopes.iter().all(|scope| allows(device.town, &device.scopes, *scope)));
        Ok(newest.map_or_else(SnapshotGetAnswer::default, |row| SnapshotGetAnswer {
            manifest: Some(row.manifest),
            device: Some(row.device),
            signature: Some(row.signature),
        }))
    }
}

fn newest_first(tx: &Tx<'_>, town: &str) -> Result<Vec<SnapshotRow>, StoreError> {
    tx.select(&SNAPSHOT, "WHERE town = $1 ORDER BY received_at_ms DESC, id DESC", &[town.into()])?
        .into_iter()
        .map(SnapshotRow::read)
        .collect()
}

/// Drops all snapshots of a town with their chunks.
pub(super) fn drop_all(tx: &Tx<'_>, town: TownCode) -> Result<(), StoreError> {
    drop_but(tx, town.as_str(), 0)
}

/// Drops all but the newest, and the chunks that no kept one needs.
fn drop_but(tx: &Tx<'_>, town: &str, newest: usize) -> Result<(), StoreError> {
    let mut kept = newest_first(tx, town)?;
    let old = kept.split_off(newest.min(kept.len()));
    let mut needed = HashSet::new();
    for row in &kept {
        needed.extend(row.chunks()?);
    }
    for row in old {
        for chunk in row.chunks()?.iter().filter(|chunk| !needed.contains(chunk)) {
            blob::drop_blob(tx, town, chunk)?;
        }
        tx.delete(&SNAPSHOT, &[(&row.town).into(), (&row.id).into()])?;
    }
    Ok(())
}
