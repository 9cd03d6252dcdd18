//! Credit brands: where they stand and what their dossiers say.
//!
//! A brand is listed by its standing; what its dossier says may still wait for its key.

use std::fmt;

use chrono::NaiveDate;
use rusqlite::Row;
use zhenxin_domain::brand::{BrandState, MilestoneState};
use zhenxin_domain::decimal::Decimal;
use zhenxin_domain::ids::{BrandId, BrandPartId, EvidenceId, UserId};
use zhenxin_protocol::hash::Hash32;

use super::Reader;
use super::brand_way::{AssessmentRow, BrandLost, BrandStepRow};
use super::handover::HandoverRow;
use crate::error::StoreError;
use crate::sql::{Columns, days};

/// Brands that are listed: a town proposes a few in a year.
const BRANDS_MAX: u32 = 500;
/// Parts of one kind in one dossier that are read: nobody keeps more in view.
const PARTS_MAX: u32 = 1_000;
/// Readings of one dossier that are read: twenty indicators, read every week for ten years.
const READINGS_MAX: u32 = 10_000;

/// A brand.
#[derive(Clone, PartialEq, Eq)]
pub struct BrandRow {
    /// Which.
    pub id: BrandId,
    /// 名称.
    pub name: Option<String>,
    /// 口号.
    pub slogan: Option<String>,
    /// 领域.
    pub domain: Option<String>,
    /// 责任单位.
    pub owner_unit: Option<String>,
    /// 品牌故事.
    pub story: Option<String>,
    /// 目标, a line each.
    pub objectives: Vec<String>,
    /// 标识; it has no caption.
    pub mark: Option<FileRow>,
    /// Where it stands.
    pub state: BrandState,
    /// When the last step that held was recorded, ms since 1970 UTC.
    pub since_at: i64,
    /// Why, where that step gave a reason.
    pub reason: Option<String>,
    /// When it was first proposed, ms since 1970 UTC.
    pub proposed_at: i64,
    /// By whom.
    pub proposed_by: UserId,
    /// When it was last proposed, ms since 1970 UTC.
    pub submitted_at: i64,
    /// By whom.
    pub submitted_by: UserId,
    /// When it was last approved or sent back, ms since 1970 UTC.
    pub decided_at: Option<i64>,
    /// By whom.
    pub decided_by: Option<UserId>,
    /// First day in use.
    pub active_since: Option<NaiveDate>,
    /// Day on which it was retired.
    pub retired_on: Option<NaiveDate>,
    /// Milestones, without the ones that were dropped.
    pub milestones: u32,
    /// Of these reached.
    pub milestones_done: u32,
    /// The newest act about it that came second and changed nothing.
    pub lost: Option<BrandLost>,
}

impl fmt::Debug for BrandRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BrandRow({}, {:?})", self.id, self.state)
    }
}

/// A file of a brand or a photograph of an activity.
#[derive(Clone, PartialEq, Eq)]
pub struct FileRow {
    /// Which.
    pub id: EvidenceId,
    /// SM3 of its bytes.
    pub hash: Hash32,
    /// Media type.
    pub mime: String,
    /// Length in bytes.
    pub bytes_len: u64,
    /// Caption.
    pub caption: Option<String>,
    /// Whether the bytes are on this device.
    pub here: bool,
}

impl fmt::Debug for FileRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileRow({}, {} bytes)", self.id, self.bytes_len)
    }
}

/// A milestone.
#[derive(Clone, PartialEq, Eq)]
pub struct MilestoneRow {
    /// Which.
    pub id: BrandPartId,
    /// What.
    pub title: Option<String>,
    /// Due day.
    pub due_on: Option<NaiveDate>,
    /// How far.
    pub state: MilestoneState,
    /// When it was reached, where it is.
    pub done_on: Option<NaiveDate>,
}

impl fmt::Debug for MilestoneRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MilestoneRow({}, {:?})", self.id, self.state)
    }
}

/// A milestone of the active brand that asks to be looked at.
#[derive(Clone, PartialEq, Eq)]
pub struct DueMilestone {
    /// Whose.
    pub brand: BrandId,
    /// The brand's name.
    pub brand_name: Option<String>,
    /// The milestone.
    pub milestone: MilestoneRow,
}

impl fmt::Debug for DueMilestone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DueMilestone({}, {:?})", self.brand, self.milestone)
    }
}

/// An indicator.
#[derive(Clone, PartialEq, Eq)]
pub struct IndicatorRow {
    /// Which.
    pub id: BrandPartId,
    /// Name.
    pub name: Option<String>,
    /// Unit.
    pub unit: Option<String>,
    /// Value at the beginning.
    pub baseline: Option<Decimal>,
    /// Value that is wanted.
    pub target: Option<Decimal>,
    /// Oldest first, one a day.
    pub readings: Vec<ReadingRow>,
}

