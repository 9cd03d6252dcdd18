//! Accounts hold on every PC: added, changed, locked out, closed, and what came after the closing.

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha1::Sha1;
use zhenxin_app::FaultCode;
use zhenxin_testkit::pc::{FIRST_PASSWORD, PASSWORD, Pc};

use crate::town::{OFFICE, Town, VILLAGE, YESTERDAY, refused};
use crate::two_pcs::TwoPcs;

fn user(pc: &Pc, name: &str) -> Value {
    let users = pc.ask("users", Value::Null).unwrap();
    users["users"].as_array().unwrap().iter().find(|user| user["name"] == name).unwrap().clone()
}

fn duties(pc: &Pc, name: &str, duties: &[&str]) -> Result<Value, zhenxin_app::Fault> {
    give(pc, &user(pc, name), duties)
}

/// As somebody chose who was shown the account like this.
fn give(pc: &Pc, shown: &Value, duties: &[&str]) -> Result<Value, zhenxin_app::Fault> {
    let given = json!({
        "user": shown["user"], "duties": duties, "villages": [],
        "former_duties": shown["duties"], "former_villages": shown["villages"],
    });
    pc.act("set_duties", given)
}

#[test]
fn an_account_of_the_office_signs_in_at_the_village_and_is_closed_there_too() {
    let pcs = TwoPcs::enrolled_office();
    let people = pcs.join_village();
    let (office, village) = (&pcs.office.pc, &pcs.village);
    office.add_user_of("fang", "方芳", &["recorder"], &[VILLAGE]).unwrap();
    pcs.settle_both();
    // the password that the office set is changed at the village, and then holds at the office
    village.sign_in("fang").unwrap();
    village.record("B02", YESTERDAY, "河道清洁", &people[..1]).unwrap();
    village.sign_in("chen").unwrap();
    pcs.settle_both();
    let old = office.act("sign_in", json!({ "sign_in_name": "fang", "password": FIRST_PASSWORD }));
    refused(old, FaultCode::WrongPassword);
    office.act("sign_in", json!({ "sign_in_name": "fang", "password": PASSWORD })).unwrap();
    assert_eq!(office.ask("app_state", Value::Null).unwrap()["user"]["villages"], json!([VILLAGE]));

    // closed at the office while the village has not heard of it
    office.sign_in(OFFICE).unwrap();
    let fang = user(office, "方芳");
    office.act("change_user", json!({ "user": fang["user"], "active": false })).unwrap();
    pcs.office.clock.pass_seconds(60);
    village.sign_in("fang").unwrap();
    village.record("B02", YESTERDAY, "河道巡查", &people[1..2]).unwrap();
    village.sign_in("chen").unwrap();
    pcs.settle_both();
    let fault = village.act("sign_in", json!({ "sign_in_name": "fang", "password": PASSWORD })).unwrap_err();
    assert_eq!(fault.code, FaultCode::Forbidden, "{}", fault.message);

    // what came later is put before a reviewer, on both PCs; what came before is not
    for pc in [office, village] {
        let page = json!({ "kind": "after_removal", "settled": false, "offset": 0, "limit": 10 });
        let issues = pc.ask("issues", page).unwrap();
        assert_eq!(issues["total"], 1, "{issues}");
    }
    let page = json!({ "kind": "after_removal", "settled": false, "offset": 0, "limit": 10 });
    let issue = office.ask("issues", page.clone()).unwrap()["rows"][0]["issue"].clone();
    let detail = office.ask("issue", json!({ "issue": issue })).unwrap();
    assert!(detail["contents"][0]["facts"].to_string().contains("河道巡查"), "{}", detail["contents"]);
    let seen = |pc: &Pc| {
        pc.act_once("decide_issue", json!({ "issue": issue, "decision": "seen", "reason": "签到表上有他，属实" }))
    };
    office.sign_in("qian").unwrap();
    refused(seen(office), FaultCode::Forbidden);
    office.sign_in("li").unwrap();
    seen(office).unwrap();
    office.sign_in(OFFICE).unwrap();
    pcs.settle_both();
    assert_eq!(village.ask("issues", page).unwrap()["total"], 0);
}

