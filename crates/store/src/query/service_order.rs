//! Service orders of the time bank.

use std::fmt;

use chrono::NaiveDate;
use rusqlite::Row;
use zhenxin_domain::division::{Scope, VillageCode};
use zhenxin_domain::ids::{NeedId, OpId, ResidentId, ServiceOrderId, ServiceTypeId, UserId};
use zhenxin_domain::service_order::{ConfirmWay, OrderState, Payer, Standing, Terms};
use zhenxin_domain::service_time::Coefficient;

use super::Reader;
use crate::error::StoreError;
use crate::sql::{Columns, days};

/// Orders that are listed for one number or one need: two are a coincidence or a race already.
const SAME_MAX: u32 = 50;

/// An order as stored, with what a list shows beside it. A text that is `None` is empty, or its key has not arrived
/// yet.
#[derive(Clone, PartialEq, Eq)]
pub struct OrderRow {
    /// Which.
    pub id: ServiceOrderId,
    /// Home scope of the beneficiary.
    pub scope: Scope,
    /// 单号, without its dash.
    pub number: String,
    /// The need that it serves.
    pub need: Option<NeedId>,
    /// Who is served.
    pub beneficiary: ResidentId,
    /// The beneficiary's name.
    pub beneficiary_name: Option<String>,
    /// Where the beneficiary lives now.
    pub village: Option<VillageCode>,
    /// Who serves.
    pub volunteer: Option<ResidentId>,
    /// The volunteer's name.
    pub volunteer_name: Option<String>,
    /// Where the volunteer lives now.
    pub volunteer_village: Option<VillageCode>,
    /// What.
    pub service_type: ServiceTypeId,
    /// Its code on that day.
    pub service_code: Option<String>,
    /// Its name on that day.
    pub service_name: Option<String>,
    /// The version that it was credited by; before that, the one in force on the day.
    pub service_version: Option<u32>,
    /// The coefficient that it was credited with; before that, the one in force on the day.
    pub coefficient: Option<Coefficient>,
    /// When.
    pub day: NaiveDate,
    /// From, minutes since midnight.
    pub start_min: u16,
    /// Planned minutes.
    pub planned_min: u16,
    /// Whose minutes pay.
    pub payer: Payer,
    /// Where.
    pub place: Option<String>,
    /// What else.
    pub note: Option<String>,
    /// Where it stands.
    pub state: OrderState,
    /// Signed in, minutes since midnight.
    pub signed_in_min: Option<u16>,
    /// Signed out, minutes since midnight.
    pub signed_out_min: Option<u16>,
    /// How the volunteer confirmed.
    pub volunteer_way: Option<ConfirmWay>,
    /// How the beneficiary confirmed.
    pub beneficiary_way: Option<ConfirmWay>,
    /// Minutes that were credited; they stay here where it was reversed.
    pub credited_min: Option<u32>,
    /// Why it was last cancelled, disputed, settled or reversed.
    pub reason: Option<String>,
    /// When it was posted, ms since 1970 UTC.
    pub recorded_at: i64,
    /// Who posted it.
    pub recorded_by: UserId,
    /// The operation that posted it.
    pub op: OpId,
    /// When its last step before crediting was recorded, ms since 1970 UTC.
    pub last_at: i64,
    /// By whom: who may neither credit nor reverse it.
    pub last_by: UserId,
    /// Who posted or moved it before it was credited, each once.
    pub makers: Vec<UserId>,
    /// When it was credited, ms since 1970 UTC.
    pub credited_at: Option<i64>,
    /// First day on which the minutes count.
    pub credited_on: Option<NaiveDate>,
    /// Who credited it.
    pub credited_by: Option<UserId>,
    /// When it was reversed, ms since 1970 UTC.
    pub reversed_at: Option<i64>,
    /// By whom.
    pub reversed_by: Option<UserId>,
    /// The district refused the operation that posted it: it counts nowhere.
    pub refused: bool,
}

impl fmt::Debug for OrderRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OrderRow({}, {:?})", self.number, self.state)
    }
}

impl OrderRow {
    /// What does not change about it.
    #[must_use]
    pub const fn terms(&self) -> Terms {
        Terms { beneficiary: self.beneficiary, payer: self.payer, planned_min: self.planned_min }
    }

    /// Where it stands, for the next step.
    #[must_use]
    pub const fn standing(&self) -> Standing {
        Standing {
            state: self.state,
            volunteer: self.volunteer,
            signed_in_min: self.signed_in_min,
            signed_out_min: self.signed_out_min,
            volunteer_way: self.volunteer_way,
            beneficiary_way: self.beneficiary_way,
            credited_min: self.credited_min,
        }
    }

    /// Minutes from sign-in to sign-out.
    #[must_use]
    pub fn worked_min(&self) -> Option<u16> {
        self.standing().worked_min()
    }

    /// What crediting it would give; `None` without both times or without a version in force on the day.
    #[must_use]
    pub fn creditable_min(&self) -> Option<u32> {
        Some(self.coefficient?.credited_min(self.worked_min()?))
    }
}

