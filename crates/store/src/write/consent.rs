//! Consents.

use std::collections::BTreeMap;
use std::fmt;

use chrono::NaiveDate;
use zhenxin_domain::consent::{Channel, GivenBy};
use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::{ConsentId, OpId, ResidentId};
use zhenxin_protocol::body::consent::{ConsentGiven, ConsentRow, ConsentWithdrawn};
use zhenxin_protocol::body::{Body, ROWS_MAX};

use super::{Draft, Tx};
use crate::error::StoreError;
use crate::sql::days;

/// A consent to be recorded.
#[derive(Clone)]
pub struct ConsentDraft {
    /// Whose.
    pub resident: ResidentId,
    /// Version of the text that was agreed to.
    pub version: String,
    /// How it was given.
    pub channel: Channel,
    /// Who gave it.
    pub given_by: GivenBy,
    /// The guardian's name.
    pub guardian: Option<String>,
}

impl fmt::Debug for ConsentDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConsentDraft({})", self.resident)
    }
}

impl Tx<'_> {
    /// Records consents that were given on one day; the ids in the order of the drafts.
    ///
    /// # Errors
    /// [`StoreError::Missing`] for an unknown resident, [`StoreError::KeyMissing`], faults of the
    /// database.
    pub fn give_consent(&mut self, drafts: &[ConsentDraft], given_on: NaiveDate) -> Result<Vec<ConsentId>, StoreError> {
        let ids: Vec<ConsentId> = drafts.iter().map(|_| ConsentId::from_uuid(self.new_uuid())).collect();
        let mut by_scope: BTreeMap<Scope, Vec<usize>> = BTreeMap::new();
        for (at, draft) in drafts.iter().enumerate() {
            by_scope.entry(self.home_scope(draft.resident)?).or_default().push(at);
        }
        for (scope, places) in by_scope {
            for chunk in places.chunks(ROWS_MAX) {
                let id = self.new_op_id();
                let mut rows = Vec::with_capacity(chunk.len());
                for at in chunk {
                    rows.push(self.consent_row(id, ids[*at], &drafts[*at])?);
                }
                let body = Body::ConsentGiven(ConsentGiven { rows });
                self.commit(Draft { id, scope, body, occurred_on: days(given_on) })?;
            }
        }
        Ok(ids)
    }

    fn consent_row(&mut self, op: OpId, consent: ConsentId, draft: &ConsentDraft) -> Result<ConsentRow, StoreError> {
        let subject = draft.resident.as_bytes();
        let guardian = match &draft.guardian {
            Some(name) => {
                let key = self.key_of(subject)?;
                Some(self.seal(&key, op, subject, "guardian", name)?)
            }
            None => None,
        };
        Ok(ConsentRow {
            consent,
            resident: draft.resident,
            version: draft.version.clone(),
            channel: draft.channel.as_code().to_owned(),
            given_by: draft.given_by.as_code().to_owned(),
            guardian,
        })
    }

    /// Withdraws a consent.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Refused`] where it was withdrawn before.
    pub fn withdraw_consent(&mut self, consent: ConsentId, on: NaiveDate) -> Result<OpId, StoreError> {
        let row = self.consent(consent)?.ok_or(StoreError::Missing { what: "同意记录" })?;
        if row.withdrawn_on.is_some() {
            return Err(StoreError::Refused("这份同意已经撤回，不用再撤回"));
        }
        let body = Body::ConsentWithdrawn(ConsentWithdrawn { consent, resident: row.resident });
        let id = self.new_op_id();
        self.commit(Draft { id, scope: row.scope, body, occurred_on: days(on) })
    }
}
