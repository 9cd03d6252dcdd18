//! Pushing and pulling.

use zhenxin_domain::division::Scope;
use zhenxin_protocol::device_key::{Context, public_key, verify_hash};
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::wire::FaultCode;
use zhenxin_protocol::wire::limits::{CLOCK_AHEAD_MAX_MS, PULL_MAX_BYTES, PULL_OPS_MAX};
use zhenxin_protocol::wire::ops::{Cursor, OpOutcome, RejectCode};

use super::{Bench, accepted, stories};
use crate::fixture::{Author, NOW_MS, OTHER_VILLAGE, TOWN, VILLAGE, scope, town};
use crate::store::push::PushError;

stories! {
    two_devices_get_one_dense_order_per_scope
    a_repeated_push_is_answered_with_the_same_places
    missing_ops_are_a_gap_and_nothing_after_it_is_taken
    a_copied_disk_is_a_fork_until_it_has_a_new_epoch
    the_same_id_with_other_bytes_is_refused_loudly
    one_bad_op_among_many_keeps_its_place_and_blocks_none
    an_op_of_the_future_is_taken_and_flagged
    pulling_in_small_pages_gives_everything_once
    a_device_reads_only_its_villages_and_the_town
    fault_22_an_answer_to_a_pull_stays_within_its_limits
    another_device_brings_what_the_author_signed
    a_body_that_does_not_read_keeps_nothing_back_that_another_brings
    what_a_revoked_device_wrote_is_refused_when_it_comes_late
    the_signatures_of_the_authors_come_with_their_ops
    a_signature_that_does_not_fit_is_refused
}

fn two_devices_get_one_dense_order_per_scope(bench: Bench) {
    let (mut one, mut two) = (Author::new(1), Author::new(2));
    let (first, second) = (bench.enrolled(&one, &[]), bench.enrolled(&two, &[]));
    let (a, b, c) = (one.ops(VILLAGE, 3), two.ops(VILLAGE, 2), one.ops(OTHER_VILLAGE, 1));
    assert_eq!(bench.push(&one, &a), accepted(1..=3));
    assert_eq!(bench.push(&two, &b), accepted(4..=5));
    assert_eq!(bench.push(&one, &c), accepted(1..=1));
    let expected: Vec<(u64, Vec<u8>)> = (1..).zip(a.iter().chain(&b).cloned()).collect();
    for device in [&first, &second] {
        assert_eq!(
            bench.pulled(device),
            vec![(scope(VILLAGE), expected.clone()), (scope(OTHER_VILLAGE), vec![(1, c[0].clone())])]
        );
    }
    bench.sound();
}

fn a_repeated_push_is_answered_with_the_same_places(bench: Bench) {
    let mut author = Author::new(1);
    let device = bench.enrolled(&author, &[]);
    let ops = author.ops(VILLAGE, 5);
    bench.push(&author, &ops[..3]);
    let duplicates = |last| (1..=last).map(|server_seq| OpOutcome::Duplicate { server_seq, issue: None });
    let outcomes = bench.push(&author, &ops);
    assert_eq!(outcomes, duplicates(3).chain(accepted(4..=5)).collect::<Vec<_>>());
    assert_eq!(bench.push(&author, &ops), duplicates(5).collect::<Vec<_>>());
    assert_eq!(bench.pulled(&device)[0].1.len(), 5);
    bench.sound();
}

fn missing_ops_are_a_gap_and_nothing_after_it_is_taken(bench: Bench) {
    let mut author = Author::new(1);
    bench.enrolled(&author, &[]);
    let ops = author.ops(VILLAGE, 4);
    assert_eq!(bench.push(&author, &ops[1..]), vec![OpOutcome::Gap { expected: 1 }; 3]);
    let holed = [ops[0].clone(), ops[2].clone(), ops[3].clone()];
    let outcomes = bench.push(&author, &holed);
    assert_eq!(outcomes[0], OpOutcome::Accepted { server_seq: 1 });
    assert_eq!(outcomes[1..], vec![OpOutcome::Gap { expected: 2 }; 2]);
    assert_eq!(bench.push(&author, &ops)[1..], accepted(2..=4));
    bench.sound();
}

