//! 服务单: lists, the calendar, one order with everything behind its figures.

use chrono::{Months, NaiveDate};
use zhenxin_domain::{
    division::VillageCode,
    ids::ServiceOrderId,
    ledger::Owner,
    service_order::{self as machine, OrderState as Stands, Step, second_person},
    service_time::duration,
    text,
};
use zhenxin_protocol::entity::{Entity, EntityKind};
use zhenxin_store::{MovementRow, OrderFilter, OrderRow, OrderStep as Recorded, OrderStepRow, Reader, UserRow};

use super::{
    awaiting::Awaiting,
    checks::{self, narrow},
    lines::{asked_state, calculation, clock, order_line},
};
use crate::{
    Caller,
    contract::{Fault, FaultCode, timebank::*},
    recusal::Own,
    shown,
};

pub fn orders(caller: &Caller, request: OrdersPage) -> Result<Orders, Fault> {
    let limit = checks::window(request.limit)?;
    let day = |field: &str, written: &Option<String>| {
        written.as_deref().map(checks::day).transpose().map_err(|fault| Fault::field(field, format!("{fault}。")))
    };
    let filter = OrderFilter {
        village: request.village.as_deref().map(shown::parse_id).transpose()?,
        from: day("from", &request.from)?,
        to: day("to", &request.to)?,
        state: request.state.map(asked_state),
        resident: request.resident.as_deref().map(shown::parse_id).transpose()?,
        unserved: request.unserved.unwrap_or(false),
    };
    let awaiting = Awaiting::of(caller)?;
    caller.read(|reader| {
        let page = reader.orders_page(filter, u64::from(request.offset), limit)?;
        let rows = page.rows.iter().map(|row| order_line(&caller.town, reader, awaiting, row));
        let rows = rows.collect::<Result<_, Fault>>()?;
        Ok(Orders { total: narrow(page.total), rows })
    })
}

pub fn calendar(caller: &Caller, request: OrderCalendarPage) -> Result<OrderCalendar, Fault> {
    let village: Option<VillageCode> = request.village.as_deref().map(shown::parse_id).transpose()?;
    let first = NaiveDate::parse_from_str(&format!("{}-01", request.month.trim()), "%Y-%m-%d").ok();
    let span = first.and_then(|first| Some((first, first.checked_add_months(Months::new(1))?.pred_opt()?)));
    let (first, last) = span.ok_or_else(|| Fault::field("month", "月份请按 2026-11 的样子填写。"))?;
    caller.read(|reader| {
        let days = reader.order_days(first, last, village)?;
        let days = days.into_iter().map(|row| OrderDay {
            day: shown::day(row.day),
            orders: row.orders,
            open: row.open,
            credited_min: row.credited_min,
        });
        Ok(OrderCalendar { days: days.collect() })
    })
}

pub fn order(caller: &Caller, request: OrderRef) -> Result<OrderDetail, Fault> {
    let id: ServiceOrderId = shown::parse_id(&request.order)?;
    caller.read(|reader| detail_of(caller, reader, id))
}

/// The order, or a fault that says so.
pub fn find(reader: &Reader, id: ServiceOrderId) -> Result<OrderRow, Fault> {
    reader.order(id)?.ok_or_else(|| Fault::new(FaultCode::NotFound, "没有这张服务单，请刷新列表。"))
}

/// Whether this user is a second person for an order: none of those who posted or moved it, and of neither side's
/// household. Who credited it may take it back, as with points: the mistake is mostly seen by who made it.
pub fn decided_by(reader: &Reader, caller: &Caller, own: &Own, row: &OrderRow) -> Result<checks::Judged<()>, Fault> {
    let mut concerned = own.concerns_resident(reader, row.beneficiary)?;
    if let Some(volunteer) = row.volunteer {
        concerned |= own.concerns_resident(reader, volunteer)?;
    }
    let mut makers = row.makers.iter();
    let judged = makers.try_for_each(|maker| second_person(own.maker(*maker), caller.user, concerned));
    Ok(judged.map_err(|fault| fault.to_string()))
}

