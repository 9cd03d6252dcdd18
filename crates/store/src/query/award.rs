//! Awards.

use std::cmp::Reverse;
use std::fmt;

use chrono::NaiveDate;
use rusqlite::Row;
use zhenxin_domain::award::AwardState;
use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::{
    ActivityId, AwardId, DeviceId, HouseholdId, OpId, ResidentId, RuleId, RuleVersionId, TransferId, UserId,
};
use zhenxin_domain::ledger::Owner;
use zhenxin_protocol::body::award::SUBJECT_HOUSEHOLD;

use super::Reader;
use crate::error::StoreError;
use crate::fold::award::{APPROVED, REVERSED, SENT_BACK, SUBMITTED};
use crate::sql::{Columns, invalid};

/// Awards of one activity that are read: one recording is limited to 1,000 rows.
const OF_ACTIVITY_MAX: u32 = 5_000;
/// Awards that came back to one user and are listed; who has more has to begin somewhere.
const SENT_BACK_MAX: u32 = 1_000;
/// Likely duplicates of one award that are listed; two are enough to look at it.
const DUPLICATES_MAX: u32 = 20;

/// Whose account gets the points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AwardTo {
    /// The resident's own.
    Resident,
    /// The household's.
    Household,
}

/// An award as stored, with what a list shows beside it.
#[derive(Clone, PartialEq, Eq)]
pub struct AwardRow {
    /// Which.
    pub id: AwardId,
    /// Home scope of the resident.
    pub scope: Scope,
    /// The activity.
    pub activity: ActivityId,
    /// Its name.
    pub activity_name: Option<String>,
    /// The rule's version.
    pub rule_version: RuleVersionId,
    /// The rule; `None` until its operation arrives.
    pub rule: Option<RuleId>,
    /// Its code.
    pub rule_code: Option<String>,
    /// 事项.
    pub rule_item: Option<String>,
    /// Whose account.
    pub to: AwardTo,
    /// Who did it.
    pub resident: ResidentId,
    /// The resident's name.
    pub resident_name: Option<String>,
    /// The resident's household on that day.
    pub household: Option<HouseholdId>,
    /// Whole points.
    pub amount_points: u32,
    /// The day of the activity.
    pub occurred_on: NaiveDate,
    /// When it was recorded, ms since 1970 UTC.
    pub recorded_at: i64,
    /// Who recorded it.
    pub recorded_by: UserId,
    /// On which device.
    pub device: DeviceId,
    /// The operation that recorded it.
    pub op: OpId,
    /// State; an approved award becomes effective by `state.on(effective_on, day)`.
    pub state: AwardState,
    /// When it was last reviewed, ms since 1970 UTC.
    pub reviewed_at: Option<i64>,
    /// By whom.
    pub reviewed_by: Option<UserId>,
    /// Why it was sent back.
    pub reason: Option<String>,
    /// First day on which the points count.
    pub effective_on: Option<NaiveDate>,
    /// The transfer that it posted.
    pub transfer: Option<TransferId>,
    /// The transfer that took it back.
    pub reversal: Option<TransferId>,
    /// When it was reversed, ms since 1970 UTC.
    pub reversed_at: Option<i64>,
    /// By whom.
    pub reversed_by: Option<UserId>,
    /// Why.
    pub reverse_reason: Option<String>,
    /// The district refused the operation that recorded it: it counts nowhere.
    pub refused: bool,
}

impl fmt::Debug for AwardRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AwardRow({}, {:?}, {} points)", self.id, self.state, self.amount_points)
    }
}

impl AwardRow {
    /// Whose account gets the points.
    #[must_use]
    pub fn owner(&self) -> Owner {
        match (self.to, self.household) {
            (AwardTo::Household, Some(household)) => Owner::Household(household),
            _ => Owner::Resident(self.resident),
        }
    }

    /// The state on a day: what was approved is effective from its day on.
    #[must_use]
    pub fn state_on(&self, day: NaiveDate) -> AwardState {
        self.state.on(self.effective_on, day)
    }

    /// Sorts the newest first.
    fn place(&self) -> Reverse<(NaiveDate, i64, AwardId)> {
        Reverse((self.occurred_on, self.recorded_at, self.id))
    }
}

/// The columns that [`read`] reads.
const AWARD: &str = include_str!("award/award.sql");
const OF_RESIDENT: &str = include_str!("award/of_resident.sql");

