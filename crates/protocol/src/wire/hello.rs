//! `/v1/hello`: is this the district, and which one.

use minicbor::{Decode, Encode};

use super::{PROTOCOL_MAJOR, PROTOCOL_MAJOR_MIN};
use crate::hash::Hash32;

/// What a device shows with hello, so that strangers take it no place: SM3 of its token. The token itself is not shown
/// yet, because the district's key is compared after hello only.
#[must_use]
pub fn greeting(token: &[u8; 32]) -> Hash32 {
    Hash32::of(token)
}

/// Nothing is asked; the version is in [`super::Ask`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct HelloRequest {}

/// The lineage is in [`super::Answer`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct HelloAnswer {
    /// The district's clock, milliseconds UTC. Shown to warn of a wrong clock,
    /// never used to set one.
    #[n(0)]
    pub time_ms: i64,
    /// Oldest major version that the district takes.
    #[n(1)]
    pub major_min: u16,
    /// Name of the district platform for the screen.
    #[n(2)]
    pub district_name: String,
    /// Newest major version that the district takes.
    #[n(3)]
    pub major_max: u16,
    /// Ed25519 public key of the district: it signs heads and what is published.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub sign_key: [u8; 32],
    /// X25519 public key of the district, a recipient of bundle files.
    #[cbor(n(5), with = "minicbor::bytes")]
    pub seal_key: [u8; 32],
}

impl HelloAnswer {
    /// The newest major version that both sides speak; `None` where there is
    /// none and one of them must be upgraded.
    #[must_use]
    pub fn common_major(&self) -> Option<u16> {
        let major = PROTOCOL_MAJOR.min(self.major_max);
        (major >= self.major_min.max(PROTOCOL_MAJOR_MIN)).then_some(major)
    }
}
