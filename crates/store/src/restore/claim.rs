//! Who restores where the keyring holds the key: the password of somebody who may sign in to what the backup gives.

use std::path::Path;

use zeroize::Zeroizing;

use super::ShutTown;
use crate::error::StoreError;
use crate::key::file::KeyFile;
use crate::key::fitting;
use crate::key::lockout::{self, Whose};
use crate::key::refused::{self, Door};
use crate::pool::{Use, connect};
use crate::ports::Ports;
use crate::query::Reader;

/// A sign-in name and a password that are still to be borne out.
pub(crate) struct Claim {
    sign_in_name: String,
    password: Zeroizing<String>,
}

impl Claim {
    /// Refused at once while the name is locked out.
    pub(super) fn new(
        file: &KeyFile,
        sign_in_name: String,
        password: String,
        ports: &Ports,
    ) -> Result<Self, StoreError> {
        lockout::check(file, &file.tag_of(&sign_in_name), ports.clock.now_ms())?;
        Ok(Self { sign_in_name, password: Zeroizing::new(password) })
    }

    /// Whether an open account of the file that was built has this name and password. Wrong ones are counted; a right one
    /// is not yet a sign-in and forgets nothing.
    pub(super) fn check(&self, town: &ShutTown, fresh: &Path) -> Result<(), StoreError> {
        let conn = connect(fresh, &town.key, Use::Write, false)?;
        let reader = Reader::new(&conn);
        let candidates = reader.candidates(&self.sign_in_name)?;
        let whose = if candidates.is_empty() { Whose::Nobodys } else { Whose::Users };
        let mut right = false;
        for candidate in candidates {
            let is_open = reader.user(candidate.user)?.is_some_and(|row| row.active);
            right |= is_open && fitting(&self.password, &candidate.secret)?.is_some();
        }
        conn.close().map_err(|(_, error)| StoreError::from(error))?;
        if right {
            return Ok(());
        }
        let now_ms = town.ports.clock.now_ms();
        let mut file = KeyFile::load(&town.dir)?.ok_or(StoreError::KeyFile)?;
        let user_tag = file.tag_of(&self.sign_in_name);
        lockout::note(&town.dir, &mut file, &user_tag, whose, false, now_ms)?;
        refused::note(&town.dir, &mut file, Door::Password, now_ms)?;
        Err(lockout::refusal(&file, &user_tag, now_ms))
    }
}
