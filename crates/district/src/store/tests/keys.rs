//! The lane of wrapped keys.

use zhenxin_domain::ids::DataKeyId;
use zhenxin_protocol::wire::keys::{Grant, KeyRow};

use super::{Bench, stories};
use crate::fixture::{Author, NOW_MS};

stories! {
    keys_merge_the_same_in_any_order
    keys_come_in_pages_and_never_change_under_the_reader
    a_grant_reaches_only_its_device_and_the_first_one_stays
}

fn key(subject: u8, data_key: u8, wrapped: u8) -> KeyRow {
    KeyRow {
        subject: [subject; 16],
        data_key: DataKeyId::from_bytes([data_key; 16]),
        wrapped: vec![wrapped; 72],
        tombstone: false,
    }
}

fn keys_merge_the_same_in_any_order(bench: Bench) {
    let rows = [
        key(1, 1, 1),
        key(2, 1, 2),
        key(2, 2, 3),
        KeyRow { tombstone: true, wrapped: Vec::new(), ..key(2, 1, 0) },
        key(3, 1, 4),
    ];
    let one_by_one: Vec<Vec<KeyRow>> = rows.iter().cloned().map(|row| vec![row]).collect();
    let backwards: Vec<Vec<KeyRow>> = rows.iter().rev().cloned().map(|row| vec![row]).collect();
    let at_once = vec![rows.to_vec()];
    let mut ends = Vec::new();
    for pushes in [one_by_one, backwards, at_once] {
        let bench = bench.same_kind();
        let device = bench.enrolled(&Author::new(1), &[]);
        for push in pushes {
            bench.store.keys_push(&device, &push).unwrap();
        }
        let mut end = bench.store.keys_pull(&device, 0, None).unwrap().rows;
        end.sort_by_key(|row| row.subject);
        ends.push(end);
        bench.sound();
    }
    assert_eq!(ends[0], ends[1]);
    assert_eq!(ends[0], ends[2]);
    assert_eq!(ends[0].len(), 3);
    assert!(ends[0][1].tombstone && ends[0][1].wrapped.is_empty());
}

fn keys_come_in_pages_and_never_change_under_the_reader(bench: Bench) {
    let device = bench.enrolled(&Author::new(1), &[]);
    let store = &bench.store;
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
    bench.sound();
}

fn a_grant_reaches_only_its_device_and_the_first_one_stays(bench: Bench) {
    let (one, two) = (Author::new(1), Author::new(2));
    let (first, second) = (bench.enrolled(&one, &[]), bench.enrolled(&two, &[]));
    let store = &bench.store;
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
