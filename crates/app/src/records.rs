//! What the one search box finds beside people: service orders, brands, activities.

use zhenxin_store::{BrandRow, EventRow, Reader, ResidentRow};

use crate::{
    Caller,
    contract::{
        Fault,
        residents::{RecordHit, RecordKind},
    },
    shown, timebank,
};

/// Records beside the people: a glance, no list.
const RECORDS_MAX: usize = 12;
/// Brands, and activities, among them.
const NAMED_MAX: u32 = 4;

/// Records that a typed text means: a number first, then names, then the orders of the people that it found.
pub fn found(caller: &Caller, reader: &Reader, typed: &str, people: &[ResidentRow]) -> Result<Vec<RecordHit>, Fault> {
    let mut hits = timebank::found_by_number(caller, reader, typed)?;
    let named = reader.brands_and_events_matching(typed, NAMED_MAX)?;
    hits.extend(named.brands.iter().map(brand));
    hits.extend(named.events.iter().map(event));
    hits.extend(timebank::found_of(caller, reader, people)?);
    hits.truncate(RECORDS_MAX);
    Ok(hits)
}

fn brand(row: &BrandRow) -> RecordHit {
    RecordHit {
        kind: RecordKind::Brand,
        id: row.id.to_string(),
        title: row.name.clone().unwrap_or_default(),
        sub: words(&[row.state.label(), row.domain.as_deref().unwrap_or_default()]),
    }
}

fn event(row: &EventRow) -> RecordHit {
    let setting = row.setting.map(|setting| setting.label()).unwrap_or_default();
    RecordHit {
        kind: RecordKind::Event,
        id: row.id.to_string(),
        title: row.title.clone().unwrap_or_default(),
        sub: words(&[&shown::day(row.day), setting, row.state.label()]),
    }
}

fn words(parts: &[&str]) -> String {
    let parts: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    parts.join("，")
}
