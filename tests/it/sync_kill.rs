//! The district as a real process, killed with kill -9 while it works.

use std::thread;
use std::time::Duration;

use zhenxin_district::store::Store as DistrictStore;
use zhenxin_sync::Report;
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

/// Kills the district once something of the PC's round has arrived, and starts it again.
fn kill_while_sending(district: &mut ChildDistrict, desk: &Desk) -> Report {
    let before = ops_at(district);
    let report = thread::scope(|scope| {
        let sending = scope.spawn(|| desk.sync().unwrap());
        // pushes of a thousand each: the kill falls between the first one's arrival and the last one's answer
        while ops_at(district) == before && !sending.is_finished() {
            thread::sleep(Duration::from_millis(2));
        }
        district.kill().unwrap();
        sending.join().unwrap()
    });
    district.start_again().unwrap();
    report
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
    office.changes(&residents, 4_000).unwrap();
    village.award("夜间巡逻", rule, &residents).unwrap();
    district.start_again().unwrap();

    // on a busy machine the kill may fall after the last answer; then there is more to send
    let mut cut = kill_while_sending(&mut district, &office);
    for _once_more in 0..5 {
        if !cut.complete() && office.counts().unwrap().0 > 0 {
            break;
        }
        office.changes(&residents, 4_000).unwrap();
        cut = kill_while_sending(&mut district, &office);
    }
    assert!(!cut.complete(), "no kill came in time to cut anything: {cut:?}");
    assert!(office.counts().unwrap().0 > 0, "nothing was left to send: {cut:?}");

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
    let residents = desk.residents(40).unwrap();
    for pause_ms in [0, 5, 15, 30, 60, 120] {
        desk.changes(&residents, 300).unwrap();
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
