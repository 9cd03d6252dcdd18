//! What a brand's dossier says: each field stands for itself, the later operation in canonical order holds. What was
//! taken out stays out.

use rusqlite::types::Value;
use zhenxin_domain::brand::MilestoneState;
use zhenxin_domain::ids::{BrandId, BrandPartId};
use zhenxin_protocol::body::brand::{
    BrandRecorded, BrandTexts, IndicatorPatch, MilestoneCode, MilestonePatch, PartnerPatch, ReadingRow,
};
use zhenxin_protocol::entity::{Entity, EntityKind};
use zhenxin_protocol::seal::Sealed;

use super::{At, Folder};
use crate::error::StoreError;

const INSERT_FILE: &str = "INSERT OR IGNORE INTO brand_file (brand, id, hash, mime, bytes_len, caption)
                           VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

/// The domain's state for the one that was sent.
pub(super) const fn milestone_state(code: MilestoneCode) -> MilestoneState {
    match code {
        MilestoneCode::Planned => MilestoneState::Planned,
        MilestoneCode::Done => MilestoneState::Done,
        MilestoneCode::Dropped => MilestoneState::Dropped,
    }
}

/// The brand whose dossier is being folded.
struct Dossier<'b> {
    id: &'b [u8; 16],
    entity: Entity,
}

