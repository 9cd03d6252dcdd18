//! Several at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use zhenxin_protocol::wire::keys::GrantsRequest;
use zhenxin_protocol::wire::ops::{Cursor, OpOutcome};

use super::{Bench, stories};
use crate::fixture::{Author, NOW_MS, OTHER_VILLAGE, VILLAGE, scope, town};

stories! {
    writers_and_readers_at_once_see_one_dense_order
    the_same_push_twice_at_once_is_taken_once
    one_of_many_gets_a_right
    devices_shut_out_at_once_are_as_many_generations
}

const WRITERS: u8 = 6;
const PUSHES: usize = 12;

/// Commits come late and in another order than they were begun.
const LATE: &str = "
    CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_sleep(random() * 0.02); RETURN NULL; END';
    CREATE CONSTRAINT TRIGGER late AFTER INSERT ON chain_head DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION late();";

fn writers_and_readers_at_once_see_one_dense_order(bench: Bench) {
    let mut authors: Vec<Author> = (1..=WRITERS).map(Author::new).collect();
    let device = bench.enrolled(&authors[0], &[]);
    authors[1..].iter().for_each(|author| drop(bench.enrolled(author, &[])));
    if bench.url != crate::config::StoreUrl::Sqlite {
        bench.store.write(|tx| tx.batch(LATE)).unwrap();
    }
    let done = AtomicBool::new(false);
    let (bench, device, done) = (&bench, &device, &done);
    thread::scope(|all| {
        let readers: Vec<_> = (0..3)
            .map(|_| {
                all.spawn(move || {
                    let mut after = 0;
                    loop {
                        // before the pull: what it then does not give is not there
                        let finished = done.load(Ordering::SeqCst);
                        let cursors = [Cursor { scope: scope(VILLAGE), after }];
                        let answer = bench.store.pull(device, &cursors, Some(7)).unwrap();
                        let page = answer.pages.into_iter().find(|page| page.scope == scope(VILLAGE));
                        let before = after;
                        for op in page.into_iter().flat_map(|page| page.ops) {
                            assert_eq!(op.server_seq, after + 1, "a reader skipped");
                            after = op.server_seq;
                        }
                        if finished && after == before {
                            return after;
                        }
                    }
                })
            })
            .collect();
        let writers: Vec<_> = authors
            .iter_mut()
            .map(|author| {
                all.spawn(move || {
                    for _ in 0..PUSHES {
                        // two scopes, in either order: no push waits for another for ever
                        let mut ops = author.ops(VILLAGE, 2);
                        ops.extend(author.ops(OTHER_VILLAGE, 1));
                        let outcomes = bench.push(author, &ops);
                        assert!(outcomes.iter().all(|it| matches!(it, OpOutcome::Accepted { .. })), "{outcomes:?}");
                    }
                })
            })
            .collect();
        let wrote: Vec<_> = writers.into_iter().map(thread::ScopedJoinHandle::join).collect();
        done.store(true, Ordering::SeqCst);
        wrote.into_iter().for_each(Result::unwrap);
        for reader in readers {
            assert_eq!(reader.join().unwrap(), total());
        }
    });
    bench.sound();
}

fn total() -> u64 {
    u64::from(WRITERS) * PUSHES as u64 * 2
}

fn the_same_push_twice_at_once_is_taken_once(bench: Bench) {
    let mut author = Author::new(1);
    bench.enrolled(&author, &[]);
    for _ in 0..10 {
        let ops = author.ops(VILLAGE, 3);
        let (bench, author) = (&bench, &author);
        let outcomes = thread::scope(|all| {
            let both = [(); 2].map(|()| all.spawn(|| bench.push(author, &ops)));
            both.map(|one| one.join().unwrap())
        });
        let fresh = outcomes.iter().flatten().filter(|it| matches!(it, OpOutcome::Accepted { .. })).count();
        assert_eq!(fresh, 3, "{outcomes:?}");
    }
    bench.sound();
}

fn one_of_many_gets_a_right(bench: Bench) {
    let devices: Vec<_> = (1..=WRITERS).map(|number| bench.enrolled(&Author::new(number), &[])).collect();
    let bench = &bench;
    let holders = thread::scope(|all| {
        let asking: Vec<_> = devices
            .iter()
            .map(|device| {
                all.spawn(move || {
                    bench.store.rights(device, &[scope(VILLAGE)], &[], NOW_MS).unwrap()[0].holder.unwrap()
                })
            })
            .collect();
        asking.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(holders.iter().all(|holder| *holder == holders[0]), "{holders:?}");
}

fn devices_shut_out_at_once_are_as_many_generations(bench: Bench) {
    const EACH: u8 = 4;
    let left = bench.enrolled(&Author::new(200), &[]);
    let numbers: Vec<u8> = (1..=WRITERS * EACH).collect();
    let devices: Vec<_> = numbers.iter().map(|number| bench.enrolled(&Author::new(*number), &[])).collect();
    let store = &bench.store;
    thread::scope(|all| {
        for theirs in devices.chunks(EACH.into()) {
            all.spawn(move || {
                for device in theirs {
                    assert!(store.revoke(town(), device.id, NOW_MS).unwrap());
                }
            });
        }
    });
    let generation = store.grants(&left, &GrantsRequest::default()).unwrap().generation;
    assert_eq!(generation, u32::from(WRITERS * EACH));
    bench.sound();
}
