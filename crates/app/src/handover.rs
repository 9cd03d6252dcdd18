//! Packages for the district (交区数据包): asked for, reviewed for confidentiality by a second person, released.
//!
//! What is released is the one clear text of a brand: it is built by one function, shown whole before the decision,
//! and scanned. Nothing else leaves: no pictures, no lists, no names.

mod package;
mod review;
mod sheet;

use zhenxin_domain::{
    brand::BrandState,
    ids::{BrandId, HandoverId, RequestId},
};
use zhenxin_store::{HandoverRow, HandoverState as State, Reader, UserRow};

pub use package::package;
pub use review::{preview, review};
pub use sheet::findings;

use crate::{
    Caller, brands,
    contract::{Fault, FaultCode, handover::*, session::Nothing},
    form::Form,
    recusal::Own,
    request::once,
    shown,
};

/// Packages of the list: a few in a year.
const ROWS_SHOWN: u32 = 200;
/// Characters of a purpose.
const PURPOSE_CHARS_MAX: usize = 60;

pub fn handovers(caller: &Caller, _: Nothing) -> Result<Handovers, Fault> {
    caller.store().read(|reader| {
        let (users, own) = (reader.users()?, Own::of(reader, caller)?);
        Ok(Handovers { rows: reader.handovers(ROWS_SHOWN)?.iter().map(|row| line(&users, &own, row)).collect() })
    })
}

/// A package as lists show it.
pub fn line(users: &[UserRow], own: &Own, row: &HandoverRow) -> HandoverLine {
    HandoverLine {
        handover: row.id.to_string(),
        brand: row.brand.to_string(),
        brand_name: row.brand_name.clone().unwrap_or_default(),
        purpose: row.purpose.clone().unwrap_or_default(),
        requested_by: shown::actor(users, row.requested_by),
        requested_at: shown::time(row.requested_at),
        state: match row.state {
            State::Requested => HandoverState::Requested,
            State::Released => HandoverState::Released,
            State::SentBack => HandoverState::SentBack,
        },
        reviewed_by: row.reviewed_by.map(|user| shown::actor(users, user)),
        reviewed_at: row.reviewed_at.map(shown::time),
        reason: row.reason.clone(),
        recusal: recusal(own, row),
        digest: row.digest.map(|digest| digest.to_string()),
    }
}

/// Why this user may not review the package.
pub fn recusal(own: &Own, row: &HandoverRow) -> Option<String> {
    let own = row.state == State::Requested && own.same_person(row.requested_by);
    own.then(|| "这份数据包是您提请的，请由另一位复核人员审查。".to_owned())
}

fn line_of(caller: &Caller, reader: &Reader, id: HandoverId) -> Result<HandoverLine, Fault> {
    Ok(line(&reader.users()?, &Own::of(reader, caller)?, &find(reader, id)?))
}

fn find(reader: &Reader, id: HandoverId) -> Result<HandoverRow, Fault> {
    reader.handover(id)?.ok_or_else(|| Fault::new(FaultCode::NotFound, "没有这份数据包，请刷新列表。"))
}

pub fn request(caller: &Caller, request: RequestHandover) -> Result<HandoverLine, Fault> {
    let request_id: RequestId = shown::parse_id(&request.request_id)?;
    let brand: BrandId = shown::parse_id(&request.brand)?;
    let mut form = Form::default();
    let purpose = form.line("purpose", "用途", &request.purpose, 1..=PURPOSE_CHARS_MAX);
    form.done()?;
    caller.write(|tx| {
        let id = once(tx, request_id, |tx| {
            check_brand(tx.reader(), brand)?;
            if tx.reader().handovers_of(brand)?.iter().any(|row| row.state == State::Requested) {
                let message = "这个品牌已有一份数据包等待审查，请先处理那一份。";
                return Err(Fault::new(FaultCode::Conflict, message));
            }
            Ok(tx.request_handover(brand, &purpose)?)
        })?;
        line_of(caller, tx.reader(), id)
    })
}

/// Only the town's brand in use goes to the district.
fn check_brand(reader: &Reader, brand: BrandId) -> Result<(), Fault> {
    match brands::find(reader, brand)?.state {
        BrandState::Active => Ok(()),
        _ => Err(Fault::new(FaultCode::Conflict, "只有启用中的品牌可以报送区里，请先启用这个品牌。")),
    }
}