impl AwardTo {
    /// The stored number's meaning.
    pub(super) const fn of_subject(subject: u8) -> Self {
        if subject == SUBJECT_HOUSEHOLD { Self::Household } else { Self::Resident }
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<AwardRow> {
    let mut c = Columns::of(row);
    Ok(AwardRow {
        id: c.take()?,
        scope: c.parse()?,
        activity: c.take()?,
        activity_name: c.get()?,
        rule_version: c.take()?,
        rule: c.take()?,
        rule_code: c.get()?,
        rule_item: c.get()?,
        to: AwardTo::of_subject(c.get()?),
        resident: c.take()?,
        resident_name: c.get()?,
        household: c.take()?,
        amount_points: c.get()?,
        occurred_on: c.take()?,
        recorded_at: c.get()?,
        recorded_by: c.take()?,
        device: c.take()?,
        op: c.take()?,
        state: match c.get::<u8>()? {
            SUBMITTED => AwardState::Submitted,
            SENT_BACK => AwardState::SentBack,
            APPROVED => AwardState::Approved,
            REVERSED => AwardState::Reversed,
            _ => return Err(invalid(18)),
        },
        reviewed_at: c.get()?,
        reviewed_by: c.take()?,
        reason: c.get()?,
        effective_on: c.take()?,
        transfer: c.take()?,
        reversal: c.take()?,
        reversed_at: c.get()?,
        reversed_by: c.take()?,
        reverse_reason: c.get()?,
        refused: false,
    })
}

impl Reader<'_> {
    /// One award.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn award(&self, id: AwardId) -> Result<Option<AwardRow>, StoreError> {
        self.one(&format!("{AWARD} WHERE a.id = ?1"), [id.as_bytes()], read)
    }

    /// The awards of an activity, in the order of recording.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn awards_of_activity(&self, activity: ActivityId) -> Result<Vec<AwardRow>, StoreError> {
        let sql = format!("{AWARD} WHERE a.activity = ?1 ORDER BY a.id LIMIT ?2");
        self.all(&sql, (activity.as_bytes(), OF_ACTIVITY_MAX), read)
    }

    /// The awards that wait for a review, activity by activity, the oldest activity first.
    pub(super) fn waiting_awards(&self, limit: u32) -> Result<Vec<AwardRow>, StoreError> {
        // Ids of activities are in the order of time.
        self.all(&format!("{AWARD} WHERE a.state = 0 ORDER BY a.activity, a.id LIMIT ?1"), [limit], read)
    }

    /// What a resident did under any of the records merged into one, and what the other members of the present household did for the
    /// household's account, the newest first. What the district refused is among them, marked.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn awards_of_resident(
        &self,
        resident: ResidentId,
        limit: u32,
        offset: u32,
    ) -> Result<Vec<AwardRow>, StoreError> {
        let household = self.resident(resident)?.and_then(|row| row.household);
        let names = self.names_of(resident)?;
        let mut refused = Vec::new();
        for name in &names {
            refused.extend(self.refused_awards(*name, household)?);
        }
        // The refused ones are few and in no table, merged records are few: all are merged into the window.
        let one = refused.is_empty() && names.len() == 1;
        let (window, skipped) = if one { (limit, offset) } else { (limit.saturating_add(offset), 0) };
        let household = household.as_ref().map(HouseholdId::as_bytes);
        let mut awards = Vec::new();
        for name in &names {
            awards.extend(self.all(OF_RESIDENT, (name.as_bytes(), household, window, skipped), read)?);
        }
        if !one {
            awards.extend(refused);
            awards.sort_by_key(AwardRow::place);
            awards.dedup_by_key(|award| award.id);
            awards = awards.into_iter().skip(offset as usize).take(limit as usize).collect();
        }
        Ok(awards)
    }

    /// What was sent back to its author, the oldest first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn sent_back_of(&self, author: UserId) -> Result<Vec<AwardRow>, StoreError> {
        let sql = format!("{AWARD} WHERE a.state = 1 AND a.recorded_by = ?1 ORDER BY a.recorded_at, a.id LIMIT ?2");
        self.all(&sql, (author.as_bytes(), SENT_BACK_MAX), read)
    }

    /// Other awards that may speak of the same event: for the same resident, or for the same
    /// household's account, on the same day by the same rule; sent back and reversed ones left out.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn suspected_duplicates(&self, id: AwardId) -> Result<Vec<AwardRow>, StoreError> {
        let sql = include_str!("award/duplicates.sql");
        let twins: Vec<AwardId> = self.all(sql, (id.as_bytes(), DUPLICATES_MAX), |row| Columns::of(row).take())?;
        let mut awards = Vec::with_capacity(twins.len());
        for twin in twins {
            awards.extend(self.award(twin)?);
        }
        Ok(awards)
    }
}