/// One order, also the reply of acts that change it.
pub fn detail_of(caller: &Caller, reader: &Reader, id: ServiceOrderId) -> Result<OrderDetail, Fault> {
    let row = find(reader, id)?;
    let users = reader.users()?;
    let steps = reader.order_steps(id)?;
    let movements = reader.time_movements(Entity::new(EntityKind::ServiceOrder, *id.as_bytes()))?;
    let recusal = match row.state {
        Stands::Confirmed | Stands::Credited => decided_by(reader, caller, &Own::of(reader, caller)?, &row)?.err(),
        _ => None,
    };
    Ok(OrderDetail {
        line: order_line(&caller.town, reader, Awaiting::of(caller)?, &row)?,
        place: row.place.clone().unwrap_or_default(),
        note: row.note.clone().unwrap_or_default(),
        need: row.need.map(|need| need.to_string()),
        calculation: calculation(&row),
        coefficient_percent: row.coefficient.map(|coefficient| u32::from(coefficient.percent())),
        reason: row.reason.clone(),
        steps: steps.iter().map(|step| step_line(reader, &users, step)).collect::<Result<_, Fault>>()?,
        transfers: movements.iter().map(|movement| transfer(&row, movement)).collect(),
        recusal,
        warnings: Vec::new(),
    })
}

fn step_line(reader: &Reader, users: &[UserRow], row: &OrderStepRow) -> Result<OrderStepLine, Fault> {
    let mut text = match &row.step {
        Recorded::Posted => "录入服务单".to_owned(),
        Recorded::Moved(step) => step_words(reader, *step)?,
    };
    if let Some(reason) = &row.reason {
        text.push_str(&format!("：{reason}"));
    }
    if row.refused {
        text.push_str("（被区平台退回，没有生效）");
    } else if row.lost {
        text.push_str("（与先到的一步冲突，没有生效）");
    }
    Ok(OrderStepLine { at: shown::time(row.at), actor: shown::actor(users, row.actor), text })
}

pub fn step_words(reader: &Reader, step: Step) -> Result<String, Fault> {
    Ok(match step {
        Step::Take(volunteer) => {
            let name = reader.resident(volunteer)?.and_then(|row| row.name).unwrap_or_default();
            format!("志愿者{}接单", text::mask_name(&name))
        }
        Step::SignIn(at) => format!("签到 {}", clock(at)),
        Step::SignOut(at) => format!("签退 {}", clock(at)),
        Step::Confirm(side, way) => format!("{}确认（{}）", side.label(), way.label()),
        Step::Dispute => "提出异议".to_owned(),
        Step::Resolve { signed_in_min, signed_out_min } => {
            let corrected = |label: &str, at: Option<u16>| at.map(|at| format!("，{label}改为 {}", clock(at)));
            let times = [corrected("签到", signed_in_min), corrected("签退", signed_out_min)];
            format!("异议处理完毕{}", times.into_iter().flatten().collect::<String>())
        }
        Step::Cancel => "取消".to_owned(),
        Step::Credit(coefficient) => format!("入账，系数 {coefficient}"),
        Step::Reverse => "冲正".to_owned(),
    })
}

fn transfer(order: &OrderRow, row: &MovementRow) -> TimeTransfer {
    TimeTransfer {
        from: owner(order, row.debit),
        to: owner(order, row.credit),
        minutes: row.amount_min,
        effective_on: shown::day(row.effective_on),
        kind: row.movement.map(machine::Movement::label).unwrap_or_default().to_owned(),
    }
}

fn owner(order: &OrderRow, owner: Owner) -> String {
    let named = |who: &str, name: Option<&String>| {
        format!("{who} {}", name.map(|name| text::mask_name(name)).unwrap_or_default()).trim_end().to_owned()
    };
    match owner {
        Owner::Resident(id) if id == order.beneficiary => named("服务对象", order.beneficiary_name.as_ref()),
        Owner::Resident(_) => named("志愿者", order.volunteer_name.as_ref()),
        Owner::Reserve(_) => "镇准备金".to_owned(),
        Owner::Holding(_) => "预留".to_owned(),
        Owner::Household(_) | Owner::Issuance(_) => String::new(),
    }
}

/// What an order plans, in words: 09:00 起，约 2 小时.
pub fn planned_words(row: &OrderRow) -> String {
    format!("{} 起，约 {}", clock(row.start_min), duration(i64::from(row.planned_min)))
}
