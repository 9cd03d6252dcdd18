//! Users, and how they sign in on this device.

use std::fmt;

use zhenxin_domain::ids::{OpId, ResidentId, UserId};
use zhenxin_protocol::body::Body;
use zhenxin_protocol::body::user::{UserAdded, UserChanged};

use super::{Draft, Tx};
use crate::error::StoreError;
use crate::key::file::{KeyFile, PasswordSlot};
use crate::key::{FileKey, Stretched, password_slot};
use crate::ports::Ports;

/// A user to be added.
#[derive(Clone)]
pub struct NewUser {
    /// The person's name.
    pub name: String,
    /// Duties as bits; their meaning is the program's.
    pub duties: u32,
    /// The user's own record on the roster, so that nobody reviews awards of their own household.
    pub resident: Option<ResidentId>,
}

impl fmt::Debug for NewUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewUser(duties {:b})", self.duties)
    }
}

/// A sign-in name with its stretched password, ready to be kept.
pub struct Credential {
    sign_in_name: String,
    secret: String,
    slot: PasswordSlot,
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential(..)")
    }
}

/// One person types one name in more than one way: blanks around it and capitals do not count.
pub(crate) fn sign_in_key(sign_in_name: &str) -> String {
    sign_in_name.trim().to_lowercase()
}

impl Credential {
    pub(crate) fn new(
        file: &KeyFile,
        sign_in_name: &str,
        stretched: &Stretched,
        key: &FileKey,
        ports: &Ports,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            sign_in_name: sign_in_key(sign_in_name),
            secret: stretched.to_secret(),
            slot: password_slot(file, sign_in_name, stretched, key, ports)?,
        })
    }
}

impl Tx<'_> {
    /// Adds a user; the name is sealed with the user's own key.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn add_user(&mut self, new: &NewUser) -> Result<UserId, StoreError> {
        let user = UserId::from_uuid(self.new_uuid());
        self.add_user_as(user, new)?;
        Ok(user)
    }

    pub(crate) fn add_user_as(&mut self, user: UserId, new: &NewUser) -> Result<OpId, StoreError> {
        let (id, scope, occurred_on) = (self.new_op_id(), self.town_scope(), self.today_days());
        let key = self.key_or_new(user.as_bytes(), scope)?;
        let name = self.seal(&key, id, user.as_bytes(), "user_name", &new.name)?;
        let body = UserAdded { user, name: Some(name), duties: new.duties, resident: new.resident };
        self.commit(Draft { id, scope, body: Body::UserAdded(body), occurred_on })
    }

    /// Changes a user's duties or record on the roster, or ends the user's work.
    ///
    /// # Errors
    /// [`StoreError::Missing`], faults of the database.
    pub fn change_user(
        &mut self,
        user: UserId,
        duties: u32,
        active: bool,
        resident: Option<ResidentId>,
    ) -> Result<OpId, StoreError> {
        if self.user(user)?.is_none() {
            return Err(StoreError::Missing { what: "用户" });
        }
        let body = UserChanged { user, duties, active, resident };
        let (id, scope, occurred_on) = (self.new_op_id(), self.town_scope(), self.today_days());
        self.commit(Draft { id, scope, body: Body::UserChanged(body), occurred_on })
    }

    /// Sets how a user signs in on this device; not in the log. The key slot is written once the
    /// transaction is durable.
    ///
    /// # Errors
    /// [`StoreError::SignInTaken`] where the name is another user's.
    pub fn set_credential(&mut self, user: UserId, credential: &Credential) -> Result<(), StoreError> {
        let name = &credential.sign_in_name;
        if self.user_by_sign_in(name)?.is_some_and(|owner| owner != user) {
            return Err(StoreError::SignInTaken);
        }
        let conn = self.log.conn;
        conn.prepare_cached("DELETE FROM credential WHERE user = ?1")?.execute([user.as_bytes()])?;
        conn.prepare_cached("INSERT INTO credential (sign_in_name, user, secret) VALUES (?1, ?2, ?3)")?.execute((
            name,
            user.as_bytes(),
            &credential.secret,
        ))?;
        self.slots.push(credential.slot.clone());
        Ok(())
    }
}
