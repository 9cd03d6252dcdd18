//! Rows of the store as lists show them.

use chrono::NaiveDate;
use zhenxin_domain::{
    service_order::{self as machine, shown_number},
    service_time::{self, ClockTime},
};
use zhenxin_store::{NeedRow, NeedState as Stands, OrderRow, Reader, UserRow};

use super::awaiting::Awaiting;
use crate::{
    OpenTown,
    contract::{Fault, timebank::*},
    shown,
};

/// `09:05`.
pub fn clock(minutes: u16) -> String {
    ClockTime::from_minutes(minutes).map(|time| time.to_string()).unwrap_or_default()
}

/// Code and name of a service.
pub fn service(code: Option<&str>, name: Option<&str>) -> String {
    [code, name].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// How an order's minutes come about, once it was served.
pub fn calculation(row: &OrderRow) -> Option<String> {
    Some(service_time::calculation(row.worked_min()?, row.coefficient?))
}

pub fn order_name(row: &OrderRow) -> OrderName {
    OrderName { order: row.id.to_string(), number: shown_number(&row.number) }
}

pub fn order_line(town: &OpenTown, reader: &Reader, awaiting: Awaiting, row: &OrderRow) -> Result<OrderLine, Fault> {
    Ok(OrderLine {
        order: row.id.to_string(),
        number: shown_number(&row.number),
        day: shown::day(row.day),
        start: clock(row.start_min),
        planned_min: u32::from(row.planned_min),
        service: service(row.service_code.as_deref(), row.service_name.as_deref()),
        beneficiary: row.beneficiary.to_string(),
        beneficiary_name: row.beneficiary_name.clone().unwrap_or_default(),
        village_name: row.village.map(|code| shown::village(town, code)).unwrap_or_default(),
        volunteer: row.volunteer.map(|id| id.to_string()),
        volunteer_name: row.volunteer_name.clone(),
        payer: match row.payer {
            machine::Payer::Own => Payer::Own,
            machine::Payer::Reserve => Payer::Reserve,
        },
        state: state(row.state),
        signed_in: row.signed_in_min.map(clock),
        signed_out: row.signed_out_min.map(clock),
        worked_min: row.worked_min().map(u32::from),
        credited_min: row.credited_min,
        volunteer_confirmed: row.volunteer_way.is_some(),
        beneficiary_confirmed: row.beneficiary_way.is_some(),
        refused: row.refused,
        awaiting: awaiting.order(reader, row)?,
    })
}

fn state(state: machine::OrderState) -> OrderState {
    match state {
        machine::OrderState::Posted => OrderState::Posted,
        machine::OrderState::Taken => OrderState::Taken,
        machine::OrderState::SignedIn => OrderState::SignedIn,
        machine::OrderState::SignedOut => OrderState::SignedOut,
        machine::OrderState::Confirmed => OrderState::Confirmed,
        machine::OrderState::Credited => OrderState::Credited,
        machine::OrderState::Cancelled => OrderState::Cancelled,
        machine::OrderState::Disputed => OrderState::Disputed,
        machine::OrderState::Reversed => OrderState::Reversed,
    }
}

/// A state as the store knows it.
pub fn asked_state(state: OrderState) -> machine::OrderState {
    match state {
        OrderState::Posted => machine::OrderState::Posted,
        OrderState::Taken => machine::OrderState::Taken,
        OrderState::SignedIn => machine::OrderState::SignedIn,
        OrderState::SignedOut => machine::OrderState::SignedOut,
        OrderState::Confirmed => machine::OrderState::Confirmed,
        OrderState::Credited => machine::OrderState::Credited,
        OrderState::Cancelled => machine::OrderState::Cancelled,
        OrderState::Disputed => machine::OrderState::Disputed,
        OrderState::Reversed => machine::OrderState::Reversed,
    }
}

/// A payer as the machine knows it.
pub fn asked_payer(payer: Payer) -> machine::Payer {
    match payer {
        Payer::Own => machine::Payer::Own,
        Payer::Reserve => machine::Payer::Reserve,
    }
}

/// A need's state as the store knows it.
pub fn asked_need_state(state: NeedState) -> Stands {
    match state {
        NeedState::Open => Stands::Open,
        NeedState::Matched => Stands::Matched,
        NeedState::Served => Stands::Served,
        NeedState::Closed => Stands::Closed,
    }
}

pub fn need_line(
    town: &OpenTown,
    reader: &Reader,
    users: &[UserRow],
    row: &NeedRow,
    today: NaiveDate,
) -> Result<NeedLine, Fault> {
    let orders = if row.live_orders > 0 { reader.live_orders_of_need(row.id)? } else { Vec::new() };
    Ok(NeedLine {
        need: row.id.to_string(),
        resident: row.resident.to_string(),
        name: row.resident_name.clone().unwrap_or_default(),
        village_name: row.village.map(|code| shown::village(town, code)).unwrap_or_default(),
        service_type: row.service_type.to_string(),
        service: service(row.service_code.as_deref(), row.service_name.as_deref()),
        day: shown::day(row.day),
        start: clock(row.start_min),
        planned_min: u32::from(row.planned_min),
        place: row.place.clone().unwrap_or_default(),
        note: row.note.clone().unwrap_or_default(),
        state: match row.state {
            Stands::Open => NeedState::Open,
            Stands::Matched => NeedState::Matched,
            Stands::Served => NeedState::Served,
            Stands::Closed => NeedState::Closed,
        },
        orders: orders.iter().map(order_name).collect(),
        close_reason: row.close_reason.clone(),
        recorded_by: shown::actor(users, row.recorded_by),
        recorded_at: shown::time(row.recorded_at),
        overdue: row.overdue(today),
        warnings: Vec::new(),
    })
}
