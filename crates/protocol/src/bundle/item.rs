//! What a bundle holds: the shapes of the wire, and two that only a bundle needs.

use minicbor::decode::{Decoder, Error as DecodeError};
use minicbor::encode::{Encoder, Error as EncodeError, Write};
use minicbor::{Decode, Encode};
use zhenxin_domain::ids::DeviceId;

use crate::hash::Hash32;
use crate::wire::Lineage;
use crate::wire::blobs::BlobsPutRequest;
use crate::wire::heads::ScopeHead;
use crate::wire::keys::{GrantRequest, KeysPushRequest};
use crate::wire::ops::{ChainHead, HeadSignature, Page, PushRequest};

/// One item; `[number, map]` in CBOR.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "one item is in hand at a time")]
pub enum Item {
    /// Pending ops of one chain, as they are pushed.
    Ops(PushRequest),
    /// Ops that the district has ordered.
    Page(PageItem),
    /// Wrapped subject keys, as they are pushed.
    Keys(KeysPushRequest),
    /// Data keys wrapped for devices, as they are handed over.
    Grants(GrantRequest),
    /// Ops that the district refused.
    Refusals(Refusals),
    /// A piece of a blob, as it is put.
    Blob(BlobsPutRequest),
    /// What the author has: the next bundle for it can begin there.
    Vector(Vector),
    /// A new epoch for a device whose chain forked, from the district.
    Epoch(NewEpoch),
    /// Of a newer program: passed over.
    Unknown(u32),
}

/// A page of a scope's history.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PageItem {
    /// The history that it belongs to.
    #[cbor(n(0), with = "crate::canon")]
    pub lineage: Lineage,
    /// The page with its head. Its ends need not be those of a page that the
    /// district gave.
    #[n(1)]
    pub page: Page,
    /// The authors' signatures over their chains.
    #[cbor(n(2), with = "crate::canon", has_nil)]
    pub chain_heads: Vec<ChainHead>,
    /// Heads that the district signed, in the order of its signature.
    #[n(3)]
    pub heads: Vec<ScopeHead>,
    /// The district's signature over them; absent where the author holds none.
    #[n(4)]
    pub signature: Option<HeadSignature>,
    /// Consistency proof from the page's head to the scope's one in `heads`.
    #[cbor(n(5), with = "crate::canon", has_nil)]
    pub proof: Vec<Hash32>,
}

/// Ops of one chain that the district refused for good.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Refusals {
    /// Whose chain.
    #[cbor(n(0), with = "crate::canon")]
    pub device: DeviceId,
    /// Which of its chains.
    #[n(1)]
    pub epoch: u32,
    /// The refusals, ascending by seq.
    #[n(2)]
    pub refused: Vec<Refusal>,
}

/// One refusal.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Refusal {
    /// Place in the chain.
    #[n(0)]
    pub seq: u64,
    /// See [`crate::wire::ops::RejectCode`].
    #[n(1)]
    pub code: String,
    /// Chinese text for the person.
    #[n(2)]
    pub text: String,
    /// Hash of the op that was refused: another op at the same place of a copied disk's chain was not.
    #[cbor(n(3), with = "crate::canon")]
    pub hash: Hash32,
}

/// What a device or the district has.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct Vector {
    /// How far it has got in the order of each scope.
    #[n(0)]
    pub heads: Vec<ScopeHead>,
    /// How far it has got in each chain, without a hole.
    #[n(1)]
    pub chains: Vec<ChainPlace>,
    /// Blobs that it has whole, by their names at the district.
    #[cbor(n(2), with = "crate::canon", has_nil)]
    pub blobs: Vec<Hash32>,
}

/// In which epoch a device goes on, where no line brings it the answer of `/v1/epoch`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct NewEpoch {
    /// Whose.
    #[cbor(n(0), with = "crate::canon")]
    pub device: DeviceId,
    /// Given to nobody before.
    #[n(1)]
    pub epoch: u32,
}

/// A place in a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(map)]
pub struct ChainPlace {
    /// Whose.
    #[cbor(n(0), with = "crate::canon")]
    pub device: DeviceId,
    /// Which of its chains.
    #[n(1)]
    pub epoch: u32,
    /// The last op there.
    #[n(2)]
    pub seq: u64,
}

/// Says that nothing is missing.
#[derive(Decode)]
#[cbor(map)]
pub(super) struct End {
    /// Items before it.
    #[n(0)]
    pub(super) items: u64,
}

const OPS: u32 = 0;
const PAGE: u32 = 1;
const KEYS: u32 = 2;
const GRANTS: u32 = 3;
const REFUSALS: u32 = 4;
const BLOB: u32 = 5;
const VECTOR: u32 = 6;
const END: u32 = 7;
const EPOCH: u32 = 8;

/// An item or the end.
#[allow(clippy::large_enum_variant, reason = "one part is in hand at a time")]
pub(super) enum Part {
    Item(Item),
    End(End),
}

impl<C> Encode<C> for Item {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, c: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.array(2)?;
        match self {
            Self::Ops(body) => e.u32(OPS)?.encode_with(body, c)?,
            Self::Page(body) => e.u32(PAGE)?.encode_with(body, c)?,
            Self::Keys(body) => e.u32(KEYS)?.encode_with(body, c)?,
            Self::Grants(body) => e.u32(GRANTS)?.encode_with(body, c)?,
            Self::Refusals(body) => e.u32(REFUSALS)?.encode_with(body, c)?,
            Self::Blob(body) => e.u32(BLOB)?.encode_with(body, c)?,
            Self::Vector(body) => e.u32(VECTOR)?.encode_with(body, c)?,
            Self::Epoch(body) => e.u32(EPOCH)?.encode_with(body, c)?,
            Self::Unknown(number) => e.u32(*number)?.map(0)?,
        }
        .ok()
    }
}

impl<C> Encode<C> for End {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.array(2)?.u32(END)?.map(1)?.u8(0)?.u64(self.items)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Part {
    fn decode(d: &mut Decoder<'b>, c: &mut C) -> Result<Self, DecodeError> {
        if d.array()? != Some(2) {
            return Err(DecodeError::message("not an item"));
        }
        let item = match d.u32()? {
            OPS => Item::Ops(d.decode_with(c)?),
            PAGE => Item::Page(d.decode_with(c)?),
            KEYS => Item::Keys(d.decode_with(c)?),
            GRANTS => Item::Grants(d.decode_with(c)?),
            REFUSALS => Item::Refusals(d.decode_with(c)?),
            BLOB => Item::Blob(d.decode_with(c)?),
            VECTOR => Item::Vector(d.decode_with(c)?),
            EPOCH => Item::Epoch(d.decode_with(c)?),
            END => return Ok(Self::End(d.decode_with(c)?)),
            number => {
                d.skip()?;
                Item::Unknown(number)
            }
        };
        Ok(Self::Item(item))
    }
}

impl<'b, C> Decode<'b, C> for Item {
    fn decode(d: &mut Decoder<'b>, c: &mut C) -> Result<Self, DecodeError> {
        match Part::decode(d, c)? {
            Part::Item(item) => Ok(item),
            Part::End(_) => Err(DecodeError::message("the end is no item")),
        }
    }
}
