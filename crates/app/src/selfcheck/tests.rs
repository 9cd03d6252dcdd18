#![allow(clippy::unwrap_used)]
use std::sync::atomic::AtomicI64;

use tempfile::TempDir;
use zhenxin_store::{AuditFilter, Clock, CreateOptions, Created, KdfCost, KeyringPolicy, NewUser, Ports};

use super::*;
use crate::SystemIds;

struct FakeClock(AtomicI64);

impl Clock for FakeClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

fn town() -> (Created, TempDir) {
    let dir = TempDir::new().unwrap();
    let clock = Arc::new(FakeClock(AtomicI64::new(NOW)));
    let ports = Ports { clock, ids: Arc::new(SystemIds::default()) };
    let options = CreateOptions {
        town: "330211101".parse().unwrap(),
        device_label: "综合办 1 号机".to_owned(),
        admin: NewUser { name: "王经办".to_owned(), duties: 0b1_1111, ..NewUser::default() },
        sign_in_name: "wang".to_owned(),
        password: "jiulonghu-2026".to_owned(),
        keyring: KeyringPolicy::Off,
        kdf: KdfCost::WEAK_FOR_TESTS,
    };
    (Store::create(dir.path(), options, &ports).unwrap(), dir)
}

const NOW: i64 = 1_767_592_800_000;

#[test]
fn it_checks_once_a_week_and_writes_down_what_it_found() {
    let (Created { store, admin, .. }, _dir) = town();
    let check = SelfCheck::default();
    let checked = |now_ms| check_if_due(&store, &check, now_ms, Some(admin)).unwrap();
    let first = checked(NOW).unwrap();
    assert!(first.sound() && first.ops > 0);
    assert_eq!(store.last_check().unwrap(), Some(first));
    assert_eq!(checked(NOW + EVERY_MS - 1), None, "a week is not over");
    assert_eq!(checked(NOW + EVERY_MS).unwrap().at_ms, NOW + EVERY_MS);
    assert!(checked(NOW).is_some(), "a check of the future was a wrong clock's");
    let rows = store
        .read(|reader| reader.audit(&AuditFilter { action: Some(WEEKLY.to_owned()), ..AuditFilter::default() }, 0, 10))
        .unwrap();
    assert_eq!(rows.total, 3);
    assert_eq!((rows.rows[0].user, rows.rows[0].detail.contains("faults=0")), (Some(admin), true));
}

#[test]
fn it_ends_when_the_town_is_left_or_its_file_replaced_and_begins_again_after_that() {
    let (Created { store, .. }, dir) = town();
    let check = SelfCheck::default();
    check.stop();
    assert!(matches!(check_if_due(&store, &check, NOW, None), Err(StoreError::Cancelled)));
    assert_eq!(store.last_check().unwrap(), None, "what was broken off is no result");
    let names: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(names.iter().all(|name| !name.to_string_lossy().contains("verify-")), "{names:?}");
    drop(check.pause());
    assert!(check_if_due(&store, &check, NOW, None).unwrap().is_some());
}
