//! Consents: given once, withdrawn at most once, never given again (a new one is).

use zhenxin_protocol::body::consent::{ConsentGiven, ConsentWithdrawn};
use zhenxin_protocol::entity::{Entity, EntityKind};

use super::{At, Folder};
use crate::error::StoreError;

impl Folder<'_> {
    pub(super) fn consent_given(&mut self, at: &At<'_>, body: &ConsentGiven) -> Result<(), StoreError> {
        for row in &body.rows {
            let entity = Entity::new(EntityKind::Consent, *row.consent.as_bytes());
            if !at.wants(&entity) {
                continue;
            }
            let guardian = self.open_opt(at, &entity, row.resident.as_bytes(), "guardian", row.guardian.as_ref())?;
            let inserted = self.conn.prepare_cached(include_str!("consent/insert.sql"))?.execute(rusqlite::params![
                row.consent.as_bytes(),
                at.scope.as_str(),
                row.resident.as_bytes(),
                row.version,
                row.channel,
                row.given_by,
                guardian.as_deref(),
                at.occurred_on,
                at.recorded_at,
                at.actor.as_bytes(),
                at.op.as_bytes()
            ])?;
            if inserted == 0 {
                self.race(at, &entity, "consent_twice")?;
            }
        }
        Ok(())
    }

    pub(super) fn consent_withdrawn(&mut self, at: &At<'_>, body: &ConsentWithdrawn) -> Result<(), StoreError> {
        let entity = Entity::new(EntityKind::Consent, *body.consent.as_bytes());
        if !at.wants(&entity) {
            return Ok(());
        }
        let known = self
            .conn
            .prepare_cached(
                "UPDATE consent SET withdrawn_on = coalesce(withdrawn_on, ?2) WHERE id = ?1 AND scope = ?3",
            )?
            .execute((body.consent.as_bytes(), at.occurred_on, at.scope.as_str()))?;
        if known == 0 {
            self.race(at, &entity, "consent_missing")?;
        }
        Ok(())
    }

    pub(super) fn forget_consent(&mut self, id: &[u8; 16]) -> Result<(), StoreError> {
        self.conn.prepare_cached("DELETE FROM consent WHERE id = ?1")?.execute([id])?;
        Ok(())
    }
}
