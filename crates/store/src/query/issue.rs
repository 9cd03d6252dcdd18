//! What waits for a person: derived from the tables whenever it is asked, less what was settled.
//!
//! An issue has no row of its own while it is open. Its key says what it is about, so that every PC that holds the same
//! operations lists the same issues, and a decision that names the key closes it on all of them.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use rusqlite::Row;
use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::{AwardId, OpId, ResidentId, UserId};
use zhenxin_domain::service_time::{YEARLY_CAP_MIN, cap_year};
use zhenxin_protocol::entity::{Entity, EntityKind};

use super::Reader;
use crate::error::StoreError;
use crate::sql::{Columns, days};

pub(crate) mod content;
pub(crate) mod field;
mod list;
pub(crate) mod spends;
mod unauthorised;
mod waiting;

/// Issues of one kind that are listed: nobody works through more at one sitting, and each that is settled makes room.
pub const ISSUES_MAX: u32 = 1_000;

/// What an issue is about. The codes stand in operations: they never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IssueKind {
    /// One field, two values.
    Field,
    /// An act that came second.
    Lost,
    /// Two awards that may be of one event.
    DuplicateAward,
    /// Two records that may be of one person.
    DuplicateResident,
    /// A change of a record that was taken back.
    Deleted,
    /// An account below zero.
    Deficit,
    /// A need that is closed, or served twice.
    RivalNeed,
    /// More minutes credited than a year allows.
    BeyondCap,
    /// An operation that could not be applied.
    SetAside,
    /// An operation that the district refused.
    Refused,
    /// Keys that are missing for more than a day.
    MissingKey,
    /// An operation of a clock far off.
    TimeSuspect,
    /// What somebody recorded after their account was closed.
    AfterRemoval,
    /// A change of accounts or of what is asked of passwords, by somebody who had not the duty for it.
    Unauthorised,
}

impl IssueKind {
    /// Every kind, the most pressing first.
    pub const ALL: [Self; 14] = [
        Self::Unauthorised,
        Self::Deficit,
        Self::Refused,
        Self::SetAside,
        Self::AfterRemoval,
        Self::Lost,
        Self::Field,
        Self::Deleted,
        Self::DuplicateAward,
        Self::DuplicateResident,
        Self::RivalNeed,
        Self::BeyondCap,
        Self::MissingKey,
        Self::TimeSuspect,
    ];

    /// The stored code.
    #[must_use]
    pub const fn as_code(self) -> &'static str {
        match self {
            Self::Field => "field",
            Self::Lost => "lost",
            Self::DuplicateAward => "duplicate_award",
            Self::DuplicateResident => "duplicate_resident",
            Self::Deleted => "deleted",
            Self::Deficit => zhenxin_protocol::body::settle::DEFICIT,
            Self::RivalNeed => "rival_need",
            Self::BeyondCap => "beyond_cap",
            Self::SetAside => "set_aside",
            Self::Refused => "refused",
            Self::MissingKey => "missing_key",
            Self::TimeSuspect => "time_suspect",
            Self::AfterRemoval => "after_removal",
            Self::Unauthorised => "unauthorised",
        }
    }

    /// The kind of a stored code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_code() == code)
    }
}

/// Which issue: the same on every PC.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IssueKey {
    /// What kind.
    pub kind: IssueKind,
    /// The entity that it is about.
    pub about: Entity,
    /// The operation that it is about, by its content id.
    pub op: Option<OpId>,
    /// What of the entity.
    pub what: Option<String>,
}

/// The text is no key of an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("这件待处理事项的编号不对，请回到列表重新选择")]
pub struct IssueKeyFault;

/// Stands for a part of a key that is absent.
const ABSENT: &str = "-";

impl fmt::Display for IssueKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.kind.as_code())?;
        self.about.to_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        match self.op {
            Some(op) => write!(f, ":{op}")?,
            None => write!(f, ":{ABSENT}")?,
        }
        write!(f, ":{}", self.what.as_deref().unwrap_or(ABSENT))
    }
}

impl FromStr for IssueKey {
    type Err = IssueKeyFault;

    fn from_str(text: &str) -> Result<Self, IssueKeyFault> {
        let mut parts = text.splitn(4, ':');
        let mut next = || parts.next().ok_or(IssueKeyFault);
        let (kind, about, op, what) = (next()?, next()?, next()?, next()?);
        let digit = |at: usize| about.get(at..at + 2).and_then(|byte| u8::from_str_radix(byte, 16).ok());
        let bytes = (0..about.len()).step_by(2).map(digit).collect::<Option<Vec<u8>>>().ok_or(IssueKeyFault)?;
        Ok(Self {
            kind: IssueKind::from_code(kind).ok_or(IssueKeyFault)?,
            about: Entity::from_bytes(&bytes).ok_or(IssueKeyFault)?,
            op: if op == ABSENT { None } else { Some(op.parse().map_err(|_| IssueKeyFault)?) },
            what: (what != ABSENT).then(|| what.to_owned()),
        })
    }
}

