//! Guards that stand between a record and the balance: whose award it is, who made it, consent that ended meanwhile.

use serde_json::json;
use zhenxin_app::FaultCode;
use zhenxin_testkit::pc::{FIRST_PASSWORD, Pc, request_id};

use crate::town::{OFFICE, Town, YESTERDAY, award_of, import, refused};

fn add(pc: &Pc, sign_in_name: &str, duties: &[&str], resident: &str) {
    let user = json!({
        "sign_in_name": sign_in_name, "name": "某人", "password": FIRST_PASSWORD, "duties": duties, "resident": resident,
    });
    pc.act("add_user", user).unwrap();
}

fn waiting(town: &Town, resident: &str) -> Vec<String> {
    vec![award_of(&town.pc, resident)["award"].as_str().unwrap().to_owned()]
}

#[test]
fn who_withdraws_gets_nothing_that_was_still_under_review() {
    let town = Town::full();
    let people = town.consenting(1);
    town.pc.sign_in("zhang").unwrap();
    town.pc.record("A01", YESTERDAY, "文明劝导", &people).unwrap();
    let award = waiting(&town, &people[0]);
    town.pc.sign_in(OFFICE).unwrap();
    let request = json!({ "request_id": request_id(), "resident": people[0] });
    town.pc.act("withdraw_consent", request).unwrap();
    town.pc.sign_in("li").unwrap();
    let fault = refused(town.pc.review(&award, None), FaultCode::Conflict);
    assert!(fault.rows[0].message.contains("撤回"), "{}", fault.rows[0].message);
    town.pc.review(&award, Some("本人已撤回同意")).unwrap();
}

#[test]
fn nobody_approves_an_award_of_their_own() {
    let town = Town::full();
    let people = town.consenting(2);
    add(&town.pc, "self", &["reviewer"], &people[0]);
    town.pc.sign_in("zhang").unwrap();
    town.pc.record("A01", YESTERDAY, "文明劝导", &people[..1]).unwrap();
    let award = waiting(&town, &people[0]);
    town.pc.sign_in("self").unwrap();
    let fault = refused(town.pc.review(&award, None), FaultCode::Conflict);
    assert!(fault.rows[0].message.contains("回避"), "{}", fault.rows[0].message);
}

#[test]
fn a_person_with_two_sign_ins_is_still_one_person() {
    let town = Town::full();
    let people = town.consenting(3);
    add(&town.pc, "one", &["recorder"], &people[2]);
    add(&town.pc, "two", &["reviewer"], &people[2]);
    town.pc.sign_in("one").unwrap();
    town.pc.record("A01", YESTERDAY, "文明劝导", &people[..1]).unwrap();
    let award = waiting(&town, &people[0]);
    town.pc.sign_in("two").unwrap();
    let fault = refused(town.pc.review(&award, None), FaultCode::Conflict);
    assert!(fault.rows[0].message.contains("自己记的"), "{}", fault.rows[0].message);
    town.pc.sign_in("li").unwrap();
    let request = json!({
        "request_id": request_id(), "awards": [award[0], award[0]], "decision": "approve",
    });
    assert_eq!(town.pc.act("review_awards", request).unwrap()["decided"], 1, "one award named twice is one");
}

#[test]
fn a_household_number_that_could_be_a_name_does_not_travel() {
    let town = Town::empty();
    let csv = "户编号,姓名,公民身份号码\n张三户,曹宇,330206199206026211\na-1,李旭,330211194707135772\n";
    let report = import(&town.pc, "residents", "思源社区.csv", csv.as_bytes(), true);
    assert_eq!(report["faults"][0]["code"], "bad_household_number", "{report}");
}

#[test]
fn a_printed_statement_is_found_by_its_code() {
    let town = Town::full();
    let people = town.consenting(1);
    let paper = town.pc.act("print_statement", json!({ "resident": people[0] })).unwrap();
    let typed = paper["code"].as_str().unwrap().to_lowercase().replace('-', " ");
    let check = town.pc.ask("check_statement", json!({ "code": typed })).unwrap();
    assert_eq!((&check["issued"], &check["resident"]["id"]), (&json!(true), &json!(people[0])));
    let other = town.pc.ask("check_statement", json!({ "code": "AAAAA-AAAAA" })).unwrap();
    assert_eq!((&other["issued"], &other["resident"]), (&json!(false), &json!(null)));
}
