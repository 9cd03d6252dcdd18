//! Activities of the brand and of 诚信五进: the list, one activity, the matrix with its gaps.
//!
//! Attendance grants nothing: who came can be taken over into a points entry, which is reviewed like any other.

mod matrix;
mod photos;
mod save;
mod sign_in;

use std::collections::HashMap;

use chrono::NaiveDate;
use zhenxin_domain::{
    award::AwardState,
    event::{EventState as State, Setting as Place},
    ids::{EventId, ResidentId},
};
use zhenxin_store::{AttendanceRow, EventFilter, EventRow, Reader, ResidentRow};

pub use matrix::matrix;
pub use photos::{add_photos, remove_photo};
pub use save::save;
pub use sign_in::{read_sign_in_file, sign};

use crate::{
    Caller, brands,
    contract::{Fault, FaultCode, events::*},
    shown, wording,
};

/// Rows of one window.
const ROWS_MAX: u32 = 500;
/// Earlier awards of one resident among which the same activity is looked for.
const SAME_EVENT_ROWS: u32 = 200;

pub fn events(caller: &Caller, request: EventsPage) -> Result<Events, Fault> {
    if request.limit == 0 || request.limit > ROWS_MAX {
        return Err(Fault::new(FaultCode::BadRequest, format!("每次请取 1 到 {ROWS_MAX} 行。")));
    }
    let filter = EventFilter {
        year: request.year.and_then(|year| i32::try_from(year).ok()),
        setting: request.setting.map(place),
        state: request.state.map(state_of),
    };
    let today = caller.today();
    caller.read(|reader| {
        let page = reader.events_page(&filter, request.offset, request.limit)?;
        Ok(Events {
            total: u32::try_from(page.total).unwrap_or(u32::MAX),
            rows: page.rows.iter().map(|row| line(row, today)).collect(),
        })
    })
}

pub fn event(caller: &Caller, request: EventRef) -> Result<EventDetail, Fault> {
    let id: EventId = shown::parse_id(&request.event)?;
    caller.read(|reader| detail_of(caller, reader, id))
}

/// The page of one activity, also the reply of every act that changes it.
fn detail_of(caller: &Caller, reader: &Reader, id: EventId) -> Result<EventDetail, Fault> {
    let today = caller.today();
    let row = find(reader, id)?;
    let list = reader.attendance_of(id)?;
    let ids: Vec<ResidentId> = list.iter().filter_map(|row| row.resident).collect();
    let residents = reader.residents(&ids)?;
    let texts = [&row.title, &row.plan, &row.place].into_iter().flatten().map(String::as_str);
    Ok(EventDetail {
        line: line(&row, today),
        planned_on: row.planned_on.map(shown::day).unwrap_or_default(),
        held_on: row.held_on.filter(|_| row.state == State::Held).map(shown::day),
        plan: row.plan.clone().unwrap_or_default(),
        attendees: attendees(caller, reader, &list, &residents, today)?,
        photos: reader.photos_of(id)?.iter().map(brands::file).collect(),
        recorded_by: shown::actor(&reader.users()?, row.recorded_by),
        awarded: awarded(reader, &row, &ids)?,
        warnings: wording::findings(texts),
    })
}

/// The activity, or a fault that says so.
fn find(reader: &Reader, id: EventId) -> Result<EventRow, Fault> {
    reader.event(id)?.ok_or_else(|| Fault::new(FaultCode::NotFound, "没有这场活动，请刷新列表。"))
}

fn line(row: &EventRow, today: NaiveDate) -> EventLine {
    EventLine {
        event: row.id.to_string(),
        title: row.title.clone().unwrap_or_default(),
        setting: row.setting.map(setting),
        brand: row.brand.map(|brand| brand.to_string()),
        brand_name: row.brand_name.clone(),
        state: match row.state {
            State::Planned => EventState::Planned,
            State::Held => EventState::Held,
            State::Cancelled => EventState::Cancelled,
        },
        day: shown::day(row.day),
        place: row.place.clone().unwrap_or_default(),
        people: row.people,
        photos: row.photos,
        cost_fen: row.cost_fen,
        overdue: row.state == State::Planned && row.planned_on.is_some_and(|day| day < today),
    }
}

fn attendees(
    caller: &Caller,
    reader: &Reader,
    list: &[AttendanceRow],
    residents: &[ResidentRow],
    today: NaiveDate,
) -> Result<Vec<Attendee>, Fault> {
    let lines = shown::resident_lines(&caller.town, reader, residents, today)?;
    let lines: HashMap<ResidentId, _> = residents.iter().map(|row| row.id).zip(lines).collect();
    let shown = list.iter().map(|row| Attendee {
        attendance: row.id.to_string(),
        resident: row.resident.and_then(|id| lines.get(&id).cloned()),
        guest: match row.resident {
            // taken off the roster with its import: somebody was here all the same
            Some(id) if !lines.contains_key(&id) => Some("（已不在名册）".to_owned()),
            _ => row.guest.clone(),
        },
    });
    Ok(shown.collect())
}

/// Residents of the list who have an award, submitted or approved, for an activity of this name and day.
fn awarded(reader: &Reader, row: &EventRow, residents: &[ResidentId]) -> Result<Vec<String>, Fault> {
    let mut awarded = Vec::new();
    for resident in residents {
        let awards = reader.awards_of_resident(*resident, SAME_EVENT_ROWS, 0)?;
        let same = awards.iter().any(|award| {
            award.resident == *resident
                && award.occurred_on == row.day
                && row.title.is_some()
                && award.activity_name == row.title
                && !award.refused
                && !matches!(award.state, AwardState::SentBack | AwardState::Reversed)
        });
        if same {
            awarded.push(resident.to_string());
        }
    }
    Ok(awarded)
}

/// A setting as the boundary names it.
pub fn setting(place: Place) -> Setting {
    match place {
        Place::Community => Setting::Community,
        Place::Township => Setting::Township,
        Place::Enterprise => Setting::Enterprise,
        Place::Campus => Setting::Campus,
        Place::Family => Setting::Family,
    }
}

fn place(setting: Setting) -> Place {
    match setting {
        Setting::Community => Place::Community,
        Setting::Township => Place::Township,
        Setting::Enterprise => Place::Enterprise,
        Setting::Campus => Place::Campus,
        Setting::Family => Place::Family,
    }
}

fn state_of(state: EventState) -> State {
    match state {
        EventState::Planned => State::Planned,
        EventState::Held => State::Held,
        EventState::Cancelled => State::Cancelled,
    }
}
