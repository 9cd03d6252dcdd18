//! 品牌档案: everything a town keeps about a credit brand, A4, with contents and pictures.

mod events;
mod render;
mod sections;
#[cfg(test)]
mod tests;

pub use render::render;

use crate::PrintTime;

/// What a dossier says. Texts are printed as they are; a section without entries says why it is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BrandDossier {
    /// 镇街.
    pub town_name: String,
    /// The brand's name.
    pub brand_name: String,
    /// 口号, or empty.
    pub slogan: String,
    /// The mark, JPEG or PNG, for the cover.
    pub mark: Option<Vec<u8>>,
    /// The last day the dossier covers: 2026-11-22.
    pub as_of: String,
    /// The confidentiality review on the cover; without one the cover says that the dossier must stay in the town.
    pub review: Option<DossierReview>,
    /// 一、基本情况, line by line: 领域, 责任单位, 状态, 启用日期.
    pub basics: Vec<DossierFact>,
    /// 二、品牌故事; a line feed ends a paragraph.
    pub story: String,
    /// 三、目标, one paragraph each.
    pub objectives: Vec<String>,
    /// 四、里程碑.
    pub milestones: Vec<DossierMilestone>,
    /// 五、指标.
    pub indicators: Vec<DossierIndicator>,
    /// 六、合作单位.
    pub partners: Vec<DossierPartner>,
    /// 七、活动, in the order of their days.
    pub events: Vec<DossierEvent>,
    /// 八、诚信五进与季度对照.
    pub matrix: DossierMatrix,
    /// 九、年度评估.
    pub assessments: Vec<DossierAssessment>,
    /// 十、佐证材料.
    pub evidence: Vec<DossierEvidence>,
    /// When it is printed, office time.
    pub printed_at: PrintTime,
    /// Who prints it.
    pub printed_by: String,
}

/// Who let the dossier leave the town, and what for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DossierReview {
    /// 用途.
    pub purpose: String,
    /// 申请人.
    pub requested_by: String,
    /// When it was asked for: 2026-11-20.
    pub requested_on: String,
    /// 审查人, never the same person.
    pub reviewed_by: String,
    /// When it was reviewed: 2026-11-21.
    pub reviewed_on: String,
}

/// A label and what stands beside it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DossierFact {
    /// 责任单位.
    pub label: String,
    /// 社会治理办公室; empty is shown as —.
    pub value: String,
}

/// A row of 里程碑. Empty texts are shown as —.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DossierMilestone {
    /// What is to be reached.
    pub title: String,
    /// 计划日期.
    pub due_on: String,
    /// 已完成, 进行中, 已逾期.
    pub state: String,
    /// 完成日期.
    pub done_on: String,
}

/// A row of 指标. Empty texts are shown as —.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DossierIndicator {
    /// What is counted.
    pub name: String,
    /// Unit.
    pub unit: String,
    /// 基线.
    pub baseline: String,
    /// 目标.
    pub target: String,
    /// 最新值.
    pub latest: String,
    /// Readings by day; printed in the table 各次读数 under the overview.
    pub readings: Vec<DossierReading>,
}

/// One reading of an indicator.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DossierReading {
    /// Day of the reading.
    pub day: String,
    /// Value without its unit.
    pub value: String,
    /// Source or remark, or empty.
    pub note: String,
}

/// A row of 合作单位.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DossierPartner {
    /// The unit's name.
    pub name: String,
    /// What it contributes, or empty.
    pub role: String,
}

/// An activity. Empty texts are shown as —.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DossierEvent {
    /// What was done.
    pub title: String,
    /// The day it was held, or the planned day.
    pub day: String,
    /// 五进: 进社区, 进校园.
    pub setting: String,
    /// Where.
    pub place: String,
    /// Number of people with unit: 42 人.
    pub people: String,
    /// Cost with unit: 1,250.00 元.
    pub cost: String,
    /// 已举办, 计划中, 已取消.
    pub state: String,
    /// A few sentences, or empty.
    pub summary: String,
    /// Photos, two in a row.
    pub pictures: Vec<DossierPicture>,
}

/// A photo of an activity.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DossierPicture {
    /// JPEG or PNG; scaled to what the paper can show and stripped of everything but its pixels.
    pub bytes: Vec<u8>,
    /// Caption, or empty.
    pub caption: String,
}

/// 诚信五进 by quarter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DossierMatrix {
    /// Heads of the columns: 2026 年一季度. At most [`QUARTERS_MAX`].
    pub quarters: Vec<String>,
    /// One row for each setting.
    pub rows: Vec<DossierMatrixRow>,
}

/// Quarters beside each other on a sheet; the caller takes the last ones.
pub const QUARTERS_MAX: usize = 8;

/// One setting of the matrix.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DossierMatrixRow {
    /// 进社区.
    pub setting: String,
    /// As many as quarters.
    pub cells: Vec<DossierMatrixCell>,
}

/// What happened in a setting in a quarter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DossierMatrixCell {
    /// The quarter has not begun.
    #[default]
    NotBegun,
    /// The quarter has begun and nothing was held.
    Gap,
    /// So many activities were held.
    Held(u32),
}

/// A row of 年度评估.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DossierAssessment {
    /// 2026 年.
    pub year: String,
    /// 优秀, 合格.
    pub result: String,
    /// Opinion, or empty.
    pub opinion: String,
    /// Who assessed.
    pub assessed_by: String,
    /// When.
    pub assessed_on: String,
}

/// A row of 佐证材料.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DossierEvidence {
    /// The file's title.
    pub title: String,
    /// 种类: 照片, 文件.
    pub kind: String,
    /// The day it was added.
    pub added_on: String,
    /// Size with unit: 1.2 MB.
    pub size: String,
    /// First 16 hexadecimal digits of the file's SM3 hash (GB/T 32905-2016).
    pub sm3_short: String,
}
