//! What is noted of every call, and the query gate: masked by default, shown for a purpose, told to the person.

use std::io::Write as _;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use zhenxin_app::FaultCode;
use zhenxin_documents::sheet::{Limits, read_workbook};
use zhenxin_testkit::pc::{Pc, request_id};

use crate::papers::{pdf, poppler};
use crate::town::{OFFICE, Town, VILLAGE, YESTERDAY, import, operations, refused};

const AUDITOR: &str = "sun";
const ROSTER: &str = "九龙湖镇思源社区居民信息登记表\n户编号,与户主关系,姓名,公民身份号码,联系电话,住址\n\
    1019990001,户主,单小明,330206199206026211,13800001234,思源社区西5组127号\n\
    1019990002,户主,王小红,330211194707135772,13900005678,=思源社区东4组122号\n";
const ID_NUMBER: &str = "330206199206026211";
const PHONE: &str = "13800001234";
const ADDRESS: &str = "思源社区西5组127号";
const REASON: &str = "本人到窗口补办手续";

/// Two residents, a recorder, a query clerk, a viewer, an auditor; the office is signed in.
fn town() -> (Town, Vec<String>) {
    let town = Town::empty();
    import(&town.pc, "residents", "名册.csv", ROSTER.as_bytes(), false);
    for (name, duty) in [(AUDITOR, "auditor"), ("he", "query_clerk"), ("kan", "viewer")] {
        town.pc.add_user(name, &format!("用户{name}"), &[duty]).unwrap();
    }
    // everybody has chosen a password
    for name in [AUDITOR, "he", "kan", OFFICE] {
        town.pc.sign_in(name).unwrap();
    }
    let rows = town.pc.residents(VILLAGE).unwrap();
    (town, zhenxin_testkit::pc::ids(&rows))
}

fn audit(pc: &Pc, mut filter: Value) -> Vec<Value> {
    pc.sign_in(AUDITOR).unwrap();
    filter["offset"] = json!(0);
    filter["limit"] = json!(500);
    let page = pc.ask("audit_page", filter).unwrap();
    let rows = page["rows"].as_array().unwrap().clone();
    assert_eq!(page["total"], rows.len());
    rows
}

fn reveal(pc: &Pc, resident: &str) -> Result<Value, zhenxin_app::Fault> {
    pc.act(
        "reveal",
        json!({
            "resident": resident, "fields": ["id_number", "phone", "address"], "purpose": "counter", "reason": REASON,
            "again": false,
        }),
    )
}

#[test]
fn acts_sign_ins_refusals_and_logged_asks_are_noted_and_looking_around_is_not() {
    let (town, people) = town();
    let pc = &town.pc;
    pc.sign_in("kan").unwrap();
    pc.ask("residents", json!({ "offset": 0, "limit": 10 })).unwrap();
    pc.ask("search", json!({ "text": "单" })).unwrap();
    refused(reveal(pc, &people[0]), FaultCode::Forbidden);
    refused(pc.act("sign_in", json!({ "sign_in_name": "li", "password": "wrong" })), FaultCode::WrongPassword);
    refused(pc.ask("nobody knows this", Value::Null), FaultCode::BadRequest);
    pc.sign_in(OFFICE).unwrap();
    pc.ask("preview_statement", json!({ "resident": people[0] })).unwrap();
    pc.act("print_statement", json!({ "resident": people[0] })).unwrap();
    refused(pc.consent(&[], YESTERDAY), FaultCode::Invalid);

    let rows = audit(pc, json!({}));
    let lines: Vec<(&str, &str, bool)> = rows
        .iter()
        .map(|row| {
            (row["action"].as_str().unwrap(), row["user_name"].as_str().unwrap(), row["refused"].as_bool().unwrap())
        })
        .collect();
    let latest: Vec<_> = lines.iter().take(9).rev().copied().collect();
    assert_eq!(
        latest,
        [
            ("sign_in", "用户kan", false),
            ("reveal", "用户kan", true),
            ("sign_in", "用户kan", true),
            ("unknown", "用户kan", true),
            ("sign_in", OFFICE, false),
            ("preview_statement", OFFICE, false),
            ("print_statement", OFFICE, false),
            ("give_consent", OFFICE, true),
            ("sign_in", "用户sun", false),
        ]
    );
    assert!(lines.iter().all(|(action, ..)| !matches!(*action, "residents" | "search")));
    let tried = rows.iter().find(|row| row["action"] == "sign_in" && row["refused"] == true).unwrap();
    assert_eq!((&tried["subject_kind"], &tried["subject_name"]), (&json!("用户"), &json!("用户li")));
    assert_eq!(tried["outcome_label"], "被拒：登录名或密码不对");
    let printed = rows.iter().find(|row| row["action"] == "print_statement").unwrap();
    assert_eq!((&printed["subject"], &printed["subject_name"]), (&json!(people[0]), &json!("单*明")));
    let text = serde_json::to_string(&rows).unwrap();
    for secret in [ID_NUMBER, PHONE, ADDRESS, "单小明", "wrong", REASON] {
        assert!(!text.contains(secret), "{secret} is in the audit");
    }
}

