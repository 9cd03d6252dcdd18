//! The double-entry ledger: immutable transfers, and balances that are their sums.

use zhenxin_domain::division::TownCode;
use zhenxin_domain::ledger::{Ledger, Owner};
use zhenxin_protocol::body::award::SUBJECT_HOUSEHOLD;

use super::{At, Folder};
use crate::error::StoreError;

/// Stored number of the owner's kind.
pub(crate) const OWNER_ISSUANCE: u8 = 0;
pub(crate) const OWNER_RESIDENT: u8 = 1;
pub(crate) const OWNER_HOUSEHOLD: u8 = 2;

/// An account's owner as stored: a town is its nine digits followed by zeros.
pub(crate) type OwnerKey = (u8, [u8; 16]);

pub(crate) fn issuance(town: TownCode) -> OwnerKey {
    let mut id = [0; 16];
    let digits = town.as_str().as_bytes();
    id[..digits.len()].copy_from_slice(digits);
    (OWNER_ISSUANCE, id)
}

/// An account's owner as stored.
pub(crate) fn owner_key(owner: Owner) -> OwnerKey {
    match owner {
        Owner::Issuance(town) => issuance(town),
        Owner::Resident(id) => (OWNER_RESIDENT, *id.as_bytes()),
        Owner::Household(id) => (OWNER_HOUSEHOLD, *id.as_bytes()),
    }
}

/// Who gets the points of an award.
pub(super) fn beneficiary(subject: u8, resident: &[u8; 16], household: Option<&[u8; 16]>) -> OwnerKey {
    match household {
        Some(household) if subject == SUBJECT_HOUSEHOLD => (OWNER_HOUSEHOLD, *household),
        _ => (OWNER_RESIDENT, *resident),
    }
}

/// One transfer of points.
pub(super) struct Posting<'a> {
    pub(super) id: &'a [u8; 16],
    pub(super) debit: OwnerKey,
    pub(super) credit: OwnerKey,
    pub(super) amount_points: u32,
    pub(super) effective_on: i32,
    pub(super) award: &'a [u8; 16],
    pub(super) reverses: Option<&'a [u8; 16]>,
}

impl Folder<'_> {
    fn account(&mut self, owner: OwnerKey) -> Result<i64, StoreError> {
        if let Some(no) = self.accounts.get(&owner) {
            return Ok(*no);
        }
        let no = self
            .conn
            .prepare_cached(
                "INSERT INTO account (ledger, owner_kind, owner, balance_units) VALUES (?1, ?2, ?3, 0)
                 ON CONFLICT DO UPDATE SET balance_units = balance_units RETURNING no",
            )?
            .query_row((Ledger::Points.as_code(), owner.0, owner.1), |row| row.get(0))?;
        self.accounts.insert(owner, no);
        Ok(no)
    }

    fn shift(&self, account: i64, by_points: i64) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("UPDATE account SET balance_units = balance_units + ?2 WHERE no = ?1")?
            .execute((account, by_points))?;
        Ok(())
    }

    /// Posts a transfer; false where its id is taken.
    pub(super) fn post(&mut self, at: &At<'_>, posting: &Posting<'_>) -> Result<bool, StoreError> {
        let debit = self.account(posting.debit)?;
        let credit = self.account(posting.credit)?;
        let inserted = self.conn.prepare_cached(include_str!("ledger/post.sql"))?.execute(rusqlite::params![
            posting.id,
            at.scope.as_str(),
            debit,
            credit,
            posting.amount_points,
            posting.effective_on,
            at.recorded_at,
            posting.award,
            posting.reverses,
            at.op.as_bytes()
        ])?;
        if inserted == 0 {
            return Ok(false);
        }
        self.shift(debit, -i64::from(posting.amount_points))?;
        self.shift(credit, i64::from(posting.amount_points))?;
        Ok(true)
    }

    /// Takes a transfer out again, because its award is folded anew.
    pub(super) fn forget_transfer(&mut self, id: &[u8; 16], award: &[u8; 16]) -> Result<(), StoreError> {
        let taken = self
            .conn
            .prepare_cached("DELETE FROM transfer WHERE id = ?1 AND award = ?2 RETURNING debit, credit, amount_units")?
            .query_map((id, award), |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?)))?
            .collect::<Result<Vec<_>, _>>()?;
        for (debit, credit, amount) in taken {
            self.shift(debit, amount)?;
            self.shift(credit, -amount)?;
        }
        Ok(())
    }
}
