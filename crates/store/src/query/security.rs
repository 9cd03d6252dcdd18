//! What the security overview asks: who was last seen, who is locked out, which keys wait to be wrapped anew.

use std::collections::BTreeMap;

use zhenxin_domain::ids::UserId;

use super::Reader;
use crate::error::StoreError;
use crate::key::file::KeyFile;
use crate::key::lockout;
use crate::open::Store;
use crate::vault::data_key;
use crate::write::head;

/// Accounts that have to wait after wrong passwords.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lockouts {
    /// Users of the town.
    pub users: Vec<UserId>,
    /// Names that no user has.
    pub unknown_names: u32,
}

impl Reader<'_> {
    /// When each user last did something that this PC knows of, ms since 1970 UTC: what they recorded on any PC, and what
    /// the audit of this one says of them. Who has only looked, on another PC, is not among them.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn users_last_seen(&self) -> Result<BTreeMap<UserId, i64>, StoreError> {
        // one step in the index for each user
        let sql = "SELECT u.id, max(
                     coalesce((SELECT max(o.hlc) >> 16 FROM op o WHERE o.actor = u.id), 0),
                     coalesce((SELECT max(a.at_ms) FROM audit a WHERE a.user = u.id), 0)) FROM user u";
        let seen = self.all(sql, [], |row| Ok((UserId::from_bytes(row.get(0)?), row.get::<_, i64>(1)?)))?;
        Ok(seen.into_iter().filter(|(_, at_ms)| *at_ms > 0).collect())
    }

    /// The newest time that any record here has been given, ms since 1970 UTC. It can be later than the clock where that
    /// was set back, or another PC's runs ahead.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn newest_record_ms(&self) -> Result<i64, StoreError> {
        Ok(i64::try_from(head::load_clock(self.conn())?.ms()).unwrap_or(i64::MAX))
    }

    /// Keys of persons that a device which was shut out could still open, because they are not wrapped anew yet.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn keys_to_rewrap(&self) -> Result<u64, StoreError> {
        let generation = data_key::own(self.conn())?.generation;
        self.count("SELECT count(*) FROM subject_key WHERE tombstone = 0 AND generation < ?1", [generation])
    }
}

impl Store {
    /// Who is locked out on this PC now.
    ///
    /// # Errors
    /// Faults of the key file and of the database.
    pub fn lockouts(&self) -> Result<Lockouts, StoreError> {
        let file = KeyFile::load(self.dir())?.ok_or(StoreError::KeyFile)?;
        let now_ms = self.inner.ports.clock.now_ms();
        let mut tags: Vec<&str> = lockout::locked(&file, now_ms).collect();
        let mut users = Vec::new();
        for row in self.read(|r| r.users())? {
            let tag = row.sign_in_name.as_deref().map(|name| file.user_tag(name));
            if let Some(at) = tags.iter().position(|locked| tag.as_deref() == Some(*locked)) {
                tags.swap_remove(at);
                users.push(row.id);
            }
        }
        Ok(Lockouts { users, unknown_names: u32::try_from(tags.len()).unwrap_or(u32::MAX) })
    }
}
