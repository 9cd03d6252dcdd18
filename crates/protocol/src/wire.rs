//! The messages between a device and the district, as CBOR shapes.
//!
//! A request carries an [`Ask`], every answer an [`Answer`], each packed by
//! [`crate::frame`]. The outer shapes hold the version and the district's
//! lineage and are frozen for good; the body inside is a CBOR value of its
//! own, so that a side that cannot read the body still reads the outside.
//!
//! Within a major version only optional keys may be added; a decoder ignores
//! keys that it does not know. docs/PROTOCOL.md describes all of it.

use minicbor::decode::{Decoder, Error as DecodeError};
use minicbor::encode::{Encoder, Error as EncodeError, Write};
use minicbor::{Decode, Encode};

use crate::canon::{Canon, take_bytes};
use crate::frame::{FrameError, from_cbor, pack, to_cbor, unpack};

pub mod blobs;
pub mod code;
pub mod enrol;
pub mod fault;
pub mod heads;
pub mod hello;
pub mod keys;
pub mod limits;
pub mod ops;
pub mod published;
pub mod repair;
pub mod rights;
pub mod scope;
pub mod snapshot;

pub use fault::{FaultCode, WireFault};

/// Raised when an old reader would misread; the district takes the last two.
pub const PROTOCOL_MAJOR: u16 = 1;
/// Oldest major version that this program speaks.
pub const PROTOCOL_MAJOR_MIN: u16 = 1;
/// Raised with every addition.
pub const PROTOCOL_MINOR: u16 = 0;
/// First words of every message: a portal's page can never hold them by chance.
pub const PROTOCOL_NAME: &str = "zhenxin";

/// Random name of one history of a district. A district that is set up anew or
/// restored from a backup gets another one, and the devices then compare heads
/// before they trust a cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lineage(pub [u8; 16]);

impl Canon for Lineage {
    fn put<W: Write>(&self, e: &mut Encoder<W>) -> Result<(), EncodeError<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
    fn take(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        take_bytes(d).map(Self)
    }
}

/// Where each request goes; all are POST, and all but [`Endpoint::Hello`] and
/// [`Endpoint::Enrol`] need a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Endpoint {
    /// Who are you: lineage, versions, time.
    Hello,
    /// One-time code against a token.
    Enrol,
    /// Ops from a device.
    Push,
    /// Ops to a device.
    Pull,
    /// Which devices lack which keys, and the keys handed over to me.
    KeysGrants,
    /// Hand keys over to other devices.
    KeysGrant,
    /// Wrapped person keys from a device.
    KeysPush,
    /// Wrapped person keys to a device.
    KeysPull,
    /// How far both sides have got, and the proof that one history continues the other.
    Heads,
    /// Roots of parts of a scope's history, to find where two differ.
    Roots,
    /// Bytes of ops that the district has lost to damage.
    Mend,
    /// A fresh epoch for a device whose chain has forked.
    Epoch,
    /// Exclusive leases to spend offline.
    Rights,
    /// Which blobs are there, and how much of each.
    BlobsHave,
    /// A piece of a blob from a device.
    BlobsPut,
    /// A piece of a blob to a device.
    BlobsGet,
    /// The manifest of a snapshot from a device.
    SnapshotPut,
    /// The manifest of the newest snapshot to a device.
    SnapshotGet,
    /// What the district publishes for every town.
    Published,
}

impl Endpoint {
    /// Every endpoint, for a router that cannot forget one.
    pub const ALL: [Self; 19] = [
        Self::Hello,
        Self::Enrol,
        Self::Push,
        Self::Pull,
        Self::KeysGrants,
        Self::KeysGrant,
        Self::KeysPush,
        Self::KeysPull,
        Self::Heads,
        Self::Roots,
        Self::Mend,
        Self::Epoch,
        Self::Rights,
        Self::BlobsHave,
        Self::BlobsPut,
        Self::BlobsGet,
        Self::SnapshotPut,
        Self::SnapshotGet,
        Self::Published,
    ];

