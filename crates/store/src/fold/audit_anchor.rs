//! Anchors of audits: one row for each, never changed.

use zhenxin_protocol::body::audit::AuditAnchored;
use zhenxin_protocol::entity::{Entity, EntityKind};

use super::{At, Folder};
use crate::error::StoreError;

impl Folder<'_> {
    pub(super) fn audit_anchored(&mut self, at: &At<'_>, body: &AuditAnchored) -> Result<(), StoreError> {
        if !at.wants(&Entity::new(EntityKind::AuditAnchor, *at.op.as_bytes())) {
            return Ok(());
        }
        self.conn
            .prepare_cached(
                "INSERT OR IGNORE INTO audit_anchor (op, scope, device, no, hash, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute((
                at.op.as_bytes(),
                at.scope.as_str(),
                at.device.as_bytes(),
                body.no as i64,
                body.hash.as_bytes(),
                at.recorded_at,
            ))?;
        Ok(())
    }

    pub(super) fn forget_audit_anchor(&mut self, op: &[u8; 16]) -> Result<(), StoreError> {
        self.conn.prepare_cached("DELETE FROM audit_anchor WHERE op = ?1")?.execute([op])?;
        Ok(())
    }
}
