#![allow(clippy::unwrap_used)]

use tempfile::TempDir;

use zhenxin_domain::division::Scope;
use zhenxin_domain::ids::DataKeyId;
use zhenxin_protocol::device_key::public_key;
use zhenxin_protocol::wire::FaultCode;
use zhenxin_protocol::wire::code::EnrolCode;
use zhenxin_protocol::wire::keys::{Grant, KeyRow};
use zhenxin_protocol::wire::limits::CLOCK_AHEAD_MAX_MS;
use zhenxin_protocol::wire::ops::{Cursor, OpOutcome, RejectCode};

use super::device::Device;
use super::enrol::{EnrolError, NewCode, Newcomer};
use super::push::{Incoming, PushError};
use super::{DATABASE_FILE, Store, StoreError};
use crate::fixture::{Author, NOW_MS, OTHER_VILLAGE, TOWN, VILLAGE, scope, town};

const HOUR_MS: i64 = 3_600_000;

fn open() -> (TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    (dir, store)
}

fn code(store: &Store, villages: &[&str]) -> EnrolCode {
    let new = NewCode {
        town: town(),
        label: String::new(),
        villages: villages.iter().map(|village| scope(village)).collect(),
        valid_ms: HOUR_MS,
    };
    store.make_code(&new, NOW_MS).unwrap()
}

fn newcomer(author: &Author, code: &EnrolCode) -> Newcomer {
    Newcomer {
        code: code.hash(),
        device: author.id,
        town: town(),
        label: "综合办 1 号机".to_owned(),
        sign_key: public_key(&author.seed),
        seal_key: author.seed,
    }
}

fn enrolled(store: &Store, author: &Author, villages: &[&str]) -> Device {
    let code = code(store, villages);
    store.let_in(&newcomer(author, &code), &[author.seed[0]; 32], NOW_MS).unwrap()
}

fn push(store: &Store, device: &Device, ops: &[Vec<u8>]) -> Vec<OpOutcome> {
    let ops: Vec<Incoming> = ops.iter().cloned().map(Incoming::read).collect();
    store.push(device, 1, &ops, NOW_MS).unwrap()
}

fn accepted(range: std::ops::RangeInclusive<u64>) -> Vec<OpOutcome> {
    range.map(|server_seq| OpOutcome::Accepted { server_seq }).collect()
}

/// Ops with their places.
type Places = Vec<(u64, Vec<u8>)>;

/// Everything that the device can read, by scope.
fn pulled(store: &Store, device: &Device) -> Vec<(Scope, Places)> {
    let answer = store.pull(device, &[], None).unwrap();
    answer
        .pages
        .into_iter()
        .map(|page| (page.scope, page.ops.into_iter().map(|op| (op.server_seq, op.bytes)).collect()))
        .collect()
}

#[test]
fn two_devices_get_one_dense_order_per_scope() {
    let (_dir, store) = open();
    let (mut one, mut two) = (Author::new(1), Author::new(2));
    let (first, second) = (enrolled(&store, &one, &[]), enrolled(&store, &two, &[]));
    let (a, b, c) = (one.ops(VILLAGE, 3), two.ops(VILLAGE, 2), one.ops(OTHER_VILLAGE, 1));
    assert_eq!(push(&store, &first, &a), accepted(1..=3));
    assert_eq!(push(&store, &second, &b), accepted(4..=5));
    assert_eq!(push(&store, &first, &c), accepted(1..=1));
    let expected: Vec<(u64, Vec<u8>)> = (1..).zip(a.iter().chain(&b).cloned()).collect();
    for device in [&first, &second] {
        assert_eq!(
            pulled(&store, device),
            vec![(scope(VILLAGE), expected.clone()), (scope(OTHER_VILLAGE), vec![(1, c[0].clone())])]
        );
    }
}