impl fmt::Debug for IndicatorRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IndicatorRow({}, {} readings)", self.id, self.readings.len())
    }
}

/// A reading of an indicator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadingRow {
    /// Day.
    pub on: NaiveDate,
    /// Value.
    pub value: Decimal,
    /// When it was recorded, ms since 1970 UTC.
    pub recorded_at: i64,
    /// By whom.
    pub recorded_by: UserId,
}

/// A partner.
#[derive(Clone, PartialEq, Eq)]
pub struct PartnerRow {
    /// Which.
    pub id: BrandPartId,
    /// Unit.
    pub name: Option<String>,
    /// What it does.
    pub role: Option<String>,
}

impl fmt::Debug for PartnerRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PartnerRow({})", self.id)
    }
}

/// A brand with everything about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrandDossier {
    /// The brand.
    pub brand: BrandRow,
    /// By due day.
    pub milestones: Vec<MilestoneRow>,
    /// In the order of adding.
    pub indicators: Vec<IndicatorRow>,
    /// In the order of adding.
    pub partners: Vec<PartnerRow>,
    /// In the order of adding.
    pub files: Vec<FileRow>,
    /// Newest year first.
    pub assessments: Vec<AssessmentRow>,
    /// Its way, oldest first.
    pub steps: Vec<BrandStepRow>,
    /// Packages for the district, newest first.
    pub handovers: Vec<HandoverRow>,
}

/// The columns that [`read`] reads.
const BRAND: &str = include_str!("brand/brand.sql");

fn read(row: &Row<'_>) -> rusqlite::Result<BrandRow> {
    let mut c = Columns::of(row);
    let (id, name, slogan, domain, owner_unit, story) = (c.take()?, c.get()?, c.get()?, c.get()?, c.get()?, c.get()?);
    let objectives: Option<String> = c.get()?;
    Ok(BrandRow {
        id,
        name,
        slogan,
        domain,
        owner_unit,
        story,
        objectives: objectives.map_or(Vec::new(), |lines| lines.lines().map(str::to_owned).collect()),
        state: c.take()?,
        since_at: c.get()?,
        reason: c.get()?,
        proposed_at: c.get()?,
        proposed_by: c.take()?,
        submitted_at: c.get()?,
        submitted_by: c.take()?,
        decided_at: c.get()?,
        decided_by: c.take()?,
        active_since: c.take()?,
        retired_on: c.take()?,
        milestones: c.get()?,
        milestones_done: c.get()?,
        lost: None,
        mark: c.take::<Option<EvidenceId>>()?.map(|id| read_file(&mut c, id)).transpose()?,
    })
}

/// A file, after its id was read.
pub(super) fn read_file(c: &mut Columns<'_, '_>, id: EvidenceId) -> rusqlite::Result<FileRow> {
    Ok(FileRow {
        id,
        hash: Hash32(c.get()?),
        mime: c.get()?,
        bytes_len: c.get::<i64>()?.unsigned_abs(),
        caption: c.get()?,
        here: c.get()?,
    })
}

fn read_milestone(c: &mut Columns<'_, '_>) -> rusqlite::Result<MilestoneRow> {
    let (id, title, due_on, state) = (c.take()?, c.get()?, c.take()?, c.take()?);
    let done_on: Option<NaiveDate> = c.take()?;
    Ok(MilestoneRow { id, title, due_on, state, done_on: done_on.filter(|_| state == MilestoneState::Done) })
}

