//! Time accounts: what residents have, what was held, earned, used and given, and the figures of the first page.

use std::fmt;

use chrono::NaiveDate;
use rusqlite::Row;
use zhenxin_domain::division::{TownCode, VillageCode};
use zhenxin_domain::ids::{ResidentId, TransferId, UserId};
use zhenxin_domain::ledger::{Account, Ledger, Owner};
use zhenxin_domain::service_order::Movement;
use zhenxin_protocol::entity::{Entity, EntityKind};

use super::Reader;
use super::need::{NeedFilter, NeedState};
use crate::error::StoreError;
use crate::fold::{owner_of, transfer_id};
use crate::sql::{Columns, days, invalid};

/// One transfer of an order or a gift.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovementRow {
    /// Which.
    pub id: TransferId,
    /// Whose account it is taken from.
    pub debit: Owner,
    /// Whose account it goes to.
    pub credit: Owner,
    /// Whole minutes.
    pub amount_min: u32,
    /// First day on which it counts.
    pub effective_on: NaiveDate,
    /// When it was posted, ms since 1970 UTC.
    pub posted_at: i64,
    /// For a reversal: the transfer that it takes back.
    pub reverses: Option<TransferId>,
    /// What it is to a service order; `None` for a gift.
    pub movement: Option<Movement>,
}

/// What a time account took part in, each less its reversals, in minutes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TimeSums {
    /// Credited for services.
    pub earned_min: i64,
    /// Paid for services.
    pub used_min: i64,
    /// Set aside for running orders.
    pub held_min: i64,
    /// Given away.
    pub given_min: i64,
    /// Received as a gift.
    pub received_min: i64,
    /// A deficit that the reserve made good.
    pub waived_min: i64,
}

impl TimeSums {
    /// What is left to spend: the account's balance.
    #[must_use]
    pub const fn available_min(&self) -> i64 {
        self.earned_min - self.used_min - self.held_min - self.given_min + self.received_min + self.waived_min
    }
}

/// A resident's time account as lists show it.
#[derive(Clone, PartialEq, Eq)]
pub struct TimeAccountRow {
    /// Whose.
    pub resident: ResidentId,
    /// The resident's name.
    pub name: Option<String>,
    /// Where the resident lives now.
    pub village: Option<VillageCode>,
    /// Minutes to spend; below zero after two desks spent the same ones.
    pub available_min: i64,
    /// Minutes credited for services of the span of days.
    pub earned_min: i64,
    /// How many such services.
    pub orders: u32,
}

impl fmt::Debug for TimeAccountRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TimeAccountRow({}, {} min)", self.resident, self.available_min)
    }
}

/// A page of time accounts, the most available first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeAccountPage {
    /// The rows.
    pub rows: Vec<TimeAccountRow>,
    /// How many there are in all.
    pub total: u64,
}

/// The ledger of minutes of a town.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TimeTotals {
    /// All residents' available minutes.
    pub residents_min: i64,
    /// 预留: set aside for running orders.
    pub held_min: i64,
    /// 准备金; below zero it is what the town owes.
    pub reserve_min: i64,
    /// All accounts together, which is zero.
    pub sum_min: i64,
}

/// How much waits in the time bank.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TimeCounts {
    /// Needs that nobody serves.
    pub open_needs: u64,
    /// Of these, those whose day has passed.
    pub overdue_needs: u64,
    /// Orders that are served and not confirmed by both.
    pub to_confirm: u64,
    /// Orders that are not served though their day has passed.
    pub overdue_orders: u64,
    /// Orders that one side contests.
    pub disputed: u64,
    /// Orders that wait for crediting.
    pub confirmed: u64,
    /// Of these, those whose last step somebody else recorded.
    pub to_credit: u64,
}

const PAGE: &str = include_str!("time_account/page.sql");
const RESIDENTS: &str = "a.ledger = 'minutes' AND a.owner_kind = 1";
const HAS_TRANSFERS: &str = "(EXISTS (SELECT 1 FROM transfer t WHERE t.credit = a.no)
                              OR EXISTS (SELECT 1 FROM transfer t WHERE t.debit = a.no))";

fn read(row: &Row<'_>) -> rusqlite::Result<TimeAccountRow> {
    let mut c = Columns::of(row);
    Ok(TimeAccountRow {
        resident: c.take()?,
        name: c.get()?,
        village: c.parse_opt()?,
        available_min: c.get()?,
        earned_min: c.get()?,
        orders: c.get()?,
    })
}

/// What the transfer is to the order that posted it: its id is derived from that.
fn movement_of(source: Entity, id: TransferId) -> Option<Movement> {
    let of_order = source.kind == EntityKind::ServiceOrder;
    let is = |movement: &&Movement| transfer_id(source, movement.as_code()) == *id.as_bytes();
    if of_order { Movement::ALL.iter().find(is).copied() } else { None }
}

