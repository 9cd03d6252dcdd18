//! Time bank: service types, needs, service orders, gifts.
//!
//! Times of the day are minutes since midnight. Free texts are sealed with the key of the resident
//! whose record it is: the beneficiary of a need or an order, the giver of a gift.

use minicbor::{Decode, Encode};
use zhenxin_domain::ids::{NeedId, ResidentId, ServiceOrderId, ServiceTypeId, TimeGiftId};
use zhenxin_domain::service_time::{Coefficient, DAY_MIN};

use super::{BodyFault, CODE_MAX_CHARS, Limits, ROWS_MAX, check_chars, check_rows};
use crate::seal::Sealed;

/// Most steps of one order in one operation: a returned slip takes it through five.
pub const STEPS_MAX: usize = 8;

/// Body of `service.type_recorded`, in the town's scope: a version of a service type.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ServiceTypeRecorded {
    /// Which.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub service_type: ServiceTypeId,
    /// 1, 2, 3 …
    #[n(1)]
    pub version: u32,
    /// Such as `F01`.
    #[n(2)]
    pub code: String,
    /// Such as 陪同就医.
    #[n(3)]
    pub name: String,
    /// Whole percent, 50 to 300.
    #[n(4)]
    pub coefficient_percent: u32,
    /// First day in force, days since 1970-01-01.
    #[n(5)]
    pub in_force_from: i32,
}

/// Body of `need.posted`, in the home scope of who needs it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct NeedPosted {
    /// Which.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub need: NeedId,
    /// Who needs it.
    #[cbor(n(1), with = "crate::canon", has_nil)]
    pub resident: ResidentId,
    /// What.
    #[cbor(n(2), with = "crate::canon", has_nil)]
    pub service_type: ServiceTypeId,
    /// When, days since 1970-01-01.
    #[n(3)]
    pub day: i32,
    /// From, minutes since midnight.
    #[n(4)]
    pub start_min: u16,
    /// Planned minutes.
    #[n(5)]
    pub planned_min: u16,
    /// Where (field `place`).
    #[cbor(n(6), with = "crate::canon", has_nil)]
    pub place: Option<Sealed>,
    /// What else (field `note`).
    #[cbor(n(7), with = "crate::canon", has_nil)]
    pub note: Option<Sealed>,
}

/// Body of `need.closed`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct NeedClosed {
    /// Which.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub need: NeedId,
    /// Whose, for the key.
    #[cbor(n(1), with = "crate::canon", has_nil)]
    pub resident: ResidentId,
    /// Why (field `reason`).
    #[cbor(n(2), with = "crate::canon", has_nil)]
    pub reason: Option<Sealed>,
}

/// Body of `order.posted`: orders whose beneficiaries have one home scope.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OrdersPosted {
    /// 1 to [`ROWS_MAX`] orders.
    #[n(0)]
    pub rows: Vec<OrderRow>,
}

/// One order.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OrderRow {
    /// Which.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub order: ServiceOrderId,
    /// The need that it serves.
    #[cbor(n(1), with = "crate::canon", has_nil)]
    pub need: Option<NeedId>,
    /// Who is served.
    #[cbor(n(2), with = "crate::canon", has_nil)]
    pub beneficiary: ResidentId,
    /// What.
    #[cbor(n(3), with = "crate::canon", has_nil)]
    pub service_type: ServiceTypeId,
    /// When, days since 1970-01-01.
    #[n(4)]
    pub day: i32,
    /// From, minutes since midnight.
    #[n(5)]
    pub start_min: u16,
    /// Planned minutes.
    #[n(6)]
    pub planned_min: u16,
    /// Whose minutes pay.
    #[n(7)]
    pub payer: PayerCode,
    /// Where (field `place`).
    #[cbor(n(8), with = "crate::canon", has_nil)]
    pub place: Option<Sealed>,
    /// What else (field `note`).
    #[cbor(n(9), with = "crate::canon", has_nil)]
    pub note: Option<Sealed>,
}

/// Whose minutes pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum PayerCode {
    /// The beneficiary's own.
    #[n(0)]
    Own,
    /// The town's reserve.
    #[n(1)]
    Reserve,
}

