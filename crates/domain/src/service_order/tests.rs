#![allow(clippy::unwrap_used)]

use chrono::NaiveDate;
use proptest::prelude::*;

use super::*;
use crate::ids::TransferId;
use crate::ledger::{Account, Amount, Book, Ledger, Owner, Transfer};

const TOWN: &str = "330211101";

fn resident(byte: u8) -> ResidentId {
    ResidentId::from_bytes([byte; 16])
}

fn terms(payer: Payer) -> Terms {
    Terms { beneficiary: resident(1), payer, planned_min: 120 }
}

fn way(steps: &[Step], payer: Payer) -> Result<Standing, StepFault> {
    steps.iter().try_fold(Standing::POSTED, |now, step| advance(&terms(payer), &now, *step))
}

const SERVED: [Step; 3] = [Step::Take(ResidentId::from_bytes([2; 16])), Step::SignIn(540), Step::SignOut(665)];
const BOTH: [Step; 2] =
    [Step::Confirm(Side::Volunteer, ConfirmWay::Slip), Step::Confirm(Side::Beneficiary, ConfirmWay::Telephone)];

#[test]
fn the_way_to_credit() {
    let steps = [&SERVED[..], &BOTH, &[Step::Credit(Coefficient::new(120).unwrap())]].concat();
    let standing = way(&steps, Payer::Reserve).unwrap();
    assert_eq!((standing.state, standing.credited_min), (OrderState::Credited, Some(150)));
}

#[test]
fn one_signature_is_not_enough() {
    let steps = [&SERVED[..], &BOTH[..1]].concat();
    assert_eq!(way(&steps, Payer::Own).unwrap().state, OrderState::SignedOut);
    let steps = [&SERVED[..], &BOTH[..1], &[Step::Credit(Coefficient::new(100).unwrap())]].concat();
    assert_eq!(way(&steps, Payer::Own), Err(StepFault::State { found: OrderState::SignedOut }));
    let steps = [&SERVED[..], &BOTH[..1], &BOTH[..1]].concat();
    assert_eq!(way(&steps, Payer::Own), Err(StepFault::ConfirmedBefore));
}

#[test]
fn a_settled_dispute_asks_both_again() {
    let settled = Step::Resolve { signed_in_min: Some(600), signed_out_min: None };
    let steps = [&SERVED[..], &BOTH, &[Step::Dispute, settled]].concat();
    let standing = way(&steps, Payer::Own).unwrap();
    assert_eq!((standing.state, standing.worked_min()), (OrderState::SignedOut, Some(65)));
    assert_eq!((standing.volunteer_way, standing.beneficiary_way), (None, None));
}

#[test]
fn times_and_people_are_checked() {
    assert_eq!(way(&[Step::Take(resident(1))], Payer::Own), Err(StepFault::SamePerson));
    let signed = |from, to| way(&[SERVED[0], Step::SignIn(from), Step::SignOut(to)], Payer::Own);
    assert_eq!(signed(600, 600), Err(StepFault::Backwards));
    assert_eq!(signed(600, 599), Err(StepFault::Backwards));
    assert_eq!(signed(0, SERVICE_MAX_MIN + 1), Err(StepFault::TooLong));
}

#[test]
fn who_recorded_it_or_lives_there_does_not_credit() {
    let (maker, other) = (UserId::from_bytes([1; 16]), UserId::from_bytes([2; 16]));
    assert_eq!(second_person(maker, maker, false), Err(SecondPersonFault::OwnEntry));
    assert_eq!(second_person(maker, other, true), Err(SecondPersonFault::OwnHousehold));
    assert_eq!(second_person(maker, other, false), Ok(()));
}

#[test]
fn an_order_has_a_number_that_can_be_typed() {
    let mut bytes = [0xff; 16];
    bytes[11..].copy_from_slice(&[0x08, 0x42, 0x10, 0x84, 0x21]);
    assert_eq!(order_number(ServiceOrderId::from_bytes(bytes)), "11111111");
    assert_eq!(shown_number("K3QX7M2P"), "K3QX-7M2P");
    assert_eq!(code_text::typed("k3qx-7m2p"), "K3QX7M2P");
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (1_u8..4).prop_map(|byte| Step::Take(resident(byte))),
        (500_u16..700).prop_map(Step::SignIn),
        (500_u16..1_400).prop_map(Step::SignOut),
        any::<bool>().prop_map(|volunteer| BOTH[usize::from(volunteer)]),
        Just(Step::Dispute),
        (proptest::option::of(500_u16..700))
            .prop_map(|signed_in_min| Step::Resolve { signed_in_min, signed_out_min: None }),
        Just(Step::Cancel),
        (50_u32..=300).prop_map(|percent| Step::Credit(Coefficient::new(percent).unwrap())),
        Just(Step::Reverse),
    ]
}

fn accounts(standing: &Standing, movement: Movement) -> (Account, Account) {
    let town = TOWN.parse().unwrap();
    let beneficiary = Account::minutes(Owner::Resident(resident(1)));
    let volunteer = Account::minutes(Owner::Resident(standing.volunteer.unwrap_or(resident(9))));
    let (holding, reserve) = (Account::minutes(Owner::Holding(town)), Account::minutes(Owner::Reserve(town)));
    match movement {
        Movement::Hold => (beneficiary, holding),
        Movement::Release => (holding, beneficiary),
        Movement::Pay => (beneficiary, volunteer),
        Movement::PayBack => (volunteer, beneficiary),
        Movement::TopUp => (reserve, volunteer),
        Movement::TopUpBack => (volunteer, reserve),
    }
}

proptest! {
    /// Whatever is tried with an order, in whatever order: the book takes every movement, each at most once, nothing
    /// is held by an order that is over, and the sum is zero.
    #[test]
    fn no_walk_makes_minutes(own in any::<bool>(), steps in proptest::collection::vec(any_step(), 0..40)) {
        let terms = terms(if own { Payer::Own } else { Payer::Reserve });
        let (mut book, mut now, mut credits) = (Book::new(), Standing::POSTED, 0);
        let day: NaiveDate = "2026-11-22".parse().unwrap();
        let id = |movement: Movement| TransferId::from_bytes([movement as u8; 16]);
        let mut post = |standing: &Standing, moved: Moved| {
            for (movement, minutes) in moved {
                let (debit, credit) = accounts(standing, movement);
                let amount = Amount::new(i64::from(minutes)).unwrap();
                let reverses = movement.reverses().map(id);
                let transfer = Transfer { id: id(movement), debit, credit, amount, effective_on: day, reverses };
                assert_eq!(book.post(transfer), Ok(()));
            }
            book.sum(Ledger::Minutes)
        };
        prop_assert_eq!(post(&now, moved_by_posting(&terms)), 0);
        for step in steps {
            let Ok(next) = advance(&terms, &now, step) else { continue };
            credits += u32::from(matches!(step, Step::Credit(_)));
            prop_assert_eq!(post(&next, moved_by(&terms, &next, step)), 0);
            now = next;
        }
        prop_assert!(credits <= 1);
        let town = TOWN.parse().unwrap();
        let held = book.balance(Account::minutes(Owner::Holding(town)));
        prop_assert_eq!(held, if own && !now.state.is_final() { 120 } else { 0 });
        let volunteer = now.volunteer.map_or(0, |who| book.balance(Account::minutes(Owner::Resident(who))));
        prop_assert_eq!(volunteer, if now.state == OrderState::Credited { i64::from(now.credited_min.unwrap()) } else { 0 });
    }
}
