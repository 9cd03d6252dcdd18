#![allow(clippy::unwrap_used)]
use proptest::prelude::*;
use rusqlite::types::Value;
use zhenxin_protocol::body::query::QueryField;

use super::*;
use crate::proving::{Desk, Orderer};
use crate::{AuditFault, AuditFilter, PersonQueryDraft};

/// Rows of one desk: acts, a refusal, something about somebody.
fn desk() -> Desk {
    let desk = Desk::new(1);
    for at in 0..6 {
        desk.write(|tx| tx.audit(&AuditNote::done("record_points").detail(format!("rows={at}"))));
    }
    let refused = AuditNote { outcome: "forbidden".to_owned(), ..AuditNote::done("add_user") };
    desk.store.note_audit(None, &refused).unwrap();
    desk.write(|tx| tx.audit(&AuditNote::done("reveal").about("resident", "0195c5d8-0000-7000-8000-000000000001")));
    desk
}

/// What somebody does who has the key and knows SQL: the triggers stand in nobody's way.
fn forge(desk: &Desk, sql: &str) {
    let conn = desk.store.writer();
    conn.execute_batch("DROP TRIGGER IF EXISTS audit_is_never_changed; DROP TRIGGER IF EXISTS audit_is_kept;").unwrap();
    conn.execute_batch(sql).unwrap();
}

fn faults(desk: &Desk) -> Vec<AuditFault> {
    desk.store.check_audit().unwrap().faults
}

#[test]
fn an_untouched_audit_is_sound_and_its_rows_can_neither_be_changed_nor_removed() {
    let desk = desk();
    let check = desk.store.check_audit().unwrap();
    assert_eq!((check.rows, check.first, check.last, check.faults), (8, 1, 8, vec![]));
    let conn = desk.store.writer();
    assert!(conn.execute("UPDATE audit SET detail = 'x' WHERE no = 3", []).is_err());
    assert!(conn.execute("DELETE FROM audit WHERE no = 8", []).is_err());
}

#[test]
fn a_row_edited_with_the_key_is_named_whatever_was_edited() {
    let columns = [
        ("at_ms", "at_ms + 1"),
        ("user", "randomblob(16)"),
        ("device", "randomblob(16)"),
        ("action", "'x' || action"),
        ("outcome", "'done!'"),
        ("subject_kind", "'user'"),
        ("subject", "'0195c5d8'"),
        ("detail", "detail || ' '"),
        ("prev", "randomblob(32)"),
        ("prev", "x'00'"),
        ("hash", "randomblob(32)"),
        ("hash", "x'00'"),
    ];
    for no in [1, 4, 8] {
        for (column, value) in columns {
            let desk = desk();
            forge(&desk, &format!("UPDATE audit SET {column} = {value} WHERE no = {no}"));
            assert_eq!(faults(&desk)[0], AuditFault::Changed { no }, "{column} = {value} of row {no}");
        }
    }
}

#[test]
fn a_row_made_anew_with_a_hash_of_its_own_is_named() {
    for no in [1_u64, 4, 8] {
        let desk = desk();
        let prev: [u8; 32] =
            desk.sql(|conn| conn.query_row("SELECT prev FROM audit WHERE no = ?1", [no as i64], |row| row.get(0)));
        let row = Canonical {
            no,
            at_ms: 7,
            user: None,
            device: desk.store.device(),
            action: "sign_in".to_owned(),
            outcome: DONE.to_owned(),
            subject_kind: None,
            subject: None,
            detail: String::new(),
            prev: Hash32(prev),
        };
        forge(&desk, &format!("DELETE FROM audit WHERE no = {no}"));
        put(&desk.store.writer(), &row).unwrap();
        assert_eq!(faults(&desk), [AuditFault::Changed { no }]);
    }
}

