#![allow(clippy::unwrap_used)]

use zhenxin_domain::ids::OpId;
use zhenxin_protocol::wire::ops::{OpOutcome, OpResult};
use zhenxin_store::Receipt;

use super::read;
use crate::engine::Halt;
use crate::failure::Failure;

fn ids(count: u8) -> Vec<OpId> {
    (1..=count).map(|number| OpId::from_bytes([number; 16])).collect()
}

fn results(outcomes: &[Option<OpOutcome>]) -> Vec<OpResult> {
    outcomes.iter().map(|outcome| OpResult { outcome: outcome.clone() }).collect()
}

fn taken(server_seq: u64) -> Option<OpOutcome> {
    Some(OpOutcome::Accepted { server_seq })
}

#[test]
fn every_decided_op_gets_its_receipt() {
    let outcomes = [
        taken(4),
        Some(OpOutcome::Duplicate { server_seq: 5, issue: Some("time_suspect".to_owned()) }),
        Some(OpOutcome::Rejected { code: "bad_body".to_owned(), text: "x".to_owned() }),
        taken(6),
    ];
    let verdicts = read(&ids(4), results(&outcomes)).unwrap();
    assert_eq!(verdicts.halt, None);
    let receipts: Vec<Receipt> = verdicts.receipts.into_iter().map(|(_, receipt)| receipt).collect();
    assert_eq!(
        receipts,
        [
            Receipt::Accepted { server_seq: 4, issue: None },
            Receipt::Accepted { server_seq: 5, issue: Some("time_suspect".to_owned()) },
            Receipt::Rejected { code: "bad_body".to_owned(), text: "x".to_owned() },
            Receipt::Accepted { server_seq: 6, issue: None },
        ]
    );
}

#[test]
fn a_fork_keeps_the_receipts_before_it_and_halts() {
    let verdicts = read(&ids(3), results(&[taken(1), Some(OpOutcome::Fork), Some(OpOutcome::Fork)])).unwrap();
    assert_eq!((verdicts.receipts.len(), verdicts.halt), (1, Some(Halt::Forked)));
}

#[test]
fn a_gap_before_the_first_op_means_that_the_district_lost_something() {
    let gap = || Some(OpOutcome::Gap { expected: 3 });
    let verdicts = read(&ids(2), results(&[gap(), gap()])).unwrap();
    assert_eq!((verdicts.receipts.len(), verdicts.halt), (0, Some(Halt::DistrictChanged)));
    let verdicts = read(&ids(2), results(&[taken(1), gap()])).unwrap();
    assert_eq!((verdicts.receipts.len(), verdicts.halt), (1, None));
}

#[test]
fn an_unknown_fate_leaves_the_op_and_those_after_it_pending() {
    let verdicts = read(&ids(3), results(&[taken(1), None, taken(3)])).unwrap();
    assert_eq!((verdicts.receipts.len(), verdicts.halt), (1, None));
}

#[test]
fn an_answer_of_another_length_is_no_receipt() {
    assert_eq!(read(&ids(2), results(&[taken(1)])), Err(Failure::Garbled));
}
