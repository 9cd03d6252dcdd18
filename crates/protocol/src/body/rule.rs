//! `rules.recorded` and `rule.retired`. Points rules are public, so nothing here is sealed.

use minicbor::{Decode, Encode};
use zhenxin_domain::ids::{ImportId, RuleId, RuleVersionId};

use super::{BodyFault, CODE_MAX_CHARS, Limits, ROWS_MAX, RULE_TEXT_MAX_CHARS, check_chars, check_rows};
use crate::seal::Sealed;

/// Body of `rules.recorded`, in the town's scope.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RulesRecorded {
    /// The import that it belongs to.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub import: Option<ImportId>,
    /// Name of the imported file, sealed with the import's own key (field `source`).
    #[cbor(n(1), with = "crate::canon", has_nil)]
    pub source: Option<Sealed>,
    /// 1 to [`ROWS_MAX`] versions.
    #[n(2)]
    pub rows: Vec<RuleVersionRow>,
}

/// One version of a rule; never edited, only superseded.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RuleVersionRow {
    /// The rule through all its versions.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub rule: RuleId,
    /// This version.
    #[cbor(n(1), with = "crate::canon", has_nil)]
    pub version_id: RuleVersionId,
    /// 1, 2, 3 …
    #[n(2)]
    pub version: u32,
    /// Such as `A01`.
    #[n(3)]
    pub code: String,
    /// 类别.
    #[n(4)]
    pub category: String,
    /// 事项.
    #[n(5)]
    pub item: String,
    /// Whole points, from 1 up.
    #[n(6)]
    pub points: u32,
    /// 计分单位, such as 次.
    #[n(7)]
    pub unit: String,
    /// 上限.
    #[n(8)]
    pub cap: Option<CapRow>,
    /// 佐证要求, as written in the catalogue.
    #[n(9)]
    pub evidence: Option<String>,
    /// Code of the subject (domain `rule::Subject`).
    #[n(10)]
    pub subject: String,
    /// 有效期 in months; absent: without end.
    #[n(11)]
    pub valid_months: Option<u16>,
    /// 依据.
    #[n(12)]
    pub basis: Option<String>,
    /// First day in force, days since 1970-01-01.
    #[n(13)]
    pub in_force_from: i32,
}

/// The most points that a rule gives in one period.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CapRow {
    /// Whole points.
    #[n(0)]
    pub points: u32,
    /// Code of the period (domain `cap::Period`).
    #[n(1)]
    pub period: String,
}

/// Body of `rule.retired`, in the town's scope.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RuleRetired {
    /// Which.
    #[cbor(n(0), with = "crate::canon", has_nil)]
    pub rule: RuleId,
    /// First day on which it no longer holds, days since 1970-01-01.
    #[n(1)]
    pub from: i32,
}

impl Limits for RulesRecorded {
    fn check(&self) -> Result<(), BodyFault> {
        check_rows(self.rows.len(), ROWS_MAX)?;
        for row in &self.rows {
            if row.points == 0 || row.cap.as_ref().is_some_and(|cap| cap.points == 0) {
                return Err(BodyFault::Amount);
            }
            for code in [&row.code, &row.category, &row.unit, &row.subject] {
                check_chars(code, CODE_MAX_CHARS)?;
            }
            for text in [Some(&row.item), row.evidence.as_ref(), row.basis.as_ref()] {
                check_chars(text.map_or("", String::as_str), RULE_TEXT_MAX_CHARS)?;
            }
        }
        Ok(())
    }
}

impl Limits for RuleRetired {
    fn check(&self) -> Result<(), BodyFault> {
        Ok(())
    }
}
