#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

fn day(d: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, d).unwrap()
}

fn issuance() -> Account {
    Account::points(Owner::Issuance("330211101".parse().unwrap()))
}

fn person(n: u8) -> Account {
    Account::points(Owner::Resident(ResidentId::from_bytes([n; 16])))
}

fn id(n: u8) -> TransferId {
    TransferId::from_bytes([n; 16])
}

fn award(n: u8, to: Account, points: i64, on: u32) -> Transfer {
    let amount = Amount::new(points).unwrap();
    Transfer { id: id(n), debit: issuance(), credit: to, amount, effective_on: day(on), reverses: None }
}

#[test]
fn accounts_have_one_text() {
    let household = Account::points(Owner::Household(HouseholdId::from_bytes([0xab; 16])));
    for (account, text) in [
        (issuance(), "points/issuance/330211101".to_owned()),
        (person(1), format!("points/resident/{}", ResidentId::from_bytes([1; 16]))),
        (household, "points/household/abababab-abab-abab-abab-abababababab".to_owned()),
        (Account::minutes(person(1).owner), format!("minutes/resident/{}", ResidentId::from_bytes([1; 16]))),
        (Account::minutes(Owner::Reserve("330211101".parse().unwrap())), "minutes/reserve/330211101".to_owned()),
        (Account::minutes(Owner::Holding("330211101".parse().unwrap())), "minutes/holding/330211101".to_owned()),
    ] {
        assert_eq!(account.to_string(), text);
        assert_eq!(text.parse::<Account>(), Ok(account));
    }
    for text in [
        "",
        "points",
        "points/resident",
        "gold/issuance/330211101",
        "points/issuance/330211101/",
        "points/shop/330211101",
        "minutes/reserve/33021110",
        "minutes/holding/abababab-abab-abab-abab-abababababab",
        "points/household/ABABABAB-abab-abab-abab-abababababab",
    ] {
        assert_eq!(text.parse::<Account>(), Err(AccountFault), "{text}");
    }
}

#[test]
fn amounts_are_whole_and_positive() {
    assert_eq!(Amount::new(0), Err(AmountFault::NotPositive));
    assert_eq!(Amount::new(-5), Err(AmountFault::NotPositive));
    assert_eq!(Amount::new(1).unwrap().get(), 1);
    assert_eq!(Amount::new(1_000_000).unwrap().get(), AMOUNT_MAX);
    assert_eq!(Amount::new(1_000_001), Err(AmountFault::TooLarge));
    assert_eq!(Amount::new(i64::MAX), Err(AmountFault::TooLarge));
}

#[test]
fn an_award_moves_points_from_the_town_to_the_person() {
    let mut book = Book::new();
    book.post(award(1, person(1), 5, 10)).unwrap();
    book.post(award(2, person(1), 3, 20)).unwrap();
    assert_eq!((book.balance(person(1)), book.balance(issuance()), book.balance(person(2))), (8, -8, 0));
    assert_eq!((book.balance_on(person(1), day(9)), book.balance_on(person(1), day(10))), (0, 5));
    assert_eq!((book.balance_on(issuance(), day(20)), book.balance_on(person(2), day(20))), (-8, 0));
    assert_eq!(book.sum(Ledger::Points), 0);
    assert_eq!(book.balances().count(), 2);
}

#[test]
fn a_reversal_takes_back_the_whole_once() {
    let mut book = Book::new();
    let first = award(1, person(1), 5, 10);
    book.post(first.clone()).unwrap();
    assert_eq!(book.reversal_of(first.id), None);
    book.post(first.reversal(id(2), day(12))).unwrap();
    assert_eq!(book.balance(person(1)), 0);
    assert_eq!(book.balance_on(person(1), day(11)), 5);
    assert_eq!(book.reversal_of(first.id).unwrap().id, id(2));
    assert_eq!(book.post(first.reversal(id(3), day(12))), Err(PostFault::AlreadyReversed));
    let reversal = book.transfer(id(2)).unwrap().clone();
    assert_eq!(book.post(reversal.reversal(id(4), day(13))), Err(PostFault::ReversalOfReversal));
}

