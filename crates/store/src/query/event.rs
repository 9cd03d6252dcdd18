//! Activities of the brand and of 诚信五进, their lists, and the matrix.

use std::fmt;

use chrono::NaiveDate;
use rusqlite::Row;
use zhenxin_domain::event::{EventState, Setting, quarter};
use zhenxin_domain::ids::{AttendanceId, BrandId, EventId, ResidentId, UserId};

use super::Reader;
use super::brand::{BrandRow, FileRow, read_file};
use crate::error::StoreError;
use crate::search::terms::{Query, TermSource};
use crate::sql::{Columns, days};

/// Activities that a search looks at, the newest: some years of a busy town.
const NAMED_EVENTS_MAX: u32 = 500;
/// Overdue activities that are listed; who has more has to begin somewhere.
const OVERDUE_MAX: u32 = 200;
/// People on one list that are read: a town's largest meeting.
const PEOPLE_MAX: u32 = 5_000;
/// Photographs of one activity that are read.
const PHOTOS_MAX: u32 = 1_000;
/// Quarters of a year.
const QUARTERS: u32 = 4;

/// An activity.
#[derive(Clone, PartialEq, Eq)]
pub struct EventRow {
    /// Which.
    pub id: EventId,
    /// 名称.
    pub title: Option<String>,
    /// 方案.
    pub plan: Option<String>,
    /// 地点.
    pub place: Option<String>,
    /// Setting; one of a newer program reads as none.
    pub setting: Option<Setting>,
    /// The brand that it belongs to.
    pub brand: Option<BrandId>,
    /// The brand's name.
    pub brand_name: Option<String>,
    /// Planned day.
    pub planned_on: Option<NaiveDate>,
    /// Day held.
    pub held_on: Option<NaiveDate>,
    /// Cost in fen.
    pub cost_fen: Option<u64>,
    /// Where it stands.
    pub state: EventState,
    /// The day held where it was held, else the day planned, else the day of recording.
    pub day: NaiveDate,
    /// People on the list: each resident once, and guests.
    pub people: u32,
    /// Photographs.
    pub photos: u32,
    /// When it was recorded, ms since 1970 UTC.
    pub recorded_at: i64,
    /// Who recorded it.
    pub recorded_by: UserId,
}

impl fmt::Debug for EventRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventRow({}, {:?})", self.id, self.state)
    }
}

/// Which activities.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Only those whose day lies in this year.
    pub year: Option<i32>,
    /// Only this setting.
    pub setting: Option<Setting>,
    /// Only this state.
    pub state: Option<EventState>,
}

/// A window of the activities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPage {
    /// The window, newest day first.
    pub rows: Vec<EventRow>,
    /// All that fit the filter.
    pub total: u64,
}

/// Somebody on a sign-in list.
#[derive(Clone, PartialEq, Eq)]
pub struct AttendanceRow {
    /// Which line.
    pub id: AttendanceId,
    /// The resident.
    pub resident: Option<ResidentId>,
    /// A guest's name.
    pub guest: Option<String>,
}

impl fmt::Debug for AttendanceRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AttendanceRow({})", self.id)
    }
}

/// One cell of the matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MatrixCount {
    /// Setting.
    pub setting: Setting,
    /// Quarter, 1 to 4.
    pub quarter: u32,
    /// Activities held, by the day held.
    pub held: u32,
    /// Activities planned and neither held nor cancelled, by the day planned.
    pub planned: u32,
}

/// 诚信五进 × quarter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventMatrix {
    /// Year.
    pub year: i32,
    /// Twenty cells: the settings in the order of the domain, the quarters of each.
    pub cells: Vec<MatrixCount>,
}

impl EventMatrix {
    fn empty(year: i32) -> Self {
        let cells = Setting::ALL.iter().flat_map(|setting| {
            (1..=QUARTERS).map(|quarter| MatrixCount { setting: *setting, quarter, held: 0, planned: 0 })
        });
        Self { year, cells: cells.collect() }
    }

    /// One cell; `None` for a quarter that no year has.
    #[must_use]
    pub fn cell(&self, setting: Setting, quarter: u32) -> Option<&MatrixCount> {
        self.cells.iter().find(|cell| cell.setting == setting && cell.quarter == quarter)
    }

    /// Held in the year, in the order of [`Setting::ALL`].
    #[must_use]
    pub fn held_by_setting(&self) -> Vec<u32> {
        let held = |setting| self.cells.iter().filter(move |cell| cell.setting == setting).map(|cell| cell.held).sum();
        Setting::ALL.iter().copied().map(held).collect()
    }
}

/// What a typed text finds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamesFound {
    /// Brands, in the order of [`Reader::brands`].
    pub brands: Vec<BrandRow>,
    /// Activities, newest day first.
    pub events: Vec<EventRow>,
    /// Whether there are more of either.
    pub more: bool,
}

/// The columns that [`read`] reads.
const EVENT: &str = include_str!("event/event.sql");

fn read(row: &Row<'_>) -> rusqlite::Result<EventRow> {
    let mut c = Columns::of(row);
    Ok(EventRow {
        id: c.take()?,
        title: c.get()?,
        plan: c.get()?,
        place: c.get()?,
        setting: c.get::<Option<String>>()?.and_then(|code| Setting::from_code(&code)),
        brand: c.take()?,
        brand_name: c.get()?,
        planned_on: c.take()?,
        held_on: c.take()?,
        cost_fen: c.get::<Option<i64>>()?.map(i64::unsigned_abs),
        state: c.take()?,
        day: c.take()?,
        people: c.get()?,
        photos: c.get()?,
        recorded_at: c.get()?,
        recorded_by: c.take()?,
    })
}