impl IssueKey {
    /// The key of a refused operation.
    #[must_use]
    pub fn refused(content: OpId) -> Self {
        Self { kind: IssueKind::Refused, about: of_op(content), op: Some(content), what: None }
    }

    /// The key of an operation that was set aside.
    #[must_use]
    pub fn set_aside(hash: &zhenxin_protocol::hash::Hash32) -> Self {
        let about = Entity::new(EntityKind::Issue, *hash.to_uuid().as_bytes());
        Self { kind: IssueKind::SetAside, about, op: None, what: None }
    }

    /// The key of two records that may be one person, whichever is named first.
    #[must_use]
    pub fn same_person(one: ResidentId, other: ResidentId) -> Self {
        let (first, second) = (one.min(other), one.max(other));
        let about = Entity::new(EntityKind::Resident, *first.as_bytes());
        Self { kind: IssueKind::DuplicateResident, about, op: None, what: Some(second.to_string()) }
    }

    /// The two records of a pair that may be one person.
    #[must_use]
    pub fn residents(&self) -> Option<[ResidentId; 2]> {
        let other = self.what.as_deref()?.parse().ok()?;
        (self.kind == IssueKind::DuplicateResident).then(|| [ResidentId::from_bytes(self.about.id), other])
    }

    /// The two awards of a pair that may be one event.
    #[must_use]
    pub fn awards(&self) -> Option<[AwardId; 2]> {
        let other = self.what.as_deref()?.parse().ok()?;
        (self.kind == IssueKind::DuplicateAward).then(|| [AwardId::from_bytes(self.about.id), other])
    }

    /// The entity in which decisions about it meet.
    #[must_use]
    pub fn entity(&self, scope: Scope) -> Entity {
        Entity::issue(self.kind.as_code(), &self.about.to_bytes(), self.op, self.what.as_deref(), scope)
    }
}

/// An operation as an entity that an issue is about.
fn of_op(content: OpId) -> Entity {
    Entity::new(EntityKind::Issue, *content.as_bytes())
}

/// An issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueRow {
    /// Which.
    pub key: IssueKey,
    /// The scope in which a decision about it is recorded.
    pub scope: Scope,
    /// When it arose, ms since 1970 UTC.
    pub at: i64,
    /// Whom it concerns.
    pub resident: Option<ResidentId>,
    /// What was decided.
    pub decided: Option<DecidedRow>,
}

/// A decision about an issue.
#[derive(Clone, PartialEq, Eq)]
pub struct DecidedRow {
    /// Its code.
    pub decision: String,
    /// Why.
    pub reason: Option<String>,
    /// When, ms since 1970 UTC.
    pub at: i64,
    /// By whom.
    pub by: UserId,
}

impl fmt::Debug for DecidedRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecidedRow({})", self.decision)
    }
}

/// The code of a merge in the list of decisions.
pub const MERGED: &str = "merge";

/// The moment for which issues are asked: some arise by waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IssuesAt {
    /// Now, ms since 1970 UTC.
    pub now_ms: i64,
    /// Today in China.
    pub today: NaiveDate,
}

