//! What may still be done with a person's data: restricted, asked to be erased, erased.

use zhenxin_domain::ids::{ActivityId, OpId, ResidentId};
use zhenxin_domain::privacy::RestrictReason;
use zhenxin_protocol::body::Body;
use zhenxin_protocol::body::privacy::{DataRestricted, ErasureAsked, ErasureRefused, ErasureWithdrawn, ResidentErased};

use super::{Draft, Tx};
use crate::error::StoreError;
use crate::query::person_data::ErasureReach;

impl Tx<'_> {
    /// Restricts a person's data, or lifts the restriction (no reason).
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::KeyMissing`], faults of the database.
    pub fn restrict_data(
        &mut self,
        resident: ResidentId,
        reason: Option<RestrictReason>,
        note: Option<&str>,
    ) -> Result<OpId, StoreError> {
        let scope = self.home_scope(resident)?;
        let (id, occurred_on) = (self.new_op_id(), self.today_days());
        let note = self.seal_text(id, resident.as_bytes(), "note", note)?;
        let code = reason.map_or("", RestrictReason::as_code).to_owned();
        let body = DataRestricted { resident, restricted: reason.is_some(), reason: code, note };
        self.commit(Draft { id, scope, body: Body::DataRestricted(body), occurred_on })
    }

    /// Asks for a person's data to be erased; a second person confirms or refuses. `reason`: its code.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::KeyMissing`], faults of the database.
    pub fn ask_erasure(&mut self, resident: ResidentId, reason: &str, note: Option<&str>) -> Result<OpId, StoreError> {
        let scope = self.home_scope(resident)?;
        let (id, occurred_on) = (self.new_op_id(), self.today_days());
        let note = self.seal_text(id, resident.as_bytes(), "note", note)?;
        let body = ErasureAsked { resident, reason: reason.to_owned(), note };
        self.commit(Draft { id, scope, body: Body::ErasureAsked(body), occurred_on })
    }

    /// Refuses a request for erasure.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::KeyMissing`], faults of the database.
    pub fn refuse_erasure(
        &mut self,
        resident: ResidentId,
        asked: OpId,
        note: Option<&str>,
    ) -> Result<OpId, StoreError> {
        let scope = self.home_scope(resident)?;
        let (id, occurred_on) = (self.new_op_id(), self.today_days());
        let note = self.seal_text(id, resident.as_bytes(), "note", note)?;
        let body = ErasureRefused { resident, asked, note };
        self.commit(Draft { id, scope, body: Body::ErasureRefused(body), occurred_on })
    }

    /// Takes a request for erasure back; only who asked does.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::KeyMissing`], faults of the database.
    pub fn withdraw_erasure(
        &mut self,
        resident: ResidentId,
        asked: OpId,
        note: Option<&str>,
    ) -> Result<OpId, StoreError> {
        let scope = self.home_scope(resident)?;
        let (id, occurred_on) = (self.new_op_id(), self.today_days());
        let note = self.seal_text(id, resident.as_bytes(), "note", note)?;
        let body = ErasureWithdrawn { resident, asked, note };
        self.commit(Draft { id, scope, body: Body::ErasureWithdrawn(body), occurred_on })
    }

    /// Erases a person: the keys of all their records and of what concerns nobody else are destroyed when this
    /// transaction ends. `also` are activities whose names mention the person; their names and photographs go too. Nothing
    /// brings any of it back. Elsewhere the records go with the operations; the rest goes with the tombstones, which the
    /// district takes from a PC of the whole town alone.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Refused`] while the person can still sign in, faults of the database.
    pub fn erase_resident(
        &mut self,
        resident: ResidentId,
        asked: Option<OpId>,
        reason: &str,
        also: &[ActivityId],
    ) -> Result<ErasureReach, StoreError> {
        let reach = self.erasure_reach(resident)?;
        if reach.open_users > 0 {
            return Err(StoreError::Refused(
                "这位居民还有可以登录的用户账号，请先请系统管理员停用账号，再删除个人信息",
            ));
        }
        for record in &reach.records {
            self.erase_record(*record, asked.filter(|_| *record == resident), reason)?;
        }
        for activity in reach.activities.iter().chain(also) {
            self.log.fold.destroy(activity.as_bytes())?;
        }
        for user in &reach.users {
            self.log.fold.destroy(user.as_bytes())?;
        }
        Ok(reach)
    }

    fn erase_record(&mut self, resident: ResidentId, asked: Option<OpId>, reason: &str) -> Result<OpId, StoreError> {
        let scope = self.home_scope(resident)?;
        let (id, occurred_on) = (self.new_op_id(), self.today_days());
        let body = ResidentErased { resident, asked, reason: reason.to_owned() };
        self.commit(Draft { id, scope, body: Body::ResidentErased(body), occurred_on })
    }
}
