//! The way of a brand: who may move it on, and how. A second person approves it (product rule 10).

use chrono::Datelike;
use zhenxin_domain::{
    award::Reason,
    brand::{self, BrandState as State, BrandStep},
    ids::{BrandId, RequestId},
};
use zhenxin_store::{BrandRow, Reader};

use super::{detail, find};
use crate::{
    Caller,
    contract::{Fault, FaultCode, brands::*, session::Duty},
    duties,
    fault::sentence,
    form::Form,
    recusal::Own,
    request::once,
    shown,
};

/// Characters of an assessment: one page.
const FINDINGS_CHARS_MAX: usize = 1_000;

/// Why this user may not decide on the brand.
pub fn recusal(own: &Own, row: &BrandRow) -> Option<String> {
    let proposed = own.same_person(row.proposed_by) || own.same_person(row.submitted_by);
    (row.state == State::Proposed && proposed).then(|| "这个品牌是您申报的，请由另一位复核人员批准或退回。".to_owned())
}

/// What this user may do with the brand now.
pub fn allowed(caller: &Caller, reader: &Reader, own: &Own, row: &BrandRow) -> Result<Vec<BrandMove>, Fault> {
    if !duties::held(reader, caller.user, Duty::Reviewer)? || recusal(own, row).is_some() {
        return Ok(Vec::new());
    }
    Ok(match row.state {
        State::Proposed => vec![BrandMove::Approve, BrandMove::SendBack],
        State::Approved => vec![BrandMove::Activate, BrandMove::Retire],
        State::Active => vec![BrandMove::Retire],
        State::SentBack | State::Retired => Vec::new(),
    })
}

pub fn move_on(caller: &Caller, request: MoveBrand) -> Result<BrandDetail, Fault> {
    let request_id: RequestId = shown::parse_id(&request.request_id)?;
    let id: BrandId = shown::parse_id(&request.brand)?;
    let replaces = request.replaces.as_deref().map(shown::parse_id).transpose()?;
    let (step, reason) = match request.step {
        BrandMove::Approve => (BrandStep::Approve, None),
        BrandMove::SendBack => (BrandStep::SendBack, Some(reason(&request)?)),
        BrandMove::Activate => (BrandStep::Activate { replaces }, None),
        BrandMove::Retire => (BrandStep::Retire, Some(reason(&request)?)),
    };
    caller.write(|tx| {
        let id = once(tx, request_id, |tx| {
            let row = find(tx.reader(), id)?;
            check(tx.reader(), &row, step)?;
            if let Some(recusal) = recusal(&Own::of(tx.reader(), caller)?, &row) {
                return Err(Fault::new(FaultCode::Conflict, recusal));
            }
            tx.move_brand(id, step, reason.as_ref().map(Reason::as_str))?;
            Ok(id)
        })?;
        detail::of(caller, tx.reader(), id)
    })
}

fn reason(request: &MoveBrand) -> Result<Reason, Fault> {
    Reason::parse(request.reason.as_deref().unwrap_or_default())
        .map_err(|fault| Fault::field("reason", sentence(&fault.to_string())))
}

/// Whether the brand's way has this step now.
fn check(reader: &Reader, row: &BrandRow, step: BrandStep) -> Result<(), Fault> {
    let active = reader.active_brand()?.map(|row| row.id);
    let checked = brand::advance(Some(row.state), step, active);
    checked.map(|_| ()).map_err(|fault| Fault::new(FaultCode::Conflict, sentence(&fault.to_string())))
}

pub fn resubmit(caller: &Caller, request: ResubmitBrand) -> Result<BrandDetail, Fault> {
    let request_id: RequestId = shown::parse_id(&request.request_id)?;
    let id: BrandId = shown::parse_id(&request.brand)?;
    caller.write(|tx| {
        let id = once(tx, request_id, |tx| {
            check(tx.reader(), &find(tx.reader(), id)?, BrandStep::Resubmit)?;
            tx.move_brand(id, BrandStep::Resubmit, None)?;
            Ok(id)
        })?;
        detail::of(caller, tx.reader(), id)
    })
}

pub fn assess(caller: &Caller, request: AssessBrand) -> Result<BrandDetail, Fault> {
    let request_id: RequestId = shown::parse_id(&request.request_id)?;
    let id: BrandId = shown::parse_id(&request.brand)?;
    let today = caller.today();
    let mut form = Form::default();
    let findings = form.text("text", "评估意见", &request.text, 1..=FINDINGS_CHARS_MAX);
    let year = i32::try_from(request.year).unwrap_or(i32::MAX);
    if year > today.year() {
        form.fault("year", "不能评估还没有开始的年度，请核对年份。");
    }
    form.done()?;
    caller.write(|tx| {
        let id = once(tx, request_id, |tx| {
            check_assessment(tx.reader(), &find(tx.reader(), id)?, year)?;
            tx.assess_brand(id, year, request.renewed, &findings)?;
            Ok(id)
        })?;
        detail::of(caller, tx.reader(), id)
    })
}

/// The active brand is assessed, once for each year in which it was in use.
fn check_assessment(reader: &Reader, row: &BrandRow, year: i32) -> Result<(), Fault> {
    if row.state != State::Active {
        return Err(Fault::new(FaultCode::Conflict, "只评估启用中的品牌，请刷新后再看。"));
    }
    if row.active_since.is_some_and(|since| year < since.year()) {
        return Err(Fault::field("year", "那一年这个品牌还没有启用，请核对年份。"));
    }
    if reader.assessments_of(row.id)?.iter().any(|assessment| assessment.year == year) {
        return Err(Fault::new(FaultCode::Conflict, "这一年度已经评估过，每年评估一次。"));
    }
    Ok(())
}
