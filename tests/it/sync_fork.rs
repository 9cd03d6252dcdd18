//! One disk on two PCs: copied, or restored from an old copy. Both go on, and nothing is lost.

use zhenxin_sync::SyncState;
use zhenxin_testkit::desk::Desk;

use crate::sync_stage::{Site, all_equal, complete, knows, settle};

/// A PC that has exchanged everything, and the copy of its disk.
fn copied(unsent: usize) -> (Site, Desk, Desk, Vec<zhenxin_domain::ids::ResidentId>) {
    let site = Site::start();
    let desk = Desk::found("综合办 1 号机").unwrap();
    site.enrol(&desk, &[]);
    let mut residents = desk.residents(3).unwrap();
    complete(&desk);
    if unsent > 0 {
        residents.extend(desk.residents(unsent).unwrap());
    }
    let copy = desk.copied().unwrap();
    (site, desk, copy, residents)
}

#[test]
fn a_copied_disk_goes_on_beside_the_original_and_nothing_is_lost() {
    for unsent in [0, 2] {
        let (site, desk, copy, mut residents) = copied(unsent);
        residents.extend(desk.residents(2).unwrap());
        residents.extend(copy.residents(4).unwrap());
        complete(&desk);
        let report = copy.sync().unwrap();
        assert!(report.complete(), "{report:?}");
        assert_ne!(copy.store.epoch().unwrap(), desk.store.epoch().unwrap(), "the two must not share a chain");
        // both go on, in turn and against each other
        residents.extend(desk.residents(1).unwrap());
        residents.extend(copy.residents(1).unwrap());
        settle(&[&copy, &desk]);
        all_equal(&[&desk, &copy]);
        for pc in [&desk, &copy] {
            knows(pc, &residents);
        }
        let third = Desk::found("综合办 2 号机").unwrap();
        site.enrol(&third, &[]);
        settle(&[&third, &desk, &copy]);
        all_equal(&[&desk, &copy, &third]);
        knows(&third, &residents);
    }
}

#[test]
fn awards_of_both_copies_count_once_each() {
    let site = Site::start();
    let desk = Desk::found("综合办 1 号机").unwrap();
    site.enrol(&desk, &[]);
    let residents = desk.residents(5).unwrap();
    let rule = desk.rule().unwrap();
    complete(&desk);
    // this one lies on both disks, unsent
    desk.award("清洁行动", rule, &residents).unwrap();
    let copy = desk.copied().unwrap();
    desk.award("夜间巡逻", rule, &residents).unwrap();
    copy.award("看望老人", rule, &residents).unwrap();
    settle(&[&copy, &desk]);
    all_equal(&[&desk, &copy]);
    for pc in [&desk, &copy] {
        assert_eq!(pc.balances(&residents).unwrap(), vec![6; 5]);
    }
}

#[test]
fn a_pc_restored_from_an_old_copy_gets_back_what_it_had_sent() {
    let (_site, desk, old, mut residents) = copied(0);
    residents.extend(desk.residents(6).unwrap());
    let rule = desk.rule().unwrap();
    desk.award("清洁行动", rule, &residents).unwrap();
    complete(&desk);
    // the disk breaks; the copy of last week is put in and somebody works on it before it is asked
    let balances = desk.balances(&residents).unwrap();
    drop(desk);
    residents.extend(old.residents(1).unwrap());
    assert_eq!(old.sync().unwrap().state, SyncState::Idle);
    complete(&old);
    all_equal(&[&old]);
    assert_eq!(old.balances(&residents[..9]).unwrap(), balances);
    knows(&old, &residents);
}