/// Which orders a page shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OrderFilter {
    /// Only of beneficiaries who live there now.
    pub village: Option<VillageCode>,
    /// From this day of service.
    pub from: Option<NaiveDate>,
    /// To this day of service.
    pub to: Option<NaiveDate>,
    /// Only in this state.
    pub state: Option<OrderState>,
    /// Only of this resident, on either side.
    pub resident: Option<ResidentId>,
    /// Only what is neither served nor given up: posted, taken or signed in.
    pub unserved: bool,
}

const OF_VILLAGE: &str = "o.beneficiary IN (SELECT r.id FROM resident r WHERE r.village = ?1)";
const OF_RESIDENT: &str = "o.id IN (
  SELECT id FROM service_order WHERE beneficiary = ?5 OR beneficiary IN (SELECT a.id FROM alias a WHERE a.root = ?5)
  UNION SELECT id FROM service_order WHERE volunteer = ?5 OR volunteer IN (SELECT a.id FROM alias a WHERE a.root = ?5))";

fn makers(bytes: &[u8]) -> Vec<UserId> {
    bytes.as_chunks().0.iter().map(|id| UserId::from_bytes(*id)).collect()
}

impl OrderFilter {
    /// The condition; its parameters are village, first day, last day, state and resident.
    fn condition(&self) -> String {
        let part = |set: bool, wanted: &'static str, free: &'static str| if set { wanted } else { free };
        [
            part(self.village.is_some(), OF_VILLAGE, "?1 IS NULL"),
            part(self.from.is_some(), "o.day >= ?2", "?2 IS NULL"),
            part(self.to.is_some(), "o.day <= ?3", "?3 IS NULL"),
            part(self.state.is_some(), "o.state = ?4", "?4 IS NULL"),
            part(self.resident.is_some(), OF_RESIDENT, "?5 IS NULL"),
            part(self.unserved, "o.state IN ('posted', 'taken', 'signed_in')", "TRUE"),
        ]
        .join(" AND ")
    }
}

/// A page of orders, the newest day first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderPage {
    /// The rows.
    pub rows: Vec<OrderRow>,
    /// How many there are in all.
    pub total: u64,
}

/// A day on the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderDayRow {
    /// The day of service.
    pub day: NaiveDate,
    /// Orders that were not cancelled.
    pub orders: u32,
    /// Of these, neither credited nor reversed.
    pub open: u32,
    /// Minutes credited.
    pub credited_min: u32,
}

/// The columns that [`read`] reads.
const ORDER: &str = include_str!("service_order/order.sql");

fn read(row: &Row<'_>) -> rusqlite::Result<OrderRow> {
    let mut c = Columns::of(row);
    Ok(OrderRow {
        id: c.take()?,
        scope: c.parse()?,
        number: c.get()?,
        need: c.take()?,
        beneficiary: c.take()?,
        beneficiary_name: c.get()?,
        village: c.parse_opt()?,
        volunteer: c.take()?,
        volunteer_name: c.get()?,
        volunteer_village: c.parse_opt()?,
        service_type: c.take()?,
        service_code: c.get()?,
        service_name: c.get()?,
        service_version: c.get()?,
        coefficient: c.take()?,
        day: c.take()?,
        start_min: c.get()?,
        planned_min: c.get()?,
        payer: c.take()?,
        place: c.get()?,
        note: c.get()?,
        state: c.take()?,
        signed_in_min: c.get()?,
        signed_out_min: c.get()?,
        volunteer_way: c.take()?,
        beneficiary_way: c.take()?,
        credited_min: c.get()?,
        reason: c.get()?,
        recorded_at: c.get()?,
        recorded_by: c.take()?,
        op: c.take()?,
        last_at: c.get()?,
        last_by: c.take()?,
        makers: makers(&c.get::<Vec<u8>>()?),
        credited_at: c.get()?,
        credited_on: c.take()?,
        credited_by: c.take()?,
        reversed_at: c.get()?,
        reversed_by: c.take()?,
        refused: false,
    })
}

