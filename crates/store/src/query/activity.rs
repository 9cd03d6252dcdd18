//! Activities, the review queue, and evidence.

use std::fmt;

use chrono::NaiveDate;
use rusqlite::Row;
use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::{ActivityId, EvidenceId, RuleVersionId, UserId};
use zhenxin_protocol::hash::Hash32;

use super::Reader;
use super::award::AwardRow;
use crate::error::StoreError;
use crate::sql::Columns;

/// Waiting awards that the queue holds, the oldest: several days of work of one reviewer.
const QUEUE_AWARDS_MAX: u32 = 10_000;

/// An activity, all its scopes together.
#[derive(Clone, PartialEq, Eq)]
pub struct ActivityRow {
    /// Which.
    pub activity: ActivityId,
    /// Its name.
    pub name: Option<String>,
    /// The rule's version.
    pub rule_version: RuleVersionId,
    /// The day.
    pub occurred_on: NaiveDate,
    /// When it was recorded, ms since 1970 UTC.
    pub recorded_at: i64,
    /// Who recorded it.
    pub recorded_by: UserId,
    /// Awards that wait for a review.
    pub submitted: u32,
    /// Awards that were sent back.
    pub sent_back: u32,
    /// Awards that were approved.
    pub approved: u32,
    /// Awards that were reversed.
    pub reversed: u32,
}

impl fmt::Debug for ActivityRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ActivityRow({})", self.activity)
    }
}

/// An activity with what waits for a review in it.
#[derive(Clone, PartialEq, Eq)]
pub struct QueueActivity {
    /// Which.
    pub activity: ActivityId,
    /// Its name.
    pub name: Option<String>,
    /// The scope of its first award that waits.
    pub scope: Scope,
    /// The rule's version.
    pub rule_version: RuleVersionId,
    /// The day.
    pub occurred_on: NaiveDate,
    /// When it was recorded, ms since 1970 UTC.
    pub recorded_at: i64,
    /// Who recorded it.
    pub recorded_by: UserId,
    /// Its awards that wait.
    pub awards: Vec<AwardRow>,
    /// How many of them look like something recorded elsewhere.
    pub suspected: u32,
}

impl fmt::Debug for QueueActivity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "QueueActivity({}, {} awards)", self.activity, self.awards.len())
    }
}

/// A photo or scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceRow {
    /// Which.
    pub id: EvidenceId,
    /// SM3 of its bytes.
    pub hash: Hash32,
    /// Media type.
    pub mime: String,
    /// Length in bytes.
    pub bytes_len: u64,
    /// Whether the bytes are on this device.
    pub here: bool,
}

fn read(row: &Row<'_>) -> rusqlite::Result<ActivityRow> {
    let mut c = Columns::of(row);
    Ok(ActivityRow {
        activity: c.take()?,
        name: c.get()?,
        rule_version: c.take()?,
        occurred_on: c.take()?,
        recorded_at: c.get()?,
        recorded_by: c.take()?,
        submitted: c.get()?,
        sent_back: c.get()?,
        approved: c.get()?,
        reversed: c.get()?,
    })
}

const EVIDENCE: &str = "SELECT e.id, e.hash, e.mime, e.bytes_len,
                               EXISTS (SELECT 1 FROM attachment b WHERE b.hash = e.hash)
                        FROM evidence e";

fn read_evidence(row: &Row<'_>) -> rusqlite::Result<EvidenceRow> {
    let mut c = Columns::of(row);
    Ok(EvidenceRow {
        id: c.take()?,
        hash: Hash32(c.get()?),
        mime: c.get()?,
        bytes_len: c.get::<i64>()?.unsigned_abs(),
        here: c.get()?,
    })
}

impl Reader<'_> {
    /// One activity.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn activity(&self, id: ActivityId) -> Result<Option<ActivityRow>, StoreError> {
        self.one(include_str!("activity/one.sql"), [id.as_bytes()], read)
    }

    /// What a user recorded, newest first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn activities_by(&self, author: UserId, limit: u32, offset: u32) -> Result<Vec<ActivityRow>, StoreError> {
        self.all(include_str!("activity/by_author.sql"), (author.as_bytes(), limit, offset), read)
    }

    /// Activities with awards that wait for a review, oldest first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn review_queue(&self) -> Result<Vec<QueueActivity>, StoreError> {
        let mut queue: Vec<QueueActivity> = Vec::new();
        for award in self.waiting_awards(QUEUE_AWARDS_MAX)? {
            let suspected = u32::from(!self.suspected_duplicates(award.id)?.is_empty());
            match queue.last_mut().filter(|group| group.activity == award.activity) {
                Some(group) => {
                    group.suspected += suspected;
                    group.awards.push(award);
                }
                None => queue.push(QueueActivity {
                    activity: award.activity,
                    name: award.activity_name.clone(),
                    scope: award.scope,
                    rule_version: award.rule_version,
                    occurred_on: award.occurred_on,
                    recorded_at: award.recorded_at,
                    recorded_by: award.recorded_by,
                    awards: vec![award],
                    suspected,
                }),
            }
        }
        Ok(queue)
    }

    /// The photos and scans of an activity, each once.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn evidence_of(&self, activity: ActivityId) -> Result<Vec<EvidenceRow>, StoreError> {
        let sql = format!("{EVIDENCE} WHERE e.activity = ?1 GROUP BY e.id ORDER BY e.id");
        self.all(&sql, [activity.as_bytes()], read_evidence)
    }

    /// One photo, scan or file: of an activity, of a brand (its mark too) or of an event.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn evidence(&self, id: EvidenceId) -> Result<Option<EvidenceRow>, StoreError> {
        self.one(include_str!("activity/any_file.sql"), [id.as_bytes()], read_evidence)
    }

    /// Its bytes; `None` where they are not on this device.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn evidence_bytes(&self, id: EvidenceId) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(file) = self.evidence(id)? else { return Ok(None) };
        self.one("SELECT bytes FROM attachment WHERE hash = ?1", [file.hash.as_bytes()], |row| row.get(0))
    }
}
