#![allow(clippy::unwrap_used)]

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn a_quarter_that_has_begun_without_an_activity_is_a_gap() {
    let today = day("2026-11-22");
    assert_eq!(quarter(today), 4);
    assert_eq!(quarter(day("2026-03-31")), 1);
    assert!(is_gap(2026, 4, 0, today) && is_gap(2026, 1, 0, today) && is_gap(2025, 4, 0, today));
    assert!(!is_gap(2026, 4, 1, today) && !is_gap(2027, 1, 0, today));
    assert!(!is_gap(2026, 2, 0, day("2026-03-31")));
}
