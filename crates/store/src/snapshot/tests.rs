#![allow(clippy::unwrap_used)]
use zhenxin_protocol::body::resident::Field;
use zhenxin_protocol::hash::Hash32;

use crate::proving::{Desk, Orderer, VILLAGES};
use crate::{IssueKind, OpCounts, ResidentDraft, SearchOptions, SnapshotMade, StoreError, TablesState};

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
    assert_eq!(b.store.outbox_size().unwrap().own_ops, 4);
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

/// A copy of the snapshot in which its maker has told something else.
fn altered(path: &std::path::Path, sql: &str) -> std::path::PathBuf {
    let bad = path.with_extension("altered");
    std::fs::copy(path, &bad).unwrap();
    let key = crate::key::FileKey::from_slice(&KEY).unwrap();
    let conn = crate::pool::connect(&bad, &key, crate::pool::Use::Write, false).unwrap();
    conn.pragma_update(None, "foreign_keys", false).unwrap();
    assert!(conn.execute(sql, []).unwrap() > 0, "{sql}");
    bad
}

fn state(desk: &Desk) -> Option<TablesState> {
    desk.store.tables_proof().unwrap().map(|proof| proof.state)
}

#[test]
fn tables_of_another_device_are_proven_from_the_log_or_folded_anew() {
    let (a, _, made, path) = town();
    let lies = [
        ("UPDATE award SET amount_points = 500", true),
        ("UPDATE account SET balance_units = balance_units + 1", true),
        ("UPDATE resident SET phone = '13911111111'", true),
        ("DELETE FROM op_entity", true),
        ("DELETE FROM search_term WHERE term LIKE '%1234%'", true),
        ("UPDATE search_term SET term = 'liuqi' WHERE term = 'zhangsan'", true),
        ("DELETE FROM household", true),
        ("UPDATE points_by_day SET points = points + 1", true),
        ("UPDATE op SET receipt_at = receipt_at + 1", false),
    ];
    for (seed, (lie, differs)) in (410..).zip(lies) {
        let b = Desk::new(seed);
        Orderer::introduce(&[&a, &b]);
        b.store.snapshot_in(&altered(&path, lie), &KEY, &made.heads).unwrap();
        assert_eq!(state(&b), Some(TablesState::Unproven));
        // Nothing of it is passed on, and work goes on.
        let refused = b.store.snapshot_out(&a.dir.path().join("again"), &KEY);
        assert!(matches!(refused, Err(StoreError::Refused(_))));
        b.resident(1, "李四", "330211198501011235");
        let stopped = b.store.prove_tables(&mut |_, _| false);
        assert!(matches!(stopped, Err(StoreError::Cancelled)));
        assert_eq!(state(&b), Some(TablesState::Unproven));
        b.store.prove_tables(&mut |_, _| true).unwrap();
        let expected = if differs { TablesState::Rebuilt } else { TablesState::Sound };
        assert_eq!(state(&b), Some(expected), "{lie}");
        assert_eq!(b.store.verify(None).unwrap().faults, Vec::<String>::new(), "{lie}");
        let found = b.read(|r| r.search("zhangsan", SearchOptions { village: None, limit: 5 }));
        assert_eq!(found.rows.len(), 1);
    }
    assert_eq!(state(&a), None);
}

#[test]
fn fault_23_tables_that_are_not_proven_are_not_passed_on() {
    let (a, mut orderer, made, path) = town();
    let b = Desk::new(434);
    Orderer::introduce(&[&a, &b]);
    b.store.snapshot_in(&altered(&path, "UPDATE account SET balance_units = 7"), &KEY, &made.heads).unwrap();
    orderer.settle(&[&b], |_| false);
    let again = b.dir.path().join("again.snapshot");
    // nothing waits any more: it is the proof alone that is missing
    let Err(StoreError::Refused(why)) = b.store.snapshot_out(&again, &KEY) else { panic!("passed on unproven") };
    assert!(why.contains("核对"), "{why}");
    assert!(!again.exists());
    b.store.prove_tables(&mut |_, _| true).unwrap();
    b.store.snapshot_out(&again, &KEY).unwrap();
}

