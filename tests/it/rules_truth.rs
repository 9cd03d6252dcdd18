//! The catalogue of the fixtures: 20 rules are taken, each of the 12 counter-examples is refused with its reason.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};
use zhenxin_documents::sheet::{Limits, read_workbook};
use zhenxin_testkit::fixtures;

use crate::town::{Town, digest, import, operations};

const FILE: &str = "points-rules.xlsx";
const COUNTER_EXAMPLES: &str = "反例";

/// Row and expected reasons of each counter-example: the last column of its sheet.
fn expected() -> BTreeMap<u64, Vec<String>> {
    let workbook = read_workbook(FILE, &fs::read(fixtures::rules()).unwrap(), &Limits::default()).unwrap();
    let sheet = workbook.sheets.iter().find(|sheet| sheet.name == COUNTER_EXAMPLES).unwrap();
    let rows = sheet.rows.iter().skip(1).map(|row| {
        let reasons = row.cells.last().unwrap().to_string();
        let reasons: Vec<String> = reasons.split([';', '与']).map(|reason| reason.trim().to_owned()).collect();
        // "编号与细则表A01重复" is one reason
        let reasons = if reasons[0] == "编号" { vec!["重复".to_owned()] } else { reasons };
        (u64::from(row.number), reasons)
    });
    let rows: BTreeMap<u64, Vec<String>> = rows.collect();
    assert_eq!(rows.len(), 12);
    rows
}

#[test]
fn twenty_rules_pass_and_twelve_counter_examples_are_refused_with_their_reasons() {
    let town = Town::empty();
    let report = import(&town.pc, "rules", FILE, &fs::read(fixtures::rules()).unwrap(), false);
    assert_eq!((&report["rows"], &report["good"], &report["created"]), (&json!(32), &json!(20), &json!(20)));
    let mut given: BTreeMap<u64, String> = BTreeMap::new();
    for fault in report["faults"].as_array().unwrap() {
        assert_eq!(fault["sheet"], COUNTER_EXAMPLES, "{fault}");
        given.entry(fault["row"].as_u64().unwrap()).or_default().push_str(fault["reason"].as_str().unwrap());
    }
    let expected = expected();
    assert_eq!(given.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (row, reasons) in &expected {
        for reason in reasons {
            assert!(given[row].contains(reason.as_str()), "row {row}: {reason} is not among: {}", given[row]);
        }
    }
    let rules = town.pc.ask("rules", Value::Null).unwrap();
    let codes: Vec<&str> =
        rules["rules"].as_array().unwrap().iter().map(|rule| rule["code"].as_str().unwrap()).collect();
    assert_eq!(codes.len(), 20);
    assert!(codes.iter().all(|code| !code.starts_with('X')), "{codes:?}");
    assert_eq!(rules["rules"][0]["item"], "参加村社组织的志愿服务活动", "A01 is the lawful one");
}

#[test]
fn a_second_import_of_rules_changes_nothing() {
    let town = Town::full();
    let (before, in_the_log) = (digest(&town.pc), operations(&town.pc));
    let report = import(&town.pc, "rules", FILE, &fs::read(fixtures::rules()).unwrap(), false);
    assert_eq!((&report["unchanged"], &report["import"]), (&json!(20), &Value::Null));
    assert_eq!((digest(&town.pc), operations(&town.pc)), (before, in_the_log));
}
