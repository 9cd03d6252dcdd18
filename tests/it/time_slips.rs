//! Piles of returned slips, the yearly cap, overlaps, versions of a service type.

use serde_json::{Value, json};
use zhenxin_app::FaultCode;

use crate::timebank::Bank;
use crate::town::{TODAY, YESTERDAY, operations, refused};

/// Minutes of one 12-hour service at 3.00, and how many of them a year of 1,500 hours takes.
const LONGEST_MIN: u64 = 2_160;
const LONGEST_IN_A_YEAR: u64 = 41;

#[test]
fn one_faulty_slip_and_nothing_is_written_unless_the_rest_is_wanted() {
    let bank = Bank::open();
    let with = |changes: Value| {
        let mut slip = bank.slip(1, YESTERDAY);
        for (field, value) in changes.as_object().unwrap() {
            slip[field] = value.clone();
        }
        slip
    };
    let rows = [
        (bank.slip(1, YESTERDAY), ""),
        (with(json!({ "signed_in": "10:59", "signed_out": "12:00" })), "前面的行重叠"),
        (with(json!({ "volunteer": bank.people[0] })), "同一个人"),
        (with(json!({ "volunteer": bank.people[2], "signed_in": "11:00", "signed_out": "09:00" })), "晚于签到"),
        (with(json!({ "volunteer": bank.people[2], "signed_in": "06:00", "signed_out": "18:01" })), "12 小时"),
        (with(json!({ "volunteer": bank.people[2], "day": "2026-09-02" })), "还没到"),
        (with(json!({ "volunteer": bank.people[2], "day": TODAY, "signed_out": "10:01" })), "还没到"),
        (with(json!({ "volunteer": bank.people[2], "payer": null })), "由谁支付"),
        (with(json!({ "volunteer": bank.people[2], "payer": "own" })), "不够"),
        (with(json!({ "volunteer": null })), "志愿者"),
        (with(json!({ "volunteer": bank.people[2], "signed_in": "9点" })), "09:05"),
        (with(json!({ "volunteer": bank.people[2], "day": "2025-12-31" })), "没有生效"),
        (
            json!({
                "order": "0190a000-0000-7000-8000-000000000000", "signed_in": "09:00", "signed_out": "10:00",
                "volunteer_signed": true, "beneficiary_signed": true,
            }),
            "没有这张服务单",
        ),
        (with(json!({ "volunteer": bank.people[3], "beneficiary_signed": false })), ""),
    ];
    let slips: Vec<Value> = rows.iter().map(|(slip, _)| slip.clone()).collect();
    let in_the_log = operations(bank.pc());
    let fault = bank.by("zhang", |pc| refused(pc.enter_slips(&slips), FaultCode::Invalid));
    assert_eq!(operations(bank.pc()), in_the_log, "a faulty pile was written");
    let faulty: Vec<(usize, &str)> =
        rows.iter().enumerate().filter(|(_, row)| !row.1.is_empty()).map(|(index, row)| (index + 1, row.1)).collect();
    assert_eq!(fault.rows.len(), faulty.len());
    for (told, (row, said)) in fault.rows.iter().zip(&faulty) {
        assert_eq!(told.row, u32::try_from(*row).ok());
        assert!(told.message.contains(said), "row {row}: {}", told.message);
    }
    let rest = json!({ "rows": slips, "skip_faulty": true });
    let entered = bank.by("zhang", |pc| pc.act_once("enter_slips", rest)).unwrap();
    assert_eq!((&entered["entered"], &entered["confirmed"]), (&json!(2), &json!(1)));
    assert_eq!(entered["left_out"].as_array().unwrap().len(), faulty.len());

    // the missing signature comes later, on the same slip
    let orders = bank.pc().ask("orders", json!({ "state": "signed_out", "offset": 0, "limit": 10 })).unwrap();
    let line = &orders["rows"][0];
    let mut late = json!({
        "order": line["order"], "signed_in": "09:00", "signed_out": "11:30", "volunteer_signed": true,
        "beneficiary_signed": true,
    });
    let enter = |slip: &Value| bank.by("zhang", |pc| pc.enter_slips(std::slice::from_ref(slip)));
    assert!(refused(enter(&late), FaultCode::Invalid).rows[0].message.contains("不同"));
    late["signed_out"] = json!("11:00");
    assert_eq!(enter(&late).unwrap()["confirmed"], 1);
    assert!(refused(enter(&late), FaultCode::Invalid).rows[0].message.contains("待入账"));
    bank.balanced();
}

