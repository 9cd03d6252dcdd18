//! Somebody leaves: two persons erase, it reaches the other PC by sync, the books still close, and with all the keys
//! that anybody still holds the name is found nowhere. What every page of a PC's files and backups holds is looked at in
//! the store's own tests; here are the commands, the other PC and the district.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use zhenxin_app::FaultCode;
use zhenxin_domain::ids::ResidentId;
use zhenxin_protocol::frame::decompress;
use zhenxin_sync::make_snapshot;
use zhenxin_testkit::desk::Desk;
use zhenxin_testkit::pc::Pc;
use zhenxin_testkit::picture;

use crate::sync_stage::{Site, all_equal, complete, settle};
use crate::town::{OFFICE, TODAY, Town, YESTERDAY, digest, refused};
use crate::two_pcs::TwoPcs;

/// What is in the erased person's place.
const ERASED_NAME: &str = "（已删除）";

fn page(pc: &Pc, resident: &str) -> Value {
    pc.ask("resident", json!({ "resident": resident })).unwrap()
}

fn asked(pc: &Pc) -> Vec<Value> {
    pc.ask("privacy_desk", Value::Null).unwrap()["asked"].as_array().unwrap().clone()
}

fn ask_for(pc: &Pc, resident: &str) {
    let request = json!({ "resident": resident, "reason": "withdrawn", "note": "书面申请已存档" });
    pc.act_once("ask_erasure", request).unwrap();
}

fn last_event(pc: &Pc) -> Value {
    pc.ask("workbench", Value::Null).unwrap()["recent"][0]["text"].clone()
}

#[test]
fn from_withdrawal_to_erasure_nothing_is_earned_or_spent() {
    let town = Town::full();
    let people = town.consenting(3);
    let leaver = &people[0];
    assert_eq!(town.pc.record("A01", YESTERDAY, "文明劝导", &people).unwrap()["recorded"], 3);
    assert_eq!(page(&town.pc, leaver)["stage"], "active");

    town.pc.act_once("withdraw_consent", json!({ "resident": leaver })).unwrap();
    assert_eq!(page(&town.pc, leaver)["stage"], "withdrawn");
    assert_eq!(town.pc.record("B02", YESTERDAY, "清洁", &people).unwrap()["recorded"], 2, "frozen");
    town.pc.sign_in("li").unwrap();
    let awards: Vec<String> = town.pc.reviewable().unwrap().into_iter().flat_map(|(_, awards)| awards).collect();
    refused(town.pc.review(&awards, None), FaultCode::Conflict);
    town.pc.sign_in(OFFICE).unwrap();

    let restriction = json!({ "resident": leaver, "reason": "asked", "note": "" });
    let detail = town.pc.act_once("restrict_resident", restriction.clone()).unwrap();
    assert_eq!(detail["stage"], "restricted");
    refused(town.pc.act_once("restrict_resident", restriction), FaultCode::Conflict);
    town.pc.consent(std::slice::from_ref(leaver), YESTERDAY).unwrap();
    let blocked = page(&town.pc, leaver)["blocked"].as_str().unwrap().to_owned();
    assert!(blocked.contains("限制处理"), "a new consent does not lift a restriction: {blocked}");
    let need = json!({ "giver": leaver, "to": null, "relation": null, "minutes": 10, "note": "" });
    refused(town.pc.act_once("give_minutes", need), FaultCode::Invalid);
    refused(
        town.pc.act_once("ask_erasure", json!({ "resident": leaver, "reason": "withdrawn", "note": "" })),
        FaultCode::Invalid,
    );
    town.pc.act_once("withdraw_consent", json!({ "resident": leaver })).unwrap();
    let lifted = town.pc.act_once("lift_restriction", json!({ "resident": leaver, "note": "本人要求解除" })).unwrap();
    assert_eq!(lifted["stage"], "withdrawn");
    assert_eq!(digest(&town.pc).len(), 64);
}

