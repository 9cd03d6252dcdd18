//! `/v1/blobs/*`: sealed attachments and chunks of snapshots, in pieces. A blob
//! is named by 32 bytes that the sender chose ([`crate::attachment`]); the
//! district reads none and checks only the hash of the sealed whole.

use minicbor::{Decode, Encode};

use zhenxin_domain::division::Scope;

use crate::hash::Hash32;

/// Asks how much of each blob is there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct BlobsHaveRequest {
    /// At most [`super::limits::BLOBS_HAVE_MAX`].
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub blobs: Vec<Hash32>,
}

/// One row per blob that was asked for, in that order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct BlobsHaveAnswer {
    /// The rows.
    #[n(0)]
    pub blobs: Vec<BlobState>,
}

/// How much of a blob is there; all zero for an unknown one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct BlobState {
    /// Which.
    #[cbor(n(0), with = "crate::canon")]
    pub blob: Hash32,
    /// Bytes from the beginning that are there.
    #[n(1)]
    pub have_bytes: u64,
    /// Bytes of the whole.
    #[n(2)]
    pub total_bytes: u64,
    /// Whether it is complete and checked.
    #[n(3)]
    pub done: bool,
}

/// A piece that continues a blob.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct BlobsPutRequest {
    /// Which.
    #[cbor(n(0), with = "crate::canon")]
    pub blob: Hash32,
    /// The scope whose devices may fetch it.
    #[cbor(n(1), with = "crate::canon")]
    pub scope: Scope,
    /// Bytes of the sealed whole.
    #[n(2)]
    pub total_bytes: u64,
    /// SM3 of the sealed whole.
    #[cbor(n(3), with = "crate::canon")]
    pub sealed_hash: Hash32,
    /// Where the piece begins.
    #[n(4)]
    pub offset: u64,
    /// At most [`super::limits::BLOB_PIECE_MAX_BYTES`].
    #[cbor(n(5), with = "minicbor::bytes")]
    pub bytes: Vec<u8>,
}

/// Where to go on. After a piece at another place than the end of what is
/// there, nothing was taken and this says where the end is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct BlobsPutAnswer {
    /// Bytes from the beginning that are there.
    #[n(0)]
    pub have_bytes: u64,
    /// Whether it is complete and checked.
    #[n(1)]
    pub done: bool,
}

/// Asks for a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct BlobsGetRequest {
    /// Which.
    #[cbor(n(0), with = "crate::canon")]
    pub blob: Hash32,
    /// Where the piece begins.
    #[n(1)]
    pub offset: u64,
    /// Most bytes in the answer; the district may send fewer.
    #[n(2)]
    pub limit: u32,
}

/// A piece.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct BlobsGetAnswer {
    /// Bytes of the whole.
    #[n(0)]
    pub total_bytes: u64,
    /// SM3 of the sealed whole.
    #[cbor(n(1), with = "crate::canon")]
    pub sealed_hash: Hash32,
    /// The bytes from the offset on; none at or after the end.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub bytes: Vec<u8>,
}
