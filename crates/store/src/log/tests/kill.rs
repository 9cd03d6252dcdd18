//! Work that is cut off at any changed row leaves nothing behind.

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use zhenxin_protocol::body::resident::Field;
use zhenxin_protocol::hash::Hash32;

use crate::proving::{Desk, Orderer, VILLAGES, day, village};
use crate::{HandedOut, ResidentBatch, ResidentDraft, Review, ReviewDraft, Store, StoreError, Unlock};

/// Tables whose rows are counted; the rest of the file is compared as well.
fn tables(conn: &Connection) -> Vec<String> {
    conn.prepare("SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
}

/// Lays a fuse: the change of the `left`-th row from now on fails.
fn fuse(desk: &Desk, left: i64) {
    let conn = desk.store.writer();
    conn.execute_batch("CREATE TEMP TABLE IF NOT EXISTS fuse (left INTEGER)").unwrap();
    conn.execute_batch(&format!("DELETE FROM temp.fuse; INSERT INTO temp.fuse VALUES ({left})")).unwrap();
    for table in tables(&conn) {
        for act in ["INSERT", "UPDATE", "DELETE"] {
            conn.execute_batch(&format!(
                "CREATE TEMP TRIGGER IF NOT EXISTS fuse_{act}_{table} BEFORE {act} ON main.\"{table}\" BEGIN
                   UPDATE temp.fuse SET left = left - 1;
                   SELECT RAISE(ABORT, 'cut off') FROM temp.fuse WHERE left < 0;
                 END"
            ))
            .unwrap();
        }
    }
}

fn clear(desk: &Desk) {
    let conn = desk.store.writer();
    for table in tables(&conn) {
        for act in ["INSERT", "UPDATE", "DELETE"] {
            conn.execute_batch(&format!("DROP TRIGGER temp.fuse_{act}_{table}")).unwrap();
        }
    }
}

/// Everything in the file.
fn whole(desk: &Desk) -> Hash32 {
    let conn = desk.store.writer();
    let mut digest = Hash32::ZERO;
    for table in tables(&conn) {
        let mut statement = conn.prepare(&format!("SELECT * FROM main.\"{table}\" ORDER BY 1, 2")).unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for at in 0..columns {
                let value = match row.get_ref(at).unwrap() {
                    ValueRef::Null => b"null".to_vec(),
                    ValueRef::Integer(number) => number.to_be_bytes().to_vec(),
                    ValueRef::Real(number) => number.to_be_bytes().to_vec(),
                    ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.to_vec(),
                };
                digest = Hash32::of_parts(&[digest.as_bytes(), &value]);
            }
        }
    }
    digest
}

/// Cuts the work off at every changed row in turn, until it goes through.
fn cut_everywhere(desk: &Desk, work: impl Fn() -> Result<(), StoreError>) -> i64 {
    let before = whole(desk);
    let mut left = 0;
    loop {
        fuse(desk, left);
        match work() {
            Ok(()) => break,
            Err(StoreError::Sql(error)) => assert!(error.to_string().contains("cut off"), "{error}"),
            Err(error) => panic!("{error:?}"),
        }
        assert!(whole(desk) == before, "something was left behind at row {left}");
        // Every row at first, then fewer: the later ones repeat the pattern.
        left += 1 + left / 12;
    }
    clear(desk);
    assert!(whole(desk) != before);
    assert_eq!(desk.store.verify(None).unwrap().faults, Vec::<String>::new());
    left
}

/// Two desks with a history; what the second wrote last waits.
fn two(seed: u64) -> (Desk, Desk, Orderer) {
    let (a, b) = (Desk::new(seed), Desk::new(seed + 1));
    let mut orderer = Orderer::default();
    Orderer::introduce(&[&a, &b]);
    let resident = a.resident(0, "张三", "330211199001011234");
    let rule = a.rule(5);
    let award = a.award(resident, rule, 5);
    orderer.settle(&[&a, &b], |_| false);
    a.approve(award);
    a.residents(&[ResidentDraft::edit(resident).set(Field::Phone, "13900000001")]);
    b.residents(&[ResidentDraft::edit(resident).set(Field::Phone, "13900000002")]);
    (a, b, orderer)
}

#[test]
fn a_page_is_taken_whole_or_not_at_all() {
    let (a, b, mut orderer) = two(301);
    orderer.send_all(&a, |_| false);
    orderer.pull_keys(&b);
    let scope = VILLAGES[0].parse().unwrap();
    let page = orderer.page(scope, 2, 100);
    assert!(cut_everywhere(&b, || b.store.apply_page(&page).map(|_| ())) > 5);
}

#[test]
fn receipts_are_taken_whole_or_not_at_all() {
    let (_, b, mut orderer) = two(303);
    let outbox = b.store.outbox(&HandedOut::default(), 100, 1 << 20).unwrap();
    let (receipts, _) = orderer.take(&outbox, &|_| false);
    cut_everywhere(&b, || b.store.take_receipts(&receipts));
}