#[test]
fn a_repeated_push_is_answered_with_the_same_places() {
    let (dir, store) = open();
    let mut author = Author::new(1);
    let device = enrolled(&store, &author, &[]);
    let ops = author.ops(VILLAGE, 5);
    push(&store, &device, &ops[..3]);
    drop(store);
    let store = Store::open(dir.path()).unwrap();
    let outcomes = push(&store, &device, &ops);
    let duplicates = (1..=3).map(|server_seq| OpOutcome::Duplicate { server_seq, issue: None });
    assert_eq!(outcomes, duplicates.chain(accepted(4..=5)).collect::<Vec<_>>());
    assert_eq!(pulled(&store, &device)[0].1.len(), 5);
}

#[test]
fn missing_ops_are_a_gap_and_nothing_after_it_is_taken() {
    let (_dir, store) = open();
    let mut author = Author::new(1);
    let device = enrolled(&store, &author, &[]);
    let ops = author.ops(VILLAGE, 4);
    assert_eq!(push(&store, &device, &ops[1..]), vec![OpOutcome::Gap { expected: 1 }; 3]);
    let holed = [ops[0].clone(), ops[2].clone(), ops[3].clone()];
    let outcomes = push(&store, &device, &holed);
    assert_eq!(outcomes[0], OpOutcome::Accepted { server_seq: 1 });
    assert_eq!(outcomes[1..], vec![OpOutcome::Gap { expected: 2 }; 2]);
    assert_eq!(push(&store, &device, &ops)[1..], accepted(2..=4));
}

#[test]
fn a_copied_disk_is_a_fork_and_is_noted() {
    let (_dir, store) = open();
    let mut author = Author::new(1);
    let device = enrolled(&store, &author, &[]);
    push(&store, &device, &author.ops(VILLAGE, 2));
    let mut copy = author.clone();
    push(&store, &device, &author.ops(VILLAGE, 2));
    let other = vec![copy.op_with(VILLAGE, |op| op.body = vec![0xa1, 0, 1]), copy.op(VILLAGE), copy.op(VILLAGE)];
    assert_eq!(push(&store, &device, &other), vec![OpOutcome::Fork; 3]);
    // and where the place is free, but the op before it is another one
    assert_eq!(push(&store, &device, &other[2..]), vec![OpOutcome::Fork]);
    assert_eq!(pulled(&store, &device)[0].1.len(), 4);
    assert_eq!(store.towns().unwrap()[0].devices[0].forked_at_ms, Some(NOW_MS));
}

#[test]
fn the_same_id_with_other_bytes_is_refused_loudly() {
    let (_dir, store) = open();
    let (mut one, mut two) = (Author::new(1), Author::new(2));
    let (first, second) = (enrolled(&store, &one, &[]), enrolled(&store, &two, &[]));
    let mut stolen = None;
    push(&store, &first, &[one.op_with(VILLAGE, |op| stolen = Some(op.id))]);
    let ops = [two.op_with(VILLAGE, |op| op.id = stolen.unwrap()), two.op(VILLAGE)];
    assert_eq!(
        push(&store, &second, &ops),
        vec![RejectCode::IdReused.outcome(), OpOutcome::Accepted { server_seq: 2 }]
    );
}

#[test]
fn one_bad_op_among_many_keeps_its_place_and_blocks_none() {
    let (_dir, store) = open();
    let mut author = Author::new(1);
    let device = enrolled(&store, &author, &[VILLAGE]);
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
    assert_eq!(push(&store, &device, &ops), expected);
    // a refusal is repeated word for word, also when the push is cut elsewhere
    for from in 0..ops.len() {
        for (outcome, first) in push(&store, &device, &ops[from..]).iter().zip(&expected[from..]) {
            match first {
                OpOutcome::Accepted { server_seq } => {
                    assert_eq!(outcome, &OpOutcome::Duplicate { server_seq: *server_seq, issue: None })
                }
                _ => assert_eq!(outcome, first),
            }
        }
    }
    let report = store.towns().unwrap().remove(0);
    assert_eq!((report.ops, report.rejected), (4, 5));
}

