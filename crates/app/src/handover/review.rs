//! The confidentiality review: a second person reads exactly what would leave, and decides.

use zhenxin_domain::{
    award::Reason,
    ids::{HandoverId, RequestId},
};
use zhenxin_protocol::body::brand::BrandSheet;
use zhenxin_store::{HandoverReview, HandoverRow, HandoverState as State, Reader};

use super::{check_brand, find, line_of, recusal, sheet};
use crate::{
    Caller,
    contract::{Fault, FaultCode, FaultRow, handover::*},
    fault::sentence,
    recusal::Own,
    request::once,
    shown,
};

pub fn preview(caller: &Caller, request: HandoverRef) -> Result<HandoverPreview, Fault> {
    let id: HandoverId = shown::parse_id(&request.handover)?;
    caller.store().read(|reader| {
        let row = find(reader, id)?;
        let sheet = match &row.sheet {
            // what was released stays as it was
            Some(sheet) => sheet.clone(),
            None => waiting_sheet(caller, reader, &row)?,
        };
        let texts = sheet::texts(&sheet);
        Ok(HandoverPreview {
            line: line_of(caller, reader, id)?,
            findings: sheet::findings(&texts),
            texts,
            digest: sheet::digest(&sheet).to_string(),
        })
    })
}

/// What the package holds while nobody has released it.
fn waiting_sheet(caller: &Caller, reader: &Reader, row: &HandoverRow) -> Result<BrandSheet, Fault> {
    sheet::build(reader, row.brand, row.purpose.as_deref().unwrap_or_default(), caller.today())
}

pub fn review(caller: &Caller, request: ReviewHandover) -> Result<HandoverLine, Fault> {
    let request_id: RequestId = shown::parse_id(&request.request_id)?;
    let id: HandoverId = shown::parse_id(&request.handover)?;
    let reason = match request.release {
        true => None,
        false => Some(
            Reason::parse(request.reason.as_deref().unwrap_or_default())
                .map_err(|fault| Fault::field("reason", sentence(&fault.to_string())))?,
        ),
    };
    caller.write(|tx| {
        let id = once(tx, request_id, |tx| {
            let row = find(tx.reader(), id)?;
            if row.state != State::Requested {
                return Err(Fault::new(FaultCode::Conflict, "这份数据包已经审查过，请刷新列表。"));
            }
            if let Some(recusal) = recusal(&Own::of(tx.reader(), caller)?, &row) {
                return Err(Fault::new(FaultCode::Conflict, recusal));
            }
            let decision = match &reason {
                Some(reason) => HandoverReview::SendBack { reason: reason.as_str().to_owned() },
                None => {
                    check_brand(tx.reader(), row.brand)?;
                    let sheet = waiting_sheet(caller, tx.reader(), &row)?;
                    check_release(&sheet, request.digest.as_deref().unwrap_or_default())?;
                    HandoverReview::Release(Box::new(sheet))
                }
            };
            tx.review_handover(id, decision)?;
            Ok(id)
        })?;
        line_of(caller, tx.reader(), id)
    })
}

/// Only what was read is released, and only without findings.
fn check_release(sheet: &BrandSheet, seen: &str) -> Result<(), Fault> {
    let findings = sheet::findings(&sheet::texts(sheet));
    if !findings.is_empty() {
        let rows = findings.into_iter().map(|message| FaultRow {
            sheet: None,
            row: None,
            field: Some("findings".to_owned()),
            message,
        });
        let message = "报送的文字里有不能外传的内容，没有放行。请退回，改正品牌档案后重新提请。";
        return Err(Fault::new(FaultCode::Unlawful, message).with_rows(rows.collect()));
    }
    if seen != sheet::digest(sheet).to_string() {
        let message = "内容与您预览时不同，没有放行。请重新打开预览，看过现在的内容再决定。";
        return Err(Fault::new(FaultCode::Conflict, message));
    }
    Ok(())
}
