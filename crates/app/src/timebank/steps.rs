//! Moving a service order on: taken, signed in and out, confirmed, disputed, settled, cancelled.

use zhenxin_domain::{
    ids::{RequestId, ResidentId, ServiceOrderId},
    service_order::{self as machine, Side, Standing, Step, StepFault, advance},
};
use zhenxin_store::{OrderMove, OrderRow, Reader};

use super::{
    checks::{self, Judged, Now, Span},
    orders,
};
use crate::{
    Caller,
    contract::{Fault, FaultCode, timebank::*},
    fault::sentence,
    form::Form,
    request::once,
    shown,
};

pub fn move_order(caller: &Caller, request: MoveOrder) -> Result<OrderDetail, Fault> {
    let request_id: RequestId = shown::parse_id(&request.request_id)?;
    let order: ServiceOrderId = shown::parse_id(&request.order)?;
    let (step, reason) = read(&request)?;
    let now = Now::of(caller);
    let seen = caller.write(|tx| {
        let order = once(tx, request_id, |tx| {
            check(tx.reader(), &orders::find(tx.reader(), order)?, step, now)?;
            tx.move_orders(&[OrderMove { order, steps: vec![step], reason }])?;
            Ok(order)
        })?;
        Ok(order)
    })?;
    caller.read(|reader| orders::detail_of(caller, reader, seen))
}

/// The step that a request asks for, with its reason.
fn read(request: &MoveOrder) -> Result<(Step, Option<String>), Fault> {
    let mut form = Form::default();
    let at = |form: &mut Form, field: &str, written: &Option<String>| {
        form.keep(field, checks::clock(written.as_deref().unwrap_or_default()))
    };
    let maybe = |form: &mut Form, field: &str, written: &Option<String>| {
        written.as_deref().and_then(|written| form.keep(field, checks::clock(written)))
    };
    let step = match request.step {
        OrderStep::Take => {
            let volunteer: Option<ResidentId> = request.volunteer.as_deref().map(shown::parse_id).transpose()?;
            form.keep("volunteer", volunteer.ok_or("请选择志愿者")).map(Step::Take)
        }
        OrderStep::SignIn => at(&mut form, "at", &request.at).map(Step::SignIn),
        OrderStep::SignOut => at(&mut form, "at", &request.at).map(Step::SignOut),
        OrderStep::Confirm => {
            let side = form.keep("side", request.side.ok_or("请选择是哪一方确认"));
            let way = form.keep("way", request.way.ok_or("请选择确认的方式"));
            side.zip(way).map(|(side, way)| Step::Confirm(side_of(side), way_of(way)))
        }
        OrderStep::Dispute => Some(Step::Dispute),
        OrderStep::Resolve => Some(Step::Resolve {
            signed_in_min: maybe(&mut form, "signed_in", &request.signed_in),
            signed_out_min: maybe(&mut form, "signed_out", &request.signed_out),
        }),
        OrderStep::Cancel => Some(Step::Cancel),
    };
    let reason = match request.step {
        OrderStep::Dispute | OrderStep::Resolve | OrderStep::Cancel => {
            form.keep("reason", checks::reason(request.reason.as_deref()))
        }
        _ => None,
    };
    form.done()?;
    let step = step.ok_or_else(|| Fault::new(FaultCode::Invalid, "请补全这一步的内容。"))?;
    Ok((step, reason))
}

fn side_of(side: OrderSide) -> Side {
    match side {
        OrderSide::Volunteer => Side::Volunteer,
        OrderSide::Beneficiary => Side::Beneficiary,
    }
}

fn way_of(way: ConfirmWay) -> machine::ConfirmWay {
    match way {
        ConfirmWay::Slip => machine::ConfirmWay::Slip,
        ConfirmWay::InPerson => machine::ConfirmWay::InPerson,
        ConfirmWay::Telephone => machine::ConfirmWay::Telephone,
    }
}

/// Refuses a step that the order's state, the clock, the roster or another order forbids.
fn check(reader: &Reader, row: &OrderRow, step: Step, now: Now) -> Result<(), Fault> {
    if row.refused {
        return Err(Fault::new(FaultCode::Conflict, "这张服务单已被区平台退回，不能再办理，请重新开单。"));
    }
    let next = advance(&row.terms(), &row.standing(), step).map_err(|fault| match fault {
        StepFault::State { .. } | StepFault::ConfirmedBefore => {
            Fault::new(FaultCode::Conflict, sentence(&fault.to_string()))
        }
        _ => Fault::field(field_of(step), sentence(&fault.to_string())),
    })?;
    let judged = match step {
        Step::Take(volunteer) => may_take(reader, row, volunteer)?,
        Step::SignIn(at) => now.has_seen(row.day, at),
        Step::SignOut(at) => match now.has_seen(row.day, at) {
            Ok(()) => served(reader, row, &next)?,
            early => early,
        },
        Step::Resolve { .. } => match now.has_seen(row.day, next.signed_out_min.unwrap_or_default()) {
            Ok(()) => served(reader, row, &next)?,
            early => early,
        },
        _ => Ok(()),
    };
    judged.map_err(|message| Fault::field(field_of(step), sentence(&message)))
}

fn field_of(step: Step) -> &'static str {
    match step {
        Step::Take(_) => "volunteer",
        Step::Resolve { .. } => "signed_out",
        _ => "at",
    }
}

fn may_take(reader: &Reader, row: &OrderRow, volunteer: ResidentId) -> Result<Judged<()>, Fault> {
    if let Err(message) = checks::consented(reader, "志愿者", volunteer, row.day)? {
        return Ok(Err(message));
    }
    let span = Span { day: row.day, from_min: row.start_min, to_min: row.start_min + row.planned_min };
    checks::free(reader, volunteer, span, Some(row.id))
}

/// The times that were really served must not meet another order of the volunteer.
fn served(reader: &Reader, row: &OrderRow, next: &Standing) -> Result<Judged<()>, Fault> {
    let (Some(volunteer), Some(from_min), Some(to_min)) = (next.volunteer, next.signed_in_min, next.signed_out_min)
    else {
        return Ok(Ok(()));
    };
    checks::free(reader, volunteer, Span { day: row.day, from_min, to_min }, Some(row.id))
}
