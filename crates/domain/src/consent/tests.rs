#![allow(clippy::unwrap_used)]

use super::*;

fn day(y: i32, m: u32, d: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(y, m, d).unwrap()
}

fn give(birth: NaiveDate, given_on: NaiveDate, given_by: GivenBy) -> Result<Consent, ConsentFault> {
    Consent::give(
        ConsentId::from_bytes([1; 16]),
        ResidentId::from_bytes([2; 16]),
        birth,
        " 2026-01 ",
        given_on,
        Channel::Paper,
        given_by,
    )
}

fn adult(given_on: NaiveDate) -> Consent {
    give(day(1980, 1, 1), given_on, GivenBy::Resident).unwrap()
}

#[test]
fn a_child_needs_the_guardian_until_fourteen() {
    let birth = day(2012, 5, 1);
    let eve = day(2026, 4, 30);
    assert_eq!(give(birth, eve, GivenBy::Resident), Err(ConsentFault::GuardianNeeded));
    assert_eq!(give(birth, eve, GivenBy::Guardian).unwrap().version, "2026-01");
    assert!(give(birth, day(2026, 5, 1), GivenBy::Resident).is_ok());
    assert_eq!(give(birth, day(2012, 4, 30), GivenBy::Guardian), Err(ConsentFault::GivenBeforeBirth));
}

#[test]
fn a_consent_names_its_text() {
    let with = |version: &str| {
        let (id, who) = (ConsentId::from_bytes([1; 16]), ResidentId::from_bytes([2; 16]));
        let birth = day(1980, 1, 1);
        Consent::give(id, who, birth, version, day(2026, 1, 1), Channel::Counter, GivenBy::Resident)
    };
    assert_eq!(with(" "), Err(ConsentFault::VersionMissing));
    assert_eq!(with(&"v".repeat(41)), Err(ConsentFault::VersionTooLong));
    assert!(with(&"v".repeat(40)).is_ok());
}

#[test]
fn an_award_needs_a_consent_that_held_and_still_holds() {
    let event = day(2026, 6, 1);
    assert_eq!(may_receive_award(&[], event), Err(ConsentFault::Missing));
    assert_eq!(may_receive_award(&[adult(day(2026, 6, 2))], event), Err(ConsentFault::NotYetGiven));
    assert_eq!(may_receive_award(&[adult(event)], event), Ok(()));

    let mut withdrawn = adult(day(2026, 1, 1));
    withdrawn.withdraw(day(2026, 7, 1)).unwrap();
    assert_eq!(may_receive_award(&[withdrawn.clone()], event), Err(ConsentFault::Withdrawn));
    assert!(withdrawn.held_on(day(2026, 6, 30)) && !withdrawn.held_on(day(2026, 7, 1)));
    assert!(!withdrawn.held_on(day(2025, 12, 31)));

    let again = adult(day(2026, 8, 1));
    let both = [withdrawn, again];
    assert_eq!(may_receive_award(&both, event), Err(ConsentFault::NotYetGiven));
    assert_eq!(may_receive_award(&both, day(2026, 8, 1)), Ok(()));
}

#[test]
fn a_withdrawn_consent_stays_withdrawn() {
    let mut consent = adult(day(2026, 1, 1));
    assert_eq!(consent.withdraw(day(2025, 12, 31)), Err(ConsentFault::WithdrawnBeforeGiven));
    assert_eq!(consent.state, ConsentState::Active);
    consent.withdraw(day(2026, 1, 1)).unwrap();
    assert!(!consent.held_on(day(2026, 1, 1)));
    assert_eq!(consent.withdraw(day(2026, 2, 1)), Err(ConsentFault::AlreadyWithdrawn));
    assert_eq!(consent.state, ConsentState::Withdrawn { on: day(2026, 1, 1) });
}

#[test]
fn codes_return() {
    for channel in Channel::ALL {
        assert_eq!(Channel::from_code(channel.as_code()), Some(*channel));
    }
    for by in GivenBy::ALL {
        assert_eq!(GivenBy::from_code(by.as_code()), Some(*by));
    }
    assert_eq!(Channel::from_code("telepathy"), None);
}

#[test]
fn a_withdrawal_also_ends_what_another_pc_recorded_of_the_same_sheet() {
    let mut withdrawn = adult(day(2026, 3, 1));
    withdrawn.withdraw(day(2026, 5, 1)).unwrap();
    let same_sheet = adult(day(2026, 3, 1));
    let event = day(2026, 6, 1);
    assert_eq!(may_receive_award(&[withdrawn.clone(), same_sheet], event), Err(ConsentFault::Withdrawn));
    assert_eq!(may_receive_award(&[withdrawn, adult(day(2026, 5, 1))], event), Ok(()));
}
