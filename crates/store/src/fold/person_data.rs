//! What may still be done with a person's data. One entity for each record of a resident, so that restricting, asking
//! and refusing have one order; an erasure holds whatever else was decided, because keys do not come back.

use rusqlite::OptionalExtension;
use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::OpId;
use zhenxin_domain::privacy::{DataStanding, DataState, DataStep, advance};
use zhenxin_protocol::body::privacy::{DataRestricted, ErasureAsked, ErasureRefused, ErasureWithdrawn, ResidentErased};
use zhenxin_protocol::entity::{Entity, EntityKind};

use super::{At, Folder};
use crate::error::StoreError;
use crate::sql::Columns;

/// Stored names of the steps.
pub(crate) const RESTRICT: &str = "restrict";
pub(crate) const LIFT: &str = "lift";
pub(crate) const ASK: &str = "ask";
pub(crate) const REFUSE: &str = "refuse";
/// A request that its own author took back.
pub(crate) const WITHDRAW: &str = "withdraw";
pub(crate) const ERASE: &str = "erase";

/// The race of an erasure that was written in a scope in which its person does not live.
pub(crate) const ERASED_ELSEWHERE: &str = "erased_elsewhere";

/// A step as it is kept.
struct Line<'l> {
    resident: &'l [u8; 16],
    step: DataStep,
    name: &'static str,
    reason: Option<&'l str>,
    note: Option<&'l str>,
}

impl Folder<'_> {
    pub(super) fn data_restricted(&mut self, at: &At<'_>, body: &DataRestricted) -> Result<(), StoreError> {
        let resident = body.resident.as_bytes();
        let Some(entity) = wanted(at, resident) else { return Ok(()) };
        let note = self.open_opt(at, &entity, resident, "note", body.note.as_ref())?;
        let (step, name) = if body.restricted { (DataStep::Restrict, RESTRICT) } else { (DataStep::Lift, LIFT) };
        let reason = Some(body.reason.as_str()).filter(|reason| !reason.is_empty());
        self.data_step(at, &Line { resident, step, name, reason, note: note.as_deref() })
    }

    pub(super) fn erasure_asked(&mut self, at: &At<'_>, body: &ErasureAsked) -> Result<(), StoreError> {
        let resident = body.resident.as_bytes();
        let Some(entity) = wanted(at, resident) else { return Ok(()) };
        let note = self.open_opt(at, &entity, resident, "note", body.note.as_ref())?;
        let (step, reason) = (DataStep::Ask(at.op), Some(body.reason.as_str()));
        self.data_step(at, &Line { resident, step, name: ASK, reason, note: note.as_deref() })
    }

    pub(super) fn erasure_refused(&mut self, at: &At<'_>, body: &ErasureRefused) -> Result<(), StoreError> {
        let resident = body.resident.as_bytes();
        let Some(entity) = wanted(at, resident) else { return Ok(()) };
        let note = self.open_opt(at, &entity, resident, "note", body.note.as_ref())?;
        let step = DataStep::Close(body.asked);
        self.data_step(at, &Line { resident, step, name: REFUSE, reason: None, note: note.as_deref() })
    }

    pub(super) fn erasure_withdrawn(&mut self, at: &At<'_>, body: &ErasureWithdrawn) -> Result<(), StoreError> {
        let resident = body.resident.as_bytes();
        let Some(entity) = wanted(at, resident) else { return Ok(()) };
        let note = self.open_opt(at, &entity, resident, "note", body.note.as_ref())?;
        let step = DataStep::Close(body.asked);
        self.data_step(at, &Line { resident, step, name: WITHDRAW, reason: None, note: note.as_deref() })
    }

    pub(super) fn resident_erased(&mut self, at: &At<'_>, body: &ResidentErased) -> Result<(), StoreError> {
        let resident = body.resident.as_bytes();
        let Some(entity) = wanted(at, resident) else { return Ok(()) };
        self.note_sealed(resident, &entity)?;
        // An operation comes from any PC that writes in its scope, and a key does not come back. So it destroys one key,
        // of a person, and only where the key itself says that they belong to that scope.
        match self.vault.scope_of(resident)? {
            None => return self.wait_for_key(resident, &entity),
            Some(home) if home == at.scope && matches!(home, Scope::Village(_)) => {}
            Some(_) => return self.race(at, &entity, ERASED_ELSEWHERE),
        }
        // Said again about somebody who is erased, it reaches what arrived meanwhile and is no step of its own.
        if self.data_standing(resident)?.state != DataState::Erased {
            let (step, reason) = (DataStep::Erase, Some(body.reason.as_str()));
            self.data_step(at, &Line { resident, step, name: ERASE, reason, note: None })?;
        }
        self.destroy(resident)
    }

    fn data_step(&mut self, at: &At<'_>, line: &Line<'_>) -> Result<(), StoreError> {
        let now = self.data_standing(line.resident)?;
        let next = advance(now, line.step);
        self.conn
            .prepare_cached(
                "INSERT OR IGNORE INTO person_step (op, resident, scope, step, reason, note, actor, at, lost)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(rusqlite::params![
                at.op.as_bytes(),
                line.resident,
                at.scope.as_str(),
                line.name,
                line.reason,
                line.note,
                at.actor.as_bytes(),
                at.recorded_at,
                next.is_err()
            ])?;
        let Ok(next) = next else { return Ok(()) };
        self.conn.prepare_cached(include_str!("person_data/stand.sql"))?.execute(rusqlite::params![
            line.resident,
            at.scope.as_str(),
            next.state.as_code(),
            at.recorded_at,
            line.reason,
            line.note,
            next.asked.as_ref().map(OpId::as_bytes),
            at.actor.as_bytes(),
            matches!(line.step, DataStep::Ask(_)),
            next.state != now.state
        ])?;
        Ok(())
    }

    fn data_standing(&self, resident: &[u8; 16]) -> Result<DataStanding, StoreError> {
        let mut statement = self.conn.prepare_cached("SELECT state, asked FROM person_data WHERE resident = ?1")?;
        let standing = statement.query_row([resident], |row| {
            let mut c = Columns::of(row);
            Ok(DataStanding { state: c.take()?, asked: c.take()? })
        });
        Ok(standing.optional()?.unwrap_or(DataStanding::OPEN))
    }

    pub(super) fn forget_person_data(&mut self, id: &[u8; 16]) -> Result<(), StoreError> {
        for sql in ["DELETE FROM person_step WHERE resident = ?1", "DELETE FROM person_data WHERE resident = ?1"] {
            self.conn.prepare_cached(sql)?.execute([id])?;
        }
        Ok(())
    }
}

fn wanted(at: &At<'_>, resident: &[u8; 16]) -> Option<Entity> {
    let entity = Entity::new(EntityKind::PersonData, *resident);
    at.wants(&entity).then_some(entity)
}
