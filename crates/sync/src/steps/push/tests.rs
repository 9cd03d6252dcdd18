#![allow(clippy::unwrap_used)]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use zhenxin_domain::ids::{DeviceId, OpId};
use zhenxin_protocol::wire::ops::{OpOutcome, OpResult, PushAnswer};
use zhenxin_protocol::wire::{FaultCode, Lineage, WireFault};
use zhenxin_store::Receipt;

use super::{Flight, Turn, Wrong, of_the_chain, read, turn};
use crate::failure::Failure;
use crate::transport::HandedOver;

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
    assert_eq!(verdicts.trouble, None);
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
fn a_fork_keeps_the_receipts_before_it() {
    let verdicts = read(&ids(3), results(&[taken(1), Some(OpOutcome::Fork), Some(OpOutcome::Fork)])).unwrap();
    assert_eq!((verdicts.receipts.len(), verdicts.trouble), (1, Some(Wrong::Fork)));
}

#[test]
fn a_gap_before_the_first_op_means_that_the_district_lost_something() {
    let gap = || Some(OpOutcome::Gap { expected: 3 });
    let verdicts = read(&ids(2), results(&[gap(), gap()])).unwrap();
    assert_eq!((verdicts.receipts.len(), verdicts.trouble), (0, Some(Wrong::Gap(3))));
    let verdicts = read(&ids(2), results(&[taken(1), gap()])).unwrap();
    assert_eq!((verdicts.receipts.len(), verdicts.trouble), (1, None));
}

#[test]
fn an_unknown_fate_leaves_the_op_and_those_after_it_pending() {
    let verdicts = read(&ids(3), results(&[taken(1), None, taken(3)])).unwrap();
    assert_eq!((verdicts.receipts.len(), verdicts.trouble), (1, None));
}

#[test]
fn an_answer_of_another_length_is_no_receipt() {
    assert_eq!(read(&ids(2), results(&[taken(1)])), Err(Failure::Garbled));
}

#[test]
fn only_what_is_said_of_a_chain_leaves_it_alone() {
    let refused = |code| of_the_chain(&Failure::of_fault(WireFault::of(code)));
    assert!(refused(FaultCode::ScopeDenied) && refused(FaultCode::BadSignature));
    // what ends a round for the device itself
    let of_the_device = [FaultCode::DeviceRevoked, FaultCode::DeviceUnknown, FaultCode::Busy, FaultCode::Internal];
    assert!(!of_the_device.into_iter().any(refused));
    assert!(!of_the_chain(&Failure::Offline));
}

/// A batch whose answer comes when the test says so.
fn flight(answer: &Arc<Mutex<Option<PushAnswer>>>, first_seq: u64) -> Flight<'static> {
    let answer = Arc::clone(answer);
    Flight {
        ids: Vec::new(),
        bytes: 0,
        device: DeviceId::from_bytes([1; 16]),
        epoch: 1,
        first_seq,
        handed_over: HandedOver::default(),
        exchange: Box::pin(std::future::poll_fn(move |_| match answer.lock().unwrap().take() {
            Some(answer) => Poll::Ready(Ok((Lineage([0; 16]), answer))),
            None => Poll::Pending,
        })),
        answer: None,
    }
}

#[test]
fn a_batch_follows_once_the_one_before_has_left_and_answers_are_taken_in_order() {
    let mut cx = Context::from_waker(Waker::noop());
    let answers: [Arc<Mutex<Option<PushAnswer>>>; 2] = Default::default();
    let mut line: VecDeque<Flight<'_>> = VecDeque::from([flight(&answers[0], 1)]);
    assert!(turn(&mut line, true, &mut cx).is_pending(), "it has not left");
    line[0].handed_over.tell();
    assert!(matches!(turn(&mut line, true, &mut cx), Poll::Ready(Turn::Room)));
    assert!(turn(&mut line, false, &mut cx).is_pending(), "the line is full");
    line.push_back(flight(&answers[1], 2));
    *answers[1].lock().unwrap() = Some(PushAnswer { results: results(&[taken(2)]) });
    assert!(turn(&mut line, false, &mut cx).is_pending(), "the first one is not answered yet");
    *answers[0].lock().unwrap() = Some(PushAnswer { results: results(&[taken(1)]) });
    for expected in [1, 2] {
        let Poll::Ready(Turn::Answered(Ok((_, answer)))) = turn(&mut line, false, &mut cx) else {
            panic!("no answer");
        };
        assert_eq!(answer.results, results(&[taken(expected)]));
        line.pop_front();
    }
}