fn a_copied_disk_is_a_fork_until_it_has_a_new_epoch(bench: Bench) {
    let mut author = Author::new(1);
    let device = bench.enrolled(&author, &[]);
    let before = author.ops(VILLAGE, 2);
    bench.push(&author, &before);
    let mut copy = author.clone();
    let after = author.ops(VILLAGE, 2);
    bench.push(&author, &after);
    let other = vec![copy.op_with(VILLAGE, |op| op.body = vec![0xa1, 0, 1]), copy.op(VILLAGE), copy.op(VILLAGE)];
    assert_eq!(bench.push(&copy, &other), vec![OpOutcome::Fork; 3]);
    // and where the place is free, but the op before it is another one
    assert_eq!(bench.push(&copy, &other[2..]), vec![OpOutcome::Fork]);
    assert_eq!(bench.pulled(&device)[0].1.len(), 4);
    let forked = || bench.store.towns().unwrap()[0].devices[0].forked_at_ms;
    assert_eq!(forked(), Some(NOW_MS));
    // two copies that ask get two epochs, also one that was ahead of a restored district
    assert_eq!(bench.store.next_epoch(&device, 1).unwrap(), 2);
    assert_eq!(bench.store.next_epoch(&device, 1).unwrap(), 3);
    assert_eq!(bench.store.next_epoch(&device, 7).unwrap(), 8);
    assert_eq!(forked(), None);
    copy.begin_epoch(2);
    let again = copy.ops(VILLAGE, 3);
    assert_eq!(bench.push(&copy, &again), accepted(5..=7));
    bench.sound();
}

fn the_same_id_with_other_bytes_is_refused_loudly(bench: Bench) {
    let (mut one, mut two) = (Author::new(1), Author::new(2));
    bench.enrolled(&one, &[]);
    bench.enrolled(&two, &[]);
    let mut stolen = None;
    let first = one.op_with(VILLAGE, |op| stolen = Some(op.id));
    bench.push(&one, &[first]);
    let ops = [
        two.op_with(VILLAGE, |op| op.id = stolen.unwrap()),
        two.op_with(VILLAGE, |op| stolen = Some(op.id)),
        two.op_with(VILLAGE, |op| op.id = stolen.unwrap()),
        two.op(VILLAGE),
    ];
    assert_eq!(
        bench.push(&two, &ops),
        vec![
            RejectCode::IdReused.outcome(),
            OpOutcome::Accepted { server_seq: 2 },
            RejectCode::IdReused.outcome(),
            OpOutcome::Accepted { server_seq: 3 },
        ]
    );
    bench.sound();
}

fn one_bad_op_among_many_keeps_its_place_and_blocks_none(bench: Bench) {
    let mut author = Author::new(1);
    bench.enrolled(&author, &[VILLAGE]);
    let stranger = Author::new(9).op(VILLAGE);
    let ops = vec![
        author.op(VILLAGE),
        author.raw(vec![1, 2, 3]),
        author.op(VILLAGE),
        author.op(OTHER_VILLAGE),
        author.op_with(VILLAGE, |op| op.kind = "award.recorded".to_owned()),
        author.op_with(VILLAGE, |op| op.body = vec![0; 600 * 1024]),
        author.raw(stranger),
        author.op(TOWN),
        author.op(VILLAGE),
    ];
    let expected = vec![
        OpOutcome::Accepted { server_seq: 1 },
        RejectCode::BadOp.outcome(),
        OpOutcome::Accepted { server_seq: 2 },
        RejectCode::ScopeDenied.outcome(),
        RejectCode::BadBody.outcome(),
        RejectCode::TooLarge.outcome(),
        RejectCode::BadOp.outcome(),
        OpOutcome::Accepted { server_seq: 1 },
        OpOutcome::Accepted { server_seq: 3 },
    ];
    assert_eq!(bench.push(&author, &ops), expected);
    // a refusal is repeated word for word, also when the push is cut elsewhere
    for from in 0..ops.len() {
        for (outcome, first) in bench.push(&author, &ops[from..]).iter().zip(&expected[from..]) {
            match first {
                OpOutcome::Accepted { server_seq } => {
                    assert_eq!(outcome, &OpOutcome::Duplicate { server_seq: *server_seq, issue: None })
                }
                _ => assert_eq!(outcome, first),
            }
        }
    }
    let report = bench.store.towns().unwrap().remove(0);
    assert_eq!((report.ops, report.rejected), (4, 5));
    bench.sound();
}

