//! 品牌名片: a credit brand on one sheet A4, to be hung up.

mod render;
#[cfg(test)]
mod tests;

pub use render::render;

use crate::PrintTime;

/// Figures shown on a card; more are left to the dossier, and the card says so.
pub const INDICATORS_MAX: usize = 6;
/// Milestones shown on a card; more are left to the dossier, and the card says so.
pub const MILESTONES_MAX: usize = 5;

/// What a card says. Texts are printed as they are; what is empty leaves no hole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BrandCard {
    /// 镇街.
    pub town_name: String,
    /// The brand's name, set as large as it fits.
    pub brand_name: String,
    /// The mark, JPEG or PNG (see [`crate::picture::cleaned`]).
    pub mark: Option<Vec<u8>>,
    /// 口号, or empty.
    pub slogan: String,
    /// 领域, or empty.
    pub domain: String,
    /// 责任单位, or empty.
    pub owner_unit: String,
    /// 品牌故事, whole: it is cut at the end of a sentence where the sheet is full.
    pub story: String,
    /// The most important first; [`INDICATORS_MAX`] are shown.
    pub indicators: Vec<CardIndicator>,
    /// In the order in which they are shown, [`MILESTONES_MAX`] at most.
    pub milestones: Vec<CardMilestone>,
    /// Day from which it is the town's brand: 2026-03-01; empty when it is not active yet.
    pub active_since: String,
    /// When it is printed, office time.
    pub printed_at: PrintTime,
}

/// One figure of a card.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CardIndicator {
    /// What is counted: 诚信商户.
    pub name: String,
    /// Unit (家), or empty.
    pub unit: String,
    /// 现值; empty is shown as —.
    pub current: String,
    /// 目标; empty is shown as —.
    pub target: String,
}

/// One milestone of a card.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CardMilestone {
    /// What is to be reached.
    pub title: String,
    /// The day it is due or was reached: 2026-06-30.
    pub day: String,
    /// 已完成, 进行中, 已逾期.
    pub state: String,
}
