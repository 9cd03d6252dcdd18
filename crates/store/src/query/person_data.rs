//! What may still be done with people's data: standings, requests, the way they went; where a name still stands.

use std::fmt;

use rusqlite::Row;
use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::{ActivityId, OpId, ResidentId, UserId};
use zhenxin_domain::privacy::DataState;

use super::Reader;
use crate::error::StoreError;
use crate::sql::{Columns, invalid};

/// Rows of one list of the privacy desk: what one person works through in a day.
pub const PERSON_DATA_MAX: u32 = 500;
/// Places where a name is shown to stand still: who erases looks at each.
const MENTIONS_MAX: u32 = 100;

/// Where a person's data stand. A text that is `None` is empty or went with the key.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonDataRow {
    /// Whose.
    pub resident: ResidentId,
    /// Home scope.
    pub scope: Scope,
    /// How far the data may be used.
    pub state: DataState,
    /// Since when, ms since 1970 UTC.
    pub since_at: i64,
    /// Code of the reason why the state is this one.
    pub reason: Option<String>,
    /// More about it.
    pub note: Option<String>,
    /// The request for erasure that waits for a second person.
    pub asked: Option<AskedRow>,
}

/// A request for erasure.
#[derive(Clone, PartialEq, Eq)]
pub struct AskedRow {
    /// The operation that asked, by its content id.
    pub op: OpId,
    /// When, ms since 1970 UTC.
    pub at: i64,
    /// By whom.
    pub by: UserId,
    /// Why: its code.
    pub reason: String,
    /// More about it.
    pub note: Option<String>,
}

/// A step of a person's data.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonStepRow {
    /// Whose.
    pub resident: ResidentId,
    /// `restrict`, `lift`, `ask`, `refuse`, `withdraw` or `erase`.
    pub step: String,
    /// Code of the reason.
    pub reason: Option<String>,
    /// More about it.
    pub note: Option<String>,
    /// Who.
    pub actor: UserId,
    /// When, ms since 1970 UTC.
    pub at: i64,
    /// It came second and changed nothing.
    pub lost: bool,
}

/// What an erasure would destroy beside the person's own record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ErasureReach {
    /// Records of the person: the one that is kept and those merged into it.
    pub records: Vec<ResidentId>,
    /// Activities at which nobody else was recorded: their names and photographs go.
    pub activities: Vec<ActivityId>,
    /// Photographs and scans of those activities.
    pub files: u64,
    /// The person's own sign-ins that are closed.
    pub users: Vec<UserId>,
    /// The person's own sign-ins that are still open: they stand in the way.
    pub open_users: u64,
    /// Service orders of the person that are neither credited nor cancelled.
    pub running_orders: u64,
    /// Awards that wait for a review.
    pub waiting_awards: u64,
    /// What was written about the person elsewhere.
    pub texts: OwnTexts,
}

/// How many records hold a text that is sealed with the person's key and goes with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnTexts {
    /// Consents with a guardian's name.
    pub consents: u64,
    /// Awards with a reason why they were sent back or reversed.
    pub awards: u64,
    /// Service orders for the person with a place, a note or a reason.
    pub orders: u64,
    /// Needs with a place, a note or a reason.
    pub needs: u64,
    /// Gifts of the person with a relation, a note or a reason.
    pub gifts: u64,
    /// Decided issues with a reason.
    pub decisions: u64,
    /// Restrictions, requests for erasure and what became of them, with a note.
    pub steps: u64,
    /// Looks at the person's numbers, with a reason.
    pub queries: u64,
}

/// A text of others in which the person's name stands.
#[derive(Clone, PartialEq, Eq)]
pub struct MentionRow {
    /// What holds it, as `person_data/mentions.sql` names the kinds.
    pub kind: String,
    /// What is opened to correct it: itself, or what it belongs to.
    pub id: [u8; 16],
    /// The text.
    pub text: String,
}

impl fmt::Debug for PersonDataRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PersonDataRow({}, {:?})", self.resident, self.state)
    }
}

impl fmt::Debug for AskedRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AskedRow({})", self.op)
    }
}

impl fmt::Debug for PersonStepRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PersonStepRow({}, {})", self.resident, self.step)
    }
}

impl fmt::Debug for MentionRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MentionRow({})", self.kind)
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT p.resident, p.scope, p.state, p.since_at, p.reason, p.note, p.asked, p.asked_at, p.asked_by, ",
            "p.asked_for, p.asked_note FROM person_data p ",
            $rest
        )
    };
}

