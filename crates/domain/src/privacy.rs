//! What may still be done with a person's data: open → restricted → erased (个人信息保护法 44–47). Withdrawing the
//! consent freezes what the person has; restricting leaves the data unread; erasing destroys them for good.
//!
//! Two persons erase: one asks, another one confirms or refuses. For which reasons is dated data and not code.

use chrono::NaiveDate;

use crate::coded::coded_enum;
use crate::consent::{Consent, ConsentFault, may_receive_award};
use crate::ids::OpId;

coded_enum! {
    /// How far the data may be used.
    pub enum DataState {
        /// As the consent says.
        Open = "open", "正常";
        /// Kept and not used (PIPL 44, 47).
        Restricted = "restricted", "限制处理";
        /// The key is destroyed; nothing brings it back.
        Erased = "erased", "已删除";
    }
}

coded_enum! {
    /// Why the data may not be used for now.
    pub enum RestrictReason {
        /// The consent was withdrawn and the data are still owed to somebody (PIPL 47).
        Withdrawn = "withdrawn", "已撤回同意，暂存待处理";
        /// The person disputes that they are right (PIPL 46).
        Disputed = "disputed", "本人对信息是否准确有异议";
        /// The person asked for it (PIPL 44).
        Asked = "asked", "本人要求限制处理";
        /// A law keeps them longer, or erasing is technically hard (PIPL 47).
        KeptByLaw = "kept_by_law", "法律规定的保存期未满";
    }
}

/// Where a person's data stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataStanding {
    /// How far they may be used.
    pub state: DataState,
    /// The request for erasure that waits for a second person, by the operation that asked.
    pub asked: Option<OpId>,
}

impl DataStanding {
    /// Of whom nothing was decided.
    pub const OPEN: Self = Self { state: DataState::Open, asked: None };
}

/// What happens to a person's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataStep {
    /// 限制处理.
    Restrict,
    /// 解除限制.
    Lift,
    /// 申请删除, by the operation that this is.
    Ask(OpId),
    /// 不予删除, or 撤回删除申请 by who asked: the request that ends so.
    Close(OpId),
    /// 删除.
    Erase,
}

/// Why a step cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DataFault {
    /// Restricted before.
    #[error("这位居民的信息已经限制处理，不用再办")]
    RestrictedBefore,
    /// Not restricted.
    #[error("这位居民的信息现在没有限制，不用解除")]
    NotRestricted,
    /// Somebody has asked for it already.
    #[error("已有一份待复核的删除申请，请先复核那一份")]
    AskedBefore,
    /// Nobody asked, or it was decided meanwhile.
    #[error("这份删除申请已经办过或不在了，请刷新")]
    NotAsked,
    /// It is done.
    #[error("这位居民的个人信息已经删除，不能再办理")]
    Erased,
}

/// The standing after a step. Erasing cannot be taken back, so it holds whatever else was decided.
///
/// # Errors
/// See [`DataFault`].
pub fn advance(now: DataStanding, step: DataStep) -> Result<DataStanding, DataFault> {
    let DataStanding { state, asked } = now;
    match (state, step) {
        (DataState::Erased, _) => Err(DataFault::Erased),
        (_, DataStep::Erase) => Ok(DataStanding { state: DataState::Erased, asked: None }),
        (DataState::Open, DataStep::Restrict) => Ok(DataStanding { state: DataState::Restricted, asked }),
        (DataState::Restricted, DataStep::Restrict) => Err(DataFault::RestrictedBefore),
        (DataState::Restricted, DataStep::Lift) => Ok(DataStanding { state: DataState::Open, asked }),
        (DataState::Open, DataStep::Lift) => Err(DataFault::NotRestricted),
        (_, DataStep::Ask(by)) if asked.is_none() => Ok(DataStanding { state, asked: Some(by) }),
        (_, DataStep::Ask(_)) => Err(DataFault::AskedBefore),
        (_, DataStep::Close(of)) if asked == Some(of) => Ok(DataStanding { state, asked: None }),
        (_, DataStep::Close(_)) => Err(DataFault::NotAsked),
    }
}

coded_enum! {
    /// The person's way as one word: 同意 active → withdrawn → restricted → erased.
    pub enum PersonStage {
        /// Never agreed to take part.
        Without = "without", "未登记同意";
        /// Takes part.
        Active = "active", "同意有效";
        /// Takes part no longer; the ledger is frozen.
        Withdrawn = "withdrawn", "已撤回同意";
        /// The data are not used.
        Restricted = "restricted", "限制处理";
        /// The data are destroyed.
        Erased = "erased", "已删除";
    }
}

/// The person's way as one word.
#[must_use]
pub fn stage(consents: &[Consent], state: DataState, today: NaiveDate) -> PersonStage {
    match (state, may_receive_award(consents, today)) {
        (DataState::Erased, _) => PersonStage::Erased,
        (DataState::Restricted, _) => PersonStage::Restricted,
        (DataState::Open, Err(ConsentFault::Withdrawn)) => PersonStage::Withdrawn,
        (DataState::Open, Err(ConsentFault::Missing)) => PersonStage::Without,
        (DataState::Open, _) => PersonStage::Active,
    }
}

/// Why nothing new may be recorded about a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PartFault {
    /// The consent does not allow it.
    #[error(transparent)]
    Consent(#[from] ConsentFault),
    /// The data are not used for now.
    #[error("该居民的信息已限制处理，不能再记分、登记服务或动用账户；确需办理，请先在“个人信息”里解除限制")]
    Restricted,
    /// The data are destroyed.
    #[error("该居民的个人信息已经删除，不能再办理")]
    Erased,
}

/// Whether something that happened on `day` may be recorded about the person, earned or spent: it takes data that are
/// not restricted and a consent that holds (PIPL 15, 47).
///
/// # Errors
/// See [`PartFault`].
pub fn may_take_part(consents: &[Consent], state: DataState, day: NaiveDate) -> Result<(), PartFault> {
    match state {
        DataState::Erased => Err(PartFault::Erased),
        DataState::Restricted => Err(PartFault::Restricted),
        DataState::Open => Ok(may_receive_award(consents, day)?),
    }
}

#[cfg(test)]
mod tests;