#[test]
fn fault_14_a_snapshot_of_another_format_is_refused() {
    let (a, _, made, path) = town();
    let b = Desk::new(435);
    Orderer::introduce(&[&a, &b]);
    let before = b.store.dump().unwrap();
    for format in [0, crate::open::migrate::KNOWN + 1] {
        let other = path.with_extension("other");
        std::fs::copy(&path, &other).unwrap();
        let key = crate::key::FileKey::from_slice(&KEY).unwrap();
        let conn = crate::pool::connect(&other, &key, crate::pool::Use::Write, false).unwrap();
        conn.pragma_update(None, "user_version", format).unwrap();
        drop(conn);
        let refused = b.store.snapshot_in(&other, &KEY, &made.heads);
        assert!(matches!(refused, Err(StoreError::NewerFile { found, .. }) if found == format), "{refused:?}");
    }
    assert_eq!(b.store.dump().unwrap(), before);
}

#[test]
fn pairs_that_a_snapshot_keeps_quiet_about_are_found() {
    let (a, mut orderer, ..) = town();
    a.resident(0, "张三", "330211199001011234");
    orderer.settle(&[&a], |_| false);
    let path = a.dir.path().join("pairs.snapshot");
    let made = a.store.snapshot_out(&path, &KEY).unwrap();
    let b = Desk::new(431);
    Orderer::introduce(&[&a, &b]);
    b.store.snapshot_in(&altered(&path, "DELETE FROM resident_twin"), &KEY, &made.heads).unwrap();
    assert_eq!(b.read(|r| r.issues_of(IssueKind::DuplicateResident, crate::fold::issue::tests::AT)), []);
    b.store.prove_tables(&mut |_, _| true).unwrap();
    assert_eq!(state(&b), Some(TablesState::Rebuilt));
    assert_eq!(b.read(|r| r.issues_of(IssueKind::DuplicateResident, crate::fold::issue::tests::AT)).len(), 1);
}

/// Gives a waiting operation another id, as only a stranger's program would.
fn with_id_of(b: &Desk, a: &Desk) -> zhenxin_domain::ids::OpId {
    let taken: [u8; 16] = a.sql(|conn| conn.query_row("SELECT id FROM op WHERE no = 4", [], |row| row.get(0)));
    let taken = zhenxin_domain::ids::OpId::from_bytes(taken);
    let (no, bytes): (i64, Vec<u8>) = b.sql(|conn| {
        conn.query_row("SELECT no, bytes FROM op ORDER BY no DESC LIMIT 1", [], |r| Ok((r.get(0)?, r.get(1)?)))
    });
    let op = zhenxin_protocol::op::Op { id: taken, ..zhenxin_protocol::op::Op::from_bytes(&bytes).unwrap() };
    let bytes = op.to_bytes().unwrap();
    let hash = Hash32::of(&bytes);
    let conn = b.store.writer();
    conn.execute(
        "UPDATE op SET id = ?2, bytes = ?3, hash = ?4 WHERE no = ?1",
        (no, taken.as_bytes(), bytes, hash.as_bytes()),
    )
    .unwrap();
    taken
}

#[test]
fn a_waiting_operation_whose_id_is_taken_stays_visible() {
    let (a, mut orderer, made, path) = town();
    let b = Desk::new(432);
    Orderer::introduce(&[&a, &b]);
    b.rule(9);
    with_id_of(&b, &a);
    b.store.snapshot_in(&path, &KEY, &made.heads).unwrap();
    assert_eq!(b.store.heads().unwrap(), made.heads);
    let issue = crate::fold::issue::tests::one_issue(&b, IssueKind::SetAside);
    let row = b.read(|r| r.set_asides(9)).remove(0);
    assert_eq!((row.why.as_str(), row.server_seq, row.kind.as_deref()), ("id_taken", None, Some("rules.recorded")));
    assert_eq!(issue.key, crate::IssueKey::set_aside(&row.hash));
    assert!(matches!(b.read(|r| r.op_counts()), OpCounts { pending: 3, .. }));
    // It stands in nobody's way: the rest is sent, and a snapshot of this file is sound.
    orderer.settle(&[&a, &b], |_| false);
    b.store.prove_tables(&mut |_, _| true).unwrap();
    assert_eq!(state(&b), Some(TablesState::Sound));
    let c = Desk::new(433);
    Orderer::introduce(&[&b, &c]);
    let path = b.dir.path().join("next.snapshot");
    let made = b.store.snapshot_out(&path, &KEY).unwrap();
    c.store.snapshot_in(&path, &KEY, &made.heads).unwrap();
    assert_eq!(c.count("SELECT count(*) FROM set_aside"), 0);
}
