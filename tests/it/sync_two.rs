//! Two PCs and a real district over TLS: what one records, the other has.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use zhenxin_district::{Config, District};
use zhenxin_sync::{SyncState, devices};
use zhenxin_testkit::desk::{Desk, VILLAGE};
use zhenxin_testkit::district::code;
use zhenxin_testkit::pc::TOWN;

/// A district in this process.
struct Site {
    district: District,
    dir: TempDir,
}

impl Site {
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self { district: District::start(&Config::local(dir.path())).unwrap(), dir }
    }

    fn ca_pem(&self) -> String {
        fs::read_to_string(self.district.ca_pem().unwrap()).unwrap()
    }

    fn enrol(&self, desk: &Desk, villages: &[&str]) {
        let code = code(self.dir.path(), TOWN, villages).unwrap();
        desk.enrol(&self.district.url(), &code, &self.ca_pem()).unwrap();
    }
}

fn complete(desk: &Desk) {
    let report = desk.sync().unwrap();
    assert!(report.complete(), "{report:?}");
}

/// Rounds until keys and operations have reached both: the first hands the keys over, the next ones use them.
fn settle(one: &Desk, two: &Desk) {
    for desk in [one, two, one, two] {
        complete(desk);
    }
}

/// The district's files hold none of these texts.
fn holds_none(dir: &Path, texts: &[&str]) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        for text in texts {
            let found = bytes.windows(text.len()).any(|window| window == text.as_bytes());
            assert!(!found, "{text} lies in {}", path.display());
        }
    }
}

#[test]
fn what_one_records_the_other_has_with_names_and_equal_balances() {
    let site = Site::start();
    let (office, village) = (Desk::found("综合办 1 号机").unwrap(), Desk::found("九龙湖村").unwrap());
    site.enrol(&office, &[]);
    site.enrol(&village, &[]);
    let residents = office.residents(40).unwrap();
    let rule = office.rule().unwrap();
    settle(&office, &village);
    office.award("周三大扫除", rule, &residents).unwrap();
    village.award("夜间巡逻", rule, &residents).unwrap();
    settle(&office, &village);
    assert_eq!(office.balances(&residents).unwrap(), vec![4; 40]);
    assert_eq!(village.balances(&residents).unwrap(), vec![4; 40]);
    assert!(office.dump().unwrap() == village.dump().unwrap(), "the tables differ");
    for desk in [&office, &village] {
        assert_eq!(desk.counts().unwrap().0, 0, "nothing waits");
        let report = desk.store.verify(None).unwrap();
        assert!(report.sound(), "{:?}", report.faults);
        assert_eq!(report.ledger_sum, 0);
        assert_eq!(devices(&desk.store).unwrap().len(), 2);
    }
    let name = village.store.read(|reader| reader.resident(residents[7])).unwrap().unwrap().name;
    assert_eq!(name.as_deref(), Some("碶居民7"));
    holds_none(site.dir.path(), &["碶居民7", "13800000007", "周三大扫除", "夜间巡逻", "王主任"]);
}

#[test]
fn syncing_again_changes_nothing() {
    let site = Site::start();
    let desk = Desk::found("综合办 1 号机").unwrap();
    site.enrol(&desk, &[]);
    desk.residents(500).unwrap();
    let first = desk.sync().unwrap();
    assert_eq!(first.state, SyncState::Idle);
    assert!(first.sent >= 5, "{first:?}");
    let before = desk.dump().unwrap();
    let again = desk.sync().unwrap();
    assert_eq!((again.sent, again.rejected, again.received), (0, 0, 0));
    assert!(desk.dump().unwrap() == before);
}

#[test]
fn a_new_pc_waits_for_keys_and_says_so_until_another_pc_has_synchronised() {
    let site = Site::start();
    let (office, late) = (Desk::found("综合办 1 号机").unwrap(), Desk::found("综合办 2 号机").unwrap());
    site.enrol(&office, &[]);
    let residents = office.residents(3).unwrap();
    complete(&office);
    site.enrol(&late, &[]);
    assert_eq!(late.sync().unwrap().state, SyncState::WaitingForKeys);
    let row = late.store.read(|reader| reader.resident(residents[0])).unwrap().unwrap();
    assert_eq!(row.name, None, "the operation is here, the key is not");
    complete(&office);
    assert_eq!(late.sync().unwrap().state, SyncState::Idle);
    let row = late.store.read(|reader| reader.resident(residents[0])).unwrap().unwrap();
    assert_eq!(row.name.as_deref(), Some("碶居民0"));
    complete(&office);
    assert!(office.dump().unwrap() == late.dump().unwrap(), "the tables differ");
}

