//! `security.policy`: what a town asks of passwords and idle screens.

use minicbor::{Decode, Encode};

use super::{BodyFault, Limits};

/// Body of `security.policy`, in the town's scope. The last one holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SecurityPolicy {
    /// Fewest characters of a password.
    #[n(0)]
    pub password_min_chars: u32,
    /// After how many days a password has to be changed; 0: never.
    #[n(1)]
    pub rotation_days: u32,
    /// After how many idle minutes the screen locks.
    #[n(2)]
    pub idle_lock_min: u32,
}

impl Limits for SecurityPolicy {
    fn check(&self) -> Result<(), BodyFault> {
        Ok(())
    }
}
