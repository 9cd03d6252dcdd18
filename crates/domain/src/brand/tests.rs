#![allow(clippy::unwrap_used)]

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn brand(byte: u8) -> BrandId {
    BrandId::from_bytes([byte; 16])
}

#[test]
fn the_way_of_a_brand() {
    let mut state = None;
    for (step, after) in [
        (BrandStep::Propose, BrandState::Proposed),
        (BrandStep::SendBack, BrandState::SentBack),
        (BrandStep::Resubmit, BrandState::Proposed),
        (BrandStep::Approve, BrandState::Approved),
        (BrandStep::Activate { replaces: None }, BrandState::Active),
        (BrandStep::Retire, BrandState::Retired),
    ] {
        state = Some(advance(state, step, None).unwrap());
        assert_eq!(state, Some(after));
    }
    assert_eq!(advance(state, BrandStep::Approve, None), Err(BrandFault::State { found: BrandState::Retired }));
    assert_eq!(advance(None, BrandStep::Approve, None), Err(BrandFault::Unknown));
}

#[test]
fn only_the_brand_that_is_active_can_be_replaced() {
    let activate = |replaces| BrandStep::Activate { replaces };
    let approved = Some(BrandState::Approved);
    assert_eq!(advance(approved, activate(None), Some(brand(1))), Err(BrandFault::OtherActive));
    assert_eq!(advance(approved, activate(Some(brand(2))), Some(brand(1))), Err(BrandFault::OtherActive));
    assert_eq!(advance(approved, activate(Some(brand(1))), None), Err(BrandFault::OtherActive));
    assert_eq!(advance(approved, activate(Some(brand(1))), Some(brand(1))), Ok(BrandState::Active));
}

#[test]
fn a_year_is_to_be_assessed_from_november() {
    let since = day("2024-05-01");
    assert_eq!(assessments_due(since, &[2024], day("2026-10-31")), [2025]);
    assert_eq!(assessments_due(since, &[2024], day("2026-11-01")), [2025, 2026]);
    assert!(assessments_due(since, &[2024, 2025, 2026], day("2026-12-31")).is_empty());
    assert!(assessments_due(day("2026-11-20"), &[], day("2026-10-01")).is_empty());
}
