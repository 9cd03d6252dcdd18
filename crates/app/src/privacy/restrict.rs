//! 限制处理 and its lifting.

use zhenxin_domain::{
    ids::{RequestId, ResidentId},
    privacy::{DataStanding, DataStep, RestrictReason as Why, advance},
};
use zhenxin_store::Reader;

use crate::{
    Caller,
    contract::{
        Fault, FaultCode,
        privacy::{LiftRestriction, RestrictReason, RestrictResident},
        residents::ResidentDetail,
    },
    residents, shown,
    timebank::note_of,
};

const fn why(reason: RestrictReason) -> Why {
    match reason {
        RestrictReason::Withdrawn => Why::Withdrawn,
        RestrictReason::Disputed => Why::Disputed,
        RestrictReason::Asked => Why::Asked,
        RestrictReason::KeptByLaw => Why::KeptByLaw,
    }
}

/// Where the record's data stand.
pub(super) fn standing(reader: &Reader, resident: ResidentId) -> Result<DataStanding, Fault> {
    Ok(reader
        .person_data(resident)?
        .map_or(DataStanding::OPEN, |row| DataStanding { state: row.state, asked: row.asked.map(|asked| asked.op) }))
}

/// Checks that the step can be made.
pub(super) fn check(reader: &Reader, resident: ResidentId, step: DataStep) -> Result<(), Fault> {
    let next = advance(standing(reader, resident)?, step);
    next.map(|_| ()).map_err(|fault| Fault::new(FaultCode::Conflict, format!("{fault}。")))
}

pub fn restrict(caller: &Caller, request: RestrictResident) -> Result<ResidentDetail, Fault> {
    let note = note_of(&request.note)?;
    step(caller, &request.resident, &request.request_id, DataStep::Restrict, Some(why(request.reason)), note)
}

pub fn lift(caller: &Caller, request: LiftRestriction) -> Result<ResidentDetail, Fault> {
    let note = note_of(&request.note)?;
    if note.is_none() {
        return Err(Fault::field("note", "请写明为什么解除限制。"));
    }
    step(caller, &request.resident, &request.request_id, DataStep::Lift, None, note)
}

fn step(
    caller: &Caller,
    resident: &str,
    request_id: &str,
    step: DataStep,
    reason: Option<Why>,
    note: Option<String>,
) -> Result<ResidentDetail, Fault> {
    let id: ResidentId = shown::parse_id(resident)?;
    let request_id: RequestId = shown::parse_id(request_id)?;
    caller.see_resident(id)?;
    let seen = caller.write(|tx| {
        let id = tx.reader().kept(id)?;
        if tx.request(request_id)?.is_none() {
            residents::find(tx.reader(), id)?;
            check(tx.reader(), id, step)?;
            tx.restrict_data(id, reason, note.as_deref())?;
            tx.remember(request_id, b"{}")?;
        }
        Ok(id)
    })?;
    caller.read(|reader| residents::detail_of(caller, reader, seen))
}
