//! Sealed attachments and chunks of snapshots, in pieces, for those who may read
//! their scope. The district sees only lengths and hashes.

use serde::Serialize;
use sm3::{Digest, Sm3};

use zhenxin_domain::division::{Scope, TownCode};
use zhenxin_domain::ids::DeviceId;
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::wire::FaultCode;
use zhenxin_protocol::wire::blobs::{BlobState, BlobsGetAnswer, BlobsGetRequest, BlobsPutAnswer, BlobsPutRequest};
use zhenxin_protocol::wire::limits::BLOB_PIECE_MAX_BYTES;
use zhenxin_protocol::wire::scope::allows;

use super::db::{Row, Tx, Value};
use super::device::Device;
use super::tables::{BLOB, BLOB_PIECE};
use super::{Store, StoreError};

/// An upload that nobody has gone on with for so long is given up when its town
/// runs out of room: 30 days, longer than any village stays offline.
const GIVEN_UP_AFTER_MS: i64 = 30 * 24 * 3_600 * 1_000;

/// Most unfinished uploads of one device: it sends one at a time, and a cut leaves few behind. Of more, those that it has
/// not gone on with for longest begin anew.
const UNFINISHED_MAX: usize = 16;

/// Why a piece is not taken or given.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// Told to the device.
    #[error("{}", .0.name())]
    Refused(FaultCode),
    /// A fault of the store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What the blobs of a town take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BlobUse {
    /// 9 digits.
    pub town: String,
    /// Complete ones.
    pub blobs: u64,
    /// Bytes of all, as far as they have come.
    pub bytes: u64,
    /// Those that are not complete.
    pub unfinished: u64,
}

/// A blob's row.
pub(crate) struct BlobRow {
    pub(super) town: String,
    pub(crate) id: Hash32,
    pub(crate) scope: Scope,
    pub(crate) total_bytes: u64,
    pub(crate) sealed_hash: Hash32,
    pub(super) have_bytes: u64,
    pub(super) done: bool,
    device: [u8; 16],
    pub(crate) changed_at_ms: i64,
}

impl BlobRow {
    pub(super) fn read(mut row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            town: row.text()?,
            id: Hash32(row.bytes()?),
            scope: row.parsed()?,
            total_bytes: row.uint()?,
            sealed_hash: Hash32(row.bytes()?),
            have_bytes: row.uint()?,
            done: row.flag()?,
            device: row.bytes()?,
            changed_at_ms: row.int()?,
        })
    }

    /// Whether the device may read it.
    pub(crate) fn is_for(&self, device: &Device) -> bool {
        allows(device.town, &device.scopes, self.scope)
    }

    fn values(&self) -> Vec<Value<'_>> {
        vec![
            (&self.town).into(),
            self.id.as_bytes().into(),
            self.scope.as_str().into(),
            self.total_bytes.into(),
            self.sealed_hash.as_bytes().into(),
            self.have_bytes.into(),
            self.done.into(),
            (&self.device).into(),
            self.changed_at_ms.into(),
        ]
    }

    fn state(&self) -> BlobState {
        BlobState { blob: self.id, have_bytes: self.have_bytes, total_bytes: self.total_bytes, done: self.done }
    }
}

