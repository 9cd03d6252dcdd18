//! Imports: what one import recorded in one scope, and whether it was taken back.

use zhenxin_domain::ids::ImportId;
use zhenxin_protocol::body::import::ImportUndone;
use zhenxin_protocol::body::resident::{Field, ResidentsRecorded};
use zhenxin_protocol::body::rule::RulesRecorded;
use zhenxin_protocol::entity::{Entity, EntityKind};
use zhenxin_protocol::seal::Sealed;

use super::{At, Folder};
use crate::error::StoreError;

/// What one operation of an import adds.
struct Counts {
    residents: usize,
    rules: usize,
    /// Of both together: what was not here before the import.
    created: usize,
}

fn part(at: &At<'_>, import: ImportId) -> Entity {
    Entity::part(EntityKind::ImportPart, import.as_bytes(), at.scope)
}

impl Folder<'_> {
    pub(super) fn import_residents_recorded(
        &mut self,
        at: &At<'_>,
        body: &ResidentsRecorded,
    ) -> Result<(), StoreError> {
        // Only a resident's first operation names the village without having seen one before.
        let created = body
            .rows
            .iter()
            .filter(|row| row.village.is_some() && !row.base.contains_key(&(Field::Village as u8)))
            .count();
        let counts = Counts { residents: body.rows.len(), rules: 0, created };
        self.import_counted(at, body.import, body.source.as_ref(), counts)
    }

    pub(super) fn import_rules_recorded(&mut self, at: &At<'_>, body: &RulesRecorded) -> Result<(), StoreError> {
        let created = body.rows.iter().filter(|row| row.version == 1).count();
        let counts = Counts { residents: 0, rules: body.rows.len(), created };
        self.import_counted(at, body.import, body.source.as_ref(), counts)
    }

    fn import_counted(
        &mut self,
        at: &At<'_>,
        import: Option<ImportId>,
        source: Option<&Sealed>,
        counts: Counts,
    ) -> Result<(), StoreError> {
        let Some(import) = import else { return Ok(()) };
        let entity = part(at, import);
        if !at.wants(&entity) {
            return Ok(());
        }
        let source = self.open_opt(at, &entity, import.as_bytes(), "source", source)?;
        self.conn.prepare_cached(include_str!("import/count.sql"))?.execute(rusqlite::params![
            import.as_bytes(),
            at.scope.as_str(),
            source.as_deref(),
            counts.residents as i64,
            counts.rules as i64,
            counts.created as i64,
            (counts.residents + counts.rules - counts.created) as i64,
            at.recorded_at,
            at.actor.as_bytes()
        ])?;
        Ok(())
    }

    /// Only the import's own row: its residents and rules are folded again as a whole.
    pub(super) fn import_undone(&mut self, at: &At<'_>, body: &ImportUndone) -> Result<(), StoreError> {
        let entity = part(at, body.import);
        if !at.wants(&entity) {
            return Ok(());
        }
        let undone = self
            .conn
            .prepare_cached(
                "UPDATE import_part SET undone_at = coalesce(undone_at, ?3) WHERE import = ?1 AND scope = ?2",
            )?
            .execute((body.import.as_bytes(), at.scope.as_str(), at.recorded_at))?;
        if undone == 0 {
            self.race(at, &entity, "import_missing")?;
        }
        Ok(())
    }
}
