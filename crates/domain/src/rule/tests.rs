#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::cap::Period;
use crate::lawful::Ground;

fn row(cells: [&str; 11]) -> RuleRow {
    let [code, category, item, points, unit, cap, cap_period, evidence, subject, valid_months, basis] =
        cells.map(str::to_owned);
    RuleRow { code, category, item, points, unit, cap, cap_period, evidence, subject, valid_months, basis }
}

fn good() -> RuleRow {
    row(["A01", "志愿服务", "参加志愿服务", "2", "次", "20", "月", "签到表", "个人", "24", "条例"])
}

fn faults(row: &RuleRow) -> Vec<RuleFault> {
    RuleTerms::parse(row).unwrap_err()
}

fn day(m: u32, d: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, m, d).unwrap()
}

#[test]
fn a_row_becomes_terms() {
    let terms = RuleTerms::parse(&good()).unwrap();
    assert_eq!(
        terms,
        RuleTerms {
            code: "A01".to_owned(),
            category: "志愿服务".to_owned(),
            item: "参加志愿服务".to_owned(),
            points: Amount::new(2).unwrap(),
            unit: "次".to_owned(),
            cap: Some(Cap { points: 20, period: Period::Month }),
            evidence: Some("签到表".to_owned()),
            subject: Subject::Person,
            valid_months: Some(24),
            basis: Some("条例".to_owned()),
        }
    );
    let typed =
        row([" ａ０１ ", "志愿服务", "参加志愿服务", "2.0", "次", "20分", "每月", "签到表", "本人", "24个月", "条例"]);
    assert_eq!(RuleTerms::parse(&typed).unwrap(), terms);
    let bare = row(["B-1", "环境美化", "庭院整洁", "3 分", "户·月", "", "", "", "户", "", ""]);
    let bare = RuleTerms::parse(&bare).unwrap();
    assert_eq!((bare.cap, bare.evidence, bare.valid_months, bare.basis), (None, None, None, None));
    assert_eq!(bare.subject, Subject::Household);
}

#[test]
fn every_period_of_the_sheet_is_read() {
    for (text, period) in
        [("月", Period::Month), ("每季度", Period::Quarter), ("季", Period::Quarter), ("年度", Period::Year)]
    {
        let row = RuleRow { cap_period: text.to_owned(), ..good() };
        assert_eq!(RuleTerms::parse(&row).unwrap().cap.unwrap().period, period, "{text}");
    }
}

#[test]
fn the_counter_examples_of_form_have_their_reasons() {
    let no_item = row(["X08", "志愿服务", "", "3", "次", "", "", "", "个人", "12", ""]);
    assert_eq!(faults(&no_item), [RuleFault::ItemMissing]);
    assert!(RuleFault::ItemMissing.to_string().contains("没有项目名称"));
    for (points, fault, words) in [
        ("两分", RuleFault::PointsNotNumber, "分值不是数字"),
        ("2.5", RuleFault::PointsNotWhole, "分值不是整数"),
        ("", RuleFault::PointsMissing, "没有分值"),
        ("1001", RuleFault::PointsTooMany, "最多 1000 分"),
        ("99999999999999999999", RuleFault::PointsTooMany, "最多"),
        ("1e3", RuleFault::PointsNotNumber, "不是数字"),
        ("2.", RuleFault::PointsNotNumber, "不是数字"),
        (".", RuleFault::PointsNotNumber, "不是数字"),
    ] {
        let row = RuleRow { points: points.to_owned(), ..good() };
        assert_eq!(faults(&row), std::slice::from_ref(&fault), "{points}");
        assert!(fault.to_string().contains(words), "{fault}");
    }
    let duplicate = RuleFault::CodeDuplicate { place: "细则表".to_owned(), code: "A01".to_owned() };
    assert!(duplicate.to_string().contains("编号 A01 与细则表重复"));
}

#[test]
fn points_of_zero_and_less_are_refused_by_the_gate() {
    for (points, ground) in [
        ("0", Ground::ZeroPoints),
        ("-0", Ground::ZeroPoints),
        ("-5", Ground::NegativePoints),
        ("－5", Ground::NegativePoints),
        ("−5", Ground::NegativePoints),
        ("-99999999999999999999", Ground::NegativePoints),
    ] {
        let found = faults(&RuleRow { points: points.to_owned(), ..good() });
        let [RuleFault::Unlawful(finding)] = found.as_slice() else {
            panic!("{points}: {found:?}");
        };
        assert_eq!((finding.ground, found[0].column()), (ground, "分值"), "{points}");
    }
}

