//! Awards: recorded, reviewed, reversed.

use std::collections::BTreeMap;
use std::fmt;

use chrono::NaiveDate;
use zhenxin_domain::award::AwardState;
use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::{ActivityId, AwardId, OpId, RequestId, ResidentId, RuleVersionId, TransferId};
use zhenxin_protocol::body::award::{
    self as wire, AwardRecorded, AwardReversed, AwardReviewed, Decision, ExpectedState, ReviewRow,
};
use zhenxin_protocol::body::{Body, ROWS_MAX};

use super::attachment::EvidenceDraft;
use super::{Draft, Tx};
use crate::error::StoreError;
use crate::query::award::{AwardRow, AwardTo};
use crate::sql::days;

/// The awards of one activity.
#[derive(Clone)]
pub struct AwardBatch {
    /// An activity that was recorded before and is added to; `None` for a new one.
    pub activity: Option<ActivityId>,
    /// Its name.
    pub activity_name: String,
    /// The rule that gives the points.
    pub rule_version: RuleVersionId,
    /// The request that it came from.
    pub request: Option<RequestId>,
    /// The day of the activity.
    pub occurred_on: NaiveDate,
    /// Photos and scans.
    pub evidence: Vec<EvidenceDraft>,
    /// Who gets what.
    pub rows: Vec<AwardDraft>,
}

impl fmt::Debug for AwardBatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AwardBatch({} rows, {} photos)", self.rows.len(), self.evidence.len())
    }
}

/// One award.
#[derive(Debug, Clone, Copy)]
pub struct AwardDraft {
    /// Who did it.
    pub resident: ResidentId,
    /// Whose account gets the points.
    pub to: AwardTo,
    /// Whole points, from 1 up.
    pub amount_points: u32,
}

/// What recording gave.
#[derive(Debug, Clone)]
pub struct AwardsRecorded {
    /// The activity.
    pub activity: ActivityId,
    /// The awards, in the order of the drafts.
    pub awards: Vec<AwardId>,
    /// The operations.
    pub ops: Vec<OpId>,
}

/// A review of one award. It expects the state that the award has now.
#[derive(Clone)]
pub struct ReviewDraft {
    /// Which.
    pub award: AwardId,
    /// What is decided.
    pub decision: Review,
}

/// What a reviewer decides.
#[derive(Clone)]
pub enum Review {
    /// 通过.
    Approve {
        /// First day on which the points count.
        effective_on: NaiveDate,
    },
    /// 退回.
    SendBack {
        /// Why.
        reason: String,
    },
}

impl fmt::Debug for ReviewDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReviewDraft({})", self.award)
    }
}

