//! What two PCs leave for a person: one list, every decision by its duty, settled on both after the next round.

use serde_json::{Value, json};
use zhenxin_app::{Fault, FaultCode};
use zhenxin_testkit::pc::{Pc, request_id};

use crate::town::{OFFICE, YESTERDAY, digest, import, refused};
use crate::two_pcs::TwoPcs;

/// One new person of 思源社区, as two PCs can each register them.
const NEWCOMER: &str = "九龙湖镇思源社区居民信息登记表\n户编号,与户主关系,姓名,公民身份号码,联系电话,住址\n\
    1019990901,户主,李旭,330211198802293179,13812345678,思源社区西5组127号\n";
const PHONE_MASKED: &str = "138****5678";

fn open(pc: &Pc, kind: &str) -> Vec<Value> {
    let page = pc.ask("issues", json!({ "settled": false, "offset": 0, "limit": 200 })).unwrap();
    let total: u64 = page["counts"].as_array().unwrap().iter().map(|count| count["open"].as_u64().unwrap()).sum();
    assert_eq!(page["total"], total);
    assert_eq!(pc.ask("workbench", Value::Null).unwrap()["to_decide"], total, "the badge counts what is listed");
    assert_eq!(pc.ask("issue_counts", Value::Null).unwrap()["open"], total);
    page["rows"].as_array().unwrap().iter().filter(|row| row["kind"] == kind).cloned().collect()
}

fn one(pc: &Pc, kind: &str) -> Value {
    let rows = open(pc, kind);
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows[0].clone()
}

fn detail(pc: &Pc, line: &Value) -> Value {
    pc.ask("issue", json!({ "issue": line["issue"] })).unwrap()
}

/// The code of the decision whose code begins so.
fn option<'d>(detail: &'d Value, beginning: &str) -> &'d Value {
    let decisions = detail["decisions"].as_array().unwrap();
    let found = decisions.iter().find(|decision| decision["code"].as_str().unwrap().starts_with(beginning));
    found.unwrap_or_else(|| panic!("no {beginning} among {decisions:?}"))
}

fn decide(pc: &Pc, line: &Value, decision: &Value, reason: Option<&str>) -> Result<Value, Fault> {
    let request = json!({ "issue": line["issue"], "decision": decision, "reason": reason });
    pc.act_once("decide_issue", request)
}

/// The entry of an account that moved so many minutes; the tests' clock stands still, so their order says nothing.
fn entry(account: &Value, minutes: i64) -> Value {
    let entries = account["entries"].as_array().unwrap();
    entries.iter().find(|entry| entry["minutes"] == minutes).unwrap().clone()
}

fn by<T>(pc: &Pc, user: &str, act: impl FnOnce(&Pc) -> T) -> T {
    pc.sign_in(user).unwrap();
    let done = act(pc);
    pc.sign_in(OFFICE).unwrap();
    done
}

/// Both PCs agree, and neither has anything left to settle.
fn both_done(pcs: &TwoPcs) {
    pcs.settle_both();
    for pc in [&pcs.office.pc, &pcs.village] {
        assert_eq!(pc.ask("issue_counts", Value::Null).unwrap()["open"], 0);
    }
    assert_eq!(digest(&pcs.office.pc), digest(&pcs.village));
}

/// Two PCs with consenting people, the district away.
fn apart() -> (TwoPcs, Vec<String>) {
    let mut pcs = TwoPcs::enrolled_office();
    let people = pcs.join_village();
    pcs.settle_both();
    pcs.kill_district();
    (pcs, people)
}

fn together(pcs: &mut TwoPcs) {
    pcs.district.start_again().unwrap();
    pcs.settle_both();
    assert_eq!(digest(&pcs.office.pc), digest(&pcs.village));
}

#[test]
fn the_founders_of_two_pcs_hand_the_security_over_and_nobody_is_suspected() {
    let pcs = TwoPcs::enrolled_office();
    pcs.join_village();
    pcs.settle_both();
    pcs.office.pc.add_user("zhao", "赵宁", &["security_administrator"]).unwrap();
    both_done(&pcs);
}