#[test]
fn three_officers_are_three_people() {
    let town = Town::full();
    let pc = &town.pc;
    let findings = |pc: &Pc| pc.ask("users", Value::Null).unwrap()["findings"].to_string();
    assert!(findings(pc).contains("三员尚未分开"));
    assert_eq!(pc.ask("workbench", Value::Null).unwrap()["unseparated"], true);
    for mixed in [
        vec!["administrator", "security_administrator"],
        vec!["auditor", "viewer"],
        vec!["auditor", "administrator"],
        vec!["security_administrator", "auditor"],
    ] {
        refused(duties(pc, "用户zhang", &mixed), FaultCode::Invalid);
        let new = json!({
            "sign_in_name": "mixed", "name": "某人", "password": FIRST_PASSWORD, "duties": mixed,
        });
        refused(pc.act("add_user", new), FaultCode::Invalid);
    }
    // the founder may put their own business duties down and stays founder
    duties(pc, OFFICE, &["administrator", "security_administrator", "clerk"]).unwrap();
    duties(pc, "用户li", &["auditor"]).unwrap();
    // with another security administrator the founder's duty ends in the same act
    duties(pc, "用户zhang", &["security_administrator", "recorder"]).unwrap();
    let founder = user(pc, OFFICE);
    assert_eq!(founder["duties"], json!(["clerk", "administrator"]));
    assert!(!findings(pc).contains("三员"));
    refused(duties(pc, OFFICE, &["security_administrator"]), FaultCode::Forbidden);

    // from now on the administrator makes accounts and the security administrator gives duties
    let new = |name: &str, duties: &[&str]| {
        let user = json!({ "sign_in_name": name, "name": name, "password": FIRST_PASSWORD, "duties": duties });
        pc.act("add_user", user)
    };
    refused(new("sun", &["viewer"]), FaultCode::Invalid);
    let placed = json!({
        "sign_in_name": "sun", "name": "sun", "password": FIRST_PASSWORD, "duties": [], "villages": [VILLAGE],
    });
    let fault = refused(pc.act("add_user", placed), FaultCode::Invalid);
    assert_eq!(fault.rows[0].field.as_deref(), Some("villages"));
    new("sun", &[]).unwrap();
    refused(new(" SUN ", &[]), FaultCode::Invalid);
    pc.sign_in("zhang").unwrap();
    refused(new("zhao", &[]), FaultCode::Forbidden);
    refused(duties(pc, OFFICE, &["administrator", "security_administrator"]), FaultCode::Invalid);
    // the last of each stays
    refused(duties(pc, "用户zhang", &["recorder"]), FaultCode::Conflict);
    duties(pc, "sun", &["viewer"]).unwrap();
    pc.sign_in("sun").unwrap();
    pc.ask("residents", json!({ "offset": 0, "limit": 1 })).unwrap();
}

#[test]
fn duties_chosen_from_what_stands_no_more_are_not_given() {
    let town = Town::full();
    let pc = &town.pc;
    duties(pc, "用户zhang", &["clerk", "recorder"]).unwrap();
    let shown = user(pc, "用户zhang");
    // another one takes 经办 away while the panel of the first stands open
    duties(pc, "用户zhang", &["recorder"]).unwrap();
    let fault = refused(give(pc, &shown, &["clerk", "recorder", "reviewer"]), FaultCode::Conflict);
    assert!(fault.message.contains("重新勾选"), "{}", fault.message);
    assert_eq!(user(pc, "用户zhang")["duties"], json!(["recorder"]));
    // what stands already may be said again
    give(pc, &shown, &["recorder"]).unwrap();
    let mut elsewhere = user(pc, "用户zhang");
    elsewhere["villages"] = json!([VILLAGE]);
    refused(give(pc, &elsewhere, &["viewer"]), FaultCode::Conflict);
    duties(pc, "用户zhang", &["viewer"]).unwrap();
    assert_eq!(user(pc, "用户zhang")["duties"], json!(["viewer"]));
}

#[test]
fn a_forgotten_password_is_set_anew_and_changed_by_its_owner() {
    let town = Town::full();
    let pc = &town.pc;
    pc.sign_in("zhang").unwrap();
    pc.sign_in(OFFICE).unwrap();
    let zhang = user(pc, "用户zhang")["user"].clone();
    let reset = |password: &str| pc.act("reset_password", json!({ "user": zhang, "password": password }));
    for weak in ["short-1", "zhang-at-home-1", "1234567890"] {
        refused(reset(weak), FaultCode::Invalid);
    }
    reset(FIRST_PASSWORD).unwrap();
    assert_eq!(user(pc, "用户zhang")["must_change"], true);
    refused(
        pc.act("reset_password", json!({ "user": user(pc, OFFICE)["user"], "password": FIRST_PASSWORD })),
        FaultCode::Conflict,
    );
    let old = pc.act("sign_in", json!({ "sign_in_name": "zhang", "password": PASSWORD }));
    refused(old, FaultCode::WrongPassword);
    let state = pc.act("sign_in", json!({ "sign_in_name": "zhang", "password": FIRST_PASSWORD })).unwrap();
    assert_eq!(state["user"]["password_due"], "set_by_other");
}

