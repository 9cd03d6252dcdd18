//! Activities of the brand and of 诚信五进: each field stands for itself, the later operation in canonical order holds.
//! A line of the sign-in list or a photograph is added once and taken out for good.

use zhenxin_domain::event::EventState;
use zhenxin_protocol::body::brand::{AttendanceRow, EventCode, EventPhotos, EventRecorded, EventSigned};
use zhenxin_protocol::entity::{Entity, EntityKind};

use super::{At, Folder};
use crate::error::StoreError;

const INSERT_PHOTO: &str = "INSERT OR IGNORE INTO event_photo (event, id, hash, mime, bytes_len, caption)
                            VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

/// The domain's state for the one that was sent.
const fn event_state(code: EventCode) -> EventState {
    match code {
        EventCode::Planned => EventState::Planned,
        EventCode::Held => EventState::Held,
        EventCode::Cancelled => EventState::Cancelled,
    }
}

impl Folder<'_> {
    pub(super) fn event_recorded(&mut self, at: &At<'_>, body: &EventRecorded) -> Result<(), StoreError> {
        let id = body.event.as_bytes();
        let entity = Entity::new(EntityKind::Event, *id);
        if !at.wants(&entity) {
            return Ok(());
        }
        let title = self.open_opt(at, &entity, id, "title", body.title.as_ref())?;
        let plan = self.open_opt(at, &entity, id, "plan", body.plan.as_ref())?;
        let place = self.open_opt(at, &entity, id, "place", body.place.as_ref())?;
        self.note_event(at, id)?;
        self.conn.prepare_cached(include_str!("event/patch.sql"))?.execute(rusqlite::params![
            id,
            title,
            plan,
            place,
            body.setting,
            body.brand.as_ref().map(|brand| brand.as_bytes()),
            body.planned_on,
            body.held_on,
            body.cost_fen.map(|fen| i64::try_from(fen).unwrap_or(i64::MAX)),
            body.state.map(|state| event_state(state).as_code())
        ])?;
        Ok(())
    }

    /// The row of an event; a list or a photograph may be all that is left of it, where the district refused its plan.
    fn note_event(&self, at: &At<'_>, id: &[u8; 16]) -> Result<(), StoreError> {
        self.conn.prepare_cached(include_str!("event/note.sql"))?.execute((
            id,
            at.scope.as_str(),
            EventState::Planned.as_code(),
            at.occurred_on,
            at.recorded_at,
            at.actor.as_bytes(),
            at.op.as_bytes(),
        ))?;
        Ok(())
    }

    pub(super) fn event_signed(&mut self, at: &At<'_>, body: &EventSigned) -> Result<(), StoreError> {
        let id = body.event.as_bytes();
        let entity = Entity::new(EntityKind::Event, *id);
        if !at.wants(&entity) {
            return Ok(());
        }
        self.note_event(at, id)?;
        body.added.iter().try_for_each(|row| self.attended(at, &entity, row))?;
        for attendance in &body.removed {
            self.conn
                .prepare_cached("DELETE FROM attendance WHERE event = ?1 AND id = ?2")?
                .execute((id, attendance.as_bytes()))?;
        }
        Ok(())
    }

    /// Two desks may add one resident under two lines; both stay, so that taking out the one that a desk has seen
    /// leaves the other, and the resident is shown and counted once.
    fn attended(&mut self, at: &At<'_>, event: &Entity, row: &AttendanceRow) -> Result<(), StoreError> {
        let guest = self.open_opt(at, event, &event.id, "guest", row.guest.as_ref())?;
        let added = self
            .conn
            .prepare_cached("INSERT OR IGNORE INTO attendance (event, id, resident, guest) VALUES (?1, ?2, ?3, ?4)")?
            .execute((
                event.id,
                row.attendance.as_bytes(),
                row.resident.as_ref().map(|resident| resident.as_bytes()),
                guest,
            ))?;
        if added == 0 {
            self.race(at, event, "attendance_twice")?;
        }
        Ok(())
    }

    pub(super) fn event_photos(&mut self, at: &At<'_>, body: &EventPhotos) -> Result<(), StoreError> {
        let id = body.event.as_bytes();
        let entity = Entity::new(EntityKind::Event, *id);
        if !at.wants(&entity) {
            return Ok(());
        }
        self.note_event(at, id)?;
        body.added.iter().try_for_each(|row| self.file_added(at, &entity, INSERT_PHOTO, row))?;
        for photo in &body.removed {
            self.conn
                .prepare_cached("DELETE FROM event_photo WHERE event = ?1 AND id = ?2")?
                .execute((id, photo.as_bytes()))?;
        }
        Ok(())
    }

    pub(super) fn forget_event(&mut self, id: &[u8; 16]) -> Result<(), StoreError> {
        for sql in [
            "DELETE FROM attendance WHERE event = ?1",
            "DELETE FROM event_photo WHERE event = ?1",
            "DELETE FROM event WHERE id = ?1",
        ] {
            self.conn.prepare_cached(sql)?.execute([id])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
