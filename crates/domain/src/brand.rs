//! 一镇街一品牌: the way of a credit brand. Exactly one brand of a town is active.
//!
//! proposed → approved by a second person (or sent back and proposed again) → active, in place of the one that was
//! active before → retired. The active one is assessed each year.

use chrono::{Datelike, NaiveDate};

use crate::coded::coded_enum;
use crate::ids::BrandId;

coded_enum! {
    /// Where a brand stands.
    pub enum BrandState {
        /// Waits for the decision of a second person.
        Proposed = "proposed", "申报中";
        /// Returned with a reason.
        SentBack = "sent_back", "已退回";
        /// Decided, not yet in use.
        Approved = "approved", "已批准";
        /// The town's brand.
        Active = "active", "启用中";
        /// No longer in use.
        Retired = "retired", "已退役";
    }
}

/// What happens to a brand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrandStep {
    /// 申报.
    Propose,
    /// 批准.
    Approve,
    /// 退回.
    SendBack,
    /// 再次申报.
    Resubmit,
    /// 启用, in place of the brand that is active now.
    Activate {
        /// The one that is replaced; `None` where none is active.
        replaces: Option<BrandId>,
    },
    /// 退役.
    Retire,
}

/// Why a step cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrandFault {
    /// The state does not allow it.
    #[error("这个品牌现在是“{}”，不能这样办，请刷新后再看", found.label())]
    State {
        /// Where it stands.
        found: BrandState,
    },
    /// It was never proposed.
    #[error("没有这个品牌，请刷新列表")]
    Unknown,
    /// It was proposed before.
    #[error("这个品牌已经申报过")]
    ProposedBefore,
    /// Another one is active than the step says.
    #[error("本镇启用中的品牌与您看到的不同，请刷新后再决定由谁接替")]
    OtherActive,
}

/// The state after a step; activating also retires the brand that it `replaces`, which must be the `active` one.
///
/// # Errors
/// See [`BrandFault`].
pub fn advance(now: Option<BrandState>, step: BrandStep, active: Option<BrandId>) -> Result<BrandState, BrandFault> {
    use BrandState::{Active, Approved, Proposed, Retired, SentBack};
    match (now, step) {
        (None, BrandStep::Propose) => Ok(Proposed),
        (None, _) => Err(BrandFault::Unknown),
        (Some(_), BrandStep::Propose) => Err(BrandFault::ProposedBefore),
        (Some(Proposed), BrandStep::Approve) => Ok(Approved),
        (Some(Proposed), BrandStep::SendBack) => Ok(SentBack),
        (Some(SentBack), BrandStep::Resubmit) => Ok(Proposed),
        (Some(Approved), BrandStep::Activate { replaces }) if replaces == active => Ok(Active),
        (Some(Approved), BrandStep::Activate { .. }) => Err(BrandFault::OtherActive),
        (Some(Approved | Active), BrandStep::Retire) => Ok(Retired),
        (Some(found), _) => Err(BrandFault::State { found }),
    }
}

/// Month from which the current year's assessment is asked for.
const ASSESSMENT_MONTH: u32 = 11;

/// Years that the active brand was in use and that were not assessed, oldest first; the current year from 1 November.
#[must_use]
pub fn assessments_due(active_since: NaiveDate, assessed: &[i32], today: NaiveDate) -> Vec<i32> {
    let last = if today.month() >= ASSESSMENT_MONTH { today.year() } else { today.year() - 1 };
    (active_since.year()..=last).filter(|year| !assessed.contains(year)).collect()
}

coded_enum! {
    /// How far a milestone is.
    pub enum MilestoneState {
        /// Not yet reached.
        Planned = "planned", "计划中";
        /// Reached.
        Done = "done", "已完成";
        /// Given up.
        Dropped = "dropped", "已取消";
    }
}

/// Days before its day from which a milestone is said to be due.
pub const MILESTONE_WARNING_DAYS: u64 = 30;

#[cfg(test)]
mod tests;
