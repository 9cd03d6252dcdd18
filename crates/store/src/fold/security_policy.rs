//! What a town asks of passwords: the last word holds.

use zhenxin_protocol::body::policy::SecurityPolicy;
use zhenxin_protocol::entity::Entity;

use super::{At, Folder};
use crate::error::StoreError;

impl Folder<'_> {
    pub(super) fn security_policy(&mut self, at: &At<'_>, body: &SecurityPolicy) -> Result<(), StoreError> {
        let entity = Entity::security_policy(at.scope);
        if !at.wants(&entity) {
            return Ok(());
        }
        self.conn
            .prepare_cached(
                "INSERT OR REPLACE INTO security_policy
                   (id, scope, password_min_chars, rotation_days, idle_lock_min, op) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(rusqlite::params![
                entity.id,
                at.scope.as_str(),
                body.password_min_chars,
                body.rotation_days,
                body.idle_lock_min,
                at.op.as_bytes()
            ])?;
        Ok(())
    }

    pub(super) fn forget_security_policy(&mut self) -> Result<(), StoreError> {
        self.conn.prepare_cached("DELETE FROM security_policy")?.execute([])?;
        Ok(())
    }
}