#[test]
fn the_auditor_searches_checks_and_exports_and_nobody_else_does() {
    let (town, people) = town();
    let pc = &town.pc;
    for command in ["audit_page", "audit_verify", "audit_export"] {
        refused(
            pc.ask(command, json!({ "offset": 0, "limit": 1 })).or_else(|fault| match fault.code {
                FaultCode::BadRequest => pc.ask(command, json!({})),
                _ => Err(fault),
            }),
            FaultCode::Forbidden,
        );
    }
    reveal(pc, &people[0]).unwrap();
    let about = audit(pc, json!({ "number": people[0] }));
    assert!(about.iter().all(|row| row["subject"] == json!(people[0])) && !about.is_empty());
    assert_eq!(about[0]["action_label"], "查看完整号码或住址");
    // the number of the list finds these rows, stands on the resident's page, and leads a clerk to the person
    let number = about[0]["number"].as_str().unwrap().to_owned();
    assert_eq!((number.len(), people[0].ends_with(&number)), (8, true));
    assert_eq!(audit(pc, json!({ "number": number })).len(), about.len());
    assert!(audit(pc, json!({ "number": "  " })).len() > about.len(), "blanks ask for nothing");
    pc.sign_in(OFFICE).unwrap();
    assert_eq!(pc.ask("resident", json!({ "resident": people[0] })).unwrap()["number"], json!(number));
    let hits = pc.ask("search", json!({ "text": number.to_uppercase() })).unwrap();
    assert_eq!(hits["hits"][0]["id"], json!(people[0]));
    assert!(audit(pc, json!({ "refused": true })).iter().all(|row| row["refused"] == true));
    assert_eq!(audit(pc, json!({ "from": "2026-09-02" })).len(), 0);
    let check = pc.ask("audit_verify", Value::Null).unwrap();
    assert_eq!((&check["sound"], &check["faults"]), (&json!(true), &json!([])));
    let file = pc.ask("audit_export", json!({ "action": "reveal" })).unwrap();
    let bytes = BASE64.decode(file["content"].as_str().unwrap()).unwrap();
    let book = read_workbook("审计.xlsx", &bytes, &Limits::default()).unwrap();
    let cells: Vec<String> =
        book.sheets[0].rows.iter().flat_map(|row| row.cells.iter().map(ToString::to_string)).collect();
    assert!(
        cells.iter().any(|cell| cell == "查看完整号码或住址") && cells.iter().any(|cell| cell.contains("用户sun导出"))
    );
    assert_eq!(audit(pc, json!({}))[1]["action"], "audit_export", "the export is noted itself");
}

#[test]
fn a_page_that_asks_again_is_one_look() {
    let (town, people) = town();
    let pc = &town.pc;
    let look = |resident: &str, reload: bool| {
        pc.ask("erasure_plan", json!({ "resident": resident, "reload": reload })).unwrap();
    };
    let noted = || {
        let rows = audit(pc, json!({ "action": "erasure_plan" })).len();
        pc.sign_in(OFFICE).unwrap();
        rows
    };
    pc.sign_in(OFFICE).unwrap();
    // without a look there is nothing that could be looked at again
    look(&people[0], true);
    assert_eq!(noted(), 1);
    look(&people[0], true);
    look(&people[0], true);
    assert_eq!(noted(), 1);
    look(&people[0], false);
    look(&people[1], true);
    assert_eq!(noted(), 3);
    town.clock.pass_days(1);
    pc.sign_in(OFFICE).unwrap();
    look(&people[0], true);
    assert_eq!(noted(), 4, "a new day");
}