#[test]
fn a_village_pc_sends_its_own_village_and_is_refused_for_another() {
    let site = Site::start();
    let (mine, other) = (Desk::found("九龙湖村").unwrap(), Desk::found("思源社区").unwrap());
    site.enrol(&mine, &[VILLAGE]);
    site.enrol(&other, &["330211101001"]);
    mine.residents(2).unwrap();
    other.residents(2).unwrap();
    assert_eq!(mine.sync().unwrap().rejected, 0);
    let report = other.sync().unwrap();
    assert_eq!((report.rejected, report.state), (1, SyncState::Idle));
    let refused = other.store.read(|reader| reader.rejected_ops(10)).unwrap();
    assert_eq!(refused[0].reason_code.as_deref(), Some("scope_denied"));
    // what follows a refused operation still goes
    other.rule().unwrap();
    let report = other.sync().unwrap();
    assert_eq!((report.sent, report.rejected), (1, 0));
}

#[test]
fn a_revoked_pc_keeps_everything_and_says_so() {
    let site = Site::start();
    let desk = Desk::found("综合办 1 号机").unwrap();
    site.enrol(&desk, &[]);
    complete(&desk);
    desk.residents(5).unwrap();
    let store = zhenxin_district::store::Store::open(site.dir.path()).unwrap();
    assert!(store.revoke(desk.store.town(), desk.store.device(), 1).unwrap());
    for _again in 0..2 {
        assert_eq!(desk.sync().unwrap().state, SyncState::Revoked);
        assert!(desk.counts().unwrap().0 > 0, "the operations still wait");
    }
    site.enrol(&desk, &[]);
    complete(&desk);
    assert_eq!(desk.counts().unwrap().0, 0);
}

#[test]
fn another_district_at_the_same_address_stops_the_exchange_for_good() {
    let site = Site::start();
    let desk = Desk::found("综合办 1 号机").unwrap();
    site.enrol(&desk, &[]);
    complete(&desk);
    let address = site.district.address();
    let Site { district, dir } = site;
    district.stop().unwrap();
    // set up anew: the same certificates, another database
    for file in ["district.db", "district.db-wal", "district.db-shm"] {
        let path = dir.path().join(file);
        if path.exists() {
            fs::remove_file(path).unwrap();
        }
    }
    let anew = District::start(&Config { listen: address, ..Config::local(dir.path()) }).unwrap();
    desk.residents(2).unwrap();
    assert_eq!(desk.sync().unwrap().state, SyncState::DistrictChanged);
    assert_eq!(desk.sync().unwrap().state, SyncState::DistrictChanged);
    assert!(desk.counts().unwrap().0 > 0);
    let code = code(dir.path(), TOWN, &[]).unwrap();
    let ca_pem = fs::read_to_string(anew.ca_pem().unwrap()).unwrap();
    let refused = desk.enrol(&anew.url(), &code, &ca_pem).unwrap_err();
    assert_eq!(refused.code(), "other_district");
}

#[test]
fn a_wrong_code_is_told_before_anything_changes() {
    let site = Site::start();
    let desk = Desk::found("综合办 1 号机").unwrap();
    let code = code(site.dir.path(), TOWN, &[]).unwrap();
    let first = code.chars().next().unwrap();
    let mistyped = format!("{}{}", if first == '7' { '8' } else { '7' }, &code[1..]);
    let enrol = |code: &str| desk.enrol(&site.district.url(), code, &site.ca_pem());
    assert_eq!(enrol(&mistyped).unwrap_err().code(), "code_mistyped");
    assert_eq!(desk.sync().unwrap().state, SyncState::NotEnrolled);
    enrol(&code.to_lowercase()).unwrap();
    let other = Desk::found("综合办 2 号机").unwrap();
    let used = other.enrol(&site.district.url(), &code, &site.ca_pem()).unwrap_err();
    assert_eq!(used.code(), "code_used");
}