fn an_op_of_the_future_is_taken_and_flagged(bench: Bench) {
    let mut author = Author::new(1);
    let device = bench.enrolled(&author, &[]);
    let ops = [
        author.op_with(VILLAGE, |op| op.recorded_at = NOW_MS + CLOCK_AHEAD_MAX_MS + 1),
        author.op_with(VILLAGE, |op| op.recorded_at = NOW_MS + CLOCK_AHEAD_MAX_MS),
        author.op_with(VILLAGE, |op| op.recorded_at = 0),
    ];
    let suspect = || "time_suspect".to_owned();
    assert_eq!(
        bench.push(&author, &ops),
        vec![
            OpOutcome::AcceptedWithIssue { server_seq: 1, kind: suspect() },
            OpOutcome::Accepted { server_seq: 2 },
            OpOutcome::Accepted { server_seq: 3 },
        ]
    );
    assert_eq!(bench.push(&author, &ops[..1]), vec![OpOutcome::Duplicate { server_seq: 1, issue: Some(suspect()) }]);
    let answer = bench.store.pull(&device, &[], None).unwrap();
    assert_eq!(answer.pages[0].ops[0].issue, Some(suspect()));
}

fn pulling_in_small_pages_gives_everything_once(bench: Bench) {
    let mut author = Author::new(1);
    let device = bench.enrolled(&author, &[]);
    let mut ops = author.ops(VILLAGE, 7);
    ops.extend(author.ops(OTHER_VILLAGE, 4));
    ops.extend(author.ops(TOWN, 2));
    // one that fills an answer by its bytes alone
    ops.push(author.op_with(VILLAGE, |op| op.body = vec![0; 500 * 1024]));
    bench.push(&author, &ops[..13]);
    bench.push(&author, &ops[13..]);
    let mut cursors: Vec<Cursor> = Vec::new();
    let mut got = Vec::new();
    for _round in 0..20 {
        let answer = bench.store.pull(&device, &cursors, Some(3)).unwrap();
        bench.check_signature(&answer);
        assert!(answer.pages.iter().map(|page| page.ops.len()).sum::<usize>() <= 3);
        let more = answer.pages.iter().any(|page| page.more);
        for page in answer.pages {
            assert_eq!(page.head.is_some(), !page.ops.is_empty());
            for op in page.ops {
                cursors.retain(|cursor| cursor.scope != page.scope);
                cursors.push(Cursor { scope: page.scope, after: op.server_seq });
                got.push(op.bytes);
            }
        }
        if !more {
            break;
        }
    }
    got.sort();
    ops.sort();
    assert_eq!(got, ops);
    assert_eq!(bench.store.pull(&device, &cursors, None).unwrap().pages, Vec::new());
}

fn a_device_reads_only_its_villages_and_the_town(bench: Bench) {
    let (mut office, village) = (Author::new(1), Author::new(2));
    bench.enrolled(&office, &[]);
    let one = bench.enrolled(&village, &[VILLAGE]);
    let ops = [office.op(VILLAGE), office.op(OTHER_VILLAGE), office.op(TOWN)];
    bench.push(&office, &ops);
    let scopes: Vec<Scope> = bench.pulled(&one).into_iter().map(|page| page.0).collect();
    assert_eq!(scopes, vec![scope(TOWN), scope(VILLAGE)]);
    let asked = [Cursor { scope: scope(OTHER_VILLAGE), after: 0 }];
    let answer = bench.store.pull(&one, &asked, None).unwrap();
    assert!(answer.pages.iter().all(|page| page.scope != scope(OTHER_VILLAGE)));
    let heads = bench.store.heads(&one, &[]).unwrap().heads;
    assert!(heads.iter().all(|head| head.scope != scope(OTHER_VILLAGE)));
    assert_eq!(bench.store.roots(&one, scope(OTHER_VILLAGE), &[]).unwrap(), None);
}

