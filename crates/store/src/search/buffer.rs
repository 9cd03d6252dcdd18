//! Changes of the index that one transaction makes: gathered, and written in the index's order.
//!
//! The order is what makes an import fast: a hundred thousand residents have a million terms, and
//! writing them as they come would touch a page of the file for each.

use rusqlite::Connection;

use super::terms::{TermSource, terms_of};
use crate::error::StoreError;
use crate::sql::insert_many;

/// Changes that are held before they are written: about 100 MB, more than the residents of any
/// town bring in one import.
const HELD_MAX: usize = 2_500_000;

/// A change of one term of one resident. The derived order is the index's, and of several changes
/// of one entry the order in which they were made.
#[derive(Clone, Copy)]
struct Change {
    /// First eight bytes of the term: most comparisons need no more.
    beginning: u64,
    start: u32,
    end: u32,
    no: i64,
    comes: bool,
}

/// The changes of one transaction. Reads see them after [`TermBuffer::flush`].
pub(crate) struct TermBuffer<'c> {
    conn: &'c Connection,
    text: String,
    changes: Vec<Change>,
}

impl<'c> TermBuffer<'c> {
    pub(crate) const fn new(conn: &'c Connection) -> Self {
        Self { conn, text: String::new(), changes: Vec::new() }
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
        for term in terms_of(source) {
            let start = self.text.len() as u32;
            self.text.push_str(&term);
            let mut beginning = [0; 8];
            let bytes = &term.as_bytes()[..term.len().min(8)];
            beginning[..bytes.len()].copy_from_slice(bytes);
            let (beginning, end) = (u64::from_be_bytes(beginning), self.text.len() as u32);
            self.changes.push(Change { beginning, start, end, no, comes });
        }
        if self.changes.len() >= HELD_MAX { self.flush() } else { Ok(()) }
    }

    /// Writes what was gathered. Of several changes of one term of one resident the last counts.
    pub(crate) fn flush(&mut self) -> Result<(), StoreError> {
        if self.changes.is_empty() {
            return Ok(());
        }
        let text = std::mem::take(&mut self.text);
        let mut changes = std::mem::take(&mut self.changes);
        let term = |change: &Change| &text[change.start as usize..change.end as usize];
        changes.sort_unstable_by(|a, b| {
            let by_term = || term(a).cmp(term(b));
            a.beginning.cmp(&b.beginning).then_with(by_term).then(a.no.cmp(&b.no)).then(a.start.cmp(&b.start))
        });
        let mut last = changes.len();
        // From behind, so that the last change of an entry is the one that stays.
        for at in (0..changes.len()).rev() {
            let known =
                changes.get(last).is_some_and(|kept| kept.no == changes[at].no && term(kept) == term(&changes[at]));
            if !known {
                last -= 1;
                changes[last] = changes[at];
            }
        }
        let changes = &changes[last..];
        let mut delete = self.conn.prepare_cached("DELETE FROM search_term WHERE term = ?1 AND resident_no = ?2")?;
        for change in changes.iter().filter(|change| !change.comes) {
            delete.execute((term(change), change.no))?;
        }
        let rows: Vec<&Change> = changes.iter().filter(|change| change.comes).collect();
        insert_many(self.conn, "INSERT OR IGNORE INTO search_term (term, resident_no)", 2, &rows, |bind, change| {
            bind.put(term(change))?;
            bind.put(change.no)
        })
    }
}