impl Tx<'_> {
    /// Records the awards of an activity: one operation per home scope of the residents.
    ///
    /// # Errors
    /// [`StoreError::Missing`] for an unknown resident or one without a household where the
    /// household is to get the points, [`StoreError::KeyMissing`], faults of the database.
    pub fn record_awards(&mut self, batch: AwardBatch) -> Result<AwardsRecorded, StoreError> {
        let activity = batch.activity.unwrap_or_else(|| ActivityId::from_uuid(self.new_uuid()));
        let evidence = batch.evidence.iter().map(|draft| self.keep_attachment(draft)).collect::<Result<Vec<_>, _>>()?;
        let awards: Vec<AwardId> = batch.rows.iter().map(|_| AwardId::from_uuid(self.new_uuid())).collect();
        let mut by_scope: BTreeMap<Scope, Vec<wire::AwardRow>> = BTreeMap::new();
        for (draft, award) in batch.rows.iter().zip(&awards) {
            let (scope, household) = self.home_of(draft.resident)?;
            if draft.to == AwardTo::Household && household.is_none() {
                return Err(StoreError::Missing { what: "居民的户" });
            }
            by_scope.entry(scope).or_default().push(wire::AwardRow {
                award: *award,
                subject: match draft.to {
                    AwardTo::Resident => wire::SUBJECT_RESIDENT,
                    AwardTo::Household => wire::SUBJECT_HOUSEHOLD,
                },
                resident: draft.resident,
                household,
                amount_points: draft.amount_points,
            });
        }
        // an activity may be added to in other villages
        let key = self.key_or_new(activity.as_bytes(), self.town_scope())?;
        let mut ops = Vec::new();
        for (scope, rows) in by_scope {
            for rows in rows.chunks(ROWS_MAX) {
                let id = self.new_op_id();
                let name = self.seal(&key, id, activity.as_bytes(), "activity_name", &batch.activity_name)?;
                let body = Body::AwardRecorded(AwardRecorded {
                    activity,
                    activity_name: Some(name),
                    rule_version: batch.rule_version,
                    request: batch.request,
                    evidence: evidence.clone(),
                    rows: rows.to_vec(),
                });
                ops.push(self.commit(Draft { id, scope, body, occurred_on: days(batch.occurred_on) })?);
            }
        }
        Ok(AwardsRecorded { activity, awards, ops })
    }

    fn award_now(&self, award: AwardId) -> Result<AwardRow, StoreError> {
        self.award(award)?.ok_or(StoreError::Missing { what: "积分记录" })
    }

    /// Records reviews: one operation per scope.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Refused`] for an award that waits for no review,
    /// [`StoreError::KeyMissing`], faults of the database.
    pub fn review_awards(&mut self, drafts: &[ReviewDraft]) -> Result<Vec<OpId>, StoreError> {
        let mut by_scope: BTreeMap<Scope, Vec<(&ReviewDraft, AwardRow)>> = BTreeMap::new();
        for draft in drafts {
            let award = self.award_now(draft.award)?;
            by_scope.entry(award.scope).or_default().push((draft, award));
        }
        let occurred_on = self.today_days();
        let mut ops = Vec::new();
        for (scope, reviews) in by_scope {
            for reviews in reviews.chunks(ROWS_MAX) {
                let id = self.new_op_id();
                let mut rows = Vec::with_capacity(reviews.len());
                for (draft, award) in reviews {
                    rows.push(self.review_row(id, draft, award)?);
                }
                let body = Body::AwardReviewed(AwardReviewed { rows });
                ops.push(self.commit(Draft { id, scope, body, occurred_on })?);
            }
        }
        Ok(ops)
    }

    fn review_row(&mut self, op: OpId, draft: &ReviewDraft, award: &AwardRow) -> Result<ReviewRow, StoreError> {
        let expected = match award.state {
            AwardState::Submitted => ExpectedState::Submitted,
            AwardState::SentBack => ExpectedState::SentBack,
            _ => return Err(StoreError::Refused("这条积分记录已经审过，请刷新审核列表")),
        };
        let subject = award.resident.as_bytes();
        let (decision, reason, effective_on, transfer) = match &draft.decision {
            Review::Approve { effective_on } => {
                let transfer = TransferId::from_uuid(self.new_uuid());
                (Decision::Approve, None, Some(days(*effective_on)), Some(transfer))
            }
            Review::SendBack { reason } => {
                let key = self.key_of(subject)?;
                (Decision::SendBack, Some(self.seal(&key, op, subject, "reason", reason)?), None, None)
            }
        };
        Ok(ReviewRow { award: award.id, expected, decision, resident: award.resident, reason, effective_on, transfer })
    }

    /// Reverses an approved award as a whole.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Refused`] for an award that is not approved,
    /// [`StoreError::KeyMissing`], faults of the database.
    pub fn reverse_award(&mut self, award: AwardId, reason: &str) -> Result<OpId, StoreError> {
        let row = self.award_now(award)?;
        if row.state != AwardState::Approved {
            return Err(StoreError::Refused("只有已批准且未冲正的积分记录才能冲正，请刷新后核对"));
        }
        let (id, occurred_on) = (self.new_op_id(), self.today_days());
        let subject = row.resident.as_bytes();
        let key = self.key_of(subject)?;
        let reason = self.seal(&key, id, subject, "reason", reason)?;
        let transfer = TransferId::from_uuid(self.new_uuid());
        let body = Body::AwardReversed(AwardReversed { award, transfer, resident: row.resident, reason: Some(reason) });
        self.commit(Draft { id, scope: row.scope, body, occurred_on })
    }
}
