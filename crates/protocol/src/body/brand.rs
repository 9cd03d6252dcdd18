//! Credit brands, in the town's scope: what the dossier says, where each brand stands, activities,
//! and the package for the district.
//!
//! Free texts are sealed with the key of the brand, or of the event. The one exception is
//! [`BrandSheet`]: what a second person released to the district after the confidentiality review.

use minicbor::{Decode, Encode};
use zhenxin_domain::ids::{AttendanceId, BrandId, BrandPartId, EventId, EvidenceId, HandoverId, ResidentId};

use super::award::EvidenceRow;
use super::{BodyFault, CODE_MAX_CHARS, Limits, ROWS_MAX, check_chars, check_rows};
use crate::seal::Sealed;

/// Longest released story in characters.
pub const STORY_MAX_CHARS: usize = 4_000;

/// Longest released line in characters.
pub const LINE_MAX_CHARS: usize = 200;

/// Body of `brand.recorded`: what is new in a brand's dossier. Each field stands for itself; of two
/// operations that set it, the later in server order holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct BrandTexts {
    /// 名称 (field `name`).
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub name: Option<Sealed>,
    /// 口号 (field `slogan`).
    #[cbor(n(1), with = "crate::canon", has_nil)]
    pub slogan: Option<Sealed>,
    /// 领域 (field `domain`).
    #[cbor(n(2), with = "crate::canon", has_nil)]
    pub domain: Option<Sealed>,
    /// 责任单位 (field `owner_unit`).
    #[cbor(n(3), with = "crate::canon", has_nil)]
    pub owner_unit: Option<Sealed>,
    /// 品牌故事 (field `story`).
    #[cbor(n(4), with = "crate::canon", has_nil)]
    pub story: Option<Sealed>,
    /// 目标, a line each (field `objectives`).
    #[cbor(n(5), with = "crate::canon", has_nil)]
    pub objectives: Option<Sealed>,
}

/// Body of `brand.recorded`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct BrandRecorded {
    /// Which.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub brand: BrandId,
    /// Texts that are new.
    #[n(1)]
    pub texts: BrandTexts,
    /// 标识, where it is new.
    #[n(2)]
    pub mark: Option<EvidenceRow>,
    /// Milestones added or changed.
    #[n(3)]
    pub milestones: Vec<MilestonePatch>,
    /// Indicators added or changed.
    #[n(4)]
    pub indicators: Vec<IndicatorPatch>,
    /// Readings.
    #[n(5)]
    pub readings: Vec<ReadingRow>,
    /// Partners added or changed.
    #[n(6)]
    pub partners: Vec<PartnerPatch>,
    /// Evidence added.
    #[n(7)]
    pub files: Vec<FileRow>,
    /// Milestones, indicators and partners taken out.
    #[cbor(n(8), with = "crate::canon", has_nil)]
    pub removed_parts: Vec<BrandPartId>,
    /// Files taken out.
    #[cbor(n(9), with = "crate::canon", has_nil)]
    pub removed_files: Vec<EvidenceId>,
}

/// A milestone; absent fields stay.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct MilestonePatch {
    /// Which.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub part: BrandPartId,
    /// What (field `title`).
    #[cbor(n(1), with = "crate::canon", has_nil)]
    pub title: Option<Sealed>,
    /// Due day, days since 1970-01-01.
    #[n(2)]
    pub due_on: Option<i32>,
    /// How far.
    #[n(3)]
    pub state: Option<MilestoneCode>,
    /// When it was reached, days since 1970-01-01.
    #[n(4)]
    pub done_on: Option<i32>,
}

/// How far a milestone is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum MilestoneCode {
    /// 计划中.
    #[n(0)]
    Planned,
    /// 已完成.
    #[n(1)]
    Done,
    /// 已取消.
    #[n(2)]
    Dropped,
}

/// An indicator; absent fields stay. Values are ten-thousandths.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct IndicatorPatch {
    /// Which.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub part: BrandPartId,
    /// Name (field `title`).
    #[cbor(n(1), with = "crate::canon", has_nil)]
    pub name: Option<Sealed>,
    /// Unit (field `unit`).
    #[cbor(n(2), with = "crate::canon", has_nil)]
    pub unit: Option<Sealed>,
    /// Value at the beginning.
    #[n(3)]
    pub baseline: Option<i64>,
    /// Value that is wanted.
    #[n(4)]
    pub target: Option<i64>,
}

/// A reading; a later one of the same day replaces it. The value is in ten-thousandths.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ReadingRow {
    /// Which indicator.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub indicator: BrandPartId,
    /// Day, days since 1970-01-01.
    #[n(1)]
    pub on: i32,
    /// Value.
    #[n(2)]
    pub value: i64,
}

/// A partner; absent fields stay.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PartnerPatch {
    /// Which.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub part: BrandPartId,
    /// Unit (field `title`).
    #[cbor(n(1), with = "crate::canon", has_nil)]
    pub name: Option<Sealed>,
    /// What it does (field `role`).
    #[cbor(n(2), with = "crate::canon", has_nil)]
    pub role: Option<Sealed>,
}

