//! The purposes for which masked fields may be looked at: dated data with their legal basis.

use chrono::NaiveDate;

use crate::{
    Caller,
    contract::{Fault, queries::*, session::Nothing},
};

/// Code, name, basis, whether an authorisation must be named, first day, last day (see assets/data/README.md).
const TABLE: &str = include_str!("../../../../assets/data/query-purposes.csv");
/// The purpose of what is handed to the person.
pub const OWN_COPY: &str = "own_copy";
/// The purpose of a slip that sends somebody to the person's home.
pub const HOME_SERVICE: &str = "home_service";

/// A purpose in force.
pub struct Purpose {
    pub code: String,
    pub name: String,
    pub legal_basis: String,
    pub needs_authorisation: bool,
}

fn rows() -> impl Iterator<Item = (Purpose, NaiveDate, Option<NaiveDate>)> {
    TABLE.lines().skip(1).filter_map(|line| {
        let [code, name, basis, authorisation, from, to] = line.split(',').collect::<Vec<_>>().try_into().ok()?;
        let purpose = Purpose {
            code: code.to_owned(),
            name: name.to_owned(),
            legal_basis: basis.to_owned(),
            needs_authorisation: authorisation == "required",
        };
        Some((purpose, from.parse().ok()?, to.parse().ok()))
    })
}

/// The purpose of a code on a day.
pub fn in_force(code: &str, day: NaiveDate) -> Option<Purpose> {
    rows()
        .find(|(row, from, to)| row.code == code && *from <= day && to.is_none_or(|to| day <= to))
        .map(|(row, ..)| row)
}

/// A purpose in words, also one that is no longer in force.
pub fn words(code: &str) -> String {
    rows().find(|(row, ..)| row.code == code).map_or_else(|| "较新版本程序的用途".to_owned(), |(row, ..)| row.name)
}

pub fn purposes(caller: &Caller, _: Nothing) -> Result<QueryPurposes, Fault> {
    let today = caller.today();
    let rows = rows().filter(|(_, from, to)| *from <= today && to.is_none_or(|to| today <= to));
    let purposes = rows.map(|(row, ..)| QueryPurpose {
        code: row.code,
        name: row.name,
        legal_basis: row.legal_basis,
        needs_authorisation: row.needs_authorisation,
    });
    Ok(QueryPurposes { purposes: purposes.collect() })
}
