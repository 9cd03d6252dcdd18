//! The roster of the fixtures, by the way that the wizard takes, against its truth file.

use std::collections::BTreeMap;
use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use zhenxin_testkit::fixtures;
use zhenxin_testkit::pc::{Pc, request_id};

use crate::town::{Town, digest, ended, import, operations, start_import};

const FILE: &str = "residents-330211101-jiulonghu.xlsx";

fn roster() -> Vec<u8> {
    fs::read(fixtures::roster()).unwrap()
}

fn take(pc: &Pc, dry_run: bool) -> Value {
    import(pc, "residents", FILE, &roster(), dry_run)
}

/// Sheet, row and our code of every fault in the truth file.
fn truth() -> Vec<(String, u64, String)> {
    let text = fs::read_to_string(fixtures::path("residents-330211101-jiulonghu.truth.json")).unwrap();
    let truth: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&truth["rows"], &truth["good"]), (&json!(2_577), &json!(2_495)));
    let code = |words: &str| match words {
        "id number stored as a rounded number" => "rounded_number",
        "check digit" => "check_digit",
        "duplicate id number" => "duplicate_id_number",
        "17 digits" => "length",
        "no name" => "no_name",
        "no id number" => "no_id_number",
        other => panic!("an unknown fault: {other}"),
    };
    let faults = truth["faults"].as_array().unwrap().iter().map(|fault| {
        let sheet = fault[0].as_str().unwrap().to_owned();
        (sheet, fault[1].as_u64().unwrap(), code(fault[2].as_str().unwrap()).to_owned())
    });
    faults.collect()
}

fn faults(report: &Value) -> Vec<(String, u64, String)> {
    let faults = report["faults"].as_array().unwrap().iter().map(|fault| {
        assert!(!fault["reason"].as_str().unwrap().is_empty() && !fault["field"].as_str().unwrap().is_empty());
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&fault["sheet"]), fault["row"].as_u64().unwrap(), text(&fault["code"]))
    });
    faults.collect()
}

#[test]
fn exactly_the_good_rows_are_taken_and_every_fault_is_named() {
    let town = Town::empty();
    let report = take(&town.pc, false);
    let counts = ["rows", "good", "created", "updated", "unchanged"].map(|name| report[name].as_u64().unwrap());
    assert_eq!(counts, [2_577, 2_495, 2_495, 0, 0]);
    let (mut found, mut expected) = (faults(&report), truth());
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    let sheets = report["sheets"].as_array().unwrap();
    assert_eq!(sheets.len(), 14);
    assert!(sheets.iter().all(|sheet| sheet["header_row"] == 3 && sheet["village_name"] == sheet["sheet"]));
    let page = town.pc.ask("residents", json!({ "offset": 0, "limit": 1 })).unwrap();
    assert_eq!(page["total"], 2_495);
}

#[test]
fn a_second_import_changes_nothing_and_undo_restores_the_former_state() {
    let town = Town::empty();
    let (before, tables) = (digest(&town.pc), roster_tables(&town.pc));
    let first = take(&town.pc, false);
    let (imported, in_the_log) = (digest(&town.pc), operations(&town.pc));
    assert_ne!(before, imported);

    let second = take(&town.pc, false);
    let counts = ["good", "created", "updated", "unchanged"].map(|name| second[name].as_u64().unwrap());
    assert_eq!(counts, [2_495, 0, 0, 2_495]);
    assert_eq!(second["import"], Value::Null);
    assert_eq!((digest(&town.pc), operations(&town.pc)), (imported, in_the_log));

    let undone = town.pc.act("undo_import", json!({ "request_id": request_id(), "import": first["import"] })).unwrap();
    assert_eq!((&undone["removed"], &undone["restored"]), (&json!(2_495), &json!(0)));
    assert_eq!(roster_tables(&town.pc), tables);
    assert_eq!(digest(&town.pc), before);
    let page = town.pc.ask("residents", json!({ "offset": 0, "limit": 1 })).unwrap();
    assert_eq!(page["total"], 0);
    let hits = town.pc.ask("search", json!({ "text": "王" })).unwrap();
    assert_eq!(hits["hits"], json!([]), "the search index still knows who has gone");
}