#[test]
fn two_telephones_stand_masked_and_are_compared_for_a_purpose() {
    let (mut pcs, people) = apart();
    let change = |pc: &Pc, phone: &str| {
        pc.act_once("change_contact", json!({ "resident": people[0], "phone": phone, "address": null }))
    };
    change(&pcs.office.pc, "13812345678").unwrap();
    change(&pcs.village, "13899995678").unwrap();
    together(&mut pcs);

    let line = one(&pcs.office.pc, "field");
    let seen = detail(&pcs.office.pc, &line).to_string();
    assert!(!seen.contains("13812345678") && !seen.contains("13899995678"), "{seen}");
    assert!(seen.contains("138****5678（与另一个不同，遮住的部分看不出）"), "{seen}");
    let request = json!({
        "resident": people[0], "fields": ["phone"], "purpose": "check_record", "reason": "核对两台电脑的登记",
        "again": false,
    });
    let shown = pcs.office.pc.act("reveal", request).unwrap()["fields"][0].clone();
    let mut both = [shown["value"].as_str().unwrap(), shown["others"][0].as_str().unwrap()];
    both.sort_unstable();
    assert_eq!(both, ["13812345678", "13899995678"]);
    // the look is known on the other PC too
    pcs.settle_both();
    let queries = pcs.village.ask("resident_queries", json!({ "resident": people[0] })).unwrap();
    assert_eq!(queries["rows"][0]["reason"], "核对两台电脑的登记");
}

#[test]
fn one_field_changed_on_two_pcs_is_decided_by_a_clerk_with_both_values_in_view() {
    let (mut pcs, people) = apart();
    let rename = |pc: &Pc, name: &str| pc.act_once("rename_resident", json!({ "resident": people[0], "name": name }));
    rename(&pcs.office.pc, "赵甲一").unwrap();
    rename(&pcs.village, "赵乙二").unwrap();
    together(&mut pcs);

    let line = one(&pcs.village, "field");
    assert_eq!(line["text"], "姓名：赵乙二 / 赵甲一");
    assert_eq!(one(&pcs.office.pc, "field")["issue"], line["issue"], "both PCs name it alike");
    let seen = detail(&pcs.office.pc, &line);
    let sides = seen["sides"].as_array().unwrap();
    assert_eq!((&sides[0]["value"], &sides[0]["current"]), (&json!("赵乙二"), &json!(true)));
    assert_eq!((&sides[1]["value"], &sides[1]["current"]), (&json!("赵甲一"), &json!(false)));
    assert_ne!(sides[0]["device"], sides[1]["device"]);
    assert_eq!(seen["links"][0]["id"], people[0].as_str());

    // a recorder sees it and may not decide it
    let other = seen["decisions"].as_array().unwrap()[1].clone();
    by(&pcs.office.pc, "zhang", |pc| {
        assert!(detail(pc, &line)["decisions"][1]["barred"].as_str().unwrap().contains("经办"));
        refused(decide(pc, &line, &other["code"], None), FaultCode::Forbidden);
    });
    let request = json!({ "request_id": request_id(), "issue": line["issue"], "decision": other["code"] });
    let done = by(&pcs.office.pc, "qian", |pc| {
        let first = pc.act("decide_issue", request.clone()).unwrap();
        assert_eq!(pc.act("decide_issue", request.clone()).unwrap()["text"], first["text"], "a second click");
        first
    });
    assert_eq!((&done["counts"], &done["next"]), (&json!([]), &Value::Null));
    refused(pcs.office.pc.ask("issue", json!({ "issue": line["issue"] })), FaultCode::NotFound);
    both_done(&pcs);
    for pc in [&pcs.office.pc, &pcs.village] {
        assert_eq!(pc.ask("resident", json!({ "resident": people[0] })).unwrap()["line"]["name"], "赵甲一");
    }
}

