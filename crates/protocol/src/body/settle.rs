//! `issue.settled`, `residents.merged` and `deficit.waived`: what a person decided where devices met
//! each other's work. Nothing recorded before is changed by them; they say what counts from now on.

use minicbor::bytes::ByteArray;
use minicbor::decode::{Decoder, Error as DecodeError};
use minicbor::encode::{Encoder, Error as EncodeError, Write};
use minicbor::{Decode, Encode};
use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::{OpId, ResidentId};
use zhenxin_domain::ledger::AMOUNT_MAX;

use super::{BodyFault, CODE_MAX_CHARS, Limits, check_chars};
use crate::canon::Canon;
use crate::entity::{Entity, EntityKind};
use crate::seal::Sealed;

/// Longest word that tells apart what of an entity is settled: a field's name, a list of codes.
pub const WHAT_MAX_CHARS: usize = 200;

/// Most spends that a waiver names: the newest of an account, more than anybody makes before a deficit is seen.
pub const SPENDS_MAX: usize = 50;

/// Body of `issue.settled`, in the scope of what it is about.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct IssueSettled {
    /// Kind of issue, a code of the program.
    #[n(0)]
    pub kind: String,
    /// The entity that it is about, see [`Entity::to_bytes`].
    #[n(1)]
    pub about: ByteArray<17>,
    /// The operation that it is about, by its content id.
    #[cbor(n(2), with = "crate::canon", has_nil)]
    pub op: Option<OpId>,
    /// What of the entity: a field's name, the other entity of a pair.
    #[n(3)]
    pub what: Option<String>,
    /// The decision, a code of the program.
    #[n(4)]
    pub decision: String,
    /// Why, sealed with the key of `subject` (field `reason`).
    #[cbor(n(5), with = "crate::canon", has_nil)]
    pub reason: Option<Sealed>,
    /// Whose key seals the reason; goes with it.
    #[n(6)]
    pub subject: Option<ByteArray<16>>,
}

/// A gift or a service order that took from an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Spend {
    /// Which, see [`Entity::to_bytes`].
    #[n(0)]
    pub source: ByteArray<17>,
    /// What it took, points or minutes, 1 to [`AMOUNT_MAX`].
    #[n(1)]
    pub amount_units: u32,
}

impl Canon for Spend {
    fn put<W: Write>(&self, e: &mut Encoder<W>) -> Result<(), EncodeError<W::Error>> {
        e.encode(self)?.ok()
    }
    fn take(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        d.decode()
    }
}

/// Where decisions about an account's deficits and the taking back of its spends meet, so that nothing is paid twice.
/// `about` is the account's owner as an issue names it.
#[must_use]
pub fn deficits_of(about: &[u8; 17], scope: Scope) -> Entity {
    Entity::issue(DEFICIT, about, None, None, scope)
}

fn check_spends(spends: &[Spend]) -> Result<(), BodyFault> {
    if spends.len() > SPENDS_MAX {
        return Err(BodyFault::Shape);
    }
    let sound = |spend: &Spend| (1..=AMOUNT_MAX).contains(&spend.amount_units);
    if spends.iter().all(sound) { Ok(()) } else { Err(BodyFault::Amount) }
}

impl IssueSettled {
    /// The issue that it settles; `scope` is that of the operation.
    #[must_use]
    pub fn issue(&self, scope: Scope) -> Entity {
        Entity::issue(&self.kind, &self.about, self.op, self.what.as_deref(), scope)
    }
}

/// Body of `residents.merged`, in the home scope of the duplicate. Where both are the same record, it
/// stands by itself again: the merge is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ResidentsMerged {
    /// The record that stays.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub kept: ResidentId,
    /// The record that becomes another name of it.
    #[cbor(n(1), with = "crate::canon", has_nil)]
    pub duplicate: ResidentId,
}

/// Body of `deficit.waived`, in the owner's home scope. Points come from the town's issuance, minutes
/// from its reserve.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DeficitWaived {
    /// What is counted.
    #[n(0)]
    pub ledger: LedgerCode,
    /// Whose account.
    #[n(1)]
    pub owner: WaivedOwner,
    /// Points or minutes, 1 to [`AMOUNT_MAX`].
    #[n(2)]
    pub amount_units: u32,
    /// Why, sealed with the key of `subject` (field `reason`).
    #[cbor(n(3), with = "crate::canon", has_nil)]
    pub reason: Option<Sealed>,
    /// Whose key seals the reason; goes with it.
    #[n(4)]
    pub subject: Option<ByteArray<16>>,
    /// Which deficit: the last spend that made it, by its content id.
    #[cbor(n(5), with = "crate::canon", has_nil)]
    pub spend: OpId,
    /// The account's spends that stood before the author's eyes: what of them is taken back is not paid for as well.
    #[cbor(n(6), with = "crate::canon", has_nil)]
    pub spends: Vec<Spend>,
}

/// The kind of the issue that a deficit is.
pub const DEFICIT: &str = "deficit";

impl DeficitWaived {
    /// Whose account, as the issue names it; a household is no entity of the log, its number is 0.
    #[must_use]
    pub fn about(&self) -> [u8; 17] {
        let kind = match self.owner.kind {
            OwnerCode::Resident => EntityKind::Resident as u8,
            OwnerCode::Household => 0,
        };
        let mut about = [kind; 17];
        about[1..].copy_from_slice(&*self.owner.id);
        about
    }

    /// The issue that it settles: two devices that waive the same deficit meet in it, and one of them
    /// pays. `scope` is that of the operation.
    #[must_use]
    pub fn issue(&self, scope: Scope) -> Entity {
        Entity::issue(DEFICIT, &self.about(), Some(self.spend), None, scope)
    }
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum LedgerCode {
    /// 积分.
    #[n(0)]
    Points,
    /// 时间.
    #[n(1)]
    Minutes,
}

/// Whose account was below zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct WaivedOwner {
    /// A person or a household.
    #[n(0)]
    pub kind: OwnerCode,
    /// Which one.
    #[n(1)]
    pub id: ByteArray<16>,
}

/// A person or a household.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum OwnerCode {
    /// 居民.
    #[n(0)]
    Resident,
    /// 户.
    #[n(1)]
    Household,
}

impl Limits for IssueSettled {
    fn check(&self) -> Result<(), BodyFault> {
        check_chars(&self.kind, CODE_MAX_CHARS)?;
        check_chars(&self.decision, CODE_MAX_CHARS)?;
        check_chars(self.what.as_deref().unwrap_or_default(), WHAT_MAX_CHARS)?;
        if self.reason.is_some() == self.subject.is_some() { Ok(()) } else { Err(BodyFault::Shape) }
    }
}

impl Limits for ResidentsMerged {
    fn check(&self) -> Result<(), BodyFault> {
        Ok(())
    }
}

impl Limits for DeficitWaived {
    fn check(&self) -> Result<(), BodyFault> {
        check_spends(&self.spends)?;
        if self.amount_units == 0 || self.amount_units > AMOUNT_MAX {
            return Err(BodyFault::Amount);
        }
        if self.reason.is_some() == self.subject.is_some() { Ok(()) } else { Err(BodyFault::Shape) }
    }
}
