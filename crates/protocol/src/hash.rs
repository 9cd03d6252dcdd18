//! SM3 (GB/T 32905-2016), the hash of the operation chain and of content addresses.

use std::fmt;

use minicbor::decode::{Decoder, Error as DecodeError};
use minicbor::encode::{Encoder, Error as EncodeError, Write};
use sm3::{Digest, Sm3};

use crate::canon::{Canon, take_bytes};

/// Tag of SM3 wherever a hash algorithm is named, so that it can change.
pub const SM3_TAG: &str = "sm3";

/// An SM3 value: 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash32(pub [u8; 32]);

impl Hash32 {
    /// What a device's first operation names as its predecessor.
    pub const ZERO: Self = Self([0; 32]);

    /// The hash of some bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sm3::digest(bytes).into())
    }

    /// The hash of several pieces laid end to end. The caller sees to it that the pieces cannot
    /// run into each other (fixed lengths, or one variable piece at the end).
    #[must_use]
    pub fn of_parts(parts: &[&[u8]]) -> Self {
        let mut hasher = Sm3::new();
        for part in parts {
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads 32 bytes; `None` where there are more or fewer.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The first 16 bytes marked as a UUID of version 8 (RFC 9562 §5.8): an id derived from
    /// content.
    #[must_use]
    pub fn to_uuid(self) -> uuid::Uuid {
        let mut first = [0; 16];
        first.copy_from_slice(&self.0[..16]);
        uuid::Builder::from_custom_bytes(first).into_uuid()
    }
}

impl fmt::Display for Hash32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash32({self})")
    }
}

impl Canon for Hash32 {
    fn put<W: Write>(&self, e: &mut Encoder<W>) -> Result<(), EncodeError<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
    fn take(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        take_bytes(d).map(Self)
    }
}

#[cfg(test)]
mod tests;
