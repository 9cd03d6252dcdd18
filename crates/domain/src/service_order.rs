//! 服务单: the way of a service order, and the minutes that it moves.
//!
//! posted → taken → signed in → signed out → confirmed by both sides → credited → reversed; cancelled until it is
//! credited; disputed after the service, and then settled or cancelled. Nothing here looks at a clock: silence never
//! confirms (product rule for the time bank).
//!
//! Minutes are only moved: an order holds, releases, pays and pays back by transfers between two accounts, each
//! correction the reversal of one whole transfer.

use crate::code_text;
use crate::coded::coded_enum;
use crate::ids::{ResidentId, ServiceOrderId, UserId};
use crate::service_time::{Coefficient, SERVICE_MAX_MIN};

coded_enum! {
    /// Where an order stands.
    pub enum OrderState {
        /// Nobody serves it yet.
        Posted = "posted", "待接单";
        /// A volunteer has taken it.
        Taken = "taken", "已接单";
        /// The service runs.
        SignedIn = "signed_in", "服务中";
        /// The service is over; not yet confirmed by both.
        SignedOut = "signed_out", "待双方确认";
        /// Confirmed by both; waits for the second person.
        Confirmed = "confirmed", "待入账";
        /// The volunteer's minutes are in the account.
        Credited = "credited", "已入账";
        /// Given up; nothing was credited.
        Cancelled = "cancelled", "已取消";
        /// One side contests it.
        Disputed = "disputed", "有争议";
        /// Credited by mistake and taken back.
        Reversed = "reversed", "已冲正";
    }
}

impl OrderState {
    /// Whether the order is over and done with, one way or the other.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Credited | Self::Cancelled | Self::Reversed)
    }
}

coded_enum! {
    /// Whose minutes pay.
    pub enum Payer {
        /// The beneficiary's own.
        Own = "own", "本人时间账户";
        /// The town's reserve.
        Reserve = "reserve", "镇准备金";
    }
}

coded_enum! {
    /// A side of an order.
    pub enum Side {
        /// Who serves.
        Volunteer = "volunteer", "志愿者";
        /// Who is served.
        Beneficiary = "beneficiary", "服务对象";
    }
}

coded_enum! {
    /// How a side confirmed.
    pub enum ConfirmWay {
        /// By signing the slip.
        Slip = "slip", "签字单";
        /// In person.
        InPerson = "in_person", "当面";
        /// On the telephone.
        Telephone = "telephone", "电话";
    }
}

/// What does not change about an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Who is served.
    pub beneficiary: ResidentId,
    /// Whose minutes pay.
    pub payer: Payer,
    /// Planned minutes.
    pub planned_min: u16,
}

/// Where an order stands, with what the next step needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The state.
    pub state: OrderState,
    /// Who serves.
    pub volunteer: Option<ResidentId>,
    /// Minutes since midnight.
    pub signed_in_min: Option<u16>,
    /// Minutes since midnight.
    pub signed_out_min: Option<u16>,
    /// How the volunteer confirmed.
    pub volunteer_way: Option<ConfirmWay>,
    /// How the beneficiary confirmed.
    pub beneficiary_way: Option<ConfirmWay>,
    /// Minutes that were credited.
    pub credited_min: Option<u32>,
}

impl Standing {
    /// An order that was just posted.
    pub const POSTED: Self = Self {
        state: OrderState::Posted,
        volunteer: None,
        signed_in_min: None,
        signed_out_min: None,
        volunteer_way: None,
        beneficiary_way: None,
        credited_min: None,
    };

    /// Minutes from sign-in to sign-out.
    #[must_use]
    pub fn worked_min(&self) -> Option<u16> {
        self.signed_out_min?.checked_sub(self.signed_in_min?)
    }
}

