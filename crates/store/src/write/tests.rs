#![allow(clippy::unwrap_used)]
use std::sync::atomic::{AtomicBool, Ordering};

use zhenxin_domain::ids::{ImportId, RequestId};
use zhenxin_protocol::body::resident::Field;

use crate::proving::{Desk, VILLAGES, village};
use crate::{ImportSource, ResidentBatch, ResidentDraft, StoreError};

fn roster(rows: usize) -> Vec<ResidentDraft<'static>> {
    (0..rows)
        .map(|at| {
            ResidentDraft::new(village(at))
                .household_no(format!("{}", at / 3))
                .set(Field::Name, format!("张{}", char::from_u32(0x4e00 + at as u32).unwrap()))
                .set(Field::IdNumber, format!("33021119900101{at:04}"))
        })
        .collect()
}

fn source() -> ImportSource {
    ImportSource { id: ImportId::from_bytes([5; 16]), source: "花名册.xlsx".to_owned() }
}

#[test]
fn a_long_batch_is_cut_into_operations_of_one_scope() {
    let desk = Desk::new(61);
    let rows = roster(1_003);
    let mut told = Vec::new();
    let mut progress = |done, total| told.push((done, total));
    let batch = ResidentBatch { rows: &rows, import: Some(source()), progress: Some(&mut progress), cancel: None };
    let recorded = desk.write(|tx| tx.record_residents(batch));
    assert_eq!(recorded.residents.len(), 1_003);
    assert_eq!(recorded.ops.len(), 6, "three for each village");
    assert_eq!(told.last(), Some(&(1_003, 1_003)));
    for (at, id) in recorded.residents.iter().enumerate() {
        let row = desk.store.read(|r| r.resident(*id)).unwrap().unwrap();
        assert_eq!(row.id_number.unwrap(), format!("33021119900101{at:04}"));
        assert_eq!(row.scope.as_str(), VILLAGES[at % 2]);
    }
    assert!(desk.store.verify(None).unwrap().sound());
}

#[test]
fn a_cancelled_batch_leaves_nothing() {
    let desk = Desk::new(62);
    let before = (desk.store.dump().unwrap(), desk.count("SELECT count(*) FROM op"));
    let rows = roster(1_200);
    let cancel = AtomicBool::new(false);
    let mut progress = |done, _| cancel.store(done >= 400, Ordering::Relaxed);
    let batch =
        ResidentBatch { rows: &rows, import: Some(source()), progress: Some(&mut progress), cancel: Some(&cancel) };
    let cancelled = desk.store.write(desk.admin, |tx| tx.record_residents(batch).map(|_| ()));
    assert!(matches!(cancelled, Err(StoreError::Cancelled)));
    assert_eq!((desk.store.dump().unwrap(), desk.count("SELECT count(*) FROM op")), before);
    assert_eq!(desk.count("SELECT count(*) FROM search_term") + desk.count("SELECT count(*) FROM subject_key"), 1);
    // The chain goes on where it was.
    desk.rule(5);
    assert!(desk.store.verify(None).unwrap().sound());
}

#[test]
fn undoing_an_import_restores_what_was_before() {
    let desk = Desk::new(63);
    let known = desk.resident(0, "张三", "330211199001011234");
    let residents = || {
        desk.sql(|conn| {
            let mut statement = conn.prepare("SELECT id, name, phone, registers FROM resident ORDER BY id")?;
            let rows = statement.query_map([], |row| {
                Ok((
                    row.get::<_, Vec<u8>>(0)?,
                    row.get::<_, String>(1)?,
                    row.get::<_, Option<String>>(2)?,
                    row.get::<_, Vec<u8>>(3)?,
                ))
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        })
    };
    let terms = || desk.count("SELECT count(*) FROM search_term");
    let before = (residents(), terms());
    let mut rows = roster(300);
    rows.push(ResidentDraft::edit(known).set(Field::Phone, "13900009999").clear(Field::Address));
    let batch = ResidentBatch { rows: &rows, import: Some(source()), ..Default::default() };
    desk.write(|tx| tx.record_residents(batch));
    assert_eq!(residents().len(), 301);
    desk.write(|tx| tx.undo_import(source().id));
    assert_eq!((residents(), terms()), before);
    let import = desk.store.read(|r| r.import(source().id)).unwrap().unwrap();
    assert_eq!((import.created, import.updated), (300, 1));
    assert!(import.undone_at.is_some());
    assert!(desk.store.verify(None).unwrap().sound());
    let again = desk.store.write(desk.admin, |tx| tx.undo_import(source().id));
    assert!(matches!(again, Err(StoreError::Refused(_))));
}

#[test]
fn a_repeated_request_gets_the_former_reply() {
    let desk = Desk::new(64);
    let id = RequestId::from_bytes([8; 16]);
    assert_eq!(desk.write(|tx| tx.request(id)), None);
    desk.write(|tx| tx.remember(id, b"done"));
    assert_eq!(desk.write(|tx| tx.request(id)).as_deref(), Some(b"done".as_slice()));
}

#[test]
fn a_text_over_its_limit_is_refused_and_nothing_is_written() {
    let desk = Desk::new(65);
    let before = desk.store.dump().unwrap();
    let long = ResidentDraft::new(village(0)).household_no("9".repeat(65));
    let batch = ResidentBatch { rows: &[long], ..Default::default() };
    let refused = desk.store.write(desk.admin, |tx| tx.record_residents(batch).map(|_| ()));
    assert!(matches!(refused, Err(StoreError::Body(_))));
    assert_eq!(desk.store.dump().unwrap(), before);
}

#[test]
fn reads_inside_a_transaction_see_its_own_writes() {
    let desk = Desk::new(66);
    desk.write(|tx| {
        let rows = [ResidentDraft::new(village(0)).set(Field::Name, "单雄信")];
        let id = tx.record_residents(ResidentBatch { rows: &rows, ..Default::default() })?.residents[0];
        assert_eq!(tx.reader().resident(id)?.unwrap().name.as_deref(), Some("单雄信"));
        let found = tx.reader().search("shan", crate::SearchOptions { village: None, limit: 5 })?;
        assert_eq!(found.rows.len(), 1);
        Ok(())
    });
}

#[test]
fn an_act_that_failed_on_the_way_cannot_be_committed_after_all() {
    let desk = Desk::new(67);
    let before = (desk.store.dump().unwrap(), desk.count("SELECT count(*) FROM op"));
    let mut rows = roster(700);
    rows.push(ResidentDraft::new(village(0)).household_no("9".repeat(65)));
    let kept = desk.store.write(desk.admin, |tx| {
        let failed = tx.record_residents(ResidentBatch { rows: &rows, ..Default::default() });
        assert!(failed.is_err());
        Ok::<_, StoreError>(())
    });
    assert!(kept.is_err());
    assert_eq!((desk.store.dump().unwrap(), desk.count("SELECT count(*) FROM op")), before);
}
