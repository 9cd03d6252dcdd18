//! The time bank on paper: slips to sign, the passbook and its proof.

use serde_json::json;
use zhenxin_app::FaultCode;

use crate::papers::{pdf, poppler};
use crate::timebank::Bank;
use crate::town::{YESTERDAY, refused};

#[test]
fn a_slip_says_what_was_agreed_and_has_the_number_that_finds_it() {
    let bank = Bank::open();
    let mut terms = bank.terms("reserve");
    terms["place"] = json!("镇卫生院门口");
    let order = bank.by("zhang", |pc| pc.act_once("post_order", terms)).unwrap()["line"].clone();
    let request = json!({ "orders": [order["order"]] });
    let paper = bank.by("zhang", |pc| pc.ask("service_slips", request.clone())).unwrap();
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
    bank.by("zhang", |pc| refused(pc.ask("service_slips", request), FaultCode::Conflict));
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