/// A file with its caption (field `caption`).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct FileRow {
    /// The file.
    #[n(0)]
    pub file: EvidenceRow,
    /// Caption.
    #[cbor(n(1), with = "crate::canon", has_nil)]
    pub caption: Option<Sealed>,
}

/// Body of `brand.moved`: a step of a brand's way. All brands' ways are one entity of the town, so
/// that they have one order and one brand is active.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct BrandMoved {
    /// Which.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub brand: BrandId,
    /// What happens.
    #[n(1)]
    pub step: BrandStepCode,
    /// With [`BrandStepCode::Activate`]: the brand that it replaces.
    #[cbor(n(2), with = "crate::canon", has_nil)]
    pub replaces: Option<BrandId>,
    /// Why (field `reason`, key of the brand).
    #[cbor(n(3), with = "crate::canon", has_nil)]
    pub reason: Option<Sealed>,
}

/// A step of a brand's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum BrandStepCode {
    /// 申报.
    #[n(0)]
    Propose,
    /// 批准.
    #[n(1)]
    Approve,
    /// 退回.
    #[n(2)]
    SendBack,
    /// 再次申报.
    #[n(3)]
    Resubmit,
    /// 启用.
    #[n(4)]
    Activate,
    /// 退役.
    #[n(5)]
    Retire,
}

/// Body of `brand.assessed`; the first assessment of a year holds.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct BrandAssessed {
    /// Which.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub brand: BrandId,
    /// Year.
    #[n(1)]
    pub year: i32,
    /// Whether it is renewed.
    #[n(2)]
    pub renewed: bool,
    /// Findings (field `findings`, key of the brand).
    #[cbor(n(3), with = "crate::canon", has_nil)]
    pub findings: Option<Sealed>,
}

/// Body of `event.recorded`; absent fields stay.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct EventRecorded {
    /// Which.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub event: EventId,
    /// 名称 (field `title`).
    #[cbor(n(1), with = "crate::canon", has_nil)]
    pub title: Option<Sealed>,
    /// 方案 (field `plan`).
    #[cbor(n(2), with = "crate::canon", has_nil)]
    pub plan: Option<Sealed>,
    /// 地点 (field `place`).
    #[cbor(n(3), with = "crate::canon", has_nil)]
    pub place: Option<Sealed>,
    /// Code of the setting (domain `event::Setting`).
    #[n(4)]
    pub setting: Option<String>,
    /// The brand that it belongs to.
    #[cbor(n(5), with = "crate::canon", has_nil)]
    pub brand: Option<BrandId>,
    /// Planned day, days since 1970-01-01.
    #[n(6)]
    pub planned_on: Option<i32>,
    /// Day held, days since 1970-01-01.
    #[n(7)]
    pub held_on: Option<i32>,
    /// Cost in fen.
    #[n(8)]
    pub cost_fen: Option<u64>,
    /// Where it stands.
    #[n(9)]
    pub state: Option<EventCode>,
}

/// Where an event stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum EventCode {
    /// 计划中.
    #[n(0)]
    Planned,
    /// 已举办.
    #[n(1)]
    Held,
    /// 已取消.
    #[n(2)]
    Cancelled,
}

/// Body of `event.signed`: the sign-in list changed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct EventSigned {
    /// Which.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub event: EventId,
    /// Who came; with `removed` 1 to [`ROWS_MAX`].
    #[n(1)]
    pub added: Vec<AttendanceRow>,
    /// Who did not, after all.
    #[cbor(n(2), with = "crate::canon", has_nil)]
    pub removed: Vec<AttendanceId>,
}

/// Somebody on a sign-in list.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AttendanceRow {
    /// Which line.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub attendance: AttendanceId,
    /// The resident.
    #[cbor(n(1), with = "crate::canon", has_nil)]
    pub resident: Option<ResidentId>,
    /// A guest's name (field `guest`, key of the event).
    #[cbor(n(2), with = "crate::canon", has_nil)]
    pub guest: Option<Sealed>,
}

/// Body of `event.photos`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct EventPhotos {
    /// Which.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub event: EventId,
    /// Photographs added.
    #[n(1)]
    pub added: Vec<FileRow>,
    /// Photographs taken out.
    #[cbor(n(2), with = "crate::canon", has_nil)]
    pub removed: Vec<EvidenceId>,
}

/// Body of `handover.requested`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct HandoverRequested {
    /// Which.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub handover: HandoverId,
    /// Whose dossier.
    #[cbor(n(1), with = "crate::canon", has_nil)]
    pub brand: BrandId,
    /// What for (field `purpose`, key of the brand).
    #[cbor(n(2), with = "crate::canon", has_nil)]
    pub purpose: Option<Sealed>,
}

