//! Users and devices.

use std::fmt;

use rusqlite::Row;
use zhenxin_domain::ids::{DeviceId, ResidentId, UserId};

use super::Reader;
use crate::error::StoreError;
use crate::sql::Columns;
use crate::write::user::sign_in_key;

/// A user as stored.
#[derive(Clone, PartialEq, Eq)]
pub struct UserRow {
    /// Who.
    pub id: UserId,
    /// The person's name.
    pub name: Option<String>,
    /// Duties as bits; their meaning is the program's.
    pub duties: u32,
    /// Whether the user may still sign in.
    pub active: bool,
    /// The user's own record on the roster.
    pub resident: Option<ResidentId>,
    /// When the user was added, ms since 1970 UTC.
    pub added_at: i64,
    /// How the user signs in on this device; `None` for a user of another device.
    pub sign_in_name: Option<String>,
}

impl fmt::Debug for UserRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserRow({}, duties {:b})", self.id, self.duties)
    }
}

/// A device of the town.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceRow {
    /// Which.
    pub id: DeviceId,
    /// What the office calls it.
    pub label: String,
    /// When it was set up, ms since 1970 UTC.
    pub opened_at: i64,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT u.id, u.name, u.duties, u.active, u.resident, u.added_at, c.sign_in_name FROM user u ",
            "LEFT JOIN credential c ON c.user = u.id ",
            $rest
        )
    };
}

fn read(row: &Row<'_>) -> rusqlite::Result<UserRow> {
    let mut c = Columns::of(row);
    Ok(UserRow {
        id: c.take()?,
        name: c.get()?,
        duties: c.get()?,
        active: c.get()?,
        resident: c.take()?,
        added_at: c.get()?,
        sign_in_name: c.get()?,
    })
}

impl Reader<'_> {
    /// All users, in the order of adding.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn users(&self) -> Result<Vec<UserRow>, StoreError> {
        self.all(select!("ORDER BY u.added_at, u.id"), [], read)
    }

    /// One user.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn user(&self, id: UserId) -> Result<Option<UserRow>, StoreError> {
        self.one(select!("WHERE u.id = ?1"), [id.as_bytes()], read)
    }

    /// Who signs in under a name on this device.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn user_by_sign_in(&self, sign_in_name: &str) -> Result<Option<UserId>, StoreError> {
        Ok(self.credential(sign_in_name)?.map(|(user, _)| user))
    }

    pub(crate) fn credential(&self, sign_in_name: &str) -> Result<Option<(UserId, String)>, StoreError> {
        let sql = include_str!("user/credential.sql");
        self.one(sql, [sign_in_key(sign_in_name)], |row| {
            let mut c = Columns::of(row);
            Ok((c.take()?, c.get()?))
        })
    }

    /// The devices of the town that have synchronised, in the order of setting up.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn devices(&self) -> Result<Vec<DeviceRow>, StoreError> {
        self.all("SELECT id, label, opened_at FROM device ORDER BY opened_at, id", [], |row| {
            let mut c = Columns::of(row);
            Ok(DeviceRow { id: c.take()?, label: c.get()?, opened_at: c.get()? })
        })
    }
}
