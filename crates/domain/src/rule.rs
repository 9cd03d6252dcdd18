//! 积分细则: what is worth how many points. A version is never edited, only superseded by the next.

mod cells;

use chrono::{Months, NaiveDate};

use crate::cap::Cap;
use crate::coded::coded_enum;
use crate::ids::{RuleId, RuleVersionId};
use crate::lawful::{self, Finding, RuleText};
use crate::ledger::Amount;

coded_enum! {
    /// Whose account the points go to.
    pub enum Subject {
        /// The person who did it.
        Person = "person", "个人";
        /// The person's household.
        Household = "household", "家庭";
    }
}

/// More points for a single act would outweigh a year of ordinary ones (the highest act of the
/// district's catalogue gives 20); more is a slip of the keyboard.
pub const POINTS_MAX: u32 = 1_000;
/// Fifty years; longer means "for ever", which an empty cell says.
pub const VALID_MONTHS_MAX: u16 = 600;
/// A cap above the yearly maximum of one act a day caps nothing.
pub const CAP_POINTS_MAX: u32 = 366_000;
/// A code is printed in a narrow column of the statement.
pub const CODE_CHARS_MAX: usize = 20;
/// A category is one or two words.
pub const CATEGORY_CHARS_MAX: usize = 20;
/// An item fits three lines of the statement.
pub const ITEM_CHARS_MAX: usize = 100;
/// 次, 户·月 and the like.
pub const UNIT_CHARS_MAX: usize = 10;
/// Evidence is a list of a few papers.
pub const EVIDENCE_CHARS_MAX: usize = 100;
/// A basis is the title of a document.
pub const BASIS_CHARS_MAX: usize = 200;

/// The cells of one row of a rules sheet, or the fields of the form, as text; an empty cell is an
/// empty text, a number is written with `.` as its decimal point.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleRow {
    /// 编号
    pub code: String,
    /// 类别
    pub category: String,
    /// 项目
    pub item: String,
    /// 分值
    pub points: String,
    /// 计分单位
    pub unit: String,
    /// 上限
    pub cap: String,
    /// 上限周期
    pub cap_period: String,
    /// 佐证要求
    pub evidence: String,
    /// 计分对象
    pub subject: String,
    /// 有效期(月)
    pub valid_months: String,
    /// 依据
    pub basis: String,
}

/// What one version of a rule says. New terms come from [`RuleTerms::parse`] only; the fields are
/// open so that terms which passed the gate of their day can be read back from the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleTerms {
    /// The town's own code, unique in the town: `A01`.
    pub code: String,
    /// Category: 志愿服务.
    pub category: String,
    /// What has to be done.
    pub item: String,
    /// Whole points for one unit, 1 to [`POINTS_MAX`].
    pub points: Amount,
    /// What one unit is: 次.
    pub unit: String,
    /// Most points within a period.
    pub cap: Option<Cap>,
    /// What has to be shown.
    pub evidence: Option<String>,
    /// Whose account the points go to.
    pub subject: Subject,
    /// How many months the points can be spent; `None`: for ever.
    pub valid_months: Option<u16>,
    /// The document on which the rule rests.
    pub basis: Option<String>,
}

/// Why a row is no rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleFault {
    /// No code.
    #[error("没有编号，请补填，如 A01")]
    CodeMissing,
    /// A code of something else than letters, digits and hyphens.
    #[error("编号只能是字母、数字和连字符，请改写，如 A01")]
    CodeCharacters,
    /// The code stands elsewhere; the importer, who sees the other rows, adds this.
    #[error("编号 {code} 与{place}重复，请换一个编号或删去其中一行")]
    CodeDuplicate {
        /// Where the other one is: 细则表.
        place: String,
        /// The code.
        code: String,
    },
    /// No category.
    #[error("没有类别，请补填，如 志愿服务")]
    CategoryMissing,
    /// No item.
    #[error("没有项目名称，请补填")]
    ItemMissing,
    /// No points.
    #[error("没有分值，请补填")]
    PointsMissing,
    /// Points in words.
    #[error("分值不是数字，请填阿拉伯数字，如 2")]
    PointsNotNumber,
    /// Half points.
    #[error("分值不是整数，请改为整数")]
    PointsNotWhole,
    /// More than [`POINTS_MAX`].
    #[error("分值一次最多 1000 分，请核对是否多写了位数")]
    PointsTooMany,
    /// No unit.
    #[error("没有计分单位，请补填，如 次")]
    UnitMissing,
    /// A cap that is no whole number from 1 to [`CAP_POINTS_MAX`].
    #[error("上限应为大于 0 的整数，不设上限请留空")]
    CapNotWhole,
    /// A cap without a period.
    #[error("有上限而没有上限周期，请填 月，季 或 年")]
    CapPeriodMissing,
    /// A period without a cap.
    #[error("有上限周期而没有上限，请补填上限或把周期也留空")]
    CapMissing,
    /// A period that is none.
    #[error("上限周期应为 月，季 或 年，请改写")]
    CapPeriodUnknown,
    /// A cap below the points of one unit.
    #[error("上限低于一次的分值，这一项永远记不上，请核对上限")]
    CapBelowPoints,
    /// A subject that is none.
    #[error("计分对象应为 个人 或 家庭，请改写")]
    SubjectUnknown,
    /// Months that are no whole number from 1 to [`VALID_MONTHS_MAX`].
    #[error("有效期应为 1 到 600 的整月数，长期有效请留空")]
    ValidMonths,
    /// A text that is too long for its column.
    #[error("{column}最多 {max} 字，现为 {found} 字，请缩短")]
    TooLong {
        /// The column's Chinese name.
        column: &'static str,
        /// Its limit.
        max: usize,
        /// How many characters there are.
        found: usize,
    },
    /// The lawfulness gate refuses it.
    #[error(transparent)]
    Unlawful(#[from] Finding),
}

