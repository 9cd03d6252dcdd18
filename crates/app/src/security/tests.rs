#![allow(clippy::unwrap_used)]
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use serde_json::{Value, json};
use tempfile::TempDir;
use zhenxin_protocol::{frame::to_cbor, wire::keys::GrantsAnswer, wire::keys::TownDevice};
use zhenxin_store::{
    AuditCheck, AuditFault, Clock, CreateOptions, Created, KdfCost, KeyringPolicy, NewUser, Ports, Store, UserChange,
    VerifyReport,
};
use zhenxin_sync::SyncState;

use super::*;
use crate::{App, AppConfig, FaultCode, Kind, SystemIds, contract::session::Duty, duties};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// 2026-03-02 14:00, office time.
const NOW: i64 = 1_772_431_200_000;
const PASSWORD: &str = "jiulonghu-2026";

struct FakeClock(AtomicI64);

impl Clock for FakeClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

struct Town {
    app: App,
    clock: Arc<FakeClock>,
    _dir: TempDir,
}

impl Town {
    /// A town with its founder, signed in.
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let clock = Arc::new(FakeClock(AtomicI64::new(NOW)));
        let ports = Ports { clock: clock.clone(), ids: Arc::new(SystemIds::default()) };
        let options = CreateOptions {
            town: "330211101".parse().unwrap(),
            device_label: "综合办 1 号机".to_owned(),
            admin: NewUser { name: "王经办".to_owned(), duties: duties::founder_bits(), ..NewUser::default() },
            sign_in_name: "wang".to_owned(),
            password: PASSWORD.to_owned(),
            keyring: KeyringPolicy::Off,
            kdf: KdfCost::WEAK_FOR_TESTS,
        };
        let Created { store, .. } = Store::create(dir.path(), options, &ports).unwrap();
        drop(store);
        let config = AppConfig {
            data_dir: dir.path().to_owned(),
            clock: clock.clone(),
            ids: ports.ids,
            weak_passwords_for_tests: true,
            names_files: false,
        };
        let town = Self { app: App::open(config).unwrap(), clock, _dir: dir };
        town.sign_in("wang", PASSWORD).unwrap();
        town
    }

    fn sign_in(&self, name: &str, password: &str) -> Result<Value, Fault> {
        self.app.call(Kind::Act, "sign_in", json!({ "sign_in_name": name, "password": password }))
    }

    fn act(&self, name: &str, request: Value) -> Value {
        self.app.call(Kind::Act, name, request).map_err(|fault| fault.message).unwrap()
    }

    /// A dangerous act, proven.
    fn act_again(&self, name: &str, request: Value) -> Value {
        self.act("reauthenticate", json!({ "password": PASSWORD }));
        self.act(name, request)
    }

    fn pass_days(&self, days: i64) {
        self.clock.0.fetch_add(days * DAY_MS, Ordering::Relaxed);
    }

    fn store(&self) -> Store {
        self.app.town().unwrap().store.clone()
    }

    fn findings(&self) -> Vec<SecurityFinding> {
        let overview = self.app.call(Kind::Ask, "security_overview", json!({})).map_err(|fault| fault.message).unwrap();
        serde_json::from_value::<SecurityOverview>(overview).unwrap().findings
    }

    /// What is to be done about on a page, in words.
    fn open_on(&self, page: MendedOn) -> Vec<String> {
        let open = |found: &SecurityFinding| found.page == page && found.tone != FindingTone::Good;
        self.findings().into_iter().filter(open).map(|found| found.words).collect()
    }

    #[track_caller]
    fn says(&self, page: MendedOn, words: &str) {
        let open = self.open_on(page);
        assert!(open.iter().any(|found| found.contains(words)), "{words} in {open:?}");
    }

    #[track_caller]
    fn is_silent(&self, page: MendedOn, words: &str) {
        let open = self.open_on(page);
        assert!(!open.iter().any(|found| found.contains(words)), "{words} in {open:?}");
    }

    /// Another account; its id.
    fn add_user(&self, name: &str, duties: &[&str]) -> String {
        let request = json!({ "sign_in_name": name, "name": name, "password": "first-day-2026", "duties": duties });
        let users = self.act("add_user", request);
        let added = users["users"].as_array().unwrap().iter().find(|user| user["sign_in_name"] == name).unwrap();
        added["user"].as_str().unwrap().to_owned()
    }
}

