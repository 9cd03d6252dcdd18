//! The lawfulness gate for points rules, and the scan of free text (product rules 1, 4 and 5).
//!
//! Points may only reward. A rule is refused when it deducts, sets a grade threshold or a
//! restricting consequence (国家发展改革委 2020-12-25), or rests on data that a credit system may
//! not collect (征信业管理条例 14, 浙江省公共信用信息管理条例 14, 个人信息保护法 28).
//!
//! The texts of the law are dated data of the legal-basis catalogue; here stand only its keys.

mod fold;
mod matcher;
mod pattern;
mod terms;

use std::fmt;

use fold::fold;

/// On which ground a text is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ground {
    /// Points below zero.
    NegativePoints,
    /// Zero points: the row records or threatens, but rewards nothing.
    ZeroPoints,
    /// A credit grade, or a number of points as a threshold.
    GradeThreshold,
    /// Something is deducted, cancelled, restricted or made public as a punishment.
    RestrictiveConsequence,
    /// Illness, medical history, blood type.
    HealthData,
    /// Donation of blood, marrow, organs, the body.
    BloodOrOrganDonation,
    /// Religious belief.
    Religion,
    /// Genes.
    Genetics,
    /// Fingerprints, faces, irises, voices.
    Biometrics,
    /// Where a person has been.
    Whereabouts,
    /// Income, deposits, property, insurance, taxes, debts.
    PropertyData,
    /// Letters and visits to the authorities.
    Petitioning,
    /// Fines about sorting or dumping garbage.
    GarbageFine,
}

const NDRC: &str = "NDRC-2020-12-25";
const CREDIT_REPORTING_14: &str = "征信业管理条例14";
const ZHEJIANG_14: &str = "浙江14";
const ZHEJIANG_15: &str = "浙江15";
const PIPL_28: &str = "个人信息保护法28";

/// Every key of the legal-basis catalogue that a finding can cite.
pub const CATALOGUE_KEYS: &[&str] = &[NDRC, CREDIT_REPORTING_14, ZHEJIANG_14, ZHEJIANG_15, PIPL_28];

impl Ground {
    /// Every ground, in the order of findings.
    pub const ALL: &'static [Self] = &[
        Self::NegativePoints,
        Self::ZeroPoints,
        Self::GradeThreshold,
        Self::RestrictiveConsequence,
        Self::HealthData,
        Self::BloodOrOrganDonation,
        Self::Religion,
        Self::Genetics,
        Self::Biometrics,
        Self::Whereabouts,
        Self::PropertyData,
        Self::Petitioning,
        Self::GarbageFine,
    ];

    /// The ground in a few words.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::NegativePoints => "负分",
            Self::ZeroPoints => "零分",
            Self::GradeThreshold => "等级或分数线",
            Self::RestrictiveConsequence => "限制性后果",
            Self::HealthData => "健康信息",
            Self::BloodOrOrganDonation => "健康信息（献血、捐献）",
            Self::Religion => "宗教信仰",
            Self::Genetics => "基因信息",
            Self::Biometrics => "生物识别信息",
            Self::Whereabouts => "行踪轨迹",
            Self::PropertyData => "财产信息",
            Self::Petitioning => "信访",
            Self::GarbageFine => "垃圾处罚",
        }
    }

    /// Why, and what to do now.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::NegativePoints => "积分只奖不扣，请改为奖励相应的正面行为，或删去这一条",
            Self::ZeroPoints => "积分细则的分值须大于 0，请填写奖励的分值，或删去这一条",
            Self::GradeThreshold => "积分不得用来给人定等级或划分数线，请删去等级和分数线",
            Self::RestrictiveConsequence => {
                "积分只能用于激励，镇街文件不得据此扣减、取消或限制，请改为奖励正面行为，或删去这一条"
            }
            Self::HealthData => "不得采集疾病、病史、血型等健康信息，请删去这一条",
            Self::BloodOrOrganDonation => "献血和捐献属于健康信息，不得记入积分，请删去这一条",
            Self::Religion => "不得采集宗教信仰信息，请删去这一条",
            Self::Genetics => "不得采集基因信息，请删去这一条",
            Self::Biometrics => "不得采集指纹、人脸等生物识别信息，请改用签到表等方式",
            Self::Whereabouts => "不得采集行踪轨迹，请改用签到表等方式",
            Self::PropertyData => {
                "收入、存款、房产、纳税等信息不得记入积分，请删去；确有需要的另用农户家庭资产表并逐项取得书面同意"
            }
            Self::Petitioning => "信访是公民的权利，不得与积分挂钩，请删去这一条",
            Self::GarbageFine => "垃圾分类的处罚不得与积分挂钩，请改为奖励分类行为，或删去这一条",
        }
    }

    /// The keys of the legal-basis catalogue on which the ground rests.
    #[must_use]
    pub const fn citations(self) -> &'static [&'static str] {
        match self {
            Self::NegativePoints | Self::ZeroPoints | Self::GradeThreshold | Self::GarbageFine => &[NDRC],
            Self::RestrictiveConsequence => &[NDRC, ZHEJIANG_15],
            Self::Petitioning => &[NDRC, ZHEJIANG_14],
            Self::HealthData | Self::Religion | Self::Genetics => &[CREDIT_REPORTING_14, ZHEJIANG_14, PIPL_28],
            Self::BloodOrOrganDonation => &[NDRC, CREDIT_REPORTING_14, ZHEJIANG_14, PIPL_28],
            Self::Biometrics => &[CREDIT_REPORTING_14, ZHEJIANG_14, PIPL_28],
            Self::Whereabouts => &[PIPL_28],
            Self::PropertyData => &[CREDIT_REPORTING_14, ZHEJIANG_14],
        }
    }
}