#[test]
fn once_an_hour_the_head_of_the_audit_goes_into_the_log() {
    let (town, people) = town();
    let pc = &town.pc;
    let before = operations(pc);
    pc.consent(&people[..1], "2026-08-01").unwrap();
    assert_eq!(operations(pc), before + 1, "the hour is not over");
    town.clock.pass_seconds(3_600);
    pc.consent(&people[1..], "2026-08-01").unwrap();
    assert_eq!(operations(pc), before + 3, "the consent and the anchor");
    pc.sign_in(AUDITOR).unwrap();
    let check = pc.ask("audit_verify", Value::Null).unwrap();
    assert_eq!((&check["sound"], &check["anchors"]), (&json!(true), &json!(1)));
}

#[test]
fn what_is_masked_is_shown_for_a_purpose_and_the_look_is_kept() {
    let (town, people) = town();
    let pc = &town.pc;
    pc.sign_in("he").unwrap();
    let page = serde_json::to_string(&pc.ask("resident", json!({ "resident": people[0] })).unwrap()).unwrap();
    for whole in [ID_NUMBER, PHONE, ADDRESS] {
        assert!(!page.contains(whole), "{whole} is on the page");
    }
    let before = operations(pc);
    for (field, request) in [
        ("purpose", json!({ "purpose": "curiosity", "reason": REASON })),
        ("reason", json!({ "purpose": "counter", "reason": " 看 " })),
        ("authorisation", json!({ "purpose": "authorised", "reason": REASON })),
        ("fields", json!({ "purpose": "counter", "reason": REASON, "fields": [] })),
        ("purpose", json!({ "again": true })),
    ] {
        let mut whole = json!({ "resident": people[0], "fields": ["phone"], "again": false });
        whole.as_object_mut().unwrap().extend(request.as_object().unwrap().clone());
        let fault = refused(pc.act("reveal", whole), FaultCode::Invalid);
        assert_eq!(fault.rows[0].field.as_deref(), Some(field), "{}", fault.message);
    }
    assert_eq!(operations(pc), before, "nothing was shown, nothing is kept");
    let shown = reveal(pc, &people[0]).unwrap();
    let values: Vec<&str> =
        shown["fields"].as_array().unwrap().iter().map(|field| field["value"].as_str().unwrap()).collect();
    assert_eq!(values, [ID_NUMBER, PHONE, ADDRESS]);
    assert_eq!(operations(pc), before + 1);
    let queries = pc.ask("resident_queries", json!({ "resident": people[0] })).unwrap();
    let line = &queries["rows"][0];
    assert_eq!(line["fields"], "身份证号、电话、住址");
    assert_eq!((&line["purpose"], &line["reason"]), (&json!("本人到窗口办理业务"), &json!(REASON)));
    assert_eq!((&line["user_name"], &queries["again"]["purpose"]), (&json!("用户he"), &json!("counter")));
    let log = pc.ask("query_log", json!({ "offset": 0, "limit": 10 }));
    refused(log, FaultCode::Forbidden);
}

#[test]
fn one_key_repeats_the_purpose_of_the_same_person_on_the_same_day() {
    let (town, people) = town();
    let pc = &town.pc;
    reveal(pc, &people[0]).unwrap();
    let again =
        |pc: &Pc, resident: &str| pc.act("reveal", json!({ "resident": resident, "fields": ["phone"], "again": true }));
    let shown = again(pc, &people[0]).unwrap();
    assert_eq!((&shown["fields"][0]["value"], &shown["reason"]), (&json!(PHONE), &json!(REASON)));
    assert_eq!(
        pc.ask("resident_queries", json!({ "resident": people[0] })).unwrap()["rows"].as_array().unwrap().len(),
        2
    );
    refused(again(pc, &people[1]), FaultCode::Invalid);
    pc.sign_in("he").unwrap();
    refused(again(pc, &people[0]), FaultCode::Invalid);
    town.clock.pass_days(1);
    pc.sign_in(OFFICE).unwrap();
    refused(again(pc, &people[0]), FaultCode::Invalid);
}