fn read(row: &Row<'_>) -> rusqlite::Result<PersonDataRow> {
    let mut c = Columns::of(row);
    let (resident, scope, state, since_at) = (c.take()?, c.parse()?, c.take()?, c.get()?);
    let (reason, note, asked) = (c.get()?, c.get()?, c.take()?);
    let (at, by, why, asked_note): (Option<i64>, Option<UserId>, Option<String>, _) =
        (c.get()?, c.take()?, c.get()?, c.get()?);
    let asked = match asked {
        None => None,
        Some(op) => Some(AskedRow {
            op,
            at: at.ok_or_else(|| invalid(7))?,
            by: by.ok_or_else(|| invalid(8))?,
            reason: why.ok_or_else(|| invalid(9))?,
            note: asked_note,
        }),
    };
    Ok(PersonDataRow { resident, scope, state, since_at, reason, note, asked })
}

impl Reader<'_> {
    /// Where the data of one record stand; `None` where nothing was ever decided.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn person_data(&self, resident: ResidentId) -> Result<Option<PersonDataRow>, StoreError> {
        self.one(select!("WHERE p.resident = ?1"), [resident.as_bytes()], read)
    }

    /// How far a person's data may be used: the strictest of all their records.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn data_state(&self, resident: ResidentId) -> Result<DataState, StoreError> {
        // In most towns there is nobody, and this is asked for every row of a list.
        let any = "SELECT EXISTS (SELECT 1 FROM person_data WHERE state <> 'open')";
        if self.count(any, [])? == 0 {
            return Ok(DataState::Open);
        }
        let mut strictest = DataState::Open;
        let kept = self.kept(resident)?;
        for name in self.names_of(kept)?.into_iter().chain([resident]) {
            if let Some(row) = self.person_data(name)? {
                strictest = strictest.max(row.state);
            }
        }
        Ok(strictest)
    }

    /// People whose data are in this state, the last change first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn people_in_state(&self, state: DataState) -> Result<Vec<PersonDataRow>, StoreError> {
        let sql = select!("WHERE p.state = ?1 ORDER BY p.since_at DESC, p.resident LIMIT ?2");
        self.all(sql, (state.as_code(), PERSON_DATA_MAX), read)
    }

    /// Requests for erasure that wait, the oldest first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn erasures_asked(&self) -> Result<Vec<PersonDataRow>, StoreError> {
        let sql = select!("WHERE p.asked IS NOT NULL ORDER BY p.asked_at, p.resident LIMIT ?1");
        self.all(sql, [PERSON_DATA_MAX], read)
    }

    /// The way of one record's data, oldest first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn person_steps(&self, resident: ResidentId) -> Result<Vec<PersonStepRow>, StoreError> {
        let sql =
            "SELECT resident, step, reason, note, actor, at, lost FROM person_step WHERE resident = ?1 ORDER BY no";
        self.all(sql, [resident.as_bytes()], read_step)
    }

    /// The last steps of all people, newest first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn last_person_steps(&self, limit: u32) -> Result<Vec<PersonStepRow>, StoreError> {
        let sql =
            "SELECT resident, step, reason, note, actor, at, lost FROM person_step ORDER BY at DESC, no DESC LIMIT ?1";
        self.all(sql, [limit], read_step)
    }

    /// Who withdrew every consent before a day (days since 1970-01-01), has no request for erasure waiting and is not
    /// erased; longest ago first. The day of the last withdrawal beside each.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn withdrawn_before(&self, day: chrono::NaiveDate) -> Result<Vec<(ResidentId, chrono::NaiveDate)>, StoreError> {
        let sql = "SELECT c.resident, max(c.withdrawn_on) AS last FROM consent c
                   JOIN resident r ON r.id = c.resident
                   LEFT JOIN person_data p ON p.resident = c.resident
                   WHERE coalesce(p.state, 'open') = 'open' AND p.asked IS NULL AND r.alias_of IS NULL
                   GROUP BY c.resident HAVING count(*) = count(c.withdrawn_on) AND last <= ?1
                   ORDER BY last, c.resident LIMIT ?2";
        self.all(sql, (crate::sql::days(day), PERSON_DATA_MAX), |row| {
            let mut c = Columns::of(row);
            Ok((c.take()?, c.take()?))
        })
    }

    /// Erased people of whom something is left that concerns nobody else: from a PC that had not heard of the erasure, or
    /// erased on a PC of some villages, whose tombstones the district does not take for what is the town's. How many
    /// activities and closed sign-ins.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn left_after_erasure(&self) -> Result<Vec<(ResidentId, u64)>, StoreError> {
        let sql = "SELECT resident, count(*) FROM (
                     SELECT w.resident, w.activity FROM award w
                     JOIN person_data p ON p.resident = w.resident AND p.state = 'erased'
                     WHERE EXISTS (SELECT 1 FROM activity a WHERE a.id = w.activity AND a.name IS NOT NULL)
                       AND NOT EXISTS (
                         SELECT 1 FROM award o LEFT JOIN person_data q ON q.resident = o.resident
                         WHERE o.activity = w.activity AND coalesce(q.state, 'open') <> 'erased')
                     UNION
                     SELECT u.resident, u.id FROM user u
                     JOIN person_data p ON p.resident = u.resident AND p.state = 'erased'
                     WHERE u.active = 0 AND coalesce(u.name, u.sign_in_name) IS NOT NULL)
                   GROUP BY resident ORDER BY resident LIMIT ?1";
        self.all(sql, [PERSON_DATA_MAX], |row| {
            let mut c = Columns::of(row);
            Ok((c.take()?, c.get::<i64>()?.unsigned_abs()))
        })
    }

    /// What an erasure of the person would reach.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn erasure_reach(&self, resident: ResidentId) -> Result<ErasureReach, StoreError> {
        let records = self.names_of(self.kept(resident)?)?;
        let mut reach = ErasureReach { records: records.clone(), ..ErasureReach::default() };
        let ids = hex_list(&records);
        for record in &records {
            let sole = "SELECT DISTINCT w.activity FROM award w WHERE w.resident = ?1 AND NOT EXISTS (
                          SELECT 1 FROM award o LEFT JOIN person_data q ON q.resident = o.resident
                          WHERE o.activity = w.activity AND coalesce(q.state, 'open') <> 'erased'
                            AND hex(o.resident) NOT IN (SELECT value FROM json_each(?2)))
                        ORDER BY w.activity";
            let found: Vec<ActivityId> = self.all(sole, (record.as_bytes(), &ids), |row| Columns::of(row).take())?;
            for activity in found {
                if !reach.activities.contains(&activity) {
                    reach.files += self
                        .count("SELECT count(DISTINCT id) FROM evidence WHERE activity = ?1", [activity.as_bytes()])?;
                    reach.activities.push(activity);
                }
            }
            let sign_ins: Vec<(UserId, bool)> =
                self.all("SELECT id, active FROM user WHERE resident = ?1 ORDER BY id", [record.as_bytes()], |row| {
                    let mut c = Columns::of(row);
                    Ok((c.take()?, c.get()?))
                })?;
            reach.open_users += sign_ins.iter().filter(|(_, active)| *active).count() as u64;
            reach.users.extend(sign_ins.into_iter().filter(|(_, active)| !active).map(|(user, _)| user));
            let running = "SELECT count(*) FROM service_order WHERE (beneficiary = ?1 OR volunteer = ?1)
                             AND state NOT IN ('credited', 'cancelled', 'reversed')";
            reach.running_orders += self.count(running, [record.as_bytes()])?;
            reach.waiting_awards +=
                self.count("SELECT count(*) FROM award WHERE resident = ?1 AND state = 0", [record.as_bytes()])?;
        }
        reach.texts = self.own_texts(&ids)?;
        Ok(reach)
    }

    fn own_texts(&self, records: &str) -> Result<OwnTexts, StoreError> {
        let counts = self.one(include_str!("person_data/own_texts.sql"), [records], |row| {
            let mut c = Columns::of(row);
            let mut next = || Ok::<_, rusqlite::Error>(c.get::<i64>()?.unsigned_abs());
            Ok(OwnTexts {
                consents: next()?,
                awards: next()?,
                orders: next()?,
                needs: next()?,
                gifts: next()?,
                decisions: next()?,
                steps: next()?,
                queries: next()?,
            })
        })?;
        Ok(counts.unwrap_or_default())
    }

    /// Texts about others or about many in which a name or number stands; an erasure of the person does not reach them.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn mentions(&self, texts: &[String], reach: &ErasureReach) -> Result<Vec<MentionRow>, StoreError> {
        let (records, activities) = (hex_list(&reach.records), hex_list(&reach.activities));
        let mut found: Vec<MentionRow> = Vec::new();
        for text in texts {
            let rows = self.all(
                include_str!("person_data/mentions.sql"),
                (text, &records, &activities, MENTIONS_MAX),
                |row| Ok(MentionRow { kind: row.get(0)?, id: row.get(1)?, text: row.get(2)? }),
            )?;
            for row in rows {
                if !found.contains(&row) {
                    found.push(row);
                }
            }
        }
        Ok(found)
    }
}

fn read_step(row: &Row<'_>) -> rusqlite::Result<PersonStepRow> {
    let mut c = Columns::of(row);
    Ok(PersonStepRow {
        resident: c.take()?,
        step: c.get()?,
        reason: c.get()?,
        note: c.get()?,
        actor: c.take()?,
        at: c.get()?,
        lost: c.get()?,
    })
}

trait Bytes {
    fn bytes(&self) -> &[u8; 16];
}

impl Bytes for ResidentId {
    fn bytes(&self) -> &[u8; 16] {
        self.as_bytes()
    }
}

impl Bytes for ActivityId {
    fn bytes(&self) -> &[u8; 16] {
        self.as_bytes()
    }
}

/// Ids as a JSON list of what SQL's `hex` gives.
fn hex_list<T: Bytes>(ids: &[T]) -> String {
    let hex: Vec<String> =
        ids.iter().map(|id| format!("\"{:X}\"", uuid::Uuid::from_bytes(*id.bytes()).simple())).collect();
    format!("[{}]", hex.join(","))
}
