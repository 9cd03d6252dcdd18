//! Imports as a whole.

use std::fmt;

use zhenxin_domain::ids::{ImportId, OpId};
use zhenxin_protocol::body::import::ImportUndone;
use zhenxin_protocol::body::{Body, UNDONE_IDS_MAX};

use super::{Draft, Tx};
use crate::error::StoreError;
use crate::query::import::ImportPart;

/// Where imported rows come from.
#[derive(Clone)]
pub struct ImportSource {
    /// The import.
    pub id: ImportId,
    /// Name of the file; sealed, because offices name files after people.
    pub source: String,
}

impl fmt::Debug for ImportSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ImportSource({})", self.id)
    }
}

impl Tx<'_> {
    /// Takes a whole import back: what it created is gone, what it changed is as before. Whether
    /// anything stands in the way is [`crate::Reader::import_obstacles`].
    ///
    /// # Errors
    /// [`StoreError::Missing`] for an unknown import, [`StoreError::Refused`] for one that was
    /// undone before.
    pub fn undo_import(&mut self, import: ImportId) -> Result<Vec<OpId>, StoreError> {
        let row = self.import(import)?.ok_or(StoreError::Missing { what: "导入批次" })?;
        if row.undone_at.is_some() {
            return Err(StoreError::Refused("这批导入已经撤销过，不用再撤销"));
        }
        let occurred_on = self.today_days();
        let mut ops = Vec::new();
        for (scope, ImportPart { residents, rules }) in self.import_parts(import)? {
            for residents in residents.chunks(UNDONE_IDS_MAX) {
                let body = ImportUndone { import, residents: residents.to_vec(), rules: Vec::new() };
                let id = self.new_op_id();
                ops.push(self.commit(Draft { id, scope, body: Body::ImportUndone(body), occurred_on })?);
            }
            for rules in rules.chunks(UNDONE_IDS_MAX) {
                let body = ImportUndone { import, residents: Vec::new(), rules: rules.to_vec() };
                let id = self.new_op_id();
                ops.push(self.commit(Draft { id, scope, body: Body::ImportUndone(body), occurred_on })?);
            }
        }
        Ok(ops)
    }
}