impl Reader<'_> {
    /// The transfers of an order or a gift, in the order of posting.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn time_movements(&self, source: Entity) -> Result<Vec<MovementRow>, StoreError> {
        self.all(include_str!("time_account/movements.sql"), [source.to_bytes()], |row| {
            let mut c = Columns::of(row);
            let id = c.take()?;
            Ok(MovementRow {
                id,
                debit: owner_of((c.get()?, c.get()?)).ok_or_else(|| invalid(2))?,
                credit: owner_of((c.get()?, c.get()?)).ok_or_else(|| invalid(4))?,
                amount_min: c.get()?,
                effective_on: c.take()?,
                posted_at: c.get()?,
                reverses: c.take()?,
                movement: movement_of(source, id),
            })
        })
    }

    /// What a resident's time account took part in; the ledger is added up, so that it cannot differ from it.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn time_sums(&self, resident: ResidentId) -> Result<TimeSums, StoreError> {
        let account = Account::minutes(Owner::Resident(resident));
        let Some(accounts) = self.accounts(account)? else { return Ok(TimeSums::default()) };
        let sums = self.one(include_str!("time_account/sums.sql"), [accounts.numbers], |row| {
            Ok(TimeSums {
                earned_min: row.get(0)?,
                used_min: row.get(1)?,
                held_min: row.get(2)?,
                given_min: row.get(3)?,
                received_min: row.get(4)?,
                waived_min: row.get(5)?,
            })
        })?;
        Ok(sums.unwrap_or_default())
    }

    /// A resident's minutes that are set aside for running orders.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn held_min_of(&self, resident: ResidentId) -> Result<i64, StoreError> {
        Ok(self.time_sums(resident)?.held_min)
    }

    /// Time accounts that ever moved, with what they earned for services of a span of days.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn time_accounts(
        &self,
        village: Option<VillageCode>,
        from: NaiveDate,
        to: NaiveDate,
        offset: u64,
        limit: u32,
    ) -> Result<TimeAccountPage, StoreError> {
        let of_village = match village {
            Some(_) => "a.owner IN (SELECT r.id FROM resident r WHERE r.village = ?1)",
            None => "?1 IS NULL",
        };
        let village = village.as_ref().map(VillageCode::as_str);
        let offset = i64::try_from(offset).unwrap_or(i64::MAX);
        if self.has_aliases()? {
            let params = (village, days(from), days(to), limit, offset);
            let counted = self.all(include_str!("time_account/person.sql"), params, |row| {
                Ok((read(row)?, row.get::<_, i64>(6)?.unsigned_abs()))
            })?;
            let total = counted.first().map_or(0, |(_, total)| *total);
            return Ok(TimeAccountPage { rows: counted.into_iter().map(|(row, _)| row).collect(), total });
        }
        let condition = format!("{RESIDENTS} AND {of_village} AND {HAS_TRANSFERS}");
        let total = self.count(&format!("SELECT count(*) FROM account a WHERE {condition}"), [village])?;
        let order = "a.balance_units DESC, a.owner";
        let sql = format!(
            "{PAGE} WHERE a.no IN (SELECT a.no FROM account a WHERE {condition} ORDER BY {order}
             LIMIT ?4 OFFSET ?5) ORDER BY {order}"
        );
        let rows = self.all(&sql, (village, days(from), days(to), limit, offset), read)?;
        Ok(TimeAccountPage { rows, total })
    }

    /// Residents with less than nothing, the least first; what they earned is left out.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn overdrawn_accounts(&self, limit: u32) -> Result<Vec<TimeAccountRow>, StoreError> {
        self.all(include_str!("time_account/overdrawn.sql"), [limit], read)
    }

    /// Residents who were credited more than `cap_min` for services of a span of days, the most first: two desks can
    /// each have kept to it. What they can spend is left out.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn credited_beyond(
        &self,
        cap_min: u32,
        from: NaiveDate,
        to: NaiveDate,
        limit: u32,
    ) -> Result<Vec<TimeAccountRow>, StoreError> {
        let sql = include_str!("time_account/beyond.sql");
        self.all(sql, (cap_min, days(from), days(to), limit), read)
    }

    /// The ledger of minutes.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn time_totals(&self, town: TownCode) -> Result<TimeTotals, StoreError> {
        let residents = format!("SELECT coalesce(sum(a.balance_units), 0) FROM account a WHERE {RESIDENTS}");
        Ok(TimeTotals {
            residents_min: self.sum(&residents, [])?,
            held_min: self.minutes_balance(Owner::Holding(town))?,
            reserve_min: self.minutes_balance(Owner::Reserve(town))?,
            sum_min: self.ledger_sum(Ledger::Minutes)?,
        })
    }

    /// What waits in the time bank, for a user on a day.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn time_counts(&self, user: UserId, today: NaiveDate) -> Result<TimeCounts, StoreError> {
        let of_state = |state: &str| self.count("SELECT count(*) FROM service_order WHERE state = ?1", [state]);
        let open = NeedFilter { village: None, state: Some(NeedState::Open) };
        let overdue_needs = format!("SELECT count(*) FROM need n WHERE {} AND n.day < ?2", open.condition());
        Ok(TimeCounts {
            open_needs: self.needs_count(&open)?,
            overdue_needs: self.count(&overdue_needs, (None::<&str>, days(today)))?,
            to_confirm: of_state("signed_out")?,
            overdue_orders: self.count(
                "SELECT count(*) FROM service_order WHERE state IN ('posted', 'taken', 'signed_in') AND day < ?1",
                [days(today)],
            )?,
            disputed: of_state("disputed")?,
            confirmed: of_state("confirmed")?,
            to_credit: self.count(
                "SELECT count(*) FROM service_order WHERE state = 'confirmed' AND last_by <> ?1",
                [user.as_bytes()],
            )?,
        })
    }
}

#[cfg(test)]
mod tests;
