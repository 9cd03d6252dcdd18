//! A look at what is masked.

use zhenxin_domain::ids::{OpId, ResidentId};
use zhenxin_protocol::body::Body;
use zhenxin_protocol::body::query::{QueryField, QueryMade};

use super::{Draft, Tx};
use crate::error::StoreError;

/// A query to be noted.
#[derive(Debug, Clone, Copy)]
pub struct PersonQueryDraft<'d> {
    /// Whose.
    pub resident: ResidentId,
    /// What is shown.
    pub fields: &'d [QueryField],
    /// Code of the purpose.
    pub purpose: &'d str,
    /// Why.
    pub reason: &'d str,
    /// On whose authority, where there is one.
    pub authorisation: Option<&'d str>,
}

impl Tx<'_> {
    /// Notes a query, before what was asked for is shown.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::KeyMissing`], faults of the database.
    pub fn note_query(&mut self, draft: PersonQueryDraft<'_>) -> Result<OpId, StoreError> {
        let scope = self.home_scope(draft.resident)?;
        let (id, occurred_on) = (self.new_op_id(), self.today_days());
        let subject = *draft.resident.as_bytes();
        let key = self.key_of(&subject)?;
        let mut fields = draft.fields.to_vec();
        fields.sort_unstable();
        fields.dedup();
        let authorisation =
            draft.authorisation.map(|text| self.seal(&key, id, &subject, "authorisation", text)).transpose()?;
        let body = QueryMade {
            resident: draft.resident,
            fields,
            purpose: draft.purpose.to_owned(),
            reason: Some(self.seal(&key, id, &subject, "reason", draft.reason)?),
            authorisation,
        };
        self.commit(Draft { id, scope, body: Body::QueryMade(body), occurred_on })
    }
}