/// What happens to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// 接单.
    Take(ResidentId),
    /// 签到, minutes since midnight.
    SignIn(u16),
    /// 签退, minutes since midnight.
    SignOut(u16),
    /// 确认.
    Confirm(Side, ConfirmWay),
    /// 提出异议.
    Dispute,
    /// 异议处理完毕: times may be corrected, both sides confirm anew.
    Resolve {
        /// Corrected sign-in, minutes since midnight.
        signed_in_min: Option<u16>,
        /// Corrected sign-out, minutes since midnight.
        signed_out_min: Option<u16>,
    },
    /// 取消.
    Cancel,
    /// 入账.
    Credit(Coefficient),
    /// 冲正.
    Reverse,
}

/// Why a step cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StepFault {
    /// The state does not allow it.
    #[error("这张服务单现在是“{}”，不能这样办，请刷新后再看", found.label())]
    State {
        /// Where it stands.
        found: OrderState,
    },
    /// Nobody serves themselves.
    #[error("志愿者和服务对象是同一个人，请另选一位志愿者")]
    SamePerson,
    /// Sign-out not after sign-in.
    #[error("签退时间应晚于签到时间；跨过零点的请分成两张服务单")]
    Backwards,
    /// Longer than [`SERVICE_MAX_MIN`].
    #[error("一张服务单最长 12 小时，请核对签到和签退时间")]
    TooLong,
    /// The side has confirmed.
    #[error("这一方已经确认过")]
    ConfirmedBefore,
}

/// The standing after a step.
///
/// # Errors
/// See [`StepFault`].
pub fn advance(terms: &Terms, now: &Standing, step: Step) -> Result<Standing, StepFault> {
    use OrderState::{Cancelled, Confirmed, Credited, Disputed, Posted, Reversed, SignedIn, SignedOut, Taken};
    let refused = Err(StepFault::State { found: now.state });
    let mut next = *now;
    match (now.state, step) {
        (Posted, Step::Take(volunteer)) => {
            if volunteer == terms.beneficiary {
                return Err(StepFault::SamePerson);
            }
            next.state = Taken;
            next.volunteer = Some(volunteer);
        }
        (Taken, Step::SignIn(at_min)) => {
            next.state = SignedIn;
            next.signed_in_min = Some(at_min);
        }
        (SignedIn, Step::SignOut(at_min)) => {
            next.state = SignedOut;
            next.signed_out_min = Some(at_min);
            check_times(&next)?;
        }
        (SignedOut, Step::Confirm(side, way)) => {
            let slot = match side {
                Side::Volunteer => &mut next.volunteer_way,
                Side::Beneficiary => &mut next.beneficiary_way,
            };
            if slot.replace(way).is_some() {
                return Err(StepFault::ConfirmedBefore);
            }
            if next.volunteer_way.is_some() && next.beneficiary_way.is_some() {
                next.state = Confirmed;
            }
        }
        (SignedOut | Confirmed, Step::Dispute) => next.state = Disputed,
        (Disputed, Step::Resolve { signed_in_min, signed_out_min }) => {
            next.state = SignedOut;
            next.signed_in_min = signed_in_min.or(now.signed_in_min);
            next.signed_out_min = signed_out_min.or(now.signed_out_min);
            next.volunteer_way = None;
            next.beneficiary_way = None;
            check_times(&next)?;
        }
        (Posted | Taken | SignedIn | SignedOut | Confirmed | Disputed, Step::Cancel) => next.state = Cancelled,
        (Confirmed, Step::Credit(coefficient)) => {
            let Some(worked_min) = now.worked_min() else { return refused };
            next.state = Credited;
            next.credited_min = Some(coefficient.credited_min(worked_min));
        }
        (Credited, Step::Reverse) => next.state = Reversed,
        _ => return refused,
    }
    Ok(next)
}

fn check_times(standing: &Standing) -> Result<(), StepFault> {
    match standing.worked_min() {
        None | Some(0) => Err(StepFault::Backwards),
        Some(minutes) if minutes > SERVICE_MAX_MIN => Err(StepFault::TooLong),
        Some(_) => Ok(()),
    }
}

