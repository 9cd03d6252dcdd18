//! Users: names and duties. How they sign in is not in the log.

use zhenxin_domain::ids::ResidentId;
use zhenxin_protocol::body::user::{UserAdded, UserChanged};
use zhenxin_protocol::entity::{Entity, EntityKind};

use super::{At, Folder};
use crate::error::StoreError;

impl Folder<'_> {
    pub(super) fn user_added(&mut self, at: &At<'_>, body: &UserAdded) -> Result<(), StoreError> {
        let entity = Entity::new(EntityKind::User, *body.user.as_bytes());
        if !at.wants(&entity) {
            return Ok(());
        }
        let name = self.open_opt(at, &entity, body.user.as_bytes(), "user_name", body.name.as_ref())?;
        let inserted = self
            .conn
            .prepare_cached(
                "INSERT OR IGNORE INTO user (id, scope, name, duties, active, resident, added_at, op)
                 VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6, ?7)",
            )?
            .execute(rusqlite::params![
                body.user.as_bytes(),
                at.scope.as_str(),
                name.as_deref(),
                body.duties,
                body.resident.as_ref().map(ResidentId::as_bytes),
                at.recorded_at,
                at.op.as_bytes()
            ])?;
        if inserted == 0 {
            self.race(at, &entity, "user_twice")?;
        }
        Ok(())
    }

    pub(super) fn user_changed(&mut self, at: &At<'_>, body: &UserChanged) -> Result<(), StoreError> {
        let entity = Entity::new(EntityKind::User, *body.user.as_bytes());
        if !at.wants(&entity) {
            return Ok(());
        }
        let known = self
            .conn
            .prepare_cached("UPDATE user SET duties = ?2, active = ?3, resident = ?4 WHERE id = ?1")?
            .execute((
                body.user.as_bytes(),
                body.duties,
                body.active,
                body.resident.as_ref().map(ResidentId::as_bytes),
            ))?;
        if known == 0 {
            self.race(at, &entity, "user_missing")?;
        }
        Ok(())
    }

    pub(super) fn forget_user(&mut self, id: &[u8; 16]) -> Result<(), StoreError> {
        self.conn.prepare_cached("DELETE FROM user WHERE id = ?1")?.execute([id])?;
        Ok(())
    }
}
