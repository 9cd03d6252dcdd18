//! A deficit that the town waives: points come from its issuance, minutes from its reserve. It is one of the decisions
//! about the deficit, so that two devices which waive it pay once.

use zhenxin_domain::ledger::Ledger;
use zhenxin_protocol::body::settle::{DEFICIT, DeficitWaived, LedgerCode, OwnerCode};

use super::issue::Decided;
use super::ledger::{OWNER_HOUSEHOLD, OWNER_RESIDENT, Posting, issuance, reserve, transfer_id};
use super::{At, Folder};
use crate::error::StoreError;

/// The decision that this operation is.
pub(crate) const WAIVE: &str = "waive";

impl Folder<'_> {
    pub(super) fn deficit_waived(&mut self, at: &At<'_>, body: &DeficitWaived) -> Result<(), StoreError> {
        let entity = body.issue(at.scope);
        if !at.wants(&entity) {
            return Ok(());
        }
        let reason = match &body.subject {
            Some(subject) => self.open_opt(at, &entity, subject, "reason", body.reason.as_ref())?,
            None => None,
        };
        let decided = Decided {
            kind: DEFICIT,
            about: &body.about(),
            op: Some(body.spend.as_bytes()),
            what: None,
            decision: WAIVE,
            reason: reason.as_deref(),
        };
        if !self.decide(at, entity, &decided)? {
            return Ok(());
        }
        let town = at.scope.town();
        let (ledger, debit) = match body.ledger {
            LedgerCode::Points => (Ledger::Points, issuance(town)),
            LedgerCode::Minutes => (Ledger::Minutes, reserve(town)),
        };
        let owner_kind = match body.owner.kind {
            OwnerCode::Resident => OWNER_RESIDENT,
            OwnerCode::Household => OWNER_HOUSEHOLD,
        };
        let posting = Posting {
            id: &transfer_id(entity, WAIVE),
            ledger,
            debit,
            credit: (owner_kind, *body.owner.id),
            amount_units: body.amount_units,
            effective_on: at.occurred_on,
            source: entity,
            reverses: None,
        };
        if self.post(at, &posting)? { Ok(()) } else { self.race(at, &entity, "transfer_reused") }
    }
}

#[cfg(test)]
mod tests;
