//! `town.opened`: the first operation of every device.

use minicbor::{Decode, Encode};
use zhenxin_domain::division::TownCode;

use super::{BodyFault, CODE_MAX_CHARS, Limits, check_chars};

/// Body of `town.opened`, in the town's scope.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct TownOpened {
    /// The town.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub town: TownCode,
    /// What the office calls the device, such as 综合办 1 号机; never a person's name.
    #[n(1)]
    pub label: String,
}

impl Limits for TownOpened {
    fn check(&self) -> Result<(), BodyFault> {
        check_chars(&self.label, CODE_MAX_CHARS)
    }
}
