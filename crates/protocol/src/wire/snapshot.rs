//! `/v1/snapshot/*`: a whole town's store for a new device, made by another
//! device. The manifest names the chunks, which travel as blobs; the maker signs
//! the manifest and seals the content, so that the district relays and reads
//! nothing.

use minicbor::{Decode, Encode};

use zhenxin_domain::ids::{DataKeyId, DeviceId};

use super::heads::ScopeHead;
use super::ops::HeadSignature;
use crate::hash::Hash32;

/// Offers a snapshot whose chunks are all at the district.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SnapshotPutRequest {
    /// CBOR of [`Manifest`], as the maker wrote it.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub manifest: Vec<u8>,
    /// The maker's over SM3 of the manifest, [`crate::device_key::Context::SnapshotManifest`].
    #[n(1)]
    pub signature: HeadSignature,
}

/// Taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct SnapshotPutAnswer {}

/// Asks for the newest snapshot whose scopes the asker may all read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct SnapshotGetRequest {}

/// The newest snapshot, or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct SnapshotGetAnswer {
    /// CBOR of [`Manifest`], as the maker wrote it.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub manifest: Option<Vec<u8>>,
    /// The maker; with a manifest.
    #[cbor(n(1), with = "crate::canon", has_nil)]
    pub device: Option<DeviceId>,
    /// The maker's signature; with a manifest.
    #[n(2)]
    pub signature: Option<HeadSignature>,
}

/// What a snapshot consists of.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Manifest {
    /// Random name of the snapshot.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub snapshot: [u8; 16],
    /// The history that it holds, ascending by scope.
    #[n(1)]
    pub heads: Vec<ScopeHead>,
    /// Bytes of the file, which is encrypted as a whole with the content key.
    #[n(2)]
    pub total_bytes: u64,
    /// Bytes of every chunk but the last.
    #[n(3)]
    pub chunk_bytes: u32,
    /// SM3 of each chunk, which is also its blob's id.
    #[cbor(n(4), with = "crate::canon", has_nil)]
    pub chunks: Vec<Hash32>,
    /// The data key that wraps the content key.
    #[cbor(n(5), with = "crate::canon")]
    pub data_key: DataKeyId,
    /// The content key, see [`crate::wrap::wrap_snapshot_key`].
    #[cbor(n(6), with = "minicbor::bytes")]
    pub wrapped: Vec<u8>,
    /// Number of the file's schema.
    #[n(7)]
    pub schema: u32,
    /// When it was made, milliseconds UTC.
    #[n(8)]
    pub made_at_ms: i64,
    /// Who made it.
    #[cbor(n(9), with = "crate::canon")]
    pub device: DeviceId,
}
