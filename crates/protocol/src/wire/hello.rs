//! `/v1/hello`: is this the district, and which one.

use minicbor::{Decode, Encode};

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
}
