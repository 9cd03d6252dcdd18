//! Bundles: what this store puts into one, and what it takes from one. Sealing and the file are `sync`'s; the items are
//! those of the wire.
//!
//! Invariants
//! - An item counts by itself, in a transaction of its own; twice, or in any order, it changes nothing more.
//! - Nothing is believed that is not proven: operations in the district's order by its signature, waiting operations by their
//!   author's.
//! - What this device may not read is not taken.

use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::DeviceId;
use zhenxin_protocol::bundle::item::{ChainPlace, Vector};
use zhenxin_protocol::frame::{from_cbor, to_cbor};
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::wire::heads::ScopeHead;
use zhenxin_protocol::wire::limits::VECTOR_BLOBS_MAX;

use crate::error::StoreError;
use crate::log::tree::ScopeNodes;
use crate::log::{Log, cursor};
use crate::open::Store;
use crate::query::Reader;
use crate::sql::Columns;

mod give;
mod room;
mod take;

pub use give::{BundleCounts, BundleWant};
pub use room::BundleFiles;
pub use take::{BundleFrom, BundleTaken};

/// How far another device, or the district, had got when it made its newest bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleVector {
    /// Which device; none: the district.
    pub device: Option<DeviceId>,
    /// When the bundle was made, ms since 1970 UTC.
    pub made_at_ms: i64,
    /// Its heads.
    pub heads: Vec<ScopeHead>,
}

impl Store {
    /// What this device has.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn bundle_vector(&self) -> Result<Vector, StoreError> {
        self.read(vector)
    }

    /// Scopes of operations that wait here; the first one of a scope waits in one that has no head yet.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn waiting_scopes(&self) -> Result<Vec<Scope>, StoreError> {
        let sql = "SELECT DISTINCT scope FROM op WHERE status = 0";
        self.read(|r| r.all(sql, [], |row| Columns::of(row).parse()))
    }

    /// The newest vector heard of each device.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn bundle_vectors(&self) -> Result<Vec<BundleVector>, StoreError> {
        self.read(|r| {
            let sql = "SELECT device, made_at_ms, heads FROM bundle_vector ORDER BY device";
            r.all(sql, [], |row| {
                let (device, heads): (Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(2)?);
                Ok(BundleVector {
                    device: <[u8; 16]>::try_from(device).ok().map(DeviceId::from_bytes),
                    made_at_ms: row.get(1)?,
                    heads: from_cbor::<Vector>(&heads).map_or_else(|_| Vec::new(), |held| held.heads),
                })
            })
        })
    }
}

impl Store {
    /// How many operations of a scope's history, as it lies here, another one's head stands for: all that are here where it
    /// is longer, for then it cannot be compared; none where it is of another history.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn shared_with(&self, head: &ScopeHead) -> Result<u64, StoreError> {
        self.read(|r| {
            let received = cursor::load(r.conn(), head.scope)?.size();
            if head.size > received {
                return Ok(received);
            }
            let root = ScopeNodes::new(r.conn(), head.scope, received).peaks_at(head.size)?.root();
            Ok(if root == head.root { head.size } else { 0 })
        })
    }
}

fn vector(reader: &Reader<'_>) -> Result<Vector, StoreError> {
    let chains = reader.all(include_str!("bundle/chains.sql"), [], |row| {
        let seq: i64 = row.get(2)?;
        Ok(ChainPlace { device: DeviceId::from_bytes(row.get(0)?), epoch: row.get(1)?, seq: seq.max(0) as u64 })
    })?;
    // what is to be fetched is not here yet; the district gives what is not named
    let sql = "SELECT blob FROM attachment_lane WHERE blob IS NOT NULL AND state <> 2 ORDER BY blob LIMIT ?1";
    let blobs = reader.all(sql, [VECTOR_BLOBS_MAX as i64], |row| Ok(Hash32(row.get(0)?)))?;
    Ok(Vector { heads: cursor::heads(reader.conn())?, chains, blobs })
}

impl Log<'_> {
    /// Remembers how far another one had got, where the bundle is newer than the last.
    fn note_vector(&self, device: Option<DeviceId>, made_at_ms: i64, heads: &[ScopeHead]) -> Result<(), StoreError> {
        let device: &[u8] = device.as_ref().map_or(&[], |device| device.as_bytes());
        let held = Vector { heads: heads.to_vec(), ..Vector::default() };
        self.conn
            .prepare_cached(
                "INSERT INTO bundle_vector (device, made_at_ms, heads) VALUES (?1, ?2, ?3)
                 ON CONFLICT (device) DO UPDATE SET made_at_ms = excluded.made_at_ms, heads = excluded.heads
                 WHERE excluded.made_at_ms > bundle_vector.made_at_ms",
            )?
            .execute((device, made_at_ms, to_cbor(&held)))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