impl Store {
    /// How much of each blob is there; nothing of those that the device may not
    /// read.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn blobs_have(&self, device: &Device, ids: &[Hash32]) -> Result<Vec<BlobState>, StoreError> {
        self.read(|tx| {
            ids.iter()
                .map(|id| {
                    let none = BlobState { blob: *id, have_bytes: 0, total_bytes: 0, done: false };
                    let row = row(tx, device.town, id)?;
                    let row = row.filter(|row| allows(device.town, &device.scopes, row.scope));
                    Ok(row.map_or(none, |row| row.state()))
                })
                .collect()
        })
    }

    /// Takes a piece where it continues what is there. When it completes the blob,
    /// the whole is checked; one that does not fit its hash is dropped as a whole.
    ///
    /// # Errors
    /// [`BlobError`].
    pub fn blobs_put(
        &self,
        device: &Device,
        piece: &BlobsPutRequest,
        quota_bytes: u64,
        now_ms: i64,
    ) -> Result<BlobsPutAnswer, BlobError> {
        let taken = self.write(|tx| {
            let mut blob = self::begun(tx, device, piece, quota_bytes, now_ms)?;
            if blob.done && blob.sealed_hash != piece.sealed_hash {
                return Err(BlobError::Refused(FaultCode::BlobDamaged));
            }
            let end = piece.offset + piece.bytes.len() as u64;
            if blob.done || piece.offset != blob.have_bytes || end > blob.total_bytes {
                return Ok(Some(blob.state()));
            }
            if !piece.bytes.is_empty() {
                // others may have begun since there was room for the whole
                make_room(tx, device.town, Some(&blob.id), piece.bytes.len() as u64, quota_bytes, now_ms)?;
                tx.insert(
                    &BLOB_PIECE,
                    &[vec![(&blob.town).into(), blob.id.as_bytes().into(), piece.offset.into(), (&piece.bytes).into()]],
                )?;
            }
            blob.have_bytes = end;
            blob.changed_at_ms = now_ms;
            if end == blob.total_bytes {
                if whole_hash(tx, &blob)? != blob.sealed_hash {
                    drop_blob(tx, &blob.town, &blob.id)?;
                    return Ok(None);
                }
                blob.done = true;
            }
            tx.put(&BLOB, blob.values())?;
            Ok(Some(blob.state()))
        })?;
        // the dropping is kept, so that the sender begins anew
        let state = taken.ok_or(BlobError::Refused(FaultCode::BlobDamaged))?;
        Ok(BlobsPutAnswer { have_bytes: state.have_bytes, done: state.done })
    }

    /// Gives a piece of a complete blob.
    ///
    /// # Errors
    /// [`BlobError`].
    pub fn blobs_get(&self, device: &Device, asked: &BlobsGetRequest) -> Result<BlobsGetAnswer, BlobError> {
        let unknown = || BlobError::Refused(FaultCode::BlobUnknown);
        let limit = (asked.limit as usize).clamp(1, BLOB_PIECE_MAX_BYTES);
        self.read(|tx| {
            let blob = row(tx, device.town, &asked.blob)?.filter(|blob| blob.done).ok_or_else(unknown)?;
            if !allows(device.town, &device.scopes, blob.scope) {
                return Err(unknown());
            }
            let bytes = part(tx, &blob, asked.offset, limit)?;
            Ok(BlobsGetAnswer { total_bytes: blob.total_bytes, sealed_hash: blob.sealed_hash, bytes })
        })
    }

    /// What the blobs of each town take.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn blob_use(&self) -> Result<Vec<BlobUse>, StoreError> {
        self.read(|tx| {
            let rows = tx.query(
                "SELECT town, CAST(sum(done) AS BIGINT), CAST(sum(have_bytes) AS BIGINT), \
                 CAST(sum(1 - done) AS BIGINT) FROM blob GROUP BY town ORDER BY town",
                &[],
            )?;
            rows.into_iter()
                .map(|mut row| {
                    Ok(BlobUse { town: row.text()?, blobs: row.uint()?, bytes: row.uint()?, unfinished: row.uint()? })
                })
                .collect()
        })
    }
}

pub(super) fn row(tx: &Tx<'_>, town: TownCode, id: &Hash32) -> Result<Option<BlobRow>, StoreError> {
    tx.get(&BLOB, &[town.as_str().into(), id.as_bytes().into()])?.map(BlobRow::read).transpose()
}

/// The blob that the piece belongs to, held to the end of the transaction; made
/// with the first piece, and made anew where another whole was begun under its
/// id.
fn begun(
    tx: &Tx<'_>,
    device: &Device,
    piece: &BlobsPutRequest,
    quota_bytes: u64,
    now_ms: i64,
) -> Result<BlobRow, BlobError> {
    let town = device.town;
    let denied = BlobError::Refused(FaultCode::ScopeDenied);
    if !allows(town, &device.scopes, piece.scope) {
        return Err(denied);
    }
    let key: [Value<'_>; 2] = [town.as_str().into(), piece.blob.as_bytes().into()];
    if let Some(there) = tx.get_locked(&BLOB, &key)?.map(BlobRow::read).transpose()? {
        if !allows(town, &device.scopes, there.scope) {
            return Err(denied);
        }
        let same = there.sealed_hash == piece.sealed_hash && there.total_bytes == piece.total_bytes;
        if same || there.done {
            return Ok(there);
        }
        drop_blob(tx, &there.town, &there.id)?;
    }
    make_room(tx, town, None, piece.total_bytes, quota_bytes, now_ms)?;
    drop_unfinished(tx, town, device.id, UNFINISHED_MAX - 1)?;
    let fresh = BlobRow {
        town: town.to_string(),
        id: piece.blob,
        scope: piece.scope,
        total_bytes: piece.total_bytes,
        sealed_hash: piece.sealed_hash,
        have_bytes: 0,
        done: false,
        device: *device.id.as_bytes(),
        changed_at_ms: now_ms,
    };
    tx.insert_new(&BLOB, &[fresh.values()])?;
    // where another device came first, its row counts
    let row = tx.get_locked(&BLOB, &key)?.ok_or(StoreError::Damaged("blob"))?;
    Ok(BlobRow::read(row)?)
}

/// Refuses what passes the town's quota, after giving up what nobody goes on with; `but` is gone on with now. What was
/// only announced takes no room: whoever announces and sends nothing keeps nobody else out.
fn make_room(
    tx: &Tx<'_>,
    town: TownCode,
    but: Option<&Hash32>,
    more_bytes: u64,
    quota_bytes: u64,
    now_ms: i64,
) -> Result<(), BlobError> {
    let used = |tx: &Tx<'_>| -> Result<u64, StoreError> {
        tx.first(
            "SELECT CAST(coalesce(sum(have_bytes), 0) AS BIGINT) FROM blob WHERE town = $1",
            &[town.as_str().into()],
        )?
        .ok_or(StoreError::Damaged("blob"))?
        .uint()
    };
    if used(tx)?.saturating_add(more_bytes) <= quota_bytes {
        return Ok(());
    }
    let given_up = tx.query(
        "SELECT id FROM blob WHERE town = $1 AND done = 0 AND changed_at_ms < $2",
        &[town.as_str().into(), now_ms.saturating_sub(GIVEN_UP_AFTER_MS).into()],
    )?;
    for mut row in given_up {
        let id = Hash32(row.bytes()?);
        if but != Some(&id) {
            drop_blob(tx, town.as_str(), &id)?;
        }
    }
    if used(tx)?.saturating_add(more_bytes) <= quota_bytes {
        return Ok(());
    }
    Err(BlobError::Refused(FaultCode::Quota))
}

