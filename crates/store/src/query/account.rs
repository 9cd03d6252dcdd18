//! Accounts of points: balances and entries with their awards.

use std::fmt;

use chrono::NaiveDate;
use zhenxin_domain::ids::{AwardId, ResidentId, RuleId, TransferId};
use zhenxin_domain::ledger::{Account, Owner};

use super::Reader;
use crate::error::StoreError;
use crate::sql::{Columns, days};

/// The numbers of a points account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Balance {
    /// 已生效: points that count today.
    pub effective_points: i64,
    /// All transfers, those that count from a later day (公示中) included.
    pub approved_points: i64,
    /// 待审.
    pub pending_points: i64,
    /// 被退回.
    pub sent_back_points: i64,
}

/// One entry of a points account.
#[derive(Clone, PartialEq, Eq)]
pub struct EntryRow {
    /// The transfer.
    pub transfer: TransferId,
    /// The award that it comes from.
    pub award: AwardId,
    /// Signed: what the account gained.
    pub amount_points: i64,
    /// First day on which it counts.
    pub effective_on: NaiveDate,
    /// When it was posted, ms since 1970 UTC.
    pub posted_at: i64,
    /// The day of the activity.
    pub occurred_on: Option<NaiveDate>,
    /// The activity's name.
    pub activity_name: Option<String>,
    /// The rule's code.
    pub rule_code: Option<String>,
    /// 事项.
    pub rule_item: Option<String>,
    /// For a reversal: the transfer that it takes back.
    pub reverses: Option<TransferId>,
    /// Balance after this entry, in the order of the page.
    pub running_points: i64,
}

impl fmt::Debug for EntryRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EntryRow({}, {} points)", self.transfer, self.amount_points)
    }
}

/// A page of an account's entries, in the order of effect and posting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryPage {
    /// The rows.
    pub rows: Vec<EntryRow>,
    /// How many there are in all.
    pub total: u64,
}

impl Reader<'_> {
    /// The balance of a points account on a day.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn balance(&self, owner: Owner, today: NaiveDate) -> Result<Balance, StoreError> {
        let mut balance = Balance::default();
        if let Some(accounts) = self.accounts(Account::points(owner))? {
            let later = self.sum(include_str!("account/later.sql"), (&accounts.numbers, days(today)))?;
            balance.approved_points = accounts.balance_units;
            balance.effective_points = accounts.balance_units - later;
        }
        let (sql, ids) = match owner {
            Owner::Resident(id) => (include_str!("account/waiting_resident.sql"), self.ids_of(id)?),
            Owner::Household(id) => (include_str!("account/waiting_household.sql"), vec![*id.as_bytes()]),
            Owner::Issuance(_) | Owner::Reserve(_) | Owner::Holding(_) => return Ok(balance),
        };
        for id in ids {
            let sums: Option<(i64, i64)> = self.one(sql, [id], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let (pending, sent_back) = sums.unwrap_or_default();
            balance.pending_points += pending;
            balance.sent_back_points += sent_back;
        }
        Ok(balance)
    }

    /// The ids of all records of a person.
    fn ids_of(&self, id: ResidentId) -> Result<Vec<[u8; 16]>, StoreError> {
        Ok(self.names_of(id)?.iter().map(|name| *name.as_bytes()).collect())
    }

    /// Balances of several points accounts, in the order asked for.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn balances_of(&self, owners: &[Owner], today: NaiveDate) -> Result<Vec<Balance>, StoreError> {
        owners.iter().map(|owner| self.balance(*owner, today)).collect()
    }

    /// The entries of a points account with the balance after each.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn entries(&self, owner: Owner, limit: u32, offset: u64) -> Result<EntryPage, StoreError> {
        let Some(accounts) = self.accounts(Account::points(owner))? else {
            return Ok(EntryPage { rows: Vec::new(), total: 0 });
        };
        let total = self.count(include_str!("ledger/total.sql"), [&accounts.numbers])?;
        let rows = self.all(
            include_str!("account/entries.sql"),
            (&accounts.numbers, limit, i64::try_from(offset).unwrap_or(i64::MAX)),
            |row| {
                let mut c = Columns::of(row);
                Ok(EntryRow {
                    transfer: c.take()?,
                    award: c.take()?,
                    amount_points: c.get()?,
                    effective_on: c.take()?,
                    posted_at: c.get()?,
                    running_points: c.get()?,
                    reverses: c.take()?,
                    occurred_on: c.take()?,
                    activity_name: c.get()?,
                    rule_code: c.get()?,
                    rule_item: c.get()?,
                })
            },
        )?;
        Ok(EntryPage { rows, total })
    }

    /// Points that an account has, or may get, by one rule for days of a period: submitted and
    /// approved awards.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn points_in_period(
        &self,
        owner: Owner,
        rule: RuleId,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<u32, StoreError> {
        let (sql, ids) = match owner {
            Owner::Resident(id) => (include_str!("account/cap_resident.sql"), self.ids_of(id)?),
            Owner::Household(id) => (include_str!("account/cap_household.sql"), vec![*id.as_bytes()]),
            Owner::Issuance(_) | Owner::Reserve(_) | Owner::Holding(_) => return Ok(0),
        };
        let mut points = 0;
        for id in ids {
            points += self.count(sql, (id, rule.as_bytes(), days(from), days(to)))?;
        }
        Ok(u32::try_from(points).unwrap_or(u32::MAX))
    }
}