#[test]
fn who_asked_does_not_confirm_and_a_refusal_ends_the_request() {
    let town = Town::full();
    let leaver = &town.consenting(1)[0];
    town.pc.act_once("withdraw_consent", json!({ "resident": leaver })).unwrap();
    ask_for(&town.pc, leaver);
    let again = json!({ "resident": leaver, "reason": "moved_away", "note": "" });
    refused(town.pc.act_once("ask_erasure", again), FaultCode::Conflict);
    let request = asked(&town.pc)[0]["asked"].clone();
    let confirm = json!({ "resident": leaver, "asked": request, "also": [] });
    refused(town.pc.act_once("erase_resident", confirm.clone()), FaultCode::Conflict);

    town.pc.sign_in("li").unwrap();
    let refusal = json!({ "resident": leaver, "asked": request, "note": "申请人不是本人" });
    town.pc.act_once("refuse_erasure", refusal).unwrap();
    assert_eq!(last_event(&town.pc), "不予删除个人信息");
    assert!(asked(&town.pc).is_empty());
    refused(town.pc.act_once("erase_resident", confirm), FaultCode::Conflict);
    assert_ne!(page(&town.pc, leaver)["line"]["name"], ERASED_NAME);
}

#[test]
fn who_asks_withdraws_the_consent_first_and_may_take_the_request_back() {
    let town = Town::full();
    let leaver = &town.consenting(1)[0];
    let plan = |pc: &Pc| pc.ask("erasure_plan", json!({ "resident": leaver, "reload": true })).unwrap();
    let withdraw_first = |code: &str| {
        let plan = plan(&town.pc);
        let reason = plan["reasons"].as_array().unwrap().iter().find(|reason| reason["code"] == code).unwrap().clone();
        assert!(reason["legal_basis"].as_str().unwrap().contains("第四十七条"));
        reason["withdraw_first"].as_bool().unwrap()
    };
    let ask = |reason: &str| {
        town.pc.act_once("ask_erasure", json!({ "resident": leaver, "reason": reason, "note": "书面申请已存档" }))
    };
    assert!(withdraw_first("requested") && !withdraw_first("deceased"));
    let fault = refused(ask("requested"), FaultCode::Invalid);
    assert!(fault.rows[0].message.contains("先撤回同意"), "{}", fault.rows[0].message);
    refused(ask("because"), FaultCode::Invalid);
    town.pc.act_once("withdraw_consent", json!({ "resident": leaver })).unwrap();
    assert!(!withdraw_first("requested"));
    ask("requested").unwrap();

    // somebody else neither takes it back nor does who asked refuse it
    let request = plan(&town.pc)["asked"].clone();
    assert_eq!((&request["reason"], &request["own"]), (&json!("本人要求删除"), &json!(true)));
    let back = |note: &str| {
        let content = json!({ "resident": leaver, "asked": request["asked"], "note": note });
        town.pc.act_once("withdraw_erasure", content)
    };
    town.pc.sign_in("qian").unwrap();
    assert_eq!(plan(&town.pc)["asked"]["own"], false);
    refused(back("填错了人"), FaultCode::Conflict);
    town.pc.sign_in(OFFICE).unwrap();
    refused(back(" "), FaultCode::Invalid);
    back("本人改变主意").unwrap();
    assert_eq!(last_event(&town.pc), "撤回删除申请");
    refused(back("本人改变主意"), FaultCode::Conflict);
    let after = plan(&town.pc);
    assert_eq!((&after["asked"], &after["line"]["id"]), (&Value::Null, &json!(leaver)));
    let steps = after["steps"].as_array().unwrap().clone();
    let said: Vec<(&str, &str)> =
        steps.iter().map(|step| (step["what"].as_str().unwrap(), step["reason"].as_str().unwrap())).collect();
    assert_eq!(said, [("申请删除", "本人要求删除；书面申请已存档"), ("撤回删除申请", "本人改变主意")]);
    ask("withdrawn").unwrap();
}

#[test]
fn the_plan_names_what_is_written_elsewhere() {
    let town = Town::full();
    let leaver = &town.consenting(1)[0];
    let gone = |pc: &Pc| {
        let plan = pc.ask("erasure_plan", json!({ "resident": leaver, "reload": false })).unwrap();
        (serde_json::to_string(&plan["gone"]).unwrap(), serde_json::to_string(&plan["kept"]).unwrap())
    };
    let (before, kept) = gone(&town.pc);
    assert!(before.contains("居民登记 1 份：姓名") && !before.contains("查询登记") && !kept.contains("查询登记"));
    let look = json!({
        "resident": leaver, "fields": ["phone"], "purpose": "counter", "reason": "本人到窗口", "again": false,
    });
    town.pc.act("reveal", look).unwrap();
    let note = json!({ "resident": leaver, "reason": "asked", "note": "来电" });
    town.pc.act_once("restrict_resident", note).unwrap();
    let (after, kept) = gone(&town.pc);
    assert!(after.contains("查询登记里的理由和依据文书，1 次"), "{after}");
    assert!(after.contains("限制、删除申请和答复里写的说明，1 条"), "{after}");
    assert!(kept.contains("查询登记里谁、什么时候"), "{kept}");
}

