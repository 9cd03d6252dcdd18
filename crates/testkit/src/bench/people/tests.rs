#![allow(clippy::unwrap_used)]

use std::collections::HashSet;

use chrono::NaiveDate;
use zhenxin_domain::{id_number::IdNumber, phone::Phone, resident::PersonName};

use super::{BIRTH_DAYS, Village, people};

fn villages() -> Vec<Village> {
    ["330211101001", "330211101200"].map(|code| Village { code: code.to_owned(), name: format!("村{code}") }).to_vec()
}

#[test]
fn everybody_would_pass_the_import() {
    let today = NaiveDate::from_ymd_opt(2026, 9, 1).unwrap();
    // more than one turn through the days of birth
    let all = people(BIRTH_DAYS + 3_000, &villages(), 7);
    let numbers: HashSet<&str> = all.iter().map(|person| person.id_number.as_str()).collect();
    assert_eq!(numbers.len(), all.len(), "ID numbers repeat");
    for person in &all {
        let number = IdNumber::parse(&person.id_number, today).unwrap();
        assert_eq!((number.birth_date(), number.sex().label()), (person.birth, person.sex));
        assert_eq!(PersonName::parse(&person.name).unwrap().as_str(), person.name);
        assert!(person.phone.is_empty() || Phone::parse(&person.phone).is_ok());
        assert_eq!(person.readings.len(), person.name.chars().count());
    }
}

#[test]
fn the_same_seed_gives_the_same_people() {
    let names = |seed| people(500, &villages(), seed).into_iter().map(|person| person.name).collect::<Vec<_>>();
    assert_eq!(names(1), names(1));
    assert_ne!(names(1), names(2));
}

#[test]
fn villages_share_them_evenly_and_households_stay_in_one() {
    let all = people(1_000, &villages(), 3);
    assert_eq!(all.iter().filter(|person| person.village == 1).count(), 500);
    let households: HashSet<&str> = all.iter().map(|person| person.household_number.as_str()).collect();
    let places: HashSet<(usize, &str)> =
        all.iter().map(|person| (person.village, person.household_number.as_str())).collect();
    assert_eq!(households.len(), places.len());
}