/// One ground on which a text is refused, and the words that show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The ground.
    pub ground: Ground,
    /// The Chinese name of the column or field where it was found; empty for free text.
    pub column: &'static str,
    /// The words of the gate's own tables that were met, never the person's text; empty where the
    /// number itself is the reason.
    pub words: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.ground.label())?;
        if !self.words.is_empty() {
            write!(f, "（写有“{}”）", self.words)?;
        }
        write!(f, "：{}", self.ground.advice())
    }
}

impl std::error::Error for Finding {}

/// The texts of a rule that the gate reads, and its points where they are a whole number.
#[derive(Clone, Copy, Debug, Default)]
pub struct RuleText<'a> {
    /// 类别
    pub category: &'a str,
    /// 项目
    pub item: &'a str,
    /// 计分单位
    pub unit: &'a str,
    /// 佐证要求
    pub evidence: &'a str,
    /// 依据
    pub basis: &'a str,
    /// 分值
    pub points: Option<i64>,
}

/// Everything for which a rule is refused; empty when it may enter. At most one finding a ground,
/// in the order of [`Ground::ALL`].
#[must_use]
pub fn check_rule(rule: &RuleText<'_>) -> Vec<Finding> {
    let sign = match rule.points {
        Some(..=-1) => Some(Ground::NegativePoints),
        Some(0) => Some(Ground::ZeroPoints),
        _ => None,
    };
    let mut findings: Vec<Finding> =
        sign.into_iter().map(|ground| Finding { ground, column: "分值", words: String::new() }).collect();
    for (column, text) in [
        ("项目", rule.item),
        ("类别", rule.category),
        ("佐证要求", rule.evidence),
        ("计分单位", rule.unit),
        ("依据", rule.basis),
    ] {
        for finding in scan(column, text) {
            if findings.iter().all(|known| known.ground != finding.ground) {
                findings.push(finding);
            }
        }
    }
    findings.sort_by_key(|finding| finding.ground);
    findings
}

/// What a free text (an activity's name, a remark) should be warned about before it is kept.
#[must_use]
pub fn scan_free_text(text: &str) -> Vec<Finding> {
    scan("", text)
}

fn scan(column: &'static str, text: &str) -> Vec<Finding> {
    let folded = fold(text);
    let mut findings: Vec<Finding> = Vec::new();
    for table in terms::TABLES {
        let pattern = || match table.ground {
            Ground::GradeThreshold => pattern::threshold(&folded),
            Ground::RestrictiveConsequence => pattern::deduction(&folded),
            _ => None,
        };
        if let Some(words) = table.find(&folded).or_else(pattern) {
            findings.push(Finding { ground: table.ground, column, words });
        }
    }
    findings
}

#[cfg(test)]
mod tests;
