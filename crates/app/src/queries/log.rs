//! Who looked at whom.

use std::collections::HashMap;

use chrono::{Days, NaiveDate};
use zhenxin_domain::{
    ids::{DeviceId, ResidentId},
    text,
};
use zhenxin_store::{PersonQueryRow, Reader, UserRow};

use super::{Why, fields_words, purposes};
use crate::{
    Caller,
    contract::{Fault, FaultCode, queries::*, residents::ResidentRef},
    residents, shown,
};

/// Rows of one window.
const PAGE_LIMIT_MAX: u32 = 500;

/// Who is who, read once for a list.
pub struct Lines<'r> {
    reader: &'r Reader<'r>,
    users: Vec<UserRow>,
    devices: HashMap<DeviceId, String>,
}

impl<'r> Lines<'r> {
    pub fn of(reader: &'r Reader<'r>) -> Result<Self, Fault> {
        let devices = reader.devices()?.into_iter().map(|row| (row.id, row.label)).collect();
        Ok(Self { reader, users: reader.users()?, devices })
    }

    pub fn line(&self, caller: &Caller, row: &PersonQueryRow) -> Result<QueryLine, Fault> {
        let resident = self.reader.resident(row.resident)?;
        let name = resident.as_ref().and_then(|resident| resident.name.as_deref()).map(text::mask_name);
        let village = resident.and_then(|resident| resident.village);
        Ok(QueryLine {
            at: shown::time(row.made_at),
            user_name: shown::actor(&self.users, row.made_by),
            device: self.devices.get(&row.device).cloned().unwrap_or_else(|| "未登记的电脑".to_owned()),
            resident: row.resident.to_string(),
            resident_name: name.unwrap_or_else(|| "（已删除或未解锁）".to_owned()),
            village_name: village.map(|code| shown::village(&caller.town, code)).unwrap_or_default(),
            fields: fields_words(&row.fields),
            purpose: purposes::words(&row.purpose),
            reason: row.reason.clone().unwrap_or_default(),
            authorisation: row.authorisation.clone().unwrap_or_default(),
        })
    }
}

pub fn log(caller: &Caller, request: QueryPage) -> Result<QueryRows, Fault> {
    if request.limit == 0 || request.limit > PAGE_LIMIT_MAX {
        return Err(Fault::new(FaultCode::BadRequest, format!("每次请取 1 到 {PAGE_LIMIT_MAX} 行。")));
    }
    let day = |field: &str, written: &Option<String>| {
        let written = written.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let day = written.map(|text| NaiveDate::parse_from_str(text, "%Y-%m-%d"));
        day.transpose().map_err(|_| Fault::field(field, "日期请按 2026-11-22 的样子填写。"))
    };
    let from_ms = day("from", &request.from)?.map_or(0, shown::midnight_ms);
    let to = day("to", &request.to)?.and_then(|day| day.checked_add_days(Days::new(1)));
    let to_ms = to.map_or(i64::MAX, |day| shown::midnight_ms(day) - 1);
    caller.read(|reader| {
        let page = reader.queries_between((from_ms, to_ms), u64::from(request.offset), request.limit)?;
        let lines = Lines::of(reader)?;
        Ok(QueryRows {
            total: u32::try_from(page.total).unwrap_or(u32::MAX),
            rows: page.rows.iter().map(|row| lines.line(caller, row)).collect::<Result<_, Fault>>()?,
        })
    })
}

pub fn of_resident(caller: &Caller, request: ResidentRef) -> Result<ResidentQueries, Fault> {
    let id: ResidentId = shown::parse_id(&request.resident)?;
    caller.read(|reader| {
        residents::find(reader, id)?;
        let lines = Lines::of(reader)?;
        let rows = reader.queries_of(id)?;
        let again = Why::again(caller, reader, id)?;
        Ok(ResidentQueries {
            rows: rows.iter().map(|row| lines.line(caller, row)).collect::<Result<_, Fault>>()?,
            again: again.map(|why| QueryAgain {
                purpose: why.purpose.code,
                name: why.purpose.name,
                reason: why.reason,
            }),
        })
    })
}
