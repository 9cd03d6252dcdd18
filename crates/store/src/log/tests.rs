#![allow(clippy::unwrap_used)]
use zhenxin_protocol::device_key::{public_key, verify_head};
use zhenxin_protocol::hash::Hash32;
use zhenxin_protocol::op::Op;

use crate::proving::{Desk, LINEAGE, Orderer, TOWN};
use crate::{OpStatus, Page, StoreError};

fn page(ops: Vec<Vec<u8>>) -> Page {
    let ops: Vec<_> = (1..).zip(ops).collect();
    let after = ops.len() as u64;
    Page { scope: TOWN.parse().unwrap(), lineage: LINEAGE, ops, after }
}

fn town_ops(desk: &Desk) -> Vec<Vec<u8>> {
    desk.store.outbox(100, 1 << 20).unwrap().ops.into_iter().map(|(_, bytes)| bytes).collect()
}

#[test]
fn the_outbox_is_a_signed_piece_of_the_chain() {
    let desk = Desk::new(91);
    desk.rule(1);
    let whole = desk.store.outbox(100, 1 << 20).unwrap();
    assert_eq!(whole.ops.len(), 3);
    assert!(!whole.more);
    let first = desk.store.outbox(2, 1 << 20).unwrap();
    assert_eq!(first.ops.len(), 2);
    assert!(first.more);
    let head = Hash32::of(&first.ops[1].1);
    verify_head(&desk.store.device_keys().sign_key, &head, &first.signature).unwrap();
    assert_eq!(desk.store.device_keys().sign_key, public_key(&desk.store.inner.identity.sign_seed));
    // However small the limit, a batch makes progress.
    assert_eq!(desk.store.outbox(100, 1).unwrap().ops.len(), 1);
}

#[test]
fn the_same_id_with_other_bytes_is_a_loud_error_and_changes_nothing() {
    let (a, b) = (Desk::new(92), Desk::new(93));
    let ops = town_ops(&a);
    b.store.apply_page(&page(ops.clone())).unwrap();
    let before = b.store.dump().unwrap();
    let mut forged = Op::from_bytes(&ops[1]).unwrap();
    forged.occurred_on += 1;
    let again = b.store.apply_page(&page(vec![ops[0].clone(), forged.to_bytes().unwrap()]));
    assert!(matches!(again, Err(StoreError::IdReused)));
    // Another id in the same place of the chain is as bad.
    forged.id = zhenxin_domain::ids::OpId::from_bytes([9; 16]);
    let fork = b.store.apply_page(&page(vec![ops[0].clone(), forged.to_bytes().unwrap()]));
    assert!(matches!(fork, Err(StoreError::IdReused)));
    assert_eq!(b.store.dump().unwrap(), before);
}

#[test]
fn another_district_is_not_followed() {
    let (a, b) = (Desk::new(94), Desk::new(95));
    b.store.apply_page(&page(town_ops(&a))).unwrap();
    let other = Page { lineage: [8; 16], ..page(town_ops(&a)) };
    assert!(matches!(b.store.apply_page(&other), Err(StoreError::LineageChanged)));
    assert!(matches!(b.store.cursors(&[8; 16]), Err(StoreError::LineageChanged)));
    assert_eq!(b.store.cursors(&LINEAGE).unwrap(), [(TOWN.parse().unwrap(), 2)]);
}

#[test]
fn a_kind_of_a_newer_program_is_kept_as_it_came() {
    let (a, b) = (Desk::new(96), Desk::new(97));
    let mut ops = town_ops(&a);
    let last = Op::from_bytes(ops.last().unwrap()).unwrap();
    let mut newer = Op { seq: 3, prev: Op::hash_of(ops.last().unwrap()), kind: "lantern.lit".to_owned(), ..last };
    newer.id = zhenxin_domain::ids::OpId::from_bytes([9; 16]);
    ops.push(newer.to_bytes().unwrap());
    let applied = b.store.apply_page(&page(ops.clone())).unwrap();
    assert_eq!((applied.new, applied.unknown), (3, 1));
    let row = b.store.read(|r| r.op(newer.id)).unwrap().unwrap();
    assert_eq!(row.status, OpStatus::Unknown);
    assert_eq!(
        b.sql(|conn| conn
            .query_row("SELECT bytes FROM op WHERE id = ?1", [newer.id.as_bytes()], |r| r.get::<_, Vec<u8>>(0))),
        ops[2]
    );
    assert_eq!(b.store.apply_page(&page(ops)).unwrap().known, 3);
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
        seq: 3,
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
