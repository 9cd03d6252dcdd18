//! Credit brands: the dossier, the steps of a brand's way, and its assessments.

use std::fmt;

use chrono::NaiveDate;
use zhenxin_domain::brand::{BrandState, BrandStep, MilestoneState, advance};
use zhenxin_domain::decimal::Decimal;
use zhenxin_domain::ids::{BrandId, BrandPartId, EvidenceId, OpId};
use zhenxin_protocol::body::Body;
use zhenxin_protocol::body::brand::{
    self as wire, BrandAssessed, BrandMoved, BrandRecorded, BrandTexts, IndicatorPatch, MilestoneCode, MilestonePatch,
    PartnerPatch,
};
use zhenxin_protocol::seal::{Sealed, Subject, SubjectKey};

use super::attachment::EvidenceDraft;
use super::{Draft, Tx};
use crate::error::StoreError;
use crate::fold::brand_seat::code_of;
use crate::query::brand::BrandRow;
use crate::sql::days;

/// What is new in a brand's dossier. What is absent stays.
#[derive(Clone, Default)]
pub struct BrandDraft {
    /// Which; `None` for a new one, which is proposed in the same transaction.
    pub brand: Option<BrandId>,
    /// Texts.
    pub texts: BrandTextsDraft,
    /// 标识.
    pub mark: Option<EvidenceDraft>,
    /// Milestones added or changed.
    pub milestones: Vec<MilestoneDraft>,
    /// Indicators added or changed.
    pub indicators: Vec<IndicatorDraft>,
    /// Readings; a second one of a day replaces the first.
    pub readings: Vec<ReadingDraft>,
    /// Partners added or changed.
    pub partners: Vec<PartnerDraft>,
    /// Evidence added.
    pub files: Vec<FileDraft>,
    /// Milestones, indicators and partners taken out.
    pub removed_parts: Vec<BrandPartId>,
    /// Evidence taken out.
    pub removed_files: Vec<EvidenceId>,
}

/// Texts of a brand; an empty one empties the field.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct BrandTextsDraft {
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
    pub objectives: Option<Vec<String>>,
}

/// A milestone.
#[derive(Clone, Default)]
pub struct MilestoneDraft {
    /// Which; `None` for a new one.
    pub part: Option<BrandPartId>,
    /// What.
    pub title: Option<String>,
    /// Due day.
    pub due_on: Option<NaiveDate>,
    /// How far.
    pub state: Option<MilestoneState>,
    /// When it was reached.
    pub done_on: Option<NaiveDate>,
}

/// An indicator.
#[derive(Clone, Default)]
pub struct IndicatorDraft {
    /// Which; `None` for a new one.
    pub part: Option<BrandPartId>,
    /// Name.
    pub name: Option<String>,
    /// Unit.
    pub unit: Option<String>,
    /// Value at the beginning.
    pub baseline: Option<Decimal>,
    /// Value that is wanted.
    pub target: Option<Decimal>,
}

/// A reading.
#[derive(Debug, Clone, Copy)]
pub struct ReadingDraft {
    /// Which indicator.
    pub indicator: BrandPartId,
    /// Day.
    pub on: NaiveDate,
    /// Value.
    pub value: Decimal,
}

/// A partner.
#[derive(Clone, Default)]
pub struct PartnerDraft {
    /// Which; `None` for a new one.
    pub part: Option<BrandPartId>,
    /// Unit.
    pub name: Option<String>,
    /// What it does.
    pub role: Option<String>,
}

/// A file with its caption.
#[derive(Debug, Clone)]
pub struct FileDraft {
    /// The file.
    pub file: EvidenceDraft,
    /// Caption.
    pub caption: Option<String>,
}

/// What recording gave, each in the order of the drafts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrandSaved {
    /// The brand.
    pub brand: BrandId,
    /// Its milestones.
    pub milestones: Vec<BrandPartId>,
    /// Its indicators.
    pub indicators: Vec<BrandPartId>,
    /// Its partners.
    pub partners: Vec<BrandPartId>,
    /// Its files.
    pub files: Vec<EvidenceId>,
}

impl fmt::Debug for BrandDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BrandDraft({:?}, {} files)", self.brand, self.files.len())
    }
}

impl fmt::Debug for BrandTextsDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BrandTextsDraft(..)")
    }
}

impl fmt::Debug for MilestoneDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MilestoneDraft({:?}, {:?})", self.part, self.state)
    }
}

impl fmt::Debug for IndicatorDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IndicatorDraft({:?})", self.part)
    }
}

impl fmt::Debug for PartnerDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PartnerDraft({:?})", self.part)
    }
}

impl BrandDraft {
    fn is_empty(&self) -> bool {
        self.texts == BrandTextsDraft::default()
            && self.mark.is_none()
            && self.milestones.is_empty()
            && self.indicators.is_empty()
            && self.readings.is_empty()
            && self.partners.is_empty()
            && self.files.is_empty()
            && self.removed_parts.is_empty()
            && self.removed_files.is_empty()
    }

