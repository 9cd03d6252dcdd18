//! Time bank: service types, needs, service orders, slips, accounts, gifts. Minutes everywhere; 60 are one 时间币.

mod accounts;
mod slips;

pub use accounts::*;
pub use slips::*;

use super::shape;

shape! {
    /// A version of a service type.
    pub struct ServiceTypeLine {
        /// Service type id; the same for all its versions.
        pub service_type: String,
        /// Version, from 1.
        pub version: u32,
        /// Code, e.g. F01.
        pub code: String,
        /// Name, e.g. 陪同就医.
        pub name: String,
        /// Minutes credited for 100 minutes of service (50–300).
        pub coefficient_percent: u32,
        /// In force from.
        pub in_force_from: String,
        /// Whether it is the version that counts today.
        pub in_force: bool,
    }
}

shape! {
    /// The service types.
    pub struct ServiceTypes {
        /// By code, newest version first.
        pub types: Vec<ServiceTypeLine>,
    }
}

shape! {
    /// Adds a service type, or a new version of one.
    pub struct SetServiceType {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// The type whose next version it is; absent for a new type.
        pub service_type: Option<String>,
        /// Code, 1–12 letters or digits, not used by another type.
        pub code: String,
        /// Name, 1–30 characters.
        pub name: String,
        /// 50–300.
        pub coefficient_percent: u32,
        /// First day, not before today for a new version.
        pub in_force_from: String,
    }
}

shape! {
    /// Where a need stands.
    #[derive(Copy, PartialEq, Eq)]
    pub enum NeedState {
        /// 待派单: no live order yet.
        Open,
        /// 已派单: a live order serves it.
        Matched,
        /// 已完成: its order was credited.
        Served,
        /// 已关闭.
        Closed,
    }
}

shape! {
    /// A window of the needs.
    pub struct NeedsPage {
        /// Only this village.
        pub village: Option<String>,
        /// Only this state; all where absent.
        pub state: Option<NeedState>,
        /// Rows to skip.
        pub offset: u32,
        /// At most 500.
        pub limit: u32,
    }
}

shape! {
    /// A need.
    pub struct NeedLine {
        /// Need id.
        pub need: String,
        /// Who needs it.
        pub resident: String,
        /// Their name.
        pub name: String,
        /// Their village.
        pub village_name: String,
        /// Service type id.
        pub service_type: String,
        /// Service code and name.
        pub service: String,
        /// Day.
        pub day: String,
        /// From, `09:00`.
        pub start: String,
        /// Planned minutes.
        pub planned_min: u32,
        /// Where.
        pub place: String,
        /// What else.
        pub note: String,
        /// Where it stands.
        pub state: NeedState,
        /// Its live orders: more than one is a race that somebody must settle.
        pub orders: Vec<OrderName>,
        /// Why it was closed.
        pub close_reason: Option<String>,
        /// Who recorded it.
        pub recorded_by: String,
        /// When, local time.
        pub recorded_at: String,
        /// The day has passed and nobody serves it.
        pub overdue: bool,
        /// What its texts should not keep, told to whoever has just typed them.
        pub warnings: Vec<String>,
    }
}

shape! {
    /// Names an order.
    pub struct OrderName {
        /// Order id.
        pub order: String,
        /// Number, `K3QX-7M2P`.
        pub number: String,
    }
}

shape! {
    /// Needs.
    pub struct Needs {
        /// All that fit the filter.
        pub total: u32,
        /// The window, soonest day first for what is open, else newest first.
        pub rows: Vec<NeedLine>,
        /// Open needs of the whole town, or of the village.
        pub open: u32,
    }
}

shape! {
    /// Names a need.
    pub struct NeedRef {
        /// Need id.
        pub need: String,
    }
}

shape! {
    /// Records a need.
    pub struct PostNeed {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// Who needs it; with an active consent.
        pub resident: String,
        /// Service type id.
        pub service_type: String,
        /// Day, today or later, within a year.
        pub day: String,
        /// From, `09:00`.
        pub start: String,
        /// Planned minutes, 10–720.
        pub planned_min: u32,
        /// Where, up to 60 characters; the address on the roster where empty.
        pub place: String,
        /// What else, up to 200 characters.
        pub note: String,
    }
}