#[test]
fn rows_cut_out_are_named_also_from_the_end_and_after_more_was_written() {
    for (sql, from, to) in [("no = 3", 3, 3), ("no BETWEEN 1 AND 2", 1, 2), ("no >= 7", 7, 8)] {
        let desk = desk();
        forge(&desk, &format!("DELETE FROM audit WHERE {sql}"));
        assert_eq!(faults(&desk)[0], AuditFault::Missing { from, to });
        desk.write(|tx| tx.audit(&AuditNote::done("sign_out")));
        assert_eq!(faults(&desk)[0], AuditFault::Missing { from, to }, "still after the next row");
    }
}

#[test]
fn a_head_that_was_moved_back_with_the_rows_stays_found_after_it_was_signed_anew() {
    let desk = desk();
    forge(
        &desk,
        "DELETE FROM audit WHERE no > 5;
         UPDATE audit_head SET no = 5, hash = (SELECT hash FROM audit WHERE no = 5)",
    );
    assert_eq!(faults(&desk), [AuditFault::Head { no: 5 }]);
    desk.write(|tx| tx.audit(&AuditNote::done("sign_out")));
    assert_eq!(faults(&desk), [AuditFault::Head { no: 5 }]);
    forge(&desk, "DELETE FROM audit_head");
    assert_eq!(faults(&desk).last(), Some(&AuditFault::Head { no: 7 }));
}

#[test]
fn an_anchor_in_the_log_tells_of_rows_that_were_written_anew() {
    let desk = desk();
    assert!(!desk.write(|tx| tx.anchor_audit(86_400_000)), "the first day is not over");
    desk.clock.advance(86_400_000);
    assert!(desk.write(|tx| tx.anchor_audit(86_400_000)));
    assert!(!desk.write(|tx| tx.anchor_audit(0)), "nothing new to say");
    let check = desk.store.check_audit().unwrap();
    assert_eq!((check.anchors, check.faults), (1, vec![]));
    // the whole audit is written anew by the program itself, so that chain and signature fit
    forge(&desk, "DELETE FROM audit; DELETE FROM audit_head");
    for _ in 0..9 {
        desk.write(|tx| tx.audit(&AuditNote::done("sign_out")));
    }
    assert_eq!(faults(&desk), [AuditFault::Anchor { no: 8 }]);
    assert!(desk.store.verify(None).unwrap().faults.iter().any(|fault| fault.contains("审计第 8 条")));
}

#[test]
fn a_restore_explains_only_anchors_of_rows_that_it_replaced() {
    let anchored = || {
        let desk = desk();
        desk.clock.advance(86_400_000);
        desk.write(|tx| tx.anchor_audit(86_400_000));
        desk
    };
    // the audit is written anew by the program itself from a place on
    let anew = |desk: &Desk, from: u64, notes: &[AuditNote]| {
        forge(desk, &format!("DELETE FROM audit WHERE no >= {from}; DELETE FROM audit_head"));
        notes.iter().for_each(|note| desk.store.note_audit(None, note).unwrap());
    };
    let rows = |count: usize| vec![AuditNote::done("sign_out"); count];
    let done = AuditNote::done("restore_backup");

    let desk = anchored();
    let refused = AuditNote { outcome: "reauthenticate".to_owned(), ..done.clone() };
    anew(&desk, 1, &[vec![refused], rows(8)].concat());
    assert_eq!(faults(&desk), [AuditFault::Anchor { no: 8 }], "a refused click explains nothing");

    let desk = anchored();
    anew(&desk, 1, &[rows(8), vec![done.clone()]].concat());
    assert_eq!(faults(&desk), [AuditFault::Anchor { no: 8 }], "the restore kept the rows before its own");

    // a real one, after wrong passwords at the closed file
    let desk = anchored();
    let wrong = AuditNote { outcome: "wrong_password".to_owned(), ..AuditNote::done("sign_in") };
    let wrong = wrong.detail(format!("{}3 times=1+2+3", closed::CLOSED));
    anew(&desk, 8, &[wrong, done]);
    let check = desk.store.check_audit().unwrap();
    assert_eq!((check.replaced, check.faults), (1, vec![]));
    // what is said after it has to fit
    desk.clock.advance(86_400_000);
    desk.write(|tx| tx.audit(&AuditNote::done("reveal")));
    assert!(desk.write(|tx| tx.anchor_audit(86_400_000)));
    anew(&desk, 10, &rows(2));
    assert_eq!(faults(&desk), [AuditFault::Anchor { no: 10 }]);
}

