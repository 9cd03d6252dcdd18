//! 交区数据包: requested → released or sent back, once. The first review in canonical order holds.

use rusqlite::OptionalExtension;
use zhenxin_protocol::body::brand::{HandoverRequested, HandoverReviewed};
use zhenxin_protocol::entity::{Entity, EntityKind};

use super::{At, Folder};
use crate::error::StoreError;
use crate::query::handover::HandoverState;
use crate::sql::Column;

impl Folder<'_> {
    pub(super) fn handover_requested(&mut self, at: &At<'_>, body: &HandoverRequested) -> Result<(), StoreError> {
        let id = body.handover.as_bytes();
        let entity = Entity::new(EntityKind::Handover, *id);
        if !at.wants(&entity) {
            return Ok(());
        }
        let purpose = self.open_opt(at, &entity, body.brand.as_bytes(), "purpose", body.purpose.as_ref())?;
        let inserted = self.conn.prepare_cached(include_str!("handover/request.sql"))?.execute((
            id,
            at.scope.as_str(),
            body.brand.as_bytes(),
            purpose,
            HandoverState::Requested.as_code(),
            at.recorded_at,
            at.actor.as_bytes(),
            at.op.as_bytes(),
        ))?;
        if inserted == 0 {
            self.race(at, &entity, "handover_twice")?;
        }
        Ok(())
    }

    pub(super) fn handover_reviewed(&mut self, at: &At<'_>, body: &HandoverReviewed) -> Result<(), StoreError> {
        let id = body.handover.as_bytes();
        let entity = Entity::new(EntityKind::Handover, *id);
        if !at.wants(&entity) {
            return Ok(());
        }
        let state = self
            .conn
            .prepare_cached("SELECT state FROM handover WHERE id = ?1 AND brand = ?2")?
            .query_row((id, body.brand.as_bytes()), |row| HandoverState::column(row, 0))
            .optional()?;
        match state {
            None => return self.race(at, &entity, "handover_missing"),
            Some(HandoverState::Requested) => {}
            Some(_) => return self.race(at, &entity, "handover_lost"),
        }
        let reason = self.open_opt(at, &entity, body.brand.as_bytes(), "reason", body.reason.as_ref())?;
        let sheet = body.sheet.as_ref().map(|sheet| minicbor::to_vec(sheet).expect("encoding into memory cannot fail"));
        let state = if sheet.is_some() { HandoverState::Released } else { HandoverState::SentBack };
        self.conn.prepare_cached(include_str!("handover/review.sql"))?.execute(rusqlite::params![
            id,
            state.as_code(),
            at.recorded_at,
            at.actor.as_bytes(),
            reason,
            sheet
        ])?;
        Ok(())
    }

    pub(super) fn forget_handover(&mut self, id: &[u8; 16]) -> Result<(), StoreError> {
        self.conn.prepare_cached("DELETE FROM handover WHERE id = ?1")?.execute([id])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
