//! `statement.issued`: a points statement was printed; a reprint is another operation.

use minicbor::{Decode, Encode};
use zhenxin_domain::ids::ResidentId;

use super::{BodyFault, CODE_MAX_CHARS, Limits, check_chars};

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
    /// The balance that it shows, in points.
    #[n(2)]
    pub balance_points: i64,
    /// The day that it speaks of, days since 1970-01-01.
    #[n(3)]
    pub as_of: i32,
}

impl Limits for StatementIssued {
    fn check(&self) -> Result<(), BodyFault> {
        check_chars(&self.code, CODE_MAX_CHARS)
    }
}
