//! What of a resident lies in lists that are read by something else.

use zhenxin_domain::ids::{EventId, NeedId, ResidentId};

use super::Reader;
use crate::error::StoreError;
use crate::sql::Columns;

impl Reader<'_> {
    /// The activities on whose sign-in lists a resident stands, oldest first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn events_attended(&self, resident: ResidentId) -> Result<Vec<EventId>, StoreError> {
        let sql = "SELECT DISTINCT e.id, e.day FROM attendance a JOIN event e ON e.id = a.event
                   WHERE a.resident = ?1 ORDER BY e.day, e.id";
        self.all(sql, [resident.as_bytes()], |row| Columns::of(row).take())
    }

    /// The needs of a resident, oldest first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn needs_of(&self, resident: ResidentId) -> Result<Vec<NeedId>, StoreError> {
        let sql = "SELECT id FROM need WHERE resident = ?1 ORDER BY day, id";
        self.all(sql, [resident.as_bytes()], |row| Columns::of(row).take())
    }
}