    /// Path below the district's address.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Hello => "/v1/hello",
            Self::Enrol => "/v1/enrol",
            Self::Push => "/v1/push",
            Self::Pull => "/v1/pull",
            Self::KeysGrants => "/v1/keys/grants",
            Self::KeysGrant => "/v1/keys/grant",
            Self::KeysPush => "/v1/keys/push",
            Self::KeysPull => "/v1/keys/pull",
            Self::Heads => "/v1/heads",
            Self::Roots => "/v1/roots",
            Self::Mend => "/v1/mend",
            Self::Epoch => "/v1/epoch",
            Self::Rights => "/v1/rights",
            Self::BlobsHave => "/v1/blobs/have",
            Self::BlobsPut => "/v1/blobs/put",
            Self::BlobsGet => "/v1/blobs/get",
            Self::SnapshotPut => "/v1/snapshot/put",
            Self::SnapshotGet => "/v1/snapshot/get",
            Self::Published => "/v1/published",
        }
    }

    /// Whether the request must carry a device's token.
    #[must_use]
    pub const fn needs_token(self) -> bool {
        !matches!(self, Self::Hello | Self::Enrol)
    }
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Ask {
    /// [`PROTOCOL_NAME`].
    #[n(0)]
    pub protocol: String,
    /// The sender's major version.
    #[n(1)]
    pub major: u16,
    /// The sender's minor version.
    #[n(2)]
    pub minor: u16,
    /// CBOR of the endpoint's request.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub body: Vec<u8>,
}

impl Ask {
    /// Packs a request of this program's version.
    #[must_use]
    pub fn pack<T: Encode<()>>(body: &T) -> Vec<u8> {
        Self::pack_as(PROTOCOL_MAJOR, body)
    }

    /// Packs a request of the major version that both sides speak, see
    /// [`hello::HelloAnswer::common_major`].
    #[must_use]
    pub fn pack_as<T: Encode<()>>(major: u16, body: &T) -> Vec<u8> {
        pack(&Self { protocol: PROTOCOL_NAME.to_owned(), major, minor: PROTOCOL_MINOR, body: to_cbor(body) })
    }

    /// Reads the outside of a request to `endpoint`. A hello is taken in any
    /// version: its answer says which versions the district speaks.
    ///
    /// # Errors
    /// A [`WireFault`] that can go back as it is: not a frame, or a version
    /// that this program does not speak.
    pub fn unpack(endpoint: Endpoint, bytes: &[u8]) -> Result<Self, WireFault> {
        let ask: Self = unpack(bytes)?;
        if ask.protocol != PROTOCOL_NAME {
            return Err(FrameError::Shape.into());
        }
        let spoken = PROTOCOL_MAJOR_MIN..=PROTOCOL_MAJOR;
        if endpoint != Endpoint::Hello && !spoken.contains(&ask.major) {
            return Err(WireFault::of(FaultCode::Version));
        }
        Ok(ask)
    }

    /// Decodes the body.
    ///
    /// # Errors
    /// A [`WireFault`] when the body is not of the endpoint's shape.
    pub fn body<T>(&self) -> Result<T, WireFault>
    where
        T: for<'b> Decode<'b, ()>,
    {
        Ok(from_cbor(&self.body)?)
    }
}

/// An answer: exactly one of `body` and `fault`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Answer {
    /// [`PROTOCOL_NAME`].
    #[n(0)]
    pub protocol: String,
    /// The district's major version.
    #[n(1)]
    pub major: u16,
    /// The district's minor version.
    #[n(2)]
    pub minor: u16,
    /// Which district store answers.
    #[cbor(n(3), with = "crate::canon")]
    pub lineage: Lineage,
    /// CBOR of the endpoint's answer.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub body: Option<Vec<u8>>,
    /// Why there is no body.
    #[n(5)]
    pub fault: Option<WireFault>,
}

impl Answer {
    /// An answer with this outside and nothing inside.
    const fn empty(lineage: Lineage) -> Self {
        Self { protocol: String::new(), major: PROTOCOL_MAJOR, minor: PROTOCOL_MINOR, lineage, body: None, fault: None }
    }

    /// An answer with a body.
    #[must_use]
    pub fn done<T: Encode<()>>(lineage: Lineage, body: &T) -> Self {
        Self { protocol: PROTOCOL_NAME.to_owned(), body: Some(to_cbor(body)), ..Self::empty(lineage) }
    }

    /// An answer that refuses.
    #[must_use]
    pub fn refused(lineage: Lineage, fault: WireFault) -> Self {
        Self { protocol: PROTOCOL_NAME.to_owned(), fault: Some(fault), ..Self::empty(lineage) }
    }

    /// Packs the answer.
    #[must_use]
    pub fn pack(&self) -> Vec<u8> {
        pack(self)
    }

    /// Reads the outside of an answer. The version is not judged here: a
    /// refusal from a newer district must still be readable.
    ///
    /// # Errors
    /// [`FrameError`] when this is no answer of a district.
    pub fn unpack(bytes: &[u8]) -> Result<Self, FrameError> {
        let answer: Self = unpack(bytes)?;
        let one_of_both = answer.body.is_some() != answer.fault.is_some();
        if answer.protocol == PROTOCOL_NAME && one_of_both { Ok(answer) } else { Err(FrameError::Shape) }
    }
}

#[cfg(test)]
mod tests;
