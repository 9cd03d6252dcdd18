//! Queries about a person: one row for each, never changed.

use zhenxin_protocol::body::query::QueryMade;
use zhenxin_protocol::entity::{Entity, EntityKind};

use super::{At, Folder};
use crate::error::StoreError;
use crate::query::person_query::bits;

impl Folder<'_> {
    pub(super) fn query_made(&mut self, at: &At<'_>, body: &QueryMade) -> Result<(), StoreError> {
        let entity = Entity::new(EntityKind::Query, *at.op.as_bytes());
        if !at.wants(&entity) {
            return Ok(());
        }
        let subject = body.resident.as_bytes();
        let reason = self.open_opt(at, &entity, subject, "reason", body.reason.as_ref())?;
        let authorisation = self.open_opt(at, &entity, subject, "authorisation", body.authorisation.as_ref())?;
        self.conn
            .prepare_cached(
                "INSERT OR IGNORE INTO query_made
                   (op, scope, resident, fields, purpose, reason, authorisation, made_at, made_by, device)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute(rusqlite::params![
                at.op.as_bytes(),
                at.scope.as_str(),
                subject,
                bits(&body.fields),
                body.purpose,
                reason,
                authorisation,
                at.recorded_at,
                at.actor.as_bytes(),
                at.device.as_bytes()
            ])?;
        Ok(())
    }

    pub(super) fn forget_query(&mut self, op: &[u8; 16]) -> Result<(), StoreError> {
        self.conn.prepare_cached("DELETE FROM query_made WHERE op = ?1")?.execute([op])?;
        Ok(())
    }
}