impl RuleFault {
    /// The Chinese name of the column that has to be mended.
    #[must_use]
    pub fn column(&self) -> &'static str {
        match self {
            Self::CodeMissing | Self::CodeCharacters | Self::CodeDuplicate { .. } => "编号",
            Self::CategoryMissing => "类别",
            Self::ItemMissing => "项目",
            Self::PointsMissing | Self::PointsNotNumber | Self::PointsNotWhole | Self::PointsTooMany => "分值",
            Self::UnitMissing => "计分单位",
            Self::CapNotWhole | Self::CapMissing | Self::CapBelowPoints => "上限",
            Self::CapPeriodMissing | Self::CapPeriodUnknown => "上限周期",
            Self::SubjectUnknown => "计分对象",
            Self::ValidMonths => "有效期(月)",
            Self::TooLong { column, .. } => column,
            Self::Unlawful(finding) => finding.column,
        }
    }
}

impl RuleTerms {
    /// Reads a row and passes it through the lawfulness gate.
    ///
    /// # Errors
    /// All faults of the row at once, form and law.
    pub fn parse(row: &RuleRow) -> Result<Self, Vec<RuleFault>> {
        let mut faults = Vec::new();
        let code = cells::code(&row.code, &mut faults);
        let category = cells::line("类别", &row.category, CATEGORY_CHARS_MAX, &mut faults);
        let item = cells::line("项目", &row.item, ITEM_CHARS_MAX, &mut faults);
        let points = cells::points(&row.points, &mut faults);
        let unit = cells::line("计分单位", &row.unit, UNIT_CHARS_MAX, &mut faults);
        let evidence = cells::line("佐证要求", &row.evidence, EVIDENCE_CHARS_MAX, &mut faults);
        let basis = cells::line("依据", &row.basis, BASIS_CHARS_MAX, &mut faults);
        for (text, fault) in
            [(&category, RuleFault::CategoryMissing), (&item, RuleFault::ItemMissing), (&unit, RuleFault::UnitMissing)]
        {
            if text.is_empty() {
                faults.push(fault);
            }
        }
        let cap = cells::cap(&row.cap, &row.cap_period, points, &mut faults);
        let subject = cells::subject(&row.subject, &mut faults);
        let valid_months = cells::valid_months(&row.valid_months, &mut faults);
        let text =
            RuleText { category: &category, item: &item, unit: &unit, evidence: &evidence, basis: &basis, points };
        faults.extend(lawful::check_rule(&text).into_iter().map(RuleFault::Unlawful));
        let amount = points.and_then(|points| Amount::new(points).ok());
        match (faults.is_empty(), amount, subject) {
            (true, Some(points), Some(subject)) => Ok(Self {
                code,
                category,
                item,
                points,
                unit,
                cap,
                evidence: Some(evidence).filter(|text| !text.is_empty()),
                subject,
                valid_months,
                basis: Some(basis).filter(|text| !text.is_empty()),
            }),
            _ => Err(faults),
        }
    }

    /// The last day on which points effective from `effective_on` can be spent; `None`: for ever.
    #[must_use]
    pub fn expires_after(&self, effective_on: NaiveDate) -> Option<NaiveDate> {
        let months = Months::new(u32::from(self.valid_months?));
        effective_on.checked_add_months(months).and_then(|next| next.pred_opt())
    }
}

/// One version of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleVersion {
    /// The rule through all versions.
    pub rule: RuleId,
    /// This version.
    pub version_id: RuleVersionId,
    /// 1 for the first.
    pub version: u32,
    /// What it says.
    pub terms: RuleTerms,
    /// The first day on which it applies.
    pub in_force_from: NaiveDate,
}

/// Why a version cannot follow another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SupersedeFault {
    /// Another code is another rule.
    #[error("新版本的编号须与原细则相同；编号不同请作为新细则录入")]
    OtherCode,
    /// It would begin before the version that it follows.
    #[error("新版本的启用日期不能早于现行版本的启用日期，请改日期")]
    TooEarly,
    /// It says the same.
    #[error("新版本与现行版本内容相同，不必另立版本")]
    Unchanged,
}

impl RuleVersion {
    /// The first version of a new rule.
    #[must_use]
    pub fn first(rule: RuleId, version_id: RuleVersionId, terms: RuleTerms, in_force_from: NaiveDate) -> Self {
        Self { rule, version_id, version: 1, terms, in_force_from }
    }

    /// The version that follows this one.
    ///
    /// # Errors
    /// See [`SupersedeFault`].
    pub fn supersede(
        &self,
        version_id: RuleVersionId,
        terms: RuleTerms,
        in_force_from: NaiveDate,
    ) -> Result<Self, SupersedeFault> {
        if terms.code != self.terms.code {
            return Err(SupersedeFault::OtherCode);
        }
        if in_force_from < self.in_force_from {
            return Err(SupersedeFault::TooEarly);
        }
        if terms == self.terms {
            return Err(SupersedeFault::Unchanged);
        }
        Ok(Self { rule: self.rule, version_id, version: self.version + 1, terms, in_force_from })
    }
}

/// The version that applies to something that happened on `day`: the highest one in force by then.
#[must_use]
pub fn in_force_on(versions: &[RuleVersion], day: NaiveDate) -> Option<&RuleVersion> {
    versions.iter().filter(|v| v.in_force_from <= day).max_by_key(|v| v.version)
}

#[cfg(test)]
mod tests;
