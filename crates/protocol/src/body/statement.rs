//! `statement.issued`: a points statement was printed; a reprint is another operation.

use minicbor::{Decode, Encode};
use zhenxin_domain::ids::ResidentId;

use super::{BodyFault, CODE_MAX_CHARS, Limits, check_chars};
use crate::hash::Hash32;

/// Body of `statement.issued`, in the resident's home scope.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct StatementIssued {
    /// Whose.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub resident: ResidentId,
    /// The verification code printed on it.
    #[n(1)]
    pub code: String,
    /// The balance that it shows, in points, or in minutes where it is a passbook.
    #[n(2)]
    pub balance_units: i64,
    /// The day that it speaks of, days since 1970-01-01.
    #[n(3)]
    pub as_of: i32,
    /// What a time passbook contains; absent in a points statement.
    #[n(4)]
    pub passbook: Option<PassbookProof>,
}

/// What proves that a passbook is complete.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PassbookProof {
    /// Entries printed.
    #[n(0)]
    pub entries: u32,
    /// SM3 over the printed entries.
    #[cbor(n(1), with = "crate::canon", has_nil)]
    pub digest: Hash32,
}

impl Limits for StatementIssued {
    fn check(&self) -> Result<(), BodyFault> {
        check_chars(&self.code, CODE_MAX_CHARS)
    }
}
