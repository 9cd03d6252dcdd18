//! The double-entry ledgers of points and of minutes: immutable transfers, and balances that are
//! their sums. A transfer names the entity that caused it and is folded with that entity.

use zhenxin_domain::division::TownCode;
use zhenxin_domain::ids::{HouseholdId, ResidentId};
use zhenxin_domain::ledger::{Ledger, Owner};
use zhenxin_protocol::body::award::SUBJECT_HOUSEHOLD;
use zhenxin_protocol::entity::Entity;
use zhenxin_protocol::hash::Hash32;

use super::{At, Folder};
use crate::error::StoreError;

/// Stored number of the owner's kind.
pub(crate) const OWNER_ISSUANCE: u8 = 0;
pub(crate) const OWNER_RESIDENT: u8 = 1;
pub(crate) const OWNER_HOUSEHOLD: u8 = 2;
pub(crate) const OWNER_RESERVE: u8 = 3;
pub(crate) const OWNER_HOLDING: u8 = 4;

/// Digits of a town's code in the owner of its accounts.
const TOWN_DIGITS: usize = 9;

/// An account's owner as stored: a town is its nine digits followed by zeros.
pub(crate) type OwnerKey = (u8, [u8; 16]);

fn town_id(town: TownCode) -> [u8; 16] {
    let mut id = [0; 16];
    let digits = town.as_str().as_bytes();
    id[..digits.len()].copy_from_slice(digits);
    id
}

pub(crate) fn issuance(town: TownCode) -> OwnerKey {
    (OWNER_ISSUANCE, town_id(town))
}

/// 准备金 of a town.
pub(super) fn reserve(town: TownCode) -> OwnerKey {
    (OWNER_RESERVE, town_id(town))
}

/// 预留 of a town.
pub(super) fn holding(town: TownCode) -> OwnerKey {
    (OWNER_HOLDING, town_id(town))
}

/// An account's owner as stored.
pub(crate) fn owner_key(owner: Owner) -> OwnerKey {
    match owner {
        Owner::Issuance(town) => issuance(town),
        Owner::Resident(id) => (OWNER_RESIDENT, *id.as_bytes()),
        Owner::Household(id) => (OWNER_HOUSEHOLD, *id.as_bytes()),
        Owner::Reserve(town) => reserve(town),
        Owner::Holding(town) => holding(town),
    }
}

/// The owner that a stored key stands for; `None` where this program wrote no such key.
pub(crate) fn owner_of((kind, id): OwnerKey) -> Option<Owner> {
    let town = || std::str::from_utf8(&id[..TOWN_DIGITS]).ok()?.parse().ok();
    match kind {
        OWNER_ISSUANCE => town().map(Owner::Issuance),
        OWNER_RESIDENT => Some(Owner::Resident(ResidentId::from_bytes(id))),
        OWNER_HOUSEHOLD => Some(Owner::Household(HouseholdId::from_bytes(id))),
        OWNER_RESERVE => town().map(Owner::Reserve),
        OWNER_HOLDING => town().map(Owner::Holding),
        _ => None,
    }
}

/// Who gets the points of an award.
pub(super) fn beneficiary(subject: u8, resident: &[u8; 16], household: Option<&[u8; 16]>) -> OwnerKey {
    match household {
        Some(household) if subject == SUBJECT_HOUSEHOLD => (OWNER_HOUSEHOLD, *household),
        _ => (OWNER_RESIDENT, *resident),
    }
}

/// The id of the transfer that has this role in an entity. It is derived, not sent, so that what
/// an entity may post once cannot be posted twice, whatever two devices did.
pub(crate) fn transfer_id(source: Entity, role: &str) -> [u8; 16] {
    let hash = Hash32::of_parts(&[b"transfer\0", &source.to_bytes(), role.as_bytes()]);
    *hash.to_uuid().as_bytes()
}

/// One transfer inside one ledger.
pub(super) struct Posting<'a> {
    pub(super) id: &'a [u8; 16],
    pub(super) ledger: Ledger,
    pub(super) debit: OwnerKey,
    pub(super) credit: OwnerKey,
    pub(super) amount_units: u32,
    pub(super) effective_on: i32,
    /// The entity that caused it, and whose operation is being folded.
    pub(super) source: Entity,
    pub(super) reverses: Option<&'a [u8; 16]>,
}

impl Folder<'_> {
    pub(super) fn account(&mut self, ledger: Ledger, owner: OwnerKey) -> Result<i64, StoreError> {
        if let Some(no) = self.accounts.get(&(ledger, owner)) {
            return Ok(*no);
        }
        let no = self
            .conn
            .prepare_cached(
                "INSERT INTO account (ledger, owner_kind, owner, balance_units) VALUES (?1, ?2, ?3, 0)
                 ON CONFLICT DO UPDATE SET balance_units = balance_units RETURNING no",
            )?
            .query_row((ledger.as_code(), owner.0, owner.1), |row| row.get(0))?;
        self.accounts.insert((ledger, owner), no);
        Ok(no)
    }

    fn shift(&self, account: i64, by_units: i64) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("UPDATE account SET balance_units = balance_units + ?2 WHERE no = ?1")?
            .execute((account, by_units))?;
        Ok(())
    }

    /// Posts a transfer; false where its id is taken.
    pub(super) fn post(&mut self, at: &At<'_>, posting: &Posting<'_>) -> Result<bool, StoreError> {
        let debit = self.account(posting.ledger, posting.debit)?;
        let credit = self.account(posting.ledger, posting.credit)?;
        let inserted = self.conn.prepare_cached(include_str!("ledger/post.sql"))?.execute(rusqlite::params![
            posting.id,
            at.scope.as_str(),
            debit,
            credit,
            posting.amount_units,
            posting.effective_on,
            at.recorded_at,
            posting.source.to_bytes(),
            posting.reverses,
            at.op.as_bytes()
        ])?;
        if inserted == 0 {
            return Ok(false);
        }
        self.shift(debit, -i64::from(posting.amount_units))?;
        self.shift(credit, i64::from(posting.amount_units))?;
        Ok(true)
    }

    /// Posts all transfers, or none where the id of one is taken.
    pub(super) fn post_all(&mut self, at: &At<'_>, postings: &[Posting<'_>]) -> Result<bool, StoreError> {
        for posting in postings {
            if self.conn.prepare_cached("SELECT 1 FROM transfer WHERE id = ?1")?.exists([posting.id])? {
                return Ok(false);
            }
        }
        for posting in postings {
            self.post(at, posting)?;
        }
        Ok(true)
    }

    /// Takes out all transfers of an entity, because it is folded anew.
    pub(super) fn forget_transfers_of(&mut self, source: Entity) -> Result<(), StoreError> {
        let taken = self
            .conn
            .prepare_cached("DELETE FROM transfer WHERE source = ?1 RETURNING debit, credit, amount_units")?
            .query_map([source.to_bytes()], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
            })?
            .collect::<Result<Vec<_>, _>>()?;
        for (debit, credit, amount) in taken {
            self.shift(debit, amount)?;
            self.shift(credit, -amount)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
