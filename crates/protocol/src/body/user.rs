//! `user.added`, `user.changed`, `user.credential`: accounts hold on every PC of a town.
//!
//! Passwords are never in the log. What travels is the argon2id verifier, sealed with the user's own key, so that only
//! PCs of the town can test a guess, at the cost that [`UserCredential::secret`] names.

use std::collections::BTreeSet;

use minicbor::{Decode, Encode};
use zhenxin_domain::division::VillageCode;
use zhenxin_domain::ids::{ResidentId, UserId};

use super::{BodyFault, Limits};
use crate::seal::Sealed;

/// 系统管理 among the bits of duties: adds and closes accounts. Every PC judges by it who might change an account.
pub const ADMINISTRATOR: u32 = 8;
/// 安全管理 among the bits of duties: gives duties and villages, sets what is asked of passwords.
pub const SECURITY_ADMINISTRATOR: u32 = 16;

/// Most villages that one account is limited to: the largest town has fewer.
pub const USER_VILLAGES_MAX: usize = 100;

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
    /// Whose records the user sees; empty: the whole town's.
    #[cbor(n(4), with = "crate::canon", has_nil)]
    pub villages: Vec<VillageCode>,
    /// What the person types to sign in, sealed with the user's own key (field `sign_in_name`).
    #[cbor(n(5), with = "crate::canon", has_nil)]
    pub sign_in_name: Option<Sealed>,
}

/// Body of `user.changed`, in the town's scope. What is absent stays as it is, so that duties given on one PC open no
/// account that was closed on another one.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct UserChanged {
    /// Who.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub user: UserId,
    /// Duties as bits.
    #[n(1)]
    pub duties: Option<u32>,
    /// Whether the user may still sign in.
    #[n(2)]
    pub active: Option<bool>,
    /// The user's own record on the roster.
    #[cbor(n(3), with = "crate::canon", has_nil)]
    pub resident: Option<ResidentId>,
    /// Whose records the user sees; an empty list: the whole town's.
    #[cbor(n(4), with = "crate::canon", has_nil)]
    pub villages: Option<Vec<VillageCode>>,
    /// The user has no record on the roster from now on.
    #[n(5)]
    pub resident_off: bool,
}

/// Body of `user.credential`, in the town's scope. What is absent stays as it is, so that a password changed on one PC and
/// a second factor set up on another one meet without loss.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct UserCredential {
    /// Who.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub user: UserId,
    /// The verifier of a new password with its salt and cost, sealed with the user's own key (field `secret`).
    #[cbor(n(1), with = "crate::canon", has_nil)]
    pub secret: Option<Sealed>,
    /// Whether the user has to choose another password at the next sign-in; said with each new password.
    #[n(2)]
    pub must_change: bool,
    /// The secret of a second factor (RFC 6238), sealed with the user's own key (field `totp`).
    #[cbor(n(3), with = "crate::canon", has_nil)]
    pub totp: Option<Sealed>,
    /// The second factor is given up.
    #[n(4)]
    pub totp_off: bool,
}

/// Each village once, and not without end.
fn check_villages(villages: &[VillageCode]) -> Result<(), BodyFault> {
    let distinct: BTreeSet<_> = villages.iter().collect();
    if villages.len() > USER_VILLAGES_MAX || distinct.len() < villages.len() { Err(BodyFault::Rows) } else { Ok(()) }
}

impl Limits for UserAdded {
    fn check(&self) -> Result<(), BodyFault> {
        check_villages(&self.villages)
    }
}

impl Limits for UserChanged {
    fn check(&self) -> Result<(), BodyFault> {
        let of_person = self.resident.is_some() || self.resident_off;
        let says = self.duties.is_some() || self.active.is_some() || of_person || self.villages.is_some();
        if !says || (self.resident.is_some() && self.resident_off) {
            return Err(BodyFault::Shape);
        }
        check_villages(self.villages.as_deref().unwrap_or_default())
    }
}

impl Limits for UserCredential {
    fn check(&self) -> Result<(), BodyFault> {
        let says = self.secret.is_some() || self.totp.is_some() || self.totp_off;
        if says && !(self.totp.is_some() && self.totp_off) { Ok(()) } else { Err(BodyFault::Shape) }
    }
}