#[test]
fn an_audit_that_went_back_on_one_device_is_found_on_another() {
    let (one, two) = (Desk::new(2), desk());
    let mut district = Orderer::default();
    Orderer::introduce(&[&one, &two]);
    let day_ms = 86_400_000;
    two.clock.advance(day_ms);
    two.write(|tx| tx.anchor_audit(day_ms));
    district.settle(&[&two, &one], |_| false);
    assert_eq!(faults(&one), []);
    forge(&two, "DELETE FROM audit; DELETE FROM audit_head");
    for _ in 0..3 {
        two.write(|tx| tx.audit(&AuditNote::done("sign_out")));
    }
    two.clock.advance(day_ms);
    two.write(|tx| tx.anchor_audit(day_ms));
    district.settle(&[&two, &one], |_| false);
    assert_eq!(faults(&one), [AuditFault::OtherDevice { device: two.store.device(), no: 3 }]);
}

#[test]
fn retention_takes_the_oldest_rows_and_what_is_left_stays_provable() {
    let desk = desk();
    let at_ms: i64 = desk.sql(|conn| conn.query_row("SELECT at_ms FROM audit WHERE no = 4", [], |row| row.get(0)));
    assert_eq!(desk.write(|tx| tx.cut_audit(at_ms)), 3);
    let check = desk.store.check_audit().unwrap();
    assert_eq!((check.rows, check.first, check.last, check.faults), (5, 4, 8, vec![]));
    assert!(desk.store.writer().execute("DELETE FROM audit WHERE no = 4", []).is_err());
    forge(&desk, "DELETE FROM audit WHERE no = 4; UPDATE audit_cut SET no = 4");
    assert_eq!(faults(&desk)[0], AuditFault::Cut { no: 4 });
    assert_eq!(desk.write(|tx| tx.cut_audit(i64::MAX)), 3, "the last row always stays");
}

#[test]
fn retention_takes_no_row_that_was_said_within_the_term() {
    let desk = desk();
    desk.clock.advance(100_000);
    desk.rule(5);
    let before_ms = desk.ports.clock.now_ms() - 10_000;
    // the clock was set back, so that what is done now looks old; the log's own time does not go back
    desk.clock.advance(-90_000);
    desk.write(|tx| tx.audit(&AuditNote::done("reveal")));
    assert!(desk.write(|tx| tx.anchor_audit(0)));
    desk.write(|tx| tx.audit(&AuditNote::done("sign_out")));
    assert_eq!(desk.read(|reader| reader.audit_before(before_ms)), (8, 8));
    assert_eq!(desk.write(|tx| tx.cut_audit(before_ms)), 8);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever the clock did: nothing younger goes, what goes is what was said, the rest stays provable.
    #[test]
    fn retention_never_takes_a_younger_row(
        steps_ms in proptest::collection::vec(-5_000_i64..20_000, 1..30),
        cuts in proptest::collection::vec(0_usize..30, 1..4),
    ) {
        let desk = desk();
        for step_ms in &steps_ms {
            desk.clock.advance(*step_ms);
            desk.write(|tx| tx.audit(&AuditNote::done("reveal")));
        }
        let rows = || -> Vec<(i64, i64)> {
            desk.sql(|conn| {
                let mut statement = conn.prepare("SELECT no, at_ms FROM audit ORDER BY no")?;
                let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
                rows.collect()
            })
        };
        for cut in cuts {
            let before = rows();
            let at_ms = before[cut % before.len()].1;
            let (said, last) = desk.read(|reader| reader.audit_before(at_ms));
            let taken = desk.write(|tx| tx.cut_audit(at_ms));
            let left = rows();
            prop_assert_eq!(taken, said);
            prop_assert_eq!(before.len() as u64, left.len() as u64 + taken);
            let gone = &before[..before.len() - left.len()];
            prop_assert!(gone.iter().all(|(_, written_ms)| *written_ms < at_ms), "a younger row is gone");
            prop_assert_eq!(gone.last().map_or(0, |(no, _)| no.unsigned_abs()), last);
            prop_assert_eq!(&left[..], &before[gone.len()..]);
            prop_assert_eq!(faults(&desk), vec![]);
        }
    }
}

