#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::consent::{Channel, ConsentState, GivenBy};
use crate::ids::{ConsentId, ResidentId};

fn op(byte: u8) -> OpId {
    OpId::from_bytes([byte; 16])
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn consent(state: ConsentState) -> Consent {
    Consent {
        id: ConsentId::from_bytes([1; 16]),
        resident: ResidentId::from_bytes([2; 16]),
        version: "2026-1".to_owned(),
        given_on: day("2026-01-05"),
        channel: Channel::Paper,
        given_by: GivenBy::Resident,
        state,
    }
}

#[test]
fn the_way_of_a_consent_to_its_end() {
    let today = day("2026-11-23");
    let active = [consent(ConsentState::Active)];
    let withdrawn = [consent(ConsentState::Withdrawn { on: day("2026-11-01") })];
    assert_eq!(stage(&[], DataState::Open, today), PersonStage::Without);
    assert_eq!(stage(&active, DataState::Open, today), PersonStage::Active);
    assert_eq!(stage(&withdrawn, DataState::Open, today), PersonStage::Withdrawn);
    let restricted = advance(DataStanding::OPEN, DataStep::Restrict).unwrap();
    assert_eq!(stage(&withdrawn, restricted.state, today), PersonStage::Restricted);
    let asked = advance(restricted, DataStep::Ask(op(1))).unwrap();
    let erased = advance(asked, DataStep::Erase).unwrap();
    assert_eq!(stage(&active, erased.state, today), PersonStage::Erased);
    assert_eq!(may_take_part(&active, DataState::Open, today), Ok(()));
    assert_eq!(may_take_part(&withdrawn, DataState::Open, today), Err(PartFault::Consent(ConsentFault::Withdrawn)));
    assert_eq!(may_take_part(&active, DataState::Restricted, today), Err(PartFault::Restricted));
    assert_eq!(may_take_part(&active, DataState::Erased, today), Err(PartFault::Erased));
}

#[test]
fn a_request_is_answered_once_and_by_its_name() {
    let asked = advance(DataStanding::OPEN, DataStep::Ask(op(1))).unwrap();
    assert_eq!(advance(asked, DataStep::Ask(op(2))), Err(DataFault::AskedBefore));
    assert_eq!(advance(asked, DataStep::Close(op(2))), Err(DataFault::NotAsked));
    let refused = advance(asked, DataStep::Close(op(1))).unwrap();
    assert_eq!(advance(refused, DataStep::Close(op(1))), Err(DataFault::NotAsked));
    assert_eq!(advance(DataStanding::OPEN, DataStep::Lift), Err(DataFault::NotRestricted));
}

fn any_step() -> impl Strategy<Value = DataStep> {
    prop_oneof![
        Just(DataStep::Restrict),
        Just(DataStep::Lift),
        (0_u8..3).prop_map(|byte| DataStep::Ask(op(byte))),
        (0_u8..3).prop_map(|byte| DataStep::Close(op(byte))),
        Just(DataStep::Erase),
    ]
}

proptest! {
    #[test]
    fn erased_is_for_good_and_comes_from_anywhere(steps in prop::collection::vec(any_step(), 0..30)) {
        let mut standing = DataStanding::OPEN;
        let mut erased = false;
        for step in steps {
            match advance(standing, step) {
                Ok(next) => {
                    prop_assert!(!erased);
                    erased = step == DataStep::Erase;
                    standing = next;
                }
                Err(fault) => prop_assert!(step != DataStep::Erase || fault == DataFault::Erased),
            }
            prop_assert_eq!(erased, standing.state == DataState::Erased);
            prop_assert!(!(erased && standing.asked.is_some()));
        }
    }
}
