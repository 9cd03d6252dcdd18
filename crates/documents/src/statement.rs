//! 居民积分对账单: the points statement of one resident, A4, as PDF.

mod render;
#[cfg(test)]
mod tests;

pub use render::render;

use crate::PrintTime;

/// What a statement says. Every text is printed as it is: masked, formatted and checked by the caller.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PointsStatement {
    /// 镇街, for the head and the signature.
    pub town_name: String,
    /// 村社.
    pub village_name: String,
    /// The resident's name, in full: the paper is handed to the resident.
    pub resident_name: String,
    /// ID number, masked: 3302**********1234.
    pub id_masked: String,
    /// 户号.
    pub household_number: String,
    /// What the statement covers: 2026-01-01 至 2026-11-22.
    pub period: String,
    /// The day the figures stand for: 2026-11-22.
    pub as_of: String,
    /// 已生效: points that can be spent now.
    pub effective_points: i64,
    /// 待审: points still under review or on notice.
    pub pending_points: i64,
    /// 被退回: points of claims that were sent back.
    pub sent_back_points: i64,
    /// The entries, in the order in which they are printed.
    pub entries: Vec<StatementEntry>,
    /// How to object: one paragraph each, deadlines included.
    pub objection: Vec<String>,
    /// Further remarks, one paragraph each; may be empty.
    pub notes: Vec<String>,
    /// 核对码, printed on every page.
    pub verification_code: String,
    /// When it is printed, office time.
    pub printed_at: PrintTime,
    /// Who prints it.
    pub printed_by: String,
}

/// One line of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StatementEntry {
    /// Day of the act: 2026-11-22.
    pub occurred_on: String,
    /// 细则编号.
    pub rule_code: String,
    /// What was done.
    pub item: String,
    /// 依据: name and version of the rules.
    pub basis: String,
    /// The activity, or empty.
    pub activity: String,
    /// Points, signed: a reversal is negative.
    pub amount_points: i64,
    /// Where the entry stands: 已生效, 公示中, 已退回.
    pub state: String,
    /// Day from which it counts, or empty.
    pub effective_on: String,
    /// Balance after it, where it counts already.
    pub balance_after_points: Option<i64>,
}