#[test]
fn the_resident_is_handed_who_looked_and_all_that_is_held() {
    let (town, people) = town();
    let pc = &town.pc;
    pc.sign_in("he").unwrap();
    reveal(pc, &people[0]).unwrap();
    pc.sign_in(OFFICE).unwrap();
    pc.consent(&people, "2026-08-01").unwrap();
    pc.act("print_statement", json!({ "resident": people[0] })).unwrap();
    let paper = pc.act("print_query_record", json!({ "resident": people[0] })).unwrap();
    let text: String = poppler("pdftotext", &["-raw", "-"], &pdf(&paper)).split_whitespace().collect();
    for expected in ["个人信息查询记录", "单小明", "3302**********6211", "用户he", REASON, "积分对账单", "异议"]
    {
        assert!(text.contains(expected), "{expected} is not on the paper:\n{text}");
    }
    assert!(!text.contains(ID_NUMBER) && !text.contains("王小红"));

    let report = |format: &str, resident: &str| {
        let file = pc.act_once("hold_report", json!({ "resident": resident, "format": format })).unwrap();
        assert!(!file["file_name"].as_str().unwrap().contains("单小明"));
        BASE64.decode(file["content"].as_str().unwrap()).unwrap()
    };
    let held: Value = serde_json::from_slice(&report("json", &people[0])).unwrap();
    let text = held.to_string();
    for expected in [ID_NUMBER, PHONE, ADDRESS, "1992-06-02", "2026-1", "用户he", REASON] {
        assert!(text.contains(expected), "{expected} is not in the copy: {text}");
    }
    assert!(!text.contains("王小红"), "somebody else is in the copy");
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&report("pdf", &people[0])).unwrap();
    let text: String =
        poppler("pdftotext", &["-raw", "-"], &std::fs::read(file.path()).unwrap()).split_whitespace().collect();
    assert!(text.contains("本人信息清单") && text.contains(ID_NUMBER) && text.contains(ADDRESS));
    let book = read_workbook("清单.xlsx", &report("xlsx", &people[1]), &Limits::default()).unwrap();
    let cells: Vec<String> = book
        .sheets
        .iter()
        .flat_map(|sheet| &sheet.rows)
        .flat_map(|row| row.cells.iter().map(ToString::to_string))
        .collect();
    assert!(
        cells.contains(&"'=思源社区东4组122号".to_owned()),
        "a cell that begins a formula is neutralised: {cells:?}"
    );

    let queries = pc.ask("resident_queries", json!({ "resident": people[0] })).unwrap();
    let kept: Vec<&str> =
        queries["rows"].as_array().unwrap().iter().map(|row| row["fields"].as_str().unwrap()).collect();
    assert_eq!(kept, ["全部信息（交给本人）", "全部信息（交给本人）", "身份证号、电话、住址"]);
}

#[test]
fn no_copy_is_handed_out_on_the_note_about_another_one() {
    let (town, people) = town();
    let pc = &town.pc;
    let request = request_id();
    let ask = |resident: &str, format: &str| {
        pc.act("hold_report", json!({ "request_id": request, "resident": resident, "format": format }))
    };
    let before = operations(pc);
    ask(&people[0], "json").unwrap();
    ask(&people[0], "json").unwrap();
    assert_eq!(operations(pc), before + 1, "a repeated click is one look");
    refused(ask(&people[1], "json"), FaultCode::Conflict);
    refused(ask(&people[0], "xlsx"), FaultCode::Conflict);
    town.pc.sign_in("he").unwrap();
    refused(ask(&people[0], "json"), FaultCode::Conflict);
    town.pc.sign_in(OFFICE).unwrap();
    town.clock.pass_days(1);
    town.pc.sign_in(OFFICE).unwrap();
    refused(ask(&people[0], "json"), FaultCode::Conflict);
    assert_eq!(operations(pc), before + 1);
}

#[test]
fn a_telephone_is_corrected_without_being_seen() {
    let (town, people) = town();
    let pc = &town.pc;
    let change = |phone: &str, address: &str| {
        pc.act_once("change_contact", json!({ "resident": people[0], "phone": phone, "address": address }))
    };
    refused(change(" ", ""), FaultCode::Invalid);
    refused(change("123", ""), FaultCode::Invalid);
    let page = change("13700009999", "").unwrap();
    assert_eq!(page["line"]["phone_masked"], "137****9999");
    let shown = reveal(pc, &people[0]).unwrap();
    assert_eq!((&shown["fields"][1]["value"], &shown["fields"][2]["value"]), (&json!("13700009999"), &json!(ADDRESS)));
}
