//! Backups through the command list: made, rehearsed, restored; a damaged file; a new PC; a district that gives back.

use std::fs;

use serde_json::{Value, json};
use zhenxin_app::FaultCode;
use zhenxin_testkit::pc::{PASSWORD, Pc};

use crate::sync_stage::{Site, all_equal, complete, knows, settle};
use crate::town::{OFFICE, Town, YESTERDAY, clock};

fn newest(pc: &Pc) -> Value {
    let backups = pc.ask("backups", json!({})).unwrap();
    let line = &backups["shelves"][0]["backups"][0];
    json!({ "place": line["place"], "backup": line["backup"] })
}

fn words(backups: &Value) -> String {
    let findings = backups["findings"].as_array().unwrap().iter();
    findings.map(|finding| finding["words"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
}

/// A town with points for people.
fn busy() -> Town {
    let town = Town::full();
    let people = town.consenting(8);
    town.pc.record("A01", YESTERDAY, "清洁家园", &people).unwrap();
    town
}

fn digest(pc: &Pc) -> Value {
    let proof = pc.verify().unwrap();
    assert_eq!(proof["ok"], true, "{proof}");
    proof["digest"].clone()
}

#[test]
fn findings_say_how_old_the_last_backup_is_and_what_to_do() {
    let town = busy();
    let before = town.pc.ask("backups", json!({})).unwrap();
    assert!(words(&before).contains("还没有备份"), "{before}");
    assert!(words(&before).contains("备份只在这台电脑里"));
    let made = town.pc.act("back_up", json!({})).unwrap();
    assert!(words(&made).contains("上次备份是今天"), "{made}");
    assert_eq!(made["shelves"][0]["backups"][0]["residents"], 2_495);
    let reference = newest(&town.pc);
    let rehearsed = town.pc.act("rehearse_backup", reference).unwrap();
    assert_eq!((&rehearsed["sound"], &rehearsed["ledger_sum"]), (&json!(true), &json!(0)), "{rehearsed}");
    assert_eq!(rehearsed["residents"], 2_495);
    town.clock.pass_days(9);
    let later = town.pc.ask("backups", json!({})).unwrap();
    assert!(words(&later).contains("上次备份 9 天前"), "{later}");
    assert_eq!(later["findings"][0]["tone"], "fault");
    let bench = town.pc.ask("workbench", json!({})).unwrap();
    assert!(bench["safety"].as_array().unwrap().iter().any(|finding| finding["words"] == "上次备份 9 天前。"));
    town.pc.sign_in("zhang").unwrap();
    let bench = town.pc.ask("workbench", json!({})).unwrap();
    assert_eq!(bench["safety"], json!([]), "a recorder cannot see to it");
    assert_eq!(town.pc.ask("backups", json!({})).unwrap_err().code, FaultCode::Forbidden);
}

#[test]
fn a_restore_in_two_steps_keeps_what_was_recorded_since() {
    let town = busy();
    town.pc.act("back_up", json!({})).unwrap();
    let reference = newest(&town.pc);
    let people = town.residents(3, |row| row["age"].as_u64().unwrap() >= 18);
    town.pc.record("A01", YESTERDAY, "夜间巡逻", &people).unwrap();
    let before = digest(&town.pc);
    let plan = town.pc.ask("restore_check", reference.clone()).unwrap();
    assert_eq!(plan["newer"], plan["carried"], "{plan}");
    assert!(plan["carried"].as_u64().unwrap() > 0 && plan["enrolled"] == false);
    assert_eq!(digest(&town.pc), before, "the first step changes nothing");
    let done = town.pc.act("restore_backup", reference).unwrap();
    assert_eq!(done["state"]["phase"], "signed_out");
    assert_eq!(done["carried"], plan["carried"]);
    assert!(town.pc.dir().join(done["moved_to"].as_str().unwrap()).exists());
    assert_eq!(town.pc.ask("workbench", json!({})).unwrap_err().code, FaultCode::SignedOut);
    town.pc.sign_in(OFFICE).unwrap();
    assert_eq!(digest(&town.pc), before);
    // and work goes on
    town.pc.record("A01", YESTERDAY, "看望老人", &people).unwrap();
    digest(&town.pc);
}

#[test]
fn a_damaged_file_is_never_a_silent_empty_one() {
    let town = busy();
    let dir = town.pc.dir().to_owned();
    town.pc.act("back_up", json!({})).unwrap();
    let before = digest(&town.pc);
    town.pc.act("sign_out", json!({})).unwrap();
    // the file as it lies on the disk after the program's end, with a bit that flipped
    let mut damaged = fs::read(dir.join("town.db")).unwrap();
    damaged[20] ^= 0x40;
    let elsewhere = tempfile::tempdir().unwrap();
    for name in ["key.json", "backup"] {
        copy(&dir.join(name), &elsewhere.path().join(name));
    }
    fs::write(elsewhere.path().join("town.db"), &damaged).unwrap();
    let again = Pc::open(elsewhere.path(), clock()).unwrap();
    let refused = again.sign_in(OFFICE).unwrap_err();
    assert_eq!(refused.code, FaultCode::Store);
    assert!(refused.message.contains("没有删除"), "{}", refused.message);
    let state = again.ask("app_state", json!({})).unwrap();
    assert_eq!(state["phase"], "damaged");
    let moved_to = state["damage"]["moved_to"].as_str().unwrap();
    assert_eq!(fs::read(elsewhere.path().join(moved_to)).unwrap(), damaged);
    assert_eq!(state["damage"]["backups"].as_array().unwrap().len(), 1);
    assert_eq!(again.act("create_town", town_request()).unwrap_err().code, FaultCode::Conflict);
    // where the keyring holds the key it is asked only for somebody who gives a password
    let key_file = fs::read_to_string(elsewhere.path().join("key.json")).unwrap();
    let by_keyring =
        key_file.replacen(r#""keyring": null"#, r#""keyring": { "service": "none", "account": "none" }"#, 1);
    assert_ne!(by_keyring, key_file);
    fs::write(elsewhere.path().join("key.json"), by_keyring).unwrap();
    let unproven = again.act("restore_damaged", json!({})).unwrap_err();
    assert_eq!(unproven.rows[0].field.as_deref(), Some("password"), "{unproven:?}");
    fs::write(elsewhere.path().join("key.json"), key_file).unwrap();
    let wrong = json!({ "sign_in_name": OFFICE, "password": "wrong password 1" });
    assert_eq!(again.act("restore_damaged", wrong).unwrap_err().code, FaultCode::WrongPassword);
    let right = json!({ "sign_in_name": OFFICE, "password": PASSWORD });
    let done = again.act("restore_damaged", right).unwrap();
    assert_eq!((&done["state"]["phase"], &done["passed_over"]), (&json!("signed_out"), &json!(0)));
    again.sign_in(OFFICE).unwrap();
    assert_eq!(digest(&again), before);
    // a town that opens is restored by somebody who is signed in
    assert_eq!(again.act("restore_damaged", json!({})).unwrap_err().code, FaultCode::Conflict);
    assert_eq!(again.ask("look_for_backups", json!({})).unwrap_err().code, FaultCode::Conflict);
}

fn town_request() -> Value {
    json!({ "town": "330211101", "sign_in_name": "x", "password": PASSWORD })
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        fs::copy(from, to).unwrap();
    }
}

#[test]
fn the_newest_good_backup_is_taken_and_worse_ones_are_passed_over() {
    let town = busy();
    town.pc.act("back_up", json!({})).unwrap();
    let before = digest(&town.pc);
    town.clock.pass_days(1);
    town.pc.act("back_up", json!({})).unwrap();
    let last = newest(&town.pc)["backup"].as_str().unwrap().to_owned();
    let elsewhere = tempfile::tempdir().unwrap();
    for name in ["key.json", "backup"] {
        copy(&town.pc.dir().join(name), &elsewhere.path().join(name));
    }
    let path = elsewhere.path().join("backup").join(&last);
    fs::write(&path, &fs::read(&path).unwrap()[..5_000]).unwrap();
    let again = Pc::open(elsewhere.path(), clock()).unwrap();
    let state = again.ask("app_state", json!({})).unwrap();
    assert_eq!((&state["phase"], &state["damage"]["moved_to"]), (&json!("damaged"), &Value::Null));
    let done = again.act("restore_damaged", json!({ "sign_in_name": OFFICE, "password": PASSWORD })).unwrap();
    assert_eq!(done["passed_over"], 1, "{done}");
    again.sign_in(OFFICE).unwrap();
    assert_eq!(digest(&again), before);
}

#[test]
fn a_new_pc_comes_back_from_a_stick_with_the_recovery_key() {
    let (folder, stick, fresh) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let pc = Pc::found(folder.path(), clock(), OFFICE, "综合办 1 号机").unwrap();
    let set = pc.act("set_second_place", json!({ "folder": stick.path() })).unwrap();
    assert_eq!(set["shelves"][1]["backups"].as_array().unwrap().len(), 1, "{set}");
    let inside = pc.act("set_second_place", json!({ "folder": folder.path() })).unwrap_err();
    assert_eq!(inside.rows[0].field.as_deref(), Some("folder"));
    let before = digest(&pc);
    let new = Pc::open(fresh.path(), clock()).unwrap();
    let found = new.ask("look_for_backups", json!({ "folder": stick.path() })).unwrap();
    assert_eq!(found["backups"].as_array().unwrap().len(), 1);
    let ask = |key: &str| json!({ "folder": stick.path(), "recovery_key": key });
    let refused = new.act("restore_damaged", ask("")).unwrap_err();
    assert_eq!(refused.rows[0].field.as_deref(), Some("recovery_key"));
    let done = new.act("restore_damaged", ask(pc.recovery_key())).unwrap();
    assert_eq!(done["state"]["phase"], "signed_out");
    new.sign_in(OFFICE).unwrap();
    assert_eq!(digest(&new), before);
    drop(new);
    // the password opens the file from now on
    let again = Pc::open(fresh.path(), clock()).unwrap();
    again.sign_in(OFFICE).unwrap();
    assert_eq!(digest(&again), before);
}

#[test]
fn a_new_recovery_key_takes_the_place_of_the_former_one() {
    let folder = tempfile::tempdir().unwrap();
    let pc = Pc::found(folder.path(), clock(), OFFICE, "综合办 1 号机").unwrap();
    let made = pc.act("new_recovery_key", json!({})).unwrap();
    assert_eq!(made["state"]["recovery_unconfirmed"], true);
    let fresh = made["recovery_key"].as_str().unwrap().to_owned();
    let last = fresh.rsplit('-').next().unwrap();
    pc.act("confirm_recovery_key", json!({ "last_group": last })).unwrap();
    let former = pc.recovery_key().to_owned();
    drop(pc);
    let again = Pc::open(folder.path(), clock()).unwrap();
    let recover = |key: &str| {
        let request = json!({ "recovery_key": key, "sign_in_name": OFFICE, "new_password": "新的密码-2027-山茶" });
        again.act("recover", request)
    };
    assert_eq!(recover(&former).unwrap_err().code, FaultCode::WrongPassword);
    assert!(recover(&fresh).is_ok());
}

#[test]
fn a_key_file_that_is_lost_comes_back_from_beside_the_backups() {
    let folder = tempfile::tempdir().unwrap();
    let pc = Pc::found(folder.path(), clock(), OFFICE, "综合办 1 号机").unwrap();
    pc.act("back_up", json!({})).unwrap();
    let before = digest(&pc);
    drop(pc);
    for broken in [Some("{ half"), None] {
        match broken {
            Some(text) => fs::write(folder.path().join("key.json"), text).unwrap(),
            None => fs::remove_file(folder.path().join("key.json")).unwrap(),
        }
        let again = Pc::open(folder.path(), clock()).unwrap();
        again.sign_in(OFFICE).unwrap();
        assert_eq!(digest(&again), before);
    }
    assert!(fs::read_dir(folder.path().join("damaged")).unwrap().count() == 1);
}

/// A PC whose disk breaks after it has sent, received and not yet sent; restored, it meets the district again.
#[test]
fn a_restored_client_is_recognised_by_the_district_and_loses_nothing() {
    for lost_disk in [false, true] {
        let site = Site::start();
        let (desk, other) = (desk("综合办 1 号机"), desk("九龙湖村"));
        site.enrol(&desk, &[]);
        site.enrol(&other, &[]);
        let mut people = desk.residents(4).unwrap();
        let rule = desk.rule().unwrap();
        settle(&[&desk, &other, &desk]);
        let made = desk.store.back_up().unwrap();
        desk.award("清洁行动", rule, &people).unwrap();
        people.extend(other.residents(2).unwrap());
        settle(&[&desk, &other, &desk]);
        if !lost_disk {
            people.extend(desk.residents(1).unwrap());
        }
        let balances = desk.balances(&people[..4]).unwrap();
        let shut = desk.store.close().unwrap();
        if lost_disk {
            fs::remove_file(desk.dir().join("town.db")).unwrap();
        }
        let done = shut.restore(None, &made.backup.file, None).unwrap();
        assert_eq!(done.carried > 0, !lost_disk);
        let desk = desk.reopened(shut.open().unwrap().store);
        if lost_disk {
            // somebody works before the district is asked
            people.extend(desk.residents(1).unwrap());
        }
        settle(&[&desk, &other, &desk, &other]);
        complete(&desk);
        all_equal(&[&desk, &other]);
        assert_eq!(desk.balances(&people[..4]).unwrap(), balances);
        for pc in [&desk, &other] {
            knows(pc, &people);
            assert_eq!(pc.counts().unwrap().0, 0, "nothing waits");
        }
    }
}

fn desk(label: &str) -> zhenxin_testkit::desk::Desk {
    zhenxin_testkit::desk::Desk::found(label).unwrap()
}
