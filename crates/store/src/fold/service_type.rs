//! Service types and their versions.

use zhenxin_protocol::body::timebank::ServiceTypeRecorded;
use zhenxin_protocol::entity::{Entity, EntityKind};

use super::{At, Folder};
use crate::error::StoreError;

impl Folder<'_> {
    pub(super) fn service_type_recorded(&mut self, at: &At<'_>, body: &ServiceTypeRecorded) -> Result<(), StoreError> {
        let entity = Entity::new(EntityKind::ServiceType, *body.service_type.as_bytes());
        if !at.wants(&entity) {
            return Ok(());
        }
        let inserted =
            self.conn.prepare_cached(include_str!("service_type/insert.sql"))?.execute(rusqlite::params![
                body.service_type.as_bytes(),
                body.version,
                at.scope.as_str(),
                body.code,
                body.name,
                body.coefficient_percent,
                body.in_force_from,
                at.recorded_at,
                at.actor.as_bytes(),
                at.op.as_bytes()
            ])?;
        if inserted == 0 {
            self.race(at, &entity, "service_version_twice")?;
        }
        Ok(())
    }

    pub(super) fn forget_service_type(&mut self, id: &[u8; 16]) -> Result<(), StoreError> {
        self.conn.prepare_cached("DELETE FROM service_type_version WHERE service_type = ?1")?.execute([id])?;
        Ok(())
    }
}
