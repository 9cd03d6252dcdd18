//! Accounts of any ledger: balances, and transfers with what caused them.

use std::fmt;

use chrono::NaiveDate;
use rusqlite::Row;
use zhenxin_domain::ids::{ResidentId, TransferId};
use zhenxin_domain::ledger::{Account, Ledger, Owner};
use zhenxin_protocol::entity::Entity;

use super::Reader;
use crate::error::StoreError;
use crate::fold::owner_of;
use crate::sql::{Columns, invalid};

/// One transfer, seen from one of its two accounts.
#[derive(Clone, PartialEq, Eq)]
pub struct TransferRow {
    /// Which.
    pub id: TransferId,
    /// Whose the opposite account is.
    pub other: Owner,
    /// Signed: what the account gained, in whole points or minutes.
    pub amount_units: i64,
    /// First day on which it counts.
    pub effective_on: NaiveDate,
    /// When it was posted, ms since 1970 UTC.
    pub posted_at: i64,
    /// What caused it: an award, a service order, a gift.
    pub source: Entity,
    /// For a reversal: the transfer that it takes back.
    pub reverses: Option<TransferId>,
    /// The account's balance after it, in the order of the page.
    pub balance_after_units: i64,
}

impl fmt::Debug for TransferRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TransferRow({}, {} units)", self.id, self.amount_units)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<TransferRow> {
    let mut c = Columns::of(row);
    Ok(TransferRow {
        id: c.take()?,
        other: owner_of((c.get()?, c.get()?)).ok_or_else(|| invalid(2))?,
        amount_units: c.get()?,
        effective_on: c.take()?,
        posted_at: c.get()?,
        source: c.take()?,
        reverses: c.take()?,
        balance_after_units: c.get()?,
    })
}

impl Reader<'_> {
    /// Minutes of the time bank that an owner has, all transfers counted; zero where there are
    /// none. Minutes count from the day on which they are credited.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn minutes_balance(&self, owner: Owner) -> Result<i64, StoreError> {
        Ok(self.accounts(Account::minutes(owner))?.map_or(0, |accounts| accounts.balance_units))
    }

    /// The transfers of an account, those of merged records included, the oldest first by the day on which they begin to
    /// count and then by posting, each with the balance after it.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn transfers_of(&self, account: Account, limit: u32, offset: u64) -> Result<Vec<TransferRow>, StoreError> {
        let Some(accounts) = self.accounts(account)? else { return Ok(Vec::new()) };
        let offset = i64::try_from(offset).unwrap_or(i64::MAX);
        self.all(include_str!("ledger/transfers.sql"), (accounts.numbers, limit, offset), read)
    }

    /// The transfers of the accounts of exactly these records, in the same order.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn transfers_of_records(
        &self,
        ledger: Ledger,
        records: &[ResidentId],
        limit: u32,
    ) -> Result<Vec<TransferRow>, StoreError> {
        let owners: Vec<Owner> = records.iter().copied().map(Owner::Resident).collect();
        let Some(accounts) = self.accounts_of(ledger, &owners)? else { return Ok(Vec::new()) };
        self.all(include_str!("ledger/transfers.sql"), (accounts.numbers, limit, 0), read)
    }

    /// How many transfers an account has.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn transfers_total(&self, account: Account) -> Result<u64, StoreError> {
        match self.accounts(account)? {
            Some(accounts) => self.count(include_str!("ledger/total.sql"), [accounts.numbers]),
            None => Ok(0),
        }
    }

    /// The sum over all accounts of a ledger, which is zero.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn ledger_sum(&self, ledger: Ledger) -> Result<i64, StoreError> {
        self.sum("SELECT coalesce(sum(balance_units), 0) FROM main.account WHERE ledger = ?1", [ledger.as_code()])
    }
}
