//! `user.added` and `user.changed`. Sign-in names and passwords are never in the log: they belong
//! to one device.

use minicbor::{Decode, Encode};
use zhenxin_domain::ids::{ResidentId, UserId};

use super::{BodyFault, Limits};
use crate::seal::Sealed;

/// Body of `user.added`, in the town's scope.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct UserAdded {
    /// Who.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub user: UserId,
    /// The person's name, sealed with the user's own key (field `user_name`).
    #[cbor(n(1), with = "crate::canon", has_nil)]
    pub name: Option<Sealed>,
    /// Duties as bits; their meaning is the program's.
    #[n(2)]
    pub duties: u32,
    /// The user's own record on the roster, so that nobody reviews awards of their own household
    /// (村民委员会组织法 32).
    #[cbor(n(3), with = "crate::canon", has_nil)]
    pub resident: Option<ResidentId>,
}

/// Body of `user.changed`, in the town's scope.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct UserChanged {
    /// Who.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub user: UserId,
    /// Duties as bits.
    #[n(1)]
    pub duties: u32,
    /// Whether the user may still sign in.
    #[n(2)]
    pub active: bool,
    /// The user's own record on the roster; absent: none from now on.
    #[cbor(n(3), with = "crate::canon", has_nil)]
    pub resident: Option<ResidentId>,
}

impl Limits for UserAdded {
    fn check(&self) -> Result<(), BodyFault> {
        Ok(())
    }
}

impl Limits for UserChanged {
    fn check(&self) -> Result<(), BodyFault> {
        Ok(())
    }
}