/// Body of `order.moved`: orders of one scope moved on.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OrdersMoved {
    /// 1 to [`ROWS_MAX`] orders.
    #[n(0)]
    pub rows: Vec<OrderMoveRow>,
}

/// One order's steps: all of them, or none where one is not allowed any more.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OrderMoveRow {
    /// Which.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub order: ServiceOrderId,
    /// Its beneficiary, for the key.
    #[cbor(n(1), with = "crate::canon", has_nil)]
    pub beneficiary: ResidentId,
    /// 1 to [`STEPS_MAX`] steps, in order.
    #[n(2)]
    pub steps: Vec<StepCode>,
    /// Why (field `reason`).
    #[cbor(n(3), with = "crate::canon", has_nil)]
    pub reason: Option<Sealed>,
    /// What the author saw of the service.
    #[n(4)]
    pub seen: Seen,
}

impl OrderMoveRow {
    /// Whether it calls the order off, so that what was set aside for it comes back.
    #[must_use]
    pub fn cancels(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, StepCode::Cancel))
    }
}

/// Who serves and when, as the author of a step saw it. A step that meets another service is lost: a signature stands
/// for the person and the times that were on the paper, and for no others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Seen {
    /// The volunteer.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub volunteer: Option<ResidentId>,
    /// Sign-in, minutes since midnight.
    #[n(1)]
    pub signed_in_min: Option<u16>,
    /// Sign-out, minutes since midnight.
    #[n(2)]
    pub signed_out_min: Option<u16>,
}

/// A step of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub enum StepCode {
    /// 接单.
    #[n(0)]
    Take(#[n(0)] TakenBy),
    /// 签到.
    #[n(1)]
    SignIn {
        /// Minutes since midnight.
        #[n(0)]
        at_min: u16,
    },
    /// 签退.
    #[n(2)]
    SignOut {
        /// Minutes since midnight.
        #[n(0)]
        at_min: u16,
    },
    /// 确认.
    #[n(3)]
    Confirm {
        /// By which side.
        #[n(0)]
        side: SideCode,
        /// How.
        #[n(1)]
        way: WayCode,
    },
    /// 提出异议.
    #[n(4)]
    Dispute,
    /// 异议处理完毕.
    #[n(5)]
    Resolve {
        /// Corrected sign-in, minutes since midnight.
        #[n(0)]
        signed_in_min: Option<u16>,
        /// Corrected sign-out, minutes since midnight.
        #[n(1)]
        signed_out_min: Option<u16>,
    },
    /// 取消.
    #[n(6)]
    Cancel,
}

/// Who takes an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct TakenBy {
    /// The volunteer.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub volunteer: ResidentId,
}

/// A side of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum SideCode {
    /// Who serves.
    #[n(0)]
    Volunteer,
    /// Who is served.
    #[n(1)]
    Beneficiary,
}

/// How a side confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum WayCode {
    /// 签字单.
    #[n(0)]
    Slip,
    /// 当面.
    #[n(1)]
    InPerson,
    /// 电话.
    #[n(2)]
    Telephone,
}

/// Body of `order.credited`: orders of one scope credited by a second person.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OrdersCredited {
    /// 1 to [`ROWS_MAX`] orders.
    #[n(0)]
    pub rows: Vec<CreditRow>,
}

/// One order credited. The fold computes the minutes from the order's own times.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CreditRow {
    /// Which.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub order: ServiceOrderId,
    /// The coefficient in force on the day of the service, whole percent.
    #[n(1)]
    pub coefficient_percent: u32,
    /// The version of the service type that it stands in.
    #[n(2)]
    pub service_version: u32,
    /// What the author saw of the service.
    #[n(3)]
    pub seen: Seen,
}

/// Body of `order.reversed`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OrderReversed {
    /// Which.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub order: ServiceOrderId,
    /// Its beneficiary, for the key.
    #[cbor(n(1), with = "crate::canon", has_nil)]
    pub beneficiary: ResidentId,
    /// Why (field `reason`).
    #[cbor(n(2), with = "crate::canon", has_nil)]
    pub reason: Option<Sealed>,
}

