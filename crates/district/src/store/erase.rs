//! After the keys of a person were destroyed: what still lies about of them goes as well.
//!
//! A row that is deleted leaves copies: in the gaps of a database's pages, in its write-ahead log, in snapshots of a town
//! that were made before. They open nothing without a data key of the town, but the towns do hold those. So the snapshots
//! go at once, and the table of wrapped keys is written anew soon after. What PostgreSQL keeps in its own log and in
//! archives of it goes when that is recycled; docs/CONSOLE.md says how long that is.

use std::sync::atomic::Ordering;

use super::tables::PERSON_KEY;
use super::{Store, StoreError};

impl Store {
    /// Notes that keys were destroyed.
    pub(super) fn note_erasure(&self) {
        self.erased.store(true, Ordering::Release);
    }

    /// Writes anew what held destroyed keys. Nothing is done where none were destroyed since the last time; the first time
    /// after a start always writes, because a stop may have come in between. Whether all is done.
    ///
    /// # Errors
    /// [`StoreError`]; then it is tried again.
    pub fn finish_erasures(&self) -> Result<bool, StoreError> {
        if !self.erased.swap(false, Ordering::AcqRel) {
            return Ok(true);
        }
        let done = self.db.scrub(&PERSON_KEY);
        if !matches!(done, Ok(true)) {
            self.note_erasure();
        }
        done
    }
}
