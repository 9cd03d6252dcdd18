//! Folding all tables anew from the log: one transaction, so that readers see the former tables until the new ones are
//! whole.

use std::collections::BTreeSet;

use zhenxin_protocol::op::Op;

use crate::error::StoreError;
use crate::log::Log;
use crate::open::Store;
use crate::snapshot::proof;
use crate::tables;
use crate::verify::Progress;

impl Store {
    /// Folds all tables anew from the log. `progress` is told how many of how many operations are done, and stops the
    /// work by returning false. Tables that came with a snapshot are proven by it.
    ///
    /// # Errors
    /// [`StoreError::Cancelled`], faults of the database; the former tables stand then.
    pub fn rebuild(&self, mut progress: Option<Progress<'_>>) -> Result<(), StoreError> {
        self.write_arrived(|log| {
            log.rebuild(&mut |done, total| progress.as_mut().is_none_or(|progress| progress(done, total)))?;
            proof::note_rebuilt(log)
        })
    }
}

impl Log<'_> {
    pub(crate) fn rebuild(&mut self, progress: &mut dyn FnMut(usize, usize) -> bool) -> Result<(), StoreError> {
        // Tables are emptied one after the other; at the end all references hold again.
        self.conn.pragma_update(None, "defer_foreign_keys", true)?;
        // What the triggers keep is emptied too, and the folds write it again.
        let triggers = tables::triggers(self.conn)?;
        for trigger in &triggers {
            self.conn.execute_batch(&format!("DROP TRIGGER \"{}\"", trigger.name))?;
        }
        for table in tables::folded(self.conn)? {
            self.conn.execute_batch(&format!("DELETE FROM \"{}\"", table.name))?;
        }
        for trigger in &triggers {
            self.conn.execute_batch(&trigger.sql)?;
        }
        let entities = self.register_all()?;
        self.fold.fold_from_log(&entities, progress)
    }

    /// Registers what every operation touches, and gives all of it.
    fn register_all(&mut self) -> Result<BTreeSet<zhenxin_protocol::entity::Entity>, StoreError> {
        let mut statement = self.conn.prepare("SELECT no, bytes FROM op WHERE readable = 0 ORDER BY no")?;
        let mut rows = statement.query([])?;
        let mut all = BTreeSet::new();
        while let Some(row) = rows.next()? {
            let bytes = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
            let Ok(op) = Op::from_bytes(bytes) else { continue };
            let Ok(Some(body)) = op.read_body() else { continue };
            let entities = op.entities(&body);
            self.register(row.get(0)?, &entities)?;
            all.extend(entities);
        }
        Ok(all)
    }
}