coded_enum! {
    /// One of the transfers that an order can make, each at most once.
    pub enum Movement {
        /// Planned minutes are set aside.
        Hold = "hold", "预留";
        /// They are released again: the reversal of the hold.
        Release = "release", "释放预留";
        /// The beneficiary pays the volunteer.
        Pay = "pay", "支付";
        /// The reserve pays the volunteer.
        TopUp = "topup", "准备金支付";
        /// The reversal of the payment.
        PayBack = "payback", "冲正";
        /// The reversal of what the reserve paid.
        TopUpBack = "topupback", "冲正";
    }
}

impl Movement {
    /// The transfer that it takes back.
    #[must_use]
    pub const fn reverses(self) -> Option<Self> {
        match self {
            Self::Release => Some(Self::Hold),
            Self::PayBack => Some(Self::Pay),
            Self::TopUpBack => Some(Self::TopUp),
            Self::Hold | Self::Pay | Self::TopUp => None,
        }
    }
}

/// Minutes that a movement moves; movements of nothing are left out.
pub type Moved = Vec<(Movement, u32)>;

/// What posting moves: a beneficiary who pays has the planned minutes set aside.
#[must_use]
pub fn moved_by_posting(terms: &Terms) -> Moved {
    match terms.payer {
        Payer::Own => some(Movement::Hold, u32::from(terms.planned_min)),
        Payer::Reserve => Vec::new(),
    }
}

/// What a step moves, given the standing after it. The volunteer always gets what the rule says; where that is more
/// than was set aside, the reserve pays the difference, so that nobody is charged more than they agreed to.
#[must_use]
pub fn moved_by(terms: &Terms, next: &Standing, step: Step) -> Moved {
    let held_min = if terms.payer == Payer::Own { u32::from(terms.planned_min) } else { 0 };
    let credited_min = next.credited_min.unwrap_or(0);
    let (own_min, reserve_min) = (credited_min.min(held_min), credited_min.saturating_sub(held_min));
    let mut moved = Vec::new();
    match step {
        Step::Cancel => moved.extend(some(Movement::Release, held_min)),
        Step::Credit(_) => {
            moved.extend(some(Movement::Release, held_min));
            moved.extend(some(Movement::Pay, own_min));
            moved.extend(some(Movement::TopUp, reserve_min));
        }
        Step::Reverse => {
            moved.extend(some(Movement::PayBack, own_min));
            moved.extend(some(Movement::TopUpBack, reserve_min));
        }
        _ => {}
    }
    moved
}

fn some(movement: Movement, minutes: u32) -> Moved {
    if minutes == 0 { Vec::new() } else { vec![(movement, minutes)] }
}

/// Why a second person may not decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecondPersonFault {
    /// They recorded it.
    #[error("这张单是您自己录入的，请由另一位复核人办理")]
    OwnEntry,
    /// They or their household are a side of it.
    #[error("这一单涉及您本人或您自己家，按规定应当回避，请由另一位复核人办理")]
    OwnHousehold,
}

/// Whether a person may credit or reverse: not who recorded it, nobody of either side's household
/// (村民委员会组织法 32; product rule 10).
///
/// # Errors
/// See [`SecondPersonFault`].
pub fn second_person(maker: UserId, checker: UserId, own_household: bool) -> Result<(), SecondPersonFault> {
    if maker == checker {
        Err(SecondPersonFault::OwnEntry)
    } else if own_household {
        Err(SecondPersonFault::OwnHousehold)
    } else {
        Ok(())
    }
}

/// Characters of an order's number, and of its groups.
pub const NUMBER_CHARS: usize = 8;
const NUMBER_GROUP: usize = 4;

/// The number printed on a slip: the last 40 bits of the order's id, which are random. Among 20,000 orders two share
/// a number once in 5,000 towns; entry then asks which.
#[must_use]
pub fn order_number(order: ServiceOrderId) -> String {
    let tail = order.as_bytes()[11..].iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    code_text::characters((0..NUMBER_CHARS).rev().map(|place| (tail >> (5 * place) & 31) as u8))
}

/// A number as people see it: `K3QX-7M2P`.
#[must_use]
pub fn shown_number(number: &str) -> String {
    code_text::grouped(number, NUMBER_GROUP)
}

#[cfg(test)]
mod tests;