#[test]
fn a_refused_transfer_leaves_the_book_as_it_was() {
    let mut book = Book::new();
    let first = award(1, person(1), 5, 10);
    book.post(first.clone()).unwrap();
    let before = book.clone();
    let minutes = Account::minutes(person(1).owner);
    let reversal = first.reversal(id(2), day(12));
    for (transfer, fault) in [
        (Transfer { id: id(9), credit: issuance(), ..first.clone() }, PostFault::SameAccount),
        (Transfer { id: id(9), credit: minutes, ..first.clone() }, PostFault::DifferentLedgers),
        (first.clone(), PostFault::DuplicateId),
        (Transfer { reverses: Some(id(7)), ..reversal.clone() }, PostFault::ReversalOfUnknown),
        (Transfer { amount: Amount::new(4).unwrap(), ..reversal.clone() }, PostFault::ReversalDiffers),
        (Transfer { debit: person(2), ..reversal.clone() }, PostFault::ReversalDiffers),
        (Transfer { credit: person(2), ..reversal.clone() }, PostFault::ReversalDiffers),
        (Transfer { effective_on: day(9), ..reversal.clone() }, PostFault::ReversalTooEarly),
        (Transfer { id: id(1), ..reversal.clone() }, PostFault::DuplicateId),
    ] {
        assert_eq!(book.post(transfer), Err(fault));
        assert_eq!(book, before);
    }
    let other = award(5, person(1), 5, 10);
    assert_eq!(reversal.check_reversal_of(&other, false), Err(PostFault::ReversalDiffers));
}

#[test]
fn what_is_not_yet_effective_is_reversed_on_its_own_day() {
    let first = award(1, person(1), 5, 20);
    assert_eq!(first.reversal(id(2), day(12)).effective_on, day(20));
}

/// One random act on a book.
#[derive(Clone, Debug)]
enum Act {
    Post { id: u8, from: u8, to: u8, points: i64 },
    Reverse { id: u8, original: u8 },
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        (0_u8..40, 0_u8..4, 0_u8..4, 1_i64..1_000).prop_map(|(id, from, to, points)| Act::Post {
            id,
            from,
            to,
            points
        }),
        (0_u8..40, 0_u8..40).prop_map(|(id, original)| Act::Reverse { id, original }),
    ];
    prop::collection::vec(act, 0..80)
}

fn account(n: u8) -> Account {
    match n {
        0 => issuance(),
        1 => Account::minutes(person(1).owner),
        _ => person(n),
    }
}

proptest! {
    #[test]
    fn whatever_is_posted_sums_to_zero_and_is_reversed_at_most_once(acts in acts()) {
        let mut book = Book::new();
        let mut posted: Vec<Transfer> = Vec::new();
        for act in acts {
            let transfer = match act {
                Act::Post { id: n, from, to, points } => Transfer {
                    id: id(n),
                    debit: account(from),
                    credit: account(to),
                    amount: Amount::new(points).unwrap(),
                    effective_on: day(1),
                    reverses: None,
                },
                Act::Reverse { id: n, original } => match book.transfer(id(original)) {
                    Some(original) => original.reversal(id(n), day(2)),
                    None => continue,
                },
            };
            if book.post(transfer.clone()).is_ok() {
                posted.push(transfer);
            }
            prop_assert_eq!(book.sum(Ledger::Points), 0);
            prop_assert_eq!(book.sum(Ledger::Minutes), 0);
        }
        for (account, balance) in book.balances() {
            let credits: i64 = posted.iter().filter(|t| t.credit == account).map(|t| i64::from(t.amount)).sum();
            let debits: i64 = posted.iter().filter(|t| t.debit == account).map(|t| i64::from(t.amount)).sum();
            prop_assert_eq!(balance, credits - debits);
            prop_assert_eq!(book.balance_on(account, day(2)), balance);
        }
        for transfer in &posted {
            let reversals = posted.iter().filter(|t| t.reverses == Some(transfer.id)).count();
            prop_assert!(reversals <= 1);
            prop_assert!(transfer.reverses.is_none() || reversals == 0);
            prop_assert!(transfer.debit != transfer.credit);
        }
    }
}
