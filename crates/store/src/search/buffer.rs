//! Changes of the index that one transaction makes: gathered, and written in the index's order.
//!
//! The order is what makes an import fast: a hundred thousand residents have a million terms, and
//! writing them as they come would touch a page of the file for each.

use rusqlite::Connection;

use super::terms::{TermSource, terms_of};
use crate::error::StoreError;

/// Changes that are held before they are written: about 30 MB.
const HELD_MAX: usize = 400_000;

/// A change: the term, the resident's number, and whether it comes or goes.
type Change = (Box<str>, i64, bool);

/// The changes of one transaction. Reads see them after [`TermBuffer::flush`].
pub(crate) struct TermBuffer<'c> {
    conn: &'c Connection,
    changes: Vec<Change>,
}

impl<'c> TermBuffer<'c> {
    pub(crate) const fn new(conn: &'c Connection) -> Self {
        Self { conn, changes: Vec::new() }
    }

    /// From now on the resident is found by these fields.
    pub(crate) fn add(&mut self, no: i64, source: &TermSource<'_>) -> Result<(), StoreError> {
        self.note(no, source, true)
    }

    /// From now on the resident is no longer found by these fields.
    pub(crate) fn remove(&mut self, no: i64, source: &TermSource<'_>) -> Result<(), StoreError> {
        self.note(no, source, false)
    }

    fn note(&mut self, no: i64, source: &TermSource<'_>, comes: bool) -> Result<(), StoreError> {
        self.changes.extend(terms_of(source).into_iter().map(|term| (term.into_boxed_str(), no, comes)));
        if self.changes.len() >= HELD_MAX { self.flush() } else { Ok(()) }
    }

    /// Writes what was gathered. Of several changes of one term of one resident the last counts.
    pub(crate) fn flush(&mut self) -> Result<(), StoreError> {
        if self.changes.is_empty() {
            return Ok(());
        }
        let mut changes = std::mem::take(&mut self.changes);
        // Stable: changes of the same entry stay in the order in which they were made.
        changes.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
        let mut insert =
            self.conn.prepare_cached("INSERT OR IGNORE INTO search_term (term, resident_no) VALUES (?1, ?2)")?;
        let mut delete = self.conn.prepare_cached("DELETE FROM search_term WHERE term = ?1 AND resident_no = ?2")?;
        let mut rest = changes.iter().peekable();
        while let Some((term, no, comes)) = rest.next() {
            if rest.peek().is_some_and(|(next, next_no, _)| next == term && next_no == no) {
                continue;
            }
            let statement = if *comes { &mut insert } else { &mut delete };
            statement.execute((term, no))?;
        }
        Ok(())
    }
}
