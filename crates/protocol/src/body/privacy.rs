//! `data.restricted`, `erasure.asked`, `erasure.refused`, `erasure.withdrawn` and `resident.erased`: what may still be
//! done with a person's data (个人信息保护法 44–47).
//!
//! Whoever reads `resident.erased` destroys the person's key, as a tombstone in the lane of keys does: so an erasure
//! reaches every device by either way. Keys of the town's scope (activities, sign-ins) go by the lane alone, where only a
//! device of the whole town destroys one: an operation may come from any device.

use minicbor::{Decode, Encode};
use zhenxin_domain::ids::{OpId, ResidentId};

use super::{BodyFault, CODE_MAX_CHARS, Limits, check_chars};
use crate::seal::Sealed;

/// Body of `data.restricted`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DataRestricted {
    /// Whose data.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub resident: ResidentId,
    /// True restricts, false lifts.
    #[n(1)]
    pub restricted: bool,
    /// Code of the reason (domain `privacy::RestrictReason`); empty where it is lifted.
    #[n(2)]
    pub reason: String,
    /// More about it, sealed with the resident's key (field `note`).
    #[cbor(n(3), with = "crate::canon", has_nil)]
    pub note: Option<Sealed>,
}

/// Body of `erasure.asked`. The request is named by the operation's content id.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ErasureAsked {
    /// Whose data.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub resident: ResidentId,
    /// Code of the reason: dated data of the program that wrote it.
    #[n(1)]
    pub reason: String,
    /// More about it, sealed with the resident's key (field `note`).
    #[cbor(n(2), with = "crate::canon", has_nil)]
    pub note: Option<Sealed>,
}

/// Body of `erasure.refused`: a second person's decision.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ErasureRefused {
    /// Whose data.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub resident: ResidentId,
    /// The request.
    #[cbor(n(1), with = "crate::canon", has_nil)]
    pub asked: OpId,
    /// Why, sealed with the resident's key (field `note`).
    #[cbor(n(2), with = "crate::canon", has_nil)]
    pub note: Option<Sealed>,
}

/// Body of `erasure.withdrawn`: taken back by who asked. A kind of its own, because what still waits when it is folded
/// does not tell who decided.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ErasureWithdrawn {
    /// Whose data.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub resident: ResidentId,
    /// The request.
    #[cbor(n(1), with = "crate::canon", has_nil)]
    pub asked: OpId,
    /// Why, sealed with the resident's key (field `note`).
    #[cbor(n(2), with = "crate::canon", has_nil)]
    pub note: Option<Sealed>,
}

/// Body of `resident.erased`. Nothing in it is sealed: there is no key left.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ResidentErased {
    /// Whose data.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub resident: ResidentId,
    /// The request that was confirmed; absent for a further record of the same person.
    #[cbor(n(1), with = "crate::canon", has_nil)]
    pub asked: Option<OpId>,
    /// Code of the reason: dated data of the program that wrote it.
    #[n(2)]
    pub reason: String,
}

impl Limits for DataRestricted {
    fn check(&self) -> Result<(), BodyFault> {
        check_chars(&self.reason, CODE_MAX_CHARS)
    }
}

impl Limits for ErasureAsked {
    fn check(&self) -> Result<(), BodyFault> {
        check_chars(&self.reason, CODE_MAX_CHARS)
    }
}

impl Limits for ErasureRefused {
    fn check(&self) -> Result<(), BodyFault> {
        Ok(())
    }
}

impl Limits for ErasureWithdrawn {
    fn check(&self) -> Result<(), BodyFault> {
        Ok(())
    }
}

impl Limits for ResidentErased {
    fn check(&self) -> Result<(), BodyFault> {
        check_chars(&self.reason, CODE_MAX_CHARS)
    }
}