#[test]
fn all_faults_come_at_once() {
    let row = row(["A 1!", "", "无偿献血", "两分", "", "0", "周", "照片", "大家", "0", ""]);
    let found = faults(&row);
    for fault in [
        RuleFault::CodeCharacters,
        RuleFault::CategoryMissing,
        RuleFault::PointsNotNumber,
        RuleFault::UnitMissing,
        RuleFault::CapNotWhole,
        RuleFault::CapPeriodUnknown,
        RuleFault::SubjectUnknown,
        RuleFault::ValidMonths,
    ] {
        assert!(found.contains(&fault), "{fault:?} not in {found:?}");
    }
    assert!(matches!(found.last(), Some(RuleFault::Unlawful(f)) if f.ground == Ground::BloodOrOrganDonation));
    assert_eq!(found.len(), 9);
    assert!(found.iter().all(|fault| !fault.column().is_empty()));
}

#[test]
fn caps_are_whole_and_complete() {
    for (cap, period, fault) in [
        ("20", "", RuleFault::CapPeriodMissing),
        ("", "月", RuleFault::CapMissing),
        ("20", "周", RuleFault::CapPeriodUnknown),
        ("1", "月", RuleFault::CapBelowPoints),
        ("二十", "月", RuleFault::CapNotWhole),
        ("-1", "月", RuleFault::CapNotWhole),
        ("366001", "月", RuleFault::CapNotWhole),
    ] {
        let row = RuleRow { cap: cap.to_owned(), cap_period: period.to_owned(), ..good() };
        assert_eq!(faults(&row), [fault], "{cap} {period}");
    }
}

#[test]
fn texts_keep_to_their_columns() {
    let row = RuleRow { item: "清".repeat(101), evidence: "片".repeat(101), ..good() };
    assert_eq!(
        faults(&row),
        [
            RuleFault::TooLong { column: "项目", max: 100, found: 101 },
            RuleFault::TooLong { column: "佐证要求", max: 100, found: 101 },
        ]
    );
    assert_eq!(faults(&RuleRow { code: String::new(), ..good() }), [RuleFault::CodeMissing]);
}

#[test]
fn points_last_their_months() {
    let terms = RuleTerms { valid_months: Some(1), ..RuleTerms::parse(&good()).unwrap() };
    assert_eq!(terms.expires_after(day(1, 31)), Some(day(2, 27)));
    assert_eq!(terms.expires_after(day(3, 1)), Some(day(3, 31)));
    let for_ever = RuleTerms { valid_months: None, ..terms };
    assert_eq!(for_ever.expires_after(day(1, 1)), None);
}

#[test]
fn a_version_is_superseded_and_never_edited() {
    let terms = RuleTerms::parse(&good()).unwrap();
    let version_id = |n| RuleVersionId::from_bytes([n; 16]);
    let first = RuleVersion::first(RuleId::from_bytes([1; 16]), version_id(1), terms.clone(), day(1, 1));
    let more = RuleTerms { points: Amount::new(3).unwrap(), ..terms.clone() };
    let second = first.supersede(version_id(2), more.clone(), day(7, 1)).unwrap();
    assert_eq!((second.rule, second.version, second.terms.points.get()), (first.rule, 2, 3));
    assert_eq!(first.version, 1);

    let other = RuleTerms { code: "A02".to_owned(), ..more.clone() };
    assert_eq!(first.supersede(version_id(3), other, day(7, 1)), Err(SupersedeFault::OtherCode));
    assert_eq!(second.supersede(version_id(3), terms, day(6, 30)), Err(SupersedeFault::TooEarly));
    assert_eq!(second.supersede(version_id(3), more, day(8, 1)), Err(SupersedeFault::Unchanged));

    let versions = [second.clone(), first.clone()];
    assert_eq!(in_force_on(&versions, day(6, 30)), Some(&first));
    assert_eq!(in_force_on(&versions, day(7, 1)), Some(&second));
    assert_eq!(in_force_on(&versions, NaiveDate::from_ymd_opt(2025, 12, 31).unwrap()), None);
}

proptest! {
    #[test]
    fn only_whole_points_from_one_to_a_thousand_become_terms(points in -2_000_i64..2_000, tenths in 0_u8..10) {
        let row = RuleRow { points: format!("{points}.{tenths}"), cap: String::new(), cap_period: String::new(), ..good() };
        let read = RuleTerms::parse(&row).ok().map(|terms| i64::from(terms.points));
        let expected = (tenths == 0 && (1..=1_000).contains(&points)).then_some(points);
        prop_assert_eq!(read, expected);
    }

    #[test]
    fn no_cells_panic(cells in prop::array::uniform11(".{0,12}")) {
        let [code, category, item, points, unit, cap, cap_period, evidence, subject, valid_months, basis] = cells;
        let row = RuleRow { code, category, item, points, unit, cap, cap_period, evidence, subject, valid_months, basis };
        if let Ok(terms) = RuleTerms::parse(&row) {
            prop_assert!(terms.points.get() <= POINTS_MAX);
        }
    }
}
