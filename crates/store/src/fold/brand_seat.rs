//! Where all brands of the town stand. They are one entity, so their steps have one order and the domain's machine
//! lets one brand be active, whatever two desks did; a step that it does not allow any more is a race about its brand.

use rusqlite::OptionalExtension;
use zhenxin_domain::brand::{BrandState, BrandStep, advance};
use zhenxin_domain::ids::BrandId;
use zhenxin_protocol::body::brand::{BrandAssessed, BrandMoved, BrandStepCode};
use zhenxin_protocol::entity::Entity;

use super::{At, Folder};
use crate::error::StoreError;
use crate::sql::{Column, Columns};

/// Beginnings of what a race of the seat says; the brand's id follows.
pub(crate) const STEP_LOST: &str = "brand_step_lost:";
pub(crate) const ASSESSMENT_LOST: &str = "assessment_lost:";

/// The domain's step for the one that was sent.
pub(crate) const fn step_of(code: BrandStepCode, replaces: Option<BrandId>) -> BrandStep {
    match code {
        BrandStepCode::Propose => BrandStep::Propose,
        BrandStepCode::Approve => BrandStep::Approve,
        BrandStepCode::SendBack => BrandStep::SendBack,
        BrandStepCode::Resubmit => BrandStep::Resubmit,
        BrandStepCode::Activate => BrandStep::Activate { replaces },
        BrandStepCode::Retire => BrandStep::Retire,
    }
}

/// The step as it is sent and stored, and the brand that it replaces.
pub(crate) const fn code_of(step: BrandStep) -> (BrandStepCode, Option<BrandId>) {
    match step {
        BrandStep::Propose => (BrandStepCode::Propose, None),
        BrandStep::Approve => (BrandStepCode::Approve, None),
        BrandStep::SendBack => (BrandStepCode::SendBack, None),
        BrandStep::Resubmit => (BrandStepCode::Resubmit, None),
        BrandStep::Activate { replaces } => (BrandStepCode::Activate, replaces),
        BrandStep::Retire => (BrandStepCode::Retire, None),
    }
}

/// A line of a brand's way.
struct Line<'l> {
    brand: &'l BrandId,
    step: BrandStepCode,
    other: Option<&'l BrandId>,
    reason: Option<&'l str>,
    lost: bool,
}

impl Folder<'_> {
    pub(super) fn brand_moved(&mut self, at: &At<'_>, body: &BrandMoved) -> Result<(), StoreError> {
        let seat = Entity::brand_seat(at.scope);
        if !at.wants(&seat) {
            return Ok(());
        }
        let reason = self.open_opt(at, &seat, body.brand.as_bytes(), "reason", body.reason.as_ref())?;
        let now = self.brand_state(&body.brand)?;
        let step = step_of(body.step, body.replaces);
        let held = advance(now, step, self.active_brand(at)?);
        self.note_step(
            at,
            &Line {
                brand: &body.brand,
                step: body.step,
                other: body.replaces.as_ref(),
                reason: reason.as_deref(),
                lost: held.is_err(),
            },
        )?;
        let Ok(state) = held else {
            return self.race(at, &seat, &format!("{STEP_LOST}{}", body.brand));
        };
        if let BrandStep::Activate { replaces: Some(replaced) } = step {
            self.retire_replaced(at, &replaced, &body.brand)?;
        }
        if step == BrandStep::Propose {
            self.conn.prepare_cached(include_str!("brand_seat/propose.sql"))?.execute((
                body.brand.as_bytes(),
                at.scope.as_str(),
                state.as_code(),
                at.recorded_at,
                at.op.as_bytes(),
                at.actor.as_bytes(),
            ))?;
            return Ok(());
        }
        self.stand(at, &body.brand, state, reason.as_deref())
    }

    /// What a step that held does to a brand that was proposed before.
    fn stand(&self, at: &At<'_>, brand: &BrandId, state: BrandState, reason: Option<&str>) -> Result<(), StoreError> {
        self.conn.prepare_cached(include_str!("brand_seat/stand.sql"))?.execute(rusqlite::params![
            brand.as_bytes(),
            state.as_code(),
            at.recorded_at,
            at.op.as_bytes(),
            reason,
            at.actor.as_bytes(),
            at.occurred_on
        ])?;
        Ok(())
    }

    fn retire_replaced(&self, at: &At<'_>, replaced: &BrandId, by: &BrandId) -> Result<(), StoreError> {
        let step = BrandStepCode::Retire;
        self.note_step(at, &Line { brand: replaced, step, other: Some(by), reason: None, lost: false })?;
        self.stand(at, replaced, BrandState::Retired, None)
    }

    fn brand_state(&self, brand: &BrandId) -> Result<Option<BrandState>, StoreError> {
        let mut statement = self.conn.prepare_cached("SELECT state FROM brand_standing WHERE brand = ?1")?;
        Ok(statement.query_row([brand.as_bytes()], |row| BrandState::column(row, 0)).optional()?)
    }

    fn active_brand(&self, at: &At<'_>) -> Result<Option<BrandId>, StoreError> {
        let sql = "SELECT brand FROM brand_standing WHERE scope = ?1 AND state = 'active'";
        let mut statement = self.conn.prepare_cached(sql)?;
        Ok(statement.query_row([at.scope.as_str()], |row| Columns::of(row).take()).optional()?)
    }

    fn note_step(&self, at: &At<'_>, line: &Line<'_>) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "INSERT INTO brand_step (op, brand, scope, step, other, actor, at, reason, lost)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(rusqlite::params![
                at.op.as_bytes(),
                line.brand.as_bytes(),
                at.scope.as_str(),
                line.step as u8,
                line.other.map(BrandId::as_bytes),
                at.actor.as_bytes(),
                at.recorded_at,
                line.reason,
                line.lost
            ])?;
        Ok(())
    }

    pub(super) fn brand_assessed(&mut self, at: &At<'_>, body: &BrandAssessed) -> Result<(), StoreError> {
        let seat = Entity::brand_seat(at.scope);
        if !at.wants(&seat) {
            return Ok(());
        }
        let findings = self.open_opt(at, &seat, body.brand.as_bytes(), "findings", body.findings.as_ref())?;
        // A year is assessed after it, so the brand may be retired by now; one that never was the town's has no year.
        let known = self
            .conn
            .prepare_cached("SELECT 1 FROM brand_standing WHERE brand = ?1 AND active_since IS NOT NULL")?
            .exists([body.brand.as_bytes()])?;
        let inserted = if known {
            self.conn.prepare_cached(include_str!("brand_seat/assess.sql"))?.execute(rusqlite::params![
                body.brand.as_bytes(),
                body.year,
                at.scope.as_str(),
                body.renewed,
                findings,
                at.occurred_on,
                at.recorded_at,
                at.actor.as_bytes(),
                at.op.as_bytes()
            ])?
        } else {
            0
        };
        if inserted == 0 {
            self.race(at, &seat, &format!("{ASSESSMENT_LOST}{}", body.brand))?;
        }
        Ok(())
    }

    /// A file holds one town, and a town has one seat.
    pub(super) fn forget_brand_seat(&mut self) -> Result<(), StoreError> {
        for sql in ["DELETE FROM assessment", "DELETE FROM brand_step", "DELETE FROM brand_standing"] {
            self.conn.prepare_cached(sql)?.execute([])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
