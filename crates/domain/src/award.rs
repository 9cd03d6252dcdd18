//! 记分: the states of an award and who may move it from one to the next.
//!
//! submitted → approved (with its public notice) → effective → reversed, or sent back with a
//! reason and submitted again. Maker ≠ checker, and nobody reviews an award of their own household
//! (村民委员会组织法 32; product rule 10).

use chrono::NaiveDate;

use crate::coded::coded_enum;
use crate::ids::UserId;
use crate::text;
use crate::workday::{Deadline, WorkCalendar};

coded_enum! {
    /// Where an award stands.
    pub enum AwardState {
        /// Recorded; waits for the reviewer.
        Submitted = "submitted", "待审";
        /// Returned to its maker with a reason.
        SentBack = "sent_back", "被退回";
        /// Approved, its public notice runs; not yet spendable.
        Approved = "approved", "已批准，公示中";
        /// Spendable.
        Effective = "effective", "已生效";
        /// Taken back whole, with a reason.
        Reversed = "reversed", "已冲正";
    }
}

impl AwardState {
    /// The state on a day: what was approved is effective from `effective_on`.
    #[must_use]
    pub fn on(self, effective_on: Option<NaiveDate>, day: NaiveDate) -> Self {
        match (self, effective_on) {
            (Self::Approved, Some(from)) if from <= day => Self::Effective,
            _ => self,
        }
    }

    /// Whether the award counts against its rule's cap.
    #[must_use]
    pub fn counts_towards_cap(self) -> bool {
        matches!(self, Self::Submitted | Self::Approved | Self::Effective)
    }
}

/// A reason is a sentence, not a report.
pub const REASON_CHARS_MAX: usize = 200;

/// Why a reason is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReasonFault {
    /// Nothing there.
    #[error("请写明理由，让对方知道怎样改正")]
    Empty,
    /// More than [`REASON_CHARS_MAX`] characters.
    #[error("理由最多 200 字，现为 {found} 字，请写得简短些")]
    TooLong {
        /// How many characters there are.
        found: usize,
    },
}

/// A reason that says something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason(String);

impl Reason {
    /// Reads a reason as typed.
    ///
    /// # Errors
    /// See [`ReasonFault`].
    pub fn parse(raw: &str) -> Result<Self, ReasonFault> {
        let reason = text::sentence(raw);
        let found = reason.chars().count();
        if !reason.chars().any(char::is_alphanumeric) {
            Err(ReasonFault::Empty)
        } else if found > REASON_CHARS_MAX {
            Err(ReasonFault::TooLong { found })
        } else {
            Ok(Self(reason))
        }
    }

    /// The reason.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a reviewer decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The award is right.
    Approve,
    /// It goes back to its maker.
    SendBack(Reason),
}

/// Why an award cannot be moved on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReviewFault {
    /// The reviewer recorded it.
    #[error("这是您自己记的分，请由另一位复核人处理")]
    OwnEntry,
    /// The award is for the reviewer's household.
    #[error("这一笔涉及您自己家，按规定应当回避，请由另一位复核人处理")]
    OwnHousehold,
    /// It is not waiting for a review.
    #[error("这一笔现在是“{}”，不能再复核，请刷新列表", found.label())]
    NotSubmitted {
        /// Where it stands.
        found: AwardState,
    },
    /// Only what was sent back can be submitted again.
    #[error("这一笔现在是“{}”，不用重新提交，请刷新列表", found.label())]
    NotSentBack {
        /// Where it stands.
        found: AwardState,
    },
    /// Only its maker mends what was sent back.
    #[error("这一笔由别人申报，请由原申报人改正后重新提交")]
    NotMaker,
    /// Only what was approved can be reversed.
    #[error("这一笔现在是“{}”，还没有记入账户，不能冲正；要撤下请由复核人退回", found.label())]
    NotPosted {
        /// Where it stands.
        found: AwardState,
    },
    /// Reversed before.
    #[error("这一笔已经冲正过，不能再冲正")]
    AlreadyReversed,
}

/// The state after a review. `own_household` says whether the award belongs to the household of
/// the checker.
///
/// # Errors
/// [`ReviewFault::NotSubmitted`], [`ReviewFault::OwnEntry`], [`ReviewFault::OwnHousehold`].
pub fn review(
    state: AwardState,
    maker: UserId,
    checker: UserId,
    own_household: bool,
    decision: &Decision,
) -> Result<AwardState, ReviewFault> {
    if state != AwardState::Submitted {
        return Err(ReviewFault::NotSubmitted { found: state });
    }
    if maker == checker {
        return Err(ReviewFault::OwnEntry);
    }
    if own_household {
        return Err(ReviewFault::OwnHousehold);
    }
    Ok(match decision {
        Decision::Approve => AwardState::Approved,
        Decision::SendBack(_) => AwardState::SentBack,
    })
}

/// The state after the maker mended what was sent back.
///
/// # Errors
/// [`ReviewFault::NotSentBack`], [`ReviewFault::NotMaker`].
pub fn resubmit(state: AwardState, maker: UserId, by: UserId) -> Result<AwardState, ReviewFault> {
    if state != AwardState::SentBack {
        Err(ReviewFault::NotSentBack { found: state })
    } else if maker != by {
        Err(ReviewFault::NotMaker)
    } else {
        Ok(AwardState::Submitted)
    }
}

/// The state after a reversal. The same recusal holds as for a review: who recorded the award or
/// belongs to its household does not take it back alone. The reason is part of the act.
///
/// # Errors
/// [`ReviewFault::AlreadyReversed`], [`ReviewFault::NotPosted`], [`ReviewFault::OwnEntry`],
/// [`ReviewFault::OwnHousehold`].
pub fn reverse(
    state: AwardState,
    maker: UserId,
    by: UserId,
    own_household: bool,
    _reason: &Reason,
) -> Result<AwardState, ReviewFault> {
    match state {
        AwardState::Reversed => Err(ReviewFault::AlreadyReversed),
        AwardState::Submitted | AwardState::SentBack => Err(ReviewFault::NotPosted { found: state }),
        AwardState::Approved | AwardState::Effective if maker == by => Err(ReviewFault::OwnEntry),
        AwardState::Approved | AwardState::Effective if own_household => Err(ReviewFault::OwnHousehold),
        AwardState::Approved | AwardState::Effective => Ok(AwardState::Reversed),
    }
}

/// Working days that an approved award is on public notice where the town has set nothing else.
pub const NOTICE_WORKING_DAYS: u16 = 7;

/// The first day on which an award can be spent: the day after the last day of its notice, which
/// is counted from the day after the approval. Without a notice it is the day of approval.
#[must_use]
pub fn effective_on(approved_on: NaiveDate, notice_working_days: u16, calendar: &WorkCalendar) -> Deadline {
    let last_notice_day = calendar.add_working_days(approved_on, notice_working_days);
    if notice_working_days == 0 {
        return last_notice_day;
    }
    let date = last_notice_day.date.succ_opt().unwrap_or(NaiveDate::MAX);
    Deadline { date, ..last_notice_day }
}

#[cfg(test)]
mod tests;
