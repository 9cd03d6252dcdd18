//! Making a service order, from a need or by itself.

use chrono::NaiveDate;
use zhenxin_domain::service_order::Step;
use zhenxin_domain::{
    ids::{NeedId, RequestId, ResidentId, ServiceTypeId},
    service_order::{self as machine, StepFault, shown_number},
};
use zhenxin_store::{NeedRow, NeedState as Stands, OrderDraft, OrderMove, Reader};

use super::{
    checks::{self, Now, Span},
    lines::asked_payer,
    needs, orders,
};
use crate::{
    Caller,
    contract::{Fault, FaultCode, timebank::*},
    fault::sentence,
    form::Form,
    request::once,
    shown,
};

/// Ids of a request; texts are read when the need is known.
struct Asked {
    need: Option<NeedId>,
    beneficiary: Option<ResidentId>,
    service_type: Option<ServiceTypeId>,
    volunteer: Option<ResidentId>,
}

pub fn post_order(caller: &Caller, request: PostOrder) -> Result<OrderDetail, Fault> {
    let request_id: RequestId = shown::parse_id(&request.request_id)?;
    let asked = Asked {
        need: request.need.as_deref().map(shown::parse_id).transpose()?,
        beneficiary: request.beneficiary.as_deref().map(shown::parse_id).transpose()?,
        service_type: request.service_type.as_deref().map(shown::parse_id).transpose()?,
        volunteer: request.volunteer.as_deref().map(shown::parse_id).transpose()?,
    };
    let now = Now::of(caller);
    let order = caller.write(|tx| {
        once(tx, request_id, |tx| {
            let draft = draft(tx.reader(), now, &request, &asked)?;
            let posted = tx.post_orders(&[draft])?;
            let order = *posted.first().ok_or_else(|| Fault::new(FaultCode::System, "服务单没有写入，请重试。"))?;
            if let Some(volunteer) = asked.volunteer {
                tx.move_orders(&[OrderMove { order, steps: vec![Step::Take(volunteer)], reason: None }])?;
            }
            Ok(order)
        })
    })?;
    caller.read(|reader| {
        let mut detail = orders::detail_of(caller, reader, order)?;
        let texts = [request.place.as_deref(), request.note.as_deref()];
        detail.warnings = checks::warnings(texts.into_iter().flatten());
        Ok(detail)
    })
}

/// The need that an order is made for, if it still waits for one.
fn need(reader: &Reader, id: NeedId) -> Result<NeedRow, Fault> {
    let row = needs::find(reader, id)?;
    let message = match row.state {
        Stands::Open => return Ok(row),
        Stands::Matched => {
            let orders = reader.live_orders_of_need(id)?;
            let number = orders.first().map(|order| shown_number(&order.number)).unwrap_or_default();
            format!("这条需求已有服务单 {number}，不用再派。")
        }
        Stands::Served => "这条需求已经完成，需要再服务的请另登记一条。".to_owned(),
        Stands::Closed => "这条需求已经关闭，需要服务的请另登记一条。".to_owned(),
    };
    Err(Fault::new(FaultCode::Conflict, message))
}

fn draft(reader: &Reader, now: Now, request: &PostOrder, asked: &Asked) -> Result<OrderDraft, Fault> {
    let need = asked.need.map(|id| need(reader, id)).transpose()?;
    let mut form = Form::default();
    let of_need = need.as_ref();
    let beneficiary = asked.beneficiary.or(of_need.map(|row| row.resident));
    let beneficiary = form.keep("beneficiary", beneficiary.ok_or("请选择服务对象"));
    if of_need.is_some_and(|row| beneficiary.is_some_and(|asked| asked != row.resident)) {
        form.fault("beneficiary", "服务对象和需求上的不是同一个人，请核对。");
    }
    let service_type = asked.service_type.or(of_need.map(|row| row.service_type));
    let service_type = form.keep("service_type", service_type.ok_or("请选择服务项目"));
    let day = match (&request.day, of_need) {
        (None, Some(row)) => Ok(row.day),
        (written, _) => now.service_day(written.as_deref().unwrap_or_default()),
    };
    let day = form.keep("day", day);
    let start = match (&request.start, of_need) {
        (None, Some(row)) => Ok(row.start_min),
        (written, _) => checks::clock(written.as_deref().unwrap_or_default()),
    };
    let start_min = form.keep("start", start);
    let planned = request.planned_min.or(of_need.map(|row| u32::from(row.planned_min))).unwrap_or_default();
    let planned_min = form.keep("planned_min", checks::planned(start_min.unwrap_or_default(), planned));
    let place = form.keep("place", checks::place(request.place.as_deref().unwrap_or_default())).flatten();
    let note = form.keep("note", checks::note(request.note.as_deref().unwrap_or_default())).flatten();
    let known = Known { beneficiary, service_type, day, start_min, planned_min };
    let address = known.check(reader, now, request.payer, asked.volunteer, &mut form)?;
    form.done()?;
    let Known {
        beneficiary: Some(beneficiary),
        service_type: Some(service_type),
        day: Some(day),
        start_min: Some(start_min),
        planned_min: Some(planned_min),
    } = known
    else {
        return Err(Fault::new(FaultCode::Invalid, "请补全服务单。"));
    };
    let inherited = |given: &Option<String>, of_need: Option<&String>| {
        if given.is_none() { of_need.cloned() } else { None }
    };
    let place = place.or_else(|| inherited(&request.place, of_need.and_then(|row| row.place.as_ref())));
    let place = checks::away(place, address.as_deref());
    let note = note.or_else(|| inherited(&request.note, of_need.and_then(|row| row.note.as_ref())));
    let payer = asked_payer(request.payer);
    Ok(OrderDraft { need: asked.need, beneficiary, service_type, day, start_min, planned_min, payer, place, note })
}

/// What could be read of an order's terms.
struct Known {
    beneficiary: Option<ResidentId>,
    service_type: Option<ServiceTypeId>,
    day: Option<NaiveDate>,
    start_min: Option<u16>,
    planned_min: Option<u16>,
}

impl Known {
    /// Notes what the roster, the catalogue and the accounts say against it; gives the beneficiary's address.
    fn check(
        &self,
        reader: &Reader,
        now: Now,
        payer: Payer,
        volunteer: Option<ResidentId>,
        form: &mut Form,
    ) -> Result<Option<String>, Fault> {
        let day = self.day.unwrap_or(now.today);
        let mut address = None;
        if let Some(beneficiary) = self.beneficiary {
            let row = checks::consented(reader, "服务对象", beneficiary, day)?;
            address = form.keep("beneficiary", row).and_then(|row| row.address);
            if let (machine::Payer::Own, Some(minutes)) = (asked_payer(payer), self.planned_min) {
                let covered = checks::covered(reader, beneficiary, 0, u32::from(minutes))?;
                form.keep("payer", covered.map_err(|fault| format!("{fault}；可以缩短时间，或改由镇准备金支付")));
            }
        }
        if let Some(service_type) = self.service_type {
            form.keep("service_type", checks::in_force(reader, service_type, day)?);
        }
        if let Some(volunteer) = volunteer {
            if self.beneficiary == Some(volunteer) {
                form.fault("volunteer", sentence(&StepFault::SamePerson.to_string()));
            }
            form.keep("volunteer", checks::consented(reader, "志愿者", volunteer, day)?);
            if let (Some(day), Some(from_min), Some(minutes)) = (self.day, self.start_min, self.planned_min) {
                let span = Span { day, from_min, to_min: from_min + minutes };
                form.keep("volunteer", checks::free(reader, volunteer, span, None)?);
            }
        }
        Ok(address)
    }
}