#[test]
fn undo_puts_back_what_an_import_changed() {
    let town = Town::full();
    let before = digest(&town.pc);
    // three people of one village with another telephone
    let mut csv = "户编号,与户主关系,姓名,公民身份号码,联系电话\n".to_owned();
    for (household, relation, name, number) in [
        ("1010010001", "户主", "曹宇", "330206199206026211"),
        ("1010010001", "孙子", "李旭", "330211194707135772"),
        ("1010010001", "其他", "杨红霞", "330206197403279139"),
    ] {
        csv.push_str(&format!("{household},{relation},{name},{number},13000000000\n"));
    }
    let request = json!({
        "kind": "residents", "file_name": "改电话.csv", "content": BASE64.encode(csv), "village": "330211101001",
        "dry_run": false, "accept_partial": false,
    });
    let job = town.pc.act("start_import", request).unwrap();
    let report = ended(&town.pc, &job)["report"].clone();
    assert_eq!((&report["created"], &report["updated"]), (&json!(0), &json!(3)), "{report}");
    assert_ne!(digest(&town.pc), before);
    town.pc.act("undo_import", json!({ "request_id": request_id(), "import": report["import"] })).unwrap();
    assert_eq!(digest(&town.pc), before);
}

/// Digests of what people see of the roster: not of the list of imports, which keeps that there was one.
fn roster_tables(pc: &Pc) -> BTreeMap<String, String> {
    let report = pc.verify().unwrap();
    let tables = report["tables"].as_array().unwrap().iter();
    let seen =
        tables.filter(|table| matches!(table["table"].as_str(), Some("resident" | "consent" | "award" | "account")));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let seen: BTreeMap<String, String> = seen.map(|table| (text(&table["table"]), text(&table["digest"]))).collect();
    assert_eq!(seen.len(), 4);
    seen
}

#[test]
fn the_error_workbook_has_the_same_faults() {
    let town = Town::empty();
    let job = ended(&town.pc, &start_import(&town.pc, "residents", FILE, &roster(), false).unwrap());
    let file = town.pc.ask("import_errors", json!({ "job": job["job"] })).unwrap();
    let workbook = BASE64.decode(file["content"].as_str().unwrap()).unwrap();
    let again = import(&town.pc, "residents", file["file_name"].as_str().unwrap(), &workbook, true);
    assert_eq!((&again["rows"], &again["good"]), (&json!(82), &json!(0)));
    // The first of two rows with one number is not in the workbook; it is on the roster, under another name.
    let without_rows = |faults: Vec<(String, u64, String)>| {
        let mut pairs: Vec<(String, String)> = faults
            .into_iter()
            .map(|(sheet, _, code)| match code.as_str() {
                "other_name" => (sheet, "duplicate_id_number".to_owned()),
                // written as digits, for the clerk to mend: what was lost shows as a wrong check digit then
                "rounded_number" => (sheet, "check_digit".to_owned()),
                _ => (sheet, code),
            })
            .collect();
        pairs.sort();
        pairs
    };
    assert_eq!(without_rows(faults(&again)), without_rows(faults(&job["report"])));
}

#[test]
fn a_dry_run_writes_nothing() {
    let town = Town::empty();
    let (before, in_the_log) = (digest(&town.pc), operations(&town.pc));
    let report = take(&town.pc, true);
    assert_eq!((&report["good"], &report["created"], &report["import"]), (&json!(2_495), &json!(2_495), &Value::Null));
    assert_eq!((digest(&town.pc), operations(&town.pc)), (before, in_the_log));
}

#[test]
fn a_cancelled_import_leaves_nothing() {
    let town = Town::empty();
    let (before, in_the_log) = (digest(&town.pc), operations(&town.pc));
    // at once, while the file is read; and once while rows are written
    for wait_for in ["", "writing"] {
        let mut job = start_import(&town.pc, "residents", FILE, &roster(), false).unwrap();
        while !wait_for.is_empty() && (job["phase"] != wait_for || job["done"] == 0) {
            assert_ne!(job["phase"], "done", "too late to cancel");
            job = town.pc.ask("import_job", json!({ "job": job["job"] })).unwrap();
        }
        town.pc.act("cancel_import", json!({ "job": job["job"] })).unwrap();
        assert_eq!(ended(&town.pc, &job)["phase"], "cancelled", "cancelled {wait_for}");
        assert_eq!((digest(&town.pc), operations(&town.pc)), (before.clone(), in_the_log));
    }
}
