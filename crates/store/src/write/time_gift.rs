//! Gifts and donations of minutes.

use std::fmt;

use zhenxin_domain::ids::{OpId, ResidentId, TimeGiftId};
use zhenxin_protocol::body::Body;
use zhenxin_protocol::body::timebank::{GiftGiven, GiftReversed};

use super::{Draft, Tx};
use crate::error::StoreError;

/// Minutes to be given away.
#[derive(Clone)]
pub struct GiftDraft {
    /// Who gives.
    pub giver: ResidentId,
    /// The relative who gets them; `None`: the town's reserve.
    pub to: Option<ResidentId>,
    /// Whole minutes, from 1 up.
    pub amount_min: u32,
    /// Relation to the giver.
    pub relation: Option<String>,
    /// Remark.
    pub note: Option<String>,
}

impl fmt::Debug for GiftDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GiftDraft({}, {} min)", self.giver, self.amount_min)
    }
}

impl Tx<'_> {
    /// Gives minutes away; they count at once.
    ///
    /// # Errors
    /// [`StoreError::Missing`] for an unknown giver, [`StoreError::Refused`] for a gift to oneself,
    /// [`StoreError::KeyMissing`], faults of the database.
    pub fn give_minutes(&mut self, draft: &GiftDraft) -> Result<TimeGiftId, StoreError> {
        if draft.to == Some(draft.giver) {
            return Err(StoreError::Refused("不能把时间赠与本人，请另选一位亲属，或改为捐给镇准备金"));
        }
        let scope = self.home_scope(draft.giver)?;
        let gift = TimeGiftId::from_uuid(self.new_uuid());
        let (id, occurred_on) = (self.new_op_id(), self.today_days());
        let subject = draft.giver.as_bytes();
        let body = Body::GiftGiven(GiftGiven {
            gift,
            giver: draft.giver,
            to: draft.to,
            amount_min: draft.amount_min,
            relation: self.seal_text(id, subject, "relation", draft.relation.as_deref())?,
            note: self.seal_text(id, subject, "note", draft.note.as_deref())?,
        });
        self.commit(Draft { id, scope, body, occurred_on })?;
        Ok(gift)
    }

    /// Takes a gift back as a whole.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Refused`] for a gift that was taken back,
    /// [`StoreError::KeyMissing`], faults of the database.
    pub fn reverse_gift(&mut self, gift: TimeGiftId, reason: &str) -> Result<OpId, StoreError> {
        let row = self.gift(gift)?.ok_or(StoreError::Missing { what: "赠与" })?;
        if row.reversed_at.is_some() {
            return Err(StoreError::Refused("这笔赠与已经冲正过，请刷新后核对"));
        }
        let (id, occurred_on) = (self.new_op_id(), self.today_days());
        let reason = self.seal_text(id, row.giver.as_bytes(), "reason", Some(reason))?;
        let body = Body::GiftReversed(GiftReversed { gift, giver: row.giver, reason });
        self.commit(Draft { id, scope: row.scope, body, occurred_on })
    }
}
