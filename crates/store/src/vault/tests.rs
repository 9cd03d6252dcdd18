#![allow(clippy::unwrap_used)]
use zhenxin_protocol::wire::keys::KeyRow;

use crate::proving::{Desk, Orderer};
use crate::{Review, StoreError};

#[test]
fn keys_are_sent_once() {
    let desk = Desk::new(51);
    desk.resident(0, "张三", "330211199001011234");
    let rows = desk.store.dirty_keys(100).unwrap();
    assert_eq!(rows.len(), 2, "the administrator and the resident");
    let subjects: Vec<_> = rows.iter().map(|row| row.subject).collect();
    desk.store.keys_pushed(&subjects).unwrap();
    assert!(desk.store.dirty_keys(100).unwrap().is_empty());
}

#[test]
fn without_the_key_nobody_writes_under_it() {
    let (a, b) = (Desk::new(52), Desk::new(53));
    let resident = a.resident(0, "张三", "330211199001011234");
    let mut orderer = Orderer::default();
    orderer.settle(&[&a, &b], |_| false);
    let draft = crate::ResidentDraft::edit(resident).clear(zhenxin_protocol::body::resident::Field::Phone);
    let batch = crate::ResidentBatch { rows: &[draft], ..Default::default() };
    let refused = b.store.write(b.admin, |tx| tx.record_residents(batch));
    assert!(matches!(refused, Err(StoreError::KeyMissing)));
}

#[test]
fn an_erasure_takes_the_person_out_of_the_tables_and_is_for_good() {
    let desk = Desk::new(54);
    let resident = desk.resident(0, "张监碶", "330211199001011234");
    let rule = desk.rule(5);
    let award = desk.award(resident, rule, 5);
    desk.review(award, Review::SendBack { reason: "请张监碶补照片".to_owned() });
    let row = desk.store.dirty_keys(100).unwrap().into_iter().find(|row| row.subject == *resident.as_bytes()).unwrap();
    let erased = KeyRow { tombstone: true, wrapped: Vec::new(), ..row.clone() };
    assert_eq!(desk.store.apply_keys(&[erased]).unwrap().tombstones, 1);
    let left = desk.store.read(|r| r.resident(resident)).unwrap().unwrap();
    assert_eq!((left.name, left.id_number, left.phone), (None, None, None));
    assert_eq!(desk.count("SELECT count(*) FROM search_term WHERE term LIKE '张%' OR term = '1234'"), 0);
    assert_eq!(desk.count("SELECT count(*) FROM award WHERE reason IS NOT NULL"), 0);
    // The former row coming round again changes nothing.
    desk.store.apply_keys(&[row]).unwrap();
    assert_eq!(desk.count("SELECT count(*) FROM resident WHERE name IS NOT NULL"), 0);
    assert_eq!(desk.store.verify(None).unwrap().faults, Vec::<String>::new());
}
