//! Needs of the time bank.

use std::fmt;

use chrono::NaiveDate;
use rusqlite::Row;
use zhenxin_domain::division::{Scope, VillageCode};
use zhenxin_domain::ids::{NeedId, OpId, ResidentId, ServiceTypeId, UserId};

use super::Reader;
use crate::error::StoreError;
use crate::sql::Columns;

/// Where a need stands. It follows from its orders, so that it cannot contradict them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NeedState {
    /// Nobody serves it.
    Open,
    /// An order that is neither cancelled nor reversed serves it.
    Matched,
    /// Such an order was credited.
    Served,
    /// Somebody closed it.
    Closed,
}

/// A need as stored. A text that is `None` is empty, or its key has not arrived yet.
#[derive(Clone, PartialEq, Eq)]
pub struct NeedRow {
    /// Which.
    pub id: NeedId,
    /// Home scope of the resident.
    pub scope: Scope,
    /// Who needs it.
    pub resident: ResidentId,
    /// The resident's name.
    pub resident_name: Option<String>,
    /// Where the resident lives now.
    pub village: Option<VillageCode>,
    /// What.
    pub service_type: ServiceTypeId,
    /// Its code on that day.
    pub service_code: Option<String>,
    /// Its name on that day.
    pub service_name: Option<String>,
    /// When.
    pub day: NaiveDate,
    /// From, minutes since midnight.
    pub start_min: u16,
    /// Planned minutes.
    pub planned_min: u16,
    /// Where.
    pub place: Option<String>,
    /// What else.
    pub note: Option<String>,
    /// When it was recorded, ms since 1970 UTC.
    pub recorded_at: i64,
    /// Who recorded it.
    pub recorded_by: UserId,
    /// The operation that recorded it.
    pub op: OpId,
    /// When it was closed, ms since 1970 UTC.
    pub closed_at: Option<i64>,
    /// By whom.
    pub closed_by: Option<UserId>,
    /// Why.
    pub close_reason: Option<String>,
    /// Orders for it that are neither cancelled nor reversed; more than one is for a person to settle.
    pub live_orders: u32,
    /// Where it stands.
    pub state: NeedState,
    /// The district refused the operation that recorded it: it counts nowhere.
    pub refused: bool,
}

impl fmt::Debug for NeedRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NeedRow({}, {:?})", self.id, self.state)
    }
}

impl NeedRow {
    /// Whether its day has passed and nobody served it.
    #[must_use]
    pub fn overdue(&self, today: NaiveDate) -> bool {
        self.state == NeedState::Open && self.day < today
    }
}

/// Which needs a page shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NeedFilter {
    /// Only of residents who live there now.
    pub village: Option<VillageCode>,
    /// Only in this state.
    pub state: Option<NeedState>,
}

const LIVE: &str =
    "EXISTS (SELECT 1 FROM service_order o WHERE o.need = n.id AND o.state NOT IN ('cancelled', 'reversed'))";
const SERVED: &str = "EXISTS (SELECT 1 FROM service_order o WHERE o.need = n.id AND o.state = 'credited')";

impl NeedFilter {
    /// The condition; the village is its first parameter.
    pub(super) fn condition(&self) -> String {
        let village = match self.village {
            Some(_) => "n.resident IN (SELECT r.id FROM resident r WHERE r.village = ?1)",
            None => "?1 IS NULL",
        };
        match self.state {
            None => village.to_owned(),
            Some(NeedState::Open) => format!("{village} AND n.closed_at IS NULL AND NOT {LIVE}"),
            Some(NeedState::Matched) => format!("{village} AND n.closed_at IS NULL AND {LIVE} AND NOT {SERVED}"),
            Some(NeedState::Served) => format!("{village} AND n.closed_at IS NULL AND {SERVED}"),
            Some(NeedState::Closed) => format!("{village} AND n.closed_at IS NOT NULL"),
        }
    }

    fn village_text(&self) -> Option<&str> {
        self.village.as_ref().map(VillageCode::as_str)
    }

    /// What is still to be done comes in the order in which it is due.
    const fn order(&self) -> &'static str {
        match self.state {
            Some(NeedState::Open | NeedState::Matched) => "n.day, n.start_min, n.id",
            _ => "n.day DESC, n.start_min DESC, n.id DESC",
        }
    }
}

/// A page of needs: open and matched ones the soonest first, others the newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeedPage {
    /// The rows.
    pub rows: Vec<NeedRow>,
    /// How many there are in all.
    pub total: u64,
}

/// The columns that [`read`] reads.
const NEED: &str = include_str!("need/need.sql");

fn read(row: &Row<'_>) -> rusqlite::Result<NeedRow> {
    let mut c = Columns::of(row);
    let mut need = NeedRow {
        id: c.take()?,
        scope: c.parse()?,
        resident: c.take()?,
        resident_name: c.get()?,
        village: c.parse_opt()?,
        service_type: c.take()?,
        service_code: c.get()?,
        service_name: c.get()?,
        day: c.take()?,
        start_min: c.get()?,
        planned_min: c.get()?,
        place: c.get()?,
        note: c.get()?,
        recorded_at: c.get()?,
        recorded_by: c.take()?,
        op: c.take()?,
        closed_at: c.get()?,
        closed_by: c.take()?,
        close_reason: c.get()?,
        live_orders: c.get()?,
        state: NeedState::Open,
        refused: false,
    };
    need.state = match (need.closed_at, c.get::<bool>()?, need.live_orders) {
        (Some(_), ..) => NeedState::Closed,
        (None, true, _) => NeedState::Served,
        (None, false, 0) => NeedState::Open,
        (None, false, _) => NeedState::Matched,
    };
    Ok(need)
}

impl Reader<'_> {
    /// One need.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn need(&self, id: NeedId) -> Result<Option<NeedRow>, StoreError> {
        self.one(&format!("{NEED} WHERE n.id = ?1"), [id.as_bytes()], read)
    }

    /// A page of needs.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn needs_page(&self, filter: NeedFilter, offset: u64, limit: u32) -> Result<NeedPage, StoreError> {
        let (condition, order) = (filter.condition(), filter.order());
        let sql = format!(
            "{NEED} WHERE n.id IN (SELECT n.id FROM need n WHERE {condition} ORDER BY {order} LIMIT ?2 OFFSET ?3)
             ORDER BY {order}"
        );
        let offset = i64::try_from(offset).unwrap_or(i64::MAX);
        let rows = self.all(&sql, (filter.village_text(), limit, offset), read)?;
        Ok(NeedPage { rows, total: self.needs_count(&filter)? })
    }

    pub(super) fn needs_count(&self, filter: &NeedFilter) -> Result<u64, StoreError> {
        self.count(&format!("SELECT count(*) FROM need n WHERE {}", filter.condition()), [filter.village_text()])
    }

    /// Needs with more than one order that is neither cancelled nor reversed, or closed with such an order: two desks
    /// decided about the same need.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn rival_needs(&self, limit: u32) -> Result<Vec<NeedRow>, StoreError> {
        let ids: Vec<NeedId> = self.all(include_str!("need/rivals.sql"), [limit], |row| Columns::of(row).take())?;
        let mut needs = Vec::with_capacity(ids.len());
        for id in ids {
            needs.extend(self.need(id)?);
        }
        Ok(needs)
    }
}