fn fault_22_an_answer_to_a_pull_stays_within_its_limits(bench: Bench) {
    let mut author = Author::new(1);
    let device = bench.enrolled(&author, &[]);
    // few large ones, then many small ones
    let large: Vec<Vec<u8>> = (0..7).map(|_| author.op_with(VILLAGE, |op| op.body = vec![7; 400_000])).collect();
    for ops in large.chunks(2) {
        bench.push(&author, ops);
    }
    for _ in 0..4 {
        let ops = author.ops(OTHER_VILLAGE, 1_000);
        bench.push(&author, &ops);
    }
    let all_at_once = |after: &[Cursor]| {
        let pages = bench.store.pull(&device, after, None).unwrap().pages;
        let ops: Vec<usize> = pages.iter().flat_map(|page| &page.ops).map(|op| op.bytes.len()).collect();
        (ops.len(), ops.iter().sum::<usize>(), pages.iter().any(|page| page.more))
    };
    let (ops, bytes, more) = all_at_once(&[]);
    assert!(ops < 7 && bytes >= PULL_MAX_BYTES && more, "{ops} ops, {bytes} bytes");
    assert!(bytes < PULL_MAX_BYTES + large[0].len(), "only the op that passes the limit goes along: {bytes}");
    let after = |small| [(VILLAGE, 7), (OTHER_VILLAGE, small)].map(|(of, after)| Cursor { scope: scope(of), after });
    let (ops, _, more) = all_at_once(&after(0));
    assert_eq!((ops, more), (PULL_OPS_MAX, true));
    let (ops, _, more) = all_at_once(&after(PULL_OPS_MAX as u64));
    assert_eq!((ops, more), (4_000 - PULL_OPS_MAX, false));
}

fn another_device_brings_what_the_author_signed(bench: Bench) {
    let (mut village, mut office) = (Author::new(1), Author::new(2));
    bench.enrolled(&village, &[VILLAGE]);
    let device = bench.enrolled(&office, &[]);
    let ops = [village.op(VILLAGE), village.op(OTHER_VILLAGE), village.op(VILLAGE)];
    // the author's rights count, not the bearer's
    assert_eq!(
        bench.relay(&office, &village, &ops).unwrap(),
        vec![
            OpOutcome::Accepted { server_seq: 1 },
            RejectCode::ScopeDenied.outcome(),
            OpOutcome::Accepted { server_seq: 2 },
        ]
    );
    assert_eq!(bench.push(&village, &ops)[0], OpOutcome::Duplicate { server_seq: 1, issue: None });
    let own = office.ops(VILLAGE, 1);
    assert_eq!(bench.push(&office, &own), accepted(3..=3));
    assert_eq!(bench.pulled(&device)[0].1.len(), 3);
    let stranger = bench.relay(&office, &Author::new(9), &Author::new(9).ops(VILLAGE, 1));
    assert!(matches!(stranger, Err(PushError::Refused(FaultCode::ScopeDenied))), "{stranger:?}");
    bench.sound();
}

fn a_body_that_does_not_read_keeps_nothing_back_that_another_brings(bench: Bench) {
    let (mut village, office) = (Author::new(1), Author::new(2));
    let device = bench.enrolled(&village, &[VILLAGE]);
    bench.enrolled(&office, &[]);
    let ops = [
        village.op(VILLAGE),
        village.op_with(VILLAGE, |op| op.kind = "award.recorded".to_owned()),
        village.op(VILLAGE),
    ];
    let outcomes =
        [OpOutcome::Accepted { server_seq: 1 }, RejectCode::BadBody.outcome(), OpOutcome::Accepted { server_seq: 2 }];
    // a gap stays one, whatever the body says
    assert_eq!(bench.relay(&office, &village, &ops[1..]).unwrap(), vec![OpOutcome::Gap { expected: 1 }; 2]);
    assert_eq!(bench.relay(&office, &village, &ops).unwrap(), outcomes);
    assert_eq!(bench.relay(&office, &village, &ops[1..2]).unwrap(), outcomes[1..2]);
    assert_eq!(bench.push(&village, &ops)[1..2], outcomes[1..2]);
    assert_eq!(bench.pulled(&device)[0].1.len(), 2);
    // and what its author never wrote is no chain of it, readable or not
    let holed = [ops[0].clone(), ops[2].clone()];
    let refused = bench.relay(&office, &village, &holed);
    assert!(matches!(refused, Err(PushError::Refused(FaultCode::BadSignature))), "{refused:?}");
    bench.sound();
}

