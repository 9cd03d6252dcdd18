#![allow(clippy::unwrap_used)]
use zhenxin_protocol::device_key::{Context, public_key, verify_hash};
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::op::Op;

use crate::proving::{Desk, LINEAGE, Orderer, TOWN, page_of};
use crate::{HandedOut, OpStatus, Page, StoreError};

fn page(ops: Vec<Vec<u8>>) -> Page {
    page_of(TOWN.parse().unwrap(), LINEAGE, &ops, 0, usize::MAX)
}

fn town_ops(desk: &Desk) -> Vec<Vec<u8>> {
    desk.store.outbox(&HandedOut::default(), 100, 1 << 20).unwrap().ops.into_iter().map(|(_, bytes)| bytes).collect()
}

#[test]
fn the_outbox_is_a_signed_piece_of_the_chain() {
    let desk = Desk::new(91);
    desk.rule(1);
    let whole = desk.store.outbox(&HandedOut::default(), 100, 1 << 20).unwrap();
    assert_eq!(whole.ops.len(), 4);
    assert!(!whole.more);
    let first = desk.store.outbox(&HandedOut::default(), 2, 1 << 20).unwrap();
    assert_eq!(first.ops.len(), 2);
    assert!(first.more);
    let head = Hash32::of(&first.ops[1].1);
    verify_hash(&desk.store.device_keys().sign_key, Context::ChainHead, &head, &first.head.signature).unwrap();
    assert_eq!(desk.store.device_keys().sign_key, public_key(&desk.store.inner.identity.sign_seed));
    // However small the limit, a batch makes progress.
    assert_eq!(desk.store.outbox(&HandedOut::default(), 100, 1).unwrap().ops.len(), 1);
}

/// A district's order after `ops`, with the tree that it gives.
fn with(ops: &[Vec<u8>], more: Vec<u8>) -> Vec<Vec<u8>> {
    [ops, &[more]].concat()
}

#[test]
fn what_contradicts_the_log_is_set_aside_and_blocks_nothing() {
    let (a, b) = (Desk::new(92), Desk::new(93));
    let ops = town_ops(&a);
    b.store.apply_page(&page(ops.clone())).unwrap();
    let before = b.store.dump().unwrap();
    let mut forged = Op::from_bytes(&ops[1]).unwrap();
    forged.occurred_on += 1;
    let same_id = with(&ops, forged.to_bytes().unwrap());
    assert_eq!(b.store.apply_page(&page(same_id.clone())).unwrap().set_aside, 1);
    // Another id in the same place of the chain is as bad, and what is no operation at all.
    forged.id = zhenxin_domain::ids::OpId::from_bytes([9; 16]);
    let same_place = with(&same_id, forged.to_bytes().unwrap());
    assert_eq!(b.store.apply_page(&page(same_place.clone())).unwrap().set_aside, 1);
    let whole = with(&same_place, vec![0xff; 40]);
    assert_eq!(b.store.apply_page(&page(whole.clone())).unwrap().set_aside, 1);
    assert_eq!(b.store.dump().unwrap(), before);
    let why: Vec<_> = b.read(|r| r.set_asides(10)).into_iter().map(|row| row.why).collect();
    assert_eq!(why, ["shape", "chain", "id_reused"]);
    // All of it counts in the tree, and again changes nothing.
    assert_eq!(b.store.heads().unwrap()[0].root, page(whole.clone()).head.root);
    assert_eq!(b.store.apply_page(&page(whole)).unwrap().known, 6);
    assert!(b.store.scope_sound(TOWN.parse().unwrap()).unwrap().sound);
}

#[test]
fn a_page_that_leaves_out_swaps_or_changes_is_not_taken() {
    let (a, b) = (Desk::new(110), Desk::new(111));
    a.rule(1);
    let ops = town_ops(&a);
    let good = page(ops.clone());
    let mut without = good.clone();
    without.ops.remove(1);
    let mut swapped = good.clone();
    (swapped.ops[1].1, swapped.ops[2].1) = (ops[2].clone(), ops[1].clone());
    let mut changed = good.clone();
    changed.ops[2].1.push(0);
    let mut later = good.clone();
    later.ops.remove(0);
    for bad in [without, swapped, changed, later] {
        assert!(matches!(b.store.apply_page(&bad), Err(StoreError::HistoryDiffers)));
    }
    assert_eq!(b.count("SELECT count(*) FROM op WHERE status = 1"), 0);
    b.store.apply_page(&good).unwrap();
    // What was received once stays what it was.
    let mut forged = Op::from_bytes(&ops[1]).unwrap();
    forged.occurred_on += 1;
    let other = page(vec![ops[0].clone(), forged.to_bytes().unwrap()]);
    assert!(matches!(b.store.apply_page(&other), Err(StoreError::HistoryDiffers)));
}