#[test]
fn an_op_of_the_future_is_taken_and_flagged() {
    let (_dir, store) = open();
    let mut author = Author::new(1);
    let device = enrolled(&store, &author, &[]);
    let ops = [
        author.op_with(VILLAGE, |op| op.recorded_at = NOW_MS + CLOCK_AHEAD_MAX_MS + 1),
        author.op_with(VILLAGE, |op| op.recorded_at = NOW_MS + CLOCK_AHEAD_MAX_MS),
        author.op_with(VILLAGE, |op| op.recorded_at = 0),
    ];
    let suspect = || "time_suspect".to_owned();
    assert_eq!(
        push(&store, &device, &ops),
        vec![
            OpOutcome::AcceptedWithIssue { server_seq: 1, kind: suspect() },
            OpOutcome::Accepted { server_seq: 2 },
            OpOutcome::Accepted { server_seq: 3 },
        ]
    );
    assert_eq!(push(&store, &device, &ops[..1]), vec![OpOutcome::Duplicate { server_seq: 1, issue: Some(suspect()) }]);
    let answer = store.pull(&device, &[], None).unwrap();
    assert_eq!(answer.pages[0].ops[0].issue, Some(suspect()));
}

#[test]
fn pulling_in_small_pages_gives_everything_once() {
    let (_dir, store) = open();
    let mut author = Author::new(1);
    let device = enrolled(&store, &author, &[]);
    let mut ops = author.ops(VILLAGE, 7);
    ops.extend(author.ops(OTHER_VILLAGE, 4));
    ops.extend(author.ops(TOWN, 2));
    push(&store, &device, &ops);
    let mut cursors: Vec<Cursor> = Vec::new();
    let mut got = Vec::new();
    for _round in 0..20 {
        let answer = store.pull(&device, &cursors, Some(3)).unwrap();
        assert!(answer.pages.iter().map(|page| page.ops.len()).sum::<usize>() <= 3);
        let more = answer.pages.iter().any(|page| page.more);
        for page in answer.pages {
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
}

#[test]
fn a_device_reads_only_its_villages_and_the_town() {
    let (_dir, store) = open();
    let (mut office, village) = (Author::new(1), Author::new(2));
    let (all, one) = (enrolled(&store, &office, &[]), enrolled(&store, &village, &[VILLAGE]));
    let ops = [office.op(VILLAGE), office.op(OTHER_VILLAGE), office.op(TOWN)];
    push(&store, &all, &ops);
    let scopes: Vec<Scope> = pulled(&store, &one).into_iter().map(|page| page.0).collect();
    assert_eq!(scopes, vec![scope(TOWN), scope(VILLAGE)]);
    let asked = [Cursor { scope: scope(OTHER_VILLAGE), after: 0 }];
    let answer = store.pull(&one, &asked, None).unwrap();
    assert!(answer.pages.iter().all(|page| page.scope != scope(OTHER_VILLAGE)));
}

#[test]
fn a_cursor_beyond_the_log_is_named() {
    let (_dir, store) = open();
    let mut author = Author::new(1);
    let device = enrolled(&store, &author, &[]);
    push(&store, &device, &author.ops(VILLAGE, 2));
    let ahead = [Cursor { scope: scope(VILLAGE), after: 3 }];
    assert_eq!(store.pull(&device, &ahead, None).unwrap().behind, vec![scope(VILLAGE)]);
    let level = [Cursor { scope: scope(VILLAGE), after: 2 }];
    let answer = store.pull(&device, &level, None).unwrap();
    assert!(answer.behind.is_empty() && answer.pages.is_empty());
}

#[test]
fn a_revoked_device_cannot_push_even_with_a_check_from_before() {
    let (_dir, store) = open();
    let mut author = Author::new(1);
    let device = enrolled(&store, &author, &[]);
    assert!(store.revoke(device.id, NOW_MS).unwrap());
    let ops = [Incoming::read(author.op(VILLAGE))];
    assert!(matches!(store.push(&device, 1, &ops, NOW_MS), Err(PushError::Refused(FaultCode::DeviceRevoked))));
    assert!(!store.revoke(Author::new(8).id, NOW_MS).unwrap());
}

fn refusal(result: Result<Device, EnrolError>) -> FaultCode {
    match result {
        Err(EnrolError::Refused(code)) => code,
        other => panic!("no refusal: {other:?}"),
    }
}

#[test]
fn a_code_opens_once_for_one_device_of_its_town_in_its_time() {
    let (_dir, store) = open();
    let (one, two) = (Author::new(1), Author::new(2));
    let code = code(&store, &[]);
    let mut abroad = newcomer(&one, &code);
    abroad.town = "330211102".parse().unwrap();
    assert_eq!(refusal(store.let_in(&abroad, &[1; 32], NOW_MS)), FaultCode::CodeTown);
    let device = store.let_in(&newcomer(&one, &code), &[1; 32], NOW_MS).unwrap();
    assert_eq!(device.epoch, 1);
    assert_eq!(refusal(store.let_in(&newcomer(&two, &code), &[2; 32], NOW_MS)), FaultCode::CodeUsed);
    let unknown = EnrolCode::from_random([3; 10]);
    assert_eq!(refusal(store.let_in(&newcomer(&two, &unknown), &[2; 32], NOW_MS)), FaultCode::CodeUnknown);
    let late = super::tests::code(&store, &[]);
    assert_eq!(refusal(store.let_in(&newcomer(&two, &late), &[2; 32], NOW_MS + HOUR_MS)), FaultCode::CodeExpired);
}

#[test]
fn a_lost_answer_to_an_enrolment_can_be_asked_for_again() {
    let (_dir, store) = open();
    let author = Author::new(1);
    let code = code(&store, &[]);
    store.let_in(&newcomer(&author, &code), &[1; 32], NOW_MS).unwrap();
    store.let_in(&newcomer(&author, &code), &[2; 32], NOW_MS + 1).unwrap();
    assert!(store.device_by_token(&[1; 32]).unwrap().is_none());
    assert_eq!(store.device_by_token(&[2; 32]).unwrap().unwrap().id, author.id);
    let mut other_keys = newcomer(&author, &code);
    other_keys.sign_key = [9; 32];
    assert_eq!(refusal(store.let_in(&other_keys, &[3; 32], NOW_MS)), FaultCode::DeviceKeyDiffers);
    store.revoke(author.id, NOW_MS).unwrap();
    assert_eq!(refusal(store.let_in(&newcomer(&author, &code), &[4; 32], NOW_MS)), FaultCode::DeviceRevoked);
    let again = super::tests::code(&store, &[]);
    let back = store.let_in(&newcomer(&author, &again), &[5; 32], NOW_MS).unwrap();
    assert_eq!(back.revoked_at_ms, None);
}

#[test]
fn neither_code_nor_token_lies_in_the_file() {
    let (dir, store) = open();
    let author = Author::new(1);
    let code = code(&store, &[]);
    let token = [0xab; 32];
    store.let_in(&newcomer(&author, &code), &token, NOW_MS).unwrap();
    drop(store);
    let file = std::fs::read(dir.path().join(DATABASE_FILE)).unwrap();
    let plain = code.to_string().replace('-', "");
    assert!(!file.windows(plain.len()).any(|window| window == plain.as_bytes()));
    assert!(!file.windows(token.len()).any(|window| window == token));
}

fn key(subject: u8, data_key: u8, wrapped: u8) -> KeyRow {
    KeyRow {
        subject: [subject; 16],
        data_key: DataKeyId::from_bytes([data_key; 16]),
        wrapped: vec![wrapped; 72],
        tombstone: false,
    }
}

#[test]
fn keys_merge_the_same_in_any_order() {
    let rows = [
        key(1, 1, 1),
        key(2, 1, 2),
        key(2, 2, 3),
        KeyRow { tombstone: true, wrapped: Vec::new(), ..key(2, 1, 0) },
        key(3, 1, 4),
    ];
    let forwards: Vec<&KeyRow> = rows.iter().collect();
    let backwards: Vec<&KeyRow> = rows.iter().rev().collect();
    let mut ends = Vec::new();
    for order in [forwards, backwards] {
        let (_dir, store) = open();
        let device = enrolled(&store, &Author::new(1), &[]);
        for row in order {
            store.keys_push(&device, std::slice::from_ref(row)).unwrap();
        }
        let mut end = store.keys_pull(&device, 0, None).unwrap().rows;
        end.sort_by_key(|row| row.subject);
        ends.push(end);
    }
    assert_eq!(ends[0], ends[1]);
    assert_eq!(ends[0].len(), 3);
    assert!(ends[0][1].tombstone && ends[0][1].wrapped.is_empty());
}

#[test]
fn keys_come_in_pages_and_never_change_under_the_reader() {
    let (_dir, store) = open();
    let device = enrolled(&store, &Author::new(1), &[]);
    let rows: Vec<KeyRow> = (1..=5).map(|subject| key(subject, 1, subject)).collect();
    assert_eq!(store.keys_push(&device, &rows).unwrap().stored, 5);
    let again = store.keys_push(&device, &rows).unwrap();
    assert_eq!((again.stored, again.differing.len()), (0, 0));
    let differing = store.keys_push(&device, &[key(1, 1, 1), key(2, 1, 9)]).unwrap();
    assert_eq!((differing.stored, differing.differing), (0, vec![1]));
    let first = store.keys_pull(&device, 0, Some(3)).unwrap();
    assert_eq!((first.rows.len(), first.after, first.more), (3, 3, true));
    let dead = KeyRow { tombstone: true, ..key(1, 1, 0) };
    store.keys_push(&device, std::slice::from_ref(&dead)).unwrap();
    let second = store.keys_pull(&device, first.after, Some(3)).unwrap();
    assert_eq!((second.rows.len(), second.more), (3, false));
    assert!(second.rows[2].tombstone);
    assert_eq!(store.keys_pull(&device, second.after, None).unwrap().rows.len(), 0);
}

#[test]
fn a_grant_reaches_only_its_device_and_the_first_one_stays() {
    let (_dir, store) = open();
    let (one, two) = (Author::new(1), Author::new(2));
    let (first, second) = (enrolled(&store, &one, &[]), enrolled(&store, &two, &[]));
    let grant = |wrapped: u8, for_device| Grant {
        data_key: DataKeyId::from_bytes([5; 16]),
        for_device,
        wrapped: vec![wrapped; 100],
    };
    let stranger = Author::new(9).id;
    let grants = [grant(1, two.id), grant(2, two.id), grant(3, stranger)];
    assert_eq!(store.grant(&first, &grants, NOW_MS).unwrap(), 1);
    let answer = store.grants(&second).unwrap();
    assert_eq!(answer.mine.len(), 1);
    assert_eq!(answer.mine[0].wrapped, vec![1; 100]);
    assert_eq!(answer.devices.len(), 2);
    assert_eq!(store.grants(&first).unwrap().mine.len(), 0);
    store.revoke(two.id, NOW_MS).unwrap();
    assert_eq!(store.grants(&first).unwrap().devices.len(), 1);
}

#[test]
fn a_newer_file_is_refused() {
    let (dir, store) = open();
    drop(store);
    let connection = rusqlite::Connection::open(dir.path().join(DATABASE_FILE)).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    assert!(matches!(Store::open(dir.path()), Err(StoreError::Newer { found: 99, known: 2 })));
}

#[test]
fn a_code_can_be_made_beside_a_running_writer() {
    let (dir, store) = open();
    let beside = Store::open(dir.path()).unwrap();
    let code = code(&beside, &[]);
    let author = Author::new(1);
    assert!(store.let_in(&newcomer(&author, &code), &[1; 32], NOW_MS).is_ok());
    assert_eq!(beside.lineage(), store.lineage());
    assert_eq!(beside.towns().unwrap()[0].devices.len(), 1);
}
