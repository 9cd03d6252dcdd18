//! `/v1/published`: documents of the district for all its towns, each version
//! signed by the district's key.

use minicbor::{Decode, Encode};

/// The divisions of the district with their codes.
pub const DIVISIONS: &str = "divisions";
/// Holidays and the working days that make up for them.
pub const HOLIDAYS: &str = "holidays";
/// Legal bases of what the program does.
pub const LEGAL_BASES: &str = "legal_bases";
/// Templates of points rules.
pub const RULE_TEMPLATES: &str = "rule_templates";
/// Definitions of indicators.
pub const KPI_DEFINITIONS: &str = "kpi_definitions";

/// Every kind that this program knows. Others are kept and passed over.
pub const KINDS: [&str; 5] = [DIVISIONS, HOLIDAYS, LEGAL_BASES, RULE_TEMPLATES, KPI_DEFINITIONS];

/// What the asker has.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct PublishedRequest {
    /// The newest version of each kind; a kind that is not listed counts as 0.
    #[n(0)]
    pub have: Vec<KindVersion>,
}

/// A version of a kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(map)]
pub struct KindVersion {
    /// One of [`KINDS`], or a newer one.
    #[n(0)]
    pub kind: String,
    /// From 1 up.
    #[n(1)]
    pub version: u64,
}

/// What is newer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct PublishedAnswer {
    /// The newest version of each kind that is newer than the asker's.
    #[n(0)]
    pub documents: Vec<Published>,
}

/// A document with the district's signature, see [`crate::heads::verify_published`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Published {
    /// One of [`KINDS`], or a newer one.
    #[n(0)]
    pub kind: String,
    /// From 1 up.
    #[n(1)]
    pub version: u64,
    /// JSON in UTF-8.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub bytes: Vec<u8>,
    /// When it was published, milliseconds UTC.
    #[n(3)]
    pub published_at_ms: i64,
    /// [`crate::device_key::ED25519_TAG`].
    #[n(4)]
    pub alg: String,
    /// 64 bytes for Ed25519.
    #[cbor(n(5), with = "minicbor::bytes")]
    pub signature: Vec<u8>,
}
