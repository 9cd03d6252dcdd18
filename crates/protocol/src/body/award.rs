//! `award.recorded`, `award.reviewed`, `award.reversed`: the way of a points award.

use minicbor::{Decode, Encode};
use zhenxin_domain::ids::{
    ActivityId, AwardId, EvidenceId, HouseholdId, RequestId, ResidentId, RuleVersionId, TransferId,
};
use zhenxin_domain::ledger::Amount;

use super::{BodyFault, CODE_MAX_CHARS, Limits, ROWS_MAX, check_chars, check_rows};
use crate::hash::Hash32;
use crate::seal::Sealed;

/// Most photos and scans of one activity: what one event needs on one screen.
pub const EVIDENCE_MAX: usize = 20;

/// [`AwardRow::subject`]: the points go to the resident.
pub const SUBJECT_RESIDENT: u8 = 0;
/// [`AwardRow::subject`]: the points go to the household.
pub const SUBJECT_HOUSEHOLD: u8 = 1;

/// Body of `award.recorded`: the awards of one activity whose residents have one home scope. The
/// day of the activity is the operation's `occurred_on`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AwardRecorded {
    /// The activity.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub activity: ActivityId,
    /// Its name, sealed with the activity's own key (field `activity_name`).
    #[cbor(n(1), with = "crate::canon", has_nil)]
    pub activity_name: Option<Sealed>,
    /// The rule that gives the points.
    #[cbor(n(2), with = "crate::canon", has_nil)]
    pub rule_version: RuleVersionId,
    /// The request that it came from; a repeated click repeats it.
    #[cbor(n(3), with = "crate::canon", has_nil)]
    pub request: Option<RequestId>,
    /// Photos and scans, up to [`EVIDENCE_MAX`].
    #[n(4)]
    pub evidence: Vec<EvidenceRow>,
    /// 1 to [`ROWS_MAX`] awards.
    #[n(5)]
    pub rows: Vec<AwardRow>,
}

/// One photo or scan; its bytes travel in the lane of attachments.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct EvidenceRow {
    /// Which.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub evidence: EvidenceId,
    /// SM3 of the plain bytes.
    #[cbor(n(1), with = "crate::canon", has_nil)]
    pub hash: Hash32,
    /// Media type.
    #[n(2)]
    pub mime: String,
    /// Length of the plain bytes.
    #[n(3)]
    pub bytes_len: u64,
}

/// One award.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AwardRow {
    /// Which.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub award: AwardId,
    /// Whose account: [`SUBJECT_RESIDENT`] or [`SUBJECT_HOUSEHOLD`].
    #[n(1)]
    pub subject: u8,
    /// Who did it.
    #[cbor(n(2), with = "crate::canon", has_nil)]
    pub resident: ResidentId,
    /// The household that the resident belonged to on that day.
    #[cbor(n(3), with = "crate::canon", has_nil)]
    pub household: Option<HouseholdId>,
    /// Whole points, from 1 up.
    #[n(4)]
    pub amount_points: u32,
}

/// Body of `award.reviewed`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AwardReviewed {
    /// 1 to [`ROWS_MAX`] decisions.
    #[n(0)]
    pub rows: Vec<ReviewRow>,
}

/// What a reviewer decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Decision {
    /// 通过.
    #[n(0)]
    Approve,
    /// 退回.
    #[n(1)]
    SendBack,
}

/// The state of an award that a review expects to find.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum ExpectedState {
    /// 待审.
    #[n(0)]
    Submitted,
    /// 已退回.
    #[n(1)]
    SentBack,
}

/// One decision. Of two that expect the same state, the first in server order holds.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ReviewRow {
    /// Which award.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub award: AwardId,
    /// The state that the reviewer saw.
    #[n(1)]
    pub expected: ExpectedState,
    /// What was decided.
    #[n(2)]
    pub decision: Decision,
    /// The resident whose key seals the reason.
    #[cbor(n(3), with = "crate::canon", has_nil)]
    pub resident: ResidentId,
    /// Why it was sent back, sealed with the resident's key (field `reason`).
    #[cbor(n(4), with = "crate::canon", has_nil)]
    pub reason: Option<Sealed>,
    /// For an approval: the first day on which the points count, days since 1970-01-01.
    #[n(5)]
    pub effective_on: Option<i32>,
    /// For an approval: the transfer that it posts.
    #[cbor(n(6), with = "crate::canon", has_nil)]
    pub transfer: Option<TransferId>,
}

/// Body of `award.reversed`: the whole amount goes back. At most one reversal holds.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AwardReversed {
    /// Which award.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub award: AwardId,
    /// The transfer that it posts.
    #[cbor(n(1), with = "crate::canon", has_nil)]
    pub transfer: TransferId,
    /// The resident whose key seals the reason.
    #[cbor(n(2), with = "crate::canon", has_nil)]
    pub resident: ResidentId,
    /// Why, sealed with the resident's key (field `reason`).
    #[cbor(n(3), with = "crate::canon", has_nil)]
    pub reason: Option<Sealed>,
}

impl Limits for AwardRecorded {
    fn check(&self) -> Result<(), BodyFault> {
        check_rows(self.rows.len(), ROWS_MAX)?;
        if self.evidence.len() > EVIDENCE_MAX {
            return Err(BodyFault::Rows);
        }
        self.evidence.iter().try_for_each(|row| check_chars(&row.mime, CODE_MAX_CHARS))?;
        for row in &self.rows {
            if Amount::new(i64::from(row.amount_points)).is_err() {
                return Err(BodyFault::Amount);
            }
            let owned = match row.subject {
                SUBJECT_RESIDENT => true,
                SUBJECT_HOUSEHOLD => row.household.is_some(),
                _ => false,
            };
            if !owned {
                return Err(BodyFault::Shape);
            }
        }
        Ok(())
    }
}

impl Limits for AwardReviewed {
    fn check(&self) -> Result<(), BodyFault> {
        check_rows(self.rows.len(), ROWS_MAX)?;
        let complete = |row: &ReviewRow| match row.decision {
            Decision::Approve => row.effective_on.is_some() && row.transfer.is_some(),
            Decision::SendBack => row.reason.is_some(),
        };
        if self.rows.iter().all(complete) { Ok(()) } else { Err(BodyFault::Shape) }
    }
}

impl Limits for AwardReversed {
    fn check(&self) -> Result<(), BodyFault> {
        Ok(())
    }
}
