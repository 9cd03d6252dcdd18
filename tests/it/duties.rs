//! Who may do what: sign-in, duties, maker and checker, recusal, lockout, consent.

use serde_json::{Value, json};
use zhenxin_app::FaultCode;
use zhenxin_testkit::pc::{FIRST_PASSWORD, Pc, request_id};

use crate::requests::{Access, LEAST, commands};
use crate::town::{OFFICE, Town, VILLAGE, YESTERDAY, award_of, refused};

/// Wrong passwords after which an account is locked, and for how long.
const WRONG_PASSWORDS: usize = 5;
const LOCKED_SECONDS: i64 = 60;

#[test]
fn without_sign_in_only_the_open_commands_answer() {
    let town = Town::full();
    town.pc.act("sign_out", Value::Null).unwrap();
    let mut closed = 0;
    for command in commands() {
        if command.access != Access::Open {
            refused(command.call(&town.pc, command.request(&LEAST)), FaultCode::SignedOut);
            closed += 1;
        }
    }
    assert!(closed > 25, "{closed}");
    let state = town.pc.ask("app_state", Value::Null).unwrap();
    assert_eq!((&state["phase"], &state["user"], &state["town"]), (&json!("signed_out"), &Value::Null, &Value::Null));
    town.pc.ask("divisions", Value::Null).unwrap();
}

#[test]
fn a_duty_that_was_taken_away_is_gone_at_once_and_a_closed_account_is_out() {
    let town = Town::full();
    let users = town.pc.ask("users", Value::Null).unwrap();
    let zhang = users["users"].as_array().unwrap().iter().find(|user| user["name"] == "用户zhang").unwrap();
    let other_program = &town.pc;
    other_program.sign_in("zhang").unwrap();
    other_program.ask("my_records", json!({})).unwrap();
    let change = |duties: Value, active: bool| {
        town.pc.sign_in(OFFICE).unwrap();
        let users = town.pc.ask("users", Value::Null).unwrap();
        let now = users["users"].as_array().unwrap().iter().find(|user| user["user"] == zhang["user"]).unwrap();
        let duties = json!({
            "user": zhang["user"], "duties": duties, "villages": [],
            "former_duties": now["duties"], "former_villages": now["villages"],
        });
        town.pc.act("set_duties", duties).unwrap();
        town.pc.act("change_user", json!({ "user": zhang["user"], "active": active })).unwrap();
    };
    change(json!(["clerk"]), true);
    town.pc.sign_in("zhang").unwrap();
    refused(town.pc.ask("my_records", json!({})), FaultCode::Forbidden);
    change(json!(["clerk"]), false);
    let fault = town.pc.sign_in("zhang").unwrap_err();
    assert_eq!(fault.code, FaultCode::Forbidden);
}

#[test]
fn nobody_reviews_what_they_recorded() {
    let town = Town::full();
    let people = town.consenting(2);
    town.pc.add_user("liang", "两职", &["recorder", "reviewer"]).unwrap();
    town.pc.sign_in("liang").unwrap();
    assert_eq!(town.pc.record("A01", YESTERDAY, "文明劝导", &people).unwrap()["recorded"], 2);
    let awards: Vec<String> =
        people.iter().map(|id| award_of(&town.pc, id)["award"].as_str().unwrap().to_owned()).collect();

    let queue = town.pc.ask("review_queue", Value::Null).unwrap();
    let rows = queue["groups"][0]["rows"].as_array().unwrap();
    assert!(rows.len() == 2 && rows.iter().all(|row| !row["recusal"].is_null()));
    assert_eq!(town.pc.ask("workbench", Value::Null).unwrap()["awaiting_review"], 0);
    assert_eq!(refused(town.pc.review(&awards, None), FaultCode::Conflict).rows.len(), 2);
    refused(town.pc.review(&awards, Some("试一试")), FaultCode::Conflict);
    assert_eq!(award_of(&town.pc, &people[0])["state"], "submitted");

    town.pc.sign_in("li").unwrap();
    assert_eq!(town.pc.ask("workbench", Value::Null).unwrap()["awaiting_review"], 2);
    assert_eq!(town.pc.review(&awards, None).unwrap()["decided"], 2);
    assert_eq!(award_of(&town.pc, &people[0])["state"], "effective");
    // what was decided is not decided again
    refused(town.pc.review(&awards, None), FaultCode::Conflict);
}