#[test]
fn the_most_urgent_comes_first_and_what_is_well_last() {
    let town = Town::new();
    let tones: Vec<u8> = town
        .findings()
        .iter()
        .map(|found| match found.tone {
            FindingTone::Fault => 0,
            FindingTone::Wait => 1,
            FindingTone::Good => 2,
        })
        .collect();
    assert!(tones.is_sorted() && tones.first() == Some(&0) && tones.last() == Some(&2), "{tones:?}");
    assert!(town.findings().iter().all(|found| !found.by.is_empty() && found.words.ends_with('。')));
}

#[test]
fn backups_and_rehearsals_that_are_missing_are_said_until_they_are_made() {
    let town = Town::new();
    town.says(MendedOn::Backups, "还没有备份");
    town.says(MendedOn::Backups, "备份只在这台电脑里");
    town.says(MendedOn::Backups, "备份还没有演练过");
    let second = TempDir::new().unwrap();
    let shelves = town.act_again("set_second_place", json!({ "folder": second.path() }));
    let backup = shelves["shelves"][0]["backups"][0]["backup"].clone();
    town.act("rehearse_backup", json!({ "place": "here", "backup": backup }));
    for gone in ["还没有备份", "只在这台电脑里", "演练过"] {
        town.is_silent(MendedOn::Backups, gone);
    }
    town.pass_days(9);
    town.says(MendedOn::Backups, "上次备份 9 天前");
    drop(second);
    town.says(MendedOn::Backups, "现在没有插上");
    town.pass_days(90);
    town.says(MendedOn::Backups, "上次演练 99 天前");
}

#[test]
fn the_three_are_asked_for_until_they_are_three() {
    let town = Town::new();
    town.says(MendedOn::Users, "三员尚未分开");
    town.says(MendedOn::Users, "还没有审计员");
    town.add_user("sun", &["auditor"]);
    town.is_silent(MendedOn::Users, "还没有审计员");
    let zhao = town.add_user("zhao", &[]);
    let duties = json!({
        "user": zhao, "duties": ["security_administrator"], "villages": [], "former_duties": [], "former_villages": [],
    });
    town.act_again("set_duties", duties);
    town.is_silent(MendedOn::Users, "三员尚未分开");
}

#[test]
fn accounts_that_nobody_uses_are_said_until_they_are_used_or_closed() {
    let town = Town::new();
    let li = town.add_user("li", &["viewer"]);
    town.says(MendedOn::Users, "1 个账户还在用别人设的初始密码");
    town.is_silent(MendedOn::Users, "还没有登录过");
    town.pass_days(8);
    town.says(MendedOn::Users, "1 个账户建好 7 天以上还没有登录过");
    town.sign_in("li", "first-day-2026").unwrap();
    let change = json!({ "old_password": "first-day-2026", "new_password": "second-day-2026" });
    town.act("change_password", change);
    town.sign_in("wang", PASSWORD).unwrap();
    for gone in ["初始密码", "还没有登录过"] {
        town.is_silent(MendedOn::Users, gone);
    }
    town.pass_days(91);
    town.sign_in("wang", PASSWORD).unwrap();
    town.says(MendedOn::Users, "1 个账户 90 天以上没有用过");
    town.act_again("change_user", json!({ "user": li, "active": false }));
    town.is_silent(MendedOn::Users, "没有用过");
}

#[test]
fn a_clock_set_forward_does_not_make_the_audit_old() {
    let town = Town::new();
    let cut = |request_id: &str| {
        let done = town.act_again("cut_audit", json!({ "request_id": request_id, "codes": ["audit"] }));
        done["done"][0].as_str().unwrap().to_owned()
    };
    town.store().mark_receipt_time(NOW).unwrap();
    town.pass_days(400);
    town.act("sign_out", json!({}));
    town.sign_in("wang", PASSWORD).unwrap();
    let said = cut("0195c5d8-0000-7000-8000-000000000001");
    assert!(said.contains("清理了 0 条，截至 2025-09-02"), "{said}");
    // the district was heard on the present day: so much time has really passed
    town.store().mark_receipt_time(NOW + 400 * DAY_MS).unwrap();
    let said = cut("0195c5d8-0000-7000-8000-000000000002");
    assert!(!said.contains("清理了 0 条"), "{said}");
}

