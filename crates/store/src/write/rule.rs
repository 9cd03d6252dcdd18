//! Points rules.

use chrono::NaiveDate;
use zhenxin_domain::cap::Cap;
use zhenxin_domain::ids::{ImportId, OpId, RuleId, RuleVersionId};
use zhenxin_protocol::body::rule::{CapRow, RuleRetired, RuleVersionRow, RulesRecorded};
use zhenxin_protocol::body::{Body, ROWS_MAX};
use zhenxin_protocol::seal::Sealed;

use super::import::ImportSource;
use super::{Draft, Tx};
use crate::error::StoreError;
use crate::sql::days;

/// A version of a rule to be recorded.
#[derive(Debug, Clone)]
pub struct RuleVersionDraft {
    /// The rule that it supersedes the last version of; `None` for a new rule.
    pub rule: Option<RuleId>,
    /// 1, 2, 3 …
    pub version: u32,
    /// Such as `A01`.
    pub code: String,
    /// 类别.
    pub category: String,
    /// 事项.
    pub item: String,
    /// Whole points, from 1 up.
    pub points: u32,
    /// 计分单位.
    pub unit: String,
    /// 上限.
    pub cap: Option<Cap>,
    /// 佐证要求.
    pub evidence: Option<String>,
    /// Code of the subject (domain `rule::Subject`).
    pub subject: String,
    /// 有效期 in months.
    pub valid_months: Option<u16>,
    /// 依据.
    pub basis: Option<String>,
    /// First day in force.
    pub in_force_from: NaiveDate,
}

impl Tx<'_> {
    /// Records versions of rules; ids in the order of the drafts.
    ///
    /// # Errors
    /// A text over its limit, faults of the database.
    pub fn record_rules(
        &mut self,
        drafts: &[RuleVersionDraft],
        import: Option<ImportSource>,
    ) -> Result<Vec<(RuleId, RuleVersionId)>, StoreError> {
        let mut ids = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let rule = draft.rule.unwrap_or_else(|| RuleId::from_uuid(self.new_uuid()));
            ids.push((rule, RuleVersionId::from_uuid(self.new_uuid())));
        }
        let scope = self.town_scope();
        let occurred_on = self.today_days();
        for (drafts, ids) in drafts.chunks(ROWS_MAX).zip(ids.chunks(ROWS_MAX)) {
            let id = self.new_op_id();
            let rows = drafts.iter().zip(ids).map(|(draft, (rule, version))| row(draft, *rule, *version)).collect();
            let source = self.seal_source(id, import.as_ref())?;
            let body = RulesRecorded { import: import.as_ref().map(|import| import.id), source, rows };
            self.commit(Draft { id, scope, body: Body::RulesRecorded(body), occurred_on })?;
        }
        Ok(ids)
    }

    /// The name of an imported file, sealed with the import's own key.
    pub(super) fn seal_source(
        &mut self,
        op: OpId,
        import: Option<&ImportSource>,
    ) -> Result<Option<Sealed>, StoreError> {
        let Some(ImportSource { id, source }) = import else { return Ok(None) };
        let subject: &[u8; 16] = ImportId::as_bytes(id);
        let key = self.key_or_new(subject, self.town_scope())?;
        self.seal(&key, op, subject, "source", source).map(Some)
    }

    /// Retires a rule from a day on.
    ///
    /// # Errors
    /// [`StoreError::Missing`], faults of the database.
    pub fn retire_rule(&mut self, rule: RuleId, from: NaiveDate) -> Result<OpId, StoreError> {
        if self.rule_versions(rule)?.is_empty() {
            return Err(StoreError::Missing { what: "积分细则" });
        }
        let body = Body::RuleRetired(RuleRetired { rule, from: days(from) });
        let (id, scope, occurred_on) = (self.new_op_id(), self.town_scope(), self.today_days());
        self.commit(Draft { id, scope, body, occurred_on })
    }
}

fn row(draft: &RuleVersionDraft, rule: RuleId, version_id: RuleVersionId) -> RuleVersionRow {
    RuleVersionRow {
        rule,
        version_id,
        version: draft.version,
        code: draft.code.clone(),
        category: draft.category.clone(),
        item: draft.item.clone(),
        points: draft.points,
        unit: draft.unit.clone(),
        cap: draft.cap.map(|cap| CapRow { points: cap.points, period: cap.period.as_code().to_owned() }),
        evidence: draft.evidence.clone(),
        subject: draft.subject.clone(),
        valid_months: draft.valid_months,
        basis: draft.basis.clone(),
        in_force_from: days(draft.in_force_from),
    }
}