impl Reader<'_> {
    /// The open issues of one kind, at most [`ISSUES_MAX`], newest first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn issues_of(&self, kind: IssueKind, at: IssuesAt) -> Result<Vec<IssueRow>, StoreError> {
        let mut rows = match kind {
            IssueKind::Field => self.field_issues()?,
            IssueKind::Lost => self.lost_issues()?,
            IssueKind::Deleted => self.deleted_issues()?,
            IssueKind::DuplicateAward => self.award_pairs()?,
            IssueKind::DuplicateResident => self.resident_pairs()?,
            IssueKind::Deficit => self.deficits()?,
            IssueKind::RivalNeed => self.rival_issues()?,
            IssueKind::BeyondCap => self.beyond_cap_issues(at.today)?,
            IssueKind::SetAside => self.set_aside_issues()?,
            IssueKind::Refused => self.refused_issues()?,
            IssueKind::MissingKey => self.missing_keys(at.now_ms)?,
            IssueKind::TimeSuspect => self.suspect_times()?,
            IssueKind::AfterRemoval => self.after_removals()?,
            IssueKind::Unauthorised => self.unauthorised()?,
        };
        let mut open = Vec::with_capacity(rows.len());
        for row in rows.drain(..) {
            if self.decided(&row.key, row.scope)?.is_none() {
                open.push(row);
            }
        }
        open.sort_by(|a, b| (b.at, &a.key).cmp(&(a.at, &b.key)));
        Ok(open)
    }

    /// All open issues, newest first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn issues(&self, at: IssuesAt) -> Result<Vec<IssueRow>, StoreError> {
        let mut all = Vec::new();
        for kind in IssueKind::ALL {
            all.extend(self.issues_of(kind, at)?);
        }
        all.sort_by(|a, b| (b.at, &a.key).cmp(&(a.at, &b.key)));
        Ok(all)
    }

    /// What was decided, newest decision first, merges included.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn settled_issues(&self, limit: u32) -> Result<Vec<IssueRow>, StoreError> {
        let sql = format!("{SETTLED} ORDER BY decided_at DESC, id LIMIT ?1");
        let mut rows: Vec<IssueRow> = self.all(&sql, [limit], read_settled)?.into_iter().flatten().collect();
        let sql = "SELECT id, alias_of, scope, merged_at, merged_by FROM resident WHERE alias_of IS NOT NULL
                   ORDER BY merged_at DESC, id LIMIT ?1";
        rows.extend(self.all(sql, [limit], read_merged)?);
        rows.sort_by_key(|row| std::cmp::Reverse(row.decided.as_ref().map(|decided| decided.at)));
        rows.truncate(limit as usize);
        Ok(rows)
    }

    /// One issue, open or settled; `None` where it has gone: what it was about agrees again.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn issue(&self, key: &IssueKey, at: IssuesAt) -> Result<Option<IssueRow>, StoreError> {
        if let Some(row) = self.issues_of(key.kind, at)?.into_iter().find(|row| row.key == *key) {
            return Ok(Some(row));
        }
        if let Some([one, other]) = key.residents() {
            for (id, into) in [(one, other), (other, one)] {
                if let Some(merge) = self.merge_of(id)?.filter(|merge| merge.into == into) {
                    let (at, by) = (merge.merged_at, merge.merged_by);
                    let decided = DecidedRow { decision: MERGED.to_owned(), reason: None, at, by };
                    let (scope, resident) = (merge.resident.scope, Some(into));
                    return Ok(Some(IssueRow { key: key.clone(), scope, at, resident, decided: Some(decided) }));
                }
            }
        }
        let sql = format!(
            "{SETTLED} WHERE substr(about, 2) = substr(?1, 2) AND about = ?1 AND kind = ?2 AND op IS ?3 AND what IS ?4 ORDER BY id"
        );
        let op = key.op.as_ref().map(|op| op.as_bytes());
        let params = (key.about.to_bytes(), key.kind.as_code(), op, key.what.as_deref());
        Ok(self.all(&sql, params, read_settled)?.into_iter().flatten().next())
    }

    /// What was decided about an issue.
    fn decided(&self, key: &IssueKey, scope: Scope) -> Result<Option<DecidedRow>, StoreError> {
        let sql = "SELECT decision, reason, decided_at, decided_by FROM issue_settled WHERE id = ?1";
        self.one(sql, [key.entity(scope).id], |row| {
            let mut c = Columns::of(row);
            Ok(DecidedRow { decision: c.get()?, reason: c.get()?, at: c.get()?, by: c.take()? })
        })
    }
}

const SETTLED: &str =
    "SELECT kind, about, op, what, scope, decision, reason, decided_at, decided_by FROM issue_settled";

/// `None` for a kind of a newer program.
fn read_settled(row: &Row<'_>) -> rusqlite::Result<Option<IssueRow>> {
    let mut c = Columns::of(row);
    let (kind, about) = (c.get::<String>()?, Entity::from_bytes(&c.get::<Vec<u8>>()?));
    let (op, what, scope) = (c.take()?, c.get()?, c.parse()?);
    let decided = DecidedRow { decision: c.get()?, reason: c.get()?, at: c.get()?, by: c.take()? };
    Ok(IssueKind::from_code(&kind).zip(about).map(|(kind, about)| {
        let resident = (about.kind == EntityKind::Resident).then(|| ResidentId::from_bytes(about.id));
        IssueRow { key: IssueKey { kind, about, op, what }, scope, at: decided.at, resident, decided: Some(decided) }
    }))
}

fn read_merged(row: &Row<'_>) -> rusqlite::Result<IssueRow> {
    let mut c = Columns::of(row);
    let (id, into, scope): (ResidentId, ResidentId, Scope) = (c.take()?, c.take()?, c.parse()?);
    let decided = DecidedRow { decision: MERGED.to_owned(), reason: None, at: c.get()?, by: c.take()? };
    let key = IssueKey::same_person(id, into);
    Ok(IssueRow { key, scope, at: decided.at, resident: Some(into), decided: Some(decided) })
}

#[cfg(test)]
mod tests;
