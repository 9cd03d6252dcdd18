//! How things are written at the boundary: days, times, masks, ids, lines of lists.

use std::{collections::HashSet, str::FromStr};

use chrono::{DateTime, FixedOffset, NaiveDate};
use zhenxin_domain::{
    division::VillageCode,
    id_number::IdNumber,
    ids::{ResidentId, UserId},
    resident, text,
};
use zhenxin_store::{Reader, ResidentRow, SHORT_NUMBER_CHARS, UserRow};

use crate::{
    OpenTown,
    contract::{Fault, FaultCode, residents::ResidentLine},
};

/// The office's clock: China has one time zone, UTC+8.
pub const OFFICE_OFFSET_S: i32 = 8 * 3600;

/// `2026-11-22`.
pub fn day(day: NaiveDate) -> String {
    day.format("%Y-%m-%d").to_string()
}

/// `2026-11-22 09:12`, office time.
pub fn time(at_ms: i64) -> String {
    let office = FixedOffset::east_opt(OFFICE_OFFSET_S)
        .and_then(|offset| DateTime::from_timestamp_millis(at_ms).map(|at| at.with_timezone(&offset)));
    office.map(|at| at.format("%Y-%m-%d %H:%M").to_string()).unwrap_or_default()
}

/// `2026-11-22 09:12:05`, office time.
pub fn time_s(at_ms: i64) -> String {
    let office = FixedOffset::east_opt(OFFICE_OFFSET_S)
        .and_then(|offset| DateTime::from_timestamp_millis(at_ms).map(|at| at.with_timezone(&offset)));
    office.map(|at| at.format("%Y-%m-%d %H:%M:%S").to_string()).unwrap_or_default()
}

/// `12,345`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The number by which people name a record to each other: the end of its id, which tells records apart on one screen.
pub fn number(id: &str) -> &str {
    id.get(id.len().saturating_sub(SHORT_NUMBER_CHARS)..).unwrap_or(id)
}

/// The instant at which a day begins, office time, ms since 1970 UTC.
pub fn midnight_ms(day: NaiveDate) -> i64 {
    let utc = day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis();
    utc - i64::from(OFFICE_OFFSET_S) * 1_000
}

/// The day of an instant, office time; empty for an instant beyond the calendar.
pub fn day_of(at_ms: i64) -> String {
    time(at_ms).split(' ').next().unwrap_or_default().to_owned()
}

/// The same as a date.
pub fn date_of(at_ms: i64) -> Option<NaiveDate> {
    day_of(at_ms).parse().ok()
}

/// Reads a day that a person gave; not in the future.
pub fn parse_day(field: &str, label: &str, written: &str, today: NaiveDate) -> Result<NaiveDate, Fault> {
    let day = NaiveDate::parse_from_str(written.trim(), "%Y-%m-%d")
        .map_err(|_| Fault::field(field, format!("{label}请按 2026-11-22 的样子填写。")))?;
    if day > today {
        return Err(Fault::field(field, format!("{label}不能晚于今天。")));
    }
    Ok(day)
}

/// Reads an id.
pub fn parse_id<T: FromStr>(written: &str) -> Result<T, Fault> {
    written.parse().map_err(|_| Fault::new(FaultCode::BadRequest, "编号的格式不对，请从列表里重新选择。"))
}

/// A village's name; its code where the table does not know it.
pub fn village(town: &OpenTown, code: VillageCode) -> String {
    let known = town.division.villages.iter().find(|village| village.code == code);
    known.map_or_else(|| code.to_string(), |village| village.name.clone())
}

/// The name of a user among the rows.
pub fn actor(users: &[UserRow], id: UserId) -> String {
    let row = users.iter().find(|row| row.id == id);
    row.and_then(|row| row.name.clone()).unwrap_or_else(|| "另一台电脑的用户".to_owned())
}

/// What stands in the place of the name of somebody whose data were erased.
pub const ERASED_NAME: &str = "（已删除）";

/// The name of a resident; empty while the key has not arrived.
pub fn name(row: &ResidentRow) -> String {
    if row.erased { ERASED_NAME.to_owned() } else { row.name.clone().unwrap_or_default() }
}

/// A resident as lists show them.
pub fn resident_line(town: &OpenTown, row: &ResidentRow, today: NaiveDate, consent: bool) -> ResidentLine {
    let id_number = row.id_number.as_deref().and_then(|number| IdNumber::from_canonical(number).ok());
    ResidentLine {
        id: row.id.to_string(),
        name: name(row),
        sex: id_number.as_ref().map_or("", |number| number.sex().label()).to_owned(),
        age: id_number.as_ref().map(|number| resident::age_years(number.birth_date(), today)),
        id_masked: id_number.as_ref().map(IdNumber::masked).unwrap_or_default(),
        phone_masked: row.phone.as_deref().map(text::mask_phone).unwrap_or_default(),
        village: row.village.map(|village| village.to_string()).unwrap_or_default(),
        village_name: row.village.map(|code| village(town, code)).unwrap_or_default(),
        household_number: row.household_no.clone().unwrap_or_default(),
        relation: row.relation.clone().unwrap_or_default(),
        address_masked: row.address.as_deref().map(text::mask_address).unwrap_or_default(),
        grid: row.grid.clone().unwrap_or_default(),
        consent,
    }
}

/// Many residents as lists show them, with one look-up of their consents.
pub fn resident_lines(
    town: &OpenTown,
    reader: &Reader,
    rows: &[ResidentRow],
    today: NaiveDate,
) -> Result<Vec<ResidentLine>, Fault> {
    let ids: Vec<ResidentId> = rows.iter().map(|row| row.id).collect();
    let consents = reader.consents_of_many(&ids)?;
    let consenting: HashSet<ResidentId> = consents
        .into_iter()
        .filter(|(_, consents)| consents.iter().any(|consent| consent.withdrawn_on.is_none()))
        .map(|(resident, _)| resident)
        .collect();
    Ok(rows.iter().map(|row| resident_line(town, row, today, consenting.contains(&row.id))).collect())
}