#[test]
fn the_search_finds_by_user_action_outcome_day_and_subject() {
    let desk = desk();
    let find = |filter: AuditFilter| {
        let page = desk.store.read(|reader| reader.audit(&filter, 0, 100)).unwrap();
        assert_eq!(page.total, page.rows.len() as u64);
        page.rows.iter().map(|row| row.no).collect::<Vec<_>>()
    };
    assert_eq!(find(AuditFilter::default()), [8, 7, 6, 5, 4, 3, 2, 1]);
    assert_eq!(find(AuditFilter { user: Some(desk.admin), ..AuditFilter::default() }), [8, 6, 5, 4, 3, 2, 1]);
    assert_eq!(find(AuditFilter { action: Some("reveal".to_owned()), ..AuditFilter::default() }), [8]);
    assert_eq!(find(AuditFilter { refused: Some(true), ..AuditFilter::default() }), [7]);
    let named = |number: &str| find(AuditFilter { number: Some(number.to_owned()), ..AuditFilter::default() });
    assert_eq!(named("0195c5d8-0000-7000-8000-000000000001"), [8]);
    // the number that a list shows, as it is typed; the end of a count is none
    for part in ["00000001", " 00000001 ", "0000", "000000000001", "0195C5D8-0000-7000-8000-"] {
        assert_eq!(named(part), [8], "{part}");
    }
    for other in ["00000002", "0001", "1", "*", "居民"] {
        assert_eq!(named(other), Vec::<u64>::new(), "{other}");
    }
    let at_ms: i64 = desk.sql(|conn| conn.query_row("SELECT at_ms FROM audit WHERE no = 2", [], |row| row.get(0)));
    let days = AuditFilter { from_ms: Some(at_ms), before_ms: Some(at_ms + 1), ..AuditFilter::default() };
    assert_eq!(find(days), [2]);
}

#[test]
fn a_record_is_found_by_its_short_number_among_the_details_too() {
    let desk = desk();
    let about = "0195c5d8-0000-7000-8000-00001a2b3c4d";
    let note = AuditNote::done("evidence").about("award", "0195c5d8-0000-7000-8000-0000ffffffff");
    let note = note.detail(format!("rows×12 evidence={about} until=1234567890"));
    let no = desk.write(|tx| {
        tx.audit(&note)?;
        tx.reader().audit(&AuditFilter::default(), 0, 1).map(|page| page.rows[0].no)
    });
    let found = |number: &str| {
        let filter = AuditFilter { number: Some(number.to_owned()), ..AuditFilter::default() };
        desk.store
            .read(|reader| reader.audit(&filter, 0, 10))
            .unwrap()
            .rows
            .iter()
            .map(|row| row.no)
            .collect::<Vec<_>>()
    };
    for number in ["1a2b3c4d", "1A2B", "ffffffff", about] {
        assert_eq!(found(number), [no], "{number}");
    }
    for count in ["12", "34567890", "1234567890", "2b3c4d"] {
        assert_eq!(found(count), Vec::<u64>::new(), "{count}");
    }
}