#[test]
fn who_is_locked_out_is_said_while_it_lasts() {
    let town = Town::new();
    town.add_user("li", &["viewer"]);
    for name in ["li", "nobody"] {
        for _ in 0..5 {
            assert!(town.sign_in(name, "wrong-1234-wrong").is_err());
        }
    }
    town.says(MendedOn::Users, "1 个账户因密码多次输错正在锁定");
    town.says(MendedOn::Audit, "有人用本镇没有的登录名");
    town.clock.0.fetch_add(61_000, Ordering::Relaxed);
    town.is_silent(MendedOn::Users, "正在锁定");
    town.is_silent(MendedOn::Audit, "登录名");
}

#[test]
fn the_last_check_is_said_with_its_age_and_its_first_fault_also_on_the_workbench() {
    let town = Town::new();
    town.says(MendedOn::Verify, "数据还没有自检过");
    town.app.call(Kind::Ask, "verify", json!({})).map_err(|fault| fault.message).unwrap();
    assert_eq!(town.open_on(MendedOn::Verify), Vec::<String>::new());
    town.pass_days(15);
    town.says(MendedOn::Verify, "上次数据自检 15 天前");
    let sound = town.store().verify(None).unwrap();
    let faults = vec!["审计第 3 条被改动过".to_owned(), "另一处".to_owned()];
    let report = VerifyReport { faults, ..sound.clone() };
    town.store().note_check(town.clock.now_ms(), None, &report, "verify").unwrap();
    town.says(MendedOn::Verify, "数据自检发现 2 处不符，第一处：审计第 3 条被改动过");
    let workbench = || town.app.call(Kind::Ask, "workbench", json!({})).map_err(|fault| fault.message).unwrap();
    assert!(workbench()["check"]["words"].as_str().unwrap().contains("发现 2 处不符"));
    town.store().note_check(town.clock.now_ms(), None, &sound, "verify").unwrap();
    assert_eq!(town.open_on(MendedOn::Verify), Vec::<String>::new());
    assert!(workbench()["check"].is_null());
}

#[test]
fn a_broken_audit_is_said_with_its_row() {
    let check = AuditCheck { rows: 9, first: 1, last: 9, anchors: 0, replaced: 0, faults: Vec::new() };
    assert_eq!(file::chain(&check).1.tone, FindingTone::Good);
    let (page, found) = file::chain(&AuditCheck { faults: vec![AuditFault::Changed { no: 3 }], ..check });
    assert!(page == MendedOn::Audit && found.tone == FindingTone::Fault);
    assert!(found.words.contains("审计第 3 条被改动过"), "{}", found.words);
}

#[test]
fn an_audit_that_nothing_outside_has_seen_is_said_until_it_is_anchored() {
    let town = Town::new();
    town.is_silent(MendedOn::Sync, "存证");
    town.pass_days(5);
    town.says(MendedOn::Sync, "审计还没有存证过");
    // a round by hand says it, as those in the background do, whether or not anybody answers at the other end
    let round = || {
        let ended = town.app.call(Kind::Act, "sync_now", json!({}));
        assert!(ended.is_err_and(|fault| fault.code == FaultCode::District));
    };
    round();
    town.is_silent(MendedOn::Sync, "存证");
    assert!(!town.store().anchor_audit(DAY_MS).unwrap(), "once a day");
    town.pass_days(5);
    town.says(MendedOn::Sync, "上次审计存证 5 天前，之后的");
    round();
    town.is_silent(MendedOn::Sync, "存证");
}

#[test]
fn a_recovery_key_that_nobody_confirmed_is_said() {
    let town = Town::new();
    town.is_silent(MendedOn::RecoveryKey, "恢复密钥");
    let made = town.act_again("new_recovery_key", json!({}));
    town.says(MendedOn::RecoveryKey, "恢复密钥还没有人确认抄写好");
    let key = made["recovery_key"].as_str().unwrap().to_owned();
    town.act("confirm_recovery_key", json!({ "last_group": key.rsplit('-').next().unwrap() }));
    town.is_silent(MendedOn::RecoveryKey, "恢复密钥");
}

#[test]
fn keys_that_a_shut_out_pc_could_still_open_are_said_until_they_are_wrapped_anew() {
    let town = Town::new();
    town.is_silent(MendedOn::Sync, "没有换成新的");
    town.store().rotate_data_key(1, false).unwrap().unwrap();
    town.says(MendedOn::Sync, "把密钥没有换成新的");
    town.store().rewrap_keys(10_000).unwrap();
    town.is_silent(MendedOn::Sync, "没有换成新的");
    assert!(town::shut_out(&SyncState::Revoked).is_some_and(|(_, found)| found.tone == FindingTone::Fault));
    assert!(town::shut_out(&SyncState::Idle).is_none());
}