/// Body of `handover.reviewed`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct HandoverReviewed {
    /// Which.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub handover: HandoverId,
    /// Whose dossier.
    #[cbor(n(1), with = "crate::canon", has_nil)]
    pub brand: BrandId,
    /// What is handed over; absent: sent back.
    #[n(2)]
    pub sheet: Option<BrandSheet>,
    /// Why it was sent back (field `reason`, key of the brand).
    #[cbor(n(3), with = "crate::canon", has_nil)]
    pub reason: Option<Sealed>,
}

/// What the district may read of a town's brand.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct BrandSheet {
    /// 名称.
    #[n(0)]
    pub name: String,
    /// 口号.
    #[n(1)]
    pub slogan: String,
    /// 领域.
    #[n(2)]
    pub domain: String,
    /// 责任单位.
    #[n(3)]
    pub owner_unit: String,
    /// 品牌故事, up to [`STORY_MAX_CHARS`].
    #[n(4)]
    pub story: String,
    /// 目标.
    #[n(5)]
    pub objectives: Vec<String>,
    /// First day in use, days since 1970-01-01.
    #[n(6)]
    pub active_since: Option<i32>,
    /// 里程碑.
    #[n(7)]
    pub milestones: Vec<SheetMilestone>,
    /// 指标.
    #[n(8)]
    pub indicators: Vec<SheetIndicator>,
    /// 合作单位.
    #[n(9)]
    pub partners: Vec<String>,
    /// Activities held this year, in the order of domain `event::Setting::ALL`.
    #[n(10)]
    pub events_held: Vec<u32>,
    /// The year that they are counted for.
    #[n(11)]
    pub year: i32,
    /// What for.
    #[n(12)]
    pub purpose: String,
}

/// A milestone as the district reads it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SheetMilestone {
    /// What.
    #[n(0)]
    pub title: String,
    /// Due day, days since 1970-01-01.
    #[n(1)]
    pub due_on: i32,
    /// How far.
    #[n(2)]
    pub state: MilestoneCode,
}

/// An indicator as the district reads it; values are ten-thousandths.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SheetIndicator {
    /// Name.
    #[n(0)]
    pub name: String,
    /// Unit.
    #[n(1)]
    pub unit: String,
    /// Value at the beginning.
    #[n(2)]
    pub baseline: i64,
    /// Value that is wanted.
    #[n(3)]
    pub target: i64,
    /// Newest reading.
    #[n(4)]
    pub latest: Option<i64>,
}

impl BrandSheet {
    /// Every text with its limit in characters.
    fn texts(&self) -> impl Iterator<Item = (&str, usize)> {
        let heads = [&self.name, &self.slogan, &self.domain, &self.owner_unit, &self.purpose];
        (heads.into_iter())
            .chain(&self.objectives)
            .chain(&self.partners)
            .chain(self.milestones.iter().map(|milestone| &milestone.title))
            .chain(self.indicators.iter().flat_map(|indicator| [&indicator.name, &indicator.unit]))
            .map(|text| (text.as_str(), LINE_MAX_CHARS))
            .chain([(self.story.as_str(), STORY_MAX_CHARS)])
    }
}

fn check_most(rows: usize) -> Result<(), BodyFault> {
    if rows > ROWS_MAX { Err(BodyFault::Rows) } else { Ok(()) }
}

impl Limits for BrandRecorded {
    fn check(&self) -> Result<(), BodyFault> {
        check_most(
            self.milestones.len()
                + self.indicators.len()
                + self.readings.len()
                + self.partners.len()
                + self.files.len()
                + self.removed_parts.len()
                + self.removed_files.len(),
        )
    }
}

impl Limits for BrandMoved {
    fn check(&self) -> Result<(), BodyFault> {
        Ok(())
    }
}

impl Limits for BrandAssessed {
    fn check(&self) -> Result<(), BodyFault> {
        Ok(())
    }
}

impl Limits for EventRecorded {
    fn check(&self) -> Result<(), BodyFault> {
        check_chars(self.setting.as_deref().unwrap_or_default(), CODE_MAX_CHARS)
    }
}

impl Limits for EventSigned {
    fn check(&self) -> Result<(), BodyFault> {
        check_rows(self.added.len() + self.removed.len(), ROWS_MAX)
    }
}

impl Limits for EventPhotos {
    fn check(&self) -> Result<(), BodyFault> {
        check_rows(self.added.len() + self.removed.len(), ROWS_MAX)
    }
}

impl Limits for HandoverRequested {
    fn check(&self) -> Result<(), BodyFault> {
        Ok(())
    }
}

impl Limits for HandoverReviewed {
    fn check(&self) -> Result<(), BodyFault> {
        let Some(sheet) = &self.sheet else { return Ok(()) };
        check_most(sheet.objectives.len() + sheet.milestones.len() + sheet.indicators.len() + sheet.partners.len())?;
        check_most(sheet.events_held.len())?;
        sheet.texts().try_for_each(|(text, max)| check_chars(text, max))
    }
}
