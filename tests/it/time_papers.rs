//! The time bank on paper: slips to sign, the passbook and its proof.

use serde_json::{Value, json};
use zhenxin_app::FaultCode;

use crate::papers::{pdf, poppler};
use crate::timebank::Bank;
use crate::town::{YESTERDAY, operations, refused};

#[test]
fn a_slip_says_what_was_agreed_and_has_the_number_that_finds_it() {
    let bank = Bank::open();
    let mut terms = bank.terms("reserve");
    terms["place"] = json!("镇卫生院门口");
    let order = bank.by("zhang", |pc| pc.act_once("post_order", terms)).unwrap()["line"].clone();
    let request = json!({ "orders": [order["order"]] });
    let in_the_log = operations(bank.pc());
    let paper = bank.by("zhang", |pc| pc.act("print_slips", request.clone())).unwrap();
    assert_eq!(operations(bank.pc()), in_the_log, "a place that was named is nobody's secret");
    let text = poppler("pdftotext", &["-"], &pdf(&paper));
    let name = order["beneficiary_name"].as_str().unwrap();
    for expected in
        [order["number"].as_str().unwrap(), name, "陪同就医", "1.20", "镇卫生院门口", "镇准备金", YESTERDAY, "09:00"]
    {
        assert!(text.contains(expected), "{expected} is not on the slip:\n{text}");
    }
    assert!(!paper["file_name"].as_str().unwrap().contains(name), "the file's name tells whose it is");
    let cancel = json!({ "step": "cancel", "reason": "不用了" });
    bank.by("zhang", |pc| pc.move_order(&order["order"], cancel)).unwrap();
    bank.by("zhang", |pc| refused(pc.act("print_slips", request.clone()), FaultCode::Conflict));
    bank.by("zhang", |pc| refused(pc.ask("preview_slips", request), FaultCode::Conflict));
}

#[test]
fn a_slip_shows_a_whole_home_only_after_the_look_is_noted() {
    const HOME: &str = "思源社区西5组127号";
    let bank = Bank::open();
    let served = &bank.people[0];
    bank.pc().act_once("change_contact", json!({ "resident": served, "phone": "", "address": HOME })).unwrap();
    let masked = bank.pc().ask("resident", json!({ "resident": served })).unwrap()["line"]["address_masked"].clone();
    let order = bank.by("zhang", |pc| pc.act_once("post_order", bank.terms("reserve"))).unwrap()["line"].clone();
    let request = json!({ "orders": [order["order"]] });
    let words =
        |paper: &Value| -> String { poppler("pdftotext", &["-raw", "-"], &pdf(paper)).split_whitespace().collect() };
    let looks = || {
        let found = bank.pc().ask("resident_queries", json!({ "resident": served })).unwrap();
        found["rows"].as_array().unwrap().clone()
    };
    let in_the_log = operations(bank.pc());
    let preview = words(&bank.by("zhang", |pc| pc.ask("preview_slips", request.clone())).unwrap());
    assert!(!preview.contains(HOME) && preview.contains(masked.as_str().unwrap()), "{preview}");
    assert_eq!((operations(bank.pc()), looks().len()), (in_the_log, 0));
    let printed = words(&bank.by("zhang", |pc| pc.act("print_slips", request.clone())).unwrap());
    assert!(printed.contains(HOME), "{printed}");
    assert_eq!(operations(bank.pc()), in_the_log + 1);
    let look = &looks()[0];
    assert_eq!((&look["fields"], &look["purpose"]), (&json!("住址"), &json!("安排上门服务")));
    assert!(look["reason"].as_str().unwrap().contains(order["number"].as_str().unwrap()), "{look}");
}

#[test]
fn a_passbook_explains_every_minute() {
    let bank = Bank::open();
    bank.earn(1, YESTERDAY);
    let gift = json!({ "giver": bank.people[1], "minutes": 44, "note": "" });
    bank.by("qian", |pc| pc.act_once("give_minutes", gift)).unwrap();
    let paper = bank.pc().act("print_passbook", json!({ "resident": bank.people[1] })).unwrap();
    let text = poppler("pdftotext", &["-layout", "-"], &pdf(&paper));
    let code = paper["code"].as_str().unwrap();
    for expected in
        ["时间存折", "陪同就医", "1.20", "2 小时 24 分", "44 分", "1 小时 40 分", "捐赠", "四舍五入", "异议", code]
    {
        assert!(text.contains(expected), "{expected} is not in the passbook:\n{text}");
    }
}

#[test]
fn a_passbook_says_whether_the_account_is_still_what_was_printed() {
    let bank = Bank::open();
    bank.earn(1, YESTERDAY);
    bank.earn(1, "2026-08-29");
    let paper = bank.pc().act("print_passbook", json!({ "resident": bank.people[1] })).unwrap();
    let check = || bank.pc().ask("check_statement", json!({ "code": paper["code"] })).unwrap();
    assert_eq!(
        (&check()["intact"], &check()["entries"], &check()["available_min"]),
        (&json!(true), &json!(2), &json!(288))
    );
    let account = bank.pc().time_account(&bank.people[1]).unwrap();
    let reverse = json!({ "order": account["entries"][0]["order"]["order"], "reason": "当天没有去" });
    bank.by("li", |pc| pc.act_once("reverse_order", reverse)).unwrap();
    // what follows leaves the printed lines as they are
    assert_eq!((&check()["intact"], &check()["entries"]), (&json!(true), &json!(2)));
    // what another PC credited a day before stands between the printed lines
    bank.town.clock.pass_days(-1);
    bank.earn(1, "2026-08-22");
    bank.town.clock.pass_days(1);
    assert_eq!((&check()["intact"], &check()["available_min"]), (&json!(false), &json!(288)));
}