#[test]
fn the_same_event_recorded_on_two_pcs_is_reversed_by_a_second_person_or_stands_twice() {
    let (mut pcs, people) = apart();
    by(&pcs.office.pc, "zhang", |pc| pc.record("A01", YESTERDAY, "文明劝导", &people[..2]).unwrap());
    pcs.village.record("A01", YESTERDAY, "村口劝导", &people[..2]).unwrap();
    together(&mut pcs);

    let lines = open(&pcs.office.pc, "duplicate_award");
    assert_eq!(lines.len(), 2);
    let seen = by(&pcs.office.pc, "li", |pc| detail(pc, &lines[0]));
    assert_eq!(seen["sides"].as_array().unwrap().len(), 2);
    let back = option(&seen, "send_back")["code"].clone();
    by(&pcs.office.pc, "li", |pc| {
        let fault = refused(decide(pc, &lines[0], &back, None), FaultCode::Invalid);
        assert_eq!(fault.rows[0].field.as_deref(), Some("reason"));
        let done = decide(pc, &lines[0], &back, Some("村里已经记过")).unwrap();
        assert_eq!(done["next"], lines[1]["issue"], "on to the next");
        let both = option(&detail(pc, &lines[1]), "both")["code"].clone();
        decide(pc, &lines[1], &both, None).unwrap();
    });
    both_done(&pcs);
    let settled = pcs.village.ask("issues", json!({ "settled": true, "offset": 0, "limit": 10 })).unwrap();
    assert_eq!(settled["rows"][0]["decided"]["label"], "两笔都对，都保留");
    // what is approved on one PC may be reversed from here as well, but not by who recorded it
    pcs.kill_district();
    by(&pcs.office.pc, "zhang", |pc| pc.record("B02", YESTERDAY, "河道清洁", &people[..1]).unwrap());
    pcs.village.record("B02", YESTERDAY, "清河", &people[..1]).unwrap();
    together(&mut pcs);
    by(&pcs.office.pc, "li", |pc| {
        for (_, awards) in pc.reviewable().unwrap() {
            pc.review(&awards, None).unwrap();
        }
    });
    let line = one(&pcs.office.pc, "duplicate_award");
    let barred = detail(&pcs.office.pc, &line);
    assert!(option(&barred, "reverse")["barred"].is_null(), "who holds all duties and recorded nothing may");
    let reverse = option(&barred, "reverse")["code"].clone();
    by(&pcs.office.pc, "li", |pc| decide(pc, &line, &reverse, Some("重复")).unwrap());
    both_done(&pcs);
}

#[test]
fn what_lost_shows_its_whole_content() {
    let mut pcs = TwoPcs::enrolled_office();
    let service = pcs.office.pc.service_type("F01", "陪同就医", 120, "2026-01-01").unwrap();
    let people = pcs.join_village();
    let terms = json!({
        "beneficiary": people[0], "service_type": service, "day": YESTERDAY, "start": "14:00", "planned_min": 120,
        "payer": "reserve",
    });
    let order = pcs.office.pc.act_once("post_order", terms).unwrap()["line"]["order"].clone();
    pcs.settle_both();
    pcs.kill_district();
    let take = |volunteer: usize| json!({ "step": "take", "volunteer": people[volunteer] });
    pcs.office.pc.move_order(&order, take(1)).unwrap();
    pcs.village.move_order(&order, take(2)).unwrap();
    together(&mut pcs);

    let line = one(&pcs.office.pc, "lost");
    let seen = detail(&pcs.office.pc, &line);
    let card = &seen["contents"][0];
    let words = card.to_string();
    assert!(words.contains("接单") && words.contains("没有生效") && words.contains("chen"), "{card}");
    assert_eq!(seen["links"][0]["target"], "order");
    decide(&pcs.village, &line, &json!("seen"), None).unwrap();
    both_done(&pcs);
}