#[test]
fn another_district_is_not_followed() {
    let (a, b) = (Desk::new(94), Desk::new(95));
    b.store.apply_page(&page(town_ops(&a))).unwrap();
    let other = Page { lineage: [8; 16], ..page(town_ops(&a)) };
    assert!(matches!(b.store.apply_page(&other), Err(StoreError::LineageChanged)));
    assert!(matches!(b.store.cursors(&[8; 16]), Err(StoreError::LineageChanged)));
    assert_eq!(b.store.cursors(&LINEAGE).unwrap(), [(TOWN.parse().unwrap(), 3)]);
}

#[test]
fn a_kind_of_a_newer_program_is_kept_as_it_came() {
    let (a, b) = (Desk::new(96), Desk::new(97));
    let mut ops = town_ops(&a);
    let last = Op::from_bytes(ops.last().unwrap()).unwrap();
    let mut newer = Op { seq: 4, prev: Op::hash_of(ops.last().unwrap()), kind: "lantern.lit".to_owned(), ..last };
    newer.id = zhenxin_domain::ids::OpId::from_bytes([9; 16]);
    ops.push(newer.to_bytes().unwrap());
    let applied = b.store.apply_page(&page(ops.clone())).unwrap();
    assert_eq!((applied.new, applied.unknown), (4, 1));
    let row = b.store.read(|r| r.op(newer.id)).unwrap().unwrap();
    assert_eq!(row.status, OpStatus::Unknown);
    assert_eq!(
        b.sql(|conn| conn
            .query_row("SELECT bytes FROM op WHERE id = ?1", [newer.id.as_bytes()], |r| r.get::<_, Vec<u8>>(0))),
        ops[3]
    );
    assert_eq!(b.store.apply_page(&page(ops)).unwrap().known, 4);
    assert!(b.store.verify(None).unwrap().sound());
}

#[test]
fn what_an_older_program_could_not_read_is_folded_after_the_upgrade() {
    let (a, b) = (Desk::new(98), Desk::new(99));
    let resident = a.resident(0, "张三", "330211199001011234");
    let mut orderer = Orderer::default();
    Orderer::introduce(&[&a, &b]);
    orderer.settle(&[&a, &b], |_| false);
    let whole = b.store.dump().unwrap();
    // As a program would have left it that knew no residents.
    {
        let conn = b.store.writer();
        conn.execute("UPDATE op SET readable = 1 WHERE kind = 'residents.recorded'", []).unwrap();
        conn.execute("DELETE FROM op_entity WHERE substr(entity, 1, 1) = x'01'", []).unwrap();
        conn.execute_batch(
            "DELETE FROM resident; DELETE FROM search_term; UPDATE meta SET value = x'00' WHERE key = 'kinds'",
        )
        .unwrap();
    }
    b.store.read_formerly_unknown().unwrap();
    assert_eq!(b.store.dump().unwrap(), whole);
    let found = b.store.read(|r| r.search("张三", crate::SearchOptions { village: None, limit: 5 })).unwrap();
    assert_eq!(found.rows[0].id, resident);
}

#[test]
fn a_broken_body_is_kept_and_not_counted() {
    let (a, b) = (Desk::new(100), Desk::new(101));
    let mut ops = town_ops(&a);
    let last = Op::from_bytes(ops.last().unwrap()).unwrap();
    let broken = Op {
        id: zhenxin_domain::ids::OpId::from_bytes([9; 16]),
        seq: 4,
        prev: Op::hash_of(ops.last().unwrap()),
        body: vec![0xff],
        ..last
    };
    ops.push(broken.to_bytes().unwrap());
    assert_eq!(b.store.apply_page(&page(ops)).unwrap().invalid, 1);
    let row = b.store.read(|r| r.op(broken.id)).unwrap().unwrap();
    assert_eq!(row.status, OpStatus::Invalid);
}

#[test]
fn a_clock_at_2099_advances_no_ones_clock() {
    let (a, b) = (Desk::new(102), Desk::new(103));
    a.clock.advance(2_300_000_000_000);
    a.rule(1);
    b.store.apply_page(&page(town_ops(&a))).unwrap();
    b.rule(1);
    let ops = town_ops(&b);
    let hlc = Op::from_bytes(ops.last().unwrap()).unwrap().hlc >> 16;
    assert!(hlc < 1_800_000_000_000, "{hlc}");
}

mod healing;
mod kill;
mod void;