#[test]
fn a_pc_that_is_silent_for_a_month_is_said() {
    let town = Town::new();
    let listed = |enrolled_at_ms| {
        let device = TownDevice {
            device: "0195c5d8-0000-7000-8000-000000000009".parse().unwrap(),
            label: "汶溪村 1 号机".to_owned(),
            sign_key: [1; 32],
            seal_key: [2; 32],
            fingerprint: "1234".to_owned(),
            scopes: Vec::new(),
            granted: Vec::new(),
            enrolled_at_ms,
        };
        let answer = GrantsAnswer { devices: vec![device], ..GrantsAnswer::default() };
        town.store().sync_set("devices", &to_cbor(&answer)).unwrap();
    };
    listed(NOW);
    town.pass_days(30);
    town.is_silent(MendedOn::Pcs, "没有消息");
    town.pass_days(1);
    town.says(MendedOn::Pcs, "1 台电脑 30 天以上没有消息：汶溪村 1 号机");
    listed(NOW + 20 * DAY_MS);
    town.is_silent(MendedOn::Pcs, "没有消息");
}

#[test]
fn a_clock_that_was_set_back_and_a_table_that_ends_are_said() {
    let town = Town::new();
    town.is_silent(MendedOn::Sync, "时钟");
    town.is_silent(MendedOn::Sync, "工作日表");
    town.clock.0.fetch_sub(20 * 60_000, Ordering::Relaxed);
    town.says(MendedOn::Sync, "时钟比最新的记录慢 20 分钟");
    town.clock.0.fetch_add(20 * 60_000, Ordering::Relaxed);
    town.is_silent(MendedOn::Sync, "时钟");
    town.pass_days(280);
    town.says(MendedOn::Sync, "工作日表只到 2026-12-31");
}

#[test]
fn a_recorder_is_not_told() {
    let town = Town::new();
    town.add_user("li", &["recorder"]);
    town.sign_in("li", "first-day-2026").unwrap();
    let change = json!({ "old_password": "first-day-2026", "new_password": "second-day-2026" });
    town.act("change_password", change);
    let refused = town.app.call(Kind::Ask, "security_overview", json!({})).err().unwrap();
    assert_eq!(refused.code, FaultCode::Forbidden);
}

#[test]
fn where_nobody_holds_the_duties_any_more_the_recovery_key_gives_them_back() {
    let town = Town::new();
    let key = town.act_again("new_recovery_key", json!({}))["recovery_key"].as_str().unwrap().to_owned();
    let founder = town.store().read(|reader| reader.users()).unwrap()[0].id;
    // as two officers leave it who took each other's duty on two PCs; the one is closed since
    let gone = UserChange { duties: Some(3), active: Some(false), ..UserChange::default() };
    town.store().write(founder, |tx| tx.change_user(founder, gone)).unwrap();
    let Town { app, clock, _dir } = town;
    drop(app);
    let ids = Arc::new(SystemIds::default());
    let data_dir = _dir.path().to_owned();
    let config = AppConfig { data_dir, clock: clock.clone(), ids, weak_passwords_for_tests: true, names_files: false };
    let town = Town { app: App::open(config).unwrap(), clock, _dir };
    let recover = |name: &str| {
        let request = json!({ "recovery_key": key, "sign_in_name": name, "new_password": "shanlihe-2027" });
        town.app.call(Kind::Act, "recover", request)
    };
    assert!(recover("nobody").is_err());
    assert_eq!(recover("wang").map_err(|fault| fault.message).unwrap()["phase"], "ready");
    let row = town.store().read(|reader| reader.user(founder)).unwrap().unwrap();
    assert!(row.active);
    let officers = [Duty::Administrator, Duty::SecurityAdministrator];
    assert_eq!(duties::from_bits(row.duties), officers, "what is missing, and nothing that they held before");
    let at = zhenxin_store::IssuesAt { now_ms: NOW, today: chrono::NaiveDate::from_ymd_opt(2026, 3, 2).unwrap() };
    let listed = town.store().read(|reader| reader.issues_of(zhenxin_store::IssueKind::Unauthorised, at)).unwrap();
    assert_eq!(listed.len(), 1, "it is put before a reviewer");
    // somebody holds them now: the key sets a password and gives nothing
    recover("wang").map_err(|fault| fault.message).unwrap();
    let again = town.store().read(|reader| reader.issues_of(zhenxin_store::IssueKind::Unauthorised, at)).unwrap();
    assert_eq!(again.len(), 1);
}
