//! The district as a real process, killed with kill -9 while it works.

use std::thread;
use std::time::Duration;

use zhenxin_district::store::Store as DistrictStore;
use zhenxin_testkit::desk::Desk;
use zhenxin_testkit::district::ChildDistrict;
use zhenxin_testkit::pc::TOWN;

const PROGRAM: &str = env!("CARGO_BIN_EXE_it-district");

fn enrol(district: &ChildDistrict, desk: &Desk) {
    desk.enrol(&district.url(), &district.code(TOWN).unwrap(), &district.ca_pem().unwrap()).unwrap();
}

fn ops_at(district: &ChildDistrict) -> i64 {
    DistrictStore::open(district.data_dir()).unwrap().towns().unwrap()[0].ops
}

#[test]
fn a_kill_in_the_middle_of_a_push_loses_and_doubles_nothing() {
    let data = tempfile::tempdir().unwrap();
    let mut district = ChildDistrict::start(PROGRAM, data.path()).unwrap();
    let (office, village) = (Desk::found("综合办 1 号机").unwrap(), Desk::found("九龙湖村").unwrap());
    enrol(&district, &office);
    enrol(&district, &village);
    let residents = office.residents(40).unwrap();
    let rule = office.rule().unwrap();
    for desk in [&office, &village, &office, &village] {
        assert!(desk.sync().unwrap().complete());
    }
    district.kill().unwrap();
    // both work while it is down
    office.award("清洁行动", rule, &residents).unwrap();
    office.changes(residents[0], 4_000).unwrap();
    village.award("夜间巡逻", rule, &residents).unwrap();
    district.start_again().unwrap();

    let before = ops_at(&district);
    let cut = thread::scope(|scope| {
        let sending = scope.spawn(|| office.sync().unwrap());
        // four pushes of a thousand: the kill falls somewhere between the first one's arrival and the last one's answer
        while ops_at(&district) == before && !sending.is_finished() {
            thread::sleep(Duration::from_millis(2));
        }
        district.kill().unwrap();
        sending.join().unwrap()
    });
    assert!(!cut.complete(), "the kill came too late to cut anything: {cut:?}");
    assert!(office.counts().unwrap().0 > 0);

    district.start_again().unwrap();
    for desk in [&office, &village, &office, &village] {
        assert!(desk.sync().unwrap().complete());
    }
    for desk in [&office, &village] {
        let (pending, accepted, rejected) = desk.counts().unwrap();
        assert_eq!((pending, rejected), (0, 0));
        assert_eq!(accepted as i64, ops_at(&district), "every operation is there once");
        assert_eq!(desk.balances(&residents).unwrap(), vec![4; 40]);
        assert!(desk.store.verify(None).unwrap().sound());
    }
    assert!(office.dump().unwrap() == village.dump().unwrap(), "the tables differ");
}

#[test]
fn kills_at_any_moment_of_a_round_are_survived() {
    let data = tempfile::tempdir().unwrap();
    let mut district = ChildDistrict::start(PROGRAM, data.path()).unwrap();
    let desk = Desk::found("综合办 1 号机").unwrap();
    enrol(&district, &desk);
    let resident = desk.residents(1).unwrap()[0];
    for pause_ms in [0, 5, 15, 30, 60, 120] {
        desk.changes(resident, 300).unwrap();
        thread::scope(|scope| {
            let sending = scope.spawn(|| desk.sync().unwrap());
            thread::sleep(Duration::from_millis(pause_ms));
            district.kill().unwrap();
            sending.join().unwrap();
        });
        district.start_again().unwrap();
    }
    assert!(desk.sync().unwrap().complete());
    let (pending, accepted, rejected) = desk.counts().unwrap();
    assert_eq!((pending, rejected), (0, 0));
    assert_eq!(accepted as i64, ops_at(&district));
    assert!(desk.store.verify(None).unwrap().sound());
}