#[test]
fn an_erasure_reaches_the_other_pc_and_the_books_still_close() {
    let pcs = TwoPcs::enrolled_office();
    let people = pcs.join_village();
    let leaver = &people[0];
    let office = &pcs.office.pc;
    office.record("A01", YESTERDAY, "上门探望", std::slice::from_ref(leaver)).unwrap();
    office.sign_in("li").unwrap();
    let awards: Vec<String> = office.reviewable().unwrap().into_iter().flat_map(|(_, awards)| awards).collect();
    office.review(&awards, None).unwrap();
    office.sign_in(OFFICE).unwrap();
    office.act_once("withdraw_consent", json!({ "resident": leaver })).unwrap();
    pcs.settle_both();
    let name = page(&pcs.village, leaver)["line"]["name"].as_str().unwrap().to_owned();
    assert!(!office.ask("search", json!({ "text": name })).unwrap()["hits"].as_array().unwrap().is_empty());

    let plan = office.ask("erasure_plan", json!({ "resident": leaver, "reload": false })).unwrap();
    assert_eq!((plan["records"].as_u64(), plan["activities"].as_u64()), (Some(1), Some(1)));
    ask_for(office, leaver);
    office.sign_in("li").unwrap();
    let request = asked(office)[0]["asked"].clone();
    let done = office.act_once("erase_resident", json!({ "resident": leaver, "asked": request, "also": [] })).unwrap();
    assert_eq!((done["records"].as_u64(), done["scrubbed"].as_bool()), (Some(1), Some(true)));
    office.sign_in(OFFICE).unwrap();
    pcs.settle_both();
    for pc in [office, &pcs.village] {
        let page = page(pc, leaver);
        assert_eq!((page["stage"].as_str(), page["line"]["name"].as_str()), (Some("erased"), Some(ERASED_NAME)));
        assert_eq!(page["line"]["id_masked"], "");
        assert_eq!(page["accounts"][0]["effective_points"], 2, "what was earned stays under the id");
        let hits = pc.ask("search", json!({ "text": name })).unwrap();
        let found = hits["hits"].as_array().unwrap().iter().any(|hit| hit["id"] == json!(leaver));
        assert!(!found, "the search still finds them");
    }
    assert_eq!(digest(office), digest(&pcs.village));
    let late = json!({ "resident": leaver, "reason": "asked", "note": "" });
    refused(office.act_once("restrict_resident", late), FaultCode::Conflict);
}

#[test]
fn what_is_due_is_asked_for_and_said() {
    let town = Town::full();
    let people = town.consenting(2);
    for leaver in &people {
        town.pc.act_once("withdraw_consent", json!({ "resident": leaver })).unwrap();
    }
    let due = |code: &str| {
        let rules = town.pc.ask("retention", Value::Null).unwrap();
        let rule = rules["rules"].as_array().unwrap().iter().find(|rule| rule["code"] == code).unwrap().clone();
        rule["due"].as_u64().unwrap()
    };
    assert_eq!(due("withdrawn"), 0);
    town.clock.pass_days(32);
    // the password is asked for again after so long
    assert_eq!(due("withdrawn"), 2);
    let done = town.pc.act_once("apply_retention", json!({ "codes": ["withdrawn"] })).unwrap();
    assert!(done["done"][0].as_str().unwrap().contains("2 位居民"), "{done}");
    assert_eq!(asked(&town.pc).len(), 2);
    assert_eq!(due("withdrawn"), 0, "nobody is asked for twice");
    refused(town.pc.act_once("apply_retention", json!({ "codes": ["query"] })), FaultCode::NotFound);
}

