//! What a bundle for a device needs beside what a request gives: how far it had
//! got, what was refused, how far the chains go.

use std::collections::HashSet;

use zhenxin_domain::ids::DeviceId;
use zhenxin_protocol::bundle::item::{ChainPlace, Refusal, Refusals, Vector};
use zhenxin_protocol::frame::{from_cbor, to_cbor};
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::merkle::root_at;
use zhenxin_protocol::wire::ops::{Cursor, RejectCode};

use super::blob::BlobRow;
use super::device::Device;
use super::tables::{BLOB, BUNDLE_VECTOR};
use super::tree::{Tree, readable};
use super::{Store, StoreError};

/// Refused ops in one bundle: more than a device ever has; the newest go.
const REFUSALS_MAX: u64 = 10_000;

/// Rows of blobs that are read at a time.
const BLOBS_PAGE: u64 = 1_000;

/// Where the next bundle for a device begins.
pub(crate) struct Start {
    /// Its cursors, as far as its history is ours.
    pub(crate) cursors: Vec<Cursor>,
    /// Blobs that it has whole.
    pub(crate) blobs: HashSet<Hash32>,
}

impl Store {
    /// Notes what a device said that it has.
    pub(crate) fn note_vector(&self, device: &Device, vector: &Vector, now_ms: i64) -> Result<(), StoreError> {
        self.write(|tx| {
            tx.put(
                &BUNDLE_VECTOR,
                [device.town.as_str().into(), device.id.as_bytes().into(), now_ms.into(), to_cbor(vector).into()],
            )
        })
    }

    /// Where the next bundle for a device begins: at what it said last; where
    /// that is no beginning of our history, at the very first op.
    pub(crate) fn bundle_start(&self, device: &Device) -> Result<Start, StoreError> {
        self.read(|tx| {
            let mut start = Start { cursors: Vec::new(), blobs: HashSet::new() };
            let key = [device.town.as_str().into(), device.id.as_bytes().into()];
            let Some(mut row) = tx.get(&BUNDLE_VECTOR, &key)? else { return Ok(start) };
            let (_town, _device, _received_at_ms) = (row.text()?, row.blob()?, row.int()?);
            let vector: Vector = from_cbor(&row.blob()?).map_err(|_| StoreError::Damaged("bundle_vector"))?;
            start.blobs.extend(vector.blobs);
            for row in readable(tx, device)? {
                let said = vector.heads.iter().find(|head| head.scope == row.scope && head.size <= row.size());
                let Some(head) = said else { continue };
                if root_at(&mut Tree::of(tx, &row), head.size).is_ok_and(|root| root == head.root) {
                    start.cursors.push(Cursor { scope: row.scope, after: head.size });
                }
            }
            Ok(start)
        })
    }

    /// What the district has of a town, as far as the device may know.
    pub(crate) fn vector(&self, device: &Device) -> Result<Vector, StoreError> {
        self.read(|tx| {
            let chains = tx.query(
                "SELECT device, epoch, max(seq) FROM op WHERE town = $1 GROUP BY device, epoch ORDER BY device, epoch",
                &[device.town.as_str().into()],
            )?;
            let chains = chains.into_iter().map(|mut row| {
                Ok(ChainPlace { device: DeviceId::from_bytes(row.bytes()?), epoch: row.narrow()?, seq: row.uint()? })
            });
            Ok(Vector {
                heads: readable(tx, device)?.iter().map(|row| row.head()).collect(),
                chains: chains.collect::<Result<_, StoreError>>()?,
                // a device that sends a blob again is told that it is there
                blobs: Vec::new(),
            })
        })
    }

    /// What was refused of the device's ops, by epoch.
    pub(crate) fn refused_of(&self, device: &Device) -> Result<Vec<Refusals>, StoreError> {
        self.read(|tx| {
            let rows = tx.query(
                "SELECT epoch, seq, reject_code, hash FROM op WHERE town = $1 AND device = $2 AND server_seq IS NULL \
                 ORDER BY epoch DESC, seq DESC LIMIT $3",
                &[device.town.as_str().into(), device.id.as_bytes().into(), REFUSALS_MAX.into()],
            )?;
            let mut refusals: Vec<Refusals> = Vec::new();
            for mut row in rows.into_iter().rev() {
                let epoch = row.narrow()?;
                let seq = row.uint()?;
                let code = RejectCode::from_name(&row.text()?).ok_or(StoreError::Damaged("op"))?;
                let refusal = Refusal {
                    seq,
                    code: code.name().to_owned(),
                    text: code.text().to_owned(),
                    hash: Hash32(row.bytes()?),
                };
                match refusals.last_mut().filter(|last| last.epoch == epoch) {
                    Some(last) => last.refused.push(refusal),
                    None => refusals.push(Refusals { device: device.id, epoch, refused: vec![refusal] }),
                }
            }
            Ok(refusals)
        })
    }

    /// Complete blobs of the device's town, the oldest first, after a place in that order.
    pub(crate) fn blobs_page(&self, device: &Device, after: Option<(i64, Hash32)>) -> Result<Vec<BlobRow>, StoreError> {
        let (at_ms, id) = after.unwrap_or((i64::MIN, Hash32::ZERO));
        self.read(|tx| {
            let rows = tx.select(
                &BLOB,
                "WHERE town = $1 AND done = 1 AND (changed_at_ms, id) > ($2, $3) ORDER BY changed_at_ms, id LIMIT $4",
                &[device.town.as_str().into(), at_ms.into(), id.as_bytes().into(), BLOBS_PAGE.into()],
            )?;
            rows.into_iter().map(BlobRow::read).collect()
        })
    }
}
