//! The demonstration town after years of work: its backup is rehearsed and restored whole.

use serde_json::{Value, json};
use zhenxin_app::SystemClock;
use zhenxin_testkit::bench::rehearsal::years_of_work;
use zhenxin_testkit::demo;
use zhenxin_testkit::pc::Pc;

/// As the demonstration is asked for.
const TRANSFERS: usize = 100_000;

#[test]
fn a_backup_of_the_demonstration_town_with_100_000_transfers_gives_it_back() {
    let folder = tempfile::tempdir().unwrap();
    demo::build(folder.path(), &mut |_| {}).unwrap();
    let office = folder.path().join("office");
    years_of_work(&office, TRANSFERS).unwrap();
    let pc = Pc::open(&office, SystemClock).unwrap();
    pc.sign_in("wang").unwrap();
    let made = pc.act("back_up", json!({})).unwrap();
    let newest = &made["shelves"][0]["backups"][0];
    let backup = json!({ "place": newest["place"], "backup": newest["backup"] });

    let rehearsed = pc.act("rehearse_backup", backup.clone()).unwrap();
    assert_eq!((&rehearsed["sound"], &rehearsed["problems"]), (&json!(true), &json!([])), "{rehearsed}");
    assert_eq!((&rehearsed["ledger_sum"], &rehearsed["files_missing"]), (&json!(0), &json!(0)));
    assert!(rehearsed["transfers"].as_u64().unwrap() >= TRANSFERS as u64, "{rehearsed}");
    assert_eq!(rehearsed["residents"], newest["residents"]);

    let before = figures(&pc);
    let done = pc.act("restore_backup", backup).unwrap();
    assert_eq!(done["state"]["phase"], "signed_out");
    pc.sign_in("wang").unwrap();
    assert_eq!(figures(&pc), before);
}

/// What the first page says of the town.
fn figures(pc: &Pc) -> Value {
    let bench = pc.ask("workbench", Value::Null).unwrap();
    let names = [
        "residents",
        "with_consent",
        "awaiting_review",
        "points_given_this_month",
        "points_reversed_this_month",
        "points_given_last_month",
        "time",
        "brand",
    ];
    names.iter().map(|name| bench.get(name).unwrap_or_else(|| panic!("no {name}")).clone()).collect()
}