#[test]
fn the_audit_is_cut_by_its_term_alone_and_the_auditor_sees_it() {
    let town = Town::full();
    town.pc.add_user("sun", "孙审计", &["auditor"]).unwrap();
    town.consenting(2);
    let term = |pc: &Pc| pc.ask("audit_retention", Value::Null).unwrap();
    let cut = |pc: &Pc| pc.act_once("cut_audit", json!({ "codes": ["audit"] }));
    // a clerk's command does not reach it, whoever calls it, and the clerk's page does not offer it
    refused(town.pc.act_once("apply_retention", json!({ "codes": ["audit"] })), FaultCode::NotFound);
    let rules = town.pc.ask("retention", Value::Null).unwrap()["rules"].clone();
    let rule = rules.as_array().unwrap().iter().find(|rule| rule["code"] == "audit").unwrap().clone();
    assert_eq!((&rule["due"], &rule["applicable"]), (&json!(0), &json!(false)));
    assert_eq!((&term(&town.pc)["due"], &term(&town.pc)["term"]), (&json!(0), &json!("不少于 6 个月")));
    assert!(cut(&town.pc).unwrap()["done"][0].as_str().unwrap().contains("清理了 0 条"));
    let begins = term(&town.pc)["begins"].as_str().unwrap().to_owned();
    town.clock.pass_days(190);
    // the last row of all never goes, so that something of today stands behind the old ones
    town.pc.sign_in(OFFICE).unwrap();
    let due = term(&town.pc)["due"].as_u64().unwrap();
    assert!(due > 5, "{due}");
    // whom the audit watches does not cut it, nor who reads it
    town.pc.sign_in("qian").unwrap();
    refused(cut(&town.pc), FaultCode::Forbidden);
    refused(town.pc.ask("audit_retention", Value::Null), FaultCode::Forbidden);
    town.pc.sign_in("sun").unwrap();
    assert_eq!(term(&town.pc)["begins"], begins);
    refused(cut(&town.pc), FaultCode::Forbidden);
    town.pc.sign_in(OFFICE).unwrap();
    let done = cut(&town.pc).unwrap();
    assert!(done["done"][0].as_str().unwrap().contains(&format!("清理了 {due} 条")), "{done}");
    assert!(term(&town.pc)["begins"].as_str().unwrap() > begins.as_str());
    assert_eq!(term(&town.pc)["due"], 0, "what was done since is young");

    town.pc.sign_in("sun").unwrap();
    let check = town.pc.ask("audit_verify", Value::Null).unwrap();
    assert_eq!((&check["sound"], &check["faults"]), (&json!(true), &json!([])), "{check}");
    let page = town.pc.ask("audit_page", json!({ "action": "audit_cut", "offset": 0, "limit": 10 })).unwrap();
    let line = &page["rows"][0];
    assert_eq!(line["action_label"], "清理到期的审计");
    assert!(line["detail"].as_str().unwrap().starts_with(&format!("清理 {due} 条，至第")), "{line}");
    digest(&town.pc);
}

/// A section of the copy of everything that is held about somebody.
fn held(pc: &Pc, resident: &str, code: &str) -> Vec<Value> {
    let copy = pc.act_once("hold_report", json!({ "resident": resident, "format": "json" })).unwrap();
    let copy: Value = serde_json::from_slice(&BASE64.decode(copy["content"].as_str().unwrap()).unwrap()).unwrap();
    let section = copy["sections"].as_array().unwrap().iter().find(|section| section["code"] == code).unwrap();
    section["rows"].as_array().unwrap().clone()
}

#[test]
fn a_childs_guardian_consents_stands_in_the_copy_and_withdraws() {
    let town = Town::full();
    let child = town.residents(1, |row| row["age"].as_u64().unwrap() < 14);
    let consent = json!({
        "residents": child, "version": "2026-1", "given_on": "2026-08-01", "channel": "counter", "guardian": "单监护",
    });
    town.pc.act_once("give_consent", consent).unwrap();
    let consents = held(&town.pc, &child[0], "consents");
    assert_eq!((&consents[0]["监护人"], &consents[0]["由谁同意"]), (&json!("单监护"), &json!("监护人")));
    town.pc.act_once("withdraw_consent", json!({ "resident": child[0] })).unwrap();
    let after = page(&town.pc, &child[0]);
    assert_eq!((&after["stage"], &after["needs_guardian"]), (&json!("withdrawn"), &json!(true)));
    assert_ne!(after["blocked"], Value::Null);
    assert_eq!(held(&town.pc, &child[0], "consents")[0]["撤回日期"], TODAY);
}

#[test]
fn the_copy_lists_photographs_with_day_hash_and_place() {
    let town = Town::full();
    let person = &town.consenting(1)[0];
    let award = json!({
        "rule_version": town.pc.rule("A01").unwrap(), "occurred_on": YESTERDAY, "activity": "清洁家园",
        "evidence": [{ "name": "现场.jpg", "content": BASE64.encode(picture::lake(5).unwrap()) }],
        "rows": [{ "resident": person }],
    });
    town.pc.act_once("record_points", award).unwrap();
    let photographs = held(&town.pc, person, "photographs");
    assert_eq!(photographs.len(), 1, "{photographs:?}");
    let photograph = &photographs[0];
    assert_eq!((&photograph["内容"], &photograph["日期"]), (&json!("积分活动“清洁家园”"), &json!(YESTERDAY)));
    assert_eq!(photograph["SM3 校验值"].as_str().unwrap().len(), 64);
    assert!(photograph["存放"].as_str().unwrap().contains("本机"));
}