fn what_a_revoked_device_wrote_is_refused_when_it_comes_late(bench: Bench) {
    let (mut author, mut office) = (Author::new(1), Author::new(2));
    let device = bench.enrolled(&author, &[]);
    bench.enrolled(&office, &[]);
    let ops = author.ops(VILLAGE, 3);
    bench.push(&author, &ops[..1]);
    assert!(bench.store.revoke(town(), device.id, NOW_MS).unwrap());
    assert!(!bench.store.revoke(town(), Author::new(8).id, NOW_MS).unwrap());
    // by itself, with a check of the token from before
    let own = bench.relay(&author, &author, &ops);
    assert!(matches!(own, Err(PushError::Refused(FaultCode::DeviceRevoked))), "{own:?}");
    // through another: what was there is there, the rest is refused and stays visible
    let refused = RejectCode::DeviceRevoked.outcome();
    let expected = vec![OpOutcome::Duplicate { server_seq: 1, issue: None }, refused.clone(), refused];
    assert_eq!(bench.relay(&office, &author, &ops).unwrap(), expected);
    assert_eq!(bench.relay(&office, &author, &ops).unwrap(), expected);
    let own = office.ops(VILLAGE, 1);
    assert_eq!(bench.push(&office, &own), accepted(2..=2));
    assert_eq!(bench.store.towns().unwrap()[0].rejected, 2);
    bench.sound();
}

fn the_signatures_of_the_authors_come_with_their_ops(bench: Bench) {
    let mut author = Author::new(1);
    let device = bench.enrolled(&author, &[]);
    let ops = author.ops(VILLAGE, 10);
    for batch in [&ops[..4], &ops[4..6], &ops[6..]] {
        bench.push(&author, batch);
    }
    let heads = |after, limit| {
        let cursors = [Cursor { scope: scope(VILLAGE), after }];
        let answer = bench.store.pull(&device, &cursors, Some(limit)).unwrap();
        answer.chain_heads
    };
    let seqs = |after, limit| heads(after, limit).iter().map(|head| head.seq).collect::<Vec<_>>();
    assert_eq!(seqs(0, 100), [4, 6, 10]);
    // a page that ends between two signatures brings the next one, which covers it
    assert_eq!(seqs(0, 5), [4, 6]);
    assert_eq!(seqs(4, 1), [6]);
    assert_eq!(seqs(6, 2), [10]);
    for head in heads(0, 100) {
        let hash = Hash32::of(&ops[head.seq as usize - 1]);
        verify_hash(&public_key(&author.seed), Context::ChainHead, &hash, &head.signature).unwrap();
    }
}

fn a_signature_that_does_not_fit_is_refused(bench: Bench) {
    let (mut one, two) = (Author::new(1), Author::new(2));
    bench.enrolled(&one, &[]);
    bench.enrolled(&two, &[]);
    let ops = one.ops(VILLAGE, 2);
    let read: Vec<_> = ops.iter().cloned().map(crate::store::push::Incoming::read).collect();
    let mut other_algorithm = one.head(&ops);
    other_algorithm.alg = "none".to_owned();
    for head in [one.head(&ops[..1]), two.head(&ops), other_algorithm] {
        let batch = crate::store::push::Batch {
            town: town(),
            sender: Some(two.id),
            author: one.id,
            epoch: 1,
            ops: &read,
            head: &head,
        };
        let refused = bench.store.push(&batch, NOW_MS);
        assert!(matches!(refused, Err(PushError::Refused(FaultCode::BadSignature))), "{refused:?}");
    }
    assert_eq!(bench.push(&one, &ops), accepted(1..=2));
}
