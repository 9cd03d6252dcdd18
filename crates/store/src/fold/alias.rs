//! Two records of one resident: the duplicate becomes another name of the one that is kept. Its entries, consents and
//! orders stay where they are; whoever reads follows the alias.

use rusqlite::OptionalExtension;
use zhenxin_protocol::body::settle::ResidentsMerged;
use zhenxin_protocol::entity::{Entity, EntityKind};

use super::{At, Folder};
use crate::error::StoreError;

impl Folder<'_> {
    pub(super) fn residents_merged(&mut self, at: &At<'_>, body: &ResidentsMerged) -> Result<(), StoreError> {
        let (duplicate, kept) = (body.duplicate.as_bytes(), body.kept.as_bytes());
        let entity = Entity::new(EntityKind::Resident, *duplicate);
        if !at.wants(&entity) {
            return Ok(());
        }
        let present: Option<Option<[u8; 16]>> = self
            .conn
            .prepare_cached("SELECT alias_of FROM resident WHERE id = ?1 AND scope = ?2")?
            .query_row((duplicate, at.scope.as_str()), |row| row.get(0))
            .optional()?;
        let Some(alias_of) = present else {
            return self.race(at, &entity, "merge_missing");
        };
        // Merged with itself: it stands by itself again.
        let next = (kept != duplicate).then_some(kept);
        match (alias_of, next) {
            // Two persons who decide the same are of one mind.
            (present, next) if present.as_ref() == next => Ok(()),
            (Some(_), Some(_)) => self.race(at, &entity, "merge_lost"),
            (_, next) => {
                let by = next.map(|_| (at.recorded_at, at.actor.as_bytes()));
                self.conn
                    .prepare_cached("UPDATE resident SET alias_of = ?2, merged_at = ?3, merged_by = ?4 WHERE id = ?1")?
                    .execute((duplicate, next, by.map(|by| by.0), by.map(|by| by.1)))?;
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests;