#[test]
fn a_consent_names_the_text_that_was_in_use_on_its_day() {
    let town = Town::full();
    let adult = town.residents(1, |row| row["age"].as_u64().unwrap() >= 18);
    let consent = |version: &str, given_on: &str| {
        let request = json!({
            "residents": adult, "version": version, "given_on": given_on, "channel": "paper", "guardian": null,
        });
        town.pc.act_once("give_consent", request)
    };
    let fault = refused(consent("2025-3", YESTERDAY), FaultCode::Invalid);
    assert_eq!(fault.rows[0].field.as_deref(), Some("version"));
    assert!(fault.rows[0].message.contains("2026-1"), "it says which there are: {}", fault.rows[0].message);
    let fault = refused(consent("2026-1", "2025-12-31"), FaultCode::Invalid);
    assert_eq!(fault.rows[0].field.as_deref(), Some("given_on"));
    assert_eq!(consent(" 2026-1 ", YESTERDAY).unwrap()["given"], 1);
}

/// All that a district's backup says, unpacked.
pub fn unpacked(backup: &Path) -> Vec<u8> {
    const MAGIC: usize = 12;
    const SUM: usize = 32;
    let file = fs::read(backup).unwrap();
    let mut rest = &file[MAGIC..file.len() - SUM];
    let mut plain = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let (frame, next) = after.split_at(u32::from_be_bytes(*length) as usize);
        plain.extend(decompress(frame, 64 << 20).unwrap());
        rest = next;
    }
    plain
}

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

/// Every file of the district's folder, one after the other.
fn files_of(folder: &Path) -> Vec<u8> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    files.flat_map(|path| fs::read(path).unwrap()).collect()
}

fn wrap_of(desk: &Desk, resident: ResidentId) -> Vec<u8> {
    let row = desk.store.dirty_keys(1_000).unwrap().into_iter().find(|row| row.subject == *resident.as_bytes());
    row.unwrap().wrapped
}

fn snapshots(site: &Site) -> i64 {
    let db =
        Connection::open_with_flags(site.dir.path().join("district.db"), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    db.query_row("SELECT count(*) FROM snapshot", [], |row| row.get(0)).unwrap()
}

#[test]
fn the_district_and_its_backups_keep_nothing_that_the_towns_keys_open() {
    let site = Site::start();
    let [office, second] = ["综合办 1 号机", "综合办 2 号机"].map(|label| Desk::found(label).unwrap());
    site.enrol(&office, &[]);
    site.enrol(&second, &[]);
    let residents = office.residents(3).unwrap();
    let wrap = wrap_of(&office, residents[0]);
    settle(&[&office, &second]);
    make_snapshot(&office.store, &office.ports).unwrap();
    let before = site.dir.path().join("before.zxd");
    site.back_up(&before);
    assert!(holds(&files_of(site.dir.path()), &wrap), "the test can see it");
    assert_eq!(snapshots(&site), 1);
    assert!(!holds(&unpacked(&before), &wrap), "a backup of the district holds no person's key");

    let reason = "moved_away";
    let erase = |tx: &mut zhenxin_store::Tx<'_>| tx.erase_resident(residents[0], None, reason, &[]);
    office.store.write(office.clerk, erase).unwrap();
    settle(&[&office, &second]);
    assert_eq!(snapshots(&site), 0, "a snapshot holds the tables, and the town's data keys open it");
    // the district writes its pages anew in the background
    let mut gone = false;
    for _try in 0..200 {
        gone = !holds(&files_of(site.dir.path()), &wrap);
        if gone {
            break;
        }
        thread::sleep(Duration::from_millis(100));
    }
    assert!(gone, "the destroyed key still lies in the district's files");
    let after = site.dir.path().join("after.zxd");
    site.back_up(&after);
    assert!(!holds(&unpacked(&after), &wrap));

    // put back, the older backup brings nobody back
    let mut site = site;
    site.restore(&before);
    settle(&[&office, &second]);
    complete(&office);
    for desk in [&office, &second] {
        let row = desk.store.read(|reader| reader.resident(residents[0])).unwrap().unwrap();
        assert!(row.erased && row.name.is_none());
    }
    all_equal(&[&office, &second]);
}
