#![allow(clippy::unwrap_used)]
use super::purposes::{in_force, words};

#[test]
fn every_line_of_the_list_of_purposes_is_read_and_dated() {
    let table = include_str!("../../../../assets/data/query-purposes.csv");
    let day = "2026-11-23".parse().unwrap();
    let codes: Vec<&str> = table.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    assert!(codes.len() >= 8);
    for code in &codes {
        let purpose = in_force(code, day).unwrap_or_else(|| panic!("{code} is not read"));
        assert!(purpose.legal_basis.contains('《') && words(code) == purpose.name);
        assert!(in_force(code, "2025-12-31".parse().unwrap()).is_none(), "{code} begins on a day");
    }
    for fixed in [super::purposes::OWN_COPY, super::purposes::HOME_SERVICE] {
        assert!(in_force(fixed, day).is_some_and(|purpose| !purpose.needs_authorisation), "{fixed}");
    }
    assert!(in_force("authorised", day).unwrap().needs_authorisation);
    assert!(in_force("curiosity", day).is_none());
}
