//! Merged records: which record stands for a person, and which ones lead to it.
//!
//! Whatever is counted or listed for a person goes through [`Reader::names_of`], so that nothing that was recorded for a
//! duplicate is lost from sight. Ways of merges end in a record that is here; a ring leads to its smallest id, as in the
//! view `alias`.

use zhenxin_domain::ids::{ResidentId, UserId};
use zhenxin_domain::ledger::{Account, Ledger, Owner};

use super::Reader;
use super::resident::ResidentRow;
use crate::error::StoreError;
use crate::fold::owner_key;
use crate::sql::Columns;

/// What a list of residents shows: no merged record, and nobody whose data were erased. For conditions on `resident r`.
pub(super) const LISTED: &str = "r.id NOT IN (SELECT a.id FROM alias a)
  AND r.id NOT IN (SELECT p.resident FROM person_data p WHERE p.state = 'erased')";

/// A record that leads to another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergedRow {
    /// The record.
    pub resident: ResidentRow,
    /// The record that it was merged into, which may itself lead on.
    pub into: ResidentId,
    /// When, ms since 1970 UTC.
    pub merged_at: i64,
    /// By whom.
    pub merged_by: UserId,
}

/// The accounts of one owner, those of merged records included.
pub(super) struct Accounts {
    /// Their local numbers, as a JSON list.
    pub(super) numbers: String,
    /// Their balances together.
    pub(super) balance_units: i64,
}

impl Reader<'_> {
    /// Where a record leads in one step; the outer `None` where there is no such record.
    fn alias_of(&self, id: ResidentId) -> Result<Option<Option<ResidentId>>, StoreError> {
        self.one("SELECT alias_of FROM resident WHERE id = ?1", [id.as_bytes()], |row| Columns::of(row).take())
    }

    /// The record that stands for this one: itself, unless it was merged.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn kept(&self, id: ResidentId) -> Result<ResidentId, StoreError> {
        let mut way = vec![id];
        let mut last = id;
        let mut next = self.alias_of(id)?.flatten();
        while let Some(target) = next {
            if let Some(at) = way.iter().position(|known| *known == target) {
                return Ok(way[at..].iter().copied().min().unwrap_or(target));
            }
            let Some(onward) = self.alias_of(target)? else { break };
            way.push(target);
            (last, next) = (target, onward);
        }
        Ok(last)
    }

    /// All records of a person, the one that is kept first. A record that was itself merged has no others.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn names_of(&self, id: ResidentId) -> Result<Vec<ResidentId>, StoreError> {
        if self.kept(id)? == id { self.names_before(id, i64::MAX) } else { Ok(vec![id]) }
    }

    /// The records that led to this one by merges up to a moment, ms since 1970 UTC, itself first; what was parted since
    /// is left out.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn names_before(&self, id: ResidentId, until_ms: i64) -> Result<Vec<ResidentId>, StoreError> {
        let mut names = vec![id];
        let mut at = 0;
        while let Some(name) = names.get(at) {
            let sql = "SELECT id FROM resident WHERE alias_of = ?1 AND merged_at <= ?2 ORDER BY id";
            let found: Vec<ResidentId> = self.all(sql, (name.as_bytes(), until_ms), |row| Columns::of(row).take())?;
            for new in found {
                if !names.contains(&new) {
                    names.push(new);
                }
            }
            at += 1;
        }
        Ok(names)
    }

    /// The records that lead to this one, oldest merge first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn merged_into(&self, id: ResidentId) -> Result<Vec<MergedRow>, StoreError> {
        let mut rows = Vec::new();
        for name in self.names_of(id)?.into_iter().skip(1) {
            rows.extend(self.merge_of(name)?);
        }
        rows.sort_by_key(|row| (row.merged_at, row.resident.id));
        Ok(rows)
    }

    /// How a record was merged; `None` where it stands by itself.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn merge_of(&self, id: ResidentId) -> Result<Option<MergedRow>, StoreError> {
        let sql = "SELECT alias_of, merged_at, merged_by FROM resident WHERE id = ?1 AND alias_of IS NOT NULL";
        let merged = self.one(sql, [id.as_bytes()], |row| {
            let mut c = Columns::of(row);
            Ok((c.take()?, c.get()?, c.take()?))
        })?;
        let (Some((into, merged_at, merged_by)), Some(resident)) = (merged, self.resident(id)?) else {
            return Ok(None);
        };
        Ok(Some(MergedRow { resident, into, merged_at, merged_by }))
    }

    /// Whether any record was merged at all.
    pub(super) fn has_aliases(&self) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM resident WHERE alias_of IS NOT NULL)";
        Ok(self.one(sql, [], |row| row.get(0))?.unwrap_or_default())
    }

    /// The accounts of an owner and of the records that lead to it; `None` where nothing was ever posted to them.
    pub(super) fn accounts(&self, account: Account) -> Result<Option<Accounts>, StoreError> {
        let owners = match account.owner {
            Owner::Resident(id) => self.names_of(id)?.into_iter().map(Owner::Resident).collect(),
            other => vec![other],
        };
        self.accounts_of(account.ledger, &owners)
    }

    /// The accounts of these owners.
    pub(super) fn accounts_of(&self, ledger: Ledger, owners: &[Owner]) -> Result<Option<Accounts>, StoreError> {
        let sql = "SELECT no, balance_units FROM account WHERE owner = ?1 AND owner_kind = ?2 AND ledger = ?3";
        let (mut numbers, mut balance_units) = (Vec::new(), 0);
        for owner in owners {
            let (kind, id) = owner_key(*owner);
            let found: Option<(i64, i64)> =
                self.one(sql, (id, kind, ledger.as_code()), |row| Ok((row.get(0)?, row.get(1)?)))?;
            if let Some((no, balance)) = found {
                numbers.push(no.to_string());
                balance_units += balance;
            }
        }
        let numbers = format!("[{}]", numbers.join(","));
        Ok((numbers.len() > 2).then_some(Accounts { numbers, balance_units }))
    }
}
