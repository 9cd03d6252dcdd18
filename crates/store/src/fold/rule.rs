//! Points rules and their versions.

use zhenxin_domain::ids::ImportId;
use zhenxin_protocol::body::rule::{RuleRetired, RuleVersionRow};
use zhenxin_protocol::entity::{Entity, EntityKind};

use super::{At, Folder};
use crate::error::StoreError;

impl Folder<'_> {
    pub(super) fn rule_recorded(
        &mut self,
        at: &At<'_>,
        import: Option<ImportId>,
        row: &RuleVersionRow,
    ) -> Result<(), StoreError> {
        let entity = Entity::new(EntityKind::Rule, *row.rule.as_bytes());
        if !at.wants_of_import(&entity, import) {
            return Ok(());
        }
        self.conn
            .prepare_cached("INSERT OR IGNORE INTO rule (id, scope) VALUES (?1, ?2)")?
            .execute((row.rule.as_bytes(), at.scope.as_str()))?;
        let number_taken = self
            .conn
            .prepare_cached("SELECT 1 FROM rule_version WHERE rule = ?1 AND version = ?2")?
            .exists((row.rule.as_bytes(), row.version))?;
        let inserted = self.conn.prepare_cached(include_str!("rule/insert.sql"))?.execute(rusqlite::params![
            row.version_id.as_bytes(),
            row.rule.as_bytes(),
            row.version,
            row.code,
            row.category,
            row.item,
            row.points,
            row.unit,
            row.cap.as_ref().map(|cap| cap.points),
            row.cap.as_ref().map(|cap| cap.period.as_str()),
            row.evidence,
            row.subject,
            row.valid_months,
            row.basis,
            row.in_force_from,
            at.recorded_at,
            at.actor.as_bytes(),
            at.op.as_bytes()
        ])?;
        if number_taken || inserted == 0 {
            self.race(at, &entity, "rule_version_twice")?;
        }
        Ok(())
    }

    pub(super) fn rule_retired(&mut self, at: &At<'_>, body: &RuleRetired) -> Result<(), StoreError> {
        let entity = Entity::new(EntityKind::Rule, *body.rule.as_bytes());
        if !at.wants(&entity) {
            return Ok(());
        }
        let known = self
            .conn
            .prepare_cached("UPDATE rule SET retired_from = ?2 WHERE id = ?1")?
            .execute((body.rule.as_bytes(), body.from))?;
        if known == 0 {
            self.race(at, &entity, "rule_missing")?;
        }
        Ok(())
    }

    pub(super) fn forget_rule(&mut self, id: &[u8; 16]) -> Result<(), StoreError> {
        self.conn.prepare_cached("DELETE FROM rule_version WHERE rule = ?1")?.execute([id])?;
        self.conn.prepare_cached("DELETE FROM rule WHERE id = ?1")?.execute([id])?;
        Ok(())
    }
}
