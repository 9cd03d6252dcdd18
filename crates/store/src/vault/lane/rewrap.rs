//! Subject keys wrapped anew: those of earlier generations after a device was shut out, and those that are ahead of a
//! district which was set back. Rows that do not open here are passed over, however many there are and wherever they stand:
//! whoever makes some up keeps no other from its turn.

use zhenxin_protocol::seal::SubjectKey;
use zhenxin_protocol::wire::keys::KeyRow;
use zhenxin_protocol::wrap::wrap_subject_key;

use super::{Vault, data_key, read_row};
use crate::error::StoreError;
use crate::open::Store;
use crate::query::Reader;

impl Store {
    /// Wraps subject keys of earlier generations anew under the own data key, at most so many, to be sent: what the
    /// district keeps opens with no data key that a device knows which was shut out. How many there were.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn rewrap_keys(&self, limit: u32) -> Result<u32, StoreError> {
        // in the order of subject_key_generation, so that nothing is sorted
        let sql = select!(
            "WHERE tombstone = 0 AND generation < ",
            own_generation!(),
            " AND data_key IN (SELECT id FROM data_key) ORDER BY generation, subject"
        );
        self.rewrap(sql, limit)
    }

    /// Wraps subject keys that wait under a generation which the town has not reached anew under the own data key, at most
    /// so many: the district was set back, and takes them as they are only when it has got there again. How many there
    /// were.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn rewrap_early_keys(&self, limit: u32) -> Result<u32, StoreError> {
        self.rewrap(EARLY, limit)
    }

    /// Wraps the first so many that open of the keys which a query finds. Nothing is written where none does.
    fn rewrap(&self, sql: &'static str, limit: u32) -> Result<u32, StoreError> {
        let found = self.read(|r| r.keys_that_open(sql, limit as usize))?;
        if found.is_empty() {
            return Ok(0);
        }
        self.write_arrived(|log| {
            let own = data_key::own(log.conn)?;
            let mut rewrap = log.conn.prepare_cached(
                "UPDATE subject_key SET data_key = ?2, generation = ?3, wrapped = ?4, dirty = 1
                 WHERE subject = ?1 AND wrapped = ?5 AND tombstone = 0",
            )?;
            let mut rewrapped = 0;
            for (row, key) in found {
                let wrapped = wrap_subject_key(&row.subject, &key, own.id, &own.key, log.ports.random());
                // unless it was changed or destroyed since it was read
                let changed =
                    rewrap.execute((row.subject, own.id.as_bytes(), own.generation, wrapped, &row.wrapped))?;
                rewrapped += u32::from(changed > 0);
            }
            Ok(rewrapped)
        })
    }
}

const EARLY: &str = select!("WHERE ", early!(), " AND data_key IN (SELECT id FROM data_key) ORDER BY subject");

impl Reader<'_> {
    /// Keys that wait under a generation which the town has not reached as far as this device knows, and that open here.
    pub(super) fn early_keys(&self) -> Result<Vec<KeyRow>, StoreError> {
        Ok(self.keys_that_open(EARLY, usize::MAX)?.into_iter().map(|(row, _)| row).collect())
    }

    /// Of the rows that a query finds the first so many that open here, with what they hold.
    fn keys_that_open(&self, sql: &'static str, limit: usize) -> Result<Vec<(KeyRow, SubjectKey)>, StoreError> {
        let mut vault = Vault::new(self.conn());
        let mut statement = self.conn().prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        let mut open = Vec::new();
        while open.len() < limit {
            let Some(row) = rows.next()? else { break };
            let row = read_row(row)?;
            if let Some(key) = vault.opened(&row.subject, row.data_key, &row.wrapped)? {
                open.push((row, key));
            }
        }
        Ok(open)
    }
}