/// First and last day of a year, as stored; a year beyond the calendar has none.
fn year_days(year: i32) -> (i32, i32) {
    let day = |month, day| NaiveDate::from_ymd_opt(year, month, day).map_or(i32::MAX, days);
    (day(1, 1), day(12, 31))
}

impl Reader<'_> {
    /// One activity.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn event(&self, id: EventId) -> Result<Option<EventRow>, StoreError> {
        self.one(&format!("{EVENT} WHERE e.id = ?1"), [id.as_bytes()], read)
    }

    /// A window of the activities, newest day first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn events_page(&self, filter: &EventFilter, offset: u32, limit: u32) -> Result<EventPage, StoreError> {
        let (first, last) = filter.year.map_or((i32::MIN, i32::MAX), year_days);
        let setting = filter.setting.map(Setting::as_code);
        let state = filter.state.map(EventState::as_code);
        let fits = "day BETWEEN ?1 AND ?2 AND (?3 IS NULL OR setting = ?3) AND (?4 IS NULL OR state = ?4)";
        let total = self.count(&format!("SELECT count(*) FROM event WHERE {fits}"), (first, last, setting, state))?;
        let sql = format!(
            "{EVENT} WHERE e.id IN (SELECT id FROM event WHERE {fits} ORDER BY day DESC, id DESC LIMIT ?5 OFFSET ?6)
             ORDER BY e.day DESC, e.id DESC"
        );
        let rows = self.all(&sql, (first, last, setting, state, limit, offset), read)?;
        Ok(EventPage { rows, total })
    }

    /// Activities that were planned for a day before `today` and were neither held nor cancelled, the oldest first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn events_overdue(&self, today: NaiveDate) -> Result<Vec<EventRow>, StoreError> {
        let sql = format!("{EVENT} WHERE e.state = 'planned' AND e.planned_on < ?1 ORDER BY e.day, e.id LIMIT ?2");
        self.all(&sql, (days(today), OVERDUE_MAX), read)
    }

    /// The sign-in list in the order of entry, each resident once.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn attendance_of(&self, event: EventId) -> Result<Vec<AttendanceRow>, StoreError> {
        self.all(include_str!("event/attendance.sql"), (event.as_bytes(), PEOPLE_MAX), |row| {
            let mut c = Columns::of(row);
            Ok(AttendanceRow { id: c.take()?, resident: c.take()?, guest: c.get()? })
        })
    }

    /// The photographs of an activity, in the order of adding.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn photos_of(&self, event: EventId) -> Result<Vec<FileRow>, StoreError> {
        let sql = "SELECT f.id, f.hash, f.mime, f.bytes_len, f.caption,
                          EXISTS (SELECT 1 FROM attachment b WHERE b.hash = f.hash)
                   FROM event_photo f WHERE f.event = ?1 ORDER BY f.no LIMIT ?2";
        self.all(sql, (event.as_bytes(), PHOTOS_MAX), |row| {
            let mut c = Columns::of(row);
            let id = c.take()?;
            read_file(&mut c, id)
        })
    }

    /// A year of 诚信五进 in the whole town. What has no setting is in no cell.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn event_matrix(&self, year: i32) -> Result<EventMatrix, StoreError> {
        let (first, last) = year_days(year);
        let sql = "SELECT setting, day, state, count(*) FROM event
                   WHERE day BETWEEN ?1 AND ?2 AND setting IS NOT NULL
                   GROUP BY setting, day, state";
        let counts = self.all(sql, (first, last), |row| {
            let mut c = Columns::of(row);
            Ok((c.get::<String>()?, c.take::<NaiveDate>()?, c.take::<EventState>()?, c.get::<u32>()?))
        })?;
        let mut matrix = EventMatrix::empty(year);
        for (setting, day, state, count) in counts {
            let cell = matrix.cells.iter_mut().find(|c| c.setting.as_code() == setting && c.quarter == quarter(day));
            match (cell, state) {
                (Some(cell), EventState::Held) => cell.held += count,
                (Some(cell), EventState::Planned) => cell.planned += count,
                _ => {}
            }
        }
        Ok(matrix)
    }

    /// Brands and activities whose name a typed text finds, by the same terms as residents; at most `limit` of each.
    /// Of the activities the newest are looked at.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn brands_and_events_matching(&self, typed: &str, limit: u32) -> Result<NamesFound, StoreError> {
        let query = Query::parse(typed);
        if query.words().is_empty() {
            return Ok(NamesFound::default());
        }
        let fits = |name: &Option<String>| query.fits(&TermSource { name: name.as_deref(), ..TermSource::default() });
        let mut brands: Vec<_> = self.brands()?.into_iter().filter(|brand| fits(&brand.name)).collect();
        let sql = "SELECT id, title FROM event ORDER BY day DESC, id DESC LIMIT ?1";
        let mut named: Vec<(EventId, Option<String>)> = self.all(sql, [NAMED_EVENTS_MAX], |row| {
            let mut c = Columns::of(row);
            Ok((c.take()?, c.get()?))
        })?;
        named.retain(|(_, title)| fits(title));
        let limit = limit as usize;
        let more = brands.len() > limit || named.len() > limit;
        brands.truncate(limit);
        named.truncate(limit);
        let mut events = Vec::with_capacity(named.len());
        for (id, _) in named {
            events.extend(self.event(id)?);
        }
        Ok(NamesFound { brands, events, more })
    }
}