#[test]
fn a_password_grows_old_where_the_town_wants_it_so() {
    let town = Town::full();
    let pc = &town.pc;
    let policy = |min: u32, days: u32, idle: u32| {
        let policy = json!({ "password_min_chars": min, "rotation_days": days, "idle_lock_min": idle });
        pc.act("set_security_policy", policy)
    };
    for (min, days, idle) in [(7, 0, 15), (33, 0, 15), (10, 1_096, 15), (10, 0, 0), (10, 0, 121)] {
        refused(policy(min, days, idle), FaultCode::Invalid);
    }
    policy(12, 90, 5).unwrap();
    assert_eq!(pc.ask("app_state", Value::Null).unwrap()["idle_lock_min"], 5);
    let short = json!({ "sign_in_name": "sun", "name": "孙", "password": "eleven-2026", "duties": [] });
    assert!(refused(pc.act("add_user", short), FaultCode::Invalid).message.contains("12"));
    town.clock.pass_days(89);
    pc.ask("users", Value::Null).unwrap();
    town.clock.pass_days(1);
    refused(pc.ask("users", Value::Null), FaultCode::PasswordDue);
    assert_eq!(pc.ask("app_state", Value::Null).unwrap()["user"]["password_due"], "old");
    pc.act("change_password", json!({ "old_password": PASSWORD, "new_password": "jiulonghu-2027" })).unwrap();
    pc.ask("users", Value::Null).unwrap();
}

#[test]
fn a_dangerous_act_asks_for_the_password_again_after_five_minutes() {
    let town = Town::full();
    let app = town.pc.app();
    let policy = || {
        let policy = json!({ "password_min_chars": 10, "rotation_days": 0, "idle_lock_min": 15 });
        app.call(zhenxin_app::Kind::Act, "set_security_policy", policy)
    };
    let prove = |password: &str| {
        app.call(zhenxin_app::Kind::Act, "reauthenticate", json!({ "password": password })).map(|_| ())
    };
    policy().unwrap();
    town.clock.pass_seconds(5 * 60);
    policy().unwrap();
    town.clock.pass_seconds(1);
    assert_eq!(policy().unwrap_err().code, FaultCode::Reauthenticate);
    assert_eq!(prove("not-the-password").unwrap_err().code, FaultCode::WrongPassword);
    assert_eq!(policy().unwrap_err().code, FaultCode::Reauthenticate);
    prove(PASSWORD).unwrap();
    policy().unwrap();
    // a clock that was set back proves nothing
    town.clock.pass_seconds(-60);
    assert_eq!(policy().unwrap_err().code, FaultCode::Reauthenticate);
}

/// The code of a secret now (RFC 6238), as the user's telephone shows it.
fn code(secret: &str, now_ms: i64) -> String {
    let key = BASE32_NOPAD.decode(secret.replace(' ', "").as_bytes()).unwrap();
    let mut mac = Hmac::<Sha1>::new_from_slice(&key).unwrap();
    mac.update(&(now_ms / 30_000).to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let at = usize::from(hash[19] & 15);
    let number = u32::from_be_bytes(hash[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

#[test]
fn a_second_factor_is_asked_for_and_its_code_serves_once() {
    use zhenxin_app::Clock;
    let town = Town::full();
    let pc = &town.pc;
    let now = || town.clock.now_ms();
    refused(pc.act("confirm_second_factor", json!({ "code": "000000" })), FaultCode::Conflict);
    let secret = pc.act("begin_second_factor", Value::Null).unwrap()["secret"].as_str().unwrap().to_owned();
    let own = pc.act("confirm_second_factor", json!({ "code": code(&secret, now()) })).unwrap();
    assert_eq!(own["second_factor"], true);
    let sign_in =
        |code: Option<&str>| pc.act("sign_in", json!({ "sign_in_name": OFFICE, "password": PASSWORD, "code": code }));
    assert_eq!(sign_in(None).unwrap_err().code, FaultCode::SecondFactor);
    // the code of the set-up was taken; the next one comes in half a minute
    refused(sign_in(Some(&code(&secret, now()))), FaultCode::WrongPassword);
    town.clock.pass_seconds(30);
    let fresh = code(&secret, now());
    sign_in(Some(&fresh)).unwrap();
    refused(sign_in(Some(&fresh)), FaultCode::WrongPassword);
    refused(sign_in(Some("12 34 56")), FaultCode::WrongPassword);
    // it is asked for on another PC's program as well, and to prove oneself again
    let again = Pc::open(pc.dir(), town.clock.clone()).unwrap();
    let there = again.act("sign_in", json!({ "sign_in_name": OFFICE, "password": PASSWORD }));
    assert_eq!(there.unwrap_err().code, FaultCode::SecondFactor);
    // a program that was started anew knows which code was taken
    let replayed = json!({ "sign_in_name": OFFICE, "password": PASSWORD, "code": fresh });
    refused(again.act("sign_in", replayed), FaultCode::WrongPassword);
    town.clock.pass_seconds(6 * 60);
    let prove = |code: &str| {
        pc.app().call(zhenxin_app::Kind::Act, "reauthenticate", json!({ "password": PASSWORD, "code": code }))
    };
    prove(&code(&secret, now())).unwrap();
    pc.act("remove_second_factor", Value::Null).unwrap();
    sign_in(None).unwrap();
}