#[test]
fn nobody_reviews_or_reverses_for_their_own_household() {
    let town = Town::full();
    let rows = town.pc.residents(VILLAGE).unwrap();
    let adult = |row: &&Value| row["age"].as_u64().unwrap() >= 18;
    let pair = rows.iter().filter(adult).find_map(|one| {
        let same = |other: &&Value| other["household_number"] == one["household_number"] && other["id"] != one["id"];
        Some((one["id"].clone(), rows.iter().filter(adult).find(same)?["id"].as_str()?.to_owned()))
    });
    let (reviewer, member) = pair.unwrap();
    let people = vec![member.clone()];
    town.pc.consent(&people, "2026-08-01").unwrap();
    let user = json!({
        "sign_in_name": "jia", "name": "本户人", "password": FIRST_PASSWORD, "duties": ["reviewer"], "resident": reviewer,
    });
    town.pc.act("add_user", user).unwrap();
    town.pc.sign_in("zhang").unwrap();
    town.pc.record("A01", YESTERDAY, "文明劝导", &people).unwrap();
    let award = vec![award_of(&town.pc, &member)["award"].as_str().unwrap().to_owned()];

    town.pc.sign_in("jia").unwrap();
    let queue = town.pc.ask("review_queue", Value::Null).unwrap();
    assert!(!queue["groups"][0]["rows"][0]["recusal"].is_null());
    refused(town.pc.review(&award, None), FaultCode::Conflict);
    refused(town.pc.review(&award, Some("试一试")), FaultCode::Conflict);
    town.pc.sign_in("li").unwrap();
    town.pc.review(&award, None).unwrap();
    let reverse = |pc: &Pc| {
        pc.act("reverse_award", json!({ "request_id": request_id(), "award": award[0], "reason": "重复登记" }))
    };
    town.pc.sign_in("jia").unwrap();
    refused(reverse(&town.pc), FaultCode::Conflict);
    assert_eq!(award_of(&town.pc, &member)["state"], "effective");
    town.pc.sign_in("li").unwrap();
    let page = reverse(&town.pc).unwrap();
    assert_eq!(
        (&page["entries"][0]["state"], &page["accounts"][0]["effective_points"]),
        (&json!("reversed"), &json!(0))
    );
    // at most once
    refused(reverse(&town.pc), FaultCode::Conflict);
}

#[test]
fn five_wrong_passwords_lock_an_account_for_a_minute_and_one_more_for_two() {
    let town = Town::full();
    town.pc.sign_in("zhang").unwrap();
    town.pc.act("sign_out", Value::Null).unwrap();
    let wrong = || town.pc.act("sign_in", json!({ "sign_in_name": "zhang", "password": "not-the-password" }));
    for attempt in 1..=WRONG_PASSWORDS {
        let fault = wrong().unwrap_err();
        let locked = attempt == WRONG_PASSWORDS && fault.code == FaultCode::Locked;
        assert!(fault.code == FaultCode::WrongPassword || locked, "{attempt}: {}", fault.message);
    }
    let right = || town.pc.sign_in("zhang");
    assert_eq!(right().unwrap_err().code, FaultCode::Locked);
    // the lock holds after the program was started anew, and is nobody else's
    let again = Pc::open(town.pc.dir(), town.clock.clone()).unwrap();
    assert_eq!(again.sign_in("zhang").unwrap_err().code, FaultCode::Locked);
    again.sign_in("li").unwrap();
    town.clock.pass_seconds(LOCKED_SECONDS - 1);
    assert_eq!(right().unwrap_err().code, FaultCode::Locked);
    town.clock.pass_seconds(1);
    assert_eq!(wrong().unwrap_err().code, FaultCode::Locked);
    town.clock.pass_seconds(2 * LOCKED_SECONDS - 1);
    assert_eq!(right().unwrap_err().code, FaultCode::Locked);
    town.clock.pass_seconds(1);
    right().unwrap();
    // a right password forgets the wrong ones
    assert_eq!(wrong().unwrap_err().code, FaultCode::WrongPassword);
    right().unwrap();
}