/// Drops what a device began and nobody finished, but for so many that were gone on with last.
pub(super) fn drop_unfinished(tx: &Tx<'_>, town: TownCode, device: DeviceId, but: usize) -> Result<(), StoreError> {
    let unfinished = tx.query(
        "SELECT id FROM blob WHERE town = $1 AND device = $2 AND done = 0 ORDER BY changed_at_ms DESC, id",
        &[town.as_str().into(), device.as_bytes().into()],
    )?;
    for mut row in unfinished.into_iter().skip(but) {
        drop_blob(tx, town.as_str(), &Hash32(row.bytes()?))?;
    }
    Ok(())
}

pub(super) fn drop_blob(tx: &Tx<'_>, town: &str, id: &Hash32) -> Result<(), StoreError> {
    tx.delete(&BLOB_PIECE, &[town.into(), id.as_bytes().into()])?;
    tx.delete(&BLOB, &[town.into(), id.as_bytes().into()])?;
    Ok(())
}

/// The piece that begins at or before `offset`.
fn piece_at(tx: &Tx<'_>, blob: &BlobRow, offset: u64) -> Result<(u64, Vec<u8>), StoreError> {
    let rows = tx.select(
        &BLOB_PIECE,
        "WHERE town = $1 AND blob = $2 AND place <= $3 ORDER BY place DESC LIMIT 1",
        &[(&blob.town).into(), blob.id.as_bytes().into(), offset.into()],
    )?;
    let mut row = rows.into_iter().next().ok_or(StoreError::Damaged("blob_piece"))?;
    let (_town, _blob, place, bytes) = (row.text()?, row.blob()?, row.uint()?, row.blob()?);
    if place + bytes.len() as u64 <= offset {
        return Err(StoreError::Damaged("blob_piece"));
    }
    Ok((place, bytes))
}

/// SM3 of what is there, one piece in memory at a time.
pub(super) fn whole_hash(tx: &Tx<'_>, blob: &BlobRow) -> Result<Hash32, StoreError> {
    let mut hash = Sm3::new();
    let mut at = 0;
    while at < blob.have_bytes {
        let (place, bytes) = piece_at(tx, blob, at)?;
        if place != at {
            return Err(StoreError::Damaged("blob_piece"));
        }
        hash.update(&bytes);
        at += bytes.len() as u64;
    }
    if at != blob.have_bytes {
        return Err(StoreError::Damaged("blob_piece"));
    }
    Ok(Hash32(hash.finalize().into()))
}

fn part(tx: &Tx<'_>, blob: &BlobRow, offset: u64, limit: usize) -> Result<Vec<u8>, StoreError> {
    let end = blob.total_bytes.min(offset.saturating_add(limit as u64));
    let mut part = Vec::new();
    let mut at = offset;
    while at < end {
        let (place, bytes) = piece_at(tx, blob, at)?;
        let from = usize::try_from(at - place).unwrap_or(usize::MAX);
        let to = bytes.len().min(from + usize::try_from(end - at).unwrap_or(usize::MAX));
        part.extend_from_slice(&bytes[from..to]);
        at += (to - from) as u64;
    }
    Ok(part)
}