shape! {
    /// Closes a need that nobody has to serve any more.
    pub struct CloseNeed {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// Need id.
        pub need: String,
        /// Why, 1–200 characters.
        pub reason: String,
    }
}

shape! {
    /// Where an order stands.
    #[derive(Copy, PartialEq, Eq)]
    pub enum OrderState {
        /// 待接单.
        Posted,
        /// 已接单.
        Taken,
        /// 服务中.
        SignedIn,
        /// 待双方确认.
        SignedOut,
        /// 待入账.
        Confirmed,
        /// 已入账.
        Credited,
        /// 已取消.
        Cancelled,
        /// 有争议.
        Disputed,
        /// 已冲正.
        Reversed,
    }
}

shape! {
    /// Whose minutes pay.
    #[derive(Copy, PartialEq, Eq)]
    pub enum Payer {
        /// 本人时间账户.
        Own,
        /// 镇准备金.
        Reserve,
    }
}

shape! {
    /// A side of an order.
    #[derive(Copy, PartialEq, Eq)]
    pub enum OrderSide {
        /// 志愿者.
        Volunteer,
        /// 服务对象.
        Beneficiary,
    }
}

shape! {
    /// How a side confirmed.
    #[derive(Copy, PartialEq, Eq)]
    pub enum ConfirmWay {
        /// 签字单.
        Slip,
        /// 当面.
        InPerson,
        /// 电话.
        Telephone,
    }
}

shape! {
    /// A window of the orders.
    pub struct OrdersPage {
        /// Only this village (the beneficiary's).
        pub village: Option<String>,
        /// From this day.
        pub from: Option<String>,
        /// To this day.
        pub to: Option<String>,
        /// Only this state; all where absent.
        pub state: Option<OrderState>,
        /// Only orders of this resident, on either side.
        pub resident: Option<String>,
        /// Only orders that were neither served nor given up.
        pub unserved: Option<bool>,
        /// Rows to skip.
        pub offset: u32,
        /// At most 500.
        pub limit: u32,
    }
}

shape! {
    /// An order as lists show it.
    pub struct OrderLine {
        /// Order id.
        pub order: String,
        /// Number, `K3QX-7M2P`.
        pub number: String,
        /// Day of service.
        pub day: String,
        /// Planned from, `09:00`.
        pub start: String,
        /// Planned minutes.
        pub planned_min: u32,
        /// Service code and name.
        pub service: String,
        /// Beneficiary's id.
        pub beneficiary: String,
        /// Beneficiary's name.
        pub beneficiary_name: String,
        /// Beneficiary's village.
        pub village_name: String,
        /// Volunteer's id.
        pub volunteer: Option<String>,
        /// Volunteer's name.
        pub volunteer_name: Option<String>,
        /// Who pays.
        pub payer: Payer,
        /// Where it stands.
        pub state: OrderState,
        /// Signed in, `09:05`.
        pub signed_in: Option<String>,
        /// Signed out.
        pub signed_out: Option<String>,
        /// Minutes of service.
        pub worked_min: Option<u32>,
        /// Minutes credited.
        pub credited_min: Option<u32>,
        /// Confirmed by the volunteer.
        pub volunteer_confirmed: bool,
        /// Confirmed by the beneficiary.
        pub beneficiary_confirmed: bool,
        /// Refused by the district: it does not count.
        pub refused: bool,
        /// 待区平台确认: paid by own minutes without the village's spending right, not yet ordered by the district.
        pub awaiting: bool,
    }
}

shape! {
    /// Orders.
    pub struct Orders {
        /// All that fit the filter.
        pub total: u32,
        /// The window, newest day first.
        pub rows: Vec<OrderLine>,
    }
}

shape! {
    /// Names an order by its id.
    pub struct OrderRef {
        /// Order id.
        pub order: String,
    }
}

shape! {
    /// One step on an order's way.
    pub struct OrderStepLine {
        /// When it was recorded, local time.
        pub at: String,
        /// Who recorded it.
        pub actor: String,
        /// What, in words.
        pub text: String,
    }
}