#[test]
fn the_recovery_key_opens_what_a_lost_password_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let clock = crate::town::clock();
    let key = Pc::found(folder.path(), clock.clone(), OFFICE, "综合办").unwrap().recovery_key().to_owned();
    let pc = Pc::open(folder.path(), clock).unwrap();
    let recover = |key: &str| {
        pc.act("recover", json!({ "recovery_key": key, "sign_in_name": OFFICE, "new_password": "another-one-9" }))
    };
    let mut wrong: Vec<char> = key.chars().collect();
    wrong[0] = if wrong[0] == 'A' { 'B' } else { 'A' };
    let fault = recover(&wrong.into_iter().collect::<String>()).map(|_| ()).unwrap_err();
    assert!(matches!(fault.code, FaultCode::WrongPassword | FaultCode::Invalid), "{}", fault.message);
    assert_eq!(recover(&key).unwrap()["phase"], "ready");
    assert_eq!(pc.sign_in(OFFICE).unwrap_err().code, FaultCode::WrongPassword);
    pc.act("sign_in", json!({ "sign_in_name": OFFICE, "password": "another-one-9" })).unwrap();
}

#[test]
fn no_award_without_consent_on_that_day() {
    let town = Town::full();
    let person = town.residents(1, |row| row["age"].as_u64().unwrap() >= 18);
    let record = |day: &str, activity: &str| {
        town.pc.sign_in("zhang").unwrap();
        let request = json!({
            "request_id": request_id(), "rule_version": town.pc.rule("A01").unwrap(), "occurred_on": day,
            "activity": activity, "rows": [{ "resident": person[0] }],
        });
        let reply = town.pc.act("record_points", request);
        town.pc.sign_in(OFFICE).unwrap();
        reply
    };
    let fault = refused(record(YESTERDAY, "没有同意"), FaultCode::Invalid);
    assert_eq!((fault.rows.len(), fault.rows[0].row), (1, Some(1)));
    // from the day of the consent, not before it
    town.pc.consent(&person, "2026-08-20").unwrap();
    refused(record("2026-08-19", "同意以前"), FaultCode::Invalid);
    assert_eq!(record("2026-08-20", "同意当天").unwrap()["recorded"], 1);
    assert_eq!(record(YESTERDAY, "同意以后").unwrap()["recorded"], 1);

    let page = town.pc.act("withdraw_consent", json!({ "request_id": request_id(), "resident": person[0] })).unwrap();
    assert_eq!(page["consents"][0]["withdrawn_on"], "2026-09-01");
    assert!(!page["blocked"].is_null());
    refused(record("2026-09-01", "撤回以后"), FaultCode::Invalid);
    // and who withdraws gets nothing that was still under review on a later day
    town.clock.pass_days(1);
    refused(record("2026-09-01", "撤回以后第二天"), FaultCode::Invalid);
    // a new consent begins anew
    town.pc.consent(&person, "2026-09-02").unwrap();
    assert_eq!(record("2026-09-02", "重新同意").unwrap()["recorded"], 1);
}

#[test]
fn under_fourteen_the_guardian_consents() {
    let town = Town::full();
    let child = town.residents(1, |row| row["age"].as_u64().unwrap() < 14);
    let consent = |guardian: Value| {
        let request = json!({
            "request_id": request_id(), "residents": child, "version": "2026-1", "given_on": "2026-08-01",
            "channel": "paper", "guardian": guardian,
        });
        town.pc.act("give_consent", request)
    };
    assert_eq!(refused(consent(Value::Null), FaultCode::Invalid).rows.len(), 1);
    refused(consent(json!("  ")), FaultCode::Invalid);
    assert_eq!(consent(json!("监护人甲")).unwrap()["given"], 1);
    let page = town.pc.ask("resident", json!({ "resident": child[0] })).unwrap();
    assert_eq!((&page["needs_guardian"], &page["consents"][0]["given_by"]), (&json!(true), &json!("监护人")));
}