impl Reader<'_> {
    /// One order.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn order(&self, id: ServiceOrderId) -> Result<Option<OrderRow>, StoreError> {
        self.one(&format!("{ORDER} WHERE o.id = ?1"), [id.as_bytes()], read)
    }

    /// The orders whose number begins so, as `code_text::typed` gives it; a whole number means one, or by a rare
    /// coincidence two.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn orders_by_number(&self, beginning: &str) -> Result<Vec<OrderRow>, StoreError> {
        // No number has a character beyond Z.
        let sql = format!("{ORDER} WHERE o.number >= ?1 AND o.number < ?1 || '~' ORDER BY o.number, o.id LIMIT ?2");
        self.all(&sql, (beginning, SAME_MAX), read)
    }

    /// The orders of a need that are neither cancelled nor reversed, oldest first. More than one is for a person to
    /// settle.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn live_orders_of_need(&self, need: NeedId) -> Result<Vec<OrderRow>, StoreError> {
        let sql = format!(
            "{ORDER} WHERE o.need = ?1 AND o.state NOT IN ('cancelled', 'reversed')
             ORDER BY o.recorded_at, o.id LIMIT ?2"
        );
        self.all(&sql, (need.as_bytes(), SAME_MAX), read)
    }

    /// A page of orders.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn orders_page(&self, filter: OrderFilter, offset: u64, limit: u32) -> Result<OrderPage, StoreError> {
        let condition = filter.condition();
        let params = (
            filter.village.as_ref().map(VillageCode::as_str),
            filter.from.map(days),
            filter.to.map(days),
            filter.state.map(OrderState::as_code),
            filter.resident.as_ref().map(|id| id.as_bytes()),
        );
        let total = self.count(&format!("SELECT count(*) FROM service_order o WHERE {condition}"), params)?;
        // The offset is walked in an index alone; only the page's own rows are read.
        let order = "o.day DESC, o.start_min DESC, o.id DESC";
        let sql = format!(
            "{ORDER} WHERE o.id IN (SELECT o.id FROM service_order o WHERE {condition} ORDER BY {order}
             LIMIT ?6 OFFSET ?7) ORDER BY {order}"
        );
        let (village, from, to, state, resident) = params;
        let offset = i64::try_from(offset).unwrap_or(i64::MAX);
        let rows = self.all(&sql, (village, from, to, state, resident, limit, offset), read)?;
        Ok(OrderPage { rows, total })
    }

    /// The days of a span that have orders, in order.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn order_days(
        &self,
        from: NaiveDate,
        to: NaiveDate,
        village: Option<VillageCode>,
    ) -> Result<Vec<OrderDayRow>, StoreError> {
        let of_village = if village.is_some() { OF_VILLAGE } else { "?1 IS NULL" };
        let sql = format!(
            "{} WHERE o.day BETWEEN ?2 AND ?3 AND o.state <> 'cancelled' AND {of_village}
             GROUP BY o.day ORDER BY o.day",
            include_str!("service_order/days.sql")
        );
        self.all(&sql, (village.as_ref().map(VillageCode::as_str), days(from), days(to)), |row| {
            let mut c = Columns::of(row);
            Ok(OrderDayRow { day: c.take()?, orders: c.get()?, open: c.get()?, credited_min: c.get()? })
        })
    }

    /// The orders that wait for crediting, the oldest service first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn orders_to_credit(&self, limit: u32) -> Result<Vec<OrderRow>, StoreError> {
        self.all(
            &format!("{ORDER} WHERE o.state = 'confirmed' ORDER BY o.day, o.start_min, o.id LIMIT ?1"),
            [limit],
            read,
        )
    }

    /// A volunteer's orders, neither cancelled nor reversed, that touch a span of a day; minutes since midnight. They
    /// stand where they were signed, or else where they are planned.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn overlapping_orders(
        &self,
        volunteer: ResidentId,
        day: NaiveDate,
        from_min: u16,
        to_min: u16,
        except: Option<ServiceOrderId>,
    ) -> Result<Vec<OrderRow>, StoreError> {
        let except = except.as_ref().map(|id| id.as_bytes());
        let sql = include_str!("service_order/overlapping.sql");
        let mut ids: Vec<ServiceOrderId> = Vec::new();
        for name in self.names_of(volunteer)? {
            let params = (name.as_bytes(), days(day), from_min, to_min, except);
            ids.extend(self.all(sql, params, |row| Columns::of(row).take::<ServiceOrderId>())?);
        }
        let mut orders = Vec::with_capacity(ids.len());
        for id in ids {
            orders.extend(self.order(id)?);
        }
        Ok(orders)
    }

    /// Minutes that a volunteer was credited for services of some days, reversed ones left out.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn credited_min_of(&self, volunteer: ResidentId, from: NaiveDate, to: NaiveDate) -> Result<u32, StoreError> {
        let sql = "SELECT coalesce(sum(credited_min), 0) FROM service_order
                   WHERE volunteer = ?1 AND day BETWEEN ?2 AND ?3 AND state = 'credited'";
        let mut credited_min = 0;
        for name in self.names_of(volunteer)? {
            credited_min += self.count(sql, (name.as_bytes(), days(from), days(to)))?;
        }
        Ok(u32::try_from(credited_min).unwrap_or(u32::MAX))
    }

    /// Minutes that were credited for services of some days, reversed ones left out.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn minutes_credited_between(&self, from: NaiveDate, to: NaiveDate) -> Result<u64, StoreError> {
        let sql = "SELECT coalesce(sum(credited_min), 0) FROM service_order
                   WHERE day BETWEEN ?1 AND ?2 AND state = 'credited'";
        self.count(sql, (days(from), days(to)))
    }

    /// A volunteer's services that wait for a confirmation or for crediting.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn waiting_orders_of(&self, volunteer: ResidentId) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM service_order WHERE volunteer = ?1 AND state IN ('signed_out', 'confirmed')";
        let mut waiting = 0;
        for name in self.names_of(volunteer)? {
            waiting += self.count(sql, [name.as_bytes()])?;
        }
        Ok(waiting)
    }
}
