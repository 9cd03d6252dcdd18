//! Decisions: settled, merged, waived, restored.

use std::collections::BTreeMap;

use minicbor::bytes::ByteArray;
use zhenxin_domain::division::VillageCode;
use zhenxin_domain::ids::{OpId, ResidentId};
use zhenxin_protocol::body::Body;
use zhenxin_protocol::body::resident::{Field, ResidentPatch, ResidentsRecorded};
use zhenxin_protocol::body::settle::{
    DeficitWaived, IssueSettled, LedgerCode, OwnerCode, ResidentsMerged, Spend, WaivedOwner,
};
use zhenxin_protocol::entity::EntityKind;
use zhenxin_protocol::seal::Subject;

use super::{Draft, Tx};
use crate::error::StoreError;
use crate::query::issue::content::Unsealed;
use crate::query::issue::{IssueKey, IssueRow};

impl Tx<'_> {
    /// Records what was decided about an issue. The reason is sealed with the key of whom the issue concerns; where it
    /// concerns nobody, with one of the decision's own.
    ///
    /// # Errors
    /// [`StoreError::KeyMissing`], faults of the database.
    pub fn settle_issue(&mut self, issue: &IssueRow, decision: &str, reason: Option<&str>) -> Result<OpId, StoreError> {
        let IssueKey { kind, about, op, what } = &issue.key;
        let (id, occurred_on) = (self.new_op_id(), self.today_days());
        let subject: Subject = match issue.resident {
            Some(resident) => *resident.as_bytes(),
            // not the id of the issue: two PCs that decide about it apart would each make a key for it
            None => *id.as_bytes(),
        };
        let sealed = match reason {
            Some(reason) => {
                let key = self.key_or_new(&subject, issue.scope)?;
                Some(self.seal(&key, id, &subject, "reason", reason)?)
            }
            None => None,
        };
        let body = Body::IssueSettled(IssueSettled {
            kind: kind.as_code().to_owned(),
            about: ByteArray::from(about.to_bytes()),
            op: *op,
            what: what.clone(),
            decision: decision.to_owned(),
            subject: sealed.is_some().then(|| ByteArray::from(subject)),
            reason: sealed,
        });
        self.commit(Draft { id, scope: issue.scope, body, occurred_on })
    }

    /// Records that a conflict of a field was decided by writing the chosen value, so that it stays among what was decided.
    /// `winner` is the operation whose value counted before.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn note_field_settled(&mut self, issue: &IssueRow, winner: OpId, decision: &str) -> Result<OpId, StoreError> {
        // The next conflict of the same field is another matter: this one is named by what it met.
        let key = IssueKey { op: Some(winner), ..issue.key.clone() };
        self.settle_issue(&IssueRow { key, ..issue.clone() }, decision, None)
    }

    /// Makes one record another name of the one that is kept.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Refused`] for a record that was merged already or that stands for the
    /// other one, faults of the database.
    pub fn merge_residents(&mut self, kept: ResidentId, duplicate: ResidentId) -> Result<OpId, StoreError> {
        self.resident(kept)?.ok_or(StoreError::Missing { what: "居民" })?;
        let row = self.resident(duplicate)?.ok_or(StoreError::Missing { what: "居民" })?;
        if row.alias_of.is_some() {
            return Err(StoreError::Refused("这份登记已经并入另一份，请先撤销那次合并"));
        }
        if self.kept(kept)? == duplicate {
            return Err(StoreError::Refused("要保留的这份登记已经并入另一份，请刷新后再选"));
        }
        self.write_merge(kept, duplicate, row.scope)
    }

    /// Takes a merge back: the record stands by itself again.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Refused`] for a record that was not merged, faults of the database.
    pub fn unmerge_resident(&mut self, duplicate: ResidentId) -> Result<OpId, StoreError> {
        let row = self.resident(duplicate)?.ok_or(StoreError::Missing { what: "居民" })?;
        if row.alias_of.is_none() {
            return Err(StoreError::Refused("这份登记现在没有并入别的登记，请刷新"));
        }
        self.write_merge(duplicate, duplicate, row.scope)
    }

    fn write_merge(
        &mut self,
        kept: ResidentId,
        duplicate: ResidentId,
        scope: zhenxin_domain::division::Scope,
    ) -> Result<OpId, StoreError> {
        let (id, occurred_on) = (self.new_op_id(), self.today_days());
        let body = Body::ResidentsMerged(ResidentsMerged { kept, duplicate });
        self.commit(Draft { id, scope, body, occurred_on })
    }

    /// Waives a deficit of minutes: the town's reserve brings the account back to zero. It names the spends that
    /// stand, so that what another device takes back is not paid for as well.
    ///
    /// # Errors
    /// [`StoreError::Refused`] for an account that is not below zero, [`StoreError::KeyMissing`], faults of the database.
    pub fn waive_deficit(&mut self, issue: &IssueRow, amount_min: u32, reason: &str) -> Result<OpId, StoreError> {
        let (Some(spend), EntityKind::Resident) = (issue.key.op, issue.key.about.kind) else {
            return Err(StoreError::Refused("这件事不是账户透支，请刷新后再办"));
        };
        let subject = issue.key.about.id;
        let (id, occurred_on) = (self.new_op_id(), self.today_days());
        let key = self.key_of(&subject)?;
        let reason = self.seal(&key, id, &subject, "reason", reason)?;
        let standing = self.standing_spends(ResidentId::from_bytes(subject))?.into_iter();
        let spends = standing
            .map(|spend| Spend { source: ByteArray::from(spend.source.to_bytes()), amount_units: spend.amount_min });
        let body = Body::DeficitWaived(DeficitWaived {
            ledger: LedgerCode::Minutes,
            owner: WaivedOwner { kind: OwnerCode::Resident, id: ByteArray::from(subject) },
            amount_units: amount_min,
            reason: Some(reason),
            subject: Some(ByteArray::from(subject)),
            spend,
            spends: spends.collect(),
        });
        self.commit(Draft { id, scope: issue.scope, body, occurred_on })
    }

    /// Records a resident anew whose record was taken back while somebody changed it: with all that was last written
    /// about them.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where the record is there or its village is not known any more,
    /// [`StoreError::KeyMissing`], faults of the database.
    pub fn restore_resident(&mut self, issue: &IssueRow) -> Result<OpId, StoreError> {
        let resident = ResidentId::from_bytes(issue.key.about.id);
        if self.resident(resident)?.is_some() {
            return Err(StoreError::Refused("这位居民已在名册里，不用恢复，请刷新"));
        }
        let text = |value: Option<Unsealed>| match value {
            Some(Unsealed::Text(text)) => Ok(Some(text)),
            None => Ok(None),
            Some(_) => Err(StoreError::KeyMissing),
        };
        let (id, occurred_on) = (self.new_op_id(), self.today_days());
        let key = self.key_of(resident.as_bytes())?;
        let (mut fields, mut village, mut household_no) = (BTreeMap::new(), None, None);
        for (number, value) in self.former_fields(resident)? {
            let value = text(value)?;
            match Field::ALL.get(usize::from(number)) {
                Some(Field::Village) => village = value.and_then(|code| code.parse::<VillageCode>().ok()),
                Some(Field::HouseholdNo) => household_no = value,
                Some(field) => {
                    if let Some(value) = value {
                        let sealed = self.seal(&key, id, resident.as_bytes(), field.name(), &value)?;
                        fields.insert(number, Some(sealed));
                    }
                }
                None => {}
            }
        }
        if village.is_none() {
            return Err(StoreError::Refused("这位居民原来的登记不在本机，无法恢复，请重新登记"));
        }
        let patch = ResidentPatch { resident, village, household_no, fields, base: BTreeMap::new() };
        let body = Body::ResidentsRecorded(ResidentsRecorded { import: None, source: None, rows: vec![patch] });
        self.commit(Draft { id, scope: issue.scope, body, occurred_on })
    }
}
