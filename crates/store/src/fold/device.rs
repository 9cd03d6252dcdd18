//! Devices of the town.

use zhenxin_protocol::body::device::TownOpened;
use zhenxin_protocol::entity::{Entity, EntityKind};

use super::{At, Folder};
use crate::error::StoreError;

impl Folder<'_> {
    pub(super) fn town_opened(&mut self, at: &At<'_>, body: &TownOpened) -> Result<(), StoreError> {
        let entity = Entity::new(EntityKind::Device, *at.device.as_bytes());
        if !at.wants(&entity) {
            return Ok(());
        }
        let inserted = self
            .conn
            .prepare_cached(
                "INSERT OR IGNORE INTO device (id, scope, town, label, opened_at) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute((at.device.as_bytes(), at.scope.as_str(), body.town.as_str(), &body.label, at.recorded_at))?;
        if inserted == 0 {
            self.race(at, &entity, "device_twice")?;
        }
        Ok(())
    }

    pub(super) fn forget_device(&mut self, id: &[u8; 16]) -> Result<(), StoreError> {
        self.conn.prepare_cached("DELETE FROM device WHERE id = ?1")?.execute([id])?;
        Ok(())
    }
}