#[test]
fn two_records_of_one_person_become_one_and_can_be_parted_again() {
    let (mut pcs, _) = apart();
    for pc in [&pcs.office.pc, &pcs.village] {
        assert_eq!(import(pc, "residents", "思源社区.csv", NEWCOMER.as_bytes(), false)["created"], 1);
    }
    together(&mut pcs);
    let line = one(&pcs.office.pc, "duplicate_resident");
    assert!(line["text"].as_str().unwrap().contains("身份证号相同") && line["who"] == "李旭", "{line}");
    assert!(!line.to_string().contains("330211198802293179"), "the list masks");
    by(&pcs.office.pc, "zhang", |pc| {
        let masked = detail(pc, &line).to_string();
        assert!(!masked.contains("330211198802293179") && masked.contains(PHONE_MASKED), "{masked}");
    });
    let seen = detail(&pcs.office.pc, &line);
    assert!(!seen["sides"].to_string().contains("330211198802293179"), "who decides looks for a purpose as well");
    let merge = option(&seen, "merge")["code"].clone();
    let (kept, other) = {
        let ids: Vec<&str> =
            seen["links"].as_array().unwrap().iter().map(|link| link["id"].as_str().unwrap()).collect();
        let kept = merge.as_str().unwrap().split_once(':').unwrap().1.to_owned();
        let other = ids.iter().find(|id| **id != kept).unwrap();
        (kept, (*other).to_owned())
    };
    let total = |pc: &Pc| pc.ask("workbench", Value::Null).unwrap()["residents"].as_u64().unwrap();
    let before = total(&pcs.office.pc);
    by(&pcs.office.pc, "qian", |pc| decide(pc, &line, &merge, None).unwrap());
    both_done(&pcs);
    for pc in [&pcs.office.pc, &pcs.village] {
        assert_eq!(total(pc), before - 1);
        let hits = pc.ask("search", json!({ "text": "330211198802293179" })).unwrap()["hits"].clone();
        assert_eq!((hits.as_array().unwrap().len(), &hits[0]["id"]), (1, &json!(kept)));
        let page = pc.ask("resident", json!({ "resident": kept })).unwrap();
        assert_eq!((&page["merged"][0]["line"]["id"], &page["kept"]), (&json!(other), &Value::Null));
        let hidden = pc.ask("resident", json!({ "resident": other })).unwrap();
        assert_eq!(hidden["kept"]["id"], json!(kept));
    }
    // a repeated import finds the one person
    let again = import(&pcs.office.pc, "residents", "思源社区.csv", NEWCOMER.as_bytes(), false);
    assert_eq!((&again["created"], &again["unchanged"]), (&json!(0), &json!(1)));

    let merged = pcs.village.ask("resident", json!({ "resident": kept })).unwrap()["merged"][0].clone();
    let unmerge = option(&detail(&pcs.village, &merged), "unmerge")["code"].clone();
    decide(&pcs.village, &merged, &unmerge, None).unwrap();
    pcs.settle_both();
    assert_eq!(total(&pcs.office.pc), before);
    let line = one(&pcs.office.pc, "duplicate_resident");
    decide(&pcs.office.pc, &line, &json!("not_same"), None).unwrap();
    both_done(&pcs);
    assert_eq!(total(&pcs.village), before);
}

