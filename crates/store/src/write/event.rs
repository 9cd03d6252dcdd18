//! Activities of the brand and of 诚信五进, their sign-in lists and photographs.

use std::collections::HashSet;
use std::fmt;

use chrono::NaiveDate;
use zhenxin_domain::event::{EventState, Setting};
use zhenxin_domain::ids::{AttendanceId, BrandId, EventId, EvidenceId, OpId, ResidentId};
use zhenxin_protocol::body::brand::{AttendanceRow, EventCode, EventPhotos, EventRecorded, EventSigned};
use zhenxin_protocol::body::{Body, ROWS_MAX};

use super::brand::{FileDraft, Sealing};
use super::{Draft, Tx};
use crate::error::StoreError;
use crate::sql::{Columns, days};

/// What is new about an activity. What is absent stays.
#[derive(Clone, Default)]
pub struct EventDraft {
    /// Which; `None` for a new one.
    pub event: Option<EventId>,
    /// 名称.
    pub title: Option<String>,
    /// 方案.
    pub plan: Option<String>,
    /// 地点.
    pub place: Option<String>,
    /// Setting.
    pub setting: Option<Setting>,
    /// The brand that it belongs to.
    pub brand: Option<BrandId>,
    /// Planned day.
    pub planned_on: Option<NaiveDate>,
    /// Day held.
    pub held_on: Option<NaiveDate>,
    /// Cost in fen.
    pub cost_fen: Option<u64>,
    /// Where it stands.
    pub state: Option<EventState>,
}

/// A change of a sign-in list.
#[derive(Clone, Default)]
pub struct SignInDraft {
    /// Residents who came; who stands there already is left out.
    pub residents: Vec<ResidentId>,
    /// Guests who came, by name.
    pub guests: Vec<String>,
    /// Lines to be taken out; with a resident's line go all the others of the same resident.
    pub removed: Vec<AttendanceId>,
}

/// What signing in gave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SignedIn {
    /// The new lines: residents, then guests.
    pub added: Vec<AttendanceId>,
    /// Residents of the draft who stood there already, or twice in the draft.
    pub already: u32,
    /// People taken out.
    pub removed: u32,
}

impl fmt::Debug for EventDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventDraft({:?}, {:?})", self.event, self.state)
    }
}

impl fmt::Debug for SignInDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignInDraft({} residents, {} guests)", self.residents.len(), self.guests.len())
    }
}

const fn event_code(state: EventState) -> EventCode {
    match state {
        EventState::Planned => EventCode::Planned,
        EventState::Held => EventCode::Held,
        EventState::Cancelled => EventCode::Cancelled,
    }
}

