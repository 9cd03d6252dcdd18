//! The audit of this device, and the anchors of all.

use rusqlite::Row;
use zhenxin_domain::ids::{DeviceId, UserId};
use zhenxin_protocol::hash::Hash32;

use super::Reader;
use crate::error::StoreError;
use crate::sql::Columns;

/// One row of the audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its number.
    pub no: u64,
    /// When, ms since 1970 UTC.
    pub at_ms: i64,
    /// Who; `None` where nobody was signed in.
    pub user: Option<UserId>,
    /// What: the name of a command.
    pub action: String,
    /// `done`, or the code of the refusal.
    pub outcome: String,
    /// Kind and id of what it was about.
    pub subject: Option<(String, String)>,
    /// Codes and counts.
    pub detail: String,
    /// Its hash.
    pub hash: Hash32,
}

/// Which rows.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Only of this user.
    pub user: Option<UserId>,
    /// Only this action.
    pub action: Option<String>,
    /// Only what was refused (true), only what was done (false).
    pub refused: Option<bool>,
    /// Only rows that name a record by this number: its id, the last eight characters of it, or how these begin.
    pub number: Option<String>,
    /// From this instant on, ms since 1970 UTC.
    pub from_ms: Option<i64>,
    /// Before this instant.
    pub before_ms: Option<i64>,
}

/// A window of the audit.
#[derive(Debug, Clone)]
pub struct AuditPage {
    /// Rows that fit.
    pub total: u64,
    /// The window, newest first.
    pub rows: Vec<AuditEntry>,
}

/// An anchor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnchorRow {
    /// Whose audit.
    pub device: DeviceId,
    /// Number of the row.
    pub no: u64,
    /// Its hash.
    pub hash: Hash32,
    /// When, ms since 1970 UTC.
    pub at_ms: i64,
}

/// The filter in SQL; its values are parameters 1 to 6.
const WHERE: &str = "WHERE (?1 IS NULL OR user = ?1) AND (?2 IS NULL OR action = ?2)
   AND (?3 IS NULL OR (outcome <> 'done') = ?3) AND (?4 IS NULL OR coalesce(subject, '') || ' ' || detail || ' ' GLOB ?4)
   AND (?5 IS NULL OR at_ms >= ?5) AND (?6 IS NULL OR at_ms < ?6)";

/// Characters of an id's last group, and of the short number at its end.
const LAST_GROUP_CHARS: usize = 12;
/// So much of an id tells records apart on one screen.
pub const SHORT_NUMBER_CHARS: usize = 8;

/// What a row's subject and details look like that name a record by this number; ids stand there between blanks.
fn naming(number: &str) -> String {
    let typed = number.trim().to_ascii_lowercase();
    if !typed.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-') {
        // no id has such characters, and some would mean something to GLOB
        return "-".to_owned();
    }
    match typed.len() {
        length if length <= SHORT_NUMBER_CHARS => {
            let (before, after) = (LAST_GROUP_CHARS - SHORT_NUMBER_CHARS, SHORT_NUMBER_CHARS - length);
            format!("*-{}{typed}{} *", "?".repeat(before), "?".repeat(after))
        }
        length if length <= LAST_GROUP_CHARS => format!("*-{}{typed} *", "?".repeat(LAST_GROUP_CHARS - length)),
        _ => format!("*{typed}*"),
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<AuditEntry> {
    let mut c = Columns::of(row);
    Ok(AuditEntry {
        no: c.get::<i64>()?.unsigned_abs(),
        at_ms: c.get()?,
        user: c.take()?,
        action: c.get()?,
        outcome: c.get()?,
        subject: c.get::<Option<String>>()?.zip(c.get::<Option<String>>()?),
        detail: c.get()?,
        hash: Hash32(c.get()?),
    })
}

impl Reader<'_> {
    /// A window of the audit, newest first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn audit(&self, filter: &AuditFilter, offset: u64, limit: u32) -> Result<AuditPage, StoreError> {
        let user = filter.user.as_ref().map(UserId::as_bytes);
        let AuditFilter { action, refused, from_ms, before_ms, .. } = filter;
        let named = filter.number.as_deref().map(naming);
        let total = self.count(
            &format!("SELECT count(*) FROM audit {WHERE}"),
            rusqlite::params![user, action, refused, named, from_ms, before_ms],
        )?;
        let rows = self.all(
            &format!(
                "SELECT no, at_ms, user, action, outcome, subject_kind, subject, detail, hash FROM audit {WHERE}
                 ORDER BY no DESC LIMIT ?7 OFFSET ?8"
            ),
            rusqlite::params![user, action, refused, named, from_ms, before_ms, limit, offset as i64],
            read,
        )?;
        Ok(AuditPage { total, rows })
    }

    /// The actions that the audit holds, in alphabetical order.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn audit_actions(&self) -> Result<Vec<String>, StoreError> {
        self.all("SELECT DISTINCT action FROM audit ORDER BY action", [], |row| row.get(0))
    }

    /// When the first row that is kept was written, ms since 1970 UTC.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn audit_begins_ms(&self) -> Result<Option<i64>, StoreError> {
        self.one("SELECT at_ms FROM audit ORDER BY no LIMIT 1", [], |row| row.get(0))
    }

    /// Whether what somebody did about a record stands in the audit already, at this instant (ms since 1970 UTC) or later.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn audit_holds(&self, user: UserId, action: &str, subject: &str, from_ms: i64) -> Result<bool, StoreError> {
        let sql = "SELECT count(*) FROM audit
                   WHERE subject = ?1 AND action = ?2 AND user = ?3 AND outcome = 'done' AND at_ms >= ?4";
        Ok(self.count(sql, (subject, action, user.as_bytes(), from_ms))? > 0)
    }

    /// The anchors of each device's audit, in the order in which they were written.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn audit_anchors(&self) -> Result<Vec<AnchorRow>, StoreError> {
        let rows = self.all(
            "SELECT a.device, a.no, a.hash, a.at FROM audit_anchor a
             JOIN op o ON coalesce(o.origin, o.id) = a.op AND o.status < 2
             ORDER BY a.device, o.hlc, a.no",
            [],
            |row| {
                // a device or hash of another length is an edit, which the log contradicts by itself
                let device = <[u8; 16]>::try_from(row.get::<_, Vec<u8>>(0)?).ok().map(DeviceId::from_bytes);
                let hash = Hash32::from_slice(&row.get::<_, Vec<u8>>(2)?);
                let (no, at_ms) = (row.get::<_, i64>(1)?.unsigned_abs(), row.get(3)?);
                Ok(device.zip(hash).map(|(device, hash)| AnchorRow { device, no, hash, at_ms }))
            },
        )?;
        Ok(rows.into_iter().flatten().collect())
    }
}
