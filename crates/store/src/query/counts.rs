//! Figures of the first page. All come from small indexes or from sums that the file keeps.

use chrono::NaiveDate;
use zhenxin_domain::ids::UserId;

use super::Reader;
use super::resident::ResidentFilter;
use crate::error::StoreError;
use crate::fold::ledger::OWNER_ISSUANCE;
use crate::sql::days;

/// How much there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StoreCounts {
    /// Residents.
    pub residents: u64,
    /// Of these with a consent that was not withdrawn.
    pub with_consent: u64,
    /// Awards that wait for a review.
    pub awards_waiting: u64,
    /// Points that count by today: awards less reversals.
    pub effective_points: i64,
}

impl Reader<'_> {
    /// The figures as of a day.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn counts(&self, today: NaiveDate) -> Result<StoreCounts, StoreError> {
        Ok(StoreCounts {
            residents: self.residents_total()?,
            with_consent: self.residents_count(&ResidentFilter { village: None, consent: Some(true) })?,
            awards_waiting: self.count("SELECT count(*) FROM award WHERE state = 0", [])?,
            effective_points: self.points_effective_between(NaiveDate::MIN, today)?,
        })
    }

    /// Awards that wait for a review and were recorded by somebody else.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn awaiting_review(&self, user: UserId) -> Result<u64, StoreError> {
        self.count("SELECT count(*) FROM award WHERE state = 0 AND recorded_by <> ?1", [user.as_bytes()])
    }

    /// Awards recorded by the user that came back and were not recorded anew since.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn sent_back_count(&self, user: UserId) -> Result<u64, StoreError> {
        self.count(include_str!("counts/sent_back.sql"), [user.as_bytes()])
    }

    /// Points that began to count from the first to the last day: awards less reversals.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn points_effective_between(&self, from: NaiveDate, to: NaiveDate) -> Result<i64, StoreError> {
        let sql = "SELECT coalesce(sum(points), 0) FROM points_by_day WHERE day BETWEEN ?1 AND ?2";
        self.sum(sql, [days(from), days(to)])
    }

    /// Points that reversals took back from the first to the last day, whichever day they had begun to count.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn points_reversed_between(&self, from: NaiveDate, to: NaiveDate) -> Result<i64, StoreError> {
        self.sum(include_str!("counts/reversed.sql"), (OWNER_ISSUANCE, days(from), days(to)))
    }
}
