//! Points rules.

use chrono::NaiveDate;
use rusqlite::Row;
use zhenxin_domain::cap::{Cap, Period};
use zhenxin_domain::ids::{RuleId, RuleVersionId, UserId};

use super::Reader;
use crate::error::StoreError;
use crate::sql::{Columns, days};

/// A version of a rule as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleVersionRow {
    /// This version.
    pub version_id: RuleVersionId,
    /// The rule through all its versions.
    pub rule: RuleId,
    /// 1, 2, 3 …
    pub version: u32,
    /// Such as `A01`.
    pub code: String,
    /// 类别.
    pub category: String,
    /// 事项.
    pub item: String,
    /// Whole points.
    pub points: u32,
    /// 计分单位.
    pub unit: String,
    /// 上限; a period of a newer program reads as a year, the strictest that is known.
    pub cap: Option<Cap>,
    /// 佐证要求.
    pub evidence: Option<String>,
    /// Code of the subject.
    pub subject: String,
    /// 有效期 in months.
    pub valid_months: Option<u16>,
    /// 依据.
    pub basis: Option<String>,
    /// First day in force.
    pub in_force_from: NaiveDate,
    /// First day on which the rule no longer holds.
    pub retired_from: Option<NaiveDate>,
    /// When it was recorded, ms since 1970 UTC.
    pub recorded_at: i64,
    /// Who recorded it.
    pub recorded_by: UserId,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT v.id, v.rule, v.version, v.code, v.category, v.item, v.points, v.unit, v.cap_points, ",
            "v.cap_period, v.evidence, v.subject, v.valid_months, v.basis, v.in_force_from, r.retired_from, ",
            "v.recorded_at, v.recorded_by FROM rule_version v JOIN rule r ON r.id = v.rule ",
            $rest
        )
    };
}

fn read(row: &Row<'_>) -> rusqlite::Result<RuleVersionRow> {
    let mut c = Columns::of(row);
    let (version_id, rule, version, code, category, item, points, unit) =
        (c.take()?, c.take()?, c.get()?, c.get()?, c.get()?, c.get()?, c.get()?, c.get()?);
    let (cap_points, cap_period): (Option<u32>, Option<String>) = (c.get()?, c.get()?);
    let period = cap_period.map(|code| Period::from_code(&code).unwrap_or(Period::Year));
    Ok(RuleVersionRow {
        version_id,
        rule,
        version,
        code,
        category,
        item,
        points,
        unit,
        cap: cap_points.zip(period).map(|(points, period)| Cap { points, period }),
        evidence: c.get()?,
        subject: c.get()?,
        valid_months: c.get()?,
        basis: c.get()?,
        in_force_from: c.take()?,
        retired_from: c.take()?,
        recorded_at: c.get()?,
        recorded_by: c.take()?,
    })
}

impl Reader<'_> {
    /// One version.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn rule_version(&self, id: RuleVersionId) -> Result<Option<RuleVersionRow>, StoreError> {
        self.one(select!("WHERE v.id = ?1"), [id.as_bytes()], read)
    }

    /// All versions of a rule, oldest first.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn rule_versions(&self, rule: RuleId) -> Result<Vec<RuleVersionRow>, StoreError> {
        self.all(select!("WHERE v.rule = ?1 ORDER BY v.version, v.id"), [rule.as_bytes()], read)
    }

    /// All versions of all rules, by code.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn all_rules(&self) -> Result<Vec<RuleVersionRow>, StoreError> {
        self.all(select!("ORDER BY v.code, v.rule, v.version, v.id"), [], read)
    }

    /// The version of each rule that is in force on a day, by code: the highest version that has
    /// begun, unless the rule is retired.
    ///
    /// # Errors
    /// Faults of the database.
    pub fn rules_in_force(&self, day: NaiveDate) -> Result<Vec<RuleVersionRow>, StoreError> {
        self.all(
            select!(
                "WHERE v.in_force_from <= ?1 AND (r.retired_from IS NULL OR r.retired_from > ?1)
                 AND NOT EXISTS (
                   SELECT 1 FROM rule_version w
                   WHERE w.rule = v.rule AND w.in_force_from <= ?1
                   AND (w.version > v.version OR (w.version = v.version AND w.id < v.id)))
                 ORDER BY v.code, v.id"
            ),
            [days(day)],
            read,
        )
    }
}
