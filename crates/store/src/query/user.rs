//! Users and devices.

use std::fmt;

use rusqlite::Row;
use zhenxin_domain::division::VillageCode;
use zhenxin_domain::ids::{DeviceId, ResidentId, UserId};

use super::Reader;
use crate::error::StoreError;
use crate::sql::{Columns, invalid};
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
    /// Whose records the user sees; empty: the whole town's.
    pub villages: Vec<VillageCode>,
    /// Whether the user may still sign in.
    pub active: bool,
    /// The user's own record on the roster.
    pub resident: Option<ResidentId>,
    /// When the user was added, ms since 1970 UTC.
    pub added_at: i64,
    /// What the user types to sign in; `None` while the key has not arrived.
    pub sign_in_name: Option<String>,
    /// How the user proves to be there; `None` where nobody set a password, or its key has not arrived.
    pub credential: Option<CredentialRow>,
}

/// What may be told of how a user signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CredentialRow {
    /// Whether another password has to be chosen first.
    pub must_change: bool,
    /// Whether a second factor is asked for.
    pub second_factor: bool,
    /// When the password was set, ms since 1970 UTC.
    pub set_at: i64,
}

/// Who may be meant by a sign-in name, with what proves it.
pub(crate) struct Candidate {
    pub(crate) user: UserId,
    pub(crate) secret: String,
    pub(crate) totp: Option<String>,
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
            "SELECT u.id, u.name, u.duties, u.villages, u.active, u.resident, u.added_at, u.sign_in_name, ",
            "c.must_change, c.totp IS NOT NULL, c.set_at FROM user u ",
            "LEFT JOIN credential c ON c.user = u.id AND c.secret IS NOT NULL ",
            $rest
        )
    };
}

fn read(row: &Row<'_>) -> rusqlite::Result<UserRow> {
    let mut c = Columns::of(row);
    let mut user = UserRow {
        id: c.take()?,
        name: c.get()?,
        duties: c.get()?,
        villages: parsed(&c.get::<String>()?)?,
        active: c.get()?,
        resident: c.take()?,
        added_at: c.get()?,
        sign_in_name: c.get()?,
        credential: None,
    };
    if let Some(must_change) = c.get::<Option<bool>>()? {
        user.credential = Some(CredentialRow { must_change, second_factor: c.get()?, set_at: c.get()? });
    }
    Ok(user)
}

/// Codes with blanks between.
fn parsed(villages: &str) -> rusqlite::Result<Vec<VillageCode>> {
    villages.split_whitespace().map(|code| code.parse().map_err(|_| invalid(3))).collect()
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

    /// Whether somebody signs in under this name, be the account open or closed.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn sign_in_taken(&self, sign_in_name: &str) -> Result<bool, StoreError> {
        let sql = "SELECT count(*) FROM user WHERE sign_in_name = ?1";
        Ok(self.count(sql, [sign_in_key(sign_in_name)])? > 0)
    }

    /// Open accounts of this sign-in name.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn users_by_sign_in(&self, sign_in_name: &str) -> Result<Vec<UserRow>, StoreError> {
        self.all(select!("WHERE u.sign_in_name = ?1 AND u.active = 1 ORDER BY u.id"), [sign_in_key(sign_in_name)], read)
    }

    /// Closed accounts of this sign-in name.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn closed_users_by_sign_in(&self, sign_in_name: &str) -> Result<Vec<UserRow>, StoreError> {
        self.all(select!("WHERE u.sign_in_name = ?1 AND u.active = 0 ORDER BY u.id"), [sign_in_key(sign_in_name)], read)
    }

    pub(crate) fn candidates(&self, sign_in_name: &str) -> Result<Vec<Candidate>, StoreError> {
        self.all(include_str!("user/candidates.sql"), [sign_in_key(sign_in_name)], |row| {
            let mut c = Columns::of(row);
            Ok(Candidate { user: c.take()?, secret: c.get()?, totp: c.get()? })
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
