//! Receipts of a district that was set back, before anything was received from it again.

use super::healing::{alike, copy_of};
use crate::proving::{Desk, Orderer};

/// Two copies of a disk. The first one's record is confirmed; then the district is set back under the same name and
/// takes the second one's record in its stead.
fn confirmed_and_forgotten(seed: u64, first: impl Fn(&Desk), second: impl Fn(&Desk)) -> (Desk, Desk, Orderer) {
    let a = Desk::new(seed);
    let mut orderer = Orderer::default();
    a.resident(0, "张三", "330211199001011234");
    orderer.settle(&[&a], |_| false);
    let b = copy_of(&a, seed + 7_000);
    let mut set_back = orderer.clone();
    first(&a);
    orderer.send_all(&a, |_| false);
    assert_eq!(a.store.outbox_size().unwrap().own_ops, 0);
    second(&b);
    set_back.send_all(&b, |_| false);
    (a, b, set_back)
}

fn mended(a: Desk, b: Desk, mut set_back: Orderer) {
    set_back.pull(&a, 50);
    assert_eq!(a.store.outbox_size().unwrap().own_ops, 1, "what was confirmed in vain waits again");
    assert_eq!(a.read(|r| r.set_asides(10)).len(), 0);
    for _ in 0..2 {
        set_back.settle(&[&a, &b], |_| false);
    }
    alike(&[&a, &b]);
}

#[test]
fn a_void_receipt_at_the_place_of_a_fork_is_said_again() {
    let (a, b, set_back) = confirmed_and_forgotten(
        230,
        |desk| {
            desk.rule(3);
        },
        |desk| {
            desk.rule(4);
        },
    );
    mended(a, b, set_back);
}

#[test]
fn a_void_receipt_of_another_scope_makes_room_for_what_the_district_has() {
    let (a, b, set_back) = confirmed_and_forgotten(
        231,
        |desk| {
            desk.resident(0, "李四", "330211199001010002");
        },
        |desk| {
            desk.rule(4);
        },
    );
    mended(a, b, set_back);
}

#[test]
fn a_receipt_for_the_place_of_a_void_one_is_taken() {
    let (a, b, mut set_back) = confirmed_and_forgotten(
        232,
        |desk| {
            desk.rule(3);
        },
        |desk| {
            desk.resident(0, "李四", "330211199001010002");
        },
    );
    // the fork of another scope is what a hears first; what it says then gets the place of what was confirmed
    a.store.begin_epoch(9).unwrap();
    a.rule(5);
    set_back.send_all(&a, |_| false);
    for _ in 0..2 {
        set_back.settle(&[&a, &b], |_| false);
    }
    alike(&[&a, &b]);
    assert_eq!(b.count("SELECT count(*) FROM rule_version"), 2);
}