    /// The parts that have to be there.
    fn parts(&self) -> impl Iterator<Item = BrandPartId> {
        let milestones = self.milestones.iter().filter_map(|draft| draft.part);
        let indicators = self.indicators.iter().filter_map(|draft| draft.part);
        let partners = self.partners.iter().filter_map(|draft| draft.part);
        let read = self.readings.iter().map(|draft| draft.indicator);
        milestones.chain(indicators).chain(partners).chain(read).chain(self.removed_parts.iter().copied())
    }
}

const fn milestone_code(state: MilestoneState) -> MilestoneCode {
    match state {
        MilestoneState::Planned => MilestoneCode::Planned,
        MilestoneState::Done => MilestoneCode::Done,
        MilestoneState::Dropped => MilestoneCode::Dropped,
    }
}

/// What the texts of one operation are sealed with.
pub(super) struct Sealing {
    pub(super) key: SubjectKey,
    pub(super) op: OpId,
    pub(super) subject: Subject,
}

impl Tx<'_> {
    pub(super) fn seal_opt(
        &self,
        with: &Sealing,
        field: &str,
        plain: Option<&str>,
    ) -> Result<Option<Sealed>, StoreError> {
        plain.map(|plain| self.seal(&with.key, with.op, &with.subject, field, plain)).transpose()
    }

    pub(super) fn brand_now(&self, brand: BrandId) -> Result<BrandRow, StoreError> {
        self.brand(brand)?.ok_or(StoreError::Missing { what: "品牌" })
    }

    /// Records what is new in a brand's dossier: one operation, and a second one that proposes a new brand.
    ///
    /// # Errors
    /// [`StoreError::Missing`] for an unknown brand or a part or file that is not in it (any more),
    /// [`StoreError::Refused`] where nothing is new, [`StoreError::KeyMissing`], rows or texts over their limit,
    /// faults of the database.
    pub fn record_brand(&mut self, draft: &BrandDraft) -> Result<BrandSaved, StoreError> {
        if draft.is_empty() {
            return Err(StoreError::Refused("没有需要保存的改动"));
        }
        let brand = match draft.brand {
            Some(brand) => self.brand_now(brand)?.id,
            None => BrandId::from_uuid(self.new_uuid()),
        };
        self.check_parts(brand, draft)?;
        let key = match draft.brand {
            Some(_) => self.key_of(brand.as_bytes())?,
            None => self.key_or_new(brand.as_bytes(), self.town_scope())?,
        };
        let with = Sealing { key, op: self.new_op_id(), subject: *brand.as_bytes() };
        let body = self.brand_body(&with, brand, draft)?;
        let saved = BrandSaved {
            brand,
            milestones: body.milestones.iter().map(|patch| patch.part).collect(),
            indicators: body.indicators.iter().map(|patch| patch.part).collect(),
            partners: body.partners.iter().map(|patch| patch.part).collect(),
            files: body.files.iter().map(|row| row.file.evidence).collect(),
        };
        let (scope, occurred_on) = (self.town_scope(), self.today_days());
        self.commit(Draft { id: with.op, scope, body: Body::BrandRecorded(body), occurred_on })?;
        if draft.brand.is_none() {
            self.commit_step(brand, BrandStep::Propose, None)?;
        }
        Ok(saved)
    }

    fn check_parts(&self, brand: BrandId, draft: &BrandDraft) -> Result<(), StoreError> {
        for part in draft.parts() {
            let known = self.count(
                "SELECT EXISTS (SELECT 1 FROM milestone WHERE brand = ?1 AND id = ?2)
                     OR EXISTS (SELECT 1 FROM indicator WHERE brand = ?1 AND id = ?2)
                     OR EXISTS (SELECT 1 FROM partner WHERE brand = ?1 AND id = ?2)",
                (brand.as_bytes(), part.as_bytes()),
            )?;
            if known == 0 {
                return Err(StoreError::Missing { what: "里程碑、指标或合作单位" });
            }
        }
        for file in &draft.removed_files {
            let sql = "SELECT EXISTS (SELECT 1 FROM brand_file WHERE brand = ?1 AND id = ?2)";
            if self.count(sql, (brand.as_bytes(), file.as_bytes()))? == 0 {
                return Err(StoreError::Missing { what: "佐证材料" });
            }
        }
        Ok(())
    }

    fn brand_body(&mut self, with: &Sealing, brand: BrandId, draft: &BrandDraft) -> Result<BrandRecorded, StoreError> {
        let texts = &draft.texts;
        let objectives = texts.objectives.as_ref().map(|lines| lines.join("\n"));
        let text = |field: &str, plain: &Option<String>| self.seal_opt(with, field, plain.as_deref());
        let texts = BrandTexts {
            name: text("name", &texts.name)?,
            slogan: text("slogan", &texts.slogan)?,
            domain: text("domain", &texts.domain)?,
            owner_unit: text("owner_unit", &texts.owner_unit)?,
            story: text("story", &texts.story)?,
            objectives: text("objectives", &objectives)?,
        };
        let part = |known: Option<BrandPartId>| known.unwrap_or_else(|| BrandPartId::from_uuid(self.new_uuid()));
        let milestones = draft.milestones.iter().map(|draft| {
            Ok(MilestonePatch {
                part: part(draft.part),
                title: text("title", &draft.title)?,
                due_on: draft.due_on.map(days),
                state: draft.state.map(milestone_code),
                done_on: draft.done_on.map(days),
            })
        });
        let milestones = milestones.collect::<Result<_, StoreError>>()?;
        let indicators = draft.indicators.iter().map(|draft| {
            Ok(IndicatorPatch {
                part: part(draft.part),
                name: text("title", &draft.name)?,
                unit: text("unit", &draft.unit)?,
                baseline: draft.baseline.map(Decimal::ten_thousandths),
                target: draft.target.map(Decimal::ten_thousandths),
            })
        });
        let indicators = indicators.collect::<Result<_, StoreError>>()?;
        let partners = draft.partners.iter().map(|draft| {
            let (name, role) = (text("title", &draft.name)?, text("role", &draft.role)?);
            Ok(PartnerPatch { part: part(draft.part), name, role })
        });
        let partners = partners.collect::<Result<_, StoreError>>()?;
        let reading = |draft: &ReadingDraft| wire::ReadingRow {
            indicator: draft.indicator,
            on: days(draft.on),
            value: draft.value.ten_thousandths(),
        };
        Ok(BrandRecorded {
            brand,
            texts,
            mark: draft.mark.as_ref().map(|mark| self.keep_attachment(mark)).transpose()?,
            milestones,
            indicators,
            readings: draft.readings.iter().map(reading).collect(),
            partners,
            files: self.file_rows(with, &draft.files)?,
            removed_parts: draft.removed_parts.clone(),
            removed_files: draft.removed_files.clone(),
        })
    }

    /// Keeps files and says of them what an operation says.
    pub(super) fn file_rows(&mut self, with: &Sealing, files: &[FileDraft]) -> Result<Vec<wire::FileRow>, StoreError> {
        let row = |draft: &FileDraft| {
            let file = self.keep_attachment(&draft.file)?;
            Ok(wire::FileRow { file, caption: self.seal_opt(with, "caption", draft.caption.as_deref())? })
        };
        files.iter().map(row).collect()
    }

    /// Moves a brand on.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Refused`] where [`advance`] does not allow the step,
    /// [`StoreError::KeyMissing`], faults of the database.
    pub fn move_brand(&mut self, brand: BrandId, step: BrandStep, reason: Option<&str>) -> Result<OpId, StoreError> {
        let now = self.brand_now(brand)?.state;
        let active = self.active_brand()?.map(|row| row.id);
        if advance(Some(now), step, active).is_err() {
            return Err(StoreError::Refused("这个品牌现在不能这样办，请刷新后核对它的状态"));
        }
        self.commit_step(brand, step, reason)
    }

    fn commit_step(&mut self, brand: BrandId, step: BrandStep, reason: Option<&str>) -> Result<OpId, StoreError> {
        let with = Sealing { key: self.key_of(brand.as_bytes())?, op: self.new_op_id(), subject: *brand.as_bytes() };
        let reason = self.seal_opt(&with, "reason", reason)?;
        let (step, replaces) = code_of(step);
        let body = Body::BrandMoved(BrandMoved { brand, step, replaces, reason });
        let (scope, occurred_on) = (self.town_scope(), self.today_days());
        self.commit(Draft { id: with.op, scope, body, occurred_on })
    }

    /// Assesses a year of the active brand.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Refused`] for a brand that is not active or a year that is assessed
    /// already, [`StoreError::KeyMissing`], faults of the database.
    pub fn assess_brand(
        &mut self,
        brand: BrandId,
        year: i32,
        renewed: bool,
        findings: &str,
    ) -> Result<OpId, StoreError> {
        if self.brand_now(brand)?.state != BrandState::Active {
            return Err(StoreError::Refused("只有启用中的品牌才做年度评估，请刷新后核对它的状态"));
        }
        if self.assessments_of(brand)?.iter().any(|row| row.year == year) {
            return Err(StoreError::Refused("这一年度已经评估过，请刷新后查看"));
        }
        let with = Sealing { key: self.key_of(brand.as_bytes())?, op: self.new_op_id(), subject: *brand.as_bytes() };
        let findings = self.seal_opt(&with, "findings", Some(findings))?;
        let body = Body::BrandAssessed(BrandAssessed { brand, year, renewed, findings });
        let (scope, occurred_on) = (self.town_scope(), self.today_days());
        self.commit(Draft { id: with.op, scope, body, occurred_on })
    }
}
