#![allow(clippy::unwrap_used)]
use zhenxin_domain::ids::ActivityId;
use zhenxin_protocol::hash::Hash32;

use crate::proving::{Desk, Orderer, batch};
use crate::{AwardDraft, AwardTo, EvidenceDraft, LaneItem};

fn photo(desk: &Desk, bytes: &[u8]) -> ActivityId {
    let resident = desk.resident(0, "张三", "330211199001011234");
    let rule = desk.rule(5);
    let rows = vec![AwardDraft { resident, to: AwardTo::Resident, amount_points: 5 }];
    let evidence = vec![EvidenceDraft { mime: "image/jpeg".to_owned(), bytes: bytes.to_vec() }];
    desk.write(|tx| tx.record_awards(crate::AwardBatch { evidence, ..batch(rule, rows) })).activity
}

fn two(seed: u64, bytes: &[u8]) -> (Desk, Desk, LaneItem, LaneItem) {
    let (a, b) = (Desk::new(seed), Desk::new(seed + 1));
    let mut orderer = Orderer::default();
    Orderer::introduce(&[&a, &b]);
    photo(&a, bytes);
    orderer.settle(&[&a, &b], |_| false);
    let due = a.store.attachments_due().unwrap();
    assert_eq!((due.to_send, due.to_send_bytes, due.to_fetch), (1, bytes.len() as u64, 0));
    let due = b.store.attachments_due().unwrap();
    assert_eq!((due.to_send, due.to_fetch), (0, 1));
    let sent = a.store.attachments_to_send(10).unwrap().remove(0);
    let fetched = b.store.attachments_to_fetch(10).unwrap().remove(0);
    (a, b, sent, fetched)
}

#[test]
fn a_photo_goes_out_sealed_and_comes_in_by_pieces() {
    let bytes: Vec<u8> = (0..200_000u32).map(|at| (at % 251) as u8).collect();
    let (a, b, out, item) = two(501, &bytes);
    assert_eq!((out.blob, out.scope), (item.blob, item.scope));
    let sealed = a.store.seal_attachment(&out).unwrap();
    assert_eq!(sealed, a.store.seal_attachment(&out).unwrap());
    let (total, hash) = (sealed.len() as u64, Hash32::of(&sealed));
    a.store.attachment_sent(&out, 100_000, false).unwrap();
    assert_eq!(a.store.attachments_to_send(10).unwrap()[0].offset, 100_000);
    a.store.attachment_sent(&out, total, true).unwrap();
    assert_eq!(a.store.attachments_due().unwrap().to_send, 0);
    let half = sealed.len() / 2;
    let taken = b.store.attachment_piece(&item, total, &hash, 0, &sealed[..half]).unwrap();
    assert_eq!((taken.have, taken.done), (half as u64, false));
    // A repeated or a later piece says where to go on.
    let again = b.store.attachment_piece(&item, total, &hash, 0, &sealed[..half]).unwrap();
    assert_eq!((again.have, again.done), (half as u64, false));
    assert_eq!(b.store.attachments_to_fetch(10).unwrap()[0].offset, half as u64);
    let last = b.store.attachment_piece(&item, total, &hash, half as u64, &sealed[half..]).unwrap();
    assert!(last.done && !last.damaged);
    let kept: Vec<u8> = b.sql(|conn| conn.query_row("SELECT bytes FROM attachment", [], |row| row.get(0)));
    assert_eq!(kept, bytes);
    assert_eq!(b.store.attachments_due().unwrap().to_fetch, 0);
    assert_eq!(b.count("SELECT count(*) FROM attachment_piece"), 0);
}

#[test]
fn a_photo_with_another_content_is_dropped_and_begun_again() {
    let (a, b, out, item) = two(503, b"photo");
    let mut sealed = a.store.seal_attachment(&out).unwrap();
    let whole = sealed.clone();
    sealed[2] ^= 1;
    let (total, hash) = (sealed.len() as u64, Hash32::of(&whole));
    let taken = b.store.attachment_piece(&item, total, &hash, 0, &sealed).unwrap();
    assert!(taken.damaged && !taken.done);
    // Sealed soundly, but another photo.
    let taken = b.store.attachment_piece(&item, total, &Hash32::of(&sealed), 0, &sealed).unwrap();
    assert!(taken.damaged);
    assert!(!b.store.attachment_arrived(&item, &sealed).unwrap());
    assert_eq!(b.count("SELECT count(*) FROM attachment"), 0);
    assert!(b.store.attachment_arrived(&item, &whole).unwrap());
    assert_eq!(b.count("SELECT count(*) FROM attachment"), 1);
    let known = b.store.attachment_piece(&item, total, &hash, 0, &whole).unwrap();
    assert!(known.done);
}

#[test]
fn a_refused_photo_waits_for_a_person() {
    let (a, _, out, _) = two(505, b"photo");
    a.store.attachment_refused(&out, "quota").unwrap();
    let due = a.store.attachments_due().unwrap();
    assert_eq!((due.to_send, due.refused), (0, 1));
    a.store.retry_attachments().unwrap();
    assert_eq!(a.store.attachments_due().unwrap().to_send, 1);
}

#[test]
fn the_check_names_a_photo_that_was_changed_and_one_that_is_gone() {
    let (a, b, _, item) = two(505, b"photo");
    let name = Hash32::of(b"photo").to_string();
    let faults = |desk: &Desk| desk.store.verify(None).unwrap().faults;
    assert_eq!(a.store.verify(None).unwrap().files, 1);
    assert_eq!((faults(&a), faults(&b)), (vec![], vec![]), "what is to be fetched is missed by nobody");
    a.store.writer().execute("UPDATE attachment SET bytes = x'00'", []).unwrap();
    assert!(faults(&a).contains(&format!("附件 {name} 的内容被改动过，请从备份恢复")), "{:?}", faults(&a));
    a.store.writer().execute("DELETE FROM attachment", []).unwrap();
    let missing = [format!("附件 {name} 记着在本机，却找不到，请从备份恢复")];
    assert_eq!(faults(&a), missing);
    let sealed = {
        a.store
            .writer()
            .execute("INSERT INTO attachment (hash, bytes) VALUES (?1, ?2)", (item.hash.as_bytes(), b"photo"))
            .unwrap();
        a.store.seal_attachment(&item).unwrap()
    };
    assert!(b.store.attachment_arrived(&item, &sealed).unwrap());
    assert_eq!(faults(&b), Vec::<String>::new());
    b.store.writer().execute("DELETE FROM attachment", []).unwrap();
    assert_eq!(faults(&b), missing);
}
