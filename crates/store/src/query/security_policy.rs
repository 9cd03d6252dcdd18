//! What the town asks of passwords.

use super::Reader;
use crate::error::StoreError;

/// The town's own policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecurityPolicyRow {
    /// Fewest characters of a password.
    pub password_min_chars: u32,
    /// After how many days a password has to be changed; 0: never.
    pub rotation_days: u32,
    /// After how many idle minutes the screen locks.
    pub idle_lock_min: u32,
}

impl Reader<'_> {
    /// The policy that somebody set; `None` while the program's own holds.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn security_policy(&self) -> Result<Option<SecurityPolicyRow>, StoreError> {
        self.one("SELECT password_min_chars, rotation_days, idle_lock_min FROM security_policy", [], |row| {
            Ok(SecurityPolicyRow {
                password_min_chars: row.get(0)?,
                rotation_days: row.get(1)?,
                idle_lock_min: row.get(2)?,
            })
        })
    }
}
