use super::*;

const NOON_MS: i64 = 1_767_585_600_000;

#[test]
fn a_clock_that_runs_backwards_never_takes_a_reading_back() {
    let first = Hlc::default().tick(NOON_MS);
    let second = first.tick(NOON_MS - 86_400_000);
    let third = second.tick(i64::MIN);
    assert!(first < second && second < third);
    assert_eq!(third.ms(), NOON_MS as u64);
}

#[test]
fn a_reading_follows_what_was_seen() {
    let seen = Hlc::at(NOON_MS + 5_000);
    let ours = Hlc::at(NOON_MS).observe(seen, NOON_MS);
    assert!(ours.tick(NOON_MS) > seen);
}

#[test]
fn a_clock_at_2099_advances_no_ones_clock() {
    let ours = Hlc::at(NOON_MS);
    assert_eq!(ours.observe(Hlc::at(4_070_908_800_000), NOON_MS), ours);
}

#[test]
fn every_reading_fits_a_database_column() {
    assert!(i64::try_from(Hlc::at(i64::MAX).0).is_ok());
}
