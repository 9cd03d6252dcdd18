//! `audit.anchored`: how far a device's audit had come, said where others keep it.

use minicbor::{Decode, Encode};

use super::{BodyFault, Limits};
use crate::hash::Hash32;

/// Body of `audit.anchored`, in the town's scope. The audit itself stays on its device; with its head in the log, rows
/// that are cut from its end later are missed by everybody.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AuditAnchored {
    /// Number of the last row, from 1.
    #[n(0)]
    pub no: u64,
    /// Its hash.
    #[cbor(n(1), with = "crate::canon", has_nil)]
    pub hash: Hash32,
}

impl Limits for AuditAnchored {
    fn check(&self) -> Result<(), BodyFault> {
        if self.no == 0 || self.no > i64::MAX as u64 { Err(BodyFault::Shape) } else { Ok(()) }
    }
}
