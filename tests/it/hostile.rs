//! What nobody should send: files that are none, requests of wrong shapes, clicks that repeat, things that do not
//! exist.

use std::{fs, thread};

use serde_json::{Value, json};
use zhenxin_app::{Fault, FaultCode};
use zhenxin_testkit::fixtures;
use zhenxin_testkit::pc::{Pc, request_id};

use crate::requests::{Access, Filling, LEAST, commands};
use crate::town::{
    OFFICE, Town, VILLAGE_NAME, YESTERDAY, award_of, digest, ended, import, operations, refused, start_import,
};

/// A small roster as text: 碶 is not in GB 2312.
const ROSTER: &str = "户编号,与户主关系,姓名,公民身份号码,联系电话,住址\n\
    1010010001,户主,单晓碶,330206199206026211,,思源社区西5组127号\n\
    1010010001,配偶,曾静,330211194707135772,,思源社区西5组127号\n";

fn in_village(text: &str) -> String {
    format!("九龙湖镇{VILLAGE_NAME}居民信息登记表\n{text}")
}

/// Why a file was refused, at once or by its job.
fn refusal(pc: &Pc, file_name: &str, bytes: &[u8]) -> Fault {
    match start_import(pc, "residents", file_name, bytes, false) {
        Err(fault) => fault,
        Ok(job) => {
            let job = ended(pc, &job);
            assert_eq!(job["phase"], "refused", "{file_name}");
            serde_json::from_value(job["fault"].clone()).unwrap()
        }
    }
}