impl Folder<'_> {
    pub(super) fn brand_recorded(&mut self, at: &At<'_>, body: &BrandRecorded) -> Result<(), StoreError> {
        let id = BrandId::as_bytes(&body.brand);
        let brand = Dossier { id, entity: Entity::new(EntityKind::Brand, *id) };
        if !at.wants(&brand.entity) {
            return Ok(());
        }
        self.brand_texts(at, &brand, &body.texts)?;
        if let Some(mark) = &body.mark {
            self.conn
                .prepare_cached(
                    "UPDATE brand SET mark = ?2, mark_hash = ?3, mark_mime = ?4, mark_bytes_len = ?5 WHERE id = ?1",
                )?
                .execute((id, mark.evidence.as_bytes(), mark.hash.as_bytes(), &mark.mime, mark.bytes_len as i64))?;
        }
        body.milestones.iter().try_for_each(|patch| self.milestone_patched(at, &brand, patch))?;
        body.indicators.iter().try_for_each(|patch| self.indicator_patched(at, &brand, patch))?;
        body.readings.iter().try_for_each(|row| self.indicator_read(at, &brand, row))?;
        body.partners.iter().try_for_each(|patch| self.partner_patched(at, &brand, patch))?;
        body.files.iter().try_for_each(|row| self.file_added(at, &brand.entity, INSERT_FILE, row))?;
        body.removed_parts.iter().try_for_each(|part| self.brand_part_removed(&brand, part))?;
        for file in &body.removed_files {
            self.conn
                .prepare_cached("DELETE FROM brand_file WHERE brand = ?1 AND id = ?2")?
                .execute((id, file.as_bytes()))?;
        }
        Ok(())
    }

    fn brand_texts(&mut self, at: &At<'_>, brand: &Dossier<'_>, texts: &BrandTexts) -> Result<(), StoreError> {
        let name = self.brand_text(at, brand, "name", texts.name.as_ref())?;
        let slogan = self.brand_text(at, brand, "slogan", texts.slogan.as_ref())?;
        let domain = self.brand_text(at, brand, "domain", texts.domain.as_ref())?;
        let owner_unit = self.brand_text(at, brand, "owner_unit", texts.owner_unit.as_ref())?;
        let story = self.brand_text(at, brand, "story", texts.story.as_ref())?;
        let objectives = self.brand_text(at, brand, "objectives", texts.objectives.as_ref())?;
        self.conn.prepare_cached(include_str!("brand/record.sql"))?.execute(rusqlite::params![
            brand.id,
            at.scope.as_str(),
            name,
            slogan,
            domain,
            owner_unit,
            story,
            objectives,
            at.recorded_at,
            at.actor.as_bytes(),
            at.op.as_bytes()
        ])?;
        Ok(())
    }

    fn brand_text(
        &mut self,
        at: &At<'_>,
        brand: &Dossier<'_>,
        field: &str,
        sealed: Option<&Sealed>,
    ) -> Result<Value, StoreError> {
        let text = self.open_opt(at, &brand.entity, brand.id, field, sealed)?;
        Ok(text.map_or(Value::Null, |text| Value::Text(text.into_owned())))
    }

    /// Whether the part was taken out before. Who changes it then has not seen that, and is told.
    fn brand_part_gone(&self, at: &At<'_>, brand: &Dossier<'_>, part: &BrandPartId) -> Result<bool, StoreError> {
        let gone = self
            .conn
            .prepare_cached("SELECT 1 FROM brand_part_removed WHERE brand = ?1 AND part = ?2")?
            .exists((brand.id, part.as_bytes()))?;
        if gone {
            self.race(at, &brand.entity, "brand_part_removed")?;
        }
        Ok(gone)
    }

    fn milestone_patched(
        &mut self,
        at: &At<'_>,
        brand: &Dossier<'_>,
        patch: &MilestonePatch,
    ) -> Result<(), StoreError> {
        if self.brand_part_gone(at, brand, &patch.part)? {
            return Ok(());
        }
        let title = self.brand_text(at, brand, "title", patch.title.as_ref())?;
        self.conn.prepare_cached(include_str!("brand/milestone.sql"))?.execute(rusqlite::params![
            brand.id,
            patch.part.as_bytes(),
            title,
            patch.due_on,
            patch.state.map(|state| milestone_state(state).as_code()),
            patch.done_on,
            MilestoneState::Planned.as_code()
        ])?;
        Ok(())
    }

    fn indicator_patched(
        &mut self,
        at: &At<'_>,
        brand: &Dossier<'_>,
        patch: &IndicatorPatch,
    ) -> Result<(), StoreError> {
        if self.brand_part_gone(at, brand, &patch.part)? {
            return Ok(());
        }
        let name = self.brand_text(at, brand, "title", patch.name.as_ref())?;
        let unit = self.brand_text(at, brand, "unit", patch.unit.as_ref())?;
        self.conn.prepare_cached(include_str!("brand/indicator.sql"))?.execute(rusqlite::params![
            brand.id,
            patch.part.as_bytes(),
            name,
            unit,
            patch.baseline,
            patch.target
        ])?;
        Ok(())
    }

    fn indicator_read(&mut self, at: &At<'_>, brand: &Dossier<'_>, row: &ReadingRow) -> Result<(), StoreError> {
        if self.brand_part_gone(at, brand, &row.indicator)? {
            return Ok(());
        }
        let indicator = row.indicator.as_bytes();
        self.conn
            .prepare_cached("INSERT OR IGNORE INTO indicator (brand, id) VALUES (?1, ?2)")?
            .execute((brand.id, indicator))?;
        self.conn
            .prepare_cached(
                "INSERT OR REPLACE INTO reading (brand, indicator, day, value, recorded_at, recorded_by)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute((brand.id, indicator, row.on, row.value, at.recorded_at, at.actor.as_bytes()))?;
        Ok(())
    }

    fn partner_patched(&mut self, at: &At<'_>, brand: &Dossier<'_>, patch: &PartnerPatch) -> Result<(), StoreError> {
        if self.brand_part_gone(at, brand, &patch.part)? {
            return Ok(());
        }
        let name = self.brand_text(at, brand, "title", patch.name.as_ref())?;
        let role = self.brand_text(at, brand, "role", patch.role.as_ref())?;
        self.conn.prepare_cached(include_str!("brand/partner.sql"))?.execute((
            brand.id,
            patch.part.as_bytes(),
            name,
            role,
        ))?;
        Ok(())
    }

    fn brand_part_removed(&self, brand: &Dossier<'_>, part: &BrandPartId) -> Result<(), StoreError> {
        for sql in [
            "INSERT OR IGNORE INTO brand_part_removed (brand, part) VALUES (?1, ?2)",
            "DELETE FROM milestone WHERE brand = ?1 AND id = ?2",
            "DELETE FROM reading WHERE brand = ?1 AND indicator = ?2",
            "DELETE FROM indicator WHERE brand = ?1 AND id = ?2",
            "DELETE FROM partner WHERE brand = ?1 AND id = ?2",
        ] {
            self.conn.prepare_cached(sql)?.execute((brand.id, part.as_bytes()))?;
        }
        Ok(())
    }

    pub(super) fn forget_brand(&mut self, id: &[u8; 16]) -> Result<(), StoreError> {
        for sql in [
            "DELETE FROM milestone WHERE brand = ?1",
            "DELETE FROM reading WHERE brand = ?1",
            "DELETE FROM indicator WHERE brand = ?1",
            "DELETE FROM partner WHERE brand = ?1",
            "DELETE FROM brand_file WHERE brand = ?1",
            "DELETE FROM brand_part_removed WHERE brand = ?1",
            "DELETE FROM brand WHERE id = ?1",
        ] {
            self.conn.prepare_cached(sql)?.execute([id])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
