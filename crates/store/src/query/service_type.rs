//! Service types.

use chrono::NaiveDate;
use rusqlite::Row;
use zhenxin_domain::ids::{ServiceTypeId, UserId};
use zhenxin_domain::service_time::Coefficient;

use super::Reader;
use crate::error::StoreError;
use crate::sql::{Columns, days, invalid};

/// A version of a service type as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceTypeRow {
    /// The type through all its versions.
    pub service_type: ServiceTypeId,
    /// 1, 2, 3 …
    pub version: u32,
    /// Such as `F01`.
    pub code: String,
    /// Such as 陪同就医.
    pub name: String,
    /// What a minute counts.
    pub coefficient: Coefficient,
    /// First day in force.
    pub in_force_from: NaiveDate,
    /// When it was recorded, ms since 1970 UTC.
    pub recorded_at: i64,
    /// Who recorded it.
    pub recorded_by: UserId,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT v.service_type, v.version, v.code, v.name, v.coefficient_percent, v.in_force_from, ",
            "v.recorded_at, v.recorded_by FROM service_type_version v ",
            $rest
        )
    };
}

fn read(row: &Row<'_>) -> rusqlite::Result<ServiceTypeRow> {
    let mut c = Columns::of(row);
    Ok(ServiceTypeRow {
        service_type: c.take()?,
        version: c.get()?,
        code: c.get()?,
        name: c.get()?,
        coefficient: c.take::<Option<Coefficient>>()?.ok_or_else(|| invalid(4))?,
        in_force_from: c.take()?,
        recorded_at: c.get()?,
        recorded_by: c.take()?,
    })
}

impl Reader<'_> {
    /// All versions of all types, by code, the newest version first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn service_types(&self) -> Result<Vec<ServiceTypeRow>, StoreError> {
        self.all(select!("ORDER BY v.code, v.service_type, v.version DESC"), [], read)
    }

    /// All versions of a type, oldest first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn service_type_versions(&self, service_type: ServiceTypeId) -> Result<Vec<ServiceTypeRow>, StoreError> {
        self.all(select!("WHERE v.service_type = ?1 ORDER BY v.version"), [service_type.as_bytes()], read)
    }

    /// The version of each type that is in force on a day, by code: the highest that has begun.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn service_types_in_force(&self, day: NaiveDate) -> Result<Vec<ServiceTypeRow>, StoreError> {
        self.all(
            select!(
                "WHERE v.version = (SELECT max(w.version) FROM service_type_version w
                                    WHERE w.service_type = v.service_type AND w.in_force_from <= ?1)
                 ORDER BY v.code, v.service_type"
            ),
            [days(day)],
            read,
        )
    }

    /// The version of a type that is in force on a day, the day of a service.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn service_type_on(
        &self,
        service_type: ServiceTypeId,
        day: NaiveDate,
    ) -> Result<Option<ServiceTypeRow>, StoreError> {
        self.one(
            select!("WHERE v.service_type = ?1 AND v.in_force_from <= ?2 ORDER BY v.version DESC LIMIT 1"),
            (service_type.as_bytes(), days(day)),
            read,
        )
    }
}