impl Tx<'_> {
    /// Plans an activity, or changes one.
    ///
    /// # Errors
    /// [`StoreError::Missing`] for an unknown activity, [`StoreError::KeyMissing`], faults of the database.
    pub fn record_event(&mut self, draft: &EventDraft) -> Result<EventId, StoreError> {
        let (event, key) = match draft.event {
            Some(event) => (self.event_now(event)?, self.key_of(event.as_bytes())?),
            None => {
                let event = EventId::from_uuid(self.new_uuid());
                (event, self.key_or_new(event.as_bytes(), self.town_scope())?)
            }
        };
        let with = Sealing { key, op: self.new_op_id(), subject: *event.as_bytes() };
        let body = EventRecorded {
            event,
            title: self.seal_opt(&with, "title", draft.title.as_deref())?,
            plan: self.seal_opt(&with, "plan", draft.plan.as_deref())?,
            place: self.seal_opt(&with, "place", draft.place.as_deref())?,
            setting: draft.setting.map(|setting| setting.as_code().to_owned()),
            brand: draft.brand,
            planned_on: draft.planned_on.map(days),
            held_on: draft.held_on.map(days),
            cost_fen: draft.cost_fen,
            state: draft.state.map(event_code),
        };
        let (scope, occurred_on) = (self.town_scope(), self.today_days());
        self.commit(Draft { id: with.op, scope, body: Body::EventRecorded(body), occurred_on })?;
        Ok(event)
    }

    fn event_now(&self, event: EventId) -> Result<EventId, StoreError> {
        self.event(event)?.map(|row| row.id).ok_or(StoreError::Missing { what: "活动" })
    }

    /// Changes a sign-in list: an operation for every [`ROWS_MAX`] lines, none where nothing changes.
    ///
    /// # Errors
    /// [`StoreError::Missing`] for an unknown activity or line, [`StoreError::KeyMissing`], faults of the database.
    pub fn sign_event(&mut self, event: EventId, draft: &SignInDraft) -> Result<SignedIn, StoreError> {
        let event = self.event_now(event)?;
        let key = self.key_of(event.as_bytes())?;
        let mut signed = SignedIn::default();
        let removed = self.lines_to_remove(event, draft, &mut signed)?;
        let newcomers = self.newcomers(event, draft, &removed, &mut signed)?;
        let comings: Vec<Coming<'_>> = (newcomers.into_iter().map(Coming::Resident))
            .chain(draft.guests.iter().map(|guest| Coming::Guest(guest)))
            .collect();
        for lines in removed.chunks(ROWS_MAX) {
            let id = self.new_op_id();
            self.commit_list(id, EventSigned { event, added: Vec::new(), removed: lines.to_vec() })?;
        }
        for comings in comings.chunks(ROWS_MAX) {
            let with = Sealing { key: key.clone(), op: self.new_op_id(), subject: *event.as_bytes() };
            let added = comings.iter().map(|coming| self.line_of(&with, coming)).collect::<Result<Vec<_>, _>>()?;
            signed.added.extend(added.iter().map(|row| row.attendance));
            self.commit_list(with.op, EventSigned { event, added, removed: Vec::new() })?;
        }
        Ok(signed)
    }

    fn commit_list(&mut self, id: OpId, body: EventSigned) -> Result<(), StoreError> {
        let (scope, occurred_on) = (self.town_scope(), self.today_days());
        self.commit(Draft { id, scope, body: Body::EventSigned(body), occurred_on })?;
        Ok(())
    }

    fn line_of(&self, with: &Sealing, coming: &Coming<'_>) -> Result<AttendanceRow, StoreError> {
        let attendance = AttendanceId::from_uuid(self.new_uuid());
        Ok(match coming {
            Coming::Resident(resident) => AttendanceRow { attendance, resident: Some(*resident), guest: None },
            Coming::Guest(name) => {
                AttendanceRow { attendance, resident: None, guest: self.seal_opt(with, "guest", Some(name))? }
            }
        })
    }

    /// With each line all the lines of its resident.
    fn lines_to_remove(
        &self,
        event: EventId,
        draft: &SignInDraft,
        signed: &mut SignedIn,
    ) -> Result<Vec<AttendanceId>, StoreError> {
        let sql = "SELECT b.id FROM attendance a
                   JOIN attendance b ON b.event = a.event AND (b.id = a.id OR b.resident = a.resident)
                   WHERE a.event = ?1 AND a.id = ?2 ORDER BY b.id";
        let mut removed: Vec<AttendanceId> = Vec::new();
        for line in &draft.removed {
            if removed.contains(line) {
                continue;
            }
            let lines: Vec<AttendanceId> =
                self.all(sql, (event.as_bytes(), line.as_bytes()), |row| Columns::of(row).take())?;
            if lines.is_empty() {
                return Err(StoreError::Missing { what: "签到" });
            }
            signed.removed += 1;
            removed.extend(lines);
        }
        Ok(removed)
    }

    fn newcomers(
        &self,
        event: EventId,
        draft: &SignInDraft,
        removed: &[AttendanceId],
        signed: &mut SignedIn,
    ) -> Result<Vec<ResidentId>, StoreError> {
        let mut present: HashSet<ResidentId> = (self.attendance_of(event)?.into_iter())
            .filter(|row| !removed.contains(&row.id))
            .filter_map(|row| row.resident)
            .collect();
        let mut newcomers = Vec::with_capacity(draft.residents.len());
        for resident in &draft.residents {
            if present.insert(*resident) {
                newcomers.push(*resident);
            } else {
                signed.already += 1;
            }
        }
        Ok(newcomers)
    }

    /// Adds photographs and takes others out; ids of the added ones in their order.
    ///
    /// # Errors
    /// [`StoreError::Missing`] for an unknown activity or photograph, [`StoreError::Refused`] where there is nothing
    /// to do, [`StoreError::KeyMissing`], rows over their limit, faults of the database.
    pub fn event_photos(
        &mut self,
        event: EventId,
        added: &[FileDraft],
        removed: &[EvidenceId],
    ) -> Result<Vec<EvidenceId>, StoreError> {
        let event = self.event_now(event)?;
        if added.is_empty() && removed.is_empty() {
            return Err(StoreError::Refused("没有需要保存的改动"));
        }
        for photo in removed {
            let sql = "SELECT EXISTS (SELECT 1 FROM event_photo WHERE event = ?1 AND id = ?2)";
            if self.count(sql, (event.as_bytes(), photo.as_bytes()))? == 0 {
                return Err(StoreError::Missing { what: "照片" });
            }
        }
        let with = Sealing { key: self.key_of(event.as_bytes())?, op: self.new_op_id(), subject: *event.as_bytes() };
        let added = self.file_rows(&with, added)?;
        let ids = added.iter().map(|row| row.file.evidence).collect();
        let body = Body::EventPhotos(EventPhotos { event, added, removed: removed.to_vec() });
        let (scope, occurred_on) = (self.town_scope(), self.today_days());
        self.commit(Draft { id: with.op, scope, body, occurred_on })?;
        Ok(ids)
    }
}

/// Somebody to be put on the list.
enum Coming<'d> {
    Resident(ResidentId),
    Guest(&'d str),
}