impl Reader<'_> {
    fn brands_where<P: rusqlite::Params>(&self, rest: &str, params: P) -> Result<Vec<BrandRow>, StoreError> {
        let mut brands = self.all(&format!("{BRAND} {rest}"), params, read)?;
        for brand in &mut brands {
            brand.lost = self.brand_lost(brand.id)?;
        }
        Ok(brands)
    }

    /// The town's brands: the active one first, then by state in the order of the domain, the newest first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn brands(&self) -> Result<Vec<BrandRow>, StoreError> {
        let mut brands = self.brands_where("ORDER BY s.since_at DESC, s.brand LIMIT ?1", [BRANDS_MAX])?;
        brands.sort_by_key(|brand| (brand.state != BrandState::Active, brand.state));
        Ok(brands)
    }

    /// One brand.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn brand(&self, id: BrandId) -> Result<Option<BrandRow>, StoreError> {
        Ok(self.brands_where("WHERE s.brand = ?1", [id.as_bytes()])?.pop())
    }

    /// The town's brand; at most one is active.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn active_brand(&self) -> Result<Option<BrandRow>, StoreError> {
        Ok(self.brands_where("WHERE s.state = 'active'", [])?.pop())
    }

    /// Brands that wait for a decision and that this user neither proposed nor proposed again, the oldest first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn brands_waiting(&self, not_by: UserId) -> Result<Vec<BrandRow>, StoreError> {
        let rest = "WHERE s.state = 'proposed' AND s.proposed_by <> ?1 AND s.submitted_by <> ?1
                    ORDER BY s.submitted_at, s.brand LIMIT ?2";
        self.brands_where(rest, (not_by.as_bytes(), BRANDS_MAX))
    }

    /// A brand with everything about it.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn brand_dossier(&self, id: BrandId) -> Result<Option<BrandDossier>, StoreError> {
        let Some(brand) = self.brand(id)? else { return Ok(None) };
        Ok(Some(BrandDossier {
            brand,
            milestones: self.milestones_of(id)?,
            indicators: self.indicators_of(id)?,
            partners: self.partners_of(id)?,
            files: self.brand_files(id)?,
            assessments: self.assessments_of(id)?,
            steps: self.brand_steps(id)?,
            handovers: self.handovers_of(id)?,
        }))
    }

    /// The milestones of a brand, by due day.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn milestones_of(&self, brand: BrandId) -> Result<Vec<MilestoneRow>, StoreError> {
        let sql = "SELECT id, title, due_on, state, done_on FROM milestone WHERE brand = ?1
                   ORDER BY due_on IS NULL, due_on, id LIMIT ?2";
        self.all(sql, (brand.as_bytes(), PARTS_MAX), |row| read_milestone(&mut Columns::of(row)))
    }

    /// The milestones of the active brand that are planned and due by a day, the oldest first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn milestones_due(&self, until: NaiveDate) -> Result<Vec<DueMilestone>, StoreError> {
        self.all(include_str!("brand/due.sql"), (days(until), PARTS_MAX), |row| {
            let mut c = Columns::of(row);
            Ok(DueMilestone { brand: c.take()?, brand_name: c.get()?, milestone: read_milestone(&mut c)? })
        })
    }

    /// The indicators of a brand with their readings, in the order of adding.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn indicators_of(&self, brand: BrandId) -> Result<Vec<IndicatorRow>, StoreError> {
        let sql = "SELECT id, name, unit, baseline, target FROM indicator WHERE brand = ?1 ORDER BY no LIMIT ?2";
        let decimal = |units: Option<i64>| units.map(Decimal::from_ten_thousandths);
        let mut indicators = self.all(sql, (brand.as_bytes(), PARTS_MAX), |row| {
            let mut c = Columns::of(row);
            let (id, name, unit) = (c.take()?, c.get()?, c.get()?);
            let (baseline, target) = (decimal(c.get()?), decimal(c.get()?));
            Ok(IndicatorRow { id, name, unit, baseline, target, readings: Vec::new() })
        })?;
        let sql = "SELECT indicator, day, value, recorded_at, recorded_by FROM reading WHERE brand = ?1
                   ORDER BY day DESC LIMIT ?2";
        let mut readings: Vec<(BrandPartId, ReadingRow)> = self.all(sql, (brand.as_bytes(), READINGS_MAX), |row| {
            let mut c = Columns::of(row);
            let (indicator, on, value) = (c.take()?, c.take()?, Decimal::from_ten_thousandths(c.get()?));
            Ok((indicator, ReadingRow { on, value, recorded_at: c.get()?, recorded_by: c.take()? }))
        })?;
        readings.reverse();
        for (indicator, reading) in readings {
            if let Some(of) = indicators.iter_mut().find(|row| row.id == indicator) {
                of.readings.push(reading);
            }
        }
        Ok(indicators)
    }

    /// The partners of a brand, in the order of adding.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn partners_of(&self, brand: BrandId) -> Result<Vec<PartnerRow>, StoreError> {
        let sql = "SELECT id, name, role FROM partner WHERE brand = ?1 ORDER BY no LIMIT ?2";
        self.all(sql, (brand.as_bytes(), PARTS_MAX), |row| {
            let mut c = Columns::of(row);
            Ok(PartnerRow { id: c.take()?, name: c.get()?, role: c.get()? })
        })
    }

    /// The files of a brand, in the order of adding.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn brand_files(&self, brand: BrandId) -> Result<Vec<FileRow>, StoreError> {
        let sql = "SELECT f.id, f.hash, f.mime, f.bytes_len, f.caption,
                          EXISTS (SELECT 1 FROM attachment b WHERE b.hash = f.hash)
                   FROM brand_file f WHERE f.brand = ?1 ORDER BY f.no LIMIT ?2";
        self.all(sql, (brand.as_bytes(), PARTS_MAX), |row| {
            let mut c = Columns::of(row);
            let id = c.take()?;
            read_file(&mut c, id)
        })
    }
}
