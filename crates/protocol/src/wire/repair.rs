//! `/v1/roots`, `/v1/mend` and `/v1/epoch`: finding where two histories differ,
//! giving the district back what it lost, going on after a fork.

use minicbor::bytes::ByteVec;
use minicbor::decode::{Decoder, Error as DecodeError};
use minicbor::encode::{Encoder, Error as EncodeError, Write};
use minicbor::{Decode, Encode};

use zhenxin_domain::division::Scope;

use crate::hash::Hash32;

/// Asks for roots of complete subtrees, see [`crate::merkle`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RootsRequest {
    /// The scope.
    #[cbor(n(0), with = "crate::canon")]
    pub scope: Scope,
    /// At most [`super::limits::ROOTS_MAX`].
    #[n(1)]
    pub nodes: Vec<NodePlace>,
}

/// The subtree over the leaves `index`·2^`level` up to (`index`+1)·2^`level`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(map)]
pub struct NodePlace {
    /// Height; 0 is a leaf.
    #[n(0)]
    pub level: u8,
    /// Place among those of its level, from 0.
    #[n(1)]
    pub index: u64,
}

/// As many roots as were asked for, in that order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct RootsAnswer {
    /// Nothing where the subtree is not complete.
    #[n(0)]
    pub roots: Vec<NodeRoot>,
}

/// 32 bytes, or none where the subtree is not complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct NodeRoot(#[cbor(n(0), encode_with = "put_root", decode_with = "take_root")] pub Option<Hash32>);

fn put_root<C, W: Write>(root: &Option<Hash32>, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
    e.bytes(root.as_ref().map_or(&[], |root| root.as_bytes()))?.ok()
}

fn take_root<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<Option<Hash32>, DecodeError> {
    match d.bytes()? {
        [] => Ok(None),
        bytes => Hash32::from_slice(bytes).map(Some).ok_or_else(|| DecodeError::message("a root of another length")),
    }
}

/// Bytes for ops of [`super::heads::HeadsAnswer::wanted`]. Each is taken only
/// where its hash is the one that the district kept.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct MendRequest {
    /// At most [`super::limits::MEND_OPS_MAX`].
    #[n(0)]
    pub ops: Vec<ByteVec>,
}

/// How many ops were mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct MendAnswer {
    /// Ops that are sound again.
    #[n(0)]
    pub mended: u32,
}

/// Asks for a fresh epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct EpochRequest {
    /// The epoch that the device is in.
    #[n(0)]
    pub epoch: u32,
}

/// A fresh epoch: never the same twice, so that two copies of a disk part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct EpochAnswer {
    /// The epoch to write in from now on.
    #[n(0)]
    pub epoch: u32,
}
