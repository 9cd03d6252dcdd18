//! The audit of this device: one row for each act, sign-in, refusal and look, chained by SM3, its head signed.
//!
//! It is local and no fold: it says what was done here, also where nothing came of it. Rows are only ever appended
//! ([`Tx::audit`] in the transaction of the act, [`Store::note_audit`] for what has none); the one thing that takes
//! rows away is retention ([`Tx::cut_audit`]), which signs where it cut.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use zhenxin_domain::ids::UserId;
use zhenxin_protocol::audit::{AuditRow as Canonical, End};
use zhenxin_protocol::device_key::ED25519_TAG;
use zhenxin_protocol::hash::Hash32;

use crate::error::StoreError;
use crate::open::Store;
use crate::open::identity::Identity;
use crate::ports::Ports;
use crate::query::Reader;
use crate::write::{Tx, audit_anchor};

pub(crate) mod check;
mod closed;

/// Longest text of a note in characters: a row is codes and counts, and a longer one is a mistake.
const DETAIL_CHARS_MAX: usize = 400;
/// What is noted where the signature of the head did not fit any more.
pub(crate) const HEAD_BROKEN: &str = "audit_head_broken";
/// Outcome of what was done.
pub const DONE: &str = "done";

/// What is to be noted. Codes, ids and counts; never a name, a number or a text that somebody typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditNote {
    /// What: the name of a command.
    pub action: String,
    /// [`DONE`], or the code of the refusal.
    pub outcome: String,
    /// What it was about: kind and id.
    pub subject: Option<(String, String)>,
    /// Codes and counts.
    pub detail: String,
}

impl AuditNote {
    /// Something that was done.
    #[must_use]
    pub fn done(action: &str) -> Self {
        Self { action: action.to_owned(), outcome: DONE.to_owned(), subject: None, detail: String::new() }
    }

    /// The same about something.
    #[must_use]
    pub fn about(mut self, kind: &str, id: impl ToString) -> Self {
        self.subject = Some((kind.to_owned(), id.to_string()));
        self
    }

    /// The same with codes and counts.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }
}

/// An end of the chain as it is kept.
pub(crate) struct Kept {
    pub(crate) no: u64,
    pub(crate) hash: Hash32,
    pub(crate) at_ms: i64,
    alg: String,
    signature: Vec<u8>,
}

const fn table(end: End) -> &'static str {
    match end {
        End::Head => "audit_head",
        End::Cut => "audit_cut",
    }
}

impl Kept {
    pub(crate) fn load(conn: &Connection, end: End) -> Result<Option<Self>, StoreError> {
        let sql = format!("SELECT no, hash, at_ms, alg, signature FROM {} WHERE one = 1", table(end));
        let kept = conn.prepare_cached(&sql)?.query_row([], |row| {
            let (no, at_ms) = (u64::try_from(row.get::<_, i64>(0)?).unwrap_or_default(), row.get(2)?);
            // a hash of another length is an edit; what is left is as good as none
            let hash = Hash32::from_slice(&row.get::<_, Vec<u8>>(1)?);
            // what is no text any more is no name of a signature either
            let alg = row.get_ref(3)?.as_str().unwrap_or_default().to_owned();
            let signature = row.get(4)?;
            Ok(hash.map(|hash| Self { no, hash, at_ms, alg, signature }))
        });
        Ok(kept.optional()?.flatten())
    }

    pub(crate) fn is_signed(&self, identity: &Identity, end: End) -> bool {
        let public = zhenxin_protocol::device_key::public_key(&identity.sign_seed);
        self.alg == ED25519_TAG && end.verify(&public, self.no, &self.hash, self.at_ms, &self.signature).is_ok()
    }
}

fn keep(
    conn: &Connection,
    identity: &Identity,
    end: End,
    (no, hash, at_ms): (u64, Hash32, i64),
) -> Result<(), StoreError> {
    let signature = end.sign(&identity.sign_seed, no, &hash, at_ms);
    let sql = format!(
        "INSERT OR REPLACE INTO {} (one, no, hash, at_ms, alg, signature) VALUES (1, ?1, ?2, ?3, ?4, ?5)",
        table(end)
    );
    conn.prepare_cached(&sql)?.execute((no as i64, hash.as_bytes(), at_ms, ED25519_TAG, signature))?;
    Ok(())
}

