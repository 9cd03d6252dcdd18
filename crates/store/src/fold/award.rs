//! Awards: submitted → approved | sent back → reversed. A review names the state that it expects;
//! the first in canonical order holds, the other becomes a task.

use rusqlite::OptionalExtension;
use zhenxin_domain::division::Scope;
use zhenxin_domain::ledger::Ledger;
use zhenxin_protocol::body::award::{AwardRecorded, AwardReversed, Decision, ExpectedState, ReviewRow};
use zhenxin_protocol::entity::{Entity, EntityKind};

use super::ledger::{Posting, beneficiary, issuance};
use super::{At, Folder};
use crate::error::StoreError;
use crate::vault::Held;

/// Stored numbers of an award's state.
pub(crate) const SUBMITTED: u8 = 0;
pub(crate) const SENT_BACK: u8 = 1;
pub(crate) const APPROVED: u8 = 2;
pub(crate) const REVERSED: u8 = 3;

/// What a transition needs to know of an award.
struct Standing {
    state: u8,
    subject: u8,
    resident: [u8; 16],
    household: Option<[u8; 16]>,
    amount_points: u32,
    effective_on: Option<i32>,
    transfer: Option<[u8; 16]>,
}

impl Folder<'_> {
    pub(super) fn award_recorded(&mut self, at: &At<'_>, body: &AwardRecorded) -> Result<(), StoreError> {
        self.activity_recorded(at, body)?;
        for row in &body.rows {
            let entity = Entity::new(EntityKind::Award, *row.award.as_bytes());
            if !at.wants(&entity) {
                continue;
            }
            let inserted = self.conn.prepare_cached(include_str!("award/insert.sql"))?.execute(rusqlite::params![
                row.award.as_bytes(),
                at.scope.as_str(),
                body.activity.as_bytes(),
                body.rule_version.as_bytes(),
                row.subject,
                row.resident.as_bytes(),
                row.household.as_ref().map(|id| id.as_bytes()),
                row.amount_points,
                at.occurred_on,
                at.recorded_at,
                at.actor.as_bytes(),
                at.device.as_bytes(),
                at.op.as_bytes(),
                SUBMITTED
            ])?;
            if inserted == 0 {
                self.race(at, &entity, "award_twice")?;
            }
        }
        Ok(())
    }

    fn activity_recorded(&mut self, at: &At<'_>, body: &AwardRecorded) -> Result<(), StoreError> {
        let entity = Entity::part(EntityKind::ActivityPart, body.activity.as_bytes(), at.scope);
        if !at.wants(&entity) {
            return Ok(());
        }
        let subject = body.activity.as_bytes();
        let name = self.open_opt(at, &entity, subject, "activity_name", body.activity_name.as_ref())?;
        self.conn.prepare_cached(include_str!("award/activity.sql"))?.execute(rusqlite::params![
            subject,
            at.scope.as_str(),
            name.as_deref(),
            body.rule_version.as_bytes(),
            at.occurred_on,
            at.recorded_at,
            at.actor.as_bytes(),
            at.op.as_bytes()
        ])?;
        // Nobody can open what was sealed with a key that is gone.
        let files: &[_] = if matches!(self.vault.held(subject)?, Held::Erased) { &[] } else { &body.evidence };
        for evidence in files {
            self.conn.prepare_cached(include_str!("award/evidence.sql"))?.execute(rusqlite::params![
                subject,
                at.scope.as_str(),
                evidence.evidence.as_bytes(),
                evidence.hash.as_bytes(),
                evidence.mime,
                evidence.bytes_len as i64
            ])?;
        }
        Ok(())
    }

    /// Where the award stands. An operation of another scope does not see it: a device writes only what its scope
    /// holds.
    fn standing(&self, award: &[u8; 16], scope: Scope) -> Result<Option<Standing>, StoreError> {
        let sql = "SELECT state, subject, resident, household, amount_points, effective_on, transfer
                   FROM award WHERE id = ?1 AND scope = ?2";
        let standing = self.conn.prepare_cached(sql)?.query_row((award, scope.as_str()), |row| {
            Ok(Standing {
                state: row.get(0)?,
                subject: row.get(1)?,
                resident: row.get(2)?,
                household: row.get(3)?,
                amount_points: row.get(4)?,
                effective_on: row.get(5)?,
                transfer: row.get(6)?,
            })
        });
        Ok(standing.optional()?)
    }

    pub(super) fn award_reviewed(&mut self, at: &At<'_>, row: &ReviewRow) -> Result<(), StoreError> {
        let award = row.award.as_bytes();
        let entity = Entity::new(EntityKind::Award, *award);
        if !at.wants(&entity) {
            return Ok(());
        }
        let Some(standing) = self.standing(award, at.scope)? else {
            return self.race(at, &entity, "award_missing");
        };
        let expected = match row.expected {
            ExpectedState::Submitted => SUBMITTED,
            ExpectedState::SentBack => SENT_BACK,
        };
        if standing.state != expected {
            return self.race(at, &entity, "review_lost");
        }
        let reason = self.open_opt(at, &entity, row.resident.as_bytes(), "reason", row.reason.as_ref())?;
        let (state, transfer) = match (row.decision, &row.transfer) {
            (Decision::Approve, Some(transfer)) => (APPROVED, Some(transfer.as_bytes())),
            _ => (SENT_BACK, None),
        };
        if let Some(transfer) = transfer {
            let posting = Posting {
                id: transfer,
                ledger: Ledger::Points,
                debit: issuance(at.scope.town()),
                credit: beneficiary(standing.subject, &standing.resident, standing.household.as_ref()),
                amount_units: standing.amount_points,
                effective_on: row.effective_on.unwrap_or(at.occurred_on),
                source: entity,
                reverses: None,
            };
            if !self.post(at, &posting)? {
                return self.race(at, &entity, "transfer_reused");
            }
        }
        self.conn.prepare_cached(include_str!("award/review.sql"))?.execute(rusqlite::params![
            award,
            state,
            at.recorded_at,
            at.actor.as_bytes(),
            reason.as_deref(),
            transfer.and(row.effective_on),
            transfer
        ])?;
        Ok(())
    }

    pub(super) fn award_reversed(&mut self, at: &At<'_>, body: &AwardReversed) -> Result<(), StoreError> {
        let award = body.award.as_bytes();
        let entity = Entity::new(EntityKind::Award, *award);
        if !at.wants(&entity) {
            return Ok(());
        }
        let Some(standing) = self.standing(award, at.scope)? else {
            return self.race(at, &entity, "award_missing");
        };
        let (APPROVED, Some(original)) = (standing.state, &standing.transfer) else {
            return self.race(at, &entity, "reversal_lost");
        };
        let reason = self.open_opt(at, &entity, body.resident.as_bytes(), "reason", body.reason.as_ref())?;
        let posting = Posting {
            id: body.transfer.as_bytes(),
            ledger: Ledger::Points,
            debit: beneficiary(standing.subject, &standing.resident, standing.household.as_ref()),
            credit: issuance(at.scope.town()),
            amount_units: standing.amount_points,
            // Never before the original, or points that do not count yet would be taken off.
            effective_on: standing.effective_on.map_or(at.occurred_on, |day| day.max(at.occurred_on)),
            source: entity,
            reverses: Some(original),
        };
        if !self.post(at, &posting)? {
            return self.race(at, &entity, "transfer_reused");
        }
        self.conn.prepare_cached(include_str!("award/reverse.sql"))?.execute(rusqlite::params![
            award,
            REVERSED,
            at.recorded_at,
            at.actor.as_bytes(),
            reason.as_deref(),
            body.transfer.as_bytes()
        ])?;
        Ok(())
    }

    pub(super) fn forget_award(&mut self, id: &[u8; 16]) -> Result<(), StoreError> {
        self.forget_transfers_of(Entity::new(EntityKind::Award, *id))?;
        self.conn.prepare_cached("DELETE FROM award WHERE id = ?1")?.execute([id])?;
        Ok(())
    }
}