#[test]
fn nobody_serves_in_two_places_at_once() {
    let bank = Bank::open();
    let first = bank.by("zhang", |pc| pc.enter_slips(&[bank.slip(1, YESTERDAY)])).unwrap();
    assert_eq!(first["entered"], 1);
    let number = bank.pc().ask("orders", json!({ "offset": 0, "limit": 1 })).unwrap()["rows"][0]["number"].clone();
    let fault = bank.by("zhang", |pc| refused(pc.enter_slips(&[bank.slip(1, YESTERDAY)]), FaultCode::Invalid));
    assert!(fault.rows[0].message.contains(number.as_str().unwrap()), "{:?}", fault.rows);
    let mut planned = bank.terms("reserve");
    planned["start"] = json!("10:59");
    planned["volunteer"] = json!(bank.people[1]);
    let post = |terms: &Value| bank.by("zhang", |pc| pc.act_once("post_order", terms.clone()));
    assert!(refused(post(&planned), FaultCode::Invalid).message.contains("重叠"));
    // one ends when the next begins
    planned["start"] = json!("11:00");
    let order = post(&planned).unwrap()["line"]["order"].clone();
    let go = |step: Value| bank.by("zhang", |pc| pc.move_order(&order, step));
    go(json!({ "step": "sign_in", "at": "10:30" })).unwrap();
    refused(go(json!({ "step": "sign_out", "at": "12:00" })), FaultCode::Invalid);
    // a cancelled order takes no time
    go(json!({ "step": "cancel", "reason": "重复开单" })).unwrap();
    planned["start"] = json!("11:30");
    post(&planned).unwrap();
}

#[test]
fn a_year_credits_fifteen_hundred_hours_and_not_a_minute_more() {
    let bank = Bank::open();
    let long = bank.pc().service_type("F02", "夜间陪护", 300, "2026-01-01").unwrap();
    let slips: Vec<Value> = (0..=LONGEST_IN_A_YEAR)
        .map(|number| {
            let mut slip = bank.slip(1, &format!("2026-{:02}-{:02}", 1 + number / 20, 1 + number % 20));
            slip["service_type"] = json!(long);
            slip["signed_in"] = json!("06:00");
            slip["signed_out"] = json!("18:00");
            slip
        })
        .collect();
    bank.by("zhang", |pc| pc.enter_slips(&slips)).unwrap();
    let queue = bank.by("li", |pc| pc.ask("credit_queue", Value::Null)).unwrap();
    let rows = queue["rows"].as_array().unwrap();
    let last = rows.last().unwrap();
    assert_eq!(last["cap_left_min"], 90_000 - LONGEST_IN_A_YEAR * LONGEST_MIN);
    assert!(last["blocked"].as_str().unwrap().contains("年度上限"), "{last}");
    // the rows of one act count for each other
    let all: Vec<Value> = rows.iter().map(|row| row["line"]["order"].clone()).collect();
    let fault = bank.by("li", |pc| refused(pc.credit(&all), FaultCode::Conflict));
    assert_eq!((fault.rows.len(), bank.available(1)), (1, 0));
    bank.credit_all();
    assert_eq!(bank.available(1), i64::try_from(LONGEST_IN_A_YEAR * LONGEST_MIN).unwrap());
    // what is over the cap stays confirmed; taking one back makes room
    let over = last["line"]["order"].clone();
    bank.by("li", |pc| refused(pc.credit(std::slice::from_ref(&over)), FaultCode::Conflict));
    assert_eq!(bank.pc().ask("order", json!({ "order": over })).unwrap()["line"]["state"], "confirmed");
    let reverse = json!({ "order": all[0], "reason": "登记错了日期" });
    bank.by("li", |pc| pc.act_once("reverse_order", reverse)).unwrap();
    bank.by("li", |pc| pc.credit(&[over])).unwrap();
    bank.balanced();
}

#[test]
fn the_coefficient_is_the_one_of_the_day_of_service() {
    let bank = Bank::open();
    let next = |from: &str| {
        json!({
            "service_type": bank.service, "code": "F01", "name": "陪同就医", "coefficient_percent": 200,
            "in_force_from": from,
        })
    };
    refused(bank.pc().act_once("set_service_type", next(YESTERDAY)), FaultCode::Invalid);
    let types = bank.pc().act_once("set_service_type", next(TODAY)).unwrap();
    let versions: Vec<&Value> = types["types"].as_array().unwrap().iter().map(|line| &line["in_force"]).collect();
    assert_eq!(versions, [&json!(true), &json!(false)]);
    let taken = json!({ "code": "F01", "name": "别的", "coefficient_percent": 100, "in_force_from": TODAY });
    refused(bank.pc().act_once("set_service_type", taken), FaultCode::Invalid);
    let mut today = bank.slip(2, TODAY);
    today["signed_out"] = json!("10:00");
    bank.by("zhang", |pc| pc.enter_slips(&[bank.slip(1, YESTERDAY), today])).unwrap();
    bank.credit_all();
    assert_eq!((bank.available(1), bank.available(2)), (144, 120));
}
