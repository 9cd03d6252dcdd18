//! Needs: posted, and closed when nobody has to serve them any more.

use rusqlite::OptionalExtension;
use zhenxin_protocol::body::timebank::{NeedClosed, NeedPosted};
use zhenxin_protocol::entity::{Entity, EntityKind};

use super::{At, Folder};
use crate::error::StoreError;

impl Folder<'_> {
    pub(super) fn need_posted(&mut self, at: &At<'_>, body: &NeedPosted) -> Result<(), StoreError> {
        let entity = Entity::new(EntityKind::Need, *body.need.as_bytes());
        if !at.wants(&entity) {
            return Ok(());
        }
        let subject = body.resident.as_bytes();
        let place = self.open_opt(at, &entity, subject, "place", body.place.as_ref())?;
        let note = self.open_opt(at, &entity, subject, "note", body.note.as_ref())?;
        let inserted = self.conn.prepare_cached(include_str!("need/insert.sql"))?.execute(rusqlite::params![
            body.need.as_bytes(),
            at.scope.as_str(),
            subject,
            body.service_type.as_bytes(),
            body.day,
            body.start_min,
            body.planned_min,
            place.as_deref(),
            note.as_deref(),
            at.recorded_at,
            at.actor.as_bytes(),
            at.op.as_bytes()
        ])?;
        if inserted == 0 {
            self.race(at, &entity, "need_twice")?;
        }
        Ok(())
    }

    pub(super) fn need_closed(&mut self, at: &At<'_>, body: &NeedClosed) -> Result<(), StoreError> {
        let (need, subject) = (body.need.as_bytes(), body.resident.as_bytes());
        let entity = Entity::new(EntityKind::Need, *need);
        if !at.wants(&entity) {
            return Ok(());
        }
        let closed: Option<bool> = self
            .conn
            .prepare_cached("SELECT closed_at IS NOT NULL FROM need WHERE id = ?1 AND scope = ?2")?
            .query_row((need, at.scope.as_str()), |row| row.get(0))
            .optional()?;
        match closed {
            None => return self.race(at, &entity, "need_missing"),
            Some(true) => return self.race(at, &entity, "need_close_lost"),
            Some(false) => {}
        }
        let reason = self.open_opt(at, &entity, subject, "reason", body.reason.as_ref())?;
        self.conn
            .prepare_cached("UPDATE need SET closed_at = ?2, closed_by = ?3, close_reason = ?4 WHERE id = ?1")?
            .execute((need, at.recorded_at, at.actor.as_bytes(), reason.as_deref()))?;
        Ok(())
    }

    pub(super) fn forget_need(&mut self, id: &[u8; 16]) -> Result<(), StoreError> {
        self.conn.prepare_cached("DELETE FROM need WHERE id = ?1")?.execute([id])?;
        Ok(())
    }
}
