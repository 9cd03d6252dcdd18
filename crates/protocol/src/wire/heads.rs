//! `/v1/heads`: how far both sides have got. The district proves that its
//! history continues the asker's, or says that it does not.

use minicbor::{Decode, Encode};

use zhenxin_domain::division::Scope;

use super::ops::HeadSignature;
use crate::hash::Hash32;

/// Where a device stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct HeadsRequest {
    /// One for each scope of which the device holds something.
    #[n(0)]
    pub heads: Vec<ScopeHead>,
    /// Version of the program, for the district's list of devices.
    #[n(1)]
    pub program: String,
    /// Ops that wait to be sent.
    #[n(2)]
    pub pending_ops: u64,
    /// When the oldest of them was recorded, milliseconds UTC.
    #[n(3)]
    pub oldest_pending_ms: Option<i64>,
}

/// Size and root of one scope's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ScopeHead {
    /// The scope.
    #[cbor(n(0), with = "crate::canon")]
    pub scope: Scope,
    /// Its ops, the last server_seq.
    #[n(1)]
    pub size: u64,
    /// See [`crate::merkle`].
    #[cbor(n(2), with = "crate::canon")]
    pub root: Hash32,
}

/// Where the district stands.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct HeadsAnswer {
    /// Every scope that the asker may read, ascending by scope.
    #[n(0)]
    pub heads: Vec<ProvenHead>,
    /// The district's signature over them in their order, see [`crate::heads`].
    #[n(1)]
    pub signature: HeadSignature,
    /// Ops whose bytes the district has lost to damage and asks back.
    #[n(2)]
    pub wanted: Vec<OpPlace>,
    /// The asker's epoch at the district.
    #[n(3)]
    pub epoch: u32,
}

/// A scope's head, and the proof that the asker's head is an earlier state of it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ProvenHead {
    /// The scope.
    #[cbor(n(0), with = "crate::canon")]
    pub scope: Scope,
    /// Its ops, the last server_seq.
    #[n(1)]
    pub size: u64,
    /// See [`crate::merkle`].
    #[cbor(n(2), with = "crate::canon")]
    pub root: Hash32,
    /// Consistency proof from the asker's head to this one. Absent: the asker's
    /// head is no earlier state of this history, or the asker named none.
    #[cbor(n(3), with = "crate::canon", has_nil)]
    pub proof: Option<Vec<Hash32>>,
}

impl ProvenHead {
    /// The head without its proof: what is signed.
    #[must_use]
    pub const fn head(&self) -> ScopeHead {
        ScopeHead { scope: self.scope, size: self.size, root: self.root }
    }
}

/// One op by its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(map)]
pub struct OpPlace {
    /// The scope.
    #[cbor(n(0), with = "crate::canon")]
    pub scope: Scope,
    /// Place in the order of the scope.
    #[n(1)]
    pub server_seq: u64,
}
