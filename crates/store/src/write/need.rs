//! Needs of the time bank.

use std::fmt;

use chrono::NaiveDate;
use zhenxin_domain::ids::{NeedId, OpId, ResidentId, ServiceTypeId};
use zhenxin_protocol::body::Body;
use zhenxin_protocol::body::timebank::{NeedClosed, NeedPosted};

use super::{Draft, Tx};
use crate::error::StoreError;
use crate::sql::days;

/// A need to be posted.
#[derive(Clone)]
pub struct NeedDraft {
    /// Who needs it.
    pub resident: ResidentId,
    /// What.
    pub service_type: ServiceTypeId,
    /// When.
    pub day: NaiveDate,
    /// From, minutes since midnight.
    pub start_min: u16,
    /// Planned minutes.
    pub planned_min: u16,
    /// Where.
    pub place: Option<String>,
    /// What else.
    pub note: Option<String>,
}

impl fmt::Debug for NeedDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NeedDraft({})", self.resident)
    }
}

impl Tx<'_> {
    /// Posts a need.
    ///
    /// # Errors
    /// [`StoreError::Missing`] for an unknown resident, [`StoreError::KeyMissing`], faults of the database.
    pub fn post_need(&mut self, draft: &NeedDraft) -> Result<NeedId, StoreError> {
        let scope = self.home_scope(draft.resident)?;
        let need = NeedId::from_uuid(self.new_uuid());
        let (id, occurred_on) = (self.new_op_id(), self.today_days());
        let subject = draft.resident.as_bytes();
        let body = Body::NeedPosted(NeedPosted {
            need,
            resident: draft.resident,
            service_type: draft.service_type,
            day: days(draft.day),
            start_min: draft.start_min,
            planned_min: draft.planned_min,
            place: self.seal_text(id, subject, "place", draft.place.as_deref())?,
            note: self.seal_text(id, subject, "note", draft.note.as_deref())?,
        });
        self.commit(Draft { id, scope, body, occurred_on })?;
        Ok(need)
    }

    /// Closes a need.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Refused`] for a need that is closed, [`StoreError::KeyMissing`], faults
    /// of the database.
    pub fn close_need(&mut self, need: NeedId, reason: &str) -> Result<OpId, StoreError> {
        let row = self.need(need)?.ok_or(StoreError::Missing { what: "需求" })?;
        if row.closed_at.is_some() {
            return Err(StoreError::Refused("这条需求已经关闭，请刷新需求列表"));
        }
        let (id, occurred_on) = (self.new_op_id(), self.today_days());
        let reason = self.seal_text(id, row.resident.as_bytes(), "reason", Some(reason))?;
        let body = Body::NeedClosed(NeedClosed { need, resident: row.resident, reason });
        self.commit(Draft { id, scope: row.scope, body, occurred_on })
    }
}
