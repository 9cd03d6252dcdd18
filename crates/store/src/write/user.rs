//! Users, how they sign in, and what the town asks of passwords.

use std::fmt;

use zhenxin_domain::division::VillageCode;
use zhenxin_domain::ids::{OpId, ResidentId, UserId};
use zhenxin_protocol::body::Body;
use zhenxin_protocol::body::policy::SecurityPolicy;
use zhenxin_protocol::body::user::{UserAdded, UserChanged, UserCredential};

use super::{Draft, Tx};
use crate::error::StoreError;
use crate::key::file::{KeyFile, PasswordSlot};
use crate::key::{FileKey, Stretched, password_slot};
use crate::ports::Ports;
use crate::query::security_policy::SecurityPolicyRow;

/// A user to be added.
#[derive(Clone, Default)]
pub struct NewUser {
    /// The person's name.
    pub name: String,
    /// What the person types to sign in; empty for somebody who never will.
    pub sign_in_name: String,
    /// Duties as bits; their meaning is the program's.
    pub duties: u32,
    /// Whose records the user sees; empty: the whole town's.
    pub villages: Vec<VillageCode>,
    /// The user's own record on the roster, so that nobody reviews awards of their own household.
    pub resident: Option<ResidentId>,
}

/// What changes of a user; `None` stays as it is, whatever another PC made of it meanwhile.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserChange {
    /// Duties as bits.
    pub duties: Option<u32>,
    /// Whose records the user sees; empty: the whole town's.
    pub villages: Option<Vec<VillageCode>>,
    /// Whether the user may still sign in.
    pub active: Option<bool>,
    /// The user's own record on the roster, or that there is none.
    pub resident: Option<Option<ResidentId>>,
}

impl fmt::Debug for NewUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewUser(duties {:b})", self.duties)
    }
}

/// A stretched password, ready to be kept.
pub struct Credential {
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
        Ok(Self { secret: stretched.to_secret(), slot: password_slot(file, sign_in_name, stretched, key, ports)? })
    }
}

impl Tx<'_> {
    /// Adds a user; the names are sealed with the user's own key.
    ///
    /// # Errors
    /// [`StoreError::SignInTaken`] where somebody signs in under the name, faults of the database.
    pub fn add_user(&mut self, new: &NewUser) -> Result<UserId, StoreError> {
        if !new.sign_in_name.is_empty() && self.sign_in_taken(&new.sign_in_name)? {
            return Err(StoreError::SignInTaken);
        }
        let user = UserId::from_uuid(self.new_uuid());
        self.add_user_as(user, new)?;
        Ok(user)
    }

    pub(crate) fn add_user_as(&mut self, user: UserId, new: &NewUser) -> Result<OpId, StoreError> {
        let (id, scope, occurred_on) = (self.new_op_id(), self.town_scope(), self.today_days());
        let key = self.key_or_new(user.as_bytes(), scope)?;
        let name = self.seal(&key, id, user.as_bytes(), "user_name", &new.name)?;
        let sign_in_name = sign_in_key(&new.sign_in_name);
        let sign_in_name = match sign_in_name.as_str() {
            "" => None,
            typed => Some(self.seal(&key, id, user.as_bytes(), "sign_in_name", typed)?),
        };
        let body = UserAdded {
            user,
            name: Some(name),
            duties: new.duties,
            resident: new.resident,
            villages: new.villages.clone(),
            sign_in_name,
        };
        self.commit(Draft { id, scope, body: Body::UserAdded(body), occurred_on })
    }

    /// Changes a user's duties, villages or record on the roster, or ends the user's work; at least one of them.
    ///
    /// # Errors
    /// [`StoreError::Missing`], faults of the database.
    pub fn change_user(&mut self, user: UserId, change: UserChange) -> Result<OpId, StoreError> {
        self.find_user(user)?;
        let UserChange { duties, villages, active, resident } = change;
        let resident_off = resident == Some(None);
        let body = UserChanged { user, duties, active, resident: resident.flatten(), villages, resident_off };
        let (id, scope, occurred_on) = (self.new_op_id(), self.town_scope(), self.today_days());
        self.commit(Draft { id, scope, body: Body::UserChanged(body), occurred_on })
    }

    fn find_user(&self, user: UserId) -> Result<(), StoreError> {
        self.user(user)?.map(|_| ()).ok_or(StoreError::Missing { what: "用户" })
    }

    /// Sets a user's password, on every PC. Whoever sets it for another one says that it must be changed. The key slot of
    /// this PC is written once the transaction is durable; other PCs make theirs at the first sign-in.
    ///
    /// # Errors
    /// [`StoreError::Missing`], faults of the database.
    pub fn set_credential(
        &mut self,
        user: UserId,
        credential: &Credential,
        must_change: bool,
    ) -> Result<OpId, StoreError> {
        self.find_user(user)?;
        let id = self.new_op_id();
        let key = self.key_or_new(user.as_bytes(), self.town_scope())?;
        let secret = self.seal(&key, id, user.as_bytes(), "secret", &credential.secret)?;
        let body = UserCredential { user, secret: Some(secret), must_change, totp: None, totp_off: false };
        self.slots.push(credential.slot.clone());
        self.commit_credential(id, body)
    }

    /// Sets up a user's second factor, or gives it up.
    ///
    /// # Errors
    /// [`StoreError::Missing`], faults of the database.
    pub fn set_second_factor(&mut self, user: UserId, totp: Option<&str>) -> Result<OpId, StoreError> {
        self.find_user(user)?;
        let id = self.new_op_id();
        let key = self.key_or_new(user.as_bytes(), self.town_scope())?;
        let sealed = totp.map(|totp| self.seal(&key, id, user.as_bytes(), "totp", totp)).transpose()?;
        let totp_off = sealed.is_none();
        self.commit_credential(id, UserCredential { user, secret: None, must_change: false, totp: sealed, totp_off })
    }

    fn commit_credential(&mut self, id: OpId, body: UserCredential) -> Result<OpId, StoreError> {
        let (scope, occurred_on) = (self.town_scope(), self.today_days());
        self.commit(Draft { id, scope, body: Body::UserCredential(body), occurred_on })
    }

    /// Sets what the town asks of passwords.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn set_security_policy(&mut self, policy: SecurityPolicyRow) -> Result<OpId, StoreError> {
        let body = SecurityPolicy {
            password_min_chars: policy.password_min_chars,
            rotation_days: policy.rotation_days,
            idle_lock_min: policy.idle_lock_min,
        };
        let (id, scope, occurred_on) = (self.new_op_id(), self.town_scope(), self.today_days());
        self.commit(Draft { id, scope, body: Body::SecurityPolicy(body), occurred_on })
    }
}
