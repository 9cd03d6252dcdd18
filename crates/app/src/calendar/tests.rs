#![allow(clippy::unwrap_used)]

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn a_published_year_replaces_the_bundled_one_and_leaves_the_others() {
    let published = rows(
        br#"{"kind":"holidays","title":"2027","rows":[{"date":"2026-01-05","kind":"holiday"},{"date":"2027-01-01","kind":"holiday"}]}"#,
    );
    let calendar = merged(published.unwrap()).unwrap();
    assert!(calendar.is_workday(day("2026-01-01")).is_workday, "2026 is the published table's alone");
    assert!(!calendar.is_workday(day("2026-01-05")).is_workday);
    assert!(!calendar.is_workday(day("2025-01-01")).is_workday, "2025 is still the bundled one's");
    assert_eq!(calendar.years().last(), Some(2027));
}

#[test]
fn what_is_no_table_is_none() {
    assert!(rows(b"").is_none());
    assert!(rows(br#"{"rows":[{"date":"2026-02-30","kind":"holiday"}]}"#).is_none());
    assert!(rows(br#"{"rows":[{"date":"2026-02-03","kind":"fest"}]}"#).is_none());
    let twice = r#"{"rows":[{"date":"2026-02-03","kind":"holiday"},{"date":"2026-02-03","kind":"workday"}]}"#;
    assert!(merged(rows(twice.as_bytes()).unwrap()).is_err());
}
