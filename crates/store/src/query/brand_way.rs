//! The way of a brand: its steps, its assessments, and what came second.

use std::fmt;

use chrono::NaiveDate;
use rusqlite::Row;
use zhenxin_domain::brand::BrandStep;
use zhenxin_domain::ids::{BrandId, OpId, UserId};
use zhenxin_protocol::body::Body;
use zhenxin_protocol::body::brand::BrandStepCode;
use zhenxin_protocol::entity::EntityKind;
use zhenxin_protocol::op::Op;

use super::Reader;
use crate::error::StoreError;
use crate::fold::brand_seat::{ASSESSMENT_LOST, STEP_LOST, step_of};
use crate::sql::{Columns, invalid};

/// Steps of one brand that are read: its way is a handful; more is a fault of two desks going round in circles.
const STEPS_MAX: u32 = 1_000;
/// Years that are read.
const YEARS_MAX: u32 = 100;

/// A step of a brand's way.
#[derive(Clone, PartialEq, Eq)]
pub struct BrandStepRow {
    /// The operation.
    pub op: OpId,
    /// What happened.
    pub step: BrandStep,
    /// With 退役 that came from another brand's 启用: that brand.
    pub replaced_by: Option<BrandId>,
    /// Who.
    pub actor: UserId,
    /// When it was recorded, ms since 1970 UTC.
    pub at: i64,
    /// Why.
    pub reason: Option<String>,
    /// It came second and changed nothing.
    pub lost: bool,
}

impl fmt::Debug for BrandStepRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BrandStepRow({:?}, lost: {})", self.step, self.lost)
    }
}

/// What came second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LostAct {
    /// A step.
    Step(BrandStep),
    /// An assessment.
    Assessment {
        /// Of this year.
        year: i32,
    },
}

/// An act about a brand that came second and changed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrandLost {
    /// The operation.
    pub op: OpId,
    /// What.
    pub what: LostAct,
    /// Who.
    pub actor: UserId,
    /// When it was recorded, ms since 1970 UTC.
    pub at: i64,
}

/// A yearly assessment.
#[derive(Clone, PartialEq, Eq)]
pub struct AssessmentRow {
    /// Year.
    pub year: i32,
    /// Whether the brand is renewed.
    pub renewed: bool,
    /// Findings.
    pub findings: Option<String>,
    /// Day.
    pub assessed_on: NaiveDate,
    /// When it was recorded, ms since 1970 UTC.
    pub recorded_at: i64,
    /// Who assessed.
    pub assessed_by: UserId,
}

impl fmt::Debug for AssessmentRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AssessmentRow({}, renewed: {})", self.year, self.renewed)
    }
}

fn read_step(row: &Row<'_>) -> rusqlite::Result<BrandStepRow> {
    const CODES: [BrandStepCode; 6] = [
        BrandStepCode::Propose,
        BrandStepCode::Approve,
        BrandStepCode::SendBack,
        BrandStepCode::Resubmit,
        BrandStepCode::Activate,
        BrandStepCode::Retire,
    ];
    let mut c = Columns::of(row);
    let op = c.take()?;
    let number: u8 = c.get()?;
    let code = CODES.into_iter().find(|code| *code as u8 == number).ok_or_else(|| invalid(1))?;
    let other = c.take()?;
    Ok(BrandStepRow {
        op,
        step: step_of(code, other),
        replaced_by: other.filter(|_| code == BrandStepCode::Retire),
        actor: c.take()?,
        at: c.get()?,
        reason: c.get()?,
        lost: c.get()?,
    })
}

fn lost_in(op: &Op, body: &Body) -> Option<BrandLost> {
    let what = match body {
        Body::BrandMoved(body) => LostAct::Step(step_of(body.step, body.replaces)),
        Body::BrandAssessed(body) => LostAct::Assessment { year: body.year },
        _ => return None,
    };
    Some(BrandLost { op: op.content_id(), what, actor: op.actor, at: op.recorded_at })
}

impl Reader<'_> {
    /// The way of a brand in canonical order, with what came second.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn brand_steps(&self, brand: BrandId) -> Result<Vec<BrandStepRow>, StoreError> {
        let sql = "SELECT op, step, other, actor, at, reason, lost FROM brand_step WHERE brand = ?1
                   ORDER BY no LIMIT ?2";
        self.all(sql, (brand.as_bytes(), STEPS_MAX), read_step)
    }

    /// The assessments of a brand, newest year first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn assessments_of(&self, brand: BrandId) -> Result<Vec<AssessmentRow>, StoreError> {
        let sql = "SELECT year, renewed, findings, assessed_on, recorded_at, recorded_by FROM assessment
                   WHERE brand = ?1 ORDER BY year DESC LIMIT ?2";
        self.all(sql, (brand.as_bytes(), YEARS_MAX), |row| {
            let mut c = Columns::of(row);
            Ok(AssessmentRow {
                year: c.get()?,
                renewed: c.get()?,
                findings: c.get()?,
                assessed_on: c.take()?,
                recorded_at: c.get()?,
                assessed_by: c.take()?,
            })
        })
    }

    /// The newest act about a brand that came second; the operation in the log says what it was.
    pub(super) fn brand_lost(&self, brand: BrandId) -> Result<Option<BrandLost>, StoreError> {
        let sql = "SELECT o.bytes FROM race r JOIN op o ON o.no = (SELECT c.no FROM op c WHERE (c.id = r.op OR c.origin = r.op) AND c.status < 2 LIMIT 1)
                   WHERE r.entity >= ?1 AND r.entity < ?2 AND r.what IN (?3, ?4)
                   ORDER BY r.at DESC, r.op DESC LIMIT 1";
        let seats = EntityKind::BrandSeat as u8;
        let (step, assessment) = (format!("{STEP_LOST}{brand}"), format!("{ASSESSMENT_LOST}{brand}"));
        let bytes: Option<Vec<u8>> = self.one(sql, ([seats], [seats + 1], step, assessment), |row| row.get(0))?;
        let Some(bytes) = bytes else { return Ok(None) };
        let op = Op::from_bytes(&bytes)?;
        Ok(op.read_body().ok().flatten().and_then(|body| lost_in(&op, &body)))
    }
}