#[test]
fn two_pcs_that_merge_the_other_way_round_are_asked_once_more() {
    let (mut pcs, _) = apart();
    for pc in [&pcs.office.pc, &pcs.village] {
        import(pc, "residents", "思源社区.csv", NEWCOMER.as_bytes(), false);
    }
    together(&mut pcs);
    let line = one(&pcs.office.pc, "duplicate_resident");
    let decisions = detail(&pcs.office.pc, &line)["decisions"].clone();
    pcs.kill_district();
    decide(&pcs.office.pc, &line, &decisions[0]["code"], None).unwrap();
    decide(&pcs.village, &line, &decisions[1]["code"], None).unwrap();
    together(&mut pcs);
    for pc in [&pcs.office.pc, &pcs.village] {
        let again = one(pc, "duplicate_resident");
        assert!(again["text"].as_str().unwrap().contains("各把一份"), "{again}");
        let hits = pc.ask("search", json!({ "text": "330211198802293179" })).unwrap()["hits"].clone();
        assert_eq!(hits.as_array().unwrap().len(), 1, "nobody disappears meanwhile");
    }
    decide(&pcs.village, &line, &decisions[1]["code"], None).unwrap();
    both_done(&pcs);
    let kept = decisions[1]["code"].as_str().unwrap().split_once(':').unwrap().1.to_owned();
    let hits = pcs.office.pc.ask("search", json!({ "text": "330211198802293179" })).unwrap()["hits"].clone();
    assert_eq!(hits[0]["id"], json!(kept));
}

#[test]
fn minutes_spent_twice_wait_for_the_district_and_then_for_a_person() {
    let mut pcs = TwoPcs::enrolled_office();
    let service = pcs.office.pc.service_type("F01", "陪同就医", 100, "2026-01-01").unwrap();
    let people = pcs.join_village();
    let slip = json!({
        "beneficiary": people[1], "volunteer": people[0], "service_type": service, "day": YESTERDAY, "payer": "reserve",
        "signed_in": "09:00", "signed_out": "10:00", "volunteer_signed": true, "beneficiary_signed": true,
    });
    by(&pcs.office.pc, "zhang", |pc| pc.enter_slips(&[slip]).unwrap());
    by(&pcs.office.pc, "li", |pc| pc.credit(&pc.creditable().unwrap()).unwrap());
    pcs.settle_both();
    pcs.kill_district();
    let give = |pc: &Pc| pc.act_once("give_minutes", json!({ "giver": people[0], "minutes": 60, "note": "" }));
    let account = by(&pcs.office.pc, "qian", |pc| give(pc).unwrap());
    give(&pcs.village).unwrap();
    assert_eq!(entry(&account, -60)["awaiting"], true, "without the right it waits for the district");
    assert_eq!(entry(&account, 60)["awaiting"], false, "what was earned waits for nothing");
    together(&mut pcs);
    for pc in [&pcs.office.pc, &pcs.village] {
        let account = pc.time_account(&people[0]).unwrap();
        assert_eq!((&account["available_min"], &entry(&account, -60)["awaiting"]), (&json!(-60), &json!(false)));
        assert!(one(pc, "deficit")["text"].as_str().unwrap().contains("透支 1 小时"));
    }
    let more = json!({ "giver": people[0], "minutes": 1, "note": "" });
    let fault = by(&pcs.office.pc, "qian", |pc| refused(pc.act_once("give_minutes", more), FaultCode::Invalid));
    assert!(fault.message.contains("透支") || fault.rows[0].message.contains("核对裁定"), "{fault}");

    let line = one(&pcs.office.pc, "deficit");
    let seen = by(&pcs.office.pc, "li", |pc| detail(pc, &line));
    assert!(seen["contents"].to_string().contains("赠与或捐赠时间"), "the spends that went below zero");
    by(&pcs.office.pc, "qian", |pc| {
        assert!(option(&detail(pc, &line), "waive")["barred"].as_str().unwrap().contains("复核"));
    });
    let waive = option(&seen, "waive");
    assert!(waive["needs_reason"] == true && waive["label"].as_str().unwrap().contains("1 小时"), "{waive}");
    by(&pcs.office.pc, "li", |pc| decide(pc, &line, &waive["code"], Some("两处同时办理，不是本人过错")).unwrap());
    both_done(&pcs);
    let account = pcs.village.time_account(&people[0]).unwrap();
    assert_eq!(account["available_min"], 0);
    let waived = account["entries"].as_array().unwrap().iter().any(|entry| entry["kind"] == "免还");
    assert!(waived, "{account}");
}
