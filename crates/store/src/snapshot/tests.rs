#![allow(clippy::unwrap_used)]
use zhenxin_protocol::body::resident::Field;
use zhenxin_protocol::hash::Hash32;

use crate::proving::{Desk, Orderer, VILLAGES};
use crate::{ResidentDraft, SearchOptions, SnapshotMade, StoreError};

const KEY: [u8; 32] = [5; 32];

fn town() -> (Desk, Orderer, SnapshotMade, std::path::PathBuf) {
    let a = Desk::new(401);
    let mut orderer = Orderer::default();
    let resident = a.resident(0, "张三", "330211199001011234");
    let rule = a.rule(5);
    let award = a.award(resident, rule, 5);
    a.approve(award);
    a.write(|tx| tx.put_draft(a.admin, "award", "1", "草稿".as_bytes()));
    let path = a.dir.path().join("town.snapshot");
    assert!(matches!(a.store.snapshot_out(&path, &KEY), Err(StoreError::Refused(_))));
    assert!(!path.exists());
    orderer.settle(&[&a], |_| false);
    let made = a.store.snapshot_out(&path, &KEY).unwrap();
    (a, orderer, made, path)
}

#[test]
fn a_new_device_begins_with_a_snapshot_and_goes_on_with_pages() {
    let (a, mut orderer, made, path) = town();
    let b = Desk::new(402);
    b.rule(9);
    Orderer::introduce(&[&a, &b]);
    let ops = b.store.snapshot_in(&path, &KEY, &made.heads).unwrap();
    assert_eq!(ops, made.heads.iter().map(|head| head.size).sum::<u64>());
    assert_eq!(b.store.heads().unwrap(), made.heads);
    let found = b.read(|r| r.search("张三", SearchOptions { village: None, limit: 5 }));
    assert_eq!(found.rows.len(), 1);
    // Its own identity, operations and administrator are still there, and nothing local of the maker's.
    assert_eq!(b.store.outbox_size().unwrap().own_ops, 3);
    assert_eq!(b.count("SELECT count(*) FROM draft"), 0);
    assert_eq!(b.count("SELECT count(*) FROM user"), 2);
    assert_eq!(b.store.verify(None).unwrap().faults, Vec::<String>::new());
    a.residents(&[ResidentDraft::edit(found.rows[0].id).set(Field::Phone, "13900000001")]);
    orderer.settle(&[&a, &b], |_| false);
    assert_eq!(a.store.dump().unwrap(), b.store.dump().unwrap());
    for desk in [&a, &b] {
        assert_eq!(desk.store.verify(None).unwrap().faults, Vec::<String>::new());
        desk.store.rebuild(None).unwrap();
    }
    assert_eq!(a.store.dump().unwrap(), b.store.dump().unwrap());
    // Again changes nothing more.
    let before = b.store.dump().unwrap();
    b.store.snapshot_in(&path, &KEY, &made.heads).unwrap();
    assert_eq!(b.store.dump().unwrap(), before);
}

#[test]
fn without_the_data_key_nothing_can_be_read_until_it_comes() {
    let (a, _, made, path) = town();
    let b = Desk::new(403);
    b.store.snapshot_in(&path, &KEY, &made.heads).unwrap();
    assert_eq!(b.count("SELECT count(*) FROM resident WHERE name IS NOT NULL"), 0);
    assert_eq!(b.store.verify(None).unwrap().faults, Vec::<String>::new());
    Orderer::introduce(&[&a, &b]);
    assert_eq!(b.count("SELECT count(*) FROM resident WHERE name IS NOT NULL"), 1);
    assert_eq!(b.store.verify(None).unwrap().faults, Vec::<String>::new());
}

#[test]
fn a_snapshot_that_is_not_what_the_heads_say_is_not_taken() {
    let (a, _, made, path) = town();
    let b = Desk::new(404);
    Orderer::introduce(&[&a, &b]);
    let before = b.store.dump().unwrap();
    let mut heads = made.heads.clone();
    heads[0].root = Hash32::ZERO;
    assert!(matches!(b.store.snapshot_in(&path, &KEY, &heads), Err(StoreError::HistoryDiffers)));
    assert!(matches!(b.store.snapshot_in(&path, &KEY, &made.heads[1..]), Err(StoreError::HistoryDiffers)));
    assert!(b.store.snapshot_in(&path, &[6; 32], &made.heads).is_err());
    for damage in [
        "UPDATE op SET hlc = hlc + 1 WHERE no = 3",
        "UPDATE op SET bytes = zeroblob(length(bytes)) WHERE no = 3",
        "DELETE FROM op WHERE no = 3",
    ] {
        let bad = a.dir.path().join("bad.snapshot");
        std::fs::copy(&path, &bad).unwrap();
        let key = crate::key::FileKey::from_slice(&KEY).unwrap();
        let conn = crate::pool::connect(&bad, &key, crate::pool::Use::Write, false).unwrap();
        conn.execute(damage, []).unwrap();
        drop(conn);
        assert!(matches!(b.store.snapshot_in(&bad, &KEY, &made.heads), Err(StoreError::HistoryDiffers)), "{damage}");
    }
    // A torn file is no file at all.
    let torn = a.dir.path().join("torn.snapshot");
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&torn, &bytes[..bytes.len() / 2]).unwrap();
    assert!(b.store.snapshot_in(&torn, &KEY, &made.heads).is_err());
    assert_eq!(b.store.dump().unwrap(), before);
    // And the file goes on working.
    b.resident(1, VILLAGES[0], "330211199001011234");
    b.store.snapshot_in(&path, &KEY, &made.heads).unwrap();
}
