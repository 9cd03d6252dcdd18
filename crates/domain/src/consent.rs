//! 同意: no award without it. Source: 个人信息保护法 (PIPL) 13–16 and 28–31, 宁波市文明行为促进条例
//! 20 (自愿).

use chrono::NaiveDate;

use crate::coded::coded_enum;
use crate::ids::{ConsentId, ResidentId};
use crate::resident::needs_guardian;

coded_enum! {
    /// How the consent was given.
    pub enum Channel {
        /// A signed sheet of paper, kept by the village.
        Paper = "paper", "纸质签字";
        /// In person at the service window.
        Counter = "counter", "窗口当面";
    }
}

coded_enum! {
    /// Who gave the consent.
    pub enum GivenBy {
        /// The resident.
        Resident = "resident", "本人";
        /// The guardian of a child under 14.
        Guardian = "guardian", "监护人";
    }
}

/// What has become of a consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsentState {
    /// It holds.
    Active,
    /// It was withdrawn and never holds again; who comes back gives a new one.
    Withdrawn {
        /// The first day on which it no longer holds.
        on: NaiveDate,
    },
}

/// Why a consent cannot be taken, withdrawn or relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConsentFault {
    /// The resident never consented.
    #[error("该居民还没有同意参加，请先请本人（或监护人）签同意书并登记，再记分")]
    Missing,
    /// The consent began after the day of the event.
    #[error("该居民是在活动之后才同意参加的，同意之前的活动不能记分")]
    NotYetGiven,
    /// The consent was withdrawn.
    #[error("该居民已撤回同意，不能再记分；如本人愿意重新参加，请登记新的同意书")]
    Withdrawn,
    /// A child under 14 consented alone.
    #[error("未满 14 周岁须由监护人同意，请监护人签字后登记")]
    GuardianNeeded,
    /// It says which text the resident agreed to.
    #[error("没有写明同意书的版本，请填写同意书上印的版本号")]
    VersionMissing,
    /// Longer than [`VERSION_CHARS_MAX`].
    #[error("同意书版本号最多 40 字，请照同意书上印的版本号填写")]
    VersionTooLong,
    /// Withdrawn before.
    #[error("这份同意已经撤回过，不必再撤回")]
    AlreadyWithdrawn,
    /// Withdrawn on a day before it was given.
    #[error("撤回日期早于同意日期，请核对日期")]
    WithdrawnBeforeGiven,
    /// Consent given before the resident was born.
    #[error("同意日期早于出生日期，请核对日期")]
    GivenBeforeBirth,
}

/// A version is a printed mark such as `2026-01`, not the text itself.
pub const VERSION_CHARS_MAX: usize = 40;

/// One consent of one resident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// The consent's id.
    pub id: ConsentId,
    /// Who consented.
    pub resident: ResidentId,
    /// The version of the consent text that was read and signed.
    pub version: String,
    /// The first day on which it holds.
    pub given_on: NaiveDate,
    /// How it was given.
    pub channel: Channel,
    /// Who gave it.
    pub given_by: GivenBy,
    /// Whether it still holds.
    pub state: ConsentState,
}

impl Consent {
    /// Takes a new consent of someone born on `birth`.
    ///
    /// # Errors
    /// [`ConsentFault::GuardianNeeded`] for a child under 14 (PIPL 31),
    /// [`ConsentFault::VersionMissing`], [`ConsentFault::VersionTooLong`],
    /// [`ConsentFault::GivenBeforeBirth`].
    pub fn give(
        id: ConsentId,
        resident: ResidentId,
        birth: NaiveDate,
        version: &str,
        given_on: NaiveDate,
        channel: Channel,
        given_by: GivenBy,
    ) -> Result<Self, ConsentFault> {
        let version = version.trim();
        if version.is_empty() {
            return Err(ConsentFault::VersionMissing);
        }
        if version.chars().count() > VERSION_CHARS_MAX {
            return Err(ConsentFault::VersionTooLong);
        }
        if given_on < birth {
            return Err(ConsentFault::GivenBeforeBirth);
        }
        if needs_guardian(birth, given_on) && given_by != GivenBy::Guardian {
            return Err(ConsentFault::GuardianNeeded);
        }
        let version = version.to_owned();
        Ok(Self { id, resident, version, given_on, channel, given_by, state: ConsentState::Active })
    }

    /// Withdraws the consent; no reason is asked for (PIPL 15).
    ///
    /// # Errors
    /// [`ConsentFault::AlreadyWithdrawn`], [`ConsentFault::WithdrawnBeforeGiven`].
    pub fn withdraw(&mut self, on: NaiveDate) -> Result<(), ConsentFault> {
        if matches!(self.state, ConsentState::Withdrawn { .. }) {
            return Err(ConsentFault::AlreadyWithdrawn);
        }
        if on < self.given_on {
            return Err(ConsentFault::WithdrawnBeforeGiven);
        }
        self.state = ConsentState::Withdrawn { on };
        Ok(())
    }

    /// Whether the consent held on that day. For statements about the past; whether something new
    /// may be recorded is asked of [`may_receive_award`].
    #[must_use]
    pub fn held_on(&self, day: NaiveDate) -> bool {
        let begun = self.given_on <= day;
        match self.state {
            ConsentState::Active => begun,
            ConsentState::Withdrawn { on } => begun && day < on,
        }
    }
}

/// Whether something that happened on `occurred_on` may be recorded for the resident whose
/// consents these are. It takes a consent that has not been withdrawn by now and held on that day:
/// after a withdrawal nothing new is recorded, not even about the time before it (PIPL 15, 47).
///
/// # Errors
/// [`ConsentFault::Missing`], [`ConsentFault::NotYetGiven`], [`ConsentFault::Withdrawn`].
pub fn may_receive_award(consents: &[Consent], occurred_on: NaiveDate) -> Result<(), ConsentFault> {
    // whoever withdrew has withdrawn all that was given before, also what another PC recorded of the same sheet
    let withdrawn = consents.iter().filter_map(|c| match c.state {
        ConsentState::Withdrawn { on } => Some(on),
        ConsentState::Active => None,
    });
    let last_withdrawal = withdrawn.max();
    let holds = |c: &&Consent| {
        c.state == ConsentState::Active && last_withdrawal.is_none_or(|withdrawn_on| c.given_on >= withdrawn_on)
    };
    let mut active = consents.iter().filter(holds).peekable();
    if active.peek().is_none() {
        return Err(if consents.is_empty() { ConsentFault::Missing } else { ConsentFault::Withdrawn });
    }
    if active.any(|c| c.given_on <= occurred_on) { Ok(()) } else { Err(ConsentFault::NotYetGiven) }
}

#[cfg(test)]
mod tests;