shape! {
    /// One order with everything behind its figures.
    pub struct OrderDetail {
        /// The order.
        pub line: OrderLine,
        /// Where.
        pub place: String,
        /// What else.
        pub note: String,
        /// Need id.
        pub need: Option<String>,
        /// How the credited minutes come about, in words: 125 分钟 × 1.20 = 150 分钟.
        pub calculation: Option<String>,
        /// Coefficient in force on the day, in percent.
        pub coefficient_percent: Option<u32>,
        /// Reason of the last cancellation, dispute or reversal.
        pub reason: Option<String>,
        /// Its way, oldest first.
        pub steps: Vec<OrderStepLine>,
        /// Movements of minutes that it caused, oldest first.
        pub transfers: Vec<TimeTransfer>,
        /// Why this user may not credit or reverse it, if so.
        pub recusal: Option<String>,
        /// What its texts should not keep, told to whoever has just typed them.
        pub warnings: Vec<String>,
    }
}

shape! {
    /// A movement of minutes.
    pub struct TimeTransfer {
        /// From whom, in words.
        pub from: String,
        /// To whom, in words.
        pub to: String,
        /// Minutes.
        pub minutes: u32,
        /// From this day.
        pub effective_on: String,
        /// What it is: 预留, 释放预留, 支付, 准备金支付, 赠与, 捐赠, 冲正.
        pub kind: String,
    }
}

shape! {
    /// A month on the calendar.
    pub struct OrderCalendarPage {
        /// `2026-11`.
        pub month: String,
        /// Only this village.
        pub village: Option<String>,
    }
}

shape! {
    /// A day on the calendar.
    pub struct OrderDay {
        /// Day.
        pub day: String,
        /// Orders that were not cancelled.
        pub orders: u32,
        /// Of them not yet credited.
        pub open: u32,
        /// Minutes credited.
        pub credited_min: u32,
    }
}

shape! {
    /// A month's days with orders.
    pub struct OrderCalendar {
        /// In order; days without orders are absent.
        pub days: Vec<OrderDay>,
    }
}

shape! {
    /// Makes a service order.
    pub struct PostOrder {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// The need that it serves.
        pub need: Option<String>,
        /// Who is served; with an active consent. The need's where absent.
        pub beneficiary: Option<String>,
        /// Service type id. The need's where absent.
        pub service_type: Option<String>,
        /// Day. The need's where absent.
        pub day: Option<String>,
        /// From, `09:00`. The need's where absent.
        pub start: Option<String>,
        /// Planned minutes, 10–720. The need's where absent.
        pub planned_min: Option<u32>,
        /// Where. The need's where absent.
        pub place: Option<String>,
        /// What else. The need's where absent.
        pub note: Option<String>,
        /// Whose minutes pay.
        pub payer: Payer,
        /// Who serves; may be named later.
        pub volunteer: Option<String>,
    }
}

shape! {
    /// What happens to an order.
    #[derive(Copy, PartialEq, Eq)]
    pub enum OrderStep {
        /// 接单: `volunteer`.
        Take,
        /// 签到: `at`.
        SignIn,
        /// 签退: `at`.
        SignOut,
        /// 确认: `side`, `way`.
        Confirm,
        /// 提出异议: `reason`.
        Dispute,
        /// 异议处理完毕, back to 待双方确认; `signed_in` and `signed_out` may be corrected: `reason`.
        Resolve,
        /// 取消: `reason`.
        Cancel,
    }
}

shape! {
    /// Moves an order on.
    pub struct MoveOrder {
        /// Makes a repeated click harmless: a UUID.
        pub request_id: String,
        /// Order id.
        pub order: String,
        /// What happens.
        pub step: OrderStep,
        /// Who takes it.
        pub volunteer: Option<String>,
        /// Time of the day, `09:05`.
        pub at: Option<String>,
        /// Corrected sign-in.
        pub signed_in: Option<String>,
        /// Corrected sign-out.
        pub signed_out: Option<String>,
        /// Who confirms.
        pub side: Option<OrderSide>,
        /// How.
        pub way: Option<ConfirmWay>,
        /// Why, 1–200 characters.
        pub reason: Option<String>,
    }
}
