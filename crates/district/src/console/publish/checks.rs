//! What each kind asks of its rows beyond their columns.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate, Weekday};

use zhenxin_domain::division::{TownCode, VillageCode};
use zhenxin_domain::lawful::CATALOGUE_KEYS;
use zhenxin_domain::rule::{RuleRow, RuleTerms};
use zhenxin_domain::workday::DayKind;

use super::kind::Kind;
use super::{Row, RowFault};

/// Cycles of an indicator.
const PERIODS: [&str; 4] = ["月", "季", "半年", "年"];

/// Longest name of a place.
const NAME_MAX_CHARS: usize = 40;

/// All faults of the rows that are whole; those numbered in `broken` are not.
pub(super) fn check(kind: Kind, rows: &[Row], broken: &BTreeSet<usize>) -> Vec<RowFault> {
    let whole: Vec<(usize, &Row)> = (1..).zip(rows).filter(|(at, _)| !broken.contains(at)).collect();
    let mut faults = repeated(kind, &whole);
    for (at, row) in whole.iter().copied() {
        let mut fault = |column: &'static str, message: String| {
            faults.push(RowFault { row: at, column, message });
        };
        match kind {
            Kind::Divisions => {}
            Kind::Holidays => holiday(row, &mut fault),
            Kind::LegalBases => legal_basis(row, &mut fault),
            Kind::RuleTemplates => rule(row, &mut fault),
            Kind::KpiDefinitions => indicator(row, &mut fault),
        }
    }
    match kind {
        // what is missing may stand in a row that is not whole
        Kind::Divisions if broken.is_empty() => divisions(rows, &mut faults),
        Kind::LegalBases if broken.is_empty() => cited(rows, &mut faults),
        _ => {}
    }
    faults
}

fn repeated(kind: Kind, rows: &[(usize, &Row)]) -> Vec<RowFault> {
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    let mut faults = Vec::new();
    for (at, row) in rows.iter().copied() {
        if let Some(earlier) = first.get(row.key()) {
            let column = kind.columns()[0].label;
            faults.push(RowFault {
                row: at, column, message: format!("与第 {earlier} 行重复，请删去其中一行")
            });
        } else {
            first.insert(row.key(), at);
        }
    }
    faults
}

fn divisions(rows: &[Row], faults: &mut Vec<RowFault>) {
    let codes: BTreeSet<&str> = rows.iter().map(Row::key).collect();
    if !rows.iter().any(|row| row.field("level") == "town") {
        faults.push(RowFault::file("没有一行是镇街（level 为 town），请确认选对了文件"));
    }
    for (at, row) in (1..).zip(rows) {
        let (code, parent) = (row.key(), row.field("parent_code"));
        let mut fault = |column, message: &str| faults.push(RowFault { row: at, column, message: message.to_owned() });
        if row.field("name").chars().count() > NAME_MAX_CHARS {
            fault("名称", "名称最多 40 字，请缩短");
        }
        let fits = match row.field("level") {
            "district" => code.len() == 6 && code.bytes().all(|digit| digit.is_ascii_digit()),
            "town" => code.parse::<TownCode>().is_ok(),
            "village" => code.parse::<VillageCode>().is_ok(),
            _ => {
                fault("级别", "级别应为 district（区）, town（镇街）或 village（村社）");
                continue;
            }
        };
        if !fits {
            fault("代码", "代码与级别不符：区 6 位，镇街 9 位，村社 12 位数字");
        }
        if row.field("level") != "district" && (!codes.contains(parent) || !code.starts_with(parent)) {
            fault("上级代码", "上级不在表中，或代码不是以上级代码开头，请核对");
        }
    }
}

fn holiday(row: &Row, fault: &mut impl FnMut(&'static str, String)) {
    let Ok(date) = row.field("date").parse::<NaiveDate>() else {
        return fault("日期", "日期应写成 2027-01-01 的样子，并且确有这一天".to_owned());
    };
    match DayKind::from_code(row.field("kind")) {
        None => fault("类型", "类型应为 holiday（放假）或 workday（上班）".to_owned()),
        Some(DayKind::Workday) if !matches!(date.weekday(), Weekday::Sat | Weekday::Sun) => {
            fault("类型", format!("{date} 不是周末，本来就上班，请核对日期"));
        }
        Some(_) => {}
    }
}

fn legal_basis(row: &Row, fault: &mut impl FnMut(&'static str, String)) {
    if row.field("in_force_from").parse::<NaiveDate>().is_err() {
        fault("施行日期", "日期应写成 2018-01-01 的样子，并且确有这一天".to_owned());
    }
}

/// What the towns' programs cite must be there.
fn cited(rows: &[Row], faults: &mut Vec<RowFault>) {
    let missing = CATALOGUE_KEYS.iter().filter(|key| rows.iter().all(|row| row.key() != **key));
    faults.extend(missing.map(|key| RowFault::file(format!("缺少索引“{key}”：镇街程序引用它，请补上这一行"))));
}

fn rule(row: &Row, fault: &mut impl FnMut(&'static str, String)) {
    let cell = |name: &str| row.field(name).to_owned();
    let row = RuleRow {
        code: cell("code"),
        category: cell("category"),
        item: cell("item"),
        points: cell("points"),
        unit: cell("unit"),
        cap: cell("cap"),
        cap_period: cell("cap_period"),
        evidence: cell("evidence"),
        subject: cell("subject"),
        valid_months: cell("valid_months"),
        basis: cell("basis"),
    };
    for found in RuleTerms::parse(&row).err().into_iter().flatten() {
        fault(found.column(), found.to_string());
    }
}

fn indicator(row: &Row, fault: &mut impl FnMut(&'static str, String)) {
    if !PERIODS.contains(&row.field("period")) {
        fault("周期", "周期应为 月，季，半年 或 年".to_owned());
    }
    if row.field("numerator").is_empty() != row.field("denominator").is_empty() {
        fault("分母", "分子和分母要一起填，或都留空".to_owned());
    }
}
