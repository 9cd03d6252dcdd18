#![allow(clippy::unwrap_used)]
use chrono::Days;
use proptest::prelude::*;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The backups that stay, newest first.
fn thinned(made_on: &[NaiveDate]) -> Vec<NaiveDate> {
    made_on.iter().zip(kept(made_on)).filter(|(_, kept)| kept.is_some()).map(|(day, _)| *day).collect()
}

#[test]
fn a_year_of_daily_backups_leaves_seven_days_four_weeks_and_twelve_months() {
    let first = day("2025-11-01");
    let mut held: Vec<NaiveDate> = Vec::new();
    for at in 0..480 {
        held.insert(0, first + Days::new(at));
        held = thinned(&held);
    }
    let today = first + Days::new(479);
    assert_eq!(today, day("2027-02-23"));
    let words: Vec<String> = held.iter().map(ToString::to_string).collect();
    assert_eq!(
        words,
        [
            "2027-02-23",
            "2027-02-22",
            "2027-02-21",
            "2027-02-20",
            "2027-02-19",
            "2027-02-18",
            "2027-02-17",
            "2027-02-14",
            "2027-02-07",
            "2027-01-31",
            "2026-12-31",
            "2026-11-30",
            "2026-10-31",
            "2026-09-30",
            "2026-08-31",
            "2026-07-31",
            "2026-06-30",
            "2026-05-31",
            "2026-04-30",
            "2026-03-31",
        ]
    );
}

#[test]
fn the_last_day_keeps_its_earlier_backups_until_a_later_day_has_one() {
    let [before, today, after] = ["2026-11-22", "2026-11-23", "2026-11-24"].map(day);
    let (day, same_day) = (Some(KeptFor::Day), Some(KeptFor::SameDay));
    assert_eq!(kept(&[today, today, before, before]), [day, same_day, day, None]);
    assert_eq!(kept(&[after, today, today, before]), [day, day, None, day]);
    let many = kept(&[today; LAST_DAY_KEPT + 2]);
    assert_eq!(many.iter().flatten().count(), LAST_DAY_KEPT);
    assert_eq!((many[0], many[1], many[LAST_DAY_KEPT]), (day, same_day, None), "the newest of them stay");
}

#[test]
fn a_pc_that_was_off_for_months_keeps_what_it_had() {
    let days = [day("2026-11-23"), day("2026-05-04"), day("2026-03-01"), day("2025-01-01")];
    assert!(kept(&days).iter().all(Option::is_some));
}

proptest! {
    #[test]
    fn the_rule_is_steady(
        mut ages in proptest::collection::vec(0u64..800, 0..120), later in 0u64..40,
    ) {
        ages.sort_unstable();
        let today = day("2026-11-23");
        let days: Vec<NaiveDate> = ages.iter().map(|age| today - Days::new(*age)).collect();
        let held = thinned(&days);
        prop_assert!(held.len() <= KEPT_MAX);
        prop_assert_eq!(held.first(), days.first());
        // Thinning what was thinned takes nothing more.
        prop_assert_eq!(&thinned(&held), &held);
        // What was thinned out earlier is not missed later: thinning at once gives the same as thinning in between.
        let fresh = today + Days::new(later);
        let (mut at_once, mut in_between) = (days.clone(), held.clone());
        at_once.insert(0, fresh);
        in_between.insert(0, fresh);
        prop_assert_eq!(thinned(&at_once), thinned(&in_between));
    }
}
