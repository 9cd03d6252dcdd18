//! `consent.given` and `consent.withdrawn` (个人信息保护法 13–15).

use minicbor::{Decode, Encode};
use zhenxin_domain::ids::{ConsentId, ResidentId};

use super::{BodyFault, CODE_MAX_CHARS, Limits, ROWS_MAX, check_chars, check_rows};
use crate::seal::Sealed;

/// Body of `consent.given`. The day on which it was given is the operation's `occurred_on`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ConsentGiven {
    /// 1 to [`ROWS_MAX`] consents.
    #[n(0)]
    pub rows: Vec<ConsentRow>,
}

/// One consent.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ConsentRow {
    /// Which.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub consent: ConsentId,
    /// Whose.
    #[cbor(n(1), with = "crate::canon", has_nil)]
    pub resident: ResidentId,
    /// Version of the text that was agreed to.
    #[n(2)]
    pub version: String,
    /// Code of the channel (domain `consent::Channel`).
    #[n(3)]
    pub channel: String,
    /// Code of who gave it (domain `consent::GivenBy`).
    #[n(4)]
    pub given_by: String,
    /// The guardian's name, sealed with the resident's key (field `guardian`).
    #[cbor(n(5), with = "crate::canon", has_nil)]
    pub guardian: Option<Sealed>,
}

/// Body of `consent.withdrawn`. The day is the operation's `occurred_on`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ConsentWithdrawn {
    /// Which.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub consent: ConsentId,
    /// Whose.
    #[cbor(n(1), with = "crate::canon", has_nil)]
    pub resident: ResidentId,
}

impl Limits for ConsentGiven {
    fn check(&self) -> Result<(), BodyFault> {
        check_rows(self.rows.len(), ROWS_MAX)?;
        (self.rows.iter().flat_map(|row| [&row.version, &row.channel, &row.given_by]))
            .try_for_each(|code| check_chars(code, CODE_MAX_CHARS))
    }
}

impl Limits for ConsentWithdrawn {
    fn check(&self) -> Result<(), BodyFault> {
        Ok(())
    }
}
