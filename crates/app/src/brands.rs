//! Credit brands (一镇街一品牌): the dossier, its way, its papers, what is due.

mod detail;
mod due;
mod lines;
mod moves;
mod papers;
mod parts;
mod save;

use zhenxin_domain::{brand::BrandState as State, ids::BrandId};
use zhenxin_store::{BrandRow, Reader};

pub use due::due;
pub use lines::file;
pub use moves::{assess, move_on, resubmit};
pub use papers::{card, dossier};
pub use parts::{add_files, record_reading, remove_part, save_indicator, save_milestone, save_partner};
pub use save::save;

use crate::{
    Caller,
    contract::{Fault, FaultCode, brands::*, session::Nothing},
    shown,
};

pub fn brands(caller: &Caller, _: Nothing) -> Result<Brands, Fault> {
    caller.store().read(|reader| {
        let users = reader.users()?;
        Ok(Brands { brands: reader.brands()?.iter().map(|row| lines::brand(&users, row)).collect() })
    })
}

pub fn brand(caller: &Caller, request: BrandRef) -> Result<BrandDetail, Fault> {
    let id: BrandId = shown::parse_id(&request.brand)?;
    caller.store().read(|reader| detail::of(caller, reader, id))
}

/// The brand, or a fault that says so.
pub fn find(reader: &Reader, id: BrandId) -> Result<BrandRow, Fault> {
    reader.brand(id)?.ok_or_else(unknown)
}

fn unknown() -> Fault {
    Fault::new(FaultCode::NotFound, "没有这个品牌，请刷新列表。")
}

/// The brand, if its dossier may still change.
fn find_open(reader: &Reader, id: BrandId) -> Result<BrandRow, Fault> {
    let row = find(reader, id)?;
    if row.state == State::Retired {
        return Err(Fault::new(FaultCode::Conflict, "这个品牌已退役，档案只供查阅，不再修改。"));
    }
    Ok(row)
}