#[test]
fn whether_somebody_looked_at_a_record_today_is_known() {
    let desk = desk();
    let about = "0195c5d8-0000-7000-8000-00001a2b3c4d";
    let holds = |action: &str, from_ms: i64| {
        desk.store.read(|reader| reader.audit_holds(desk.admin, action, about, from_ms)).unwrap()
    };
    assert!(!holds("erasure_plan", 0));
    let mut refused = AuditNote::done("erasure_plan").about("resident", about);
    refused.outcome = "forbidden".to_owned();
    desk.write(|tx| tx.audit(&refused));
    assert!(!holds("erasure_plan", 0), "a refusal shows nothing");
    desk.write(|tx| tx.audit(&AuditNote::done("erasure_plan").about("resident", about)));
    assert!(holds("erasure_plan", 0) && !holds("reveal", 0) && !holds("erasure_plan", i64::MAX));
}

#[test]
fn an_act_that_fails_leaves_no_row() {
    let desk = desk();
    let failed = desk.store.write(desk.admin, |tx| {
        tx.audit(&AuditNote::done("record_points"))?;
        Err::<(), _>(StoreError::Cancelled)
    });
    assert!(failed.is_err());
    assert_eq!(desk.store.check_audit().unwrap().rows, 8);
}

#[test]
fn a_query_is_kept_with_its_reason_and_found_again() {
    let desk = desk();
    let resident = desk.resident(0, "张三", "330211199003071234");
    let fields = [QueryField::Phone, QueryField::IdNumber, QueryField::Phone];
    let draft = PersonQueryDraft {
        resident,
        fields: &fields,
        purpose: "counter",
        reason: "本人到窗口办理",
        authorisation: None,
    };
    let op = desk.write(|tx| tx.note_query(draft));
    let rows = desk.store.read(|reader| reader.queries_of(resident)).unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].fields, [QueryField::IdNumber, QueryField::Phone]);
    assert_eq!((rows[0].op, rows[0].reason.as_deref()), (op, Some("本人到窗口办理")));
    let last = |from_ms| desk.store.read(|reader| reader.last_query(desk.admin, resident, from_ms)).unwrap();
    assert_eq!(last(rows[0].made_at).as_ref(), rows.first());
    assert_eq!(last(rows[0].made_at + 1), None);
    let sealed: Vec<u8> =
        desk.sql(|conn| conn.query_row("SELECT bytes FROM op WHERE kind = 'query.made'", [], |row| row.get(0)));
    assert!(!sealed.windows(6).any(|part| part == "本人".as_bytes()), "the reason travels sealed");
    assert!(desk.store.verify(None).unwrap().sound());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// One byte anywhere in any stored value of any row.
    #[test]
    fn one_edited_byte_names_its_row(no in 1_u64..=8, column in 1_usize..11, at in 0_usize..64, flip in 1_u8..=255) {
        let names =
            ["no", "at_ms", "user", "device", "action", "outcome", "subject_kind", "subject", "detail", "prev", "hash"];
        let name = names[column];
        let desk = desk();
        let value: Value = desk.sql(|conn| {
            conn.query_row(&format!("SELECT {name} FROM audit WHERE no = ?1"), [no as i64], |row| row.get(0))
        });
        let edited = match value {
            Value::Integer(number) => Some(Value::Integer(number ^ i64::from(flip) << (8 * (at % 7)))),
            Value::Text(text) if !text.is_empty() => {
                let mut bytes = text.into_bytes();
                let at = at % bytes.len();
                // stays what a text may hold
                bytes[at] = (bytes[at] ^ (flip & 1)).max(b' ');
                String::from_utf8(bytes).ok().map(Value::Text)
            }
            Value::Blob(mut bytes) if !bytes.is_empty() => {
                let at = at % bytes.len();
                bytes[at] ^= flip;
                Some(Value::Blob(bytes))
            }
            _ => None,
        };
        if let Some(edited) = edited {
            forge(&desk, "");
            let changed = desk.store.writer().execute(
                &format!("UPDATE audit SET {name} = ?1 WHERE no = ?2 AND {name} IS NOT ?1"), (edited, no as i64)).unwrap();
            let found = faults(&desk);
            prop_assert_eq!(found.first().cloned(), (changed == 1).then_some(AuditFault::Changed { no }));
        }
    }
}
