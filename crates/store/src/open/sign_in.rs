//! Who is at the keyboard: the proof of a password at an open file, and its key slot on this PC.
//!
//! Accounts come by sync, so a password may have been changed on another PC. The verifier in the table decides who is
//! meant; a slot of a former password still opens a closed file until its owner signs in with the new one, and opens
//! nothing but the file: nobody is signed in by it.

use zhenxin_domain::ids::UserId;

use super::Store;
use crate::error::StoreError;
use crate::key::file::KeyFile;
use crate::key::{KeyWay, fitting, lockout, password_slot};

/// What the second factor says about a user whose password is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondFactor {
    /// The code is right, or none is asked for here.
    Right,
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
        let user_tag = file.tag_of(sign_in_name);
        lockout::check(&file, &user_tag, now_ms)?;
        let mut proven = None;
        for candidate in self.read(|r| r.candidates(sign_in_name))? {
            if let Some(stretched) = fitting(password, &candidate.secret)? {
                proven = Some((candidate, stretched));
                break;
            }
        }
        let judged = proven.as_ref().map(|(candidate, _)| {
            let totp = candidate.totp.as_deref();
            totp.map_or(SecondFactor::Right, |totp| second(candidate.user, totp))
        });
        if judged == Some(SecondFactor::Missing) {
            return Err(StoreError::CodeMissing);
        }
        let right = judged == Some(SecondFactor::Right);
        lockout::note(&self.inner.dir, &mut file, &user_tag, right, now_ms)?;
        let Some((candidate, stretched)) = proven.filter(|_| right) else {
            return Err(lockout::refusal(&file, &user_tag, now_ms));
        };
        if self.inner.way == KeyWay::Password {
            // without a name there is one user only, whose tag the slot has
            let name = self.read(|r| r.user(candidate.user))?.and_then(|row| row.sign_in_name).unwrap_or_default();
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