#[test]
fn files_that_are_no_rosters_are_refused_and_leave_nothing() {
    let town = Town::empty();
    let (before, in_the_log) = (digest(&town.pc), operations(&town.pc));
    let roster = fs::read(fixtures::roster()).unwrap();
    let mut noise: Vec<u8> = (0_u32..4_096).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    noise[0] = 0;
    let mut broken = roster.clone();
    broken[roster.len() / 2..].fill(0);
    let invalid_utf8 = [in_village(ROSTER).as_bytes(), b"\xff\xff\xff\n"].concat();
    let files: [(&str, &[u8]); 10] = [
        ("空.xlsx", b""),
        ("截断.xlsx", &roster[..roster.len() / 2]),
        ("损坏.xlsx", &broken),
        ("网页.xls", b"<html><body><table><tr><td>\xe5\xa7\x93\xe5\x90\x8d</td></tr></table></body></html>"),
        ("图片.xlsx", b"\x89PNG\r\n\x1a\n0000000000000000"),
        ("纸.csv", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"),
        ("噪声.xls", &noise),
        ("没有表头.csv", "甲,乙,丙\n1,2,3\n".as_bytes()),
        ("空白.csv", b"\n\n  \n,,,\n"),
        ("编码错.csv", &invalid_utf8),
    ];
    for (name, bytes) in files {
        let fault = refusal(&town.pc, name, bytes);
        assert_eq!(fault.code, FaultCode::BadFile, "{name}: {}", fault.message);
    }
    assert_eq!((digest(&town.pc), operations(&town.pc)), (before, in_the_log));
}

#[test]
fn a_file_beyond_the_limit_is_refused_before_it_is_read() {
    let town = Town::empty();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("huge.xlsx");
    fs::File::create(&path).unwrap().set_len(65 << 20).unwrap();
    let request = |path: &str| json!({ "kind": "residents", "file_name": "huge.xlsx", "path": path, "dry_run": false, "accept_partial": true });
    let fault = refused(town.pc.act("start_import", request(path.to_str().unwrap())), FaultCode::Invalid);
    assert!(fault.message.contains("64 MB"), "{}", fault.message);
    refused(town.pc.act("start_import", request("/nowhere/at/all.xlsx")), FaultCode::System);
    let both = json!({
        "kind": "residents", "file_name": "x", "path": "x", "content": "eA==", "dry_run": false, "accept_partial": true,
    });
    refused(town.pc.act("start_import", both), FaultCode::Invalid);
    let no_base64 = json!({
        "kind": "residents", "file_name": "x", "content": "%%%", "dry_run": false, "accept_partial": true,
    });
    refused(town.pc.act("start_import", no_base64), FaultCode::Invalid);
}

#[test]
fn gb18030_is_found_out_and_a_doubled_row_is_a_fault() {
    let town = Town::empty();
    // 单晓碶, 曾静 and the rest in GB 18030
    let text = in_village(ROSTER);
    let (bytes, _, lost) = encoding_rs::GB18030.encode(&text);
    assert!(!lost && std::str::from_utf8(&bytes).is_err());
    let report = import(&town.pc, "residents", "名册.csv", &bytes, false);
    assert_eq!((&report["good"], &report["created"]), (&json!(2), &json!(2)), "{report}");
    let hits = town.pc.ask("search", json!({ "text": "单晓碶" })).unwrap();
    assert_eq!(hits["hits"][0]["name"], "单晓碶");

    let last = ROSTER.lines().last().unwrap();
    let doubled = in_village(&format!("{ROSTER}{last}\n{last}\n"));
    let report = import(&town.pc, "residents", "名册.csv", doubled.as_bytes(), true);
    assert_eq!((&report["rows"], &report["good"], &report["unchanged"]), (&json!(4), &json!(2), &json!(2)));
    let codes: Vec<&Value> = report["faults"].as_array().unwrap().iter().map(|fault| &fault["code"]).collect();
    assert_eq!(codes, ["duplicate_id_number", "duplicate_id_number"]);
}

#[test]
fn two_imports_at_once_do_not_mix() {
    let town = Town::empty();
    let roster = fs::read(fixtures::roster()).unwrap();
    let first = start_import(&town.pc, "residents", "一.xlsx", &roster, false).unwrap();
    refused(start_import(&town.pc, "residents", "二.xlsx", &roster, false), FaultCode::Conflict);
    assert_eq!(ended(&town.pc, &first)["report"]["created"], 2_495);
    refused(town.pc.ask("import_job", json!({ "job": 999 })), FaultCode::NotFound);
    refused(town.pc.act("cancel_import", json!({ "job": 999 })), FaultCode::NotFound);
    refused(town.pc.ask("import_errors", json!({ "job": 999 })), FaultCode::NotFound);
}

/// Acts twice with one request: the same answer, and nothing more in the log.
fn twice(pc: &Pc, name: &str, request: Value) -> Value {
    let first = pc.act(name, request.clone()).unwrap();
    let in_the_log = operations(pc);
    assert_eq!(pc.act(name, request).unwrap(), first, "{name}");
    assert_eq!(operations(pc), in_the_log, "{name} wrote twice");
    first
}

#[test]
fn a_repeated_click_changes_nothing() {
    let town = Town::full();
    let pc = &town.pc;
    let people = town.residents(3, |row| row["age"].as_u64().unwrap() >= 18);
    let consent = json!({
        "request_id": request_id(), "residents": people, "version": "2026-1", "given_on": "2026-08-01",
        "channel": "paper",
    });
    assert_eq!(twice(pc, "give_consent", consent.clone())["given"], 3);

    pc.sign_in("zhang").unwrap();
    let rows: Vec<Value> = people.iter().map(|id| json!({ "resident": id })).collect();
    let record = json!({
        "request_id": request_id(), "rule_version": pc.rule("A01").unwrap(), "occurred_on": YESTERDAY,
        "activity": "文明劝导", "rows": rows,
    });
    assert_eq!(twice(pc, "record_points", record.clone())["recorded"], 3);

    pc.sign_in("li").unwrap();
    let awards: Vec<Value> = people.iter().map(|id| award_of(pc, id)["award"].clone()).collect();
    let review = json!({ "request_id": request_id(), "awards": awards, "decision": "approve" });
    assert_eq!(twice(pc, "review_awards", review)["decided"], 3);
    let reverse = json!({ "request_id": request_id(), "award": awards[0], "reason": "重复登记" });
    assert_eq!(twice(pc, "reverse_award", reverse)["accounts"][0]["effective_points"], 0);

    pc.sign_in(OFFICE).unwrap();
    let withdraw = json!({ "request_id": request_id(), "resident": people[2] });
    twice(pc, "withdraw_consent", withdraw);
    // one id for two different things is no repetition
    pc.sign_in("zhang").unwrap();
    let mut other = record;
    other["request_id"] = consent["request_id"].clone();
    let in_the_log = operations(pc);
    refused(pc.act("record_points", other), FaultCode::Conflict);
    assert_eq!(operations(pc), in_the_log);
    pc.sign_in(OFFICE).unwrap();
    digest(pc);
}

#[test]
fn eight_clicks_at_once_record_once() {
    let town = Town::full();
    let people = town.consenting(5);
    town.pc.sign_in("zhang").unwrap();
    let rows: Vec<Value> = people.iter().map(|id| json!({ "resident": id })).collect();
    let request = json!({
        "request_id": request_id(), "rule_version": town.pc.rule("A01").unwrap(), "occurred_on": YESTERDAY,
        "activity": "文明劝导", "rows": rows,
    });
    let in_the_log = operations(&town.pc);
    let clicks: Vec<_> = (0..8)
        .map(|_| {
            let (pc, request) = (town.pc.clone(), request.clone());
            thread::spawn(move || pc.act("record_points", request).unwrap())
        })
        .collect();
    let replies: Vec<Value> = clicks.into_iter().map(|click| click.join().unwrap()).collect();
    assert!(replies.iter().all(|reply| *reply == replies[0]));
    assert_eq!(operations(&town.pc), in_the_log + 1);
    award_of(&town.pc, &people[0]);
}

#[test]
fn requests_of_wrong_shapes_are_refused_without_repeating_them() {
    const SECRET: &str = "330206199206026211";
    let town = Town::full();
    for command in commands() {
        let right = command.request(&LEAST);
        let mut wrong = vec![json!([SECRET]), json!(SECRET), json!(5), json!({ SECRET: 1 })];
        for field in command.fields() {
            for value in [json!({ SECRET: SECRET }), json!([[SECRET]]), json!(-1.5)] {
                let mut request = right.clone();
                request[&field] = value;
                wrong.push(request);
            }
        }
        for field in right.as_object().unwrap().keys() {
            let mut request = right.clone();
            request.as_object_mut().unwrap().remove(field);
            wrong.push(request);
            // a word where one of a few is expected
            let mut request = right.clone();
            if request[field].is_string() && command.name != "search" {
                request[field] = json!(SECRET);
                let reply = command.call(&town.pc, request);
                let told = reply.err().map(|fault| serde_json::to_string(&fault).unwrap()).unwrap_or_default();
                assert!(!told.contains(SECRET), "{} repeats {field}: {told}", command.name);
            }
        }
        for request in wrong {
            let fault = refused(command.call(&town.pc, request.clone()), FaultCode::BadRequest);
            let told = serde_json::to_string(&fault).unwrap();
            assert!(!told.contains(SECRET), "{} repeats {request}: {told}", command.name);
        }
        // sign_in and the like have been called with the wrong words only
        if command.access == Access::Open {
            town.pc.sign_in(OFFICE).unwrap();
        }
    }
    for name in ["", "no_such_command", "Search", "search "] {
        refused(town.pc.ask(name, json!({})), FaultCode::BadRequest);
    }
    // a reading command is no writing one
    refused(town.pc.act("workbench", json!({})), FaultCode::BadRequest);
}

#[test]
fn no_text_and_no_number_breaks_the_program() {
    let town = Town::full();
    let before = digest(&town.pc);
    let texts: [(&str, String); 7] = [
        ("an id of nothing", request_id()),
        ("sql", "'; DROP TABLE op; --".to_owned()),
        ("nul", "\u{0}\u{1}".to_owned()),
        ("long", "长".repeat(200_000)),
        ("signs", "%_*\"'\\{}[]()<>".to_owned()),
        ("beyond the plane", "𬬭🏮\u{202e}".to_owned()),
        ("a day that is none", "2026-02-30".to_owned()),
    ];
    for (kind, text) in &texts {
        for number in [0, u64::from(u32::MAX)] {
            for command in commands().iter().filter(|command| !["sign_out", "lock"].contains(&command.name.as_str())) {
                let filling = Filling { text: &|_| text.clone(), number, whole: true };
                let mut request = command.request(&filling);
                if command.name == "start_import" {
                    // a path on this machine is the command line's business
                    request.as_object_mut().unwrap().remove("path");
                }
                if let Err(fault) = command.call(&town.pc, request) {
                    let inner = matches!(fault.code, FaultCode::Store | FaultCode::System);
                    assert!(!inner, "{} with {kind}: {}", command.name, fault.message);
                    assert_ne!(fault.code, FaultCode::SignedOut, "{} with {kind}", command.name);
                }
            }
        }
    }
    assert_eq!(digest(&town.pc), before);
}

#[test]
fn things_that_do_not_exist_are_not_found() {
    let town = Town::full();
    let nobody = request_id();
    let pc = &town.pc;
    refused(pc.ask("resident", json!({ "resident": nobody })), FaultCode::NotFound);
    refused(pc.ask("preview_statement", json!({ "resident": nobody })), FaultCode::NotFound);
    refused(pc.act("print_statement", json!({ "resident": nobody })), FaultCode::NotFound);
    refused(pc.ask("evidence", json!({ "evidence": nobody })), FaultCode::NotFound);
    refused(pc.act("undo_import", json!({ "request_id": request_id(), "import": nobody })), FaultCode::NotFound);
    refused(
        pc.act("reverse_award", json!({ "request_id": request_id(), "award": nobody, "reason": "没有" })),
        FaultCode::NotFound,
    );
    refused(pc.review(std::slice::from_ref(&nobody), None), FaultCode::Conflict);
    refused(pc.act("withdraw_consent", json!({ "request_id": request_id(), "resident": nobody })), FaultCode::NotFound);
    refused(pc.consent(std::slice::from_ref(&nobody), "2026-08-01"), FaultCode::Invalid);
    refused(pc.act("change_user", json!({ "user": nobody, "active": true })), FaultCode::NotFound);
    let duties = json!({
        "user": nobody, "duties": ["clerk"], "villages": [], "former_duties": [], "former_villages": [],
    });
    refused(pc.act("set_duties", duties), FaultCode::NotFound);
    let first = json!({ "user": nobody, "password": zhenxin_testkit::pc::FIRST_PASSWORD });
    refused(pc.act("reset_password", first), FaultCode::NotFound);
    let request = json!({
        "request_id": request_id(), "rule_version": nobody, "occurred_on": YESTERDAY, "activity": "没有",
        "rows": [{ "resident": nobody }],
    });
    refused(pc.act("record_points", request), FaultCode::Invalid);
}
