//! Who is at the keyboard: the proof of a password at an open file, and its key slot on this PC.
//!
//! Accounts come by sync, so a password may have been changed on another PC. The verifier in the table decides who is
//! meant; a slot of a former password still opens a closed file until its owner signs in with the new one, and opens
//! nothing but the file: nobody is signed in by it.

use zhenxin_domain::ids::UserId;

use super::Store;
use crate::error::StoreError;
use crate::key::file::KeyFile;
use crate::key::lockout::{self, Whose};
use crate::key::{KeyWay, Stretched, fitting, password_slot};

/// What the second factor says about a user whose password is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondFactor {
    /// The code is right; it is taken once.
    Right {
        /// Number of its half minute.
        step: i64,
    },
    /// A code is needed and none was given; nothing is counted.
    Missing,
    /// The code is wrong; it counts as a wrong password does.
    Wrong,
}

impl Store {
    /// Proves a user at an open file. Wrong attempts are counted and lock the name out for a growing time; only a proof
    /// that is whole forgets them. `second` judges the secret of a user's second factor.
    ///
    /// # Errors
    /// [`StoreError::WrongPassword`], [`StoreError::CodeMissing`], [`StoreError::Locked`], faults of the key file.
    pub fn sign_in(
        &self,
        sign_in_name: &str,
        password: &str,
        second: impl Fn(UserId, &str) -> SecondFactor,
    ) -> Result<UserId, StoreError> {
        let _guard = self.inner.key_file.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let now_ms = self.inner.ports.clock.now_ms();
        let mut file = KeyFile::load(&self.inner.dir)?.ok_or(StoreError::KeyFile)?;
        let candidates = self.read(|r| r.candidates(sign_in_name))?;
        // whoever is meant is counted under their own name, however it was typed
        let user_tag = match candidates.first() {
            Some(meant) => file.user_tag(&self.name_of(meant.user)?),
            None => file.tag_of(sign_in_name),
        };
        lockout::check(&file, &user_tag, now_ms)?;
        let whose = if candidates.is_empty() { Whose::Nobodys } else { Whose::Users };
        if whose == Whose::Nobodys {
            // a name that nobody has takes as long, so that the time does not tell which names there are
            Stretched::new(password, self.inner.identity.kdf, &self.inner.ports)?;
        }
        let mut proven = None;
        for candidate in candidates {
            if let Some(stretched) = fitting(password, &candidate.secret)? {
                proven = Some((candidate, stretched));
                break;
            }
        }
        let right = match &proven {
            Some((candidate, _)) => match candidate.totp.as_deref().map(|totp| second(candidate.user, totp)) {
                None => true,
                Some(SecondFactor::Missing) => return Err(StoreError::CodeMissing),
                Some(SecondFactor::Wrong) => false,
                Some(SecondFactor::Right { step }) => {
                    let is_fresh = file.take_code(candidate.user, step);
                    // written down before anybody is let in
                    file.save(&self.inner.dir)?;
                    is_fresh
                }
            },
            None => false,
        };
        lockout::note(&self.inner.dir, &mut file, &user_tag, whose, right, now_ms)?;
        let Some((candidate, stretched)) = proven.filter(|_| right) else {
            return Err(lockout::refusal(&file, &user_tag, now_ms));
        };
        if self.inner.way == KeyWay::Password {
            // without a name there is one user only, whose tag the slot has
            let name = self.name_of(candidate.user)?;
            let present = file.passwords.iter().find(|slot| slot.user_tag == file.user_tag(&name));
            if present.is_none_or(|slot| slot.kdf != *stretched.kdf()) {
                let slot = password_slot(&file, &name, &stretched, &self.inner.key, &self.inner.ports)?;
                file.put_password(slot);
                file.save(&self.inner.dir)?;
            }
            self.drop_slots_of_closed_accounts(&mut file)?;
        }
        Ok(candidate.user)
    }

    fn name_of(&self, user: UserId) -> Result<String, StoreError> {
        Ok(self.read(|r| r.user(user))?.and_then(|row| row.sign_in_name).unwrap_or_default())
    }

    /// Takes the one-time code of a half minute; false where it or a later one of this user was taken before.
    ///
    /// # Errors
    /// Faults of the key file.
    pub fn take_code(&self, user: UserId, step: i64) -> Result<bool, StoreError> {
        self.with_key_file(|file| Ok(file.take_code(user, step)))
    }

    /// The user whose present password the slot of this name holds.
    pub(crate) fn opened_by(&self, sign_in_name: &str) -> Result<Option<UserId>, StoreError> {
        let file = KeyFile::load(&self.inner.dir)?.ok_or(StoreError::KeyFile)?;
        let tag = file.tag_of(sign_in_name);
        let Some(slot) = file.passwords.iter().find(|slot| slot.user_tag == tag) else { return Ok(None) };
        let kdf = slot.kdf.to_text();
        let candidates = self.read(|r| r.candidates(sign_in_name))?;
        let meant = candidates.into_iter().find(|one| one.secret.rsplit_once('$').is_some_and(|(of, _)| of == kdf));
        Ok(meant.map(|candidate| candidate.user))
    }

    /// An account that was closed opens this file no more.
    fn drop_slots_of_closed_accounts(&self, file: &mut KeyFile) -> Result<(), StoreError> {
        let rows = self.read(|r| r.users())?;
        let tags = |active: bool| -> Vec<String> {
            let names = rows.iter().filter(|row| row.active == active).filter_map(|row| row.sign_in_name.as_deref());
            names.map(|name| file.user_tag(name)).collect()
        };
        let (open, closed) = (tags(true), tags(false));
        let before = file.passwords.len();
        file.passwords.retain(|slot| !closed.contains(&slot.user_tag) || open.contains(&slot.user_tag));
        if file.passwords.len() < before { file.save(&self.inner.dir) } else { Ok(()) }
    }
}