/// The row after which the next one stands: the head; of a file without one the last row.
fn last(conn: &Connection) -> Result<(u64, Hash32), StoreError> {
    if let Some(head) = Kept::load(conn, End::Head)? {
        return Ok((head.no, head.hash));
    }
    let row = conn
        .prepare_cached("SELECT no, hash FROM audit ORDER BY no DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get::<_, i64>(0)?.unsigned_abs(), Hash32(row.get(1)?))))
        .optional()?;
    Ok(row.unwrap_or((0, Hash32::ZERO)))
}

fn put(conn: &Connection, row: &Canonical) -> Result<Hash32, StoreError> {
    let hash = row.hash();
    conn.prepare_cached(
        "INSERT INTO audit (no, at_ms, user, device, action, outcome, subject_kind, subject, detail, prev, hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?
    .execute(rusqlite::params![
        row.no as i64,
        row.at_ms,
        row.user.as_ref().map(UserId::as_bytes),
        row.device.as_bytes(),
        row.action,
        row.outcome,
        row.subject_kind,
        row.subject,
        row.detail,
        row.prev.as_bytes(),
        hash.as_bytes()
    ])?;
    Ok(hash)
}

/// Appends a row and signs the new head.
pub(crate) fn append(
    conn: &Connection,
    ports: &Ports,
    identity: &Identity,
    user: Option<UserId>,
    note: &AuditNote,
) -> Result<(), StoreError> {
    let at_ms = ports.clock.now_ms();
    let (mut no, mut prev) = last(conn)?;
    let mut next = |user: Option<UserId>, note: &AuditNote| {
        let (subject_kind, subject) = note.subject.clone().unzip();
        let row = Canonical {
            no: no + 1,
            at_ms,
            user,
            device: identity.device,
            action: note.action.clone(),
            outcome: note.outcome.clone(),
            subject_kind,
            subject,
            detail: note.detail.chars().take(DETAIL_CHARS_MAX).collect(),
            prev,
        };
        prev = put(conn, &row)?;
        no = row.no;
        Ok::<_, StoreError>(())
    };
    // signing the new head must not make good what was done to the old one
    if Kept::load(conn, End::Head)?.is_some_and(|head| !head.is_signed(identity, End::Head)) {
        next(None, &AuditNote::done(HEAD_BROKEN))?;
    }
    next(user, note)?;
    keep(conn, identity, End::Head, (no, prev, at_ms))
}

/// The last row before the first that is not older than an instant, and never the last row of all. Where a clock was set
/// back, older rows stand after younger ones: those stay until the younger ones are old as well. What this device said
/// of its audit since that instant names a row as well, by the time of the log, which no clock sets back.
fn last_before(conn: &Connection, before_ms: i64) -> Result<Option<(i64, Hash32)>, StoreError> {
    let sql = "SELECT no, hash FROM audit
               WHERE no < coalesce((SELECT min(no) FROM audit WHERE at_ms >= ?1), ?2) AND no < ?2
                 AND no < coalesce((SELECT min(a.no) FROM audit_anchor a JOIN op o ON coalesce(o.origin, o.id) = a.op
                                    WHERE a.device = (SELECT device FROM audit ORDER BY no DESC LIMIT 1)
                                      AND o.status < 2 AND max(a.at, o.hlc >> 16) >= ?1), ?2)
               ORDER BY no DESC LIMIT 1";
    let (head, _) = last(conn)?;
    let found = conn
        .prepare_cached(sql)?
        .query_row((before_ms, head as i64), |row| Ok((row.get(0)?, Hash32(row.get(1)?))))
        .optional()?;
    Ok(found)
}

impl Reader<'_> {
    /// How many rows [`Tx::cut_audit`] would take away, and the number of the last of them.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn audit_before(&self, before_ms: i64) -> Result<(u64, u64), StoreError> {
        let Some((last, _)) = last_before(self.conn(), before_ms)? else { return Ok((0, 0)) };
        let rows = self.count("SELECT count(*) FROM audit WHERE no <= ?1", [last])?;
        Ok((rows, last.unsigned_abs()))
    }
}

/// Takes the rows before an instant away, but for the last row of all; how many.
pub(crate) fn cut(conn: &Connection, identity: &Identity, before_ms: i64, now_ms: i64) -> Result<u64, StoreError> {
    let Some((no, hash)) = last_before(conn, before_ms)? else { return Ok(0) };
    keep(conn, identity, End::Cut, (no.unsigned_abs(), hash, now_ms))?;
    Ok(conn.prepare_cached("DELETE FROM audit WHERE no <= ?1")?.execute([no])? as u64)
}

impl Store {
    /// Notes what has no transaction of its own: a sign-in, a refusal, a look.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn note_audit(&self, user: Option<UserId>, note: &AuditNote) -> Result<(), StoreError> {
        let mut conn = self.writer();
        let transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        append(&transaction, &self.inner.ports, &self.inner.identity, user, note)?;
        transaction.commit()?;
        Ok(())
    }
}

impl Store {
    /// Says in the log how far the audit has come, where that is due (see [`Tx::anchor_audit`]); whether it did. Nobody's
    /// act: it is written in the name of who last did something here.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn anchor_audit(&self, every_ms: i64) -> Result<bool, StoreError> {
        let sql = "SELECT user FROM audit WHERE user IS NOT NULL ORDER BY no DESC LIMIT 1";
        let last = self.read(|r| r.one(sql, [], |row| row.get::<_, [u8; 16]>(0).map(UserId::from_bytes)))?;
        let Some(user) = last else { return Ok(false) };
        // asked without the write door first: rounds are many, and almost none has something to say
        let (device, now_ms) = (self.device(), self.inner.ports.clock.now_ms());
        if self.read(|r| audit_anchor::due(r.conn(), device, now_ms, every_ms))?.is_none() {
            return Ok(false);
        }
        self.write(user, |tx| tx.anchor_audit(every_ms))
    }
}

impl Tx<'_> {
    /// Notes what this transaction does.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn audit(&mut self, note: &AuditNote) -> Result<(), StoreError> {
        let actor = self.actor();
        append(self.log.conn, self.log.ports, self.identity(), Some(actor), note)
    }

    /// Takes the rows before an instant away (retention); how many. The place is signed, so that what is left stays
    /// provable. The last row always stays.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn cut_audit(&mut self, before_ms: i64) -> Result<u64, StoreError> {
        cut(self.log.conn, self.identity(), before_ms, self.now_ms())
    }
}

#[cfg(test)]
mod tests;