#[test]
fn an_epoch_begins_whole_or_not_at_all() {
    let (a, _, _) = two(305);
    assert!(cut_everywhere(&a, || a.store.begin_epoch(2).map(|_| ())) > 4);
}

#[test]
fn a_scope_is_rewound_whole_or_not_at_all() {
    let (_, b, _) = two(307);
    let scope = VILLAGES[0].parse().unwrap();
    assert!(cut_everywhere(&b, || b.store.rewind(scope, 0).map(|_| ())) > 4);
    let (_, b, _) = two(308);
    cut_everywhere(&b, || b.store.lineage_replaced([9; 16]).map(|_| ()));
}

#[test]
fn tables_are_rebuilt_whole_or_not_at_all() {
    let (_, b, _) = two(309);
    // A rebuild of sound tables changes nothing, so something is broken first.
    b.store.writer().execute("UPDATE resident SET phone = '110'", []).unwrap();
    assert!(cut_everywhere(&b, || b.store.rebuild(None)) > 10);
}

#[test]
fn a_snapshot_is_taken_whole_or_not_at_all() {
    let (a, b, mut orderer) = two(311);
    orderer.settle(&[&a, &b], |_| false);
    let path = a.dir.path().join("town.snapshot");
    let made = a.store.snapshot_out(&path, &[5; 32]).unwrap();
    let c = Desk::new(313);
    Orderer::introduce(&[&a, &b, &c]);
    c.rule(7);
    assert!(cut_everywhere(&c, || c.store.snapshot_in(&path, &[5; 32], &made.heads).map(|_| ())) > 10);
}

#[test]
fn a_full_disk_leaves_nothing_half_written() {
    let (a, b, mut orderer) = two(315);
    for at in 0..40 {
        a.resident(0, "张三丰", &format!("33021119900101{at:04}"));
    }
    orderer.send_all(&a, |_| false);
    orderer.pull_keys(&b);
    let page = orderer.page(VILLAGES[0].parse().unwrap(), 2, 100);
    let before = whole(&b);
    let pages: i64 = b.store.writer().query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    for room in 0..3 {
        let most = pages + room;
        b.store.writer().query_row(&format!("PRAGMA max_page_count = {most}"), [], |_| Ok(())).unwrap();
        assert!(matches!(b.store.apply_page(&page), Err(StoreError::DiskFull)), "room for {room} pages");
        assert!(whole(&b) == before);
    }
    b.store.writer().query_row("PRAGMA max_page_count = 1000000", [], |_| Ok(())).unwrap();
    b.store.apply_page(&page).unwrap();
    assert_eq!(b.store.verify(None).unwrap().faults, Vec::<String>::new());
}

#[test]
fn fault_01_an_act_of_a_clerk_is_kept_whole_or_not_at_all() {
    let desk = Desk::new(318);
    let resident = desk.resident(0, "张三", "330211199001011234");
    let rule = desk.rule(5);
    let award = desk.award(resident, rule, 5);
    // several operations, keys, search terms and hints in one act
    let newcomers = || {
        let rows: Vec<ResidentDraft<'_>> = (0..3)
            .map(|at| ResidentDraft::new(village(at)).household_no("8").set(Field::Name, "张三".to_owned()))
            .collect();
        desk.store.write(desk.admin, |tx| {
            tx.record_residents(ResidentBatch { rows: &rows, import: None, progress: None, cancel: None }).map(|_| ())
        })
    };
    assert!(cut_everywhere(&desk, newcomers) > 10);
    let decision = Review::Approve { effective_on: day("2026-01-12") };
    let review = || {
        let review = ReviewDraft { award, decision: decision.clone() };
        desk.store.write(desk.admin, |tx| tx.review_awards(&[review]).map(|_| ()))
    };
    assert!(cut_everywhere(&desk, review) > 5);
}

#[test]
fn fault_01_what_was_answered_lies_on_the_disk() {
    let desk = Desk::new(317);
    for at in 0..5 {
        let resident = desk.resident(at, "张三", &format!("33021119900101{at:04}"));
        // the files as they lie there, nothing closed and nothing flushed: what a kill leaves behind
        let dir = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(desk.dir.path()).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_file() {
                std::fs::copy(entry.path(), dir.path().join(entry.file_name())).unwrap();
            }
        }
        let unlock = Unlock::Recovery(desk.recovery_key.clone());
        let found = Store::open(dir.path(), unlock, &desk.ports).unwrap().store;
        assert!(found.read(|r| r.resident(resident)).unwrap().is_some(), "{at}: said to be kept, and not on the disk");
        assert_eq!(found.verify(None).unwrap().faults, Vec::<String>::new());
    }
}