/// Body of `gift.given`, in the giver's home scope.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct GiftGiven {
    /// Which.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub gift: TimeGiftId,
    /// Who gives.
    #[cbor(n(1), with = "crate::canon", has_nil)]
    pub giver: ResidentId,
    /// The relative who gets it; absent: the town's reserve.
    #[cbor(n(2), with = "crate::canon", has_nil)]
    pub to: Option<ResidentId>,
    /// Whole minutes, from 1 up.
    #[n(3)]
    pub amount_min: u32,
    /// Relation to the giver (field `relation`).
    #[cbor(n(4), with = "crate::canon", has_nil)]
    pub relation: Option<Sealed>,
    /// Remark (field `note`).
    #[cbor(n(5), with = "crate::canon", has_nil)]
    pub note: Option<Sealed>,
}

/// Body of `gift.reversed`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct GiftReversed {
    /// Which.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub gift: TimeGiftId,
    /// Its giver, for the key.
    #[cbor(n(1), with = "crate::canon", has_nil)]
    pub giver: ResidentId,
    /// Why (field `reason`).
    #[cbor(n(2), with = "crate::canon", has_nil)]
    pub reason: Option<Sealed>,
}

fn check_minute(minute: u16) -> Result<(), BodyFault> {
    if minute < DAY_MIN { Ok(()) } else { Err(BodyFault::Amount) }
}

fn check_planned(start_min: u16, planned_min: u16) -> Result<(), BodyFault> {
    check_minute(start_min)?;
    if planned_min == 0 || planned_min > DAY_MIN { Err(BodyFault::Amount) } else { Ok(()) }
}

fn check_coefficient(percent: u32) -> Result<(), BodyFault> {
    Coefficient::new(percent).map(|_| ()).map_err(|_| BodyFault::Amount)
}

impl Limits for ServiceTypeRecorded {
    fn check(&self) -> Result<(), BodyFault> {
        check_coefficient(self.coefficient_percent)?;
        check_chars(&self.code, CODE_MAX_CHARS)?;
        check_chars(&self.name, CODE_MAX_CHARS)
    }
}

impl Limits for NeedPosted {
    fn check(&self) -> Result<(), BodyFault> {
        check_planned(self.start_min, self.planned_min)
    }
}

impl Limits for NeedClosed {
    fn check(&self) -> Result<(), BodyFault> {
        Ok(())
    }
}

impl Limits for OrdersPosted {
    fn check(&self) -> Result<(), BodyFault> {
        check_rows(self.rows.len(), ROWS_MAX)?;
        self.rows.iter().try_for_each(|row| check_planned(row.start_min, row.planned_min))
    }
}

impl Limits for OrdersMoved {
    fn check(&self) -> Result<(), BodyFault> {
        check_rows(self.rows.len(), ROWS_MAX)?;
        for row in &self.rows {
            check_rows(row.steps.len(), STEPS_MAX)?;
            for step in &row.steps {
                match *step {
                    StepCode::SignIn { at_min } | StepCode::SignOut { at_min } => check_minute(at_min)?,
                    StepCode::Resolve { signed_in_min, signed_out_min } => {
                        signed_in_min.into_iter().chain(signed_out_min).try_for_each(check_minute)?;
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }
}

impl Limits for OrdersCredited {
    fn check(&self) -> Result<(), BodyFault> {
        check_rows(self.rows.len(), ROWS_MAX)?;
        self.rows.iter().try_for_each(|row| check_coefficient(row.coefficient_percent))
    }
}

impl Limits for OrderReversed {
    fn check(&self) -> Result<(), BodyFault> {
        Ok(())
    }
}

impl Limits for GiftGiven {
    fn check(&self) -> Result<(), BodyFault> {
        if self.amount_min == 0 { Err(BodyFault::Amount) } else { Ok(()) }
    }
}

impl Limits for GiftReversed {
    fn check(&self) -> Result<(), BodyFault> {
        Ok(())
    }
}
