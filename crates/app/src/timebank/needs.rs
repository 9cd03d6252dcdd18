//! 需求: who needs what, when and where.

use zhenxin_domain::{
    division::VillageCode,
    ids::{NeedId, RequestId, ResidentId, ServiceTypeId},
};
use zhenxin_store::{NeedDraft, NeedFilter, NeedRow, NeedState as Stands, Reader};

use super::{
    checks::{self, Now, narrow},
    lines::{asked_need_state, need_line},
};
use crate::{
    Caller,
    contract::{Fault, FaultCode, timebank::*},
    fault::sentence,
    form::Form,
    request::once,
    shown,
};

pub fn needs(caller: &Caller, request: NeedsPage) -> Result<Needs, Fault> {
    let limit = checks::window(request.limit)?;
    let village: Option<VillageCode> = request.village.as_deref().map(shown::parse_id).transpose()?;
    let state = request.state.map(asked_need_state);
    let today = caller.today();
    caller.read(|reader| {
        let users = reader.users()?;
        let page = reader.needs_page(NeedFilter { village, state }, u64::from(request.offset), limit)?;
        let open = reader.needs_page(NeedFilter { village, state: Some(Stands::Open) }, 0, 1)?.total;
        let rows = page.rows.iter().map(|row| need_line(&caller.town, reader, &users, row, today));
        Ok(Needs { total: narrow(page.total), rows: rows.collect::<Result<_, Fault>>()?, open: narrow(open) })
    })
}

/// The need, or a fault that says so.
pub fn find(reader: &Reader, id: NeedId) -> Result<NeedRow, Fault> {
    reader.need(id)?.ok_or_else(|| Fault::new(FaultCode::NotFound, "没有这条需求，请刷新列表。"))
}

fn line(caller: &Caller, reader: &Reader, id: NeedId) -> Result<NeedLine, Fault> {
    need_line(&caller.town, reader, &reader.users()?, &find(reader, id)?, caller.today())
}

pub fn need(caller: &Caller, request: NeedRef) -> Result<NeedLine, Fault> {
    let id = shown::parse_id(&request.need)?;
    caller.read(|reader| line(caller, reader, id))
}

pub fn post_need(caller: &Caller, request: PostNeed) -> Result<NeedLine, Fault> {
    let request_id: RequestId = shown::parse_id(&request.request_id)?;
    let resident: ResidentId = shown::parse_id(&request.resident)?;
    let service_type: ServiceTypeId = shown::parse_id(&request.service_type)?;
    let now = Now::of(caller);
    let need = caller.write(|tx| {
        once(tx, request_id, |tx| {
            let mut form = Form::default();
            let day = form.keep("day", now.service_day(&request.day));
            if day.is_some_and(|day| day < now.today) {
                form.fault("day", "需求的日期不能早于今天；已经服务过的请直接录入回单。");
            }
            let start_min = form.keep("start", checks::clock(&request.start));
            let planned = checks::planned(start_min.unwrap_or_default(), request.planned_min);
            let planned_min = form.keep("planned_min", planned);
            let place = form.keep("place", checks::place(&request.place)).flatten();
            let note = form.keep("note", checks::note(&request.note)).flatten();
            let day_of_consent = day.unwrap_or(now.today);
            let who = checks::consented(tx.reader(), "服务对象", resident, day_of_consent)?;
            let who = form.keep("resident", who);
            form.keep("service_type", checks::in_force(tx.reader(), service_type, day_of_consent)?);
            form.done()?;
            let (Some(day), Some(start_min), Some(planned_min)) = (day, start_min, planned_min) else {
                return Err(Fault::new(FaultCode::Invalid, "请补全需求。"));
            };
            let place = checks::away(place, who.as_ref().and_then(|row| row.address.as_deref()));
            Ok(tx.post_need(&NeedDraft { resident, service_type, day, start_min, planned_min, place, note })?)
        })
    })?;
    caller.read(|reader| {
        let mut line = line(caller, reader, need)?;
        line.warnings = checks::warnings([request.place.as_str(), request.note.as_str()]);
        Ok(line)
    })
}

pub fn close_need(caller: &Caller, request: CloseNeed) -> Result<NeedLine, Fault> {
    let request_id: RequestId = shown::parse_id(&request.request_id)?;
    let need: NeedId = shown::parse_id(&request.need)?;
    let reason = checks::reason(Some(&request.reason)).map_err(|fault| Fault::field("reason", sentence(&fault)))?;
    let seen = caller.write(|tx| {
        let need = once(tx, request_id, |tx| {
            let refused = match find(tx.reader(), need)?.state {
                Stands::Open => None,
                Stands::Matched => Some("这条需求已有服务单，请先取消服务单，再关闭需求。"),
                Stands::Served => Some("这条需求已经完成，不用再关闭。"),
                Stands::Closed => Some("这条需求已经关闭，请刷新列表。"),
            };
            if let Some(message) = refused {
                return Err(Fault::new(FaultCode::Conflict, message));
            }
            tx.close_need(need, &reason)?;
            Ok(need)
        })?;
        Ok(need)
    })?;
    caller.read(|reader| line(caller, reader, seen))
}
