//! Consents.

use std::collections::HashMap;
use std::fmt;

use chrono::NaiveDate;
use rusqlite::Row;
use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::{ConsentId, ResidentId, UserId};

use super::Reader;
use crate::error::StoreError;
use crate::sql::Columns;

/// A consent as stored.
#[derive(Clone, PartialEq, Eq)]
pub struct ConsentRow {
    /// Which.
    pub id: ConsentId,
    /// Home scope of the resident.
    pub scope: Scope,
    /// Whose.
    pub resident: ResidentId,
    /// Version of the text that was agreed to.
    pub version: String,
    /// Code of the channel.
    pub channel: String,
    /// Code of who gave it.
    pub given_by: String,
    /// The guardian's name.
    pub guardian: Option<String>,
    /// The day it was given.
    pub given_on: NaiveDate,
    /// When it was recorded, ms since 1970 UTC.
    pub recorded_at: i64,
    /// Who recorded it.
    pub recorded_by: UserId,
    /// The day it was withdrawn.
    pub withdrawn_on: Option<NaiveDate>,
}

impl fmt::Debug for ConsentRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConsentRow({})", self.id)
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, scope, resident, version, channel, given_by, guardian, given_on, recorded_at, ",
            "recorded_by, withdrawn_on FROM consent ",
            $rest
        )
    };
}

fn read(row: &Row<'_>) -> rusqlite::Result<ConsentRow> {
    let mut c = Columns::of(row);
    Ok(ConsentRow {
        id: c.take()?,
        scope: c.parse()?,
        resident: c.take()?,
        version: c.get()?,
        channel: c.get()?,
        given_by: c.get()?,
        guardian: c.get()?,
        given_on: c.take()?,
        recorded_at: c.get()?,
        recorded_by: c.take()?,
        withdrawn_on: c.take()?,
    })
}

impl Reader<'_> {
    /// One consent.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn consent(&self, id: ConsentId) -> Result<Option<ConsentRow>, StoreError> {
        self.one(select!("WHERE id = ?1"), [id.as_bytes()], read)
    }

    /// The consents of a resident, oldest first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn consents_of(&self, resident: ResidentId) -> Result<Vec<ConsentRow>, StoreError> {
        self.all(select!("WHERE resident = ?1 ORDER BY given_on, id"), [resident.as_bytes()], read)
    }

    /// The consents of several residents; who has none is not in the map.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn consents_of_many(
        &self,
        residents: &[ResidentId],
    ) -> Result<HashMap<ResidentId, Vec<ConsentRow>>, StoreError> {
        let mut found = HashMap::new();
        for resident in residents {
            let consents = self.consents_of(*resident)?;
            if !consents.is_empty() {
                found.insert(*resident, consents);
            }
        }
        Ok(found)
    }
}
