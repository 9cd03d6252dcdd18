//! Rows about what was refused while the file was closed.

use rusqlite::TransactionBehavior;

use super::{AuditNote, append};
use crate::error::StoreError;
use crate::key::file::KeyFile;
use crate::key::refused::{Refusals, Refused};
use crate::open::Store;

/// Times of one row: more do not fit its detail.
const TIMES_OF_A_ROW: usize = 16;

/// How the detail of such a row begins.
pub(super) const CLOSED: &str = "closed×";

/// A row for each handful of refusals: how many, and when. A count that is larger than the times has older ones in it.
fn notes(action: &str, outcome: &str, refusals: &Refusals) -> Vec<AuditNote> {
    if refusals.is_empty() {
        return Vec::new();
    }
    let parts: Vec<&[i64]> = refusals.times_ms.chunks(TIMES_OF_A_ROW).collect();
    let untimed = refusals.count.saturating_sub(refusals.times_ms.len() as u64);
    let mut notes = Vec::new();
    for (at, times) in parts.iter().enumerate() {
        let count = times.len() as u64 + if at == 0 { untimed } else { 0 };
        let times: Vec<String> = times.iter().map(ToString::to_string).collect();
        let detail = format!("{CLOSED}{count} times={}", times.join("+"));
        notes.push(AuditNote { outcome: outcome.to_owned(), ..AuditNote::done(action).detail(detail) });
    }
    notes
}

impl Store {
    /// Writes what was refused at the closed file into the audit. After a crash in between it is written twice: better
    /// than not at all.
    pub(crate) fn note_refused_while_closed(&self) -> Result<(), StoreError> {
        let refused = KeyFile::load(self.dir())?.map(|file| file.refused).unwrap_or_default();
        if refused == Refused::default() {
            return Ok(());
        }
        let mut rows = notes("sign_in", "wrong_password", &refused.password);
        rows.extend(notes("recover", "wrong_password", &refused.recovery));
        let mut conn = self.writer();
        let transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for note in &rows {
            append(&transaction, &self.inner.ports, &self.inner.identity, None, note)?;
        }
        transaction.commit()?;
        drop(conn);
        self.with_key_file(|file| {
            file.refused = Refused::default();
            Ok(())
        })
    }
}
